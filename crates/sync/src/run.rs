//! The end of every run: what it means for the calendar and its connection, written down in one
//! transaction, and when to try again.

use connection::{
    Calendar, Connection, ConnectionId, ProviderError, SignedOutWhy, StatusCause, Trouble,
};
use jiff::{SignedDuration, Timestamp};
use store::jobs::Job;
use store::runs::{self, Run};
use store::{Change, StoreError, Tx, calendars, connections};

use crate::proof::{self, Verdict};
use crate::pull::{Cause, Pull, PullError};
use crate::{Context, Outcome, discover, horizon, status, watch, webhooks};

/// The first wait after a failure; doubled for each further one.
const BACKOFF_FIRST_S: i64 = 15;
/// The longest wait after a failure.
const BACKOFF_MAX_S: i64 = 15 * 60;
/// A calendar that was refused this often in a row, while others of its connection are read, is
/// asked as seldom as one that fails in any other way.
const REFUSALS_QUICK: i64 = 4;
/// What meets a conflict this often in a row is not overtaken by anybody: it waits as after any
/// failure.
const CONFLICTS_QUICK: i64 = 4;
/// A calendar must be missing this often in a row before it counts as gone.
const MISSING_PROOF: i64 = 3;
/// What is said of a pull that had to begin anew.
const READ_AGAIN: &str = "everything was read again, as its bookmark was forgotten there";
/// A person, or a rule of theirs, took back a part of what was allowed.
const SCOPE_MISSING: &str = "A permission that is needed was taken back there. Sign in there \
    again, and allow all that is asked.";
/// The organisation of an account decides over it.
const CONSENT_BY_ADMIN: &str = "The organisation of this account does not let Daymark in any \
    more. Ask its administrator to allow it, then sign in there again.";
/// Waits vary by up to this share, so that calendars do not all ask at once.
const JITTER_PERCENT: u64 = 10;

/// A pull that has come to its end.
pub(crate) struct Finished<'a> {
    pub(crate) pull: Pull<'a>,
    pub(crate) started_at: Timestamp,
    pub(crate) result: Result<(), PullError>,
}

/// Writes down how a pull ended.
pub(crate) async fn close(ctx: &Context, job: &Job, finished: Finished<'_>) -> Outcome {
    let written = match &finished.result {
        Ok(()) => succeeded(ctx, job, &finished).await,
        Err(PullError::Provider(failure)) => failed(ctx, job, &finished, failure).await,
        Err(PullError::Store(failure)) => return store_failed(ctx, job, failure),
    };
    written.unwrap_or_else(|failure| store_failed(ctx, job, &failure))
}

/// Our own store failed: that proves nothing about the provider; try again soon. What was changed
/// meanwhile is done anew at once, as what it is now, for the same cause.
pub(crate) fn store_failed(ctx: &Context, job: &Job, failure: &StoreError) -> Outcome {
    let (name, subject) = (&job.kind, &job.subject);
    if matches!(failure, StoreError::Conflict) {
        let is_quick = job.attempt <= CONFLICTS_QUICK;
        if is_quick {
            tracing::debug!(job.name = %name, job.subject = %subject, "it was changed meanwhile");
        } else {
            tracing::warn!(job.name = %name, job.subject = %subject, "it conflicts every time");
        }
        let at = if is_quick { ctx.clock.now() } else { backoff(ctx, job.attempt) };
        return Outcome::Retry { at, failure: "changed_meanwhile".into() };
    }
    tracing::warn!(job.name = %name, job.subject = %subject, %failure, "the store failed");
    Outcome::Retry { at: backoff(ctx, job.attempt), failure: "store_unavailable".into() }
}

/// When to try again: when the far side says, or after `attempt` failures before this one.
pub(crate) fn retry_at(ctx: &Context, failure: &ProviderError, attempt: i64) -> Timestamp {
    match failure {
        // Who asks for no wait at all is not asked again and again.
        ProviderError::Throttled { until } => backoff(ctx, attempt).max(*until),
        _ => backoff(ctx, attempt),
    }
}

/// Where the far side asked for it, the whole connection waits.
pub(crate) async fn slow_down(
    tx: &mut Tx,
    id: &ConnectionId,
    failure: &ProviderError,
) -> Result<(), StoreError> {
    let ProviderError::Throttled { until } = failure else { return Ok(()) };
    connections::set_throttled(tx, id, Some(*until)).await
}

/// When to try again after `attempt` failures before this one.
pub(crate) fn backoff(ctx: &Context, attempt: i64) -> Timestamp {
    let doublings = u32::try_from(attempt.clamp(0, 16)).unwrap_or(16);
    let wait_s = (BACKOFF_FIRST_S << doublings).min(BACKOFF_MAX_S);
    after(ctx, wait_s)
}

/// `wait_s` from now, give or take the jitter.
pub(crate) fn after(ctx: &Context, wait_s: i64) -> Timestamp {
    let planned = u64::try_from(wait_s.max(1) * 1_000).unwrap_or(1_000);
    let spread = planned * JITTER_PERCENT / 100;
    let millis = planned - spread / 2 + ctx.dice.below(spread + 1);
    let wait = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
    ctx.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX)
}

