//! What webhooks are told: written in the transaction of the fact, tried until it is taken, and
//! kept for a while afterwards. Of one lane, the oldest that is not over goes first.

use connection::{AccountId, ConnectionId, DeliveryId, Dice, NotAnId, WebhookId};
use jiff::Timestamp;

use super::{disable, load};
use crate::jobs::{self, NewJob};
use crate::statement::{Statement, sql};
use crate::{Result, Tx, codec};

/// The kind of job that sends what waits; its subject is a [`Lane`].
pub const JOB: &str = "send_to_webhook";
/// What may wait in one lane; with more, nobody takes anything there.
const WAITING_MAX: i64 = 5_000;
/// Why a webhook is disabled then: as a code, and for the audit log.
const TOO_MANY_WAITING: (&str, &str) =
    ("too_many_waiting", "too much waited for it: 5,000 deliveries of one connection");

/// A line in which deliveries wait for one another: those of one connection to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub webhook: WebhookId,
    /// A connection, or a delivery that waits for no other.
    pub name: String,
}

impl Lane {
    /// As the subject of a job.
    pub fn subject(&self) -> String {
        format!("{}/{}", self.webhook, self.name)
    }

    /// The reverse of [`Lane::subject`].
    pub fn parse(subject: &str) -> Option<Self> {
        let (webhook, name) = subject.split_once('/')?;
        let webhook: std::result::Result<WebhookId, NotAnId> = webhook.parse();
        Some(Self { webhook: webhook.ok()?, name: name.to_owned() })
    }

    /// Asks for the job that sends what waits in it.
    pub(super) async fn set_going(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        dice: &dyn Dice,
    ) -> Result<()> {
        let subject = self.subject();
        let job = NewJob { kind: JOB, subject: &subject, cause: "told", run_at: now, priority: 0 };
        jobs::enqueue(tx, &job, now, dice).await?;
        Ok(())
    }
}

/// What is to be told.
#[derive(Debug, Clone, Copy)]
pub struct NewDelivery<'a> {
    /// The kind of event, `noun.verb`.
    pub kind: &'a str,
    /// The connection that it is about: what is told of it arrives in order.
    pub connection: Option<&'a ConnectionId>,
    /// What is posted, byte by byte.
    pub payload: &'a str,
}

/// One event on its way to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub lane: String,
    pub kind: String,
    pub payload: String,
    pub created_at: Timestamp,
    /// When it is tried next; `None` once it is over.
    pub next_at: Option<Timestamp>,
    pub tries: i64,
    pub tried_at: Option<Timestamp>,
    /// The HTTP status of the last try, where there was an answer.
    pub status: Option<i64>,
    /// Why the last try failed, as a stable code.
    pub failure: Option<String>,
    pub delivered_at: Option<Timestamp>,
    pub given_up_at: Option<Timestamp>,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub at: Timestamp,
    pub status: Option<i64>,
    /// `None` where it was taken.
    pub failure: Option<String>,
    /// When it is tried again; `None` where it was taken, or is given up.
    pub next_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    id: String,
    webhook_id: String,
    lane: String,
    kind: String,
    payload: String,
    created_at: i64,
    next_at: Option<i64>,
    tries: i64,
    tried_at: Option<i64>,
    status: Option<i64>,
    failure: Option<String>,
    delivered_at: Option<i64>,
    given_up_at: Option<i64>,
}

impl DeliveryRow {
    fn read(self) -> Result<Delivery> {
        Ok(Delivery {
            id: codec::id(&self.id)?,
            webhook: codec::id(&self.webhook_id)?,
            lane: self.lane,
            kind: self.kind,
            payload: self.payload,
            created_at: codec::instant(self.created_at)?,
            next_at: codec::instant_maybe(self.next_at)?,
            tries: self.tries,
            tried_at: codec::instant_maybe(self.tried_at)?,
            status: self.status,
            failure: self.failure,
            delivered_at: codec::instant_maybe(self.delivered_at)?,
            given_up_at: codec::instant_maybe(self.given_up_at)?,
        })
    }
}

const COLUMNS: &str = "SELECT id, webhook_id, lane, kind, payload, created_at, next_at, tries, \
    tried_at, status, failure, delivered_at, given_up_at FROM webhook_deliveries ";

async fn all(tx: &mut Tx, statement: Statement<'_>) -> Result<Vec<Delivery>> {
    tx.all::<DeliveryRow>(statement).await?.into_iter().map(DeliveryRow::read).collect()
}

/// Tells all webhooks of the account that want to hear it, in the transaction of the fact.
pub async fn tell(
    tx: &mut Tx,
    account: &AccountId,
    new: &NewDelivery<'_>,
    now: Timestamp,
    dice: &dyn Dice,
) -> Result<()> {
    // Without its address: one that cannot be opened must not undo the fact.
    let text = "SELECT id, events FROM webhooks \
                WHERE account_id = $1 AND disabled_at IS NULL ORDER BY id";
    let rows: Vec<(String, String)> = tx.all(sql(text).bind(account.as_str())).await?;
    for (id, events) in rows {
        let id: WebhookId = codec::id(&id)?;
        let events: Vec<String> = codec::from_json("webhooks.events", &events)?;
        if events.iter().any(|kind| kind == new.kind) {
            put(tx, &id, new, now, dice).await?;
            end_where_overfull(tx, &id, new, now, dice).await?;
        }
    }
    Ok(())
}

