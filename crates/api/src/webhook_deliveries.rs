//! `GET /webhooks/{id}/deliveries`: what it was told lately, and how that went.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::WebhookId;
use store::webhooks;

use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Listing, PART, Part, PartParams};
use super::named::Named;
use super::problem::Problem;
use super::webhook_shapes::DeliveryShape;
use super::{Api, named};

/// How many of the latest can be seen.
const DELIVERIES_MAX: i64 = 200;

/// The latest deliveries
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$"), PartParams),
    responses((status = 200, body = Listing<DeliveryShape>,
        description = "The last 200, the latest first.")))]
pub(super) async fn webhook_deliveries(
    State(api): State<Api>,
    Reader(caller): Reader,
    Named(id): Named<WebhookId>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<DeliveryShape>>, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    let webhook = named::webhook(&mut tx, &caller, &id).await?;
    let mut query = Fields::of_query(query.as_deref(), &PART);
    let part = Part::take(&mut query);
    query.done()?;
    let deliveries = webhooks::last(&mut tx, &webhook.id, DELIVERIES_MAX).await?;
    let listed = part.cut_descending(deliveries, |delivery| delivery.id.to_string());
    let items = listed.items.into_iter().map(DeliveryShape::of).collect();
    Ok(Json(Listing { items, next: listed.next }))
}
