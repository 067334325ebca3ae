//! Webhooks: addresses of other programs that are told what happens here, with the secret by which
//! they know that it was us. What each of them is told is in `webhooks/deliveries.rs`.

mod deliveries;

use connection::{AccountId, Dice, Secret, WebhookId};
use jiff::Timestamp;

use crate::audit::{self, Act, Actor};
use crate::seal::Sealed;
use crate::statement::{Statement, sql};
use crate::{Keyring, Result, Tx, codec, dialect};

pub use deliveries::{
    Delivery, JOB, Lane, NewDelivery, Tried, deliver_anew, delivery, last, next, note, prune, put,
    tell,
};

/// An address that is told what happens here.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub id: WebhookId,
    pub account: AccountId,
    /// Whoever has it can post there: never to be logged.
    pub url: Secret,
    /// The kinds of event that it wants.
    pub events: Vec<String>,
    /// Until when the secret of before signs as well.
    pub previous_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub last_success_at: Option<Timestamp>,
    /// Since when nothing was taken there, while it is so.
    pub failing_since: Option<Timestamp>,
    /// Since when nothing is sent there, and why, as a stable code.
    pub disabled: Option<(Timestamp, String)>,
}

impl Webhook {
    /// All of its address that may be shown in a log.
    pub fn host(&self) -> &str {
        let url = self.url.reveal();
        let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = bare.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default()
    }
}

#[derive(sqlx::FromRow)]
struct WebhookRow {
    id: String,
    account_id: String,
    url_sealed: Vec<u8>,
    events: String,
    previous_secret_until: Option<i64>,
    created_at: i64,
    last_success_at: Option<i64>,
    failing_since: Option<i64>,
    disabled_at: Option<i64>,
    disabled_why: Option<String>,
}

impl WebhookRow {
    fn read(self, keys: &Keyring) -> Result<Webhook> {
        let disabled_at = codec::instant_maybe(self.disabled_at)?;
        Ok(Webhook {
            url: Secret::new(keys.open_text(Sealed::WebhookUrl, &self.id, &self.url_sealed)?),
            id: codec::id(&self.id)?,
            account: codec::id(&self.account_id)?,
            events: codec::from_json("webhooks.events", &self.events)?,
            previous_until: codec::instant_maybe(self.previous_secret_until)?,
            created_at: codec::instant(self.created_at)?,
            last_success_at: codec::instant_maybe(self.last_success_at)?,
            failing_since: codec::instant_maybe(self.failing_since)?,
            disabled: disabled_at.zip(self.disabled_why),
        })
    }
}

const COLUMNS: &str = "SELECT id, account_id, url_sealed, events, previous_secret_until, \
    created_at, last_success_at, failing_since, disabled_at, disabled_why FROM webhooks ";

async fn all(tx: &mut Tx, statement: Statement<'_>) -> Result<Vec<Webhook>> {
    let rows = tx.all::<WebhookRow>(statement).await?;
    rows.into_iter().map(|row| row.read(tx.keys())).collect()
}

/// Keeps a webhook with the secret that signs what it is told.
pub async fn insert(tx: &mut Tx, webhook: &Webhook, secret: &Secret) -> Result<()> {
    let id = webhook.id.as_str();
    let url = tx.keys().seal(Sealed::WebhookUrl, id, webhook.url.reveal().as_bytes())?;
    let secret = tx.keys().seal(Sealed::WebhookSecret, id, secret.reveal().as_bytes())?;
    let text = "INSERT INTO webhooks (id, account_id, url_sealed, events, secret_sealed, \
                created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sql(text)
        .bind(id)
        .bind(webhook.account.as_str())
        .bind(url)
        .bind(codec::json(&webhook.events))
        .bind(secret)
        .bind(webhook.created_at);
    tx.run(statement).await?;
    Ok(())
}

/// In the order in which they were made.
pub async fn of_account(tx: &mut Tx, account: &AccountId) -> Result<Vec<Webhook>> {
    let statement = sql(COLUMNS).text("WHERE account_id = $1 ORDER BY id").bind(account.as_str());
    all(tx, statement).await
}

