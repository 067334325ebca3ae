//! Our place in pulling each calendar: where to go on, and what is known.

use connection::{CalendarId, Cursor, PageToken, SyncToken};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, StoreError, Tx, codec, dialect};

/// Our place in pulling a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub cursor: Cursor,
    /// The full listing that is under way, or was last.
    pub listing: i64,
    /// A person said that a sudden emptiness is true.
    pub brake_released: bool,
    /// Since when its occurrences are expanded.
    pub known_from: Option<Timestamp>,
    /// Up to when its occurrences are expanded.
    pub known_until: Option<Timestamp>,
    /// When a full listing last came to its end.
    pub listed_at: Option<Timestamp>,
    /// How often it was changed how the calendar is read; see [`keep`].
    pub generation: i64,
}

pub(super) const BEGINNING: &str = "beginning";
const MIDWAY: &str = "midway";
const SETTLED: &str = "settled";

fn cursor(word: &str, token: Option<String>) -> Result<Cursor> {
    match (word, token) {
        (BEGINNING, _) => Ok(Cursor::Beginning),
        (MIDWAY, Some(token)) => Ok(Cursor::Midway(PageToken::new(token))),
        (SETTLED, Some(token)) => Ok(Cursor::Settled(SyncToken::new(token))),
        _ => Err(StoreError::corrupt("calendars.cursor holds no place in a pull")),
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct PlaceRow {
    cursor: String,
    cursor_token: Option<String>,
    listing: i64,
    brake_released: bool,
    known_from: Option<i64>,
    known_until: Option<i64>,
    listed_at: Option<i64>,
    generation: i64,
}

impl PlaceRow {
    pub(super) fn read(self) -> Result<Place> {
        Ok(Place {
            cursor: cursor(&self.cursor, self.cursor_token)?,
            listing: self.listing,
            brake_released: self.brake_released,
            known_from: codec::instant_maybe(self.known_from)?,
            known_until: codec::instant_maybe(self.known_until)?,
            listed_at: codec::instant_maybe(self.listed_at)?,
            generation: self.generation,
        })
    }
}

pub async fn place(tx: &mut Tx, id: &CalendarId) -> Result<Option<Place>> {
    let text = "SELECT cursor, cursor_token, listing, brake_released, known_from, known_until, \
                listed_at, generation FROM calendars WHERE id = $1";
    let row: Option<PlaceRow> = tx.one(sql(text).bind(id.as_str())).await?;
    row.map(PlaceRow::read).transpose()
}

/// Keeps the calendar to this transaction, to store what was read of it.
///
/// # Errors
///
/// A conflict where it was changed since `generation` how it is read: by whom, in which zone,
/// whether with details, what is believed. What was read before that is not stored.
pub async fn keep(tx: &mut Tx, id: &CalendarId, generation: i64) -> Result<()> {
    let statement = sql("SELECT generation FROM calendars WHERE id = $1")
        .text(dialect::for_update(&tx.engine))
        .bind(id.as_str());
    let row: Option<(i64,)> = tx.one(statement).await?;
    if row == Some((generation,)) { Ok(()) } else { Err(StoreError::Conflict) }
}

/// It is changed, in this transaction, how the calendar is read. Pulls that are under way store
/// nothing more, and begin anew.
pub async fn begin_generation(tx: &mut Tx, id: &CalendarId) -> Result<()> {
    let text = "UPDATE calendars SET generation = generation + 1 WHERE id = $1";
    tx.run(sql(text).bind(id.as_str())).await?;
    Ok(())
}

/// Belongs in one transaction with the rows that the cursor vouches for. `listed_at`: when a full
/// listing came to its end with it.
pub async fn save_cursor(
    tx: &mut Tx,
    id: &CalendarId,
    cursor: &Cursor,
    (listing, listed_at): (i64, Option<Timestamp>),
) -> Result<()> {
    let (word, token) = match cursor {
        Cursor::Beginning => (BEGINNING, None),
        Cursor::Midway(token) => (MIDWAY, Some(token.as_str())),
        Cursor::Settled(token) => (SETTLED, Some(token.as_str())),
    };
    let text = "UPDATE calendars SET cursor = $1, cursor_token = $2, listing = $3, \
                listed_at = COALESCE($4, listed_at) WHERE id = $5";
    let statement = sql(text).bind(word).bind(token).bind(listing).bind(listed_at);
    tx.run(statement.bind(id.as_str())).await?;
    Ok(())
}

/// Between when and when its occurrences are expanded.
pub async fn set_horizon(
    tx: &mut Tx,
    id: &CalendarId,
    from: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let text = "UPDATE calendars SET known_from = $1, known_until = $2 WHERE id = $3";
    tx.run(sql(text).bind(from).bind(until).bind(id.as_str())).await?;
    Ok(())
}
