//! Microsoft's levers as JSON, for programs.

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use http::StatusCode;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::forms::ACTS;
use crate::control::{Answer, Refusal, changed, nothing};
use crate::levers::Unknown;
use crate::microsoft::{
    AccountKind, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MicrosoftFaults, Sharing,
};
use crate::{Origin, Sandbox};

pub(super) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/", get(everything))
        .route("/manners", get(manners).patch(change_manners))
        .route("/faults", get(faults).put(set_faults).delete(calm))
        .route("/rings", get(rings))
        .route("/handshakes", put(handshakes))
        .route("/tenants/{tenant}", patch(change_tenant))
        .route("/people", post(add_person))
        .route("/people/{email}/faults", get(person_faults).put(set_person_faults))
        .route("/people/{email}/consent", post(consent))
        .route("/people/{email}/withdraw", post(withdraw))
        .route("/people/{email}/lifecycle", post(lifecycle))
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
        .route("/people/{email}/calendars/{calendar}/events/{id}/move", post(send_event))
        .route("/people/{email}/{act}", post(act))
}

async fn everything(State(sandbox): State<Sandbox>, origin: Origin) -> Json<Value> {
    let microsoft = sandbox.microsoft();
    let person = |person: crate::MicrosoftPersonView| {
        json!({
            "calendars": microsoft.calendars(&person.email).unwrap_or_default(),
            "faults": microsoft.faults(Some(&person.email)).unwrap_or_default(),
            "person": person,
        })
    };
    Json(json!({
        "url": origin.0,
        "client_id": MICROSOFT_CLIENT_ID,
        "client_secret": MICROSOFT_CLIENT_SECRET,
        "now": sandbox.now(),
        "manners": microsoft.manners(),
        "faults": microsoft.faults(None).unwrap_or_default(),
        "tenants": microsoft.tenants(),
        "people": microsoft.people().into_iter().map(person).collect::<Vec<_>>(),
    }))
}

async fn manners(State(sandbox): State<Sandbox>) -> Response {
    Json(sandbox.microsoft().manners()).into_response()
}

async fn change_manners(State(sandbox): State<Sandbox>, Json(patch): Json<Value>) -> Answer {
    let microsoft = sandbox.microsoft();
    let manners: crate::MicrosoftManners = changed(&microsoft.manners(), patch)?;
    microsoft.set_manners(manners.clone());
    Ok(Json(manners).into_response())
}

async fn faults(State(sandbox): State<Sandbox>) -> Answer {
    Ok(Json(sandbox.microsoft().faults(None)?).into_response())
}

async fn set_faults(
    State(sandbox): State<Sandbox>,
    Json(faults): Json<MicrosoftFaults>,
) -> Response {
    nothing(sandbox.microsoft().set_faults(None, faults))
}

async fn calm(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.clear_faults();
    StatusCode::NO_CONTENT
}

async fn person_faults(State(sandbox): State<Sandbox>, Path(email): Path<String>) -> Answer {
    Ok(Json(sandbox.microsoft().faults(Some(&email))?).into_response())
}

async fn set_person_faults(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Json(faults): Json<MicrosoftFaults>,
) -> Response {
    nothing(sandbox.microsoft().set_faults(Some(&email), faults))
}

async fn rings(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "rings": sandbox.microsoft().heard() }))
}

#[derive(Deserialize)]
struct Handshakes {
    carried: bool,
}

