//! `GET /webhooks`: the addresses that are told what happens here.

use axum::Json;
use axum::extract::{RawQuery, State};
use store::webhooks;

use super::Api;
use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Listing, PART, Part, PartParams};
use super::problem::Problem;
use super::webhook_shapes::WebhookShape;

/// The webhooks
#[utoipa::path(get, path = "/webhooks", tag = "Webhooks", params(PartParams),
    responses((status = 200, body = Listing<WebhookShape>,
        description = "Of the account, in the order in which they were made.")))]
pub(super) async fn webhooks_list(
    State(api): State<Api>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<WebhookShape>>, Problem> {
    let mut query = Fields::of_query(query.as_deref(), &PART);
    let part = Part::take(&mut query);
    query.done()?;
    let mut tx = api.house.ctx.db.read().await?;
    let rows = webhooks::of_account(&mut tx, &caller.account).await?;
    let listed = part.cut(rows, |webhook| webhook.id.to_string());
    let items = listed.items.into_iter().map(|webhook| WebhookShape::of(webhook, None)).collect();
    Ok(Json(Listing { items, next: listed.next }))
}
