//! When people of an organization are free: `getSchedule`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::desk::Desk;
use super::expand::laid_out;
use super::moment::{Point, Window, stretch};
use super::world::{AccountKind, Event, is_true, text};

const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(62 * 24);
const ENTRIES_MAX: usize = 1_000;

/// How busy an event makes, as a digit of the view; absent: it counts for nothing.
fn digit(event: &Event) -> Option<u8> {
    let declined = event.get("responseStatus").is_some_and(|it| it["response"] == "declined");
    if declined || is_true(event, "isCancelled") {
        return None;
    }
    match text(event, "showAs") {
        Some("free" | "workingElsewhere") => Some(b'0'),
        Some("tentative") => Some(b'1'),
        Some("oof") => Some(b'3'),
        _ => Some(b'2'),
    }
}

/// Parameters of an action are known by their letters: Microsoft's own libraries write `StartTime`.
fn plainly((name, value): (String, Value)) -> (String, Value) {
    let rest = name.get(1..).unwrap_or_default();
    let name = name.chars().next().map(|first| format!("{}{rest}", first.to_ascii_lowercase()));
    (name.unwrap_or_default(), value)
}

impl Desk<'_> {
    pub(crate) fn schedule(&self) -> Outcome {
        let tenant = self.microsoft().tenant_of(self.caller.person);
        if tenant.is_none_or(|tenant| tenant.kind == AccountKind::Personal) {
            return Err(Refusal::denied());
        }
        let sent: Event = self.object()?.into_iter().map(plainly).collect();
        let wrong = |says: &str| Refusal::new(400, "ErrorInvalidParameter", says);
        let edge = |name: &str| {
            let point = Point::read(sent.get(name)).ok_or_else(|| wrong("A time is not valid."))?;
            Ok(point.at())
        };
        let window = Window { from: edge("startTime")?, to: edge("endTime")? };
        let length = window.to.duration_since(window.from);
        if length <= SignedDuration::ZERO || length > LENGTH_MAX {
            return Err(wrong("The requested time duration specified for FreeBusyViewOptions."));
        }
        let step = sent.get("availabilityViewInterval").map_or(Some(30), Value::as_i64);
        let step = step.filter(|it| (5..=1440).contains(it));
        let step = step.ok_or_else(|| wrong("availabilityViewInterval lies outside 5..1440."))?;
        let asked = sent.get("schedules").and_then(Value::as_array).cloned().unwrap_or_default();
        let asked = asked.iter().filter_map(Value::as_str);
        let all: Vec<Value> = asked
            .map(|who| self.schedule_of(who, window, SignedDuration::from_mins(step)))
            .collect();
        let context = self.context("Collection(microsoft.graph.scheduleInformation)");
        Ok(Reply::within(&context, json!({ "value": all })))
    }

    /// A person of the caller's own organization, by an address.
    fn schedule_of(&self, who: &str, window: Window, step: SignedDuration) -> Value {
        let microsoft = self.microsoft();
        let mine = microsoft.people.get(self.caller.person).map(|me| me.tenant);
        let found = microsoft.people.iter().find(|it| {
            let named = it.email.eq_ignore_ascii_case(who) || it.mail.as_deref() == Some(who);
            named && Some(it.tenant) == mine
        });
        let failed = |code: &str, says: &str| {
            json!({ "scheduleId": who, "availabilityView": "", "scheduleItems": [],
                "error": { "message": says, "responseCode": code } })
        };
        let Some(person) = found else {
            let says = "Unable to resolve e-mail address to an Active Directory object.";
            return failed("ErrorMailRecipientNotFound", says);
        };
        let default = person.entries.iter().find(|entry| entry.default);
        let calendar = default.and_then(|entry| microsoft.calendars.get(entry.calendar));
        let rows = calendar.map(|calendar| laid_out(calendar, window)).unwrap_or_default();
        let busy: Vec<(&Event, u8)> =
            rows.iter().filter_map(|row| Some((&row.event, digit(&row.event)?))).collect();
        if busy.len() > ENTRIES_MAX {
            return failed("5006", "The result set contains too many calendar entries.");
        }
        let shown = busy.iter().map(|(event, digit)| schedule_entry(event, *digit));
        json!({
            "scheduleId": who,
            "availabilityView": view(&busy, window, step),
            "scheduleItems": shown.collect::<Vec<_>>(),
            "workingHours": Self::working_hours(&person.time_zone),
        })
    }
}

fn schedule_entry(event: &Event, digit: u8) -> Value {
    let utc = |name: &str| {
        let mut point = Point::read(event.get(name));
        if let Some(point) = point.as_mut().filter(|_| is_true(event, "isAllDay")) {
            point.zone = jiff::tz::TimeZone::UTC;
        }
        point.map(|point| point.write_in(("UTC", &jiff::tz::TimeZone::UTC)))
    };
    let word = match digit {
        b'0' => "free",
        b'1' => "tentative",
        b'3' => "oof",
        _ => "busy",
    };
    let status =
        if text(event, "showAs") == Some("workingElsewhere") { "workingElsewhere" } else { word };
    let private = matches!(text(event, "sensitivity"), Some("private" | "confidential"));
    let mut shown = json!({ "isPrivate": private, "status": status,
        "start": utc("start"), "end": utc("end") });
    if !private {
        shown["subject"] = event.get("subject").cloned().unwrap_or_default();
    }
    shown
}

/// One digit for each step: that of the busiest event in it.
fn view(busy: &[(&Event, u8)], window: Window, step: SignedDuration) -> String {
    let mut view = String::new();
    let mut from = window.from;
    while from < window.to {
        let to: Timestamp = from.checked_add(step).unwrap_or(window.to);
        let slot = Window { from, to };
        let inside = busy.iter().filter(|(it, _)| stretch(it).is_some_and(|at| slot.touches(at)));
        view.push(char::from(inside.map(|(_, digit)| *digit).max().unwrap_or(b'0')));
        from = to;
    }
    view
}
