//! Background work: durable, one of a kind at a time, leased to whoever does it. Every change
//! repeats its condition, so that two claimers never get the same job.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicU64, Ordering};

use connection::{Dice, JobId};
use jiff::Timestamp;

use crate::db::Change;
use crate::statement::{Statement, sql};
use crate::{Result, Tx, codec, dialect};

/// Work that is wanted. What has the same kind and subject is the same work.
#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    pub kind: &'a str,
    /// What it is about: an id, mostly.
    pub subject: &'a str,
    /// Why it is wanted, for the run that it becomes.
    pub cause: &'a str,
    pub run_at: Timestamp,
    /// 0 is ordinary; higher goes first.
    pub priority: i64,
}

/// What became of the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// There was none of its kind and subject.
    New,
    /// One was waiting already; it runs at the earlier of both instants.
    Merged,
    /// One is running; it runs once more afterwards.
    Again,
}

/// Work that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    pub subject: String,
    pub cause: String,
    /// 1 for the first time, one more for each retry.
    pub attempt: i64,
    /// By whom it was claimed, and which of their claims that was.
    pub lease: String,
}

/// A job as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub job: Job,
    pub running: bool,
    pub run_at: Timestamp,
    pub last_failure: Option<String>,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    id: String,
    kind: String,
    subject: String,
    cause: String,
    state: String,
    run_at: i64,
    priority: i64,
    attempt: i64,
    last_failure: Option<String>,
    lease_owner: Option<String>,
}

impl JobRow {
    fn read(self) -> Result<Job> {
        Ok(Job {
            id: codec::id(&self.id)?,
            kind: self.kind,
            subject: self.subject,
            cause: self.cause,
            attempt: self.attempt,
            lease: self.lease_owner.unwrap_or_default(),
        })
    }
}

/// Asks for work, inside the transaction that makes it needed.
pub async fn enqueue(
    tx: &mut Tx,
    job: &NewJob<'_>,
    now: Timestamp,
    dice: &dyn Dice,
) -> Result<Enqueued> {
    let text = "INSERT INTO jobs (id, uniq, kind, subject, cause, state, run_at, priority, \
                attempt, created_at) VALUES ($1, $2, $3, $4, $5, 'ready', $6, $7, $8, $9) \
                ON CONFLICT (uniq) DO UPDATE SET \
                cause = CASE WHEN jobs.state = 'running' OR excluded.run_at < jobs.run_at \
                        THEN excluded.cause ELSE jobs.cause END, \
                priority = CASE WHEN excluded.priority > jobs.priority \
                        THEN excluded.priority ELSE jobs.priority END, \
                run_at = CASE WHEN jobs.state = 'ready' AND excluded.run_at < jobs.run_at \
                        THEN excluded.run_at ELSE jobs.run_at END, \
                rerun_at = CASE WHEN jobs.state <> 'running' THEN NULL \
                        WHEN jobs.rerun_at < excluded.run_at THEN jobs.rerun_at \
                        ELSE excluded.run_at END \
                RETURNING id, state";
    let id = JobId::new(now, dice);
    let statement = sql(text)
        .bind(id.as_str())
        .bind(format!("{}:{}", job.kind, job.subject))
        .bind(job.kind)
        .bind(job.subject)
        .bind(job.cause)
        .bind(job.run_at)
        .bind(job.priority)
        .bind(0)
        .bind(now);
    let row: Option<(String, String)> = tx.one(statement).await?;
    tx.announce(Change::JobReady);
    Ok(match row {
        Some((made, _)) if made == id.as_str() => Enqueued::New,
        Some((_, state)) if state == "running" => Enqueued::Again,
        _ => Enqueued::Merged,
    })
}

