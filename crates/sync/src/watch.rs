//! Push: keeps a channel open for each calendar whose provider can ring, and says where a calendar
//! is polled instead. A ring carries no news (law 4): it only asks for a pull.

mod channel;
mod ring;

use connection::{Access, Calendar, CalendarId, Connection, ProviderError, StatusCause, Watching};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use store::channels::{self, Held};
use store::jobs::{self, Job, NewJob};
use store::{Change, StoreError, Tx, calendars, connections};

use crate::pull::{Cause, PullError};
use crate::{Context, Outcome, access, discover, run, status};
use channel::{again_at, due_at, is_silent};

pub use ring::{Rung, ring};
pub(crate) use ring::{doubt, heard, is_answered, knows};

/// The kind of job that keeps a calendar's channel; its subject is the calendar's id.
pub(crate) const JOB: &str = "watch_calendar";
/// Where a provider refuses to ring, it is asked again after this long.
const REFUSED_AGAIN_S: i64 = 6 * 3_600;
/// A ring may be so late before its channel counts as silent (Graph: "up to three minutes").
const LATE_MAX_S: i64 = 300;

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Asks for the channel of a calendar to be looked after at `run_at`.
pub(crate) async fn ask_at(
    ctx: &Context,
    tx: &mut Tx,
    id: &CalendarId,
    run_at: Timestamp,
) -> Result<(), StoreError> {
    let job = NewJob {
        kind: JOB,
        subject: id.as_str(),
        cause: Cause::Timer.as_str(),
        run_at,
        priority: 0,
    };
    jobs::enqueue(tx, &job, ctx.clock.now(), ctx.dice.as_ref()).await?;
    tx.announce(Change::JobReady);
    Ok(())
}

/// Does nobody look after the channel of a calendar that could have one? Its job came to an end
/// while its connection was paused, the calendar was gone, or providers had no address to call.
pub(crate) async fn is_forgotten(
    ctx: &Context,
    tx: &mut Tx,
    calendar: &Calendar,
) -> Result<bool, StoreError> {
    let could_have_one = ctx.public_url.is_some() && calendar.gone_at.is_none();
    Ok(could_have_one && !jobs::is_wanted(tx, JOB, calendar.id.as_str()).await?)
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn is_present(held: &Held) -> bool {
    held.open.is_some() && held.retired_at.is_none()
}

/// All that one look after a channel needs.
struct Watch<'a> {
    ctx: &'a Context,
    calendar: Calendar,
    connection: Connection,
    watching: Watching,
    /// How often it is asked where it does not ring.
    poll_every_s: i64,
    held: Vec<Held>,
}

/// Opens, renews or replaces the channel of a calendar, and closes those that are over.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Ok(id) = job.subject.parse::<CalendarId>() else { return Outcome::Done };
    let watch = match Watch::load(&ctx, &id).await {
        Ok(Some(watch)) => watch,
        Ok(None) => return Outcome::Done,
        Err(failure) => return run::store_failed(&ctx, &job, &failure),
    };
    match watch.look_after_signed_in().await {
        Ok(Some(at)) => Outcome::Again { at },
        Ok(None) => Outcome::Done,
        Err(PullError::Store(failure)) => run::store_failed(&ctx, &job, &failure),
        Err(PullError::Provider(failure)) => match watch.failed(&failure).await {
            Ok(()) => Outcome::Retry {
                at: run::retry_at(&ctx, &failure, job.attempt),
                failure: failure.code().into(),
            },
            Err(failure) => run::store_failed(&ctx, &job, &failure),
        },
    }
}

impl<'a> Watch<'a> {
    /// `None` where there is nothing to watch, or its connection waits for a person.
    async fn load(ctx: &'a Context, id: &CalendarId) -> Result<Option<Self>, StoreError> {
        let mut tx = ctx.db.read().await?;
        let Some(calendar) = calendars::load(&mut tx, id).await? else { return Ok(None) };
        let Some(connection) = connections::load(&mut tx, &calendar.connection).await? else {
            return Ok(None);
        };
        let held = channels::of_calendar(&mut tx, id).await?;
        let Some(integration) = ctx.catalogue.find(connection.integration.as_str()) else {
            return Ok(None);
        };
        let Some(watching) = integration.watch.clone() else { return Ok(None) };
        let waits = connection.attention.is_some() || connection.paused_at.is_some();
        if waits || calendar.gone_at.is_some() {
            return Ok(None);
        }
        let poll_every_s = integration.poll_every_s;
        Ok(Some(Self { ctx, calendar, connection, watching, poll_every_s, held }))
    }

