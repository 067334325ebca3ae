//! PUT, DELETE, MOVE, MKCALENDAR (and MKCOL, which vdirsyncer prefers): first everything that can
//! stand against it, then the change.

use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;

use super::Scene;
use super::answer::{bare, condition, header as with_header, refusal};
use super::ask::changes;
use super::place::{self, Place};
use super::propset;
use super::xml::{DAV, Element, Name};
use crate::answer::Answer;
use crate::ask::Ask;
use crate::ical::{self, Rules};
use crate::manners::{EtagOnPut, IfMatchStar, Manners, UidConflict};
use crate::world::World;
use crate::world::calendar::{Access, Calendar, CalendarKind, Member};

mod rewrite;

pub(crate) const ALLOWED: &str =
    "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCALENDAR, MKCOL, MOVE";

pub(crate) fn apply(
    world: &mut World,
    person: usize,
    ask: &Ask,
    at: &Place,
    now: Timestamp,
) -> Answer {
    match (ask.method.as_str(), at) {
        ("PUT", Place::Object(calendar, name)) => put(world, person, ask, (*calendar, name), now),
        ("DELETE", Place::Object(calendar, name)) => {
            delete(world, person, &ask.headers, *calendar, name)
        }
        ("DELETE", Place::Calendar(calendar)) => delete_calendar(world, person, *calendar),
        ("MOVE", Place::Object(calendar, name)) => relocate(world, person, ask, (*calendar, name)),
        ("MKCALENDAR" | "MKCOL", Place::Vacant(segment)) => {
            make_calendar(world, person, ask, segment)
        }
        ("MKCALENDAR" | "MKCOL", Place::Calendar(_)) => {
            let scene = scene(world, person, ask);
            let name = Name::new(DAV, "resource-must-be-null");
            refusal(&scene, StatusCode::METHOD_NOT_ALLOWED, Element::named(name))
        }
        ("PROPPATCH", Place::Calendar(calendar)) => propset::patch(world, person, ask, *calendar),
        ("PUT", Place::Orphan | Place::Vacant(_)) => bare(StatusCode::CONFLICT),
        (_, Place::Orphan | Place::Vacant(_) | Place::Nowhere) => bare(StatusCode::NOT_FOUND),
        _ => bare(StatusCode::FORBIDDEN),
    }
}

pub(super) fn scene<'a>(world: &'a World, person: usize, ask: &Ask) -> Scene<'a> {
    Scene {
        world,
        person,
        manners: world.manners_of(Some(person)),
        origin: ask.origin.clone(),
        multiget_max: None,
        home_empty: false,
        inner_errors: false,
    }
}

fn may_write(world: &World, person: usize, calendar: usize) -> bool {
    let member = world.calendars.get(calendar).and_then(|calendar| calendar.member(person));
    member.is_some_and(|member| member.access != Access::Read)
}

fn put(
    world: &mut World,
    person: usize,
    ask: &Ask,
    (calendar, name): (usize, &str),
    now: Timestamp,
) -> Answer {
    let text = match acceptable(world, person, ask, calendar, name) {
        Ok(text) => text,
        Err(answer) => return *answer,
    };
    let manners = world.manners_of(Some(person)).clone();
    let Some(into) = world.calendars.get_mut(calendar) else { return bare(StatusCode::CONFLICT) };
    let created = into.object(name).is_none();
    let etag = into.put(name, text.clone());
    if let Some(rewritten) = rewrite::rewrite(&text, manners.rewrite, now) {
        // The ETag that the answer carries is that of the text as it was sent.
        into.put(name, rewritten);
    }
    let answer = bare(if created { StatusCode::CREATED } else { StatusCode::NO_CONTENT });
    match manners.etag_on_put {
        EtagOnPut::Strong => with_header(answer, header::ETAG, &etag),
        EtagOnPut::Weak => with_header(answer, header::ETAG, &format!("W/{etag}")),
        EtagOnPut::Absent => answer,
    }
}

/// The text to be stored, or what stands against it.
fn acceptable(
    world: &World,
    person: usize,
    ask: &Ask,
    calendar: usize,
    name: &str,
) -> Result<String, Box<Answer>> {
    let scene = scene(world, person, ask);
    let no = |status, local| Err(Box::new(refusal(&scene, status, condition(local))));
    let Some(into) = world.calendars.get(calendar) else {
        return Err(Box::new(bare(StatusCode::CONFLICT)));
    };
    if !may_write(world, person, calendar) {
        let needs = Element::dav("need-privileges");
        return Err(Box::new(refusal(&scene, StatusCode::FORBIDDEN, needs)));
    }
    if !preconditions_hold(&ask.headers, into, name, scene.manners) {
        return Err(Box::new(bare(StatusCode::PRECONDITION_FAILED)));
    }
    let kind = ask.header("content-type").unwrap_or("text/calendar");
    if !kind.to_ascii_lowercase().starts_with("text/calendar") {
        return no(StatusCode::UNSUPPORTED_MEDIA_TYPE, "supported-calendar-data");
    }
    if ask.body.len() > scene.manners.resource_size_max {
        return no(StatusCode::FORBIDDEN, "max-resource-size");
    }
    let Some(text) = ask.text() else { return no(StatusCode::FORBIDDEN, "valid-calendar-data") };
    let rules = Rules {
        kinds: into.kind.components(),
        end_required: scene.manners.end_required,
        method_refused: scene.manners.method_refused,
    };
    let object = match ical::check(text, rules) {
        Ok(object) => object,
        Err(refused) => return no(StatusCode::FORBIDDEN, refused.precondition()),
    };
    let uid = ical::uid(&object).unwrap_or_default();
    uid_is_free(&scene, calendar, name, uid)?;
    Ok(text.to_owned())
}

