//! What a ring does: it is checked, and asks for a pull. And what is noticed where none comes.

use connection::{Calendar, ChannelId};
use store::channels::{self, Held};
use store::{StoreError, Tx, calendars, jobs};
use subtle::ConstantTimeEq;

use super::{LATE_MAX_S, ask_at, hash, is_present, later};
use crate::pull::{self, Cause};
use crate::{Context, discover};

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
    let mut tx = ctx.db.read().await?;
    let held = channels::find(&mut tx, id).await?;
    let Some(held) = held.filter(|held| knows(held, secret)) else { return Ok(Rung::Unknown) };
    if !says_changed || is_answered(ctx, &mut tx, &held).await? {
        return Ok(Rung::Heard);
    }
    drop(tx);
    let mut tx = ctx.db.begin().await?;
    heard(ctx, &mut tx, &held).await?;
    tx.commit().await?;
    Ok(Rung::Heard)
}

/// Has it rung already for a pull that is due and has not begun? That one brings what changed until
/// now: there is nothing to write down.
pub(crate) async fn is_answered(
    ctx: &Context,
    tx: &mut Tx,
    held: &Held,
) -> Result<bool, StoreError> {
    if held.rung_at.is_none() || held.doubted_at.is_some() {
        return Ok(false);
    }
    let pull = (pull::JOB, held.calendar.as_str(), Cause::Rung.as_str());
    jobs::is_coming(tx, pull, ctx.clock.now()).await
}

/// Whoever knew the secret of a channel rang.
pub(crate) async fn heard(ctx: &Context, tx: &mut Tx, held: &Held) -> Result<(), StoreError> {
    let now = ctx.clock.now();
    channels::record_ring(tx, &held.id, now).await?;
    discover::ask(ctx, tx, &held.calendar, Cause::Rung).await?;
    let calendar = calendars::load(tx, &held.calendar).await?;
    if held.retired_at.is_none() && calendar.is_some_and(|calendar| !calendar.push) {
        ask_at(ctx, tx, &held.calendar, now).await?;
    }
    Ok(())
}

pub(crate) fn knows(held: &Held, secret: &str) -> bool {
    held.secret_hash.ct_eq(&hash(secret)).into()
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