async fn succeeded(ctx: &Context, job: &Job, done: &Finished<'_>) -> Result<Outcome, StoreError> {
    let (pull, now) = (&done.pull, ctx.clock.now());
    let id = &pull.calendar.id;
    let mut tx = pull.close().await?;
    let braked = pull.tally.braked.as_deref();
    match braked {
        Some(_) => calendars::set_brake(&mut tx, id, braked, now).await?,
        None => calendars::set_known(&mut tx, id, done.started_at).await?,
    }
    if pull.tally.window_moved && braked.is_none() {
        // Some far sides tell of the window alone that they were asked about: what has come into it
        // is known now, and not before.
        horizon::arrive(&mut tx, id, pull.terms.horizon).await?;
    }
    if pull.calendar.trouble.is_some() {
        calendars::set_trouble(&mut tx, id, None).await?;
    }
    if let Some(gone_at) = pull.calendar.gone_at
        && pull.calendar.known_at.is_none_or(|at| at < gone_at)
    {
        // It can be read again. Whether it is there, only the list of calendars says.
        discover::ask_listing(ctx, &mut tx, &pull.connection.id, now).await?;
    }
    let every_s = pull.tally.refresh_every_s.unwrap_or(pull.calendar.poll_every_s);
    if every_s != pull.calendar.poll_every_s {
        calendars::set_poll_every(&mut tx, id, every_s).await?;
    }
    let was_synced;
    if pull.tally.sum() == 0 {
        was_synced = connections::record_success(&mut tx, &pull.connection.id, now).await?;
    } else {
        was_synced = connections::record_change(&mut tx, &pull.connection.id, now).await?;
        // What comes into a window that moved did not change, and nobody rings for it.
        if job.cause == Cause::Timer.as_str() && !pull.tally.window_moved {
            watch::doubt(ctx, &mut tx, &pull.calendar).await?;
        }
    }
    proof::recover(ctx, &mut tx, &pull.connection, &pull.access).await?;
    if pull.connection.throttled_until.is_some() {
        connections::end_throttling(&mut tx, &pull.connection.id, now).await?;
    }
    record(ctx, &mut tx, job, done, braked.map(|say| ("brake", say.to_owned()))).await?;
    if !was_synced || braked.is_some() {
        status::tell(ctx, &mut tx, &pull.connection.id, StatusCause::Pull).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Again { at: after(ctx, every_s) })
}

