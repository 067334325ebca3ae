//! The audit log: who did what, when, for whom. Each row is written in the transaction of the act
//! itself, and never changed.

use connection::{AccountId, ApiKeyId, AuditId, Dice, UserId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor<'a> {
    /// A person, in their own session.
    User(&'a UserId),
    /// Whoever has a link that `by` made so that `of` connects their calendars.
    Link { by: &'a UserId, of: &'a UserId },
    /// A program.
    Key(&'a ApiKeyId),
    /// Whoever runs the installation, by its commands.
    Operator,
    /// Daymark itself, as it was told to: a deadline passed, a provider withdrew something.
    Daymark,
    /// Someone who did not prove who they are.
    Someone,
}

/// One act, before it is written.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    pub account: &'a AccountId,
    pub by: Actor<'a>,
    /// A stable code, `noun.verb`: `connection.connected`, `api_key.ended`, `user.signed_in`.
    pub act: &'a str,
    /// Whose thing it was; left out where it was the actor's own.
    pub for_user: Option<&'a UserId>,
    /// What was acted on, and what it is called: an id of ours and a name, no secret, no title.
    pub subject: Option<(&'a str, &'a str)>,
    /// What changed, in words for a person.
    pub say: Option<&'a str>,
}

/// One act, as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: AuditId,
    /// An id of ours, `operator`, `daymark` or `someone`.
    pub actor_id: String,
    pub actor_name: String,
    pub act: String,
    pub for_user_id: Option<String>,
    pub for_user_name: Option<String>,
    pub subject_id: Option<String>,
    pub subject_name: Option<String>,
    pub say: Option<String>,
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: String,
    actor_id: String,
    actor_name: String,
    act: String,
    for_user_id: Option<String>,
    for_user_name: Option<String>,
    subject_id: Option<String>,
    subject_name: Option<String>,
    say: Option<String>,
    at: i64,
}

impl EntryRow {
    fn read(self) -> Result<Entry> {
        Ok(Entry {
            id: codec::id(&self.id)?,
            actor_id: self.actor_id,
            actor_name: self.actor_name,
            act: self.act,
            for_user_id: self.for_user_id,
            for_user_name: self.for_user_name,
            subject_id: self.subject_id,
            subject_name: self.subject_name,
            say: self.say,
            at: codec::instant(self.at)?,
        })
    }
}

/// Writes down an act, in its own transaction. The names are those that the actor and the person
/// have at this moment.
pub async fn record(tx: &mut Tx, act: &Act<'_>, now: Timestamp, dice: &dyn Dice) -> Result<()> {
    let (actor_id, actor_name) = match act.by {
        Actor::User(id) => (id.as_str(), "(SELECT name FROM users WHERE id = $3)"),
        Actor::Link { by, .. } => {
            (by.as_str(), "(SELECT name || '''s link' FROM users WHERE id = $3)")
        }
        Actor::Key(id) => (id.as_str(), "(SELECT name FROM api_keys WHERE id = $3)"),
        Actor::Operator => ("operator", "'the operator'"),
        Actor::Daymark => ("daymark", "'Daymark'"),
        Actor::Someone => ("someone", "'someone'"),
    };
    let for_user = match act.by {
        Actor::Link { of, .. } => act.for_user.or(Some(of)),
        _ => act.for_user,
    };
    let statement = sql("INSERT INTO audit (id, account_id, actor_id, actor_name, act, \
         for_user_id, for_user_name, subject_id, subject_name, say, at) \
         VALUES ($1, $2, $3, COALESCE(")
    .text(actor_name)
    .text(", $3), $4, $5, (SELECT name FROM users WHERE id = $5), $6, $7, $8, $9)")
    .bind(AuditId::new(now, dice).to_string())
    .bind(act.account.as_str())
    .bind(actor_id)
    .bind(act.act)
    .bind(for_user.map(UserId::as_str))
    .bind(act.subject.map(|(id, _)| id))
    .bind(act.subject.map(|(_, name)| name))
    .bind(act.say)
    .bind(now);
    tx.run(statement).await?;
    Ok(())
}

/// Which acts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those that this person, or key, did, or that were done for them.
    pub of: Option<String>,
    /// Those of a kind, such as `connection`, or one act, such as `connection.paused`.
    pub act: Option<String>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// The acts of an account that are wanted, the last one first; those before the entry `after`,
/// which may be any text, in whose place an id would stand.
pub async fn list(
    tx: &mut Tx,
    account: &AccountId,
    wanted: &Wanted,
    (after, limit): (Option<&str>, i64),
) -> Result<Vec<Entry>> {
    let mut statement = sql("SELECT id, actor_id, actor_name, act, for_user_id, for_user_name, \
         subject_id, subject_name, say, at FROM audit WHERE account_id = $1")
    .bind(account.as_str());
    if let Some(after) = after {
        statement = statement.text(" AND id < ").value(after);
    }
    if let Some(of) = &wanted.of {
        statement = statement.text(" AND (actor_id = ").value(of);
        statement = statement.text(" OR for_user_id = ").value(of).text(")");
    }
    if let Some(act) = &wanted.act {
        statement = statement.text(" AND (act = ").value(act);
        statement = statement.text(" OR act LIKE ").value(format!("{act}.%")).text(")");
    }
    if let Some(from) = wanted.from {
        statement = statement.text(" AND at >= ").value(from);
    }
    if let Some(until) = wanted.until {
        statement = statement.text(" AND at < ").value(until);
    }
    let statement = statement.text(" ORDER BY id DESC LIMIT ").value(limit);
    tx.all::<EntryRow>(statement).await?.into_iter().map(EntryRow::read).collect()
}
