//! `POST /webhooks/{id}/test`: sends something that means nothing.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::WebhookId;
use door::outgoing::{self, Doer};
use http::StatusCode;

use super::caller::Writer;
use super::fields::Fields;
use super::named::Named;
use super::problem::Problem;
use super::sent::Sent;
use super::webhook_shapes::DeliveryShape;
use super::{Api, named};

/// Send a test
///
/// An event `webhook.test`, signed and tried like every other.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$")),
    responses((status = 202, body = DeliveryShape, description = "It is on its way.")))]
pub(super) async fn webhook_test(
    State(api): State<Api>,
    Writer(caller): Writer,
    Named(id): Named<WebhookId>,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<(StatusCode, Json<DeliveryShape>), Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    let webhook = named::webhook(&mut tx, &caller, &id).await?;
    drop(tx);
    Fields::of_query(query.as_deref(), &[]).done()?;
    Fields::of_optional_body(&sent.headers, &sent.body, &[])?.done()?;
    let doer = Doer::key(&caller.account, &caller.key);
    let delivery = outgoing::test(&api.house.ctx, doer, &webhook).await?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryShape::of(delivery))))
}
