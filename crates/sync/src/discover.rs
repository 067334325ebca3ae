//! Calendars come and go at the far side: found by listing them again, and once more whenever
//! a connection is mended.

mod heir;
mod row;

use std::collections::HashSet;

use connection::{
    Access, CALENDARS_MAX, Calendar, CalendarId, Calendars, Connection, ConnectionId, Credential,
    LISTED_EVERY_S, ProviderError, RemoteCalendar, RemoteId, RunId, SignedOutWhy, StatusCause,
};
use jiff::Timestamp;
use store::jobs::{self, Job, NewJob};
use store::runs::{self, Run};
use store::{Change, StoreError, Tx, calendars, connections, renewals};

use crate::proof::{self, Verdict};
use crate::pull::{self, Cause, PullError};
use crate::{Context, Outcome, access, horizon, run, status, watch};

/// The kind of job that lists a connection's calendars; its subject is the connection's id.
pub(crate) const JOB: &str = "list_calendars";
/// What is the trouble with a calendar that was not there when it was read.
const MISSED: &str = "gone";
/// How often a connection that needs somebody is looked at, whether it is well again: a permission
/// may have come back, or what was refused was the provider's own mistake.
const PROBE_EVERY_S: i64 = 3_600;
/// The same where a password is refused: some providers lock an account that is tried too often.
const PROBE_PASSWORD_EVERY_S: i64 = 6 * 3_600;
/// How often the sign-in of a paused connection is used: Google ends one that was not used for six
/// months, Microsoft after 90 days (`providers/oauth.md`).
const KEPT_EVERY_S: i64 = 7 * 24 * 3_600;

