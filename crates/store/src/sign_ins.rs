//! Sign-ins that are at a provider's page: each comes back once, in the browser that went.

use connection::{ConnectionId, IntegrationKind, UserId};
use jiff::{SignedDuration, Timestamp};

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// One that is over is remembered for this long, so that a second way back is told as such.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// One sign-in at a provider's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The hash of its state (RFC 6749 §10.12).
    pub state_hash: [u8; 32],
    pub user: UserId,
    pub integration: IntegrationKind,
    /// The connection that is to be repaired.
    pub repairs: Option<ConnectionId>,
    /// The hash of the proof key (RFC 7636) that lies in the browser's cookie; `None` until its
    /// link is opened.
    pub browser_hash: Option<[u8; 32]>,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// Where the person goes then.
    pub return_to: Option<String>,
    /// Does another account take the place of the one that is to be repaired?
    pub replaces: bool,
    /// Are the times of its events all that is kept of them?
    pub busy_only: bool,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct SignInRow {
    state_hash: Vec<u8>,
    user_id: String,
    integration: String,
    repairs: Option<String>,
    browser_hash: Option<Vec<u8>>,
    redirect_uri: String,
    return_to: Option<String>,
    replaces: bool,
    busy_only: bool,
    expires_at: i64,
    used_at: Option<i64>,
}

impl SignInRow {
    fn read(self) -> Result<SignIn> {
        let hash = |bytes: &[u8]| codec::hash("sign_ins.state_hash", bytes);
        Ok(SignIn {
            state_hash: hash(&self.state_hash)?,
            user: codec::id(&self.user_id)?,
            integration: IntegrationKind::new(self.integration),
            repairs: self.repairs.as_deref().map(codec::id).transpose()?,
            browser_hash: self.browser_hash.as_deref().map(hash).transpose()?,
            redirect_uri: self.redirect_uri,
            return_to: self.return_to,
            replaces: self.replaces,
            busy_only: self.busy_only,
            expires_at: codec::instant(self.expires_at)?,
            used_at: codec::instant_maybe(self.used_at)?,
        })
    }
}

pub async fn insert(tx: &mut Tx, new: &SignIn) -> Result<()> {
    let text = "INSERT INTO sign_ins (state_hash, user_id, integration, repairs, browser_hash, \
                redirect_uri, return_to, replaces, busy_only, expires_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let statement = sql(text)
        .bind(&new.state_hash)
        .bind(new.user.as_str())
        .bind(new.integration.as_str())
        .bind(new.repairs.as_ref().map(ConnectionId::as_str))
        .bind(new.browser_hash.as_ref().map(<[u8; 32]>::as_slice))
        .bind(&new.redirect_uri)
        .bind(new.return_to.as_deref())
        .bind(new.replaces)
        .bind(new.busy_only)
        .bind(new.expires_at);
    tx.run(statement).await?;
    Ok(())
}

/// By the hash of its state, over or not.
pub async fn find(tx: &mut Tx, state_hash: &[u8; 32]) -> Result<Option<SignIn>> {
    let text = "SELECT state_hash, user_id, integration, repairs, browser_hash, redirect_uri, \
                return_to, replaces, busy_only, expires_at, used_at FROM sign_ins \
                WHERE state_hash = $1";
    tx.one::<SignInRow>(sql(text).bind(state_hash)).await?.map(SignInRow::read).transpose()
}

/// Ties it to a browser, if it is tied to none yet. Says whether it is this one's now.
pub async fn tie(
    tx: &mut Tx,
    state_hash: &[u8; 32],
    browser_hash: &[u8; 32],
    now: Timestamp,
) -> Result<bool> {
    let text = "UPDATE sign_ins SET browser_hash = $1 WHERE state_hash = $2 \
                AND browser_hash IS NULL AND used_at IS NULL AND expires_at > $3";
    Ok(tx.run(sql(text).bind(browser_hash).bind(state_hash).bind(now)).await? > 0)
}

/// Uses it up. False where it was used before, or is over.
pub async fn take(tx: &mut Tx, state_hash: &[u8; 32], now: Timestamp) -> Result<bool> {
    let text = "UPDATE sign_ins SET used_at = $1 \
                WHERE state_hash = $2 AND used_at IS NULL AND expires_at > $1";
    Ok(tx.run(sql(text).bind(now).bind(state_hash)).await? > 0)
}

/// Forgets those that have been over for a day, and says how many.
pub async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<i64> {
    let before = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    tx.run(sql("DELETE FROM sign_ins WHERE expires_at < $1").bind(before)).await
}
