//! Another account in the place of the one that a connection holds: same connection, same choices,
//! its calendars mapped by name. What is known of their times ends with the old account, and
//! begins anew when the new one is read.

mod plan;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use connection::{
    AttemptId, CalendarAccess, Check, Connection, ConnectionId, Examined, Refusal, RemoteCalendar,
    StatusCause, UserId,
};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use store::jobs::{self, Job, NewJob};
use store::waiting::{self, Waiting};
use store::{Change, StoreError, Tx, attempts, calendars, choices, connections, events, people};

use crate::connect::{self, Request};
use crate::farewell::{self, Farewell};
use crate::pull::Cause;
use crate::{By, Context, Outcome, acts, attempt, discover, kept, run, status};

pub use plan::Fate;

/// The kind of job that gives up an account that waited in vain; its subject is the attempt's id.
pub(crate) const JOB: &str = "give_up_replace";
/// An account waits so long for the word of whoever signed in to it.
pub const MINUTES_MAX: i64 = 10;

/// What it would mean to put one account in the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The connection.
    pub connection: ConnectionId,
    /// Whose account it holds.
    pub was: String,
    /// Whose it would hold.
    pub becomes: String,
    /// What becomes of each of its calendars.
    pub calendars: Vec<Fate>,
    /// Calendars of the new account that stand for none of the old one's.
    pub added: Vec<String>,
    /// Another mark, another offer: what is pressed is what was shown.
    pub mark: String,
}

/// What came of pressing Replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    /// It is done.
    Replaced(ConnectionId),
    /// Calendars have changed since it was shown: it must be looked at again.
    Changed,
    /// Nothing waits, or no longer: it was decided before, or took too long.
    Over,
}

/// One account that waits, with the connection whose account it may replace.
struct Pair {
    held: Connection,
    waiting: Waiting,
    offer: Offer,
}

/// What waits since that try of the user's, in that session.
pub async fn offer(
    ctx: &Context,
    whose: (&UserId, &AttemptId),
    session: &[u8; 32],
) -> Result<Option<Offer>, StoreError> {
    let mut tx = ctx.db.read().await?;
    Ok(pair(ctx, &mut tx, whose, session).await?.map(|pair| pair.offer))
}

/// Puts it in the other's place. `mark` is that of the offer that was shown.
pub async fn press(
    ctx: &Context,
    (user, attempt): (&UserId, &AttemptId),
    session: &[u8; 32],
    (mark, by): (&str, &By),
) -> Result<Pressed, StoreError> {
    let (now, here) = (ctx.clock.now(), (attempt, session));
    let mut tx = ctx.db.begin().await?;
    let Some(waiting) = waiting::find(&mut tx, here, now).await? else {
        return Ok(Pressed::Over);
    };
    connections::hold(&mut tx, &waiting.connection).await?;
    let Some(pair) = pair(ctx, &mut tx, (user, attempt), session).await? else {
        return Ok(Pressed::Over);
    };
    if pair.offer.mark != mark {
        return Ok(Pressed::Changed);
    }
    if !waiting::take(&mut tx, here, now).await? {
        return Ok(Pressed::Over);
    }
    let seen = attempts::find(&mut tx, user, attempt).await?;
    let checks = seen.map(|attempt| attempt.checks).unwrap_or_default();
    let place = (&pair.held, &pair.waiting.found, checks.as_slice());
    put(ctx, tx, (false, by), place, Some(attempt)).await.map(Pressed::Replaced)
}

/// Leaves the connection as it is: the account that waited is forgotten, and its grant given back.
pub async fn leave(
    ctx: &Context,
    attempt: &AttemptId,
    session: &[u8; 32],
) -> Result<(), StoreError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    let left = waiting::find(&mut tx, (attempt, session), now).await?;
    waiting::take(&mut tx, (attempt, session), now).await?;
    give_back(ctx, tx, left.into_iter().collect()).await
}

