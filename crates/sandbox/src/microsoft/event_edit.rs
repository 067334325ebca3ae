//! What becomes of an event that somebody sends: checked, and dressed with what Graph adds.
//! Members that are not known here are kept as they are.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::event::plain;
use super::moment::{Point, stamp};
use super::pattern::is_sound;
use super::world::{AccountKind, Event, Microsoft, is_true, text};
use super::zones;
use crate::net::fingerprint;

/// What only Graph sets.
pub(crate) const READ_ONLY: [&str; 22] = [
    "id",
    "changeKey",
    "iCalUId",
    "uid",
    "createdDateTime",
    "lastModifiedDateTime",
    "type",
    "seriesMasterId",
    "occurrenceId",
    "originalStart",
    "webLink",
    "isOrganizer",
    "organizer",
    "responseStatus",
    "isCancelled",
    "bodyPreview",
    "onlineMeeting",
    "onlineMeetingUrl",
    "hasAttachments",
    "isDraft",
    "originalStartTimeZone",
    "originalEndTimeZone",
];
const ATTENDEES_MAX: usize = 500;
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// Members that have to be one of a few words.
const WORDS: [(&str, &[&str]); 3] = [
    ("showAs", &["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]),
    ("sensitivity", &["normal", "personal", "private", "confidential"]),
    ("importance", &["low", "normal", "high"]),
];

/// An extended property of an event. The name in its id is case-sensitive.
pub(crate) fn named_property<'a>(event: &'a Event, id: &str) -> Option<&'a Value> {
    let held = event.get("singleValueExtendedProperties").and_then(Value::as_array)?;
    held.iter().find(|it| it.get("id").and_then(Value::as_str) == Some(id))
}

pub(crate) fn address(name: &str, address: &str) -> Value {
    json!({ "emailAddress": { "name": name, "address": address } })
}

fn point(event: &Event, name: &str) -> Result<Point, Refusal> {
    let said = event.get(name);
    let zone = said.and_then(|it| it.get("timeZone")).and_then(Value::as_str);
    if let Some(zone) = zone.filter(|zone| zones::zone(zone).is_none()) {
        let says = format!("The time zone value '{zone}' is not supported.");
        return Err(Refusal::new(400, "TimeZoneNotSupportedException", says));
    }
    Point::read(said).ok_or_else(|| Refusal::property("Start and end of an event are required."))
}

/// Checks what is there, and writes times and lists as Graph does.
pub(crate) fn settle(event: &mut Event) -> Result<(), Refusal> {
    let (start, end) = (point(event, "start")?, point(event, "end")?);
    if end.at() < start.at() {
        return Err(Refusal::property("The end of an event lies before its start."));
    }
    if is_true(event, "isAllDay") {
        let whole = start.is_midnight() && end.is_midnight() && end.civil > start.civil;
        if !whole || start.zone_name != end.zone_name {
            let says =
                "The start and the end of an all-day event have to be midnights of one zone.";
            return Err(Refusal::property(says));
        }
    }
    if !is_sound(event, &start) {
        return Err(Refusal::property("The recurrence of the event is not valid."));
    }
    for (name, words) in WORDS {
        if text(event, name).is_some_and(|word| !words.contains(&word)) {
            return Err(Refusal::property(&format!("The value of {name} is not valid.")));
        }
    }
    event.insert("start".into(), start.write());
    event.insert("end".into(), end.write());
    settle_people(event)?;
    settle_body(event);
    Ok(())
}

fn settle_people(event: &mut Event) -> Result<(), Refusal> {
    let Some(Value::Array(attendees)) = event.get_mut("attendees") else { return Ok(()) };
    if attendees.len() > ATTENDEES_MAX {
        return Err(Refusal::property("An event has at most 500 attendees."));
    }
    for attendee in attendees {
        let address = attendee.pointer("/emailAddress/address").and_then(Value::as_str);
        if !address.is_some_and(|address| address.contains('@')) {
            return Err(Refusal::property("An attendee has no valid address."));
        }
        let Some(one) = attendee.as_object_mut() else { continue };
        one.entry("type").or_insert(json!("required"));
        one.entry("status").or_insert(json!({ "response": "none", "time": NO_TIME }));
    }
    Ok(())
}

