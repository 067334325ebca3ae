//! The control page as JSON, for programs: what exists, and every lever.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Json, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http::{StatusCode, header};
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::switches::changed;
use crate::faults::{Faults, Whom};
use crate::feeds::Switches;
use crate::levers::Unknown;
use crate::manners::{Manners, Preset};
use crate::world::calendar::{Access, CalendarKind};
use crate::{Origin, Sandbox};

pub(crate) type Answer = Result<Response, Refusal>;

/// What could not be done, and why.
pub(crate) struct Refusal(StatusCode, String);

impl From<Unknown> for Refusal {
    fn from(unknown: Unknown) -> Self {
        Self(StatusCode::NOT_FOUND, unknown.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

pub(crate) fn refused(why: impl std::fmt::Display) -> Refusal {
    Refusal(StatusCode::UNPROCESSABLE_ENTITY, why.to_string())
}

pub(crate) fn nothing(done: Result<(), Unknown>) -> Response {
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(unknown) => Refusal::from(unknown).into_response(),
    }
}

/// What was made, by what it is called from now on.
pub(crate) fn created(member: &str, name: &str) -> Response {
    (StatusCode::CREATED, Json(json!({ member: name }))).into_response()
}

pub(super) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/", get(everything))
        .route("/clock", post(set_forward))
        .route("/visits", get(visits).delete(forget_visits))
        .route("/faults", get(everyone_faults).put(set_everyone_faults).delete(calm))
        .route("/manners", get(everyone_manners).patch(change_everyone_manners))
        .route("/people", post(add_person))
        .route("/people/{user}/faults", get(person_faults).put(set_person_faults))
        .route("/people/{user}/manners", get(person_manners).patch(change_person_manners))
        .route("/people/{user}/calendars", get(calendars).post(add_calendar))
        .route("/people/{user}/calendars/{calendar}", axum::routing::patch(change_calendar))
        .route("/people/{user}/calendars/{calendar}/events", get(events).post(add_event))
        .route(
            "/people/{user}/calendars/{calendar}/events/{name}",
            put(put_event).delete(delete_event),
        )
        .route("/people/{user}/{act}", post(act))
        .route("/feeds/{name}", get(feed).put(put_feed).delete(remove_feed))
        .route("/feeds/{name}/switches", get(switches).put(set_switches))
        .route("/feeds/{name}/faults", put(set_feed_faults).delete(clear_feed_faults))
}

async fn everything(State(sandbox): State<Sandbox>, origin: Origin) -> Json<Value> {
    let person = |person: crate::PersonView| {
        let calendars = sandbox.calendars(&person.username).unwrap_or_default();
        let faults = sandbox.faults(&Whom::person(&person.username)).unwrap_or_default();
        json!({ "person": person, "calendars": calendars, "faults": faults })
    };
    let feed = |name: String| {
        json!({
            "name": name,
            "address": format!("{}/feeds/{name}.ics", origin.0),
            "switches": sandbox.switches(&name).unwrap_or_default(),
            "faults": sandbox.faults(&Whom::feed(&name)).unwrap_or_default(),
        })
    };
    Json(json!({
        "server": format!("{}/", origin.0),
        "now": sandbox.now(),
        "time_zone": sandbox.time_zone(),
        "preset": sandbox.preset(),
        "faults": sandbox.faults(&Whom::Everyone).unwrap_or_default(),
        "people": sandbox.people().into_iter().map(person).collect::<Vec<_>>(),
        "feeds": sandbox.feeds().into_iter().map(feed).collect::<Vec<_>>(),
    }))
}

async fn visits(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "visits": sandbox.visits() }))
}

