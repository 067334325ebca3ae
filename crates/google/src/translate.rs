//! Google's events to iCalendar text (RFC 5545) and back: pure. Every event becomes one object
//! with one VEVENT; what iCalendar has no word for stays at Google.

pub(crate) mod draft;
mod kept;
mod people;
mod times;

use std::fmt::Write as _;

use calendar::ical::{Line, Object, Property, content_hash};
use calendar::timezone;
use connection::{ETag, ProviderError, RemoteEvent, RemoteId, Result};
use serde_json::Value;

use crate::wire::{EntryPoint, Event};

pub(crate) use kept::{DRAFT, DRAFT_UID};

const PRODUCT: &str = "-//Daymark//Google Calendar//EN";
/// What Google keeps of a series besides its start (RFC 5545 §3.8.5).
const RECURRENCE: [&str; 4] = ["RRULE", "RDATE", "EXDATE", "EXRULE"];

/// What a line of a listing tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// An event, or a part of a series.
    Is(RemoteEvent),
    /// It is there no more.
    IsGone(RemoteId),
}

/// Reads one of Google's events; `zone` is the calendar's, where it is known. One that cannot be
/// read becomes a text without a start, which is listed as not understood; no other waits for it.
pub(crate) fn told(value: Value, zone: Option<&str>) -> Result<Told> {
    let event = read(value)?;
    let id = RemoteId::new(event.id.as_str());
    let series = event.recurring_event_id.as_deref().map(RemoteId::new);
    if event.is_cancelled() && series.is_none() {
        return Ok(Told::IsGone(id));
    }
    let text = text(&event, zone);
    let etag = Some(event.etag).filter(|etag| !etag.is_empty()).unwrap_or_else(|| version(&text));
    Ok(Told::Is(RemoteEvent { id, etag: ETag::new(etag), text, series }))
}

/// Does the event depend on the zone of its calendar?
pub(crate) fn needs_zone(value: &Value) -> bool {
    let repeats = value.get("recurrence").is_some();
    let start = value.get("start").and_then(|start| start.get("timeZone"));
    repeats && start.and_then(Value::as_str).and_then(timezone::named).is_none()
}

/// Google's event, as far as it can be read.
pub(crate) fn read(value: Value) -> Result<Event> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let bare = Event {
        id: text("id").unwrap_or_default(),
        etag: text("etag").unwrap_or_default(),
        status: text("status"),
        summary: text("summary"),
        recurring_event_id: text("recurringEventId"),
        ical_uid: text("iCalUID"),
        ..Event::default()
    };
    if bare.id.is_empty() {
        let say = "Google lists an event without a name.".into();
        return Err(ProviderError::Unintelligible { say });
    }
    Ok(serde_json::from_value(value).unwrap_or(bare))
}

/// A version where Google gives none (of what is cancelled it promises the name alone).
fn version(text: &str) -> String {
    content_hash(text).iter().take(8).fold(String::from("made-"), |mut made, byte| {
        // Writing to a String cannot fail.
        let _ = write!(made, "{byte:02x}");
        made
    })
}

/// The event as one iCalendar object.
pub(crate) fn text(event: &Event, zone: Option<&str>) -> String {
    let mut lines = vec![Property::raw("UID", &uid(event))];
    lines.extend(times::stamps(event));
    lines.extend(times::times(event, zone));
    if event.is_cancelled() {
        lines.push(Property::raw("STATUS", "CANCELLED"));
        return Object::with_event(PRODUCT, &lines).to_text();
    }
    lines.extend(event.recurrence.iter().filter_map(|line| recurrence(line)));
    let texts = [
        ("SUMMARY", &event.summary),
        ("DESCRIPTION", &event.description),
        ("LOCATION", &event.location),
    ];
    let given = texts.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
    lines.extend(given.map(|(name, text)| Property::text(name, text)));
    lines.extend(blocking(event));
    lines.extend(event.sequence.map(|count| Property::raw("SEQUENCE", &count.to_string())));
    lines.extend(people::people(event));
    lines.extend(conference(event));
    lines.extend(kept::lines(event));
    Object::with_event(PRODUCT, &lines).to_text()
}

/// Quirk google-10: all of a series share one, and of what is cancelled Google may leave it out.
fn uid(event: &Event) -> String {
    let series = event.recurring_event_id.as_deref().unwrap_or(&event.id);
    event.ical_uid.clone().unwrap_or_else(|| format!("{series}@google.com"))
}

/// A line of `recurrence` as it is; it must be one of those that belong there.
fn recurrence(line: &str) -> Option<Property> {
    let line = Line::read(line);
    let name = RECURRENCE.iter().find(|name| line.is(name))?;
    Some(property(name, &line))
}

/// A line of a text, to be written into another.
fn property(name: &str, line: &Line<'_>) -> Property {
    let bare = Property::raw(name, line.value());
    line.parameters().fold(bare, |property, (name, value)| property.with(name, &value))
}

/// What of it takes time (docs/busy.md): Google's rule in iCalendar's words.
fn blocking(event: &Event) -> Vec<Property> {
    let mut lines = Vec::new();
    if event.status.as_deref() == Some("tentative") {
        lines.push(Property::raw("STATUS", "TENTATIVE"));
    } else {
        lines.push(Property::raw("STATUS", "CONFIRMED"));
    }
    let kind = event.kind.as_deref().unwrap_or_default();
    // Quirk google-6: where one works, and who is born, takes no time, whatever else it says.
    let is_free = event.transparency.as_deref() == Some("transparent")
        || matches!(kind, "workingLocation" | "birthday");
    lines.push(Property::raw("TRANSP", if is_free { "TRANSPARENT" } else { "OPAQUE" }));
    if kind == "outOfOffice" && !is_free {
        lines.push(Property::raw("X-MICROSOFT-CDO-BUSYSTATUS", "OOF"));
    }
    let class = match event.visibility.as_deref() {
        Some("private") => "PRIVATE",
        Some("confidential") => "CONFIDENTIAL",
        Some("public") => "PUBLIC",
        _ => return lines,
    };
    lines.push(Property::raw("CLASS", class));
    lines
}

/// The ways into a video meeting (RFC 7986 §5.11).
fn conference(event: &Event) -> Vec<Property> {
    let entry = |entry: &EntryPoint| {
        let uri = entry.uri.as_deref()?;
        let feature = match entry.kind.as_str() {
            "video" => "VIDEO",
            "phone" => "PHONE",
            _ => return None,
        };
        let line = Property::raw("CONFERENCE", uri).with("VALUE", "URI").with("FEATURE", feature);
        Some(entry.label.iter().fold(line, |line, label| line.with("LABEL", label)))
    };
    let entries = event.conference_data.iter().flat_map(|data| &data.entry_points);
    let entries: Vec<Property> = entries.filter_map(entry).collect();
    if !entries.is_empty() {
        return entries;
    }
    let video = |uri: &String| {
        Property::raw("CONFERENCE", uri).with("VALUE", "URI").with("FEATURE", "VIDEO")
    };
    event.hangout_link.iter().map(video).collect()
}

#[cfg(test)]
mod tests;