/// Text becomes HTML, as Exchange keeps it.
fn settle_body(event: &mut Event) {
    let body = event.get("body").and_then(Value::as_object).cloned().unwrap_or_default();
    let content = text(&body, "content").unwrap_or_default();
    let html = match text(&body, "contentType") {
        Some("text" | "Text") => {
            let safe = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            format!("<html><head></head><body>{safe}</body></html>")
        }
        _ => content.to_owned(),
    };
    let preview: String = plain(&html).chars().take(255).collect();
    event.insert("bodyPreview".into(), json!(preview));
    event.insert("body".into(), json!({ "contentType": "html", "content": html }));
}

/// What every event has.
pub(crate) fn dress(event: &mut Event) {
    let zone = |event: &Event, name: &str| {
        let said = event.get(name).and_then(|it| it.get("timeZone"));
        said.cloned().unwrap_or_else(|| json!("UTC"))
    };
    let (start, end) = (zone(event, "start"), zone(event, "end"));
    let defaults = json!({
        "transactionId": null, "subject": null, "categories": [], "attendees": [],
        "originalStartTimeZone": start, "originalEndTimeZone": end,
        "isAllDay": false, "isCancelled": false, "isDraft": false, "isOrganizer": true,
        "showAs": "busy", "sensitivity": "normal", "importance": "normal",
        "responseStatus": { "response": "organizer", "time": NO_TIME },
        "responseRequested": true, "hideAttendees": false, "allowNewTimeProposals": true,
        "location": { "displayName": "", "locationType": "default" }, "locations": [],
        "isReminderOn": true, "reminderMinutesBeforeStart": 15, "hasAttachments": false,
        "isOnlineMeeting": false, "onlineMeetingProvider": "unknown",
        "onlineMeeting": null, "onlineMeetingUrl": null,
    });
    let Value::Object(defaults) = defaults else { return };
    for (name, value) in defaults {
        event.entry(name).or_insert(value);
    }
}

impl Microsoft {
    /// The name and the address that a person writes under.
    pub(crate) fn card(&self, person: usize) -> (String, String) {
        let known = self.people.get(person);
        known.map_or_else(Default::default, |it| {
            (it.name.clone(), it.mail.clone().unwrap_or_else(|| it.email.clone()))
        })
    }

    /// A meeting of Teams, where one was wanted and the account has Teams.
    pub(crate) fn confer(&self, event: &mut Event, owner: usize) {
        let personal = self.tenant_of(owner).is_none_or(|it| it.kind == AccountKind::Personal);
        if personal || !is_true(event, "isOnlineMeeting") {
            event.insert("isOnlineMeeting".into(), json!(false));
            event.insert("onlineMeetingProvider".into(), json!("unknown"));
            return;
        }
        if event.get("onlineMeeting").is_some_and(Value::is_object) {
            return;
        }
        let number = fingerprint(&event.get("start").map(Value::to_string));
        let link = format!(
            "https://teams.microsoft.com/l/meetup-join/19%3ameeting_{number:016x}%40thread.v2/0"
        );
        event.insert("onlineMeetingProvider".into(), json!("teamsForBusiness"));
        let meeting = json!({ "joinUrl": link, "conferenceId": (number % 1_000_000_000).to_string(),
            "tollNumber": "+1 555 0100" });
        event.insert("onlineMeeting".into(), meeting);
    }
}

/// The answer to an invitation, as of now.
pub(crate) fn respond(event: &mut Event, response: &str, now: Timestamp) {
    let show = if response == "tentativelyAccepted" { "tentative" } else { "busy" };
    event.insert("responseStatus".into(), json!({ "response": response, "time": stamp(now) }));
    event.insert("showAs".into(), json!(show));
}
