//! Events as a viewer sees them: all of it, their times only, or that they are gone.

use serde_json::{Value, json};

use super::answer::Refusal;
use super::ask::number;
use super::scope::{owned_only, times_only};
use super::sign_in::Caller;
use super::world::{Event, Google, GoogleCalendar, Role, is_cancelled, text};
use crate::ask::Ask;

/// What is left of a deleted event.
const OF_CANCELLED: [&str; 6] =
    ["kind", "etag", "id", "status", "recurringEventId", "originalStartTime"];
/// What a viewer of times sees.
const OF_TIMES: [&str; 14] = [
    "kind",
    "etag",
    "id",
    "status",
    "start",
    "end",
    "endTimeUnspecified",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "transparency",
    "iCalUID",
    "sequence",
    "eventType",
];

/// A calendar, and how much of it somebody sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) calendar: usize,
    pub(crate) role: Role,
    times_only: bool,
    pub(crate) attendees_max: Option<usize>,
}

/// The calendar of this id, if the caller lists it and may see its events.
pub(crate) fn view(google: &Google, caller: &Caller, ask: &Ask, id: &str) -> Result<View, Refusal> {
    let entry = google.entry(caller.person, id).ok_or_else(Refusal::not_found)?;
    if owned_only(&caller.scopes) && entry.role != Role::Owner {
        let says = "Request had insufficient authentication scopes.";
        return Err(Refusal::new(403, "global", "insufficientPermissions", says));
    }
    Ok(View {
        calendar: entry.calendar,
        role: entry.role,
        times_only: entry.role == Role::FreeBusyReader || times_only(&caller.scopes),
        attendees_max: number(ask, "maxAttendees")?,
    })
}

/// The calendar itself.
pub(crate) fn calendar_of(google: &Google, view: View) -> Result<&GoogleCalendar, Refusal> {
    google.calendars.get(view.calendar).ok_or_else(Refusal::not_found)
}

fn only(event: &Event, names: &[&str]) -> Event {
    let kept = event.iter().filter(|(name, _)| names.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl View {
    pub(crate) fn show(&self, event: &Event) -> Value {
        if is_cancelled(event) {
            return Value::Object(only(event, &OF_CANCELLED));
        }
        let private = matches!(text(event, "visibility"), Some("private" | "confidential"));
        if self.times_only || (private && !self.role.sees_private()) {
            let mut shown = only(event, &OF_TIMES);
            shown.insert("visibility".into(), json!("private"));
            return Value::Object(shown);
        }
        let mut shown = event.clone();
        if let Some(max) = self.attendees_max
            && let Some(Value::Array(attendees)) = shown.get_mut("attendees")
            && attendees.len() > max
        {
            attendees.retain(|one| one.get("self") == Some(&json!(true)));
            shown.insert("attendeesOmitted".into(), json!(true));
        }
        Value::Object(shown)
    }
}
