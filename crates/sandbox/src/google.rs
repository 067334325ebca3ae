//! Google's side: sign-in, the Calendar API v3, and push channels, under the paths that Google
//! has on its several hosts. Here all of them are one host.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use bytes::Bytes;
use http::{HeaderValue, Method, header};
use jiff::Timestamp;

mod answer;
mod ask;
mod batch;
mod calendar_list;
mod calendars;
mod channels;
mod consent;
mod consent_page;
mod control;
mod event;
mod event_edit;
mod event_list;
mod event_write;
mod expand;
pub(crate) mod faults;
mod free_busy;
mod identity;
mod levers;
mod levers_calendars;
mod moment;
mod page_token;
mod partial;
mod push;
mod quota;
mod scope;
mod seed;
mod sign_in;
mod token;
pub(crate) mod world;

use crate::Sandbox;
use crate::answer::{Answer, bare, with_header};
use crate::ask::Ask;
use crate::faults::{Cut, Door, Instead, Strike};
use crate::net;
use crate::world::{Visit, World};

pub(crate) use control::router as control_router;
pub use faults::{GoogleFaults, GoogleManners, Throttle};
pub use levers::{GoogleLevers, GooglePersonView};
pub use levers_calendars::GoogleCalendarView;
pub(crate) use seed::people as seed_people;
pub use world::Role;

/// The program that people let in: what to give as client id and secret.
pub const GOOGLE_CLIENT_ID: &str = "sandbox.apps.googleusercontent.example";
pub const GOOGLE_CLIENT_SECRET: &str = "GOCSPX-sandbox-secret";

/// Every address of Google's.
pub(crate) fn router() -> Router<Sandbox> {
    let paths = [
        "/.well-known/openid-configuration",
        "/o/oauth2/auth",
        "/o/oauth2/v2/auth",
        "/o/oauth2/v2/auth/decision",
        "/token",
        "/revoke",
        "/tokeninfo",
        "/v1/userinfo",
        "/oauth2/v2/userinfo",
        "/oauth2/v3/userinfo",
        "/oauth2/v3/certs",
        "/calendar/v3/{*rest}",
        "/batch/calendar/v3",
        "/batch",
    ];
    paths.into_iter().fold(Router::new(), |router, path| router.route(path, any(serve)))
}

async fn serve(State(sandbox): State<Sandbox>, request: Request) -> Response {
    let ask = match Ask::receive(request).await {
        Ok(ask) => ask::overridden(ask),
        Err(status) => return bare(status.as_u16()).map(axum::body::Body::from),
    };
    let now = sandbox.now();
    let (answer, strike) = sandbox.with(|world| respond(world, &ask, now));
    sandbox.rings_are_due();
    if strike.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(strike.slow_ms)).await;
    }
    let head = ask.method == Method::HEAD;
    answer.map(|bytes| net::body(if head { Bytes::new() } else { bytes }, strike.cut))
}

/// The door that a request stands before.
fn door(ask: &Ask) -> Door {
    match ask.path.first().map(String::as_str) {
        Some("calendar" | "batch") => Door::Api,
        Some("token" | "revoke") => Door::Token,
        _ => Door::SignIn,
    }
}

fn respond(world: &mut World, ask: &Ask, now: Timestamp) -> (Answer, Strike) {
    let door = door(ask);
    let person = sign_in::person_asking(world, ask, now);
    let mut strike = world.google.strike(person, ask.method.as_str(), door);
    let mut fault = strike.word();
    let answer = match strike.instead.take() {
        Some(Instead::Cut) => {
            strike.cut = Cut::AtOnce;
            bare(502)
        }
        Some(Instead::WebPage) => crate::answer::web_page(),
        Some(Instead::Status { status, retry_after_s }) => {
            answer::outage(status, retry_after_s, door)
        }
        None => answer_at(world, ask, door, now),
    };
    if strike.cut != Cut::Nowhere && fault.is_none() {
        fault = Some("cut");
    }
    let skewed = net::http_date(now, strike.clock_skew_s);
    let answer = match HeaderValue::from_str(&skewed) {
        Ok(date) => with_header(answer, header::DATE, date.to_str().unwrap_or_default()),
        Err(_) => answer,
    };
    world.record(Visit {
        at: now,
        method: ask.method.to_string(),
        path: ask.raw_path.clone(),
        username: person
            .and_then(|at| world.google.people.get(at))
            .map(|person| person.email.clone()),
        status: answer.status().as_u16(),
        fault,
    });
    (answer, strike)
}

fn answer_at(world: &mut World, ask: &Ask, door: Door, now: Timestamp) -> Answer {
    let segments: Vec<&str> = ask.path.iter().map(String::as_str).collect();
    match (door, segments.as_slice()) {
        (Door::Api, ["batch", ..]) => batch::answer(world, ask, now),
        (Door::Api, _) => sign_in::api(world, ask, now),
        (Door::Token, ["token"]) => token::token(world, ask, now),
        (Door::Token, _) => token::revoke(world, ask),
        (Door::SignIn, ["o", "oauth2", ..]) => consent::answer(world, ask, now),
        (Door::SignIn, rest) => identity::answer(world, ask, rest, now),
    }
}
