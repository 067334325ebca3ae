//! `GET /users`: the people of the account.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use store::people::{self, User};
use utoipa::ToSchema;

use super::Api;
use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Listing, PART, Part, PartParams};
use super::problem::Problem;

/// A person who signs in to Daymark.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserShape {
    #[schema(pattern = "^usr_[0-9a-f]{32}$")]
    id: String,
    name: String,
    /// IANA name.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
}

impl UserShape {
    fn of(user: User) -> Self {
        Self { id: user.id.to_string(), name: user.name, time_zone: user.time_zone }
    }
}

/// The people of the account
#[utoipa::path(get, path = "/users", tag = "People", params(PartParams), responses(
    (status = 200, body = Listing<UserShape>, description = "In the order in which they came."),
))]
pub(super) async fn users_list(
    State(api): State<Api>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<UserShape>>, Problem> {
    let mut query = Fields::of_query(query.as_deref(), &PART);
    let part = Part::take(&mut query);
    query.done()?;
    let mut tx = api.house.ctx.db.read().await?;
    let mut users = people::users(&mut tx, &caller.account).await?;
    users.sort_by(|a, b| a.id.cmp(&b.id));
    let listed = part.cut(users, |user| user.id.to_string());
    let items = listed.items.into_iter().map(UserShape::of).collect();
    Ok(Json(Listing { items, next: listed.next }))
}
