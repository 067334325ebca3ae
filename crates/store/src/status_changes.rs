//! How each connection came to stand as it stands: every change of its state, with cause and time.

use connection::{
    Ask, ConnectionId, ConnectionState, ConnectionStatus, Dice, LISTED_EVERY_S, StatusCause,
    StatusChangeId, TRUST_LAST_KNOWN_H, may_follow,
};
use jiff::{SignedDuration, Timestamp};

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// One change of state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    pub id: StatusChangeId,
    pub connection: ConnectionId,
    pub state: ConnectionState,
    /// A stable code; with attention, delay and processing, where there is a reason.
    pub reason: Option<String>,
    /// The same in a sentence for a person.
    pub say: Option<String>,
    pub cause: StatusCause,
    pub at: Timestamp,
}

/// What was last told of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub state: ConnectionState,
    pub reason: Option<String>,
    pub say: Option<String>,
    /// The marks of what single calendars ask for; `None` where that was not written down yet.
    pub asks: Option<Vec<String>>,
    /// Since when it is so.
    pub since: Option<Timestamp>,
    /// When it was told.
    pub at: Timestamp,
}

impl Told {
    /// Is that what is so now? Sentences may be worded anew without anything having changed.
    pub fn is_still(&self, status: &ConnectionStatus) -> bool {
        self.state == status.state
            && self.reason.as_deref() == status.reason()
            && self.asks.as_ref().is_none_or(|asks| *asks == marks(status))
    }
}

fn marks(status: &ConnectionStatus) -> Vec<String> {
    status.asks.iter().map(Ask::mark).collect()
}

#[derive(sqlx::FromRow)]
struct ToldRow {
    state: Option<String>,
    reason: Option<String>,
    say: Option<String>,
    asks: Option<String>,
    since: Option<i64>,
    at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    id: String,
    connection_id: String,
    state: String,
    reason: Option<String>,
    say: Option<String>,
    cause: String,
    at: i64,
}

impl ChangeRow {
    fn read(self) -> Result<StatusChange> {
        Ok(StatusChange {
            id: codec::id(&self.id)?,
            connection: codec::id(&self.connection_id)?,
            state: codec::word("status_changes.state", &self.state, ConnectionState::parse)?,
            reason: self.reason,
            say: self.say,
            cause: codec::word("status_changes.cause", &self.cause, StatusCause::parse)?,
            at: codec::instant(self.at)?,
        })
    }
}

/// What was last told of the connection; `None` where nothing was yet.
pub async fn told(tx: &mut Tx, id: &ConnectionId) -> Result<Option<Told>> {
    let text = "SELECT told_state AS state, told_reason AS reason, told_say AS say, \
                told_asks AS asks, told_since AS since, told_at AS at \
                FROM connections WHERE id = $1";
    let Some(row) = tx.one::<ToldRow>(sql(text).bind(id.as_str())).await? else { return Ok(None) };
    let (Some(state), Some(at)) = (row.state, row.at) else { return Ok(None) };
    Ok(Some(Told {
        state: codec::word("connections.told_state", &state, ConnectionState::parse)?,
        reason: row.reason,
        say: row.say,
        asks: row.asks.map(|asks| codec::words(&asks)),
        since: codec::instant_maybe(row.since)?,
        at: codec::instant(at)?,
    }))
}

