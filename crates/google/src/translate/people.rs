//! Organiser and guests.

use calendar::SELF;
use calendar::ical::{Block, Line, Property};
use serde_json::{Map, Value, json};

use crate::wire::{Event, Person};

/// Google's word for an answer, and iCalendar's.
const ANSWERS: [(&str, &str); 4] = [
    ("needsAction", "NEEDS-ACTION"),
    ("declined", "DECLINED"),
    ("tentative", "TENTATIVE"),
    ("accepted", "ACCEPTED"),
];
/// For somebody without an address.
const NOBODY: &str = "invalid:nomail";

/// ORGANIZER and ATTENDEE lines. Who organises an event without guests stays unsaid.
pub(super) fn people(event: &Event) -> Vec<Property> {
    let mut lines = Vec::new();
    if let Some(organizer) = event.organizer.as_ref().filter(|_| !event.attendees.is_empty()) {
        lines.push(named(Property::raw("ORGANIZER", &address(organizer)), organizer));
    }
    lines.extend(event.attendees.iter().map(guest));
    lines
}

fn address(person: &Person) -> String {
    person.email.as_ref().map_or_else(|| NOBODY.to_owned(), |email| format!("mailto:{email}"))
}

fn named(line: Property, person: &Person) -> Property {
    person.display_name.iter().fold(line, |line, name| line.with("CN", name))
}

fn guest(person: &Person) -> Property {
    let mut line = named(Property::raw("ATTENDEE", &address(person)), person);
    let answer = person.response_status.as_deref();
    if let Some((_, answer)) = ANSWERS.iter().find(|(google, _)| Some(*google) == answer) {
        line = line.with("PARTSTAT", answer);
    }
    if person.resource {
        line = line.with("CUTYPE", "RESOURCE");
    }
    if person.optional {
        line = line.with("ROLE", "OPT-PARTICIPANT");
    }
    if person.is_self { line.with(SELF, "TRUE") } else { line }
}

/// A guest as a draft names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guest {
    email: String,
    name: Option<String>,
    answer: Option<&'static str>,
    optional: bool,
}

/// The guests of a VEVENT; those without an address are Google's own business.
pub(super) fn guests(event: &Block<'_>) -> Vec<Guest> {
    event.all("ATTENDEE").filter_map(read).collect()
}

fn read(line: &Line<'_>) -> Option<Guest> {
    let value = line.value().trim();
    let email = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let email = email.map(|_| value[7..].trim().to_owned()).filter(|email| email.contains('@'))?;
    let answer = line.parameter("PARTSTAT").unwrap_or_default();
    let answer = ANSWERS.iter().find(|(_, ours)| ours.eq_ignore_ascii_case(&answer));
    let role = line.parameter("ROLE").unwrap_or_default();
    Some(Guest {
        email,
        name: line.parameter("CN"),
        answer: answer.map(|(google, _)| *google),
        optional: role.eq_ignore_ascii_case("OPT-PARTICIPANT"),
    })
}

/// The list of guests to be sent: what Google knows of each of them stays.
pub(crate) fn attendees(guests: &[Guest], known: Option<&Value>) -> Value {
    let known = known.and_then(Value::as_array);
    let one = |guest: &Guest| {
        let is_it = |one: &&Map<String, Value>| {
            let email = one.get("email").and_then(Value::as_str).unwrap_or_default();
            email.eq_ignore_ascii_case(&guest.email)
        };
        let mut all = known.into_iter().flatten().filter_map(Value::as_object);
        let mut one = all.find(is_it).cloned().unwrap_or_default();
        one.entry("email").or_insert_with(|| json!(guest.email));
        if let Some(name) = &guest.name {
            one.insert("displayName".into(), json!(name));
        }
        if let Some(answer) = guest.answer {
            one.insert("responseStatus".into(), json!(answer));
        }
        if guest.optional {
            one.insert("optional".into(), json!(true));
        } else {
            one.remove("optional");
        }
        Value::Object(one)
    };
    Value::Array(guests.iter().map(one).collect())
}
