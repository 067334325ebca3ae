//! The free/busy query: when calendars are busy, and nothing else.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::ask::object;
use super::expand::{Window, laid_out};
use super::moment::{stretch, wall};
use super::sign_in::Caller;
use super::world::{Event, GoogleCalendar, text};
use crate::ask::Ask;
use crate::world::World;

const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(92 * 24);
const CALENDARS_MAX: usize = 50;

pub(crate) fn answer(world: &World, caller: &Caller, ask: &Ask, now: Timestamp) -> Outcome {
    let google = &world.google;
    let sent = object(ask)?;
    let edge = |name: &str| {
        let said = text(&sent, name).ok_or_else(|| Refusal::required(name))?;
        said.parse::<Timestamp>().map_err(|_| Refusal::invalid(name))
    };
    let (from, to) = (edge("timeMin")?, edge("timeMax")?);
    let zone = TimeZone::get(text(&sent, "timeZone").unwrap_or("UTC"));
    let zone = zone.map_err(|_| Refusal::invalid("timeZone"))?;
    if to <= from {
        let says = "The specified time range is empty.";
        return Err(Refusal::new(400, "calendar", "timeRangeEmpty", says));
    }
    if to.duration_since(from) > LENGTH_MAX {
        let says = "The requested time range is too long.";
        return Err(Refusal::new(400, "calendar", "timeRangeTooLong", says));
    }
    let asked = sent.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let max = sent.get("calendarExpansionMax").and_then(Value::as_u64);
    let max = max.and_then(|max| usize::try_from(max).ok()).unwrap_or(CALENDARS_MAX);
    let mut calendars = Map::new();
    for (at, wanted) in asked.iter().enumerate() {
        let id = wanted.get("id").and_then(Value::as_str).unwrap_or_default();
        let refused = |reason: &str| {
            let error = json!({ "domain": "global", "reason": reason });
            json!({ "errors": [error], "busy": [] })
        };
        let entry = google.entry(caller.person, id);
        let calendar = entry.and_then(|entry| google.calendars.get(entry.calendar));
        let found = match calendar {
            _ if at >= max.min(CALENDARS_MAX) => refused("tooManyCalendarsRequested"),
            None => refused("notFound"),
            Some(calendar) => {
                let stretches = busy(calendar, (from, to), now);
                let told = |at: Timestamp| wall(&at.to_zoned(zone.clone()));
                let one = |(start, end)| json!({ "start": told(start), "end": told(end) });
                json!({ "busy": stretches.into_iter().map(one).collect::<Vec<_>>() })
            }
        };
        calendars.insert(id.to_owned(), found);
    }
    Ok(Reply::Json(json!({
        "kind": "calendar#freeBusy",
        "timeMin": from.to_string(), "timeMax": to.to_string(),
        "calendars": calendars, "groups": {},
    })))
}

fn is_busy(event: &Event) -> bool {
    let attendees = event.get("attendees").and_then(Value::as_array);
    let declined = attendees.into_iter().flatten().any(|one| {
        one.get("self") == Some(&json!(true))
            && one.get("responseStatus") == Some(&json!("declined"))
    });
    let place = matches!(text(event, "eventType"), Some("workingLocation" | "birthday"));
    text(event, "transparency") != Some("transparent") && !declined && !place
}

/// Busy stretches within a window, merged.
fn busy(
    calendar: &GoogleCalendar,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let window = Window { from: Some(from), to: Some(to) };
    let events = laid_out(calendar, window, now);
    let busy = events.iter().filter(|event| is_busy(event));
    let mut all: Vec<(Timestamp, Timestamp)> = busy
        .filter_map(|event| stretch(event, &calendar.time_zone))
        .filter(|(start, end)| end > start)
        .map(|(start, end)| (start.max(from), end.min(to)))
        .collect();
    all.sort();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in all {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}
