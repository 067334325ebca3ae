//! The gate of the Calendar API: whose token it is, what it allows, how often, and which method
//! answers.

use jiff::Timestamp;

use super::answer::{Outcome, Refusal, reply};
use super::ask::token;
use super::faults::GoogleFaults;
use super::partial::Wish;
use super::scope::Need;
use super::world::Google;
use super::{calendar_list, calendars, channels, event_list, event_write, free_busy};
use crate::answer::Answer;
use crate::ask::Ask;
pub(crate) use crate::oauth::Caller;
use crate::world::World;

/// The person a request is about, for their faults: by access token, refresh token or code.
pub(crate) fn person_asking(world: &World, ask: &Ask, now: Timestamp) -> Option<usize> {
    let issuer = &world.google.issuer;
    if let Some(token) = token(ask) {
        return issuer.access(token, now).map(|access| access.grant.person);
    }
    let grant = issuer.grant_shown(&ask.form(), &["refresh_token", "token", "code"]);
    grant.map(|grant| grant.person)
}

fn caller(google: &Google, ask: &Ask, now: Timestamp) -> Result<Caller, Refusal> {
    let Some(token) = token(ask) else {
        let says = "Login Required.";
        return Err(Refusal::new(401, "global", "required", says).at("header", "Authorization"));
    };
    let access = google.issuer.access(token, now).ok_or_else(Refusal::signed_out)?;
    Ok(access.caller())
}

/// One call of the Calendar API, alone or out of a batch.
pub(crate) fn api(world: &mut World, ask: &Ask, now: Timestamp) -> Answer {
    let outcome = caller(&world.google, ask, now).and_then(|caller| {
        let google = &mut world.google;
        google.quota.count(caller.person, &google.manners, now)?;
        let person = Some(caller.person);
        if let Some(refusal) = google.faults.first(person, GoogleFaults::throttled) {
            return Err(refusal);
        }
        let wish = Wish::read(ask)?;
        dispatch(world, &caller, ask, now).map(|reply| wish.applied(reply))
    });
    reply(outcome)
}

fn allowed(caller: &Caller, need: Need) -> Result<(), Refusal> {
    if need.met_by(&caller.scopes) {
        return Ok(());
    }
    let says = "Request had insufficient authentication scopes.";
    Err(Refusal::new(403, "global", "insufficientPermissions", says))
}

fn dispatch(world: &mut World, caller: &Caller, ask: &Ask, now: Timestamp) -> Outcome {
    let segments: Vec<&str> = ask.path.iter().skip(2).map(String::as_str).collect();
    let method = ask.method.as_str();
    match (method, segments.as_slice()) {
        (_, ["users", "me", "calendarList", rest @ ..]) => {
            let need =
                if method == "GET" || rest == ["watch"] { Need::ReadList } else { Need::WriteList };
            allowed(caller, need)?;
            match (method, rest) {
                ("POST", ["watch"]) => channels::watch_list(world, caller, ask, now),
                _ => calendar_list::answer(world, caller, ask, (rest, now)),
            }
        }
        ("GET", ["users", "me", "settings", rest @ ..]) => {
            allowed(caller, Need::ReadSettings)?;
            calendars::settings(world, rest)
        }
        ("POST", ["freeBusy"]) => {
            allowed(caller, Need::FreeBusy)?;
            free_busy::answer(world, caller, ask, now)
        }
        ("POST", ["channels", "stop"]) => channels::stop(world, caller, ask),
        (_, ["calendars", id, "events", rest @ ..]) => events(world, caller, ask, (id, rest, now)),
        (_, ["calendars", rest @ ..]) => {
            let need = if method == "GET" { Need::ReadCalendar } else { Need::WriteCalendar };
            allowed(caller, need)?;
            calendars::answer(world, caller, ask, (rest, now))
        }
        ("GET", ["colors"]) => {
            allowed(caller, Need::ReadList).or_else(|_| allowed(caller, Need::ReadEvents))?;
            Ok(calendars::colors())
        }
        _ => Err(Refusal::not_found()),
    }
}

fn events(
    world: &mut World,
    caller: &Caller,
    ask: &Ask,
    (id, rest, now): (&str, &[&str], Timestamp),
) -> Outcome {
    let method = ask.method.as_str();
    let reads = method == "GET" || rest == ["watch"];
    allowed(caller, if reads { Need::ReadEvents } else { Need::WriteEvents })?;
    match (method, rest) {
        ("GET", []) => event_list::list(world, caller, ask, (id, now)),
        ("GET", [event, "instances"]) => {
            event_list::instances(world, caller, ask, (id, event, now))
        }
        ("POST", ["watch"]) => channels::watch_events(world, caller, ask, (id, now)),
        ("GET", [event]) => event_list::get(world, caller, ask, (id, event)),
        _ => event_write::answer(world, caller, ask, (id, rest, now)),
    }
}
