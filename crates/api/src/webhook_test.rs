//! `POST /webhooks/{id}/test`: sends something that means nothing.

use axum::Json;
use axum::extract::State;
use door::outgoing;
use http::StatusCode;

use super::Api;
use super::problem::Problem;
use super::webhook_named::NamedWebhook;
use super::webhook_shapes::DeliveryShape;

/// Send a test
///
/// An event `webhook.test`, signed and tried like every other.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$")),
    responses((status = 202, body = DeliveryShape, description = "It is on its way.")))]
pub(super) async fn webhook_test(
    State(api): State<Api>,
    named: NamedWebhook,
) -> Result<(StatusCode, Json<DeliveryShape>), Problem> {
    let delivery = outgoing::test(&api.house.ctx, named.caller.acts(), &named.id).await?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryShape::of(delivery))))
}
