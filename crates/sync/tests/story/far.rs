//! Plans in the words of each far side: how their owner's own program would write them there.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::plan::{ATHENS, DAY, Plan, Series, Stretch};
use crate::world;

/// Where an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Google,
    Outlook,
    CalDav,
}

impl Place {
    /// The name of its integration.
    pub(crate) fn integration(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Outlook => "outlook",
            Self::CalDav => "icloud",
        }
    }

    /// How far the midnight of its calendars is ahead of UTC: where a calendar has no zone of its
    /// own, it is its owner's.
    pub(crate) fn ahead_s(self) -> i64 {
        if self == Self::CalDav { ATHENS } else { 0 }
    }
}

/// A calendar, as its owner changes it.
pub(crate) struct Far<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) place: Place,
    /// Whose it is.
    pub(crate) email: &'a str,
    /// What it is called there.
    pub(crate) calendar: &'a str,
}

impl Far<'_> {
    /// Writes an event, or writes it anew; says what it is called there.
    pub(crate) fn put(&self, name: Option<&str>, plan: &Plan, nth: u64) -> String {
        match self.place {
            Place::Google => {
                let event = named(google_event(plan), name);
                self.sandbox.google().put_event(self.email, self.calendar, event).unwrap()
            }
            Place::Outlook => {
                let event = named(outlook_event(plan), name);
                self.sandbox.microsoft().put_event(self.email, self.calendar, event).unwrap()
            }
            Place::CalDav => {
                let name = name.map_or_else(|| format!("e{nth}.ics"), str::to_owned);
                let text = caldav_event(&name, plan);
                self.sandbox.put_event(self.email, self.calendar, &name, &text).unwrap();
                name
            }
        }
    }

    pub(crate) fn delete(&self, name: &str) {
        match self.place {
            Place::Google => self.sandbox.google().delete_event(self.email, self.calendar, name),
            Place::Outlook => {
                self.sandbox.microsoft().delete_event(self.email, self.calendar, name)
            }
            Place::CalDav => self.sandbox.delete_event(self.email, self.calendar, name),
        }
        .unwrap();
    }

    /// One of a series has been moved or cancelled in `plan`.
    pub(crate) fn put_instance(&self, name: &str, plan: &Plan, nth: i64) {
        let Plan::Series(series) = plan else { return };
        let moved = series.moved.get(&nth).filter(|_| !series.cancelled.contains(&nth));
        let (google, outlook) = (self.sandbox.google(), self.sandbox.microsoft());
        match (self.place, moved) {
            (Place::CalDav, _) => drop(self.put(Some(name), plan, 0)),
            (Place::Google, Some(when)) => {
                let id = google_instance(name, series, nth);
                let patch = json!({"start": utc(when.0), "end": utc(when.1)});
                google.patch_event(self.email, (self.calendar, &id), patch).unwrap();
            }
            (Place::Google, None) => {
                let id = google_instance(name, series, nth);
                google.delete_event(self.email, self.calendar, &id).unwrap();
            }
            (Place::Outlook, Some(when)) => {
                let id = outlook_instance(name, series, nth);
                let patch = json!({"start": utc(when.0), "end": utc(when.1)});
                outlook.patch_event(self.email, (self.calendar, &id), patch).unwrap();
            }
            (Place::Outlook, None) => {
                let id = outlook_instance(name, series, nth);
                outlook.delete_event(self.email, self.calendar, &id).unwrap();
            }
        }
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn written(second: i64, format: &str) -> String {
    at(second).strftime(format).to_string()
}

fn named(mut event: Value, name: Option<&str>) -> Value {
    if let Some(name) = name {
        event["id"] = json!(name);
    }
    event
}

fn utc(second: i64) -> Value {
    json!({"dateTime": written(second, "%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"})
}

/// The wall clock that a series is told by: how far it is ahead, and what it is called.
fn wall(series: &Series, athens: &'static str) -> (i64, &'static str) {
    if series.in_athens { (ATHENS, athens) } else { (0, "UTC") }
}

fn on_wall(second: i64, (ahead_s, zone): (i64, &str)) -> Value {
    json!({"dateTime": written(second + ahead_s, "%Y-%m-%dT%H:%M:%S"), "timeZone": zone})
}

fn google_event(plan: &Plan) -> Value {
    let timed = |when: &Stretch| json!({"start": utc(when.0), "end": utc(when.1)});
    let date = |day: i64| json!({"date": written(day * DAY, "%Y-%m-%d")});
    match plan {
        Plan::Once(when) => timed(when),
        Plan::Free(when) => {
            let mut event = timed(when);
            event["transparency"] = json!("transparent");
            event
        }
        Plan::Days(from, to) => json!({"start": date(*from), "end": date(*to)}),
        Plan::Series(series) => {
            let zone = wall(series, "Europe/Athens");
            let often = if series.every_d == 1 { "DAILY" } else { "WEEKLY" };
            json!({
                "start": on_wall(series.first.0, zone), "end": on_wall(series.first.1, zone),
                "recurrence": [format!("RRULE:FREQ={often};COUNT={}", series.count)],
            })
        }
    }
}

fn google_instance(name: &str, series: &Series, nth: i64) -> String {
    format!("{name}_{}", written(series.original(nth).0, "%Y%m%dT%H%M%SZ"))
}

fn outlook_event(plan: &Plan) -> Value {
    let timed = |when: &Stretch| json!({"start": utc(when.0), "end": utc(when.1)});
    match plan {
        Plan::Once(when) => timed(when),
        Plan::Free(when) => {
            let mut event = timed(when);
            event["showAs"] = json!("free");
            event
        }
        Plan::Days(from, to) => {
            json!({"start": utc(from * DAY), "end": utc(to * DAY), "isAllDay": true})
        }
        Plan::Series(series) => outlook_series(series),
    }
}

fn outlook_series(series: &Series) -> Value {
    let zone = wall(series, "GTB Standard Time");
    let begins = series.first.0 + zone.0;
    let pattern = if series.every_d == 1 {
        json!({"type": "daily", "interval": 1})
    } else {
        let day = match at(begins).to_zoned(TimeZone::UTC).weekday() {
            Weekday::Monday => "monday",
            Weekday::Tuesday => "tuesday",
            Weekday::Wednesday => "wednesday",
            Weekday::Thursday => "thursday",
            Weekday::Friday => "friday",
            Weekday::Saturday => "saturday",
            Weekday::Sunday => "sunday",
        };
        json!({"type": "weekly", "interval": 1, "daysOfWeek": [day]})
    };
    json!({
        "start": on_wall(series.first.0, zone), "end": on_wall(series.first.1, zone),
        "recurrence": {
            "pattern": pattern,
            "range": {
                "type": "numbered", "startDate": written(begins, "%Y-%m-%d"),
                "numberOfOccurrences": series.count, "recurrenceTimeZone": zone.1,
            },
        },
    })
}

/// Exchange writes the day of an instance into the last four bytes of its name.
fn outlook_instance(name: &str, series: &Series, nth: i64) -> String {
    let zone = wall(series, "");
    let day = at(series.original(nth).0 + zone.0).to_zoned(TimeZone::UTC).date();
    let mut bytes = URL_SAFE.decode(name).unwrap();
    let end = bytes.len() - 4;
    let [high, low] = day.year().to_be_bytes();
    bytes[end..].copy_from_slice(&[
        high,
        low,
        day.month().unsigned_abs(),
        day.day().unsigned_abs(),
    ]);
    URL_SAFE.encode(bytes)
}

fn caldav_event(name: &str, plan: &Plan) -> String {
    let compact = |second: i64| written(second, "%Y%m%dT%H%M%SZ");
    let timed = |when: &Stretch| format!("DTSTART:{}\nDTEND:{}", compact(when.0), compact(when.1));
    let date = |day: i64| written(day * DAY, "%Y%m%d");
    let lines = match plan {
        Plan::Once(when) => timed(when),
        Plan::Free(when) => format!("{}\nTRANSP:TRANSPARENT", timed(when)),
        Plan::Days(from, to) => {
            format!("DTSTART;VALUE=DATE:{}\nDTEND;VALUE=DATE:{}", date(*from), date(*to))
        }
        Plan::Series(series) => return caldav_series(name, series),
    };
    world::event(name, &lines)
}

fn caldav_series(name: &str, series: &Series) -> String {
    let (ahead_s, zone) = wall(series, "Europe/Athens");
    let local = |second: i64| written(second + ahead_s, "%Y%m%dT%H%M%S");
    let line = |word: &str, second: i64| match zone {
        "UTC" => format!("{word}:{}Z", local(second)),
        zone => format!("{word};TZID={zone}:{}", local(second)),
    };
    let often = if series.every_d == 1 { "DAILY" } else { "WEEKLY" };
    let mut lines = format!(
        "{}\n{}\nRRULE:FREQ={often};COUNT={}",
        line("DTSTART", series.first.0),
        line("DTEND", series.first.1),
        series.count
    );
    for nth in &series.cancelled {
        write!(lines, "\n{}", line("EXDATE", series.original(*nth).0)).unwrap();
    }
    for (nth, when) in series.moved.iter().filter(|(nth, _)| !series.cancelled.contains(nth)) {
        write!(
            lines,
            "\nEND:VEVENT\nBEGIN:VEVENT\nUID:{name}\nDTSTAMP:20261101T000000Z\n{}\n{}\n{}",
            line("RECURRENCE-ID", series.original(*nth).0),
            line("DTSTART", when.0),
            line("DTEND", when.1),
        )
        .unwrap();
    }
    world::event(name, &lines)
}
