//! Google's levers as JSON, for programs.

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use http::StatusCode;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Answer, Refusal, changed, nothing};
use crate::google::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GoogleFaults, Role};
use crate::levers::Unknown;
use crate::{Origin, Sandbox};

pub(super) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/", get(everything))
        .route("/manners", get(manners).patch(change_manners))
        .route("/faults", get(faults).put(set_faults).delete(calm))
        .route("/rings", get(rings))
        .route("/people", post(add_person))
        .route("/people/{email}/faults", get(person_faults).put(set_person_faults))
        .route("/people/{email}/consent", post(consent))
        .route("/people/{email}/withdraw", post(withdraw))
        .route("/people/{email}/calendars", get(calendars).post(add_calendar))
        .route(
            "/people/{email}/calendars/{calendar}",
            patch(change_calendar).delete(remove_calendar),
        )
        .route("/people/{email}/calendars/{calendar}/share", post(share))
        .route("/people/{email}/calendars/{calendar}/events", get(events).post(add_event))
        .route(
            "/people/{email}/calendars/{calendar}/events/{id}",
            put(put_event).patch(patch_event).delete(delete_event),
        )
        .route("/people/{email}/{act}", post(act))
}

async fn everything(State(sandbox): State<Sandbox>, origin: Origin) -> Json<Value> {
    let google = sandbox.google();
    let person = |person: crate::GooglePersonView| {
        json!({
            "calendars": google.calendars(&person.email).unwrap_or_default(),
            "faults": google.faults(Some(&person.email)).unwrap_or_default(),
            "person": person,
        })
    };
    Json(json!({
        "url": origin.0,
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": GOOGLE_CLIENT_SECRET,
        "now": sandbox.now(),
        "manners": google.manners(),
        "faults": google.faults(None).unwrap_or_default(),
        "people": google.people().into_iter().map(person).collect::<Vec<_>>(),
    }))
}

async fn manners(State(sandbox): State<Sandbox>) -> Response {
    Json(sandbox.google().manners()).into_response()
}

async fn change_manners(State(sandbox): State<Sandbox>, Json(patch): Json<Value>) -> Answer {
    let google = sandbox.google();
    let manners: crate::GoogleManners = changed(&google.manners(), patch)?;
    google.set_manners(manners.clone());
    Ok(Json(manners).into_response())
}

async fn faults(State(sandbox): State<Sandbox>) -> Answer {
    Ok(Json(sandbox.google().faults(None)?).into_response())
}

async fn set_faults(State(sandbox): State<Sandbox>, Json(faults): Json<GoogleFaults>) -> Response {
    nothing(sandbox.google().set_faults(None, faults))
}

async fn calm(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.clear_faults();
    StatusCode::NO_CONTENT
}

async fn person_faults(State(sandbox): State<Sandbox>, Path(email): Path<String>) -> Answer {
    Ok(Json(sandbox.google().faults(Some(&email))?).into_response())
}

async fn set_person_faults(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Json(faults): Json<GoogleFaults>,
) -> Response {
    nothing(sandbox.google().set_faults(Some(&email), faults))
}

async fn rings(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "rings": sandbox.google().heard() }))
}

#[derive(Deserialize)]
struct NewPerson {
    email: String,
    name: Option<String>,
}

async fn add_person(State(sandbox): State<Sandbox>, Json(new): Json<NewPerson>) -> StatusCode {
    sandbox.google().add_person(&new.email, new.name.as_deref().unwrap_or(&new.email));
    StatusCode::CREATED
}

#[derive(Deserialize)]
struct Scopes {
    scopes: Vec<String>,
}

async fn consent(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Json(wish): Json<Scopes>,
) -> Answer {
    let scopes: Vec<&str> = wish.scopes.iter().map(String::as_str).collect();
    let token = sandbox.google().consent(&email, &scopes)?;
    Ok(Json(json!({ "refresh_token": token })).into_response())
}

async fn withdraw(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Json(wish): Json<Scopes>,
) -> Answer {
    for scope in &wish.scopes {
        sandbox.google().withdraw_scope(&email, scope)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn act(
    State(sandbox): State<Sandbox>,
    Path((email, act)): Path<(String, String)>,
) -> Response {
    let google = sandbox.google();
    nothing(match act.as_str() {
        "revoke" => google.revoke(&email),
        "expire-access-tokens" => google.expire_access_tokens(&email),
        "expire-sync-tokens" => google.expire_sync_tokens(&email),
        "silence" => google.silence(&email),
        _ => Err(Unknown),
    })
}

async fn calendars(State(sandbox): State<Sandbox>, Path(email): Path<String>) -> Answer {
    Ok(Json(sandbox.google().calendars(&email)?).into_response())
}

#[derive(Deserialize)]
struct Named {
    summary: String,
}

async fn add_calendar(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Json(new): Json<Named>,
) -> Answer {
    let id = sandbox.google().add_calendar(&email, &new.summary)?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn change_calendar(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
    Json(change): Json<Named>,
) -> Response {
    nothing(sandbox.google().rename_calendar(&email, &calendar, &change.summary))
}

async fn remove_calendar(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
) -> Response {
    nothing(sandbox.google().remove_calendar(&email, &calendar))
}

#[derive(Deserialize)]
struct Guest {
    with: String,
    role: Role,
}

async fn share(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
    Json(guest): Json<Guest>,
) -> Response {
    let with = (guest.with.as_str(), guest.role);
    nothing(sandbox.google().share_calendar(&email, &calendar, with))
}

async fn events(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
) -> Answer {
    Ok(Json(sandbox.google().events(&email, &calendar)?).into_response())
}

#[derive(Deserialize)]
struct NewEvent {
    summary: String,
    /// Local time in the sandbox's zone.
    start: DateTime,
    minutes: i64,
}

async fn add_event(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
    Json(new): Json<NewEvent>,
) -> Answer {
    let when = (new.start, new.minutes);
    let id = sandbox.google().add_event(&email, &calendar, &new.summary, when)?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn put_event(
    State(sandbox): State<Sandbox>,
    Path((email, calendar, id)): Path<(String, String, String)>,
    Json(mut event): Json<Value>,
) -> Answer {
    if !event.is_object() {
        return Err(Refusal::from(Unknown));
    }
    event["id"] = json!(id);
    sandbox.google().put_event(&email, &calendar, event)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn patch_event(
    State(sandbox): State<Sandbox>,
    Path((email, calendar, id)): Path<(String, String, String)>,
    Json(patch): Json<Value>,
) -> Response {
    nothing(sandbox.google().patch_event(&email, (&calendar, &id), patch))
}

async fn delete_event(
    State(sandbox): State<Sandbox>,
    Path((email, calendar, id)): Path<(String, String, String)>,
) -> Response {
    nothing(sandbox.google().delete_event(&email, &calendar, &id))
}
