//! `POST /connections`: examines what was sent, and connects. Nothing is kept of a failed try.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use connection::{Integration, UserId};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use sync::connect::{self, Outcome, Request, Wishes};

use super::caller::{Caller, Writer};
use super::connections_list::shape;
use super::fields::Fields;
use super::problem::Problem;
use super::sent::Sent;
use super::shapes::ConnectionShape;
use super::{Api, PREFIX, connection_form, named};

/// Connect
///
/// Signs in at the far side, looks, and keeps the connection only if every check passes. The
/// same account again is a repair, not a copy; so is a calendar file that is clearly a newer
/// version of one that is connected. With `"busy_only": true` no more than the times of its events
/// is ever stored.
#[utoipa::path(post, path = "/connections", tag = "Connections",
    request_body(content = serde_json::Value, content_type = "application/json"),
    responses(
        (status = 201, body = ConnectionShape, description = "Connected.",
            headers(("Location" = String, description = "Where the connection is."))),
        (status = 200, body = ConnectionShape,
            description = "It was connected before, and has the new credential now."),
    ))]
pub(super) async fn connection_create(
    State(api): State<Api>,
    Writer(caller): Writer,
    sent: Sent,
) -> Result<Response, Problem> {
    let request = read(&api, &caller, &sent).await?;
    let outcome = connect::connect(&api.house.ctx, request).await?;
    answer(&api, &caller, outcome, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn read(api: &Api, caller: &Caller, sent: &Sent) -> Result<Request, Problem> {
    let known = ["integration", "user", "busy_only"].into_iter().chain(connection_form::NAMES);
    let known: Vec<_> = known.collect();
    let mut body = Fields::of_body(&sent.headers, &sent.body, &known)?;
    let busy_only = body.truth_if_given("busy_only").unwrap_or_default();
    let rows = api.house.ctx.catalogue.rows();
    let words: Vec<_> = rows.iter().map(|row| (row.kind.as_str(), row)).collect();
    let row: Option<&Integration> = body.choice("integration", &words);
    let user = body.id::<UserId>("user");
    let fields = row.map_or(&[][..], |row| row.sign_in.fields());
    if row.is_some() {
        connection_form::require(&mut body, fields);
        for error in connection_form::not_asked(&body, fields) {
            body.refuse(&error.field, error.code, error.detail);
        }
    }
    let form = connection_form::take(&mut body);
    body.done()?;
    let (Some(row), Some(user)) = (row, user) else {
        return Err(Problem::not_found());
    };
    let mut tx = api.house.ctx.db.read().await?;
    let user = named::user(&mut tx, caller, &user).await?;
    Ok(Request {
        by: caller.by(),
        account: caller.account.clone(),
        user: user.id,
        integration: row.kind.clone(),
        proof: form.into(),
        repairs: None,
        wishes: Wishes { busy_only, ..Wishes::default() },
    })
}

/// What came of it: the connection, or with the status `refused` the checks that failed.
pub(super) async fn answer(
    api: &Api,
    caller: &Caller,
    outcome: Outcome,
    refused: StatusCode,
) -> Result<Response, Problem> {
    let (status, id) = match outcome {
        Outcome::Connected(id) => (StatusCode::CREATED, id),
        Outcome::Repaired(id) => (StatusCode::OK, id),
        Outcome::Refused { refusal, checks } => {
            return Err(Problem::refused(refused, refusal, &checks));
        }
    };
    let mut tx = api.house.ctx.db.read().await?;
    let connection = named::connection(&mut tx, caller, &id).await?;
    let shape = shape(&api.house.ctx, &mut tx, &connection).await?;
    let mut response = (status, Json(shape)).into_response();
    let place = HeaderValue::try_from(format!("{PREFIX}/connections/{id}"));
    if let (StatusCode::CREATED, Ok(place)) = (status, place) {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}