/// Takes work that is due, the most urgent first. `owner` is one name for each process; after
/// `lease_s` without [`renew`] the work is anybody's again, and what comes of this claim is not
/// taken any more, not even where the same process claims it anew.
pub async fn claim(
    tx: &mut Tx,
    owner: &str,
    now: Timestamp,
    lease_s: i64,
    limit: i64,
) -> Result<Vec<Job>> {
    static CLAIMS: AtomicU64 = AtomicU64::new(0);
    let lease = format!("{owner}/{}", CLAIMS.fetch_add(1, Ordering::Relaxed));
    let skip_locked = dialect::skip_locked(&tx.engine);
    // By the index of what is urgent, then by that of what is due: neither sorts what has piled up.
    let statement = sql("WITH urgent AS MATERIALIZED (SELECT id FROM jobs \
         WHERE state = 'ready' AND priority > 0 AND run_at <= $1 \
         ORDER BY priority DESC, run_at, id LIMIT $2")
    .text(skip_locked)
    .text(
        "), due AS MATERIALIZED (SELECT id FROM jobs \
         WHERE state = 'ready' AND priority = 0 AND run_at <= $1 \
         ORDER BY run_at LIMIT $2 - (SELECT COUNT(*) FROM urgent)",
    )
    .text(skip_locked)
    .text(
        ") UPDATE jobs SET state = 'running', lease_owner = $3, lease_until = $4, \
         attempt = attempt + 1, rerun_at = NULL \
         WHERE state <> 'running' \
         AND id IN (SELECT id FROM urgent UNION ALL SELECT id FROM due) \
         RETURNING id, kind, subject, cause, state, run_at, priority, attempt, last_failure, \
         lease_owner",
    )
    .bind(now)
    .bind(limit)
    .bind(lease)
    .bind(now.as_millisecond() + lease_s * 1000);
    let mut rows: Vec<JobRow> = tx.all(statement).await?;
    rows.sort_by(|a, b| {
        (Reverse(a.priority), a.run_at, &a.id).cmp(&(Reverse(b.priority), b.run_at, &b.id))
    });
    rows.into_iter().map(JobRow::read).collect()
}

/// Holds on to work that takes longer. False: it is no longer of this claim.
pub async fn renew(tx: &mut Tx, job: &Job, until: Timestamp) -> Result<bool> {
    let text = "UPDATE jobs SET lease_until = $1 \
                WHERE id = $2 AND lease_owner = $3 AND state = 'running'";
    let statement = sql(text).bind(until).bind(job.id.as_str()).bind(&job.lease);
    Ok(tx.run(statement).await? > 0)
}

/// The work is done. It goes, or it waits for the earlier of `next_run_at` and of what was asked
/// for meanwhile; unless it was, the clock is the next run's cause. False: it was no longer of this
/// claim, and nothing happened.
pub async fn finish(tx: &mut Tx, job: &Job, next_run_at: Option<Timestamp>) -> Result<bool> {
    if next_run_at.is_none() {
        let text = "DELETE FROM jobs WHERE id = $1 AND lease_owner = $2 \
                    AND state = 'running' AND rerun_at IS NULL";
        let statement = sql(text).bind(job.id.as_str()).bind(&job.lease);
        if tx.run(statement).await? > 0 {
            return Ok(true);
        }
    }
    let text = "UPDATE jobs SET state = 'ready', attempt = $1, \
                run_at = CASE WHEN rerun_at < $2 THEN rerun_at ELSE COALESCE($2, rerun_at) END, \
                priority = CASE WHEN rerun_at IS NULL THEN $1 ELSE priority END, \
                cause = CASE WHEN rerun_at IS NULL THEN 'timer' ELSE cause END, \
                rerun_at = NULL, lease_owner = NULL, lease_until = NULL, last_failure = NULL \
                WHERE id = $3 AND lease_owner = $4 AND state = 'running'";
    let statement = sql(text).bind(0).bind(next_run_at).bind(job.id.as_str()).bind(&job.lease);
    say_ready(tx, statement).await
}

/// Runs what makes work ready again, and says so where there was any.
async fn say_ready(tx: &mut Tx, statement: Statement<'_>) -> Result<bool> {
    let is_ready = tx.run(statement).await? > 0;
    if is_ready {
        tx.announce(Change::JobReady);
    }
    Ok(is_ready)
}

