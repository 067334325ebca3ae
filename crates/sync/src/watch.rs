//! Push: keeps a channel open for each calendar whose provider can ring, takes rings, and says
//! where a calendar is polled instead. A ring carries no news (law 4): it only asks for a pull.

use std::fmt::Write;

use connection::{
    Access, Bell, Calendar, CalendarId, Channel, ChannelId, Connection, ProviderError, Secret,
    Watching,
};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use store::channels::{self, Held, NewChannel};
use store::jobs::{self, Job, NewJob};
use store::{Change, StoreError, Tx, calendars, connections};
use subtle::ConstantTimeEq;

use crate::pull::{Cause, PullError};
use crate::{Context, Outcome, access, discover, run};

/// The kind of job that keeps a calendar's channel; its subject is the calendar's id.
pub(crate) const JOB: &str = "watch_calendar";
/// A channel is renewed when this much of its life is left, but not sooner than is needed.
const RENEW_BEFORE_H: i64 = 24;
/// The same for channels that do not live that long: a part of their life.
const RENEW_BEFORE_PART: i64 = 4;
/// Where a provider refuses to ring, it is asked again after this long.
const REFUSED_AGAIN_S: i64 = 6 * 3_600;
/// A ring may be so late before its channel counts as silent (Graph: "up to three minutes").
const LATE_MAX_S: i64 = 300;

/// What became of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// The calendar is pulled.
    Heard,
    /// Nobody here asked for it, or it does not know the secret: nothing was done.
    Unknown,
}

/// A provider rang: `secret` proves that it is who was asked to. `says_changed` is false for a
/// first ring that only says that the channel stands.
pub async fn ring(
    ctx: &Context,
    id: &ChannelId,
    secret: &str,
    says_changed: bool,
) -> Result<Rung, StoreError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.read().await?;
    let held = channels::find(&mut tx, id).await?;
    let Some(held) = held.filter(|held| knows(held, secret)) else { return Ok(Rung::Unknown) };
    let Some(calendar) = calendars::load(&mut tx, &held.calendar).await? else {
        return Ok(Rung::Unknown);
    };
    drop(tx);
    if !says_changed {
        return Ok(Rung::Heard);
    }
    let mut tx = ctx.db.begin().await?;
    channels::record_ring(&mut tx, id, now).await?;
    discover::ask(ctx, &mut tx, &held.calendar, Cause::Rung).await?;
    if !calendar.push && held.retired_at.is_none() {
        ask_at(ctx, &mut tx, &calendar.id, now).await?;
    }
    tx.commit().await?;
    Ok(Rung::Heard)
}

/// The far side says that a channel needs its holder: it is to be renewed, or was removed there.
pub async fn attend(
    ctx: &Context,
    id: &ChannelId,
    secret: &str,
    removed: bool,
) -> Result<Rung, StoreError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    let held = channels::find(&mut tx, id).await?;
    let Some(held) = held.filter(|held| knows(held, secret)) else { return Ok(Rung::Unknown) };
    if removed {
        channels::delete(&mut tx, id).await?;
    } else if let Some(channel) = held.channel() {
        // As if its end had come: the job renews it.
        channels::set_open(&mut tx, &Channel { expires_at: now, ..channel }).await?;
    }
    ask_at(ctx, &mut tx, &held.calendar, now).await?;
    discover::ask(ctx, &mut tx, &held.calendar, Cause::Rung).await?;
    tx.commit().await?;
    Ok(Rung::Heard)
}

fn knows(held: &Held, secret: &str) -> bool {
    held.secret_hash.ct_eq(&hash(secret)).into()
}

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

