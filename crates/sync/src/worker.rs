//! Runs jobs: claims what is due, keeps the lease alive while it runs, writes down how it ended.
//! The kinds of job are handed in, so this file knows none of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use store::jobs::{self, Job};
use store::{Change, StoreError, Tx};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Context;

/// Jobs that one process runs at once.
const AT_ONCE: usize = 8;
/// A job whose process says nothing for this long is picked up by another.
const LEASE_S: i64 = 20;
/// How often a running job's lease is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(6);
/// The longest sleep between two looks at the queue.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Who holds the leases of what is run while a test holds the clock.
const BY_HAND: &str = "by-hand";

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or there is nothing to do any more.
    Done,
    /// It is done, and due again.
    Again {
        /// When.
        at: Timestamp,
    },
    /// It failed, and is tried again.
    Retry {
        /// When.
        at: Timestamp,
        /// The stable code of the failure.
        failure: String,
    },
}

/// Does one kind of job.
pub type Handler = Arc<dyn Fn(Context, Job) -> BoxFuture<'static, Outcome> + Send + Sync>;
/// The handlers, by kind of job.
pub type Handlers = HashMap<&'static str, Handler>;

/// One process's hands.
pub struct Workers {
    ctx: Context,
    handlers: Arc<Handlers>,
    /// Names this process in the leases it holds.
    name: String,
}

impl Workers {
    /// Workers of a process whose leases carry a name of their own.
    pub fn new(ctx: Context, handlers: Handlers) -> Self {
        let mut chance = [0; 8];
        ctx.dice.fill(&mut chance);
        let name = format!("worker-{:016x}", u64::from_le_bytes(chance));
        Self { ctx, handlers: Arc::new(handlers), name }
    }

    /// Runs jobs until `stop`; then lets what runs end within `grace`, and hands the rest back.
    pub async fn run(self, stop: CancellationToken, grace: Duration) {
        let mut changes = self.ctx.db.changes();
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            let pause = match self.claim(&mut running).await {
                Ok(pause) => pause,
                Err(failure) => {
                    tracing::warn!(%failure, "jobs could not be claimed");
                    LOOK_EVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                () = job_ready(&mut changes) => {}
                Some(_) = running.join_next() => {}
            }
        }
        let ended =
            tokio::time::timeout(grace, async { while running.join_next().await.is_some() {} });
        if ended.await.is_err() {
            running.shutdown().await;
        }
        if let Err(failure) = self.hand_back().await {
            // Their leases run out by themselves.
            tracing::warn!(%failure, "jobs could not be handed back");
        }
    }

    /// Starts what is due; answers how long nothing more will be.
    async fn claim(&self, running: &mut JoinSet<()>) -> Result<Duration, StoreError> {
        let free = AT_ONCE.saturating_sub(running.len());
        if free == 0 {
            return Ok(LOOK_EVERY);
        }
        let now = self.ctx.clock.now();
        let mut tx = self.ctx.db.read().await?;
        let due = jobs::next_at(&mut tx).await?;
        drop(tx);
        if due.is_none_or(|at| at > now) {
            let wait = due.map_or(LOOK_EVERY, |at| until(now, at));
            return Ok(wait.min(LOOK_EVERY));
        }
        let mut tx = self.ctx.db.begin().await?;
        jobs::reap(&mut tx, now).await?;
        let limit = i64::try_from(free).unwrap_or(1);
        let claimed = jobs::claim(&mut tx, &self.name, now, LEASE_S, limit).await?;
        tx.commit().await?;
        let more = claimed.len() == free;
        for job in claimed {
            let (ctx, handlers) = (self.ctx.clone(), Arc::clone(&self.handlers));
            running.spawn(async move { attend(&ctx, &handlers, job).await });
        }
        Ok(if more { LOOK_EVERY } else { Duration::from_millis(50) })
    }

    async fn hand_back(&self) -> Result<(), StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        jobs::hand_back(&mut tx, &self.name).await?;
        tx.commit().await
    }
}

/// Claims and does what is due now, one after the other, until nothing is: for tests and the
/// simulation, which hold the clock. Answers how many jobs ran.
pub async fn run_due(ctx: &Context, handlers: &Handlers) -> Result<usize, StoreError> {
    let mut count = 0;
    let mut tx = ctx.db.begin().await?;
    jobs::reap(&mut tx, ctx.clock.now()).await?;
    loop {
        let claimed = jobs::claim(&mut tx, BY_HAND, ctx.clock.now(), LEASE_S, 1).await?;
        tx.commit().await?;
        let Some(job) = claimed.into_iter().next() else { return Ok(count) };
        let outcome = outcome_of(ctx, handlers, &job).await;
        count += 1;
        // The end of one job and the beginning of the next are one transaction.
        tx = ctx.db.begin().await?;
        if let Some(outcome) = outcome {
            conclude(&mut tx, &job, outcome).await?;
        }
    }
}

/// Does one job, and writes down how it ended.
async fn attend(ctx: &Context, handlers: &Handlers, job: Job) {
    let Some(outcome) = outcome_of(ctx, handlers, &job).await else { return };
    let concluded = async {
        let mut tx = ctx.db.begin().await?;
        conclude(&mut tx, &job, outcome).await?;
        tx.commit().await
    };
    if let Err(failure) = concluded.await {
        tracing::warn!(job.name = %job.kind, %failure, "the end of a job could not be stored");
    }
}

/// Does one job with its lease kept alive; `None` where nothing can be said of its end.
async fn outcome_of(ctx: &Context, handlers: &Handlers, job: &Job) -> Option<Outcome> {
    let Some(handler) = handlers.get(job.kind.as_str()) else {
        tracing::error!(job.name = %job.kind, "no handler for this kind of job");
        return None;
    };
    tokio::select! {
        outcome = handler(ctx.clone(), job.clone()) => Some(outcome),
        () = lose_lease(ctx, job) => {
            tracing::warn!(job.name = %job.kind, job.subject = %job.subject, "its lease was lost");
            None
        }
    }
}

/// Renews the lease until it cannot be: then someone else may hold the job, and we must stop.
async fn lose_lease(ctx: &Context, job: &Job) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        let renewed = async {
            let until = ctx.clock.now() + SignedDuration::from_secs(LEASE_S);
            let mut tx = ctx.db.begin().await?;
            let ours = jobs::renew(&mut tx, job, until).await?;
            tx.commit().await.map(|()| ours)
        };
        match renewed.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(failure) => tracing::warn!(%failure, "a lease could not be renewed"),
        }
    }
}

async fn conclude(tx: &mut Tx, job: &Job, outcome: Outcome) -> Result<(), StoreError> {
    match outcome {
        Outcome::Done => jobs::finish(tx, job, None).await?,
        Outcome::Again { at } => jobs::finish(tx, job, Some(at)).await?,
        Outcome::Retry { at, failure } => jobs::retry(tx, job, at, &failure).await?,
    };
    tx.announce(Change::JobReady);
    Ok(())
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    let millis = at.as_millisecond().saturating_sub(now.as_millisecond());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// Waits until someone says that a job is ready.
async fn job_ready(changes: &mut tokio::sync::broadcast::Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(Change::JobReady) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