/// Lists the calendars of a connection, and takes over what is new, renamed, gone or back.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Ok(id) = job.subject.parse::<ConnectionId>() else { return Outcome::Done };
    match list(&ctx, &id, &job).await {
        Ok(Some(outcome)) => outcome,
        Ok(None) => Outcome::Done,
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

/// `None` where there is nothing to list: it is disconnected, or paused.
async fn list(ctx: &Context, id: &ConnectionId, job: &Job) -> Result<Option<Outcome>, StoreError> {
    let mut tx = ctx.db.read().await?;
    let opened = connections::load_opened(&mut tx, id).await?;
    let Some((connection, credential)) = opened else { return Ok(None) };
    drop(tx);
    let integration = ctx.catalogue.find(connection.integration.as_str());
    let adapter = integration.and_then(|integration| integration.calendars.clone());
    let Some(adapter) = adapter else { return Ok(None) };
    if connection.paused_at.is_some() {
        return keep_signed_in(ctx, &connection, credential, job).await;
    }
    let started_at = ctx.clock.now();
    if let Some(until) = connection.throttled_until.filter(|until| *until > started_at) {
        return Ok(Some(Outcome::Again { at: until }));
    }
    let mut access = Access::new(credential);
    let listed = match ask_far_side(ctx, (&connection, &mut access), adapter.as_ref()).await {
        Ok(listed) => Ok(listed),
        Err(PullError::Provider(failure)) => Err(failure),
        Err(PullError::Store(failure)) => return Err(failure),
    };
    let mut tx = ctx.db.begin().await?;
    connections::hold_era(&mut tx, &connection).await?;
    let (outcome, news, failure) = match &listed {
        Ok(listed) => {
            let news = let_in(ctx, &mut tx, (&connection, &access), listed).await?;
            let shown = integration.and_then(|integration| integration.sign_in.password());
            let shown = shown.and_then(|adapter| adapter.certificate(access.credential()));
            renewals::set_certificate(&mut tx, id, shown.as_ref()).await?;
            (Outcome::Again { at: run::after(ctx, LISTED_EVERY_S) }, news, overflow(listed))
        }
        Err(failure) => {
            run::slow_down(&mut tx, id, failure).await?;
            let at = if let ProviderError::SignedOut { why } = failure {
                refused(ctx, &mut tx, (&connection, &access), *why, job.attempt).await?
            } else {
                // Who needs somebody is not asked the oftener for failing in another way too.
                let at = run::retry_at(ctx, failure, job.attempt);
                connection.attention.as_ref().map_or(at, |it| at.max(probe_at(ctx, &it.reason)))
            };
            let say = run::sentence(ctx, &connection, failure);
            let code = failure.code().to_owned();
            let outcome = Outcome::Retry { at, failure: code.clone() };
            (outcome, News::default(), Some((code, say)))
        }
    };
    runs::insert(&mut tx, &run_of(ctx, &connection, (job, started_at), (news, failure))).await?;
    tx.announce(Change::Connection(connection.id.clone()));
    status::tell(ctx, &mut tx, id, StatusCause::Listing).await?;
    tx.commit().await?;
    Ok(Some(outcome))
}

/// A paused connection is not read, but its sign-in is used, so that it is still there when the
/// pause ends. One that is refused waits for that: the first pull then asks for somebody.
async fn keep_signed_in(
    ctx: &Context,
    connection: &Connection,
    credential: Credential,
    job: &Job,
) -> Result<Option<Outcome>, StoreError> {
    if !matches!(credential, Credential::Tokens(_)) {
        return Ok(None);
    }
    let next = Outcome::Again { at: run::after(ctx, KEPT_EVERY_S) };
    match access::ready(ctx, connection, credential).await {
        Ok(_) | Err(PullError::Provider(ProviderError::SignedOut { .. })) => Ok(Some(next)),
        Err(PullError::Provider(failure)) => {
            let at = run::retry_at(ctx, &failure, job.attempt);
            Ok(Some(Outcome::Retry { at, failure: failure.code().to_owned() }))
        }
        Err(PullError::Store(failure)) => Err(failure),
    }
}

/// The far side lists its calendars. A connection that asked for a person is proven well by the
/// pulls, which are asked for at once; one that has nothing to pull is well by this.
async fn let_in(
    ctx: &Context,
    tx: &mut Tx,
    (connection, access): (&Connection, &Access),
    listed: &[RemoteCalendar],
) -> Result<News, StoreError> {
    let was_refused = connection.refused_at.is_some() || connection.attention.is_some();
    let cause = if was_refused { Cause::Probe } else { Cause::Timer };
    let news = take_over(ctx, tx, connection, listed, cause).await?;
    if present(tx, &connection.id).await?.is_none() {
        connections::record_success(tx, &connection.id, ctx.clock.now()).await?;
        if was_refused {
            proof::recover(ctx, tx, connection, access).await?;
        }
    }
    Ok(news)
}

/// When a listing that was refused is tried again. Whether the credential is dead is proven by
/// pulls, of which one is asked for at once: with a password that is refused nobody is asked the
/// oftener for having many calendars. Where there is nothing to pull, it is proven by the listings.
async fn refused(
    ctx: &Context,
    tx: &mut Tx,
    (connection, access): (&Connection, &Access),
    why: SignedOutWhy,
    attempt: i64,
) -> Result<Timestamp, StoreError> {
    if let Some(attention) = &connection.attention {
        return Ok(probe_at(ctx, &attention.reason));
    }
    if let Some(first) = present(tx, &connection.id).await? {
        // Once refused, that pull is under way already.
        if connection.refused_at.is_none() {
            ask(ctx, tx, &first.id, Cause::Probe).await?;
        }
        return Ok(run::backoff(ctx, attempt));
    }
    Ok(match proof::refused(ctx, tx, (connection, access), why).await? {
        Verdict::Overtaken => ctx.clock.now(),
        Verdict::Doubtful { again_at } => again_at,
        Verdict::Proven { .. } => probe_at(ctx, why.reason()),
    })
}

/// When a connection that needs somebody, for that reason, is looked at again.
fn probe_at(ctx: &Context, reason: &str) -> Timestamp {
    let is_password = reason == SignedOutWhy::PasswordRefused.reason();
    run::after(ctx, if is_password { PROBE_PASSWORD_EVERY_S } else { PROBE_EVERY_S })
}

/// The first calendar that pulls are made of.
async fn present(tx: &mut Tx, id: &ConnectionId) -> Result<Option<Calendar>, StoreError> {
    let all = calendars::of_connection(tx, id).await?;
    Ok(all.into_iter().map(|(calendar, _)| calendar).find(|calendar| calendar.gone_at.is_none()))
}

/// Lists with a fresh access, and once more with another where there is one; `access` is then the
/// one that was used.
async fn ask_far_side(
    ctx: &Context,
    (connection, access): (&Connection, &mut Access),
    adapter: &dyn Calendars,
) -> Result<Vec<RemoteCalendar>, PullError> {
    *access = access::ready(ctx, connection, access.credential().clone()).await?;
    match adapter.calendars(access).await {
        Ok(listed) => Ok(listed),
        Err(failure) => {
            *access = access::another(ctx, connection, access, failure).await?;
            Ok(adapter.calendars(access).await?)
        }
    }
}

/// What a listing brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Calendars that are new, renamed, or back.
    changed: i64,
    gone: i64,
}

/// An account may outgrow what is read of it; then it is said which part is.
fn overflow(listed: &[RemoteCalendar]) -> Option<(String, String)> {
    let count = listed.len();
    let say = format!(
        "This account lists {count} calendars; the first {CALENDARS_MAX} are read, and of the \
         others nothing is known."
    );
    (count > CALENDARS_MAX).then(|| ("too_large".to_owned(), say))
}

fn run_of(
    ctx: &Context,
    connection: &Connection,
    (job, started_at): (&Job, Timestamp),
    (news, failure): (News, Option<(String, String)>),
) -> Run {
    let now = ctx.clock.now();
    let (failure, say) = failure.unzip();
    Run {
        id: RunId::new(now, ctx.dice.as_ref()),
        connection: connection.id.clone(),
        calendar: None,
        kind: "list".into(),
        cause: job.cause.clone(),
        started_at,
        took_ms: now.as_millisecond() - started_at.as_millisecond(),
        changed: news.changed,
        removed: news.gone,
        not_understood: 0,
        failure,
        say,
    }
}

