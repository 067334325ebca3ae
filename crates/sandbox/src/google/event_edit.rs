//! What becomes of an event that somebody sends: merged, checked, and dressed with what Google
//! adds. Members that are not known here are kept as they are.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::expand::series_of;
use super::moment::{Bad, Point, times};
use super::world::{Event, Google, is_series, stamp, text};
use crate::clock::Dice;

/// What only Google sets.
pub(crate) const READ_ONLY: [&str; 12] = [
    "kind",
    "etag",
    "htmlLink",
    "created",
    "updated",
    "creator",
    "hangoutLink",
    "recurringEventId",
    "originalStartTime",
    "iCalUID",
    "organizer",
    "locked",
];
/// What an attendee may change in their copy of somebody else's event.
const OWN_OF_ATTENDEE: [&str; 6] =
    ["attendees", "reminders", "colorId", "transparency", "visibility", "extendedProperties"];

/// RFC 7396: objects merge, null removes, everything else replaces.
pub(crate) fn merge(into: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match (into.get_mut(&name), value) {
            (_, Value::Null) => drop(into.remove(&name)),
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, Value::Object(new)) => {
                let mut fresh = Map::new();
                merge(&mut fresh, new);
                into.insert(name, Value::Object(fresh));
            }
            (_, value) => drop(into.insert(name, value)),
        }
    }
}

/// Who writes, where and when.
#[derive(Debug, Clone)]
pub(crate) struct Pen {
    /// The address of the calendar that is written to.
    pub(crate) calendar_id: String,
    pub(crate) time_zone: String,
    pub(crate) email: String,
    pub(crate) conferences: bool,
    pub(crate) conference_pending: bool,
    pub(crate) now: Timestamp,
}

fn complaint(bad: Bad, which: &str) -> Refusal {
    let says = match bad {
        Bad::Absent => return Refusal::required(&format!("{which} time")),
        Bad::Both => "Invalid start time: date and dateTime are both given.",
        Bad::Unreadable => "Invalid value for a time.",
        Bad::Zoneless => "Missing time zone definition for a time without an offset.",
        Bad::UnknownZone => "Invalid time zone definition.",
    };
    Refusal::bad("invalid", says)
}

/// Checks what is there, and writes times and lists as Google does.
pub(crate) fn settle(event: &mut Event, pen: &Pen) -> Result<(), Refusal> {
    let zone = pen.time_zone.as_str();
    let start = Point::read(event.get("start"), zone).map_err(|bad| complaint(bad, "start"))?;
    let end = Point::read(event.get("end"), zone).map_err(|bad| complaint(bad, "end"))?;
    if start.all_day != end.all_day {
        return Err(Refusal::bad(
            "invalid",
            "Start and end times must either both be date or \
            both be dateTime.",
        ));
    }
    if end.at() < start.at() {
        let says = "The specified time range is empty.";
        return Err(Refusal::new(400, "calendar", "timeRangeEmpty", says));
    }
    if is_series(event) {
        let zoned = event.get("start").is_some_and(|start| start.get("timeZone").is_some());
        if !start.all_day && !zoned {
            return Err(Refusal::required("time zone definition for start time"));
        }
        if series_of(event, &start).is_none() {
            return Err(Refusal::bad("invalid", "Invalid recurrence rule."));
        }
    }
    event.insert("start".into(), start.write());
    event.insert("end".into(), end.write());
    match text(event, "status") {
        None => drop(event.insert("status".into(), json!("confirmed"))),
        Some("confirmed" | "tentative" | "cancelled") => {}
        Some(_) => return Err(Refusal::invalid("status")),
    }
    check_kind(event)?;
    check_properties(event)?;
    settle_people(event, pen)
}

fn check_kind(event: &mut Event) -> Result<(), Refusal> {
    match text(event, "eventType") {
        None => drop(event.insert("eventType".into(), json!("default"))),
        Some(
            "default" | "outOfOffice" | "focusTime" | "workingLocation" | "birthday" | "fromGmail",
        ) => {}
        Some(_) => return Err(Refusal::invalid("eventType")),
    }
    Ok(())
}

/// The limits of extended properties and reminders.
fn check_properties(event: &Event) -> Result<(), Refusal> {
    for scope in ["private", "shared"] {
        let held = event.get("extendedProperties").and_then(|it| it.get(scope));
        for (name, value) in held.and_then(Value::as_object).into_iter().flatten() {
            let fits = value.as_str().is_some_and(|value| value.chars().count() <= 1024);
            if name.chars().count() > 44 || !fits {
                return Err(Refusal::invalid("extendedProperties"));
            }
        }
    }
    let overrides = event.get("reminders").and_then(|it| it.get("overrides"));
    if overrides.and_then(Value::as_array).is_some_and(|all| all.len() > 5) {
        return Err(Refusal::invalid("reminders"));
    }
    Ok(())
}

fn settle_people(event: &mut Event, pen: &Pen) -> Result<(), Refusal> {
    let Some(Value::Array(attendees)) = event.get_mut("attendees") else { return Ok(()) };
    for attendee in attendees {
        let Some(one) = attendee.as_object_mut() else {
            return Err(Refusal::invalid("attendees"));
        };
        let email = text(one, "email").filter(|it| it.contains('@')).map(str::to_owned);
        let email = email.ok_or_else(|| Refusal::bad("invalid", "Invalid attendee email."))?;
        one.remove("self");
        if email.eq_ignore_ascii_case(&pen.calendar_id) {
            one.insert("self".into(), json!(true));
        }
        one.entry("responseStatus").or_insert_with(|| json!("needsAction"));
    }
    Ok(())
}

