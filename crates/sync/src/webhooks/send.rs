//! Sends what waits, lane by lane: the oldest first, until it is taken or three days are over. What
//! was sent and not written down, because we died in between, is sent again under the same id.

use std::sync::LazyLock;

use connection::Secret;
use jiff::{SignedDuration, Timestamp};
use outbound::webhook::{self as wire, Message, NotTaken};
use store::jobs::Job;
use store::webhooks::{self, Delivery, Lane, Tried, Webhook};
use store::{Change, StoreError};
use tokio::sync::Semaphore;

use crate::{Context, Outcome, run};

/// Waits between the tries, as the Standard Webhooks specification recommends: a little more than
/// three days from the first to the last.
const WAITS_S: [i64; 9] =
    [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600];
/// The longest wait that an answer can ask for.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(24);
/// What one run of the job sends, so that others have their turn.
const AT_A_TIME: usize = 50;
/// Lanes that one process sends in at once: slow receivers must not keep workers from pulling.
const LANES_AT_ONCE: usize = 3;
/// How long a lane waits for its turn.
const TURN_S: i64 = 2;
static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(LANES_AT_ONCE));

/// Sends what is due in one lane.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Some(lane) = Lane::parse(&job.subject) else { return Outcome::Done };
    let Ok(_turn) = TURNS.try_acquire() else {
        return Outcome::Again { at: run::after(&ctx, TURN_S) };
    };
    for _ in 0..AT_A_TIME {
        match send_next(&ctx, &lane).await {
            Ok(None) => {}
            Ok(Some(outcome)) => return outcome,
            Err(failure) => return run::store_failed(&ctx, &job, &failure),
        }
    }
    Outcome::Again { at: ctx.clock.now() }
}

/// What is sent, to whom, and by which secrets it is signed.
struct Sending {
    webhook: Webhook,
    delivery: Delivery,
    secrets: Vec<Secret>,
}

/// Sends the oldest of the lane; an outcome where nothing more is to be sent now.
async fn send_next(ctx: &Context, lane: &Lane) -> Result<Option<Outcome>, StoreError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.read().await?;
    let Some(webhook) = webhooks::load(&mut tx, &lane.webhook).await? else {
        return Ok(Some(Outcome::Done));
    };
    let Some(delivery) = webhooks::next(&mut tx, lane).await? else {
        return Ok(Some(Outcome::Done));
    };
    let secrets = webhooks::secrets(&mut tx, &webhook.id, now).await?;
    drop(tx);
    if webhook.disabled.is_some() {
        return Ok(Some(Outcome::Done));
    }
    if let Some(at) = delivery.next_at.filter(|at| *at > now) {
        return Ok(Some(Outcome::Again { at }));
    }
    let sending = Sending { webhook, delivery, secrets };
    let result = sending.send(ctx, now).await;
    sending.note(ctx, result).await
}

impl Sending {
    async fn send(&self, ctx: &Context, now: Timestamp) -> Result<u16, NotTaken> {
        let Ok(url) = self.webhook.url.reveal().parse() else {
            return Err(NotTaken::Failed("address_forbidden"));
        };
        let message =
            Message { id: self.delivery.id.as_str(), at: now, body: &self.delivery.payload };
        let secrets: Vec<&str> = self.secrets.iter().map(Secret::reveal).collect();
        wire::send(&ctx.outward, url, &message, &secrets).await
    }

    /// Writes down what came of it.
    async fn note(
        &self,
        ctx: &Context,
        result: Result<u16, NotTaken>,
    ) -> Result<Option<Outcome>, StoreError> {
        let now = ctx.clock.now();
        let tried = match result {
            Ok(status) => {
                Tried { at: now, status: Some(status.into()), failure: None, next_at: None }
            }
            Err(NotTaken::Throttled { until }) => {
                // It was not called: that is no try.
                return Ok(Some(Outcome::Again { at: until.min(at_most(now)) }));
            }
            Err(NotTaken::Failed(why)) => self.failed(ctx, (None, why), None),
            Err(NotTaken::Answered { status, again_at }) => {
                self.failed(ctx, (Some(status), code(status)), again_at)
            }
        };
        let mut tx = ctx.db.begin().await?;
        webhooks::note(&mut tx, &self.delivery, &tried).await?;
        let ended = self.end_of_webhook(&tried);
        if let Some(why) = ended {
            webhooks::disable(&mut tx, &self.webhook, why, now, ctx.dice.as_ref()).await?;
        }
        tx.announce(Change::JobReady);
        tx.commit().await?;
        tracing::debug!(
            webhook.id = %self.webhook.id, delivery.id = %self.delivery.id,
            status = tried.status, failure = tried.failure, "sent to a webhook"
        );
        Ok(match tried.next_at {
            Some(at) => Some(Outcome::Again { at }),
            None if ended.is_some() => Some(Outcome::Done),
            None => None,
        })
    }

    fn failed(
        &self,
        ctx: &Context,
        (status, why): (Option<u16>, &str),
        again_at: Option<Timestamp>,
    ) -> Tried {
        let now = ctx.clock.now();
        let wait = usize::try_from(self.delivery.tries).ok().and_then(|nth| WAITS_S.get(nth));
        let is_over = status == Some(GONE);
        let planned = wait.filter(|_| !is_over).map(|wait_s| run::after(ctx, *wait_s));
        let next_at = planned.map(|at| again_at.map_or(at, |asked| asked.max(at)));
        Tried {
            at: now,
            status: status.map(i64::from),
            failure: Some(why.to_owned()),
            next_at: next_at.map(|at| at.min(at_most(now))),
        }
    }

    /// Why nothing more is sent there after this try, as a code and for the audit log.
    fn end_of_webhook(&self, tried: &Tried) -> Option<(&'static str, &'static str)> {
        if tried.status == Some(GONE.into()) {
            return Some(("gone", "it answered 410: it wants nothing more"));
        }
        let given_up = tried.failure.is_some() && tried.next_at.is_none();
        // Where others were taken meanwhile, only this one was not.
        let taken_since = self.webhook.last_success_at > Some(self.delivery.created_at);
        (given_up && !taken_since).then_some(("gave_up", "nothing was taken there for three days"))
    }
}

/// The status of one that wants nothing more, as the specification says.
const GONE: u16 = 410;

fn at_most(now: Timestamp) -> Timestamp {
    // A day, and the jitter of the longest wait.
    now.checked_add(WAIT_MAX + SignedDuration::from_hours(2)).unwrap_or(Timestamp::MAX)
}

/// What an answer that is no 2xx is called.
fn code(status: u16) -> &'static str {
    if status == GONE { "gone" } else { "refused" }
}
