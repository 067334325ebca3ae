//! Webhooks and their deliveries as the API shows them.

use connection::Secret;
use door::outgoing::say;
use jiff::Timestamp;
use serde::Serialize;
use store::webhooks::{Delivery, Webhook};
use utoipa::ToSchema;

/// An address that is told what happens here.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookShape {
    #[schema(pattern = "^whk_[0-9a-f]{32}$")]
    id: String,
    url: String,
    /// What it is told.
    #[schema(example = json!(["connection.changed"]))]
    events: Vec<String>,
    /// `active`; `failing` while nothing is taken there, and tried again; `disabled` when nothing
    /// is sent there any more.
    #[schema(pattern = "^(active|failing|disabled)$")]
    state: &'static str,
    /// With `failing` and `disabled`: since when.
    since: Option<Timestamp>,
    /// With `disabled`: why, as a code of `docs/errors.md`.
    reason: Option<String>,
    /// The same in a sentence for a person.
    say: Option<&'static str>,
    /// Signs what is sent; shown once, when it is made or turned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_…")]
    secret: Option<String>,
    /// Until when the secret of before signs as well.
    previous_secret_until: Option<Timestamp>,
    last_success_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl WebhookShape {
    /// With its secret, where it is to be shown.
    pub(super) fn of(webhook: Webhook, secret: Option<&Secret>) -> Self {
        let (state, since) = match (&webhook.disabled, webhook.failing_since) {
            (Some((since, _)), _) => ("disabled", Some(*since)),
            (None, Some(since)) => ("failing", Some(since)),
            (None, None) => ("active", None),
        };
        let reason = webhook.disabled.map(|(_, why)| why);
        Self {
            id: webhook.id.to_string(),
            url: webhook.url.reveal().to_owned(),
            events: webhook.events,
            state,
            since,
            say: reason.as_deref().map(say),
            reason,
            secret: secret.map(|secret| secret.reveal().to_owned()),
            previous_secret_until: webhook.previous_until,
            last_success_at: webhook.last_success_at,
            created_at: webhook.created_at,
        }
    }
}

/// One event on its way to one webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryShape {
    /// What `webhook-id` says, however often it is sent.
    #[schema(pattern = "^dlv_[0-9a-f]{32}$")]
    id: String,
    /// The event, such as `connection.changed`.
    #[serde(rename = "type")]
    kind: String,
    /// `waiting`, `delivered`, or `given_up` after three days.
    #[schema(pattern = "^(waiting|delivered|given_up)$")]
    state: &'static str,
    created_at: Timestamp,
    tries: i64,
    last_try_at: Option<Timestamp>,
    /// With `waiting`: when it is tried next, at the earliest.
    next_try_at: Option<Timestamp>,
    /// The HTTP status of the last try, where there was an answer.
    status: Option<i64>,
    /// Why the last try failed, as a code of `docs/errors.md`.
    failure: Option<String>,
    /// What is posted.
    #[schema(value_type = Object)]
    payload: serde_json::Value,
}

impl DeliveryShape {
    pub(super) fn of(delivery: Delivery) -> Self {
        let state = match (delivery.next_at, delivery.delivered_at) {
            (Some(_), _) => "waiting",
            (None, Some(_)) => "delivered",
            (None, None) => "given_up",
        };
        Self {
            id: delivery.id.to_string(),
            kind: delivery.kind,
            state,
            created_at: delivery.created_at,
            tries: delivery.tries,
            last_try_at: delivery.tried_at,
            next_try_at: delivery.next_at,
            status: delivery.status,
            failure: delivery.failure,
            payload: serde_json::from_str(&delivery.payload).unwrap_or_default(),
        }
    }
}