/// Disables a webhook for which too much waits.
async fn end_where_overfull(
    tx: &mut Tx,
    id: &WebhookId,
    new: &NewDelivery<'_>,
    now: Timestamp,
    dice: &dyn Dice,
) -> Result<()> {
    let Some(connection) = new.connection else { return Ok(()) };
    let lane = Lane { webhook: id.clone(), name: connection.to_string() };
    if !is_overfull(tx, &lane).await? {
        return Ok(());
    }
    match load(tx, id).await? {
        Some(webhook) => disable(tx, &webhook, TOO_MANY_WAITING, now, dice).await,
        None => Ok(()),
    }
}

/// Tells one webhook, whatever it wants to hear.
pub async fn put(
    tx: &mut Tx,
    webhook: &WebhookId,
    new: &NewDelivery<'_>,
    now: Timestamp,
    dice: &dyn Dice,
) -> Result<DeliveryId> {
    let id = DeliveryId::new(now, dice);
    let name = new.connection.map_or(id.as_str(), ConnectionId::as_str);
    let text = "INSERT INTO webhook_deliveries (id, webhook_id, lane, position, kind, payload, \
                created_at, next_at, tries) SELECT $1, $2, $3, COALESCE(MAX(position), $7) + 1, \
                $4, $5, $6, $6, $7 FROM webhook_deliveries WHERE webhook_id = $2 AND lane = $3";
    let statement = sql(text)
        .bind(id.as_str())
        .bind(webhook.as_str())
        .bind(name)
        .bind(new.kind)
        .bind(new.payload)
        .bind(now)
        .bind(0);
    tx.run(statement).await?;
    let lane = Lane { webhook: webhook.clone(), name: name.to_owned() };
    lane.set_going(tx, now, dice).await?;
    Ok(id)
}

async fn is_overfull(tx: &mut Tx, lane: &Lane) -> Result<bool> {
    let text = "SELECT COALESCE(MAX(position) - MIN(position), $3) FROM webhook_deliveries \
                WHERE webhook_id = $1 AND lane = $2 AND next_at IS NOT NULL";
    let statement = sql(text).bind(lane.webhook.as_str()).bind(&lane.name).bind(0);
    Ok(tx.number(statement).await? >= WAITING_MAX)
}

/// The oldest of a lane that is not over, whether it is due or not.
pub async fn next(tx: &mut Tx, lane: &Lane) -> Result<Option<Delivery>> {
    let statement = sql(COLUMNS)
        .text("WHERE webhook_id = $1 AND lane = $2 AND next_at IS NOT NULL ")
        .text("ORDER BY position, id LIMIT 1");
    let found = all(tx, statement.bind(lane.webhook.as_str()).bind(&lane.name)).await?;
    Ok(found.into_iter().next())
}

/// What came of a try, of the webhook and of the delivery: in the order in which acts hold them.
pub async fn note(tx: &mut Tx, delivery: &Delivery, tried: &Tried) -> Result<()> {
    let taken = tried.failure.is_none();
    let over = tried.next_at.is_none();
    let text = if taken {
        "UPDATE webhooks SET last_success_at = $1, failing_since = NULL WHERE id = $2"
    } else {
        "UPDATE webhooks SET failing_since = COALESCE(failing_since, $1) WHERE id = $2"
    };
    tx.run(sql(text).bind(tried.at).bind(delivery.webhook.as_str())).await?;
    let text = "UPDATE webhook_deliveries SET tries = tries + 1, tried_at = $1, status = $2, \
                failure = $3, next_at = $4, delivered_at = $5, given_up_at = $6 WHERE id = $7";
    let statement = sql(text)
        .bind(tried.at)
        .bind(tried.status)
        .bind(tried.failure.as_deref())
        .bind(tried.next_at)
        .bind(taken.then_some(tried.at))
        .bind((over && !taken).then_some(tried.at))
        .bind(delivery.id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// One of a webhook's.
pub async fn delivery(
    tx: &mut Tx,
    webhook: &WebhookId,
    id: &DeliveryId,
) -> Result<Option<Delivery>> {
    let statement = sql(COLUMNS).text("WHERE id = $1 AND webhook_id = $2");
    let found = all(tx, statement.bind(id.as_str()).bind(webhook.as_str())).await?;
    Ok(found.into_iter().next())
}

/// The latest of a webhook, the last one first.
pub async fn last(tx: &mut Tx, webhook: &WebhookId, limit: i64) -> Result<Vec<Delivery>> {
    let statement = sql(COLUMNS).text("WHERE webhook_id = $1 ORDER BY id DESC LIMIT $2");
    all(tx, statement.bind(webhook.as_str()).bind(limit)).await
}

/// Tells it once more, under the same id. What waits in a lane is tried now, in its turn; what is
/// over waits for no other, and holds up none.
pub async fn deliver_anew(
    tx: &mut Tx,
    delivery: &Delivery,
    now: Timestamp,
    dice: &dyn Dice,
) -> Result<()> {
    let waits = delivery.next_at.is_some();
    let name = if waits { delivery.lane.as_str() } else { delivery.id.as_str() };
    let text = "UPDATE webhook_deliveries SET lane = $1, next_at = $2, tries = $3, \
                delivered_at = NULL, given_up_at = NULL WHERE id = $4";
    let statement = sql(text).bind(name).bind(now).bind(0).bind(delivery.id.as_str());
    tx.run(statement).await?;
    let lane = Lane { webhook: delivery.webhook.clone(), name: name.to_owned() };
    lane.set_going(tx, now, dice).await
}

/// Forgets what was over before that, and says how many.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<i64> {
    let text = "DELETE FROM webhook_deliveries WHERE created_at < $1 AND (next_at IS NULL \
                OR webhook_id IN (SELECT id FROM webhooks WHERE disabled_at IS NOT NULL))";
    tx.run(sql(text).bind(before)).await
}
