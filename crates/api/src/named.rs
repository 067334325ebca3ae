//! The thing that an address names: one answer for a malformed id, an unknown one and one of
//! another account, so nobody can learn which ids exist.

use std::str::FromStr;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, RawPathParams};
use connection::{Calendar, CalendarId, Connection, ConnectionId, DeliveryId, UserId, WebhookId};
use http::request::Parts;
use store::people::User;
use store::webhooks::{self, Webhook};
use store::{Tx, calendars, connections, people};

use super::caller::Caller;
use super::problem::Problem;

/// The `{id}` of the address.
pub(super) struct Named<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let params = parts.extract::<RawPathParams>().await.map_err(|_| Problem::not_found())?;
        name(&params, "id").map(Self).ok_or_else(Problem::not_found)
    }
}

fn name<T: FromStr>(params: &RawPathParams, wanted: &str) -> Option<T> {
    let found = params.iter().find(|(name, _)| *name == wanted);
    found.and_then(|(_, id)| id.parse().ok())
}

/// The `{id}` and the `{delivery}` of the address.
pub(super) struct NamedDelivery(pub(super) WebhookId, pub(super) DeliveryId);

impl<S: Send + Sync> FromRequestParts<S> for NamedDelivery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let params = parts.extract::<RawPathParams>().await.map_err(|_| Problem::not_found())?;
        let named = name(&params, "id").zip(name(&params, "delivery"));
        let (webhook, delivery) = named.ok_or_else(Problem::not_found)?;
        Ok(Self(webhook, delivery))
    }
}

/// The connection, if it is the caller's.
pub(super) async fn connection(
    tx: &mut Tx,
    caller: &Caller,
    id: &ConnectionId,
) -> Result<Connection, Problem> {
    connections::find(tx, &caller.account, id).await?.ok_or_else(Problem::not_found)
}

/// The calendar, if it is the caller's.
pub(super) async fn calendar(
    tx: &mut Tx,
    caller: &Caller,
    id: &CalendarId,
) -> Result<Calendar, Problem> {
    calendars::find(tx, &caller.account, id).await?.ok_or_else(Problem::not_found)
}

/// The user, if it is the caller's.
pub(super) async fn user(tx: &mut Tx, caller: &Caller, id: &UserId) -> Result<User, Problem> {
    let user = people::user(tx, id).await?;
    user.filter(|user| user.account == caller.account).ok_or_else(Problem::not_found)
}

/// The webhook, if it is the caller's.
pub(super) async fn webhook(
    tx: &mut Tx,
    caller: &Caller,
    id: &WebhookId,
) -> Result<Webhook, Problem> {
    webhooks::find(tx, &caller.account, id).await?.ok_or_else(Problem::not_found)
}
