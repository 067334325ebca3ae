//! One connection, one account after another: what was begun with one of them must not end with
//! the next.

use connection::{ConnectionId, Credential, Principal};
use jiff::Timestamp;

use super::{Check, renew};
use crate::statement::sql;
use crate::{Result, Tx};

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
                last_change_at = NULL, repaired_at = NULL, certificate_host = NULL, \
                certificate_begins_at = NULL, certificate_ends_at = NULL WHERE id = $2";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}