    /// Says when to look again. What is refused is tried once more with another access.
    async fn look_after_signed_in(&self) -> Result<Option<Timestamp>, PullError> {
        let (ctx, connection, now) = (self.ctx, &self.connection, self.ctx.clock.now());
        let Some(address) = &ctx.public_url else {
            let say = "This installation has no address that providers can call; an \
                       administrator can set one.";
            self.is_polled(say).await?;
            self.retire().await?;
            return Ok(None);
        };
        if let Some(until) = connection.throttled_until.filter(|until| *until > now) {
            return Ok(Some(until));
        }
        let address = format!("{address}{}", self.watching.hook);
        let access = access::fresh(ctx, connection, None).await?;
        match self.look_after(&access, &address).await {
            Err(PullError::Provider(failure)) => {
                let access = access::another(ctx, connection, &access, failure).await?;
                self.look_after(&access, &address).await
            }
            other => other,
        }
    }

    async fn look_after(
        &self,
        access: &Access,
        address: &str,
    ) -> Result<Option<Timestamp>, PullError> {
        let now = self.ctx.clock.now();
        let present = self.present();
        let unproven = present.is_some_and(|held| self.is_unproven(held));
        let due = present.and_then(|held| if unproven { again_at(held) } else { due_at(held) });
        let at = match due {
            Some(at) if at > now => Some(at),
            _ => self.open(access, address, (present, unproven)).await?,
        };
        self.close_retired(access).await?;
        let rang = present.is_some_and(|held| held.rung_at.is_some()) && !unproven;
        if rang && !self.calendar.push && due.is_some_and(|at| at > now) {
            self.rings().await?;
        }
        Ok(at)
    }

    /// Is this one silent, or does it stand in for one that was and has not rung yet?
    fn is_unproven(&self, held: &Held) -> bool {
        let now = self.ctx.clock.now();
        let stands = held.open.as_ref().is_some_and(|(_, end)| *end > now);
        is_silent(held, now) || stands && !self.calendar.push && held.rung_at.is_none()
    }

    fn present(&self) -> Option<&Held> {
        self.held.iter().find(|held| is_present(held))
    }

    /// When a channel ends that rings until then, whatever became of its renewal.
    fn rings_until(&self) -> Option<Timestamp> {
        let now = self.ctx.clock.now();
        let present = self.present().filter(|held| self.calendar.push && !is_silent(held, now));
        present?.open.as_ref().map(|(_, end)| *end).filter(|end| *end > now)
    }

    /// It could not be asked to ring.
    async fn failed(&self, failure: &ProviderError) -> Result<(), StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        run::slow_down(&mut tx, &self.connection.id, failure).await?;
        if self.rings_until().is_none() {
            let say = "It could not be reached to ask it to ring. This is tried again by itself.";
            self.set_push(&mut tx, Some(say)).await?;
        }
        tx.commit().await
    }

    async fn rings(&self) -> Result<(), StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        self.set_push(&mut tx, None).await?;
        tx.commit().await
    }

    async fn is_polled(&self, say: &str) -> Result<(), StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        self.set_push(&mut tx, Some(say)).await?;
        tx.commit().await
    }

    /// Says that its provider rings, or why it is polled.
    async fn set_push(&self, tx: &mut Tx, polled: Option<&str>) -> Result<(), StoreError> {
        let (ctx, id, now) = (self.ctx, &self.calendar.id, self.ctx.clock.now());
        connections::hold_era(tx, &self.connection).await?;
        let rings = polled.is_none();
        let every_s = if rings { self.watching.poll_every_s } else { self.poll_every_s };
        channels::set_push(tx, id, rings, polled, now).await?;
        if every_s != self.calendar.poll_every_s {
            calendars::set_poll_every(tx, id, every_s).await?;
            // The next poll may lie beyond the new interval.
            let job = (crate::pull::JOB, id.as_str());
            discover::enqueue(ctx, tx, job, Cause::Timer, run::after(ctx, every_s)).await?;
            // What was too old for one interval may not be for another, and the other way round.
            status::tell(ctx, tx, &self.connection.id, StatusCause::Time).await?;
        }
        tx.announce(Change::Calendar(id.clone()));
        tx.announce(Change::Connection(self.connection.id.clone()));
        Ok(())
    }
}