async fn ask_to_give_up(ctx: &Context, tx: &mut Tx, waiting: &Waiting) -> Result<(), StoreError> {
    let (subject, run_at) = (waiting.attempt.as_str(), waiting.expires_at);
    let job = NewJob { kind: JOB, subject, cause: "timer", run_at, priority: 0 };
    jobs::enqueue(tx, &job, ctx.clock.now(), ctx.dice.as_ref()).await?;
    Ok(())
}

/// Gives up what nobody has pressed Replace for.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    match give_up(&ctx).await {
        Ok(()) => Outcome::Done,
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

/// Forgets the accounts that have waited for too long, and gives their grants back.
pub(crate) async fn give_up(ctx: &Context) -> Result<(), StoreError> {
    let mut tx = ctx.db.begin().await?;
    let expired = waiting::take_expired(&mut tx, ctx.clock.now()).await?;
    give_back(ctx, tx, expired).await
}

/// Ends the transaction that forgot them, and only then says it at their providers.
pub async fn give_back(ctx: &Context, mut tx: Tx, left: Vec<Waiting>) -> Result<(), StoreError> {
    let mut all = Vec::new();
    for waiting in left {
        if let Some(held) = connections::load(&mut tx, &waiting.connection).await? {
            all.push((held.integration, waiting.found));
        }
    }
    tx.commit().await?;
    for (kind, found) in &all {
        farewell::give_back(ctx, kind, found);
    }
    Ok(())
}

async fn pair(
    ctx: &Context,
    tx: &mut Tx,
    (user, attempt): (&UserId, &AttemptId),
    session: &[u8; 32],
) -> Result<Option<Pair>, StoreError> {
    let found = waiting::find(tx, (attempt, session), ctx.clock.now()).await?;
    let Some(waiting) = found else { return Ok(None) };
    let held = connections::load(tx, &waiting.connection).await?;
    let held = held.filter(|held| held.owner.user() == Some(user));
    let Some(held) = held else { return Ok(None) };
    let kind = &held.integration;
    let principal = &waiting.found.principal.id;
    if connections::by_principal(tx, &held.owner, kind, principal).await?.is_some() {
        // It was connected meanwhile, here or beside it.
        return Ok(None);
    }
    let offer = of(tx, &held, &waiting.found).await?;
    Ok(Some(Pair { held, waiting, offer }))
}

async fn of(tx: &mut Tx, held: &Connection, found: &Examined) -> Result<Offer, StoreError> {
    let calendars = fates(tx, held, found).await?;
    let stands = |remote: &RemoteCalendar| {
        calendars.iter().any(|fate| fate.becomes.as_ref().is_some_and(|to| to.id == remote.id))
    };
    let added: Vec<_> = found.calendars.iter().filter(|remote| !stands(remote)).collect();
    let added = added.into_iter().map(|remote| remote.name.clone()).collect();
    let marked: Vec<_> = calendars
        .iter()
        .map(|fate| (&fate.calendar.id, fate.becomes.as_ref().map(|to| &to.id), fate.is_linked))
        .collect();
    let marked = format!("{} {} {marked:?}", held.era, found.principal.id);
    Ok(Offer {
        connection: held.id.clone(),
        was: held.principal.name.clone(),
        becomes: found.principal.name.clone(),
        mark: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(marked)),
        calendars,
        added,
    })
}

async fn fates(tx: &mut Tx, held: &Connection, found: &Examined) -> Result<Vec<Fate>, StoreError> {
    let user = match held.owner.user() {
        Some(user) => people::user(tx, user).await?,
        None => None,
    };
    let linked = user.and_then(|user| user.settings.linked_calendar);
    let all = calendars::of_connection(tx, &held.id).await?;
    let all: Vec<_> = all.into_iter().map(|(calendar, _)| calendar).collect();
    Ok(plan::fates(&all, &held.principal, found, linked.as_ref()))
}

