//! Passkeys (`WebAuthn`), and the challenges that they have yet to answer.

use connection::UserId;
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// One passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The credential's id, in base64url.
    pub id: String,
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// As `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
    /// What it has counted itself.
    pub signatures: i64,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct PasskeyRow {
    id: String,
    user_id: String,
    name: String,
    public_key: Vec<u8>,
    signatures: i64,
    created_at: i64,
    used_at: Option<i64>,
}

impl PasskeyRow {
    fn read(self) -> Result<Passkey> {
        Ok(Passkey {
            id: self.id,
            user: codec::id(&self.user_id)?,
            name: self.name,
            public_key: self.public_key,
            signatures: self.signatures,
            created_at: codec::instant(self.created_at)?,
            used_at: codec::instant_maybe(self.used_at)?,
        })
    }
}

/// One that is known already is a conflict.
pub async fn insert(tx: &mut Tx, new: &Passkey) -> Result<()> {
    let text = "INSERT INTO passkeys (id, user_id, name, public_key, signatures, created_at) \
                VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sql(text)
        .bind(&new.id)
        .bind(new.user.as_str())
        .bind(&new.name)
        .bind(new.public_key.as_slice())
        .bind(new.signatures)
        .bind(new.created_at);
    tx.run(statement).await?;
    Ok(())
}

/// In the order in which they came.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<Passkey>> {
    let text = "SELECT id, user_id, name, public_key, signatures, created_at, used_at \
                FROM passkeys WHERE user_id = $1 ORDER BY created_at, id";
    let rows: Vec<PasskeyRow> = tx.all(sql(text).bind(user.as_str())).await?;
    rows.into_iter().map(PasskeyRow::read).collect()
}

/// It signed. False where it has counted no further than before although it counts: then there
/// are two of it.
pub async fn used(tx: &mut Tx, id: &str, signatures: i64, now: Timestamp) -> Result<bool> {
    let text = "UPDATE passkeys SET signatures = $1, used_at = $2 \
                WHERE id = $3 AND (signatures < $1 OR (signatures = 0 AND $1 = 0))";
    Ok(tx.run(sql(text).bind(signatures).bind(now).bind(id)).await? > 0)
}

/// Says whether the user had it.
pub async fn remove(tx: &mut Tx, user: &UserId, id: &str) -> Result<bool> {
    let text = "DELETE FROM passkeys WHERE user_id = $1 AND id = $2";
    Ok(tx.run(sql(text).bind(user.as_str()).bind(id)).await? > 0)
}

/// A challenge that this user's passkey may answer, until then.
pub async fn challenge(
    tx: &mut Tx,
    (hash, purpose): (&[u8; 32], &str),
    user: &UserId,
    expires_at: Timestamp,
) -> Result<()> {
    let text = "INSERT INTO passkey_challenges (challenge_hash, user_id, purpose, expires_at) \
                VALUES ($1, $2, $3, $4)";
    tx.run(sql(text).bind(hash).bind(user.as_str()).bind(purpose).bind(expires_at)).await?;
    Ok(())
}

/// Uses a challenge up. False where there is none such, or it is over.
pub async fn answer(
    tx: &mut Tx,
    (hash, purpose): (&[u8; 32], &str),
    user: &UserId,
    now: Timestamp,
) -> Result<bool> {
    let text = "DELETE FROM passkey_challenges \
                WHERE challenge_hash = $1 AND user_id = $2 AND purpose = $3 AND expires_at > $4";
    let statement = sql(text).bind(hash).bind(user.as_str()).bind(purpose).bind(now);
    Ok(tx.run(statement).await? > 0)
}
