//! A CalDAV server with Apple's manners, or another's: who asks, what goes wrong today, and which
//! method answers.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;

mod answer;
mod ask;
mod place;
mod properties;
mod propfind;
mod propset;
mod report;
mod sync_report;
mod write;
pub(crate) mod xml;

use crate::Sandbox;
use crate::answer::{Answer, instead, sent, with_retry_after};
use crate::ask::Ask;
use crate::faults::{Door, Strike};
use crate::manners::Manners;
use crate::net;
use crate::world::World;
use answer::{bare, header as with_header};
use place::Place;

/// Larger requests are refused; calendar objects have a lower limit of their own.
const BODY_MAX: usize = 64 * 1024 * 1024;

/// One request by one person, with all that the answer may look at.
struct Scene<'a> {
    world: &'a World,
    person: usize,
    manners: &'a Manners,
    origin: String,
    multiget_max: Option<usize>,
    home_empty: bool,
    inner_errors: bool,
}

impl Scene<'_> {
    /// Where the calendars are: for Apple an absolute URL on a partition host.
    fn home_url(&self) -> String {
        let path = place::path(self.world, self.person, &Place::Home);
        match &self.manners.partition_host {
            Some(host) => {
                let scheme = self.origin.split("://").next().unwrap_or("http");
                format!("{scheme}://{host}{path}")
            }
            None if self.manners.home_absolute => format!("{}{path}", self.origin),
            None => place::href(self.world, self.person, &Place::Home, &self.origin),
        }
    }
}

/// Answers every request that is not for the feed host or the control page.
pub(crate) async fn serve(State(sandbox): State<Sandbox>, request: Request) -> Response {
    let ask = match Ask::receive(request, BODY_MAX).await {
        Ok(ask) => ask,
        Err(status) => return bare(status).map(axum::body::Body::from),
    };
    if is_a_browser_at_the_door(&ask) {
        return Redirect::to("/control").into_response();
    }
    let now = sandbox.now();
    let (answer, strike) = sandbox.with(|world| respond(world, &ask, now));
    sent(answer, &ask.method, &strike).await
}

/// A person who opens the address in a browser wants the control page.
fn is_a_browser_at_the_door(ask: &Ask) -> bool {
    ask.method == Method::GET
        && ask.raw_path == "/"
        && ask.basic().is_none()
        && ask.header("accept").is_some_and(|kinds| kinds.contains("text/html"))
}

fn respond(world: &mut World, ask: &Ask, now: Timestamp) -> (Answer, Strike) {
    let named = ask.basic().and_then(|(username, _)| world.person(&username));
    let mut strike = world.faults.strike(named, ask.method.as_str(), Door::Api);
    let fault = strike.word();
    let status = |status, wait| with_retry_after(crate::answer::bare(status), wait);
    let (answer, signed_in) = match instead(&mut strike, status) {
        Some(answer) => (answer, None),
        None => signed_in(world, ask, &strike, now),
    };
    let answer = finish(answer, world.manners_of(named), &strike, now);
    let person = signed_in.and_then(|at| world.people.get(at));
    let who = person.map(|person| person.username.clone());
    world.note(ask, who, (&answer, fault), now);
    (answer, strike)
}

/// What every answer carries: the date, and what the server can do.
fn finish(mut answer: Answer, manners: &Manners, strike: &Strike, now: Timestamp) -> Answer {
    let date = net::http_date(now, strike.clock_skew_s);
    if let Ok(date) = HeaderValue::from_str(&date) {
        answer.headers_mut().insert(header::DATE, date);
    }
    for dav in &manners.dav {
        answer = with_header(answer, header::HeaderName::from_static("dav"), dav);
    }
    answer
}

fn signed_in(
    world: &mut World,
    ask: &Ask,
    strike: &Strike,
    now: Timestamp,
) -> (Answer, Option<usize>) {
    if ask.raw_path.trim_end_matches('/') == "/.well-known/caldav" {
        return (well_known(world, ask), None);
    }
    match sign_in(world, ask) {
        Ok(person) => (dispatch(world, person, ask, strike, now), Some(person)),
        Err(refusal) => (*refusal, None),
    }
}

/// RFC 6764 §5: the redirect to where discovery begins.
fn well_known(world: &World, ask: &Ask) -> Answer {
    let person = ask.basic().and_then(|(username, _)| world.person(&username));
    let manners = world.manners_of(person);
    match manners.well_known.and_then(|status| StatusCode::from_u16(status).ok()) {
        Some(status) => {
            let to = format!("{}{}", ask.origin, manners.layout.entry);
            with_header(bare(status), header::LOCATION, &to)
        }
        None => bare(StatusCode::NOT_FOUND),
    }
}

/// The person, if the password is one of their app-specific ones, to the letter.
fn sign_in(world: &mut World, ask: &Ask) -> Result<usize, Box<Answer>> {
    let claimed = ask.basic();
    let named = claimed.as_ref().and_then(|(username, _)| world.person(username));
    let opens = match (&claimed, named.and_then(|at| world.people.get(at))) {
        (Some((_, password)), Some(person)) => person.password_opens(password),
        _ => false,
    };
    let wrong_max = world.manners_of(named).wrong_passwords_max;
    let challenges = world.manners_of(named).challenges.clone();
    match named.and_then(|at| Some((at, world.people.get_mut(at)?))) {
        Some((at, person)) if opens => {
            person.wrong_passwords = 0;
            return Ok(at);
        }
        Some((_, person)) => {
            person.wrong_passwords += 1;
            if wrong_max.is_some_and(|max| person.wrong_passwords > max) {
                let answer = bare(StatusCode::TOO_MANY_REQUESTS);
                return Err(Box::new(with_header(answer, header::RETRY_AFTER, "30")));
            }
        }
        None => {}
    }
    let refusal = bare(StatusCode::UNAUTHORIZED);
    let offer = |answer, line: &String| with_header(answer, header::WWW_AUTHENTICATE, line);
    Err(Box::new(challenges.iter().fold(refusal, offer)))
}

fn dispatch(
    world: &mut World,
    person: usize,
    ask: &Ask,
    strike: &Strike,
    now: Timestamp,
) -> Answer {
    let place = place::find(world, person, &ask.raw_path);
    if place == Place::Foreign {
        return bare(StatusCode::FORBIDDEN);
    }
    match ask.method.as_str() {
        "PUT" | "DELETE" | "MKCALENDAR" | "MKCOL" | "PROPPATCH" | "MOVE" => {
            return write::apply(world, person, ask, &place, now);
        }
        _ => {}
    }
    let scene = Scene {
        person,
        manners: world.manners_of(Some(person)),
        origin: ask.origin.clone(),
        multiget_max: strike.multiget_max,
        home_empty: strike.home_empty,
        inner_errors: strike.inner_errors,
        world,
    };
    match ask.method.as_str() {
        "OPTIONS" => with_header(bare(StatusCode::OK), header::ALLOW, write::ALLOWED),
        "PROPFIND" => propfind::answer(&scene, ask, &place),
        "REPORT" => report::answer(&scene, ask, &place),
        "GET" | "HEAD" => propfind::get(&scene, ask, &place),
        _ => with_header(bare(StatusCode::METHOD_NOT_ALLOWED), header::ALLOW, write::ALLOWED),
    }
}

/// The path of a calendar as its person sees it.
pub(crate) fn calendar_path(world: &World, person: usize, calendar: usize) -> String {
    place::path(world, person, &Place::Calendar(calendar))
}
