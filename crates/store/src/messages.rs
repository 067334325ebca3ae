//! What people are told of their connections: each message with what became of it, who does not
//! want to be reminded of what, and since when what is broken is broken.

mod breaks;
mod mutes;

use connection::{AccountId, ConnectionId, MessageId, UserId};
use jiff::Timestamp;

use crate::statement::{Statement, sql};
use crate::{Result, Tx, codec};

pub use breaks::{Break, broken_at, broken_in, set_broken};
pub use mutes::{is_muted, mute, muted_by, unmute};

/// Why somebody is told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// It broke.
    Attention,
    /// It is broken still.
    Reminder,
    /// Somebody else's is broken still: for administrators.
    AdminNotice,
    /// All that is broken still.
    Digest,
    /// It will break.
    Foretold,
    /// To the e-mail address of before: there is another now.
    Moved,
}

impl MessageKind {
    const ALL: [Self; 6] = [
        Self::Attention,
        Self::Reminder,
        Self::AdminNotice,
        Self::Digest,
        Self::Foretold,
        Self::Moved,
    ];

    /// As the table spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Reminder => "reminder",
            Self::AdminNotice => "admin_notice",
            Self::Digest => "digest",
            Self::Foretold => "foretold",
            Self::Moved => "moved",
        }
    }

    /// The reverse of [`MessageKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What somebody is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    pub id: MessageId,
    pub account: AccountId,
    pub user: UserId,
    /// `None` where it is of several.
    pub connection: Option<ConnectionId>,
    pub kind: MessageKind,
    /// The moment that it counts from: the break, or the end that is foretold.
    pub about_at: Timestamp,
    /// How many days from there.
    pub day: i64,
    /// The stable code of what asks for attention, else empty.
    pub reason: String,
    /// The marks of what single calendars ask for of which it is news.
    pub asks: Vec<String>,
    pub subject: String,
    pub body: String,
    /// The path that leads to the repair.
    pub href: String,
    /// Where it goes, if not to the person's present address; until it is sent, or never will be.
    pub to_email: Option<String>,
    pub created_at: Timestamp,
}

/// A message, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub new: NewMessage,
    pub sent_at: Option<Timestamp>,
    pub tries: i64,
    /// The stable code of why it could not be sent at the last try.
    pub last_failure: Option<String>,
    pub read_at: Option<Timestamp>,
    /// It is not sent any more.
    pub stopped_at: Option<Timestamp>,
}

const COLUMNS: &str = "SELECT id, account_id, user_id, connection_id, kind, about_at, day, \
    reason, asks, subject, body, href, to_email, created_at, sent_at, tries, last_failure, \
    read_at, stopped_at FROM messages ";

#[derive(sqlx::FromRow)]
struct MessageRow {
    id: String,
    account_id: String,
    user_id: String,
    connection_id: Option<String>,
    kind: String,
    about_at: i64,
    day: i64,
    reason: String,
    asks: String,
    subject: String,
    body: String,
    href: String,
    to_email: Option<String>,
    created_at: i64,
    sent_at: Option<i64>,
    tries: i64,
    last_failure: Option<String>,
    read_at: Option<i64>,
    stopped_at: Option<i64>,
}

impl MessageRow {
    fn read(self) -> Result<Message> {
        Ok(Message {
            new: NewMessage {
                id: codec::id(&self.id)?,
                account: codec::id(&self.account_id)?,
                user: codec::id(&self.user_id)?,
                connection: self.connection_id.as_deref().map(codec::id).transpose()?,
                kind: codec::word("messages.kind", &self.kind, MessageKind::parse)?,
                about_at: codec::instant(self.about_at)?,
                day: self.day,
                reason: self.reason,
                asks: codec::words(&self.asks),
                subject: self.subject,
                body: self.body,
                href: self.href,
                to_email: self.to_email,
                created_at: codec::instant(self.created_at)?,
            },
            sent_at: codec::instant_maybe(self.sent_at)?,
            tries: self.tries,
            last_failure: self.last_failure,
            read_at: codec::instant_maybe(self.read_at)?,
            stopped_at: codec::instant_maybe(self.stopped_at)?,
        })
    }
}

async fn all(tx: &mut Tx, statement: Statement<'_>) -> Result<Vec<Message>> {
    tx.all::<MessageRow>(statement).await?.into_iter().map(MessageRow::read).collect()
}

