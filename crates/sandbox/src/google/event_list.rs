//! Events read: listed in pages, listed by sync token, one alone, the instances of a series.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::ask::{flag, number};
use super::event::{View, calendar_of, view};
use super::expand::{Window, find, instances as instances_of};
use super::moment::{Point, stretch};
use super::page_token::{Cut, PageToken, SyncToken, cut};
use super::sign_in::Caller;
use super::world::{Event, Google, GoogleCalendar, is_cancelled, is_series, stamp, text};
use crate::ask::Ask;
use crate::world::World;

const PAGE_DEFAULT: usize = 250;
const PAGE_MAX: usize = 2_500;
/// Of a deleted series, the instances that are told lie within so much of now.
const DELETED_SERIES: SignedDuration = SignedDuration::from_hours(183 * 24);
/// What a listing by sync token may not ask for.
const NOT_WITH_TOKEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

/// What a listing asks for.
struct Wish {
    single: bool,
    deleted: bool,
    window: Window,
    by: Option<String>,
    page_max: usize,
    /// The parameters that a sync token remembers.
    asked: String,
}

fn instant(ask: &Ask, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let read = |text: &str| text.parse().map_err(|_| Refusal::invalid(name));
    ask.query.get(name).map(read).transpose()
}

impl Wish {
    fn read(ask: &Ask) -> Result<Self, Refusal> {
        let single = flag(ask, "singleEvents")?.unwrap_or(false);
        let window = Window { from: instant(ask, "timeMin")?, to: instant(ask, "timeMax")? };
        if window.from.zip(window.to).is_some_and(|(from, to)| to <= from) {
            let says = "The specified time range is empty.";
            return Err(
                Refusal::new(400, "calendar", "timeRangeEmpty", says).at("parameter", "timeMax")
            );
        }
        let by = ask.query.get("orderBy").map(str::to_owned);
        match by.as_deref() {
            Some("startTime") if !single => {
                let says = "The requested ordering is not available for the particular query.";
                return Err(Refusal::bad("invalid", says).at("parameter", "orderBy"));
            }
            None | Some("startTime" | "updated") => {}
            Some(_) => return Err(Refusal::invalid("orderBy")),
        }
        let token = ask.query.get("syncToken").is_some();
        let deleted = flag(ask, "showDeleted")?;
        if token
            && (deleted == Some(false) || NOT_WITH_TOKEN.iter().any(|n| ask.query.get(n).is_some()))
        {
            let says = "Sync token cannot be used with other query restrictions.";
            return Err(Refusal::bad("invalid", says).at("parameter", "syncToken"));
        }
        let page_max = number(ask, "maxResults")?.unwrap_or(PAGE_DEFAULT);
        if page_max == 0 {
            return Err(Refusal::invalid("maxResults"));
        }
        let types: Vec<&str> = ask.query.all("eventTypes").collect();
        let attendees = ask.query.get("maxAttendees").unwrap_or_default();
        Ok(Self {
            single,
            deleted: deleted.unwrap_or(false),
            window,
            by,
            page_max: page_max.min(PAGE_MAX),
            asked: format!("{single},{},{attendees}", types.join("+")),
        })
    }
}

pub(crate) fn list(
    world: &mut World,
    caller: &Caller,
    ask: &Ask,
    (id, now): (&str, Timestamp),
) -> Outcome {
    let google = &mut world.google;
    let view = view(google, caller, ask, id)?;
    let wish = Wish::read(ask)?;
    let of = calendar_of(google, view)?.id.clone();
    let token = ask.query.get("syncToken").map(str::to_owned);
    let place = match ask.query.get("pageToken") {
        Some(page) => PageToken::read(page, (&of, &wish.asked, token.as_deref()))?,
        None => PageToken {
            of: of.clone(),
            since: token.clone(),
            asked: wish.asked.clone(),
            after: String::new(),
            began: calendar_of(google, view)?.revision,
            page: 0,
        },
    };
    if token.is_some() {
        strike_gone(google, caller.person, place.page)?;
    }
    let calendar = calendar_of(google, view)?;
    let since = token
        .as_deref()
        .map(|token| {
            let listing = (of.as_str(), calendar.epoch, wish.asked.as_str());
            SyncToken::read(token, listing, &google.manners, now)
        })
        .transpose()?;
    let mut entries = match &since {
        Some(since) => changed(calendar, since, &wish, now),
        None => all(calendar, &wish, now),
    };
    entries.retain(|(_, event)| matches(event, ask));
    let cut = cut(entries, &place, wish.page_max, &google.manners);
    let next_sync = SyncToken {
        of,
        epoch: calendar.epoch,
        revision: if since.is_some() { calendar.revision } else { place.began },
        asked: wish.asked.clone(),
        window: since.map_or((wish.window.from, wish.window.to), |since| since.window),
        at: now,
    };
    let tokened = wish.by.is_none()
        && NOT_WITH_TOKEN.iter().all(|n| n.starts_with("time") || ask.query.get(n).is_none());
    Ok(Reply::Json(page(calendar, view, cut, tokened.then(|| next_sync.write()))))
}

