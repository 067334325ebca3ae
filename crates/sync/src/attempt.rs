//! Connecting in the background: answers at once with an attempt, whose row fills line by line.
//! While it runs it says so. One that says nothing any more was interrupted: its process died.

use std::time::Duration;

use connection::{AttemptId, FailureCode, Integration, Refusal, UserId};
use jiff::{SignedDuration, Timestamp};
use store::attempts::{self, Attempt, AttemptState};
use store::{Change, StoreError, Tx};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connect::{self, Outcome, Request};
use crate::{Context, SyncError};

/// An attempt that gives no sign of life for longer than this was interrupted.
pub const SILENCE_MAX_S: i64 = 120;
/// How often one that runs gives a sign of life.
const BEAT: Duration = Duration::from_secs(20);
/// What a process that stops gives attempts under way; less than it waits for them.
const GRACE: Duration = Duration::from_millis(500);
/// What the page says of one that was interrupted.
const INTERRUPTED: &str =
    "Daymark was stopped or started anew while it looked, so this was interrupted. Try again.";

/// Examines in the background, until it is done or `stop` is said. `return_to` is where a program
/// wants the person then: a path of ours.
pub async fn begin(
    ctx: &Context,
    (tasks, stop): (&TaskTracker, &CancellationToken),
    request: Request,
    return_to: Option<String>,
) -> Result<AttemptId, SyncError> {
    let integration = connect::admit(ctx, &request).await?;
    let now = ctx.clock.now();
    let id = AttemptId::new(now, ctx.dice.as_ref());
    let row = Attempt {
        id: id.clone(),
        user: request.user.clone(),
        integration: request.integration.clone(),
        repairs: request.repairs.clone(),
        return_to,
        checks: Vec::new(),
        state: AttemptState::Running,
        started_at: now,
        seen_at: now,
        ended_at: None,
    };
    let mut tx = ctx.db.begin().await?;
    attempts::insert(&mut tx, &row).await?;
    tx.commit().await?;
    let (ctx, task_id, stop) = (ctx.clone(), id.clone(), stop.clone());
    tasks.spawn(async move {
        let failure = tokio::select! {
            failure = examine(&ctx, &integration, request, &task_id) => failure,
            () = stopped(&stop) => Some(interrupted()),
            never = live(&ctx, &task_id) => match never {},
        };
        let Some(refusal) = failure else { return };
        let failed = async {
            let mut tx = ctx.db.begin().await?;
            fail(&ctx, &mut tx, &task_id, &refusal).await?;
            tx.commit().await
        };
        if let Err(failure) = failed.await {
            tracing::error!(%failure, "the end of an attempt to connect could not be stored");
        }
    });
    Ok(id)
}

/// An attempt as it stands now; one of another user is not found.
pub async fn find(
    tx: &mut Tx,
    user: &UserId,
    id: &AttemptId,
    now: Timestamp,
) -> Result<Option<Attempt>, StoreError> {
    let found = attempts::find(tx, user, id).await?;
    Ok(found.map(|attempt| if is_silent(&attempt, now) { given_up(attempt) } else { attempt }))
}

fn is_silent(attempt: &Attempt, now: Timestamp) -> bool {
    let silence_max = SignedDuration::from_secs(SILENCE_MAX_S);
    attempt.state == AttemptState::Running && now.duration_since(attempt.seen_at) > silence_max
}

fn given_up(attempt: Attempt) -> Attempt {
    let Refusal { code, say, .. } = interrupted();
    let state = AttemptState::Failed { code: code.as_str().to_owned(), say, field: None };
    Attempt { state, ended_at: Some(attempt.seen_at), ..attempt }
}

fn interrupted() -> Refusal {
    Refusal { code: FailureCode::Interrupted, say: INTERRUPTED.into(), field: None }
}

/// Why nothing was kept; `None` where the connection is there, and the attempt has passed.
async fn examine(
    ctx: &Context,
    integration: &Integration,
    request: Request,
    id: &AttemptId,
) -> Option<Refusal> {
    match connect::attempt(ctx, integration, request, Some(id)).await {
        Ok(Outcome::Connected(_) | Outcome::Repaired(_)) => None,
        Ok(Outcome::Refused { refusal, .. }) => Some(refusal),
        Err(failure) => {
            tracing::error!(%failure, "an examination could not be stored");
            let say = "Daymark could not write down what it found. Nothing was kept; try again.";
            Some(Refusal { code: FailureCode::Unreachable, say: say.into(), field: None })
        }
    }
}

/// Ends one that has not passed. What has ended before stays as it is.
pub(crate) async fn fail(
    ctx: &Context,
    tx: &mut Tx,
    id: &AttemptId,
    refusal: &Refusal,
) -> Result<(), StoreError> {
    attempts::fail(tx, id, refusal, ctx.clock.now()).await?;
    tx.announce(Change::Attempt(id.clone()));
    Ok(())
}

/// Ends a moment after `stop` is said.
async fn stopped(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(GRACE).await;
}

/// Gives signs of life without end.
async fn live(ctx: &Context, id: &AttemptId) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(BEAT).await;
        let written = async {
            let mut tx = ctx.db.begin().await?;
            attempts::record_life(&mut tx, id, ctx.clock.now()).await?;
            tx.commit().await
        };
        if let Err(failure) = written.await {
            tracing::warn!(%failure, "a sign of life of an attempt could not be stored");
        }
    }
}
