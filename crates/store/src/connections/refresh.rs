//! One refresh at a time: whoever holds the turn of a connection may ask for a new access token,
//! in all processes that share the store.

use connection::{ConnectionId, Credential};
use jiff::Timestamp;

use super::{scopes, seal_credential};
use crate::statement::sql;
use crate::{Result, Tx, renewals};

/// Takes the turn until an instant. False while another holds it.
pub async fn take_refresh(
    tx: &mut Tx,
    id: &ConnectionId,
    owner: &str,
    (now, until): (Timestamp, Timestamp),
) -> Result<bool> {
    let text = "UPDATE connections SET refresh_owner = $1, refresh_until = $2 \
                WHERE id = $3 AND (refresh_until IS NULL OR refresh_until <= $4)";
    let statement = sql(text).bind(owner).bind(until).bind(id.as_str()).bind(now);
    Ok(tx.run(statement).await? > 0)
}

/// Holds on to a turn that takes longer. False where it was lost.
pub async fn extend_refresh(
    tx: &mut Tx,
    id: &ConnectionId,
    owner: &str,
    until: Timestamp,
) -> Result<bool> {
    let text = "UPDATE connections SET refresh_until = $1 WHERE id = $2 AND refresh_owner = $3";
    Ok(tx.run(sql(text).bind(until).bind(id.as_str()).bind(owner)).await? > 0)
}

/// Keeps the credential that a turn brought and what it allows, and gives the turn back. False
/// where the turn was lost meanwhile, and what it brought is not kept: a repair, or whoever had
/// the next turn, has put something newer in its place.
pub async fn end_refresh(
    tx: &mut Tx,
    id: &ConnectionId,
    owner: &str,
    brought: Option<&Credential>,
) -> Result<bool> {
    if let Some(credential) = brought {
        let sealed = seal_credential(tx.keys(), id, credential)?;
        let text = "UPDATE connections SET credential_sealed = $1, scopes = $2, \
                    refresh_owner = NULL, refresh_until = NULL \
                    WHERE id = $3 AND refresh_owner = $4";
        let statement = sql(text).bind(sealed).bind(scopes(credential)).bind(id.as_str());
        let is_ours = tx.run(statement.bind(owner)).await? > 0;
        if is_ours {
            renewals::note(tx, id, credential).await?;
        }
        return Ok(is_ours);
    }
    let text = "UPDATE connections SET refresh_owner = NULL, refresh_until = NULL \
                WHERE id = $1 AND refresh_owner = $2";
    Ok(tx.run(sql(text).bind(id.as_str()).bind(owner)).await? > 0)
}