/// A poll found changes: had its channel told of them since the last look?
pub(crate) async fn doubt(
    ctx: &Context,
    tx: &mut Tx,
    calendar: &Calendar,
) -> Result<(), StoreError> {
    let (true, Some(looked_at)) = (calendar.push, calendar.known_at) else { return Ok(()) };
    let now = ctx.clock.now();
    let held = channels::of_calendar(tx, &calendar.id).await?;
    let Some(present) = held.iter().find(|held| is_present(held)) else { return Ok(()) };
    if present.rung_at.is_none_or(|at| at < looked_at) && present.created_at <= looked_at {
        channels::doubt(tx, &present.id, now).await?;
        ask_at(ctx, tx, &calendar.id, later(now, LATE_MAX_S)).await?;
    }
    Ok(())
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
    match watch.look_after().await {
        Ok(Some(at)) => Outcome::Again { at },
        Ok(None) => Outcome::Done,
        Err(PullError::Store(failure)) => run::store_failed(&ctx, &job, &failure),
        Err(PullError::Provider(failure)) => {
            let say = "It could not be reached to ask it to ring. This is tried again by itself.";
            match watch.is_polled(say).await {
                Ok(()) => Outcome::Retry {
                    at: run::backoff(&ctx, job.attempt),
                    failure: failure.code().into(),
                },
                Err(failure) => run::store_failed(&ctx, &job, &failure),
            }
        }
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

    /// Says when to look again.
    async fn look_after(&self) -> Result<Option<Timestamp>, PullError> {
        let Some(address) = &self.ctx.public_url else {
            self.is_polled(
                "This installation has no address that providers can call; an administrator can \
                 set one.",
            )
            .await?;
            return Ok(None);
        };
        let address = format!("{address}{}", self.watching.hook);
        let access = access::fresh(self.ctx, &self.connection, None).await?;
        let now = self.ctx.clock.now();
        let present = self.held.iter().find(|held| is_present(held));
        let silent = present.is_some_and(|held| is_silent(held, now));
        let due = present.filter(|_| !silent).and_then(due_at);
        let at = match due {
            Some(at) if at > now => Some(at),
            _ => self.open(&access, &address, (present, silent)).await?,
        };
        self.close_retired(&access).await?;
        if present.is_some() && !silent && !self.calendar.push && due.is_some_and(|at| at > now) {
            self.rings().await?;
        }
        Ok(at)
    }

    /// Opens a channel, or renews the one that there is.
    async fn open(
        &self,
        access: &Access,
        address: &str,
        (present, silent): (Option<&Held>, bool),
    ) -> Result<Option<Timestamp>, PullError> {
        let now = self.ctx.clock.now();
        let bell = self.hang(address).await?;
        let old = present.filter(|_| !silent).and_then(Held::channel);
        let (adapter, remote) = (&self.watching.adapter, &self.calendar.remote);
        let renewed = match &old {
            Some(old) => match adapter.renew(access, (remote, old), &bell, now).await {
                Err(ProviderError::Gone) => adapter.open(access, remote, &bell, now).await,
                other => other,
            },
            None => adapter.open(access, remote, &bell, now).await,
        };
        match renewed {
            Ok(channel) => {
                self.opened(&channel, &bell, silent).await?;
                Ok(due_of(&channel, now))
            }
            Err(failure) => {
                self.take_down(&bell.channel).await?;
                let ProviderError::Refused { say } = failure else {
                    return Err(failure.into());
                };
                self.is_polled(&say).await?;
                Ok(Some(run::after(self.ctx, REFUSED_AGAIN_S)))
            }
        }
    }

    /// A bell of its own for each channel, written down before it can ring. Its secret begins with
    /// the channel's name: Graph brings nothing else back that is ours.
    async fn hang(&self, address: &str) -> Result<Bell, StoreError> {
        let now = self.ctx.clock.now();
        let mut chance = [0; 32];
        self.ctx.dice.fill(&mut chance);
        let id = ChannelId::new(now, self.ctx.dice.as_ref());
        let mut secret = format!("{id}.");
        for byte in chance {
            write!(secret, "{byte:02x}").expect("a text takes text");
        }
        let calendar = self.calendar.id.clone();
        let new = NewChannel { id: id.clone(), calendar, secret_hash: hash(&secret), now };
        let mut tx = self.ctx.db.begin().await?;
        channels::insert(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(Bell { channel: id, address: address.to_owned(), secret: Secret::new(secret) })
    }

    async fn take_down(&self, id: &ChannelId) -> Result<(), StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        channels::delete(&mut tx, id).await?;
        tx.commit().await
    }

    /// One that stands in for a silent one has to ring before it is believed.
    async fn opened(&self, channel: &Channel, bell: &Bell, silent: bool) -> Result<(), StoreError> {
        let (ctx, id, now) = (self.ctx, &self.calendar.id, self.ctx.clock.now());
        let mut tx = ctx.db.begin().await?;
        channels::set_open(&mut tx, channel).await?;
        if channel.id != bell.channel {
            channels::delete(&mut tx, &bell.channel).await?;
        }
        channels::retire_others(&mut tx, id, Some(&channel.id), now).await?;
        // What changed before it stood did not ring.
        discover::ask(ctx, &mut tx, id, Cause::Timer).await?;
        tx.commit().await?;
        if silent {
            let say = "It did not ring although something had changed. It has been asked anew.";
            return self.is_polled(say).await;
        }
        self.rings().await
    }

    async fn rings(&self) -> Result<(), StoreError> {
        self.set_push(true, None, self.watching.poll_every_s).await
    }

    async fn is_polled(&self, say: &str) -> Result<(), StoreError> {
        self.set_push(false, Some(say), self.poll_every_s).await
    }

    async fn set_push(
        &self,
        rings: bool,
        say: Option<&str>,
        every_s: i64,
    ) -> Result<(), StoreError> {
        let (ctx, id, now) = (self.ctx, &self.calendar.id, self.ctx.clock.now());
        let mut tx = ctx.db.begin().await?;
        channels::set_push(&mut tx, id, rings, say, now).await?;
        if every_s != self.calendar.poll_every_s {
            calendars::set_poll_every(&mut tx, id, every_s).await?;
            // The next poll may lie beyond the new interval.
            let job = (crate::pull::JOB, id.as_str());
            discover::enqueue(ctx, &mut tx, job, Cause::Timer, run::after(ctx, every_s)).await?;
        }
        tx.announce(Change::Calendar(id.clone()));
        tx.announce(Change::Connection(self.connection.id.clone()));
        tx.commit().await
    }

    /// Closes what another has replaced, and forgets what never stood. What cannot be closed now
    /// ends by itself.
    async fn close_retired(&self, access: &Access) -> Result<(), PullError> {
        let mut tx = self.ctx.db.read().await?;
        let held = channels::of_calendar(&mut tx, &self.calendar.id).await?;
        drop(tx);
        for held in held.iter().filter(|held| held.retired_at.is_some()) {
            if let Some(channel) = held.channel() {
                let closed = self.watching.adapter.close(access, &channel).await;
                let now = self.ctx.clock.now();
                let stays = matches!(
                    closed,
                    Err(ProviderError::Unavailable { .. } | ProviderError::Throttled { .. })
                );
                if stays && channel.expires_at > now {
                    continue;
                }
            }
            self.take_down(&held.id).await?;
        }
        Ok(())
    }
}

/// A poll found changes some minutes ago, and it has not told of them since.
fn is_silent(held: &Held, now: Timestamp) -> bool {
    held.doubted_at.is_some_and(|at| later(at, LATE_MAX_S) <= now)
}

fn due_at(held: &Held) -> Option<Timestamp> {
    due_of(&held.channel()?, held.created_at)
}

/// When a channel that was opened at `since` must be renewed.
fn due_of(channel: &Channel, since: Timestamp) -> Option<Timestamp> {
    let life_s = channel.expires_at.as_second().saturating_sub(since.as_second()).max(0);
    let before_s = (RENEW_BEFORE_H * 3_600).min(life_s / RENEW_BEFORE_PART);
    channel.expires_at.checked_sub(SignedDuration::from_secs(before_s)).ok()
}
