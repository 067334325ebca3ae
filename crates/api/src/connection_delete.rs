//! `DELETE /connections/{id}`: disconnects, and forgets the secret and all that was copied.

use axum::extract::{RawQuery, State};
use connection::ConnectionId;
use http::StatusCode;
use sync::connect;

use super::caller::Writer;
use super::fields::Fields;
use super::named::Named;
use super::problem::Problem;
use super::{Api, named};

/// What becomes of things at the far side.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; the handler reads it field by field")]
pub(super) struct AtProviderParams {
    /// `keep`: everything there stays as it is.
    #[param(pattern = "^keep$", default = "keep")]
    at_provider: Option<String>,
}

/// Longest word that is looked at.
const WORD_LENGTH_MAX: usize = 40;

/// Disconnect
#[utoipa::path(delete, path = "/connections/{id}", tag = "Connections",
    params(("id" = String, Path, pattern = "^con_[0-9a-f]{32}$"), AtProviderParams),
    responses((status = 204, description = "It is forgotten, with its secret and its events.")))]
pub(super) async fn connection_delete(
    State(api): State<Api>,
    Writer(caller): Writer,
    Named(id): Named<ConnectionId>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    named::connection(&mut tx, &caller, &id).await?;
    drop(tx);
    let mut query = Fields::of_query(query.as_deref(), &["at_provider"]);
    match query.text("at_provider", WORD_LENGTH_MAX).as_deref() {
        None | Some("keep") => {}
        Some("remove_future") => query.refuse(
            "at_provider",
            "invalid",
            "`remove_future` removes bookings that Daymark wrote there, and it has written none. \
             Use `keep`.",
        ),
        Some(_) => query.refuse("at_provider", "invalid", "`at_provider` is `keep`."),
    }
    query.done()?;
    let there = connect::disconnect(&api.house.ctx, &id, &caller.by()).await?;
    if there { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}
