//! `GET /connections`: of one user, or of the account and all its users.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::{Connection, UserId};
use store::{StoreError, Tx, calendars, connections, people};
use sync::Context;

use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Listing, Part, PartParams};
use super::problem::Problem;
use super::shapes::ConnectionShape;
use super::{Api, named};

/// Whose connections are wanted.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; the handler reads it field by field")]
pub(super) struct WhoseParams {
    /// Only those that this user holds.
    #[param(pattern = "^usr_[0-9a-f]{32}$")]
    user: Option<String>,
}

/// The connections
#[utoipa::path(get, path = "/connections", tag = "Connections",
    params(WhoseParams, PartParams),
    responses((status = 200, body = Listing<ConnectionShape>,
        description = "Of one user; without `user`, of the account and all its users.")))]
pub(super) async fn connections_list(
    State(api): State<Api>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<ConnectionShape>>, Problem> {
    let mut query = Fields::of_query(query.as_deref(), &["user", "limit", "after"]);
    let part = Part::take(&mut query);
    let user = query.id_if_given::<UserId>("user");
    query.done()?;
    let mut tx = api.house.ctx.db.read().await?;
    let mut rows = match user {
        Some(id) => {
            let user = named::user(&mut tx, &caller, &id).await?;
            connections::of_user(&mut tx, &user.id).await?
        }
        None => connections::of_account(&mut tx, &caller.account).await?,
    };
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    let listed = part.cut(rows, |connection| connection.id.to_string());
    let mut items = Vec::with_capacity(listed.items.len());
    for connection in &listed.items {
        items.push(shape(&api.house.ctx, &mut tx, connection).await?);
    }
    Ok(Json(Listing { items, next: listed.next }))
}

/// A connection with its calendars, as the API shows it.
pub(super) async fn shape(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
) -> Result<ConnectionShape, StoreError> {
    let calendars = calendars::of_connection(tx, &connection.id).await?;
    let owner = match connection.owner.user() {
        Some(id) => people::user(tx, id).await?,
        None => None,
    };
    let linked = owner.and_then(|user| user.settings.linked_calendar);
    Ok(ConnectionShape::of(ctx, connection, &calendars, linked.as_ref()))
}
