//! Tries to connect or to repair, with the lines of their examination. Never what was typed.

use connection::{AttemptId, Check, ConnectionId, IntegrationKind, Refusal, UserId};
use jiff::Timestamp;

use crate::connections::{checks_from_json, checks_to_json};
use crate::statement::sql;
use crate::{Result, StoreError, Tx, codec, dialect};

/// One try to connect or to repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub user: UserId,
    pub integration: IntegrationKind,
    /// The connection that is to be repaired.
    pub repairs: Option<ConnectionId>,
    /// Where a program wants the person when it is over: a path of ours.
    pub return_to: Option<String>,
    pub checks: Vec<Check>,
    pub state: AttemptState,
    pub started_at: Timestamp,
    /// Its last sign of life while it ran.
    pub seen_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// How far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptState {
    Running,
    Passed {
        connection: ConnectionId,
    },
    Failed {
        /// A stable code.
        code: String,
        /// One sentence that says what to do.
        say: String,
        /// The field of the form that it is about.
        field: Option<String>,
    },
}

const RUNNING: &str = "running";
const PASSED: &str = "passed";
const FAILED: &str = "failed";

#[derive(sqlx::FromRow)]
struct AttemptRow {
    id: String,
    user_id: String,
    integration: String,
    repairs: Option<String>,
    return_to: Option<String>,
    checks: String,
    state: String,
    failure: Option<String>,
    failure_say: Option<String>,
    failure_field: Option<String>,
    connection_id: Option<String>,
    started_at: i64,
    seen_at: i64,
    ended_at: Option<i64>,
}

impl AttemptRow {
    fn state(&self) -> Result<AttemptState> {
        match (self.state.as_str(), &self.connection_id, &self.failure, &self.failure_say) {
            (RUNNING, ..) => Ok(AttemptState::Running),
            (PASSED, Some(connection), ..) => {
                Ok(AttemptState::Passed { connection: codec::id(connection)? })
            }
            (FAILED, _, Some(code), Some(say)) => Ok(AttemptState::Failed {
                code: code.clone(),
                say: say.clone(),
                field: self.failure_field.clone(),
            }),
            _ => Err(StoreError::corrupt("attempts.state does not go with its other columns")),
        }
    }

    fn read(self) -> Result<Attempt> {
        Ok(Attempt {
            state: self.state()?,
            id: codec::id(&self.id)?,
            user: codec::id(&self.user_id)?,
            integration: IntegrationKind::new(self.integration),
            repairs: self.repairs.as_deref().map(codec::id).transpose()?,
            return_to: self.return_to,
            checks: checks_from_json("attempts.checks", &self.checks)?,
            started_at: codec::instant(self.started_at)?,
            seen_at: codec::instant(self.seen_at)?,
            ended_at: codec::instant_maybe(self.ended_at)?,
        })
    }
}

/// An attempt that begins; it is running, whatever `state` says.
pub async fn insert(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    let text = "INSERT INTO attempts (id, user_id, integration, repairs, return_to, checks, \
                state, started_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let statement = sql(text)
        .bind(attempt.id.as_str())
        .bind(attempt.user.as_str())
        .bind(attempt.integration.as_str())
        .bind(attempt.repairs.as_ref().map(ConnectionId::as_str))
        .bind(attempt.return_to.as_deref())
        .bind(checks_to_json(&attempt.checks))
        .bind(RUNNING)
        .bind(attempt.started_at)
        .bind(attempt.seen_at);
    tx.run(statement).await?;
    Ok(())
}

/// One of another user is not found.
pub async fn find(tx: &mut Tx, user: &UserId, id: &AttemptId) -> Result<Option<Attempt>> {
    let text = "SELECT id, user_id, integration, repairs, return_to, checks, state, failure, \
                failure_say, failure_field, connection_id, started_at, seen_at, ended_at \
                FROM attempts WHERE id = $1 AND user_id = $2";
    let row: Option<AttemptRow> = tx.one(sql(text).bind(id.as_str()).bind(user.as_str())).await?;
    row.map(AttemptRow::read).transpose()
}

/// One more line of the examination.
pub async fn add_check(tx: &mut Tx, id: &AttemptId, check: &Check) -> Result<()> {
    let statement = sql("SELECT checks FROM attempts WHERE id = $1")
        .text(dialect::for_update(&tx.engine))
        .bind(id.as_str());
    let Some((checks,)) = tx.one::<(String,)>(statement).await? else { return Ok(()) };
    let mut checks = checks_from_json("attempts.checks", &checks)?;
    checks.push(check.clone());
    let text = "UPDATE attempts SET checks = $1 WHERE id = $2";
    tx.run(sql(text).bind(checks_to_json(&checks)).bind(id.as_str())).await?;
    Ok(())
}

/// It runs still.
pub async fn record_life(tx: &mut Tx, id: &AttemptId, now: Timestamp) -> Result<()> {
    let statement = sql("UPDATE attempts SET seen_at = $1 WHERE id = $2");
    tx.run(statement.bind(now).bind(id.as_str())).await?;
    Ok(())
}

pub async fn pass(
    tx: &mut Tx,
    id: &AttemptId,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<()> {
    let text = "UPDATE attempts SET state = $1, connection_id = $2, ended_at = $3 WHERE id = $4";
    let statement = sql(text).bind(PASSED).bind(connection.as_str()).bind(now).bind(id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// Does anybody try that kind at present? One that has given no sign of life since then does not
/// run any more.
pub async fn is_tried(tx: &mut Tx, kind: &IntegrationKind, since: Timestamp) -> Result<bool> {
    let text = "SELECT COUNT(*) FROM attempts \
                WHERE integration = $1 AND state = $2 AND seen_at >= $3";
    Ok(tx.number(sql(text).bind(kind.as_str()).bind(RUNNING).bind(since)).await? > 0)
}

/// Ends it, unless it is over: what has passed stays so.
pub async fn fail(tx: &mut Tx, id: &AttemptId, refusal: &Refusal, now: Timestamp) -> Result<()> {
    let text = "UPDATE attempts SET state = $1, failure = $2, failure_say = $3, \
                failure_field = $4, ended_at = $5 WHERE id = $6 AND state = $7";
    let statement = sql(text)
        .bind(FAILED)
        .bind(refusal.code.as_str())
        .bind(&refusal.say)
        .bind(refusal.field)
        .bind(now)
        .bind(id.as_str())
        .bind(RUNNING);
    tx.run(statement).await?;
    Ok(())
}

/// Forgets the attempts of all users that began before that, and says how many.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<i64> {
    tx.run(sql("DELETE FROM attempts WHERE started_at < $1").bind(before)).await
}
