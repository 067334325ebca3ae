//! Graph's events to iCalendar and back: pure.

mod draft;
mod kept;
mod pattern;
mod time;
mod zone;

use calendar::SELF;
use calendar::ical::{Object, Property};
use calendar::series::{INHERITS, LISTED};
use connection::{ETag, RemoteEvent, RemoteId};

pub(crate) use draft::{Wanted, wanted};
pub(crate) use zone::iana;

use crate::ids;
use crate::wire::{Attendee, Event, Kind, Recipient};

/// What our texts say that wrote them.
const PRODUCT: &str = "-//Daymark//Outlook//EN";
/// Our own properties of events at Graph stand under this name; it means nothing else.
const OURS: &str = "{8c9c1d3a-5f0e-4c55-9a39-4f6d5c7e2b10}";
/// The name that we chose for an event.
const NAME: &str = "DaymarkName";
/// Properties that Graph has no place for.
const KEPT: &str = "DaymarkProperties";
/// What stands in for the address of the calendar's owner, as Exchange itself writes it: the
/// answer is theirs, whichever of their addresses was invited.
const OWNER: &str = "invalid:nomail";

/// The id of the property that holds the name we chose.
pub(crate) fn name_property() -> String {
    format!("String {OURS} Name {NAME}")
}

/// The id of the property that holds what Graph has no place for.
pub(crate) fn kept_property() -> String {
    format!("String {OURS} Name {KEPT}")
}

/// An event, or a part of a series, as one iCalendar object.
pub(crate) fn event(event: &Event) -> RemoteEvent {
    let text = Object::with_event(PRODUCT, &properties(event)).to_text();
    let text = with_kept(event, text);
    let version = event.etag.clone().filter(|etag| !etag.is_empty());
    let key = event.change_key.as_ref().map(|key| format!("W/\"{key}\""));
    let etag = version.or(key).unwrap_or_else(|| ids::version_of(&text));
    RemoteEvent { id: RemoteId::new(&event.id), etag: ETag::new(etag), text, series: series(event) }
}

/// The series that an occurrence or exception belongs to.
fn series(event: &Event) -> Option<RemoteId> {
    let master = event.series_master_id.as_deref().filter(|id| !id.is_empty());
    if event.kind == Kind::SeriesMaster { None } else { master.map(RemoteId::new) }
}

/// Quirk graph-1: an occurrence comes as no more than its names and times.
fn is_stub(event: &Event) -> bool {
    event.kind == Kind::Occurrence && event.show_as.is_none() && event.subject.is_none()
}

fn properties(event: &Event) -> Vec<Property> {
    let mut list = vec![Property::raw("UID", &uid(event))];
    list.extend(time::recurrence_id(event));
    list.extend(time::stamps(event));
    list.extend(time::times(event));
    if event.kind == Kind::SeriesMaster {
        list.extend(time::rule(event).map(|rule| Property::raw("RRULE", &rule)));
        list.push(constant(LISTED));
    }
    if is_stub(event) {
        list.push(constant(INHERITS));
    } else {
        list.extend(texts(event));
        list.extend(blocking(event));
        list.extend(people(event));
    }
    list
}

fn constant(line: &str) -> Property {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    Property::raw(name, value)
}

/// Quirk graph-2: the iCalendar UID differs for every occurrence of a series, by the date inside
/// it ([MS-OXOCAL] 2.2.1.28); without the date it is that of the series.
fn uid(event: &Event) -> String {
    const EXCHANGE: &str = "040000008200E00074C5B7101A82E008";
    let given = |text: &&String| !text.trim().is_empty();
    if let Some(uid) = event.uid.as_ref().filter(given) {
        return uid.trim().to_owned();
    }
    let Some(uid) = event.ical_uid.as_ref().filter(given) else {
        return event.series_master_id.clone().unwrap_or_else(|| event.id.clone());
    };
    let uid = uid.trim();
    let of_exchange =
        uid.get(..EXCHANGE.len()).is_some_and(|head| head.eq_ignore_ascii_case(EXCHANGE));
    match (uid.get(EXCHANGE.len() + 8..), of_exchange) {
        (Some(rest), true) => format!("{}00000000{rest}", &uid[..EXCHANGE.len()]),
        _ => uid.to_owned(),
    }
}