/// Writes it down. False where the same person was told the same of the same moment before.
pub async fn insert(tx: &mut Tx, new: &NewMessage) -> Result<bool> {
    let text = "INSERT INTO messages (id, account_id, user_id, connection_id, kind, about_at, \
                day, reason, asks, subject, body, href, to_email, created_at, tries) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
                ON CONFLICT DO NOTHING";
    let statement = sql(text)
        .bind(new.id.as_str())
        .bind(new.account.as_str())
        .bind(new.user.as_str())
        .bind(new.connection.as_ref().map(ConnectionId::as_str))
        .bind(new.kind.as_str())
        .bind(new.about_at)
        .bind(new.day)
        .bind(&new.reason)
        .bind(new.asks.join(" "))
        .bind(&new.subject)
        .bind(&new.body)
        .bind(&new.href)
        .bind(new.to_email.as_deref())
        .bind(new.created_at)
        .bind(0);
    Ok(tx.run(statement).await? > 0)
}

/// For work of our own, which asks on nobody's behalf.
pub async fn load(tx: &mut Tx, id: &MessageId) -> Result<Option<Message>> {
    let statement = sql(COLUMNS).text("WHERE id = $1").bind(id.as_str());
    tx.one::<MessageRow>(statement).await?.map(MessageRow::read).transpose()
}

/// The messages to a person, the last one first. What is told to the e-mail address of before is
/// for whoever reads there, and not among them.
pub async fn of_user(tx: &mut Tx, user: &UserId, limit: i64) -> Result<Vec<Message>> {
    let text = "WHERE user_id = $1 AND kind <> 'moved' \
                ORDER BY created_at DESC, id DESC LIMIT $2";
    all(tx, sql(COLUMNS).text(text).bind(user.as_str()).bind(limit)).await
}

/// The same to everybody of an account.
pub async fn of_account(tx: &mut Tx, account: &AccountId, limit: i64) -> Result<Vec<Message>> {
    let text = "WHERE account_id = $1 AND kind <> 'moved' \
                ORDER BY created_at DESC, id DESC LIMIT $2";
    all(tx, sql(COLUMNS).text(text).bind(account.as_str()).bind(limit)).await
}

/// How many a person has not read; what has been mended since is not counted.
pub async fn unread(tx: &mut Tx, user: &UserId) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM messages \
                WHERE user_id = $1 AND kind <> 'moved' AND read_at IS NULL \
                AND (kind NOT IN ('attention', 'reminder', 'admin_notice') OR EXISTS \
                (SELECT 1 FROM connections WHERE id = messages.connection_id \
                AND broken_at = messages.about_at))";
    tx.number(sql(text).bind(user.as_str())).await
}

/// The person has seen what there was until `seen`.
pub async fn mark_read(tx: &mut Tx, user: &UserId, seen: Timestamp) -> Result<()> {
    let text = "UPDATE messages SET read_at = $1 \
                WHERE user_id = $2 AND read_at IS NULL AND created_at <= $1";
    tx.run(sql(text).bind(seen).bind(user.as_str())).await?;
    Ok(())
}

