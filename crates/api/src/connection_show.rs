//! `GET /connections/{id}`: one connection.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::ConnectionId;

use super::caller::Reader;
use super::connections_list::shape;
use super::fields::Fields;
use super::named::Named;
use super::problem::Problem;
use super::shapes::ConnectionShape;
use super::{Api, named};

/// One connection
#[utoipa::path(get, path = "/connections/{id}", tag = "Connections",
    params(("id" = String, Path, pattern = "^con_[0-9a-f]{32}$")),
    responses((status = 200, body = ConnectionShape, description = "As it stands now.")))]
pub(super) async fn connection_show(
    State(api): State<Api>,
    Reader(caller): Reader,
    Named(id): Named<ConnectionId>,
    RawQuery(query): RawQuery,
) -> Result<Json<ConnectionShape>, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    let connection = named::connection(&mut tx, &caller, &id).await?;
    Fields::of_query(query.as_deref(), &[]).done()?;
    Ok(Json(shape(&api.house.ctx, &mut tx, &connection).await?))
}
