//! Connections of whose events no more than the times is kept, and what was kept of them before.

use calendar::ical;
use connection::{CalendarId, ConnectionId, EventId};

use crate::seal::Sealed;
use crate::statement::sql;
use crate::{Result, Tx, codec, dialect};

/// Is no more than the times of its events kept?
pub async fn is_busy_only(tx: &mut Tx, id: &ConnectionId) -> Result<bool> {
    let statement = sql("SELECT busy_only FROM connections WHERE id = $1").bind(id.as_str());
    Ok(tx.one::<(bool,)>(statement).await?.is_some_and(|(busy_only,)| busy_only))
}

/// Is no more than that kept from now on? Whoever read a calendar by what held before stores
/// nothing more of it: see [`crate::calendars::keep`].
pub async fn set_busy_only(tx: &mut Tx, id: &ConnectionId, busy_only: bool) -> Result<()> {
    let text = "UPDATE connections SET busy_only = $1 WHERE id = $2";
    tx.run(sql(text).bind(busy_only).bind(id.as_str())).await?;
    let text = "UPDATE calendars SET generation = generation + 1 WHERE connection_id = $1";
    tx.run(sql(text).bind(id.as_str())).await?;
    Ok(())
}

/// The texts of a calendar as they are stored, after the event `after`; nobody else writes them
/// until the transaction ends.
pub async fn stored(
    tx: &mut Tx,
    calendar: &CalendarId,
    after: Option<&EventId>,
    limit: i64,
) -> Result<Vec<(EventId, String)>> {
    let text = "SELECT e.id, t.text_sealed FROM events e JOIN event_texts t ON t.event_id = e.id \
                WHERE e.calendar_id = $1 AND e.id > $2 ORDER BY e.id LIMIT $3";
    let after = after.map_or("", EventId::as_str);
    let statement = sql(text).text(dialect::for_update(&tx.engine));
    let statement = statement.bind(calendar.as_str()).bind(after).bind(limit);
    let rows: Vec<(String, Vec<u8>)> = tx.all(statement).await?;
    rows.into_iter()
        .map(|(id, sealed)| {
            let text = tx.keys().open_text(Sealed::EventText, &id, &sealed)?;
            Ok((codec::id(&id)?, text))
        })
        .collect()
}

/// Writes texts anew. What is gone meanwhile stays gone.
pub async fn rewrite(tx: &mut Tx, texts: &[(EventId, String)]) -> Result<()> {
    for (id, text) in texts {
        let sealed = tx.keys().seal(Sealed::EventText, id.as_str(), text.as_bytes())?;
        let statement = sql("UPDATE event_texts SET text_sealed = $1 WHERE event_id = $2");
        tx.run(statement.bind(sealed).bind(id.as_str())).await?;
        let hash = ical::content_hash(text);
        let statement = sql("UPDATE events SET content_hash = $1 WHERE id = $2");
        tx.run(statement.bind(&hash).bind(id.as_str())).await?;
    }
    Ok(())
}

/// Has every body of a calendar brought again; what is held counts on until then.
pub async fn want_all(tx: &mut Tx, calendar: &CalendarId) -> Result<()> {
    let text = "UPDATE events SET held_etag = '' WHERE calendar_id = $1 AND held_etag IS NOT NULL";
    tx.run(sql(text).bind(calendar.as_str())).await?;
    Ok(())
}
