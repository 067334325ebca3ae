//! Who is signed in, and the links that sign in once. Tokens are kept as hashes alone.

use connection::{AccountId, UserId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec, tries};

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub token_hash: [u8; 32],
    pub user: UserId,
    /// What a person recognises it by.
    pub browser: String,
    pub now: Timestamp,
    pub expires_at: Timestamp,
}

/// A session, by whoever has its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub token_hash: [u8; 32],
    pub user: UserId,
    pub browser: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// May it do no more than connect calendars? So too where its user may not.
    pub connects_only: bool,
    /// Who made the link that it came by, where it may.
    pub invited_by: Option<UserId>,
}

const COLUMNS: &str = "SELECT token_hash, user_id, browser, created_at, seen_at, expires_at, \
     (connects_only OR EXISTS (SELECT 1 FROM users u WHERE u.id = user_id AND u.connects_only)) \
     AS connects_only, invited_by FROM sessions ";

#[derive(sqlx::FromRow)]
struct SessionRow {
    token_hash: Vec<u8>,
    user_id: String,
    browser: String,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
    connects_only: bool,
    invited_by: Option<String>,
}

impl SessionRow {
    fn read(self) -> Result<Session> {
        Ok(Session {
            token_hash: codec::hash("sessions.token_hash", &self.token_hash)?,
            user: codec::id(&self.user_id)?,
            browser: self.browser,
            created_at: codec::instant(self.created_at)?,
            seen_at: codec::instant(self.seen_at)?,
            expires_at: codec::instant(self.expires_at)?,
            connects_only: self.connects_only,
            invited_by: self.invited_by.as_deref().map(codec::id).transpose()?,
        })
    }
}

/// From now on it may do no more than connect calendars: it came by a link that `by` made.
pub async fn limit_to_connecting(tx: &mut Tx, hash: &[u8; 32], by: &UserId) -> Result<()> {
    let text = "UPDATE sessions SET connects_only = TRUE, invited_by = $1 WHERE token_hash = $2";
    tx.run(sql(text).bind(by.as_str()).bind(hash)).await?;
    Ok(())
}

/// When each user of an account was last seen, of those who are signed in somewhere.
pub async fn last_seen(tx: &mut Tx, account: &AccountId) -> Result<Vec<(UserId, Timestamp)>> {
    let text = "SELECT s.user_id, MAX(s.seen_at) FROM sessions s \
                JOIN users u ON u.id = s.user_id WHERE u.account_id = $1 GROUP BY s.user_id";
    let rows: Vec<(String, i64)> = tx.all(sql(text).bind(account.as_str())).await?;
    rows.into_iter().map(|(user, at)| Ok((codec::id(&user)?, codec::instant(at)?))).collect()
}

pub async fn insert(tx: &mut Tx, session: &NewSession) -> Result<()> {
    let text = "INSERT INTO sessions (token_hash, user_id, browser, created_at, seen_at, \
                expires_at) VALUES ($1, $2, $3, $4, $4, $5)";
    let statement = sql(text)
        .bind(&session.token_hash)
        .bind(session.user.as_str())
        .bind(&session.browser)
        .bind(session.now)
        .bind(session.expires_at);
    tx.run(statement).await?;
    Ok(())
}

/// The session of that token, while it lasts.
pub async fn find(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<Session>> {
    let text = "WHERE token_hash = $1 AND expires_at > $2";
    let row: Option<SessionRow> = tx.one(sql(COLUMNS).text(text).bind(hash).bind(now)).await?;
    row.map(SessionRow::read).transpose()
}

/// It was used just now.
pub async fn touch(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<()> {
    let text = "UPDATE sessions SET seen_at = $1 WHERE token_hash = $2";
    tx.run(sql(text).bind(now).bind(hash)).await?;
    Ok(())
}

/// The one used last comes first.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<Session>> {
    let text = "WHERE user_id = $1 ORDER BY seen_at DESC, token_hash";
    let rows: Vec<SessionRow> = tx.all(sql(COLUMNS).text(text).bind(user.as_str())).await?;
    rows.into_iter().map(SessionRow::read).collect()
}

pub async fn end(tx: &mut Tx, hash: &[u8; 32]) -> Result<()> {
    tx.run(sql("DELETE FROM sessions WHERE token_hash = $1").bind(hash)).await?;
    Ok(())
}

/// Ends all sessions of a user but the one to keep, and says how many; sign-ins that are half way
/// and links that sign in end with them.
pub async fn end_others(tx: &mut Tx, user: &UserId, keep: Option<&[u8; 32]>) -> Result<i64> {
    tx.run(sql("DELETE FROM half_sessions WHERE user_id = $1").bind(user.as_str())).await?;
    end_links(tx, user).await?;
    let statement = sql("DELETE FROM sessions WHERE user_id = $1").bind(user.as_str());
    tx.run(match keep {
        Some(keep) => statement.text(" AND token_hash <> $2").bind(keep),
        None => statement,
    })
    .await
}

/// A link that was made, but not used, signs nobody in any more.
async fn end_links(tx: &mut Tx, user: &UserId) -> Result<()> {
    let text = "DELETE FROM sign_in_links WHERE user_id = $1 AND used_at IS NULL";
    tx.run(sql(text).bind(user.as_str())).await?;
    Ok(())
}

/// A link that signs in, once, until then; it takes the place of those of before.
pub async fn insert_link(
    tx: &mut Tx,
    hash: &[u8; 32],
    user: &UserId,
    expires_at: Timestamp,
) -> Result<()> {
    end_links(tx, user).await?;
    let text = "INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)";
    tx.run(sql(text).bind(hash).bind(user.as_str()).bind(expires_at)).await?;
    Ok(())
}

/// Whom a link would let in; it is not used up by looking.
pub async fn link(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<UserId>> {
    let text = "SELECT user_id FROM sign_in_links \
                WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    let row: Option<(String,)> = tx.one(sql(text).bind(hash).bind(now)).await?;
    row.map(|(user,)| codec::id(&user)).transpose()
}

/// Whom the link signs in; it never does so again, nor does any other of theirs.
pub async fn use_link(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<UserId>> {
    let text = "UPDATE sign_in_links SET used_at = $1 \
                WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1 RETURNING user_id";
    let row: Option<(String,)> = tx.one(sql(text).bind(now).bind(hash)).await?;
    let Some((user,)) = row else { return Ok(None) };
    let user = codec::id(&user)?;
    end_links(tx, &user).await?;
    Ok(Some(user))
}

/// Forgets sessions, links and sign-ins half way that are over, and failures that no longer count.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    for table in [
        "DELETE FROM sessions WHERE expires_at <= $1",
        "DELETE FROM sign_in_links WHERE expires_at <= $1",
        "DELETE FROM half_sessions WHERE expires_at <= $1",
        "DELETE FROM passkey_challenges WHERE expires_at <= $1",
        "DELETE FROM open_id_sign_ins WHERE expires_at <= $1",
    ] {
        tx.run(sql(table).bind(now)).await?;
    }
    tries::prune(tx, now).await?;
    Ok(())
}
