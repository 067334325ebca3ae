//! Microsoft's side: the identity platform and the calendars of Graph v1.0, with subscriptions,
//! under the paths that Microsoft has on its two hosts. Here both are one host.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::header;
use jiff::{SignedDuration, Timestamp};

mod aadsts;
mod answer;
mod batch;
mod calendars;
mod consent;
mod consent_page;
mod control;
mod delta;
mod desk;
mod event;
mod event_edit;
mod event_list;
mod event_write;
mod expand;
mod faults;
mod handshake;
mod identity;
mod ids;
mod levers;
mod levers_calendars;
mod listing;
mod moment;
mod pattern;
mod push;
mod schedule;
mod scope;
mod seed;
mod subscriptions;
mod token;
pub(crate) mod world;
mod zones;

use crate::Sandbox;
use crate::answer::{Answer, bare, instead, sent, with_header};
use crate::ask::{Ask, BODY_MAX};
use crate::faults::{Door, Strike};
use crate::net;
use crate::world::World;
use answer::{Outcome, Refusal, reply};

pub(crate) use control::router as control_router;
pub use faults::{MicrosoftFaults, MicrosoftManners, MicrosoftThrottle, Repeated, TokenError};
pub use levers::{DirectoryView, MicrosoftLevers, MicrosoftPersonView};
pub use levers_calendars::MicrosoftCalendarView;
pub(crate) use seed::people as seed_people;
pub use world::{AccountKind, Sharing};

/// The program that people let in: what to give as client id and secret.
pub const MICROSOFT_CLIENT_ID: &str = "5a0db0c5-0000-4000-8000-00000000da7a";
pub const MICROSOFT_CLIENT_SECRET: &str = "sandbox-microsoft-secret";

const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);

/// Every address of Microsoft's.
pub(crate) fn router() -> Router<Sandbox> {
    let paths = [
        "/v1.0/{*rest}",
        "/{tenant}/oauth2/v2.0/{*rest}",
        "/{tenant}/v2.0/{*rest}",
        "/{tenant}/discovery/v2.0/keys",
    ];
    paths.into_iter().fold(Router::new(), |router, path| router.route(path, any(serve)))
}

/// A request that a mailbox is busy with.
struct InFlight<'a>(&'a Sandbox, Option<usize>);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let Some(person) = self.1 else { return };
        self.0.with(|world| {
            let known = world.microsoft.people.get_mut(person);
            if let Some(it) = known {
                it.in_flight = it.in_flight.saturating_sub(1);
            }
        });
    }
}

async fn serve(State(sandbox): State<Sandbox>, request: Request) -> Response {
    let ask = match Ask::receive(request, BODY_MAX).await {
        Ok(ask) => ask,
        Err(status) => return bare(status.as_u16()).map(axum::body::Body::from),
    };
    let now = sandbox.now();
    let person = sandbox.with(|world| enter(world, &ask, now));
    let _busy = InFlight(&sandbox, person.filter(|_| door(&ask) == Door::Api));
    let shaken = handshake::shake(&sandbox, &ask).await;
    let now = sandbox.now();
    let (answer, strike) = sandbox.with(|world| respond(world, &ask, shaken, (person, now)));
    sandbox.rings_are_due();
    sent(answer, &ask.method, &strike).await
}

/// The door that a request stands before.
fn door(ask: &Ask) -> Door {
    match ask.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["v1.0", ..] => Door::Api,
        [.., "token"] => Door::Token,
        _ => Door::SignIn,
    }
}

/// The person a request is about, who now has one request more in flight.
fn enter(world: &mut World, ask: &Ask, now: Timestamp) -> Option<usize> {
    let microsoft = &mut world.microsoft;
    let issuer = &microsoft.issuer;
    let person = if door(ask) == Door::Api {
        issuer.access(ask.bearer()?, now)?.grant.person
    } else {
        issuer.grant_shown(&ask.form(), &["refresh_token", "code"])?.person
    };
    if door(ask) == Door::Api {
        microsoft.people.get_mut(person)?.in_flight += 1;
    }
    Some(person)
}

