//! Subscriptions: Graph rings when something changes in a calendar.

use async_trait::async_trait;
use connection::{Access, Bell, Channel, ProviderError, RemoteId, Watch};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use outbound::Response;
use serde_json::json;
use url::Url;

use crate::error::{self, Codes};
use crate::graph::{Graph, Question, parsed};
use crate::list;
use crate::wire::{Calendar, Subscription};

/// Graph's longest subscription for events is 10,080 minutes; a quarter of an hour less, for
/// clocks that differ.
const LIFE: SignedDuration = SignedDuration::from_mins(10_080 - 15);
/// What Graph takes as a secret.
const SECRET_MAX: usize = 128;
/// Why another person's calendar is not rung for.
const ANOTHERS: &str = "Microsoft does not ring for calendars that others share.";

/// Two of us have connected one mailbox, and Graph rings one of them.
const SHARED: &str = "Another connection of this mailbox is rung when it changes.";

/// Standing requests to be rung.
pub(crate) struct Subscriptions(pub(crate) Graph);

#[async_trait]
impl Watch for Subscriptions {
    async fn open(
        &self,
        access: &Access,
        calendar: &RemoteId,
        bell: &Bell,
        now: Timestamp,
    ) -> Result<Channel, ProviderError> {
        if bell.secret.reveal().len() > SECRET_MAX {
            return Err(refused("The channel's secret is longer than Microsoft takes."));
        }
        let resource = self.resource(calendar);
        let mut response = self.subscribe(access, &resource, bell, now).await?;
        if response.status == StatusCode::CONFLICT {
            if !bell.is_only {
                return Err(refused(SHARED));
            }
            if self.clear(access, &resource, bell).await? {
                response = self.subscribe(access, &resource, bell, now).await?;
            }
        }
        if !response.status.is_success() {
            let failure = not_opened(&response);
            let is_barred = response.status == StatusCode::FORBIDDEN
                && matches!(failure, ProviderError::Refused { .. });
            let is_anothers = is_barred && self.is_anothers(access, calendar).await;
            return Err(if is_anothers { refused(ANOTHERS) } else { failure });
        }
        channel(&response, bell, now)
    }

    async fn renew(
        &self,
        access: &Access,
        (_, old): (&RemoteId, &Channel),
        _: &Bell,
        now: Timestamp,
    ) -> Result<Channel, ProviderError> {
        let url = self.0.place.graph(&["subscriptions", old.remote.as_str()]);
        let asked = Question::patch(url, json!({"expirationDateTime": written(end(now))}));
        let response = self.0.ask(access, asked).await?;
        if !response.status.is_success() {
            return Err(of_subscription(&response));
        }
        let renewed: Subscription = parsed(&response)?;
        Ok(Channel { expires_at: expires(&renewed, now), ..old.clone() })
    }

    async fn close(&self, access: &Access, channel: &Channel) -> Result<(), ProviderError> {
        self.end(access, channel.remote.as_str()).await
    }
}

impl Subscriptions {
    fn resource(&self, calendar: &RemoteId) -> String {
        let root = self.0.place.graph(&[""]);
        let url = self.0.in_calendar(calendar.as_str(), &["events"]);
        url.path().strip_prefix(root.path()).unwrap_or_default().to_owned()
    }

    async fn subscribe(
        &self,
        access: &Access,
        resource: &str,
        bell: &Bell,
        now: Timestamp,
    ) -> Result<Response, ProviderError> {
        let body = json!({
            "changeType": "created,updated,deleted",
            "notificationUrl": bell.address,
            "lifecycleNotificationUrl": bell.address,
            "resource": resource,
            "expirationDateTime": written(end(now)),
            "clientState": bell.secret.reveal(),
        });
        self.0.ask(access, Question::post(self.0.place.graph(&["subscriptions"]), body)).await
    }