/// Makes the stored calendars of a connection agree with a listing of them. A calendar that is
/// missing is marked as gone, never deleted, unless it goes on under another id; an empty listing
/// proves nothing.
pub(crate) async fn take_over(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
    listed: &[RemoteCalendar],
    cause: Cause,
) -> Result<News, StoreError> {
    let now = ctx.clock.now();
    let integration = ctx.catalogue.find(connection.integration.as_str());
    let rings = integration.is_some_and(|integration| integration.watch.is_some());
    let mut news = News::default();
    let mut stored = calendars::of_connection(tx, &connection.id).await?;
    let may_change = integration.and_then(|integration| integration.calendars.as_ref());
    let may_change = may_change.is_some_and(|adapter| adapter.ids_may_change());
    let followed =
        if may_change { heir::follow(ctx, tx, (&stored, listed)).await? } else { Vec::new() };
    if !followed.is_empty() {
        stored = calendars::of_connection(tx, &connection.id).await?;
    }
    let find = |remote: &RemoteId| stored.iter().map(|(c, _)| c).find(|c| c.remote == *remote);
    let mut seen = HashSet::new();
    for (position, remote) in listed.iter().take(CALENDARS_MAX).enumerate() {
        // Some servers list a calendar twice.
        if !seen.insert(&remote.id) {
            continue;
        }
        let known = find(&remote.id);
        let shown = known.map(|calendar| &calendar.color);
        let remote = match &remote.color {
            Some(color) if shown != Some(color) => {
                &calendars::with_free_color(tx, &connection.id, remote).await?
            }
            _ => remote,
        };
        let is_news = if let Some(calendar) = known {
            row::renew(ctx, tx, calendar, remote).await? || followed.contains(&calendar.id)
        } else {
            row::insert(ctx, tx, connection, (position, remote, listed)).await?;
            true
        };
        news.changed += i64::from(is_news);
    }
    let names: HashSet<&RemoteId> = listed.iter().map(|calendar| &calendar.id).collect();
    for (calendar, _) in &stored {
        if !listed.is_empty() && !names.contains(&calendar.remote) && calendar.gone_at.is_none() {
            calendars::set_gone(tx, &calendar.id, Some(now)).await?;
            news.gone += 1;
            tx.announce(Change::Calendar(calendar.id.clone()));
        }
    }
    let reread;
    let present = if news == News::default() {
        &stored
    } else {
        reread = calendars::of_connection(tx, &connection.id).await?;
        &reread
    };
    for (calendar, _) in present {
        let is_new = find(&calendar.remote).is_none() || followed.contains(&calendar.id);
        let is_asked = cause != Cause::Timer || is_new;
        if is_asked {
            ask(ctx, tx, &calendar.id, cause).await?;
        }
        if rings && (is_asked || watch::is_forgotten(ctx, tx, calendar).await?) {
            watch::ask_at(ctx, tx, &calendar.id, now).await?;
        }
    }
    tx.announce(Change::Connection(connection.id.clone()));
    Ok(news)
}

/// Asks for a pull of a calendar now.
pub(crate) async fn ask(
    ctx: &Context,
    tx: &mut Tx,
    id: &CalendarId,
    cause: Cause,
) -> Result<(), StoreError> {
    enqueue(ctx, tx, (pull::JOB, id.as_str()), cause, ctx.clock.now()).await
}

/// Asks for a pull of all calendars of a connection now.
pub(crate) async fn ask_all(
    ctx: &Context,
    tx: &mut Tx,
    id: &ConnectionId,
    cause: Cause,
) -> Result<(), StoreError> {
    for (calendar, _) in calendars::of_connection(tx, id).await? {
        ask(ctx, tx, &calendar.id, cause).await?;
    }
    Ok(())
}

/// Asks for a listing of a connection's calendars at `run_at`.
pub(crate) async fn ask_listing(
    ctx: &Context,
    tx: &mut Tx,
    id: &ConnectionId,
    run_at: Timestamp,
) -> Result<(), StoreError> {
    enqueue(ctx, tx, (JOB, id.as_str()), Cause::Timer, run_at).await
}

/// Asks for a listing then, to see whether the connection is well.
pub(crate) async fn ask_probe(
    ctx: &Context,
    tx: &mut Tx,
    id: &ConnectionId,
    at: Timestamp,
) -> Result<(), StoreError> {
    enqueue(ctx, tx, (JOB, id.as_str()), Cause::Probe, at).await
}

/// Asks for a calendar to be expanded anew.
pub(crate) async fn ask_rebuild(
    ctx: &Context,
    tx: &mut Tx,
    id: &CalendarId,
) -> Result<(), StoreError> {
    enqueue(ctx, tx, (horizon::JOB, id.as_str()), Cause::Asked, ctx.clock.now()).await
}

pub(crate) async fn enqueue(
    ctx: &Context,
    tx: &mut Tx,
    (kind, subject): (&str, &str),
    cause: Cause,
    run_at: Timestamp,
) -> Result<(), StoreError> {
    let priority = i64::from(cause != Cause::Timer);
    let job = NewJob { kind, subject, cause: cause.as_str(), run_at, priority };
    jobs::enqueue(tx, &job, ctx.clock.now(), ctx.dice.as_ref()).await?;
    tx.announce(Change::JobReady);
    Ok(())
}