fn respond(
    world: &mut World,
    ask: &Ask,
    shaken: Result<(), Refusal>,
    (person, now): (Option<usize>, Timestamp),
) -> (Answer, Strike) {
    let door = door(ask);
    let mut strike = world.microsoft.faults.strike(person, ask.method.as_str(), door);
    let fault = strike.word();
    let in_words = |status, wait| match door {
        Door::Api => reply(Err(answer::ordered(status, wait)), ask, &mut world.dice, now),
        _ => answer::token_outage(status, wait, now),
    };
    let answer = match instead(&mut strike, in_words) {
        Some(answer) => answer,
        None => answer_at(world, ask, shaken, now),
    };
    let answer = with_header(answer, header::DATE, &net::http_date(now, strike.clock_skew_s));
    let known = person.and_then(|at| world.microsoft.people.get(at));
    let who = known.map(|person| person.email.clone());
    world.note(ask, who, (&answer, fault), now);
    (answer, strike)
}

fn answer_at(world: &mut World, ask: &Ask, shaken: Result<(), Refusal>, now: Timestamp) -> Answer {
    let segments: Vec<&str> = ask.path.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["v1.0", "$batch"] => batch::answer(world, ask, now),
        ["v1.0", ..] => call(world, ask, shaken, now),
        [_, "oauth2", "v2.0", "authorize", ..] => consent::authorize(world, ask, now),
        [_, "oauth2", "v2.0", "token"] => token::answer(world, ask, now),
        [_, "v2.0", "adminconsent", ..] => consent::admin(world, ask),
        path => identity::answer(world, ask, path, now),
    }
}

/// One call of Graph, alone or out of a batch.
fn call(world: &mut World, ask: &Ask, shaken: Result<(), Refusal>, now: Timestamp) -> Answer {
    let outcome = admitted(world, ask, shaken, now);
    let applied = outcome.is_ok().then(|| event::applied(ask)).flatten();
    let answer = reply(outcome, ask, &mut world.dice, now);
    match applied {
        Some(applied) => {
            with_header(answer, http::HeaderName::from_static("preference-applied"), &applied)
        }
        None => answer,
    }
}

/// Whose token it is, and whether they have asked too often.
fn admitted(world: &mut World, ask: &Ask, shaken: Result<(), Refusal>, now: Timestamp) -> Outcome {
    let microsoft = &mut world.microsoft;
    let token = ask
        .bearer()
        .ok_or_else(|| Refusal::new(401, "InvalidAuthenticationToken", "Access token is empty."))?;
    let caller = microsoft.issuer.access(token, now).ok_or_else(Refusal::signed_out)?.caller();
    let person = caller.person;
    if microsoft.faults.struck(person, |faults| faults.claims_challenge.strike()) {
        return Err(Refusal::challenge());
    }
    let (concurrent, in_ten) =
        (microsoft.manners.concurrent_max, microsoft.manners.calls_in_ten_minutes);
    let known = microsoft.people.get_mut(person).ok_or_else(Refusal::signed_out)?;
    if concurrent.is_some_and(|max| known.in_flight > max) {
        let says = "Application is over its MailboxConcurrency limit.";
        return Err(limited("MailboxConcurrency", says, 1));
    }
    if in_ten.is_some_and(|max| !known.calls.admit(max, TEN_MINUTES, now)) {
        let says = "Application is over its quota of requests.";
        return Err(limited("ApplicationThrottled", says, 60));
    }
    if let Some(refusal) = microsoft.faults.first(Some(person), MicrosoftFaults::throttled) {
        return Err(refusal);
    }
    desk::Desk::open(world, caller, ask, now)?.answer(shaken)
}

fn limited(code: &str, says: &str, wait: u32) -> Refusal {
    Refusal { retry_after_s: Some(wait), ..Refusal::new(429, code, says) }
}
