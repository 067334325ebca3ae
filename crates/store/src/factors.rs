//! The second step of signing in: authenticator apps, recovery codes, and whether an account
//! requires one. Passkeys have a module of their own.

use connection::{AccountId, UserId};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::seal::Sealed;
use crate::statement::{Value, sql};
use crate::{Result, Tx, codec};

/// Where a user stands with their second step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when they have an authenticator app.
    pub authenticator_at: Option<Timestamp>,
    pub passkeys: i64,
    /// Recovery codes that were not used yet.
    pub recovery_left: i64,
    /// Must they have a second step?
    pub is_required: bool,
}

impl Standing {
    /// Do they have any?
    pub fn has_any(&self) -> bool {
        self.authenticator_at.is_some() || self.passkeys > 0
    }
}

/// An authenticator app.
pub struct Authenticator {
    /// What app and house share.
    pub secret: Zeroizing<Vec<u8>>,
    /// `None` until a first code was typed.
    pub confirmed_at: Option<Timestamp>,
    /// The time step of the last code that was taken.
    pub last_step: i64,
}

pub async fn standing(tx: &mut Tx, user: &UserId) -> Result<Standing> {
    let text = "SELECT (SELECT confirmed_at FROM authenticators WHERE user_id = $1), \
                (SELECT COUNT(*) FROM passkeys WHERE user_id = $1), \
                (SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL), \
                a.requires_second_step \
                FROM users u JOIN accounts a ON a.id = u.account_id WHERE u.id = $1";
    let row: Option<(Option<i64>, i64, i64, bool)> = tx.one(sql(text).bind(user.as_str())).await?;
    let Some((authenticator, passkeys, recovery_left, is_required)) = row else {
        return Ok(Standing::default());
    };
    let authenticator_at = codec::instant_maybe(authenticator)?;
    Ok(Standing { authenticator_at, passkeys, recovery_left, is_required })
}

/// A new secret, to be confirmed; takes the place of one that never was. False where the user has
/// an app already.
pub async fn begin_authenticator(
    tx: &mut Tx,
    user: &UserId,
    secret: &[u8],
    now: Timestamp,
) -> Result<bool> {
    let sealed = tx.keys().seal(Sealed::Authenticator, user.as_str(), secret)?;
    let text = "INSERT INTO authenticators (user_id, secret_sealed, created_at, last_step) \
                VALUES ($1, $2, $3, $4) ON CONFLICT (user_id) DO UPDATE SET \
                secret_sealed = excluded.secret_sealed, created_at = excluded.created_at \
                WHERE authenticators.confirmed_at IS NULL";
    let statement = sql(text).bind(user.as_str()).bind(sealed).bind(now).bind(0);
    Ok(tx.run(statement).await? > 0)
}

pub async fn authenticator(tx: &mut Tx, user: &UserId) -> Result<Option<Authenticator>> {
    let text = "SELECT secret_sealed, confirmed_at, last_step FROM authenticators \
                WHERE user_id = $1";
    let row: Option<(Vec<u8>, Option<i64>, i64)> = tx.one(sql(text).bind(user.as_str())).await?;
    let Some((sealed, confirmed_at, last_step)) = row else { return Ok(None) };
    let secret = tx.keys().open(Sealed::Authenticator, user.as_str(), &sealed)?;
    let confirmed_at = codec::instant_maybe(confirmed_at)?;
    Ok(Some(Authenticator { secret: Zeroizing::new(secret), confirmed_at, last_step }))
}

/// Its first code was right: from now on it counts. False where it counted before.
pub async fn confirm_authenticator(
    tx: &mut Tx,
    user: &UserId,
    step: i64,
    now: Timestamp,
) -> Result<bool> {
    let text = "UPDATE authenticators SET confirmed_at = $1, last_step = $2 \
                WHERE user_id = $3 AND confirmed_at IS NULL";
    Ok(tx.run(sql(text).bind(now).bind(step).bind(user.as_str())).await? > 0)
}

/// Takes the code of that step, and so all before it. False where it was taken before.
pub async fn take_step(tx: &mut Tx, user: &UserId, step: i64) -> Result<bool> {
    let text = "UPDATE authenticators SET last_step = $1 \
                WHERE user_id = $2 AND last_step < $1 AND confirmed_at IS NOT NULL";
    Ok(tx.run(sql(text).bind(step).bind(user.as_str())).await? > 0)
}

/// Says whether there was one.
pub async fn remove_authenticator(tx: &mut Tx, user: &UserId) -> Result<bool> {
    let statement = sql("DELETE FROM authenticators WHERE user_id = $1").bind(user.as_str());
    Ok(tx.run(statement).await? > 0)
}

/// New codes, in place of all of before; without any, those are gone.
pub async fn set_recovery_codes(tx: &mut Tx, user: &UserId, hashes: &[[u8; 32]]) -> Result<()> {
    tx.run(sql("DELETE FROM recovery_codes WHERE user_id = $1").bind(user.as_str())).await?;
    if hashes.is_empty() {
        return Ok(());
    }
    let rows = hashes.iter().map(|hash| [Value::from(user.as_str()), Value::from(hash)]);
    tx.run(sql("INSERT INTO recovery_codes (user_id, code_hash) VALUES ").rows(rows)).await?;
    Ok(())
}

/// Uses a recovery code up. False where there is none such, or it was used before.
pub async fn use_recovery_code(
    tx: &mut Tx,
    user: &UserId,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<bool> {
    let text = "UPDATE recovery_codes SET used_at = $1 \
                WHERE user_id = $2 AND code_hash = $3 AND used_at IS NULL";
    Ok(tx.run(sql(text).bind(now).bind(user.as_str()).bind(hash)).await? > 0)
}

/// Forgets every second factor of a user: for who has lost them all. Says whether there was one.
pub async fn forget_all(tx: &mut Tx, user: &UserId) -> Result<bool> {
    let had_app = remove_authenticator(tx, user).await?;
    let text = "DELETE FROM passkeys WHERE user_id = $1";
    let passkeys = tx.run(sql(text).bind(user.as_str())).await?;
    set_recovery_codes(tx, user, &[]).await?;
    Ok(had_app || passkeys > 0)
}

/// Requires a second factor of everyone in the account, or no longer. False where it was so.
pub async fn require(tx: &mut Tx, account: &AccountId, is_required: bool) -> Result<bool> {
    let text = "UPDATE accounts SET requires_second_step = $1 \
                WHERE id = $2 AND requires_second_step <> $1";
    Ok(tx.run(sql(text).bind(is_required).bind(account.as_str())).await? > 0)
}

/// Who of an account has no second factor: their names, as they stand in a list.
pub async fn names_without(tx: &mut Tx, account: &AccountId) -> Result<Vec<String>> {
    let text = "SELECT name FROM users u WHERE account_id = $1 AND NOT EXISTS \
                (SELECT 1 FROM authenticators f \
                 WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) \
                AND NOT EXISTS (SELECT 1 FROM passkeys f WHERE f.user_id = u.id) \
                ORDER BY name, id";
    let rows: Vec<(String,)> = tx.all(sql(text).bind(account.as_str())).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}
