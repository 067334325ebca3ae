//! `GET /connections/{id}/history`: every change of how a connection stands.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::ConnectionId;
use jiff::Timestamp;
use serde::Serialize;
use store::status_changes::{self, StatusChange};
use utoipa::ToSchema;

use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Listing, PART, Part, PartParams};
use super::named::Named;
use super::problem::Problem;
use super::{Api, named};

/// How many of the latest changes can be seen.
const CHANGES_MAX: i64 = 50;

/// One change of state.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusChange)]
pub(super) struct StatusChangeShape {
    #[schema(pattern = "^sta_[0-9a-f]{32}$")]
    id: String,
    /// `processing`, `synced`, `delayed`, `attention` or `paused`.
    state: String,
    /// Why, as a code of `docs/errors.md`, where there is a reason.
    reason: Option<String>,
    /// Why, for a person.
    say: Option<String>,
    /// What brought it about: `connected`, a `pull`, a `listing`, a `repair`, that another account
    /// `replaced` the one it held, a `person` or `time`.
    #[schema(pattern = "^(connected|pull|listing|time|repair|replaced|person)$")]
    cause: String,
    at: Timestamp,
}

impl StatusChangeShape {
    fn of(change: StatusChange) -> Self {
        Self {
            id: change.id.to_string(),
            state: change.state.as_str().to_owned(),
            reason: change.reason,
            say: change.say,
            cause: change.cause.as_str().to_owned(),
            at: change.at,
        }
    }
}

/// How it came to stand as it stands
#[utoipa::path(get, path = "/connections/{id}/history", tag = "Connections",
    params(("id" = String, Path, pattern = "^con_[0-9a-f]{32}$"), PartParams),
    responses((status = 200, body = Listing<StatusChangeShape>,
        description = "The last 50 changes of its state, the latest first.")))]
pub(super) async fn connection_history(
    State(api): State<Api>,
    Reader(caller): Reader,
    Named(id): Named<ConnectionId>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<StatusChangeShape>>, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    named::connection(&mut tx, &caller, &id).await?;
    let mut query = Fields::of_query(query.as_deref(), &PART);
    let part = Part::take(&mut query);
    query.done()?;
    let mut changes = status_changes::last(&mut tx, &id, CHANGES_MAX).await?;
    changes.sort_by(|a, b| b.id.cmp(&a.id));
    let listed = part.cut_descending(changes, |change| change.id.to_string());
    let items = listed.items.into_iter().map(StatusChangeShape::of).collect();
    Ok(Json(Listing { items, next: listed.next }))
}
