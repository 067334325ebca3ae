//! Keeping connections to one transaction, and the order in which rows are kept.
//!
//! Two transactions that take the same rows in another order hold each other up, until PostgreSQL
//! ends one of them. So whoever changes several kinds of rows takes them in this order, everywhere:
//!
//! 1. connections; several of them by their ids,
//! 2. users,
//! 3. calendars,
//! 4. what belongs to them: channels, events, waiting accounts, attempts, jobs.
//!
//! Who changes a calendar and tells how its connection stands then changes the connection too, and
//! begins with one of the functions here: before anything is read that is written back.

use connection::{CalendarId, Connection, ConnectionId, UserId};

use crate::statement::sql;
use crate::{Result, StoreError, Tx, dialect};

/// Keeps a connection to this transaction until it ends.
pub async fn hold(tx: &mut Tx, id: &ConnectionId) -> Result<()> {
    let lock = dialect::for_update(&tx.engine);
    eras(tx, ("id = $1", id.as_str()), lock).await.map(|_| ())
}

/// The same with the connection of a calendar.
pub async fn hold_of_calendar(tx: &mut Tx, id: &CalendarId) -> Result<()> {
    let lock = dialect::for_update(&tx.engine);
    let which = "id = (SELECT connection_id FROM calendars WHERE id = $1)";
    eras(tx, (which, id.as_str()), lock).await.map(|_| ())
}

/// The same with all connections of a user, and with what is chosen for them.
pub async fn hold_of_user(tx: &mut Tx, id: &UserId) -> Result<()> {
    let lock = dialect::for_update(&tx.engine);
    eras(tx, ("owner_id = $1", id.as_str()), lock).await?;
    let held = sql("SELECT id FROM users WHERE id = $1").text(dialect::for_change(&tx.engine));
    tx.one::<(String,)>(held.bind(id.as_str())).await.map(|_| ())
}

/// Holds a connection with the account that it had when it was loaded, until the transaction ends.
/// A conflict where it has another by now, or is gone.
pub async fn hold_era(tx: &mut Tx, loaded: &Connection) -> Result<()> {
    let lock = dialect::for_update(&tx.engine);
    look(tx, loaded, lock).await
}

/// The same beside others who do so; for who does not change the connection itself.
pub async fn share_era(tx: &mut Tx, loaded: &Connection) -> Result<()> {
    let lock = dialect::for_share(&tx.engine);
    look(tx, loaded, lock).await
}

async fn look(tx: &mut Tx, loaded: &Connection, lock: &'static str) -> Result<()> {
    let eras = eras(tx, ("id = $1", loaded.id.as_str()), lock).await?;
    if eras == [(loaded.era,)] { Ok(()) } else { Err(StoreError::Conflict) }
}

async fn eras(
    tx: &mut Tx,
    (which, id): (&'static str, &str),
    lock: &'static str,
) -> Result<Vec<(i64,)>> {
    let statement = sql("SELECT era FROM connections WHERE ").text(which).text(" ORDER BY id");
    tx.all(statement.text(lock).bind(id)).await
}