/// The work failed and is tried again. False: it was no longer of this claim.
pub async fn retry(tx: &mut Tx, job: &Job, run_at: Timestamp, failure: &str) -> Result<bool> {
    let text = "UPDATE jobs SET state = 'ready', last_failure = $1, \
                run_at = CASE WHEN rerun_at < $2 THEN rerun_at ELSE $2 END, \
                rerun_at = NULL, lease_owner = NULL, lease_until = NULL \
                WHERE id = $3 AND lease_owner = $4 AND state = 'running'";
    let statement = sql(text).bind(failure).bind(run_at).bind(job.id.as_str()).bind(&job.lease);
    say_ready(tx, statement).await
}

/// What an owner that stops still holds is anybody's at once; it did not fail.
pub async fn hand_back(tx: &mut Tx, owner: &str) -> Result<i64> {
    let text = "UPDATE jobs SET state = 'ready', attempt = attempt - 1, rerun_at = NULL, \
                lease_owner = NULL, lease_until = NULL \
                WHERE lease_owner LIKE $1 || '/%' AND state = 'running'";
    let handed = tx.run(sql(text).bind(owner)).await?;
    if handed > 0 {
        tx.announce(Change::JobReady);
    }
    Ok(handed)
}

/// Work whose owner has not been heard of for a lease is anybody's again.
pub async fn reap(tx: &mut Tx, now: Timestamp) -> Result<i64> {
    let text = "UPDATE jobs SET state = 'ready', rerun_at = NULL, lease_owner = NULL, \
                lease_until = NULL, last_failure = 'its process stopped' \
                WHERE state = 'running' AND lease_until < $1";
    let reaped = tx.run(sql(text).bind(now)).await?;
    if reaped > 0 {
        tx.announce(Change::JobReady);
    }
    Ok(reaped)
}

/// When there is something to do next: a waiting job is due, or a lease runs out.
pub async fn next_at(tx: &mut Tx) -> Result<Option<Timestamp>> {
    let text = "SELECT (SELECT MIN(run_at) FROM jobs WHERE state = 'ready'), \
                (SELECT MIN(lease_until) FROM jobs WHERE state = 'running')";
    let row: Option<(Option<i64>, Option<i64>)> = tx.one(sql(text)).await?;
    let (due, lapse) = row.unwrap_or_default();
    codec::instant_maybe([due, lapse].into_iter().flatten().min())
}

/// Is there such work, waiting or running?
pub async fn is_wanted(tx: &mut Tx, kind: &str, subject: &str) -> Result<bool> {
    let statement = sql("SELECT 1 FROM jobs WHERE uniq = $1").bind(format!("{kind}:{subject}"));
    Ok(tx.one::<(i32,)>(statement).await?.is_some())
}

/// Is there such work for the same cause that is due and has not begun? Whatever happened until now
/// happened before it.
pub async fn is_coming(
    tx: &mut Tx,
    (kind, subject, cause): (&str, &str, &str),
    now: Timestamp,
) -> Result<bool> {
    let text = "SELECT 1 FROM jobs WHERE uniq = $1 AND cause = $2 \
                AND (state = 'ready' AND run_at <= $3 OR state = 'running' AND rerun_at <= $3)";
    let statement = sql(text).bind(format!("{kind}:{subject}")).bind(cause).bind(now);
    Ok(tx.one::<(i32,)>(statement).await?.is_some())
}

/// All work about one subject.
pub async fn of_subject(tx: &mut Tx, subject: &str) -> Result<Vec<Standing>> {
    let text = "SELECT id, kind, subject, cause, state, run_at, priority, attempt, last_failure, \
                lease_owner FROM jobs WHERE subject = $1 ORDER BY run_at, id";
    let rows: Vec<JobRow> = tx.all(sql(text).bind(subject)).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Standing {
                running: row.state == "running",
                run_at: codec::instant(row.run_at)?,
                last_failure: row.last_failure.clone(),
                job: row.read()?,
            })
        })
        .collect()
}
