//! The levers as JSON, for programs.

use axum::Router;
use axum::extract::{Json, Path};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use http::StatusCode;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Answer, Refusal, calm, changed, created, nothing};
use crate::levers::Unknown;
use crate::provider::levers::Levers;
use crate::provider::{Calendars, Provider};
use crate::{Origin, Sandbox};

pub(super) fn router<P: Calendars>() -> Router<Sandbox> {
    Router::new()
        .route("/manners", get(manners::<P>).patch(change_manners::<P>))
        .route("/faults", get(faults::<P>).put(set_faults::<P>).delete(calm))
        .route("/rings", get(rings::<P>))
        .route("/people/{email}/faults", get(person_faults::<P>).put(set_person_faults::<P>))
        .route("/people/{email}/consent", post(consent::<P>))
        .route("/people/{email}/withdraw", post(withdraw::<P>))
        .route("/people/{email}/{act}", post(act::<P>))
        .route("/people/{email}/calendars", get(calendars::<P>).post(add_calendar::<P>))
        .route(
            "/people/{email}/calendars/{calendar}",
            patch(change_calendar::<P>).delete(remove_calendar::<P>),
        )
        .route("/people/{email}/calendars/{calendar}/share", post(share::<P>))
        .route("/people/{email}/calendars/{calendar}/events", get(events::<P>).post(add_event::<P>))
        .route(
            "/people/{email}/calendars/{calendar}/events/{id}",
            put(put_event::<P>).patch(patch_event::<P>).delete(delete_event::<P>),
        )
}

/// All that there is.
pub(crate) fn everything<P: Calendars>(levers: &Levers<P>, origin: &Origin) -> Value {
    let person = |view: P::PersonView| {
        let person = json!(view);
        let email = person["email"].as_str().unwrap_or_default();
        json!({
            "calendars": levers.calendars(email).unwrap_or_default(),
            "faults": levers.faults(Some(email)).unwrap_or_default(),
            "person": person,
        })
    };
    json!({
        "url": origin.0,
        "client_id": P::CLIENT.id,
        "client_secret": P::CLIENT.secret,
        "now": levers.sandbox.now(),
        "manners": levers.manners(),
        "faults": levers.faults(None).unwrap_or_default(),
        "people": levers.people().into_iter().map(person).collect::<Vec<_>>(),
    })
}

async fn manners<P: Provider>(levers: Levers<P>) -> Json<P::Manners> {
    Json(levers.manners())
}

async fn change_manners<P: Provider>(levers: Levers<P>, Json(patch): Json<Value>) -> Answer {
    let manners: P::Manners = changed(&levers.manners(), patch)?;
    levers.set_manners(manners.clone());
    Ok(Json(manners).into_response())
}

async fn faults<P: Provider>(levers: Levers<P>) -> Answer {
    Ok(Json(levers.faults(None)?).into_response())
}

async fn set_faults<P: Provider>(levers: Levers<P>, Json(faults): Json<P::Faults>) -> Response {
    nothing(levers.set_faults(None, faults))
}

async fn person_faults<P: Provider>(levers: Levers<P>, Path(email): Path<String>) -> Answer {
    Ok(Json(levers.faults(Some(&email))?).into_response())
}

async fn set_person_faults<P: Provider>(
    levers: Levers<P>,
    Path(email): Path<String>,
    Json(faults): Json<P::Faults>,
) -> Response {
    nothing(levers.set_faults(Some(&email), faults))
}

async fn rings<P: Provider>(levers: Levers<P>) -> Json<Value> {
    Json(json!({ "rings": levers.heard() }))
}

#[derive(Deserialize)]
struct Scopes {
    scopes: Vec<String>,
}

async fn consent<P: Provider>(
    levers: Levers<P>,
    Path(email): Path<String>,
    Json(wish): Json<Scopes>,
) -> Answer {
    let scopes: Vec<&str> = wish.scopes.iter().map(String::as_str).collect();
    let token = levers.consent(&email, &scopes)?;
    Ok(Json(json!({ "refresh_token": token })).into_response())
}

