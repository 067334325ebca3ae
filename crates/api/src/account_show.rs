//! `GET /account`: whose key this is.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use store::people;
use utoipa::ToSchema;

use super::Api;
use super::caller::Reader;
use super::fields::Fields;
use super::problem::Problem;

/// A tenant: one business.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountShape {
    #[schema(pattern = "^acc_[0-9a-f]{32}$")]
    id: String,
    name: String,
    /// IANA name.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
}

/// The account of this key
#[utoipa::path(get, path = "/account", tag = "People", responses(
    (status = 200, body = AccountShape, description = "The account that the API key belongs to."),
))]
pub(super) async fn account_show(
    State(api): State<Api>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Json<AccountShape>, Problem> {
    Fields::of_query(query.as_deref(), &[]).done()?;
    let mut tx = api.house.ctx.db.read().await?;
    let account = people::account(&mut tx, &caller.account).await?;
    let account = account.ok_or_else(Problem::not_found)?;
    let (id, name) = (account.id.to_string(), account.name);
    Ok(Json(AccountShape { id, name, time_zone: account.time_zone }))
}
