//! What people and programs do with webhooks, from the pages and through the API alike: each act
//! with its row of the audit log, in one transaction.

use connection::{AccountId, ApiKeyId, DeliveryId, Secret, UserId, WebhookId};
use jiff::{SignedDuration, Timestamp};
use store::audit::{self, Act, Actor};
use store::webhooks::{self, Delivery, Webhook};
use store::{Change, StoreError, Tx};
use sync::Context;
use url::Url;

/// Webhooks of one account.
pub const WEBHOOKS_MAX: usize = 20;
/// Characters of the address of one.
pub const URL_LENGTH_MAX: usize = 2_000;
/// How long the secret of before signs as well.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Who acts, and on whose behalf.
#[derive(Clone, Copy)]
pub struct Doer<'a> {
    pub account: &'a AccountId,
    pub by: Actor<'a>,
}

impl<'a> Doer<'a> {
    pub fn user(account: &'a AccountId, user: &'a UserId) -> Self {
        Self { account, by: Actor::User(user) }
    }

    pub fn key(account: &'a AccountId, key: &'a ApiKeyId) -> Self {
        Self { account, by: Actor::Key(key) }
    }

    /// Writes the act down.
    pub async fn record(
        &self,
        ctx: &Context,
        tx: &mut Tx,
        act: &str,
        (subject, say): ((&str, &str), Option<&str>),
    ) -> Result<(), StoreError> {
        let (account, by) = (self.account, self.by);
        let act = Act { account, by, act, for_user: None, subject: Some(subject), say };
        audit::record(tx, &act, ctx.clock.now(), ctx.dice.as_ref()).await
    }

    async fn did(
        &self,
        ctx: &Context,
        tx: &mut Tx,
        (act, webhook): (&str, &Webhook),
    ) -> Result<(), StoreError> {
        self.record(ctx, tx, act, ((webhook.id.as_str(), webhook.host()), None)).await
    }
}

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
    doer: Doer<'_>,
    url: &Url,
    events: Vec<String>,
) -> Result<(Webhook, Secret), NotDone> {
    let now = ctx.clock.now();
    let secret = sync::webhooks::new_secret(ctx);
    let webhook = Webhook {
        id: WebhookId::new(now, ctx.dice.as_ref()),
        account: doer.account.clone(),
        url: Secret::new(url.as_str()),
        events,
        previous_until: None,
        created_at: now,
        last_success_at: None,
        failing_since: None,
        disabled: None,
    };
    let mut tx = ctx.db.begin().await?;
    if webhooks::of_account(&mut tx, doer.account).await?.len() >= WEBHOOKS_MAX {
        return Err(NotDone::LimitReached);
    }
    webhooks::insert(&mut tx, &webhook, &secret).await?;
    let say = format!("told of {}", webhook.events.join(", "));
    let subject = (webhook.id.as_str(), webhook.host());
    doer.record(ctx, &mut tx, "webhook.added", (subject, Some(&say))).await?;
    tx.commit().await?;
    Ok((webhook, secret))
}

/// It, held until the act and its row of the audit log are written: what is gone meanwhile is not
/// acted on.
async fn hold(tx: &mut Tx, doer: Doer<'_>, id: &WebhookId) -> Result<Webhook, NotDone> {
    webhooks::hold(tx, doer.account, id).await?.ok_or(NotDone::Gone)
}

/// Forgets it, with all that it was told.
pub async fn delete(ctx: &Context, doer: Doer<'_>, id: &WebhookId) -> Result<(), NotDone> {
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, doer, id).await?;
    webhooks::delete(&mut tx, doer.account, id).await?;
    doer.did(ctx, &mut tx, ("webhook.deleted", &webhook)).await?;
    Ok(tx.commit().await?)
}

/// Gives it another secret, which is shown for the only time; the one of before signs as well for
/// a day.
pub async fn turn_secret(ctx: &Context, doer: Doer<'_>, id: &WebhookId) -> Result<Secret, NotDone> {
    let now = ctx.clock.now();
    let until = now.checked_add(OVERLAP).unwrap_or(Timestamp::MAX);
    let secret = sync::webhooks::new_secret(ctx);
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, doer, id).await?;
    webhooks::turn_secret(&mut tx, id, &secret, (now, until)).await?;
    doer.did(ctx, &mut tx, ("webhook.secret_turned", &webhook)).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Sends there again, after it was disabled.
pub async fn enable(ctx: &Context, doer: Doer<'_>, id: &WebhookId) -> Result<(), NotDone> {
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, doer, id).await?;
    webhooks::enable(&mut tx, id, ctx.clock.now(), ctx.dice.as_ref()).await?;
    doer.did(ctx, &mut tx, ("webhook.enabled", &webhook)).await?;
    tx.announce(Change::JobReady);
    Ok(tx.commit().await?)
}

/// Sends a test.
pub async fn test(ctx: &Context, doer: Doer<'_>, id: &WebhookId) -> Result<Delivery, NotDone> {
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, doer, id).await?;
    if webhook.disabled.is_some() {
        return Err(NotDone::Disabled);
    }
    let delivery = sync::webhooks::tell_test(ctx, &mut tx, &webhook).await?;
    doer.did(ctx, &mut tx, ("webhook.tested", &webhook)).await?;
    sent(tx, (id, &delivery)).await
}

/// Sends a delivery once more, under the same id.
pub async fn replay(
    ctx: &Context,
    doer: Doer<'_>,
    (id, delivery): (&WebhookId, &DeliveryId),
) -> Result<Delivery, NotDone> {
    let (now, dice) = (ctx.clock.now(), ctx.dice.as_ref());
    let mut tx = ctx.db.begin().await?;
    let webhook = hold(&mut tx, doer, id).await?;
    let found = webhooks::delivery(&mut tx, id, delivery).await?.ok_or(NotDone::Gone)?;
    if webhook.disabled.is_some() {
        return Err(NotDone::Disabled);
    }
    webhooks::deliver_anew(&mut tx, &found, now, dice).await?;
    let subject = (webhook.id.as_str(), webhook.host());
    let say = format!("{delivery} again");
    doer.record(ctx, &mut tx, "webhook.replayed", (subject, Some(&say))).await?;
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
