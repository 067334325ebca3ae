//! `POST /webhooks/{id}/turn-secret`: another secret, and a day with both.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::WebhookId;
use door::outgoing::{self, Doer};

use super::caller::Writer;
use super::fields::Fields;
use super::named::Named;
use super::problem::Problem;
use super::sent::Sent;
use super::webhook_shapes::WebhookShape;
use super::{Api, named};

/// Turn the secret
///
/// What is sent within the next 24 hours is signed by both secrets, so that the other program can
/// be given the new one without missing anything.
#[utoipa::path(post, path = "/webhooks/{id}/turn-secret", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$")),
    responses((status = 200, body = WebhookShape, description = "With the new secret.")))]
pub(super) async fn webhook_turn_secret(
    State(api): State<Api>,
    Writer(caller): Writer,
    Named(id): Named<WebhookId>,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Json<WebhookShape>, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    let webhook = named::webhook(&mut tx, &caller, &id).await?;
    drop(tx);
    Fields::of_query(query.as_deref(), &[]).done()?;
    Fields::of_optional_body(&sent.headers, &sent.body, &[])?.done()?;
    let doer = Doer::key(&caller.account, &caller.key);
    let secret = outgoing::turn_secret(&api.house.ctx, doer, &webhook).await?;
    let mut tx = api.house.ctx.db.read().await?;
    let webhook = named::webhook(&mut tx, &caller, &id).await?;
    Ok(Json(WebhookShape::of(webhook, Some(&secret))))
}