fn texts(event: &Event) -> Vec<Property> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let mut list = Vec::new();
    // Quirk graph-3: there are events without a subject.
    list.extend(given(&event.subject).map(|text| Property::text("SUMMARY", &text)));
    list.extend(description(event).map(|text| Property::text("DESCRIPTION", &text)));
    let place = event.location.as_ref().map(|place| place.display_name.clone());
    list.extend(given(&place).map(|text| Property::text("LOCATION", &text)));
    list.extend(given(&event.web_link).map(|link| Property::raw("URL", &link)));
    let join = event.online_meeting.as_ref().and_then(|meeting| given(&meeting.join_url));
    list.extend(join.map(|link| {
        Property::raw("CONFERENCE", &link).with("VALUE", "URI").with("FEATURE", "VIDEO")
    }));
    list.extend(event.categories.iter().map(|name| Property::text("CATEGORIES", name)));
    list.extend(match event.sensitivity.as_deref() {
        Some("personal" | "private") => Some(Property::raw("CLASS", "PRIVATE")),
        Some("confidential") => Some(Property::raw("CLASS", "CONFIDENTIAL")),
        _ => None,
    });
    list
}

/// The body, where it came as text; what it begins with, where it came as a web page.
fn description(event: &Event) -> Option<String> {
    let body = event.body.as_ref().filter(|body| body.content_type.eq_ignore_ascii_case("text"));
    let text = body.map(|body| body.content.as_str()).or(event.body_preview.as_deref())?.trim();
    (!text.is_empty()).then(|| text.replace("\r\n", "\n"))
}

/// What `docs/busy.md` decides by. A word that we do not know is never free.
fn blocking(event: &Event) -> Vec<Property> {
    let status = match event.show_as.as_deref() {
        Some("free") => "FREE",
        Some("tentative") => "TENTATIVE",
        Some("oof") => "OOF",
        Some("workingElsewhere") => "WORKINGELSEWHERE",
        _ => "BUSY",
    };
    let transparency = if status == "FREE" { "TRANSPARENT" } else { "OPAQUE" };
    let happens = if event.is_cancelled { "CANCELLED" } else { "CONFIRMED" };
    vec![
        Property::raw("STATUS", happens),
        Property::raw("TRANSP", transparency),
        Property::raw("X-MICROSOFT-CDO-BUSYSTATUS", status),
    ]
}

fn people(event: &Event) -> Vec<Property> {
    let mut list = Vec::new();
    // A person's own appointment has no guests, and they are not their own organizer.
    if !event.attendees.is_empty() || event.is_organizer == Some(false) {
        list.extend(event.organizer.as_ref().and_then(organizer));
        list.extend(own_answer(event));
    }
    list.extend(event.attendees.iter().filter_map(attendee));
    list
}

fn organizer(recipient: &Recipient) -> Option<Property> {
    let who = &recipient.email_address;
    (!who.address.is_empty()).then(|| {
        let property = Property::raw("ORGANIZER", &format!("mailto:{}", who.address));
        if who.name.is_empty() { property } else { property.with("CN", &who.name) }
    })
}

/// Graph says what the calendar's owner answered, apart from the guests.
fn own_answer(event: &Event) -> Option<Property> {
    let response = event.response_status.as_ref()?.response.as_str();
    let line =
        |answer| Property::raw("ATTENDEE", OWNER).with(SELF, "TRUE").with("PARTSTAT", answer);
    match response {
        "none" if event.is_organizer == Some(true) => None,
        "" => None,
        other => Some(line(part_stat(other))),
    }
}

fn attendee(guest: &Attendee) -> Option<Property> {
    let who = &guest.email_address;
    if who.address.is_empty() {
        return None;
    }
    let answer = guest.status.as_ref().map_or("", |status| &status.response);
    let property = Property::raw("ATTENDEE", &format!("mailto:{}", who.address))
        .with("PARTSTAT", part_stat(answer))
        .with("ROLE", role(&guest.kind));
    let property =
        if guest.kind == "resource" { property.with("CUTYPE", "RESOURCE") } else { property };
    Some(if who.name.is_empty() { property } else { property.with("CN", &who.name) })
}

fn part_stat(response: &str) -> &'static str {
    match response {
        "organizer" | "accepted" => "ACCEPTED",
        "tentativelyAccepted" => "TENTATIVE",
        "declined" => "DECLINED",
        _ => "NEEDS-ACTION",
    }
}

fn role(kind: &str) -> &'static str {
    match kind {
        "optional" => "OPT-PARTICIPANT",
        "resource" => "NON-PARTICIPANT",
        _ => "REQ-PARTICIPANT",
    }
}

/// What we once wrote and Graph has no place for, as it was.
fn with_kept(event: &Event, text: String) -> String {
    kept::put_back(text, kept::held(event))
}

#[cfg(test)]
mod tests;
