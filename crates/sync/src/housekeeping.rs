//! Everything has a limit: once an hour, what no longer serves is forgotten.

use jiff::{SignedDuration, Timestamp};
use store::jobs::{self, Job, NewJob};
use store::{
    Change, StoreError, attempts, choices, idempotency, invitations, messages, runs, sessions,
    sign_ins, status_changes, webhooks,
};

use crate::messages::FORETELL_JOB;
use crate::{Context, Outcome, replace, run, status};

/// The kind of job that forgets; there is one of it.
pub(crate) const JOB: &str = "keep_house";
/// How often.
const EVERY_S: i64 = 3_600;
/// Runs are kept for the strip of the last 24 hours; of each connection the last 50 stay longer.
const RUNS_KEPT_H: i64 = 25;
/// Changes of state are kept so long; of each connection the last 50 stay longer.
const CHANGES_KEPT_H: i64 = 24 * 90;
/// Answers to idempotency keys are kept so long, as docs/errors.md says.
const ANSWERS_KEPT_H: i64 = 24;
/// Messages to people are kept so long.
const MESSAGES_KEPT_H: i64 = 24 * 180;
/// Attempts to connect are kept so long, for whoever comes back to their page.
const ATTEMPTS_KEPT_H: i64 = 24;
/// What webhooks were told is kept so long, to be looked at and told again.
const DELIVERIES_KEPT_H: i64 = 24 * 30;

/// Makes sure that the jobs of the whole house are there; to be called when a process starts to
/// work.
pub async fn begin(ctx: &Context) -> Result<(), StoreError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    for kind in [JOB, status::JOB, FORETELL_JOB] {
        let job = NewJob { kind, subject: "house", cause: "timer", run_at: now, priority: 0 };
        jobs::enqueue(&mut tx, &job, now, ctx.dice.as_ref()).await?;
    }
    tx.announce(Change::JobReady);
    tx.commit().await
}

/// Forgets what is over.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    match forget(&ctx).await {
        Ok(()) => Outcome::Again { at: run::after(&ctx, EVERY_S) },
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

async fn forget(ctx: &Context) -> Result<(), StoreError> {
    let now = ctx.clock.now();
    let before =
        |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
    // Before the sessions that they wait in are forgotten, and they with them.
    replace::give_up(ctx).await?;
    let mut tx = ctx.db.begin().await?;
    runs::prune(&mut tx, before(RUNS_KEPT_H)).await?;
    status_changes::prune(&mut tx, before(CHANGES_KEPT_H)).await?;
    messages::prune(&mut tx, before(MESSAGES_KEPT_H)).await?;
    attempts::prune(&mut tx, before(ATTEMPTS_KEPT_H)).await?;
    idempotency::prune(&mut tx, before(ANSWERS_KEPT_H)).await?;
    choices::prune(&mut tx, now).await?;
    sessions::prune(&mut tx, now).await?;
    invitations::prune(&mut tx, now).await?;
    sign_ins::sweep(&mut tx, now).await?;
    webhooks::prune(&mut tx, before(DELIVERIES_KEPT_H)).await?;
    tx.commit().await
}
