//! Series whose occurrences the far side lists apart: the rows of such parts name their series,
//! and what the series amounts to stands with the series alone.

use std::collections::BTreeSet;

use connection::{CalendarId, EventId, RemoteId};

use super::{EventText, NAMES, ROWS, add_to_count, named, stored};
use crate::statement::sql;
use crate::{Result, Tx, codec};

/// Says of listed rows to which series they belong. They are no events of their own then.
pub async fn attach(
    tx: &mut Tx,
    calendar: &CalendarId,
    parts: &[(RemoteId, RemoteId)],
) -> Result<()> {
    let mut attached = 0;
    for chunk in parts.chunks(ROWS) {
        let rows =
            chunk.iter().map(|(part, series)| [part.as_str().into(), series.as_str().into()]);
        let statement = sql("UPDATE events SET series = v.column2 FROM (VALUES ")
            .rows(rows)
            .text(") AS v WHERE events.remote_id = v.column1 AND events.series IS NULL ")
            .text("AND events.calendar_id = ")
            .value(calendar.as_str());
        attached += tx.run(statement).await?;
    }
    add_to_count(tx, calendar, -attached).await
}

/// The series that any of these names is a part of, or is and has parts.
pub async fn series_of(
    tx: &mut Tx,
    calendar: &CalendarId,
    names: &[RemoteId],
) -> Result<BTreeSet<RemoteId>> {
    let mut found = BTreeSet::new();
    for chunk in names.chunks(NAMES) {
        for column in [" AND remote_id IN ", " AND series IN "] {
            let statement = sql("SELECT DISTINCT series FROM events \
                 WHERE series IS NOT NULL AND calendar_id = $1")
            .bind(calendar.as_str())
            .text(column)
            .list(chunk.iter().map(RemoteId::as_str));
            let rows: Vec<(String,)> = tx.all(statement).await?;
            found.extend(rows.into_iter().map(|(series,)| RemoteId::new(series)));
        }
    }
    Ok(found)
}

/// The series of which the listing has not named a part, or not themselves.
pub async fn series_unseen(
    tx: &mut Tx,
    calendar: &CalendarId,
    listing: i64,
) -> Result<BTreeSet<RemoteId>> {
    let text = "SELECT DISTINCT p.series FROM events p LEFT JOIN events m \
                ON m.calendar_id = p.calendar_id AND m.remote_id = p.series \
                WHERE p.series IS NOT NULL AND p.calendar_id = $1 \
                AND (p.seen_in < $2 OR m.seen_in < $2)";
    let rows: Vec<(String,)> = tx.all(sql(text).bind(calendar.as_str()).bind(listing)).await?;
    Ok(rows.into_iter().map(|(series,)| RemoteId::new(series)).collect())
}

/// How many of these are events of their own, and no parts.
pub async fn whole_count(tx: &mut Tx, calendar: &CalendarId, names: &[RemoteId]) -> Result<i64> {
    let mut count = 0;
    for chunk in names.chunks(NAMES) {
        let text = "SELECT COUNT(*) FROM ";
        let statement = named(text, calendar, chunk.iter().map(RemoteId::as_str));
        let whole = " WHERE e.series IS NULL AND e.held_etag IS NOT NULL";
        count += tx.number(statement.text(whole)).await?;
    }
    Ok(count)
}

/// What stands for a series.
#[derive(Clone, PartialEq, Eq)]
pub struct Family {
    /// The series with its parts as one object; or, as long as the series itself is not there,
    /// each part by itself.
    pub whole: Vec<EventText>,
    /// The parts that are within such an object: of themselves they amount to nothing.
    pub absorbed: Vec<EventId>,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    id: String,
    is_absorbed: bool,
}

/// The rows of those series.
pub async fn family(tx: &mut Tx, calendar: &CalendarId, series: &[RemoteId]) -> Result<Family> {
    let (mut whole, mut absorbed) = (Vec::new(), Vec::new());
    for chunk in series.chunks(NAMES) {
        for column in [" AND e.remote_id IN ", " AND e.series IN "] {
            let statement = sql("SELECT e.id, e.series IS NOT NULL AND EXISTS (SELECT 1 \
                 FROM events m WHERE m.calendar_id = e.calendar_id AND m.remote_id = e.series \
                 AND m.held_etag IS NOT NULL) AS is_absorbed \
                 FROM events e WHERE e.held_etag IS NOT NULL AND e.calendar_id = $1")
            .bind(calendar.as_str())
            .text(column)
            .list(chunk.iter().map(RemoteId::as_str));
            for MemberRow { id, is_absorbed } in tx.all::<MemberRow>(statement).await? {
                let kind = if is_absorbed { &mut absorbed } else { &mut whole };
                kind.push(codec::id(&id)?);
            }
        }
    }
    Ok(Family { whole: stored::texts(tx, &whole).await?, absorbed })
}
