//! `POST /webhooks/{id}/enable`: sends there again, after it was disabled.

use axum::Json;
use axum::extract::State;
use door::outgoing;

use super::Api;
use super::problem::Problem;
use super::webhook_named::NamedWebhook;
use super::webhook_shapes::WebhookShape;

/// Turn a webhook on again
///
/// What was waiting when it was disabled is sent now. What happened meanwhile is not told: look
/// at everything once.
#[utoipa::path(post, path = "/webhooks/{id}/enable", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$")),
    responses((status = 200, body = WebhookShape, description = "It is told again.")))]
pub(super) async fn webhook_enable(
    State(api): State<Api>,
    named: NamedWebhook,
) -> Result<Json<WebhookShape>, Problem> {
    outgoing::enable(&api.house.ctx, named.caller.acts(), &named.id).await?;
    Ok(Json(WebhookShape::of(named.again(&api).await?, None)))
}
