//! Who is who at a provider of `OpenID` Connect, and the sign-ins that are at its page.

use connection::{AccountId, UserId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// The user of an issuer and its subject.
pub async fn user(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<UserId>> {
    let text = "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2";
    let row: Option<(String,)> = tx.one(sql(text).bind(issuer).bind(subject)).await?;
    row.map(|(user,)| codec::id(&user)).transpose()
}

/// From now on that subject is this user. A conflict where either is somebody else's already.
pub async fn insert(
    tx: &mut Tx,
    (issuer, subject): (&str, &str),
    user: &UserId,
    now: Timestamp,
) -> Result<()> {
    let text = "INSERT INTO identities (issuer, subject, user_id, created_at) \
                VALUES ($1, $2, $3, $4)";
    tx.run(sql(text).bind(issuer).bind(subject).bind(user.as_str()).bind(now)).await?;
    Ok(())
}

/// The issuers at which a user signs in, and since when.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<(String, Timestamp)>> {
    let text = "SELECT issuer, created_at FROM identities WHERE user_id = $1 ORDER BY issuer";
    let rows: Vec<(String, i64)> = tx.all(sql(text).bind(user.as_str())).await?;
    rows.into_iter().map(|(issuer, at)| Ok((issuer, codec::instant(at)?))).collect()
}

/// That issuer no longer signs the user in. Says whether it did.
pub async fn remove(tx: &mut Tx, user: &UserId, issuer: &str) -> Result<bool> {
    let text = "DELETE FROM identities WHERE user_id = $1 AND issuer = $2";
    Ok(tx.run(sql(text).bind(user.as_str()).bind(issuer)).await? > 0)
}

/// The same for every issuer; says of how many.
pub async fn remove_all(tx: &mut Tx, user: &UserId) -> Result<i64> {
    tx.run(sql("DELETE FROM identities WHERE user_id = $1").bind(user.as_str())).await
}

/// Lets no password into an account any more, but the provider alone; or both again. False where it
/// was so.
pub async fn require(tx: &mut Tx, account: &AccountId, is_required: bool) -> Result<bool> {
    let text = "UPDATE accounts SET requires_open_id = $1 \
                WHERE id = $2 AND requires_open_id <> $1";
    Ok(tx.run(sql(text).bind(is_required).bind(account.as_str())).await? > 0)
}

pub async fn is_required(tx: &mut Tx, account: &AccountId) -> Result<bool> {
    let text = "SELECT requires_open_id FROM accounts WHERE id = $1";
    let row: Option<(bool,)> = tx.one(sql(text).bind(account.as_str())).await?;
    Ok(row.is_some_and(|(is_required,)| is_required))
}

/// Who of an account has never signed in at that issuer, with or without a slash at its end: their
/// names, as they stand in a list.
pub async fn names_without(tx: &mut Tx, account: &AccountId, issuer: &str) -> Result<Vec<String>> {
    let text = "SELECT name FROM users u WHERE account_id = $1 AND NOT EXISTS \
                (SELECT 1 FROM identities i WHERE i.user_id = u.id AND RTRIM(i.issuer, '/') = $2) \
                ORDER BY name, id";
    let rows: Vec<(String,)> =
        tx.all(sql(text).bind(account.as_str()).bind(issuer.trim_end_matches('/'))).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// A sign-in that goes to the provider's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    pub state_hash: [u8; 32],
    /// The hash of the proof key that lies in the browser's cookie.
    pub browser_hash: [u8; 32],
    /// The page to go on to.
    pub next: String,
    pub expires_at: Timestamp,
}

pub async fn go(tx: &mut Tx, going: &Going) -> Result<()> {
    let text = "INSERT INTO open_id_sign_ins (state_hash, browser_hash, next, expires_at) \
                VALUES ($1, $2, $3, $4)";
    let statement = sql(text)
        .bind(&going.state_hash)
        .bind(&going.browser_hash)
        .bind(&going.next)
        .bind(going.expires_at);
    tx.run(statement).await?;
    Ok(())
}

/// It came back, in the browser that went: the page to go on to. `None` where it is over, or came
/// back before, or belongs to another browser.
pub async fn come_back(
    tx: &mut Tx,
    state_hash: &[u8; 32],
    browser_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<String>> {
    let text = "DELETE FROM open_id_sign_ins \
                WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3 RETURNING next";
    let statement = sql(text).bind(state_hash).bind(browser_hash).bind(now);
    Ok(tx.one::<(String,)>(statement).await?.map(|(next,)| next))
}