/// What a new event gets.
pub(crate) fn dress(event: &mut Event, pen: &Pen, dice: &mut Dice) {
    let id = text(event, "id").map_or_else(|| new_id(dice), str::to_owned);
    let person = |email: &str| {
        let mut person = json!({ "email": email });
        if email.eq_ignore_ascii_case(&pen.calendar_id) {
            person["self"] = json!(true);
        }
        person
    };
    event.insert("id".into(), json!(id));
    event.insert(
        "htmlLink".into(),
        json!(format!("https://www.google.com/calendar/event?eid={id}")),
    );
    event.insert("created".into(), json!(stamp(pen.now)));
    event.insert("creator".into(), person(&pen.email));
    event.entry("organizer").or_insert_with(|| person(&pen.calendar_id));
    event.entry("iCalUID").or_insert_with(|| json!(format!("{id}@google.com")));
    event.entry("sequence").or_insert(json!(0));
    event.entry("reminders").or_insert_with(|| json!({ "useDefault": true }));
}

fn new_id(dice: &mut Dice) -> String {
    let letters: Vec<char> = ('0'..='9').chain('a'..='v').collect();
    (0..26).filter_map(|_| dice.pick(&letters).copied()).collect()
}

/// Base32hex in lower case, 5 to 1024 letters.
pub(crate) fn is_good_id(id: &str) -> bool {
    let letter = |c: char| c.is_ascii_digit() || ('a'..='v').contains(&c);
    (5..=1024).contains(&id.len()) && id.chars().all(letter)
}

/// Conference data as sent, or as it was when the caller does not speak of conferences.
pub(crate) fn settle_conference(google: &mut Google, calendar: usize, id: &str) {
    let Some(known) = google.calendars.get(calendar).and_then(|it| it.event(id)) else { return };
    let pending = known
        .get("conferenceData")
        .and_then(|it| it.pointer("/createRequest/status/statusCode"))
        .is_some_and(|status| status == "pending");
    if pending {
        let mut event = known.clone();
        meet(&mut event, false);
        let updated = text(&event, "updated").and_then(|at| at.parse().ok());
        google.store(calendar, event, updated.unwrap_or(Timestamp::UNIX_EPOCH));
    }
}

/// A create request becomes a meeting, now or at the next look.
pub(crate) fn confer(event: &mut Event, old: Option<&Event>, pen: &Pen) -> Result<(), Refusal> {
    if !pen.conferences {
        match old.and_then(|old| old.get("conferenceData")) {
            Some(kept) => drop(event.insert("conferenceData".into(), kept.clone())),
            None => drop(event.remove("conferenceData")),
        }
        if let Some(link) = old.and_then(|old| old.get("hangoutLink")) {
            event.insert("hangoutLink".into(), link.clone());
        }
        return Ok(());
    }
    let Some(conference) = event.get("conferenceData") else {
        event.remove("hangoutLink");
        return Ok(());
    };
    let made = conference.get("conferenceId").is_some();
    let Some(request) = conference.get("createRequest").filter(|_| !made) else { return Ok(()) };
    let kind = request.pointer("/conferenceSolutionKey/type").and_then(Value::as_str);
    if kind.is_some_and(|kind| kind != "hangoutsMeet") {
        return Err(Refusal::bad("invalid", "Invalid conference type value."));
    }
    meet(event, pen.conference_pending);
    Ok(())
}

fn meet(event: &mut Event, pending: bool) {
    let letters = crate::net::fingerprint(&text(event, "id"));
    let letter = |at: u32| char::from(b'a' + u8::try_from(letters >> (at * 5) & 15).unwrap_or(0));
    let code: String = (0..10).map(letter).collect();
    let code = format!("{}-{}-{}", &code[..3], &code[3..7], &code[7..]);
    let link = format!("https://meet.google.com/{code}");
    let Some(Value::Object(conference)) = event.get_mut("conferenceData") else { return };
    let status = if pending { "pending" } else { "success" };
    if let Some(Value::Object(request)) = conference.get_mut("createRequest") {
        request.insert("status".into(), json!({ "statusCode": status }));
    }
    if pending {
        return;
    }
    conference.insert("conferenceId".into(), json!(code));
    conference.insert(
        "conferenceSolution".into(),
        json!({ "key": { "type": "hangoutsMeet" }, "name": "Google Meet", "iconUri": "" }),
    );
    let label = link.trim_start_matches("https://");
    let entry = json!([{ "entryPointType": "video", "uri": link, "label": label }]);
    conference.insert("entryPoints".into(), entry);
    event.insert("hangoutLink".into(), json!(link));
}

/// May the owner of this copy change what has changed?
pub(crate) fn check_organizer(old: &Event, new: &Event, pen: &Pen) -> Result<(), Refusal> {
    let organizer = old.get("organizer").and_then(|it| it.get("email")).and_then(Value::as_str);
    let mine = organizer.is_none_or(|it| it.eq_ignore_ascii_case(&pen.calendar_id));
    let invited = old.get("guestsCanModify") == Some(&json!(true));
    let shared = |name: &String| {
        !OWN_OF_ATTENDEE.contains(&name.as_str()) && !READ_ONLY.contains(&name.as_str())
    };
    let zone = pen.time_zone.as_str();
    let at = |event: &Event| times(event, zone).map(|(start, end)| (start.at(), end.at()));
    let differs = |name: &String| match name.as_str() {
        "start" | "end" => at(old) != at(new),
        _ => old.get(name) != new.get(name),
    };
    let changed = |name: &String| shared(name) && differs(name);
    if mine || invited || !old.keys().chain(new.keys()).any(changed) {
        return Ok(());
    }
    let says = "Shared properties can only be changed by the organizer of the event.";
    Err(Refusal::forbidden("forbiddenForNonOrganizer", says))
}