fn uid_is_free(
    scene: &Scene<'_>,
    calendar: usize,
    name: &str,
    uid: &str,
) -> Result<(), Box<Answer>> {
    let (places, status): (Vec<usize>, _) = match scene.manners.uid_conflict {
        UidConflict::Accepted => return Ok(()),
        UidConflict::InCalendar => (vec![calendar], StatusCode::CONFLICT),
        UidConflict::AcrossPerson => {
            let seen = scene.world.seen_by(scene.person).map(|(at, _)| at);
            (seen.collect(), StatusCode::FORBIDDEN)
        }
    };
    for at in places {
        let taken = scene.world.calendars.get(at).and_then(|it| it.name_of_uid(uid));
        let Some(taken) = taken.filter(|taken| at != calendar || *taken != name) else {
            continue;
        };
        let other = Place::Object(at, taken.to_owned());
        let href = place::href(scene.world, scene.person, &other, &scene.origin);
        let conflict = condition("no-uid-conflict").with(Element::href(href));
        return Err(Box::new(refusal(scene, status, conflict)));
    }
    Ok(())
}

/// `If-Match` and `If-None-Match`, as this server understands them.
fn preconditions_hold(
    headers: &HeaderMap,
    calendar: &Calendar,
    name: &str,
    manners: &Manners,
) -> bool {
    let of = |header: header::HeaderName| headers.get(header).and_then(|it| it.to_str().ok());
    let etag = calendar.object(name).map(|object| object.etag.as_str());
    let known = |list: &str| {
        list.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| Some(one) == etag)
    };
    let matches = match of(header::IF_MATCH).map(str::trim) {
        None => true,
        Some("*") => match manners.if_match_star {
            IfMatchStar::Honest => etag.is_some(),
            IfMatchStar::Backwards => etag.is_none(),
            IfMatchStar::Ignored => true,
        },
        Some(list) => known(list),
    };
    let absent = match of(header::IF_NONE_MATCH).map(str::trim) {
        Some("*") if manners.if_none_match_honoured => etag.is_none(),
        None | Some("*") => true,
        Some(list) => !known(list),
    };
    matches && absent
}

fn delete(
    world: &mut World,
    person: usize,
    headers: &HeaderMap,
    calendar: usize,
    name: &str,
) -> Answer {
    if !may_write(world, person, calendar) {
        return bare(StatusCode::FORBIDDEN);
    }
    let manners = world.manners_of(Some(person)).clone();
    let Some(from) = world.calendars.get_mut(calendar) else { return bare(StatusCode::NOT_FOUND) };
    if from.object(name).is_none() {
        return bare(StatusCode::NOT_FOUND);
    }
    if !preconditions_hold(headers, from, name, &manners) {
        return bare(StatusCode::PRECONDITION_FAILED);
    }
    from.remove(name);
    bare(StatusCode::NO_CONTENT)
}

/// The owner's DELETE takes a calendar away from all; a member's only from themselves.
fn delete_calendar(world: &mut World, person: usize, at: usize) -> Answer {
    let Some(calendar) = world.calendars.get_mut(at) else { return bare(StatusCode::NOT_FOUND) };
    let owned = calendar.member(person).is_some_and(|member| member.access == Access::Owner);
    calendar.members.retain(|member| !owned && member.person != person);
    bare(StatusCode::NO_CONTENT)
}

/// MOVE, RFC 4918 §9.9, within one home.
fn relocate(world: &mut World, person: usize, ask: &Ask, (from, name): (usize, &str)) -> Answer {
    let to = ask.header("destination").map(|to| {
        let path = to.strip_prefix(&ask.origin).unwrap_or(to);
        place::find(world, person, path)
    });
    let Some(Place::Object(into, new_name)) = to else { return bare(StatusCode::CONFLICT) };
    if !may_write(world, person, from) || !may_write(world, person, into) {
        return bare(StatusCode::FORBIDDEN);
    }
    let taken = |at: usize, name: &str| {
        world.calendars.get(at).and_then(|it| it.object(name)).map(|object| object.text.clone())
    };
    let Some(text) = taken(from, name) else { return bare(StatusCode::NOT_FOUND) };
    let replaces = taken(into, &new_name).is_some();
    if replaces && ask.header("overwrite").is_some_and(|it| it.eq_ignore_ascii_case("F")) {
        return bare(StatusCode::PRECONDITION_FAILED);
    }
    if let Some(calendar) = world.calendars.get_mut(from) {
        calendar.remove(name);
    }
    if let Some(calendar) = world.calendars.get_mut(into) {
        calendar.put(&new_name, text);
    }
    bare(if replaces { StatusCode::NO_CONTENT } else { StatusCode::CREATED })
}

fn make_calendar(world: &mut World, person: usize, ask: &Ask, segment: &str) -> Answer {
    if !world.manners_of(Some(person)).mkcalendar {
        return bare(StatusCode::METHOD_NOT_ALLOWED);
    }
    let Some(changes) = ask.text().and_then(changes) else {
        return bare(StatusCode::BAD_REQUEST);
    };
    if segment.is_empty() {
        return bare(StatusCode::FORBIDDEN);
    }
    let id = world.dice.uid();
    let owner = Member { person, segment: segment.to_owned(), access: Access::Owner };
    let mut calendar = Calendar::new(id, segment, CalendarKind::Events, owner);
    for (name, value, text) in changes.set {
        propset::set(&mut calendar, &name, value, &text);
    }
    world.calendars.push(calendar);
    bare(StatusCode::CREATED)
}
