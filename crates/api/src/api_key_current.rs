//! `GET /api-keys/current`: the key that asks.

use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::Timestamp;
use serde::Serialize;
use store::api_keys;
use utoipa::ToSchema;

use super::Api;
use super::caller::Reader;
use super::fields::Fields;
use super::problem::{Code, Problem};

/// A key to this API. Keys are made and ended on the page for developers.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct ApiKeyShape {
    #[schema(pattern = "^key_[0-9a-f]{32}$")]
    id: String,
    name: String,
    /// What it may do: `read`, `write`, `manage`.
    scopes: Vec<String>,
    /// When it was last used, to the minute.
    last_used_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// The key that asks
#[utoipa::path(get, path = "/api-keys/current", tag = "People",
    responses((status = 200, body = ApiKeyShape, description = "What it is called and may do.")))]
pub(super) async fn api_key_current(
    State(api): State<Api>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Json<ApiKeyShape>, Problem> {
    Fields::of_query(query.as_deref(), &[]).done()?;
    let mut tx = api.house.ctx.db.read().await?;
    let keys = api_keys::of_account(&mut tx, &caller.account).await?;
    let key = keys.into_iter().find(|key| key.id == caller.key).ok_or(Code::KeyRefused)?;
    Ok(Json(ApiKeyShape {
        id: key.id.to_string(),
        name: key.name,
        scopes: key.scopes,
        last_used_at: key.last_used_at,
        created_at: key.created_at,
    }))
}
