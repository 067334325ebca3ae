//! `POST /webhooks/{id}/deliveries/{delivery}/replay`: sends it once more.

use axum::Json;
use axum::extract::{RawQuery, State};
use door::outgoing;
use http::StatusCode;
use store::webhooks;

use super::caller::Writer;
use super::fields::Fields;
use super::named::NamedDelivery;
use super::problem::Problem;
use super::sent::Sent;
use super::webhook_shapes::DeliveryShape;
use super::{Api, named};

/// Send a delivery again
///
/// Under the same id. What is waiting is tried now; what is over is tried from the beginning, and
/// holds up no other.
#[utoipa::path(post, path = "/webhooks/{id}/deliveries/{delivery}/replay", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$"),
        ("delivery" = String, Path, pattern = "^dlv_[0-9a-f]{32}$")),
    responses((status = 202, body = DeliveryShape, description = "It is on its way.")))]
pub(super) async fn webhook_replay(
    State(api): State<Api>,
    Writer(caller): Writer,
    NamedDelivery(id, delivery): NamedDelivery,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<(StatusCode, Json<DeliveryShape>), Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    named::webhook(&mut tx, &caller, &id).await?;
    let found = webhooks::delivery(&mut tx, &id, &delivery).await?;
    found.ok_or_else(Problem::not_found)?;
    drop(tx);
    Fields::of_query(query.as_deref(), &[]).done()?;
    Fields::of_optional_body(&sent.headers, &sent.body, &[])?.done()?;
    let delivery = outgoing::replay(&api.house.ctx, caller.acts(), (&id, &delivery)).await?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryShape::of(delivery))))
}
