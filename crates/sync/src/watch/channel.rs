//! One calendar's channel: hung, opened, renewed or replaced, and closed when it is over.

use std::fmt::Write;

use connection::{Access, Bell, Channel, ChannelId, ProviderError, Secret};
use jiff::{SignedDuration, Timestamp};
use store::channels::{self, Held, NewChannel};
use store::{StoreError, connections};

use super::{LATE_MAX_S, REFUSED_AGAIN_S, Watch, hash, later};
use crate::pull::{Cause, PullError};
use crate::{discover, run};

/// A channel is renewed when this much of its life is left, but not sooner than is needed.
const RENEW_BEFORE_H: i64 = 24;
/// The same for channels that do not live that long: a part of their life.
const RENEW_BEFORE_PART: i64 = 4;

/// Opening one takes no longer: what was hung before and stands not yet, was given up.
const OPENING_MAX_S: i64 = 300;
/// Why a calendar is polled although it has a channel.
const SILENT: &str = "It did not ring although something had changed. It has been asked anew.";

impl Watch<'_> {
    /// Opens a channel, or renews the one that there is.
    pub(super) async fn open(
        &self,
        access: &Access,
        address: &str,
        (present, unproven): (Option<&Held>, bool),
    ) -> Result<Option<Timestamp>, PullError> {
        let now = self.ctx.clock.now();
        let bell = self.hang(address).await?;
        let old = present.filter(|_| !unproven).and_then(Held::channel);
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
                self.opened(&channel, &bell, unproven).await?;
                let again_at = if unproven { later(now, REFUSED_AGAIN_S) } else { Timestamp::MAX };
                Ok(due_of(&channel, now).map(|at| at.min(again_at)))
            }
            Err(failure) => {
                self.take_down(&bell.channel).await?;
                let ProviderError::Refused { say } = failure else {
                    return Err(failure.into());
                };
                let again_at = run::after(self.ctx, REFUSED_AGAIN_S);
                if let Some(end) = self.rings_until() {
                    return Ok(Some(end.min(again_at)));
                }
                self.is_polled(&say).await?;
                Ok(Some(again_at))
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
        connections::hold_era(&mut tx, &self.connection).await?;
        let opening = now.checked_sub(SignedDuration::from_secs(OPENING_MAX_S)).unwrap_or(now);
        let has_sibling = channels::has_sibling(&mut tx, &new.calendar, (now, opening)).await?;
        channels::insert(&mut tx, &new).await?;
        tx.commit().await?;
        let (address, secret) = (address.to_owned(), Secret::new(secret));
        Ok(Bell { channel: id, address, secret, is_only: !has_sibling })
    }

    async fn take_down(&self, id: &ChannelId) -> Result<(), StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        channels::delete(&mut tx, id).await?;
        tx.commit().await
    }

    /// One that stands in for a silent one has to ring before it is believed.
    async fn opened(
        &self,
        channel: &Channel,
        bell: &Bell,
        unproven: bool,
    ) -> Result<(), StoreError> {
        let (ctx, id, now) = (self.ctx, &self.calendar.id, self.ctx.clock.now());
        let mut tx = ctx.db.begin().await?;
        connections::hold_era(&mut tx, &self.connection).await?;
        channels::set_open(&mut tx, channel).await?;
        if channel.id != bell.channel {
            channels::delete(&mut tx, &bell.channel).await?;
        }
        channels::retire_others(&mut tx, id, Some(&channel.id), now).await?;
        // What changed before it stood did not ring.
        discover::ask(ctx, &mut tx, id, Cause::Timer).await?;
        self.set_push(&mut tx, unproven.then_some(SILENT)).await?;
        tx.commit().await
    }

    /// Lets all go: they ring at an address that is not ours any more. They are closed when
    /// another stands.
    pub(super) async fn retire(&self) -> Result<(), StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        channels::retire_others(&mut tx, &self.calendar.id, None, self.ctx.clock.now()).await?;
        tx.commit().await
    }

    /// Closes what another has replaced, and forgets what never stood. What cannot be closed now
    /// ends by itself.
    pub(super) async fn close_retired(&self, access: &Access) -> Result<(), PullError> {
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
pub(super) fn is_silent(held: &Held, now: Timestamp) -> bool {
    held.doubted_at.is_some_and(|at| later(at, LATE_MAX_S) <= now)
}

pub(super) fn due_at(held: &Held) -> Option<Timestamp> {
    due_of(&held.channel()?, held.created_at)
}

/// When one that has not proven itself is replaced, unless it rings; a silent one at once.
pub(super) fn again_at(held: &Held) -> Option<Timestamp> {
    let again_at = later(held.created_at, REFUSED_AGAIN_S);
    due_at(held).filter(|_| held.doubted_at.is_none()).map(|due| due.min(again_at))
}

/// When a channel that was opened at `since` must be renewed.
fn due_of(channel: &Channel, since: Timestamp) -> Option<Timestamp> {
    let life_s = channel.expires_at.as_second().saturating_sub(since.as_second()).max(0);
    let before_s = (RENEW_BEFORE_H * 3_600).min(life_s / RENEW_BEFORE_PART);
    channel.expires_at.checked_sub(SignedDuration::from_secs(before_s)).ok()
}