    /// Is it known to be the calendar of somebody else, who shares it?
    async fn is_anothers(&self, access: &Access, calendar: &RemoteId) -> bool {
        let of = |path: &[&str]| {
            let mut url = self.0.place.graph(path);
            url.query_pairs_mut().append_pair("$select", "id,owner");
            url
        };
        let owner = async |url| {
            let read: Result<Calendar, _> = self.0.read(access, url).await;
            let owner = read.ok().and_then(|read| read.owner)?.address.to_lowercase();
            (!owner.is_empty()).then_some(owner)
        };
        let own = owner(of(&["me", "calendar"])).await;
        let of_this = owner(of(&["me", "calendars", calendar.as_str()])).await;
        own.zip(of_this).is_some_and(|(own, of_this)| own != of_this)
    }

    /// Takes away a subscription of this installation that stands in the way: one that a restored
    /// backup does not know any more. Those of others at the same application are not touched.
    async fn clear(
        &self,
        access: &Access,
        resource: &str,
        bell: &Bell,
    ) -> Result<bool, ProviderError> {
        let url = self.0.place.graph(&["subscriptions"]);
        let known: Vec<Subscription> = list::all(&self.0, access, url).await?;
        let stale = known.iter().find(|subscription| {
            subscription.resource.trim_start_matches('/').eq_ignore_ascii_case(resource)
                && is_ours(&subscription.notification_url, &bell.address)
        });
        let Some(stale) = stale else { return Ok(false) };
        self.end(access, &stale.id).await?;
        Ok(true)
    }

    /// Ends a subscription. What is not there is ended.
    async fn end(&self, access: &Access, id: &str) -> Result<(), ProviderError> {
        let url = self.0.place.graph(&["subscriptions", id]);
        let response = self.0.ask(access, Question::delete(url)).await?;
        if response.status.is_success() || response.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(error::of_status(&response))
    }
}

/// Does it ring at the same host as our bell?
fn is_ours(address: &str, bell: &str) -> bool {
    let origin = |text: &str| text.parse::<Url>().ok().map(|url| url.origin());
    origin(bell).is_some() && origin(address) == origin(bell)
}

fn end(now: Timestamp) -> Timestamp {
    now.checked_add(LIFE).unwrap_or(now)
}

fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn channel(response: &Response, bell: &Bell, now: Timestamp) -> Result<Channel, ProviderError> {
    let opened: Subscription = parsed(response)?;
    let expires_at = expires(&opened, now);
    Ok(Channel { id: bell.channel.clone(), remote: RemoteId::new(opened.id), expires_at })
}

/// When it ends: as Graph says, and not later than was asked for.
fn expires(subscription: &Subscription, now: Timestamp) -> Timestamp {
    let said = subscription.expiration_date_time.as_deref().and_then(|at| at.parse().ok());
    said.map_or_else(|| end(now), |at: Timestamp| at.min(end(now)))
}

/// A subscription that is not there says so in the words that elsewhere mean a missing mailbox.
fn of_subscription(response: &Response) -> ProviderError {
    let is_gone = response.status == StatusCode::NOT_FOUND;
    if is_gone { ProviderError::Gone } else { error::of_status(response) }
}

fn refused(say: &str) -> ProviderError {
    ProviderError::Refused { say: say.into() }
}

/// Why a subscription was not made, in a sentence.
fn not_opened(response: &Response) -> ProviderError {
    let codes = Codes::of(response);
    // Graph calls the bell while it is asked, and says so only in words.
    let text = String::from_utf8_lossy(&response.body).to_lowercase();
    let about_bell =
        ["validation request", "notificationurl", "notification url", "validationtoken"];
    match response.status.as_u16() {
        400 if about_bell.iter().any(|word| text.contains(word)) => refused(
            "Microsoft could not reach this installation at its public https address, so it \
             cannot ring when a calendar changes.",
        ),
        409 => refused("Another subscription to the same calendar stands in the way."),
        403 if !codes.has(&["authorization_requestdenied", "insufficient_claims"]) => {
            refused("Microsoft refused push updates.")
        }
        _ => error::of_status(response),
    }
}
