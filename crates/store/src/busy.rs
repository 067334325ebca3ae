//! What events amount to in time: their occurrences within the horizon. An event has one row,
//! with all its occurrences in it: a series of hundreds is written and replaced as cheaply as a
//! single meeting (`docs/adr/0007`).

mod beside;
mod of_user;
mod packed;

use calendar::{Blocking, Switches, busy_kind};
use connection::{CalendarId, ConnectionId, EventId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

pub use beside::{Beside, Part, beside_saved};
pub use of_user::{Blind, BusyRow, UserBusy, of_user};

/// Calendars that one statement asks for.
const CALENDARS_MAX: usize = 500;

/// One occurrence of an event, before the calendar's switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OccurrenceRow {
    pub start_at: Timestamp,
    /// Never before `start_at`.
    pub end_at: Timestamp,
    pub all_day: bool,
    pub blocking: Blocking,
}

impl OccurrenceRow {
    /// Does it share time with `[from, until)`? One without length does when its instant lies
    /// within.
    fn overlaps(&self, from: Timestamp, until: Timestamp) -> bool {
        let begun = self.end_at > from || (self.start_at == self.end_at && self.start_at == from);
        self.start_at < until && begun
    }
}

/// The occurrences that share time with `[from, until)`, in the order of time. One without length
/// is there when its instant is.
pub async fn overlapping(
    tx: &mut Tx,
    calendars: &[CalendarId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(CalendarId, EventId, OccurrenceRow)>> {
    let mut found = Vec::new();
    for chunk in calendars.chunks(CALENDARS_MAX) {
        let statement = sql("SELECT calendar_id, event_id, packed FROM occurrences \
             WHERE start_at < $1 AND end_at >= $2 AND calendar_id IN ")
        .bind(until)
        .bind(from)
        .list(chunk.iter().map(CalendarId::as_str));
        let rows: Vec<(String, String, Vec<u8>)> = tx.all(statement).await?;
        for (calendar, event, bytes) in rows {
            let (calendar, event): (CalendarId, EventId) =
                (codec::id(&calendar)?, codec::id(&event)?);
            for row in packed::unpack(&bytes)?.iter().filter(|row| row.overlaps(from, until)) {
                found.push((calendar.clone(), event.clone(), *row));
            }
        }
    }
    found.sort_by(|(_, a_event, a), (_, b_event, b)| {
        (a.start_at, a.end_at, a_event).cmp(&(b.start_at, b.end_at, b_event))
    });
    Ok(found)
}

/// Forgets the occurrences of events whose last one was over before that instant, and says of how
/// many events.
pub async fn prune(tx: &mut Tx, calendar: &CalendarId, before: Timestamp) -> Result<i64> {
    let text = "DELETE FROM occurrences \
                WHERE calendar_id = $1 AND start_at < $2 AND end_at < $2";
    tx.run(sql(text).bind(calendar.as_str()).bind(before)).await
}

/// How many occurrences that block, of the calendars that count, end after `from`: what is lost
/// with a connection.
pub async fn future_count(tx: &mut Tx, id: &ConnectionId, from: Timestamp) -> Result<i64> {
    let text = "SELECT c.all_day_is_busy, o.packed \
                FROM calendars c JOIN occurrences o ON o.calendar_id = c.id \
                WHERE c.connection_id = $1 AND c.counts_as_busy AND o.end_at > $2";
    let rows: Vec<(bool, Vec<u8>)> = tx.all(sql(text).bind(id.as_str()).bind(from)).await?;
    let mut count = 0;
    for (all_day_is_busy, bytes) in rows {
        let switches = Switches { counts_as_busy: true, all_day_is_busy };
        let blocks = |row: &&OccurrenceRow| {
            let takes_time = row.start_at < row.end_at && row.end_at > from;
            takes_time && busy_kind(row.blocking, row.all_day, switches).is_some()
        };
        let many = packed::unpack(&bytes)?.iter().filter(blocks).count();
        count += i64::try_from(many).unwrap_or(i64::MAX);
    }
    Ok(count)
}

/// Puts the occurrences of each event in the place of those that it had.
pub(crate) async fn replace(
    tx: &mut Tx,
    calendar: &CalendarId,
    events: &[(&str, &[OccurrenceRow])],
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let old = sql("DELETE FROM occurrences WHERE event_id IN ");
    tx.run(old.list(events.iter().map(|(event, _)| *event))).await?;
    let rows: Vec<_> = events
        .iter()
        .filter_map(|(event, occurrences)| {
            let start_at = occurrences.iter().map(|row| row.start_at).min()?;
            let end_at = occurrences.iter().map(|row| row.end_at).max()?;
            let packed = packed::pack(occurrences);
            Some([
                (*event).into(),
                calendar.as_str().into(),
                start_at.into(),
                end_at.into(),
                packed.into(),
            ])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let text = "INSERT INTO occurrences (event_id, calendar_id, start_at, end_at, packed) VALUES ";
    tx.run(sql(text).rows(rows)).await?;
    Ok(())
}
