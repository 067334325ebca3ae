//! The thing that an address names: one answer for a malformed id, an unknown one and one of
//! another account, so nobody can learn which ids exist.

use std::str::FromStr;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, RawPathParams};
use connection::{Calendar, CalendarId, Connection, ConnectionId, UserId};
use http::request::Parts;
use store::people::User;
use store::{Tx, calendars, connections, people};

use super::caller::Caller;
use super::problem::Problem;

/// The `{id}` of the address.
pub(super) struct Named<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let params = parts.extract::<RawPathParams>().await.map_err(|_| Problem::not_found())?;
        let id = params.iter().find(|(name, _)| *name == "id").map(|(_, id)| id.parse());
        match id {
            Some(Ok(id)) => Ok(Self(id)),
            _ => Err(Problem::not_found()),
        }
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
