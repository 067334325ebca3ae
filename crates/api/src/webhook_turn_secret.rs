//! `POST /webhooks/{id}/turn-secret`: another secret, and a day with both.

use axum::Json;
use axum::extract::State;
use door::outgoing;

use super::Api;
use super::problem::Problem;
use super::webhook_named::NamedWebhook;
use super::webhook_shapes::WebhookShape;

/// Turn the secret
///
/// What is sent within the next 24 hours is signed by both secrets, so that the other program can
/// be given the new one without missing anything.
#[utoipa::path(post, path = "/webhooks/{id}/turn-secret", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$")),
    responses((status = 200, body = WebhookShape, description = "With the new secret.")))]
pub(super) async fn webhook_turn_secret(
    State(api): State<Api>,
    named: NamedWebhook,
) -> Result<Json<WebhookShape>, Problem> {
    let secret = outgoing::turn_secret(&api.house.ctx, named.caller.acts(), &named.id).await?;
    Ok(Json(WebhookShape::of(named.again(&api).await?, Some(&secret))))
}
