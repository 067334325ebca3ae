//! What events amount to in time: their occurrences within the horizon.

mod of_user;

use calendar::{Blocking, Switches, busy_kind};
use connection::{CalendarId, ConnectionId, EventId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

pub use of_user::{Blind, BusyRow, UserBusy, of_user};

/// Calendars that one statement asks for.
const CALENDARS_MAX: usize = 500;
/// Rows of one statement.
const ROWS: usize = 100;

/// One occurrence of an event, before the calendar's switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OccurrenceRow {
    pub start_at: Timestamp,
    /// Never before `start_at`.
    pub end_at: Timestamp,
    pub all_day: bool,
    pub blocking: Blocking,
}

#[derive(sqlx::FromRow)]
struct Overlapping {
    calendar_id: String,
    event_id: String,
    start_at: i64,
    end_at: i64,
    all_day: bool,
    blocking: String,
}

fn blocking(word: &str) -> Result<Blocking> {
    codec::word("occurrences.blocking", word, Blocking::parse)
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
        let statement = sql("SELECT calendar_id, event_id, start_at, end_at, all_day, blocking \
             FROM occurrences WHERE start_at < $1 AND end_at >= $2 \
             AND (end_at > $2 OR start_at = end_at) AND calendar_id IN ")
        .bind(until)
        .bind(from)
        .list(chunk.iter().map(CalendarId::as_str));
        for row in tx.all::<Overlapping>(statement).await? {
            let occurrence = OccurrenceRow {
                start_at: codec::instant(row.start_at)?,
                end_at: codec::instant(row.end_at)?,
                all_day: row.all_day,
                blocking: blocking(&row.blocking)?,
            };
            found.push((codec::id(&row.calendar_id)?, codec::id(&row.event_id)?, occurrence));
        }
    }
    found.sort_by(|(_, a_event, a), (_, b_event, b)| {
        (a.start_at, a.end_at, a_event).cmp(&(b.start_at, b.end_at, b_event))
    });
    Ok(found)
}

/// Forgets the occurrences that were over before that instant, and says how many.
pub async fn prune(tx: &mut Tx, calendar: &CalendarId, before: Timestamp) -> Result<i64> {
    let text = "DELETE FROM occurrences \
                WHERE calendar_id = $1 AND start_at < $2 AND end_at < $2";
    tx.run(sql(text).bind(calendar.as_str()).bind(before)).await
}

/// How many occurrences that block, of the calendars that count, end after `from`: what is lost
/// with a connection.
pub async fn future_count(tx: &mut Tx, id: &ConnectionId, from: Timestamp) -> Result<i64> {
    let text = "SELECT c.counts_as_busy, c.all_day_is_busy, o.all_day, o.blocking, COUNT(*) \
                FROM calendars c JOIN occurrences o ON o.calendar_id = c.id \
                WHERE c.connection_id = $1 AND o.end_at > $2 AND o.start_at < o.end_at \
                GROUP BY c.counts_as_busy, c.all_day_is_busy, o.all_day, o.blocking";
    let rows: Vec<(bool, bool, bool, String, i64)> =
        tx.all(sql(text).bind(id.as_str()).bind(from)).await?;
    let mut count = 0;
    for (counts_as_busy, all_day_is_busy, all_day, word, many) in rows {
        let blocking = blocking(&word)?;
        let switches = Switches { counts_as_busy, all_day_is_busy };
        if busy_kind(blocking, all_day, switches).is_some() {
            count += many;
        }
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
    let new: Vec<_> = events
        .iter()
        .flat_map(|(event, occurrences)| occurrences.iter().map(move |o| (*event, o)))
        .collect();
    for chunk in new.chunks(ROWS) {
        let rows = chunk.iter().map(|(event, occurrence)| {
            [
                (*event).into(),
                calendar.as_str().into(),
                occurrence.start_at.into(),
                occurrence.end_at.into(),
                occurrence.all_day.into(),
                occurrence.blocking.as_str().into(),
            ]
        });
        let statement = sql("INSERT INTO occurrences (event_id, calendar_id, start_at, end_at, \
             all_day, blocking) VALUES ")
        .rows(rows);
        tx.run(statement).await?;
    }
    Ok(())
}
