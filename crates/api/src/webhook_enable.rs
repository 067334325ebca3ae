//! `POST /webhooks/{id}/enable`: sends there again, after it was disabled.

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

/// Turn a webhook on again
///
/// What was waiting when it was disabled is sent now. What happened meanwhile is not told: look
/// at everything once.
#[utoipa::path(post, path = "/webhooks/{id}/enable", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$")),
    responses((status = 200, body = WebhookShape, description = "It is told again.")))]
pub(super) async fn webhook_enable(
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
    outgoing::enable(&api.house.ctx, Doer::key(&caller.account, &caller.key), &webhook).await?;
    let mut tx = api.house.ctx.db.read().await?;
    let webhook = named::webhook(&mut tx, &caller, &id).await?;
    Ok(Json(WebhookShape::of(webhook, None)))
}
