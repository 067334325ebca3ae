//! `DELETE /webhooks/{id}`: nothing more is sent there.

use axum::extract::{RawQuery, State};
use connection::WebhookId;
use door::outgoing;
use http::StatusCode;

use super::caller::Writer;
use super::fields::Fields;
use super::named::Named;
use super::problem::Problem;
use super::{Api, named};

/// Delete a webhook
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "Webhooks",
    params(("id" = String, Path, pattern = "^whk_[0-9a-f]{32}$")),
    responses((status = 204, description = "It is forgotten, with all that it was told.")))]
pub(super) async fn webhook_delete(
    State(api): State<Api>,
    Writer(caller): Writer,
    Named(id): Named<WebhookId>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    named::webhook(&mut tx, &caller, &id).await?;
    drop(tx);
    Fields::of_query(query.as_deref(), &[]).done()?;
    outgoing::delete(&api.house.ctx, caller.acts(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