async fn forget_visits(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.forget_visits();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Forward {
    forward_s: i64,
}

async fn set_forward(State(sandbox): State<Sandbox>, Json(clock): Json<Forward>) -> Json<Value> {
    sandbox.set_forward(jiff::SignedDuration::from_secs(clock.forward_s));
    Json(json!({ "now": sandbox.now() }))
}

pub(crate) async fn calm(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.clear_faults();
    StatusCode::NO_CONTENT
}

async fn everyone_faults(State(sandbox): State<Sandbox>) -> Answer {
    Ok(Json(sandbox.faults(&Whom::Everyone)?).into_response())
}

async fn set_everyone_faults(
    State(sandbox): State<Sandbox>,
    Json(faults): Json<Faults>,
) -> Response {
    nothing(sandbox.set_faults(&Whom::Everyone, faults))
}

async fn person_faults(State(sandbox): State<Sandbox>, Path(user): Path<String>) -> Answer {
    Ok(Json(sandbox.faults(&Whom::Person(user))?).into_response())
}

async fn set_person_faults(
    State(sandbox): State<Sandbox>,
    Path(user): Path<String>,
    Json(faults): Json<Faults>,
) -> Response {
    nothing(sandbox.set_faults(&Whom::Person(user), faults))
}

async fn set_feed_faults(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    Json(faults): Json<Faults>,
) -> Response {
    nothing(sandbox.set_faults(&Whom::Feed(name), faults))
}

async fn clear_feed_faults(State(sandbox): State<Sandbox>, Path(name): Path<String>) -> Response {
    nothing(sandbox.set_faults(&Whom::Feed(name), Faults::default()))
}

async fn everyone_manners(State(sandbox): State<Sandbox>) -> Json<Manners> {
    Json(sandbox.manners(None))
}

async fn person_manners(State(sandbox): State<Sandbox>, Path(user): Path<String>) -> Json<Manners> {
    Json(sandbox.manners(Some(&user)))
}

async fn change_everyone_manners(
    State(sandbox): State<Sandbox>,
    Json(patch): Json<Value>,
) -> Answer {
    change_manners(&sandbox, None, patch)
}

async fn change_person_manners(
    State(sandbox): State<Sandbox>,
    Path(user): Path<String>,
    Json(patch): Json<Value>,
) -> Answer {
    change_manners(&sandbox, Some(&user), patch)
}

/// `preset` first, then single switches over it.
fn change_manners(sandbox: &Sandbox, user: Option<&str>, patch: Value) -> Answer {
    let Value::Object(mut patch) = patch else {
        return Err(refused("manners are an object of switches"));
    };
    let manners = match patch.remove("preset") {
        None => sandbox.manners(user),
        Some(name) => {
            let preset = name.as_str().and_then(Preset::parse);
            Manners::of(preset.ok_or_else(|| refused("no preset has that name"))?)
        }
    };
    let manners: Manners = changed(&manners, Value::Object(patch))?;
    sandbox.set_manners(user, manners.clone())?;
    Ok(Json(manners).into_response())
}

#[derive(Deserialize)]
struct NewPerson {
    username: String,
    app_password: Option<String>,
}

async fn add_person(State(sandbox): State<Sandbox>, Json(new): Json<NewPerson>) -> Response {
    let secret = new.app_password.unwrap_or_else(|| sandbox.make_app_password());
    sandbox.add_person(&new.username, &secret);
    let says = json!({ "username": new.username, "app_password": secret });
    (StatusCode::CREATED, Json(says)).into_response()
}

#[derive(Deserialize, Default)]
struct Partition {
    partition: Option<u16>,
}

async fn act(
    State(sandbox): State<Sandbox>,
    Path((user, act)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    Ok(match act.as_str() {
        "revoke-password" => nothing(sandbox.revoke_password(&user)),
        "expire-sync-tokens" => nothing(sandbox.expire_sync_tokens(&user)),
        "new-password" => {
            let secret = sandbox.new_password(&user)?;
            Json(json!({ "app_password": secret })).into_response()
        }
        "partition" => {
            let to: Partition = serde_json::from_slice(&body).map_err(refused)?;
            let to = to.partition.ok_or_else(|| refused("partition is missing"))?;
            nothing(sandbox.move_to_partition(&user, to))
        }
        _ => return Err(Unknown.into()),
    })
}

async fn calendars(State(sandbox): State<Sandbox>, Path(user): Path<String>) -> Answer {
    let views = sandbox.calendars(&user)?;
    Ok(Json(views).into_response())
}

#[derive(Deserialize)]
struct NewCalendar {
    name: String,
    #[serde(default)]
    kind: CalendarKind,
    #[serde(default)]
    access: Access,
}

async fn add_calendar(
    State(sandbox): State<Sandbox>,
    Path(user): Path<String>,
    Json(new): Json<NewCalendar>,
) -> Answer {
    let segment = sandbox.add_calendar(&user, &new.name, new.kind, new.access)?;
    Ok(created("segment", &segment))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarChange {
    lost: Option<bool>,
    empty: Option<bool>,
    display_name: Option<String>,
}

async fn change_calendar(
    State(sandbox): State<Sandbox>,
    Path((user, calendar)): Path<(String, String)>,
    Json(change): Json<CalendarChange>,
) -> Answer {
    if let Some(lost) = change.lost {
        sandbox.lose_calendar(&user, &calendar, lost)?;
    }
    if let Some(empty) = change.empty {
        sandbox.empty_calendar(&user, &calendar, empty)?;
    }
    if let Some(name) = change.display_name {
        sandbox.rename_calendar(&user, &calendar, &name)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn events(
    State(sandbox): State<Sandbox>,
    Path((user, calendar)): Path<(String, String)>,
) -> Answer {
    let events = sandbox.list_events(&user, &calendar)?;
    Ok(Json(events).into_response())
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
    Path((user, calendar)): Path<(String, String)>,
    Json(new): Json<NewEvent>,
) -> Answer {
    let name = sandbox.add_event(&user, &calendar, &new.summary, (new.start, new.minutes))?;
    Ok(created("name", &name))
}

async fn put_event(
    State(sandbox): State<Sandbox>,
    Path((user, calendar, name)): Path<(String, String, String)>,
    text: String,
) -> Answer {
    let etag = sandbox.put_event(&user, &calendar, &name, &text)?;
    Ok(Json(json!({ "etag": etag })).into_response())
}

async fn delete_event(
    State(sandbox): State<Sandbox>,
    Path((user, calendar, name)): Path<(String, String, String)>,
) -> Response {
    nothing(sandbox.delete_event(&user, &calendar, &name))
}

async fn feed(State(sandbox): State<Sandbox>, Path(name): Path<String>) -> Answer {
    let text = sandbox.feed_text(&name)?;
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], text).into_response())
}

async fn put_feed(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    text: String,
) -> StatusCode {
    sandbox.put_feed(&name, &text);
    StatusCode::NO_CONTENT
}

async fn remove_feed(State(sandbox): State<Sandbox>, Path(name): Path<String>) -> Response {
    nothing(sandbox.remove_feed(&name))
}

async fn switches(State(sandbox): State<Sandbox>, Path(name): Path<String>) -> Answer {
    let switches = sandbox.switches(&name)?;
    Ok(Json(switches).into_response())
}

async fn set_switches(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    Json(switches): Json<Switches>,
) -> Response {
    nothing(sandbox.change_switches(&name, |now| *now = switches))
}
