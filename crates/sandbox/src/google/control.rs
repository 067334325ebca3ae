//! What is Google's own on its control page, and in the same as JSON.

use axum::Router;
use axum::extract::{Json, Query};
use axum::routing::{get, post};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::levers::{GoogleLevers, GooglePersonView};
use super::world::Google;
use crate::control::Notice;
use crate::provider::control;
use crate::provider::control::api::everything;
use crate::provider::control::page::{first, person_card};
use crate::{Origin, Sandbox};

pub(crate) fn router() -> Router<Sandbox> {
    let api = Router::new().route("/", get(all)).route("/people", post(add_person));
    control::router::<Google>(Router::new().route("/", get(show)), api)
}

async fn show(levers: GoogleLevers, origin: Origin, Query(notice): Query<Notice>) -> Markup {
    let people = html! { @for person in levers.people() { (card(&person)) } };
    first(&levers, &origin, &notice, &people)
}

fn card(person: &GooglePersonView) -> Markup {
    let domain = person.domain.as_deref().unwrap_or("private account");
    let rings = format!("{} push channels", person.channels);
    person_card::<Google>((&person.name, &person.email), &person.grants, (domain, &rings))
}

async fn all(levers: GoogleLevers, origin: Origin) -> Json<Value> {
    Json(everything(&levers, &origin))
}

#[derive(Deserialize)]
struct NewPerson {
    email: String,
    name: Option<String>,
}

async fn add_person(levers: GoogleLevers, Json(new): Json<NewPerson>) -> StatusCode {
    levers.add_person(&new.email, new.name.as_deref().unwrap_or(&new.email));
    StatusCode::CREATED
}
