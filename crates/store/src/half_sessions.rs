//! Sign-ins whose first step is done and whose second is owed. They open nothing.

use connection::UserId;
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// One of them, by whoever has its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfSession {
    pub token_hash: [u8; 32],
    pub user: UserId,
    /// What the first step was, as a code of the caller's.
    pub first_step: String,
    /// The page to go on to.
    pub next: String,
    /// The hash of a password that was chosen on the way, and holds from the second step on.
    pub password: Option<String>,
    pub expires_at: Timestamp,
}

pub async fn insert(tx: &mut Tx, half: &HalfSession) -> Result<()> {
    let text = "INSERT INTO half_sessions (token_hash, user_id, first_step, next, \
                password_hash, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sql(text)
        .bind(&half.token_hash)
        .bind(half.user.as_str())
        .bind(&half.first_step)
        .bind(&half.next)
        .bind(half.password.as_deref())
        .bind(half.expires_at);
    tx.run(statement).await?;
    Ok(())
}

/// The one of that token, while it lasts.
pub async fn find(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<HalfSession>> {
    let text = "SELECT user_id, first_step, next, password_hash, expires_at FROM half_sessions \
                WHERE token_hash = $1 AND expires_at > $2";
    let row: Option<(String, String, String, Option<String>, i64)> =
        tx.one(sql(text).bind(hash).bind(now)).await?;
    row.map(|(user, first_step, next, password, expires_at)| {
        Ok(HalfSession {
            token_hash: *hash,
            user: codec::id(&user)?,
            first_step,
            next,
            password,
            expires_at: codec::instant(expires_at)?,
        })
    })
    .transpose()
}

/// Ends it. False where it was over: it becomes one session, not two.
pub async fn end(tx: &mut Tx, hash: &[u8; 32]) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM half_sessions WHERE token_hash = $1").bind(hash)).await? > 0)
}
