//! One connection, one account after another: what was begun with one of them must not end with
//! the next.

use connection::{Connection, ConnectionId, Credential, Principal};
use jiff::Timestamp;

use super::{Check, renew};
use crate::statement::sql;
use crate::{Result, StoreError, Tx, dialect};

/// Puts another account in the place of the one that it holds.
pub async fn begin_era(
    tx: &mut Tx,
    id: &ConnectionId,
    (principal, credential): (&Principal, &Credential),
    checks: &[Check],
    now: Timestamp,
) -> Result<()> {
    renew(tx, id, (principal, credential), checks).await?;
    let text = "UPDATE connections SET era = era + 1, last_success_at = $1, \
                last_change_at = NULL, repaired_at = NULL WHERE id = $2";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
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
    let statement = sql("SELECT era FROM connections WHERE id = $1").text(lock);
    let row: Option<(i64,)> = tx.one(statement.bind(loaded.id.as_str())).await?;
    if row == Some((loaded.era,)) { Ok(()) } else { Err(StoreError::Conflict) }
}
