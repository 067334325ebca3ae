//! The occurrences of one event as bytes: a version, then 17 bytes for each: start and end in
//! milliseconds, and one byte that says all-day and how it blocks.

use calendar::Blocking;

use super::OccurrenceRow;
use crate::{Result, StoreError, codec};

const VERSION: u8 = 1;
const WIDTH: usize = 17;
const ALL_DAY: u8 = 0x80;

/// What each kind is known by in the bytes. A number that was given is never given again.
fn code(blocking: Blocking) -> u8 {
    match blocking {
        Blocking::Busy => 1,
        Blocking::Tentative => 2,
        Blocking::Unavailable => 3,
        Blocking::Elsewhere => 4,
        Blocking::Free => 5,
        Blocking::Declined => 6,
        Blocking::Cancelled => 7,
    }
}

pub(super) fn pack(rows: &[OccurrenceRow]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + rows.len() * WIDTH);
    bytes.push(VERSION);
    for row in rows {
        bytes.extend_from_slice(&row.start_at.as_millisecond().to_le_bytes());
        bytes.extend_from_slice(&row.end_at.as_millisecond().to_le_bytes());
        bytes.push(code(row.blocking) | if row.all_day { ALL_DAY } else { 0 });
    }
    bytes
}

pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<OccurrenceRow>> {
    let unreadable = || StoreError::corrupt("occurrences.packed is in no form of ours");
    let Some((&VERSION, rest)) = bytes.split_first() else { return Err(unreadable()) };
    let (rows, []) = rest.as_chunks::<WIDTH>() else { return Err(unreadable()) };
    rows.iter()
        .map(|row| {
            let (start, rest) = row.split_first_chunk::<8>().ok_or_else(unreadable)?;
            let (end, kind) = rest.split_first_chunk::<8>().ok_or_else(unreadable)?;
            let number = kind[0] & !ALL_DAY;
            let blocking = Blocking::ALL.into_iter().find(|b| code(*b) == number);
            Ok(OccurrenceRow {
                start_at: codec::instant(i64::from_le_bytes(*start))?,
                end_at: codec::instant(i64::from_le_bytes(*end))?,
                all_day: kind[0] & ALL_DAY != 0,
                blocking: blocking.ok_or_else(unreadable)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrences_survive_packing() {
        let rows: Vec<_> = Blocking::ALL
            .into_iter()
            .enumerate()
            .map(|(nth, blocking)| OccurrenceRow {
                start_at: "-000044-03-15T00:00:00Z".parse().unwrap(),
                end_at: "2026-11-22T12:00:00.123Z".parse().unwrap(),
                all_day: nth % 2 == 0,
                blocking,
            })
            .collect();
        assert_eq!(unpack(&pack(&rows)).unwrap(), rows);
        assert_eq!(unpack(&pack(&[])).unwrap(), []);
    }

    #[test]
    fn other_bytes_are_never_an_empty_list() {
        let good = pack(&[OccurrenceRow {
            start_at: jiff::Timestamp::UNIX_EPOCH,
            end_at: jiff::Timestamp::UNIX_EPOCH,
            all_day: false,
            blocking: Blocking::Busy,
        }]);
        let unknown_kind = [&good[..17], &[9]].concat();
        let newer = [&[2], &good[1..]].concat();
        for bad in [&[], &good[..9], unknown_kind.as_slice(), &newer] {
            assert!(matches!(unpack(bad), Err(StoreError::Corrupt { .. })), "{bad:?}");
        }
    }
}