/// The 410 that was ordered for this page.
fn strike_gone(google: &mut Google, person: usize, page: usize) -> Result<(), Refusal> {
    let struck = google.faults.struck(person, |faults| {
        faults.gone_on_page.unwrap_or(1) == page + 1 && faults.sync_token_gone.strike()
    });
    if struck { Err(Refusal::full_sync_required()) } else { Ok(()) }
}

fn page(calendar: &GoogleCalendar, view: View, cut: Cut<Event>, sync: Option<String>) -> Value {
    let items: Vec<Value> = cut.items.iter().map(|event| view.show(event)).collect();
    let mut page = json!({
        "kind": "calendar#events",
        "etag": format!("\"p{}\"", calendar.revision),
        "summary": calendar.summary,
        "description": calendar.description.clone().unwrap_or_default(),
        "updated": stamp(calendar.updated),
        "timeZone": calendar.time_zone,
        "accessRole": view.role,
        "defaultReminders": [],
        "items": items,
    });
    match (cut.next, sync) {
        (Some(next), _) => page["nextPageToken"] = json!(next),
        (None, Some(sync)) => page["nextSyncToken"] = json!(sync),
        (None, None) => {}
    }
    page
}

/// Everything there is, by the keys of the wished order.
fn all(calendar: &GoogleCalendar, wish: &Wish, now: Timestamp) -> Vec<(String, Event)> {
    let zone = calendar.time_zone.as_str();
    let mut found: Vec<Event> = Vec::new();
    for event in calendar.events() {
        let exception = event.contains_key("recurringEventId");
        if is_series(event) && !is_cancelled(event) {
            let laid = || instances_of(calendar, event, (wish.window, now), wish.deleted);
            if wish.single {
                found.extend(laid());
            } else if is_open(wish.window) || !laid().is_empty() {
                found.push(event.clone());
            }
        } else if exception && wish.single {
            // Came with its series.
        } else if is_cancelled(event) {
            let told = wish.deleted || (exception && master_lives(calendar, event));
            if told && (is_open(wish.window) || original_within(event, zone, wish.window)) {
                found.push(event.clone());
            }
        } else if stretch(event, zone).is_none_or(|when| wish.window.touches(when))
            || (exception && original_within(event, zone, wish.window))
        {
            found.push(event.clone());
        }
    }
    found.into_iter().map(|event| (key(&event, wish, zone), event)).collect()
}

fn is_open(window: Window) -> bool {
    window.from.is_none() && window.to.is_none()
}

fn master_lives(calendar: &GoogleCalendar, exception: &Event) -> bool {
    let master = text(exception, "recurringEventId").and_then(|id| calendar.event(id));
    master.is_some_and(|master| !is_cancelled(master))
}

fn original_within(event: &Event, zone: &str, window: Window) -> bool {
    let original = Point::read(event.get("originalStartTime"), zone);
    original.is_ok_and(|original| window.touches((original.at(), original.at())))
}

fn key(event: &Event, wish: &Wish, zone: &str) -> String {
    let id = text(event, "id").unwrap_or_default();
    match wish.by.as_deref() {
        Some("startTime") => {
            let start = stretch(event, zone).map_or(0, |(start, _)| start.as_second());
            format!("{:020}-{id}", start.saturating_add(100_000_000_000))
        }
        Some("updated") => format!("{}-{id}", text(event, "updated").unwrap_or_default()),
        _ => id.to_owned(),
    }
}

