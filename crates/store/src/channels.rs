//! Channels: standing requests to be rung by a provider, and whether a calendar has one.

use connection::{CalendarId, Channel, ChannelId, RemoteId};
use jiff::Timestamp;

use crate::statement::{Statement, sql};
use crate::{Result, Tx, codec};

/// A channel that is about to be opened: it may ring before the answer is here.
#[derive(Debug, Clone)]
pub struct NewChannel {
    pub id: ChannelId,
    pub calendar: CalendarId,
    /// Of the secret that comes back with every ring.
    pub secret_hash: [u8; 32],
    pub now: Timestamp,
}

/// What is known of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub id: ChannelId,
    pub calendar: CalendarId,
    pub secret_hash: [u8; 32],
    /// The far side's name for it, and its end; `None` while it is being opened.
    pub open: Option<(RemoteId, Timestamp)>,
    pub created_at: Timestamp,
    pub rung_at: Option<Timestamp>,
    /// When a poll found changes of which it had not told.
    pub doubted_at: Option<Timestamp>,
    /// Another has taken its place: it is to be closed.
    pub retired_at: Option<Timestamp>,
}

impl Held {
    /// As its adapter knows it, once it is open.
    pub fn channel(&self) -> Option<Channel> {
        let (remote, expires_at) = self.open.clone()?;
        Some(Channel { id: self.id.clone(), remote, expires_at })
    }
}

const COLUMNS: &str = "SELECT id, calendar_id, secret_hash, remote_id, expires_at, created_at, \
    rung_at, doubted_at, retired_at FROM channels ";

#[derive(sqlx::FromRow)]
struct ChannelRow {
    id: String,
    calendar_id: String,
    secret_hash: Vec<u8>,
    remote_id: Option<String>,
    expires_at: Option<i64>,
    created_at: i64,
    rung_at: Option<i64>,
    doubted_at: Option<i64>,
    retired_at: Option<i64>,
}

impl ChannelRow {
    fn read(self) -> Result<Held> {
        let expires_at = codec::instant_maybe(self.expires_at)?;
        Ok(Held {
            id: codec::id(&self.id)?,
            calendar: codec::id(&self.calendar_id)?,
            secret_hash: codec::hash("channels.secret_hash", &self.secret_hash)?,
            open: self.remote_id.map(RemoteId::new).zip(expires_at),
            created_at: codec::instant(self.created_at)?,
            rung_at: codec::instant_maybe(self.rung_at)?,
            doubted_at: codec::instant_maybe(self.doubted_at)?,
            retired_at: codec::instant_maybe(self.retired_at)?,
        })
    }
}

async fn all(tx: &mut Tx, statement: Statement<'_>) -> Result<Vec<Held>> {
    tx.all::<ChannelRow>(statement).await?.into_iter().map(ChannelRow::read).collect()
}

pub async fn insert(tx: &mut Tx, new: &NewChannel) -> Result<()> {
    let text = "INSERT INTO channels (id, calendar_id, secret_hash, created_at) \
                VALUES ($1, $2, $3, $4)";
    let statement = sql(text)
        .bind(new.id.as_str())
        .bind(new.calendar.as_str())
        .bind(&new.secret_hash)
        .bind(new.now);
    tx.run(statement).await?;
    Ok(())
}

/// The far side opened it, or lengthened it.
pub async fn set_open(tx: &mut Tx, channel: &Channel) -> Result<()> {
    let text = "UPDATE channels SET remote_id = $1, expires_at = $2 WHERE id = $3";
    let statement =
        sql(text).bind(channel.remote.as_str()).bind(channel.expires_at).bind(channel.id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// Whoever rings names it.
pub async fn find(tx: &mut Tx, id: &ChannelId) -> Result<Option<Held>> {
    let found = all(tx, sql(COLUMNS).text("WHERE id = $1").bind(id.as_str())).await?;
    Ok(found.into_iter().next())
}

/// Of those that are named, the ones that there are.
pub async fn among(tx: &mut Tx, ids: &[&ChannelId]) -> Result<Vec<Held>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let statement = sql(COLUMNS).text("WHERE id IN ").list(ids.iter().map(|id| id.as_str()));
    all(tx, statement).await
}

/// Of a calendar, the latest first.
pub async fn of_calendar(tx: &mut Tx, id: &CalendarId) -> Result<Vec<Held>> {
    let text = "WHERE calendar_id = $1 ORDER BY created_at DESC, id DESC";
    all(tx, sql(COLUMNS).text(text).bind(id.as_str())).await
}

/// Does another connection have a channel on the same calendar, or is it opening one since then?
pub async fn has_sibling(
    tx: &mut Tx,
    calendar: &CalendarId,
    (now, since): (Timestamp, Timestamp),
) -> Result<bool> {
    let text = "SELECT h.id FROM channels h JOIN calendars c ON c.id = h.calendar_id \
                JOIN calendars own ON own.remote_id = c.remote_id AND own.id <> c.id \
                WHERE own.id = $1 AND h.retired_at IS NULL AND (h.expires_at > $2 \
                OR h.expires_at IS NULL AND h.created_at > $3) LIMIT 1";
    let statement = sql(text).bind(calendar.as_str()).bind(now).bind(since);
    Ok(tx.one::<(String,)>(statement).await?.is_some())
}

/// It rang.
pub async fn record_ring(tx: &mut Tx, id: &ChannelId, now: Timestamp) -> Result<()> {
    let text = "UPDATE channels SET rung_at = $1, doubted_at = NULL WHERE id = $2";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// A poll found changes of which it had not told.
pub async fn doubt(tx: &mut Tx, id: &ChannelId, now: Timestamp) -> Result<()> {
    let text = "UPDATE channels SET doubted_at = $1 WHERE id = $2 AND doubted_at IS NULL";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// Another takes the place of all the calendar's channels but that one: they are to be closed.
pub async fn retire_others(
    tx: &mut Tx,
    calendar: &CalendarId,
    kept: Option<&ChannelId>,
    now: Timestamp,
) -> Result<()> {
    let text = "UPDATE channels SET retired_at = $1 \
                WHERE calendar_id = $2 AND id <> $3 AND retired_at IS NULL";
    let kept = kept.map_or("", ChannelId::as_str);
    tx.run(sql(text).bind(now).bind(calendar.as_str()).bind(kept)).await?;
    Ok(())
}

/// It is closed, or was never opened.
pub async fn delete(tx: &mut Tx, id: &ChannelId) -> Result<()> {
    tx.run(sql("DELETE FROM channels WHERE id = $1").bind(id.as_str())).await?;
    Ok(())
}

/// Says whether the calendar's provider rings; where it does not, why, and since when that is so.
pub async fn set_push(
    tx: &mut Tx,
    calendar: &CalendarId,
    rings: bool,
    say: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let text = "UPDATE calendars SET push = $1, push_at = CASE \
                WHEN push = $1 AND COALESCE(push_say, '') = COALESCE($2, '') THEN push_at \
                ELSE $3 END, push_say = $2 WHERE id = $4";
    let statement = sql(text).bind(rings).bind(say).bind(now).bind(calendar.as_str());
    tx.run(statement).await?;
    Ok(())
}
