//! Calendars themselves, settings and colours.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::ask::object;
use super::sign_in::Caller;
use super::world::{Event, Google, GoogleCalendar, Role, is_cancelled, text};
use crate::ask::Ask;
use crate::world::World;

pub(crate) fn answer(
    world: &mut World,
    caller: &Caller,
    ask: &Ask,
    (rest, now): (&[&str], Timestamp),
) -> Outcome {
    match (ask.method.as_str(), rest) {
        ("POST", []) => {
            let sent = object(ask)?;
            let summary = text(&sent, "summary").ok_or_else(|| Refusal::required("title"))?;
            let at = world.add_google_calendar(caller.person, summary, now);
            change(&mut world.google, at, &sent, now)
        }
        ("GET", [id]) => {
            let google = &world.google;
            let entry = google.entry(caller.person, id).ok_or_else(Refusal::not_found)?;
            show(google, entry.calendar)
        }
        (method, [id, rest @ ..]) => {
            let google = &mut world.google;
            let entry = google.entry(caller.person, id).ok_or_else(Refusal::not_found)?;
            let (at, primary) = (entry.calendar, entry.primary);
            if entry.role != Role::Owner {
                let says = "You need to be an owner of this calendar.";
                return Err(Refusal::forbidden("requiredAccessLevel", says));
            }
            match (method, rest) {
                ("PUT" | "PATCH", []) => change(google, at, &object(ask)?, now),
                ("POST", ["clear"]) if primary => {
                    clear(google, at, now);
                    Ok(Reply::Nothing)
                }
                ("DELETE", []) if !primary => {
                    google.remove_calendar(at, now);
                    Ok(Reply::Nothing)
                }
                ("DELETE", []) => {
                    let says = "The primary calendar of a user cannot be deleted.";
                    Err(Refusal::forbidden("cannotDeletePrimary", says))
                }
                _ => Err(Refusal::not_found()),
            }
        }
        _ => Err(Refusal::not_found()),
    }
}

fn resource(calendar: &GoogleCalendar) -> Value {
    let mut shown = json!({
        "kind": "calendar#calendar",
        "etag": format!("\"c{}\"", calendar.updated.as_millisecond()),
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.time_zone,
        "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
    });
    if let Some(description) = &calendar.description {
        shown["description"] = json!(description);
    }
    shown
}

fn show(google: &Google, at: usize) -> Outcome {
    let calendar = google.calendars.get(at).ok_or_else(Refusal::not_found)?;
    Ok(Reply::Json(resource(calendar)))
}

fn change(google: &mut Google, at: usize, sent: &Event, now: Timestamp) -> Outcome {
    let calendar = google.calendars.get_mut(at).ok_or_else(Refusal::not_found)?;
    if let Some(zone) = text(sent, "timeZone") {
        jiff::tz::TimeZone::get(zone).map_err(|_| Refusal::invalid("timeZone"))?;
        zone.clone_into(&mut calendar.time_zone);
    }
    if let Some(summary) = text(sent, "summary") {
        summary.clone_into(&mut calendar.summary);
    }
    if let Some(description) = sent.get("description") {
        calendar.description = description.as_str().map(str::to_owned);
    }
    google.touch_calendar(at, now);
    show(google, at)
}

fn clear(google: &mut Google, at: usize, now: Timestamp) {
    let events = google.calendars.get(at).into_iter().flat_map(GoogleCalendar::events);
    let living: Vec<Event> = events.filter(|event| !is_cancelled(event)).cloned().collect();
    for mut event in living {
        event.insert("status".into(), json!("cancelled"));
        google.store(at, event, now);
    }
}

pub(crate) fn settings(world: &World, rest: &[&str]) -> Outcome {
    let all = [
        ("timezone", world.time_zone.as_str()),
        ("weekStart", "1"),
        ("format24HourTime", "true"),
        ("locale", "en_GB"),
    ];
    let one = |(id, value): &(&str, &str)| {
        let (kind, etag) = ("calendar#setting", "\"1\"");
        json!({ "kind": kind, "etag": etag, "id": id, "value": value })
    };
    match rest {
        [] => {
            let items: Vec<Value> = all.iter().map(one).collect();
            Ok(Reply::Json(json!({ "kind": "calendar#settings", "etag": "\"1\"", "items": items })))
        }
        [name] => {
            let known = all.iter().find(|(id, _)| id == name);
            known.map(|it| Reply::Json(one(it))).ok_or_else(Refusal::not_found)
        }
        _ => Err(Refusal::not_found()),
    }
}

/// Background colours of calendars, by `colorId`.
pub(crate) const COLORS: [(&str, &str); 8] = [
    ("2", "#d06b64"),
    ("7", "#42d692"),
    ("9", "#7bd148"),
    ("12", "#fad165"),
    ("14", "#9fe1e7"),
    ("16", "#4986e7"),
    ("17", "#9a9cff"),
    ("22", "#f691b2"),
];

pub(crate) fn colors() -> Reply {
    let pair = |color: &str| json!({ "background": color, "foreground": "#000000" });
    let calendar: Event =
        COLORS.iter().map(|(id, color)| ((*id).to_owned(), pair(color))).collect();
    let event = json!({ "1": pair("#a4bdfc"), "9": pair("#5484ed"), "11": pair("#dc2127") });
    Reply::Json(json!({ "kind": "calendar#colors", "calendar": calendar, "event": event }))
}