/// What has changed since a token, by revision.
fn changed(
    calendar: &GoogleCalendar,
    since: &SyncToken,
    wish: &Wish,
    now: Timestamp,
) -> Vec<(String, Event)> {
    let (from, to) = since.window;
    let mut found = Vec::new();
    let masters = calendar.changed_since(since.revision).filter(|(_, event)| is_series(event));
    let masters: BTreeSet<&str> = masters.filter_map(|(_, event)| text(event, "id")).collect();
    for (revision, event) in calendar.changed_since(since.revision) {
        let master = text(event, "recurringEventId");
        if wish.single && master.is_some_and(|master| masters.contains(master)) {
            // It comes with its series.
            continue;
        }
        let mut tell = |event: Event| {
            let id = text(&event, "id").unwrap_or_default();
            found.push((format!("{revision:020}-{id}"), event));
        };
        if !wish.single || !is_series(event) {
            tell(event.clone());
        } else if is_cancelled(event) {
            deleted_series(calendar, event, now).into_iter().for_each(&mut tell);
        } else {
            let window = (Window { from, to }, now);
            instances_of(calendar, event, window, true).into_iter().for_each(&mut tell);
        }
    }
    found
}

/// A deleted series is told by its instances around now, each of them cancelled.
fn deleted_series(calendar: &GoogleCalendar, master: &Event, now: Timestamp) -> Vec<Event> {
    let window = Window {
        from: now.checked_sub(DELETED_SERIES).ok(),
        to: now.checked_add(DELETED_SERIES).ok(),
    };
    let mut gone = instances_of(calendar, master, (window, now), false);
    for event in &mut gone {
        event.insert("status".into(), json!("cancelled"));
    }
    gone
}

/// The filters that look into an event.
fn matches(event: &Event, ask: &Ask) -> bool {
    let types: Vec<&str> = ask.query.all("eventTypes").collect();
    let kind = text(event, "eventType").unwrap_or("default");
    let of_type = types.is_empty() || types.contains(&kind) || is_cancelled(event);
    let uid = ask.query.get("iCalUID").is_none_or(|uid| text(event, "iCalUID") == Some(uid));
    let since = ask.query.get("updatedMin");
    let updated = since.is_none_or(|min| text(event, "updated").is_some_and(|at| at >= min));
    let words = ask.query.get("q").is_none_or(|words| {
        let said = ["summary", "description", "location"];
        let said = said.into_iter().filter_map(|name| text(event, name));
        said.map(str::to_lowercase).any(|text| text.contains(&words.to_lowercase()))
    });
    let held = |scope: &str, parameter: &str| {
        let properties = event.get("extendedProperties").and_then(|it| it.get(scope));
        ask.query.all(parameter).all(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let known = properties.and_then(|it| it.get(name)).and_then(Value::as_str);
            known == Some(value)
        })
    };
    of_type
        && uid
        && updated
        && words
        && held("private", "privateExtendedProperty")
        && held("shared", "sharedExtendedProperty")
}

pub(crate) fn get(
    world: &mut World,
    caller: &Caller,
    ask: &Ask,
    (id, event): (&str, &str),
) -> Outcome {
    let google = &mut world.google;
    let view = view(google, caller, ask, id)?;
    super::event_edit::settle_conference(google, view.calendar, event);
    let found = find(calendar_of(google, view)?, event).ok_or_else(Refusal::not_found)?;
    let same = ask.header("if-none-match").is_some_and(|it| text(&found, "etag") == Some(it));
    Ok(if same { Reply::NotModified } else { Reply::Json(view.show(&found)) })
}

pub(crate) fn instances(
    world: &mut World,
    caller: &Caller,
    ask: &Ask,
    (id, event, now): (&str, &str, Timestamp),
) -> Outcome {
    let google = &world.google;
    let view = view(google, caller, ask, id)?;
    let wish = Wish::read(ask)?;
    let calendar = calendar_of(google, view)?;
    let master = calendar.event(event).filter(|event| !is_cancelled(event));
    let master = master.ok_or_else(Refusal::not_found)?;
    let original = ask.query.get("originalStart");
    let found = instances_of(calendar, master, (wish.window, now), wish.deleted);
    let same = |event: &Event| {
        let told = |name: &str| event.get("originalStartTime").and_then(|it| it.get(name));
        let told = told("dateTime").or_else(|| told("date")).and_then(Value::as_str);
        original.is_none_or(|original| told == Some(original))
    };
    let entries = found.into_iter().filter(same).map(|event| (key(&event, &wish, ""), event));
    let of = format!("{}/{event}", calendar.id);
    let first = PageToken {
        of: of.clone(),
        since: None,
        asked: wish.asked.clone(),
        after: String::new(),
        began: calendar.revision,
        page: 0,
    };
    let place = match ask.query.get("pageToken") {
        Some(page) => PageToken::read(page, (&of, &wish.asked, None))?,
        None => first,
    };
    let cut = cut(entries.collect(), &place, wish.page_max, &google.manners);
    Ok(Reply::Json(page(calendar, view, cut, None)))
}
