//! `GET /integrations`: what can be connected here, and what signing in asks for.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::{Conference, Integration, Level};
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Listing, PART, Part, PartParams};
use super::problem::Problem;
use super::shapes::field_of_form;

/// A kind of thing that can be connected.
#[derive(Serialize, ToSchema)]
#[schema(as = Integration)]
pub(super) struct IntegrationShape {
    /// Its name in this API.
    #[schema(example = "icloud")]
    kind: String,
    /// Its name on the page.
    name: &'static str,
    /// Who may hold a connection of this kind: `user` or `account`.
    #[schema(pattern = "^(user|account)$")]
    level: &'static str,
    /// How one signs in: `password` (with the `fields`), or `oauth` at the provider's own page
    /// (`POST /connections/sign-in`).
    sign_in: &'static str,
    /// What it gives: `calendars`; `push`, where it rings when they change; the video meetings that
    /// its events can bring along, `meet` or `teams`.
    abilities: Vec<&'static str>,
    /// Can it be used here, or must the operator set it up first?
    set_up: bool,
    /// What `POST /connections` takes for this kind.
    fields: Vec<FieldShape>,
}

/// One field of signing in.
#[derive(Serialize, ToSchema)]
#[schema(as = SignInField)]
struct FieldShape {
    /// Its name in `POST /connections`.
    #[schema(example = "username")]
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    required: bool,
}

impl IntegrationShape {
    fn of(row: &Integration) -> Self {
        let fields = row.sign_in.fields();
        Self {
            kind: row.kind.to_string(),
            name: row.name,
            level: match row.level {
                Level::User => "user",
                Level::Account => "account",
            },
            sign_in: row.sign_in.as_str(),
            abilities: abilities(row),
            set_up: row.sign_in.is_set_up(),
            fields: fields.iter().map(FieldShape::of).collect(),
        }
    }
}

fn abilities(row: &Integration) -> Vec<&'static str> {
    let calendars = row.calendars.as_ref().map(|_| "calendars");
    let push = row.watch.as_ref().map(|_| "push");
    let conference = row.conference.map(Conference::as_str);
    calendars.into_iter().chain(push).chain(conference).collect()
}

impl FieldShape {
    fn of(field: &connection::Field) -> Self {
        let name = field_of_form(field.name);
        Self { name, label: field.label, hint: field.hint, required: !field.optional }
    }
}

/// What can be connected
#[utoipa::path(get, path = "/integrations", tag = "Connections", params(PartParams), responses(
    (status = 200, body = Listing<IntegrationShape>, description = "What can be connected here."),
))]
pub(super) async fn integrations_list(
    State(api): State<Api>,
    _caller: Reader,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<IntegrationShape>>, Problem> {
    let mut query = Fields::of_query(query.as_deref(), &PART);
    let part = Part::take(&mut query);
    query.done()?;
    let rows: Vec<_> = api.house.ctx.catalogue.rows().iter().enumerate().collect();
    let listed = part.cut(rows, |(place, _)| format!("{place:04}"));
    let items = listed.items.into_iter().map(|(_, row)| IntegrationShape::of(row)).collect();
    Ok(Json(Listing { items, next: listed.next }))
}
