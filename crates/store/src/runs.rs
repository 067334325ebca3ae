//! What was done for each connection: every run, when, how long, with what result.

use connection::{Calendar, CalendarId, ConnectionId, RunId};
use jiff::Timestamp;

use crate::statement::{Statement, sql};
use crate::{Result, Tx, codec};

/// One recorded execution of a pull or a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub id: RunId,
    pub connection: ConnectionId,
    pub calendar: Option<CalendarId>,
    pub kind: String,
    pub cause: String,
    pub started_at: Timestamp,
    pub took_ms: i64,
    pub changed: i64,
    pub removed: i64,
    pub not_understood: i64,
    /// A stable code; `None` where it went well.
    pub failure: Option<String>,
    /// Why it failed, or what was out of the ordinary, for a person.
    pub say: Option<String>,
}

const COLUMNS: &str = "SELECT id, connection_id, calendar_id, kind, cause, started_at, took_ms, \
                       changed, removed, not_understood, failure, say FROM runs ";

#[derive(sqlx::FromRow)]
struct RunRow {
    id: String,
    connection_id: String,
    calendar_id: Option<String>,
    kind: String,
    cause: String,
    started_at: i64,
    took_ms: i64,
    changed: i64,
    removed: i64,
    not_understood: i64,
    failure: Option<String>,
    say: Option<String>,
}

impl RunRow {
    fn read(self) -> Result<Run> {
        Ok(Run {
            id: codec::id(&self.id)?,
            connection: codec::id(&self.connection_id)?,
            calendar: self.calendar_id.as_deref().map(codec::id).transpose()?,
            kind: self.kind,
            cause: self.cause,
            started_at: codec::instant(self.started_at)?,
            took_ms: self.took_ms,
            changed: self.changed,
            removed: self.removed,
            not_understood: self.not_understood,
            failure: self.failure,
            say: self.say,
        })
    }
}

pub async fn insert(tx: &mut Tx, run: &Run) -> Result<()> {
    let text = "INSERT INTO runs (id, connection_id, calendar_id, kind, cause, started_at, \
                took_ms, changed, removed, not_understood, failure, say) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let statement = sql(text)
        .bind(run.id.as_str())
        .bind(run.connection.as_str())
        .bind(run.calendar.as_ref().map(CalendarId::as_str))
        .bind(&run.kind)
        .bind(&run.cause)
        .bind(run.started_at)
        .bind(run.took_ms)
        .bind(run.changed)
        .bind(run.removed)
        .bind(run.not_understood)
        .bind(run.failure.as_deref())
        .bind(run.say.as_deref());
    tx.run(statement).await?;
    Ok(())
}

async fn all(tx: &mut Tx, statement: Statement<'_>) -> Result<Vec<Run>> {
    tx.all::<RunRow>(statement).await?.into_iter().map(RunRow::read).collect()
}

/// The latest runs, the last one first.
pub async fn last(tx: &mut Tx, id: &ConnectionId, limit: i64) -> Result<Vec<Run>> {
    let text = "WHERE connection_id = $1 \
                ORDER BY started_at DESC, id DESC LIMIT $2";
    all(tx, sql(COLUMNS).text(text).bind(id.as_str()).bind(limit)).await
}

/// The latest pulls of a calendar, the last one first.
pub async fn last_of_calendar(tx: &mut Tx, calendar: &Calendar, limit: i64) -> Result<Vec<Run>> {
    let text = "WHERE connection_id = $1 AND calendar_id = $2 \
                ORDER BY started_at DESC, id DESC LIMIT $3";
    let statement = sql(COLUMNS).text(text).bind(calendar.connection.as_str());
    all(tx, statement.bind(calendar.id.as_str()).bind(limit)).await
}

/// All runs that began then or later, in the order of time.
pub async fn since(tx: &mut Tx, id: &ConnectionId, from: Timestamp) -> Result<Vec<Run>> {
    let text = "WHERE connection_id = $1 AND started_at >= $2 \
                ORDER BY started_at, id";
    all(tx, sql(COLUMNS).text(text).bind(id.as_str()).bind(from)).await
}

/// How many events were seen to change, or to go, in runs that began then or later.
pub async fn changes_since(tx: &mut Tx, id: &ConnectionId, from: Timestamp) -> Result<i64> {
    let text = "SELECT CAST(COALESCE(SUM(changed + removed), 0) AS BIGINT) FROM runs \
                WHERE connection_id = $1 AND kind = 'pull' AND started_at >= $2";
    tx.number(sql(text).bind(id.as_str()).bind(from)).await
}

/// Of each connection the last so many runs stay, however old.
const KEPT: i64 = 50;

/// Forgets the runs that began before that, but for the last `KEPT` of each connection; says
/// how many.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<i64> {
    let text = "DELETE FROM runs WHERE started_at < $1 AND (SELECT COUNT(*) FROM runs AS later \
                WHERE later.connection_id = runs.connection_id \
                AND later.started_at > runs.started_at) >= $2";
    tx.run(sql(text).bind(before).bind(KEPT)).await
}
