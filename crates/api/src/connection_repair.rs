//! `POST /connections/{id}/repair`: signs in anew, in place; calendars and choices stay.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use connection::{Connection, ConnectionId, Field, Owner, SignInForm};
use http::StatusCode;
use sync::connect::{self, Request, Wishes};
use utoipa::ToSchema;

use super::caller::Writer;
use super::connection_create::answer;
use super::fields::Fields;
use super::named::Named;
use super::problem::{Code, Problem};
use super::sent::Sent;
use super::shapes::{ConnectionShape, field_of_form};
use super::{Api, connection_form, connection_sign_in, named};

/// Whether another account takes the place of the one that is connected.
const REPLACE: &str = "replace";

/// What is new; what is left out stays as it was.
#[derive(ToSchema)]
#[schema(as = ConnectionRepair)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the body; `connection_form` reads it")]
pub(super) struct RepairShape {
    /// The address of the server or feed.
    #[schema(nullable = false, max_length = 2000, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
    url: Option<String>,
    #[schema(nullable = false, max_length = 320, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
    username: Option<String>,
    #[schema(nullable = false, max_length = 1000, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
    password: Option<String>,
    /// The text of a calendar file.
    #[schema(nullable = false, pattern = r"^[^\u0000]+$")]
    file: Option<String>,
    /// What that file is called.
    #[schema(nullable = false, max_length = 255, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
    file_name: Option<String>,
    /// Another account takes the place of the one that is connected.
    #[schema(nullable = false, default = false)]
    replace: Option<bool>,
}

/// Sign in anew
///
/// Takes the fields that `POST /connections` takes for this integration. What is left out stays
/// as it was; usually only `password` is new. A newer version of a calendar file takes the place
/// of the one before, event by event. Where it cannot be signed in, the answer is 409 with
/// the checks, and the connection stays as it was. Where one signs in at the provider's own page,
/// `{}` is sent, and the answer is `{"authorize_url": …}`, as of `POST /connections/sign-in`.
///
/// Another account than before is refused as `other_principal`, with both names. With
/// `"replace": true` it takes the place of the old one: the connection keeps its id, its history,
/// and what was chosen for each calendar of which the new account has one of the same name; their
/// events are read anew, and their times are not known until then. Calendars without a
/// counterpart are gone; new ones are added.
#[utoipa::path(post, path = "/connections/{id}/repair", tag = "Connections",
    params(("id" = String, Path, pattern = "^con_[0-9a-f]{32}$")),
    request_body = RepairShape,
    responses((status = 200, body = ConnectionShape, description = "It is signed in again.")))]
pub(super) async fn connection_repair(
    State(api): State<Api>,
    Writer(caller): Writer,
    Named(id): Named<ConnectionId>,
    sent: Sent,
) -> Result<Response, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    let connection = named::connection(&mut tx, &caller, &id).await?;
    drop(tx);
    let Owner::User(user) = &connection.owner else {
        return Err(Problem::not_found());
    };
    let user = user.clone();
    let row = api.house.ctx.catalogue.find(connection.integration.as_str());
    if row.is_some_and(|row| row.sign_in.as_str() == "oauth") {
        let mut body = Fields::of_body(&sent.headers, &sent.body, &[REPLACE])?;
        let wishes = replacing(&mut body);
        body.done()?;
        let of = (user, connection.integration);
        let link = connection_sign_in::link(&api, of, (Some(id), wishes), None).await?;
        return Ok(link.into_response());
    }
    let (form, wishes) = read(&api, &connection, &sent)?;
    let request = Request {
        by: caller.by(),
        account: connection.account,
        user,
        integration: connection.integration,
        proof: form.into(),
        repairs: Some(id),
        wishes,
    };
    let outcome = connect::connect(&api.house.ctx, request).await?;
    answer(&api, &caller, outcome, StatusCode::CONFLICT).await
}

fn replacing(body: &mut Fields) -> Wishes {
    Wishes { replace: body.truth_if_given(REPLACE).unwrap_or_default(), ..Wishes::default() }
}

fn read(api: &Api, connection: &Connection, sent: &Sent) -> Result<(SignInForm, Wishes), Problem> {
    let row = api.house.ctx.catalogue.find(connection.integration.as_str());
    let Some(row) = row else { return Err(sync::SyncError::UnknownIntegration.into()) };
    let fields = row.sign_in.fields();
    let known: Vec<_> = connection_form::NAMES.into_iter().chain([REPLACE]).collect();
    let mut body = Fields::of_body(&sent.headers, &sent.body, &known)?;
    let wishes = replacing(&mut body);
    if !connection_form::NAMES.iter().any(|name| body.has(name)) {
        body.required(usual(fields));
    }
    let strange = connection_form::not_asked(&body, fields);
    let form = connection_form::take(&mut body);
    body.done()?;
    if strange.is_empty() {
        Ok((form, wishes))
    } else {
        Err(Problem::of_fields(Code::FieldNotAsked, strange))
    }
}

/// The field that is usually new: the password, or what stands for it.
fn usual(fields: &[Field]) -> &'static str {
    let password = fields.iter().find(|field| field.name == "password");
    password.or(fields.first()).map_or("password", |field| field_of_form(field.name))
}