async fn failed(
    ctx: &Context,
    job: &Job,
    done: &Finished<'_>,
    failure: &ProviderError,
) -> Result<Outcome, StoreError> {
    let pull = &done.pull;
    let mut tx = ctx.db.begin().await?;
    connections::hold_era(&mut tx, &pull.connection).await?;
    let (outcome, say) = match failure {
        ProviderError::SignedOut { why } => refused(ctx, &mut tx, (job, pull), *why).await?,
        _ => (
            troubled(ctx, &mut tx, (job, pull), failure).await?,
            sentence(ctx, &pull.connection, failure),
        ),
    };
    record(ctx, &mut tx, job, done, Some((failure.code(), say))).await?;
    status::tell(ctx, &mut tx, &pull.connection.id, StatusCause::Pull).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// A refusal: of what is not there any more, one that may be a slip, or one that proves something.
async fn refused(
    ctx: &Context,
    tx: &mut Tx,
    (job, pull): (&Job, &Pull<'_>),
    why: SignedOutWhy,
) -> Result<(Outcome, String), StoreError> {
    let failure = ProviderError::SignedOut { why };
    let say = sentence(ctx, &pull.connection, &failure);
    let code = failure.code();
    match proof::refused(ctx, tx, (&pull.connection, &pull.access), why).await? {
        Verdict::Overtaken => {
            Ok((Outcome::Retry { at: ctx.clock.now(), failure: code.into() }, say))
        }
        Verdict::Proven { again_at } => {
            let say = mend(ctx, &pull.connection, why);
            calendars::set_trouble(tx, &pull.calendar.id, None).await?;
            Ok((Outcome::Retry { at: again_at, failure: code.into() }, say))
        }
        Verdict::Doubtful { again_at } => {
            let is_habit = job.attempt > REFUSALS_QUICK
                && pull.calendar.trouble.as_ref().is_some_and(|trouble| trouble.code == code);
            let at = if is_habit { backoff(ctx, job.attempt).max(again_at) } else { again_at };
            Ok((try_again(ctx, tx, pull, (code, &say, at)).await?, say))
        }
    }
}

/// What failed and is tried again without anybody.
async fn troubled(
    ctx: &Context,
    tx: &mut Tx,
    (job, pull): (&Job, &Pull<'_>),
    failure: &ProviderError,
) -> Result<Outcome, StoreError> {
    match failure {
        ProviderError::Gone if is_missed_again(tx, &pull.calendar).await? => {
            let since = pull.calendar.gone_at.unwrap_or_else(|| ctx.clock.now());
            calendars::set_gone(tx, &pull.calendar.id, Some(since)).await?;
            Ok(Outcome::Retry {
                at: after(ctx, pull.calendar.poll_every_s),
                failure: "gone".into(),
            })
        }
        ProviderError::Throttled { .. } => {
            slow_down(tx, &pull.connection.id, failure).await?;
            let at = retry_at(ctx, failure, job.attempt);
            Ok(Outcome::Retry { at, failure: failure.code().into() })
        }
        _ => {
            let was_missed = pull.calendar.trouble.as_ref().is_some_and(|it| it.code == "gone");
            let is_first_miss = *failure == ProviderError::Gone && !was_missed;
            if is_first_miss && pull.adapter.ids_may_change() {
                // It may go on under another id, which the list of calendars says.
                discover::ask_listing(ctx, tx, &pull.connection.id, ctx.clock.now()).await?;
            }
            let say = sentence(ctx, &pull.connection, failure);
            let at = backoff(ctx, job.attempt);
            try_again(ctx, tx, pull, (failure.code(), &say, at)).await
        }
    }
}

/// Was it missing at the last looks too, so often in a row that this one proves that it is gone?
async fn is_missed_again(tx: &mut Tx, calendar: &Calendar) -> Result<bool, StoreError> {
    if calendar.gone_at.is_some() {
        return Ok(true);
    }
    let before = runs::last_of_calendar(tx, calendar, MISSING_PROOF - 1).await?;
    let missed = before.iter().filter(|run| run.failure.as_deref() == Some("gone")).count();
    Ok(i64::try_from(missed).is_ok_and(|missed| missed == MISSING_PROOF - 1))
}

async fn try_again(
    ctx: &Context,
    tx: &mut Tx,
    pull: &Pull<'_>,
    (code, say, at): (&str, &str, Timestamp),
) -> Result<Outcome, StoreError> {
    let (code, say) = (code.to_owned(), say.to_owned());
    let trouble = Trouble { code, say, since: ctx.clock.now(), again_at: at };
    calendars::set_trouble(tx, &pull.calendar.id, Some(&trouble)).await?;
    Ok(Outcome::Retry { at, failure: trouble.code })
}

/// The sentence that a person reads about a failed run.
pub(crate) fn sentence(ctx: &Context, connection: &Connection, failure: &ProviderError) -> String {
    match failure {
        ProviderError::SignedOut { why } if why.may_be_a_slip() => proof::SLIP.into(),
        ProviderError::SignedOut { why } => mend(ctx, connection, *why),
        ProviderError::CursorExpired => "It forgot our place twice in a row.".into(),
        ProviderError::PreconditionFailed => "It changed while it was being read.".into(),
        ProviderError::Gone => "This calendar is not there any more.".into(),
        ProviderError::Throttled { .. } => "It asked us to wait.".into(),
        ProviderError::Unavailable { say }
        | ProviderError::Refused { say }
        | ProviderError::SetUp { say }
        | ProviderError::TooLarge { say } => say.clone(),
        ProviderError::Unintelligible { say } => {
            format!("{say} If it stays so, check the address, or tell whoever runs the server.")
        }
    }
}

/// What a person who is signed out reads, and does.
pub(crate) fn mend(ctx: &Context, connection: &Connection, why: SignedOutWhy) -> String {
    let integration = ctx.catalogue.find(connection.integration.as_str());
    match why {
        SignedOutWhy::ScopeMissing => SCOPE_MISSING.into(),
        SignedOutWhy::ConsentByAdmin => CONSENT_BY_ADMIN.into(),
        SignedOutWhy::PasswordRefused
        | SignedOutWhy::TokenRefused
        | SignedOutWhy::AccessWithdrawn => {
            integration.map_or("Signed out.", |integration| integration.mend).to_owned()
        }
    }
}

async fn record(
    ctx: &Context,
    tx: &mut Tx,
    job: &Job,
    done: &Finished<'_>,
    failure: Option<(&str, String)>,
) -> Result<(), StoreError> {
    let (pull, now) = (&done.pull, ctx.clock.now());
    let again = pull.tally.reads_whole_again.then(|| READ_AGAIN.to_owned());
    let (failure, say) =
        failure.map_or((None, again), |(code, say)| (Some(code.into()), Some(say)));
    let run = Run {
        id: connection::RunId::new(now, ctx.dice.as_ref()),
        connection: pull.connection.id.clone(),
        calendar: Some(pull.calendar.id.clone()),
        kind: "pull".into(),
        cause: job.cause.clone(),
        started_at: done.started_at,
        took_ms: now.as_millisecond() - done.started_at.as_millisecond(),
        changed: pull.tally.changed,
        removed: pull.tally.removed,
        not_understood: pull.tally.not_understood,
        failure,
        say,
    };
    runs::insert(tx, &run).await?;
    if calendars::take_untold(tx, &pull.calendar.id).await? {
        webhooks::tell_calendar(ctx, tx, pull).await?;
    }
    tx.announce(Change::Calendar(pull.calendar.id.clone()));
    tx.announce(Change::Connection(pull.connection.id.clone()));
    Ok(())
}