/// The account that was found waits in the session that asked, if one did, and its try has failed
/// with that `refusal`; else its grant is given back. The transaction ends with it.
pub(crate) async fn wait(
    ctx: &Context,
    mut tx: Tx,
    (connection, found): (&ConnectionId, &Examined),
    (attempt, request): (Option<&AttemptId>, &Request),
    refusal: &Refusal,
) -> Result<(), StoreError> {
    let mut is_waiting = false;
    if let (Some(attempt), Some(session)) = (attempt, request.wishes.session) {
        let ends = ctx.clock.now().checked_add(SignedDuration::from_mins(MINUTES_MAX));
        let mut found = found.clone();
        if events::is_busy_only(&mut tx, connection).await? {
            found.credential = kept::times_of(&found.credential).unwrap_or(found.credential);
        }
        let waiting = Waiting {
            attempt: attempt.clone(),
            connection: connection.clone(),
            session,
            found,
            expires_at: ends.unwrap_or(Timestamp::MAX),
        };
        is_waiting = waiting::insert(&mut tx, &waiting).await?;
        ask_to_give_up(ctx, &mut tx, &waiting).await?;
    }
    if let Some(attempt) = attempt {
        attempt::fail(ctx, &mut tx, attempt, refusal).await?;
    }
    tx.commit().await?;
    if !is_waiting {
        farewell::give_back(ctx, &request.integration, found);
    }
    Ok(())
}

/// Puts `found` in the place of what the connection holds, and tells of it, in the transaction
/// that ends with it; perhaps with the wish that no more than its times is kept.
pub(crate) async fn put(
    ctx: &Context,
    mut tx: Tx,
    (busy_only, by): (bool, &By),
    (held, found, checks): (&Connection, &Examined, &[Check]),
    attempt: Option<&AttemptId>,
) -> Result<ConnectionId, StoreError> {
    let now = ctx.clock.now();
    connections::hold_era(&mut tx, held).await?;
    let fates = fates(&mut tx, held, found).await?;
    choices::remember(&mut tx, &held.id, connect::choices_kept_until(now)).await?;
    let farewell = Farewell::prepare(ctx, &mut tx, &held.id).await?;
    let account = (&found.principal, &found.credential);
    connections::begin_era(&mut tx, &held.id, account, checks, now).await?;
    for fate in fates.iter().filter(|fate| fate.is_linked && !fate.stays_linked()) {
        calendars::unlink(&mut tx, &fate.calendar.id).await?;
    }
    kept::hold_to_times(ctx, &mut tx, held, (busy_only, by)).await?;
    for fate in &fates {
        calendars::set_apart(&mut tx, &fate.calendar.id, now).await?;
        tx.announce(Change::Calendar(fate.calendar.id.clone()));
    }
    for fate in &fates {
        if let Some(to) = &fate.becomes {
            calendars::begin_anew(&mut tx, &fate.calendar.id, &to.id).await?;
        }
    }
    let connection = connections::load(&mut tx, &held.id).await?.ok_or(StoreError::Conflict)?;
    discover::take_over(ctx, &mut tx, &connection, &found.calendars, Cause::Connected).await?;
    discover::ask_listing(ctx, &mut tx, &held.id, now).await?;
    let say = format!("It holds {} now.", connection.principal.name);
    acts::record_with(ctx, &mut tx, by, ("connection.replaced", &say), held).await?;
    status::tell(ctx, &mut tx, &held.id, StatusCause::Replaced).await?;
    if let Some(attempt) = attempt {
        attempts::pass(&mut tx, attempt, &held.id, now).await?;
        tx.announce(Change::Attempt(attempt.clone()));
    }
    tx.commit().await?;
    if let Some(farewell) = farewell {
        ctx.tasks.spawn(farewell.say(now));
    }
    Ok(connection.id)
}

impl Fate {
    /// Are bookings written to it still, where they were?
    pub fn stays_linked(&self) -> bool {
        let to = self.becomes.as_ref().map(|to| to.access);
        self.is_linked && to == Some(CalendarAccess::Writer)
    }
}
