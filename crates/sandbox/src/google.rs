//! Google's side: sign-in, the Calendar API v3, and push channels, under the paths that Google
//! has on its several hosts. Here all of them are one host.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::header;
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
use crate::answer::{Answer, bare, instead, sent, with_header};
use crate::ask::{Ask, BODY_MAX};
use crate::faults::{Door, Strike};
use crate::net;
use crate::world::World;

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
    let ask = match Ask::receive(request, BODY_MAX).await {
        Ok(ask) => ask::overridden(ask),
        Err(status) => return bare(status.as_u16()).map(axum::body::Body::from),
    };
    let now = sandbox.now();
    let (answer, strike) = sandbox.with(|world| respond(world, &ask, now));
    sandbox.rings_are_due();
    sent(answer, &ask.method, &strike).await
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
    let mut strike = world.google.faults.strike(person, ask.method.as_str(), door);
    let fault = strike.word();
    let in_words = |status, wait| answer::outage(status, wait, door);
    let answer = match instead(&mut strike, in_words) {
        Some(answer) => answer,
        None => answer_at(world, ask, door, now),
    };
    let answer = with_header(answer, header::DATE, &net::http_date(now, strike.clock_skew_s));
    let known = person.and_then(|at| world.google.people.get(at));
    let who = known.map(|person| person.email.clone());
    world.note(ask, who, (&answer, fault), now);
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
