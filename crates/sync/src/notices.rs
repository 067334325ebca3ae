//! Notices that come gathered, as Graph sends them: one look-up says which of them are true, and
//! one transaction takes those. What is forged costs its share of the look-up and no more.

use std::collections::{BTreeMap, HashMap};

use connection::{Channel, ChannelId};
use store::channels::{self, Held};
use store::{StoreError, Tx};

use crate::pull::Cause;
use crate::{Context, discover, watch};

/// What a notice asks for; of several about one channel, the last of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// Look again.
    Changed,
    /// The channel needs its holder: it is to be renewed.
    Needed,
    /// It was removed there.
    Removed,
}

/// Takes the notices of a batch, by the secret that each was rung with; it begins with the name of
/// its channel. Says how many channels were heard.
pub async fn take(ctx: &Context, notices: &BTreeMap<String, Notice>) -> Result<usize, StoreError> {
    let named = notices.iter().filter_map(|(secret, notice)| {
        let id: ChannelId = secret.split_once('.')?.0.parse().ok()?;
        Some((id, (secret, *notice)))
    });
    let named: Vec<_> = named.collect();
    let ids: Vec<&ChannelId> = named.iter().map(|(id, _)| id).collect();
    let mut tx = ctx.db.read().await?;
    let held = channels::among(&mut tx, &ids).await?;
    let held: HashMap<&ChannelId, &Held> = held.iter().map(|held| (&held.id, held)).collect();
    let known = named.iter().filter_map(|(id, (secret, notice))| {
        let held = held.get(id).filter(|held| watch::knows(held, secret))?;
        Some((*held, *notice))
    });
    let known: Vec<(&Held, Notice)> = known.collect();
    let mut news = Vec::new();
    for (held, notice) in &known {
        if *notice != Notice::Changed || !watch::is_answered(ctx, &mut tx, held).await? {
            news.push((held, notice));
        }
    }
    drop(tx);
    if news.is_empty() {
        return Ok(known.len());
    }
    let mut tx = ctx.db.begin().await?;
    for (held, notice) in news {
        match notice {
            Notice::Changed => watch::heard(ctx, &mut tx, held).await?,
            Notice::Needed | Notice::Removed => attend(ctx, &mut tx, held, *notice).await?,
        }
    }
    tx.commit().await?;
    Ok(known.len())
}

async fn attend(ctx: &Context, tx: &mut Tx, held: &Held, notice: Notice) -> Result<(), StoreError> {
    let now = ctx.clock.now();
    if notice == Notice::Removed {
        channels::delete(tx, &held.id).await?;
    } else if let Some(channel) = held.channel() {
        // As if its end had come: the job renews it.
        channels::set_open(tx, &Channel { expires_at: now, ..channel }).await?;
    }
    watch::ask_at(ctx, tx, &held.calendar, now).await?;
    discover::ask(ctx, tx, &held.calendar, Cause::Rung).await
}
