//! What is Microsoft's own on its control page, and in the same as JSON.

use axum::Router;
use axum::extract::{Form, Json, Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::levers::{DirectoryView, MicrosoftLevers, MicrosoftPersonView};
use super::world::{AccountKind, Microsoft};
use crate::control::{Answer, Fields, Notice, back, field, nothing, said};
use crate::provider::control;
use crate::provider::control::api::everything;
use crate::provider::control::page::{first, path, person_card};
use crate::{Origin, Sandbox};

pub(crate) fn router() -> Router<Sandbox> {
    let pages =
        Router::new().route("/", get(show)).route("/tenants/{tenant}/consent", post(consent));
    let api = Router::new()
        .route("/", get(all))
        .route("/handshakes", put(handshakes))
        .route("/tenants/{tenant}", patch(change_tenant))
        .route("/people", post(add_person))
        .route("/people/{email}/lifecycle", post(lifecycle))
        .route("/people/{email}/calendars/{calendar}/renew-id", post(renew_calendar_id))
        .route("/people/{email}/calendars/{calendar}/events/{id}/move", post(send_event));
    control::router::<Microsoft>(pages, api)
}

async fn show(levers: MicrosoftLevers, origin: Origin, Query(notice): Query<Notice>) -> Markup {
    let people = html! {
        @for person in levers.people() { (card(&person)) }
        h2 { "Organizations" }
        @for tenant in levers.tenants() { (tenant_card(&tenant)) }
    };
    first(&levers, &origin, &notice, &people)
}

fn card(person: &MicrosoftPersonView) -> Markup {
    let rings = format!("{} subscriptions", person.subscriptions);
    let belongs = (person.tenant.domain.as_str(), rings.as_str());
    person_card::<Microsoft>((&person.name, &person.email), &person.grants, belongs)
}

fn tenant_card(tenant: &DirectoryView) -> Markup {
    let (may, label) = if tenant.users_consent {
        ("false", "Let only administrators consent")
    } else {
        ("true", "Let people consent")
    };
    html! {
        section class="card" {
            h3 { (tenant.domain) }
            p class="quiet" { code { (tenant.id) } " "
                @if tenant.users_consent { "people consent by themselves" }
                @else { "an administrator has to consent" }
                @if !tenant.granted.is_empty() { ", for everyone: " (tenant.granted.join(", ")) } }
            form method="post"
                action=(path::<Microsoft>(&format!("/tenants/{}/consent", tenant.id))) {
                input type="hidden" name="may" value=(may);
                button class="plain" type="submit"
                    aria-label=(format!("{label} in {}", tenant.domain)) { (label) }
            }
        }
    }
}

async fn consent(
    levers: MicrosoftLevers,
    Path(tenant): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = levers.set_users_consent(&tenant, field(&fields, "may") == "true");
    back(&path::<Microsoft>(""), said(done, "That is how it is now."))
}

async fn all(levers: MicrosoftLevers, origin: Origin) -> Json<Value> {
    let mut all = everything(&levers, &origin);
    all["tenants"] = json!(levers.tenants());
    Json(all)
}

#[derive(Deserialize)]
struct Handshakes {
    carried: bool,
}

async fn handshakes(levers: MicrosoftLevers, Json(wish): Json<Handshakes>) -> StatusCode {
    levers.carry_handshakes(wish.carried);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct DirectoryWish {
    users_consent: Option<bool>,
    granted: Option<Vec<String>>,
}

async fn change_tenant(
    levers: MicrosoftLevers,
    Path(tenant): Path<String>,
    Json(wish): Json<DirectoryWish>,
) -> Answer {
    if let Some(may) = wish.users_consent {
        levers.set_users_consent(&tenant, may)?;
    }
    if let Some(scopes) = wish.granted {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        levers.admin_consent(&tenant, &scopes)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct NewPerson {
    email: String,
    name: Option<String>,
    kind: Option<AccountKind>,
}

async fn add_person(levers: MicrosoftLevers, Json(new): Json<NewPerson>) -> StatusCode {
    let name = new.name.as_deref().unwrap_or(&new.email);
    levers.add_person(&new.email, name, new.kind.unwrap_or(AccountKind::Work));
    StatusCode::CREATED
}

#[derive(Deserialize)]
struct Lifecycle {
    event: String,
}

async fn lifecycle(
    levers: MicrosoftLevers,
    Path(email): Path<String>,
    Json(wish): Json<Lifecycle>,
) -> Response {
    nothing(levers.send_lifecycle(&email, &wish.event))
}

async fn renew_calendar_id(
    levers: MicrosoftLevers,
    Path((email, calendar)): Path<(String, String)>,
) -> Answer {
    let id = levers.renew_calendar_id(&email, &calendar)?;
    Ok(Json(json!({ "id": id })).into_response())
}

#[derive(Deserialize)]
struct Target {
    to: String,
}

async fn send_event(
    levers: MicrosoftLevers,
    Path((email, calendar, id)): Path<(String, String, String)>,
    Json(target): Json<Target>,
) -> Answer {
    let id = levers.move_to_calendar(&email, (&calendar, &id), &target.to)?;
    Ok(Json(json!({ "id": id })).into_response())
}