async fn handshakes(State(sandbox): State<Sandbox>, Json(wish): Json<Handshakes>) -> StatusCode {
    sandbox.microsoft().carry_handshakes(wish.carried);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct DirectoryWish {
    users_consent: Option<bool>,
    granted: Option<Vec<String>>,
}

async fn change_tenant(
    State(sandbox): State<Sandbox>,
    Path(tenant): Path<String>,
    Json(wish): Json<DirectoryWish>,
) -> Answer {
    let microsoft = sandbox.microsoft();
    if let Some(may) = wish.users_consent {
        microsoft.set_users_consent(&tenant, may)?;
    }
    if let Some(scopes) = wish.granted {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        microsoft.admin_consent(&tenant, &scopes)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct NewPerson {
    email: String,
    name: Option<String>,
    kind: Option<AccountKind>,
}

async fn add_person(State(sandbox): State<Sandbox>, Json(new): Json<NewPerson>) -> StatusCode {
    let (name, kind) =
        (new.name.as_deref().unwrap_or(&new.email), new.kind.unwrap_or(AccountKind::Work));
    sandbox.microsoft().add_person(&new.email, name, kind);
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
    let token = sandbox.microsoft().consent(&email, &scopes)?;
    Ok(Json(json!({ "refresh_token": token })).into_response())
}

async fn withdraw(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Json(wish): Json<Scopes>,
) -> Answer {
    for scope in &wish.scopes {
        sandbox.microsoft().withdraw_scope(&email, scope)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct Lifecycle {
    event: String,
}

async fn lifecycle(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Json(wish): Json<Lifecycle>,
) -> Response {
    nothing(sandbox.microsoft().send_lifecycle(&email, &wish.event))
}

async fn act(
    State(sandbox): State<Sandbox>,
    Path((email, act)): Path<(String, String)>,
) -> Response {
    let known = ACTS.iter().find(|(name, ..)| *name == act);
    nothing(known.ok_or(Unknown).and_then(|(.., lever)| lever(&sandbox.microsoft(), &email)))
}

async fn calendars(State(sandbox): State<Sandbox>, Path(email): Path<String>) -> Answer {
    Ok(Json(sandbox.microsoft().calendars(&email)?).into_response())
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

async fn add_calendar(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Json(new): Json<Named>,
) -> Answer {
    let id = sandbox.microsoft().add_calendar(&email, &new.name)?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn change_calendar(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
    Json(change): Json<Named>,
) -> Response {
    nothing(sandbox.microsoft().rename_calendar(&email, &calendar, &change.name))
}

async fn remove_calendar(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
) -> Response {
    nothing(sandbox.microsoft().remove_calendar(&email, &calendar))
}

#[derive(Deserialize)]
struct Guest {
    with: String,
    sharing: Sharing,
}

async fn share(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
    Json(guest): Json<Guest>,
) -> Response {
    let with = (guest.with.as_str(), guest.sharing);
    nothing(sandbox.microsoft().share_calendar(&email, &calendar, with))
}

async fn events(
    State(sandbox): State<Sandbox>,
    Path((email, calendar)): Path<(String, String)>,
) -> Answer {
    Ok(Json(sandbox.microsoft().events(&email, &calendar)?).into_response())
}

#[derive(Deserialize)]
struct NewEvent {
    subject: String,
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
    let id = sandbox.microsoft().add_event(&email, &calendar, &new.subject, when)?;
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
    sandbox.microsoft().put_event(&email, &calendar, event)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn patch_event(
    State(sandbox): State<Sandbox>,
    Path((email, calendar, id)): Path<(String, String, String)>,
    Json(patch): Json<Value>,
) -> Response {
    nothing(sandbox.microsoft().patch_event(&email, (&calendar, &id), patch))
}

async fn delete_event(
    State(sandbox): State<Sandbox>,
    Path((email, calendar, id)): Path<(String, String, String)>,
) -> Response {
    nothing(sandbox.microsoft().delete_event(&email, &calendar, &id))
}

#[derive(Deserialize)]
struct Target {
    to: String,
}

async fn send_event(
    State(sandbox): State<Sandbox>,
    Path((email, calendar, id)): Path<(String, String, String)>,
    Json(target): Json<Target>,
) -> Answer {
    let id = sandbox.microsoft().move_to_calendar(&email, (&calendar, &id), &target.to)?;
    Ok(Json(json!({ "id": id })).into_response())
}
