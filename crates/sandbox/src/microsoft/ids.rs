//! Ids as Exchange makes them: long, case-sensitive, and of two kinds. An ordinary id says where
//! an event lies and changes when it moves; an immutable one does not.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What an event is known by inside: a number, and for an instance of a series its original day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) number: u64,
    pub(crate) day: Option<Date>,
}

impl Key {
    pub(crate) fn of(number: u64) -> Self {
        Self { number, day: None }
    }

    pub(crate) fn on(self, day: Date) -> Self {
        Self { day: Some(day), ..self }
    }

    pub(crate) fn master(self) -> Self {
        Self::of(self.number)
    }
}

const ORDINARY: [u8; 3] = [0x00, 0x03, 0x24];
const IMMUTABLE: [u8; 3] = [0x00, 0x09, 0x00];
/// Real ids are long; so are these.
const FILLING: &[u8] =
    b"sandbox-sandbox-sandbox-sandbox-sandbox-sandbox-sandbox-sandbox-sandbox-san";

/// How often an event has moved; immutable ids do not say it.
pub(crate) fn write(key: Key, generation: Option<u16>) -> String {
    let mut bytes = Vec::with_capacity(96);
    bytes.extend(if generation.is_some() { ORDINARY } else { IMMUTABLE });
    bytes.extend_from_slice(FILLING);
    bytes.extend(generation.unwrap_or(0).to_be_bytes());
    bytes.extend(key.number.to_be_bytes());
    let day = key.day.map_or([0; 4], |day| {
        let [year, month] = [day.year().to_be_bytes(), [0, day.month().unsigned_abs()]];
        [year[0], year[1], month[1], day.day().unsigned_abs()]
    });
    bytes.extend(day);
    URL_SAFE.encode(bytes)
}

/// The key in an id, and for ordinary ids the generation.
pub(crate) fn read(id: &str) -> Option<(Key, Option<u16>)> {
    let bytes = URL_SAFE.decode(id).ok()?;
    let (kind, rest) = bytes.split_at_checked(3)?;
    let rest = rest.strip_prefix(FILLING)?;
    let (generation, rest) = rest.split_first_chunk::<2>()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let [a, b, month, day]: [u8; 4] = rest.try_into().ok()?;
    let date = || {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        Date::new(i16::from_be_bytes([a, b]), month, day).ok()
    };
    let day = if month == 0 { None } else { Some(date()?) };
    let key = Key { number: u64::from_be_bytes(*number), day };
    (kind == ORDINARY || kind == IMMUTABLE)
        .then(|| (key, (kind == ORDINARY).then(|| u16::from_be_bytes(*generation))))
}

/// The `changeKey` of a revision; in an `ETag` it stands between `W/"` and `"`.
pub(crate) fn change_key(revision: u64) -> String {
    let mut bytes = vec![0x0F, 0x00, 0x00, 0x00, 0x16, 0x00, 0x00, 0x00];
    bytes.extend((revision << 8 | 0xFB).to_be_bytes());
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Key, read, write};

    #[test]
    fn ids_go_there_and_back() {
        let key = Key::of(7);
        for key in [key, key.on(date(2026, 11, 18))] {
            assert_eq!(read(&write(key, Some(3))), Some((key, Some(3))));
            assert_eq!(read(&write(key, None)), Some((key, None)));
        }
        let id = write(key, Some(0));
        assert!(id.starts_with("AAMk") && id.ends_with('=') && !id.contains(['+', '/']));
        assert!(write(key, None).starts_with("AAkA"));
        assert_eq!((read("AAMk"), read(&id.to_lowercase()), read("")), (None, None, None));
    }
}