/// Writes down that a connection stands so from now on. What cannot have come about like that is
/// our mistake, and is said in the log; how it stands is told all the same.
pub async fn record(
    tx: &mut Tx,
    id: &ConnectionId,
    (status, cause): (&ConnectionStatus, StatusCause),
    now: Timestamp,
    dice: &dyn Dice,
) -> Result<()> {
    let before = told(tx, id).await?.map(|told| told.state);
    let (after, follows) = (status.state, may_follow(before, status.state, cause));
    if !follows {
        tracing::error!(connection.id = %id, ?before, ?after, ?cause, "no status comes like that");
    }
    debug_assert!(follows, "{after:?} was told after {before:?}, by {cause:?}");
    let text = "INSERT INTO status_changes (id, connection_id, state, reason, say, cause, at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let statement = sql(text)
        .bind(StatusChangeId::new(now, dice).to_string())
        .bind(id.as_str())
        .bind(status.state.as_str())
        .bind(status.reason())
        .bind(status.say())
        .bind(cause.as_str())
        .bind(now);
    tx.run(statement).await?;
    let text = "UPDATE connections SET told_state = $1, told_reason = $2, told_at = $3 \
                WHERE id = $4";
    let statement = sql(text).bind(status.state.as_str()).bind(status.reason());
    tx.run(statement.bind(now).bind(id.as_str())).await?;
    restate(tx, id, status).await
}

/// Words what was told as it is said now: the same, in another sentence or of another moment.
pub async fn restate(tx: &mut Tx, id: &ConnectionId, status: &ConnectionStatus) -> Result<()> {
    let text = "UPDATE connections SET told_say = $1, told_asks = $2, told_since = $3 \
                WHERE id = $4";
    let statement = sql(text)
        .bind(status.say())
        .bind(marks(status).join(" "))
        .bind(status.since)
        .bind(id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// The latest changes of a connection, the last one first.
pub async fn last(tx: &mut Tx, id: &ConnectionId, limit: i64) -> Result<Vec<StatusChange>> {
    let text = "SELECT id, connection_id, state, reason, say, cause, at FROM status_changes \
                WHERE connection_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
    let rows = tx.all::<ChangeRow>(sql(text).bind(id.as_str()).bind(limit)).await?;
    rows.into_iter().map(ChangeRow::read).collect()
}

/// Connections that were told to be synced, and of which a calendar has not been known for longer
/// than twice its interval at `now`, or for too long to be trusted, or where nothing is read, not
/// listed for twice that interval: nobody but time has changed them. What is left aside is not
/// waited for. In the order of their ids, those after `after`, at most `limit`.
pub async fn overdue(
    tx: &mut Tx,
    now: Timestamp,
    (after, limit): (Option<&ConnectionId>, i64),
) -> Result<Vec<ConnectionId>> {
    let text = "SELECT id FROM connections WHERE told_state = 'synced' AND id > $2 AND (EXISTS (\
                SELECT 1 FROM calendars WHERE connection_id = connections.id \
                AND (counts_as_busy OR gone_at IS NULL) \
                AND (known_at < $1 - 2000 * poll_every_s OR known_at < $4)) \
                OR COALESCE(last_success_at, created_at) < $1 - $5 AND NOT EXISTS (\
                SELECT 1 FROM calendars WHERE connection_id = connections.id \
                AND (counts_as_busy OR gone_at IS NULL))) ORDER BY id LIMIT $3";
    let trusted = SignedDuration::from_hours(TRUST_LAST_KNOWN_H);
    let trusted_since = now.checked_sub(trusted).unwrap_or(Timestamp::MIN);
    let after = after.map_or("", ConnectionId::as_str);
    let statement = sql(text).bind(now).bind(after).bind(limit).bind(trusted_since);
    let rows: Vec<(String,)> = tx.all(statement.bind(2_000 * LISTED_EVERY_S)).await?;
    rows.iter().map(|(id,)| codec::id(id)).collect()
}

/// Of each connection the last so many changes stay, however old.
const KEPT: i64 = 50;

/// Forgets the changes that are older than that, but for the last `KEPT` of each connection; says
/// how many.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<i64> {
    let text = "DELETE FROM status_changes WHERE at < $1 AND (SELECT COUNT(*) \
                FROM status_changes AS later \
                WHERE later.connection_id = status_changes.connection_id \
                AND later.at > status_changes.at) >= $2";
    tx.run(sql(text).bind(before).bind(KEPT)).await
}
