//! Invitations: links by which a colleague joins, or connects their calendars and nothing else.
//! Each works once. Tokens are kept as hashes alone.

use connection::{AccountId, InvitationId, UserId};
use jiff::Timestamp;

use crate::people::Role;
use crate::statement::sql;
use crate::{Result, Tx, codec};

/// What an invitation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To become a user, with a password.
    Join,
    /// To connect calendars, and no more.
    Connect,
}

impl Purpose {
    /// As the form and the table spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Connect => "connect",
        }
    }

    /// The reverse of `as_str`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Join, Self::Connect].into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// One invitation, without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub account: AccountId,
    /// Who connects their calendars with it, where they are a user already.
    pub user: Option<UserId>,
    pub name: String,
    pub email: Option<String>,
    pub role: Role,
    pub purpose: Purpose,
    /// Who invited, and what they were called then.
    pub by: UserId,
    pub by_name: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

const COLUMNS: &str = "SELECT id, account_id, user_id, name, email, role, purpose, by_id, by_name, \
     created_at, expires_at FROM invitations ";

/// It holds as long as whoever made it administers the account.
const BY_ADMIN: &str = " AND EXISTS (SELECT 1 FROM users u WHERE u.id = by_id \
     AND u.account_id = invitations.account_id AND u.role = 'admin')";

#[derive(sqlx::FromRow)]
struct InvitationRow {
    id: String,
    account_id: String,
    user_id: Option<String>,
    name: String,
    email: Option<String>,
    role: String,
    purpose: String,
    by_id: String,
    by_name: String,
    created_at: i64,
    expires_at: i64,
}

impl InvitationRow {
    fn read(self) -> Result<Invitation> {
        Ok(Invitation {
            id: codec::id(&self.id)?,
            account: codec::id(&self.account_id)?,
            user: self.user_id.as_deref().map(codec::id).transpose()?,
            name: self.name,
            email: self.email,
            role: codec::word("invitations.role", &self.role, Role::parse)?,
            purpose: codec::word("invitations.purpose", &self.purpose, Purpose::parse)?,
            by: codec::id(&self.by_id)?,
            by_name: self.by_name,
            created_at: codec::instant(self.created_at)?,
            expires_at: codec::instant(self.expires_at)?,
        })
    }
}

pub async fn insert(tx: &mut Tx, new: &Invitation, token_hash: &[u8; 32]) -> Result<()> {
    let text = "INSERT INTO invitations (id, account_id, token_hash, user_id, name, email, role, \
                purpose, by_id, by_name, created_at, expires_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let statement = sql(text)
        .bind(new.id.as_str())
        .bind(new.account.as_str())
        .bind(token_hash)
        .bind(new.user.as_ref().map(UserId::as_str))
        .bind(&new.name)
        .bind(new.email.as_deref())
        .bind(new.role.as_str())
        .bind(new.purpose.as_str())
        .bind(new.by.as_str())
        .bind(&new.by_name)
        .bind(new.created_at)
        .bind(new.expires_at);
    tx.run(statement).await?;
    Ok(())
}

/// The invitation of that token, while it is open; it is not used up by looking.
pub async fn open(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<Invitation>> {
    let text = "WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    let statement = sql(COLUMNS).text(text).text(BY_ADMIN).bind(hash).bind(now);
    let row: Option<InvitationRow> = tx.one(statement).await?;
    row.map(InvitationRow::read).transpose()
}

/// That user uses it up, and it goes when they do. False where it was used before, or is over.
pub async fn take(tx: &mut Tx, id: &InvitationId, user: &UserId, now: Timestamp) -> Result<bool> {
    let text = "UPDATE invitations SET used_at = $1, user_id = $3 \
                WHERE id = $2 AND used_at IS NULL AND expires_at > $1";
    Ok(tx.run(sql(text).text(BY_ADMIN).bind(now).bind(id.as_str()).bind(user.as_str())).await? > 0)
}

/// Those of an account that are open, in the order in which they were made.
pub async fn pending(tx: &mut Tx, account: &AccountId, now: Timestamp) -> Result<Vec<Invitation>> {
    let text = "WHERE account_id = $1 AND used_at IS NULL AND expires_at > $2 ORDER BY id";
    let rows = tx.all::<InvitationRow>(sql(COLUMNS).text(text).bind(account.as_str()).bind(now));
    rows.await?.into_iter().map(InvitationRow::read).collect()
}

/// Withdraws one of the account that is open, and says which it was.
pub async fn withdraw(
    tx: &mut Tx,
    account: &AccountId,
    id: &InvitationId,
    now: Timestamp,
) -> Result<Option<Invitation>> {
    let text = "WHERE id = $1 AND account_id = $2 AND used_at IS NULL AND expires_at > $3";
    let statement = sql(COLUMNS).text(text).bind(id.as_str()).bind(account.as_str()).bind(now);
    let Some(row) = tx.one::<InvitationRow>(statement).await? else { return Ok(None) };
    tx.run(sql("DELETE FROM invitations WHERE id = $1").bind(id.as_str())).await?;
    row.read().map(Some)
}

/// Ends those that somebody made and that are open, and says how many.
pub async fn end_made_by(tx: &mut Tx, by: &UserId) -> Result<i64> {
    let text = "DELETE FROM invitations WHERE by_id = $1 AND used_at IS NULL";
    tx.run(sql(text).bind(by.as_str())).await
}

/// Ends those by which a user would join, and that are open: they have joined.
pub async fn end_joining(tx: &mut Tx, user: &UserId) -> Result<()> {
    let text = "DELETE FROM invitations \
                WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL";
    tx.run(sql(text).bind(user.as_str()).bind(Purpose::Join.as_str())).await?;
    Ok(())
}

/// Forgets those that were over before that, and says how many.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<i64> {
    tx.run(sql("DELETE FROM invitations WHERE expires_at < $1").bind(before)).await
}
