//! What is broken, and since when: told reasons may change meanwhile, the break is one.

use connection::{AccountId, ConnectionId, UserId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// A connection that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    pub connection: ConnectionId,
    /// Who holds it; `None`: the account.
    pub user: Option<UserId>,
    pub broken_at: Timestamp,
}

/// It is broken since then, or, with `None`, it is not.
pub async fn set_broken(tx: &mut Tx, id: &ConnectionId, at: Option<Timestamp>) -> Result<()> {
    let text = "UPDATE connections SET broken_at = $1 WHERE id = $2";
    tx.run(sql(text).bind(at).bind(id.as_str())).await?;
    Ok(())
}

/// Since when it is broken; `None` where it is not, or not there.
pub async fn broken_at(tx: &mut Tx, id: &ConnectionId) -> Result<Option<Timestamp>> {
    let statement = sql("SELECT broken_at FROM connections WHERE id = $1").bind(id.as_str());
    let row: Option<(Option<i64>,)> = tx.one(statement).await?;
    codec::instant_maybe(row.and_then(|(at,)| at))
}

/// Those of an account that are broken, the oldest first.
pub async fn broken_in(tx: &mut Tx, account: &AccountId) -> Result<Vec<Break>> {
    let text = "SELECT id, user_id, broken_at FROM connections \
                WHERE account_id = $1 AND broken_at IS NOT NULL ORDER BY broken_at, id";
    let rows: Vec<(String, Option<String>, i64)> = tx.all(sql(text).bind(account.as_str())).await?;
    rows.into_iter()
        .map(|(connection, user, at)| {
            Ok(Break {
                connection: codec::id(&connection)?,
                user: user.as_deref().map(codec::id).transpose()?,
                broken_at: codec::instant(at)?,
            })
        })
        .collect()
}
