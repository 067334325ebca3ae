//! Tries that failed, by a hash of who tried or from where: what guessing is slowed by.

use jiff::{SignedDuration, Timestamp};

use crate::statement::sql;
use crate::{Result, Tx, codec, dialect};

/// What counts against a subject. Of one that never tried, both are in 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    pub last_at: Timestamp,
    /// When nothing of it counts any more.
    pub forgotten_at: Timestamp,
}

/// What counts against the subject, kept from all others until this transaction ends, also where
/// nothing was counted so far.
pub async fn hold(tx: &mut Tx, subject: &str) -> Result<Tries> {
    let text = "INSERT INTO sign_in_failures (subject, last_at, forgotten_at) VALUES ($1, $2, $2) \
                ON CONFLICT (subject) DO UPDATE SET last_at = sign_in_failures.last_at \
                RETURNING last_at, forgotten_at";
    let row = tx.one::<(i64, i64)>(sql(text).bind(subject).bind(Timestamp::UNIX_EPOCH)).await?;
    let (last_at, forgotten_at) = row.unwrap_or_default();
    Ok(Tries { last_at: codec::instant(last_at)?, forgotten_at: codec::instant(forgotten_at)? })
}

/// Writes down what counts against a subject that is held.
pub async fn set(tx: &mut Tx, subject: &str, tries: Tries) -> Result<()> {
    let text = "UPDATE sign_in_failures SET last_at = $1, forgotten_at = $2 WHERE subject = $3";
    tx.run(sql(text).bind(tries.last_at).bind(tries.forgotten_at).bind(subject)).await?;
    Ok(())
}

/// A try that would have counted for so long was none.
pub async fn give_back(tx: &mut Tx, subject: &str, counted: SignedDuration) -> Result<()> {
    let text = "UPDATE sign_in_failures SET forgotten_at = forgotten_at - $1 WHERE subject = $2";
    tx.run(sql(text).bind(counted.as_secs() * 1000).bind(subject)).await?;
    Ok(())
}

pub async fn forget(tx: &mut Tx, subject: &str) -> Result<()> {
    tx.run(sql("DELETE FROM sign_in_failures WHERE subject = $1").bind(subject)).await?;
    Ok(())
}

/// Forgets what no longer counts. What others hold they count anew: waiting for it, while this
/// transaction holds some itself, might never end.
pub(crate) async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let text = "DELETE FROM sign_in_failures WHERE subject IN \
                (SELECT subject FROM sign_in_failures WHERE forgotten_at <= $1";
    let statement = sql(text).text(dialect::skip_locked(&tx.engine)).text(")");
    tx.run(statement.bind(now)).await?;
    Ok(())
}
