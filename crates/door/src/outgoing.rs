//! What people and programs do with webhooks, from the pages and through the API alike: each act
//! with its row of the audit log, in one transaction.

use connection::{DeliveryId, Secret, WebhookId};
use jiff::{SignedDuration, Timestamp};
use store::webhooks::{self, Delivery, Webhook};
use store::{Change, StoreError, Tx};
use sync::Context;
use url::Url;

use crate::acts::{self, Did, Who};

/// Webhooks of one account.
pub const WEBHOOKS_MAX: usize = 20;
/// Characters of the address of one.
pub const URL_LENGTH_MAX: usize = 2_000;
/// How long the secret of before signs as well.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Why nothing was done.
#[derive(Debug)]
pub enum NotDone {
    /// There are as many as there may be.
    LimitReached,
    /// Nothing is sent there until it is turned on again.
    Disabled,
    /// It, or the delivery, is not there.
    Gone,
    Store(StoreError),
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Adds a webhook; its secret is given for the only time.
pub async fn add(
    ctx: &Context,
    who: Who<'_>,
    url: &Url,
    events: Vec<String>,
) -> Result<(Webhook, Secret), NotDone> {
    let now = ctx.clock.now();
    let secret = sync::webhooks::new_secret(ctx);
    let webhook = Webhook {
        id: WebhookId::new(now, ctx.dice.as_ref()),
        account: who.0.clone(),
        url: Secret::new(url.as_str()),
        events,
        previous_until: None,
        created_at: now,
        last_success_at: None,
        failing_since: None,
        disabled: None,
    };
    let mut tx = ctx.db.begin().await?;
    if webhooks::of_account(&mut tx, who.0).await?.len() >= WEBHOOKS_MAX {
        return Err(NotDone::LimitReached);
    }
    webhooks::insert(&mut tx, &webhook, &secret).await?;
    let say = format!("told of {}", webhook.events.join(", "));
    let added = Did { say: Some(&say), ..did("webhook.added", &webhook) };
    acts::record(ctx, &mut tx, who, added).await?;
    tx.commit().await?;
    Ok((webhook, secret))
}

fn did<'d>(act: &'d str, webhook: &'d Webhook) -> Did<'d> {
    Did { act, subject: Some((webhook.id.as_str(), webhook.host())), ..Did::default() }
}

/// It, held until the act and its row of the audit log are written: what is gone meanwhile is not
/// acted on.
async fn hold(tx: &mut Tx, who: Who<'_>, id: &WebhookId) -> Result<Webhook, NotDone> {
    webhooks::hold(tx, who.0, id).await?.ok_or(NotDone::Gone)
}

/// Forgets it, with all that it was told.
pub async fn delete(ctx: &Context, who: Who<'_>, id: &WebhookId) -> Result<(), NotDone> {
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, who, id).await?;
    webhooks::delete(&mut tx, who.0, id).await?;
    acts::record(ctx, &mut tx, who, did("webhook.deleted", &webhook)).await?;
    Ok(tx.commit().await?)
}

/// Gives it another secret, which is shown for the only time; the one of before signs as well for
/// a day.
pub async fn turn_secret(ctx: &Context, who: Who<'_>, id: &WebhookId) -> Result<Secret, NotDone> {
    let now = ctx.clock.now();
    let until = now.checked_add(OVERLAP).unwrap_or(Timestamp::MAX);
    let secret = sync::webhooks::new_secret(ctx);
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, who, id).await?;
    webhooks::turn_secret(&mut tx, id, &secret, (now, until)).await?;
    acts::record(ctx, &mut tx, who, did("webhook.secret_turned", &webhook)).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Sends there again, after it was disabled.
pub async fn enable(ctx: &Context, who: Who<'_>, id: &WebhookId) -> Result<(), NotDone> {
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, who, id).await?;
    webhooks::enable(&mut tx, id, ctx.clock.now(), ctx.dice.as_ref()).await?;
    acts::record(ctx, &mut tx, who, did("webhook.enabled", &webhook)).await?;
    tx.announce(Change::JobReady);
    Ok(tx.commit().await?)
}

/// Sends a test.
pub async fn test(ctx: &Context, who: Who<'_>, id: &WebhookId) -> Result<Delivery, NotDone> {
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, who, id).await?;
    if webhook.disabled.is_some() {
        return Err(NotDone::Disabled);
    }
    let delivery = sync::webhooks::tell_test(ctx, &mut tx, &webhook).await?;
    acts::record(ctx, &mut tx, who, did("webhook.tested", &webhook)).await?;
    sent(tx, (id, &delivery)).await
}

/// Sends a delivery once more, under the same id.
pub async fn replay(
    ctx: &Context,
    who: Who<'_>,
    (id, delivery): (&WebhookId, &DeliveryId),
) -> Result<Delivery, NotDone> {
    let (now, dice) = (ctx.clock.now(), ctx.dice.as_ref());
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, who, id).await?;
    let found = webhooks::delivery(&mut tx, id, delivery).await?.ok_or(NotDone::Gone)?;
    if webhook.disabled.is_some() {
        return Err(NotDone::Disabled);
    }
    webhooks::deliver_anew(&mut tx, &found, now, dice).await?;
    let say = format!("{delivery} again");
    let replayed = Did { say: Some(&say), ..did("webhook.replayed", &webhook) };
    acts::record(ctx, &mut tx, who, replayed).await?;
    sent(tx, (id, delivery)).await
}

/// It is on its way.
async fn sent(mut tx: Tx, (webhook, id): (&WebhookId, &DeliveryId)) -> Result<Delivery, NotDone> {
    let delivery = webhooks::delivery(&mut tx, webhook, id).await?.ok_or(NotDone::Gone)?;
    tx.announce(Change::JobReady);
    tx.commit().await?;
    Ok(delivery)
}

/// Why a webhook was disabled, or a delivery failed, in a sentence for a person.
pub fn say(code: &str) -> &'static str {
    match code {
        "gave_up" => "Nothing was taken there for three days.",
        "gone" => "It answered 410: it wants nothing more.",
        "too_many_waiting" => "Too much waited for it: 5,000 deliveries of one connection.",
        "refused" => "It answered with another status than 2xx.",
        "redirected" => "It sent us elsewhere; give the address that it leads to.",
        "timed_out" => "It did not answer within 15 seconds.",
        "unreachable" => "There is no such host, or nobody answers there.",
        "certificate_invalid" => "Its certificate is not valid for that host.",
        "address_forbidden" => {
            "The address leads into a private network, or to another port than 80 and 443."
        }
        "address_insecure" => "Over http others could read it. Give the https address.",
        "too_large" => "Its answer was larger than 256 kB.",
        "interrupted" => "Its answer broke off.",
        _ => "Its answer was not understood.",
    }
}
