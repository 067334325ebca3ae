//! The bodies that we hold, read back and unsealed.

use std::collections::HashMap;

use connection::{CalendarId, ConnectionId, ETag, EventId, RemoteId};
use jiff::Timestamp;

use super::NAMES;
use crate::seal::Sealed;
use crate::statement::sql;
use crate::{Result, Tx, codec};

/// A stored body.
#[derive(Clone, PartialEq, Eq)]
pub struct EventText {
    pub id: EventId,
    pub calendar: CalendarId,
    pub remote: RemoteId,
    /// The version that `text` is.
    pub etag: ETag,
    /// One object; of a series that is listed in parts, with those parts.
    pub text: String,
    /// Why it is not, or not wholly, understood: a code, and a sentence without its title.
    pub problem: Option<(String, String)>,
}

/// An event that is not, or not wholly, understood.
#[derive(Clone, PartialEq, Eq)]
pub struct NotUnderstood {
    pub event: EventId,
    pub calendar: CalendarId,
    pub code: String,
    pub say: String,
    pub text: String,
    pub changed_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct TextRow {
    id: String,
    calendar_id: String,
    remote_id: String,
    held_etag: Option<String>,
    problem_code: Option<String>,
    problem_say: Option<String>,
    text_sealed: Vec<u8>,
}

impl TextRow {
    fn read(self, tx: &Tx) -> Result<EventText> {
        Ok(EventText {
            text: tx.keys().open_text(Sealed::EventText, &self.id, &self.text_sealed)?,
            id: codec::id(&self.id)?,
            calendar: codec::id(&self.calendar_id)?,
            remote: RemoteId::new(self.remote_id),
            etag: ETag::new(self.held_etag.unwrap_or_default()),
            problem: self.problem_code.map(|code| (code, self.problem_say.unwrap_or_default())),
        })
    }
}

/// A stretch of a calendar's bodies, in the order of their ids. Parts stand within their series.
pub async fn bodies(
    tx: &mut Tx,
    calendar: &CalendarId,
    after: Option<&EventId>,
    only_going_on: bool,
    limit: i64,
) -> Result<Vec<EventText>> {
    let statement = sql("SELECT e.id, e.calendar_id, e.remote_id, e.held_etag, \
         e.problem_code, e.problem_say, t.text_sealed \
         FROM events e JOIN event_texts t ON t.event_id = e.id \
         WHERE e.calendar_id = $1 AND e.id > $2 AND t.event_id > $2 \
         AND (e.series IS NULL OR NOT EXISTS (SELECT 1 FROM events m \
         WHERE m.calendar_id = e.calendar_id AND m.remote_id = e.series))")
    .text(if only_going_on { " AND e.goes_on" } else { "" })
    .text(" ORDER BY e.id LIMIT $3")
    .bind(calendar.as_str())
    .bind(after.map_or("", EventId::as_str))
    .bind(limit);
    let rows: Vec<TextRow> = tx.all(statement).await?;
    let read: Result<Vec<_>> = rows.into_iter().map(|row| row.read(tx)).collect();
    joined(tx, read?).await
}

/// The bodies of those events that have one.
pub async fn texts(tx: &mut Tx, events: &[EventId]) -> Result<Vec<EventText>> {
    let mut found = Vec::with_capacity(events.len());
    for chunk in events.chunks(NAMES) {
        let statement = sql("SELECT e.id, e.calendar_id, e.remote_id, e.held_etag, \
             e.problem_code, e.problem_say, t.text_sealed \
             FROM events e JOIN event_texts t ON t.event_id = e.id \
             WHERE e.id IN ")
        .list(chunk.iter().map(EventId::as_str));
        let rows: Vec<TextRow> = tx.all(statement).await?;
        for row in rows {
            found.push(row.read(tx)?);
        }
    }
    joined(tx, found).await
}

#[derive(sqlx::FromRow)]
struct PartRow {
    series: String,
    id: String,
    text_sealed: Vec<u8>,
}

/// Each of these with its parts, where it is listed in parts.
async fn joined(tx: &mut Tx, mut whole: Vec<EventText>) -> Result<Vec<EventText>> {
    let mut parts: HashMap<EventId, Vec<String>> = HashMap::new();
    for chunk in whole.chunks(NAMES) {
        let statement = sql("SELECT m.id AS series, p.id, t.text_sealed FROM events m \
             JOIN events p ON p.calendar_id = m.calendar_id AND p.series = m.remote_id \
             AND p.series IS NOT NULL JOIN event_texts t ON t.event_id = p.id \
             WHERE m.id IN ")
        .list(chunk.iter().map(|event| event.id.as_str()))
        .text(" ORDER BY p.id");
        for row in tx.all::<PartRow>(statement).await? {
            let text = tx.keys().open_text(Sealed::EventText, &row.id, &row.text_sealed)?;
            parts.entry(codec::id(&row.series)?).or_default().push(text);
        }
    }
    for event in &mut whole {
        let parts = parts.remove(&event.id).unwrap_or_default();
        // One whose parts are all gone amounts to nothing, whatever its rule says.
        if parts.is_empty() && !event.text.contains(calendar::series::LISTED) {
            continue;
        }
        event.text = calendar::series::join(&event.text, parts.iter().map(String::as_str));
    }
    Ok(whole)
}

#[derive(sqlx::FromRow)]
struct NotUnderstoodRow {
    id: String,
    calendar_id: String,
    problem_code: String,
    problem_say: String,
    text_sealed: Vec<u8>,
    changed_at: i64,
}

/// The events of a connection that are not, or not wholly, understood, the latest change first.
pub async fn not_understood(tx: &mut Tx, id: &ConnectionId) -> Result<Vec<NotUnderstood>> {
    let text = "SELECT e.id, e.calendar_id, e.problem_code, \
                COALESCE(e.problem_say, '') AS problem_say, t.text_sealed, e.changed_at \
                FROM calendars c JOIN events e ON e.calendar_id = c.id \
                JOIN event_texts t ON t.event_id = e.id \
                WHERE c.connection_id = $1 AND e.problem_code IS NOT NULL \
                ORDER BY e.changed_at DESC, e.id";
    let rows: Vec<NotUnderstoodRow> = tx.all(sql(text).bind(id.as_str())).await?;
    rows.into_iter()
        .map(|row| {
            Ok(NotUnderstood {
                text: tx.keys().open_text(Sealed::EventText, &row.id, &row.text_sealed)?,
                event: codec::id(&row.id)?,
                calendar: codec::id(&row.calendar_id)?,
                code: row.problem_code,
                say: row.problem_say,
                changed_at: codec::instant(row.changed_at)?,
            })
        })
        .collect()
}