async fn withdraw<P: Provider>(
    levers: Levers<P>,
    Path(email): Path<String>,
    Json(wish): Json<Scopes>,
) -> Response {
    let mut scopes = wish.scopes.iter();
    nothing(scopes.try_for_each(|scope| levers.withdraw_scope(&email, scope)))
}

async fn act<P: Provider>(
    levers: Levers<P>,
    Path((email, act)): Path<(String, String)>,
) -> Response {
    let known = P::ACTS.iter().find(|(name, ..)| *name == act);
    nothing(known.ok_or(Unknown).and_then(|(.., lever)| lever(&levers, &email)))
}

async fn calendars<P: Calendars>(levers: Levers<P>, Path(email): Path<String>) -> Answer {
    Ok(Json(levers.calendars(&email)?).into_response())
}

/// A calendar, by what its provider calls its title.
#[derive(Deserialize)]
struct Named {
    #[serde(alias = "summary")]
    name: String,
}

async fn add_calendar<P: Calendars>(
    levers: Levers<P>,
    Path(email): Path<String>,
    Json(new): Json<Named>,
) -> Answer {
    Ok(created("id", &levers.add_calendar(&email, &new.name)?))
}

async fn change_calendar<P: Calendars>(
    levers: Levers<P>,
    Path((email, calendar)): Path<(String, String)>,
    Json(change): Json<Named>,
) -> Response {
    nothing(levers.rename_calendar(&email, &calendar, &change.name))
}

async fn remove_calendar<P: Calendars>(
    levers: Levers<P>,
    Path((email, calendar)): Path<(String, String)>,
) -> Response {
    nothing(levers.remove_calendar(&email, &calendar))
}

#[derive(Deserialize)]
struct Guest<R> {
    with: String,
    #[serde(alias = "sharing")]
    role: R,
}

async fn share<P: Calendars>(
    levers: Levers<P>,
    Path((email, calendar)): Path<(String, String)>,
    Json(guest): Json<Guest<P::Right>>,
) -> Response {
    nothing(levers.share_calendar(&email, &calendar, (&guest.with, guest.role)))
}

async fn events<P: Calendars>(
    levers: Levers<P>,
    Path((email, calendar)): Path<(String, String)>,
) -> Answer {
    Ok(Json(levers.events(&email, &calendar)?).into_response())
}

#[derive(Deserialize)]
struct NewEvent {
    #[serde(alias = "subject")]
    summary: String,
    /// Local time in the sandbox's zone.
    start: DateTime,
    minutes: i64,
}

async fn add_event<P: Calendars>(
    levers: Levers<P>,
    Path((email, calendar)): Path<(String, String)>,
    Json(new): Json<NewEvent>,
) -> Answer {
    let when = (new.start, new.minutes);
    Ok(created("id", &levers.add_event(&email, &calendar, &new.summary, when)?))
}

async fn put_event<P: Calendars>(
    levers: Levers<P>,
    Path((email, calendar, id)): Path<(String, String, String)>,
    Json(mut event): Json<Value>,
) -> Answer {
    if !event.is_object() {
        return Err(Refusal::from(Unknown));
    }
    event["id"] = json!(id);
    levers.put_event(&email, &calendar, event)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn patch_event<P: Calendars>(
    levers: Levers<P>,
    Path((email, calendar, id)): Path<(String, String, String)>,
    Json(patch): Json<Value>,
) -> Response {
    nothing(levers.patch_event(&email, (&calendar, &id), patch))
}

async fn delete_event<P: Calendars>(
    levers: Levers<P>,
    Path((email, calendar, id)): Path<(String, String, String)>,
) -> Response {
    nothing(levers.delete_event(&email, &calendar, &id))
}
