//! Requests that a client may send twice: the first is answered by doing it, the second by the
//! first one's answer.

use connection::AccountId;
use jiff::{SignedDuration, Timestamp};

use crate::seal::Sealed;
use crate::statement::sql;
use crate::{Result, StoreError, Tx, codec};

/// A request that was begun this long ago and never answered died with its process; its key is
/// free again.
const ABANDONED: SignedDuration = SignedDuration::from_mins(2);

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: do it, then call [`finish`] or [`forget`].
    New,
    /// It was done already.
    Answered { status: u16, body: Vec<u8> },
    /// It is being done.
    Running,
    /// The key was used for another request.
    OtherBody,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    fingerprint: Vec<u8>,
    status: Option<i64>,
    answer_sealed: Option<Vec<u8>>,
}

/// The name of a row under the seal.
fn row_name(account: &AccountId, key: &str) -> String {
    format!("{account}/{key}")
}

/// Takes the key for a request whose hash is `fingerprint`, or says what became of it.
pub async fn begin(
    tx: &mut Tx,
    account: &AccountId,
    key: &str,
    fingerprint: [u8; 32],
    now: Timestamp,
) -> Result<Begun> {
    let text = "INSERT INTO idempotency_keys (account_id, key, fingerprint, created_at) \
                VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, key) DO UPDATE SET \
                created_at = excluded.created_at \
                WHERE idempotency_keys.status IS NULL AND idempotency_keys.created_at < $5 \
                AND idempotency_keys.fingerprint = excluded.fingerprint";
    let statement = sql(text)
        .bind(account.as_str())
        .bind(key)
        .bind(&fingerprint)
        .bind(now)
        .bind(now.as_millisecond() - ABANDONED.as_secs() * 1000);
    if tx.run(statement).await? > 0 {
        return Ok(Begun::New);
    }
    let text = "SELECT fingerprint, status, answer_sealed FROM idempotency_keys \
                WHERE account_id = $1 AND key = $2";
    let row: Option<KeyRow> = tx.one(sql(text).bind(account.as_str()).bind(key)).await?;
    let Some(row) = row else { return Ok(Begun::Running) };
    if codec::hash("idempotency_keys.fingerprint", &row.fingerprint)? != fingerprint {
        return Ok(Begun::OtherBody);
    }
    let (Some(status), Some(sealed)) = (row.status, row.answer_sealed) else {
        return Ok(Begun::Running);
    };
    let status = u16::try_from(status)
        .map_err(|_| StoreError::corrupt("idempotency_keys.status is no status"))?;
    let body = tx.keys().open(Sealed::Answer, &row_name(account, key), &sealed)?;
    Ok(Begun::Answered { status, body })
}

/// It was done: this is what everybody is answered who sends it again.
pub async fn finish(
    tx: &mut Tx,
    account: &AccountId,
    key: &str,
    status: u16,
    body: &[u8],
) -> Result<()> {
    let sealed = tx.keys().seal(Sealed::Answer, &row_name(account, key), body)?;
    let text = "UPDATE idempotency_keys SET status = $1, answer_sealed = $2 \
                WHERE account_id = $3 AND key = $4";
    let statement = sql(text).bind(i64::from(status)).bind(sealed).bind(account.as_str()).bind(key);
    tx.run(statement).await?;
    Ok(())
}

/// It was not done, and may be tried again under the same key.
pub async fn forget(tx: &mut Tx, account: &AccountId, key: &str) -> Result<()> {
    let text = "DELETE FROM idempotency_keys WHERE account_id = $1 AND key = $2";
    tx.run(sql(text).bind(account.as_str()).bind(key)).await?;
    Ok(())
}

/// Forgets the keys that were first used before that, and says how many.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<i64> {
    tx.run(sql("DELETE FROM idempotency_keys WHERE created_at < $1").bind(before)).await
}