/// One of the account's.
pub async fn find(tx: &mut Tx, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>> {
    let statement = sql(COLUMNS).text("WHERE id = $1 AND account_id = $2");
    let found = all(tx, statement.bind(id.as_str()).bind(account.as_str())).await?;
    Ok(found.into_iter().next())
}

/// The same, kept from all others until this transaction ends: for who does something with it.
pub async fn hold(tx: &mut Tx, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>> {
    let statement = sql(COLUMNS).text("WHERE id = $1 AND account_id = $2");
    let statement = statement.text(dialect::for_update(&tx.engine));
    let found = all(tx, statement.bind(id.as_str()).bind(account.as_str())).await?;
    Ok(found.into_iter().next())
}

/// Whosever it is: for the work behind the pages.
pub async fn load(tx: &mut Tx, id: &WebhookId) -> Result<Option<Webhook>> {
    let found = all(tx, sql(COLUMNS).text("WHERE id = $1").bind(id.as_str())).await?;
    Ok(found.into_iter().next())
}

/// The secrets that sign at `now`: the present one first, then that of before.
pub async fn secrets(tx: &mut Tx, id: &WebhookId, now: Timestamp) -> Result<Vec<Secret>> {
    let text = "SELECT secret_sealed, CASE WHEN previous_secret_until > $2 \
                THEN previous_secret_sealed END FROM webhooks WHERE id = $1";
    let row: Option<(Vec<u8>, Option<Vec<u8>>)> =
        tx.one(sql(text).bind(id.as_str()).bind(now)).await?;
    let Some((present, previous)) = row else { return Ok(Vec::new()) };
    let keys = tx.keys();
    let mut secrets = vec![keys.open_text(Sealed::WebhookSecret, id.as_str(), &present)?];
    if let Some(previous) = previous {
        secrets.push(keys.open_text(Sealed::WebhookPrevious, id.as_str(), &previous)?);
    }
    Ok(secrets.into_iter().map(Secret::new).collect())
}

/// Gives it another secret; the present one signs as well until then.
pub async fn turn_secret(
    tx: &mut Tx,
    id: &WebhookId,
    secret: &Secret,
    (now, until): (Timestamp, Timestamp),
) -> Result<()> {
    let present = secrets(tx, id, now).await?.into_iter().next();
    let Some(present) = present else { return Ok(()) };
    let keys = tx.keys();
    let new = keys.seal(Sealed::WebhookSecret, id.as_str(), secret.reveal().as_bytes())?;
    let old = keys.seal(Sealed::WebhookPrevious, id.as_str(), present.reveal().as_bytes())?;
    let text = "UPDATE webhooks SET secret_sealed = $1, previous_secret_sealed = $2, \
                previous_secret_until = $3 WHERE id = $4";
    tx.run(sql(text).bind(new).bind(old).bind(until).bind(id.as_str())).await?;
    Ok(())
}

/// Nothing more is sent there, for the reason of that code; what waits goes on waiting. It is an
/// act of Daymark's own, and stands in the audit log.
pub async fn disable(
    tx: &mut Tx,
    webhook: &Webhook,
    (why, say): (&str, &str),
    now: Timestamp,
    dice: &dyn Dice,
) -> Result<()> {
    let text = "UPDATE webhooks SET disabled_at = $1, disabled_why = $2 \
                WHERE id = $3 AND disabled_at IS NULL";
    if tx.run(sql(text).bind(now).bind(why).bind(webhook.id.as_str())).await? == 0 {
        return Ok(());
    }
    let act = Act {
        account: &webhook.account,
        by: Actor::Daymark,
        act: "webhook.disabled",
        for_user: None,
        subject: Some((webhook.id.as_str(), webhook.host())),
        say: Some(say),
    };
    audit::record(tx, &act, now, dice).await
}

/// It is sent to again: what waits is tried from the beginning.
pub async fn enable(tx: &mut Tx, id: &WebhookId, now: Timestamp, dice: &dyn Dice) -> Result<()> {
    let text = "UPDATE webhooks SET disabled_at = NULL, disabled_why = NULL, \
                failing_since = NULL WHERE id = $1";
    tx.run(sql(text).bind(id.as_str())).await?;
    let text = "UPDATE webhook_deliveries SET next_at = $1, tries = $2 \
                WHERE webhook_id = $3 AND next_at IS NOT NULL";
    tx.run(sql(text).bind(now).bind(0).bind(id.as_str())).await?;
    let text = "SELECT DISTINCT lane FROM webhook_deliveries \
                WHERE webhook_id = $1 AND next_at IS NOT NULL";
    let lanes: Vec<(String,)> = tx.all(sql(text).bind(id.as_str())).await?;
    for (name,) in lanes {
        Lane { webhook: id.clone(), name }.set_going(tx, now, dice).await?;
    }
    Ok(())
}

/// Forgets it with all that it was told. Says whether the account had it.
pub async fn delete(tx: &mut Tx, account: &AccountId, id: &WebhookId) -> Result<bool> {
    let text = "DELETE FROM webhooks WHERE id = $1 AND account_id = $2";
    Ok(tx.run(sql(text).bind(id.as_str()).bind(account.as_str())).await? > 0)
}