/// The mail server has it.
pub async fn record_sent(tx: &mut Tx, id: &MessageId, now: Timestamp) -> Result<()> {
    let text = "UPDATE messages SET sent_at = $1, tries = tries + 1, last_failure = NULL, \
                to_email = NULL WHERE id = $2";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// A try to send it failed.
pub async fn record_failure(tx: &mut Tx, id: &MessageId, failure: &str) -> Result<()> {
    let text = "UPDATE messages SET tries = tries + 1, last_failure = $1 WHERE id = $2";
    tx.run(sql(text).bind(failure).bind(id.as_str())).await?;
    Ok(())
}

/// It stays here, as there is no mail server.
pub async fn record_kept(tx: &mut Tx, id: &MessageId) -> Result<()> {
    let text = "UPDATE messages SET last_failure = 'no_mail_server', to_email = NULL WHERE id = $1";
    tx.run(sql(text).bind(id.as_str())).await?;
    Ok(())
}

/// It is not sent any more.
pub async fn stop(tx: &mut Tx, id: &MessageId, now: Timestamp) -> Result<()> {
    let text = "UPDATE messages SET stopped_at = $1, to_email = NULL \
                WHERE id = $2 AND sent_at IS NULL AND stopped_at IS NULL";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// Whatever of a break has not been sent is not sent any more. What is kept here only was told
/// when it was written.
pub async fn stop_break(tx: &mut Tx, id: &ConnectionId, now: Timestamp) -> Result<i64> {
    let text = "UPDATE messages SET stopped_at = $1 WHERE connection_id = $2 \
                AND kind IN ('attention', 'reminder', 'admin_notice') AND sent_at IS NULL \
                AND stopped_at IS NULL AND (last_failure IS NULL \
                OR last_failure <> 'no_mail_server')";
    tx.run(sql(text).bind(now).bind(id.as_str())).await
}

/// Whatever is on its way about a connection that ends is not sent any more, foretold ends too.
pub async fn stop_all(tx: &mut Tx, id: &ConnectionId, now: Timestamp) -> Result<i64> {
    let text = "UPDATE messages SET stopped_at = $1 WHERE connection_id = $2 AND sent_at IS NULL \
                AND stopped_at IS NULL AND (last_failure IS NULL \
                OR last_failure <> 'no_mail_server')";
    tx.run(sql(text).bind(now).bind(id.as_str())).await
}

/// Was the person told since `since` that it broke for this reason, and was that not stopped?
pub async fn was_told(
    tx: &mut Tx,
    (user, connection): (&UserId, &ConnectionId),
    reason: &str,
    since: Timestamp,
) -> Result<bool> {
    let text = "SELECT 1 FROM messages WHERE user_id = $1 AND connection_id = $2 \
                AND kind = 'attention' AND reason = $3 AND created_at > $4 \
                AND stopped_at IS NULL LIMIT 1";
    let statement =
        sql(text).bind(user.as_str()).bind(connection.as_str()).bind(reason).bind(since);
    Ok(tx.one::<(i32,)>(statement).await?.is_some())
}

/// What single calendars asked for, as the person was told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskTold {
    pub mark: String,
    /// The break that it was of.
    pub about_at: Timestamp,
    pub created_at: Timestamp,
}

/// What of it the person was told in the break that began at `broken_at`, and in any since `since`,
/// where that was not stopped.
pub async fn asks_told(
    tx: &mut Tx,
    (user, connection): (&UserId, &ConnectionId),
    (broken_at, since): (Timestamp, Timestamp),
) -> Result<Vec<AskTold>> {
    let text = "SELECT asks, about_at, created_at FROM messages \
                WHERE user_id = $1 AND connection_id = $2 AND kind = 'attention' AND asks <> '' \
                AND (about_at = $3 OR created_at > $4) AND stopped_at IS NULL";
    let statement =
        sql(text).bind(user.as_str()).bind(connection.as_str()).bind(broken_at).bind(since);
    let mut told = Vec::new();
    for (asks, about_at, created_at) in tx.all::<(String, i64, i64)>(statement).await? {
        let (about_at, created_at) = (codec::instant(about_at)?, codec::instant(created_at)?);
        told.extend(codec::words(&asks).into_iter().map(|mark| AskTold {
            mark,
            about_at,
            created_at,
        }));
    }
    Ok(told)
}

/// Was the person told since `since` that this ends in `day` days?
pub async fn was_foretold(
    tx: &mut Tx,
    (user, connection): (&UserId, Option<&ConnectionId>),
    (reason, day): (&str, i64),
    since: Timestamp,
) -> Result<bool> {
    let text = "SELECT 1 FROM messages WHERE user_id = $1 AND COALESCE(connection_id, '') = $2 \
                AND kind = 'foretold' AND reason = $3 AND day = $4 AND created_at > $5 LIMIT 1";
    let statement = sql(text)
        .bind(user.as_str())
        .bind(connection.map_or("", ConnectionId::as_str))
        .bind(reason)
        .bind(day)
        .bind(since);
    Ok(tx.one::<(i32,)>(statement).await?.is_some())
}

/// When a person last got a message of that kind.
pub async fn last_of_kind(
    tx: &mut Tx,
    user: &UserId,
    kind: MessageKind,
) -> Result<Option<Timestamp>> {
    let text = "SELECT MAX(created_at) FROM messages WHERE user_id = $1 AND kind = $2";
    let row: Option<(Option<i64>,)> =
        tx.one(sql(text).bind(user.as_str()).bind(kind.as_str())).await?;
    codec::instant_maybe(row.and_then(|(at,)| at))
}

/// Forgets those that are older; says how many.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<i64> {
    tx.run(sql("DELETE FROM messages WHERE created_at < $1").bind(before)).await
}
