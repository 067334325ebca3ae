//! Runs jobs: claims what is due, keeps the lease alive while it runs, writes down how it ended.
//! The kinds of job are handed in, so this file knows none of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use store::jobs::{self, Job};
use store::{Change, StoreError};
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
            let (ctx, handlers, name) =
                (self.ctx.clone(), Arc::clone(&self.handlers), self.name.clone());
            running.spawn(async move { attend(&ctx, &handlers, &name, job).await });
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
    loop {
        let now = ctx.clock.now();
        let mut tx = ctx.db.begin().await?;
        jobs::reap(&mut tx, now).await?;
        let claimed = jobs::claim(&mut tx, "by-hand", now, LEASE_S, 1).await?;
        tx.commit().await?;
        let Some(job) = claimed.into_iter().next() else { return Ok(count) };
        attend(ctx, handlers, "by-hand", job).await;
        count += 1;
    }
}

/// Does one job with its lease kept alive, and writes down how it ended.
async fn attend(ctx: &Context, handlers: &Handlers, name: &str, job: Job) {
    let Some(handler) = handlers.get(job.kind.as_str()) else {
        tracing::error!(job.name = %job.kind, "no handler for this kind of job");
        return;
    };
    let work = handler(ctx.clone(), job.clone());
    let outcome = tokio::select! {
        outcome = work => Some(outcome),
        () = lose_lease(ctx, name, &job) => None,
    };
    let Some(outcome) = outcome else {
        tracing::warn!(job.name = %job.kind, job.subject = %job.subject, "its lease was lost");
        return;
    };
    if let Err(failure) = conclude(ctx, name, &job, outcome).await {
        tracing::warn!(job.name = %job.kind, %failure, "the end of a job could not be stored");
    }
}

/// Renews the lease until it cannot be: then someone else may hold the job, and we must stop.
async fn lose_lease(ctx: &Context, name: &str, job: &Job) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        let renewed = async {
            let until = ctx.clock.now() + SignedDuration::from_secs(LEASE_S);
            let mut tx = ctx.db.begin().await?;
            let ours = jobs::renew(&mut tx, &job.id, name, until).await?;
            tx.commit().await.map(|()| ours)
        };
        match renewed.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(failure) => tracing::warn!(%failure, "a lease could not be renewed"),
        }
    }
}

async fn conclude(
    ctx: &Context,
    name: &str,
    job: &Job,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let mut tx = ctx.db.begin().await?;
    match outcome {
        Outcome::Done => jobs::finish(&mut tx, &job.id, name, None).await?,
        Outcome::Again { at } => jobs::finish(&mut tx, &job.id, name, Some(at)).await?,
        Outcome::Retry { at, failure } => jobs::retry(&mut tx, &job.id, name, at, &failure).await?,
    };
    tx.announce(Change::JobReady);
    tx.commit().await
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
