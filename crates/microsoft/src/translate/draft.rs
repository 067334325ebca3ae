//! What a draft wants of Graph. Only our fields are ever sent: what else an event has at Graph
//! stays as it is.

use calendar::ical::{self, Block, Line};
use calendar::{Blocking, Class, Component, Moment, Owner, SELF};
use connection::{Conference, Draft, ProviderError};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use super::{kept, kept_property, name_property, pattern, time, zone};
use crate::ids;
use crate::wire::{Address, Event, Kind, Range, Recurrence, Time};

/// Asks for a video meeting that Graph makes with the event.
const CONFERENCE: &str = "X-DAYMARK-CONFERENCE";

/// What a draft wants.
pub(crate) struct Wanted {
    subject: String,
    body: String,
    location: String,
    start: Time,
    end: Time,
    all_day: bool,
    show_as: &'static str,
    sensitivity: &'static str,
    categories: Vec<String>,
    guests: Vec<(&'static str, Address)>,
    recurrence: Option<Recurrence>,
    with_teams: bool,
    uid: String,
    kept: String,
    is_part: bool,
}

/// Reads a draft, or says in a sentence why Outlook cannot have it.
pub(crate) fn wanted(draft: &Draft) -> Result<Wanted, ProviderError> {
    let reading = calendar::read(&draft.text)
        .map_err(|unreadable| ProviderError::Refused { say: unreadable.to_string() })?;
    let [event] = reading.events.as_slice() else {
        return refused("A draft holds exactly one event.");
    };
    let whole = if event.master.is_some() { &event.overrides[..] } else { &[] };
    let Some(main) = event.main().filter(|_| whole.is_empty() && event.overrides.len() <= 1) else {
        return refused("Changed occurrences of a series are written to Outlook one by one.");
    };
    let blocks = ical::events(&draft.text).unwrap_or_default();
    let Some(block) = blocks.first() else { return refused("A draft holds exactly one event.") };
    let (start, end, zone) = times(main)?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let asks = block.line(CONFERENCE).map_or("", |line| line.value().trim());
    Ok(Wanted {
        subject: text(&main.title),
        body: text(&main.description),
        location: text(&main.location),
        recurrence: recurrence(main, block, zone.as_deref())?,
        start,
        end,
        all_day: main.start.is_date(),
        show_as: show_as(main)?,
        sensitivity: match main.class {
            Class::Public => "normal",
            Class::Private => "private",
            Class::Confidential => "confidential",
        },
        categories: categories(block),
        guests: guests(block),
        with_teams: Conference::parse(asks) == Some(Conference::Teams),
        uid: event.uid.clone(),
        kept: kept::lines(block),
        is_part: event.master.is_none(),
    })
}

fn refused<T>(say: &str) -> Result<T, ProviderError> {
    Err(ProviderError::Refused { say: say.into() })
}

fn show_as(main: &Component) -> Result<&'static str, ProviderError> {
    Ok(match main.blocking(&Owner::nobody()) {
        Blocking::Busy | Blocking::Declined => "busy",
        Blocking::Tentative => "tentative",
        Blocking::Unavailable => "oof",
        Blocking::Elsewhere => "workingElsewhere",
        Blocking::Free => "free",
        Blocking::Cancelled => return refused("A cancelled event is deleted, not written."),
    })
}

/// When it starts and ends, and the zone's name at Graph.
fn times(main: &Component) -> Result<(Time, Time, Option<String>), ProviderError> {
    let days = main.length.days;
    let written = |wall: DateTime, zone: &str| Time {
        date_time: wall.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        time_zone: zone.to_owned(),
    };
    let later = |wall: DateTime| wall.checked_add(days.days()).ok();
    match &main.start {
        Moment::Date(date) => {
            let start = date.to_datetime(jiff::civil::Time::midnight());
            let days = main.length.days.max(1);
            let Some(end) = start.checked_add(days.days()).ok() else {
                return refused("The event ends beyond the end of the calendar.");
            };
            Ok((written(start, "UTC"), written(end, "UTC"), None))
        }
        Moment::Zoned(wall, zone) => {
            let start = main.start.instant(zone);
            let Some(name) = zone::windows(zone, start) else {
                return refused("Outlook does not know the event's time zone.");
            };
            let end = later(*wall).map(|wall| Moment::Zoned(wall, zone.clone()).instant(zone));
            let end = end.and_then(|end| end.checked_add(main.length.exact).ok());
            let Some(end) = end.map(|end| zone.to_datetime(end)) else {
                return refused("The event ends beyond the end of the calendar.");
            };
            Ok((written(*wall, &name), written(end, &name), Some(name)))
        }
        Moment::Floating(_) => {
            refused("Outlook needs to know the time zone of an event; this one names none.")
        }
    }
}

fn recurrence(
    main: &Component,
    block: &Block<'_>,
    zone: Option<&str>,
) -> Result<Option<Recurrence>, ProviderError> {
    let said = &main.recurrence;
    let is_plain =
        said.extra.is_empty() && said.excluded.is_empty() && said.excluded_rules.is_empty();
    let rule = match said.rules.as_slice() {
        [] if is_plain => return Ok(None),
        [rule] if is_plain => rule,
        _ => return refused("Outlook cannot repeat an event by several rules, or by dates."),
    };
    let date = main.start.date();
    let pattern =
        pattern::pattern(rule, date).map_err(|say| ProviderError::Refused { say: say.into() })?;
    let raw = block.line("RRULE").map_or("", |line| line.value());
    let until = raw.split(';').find_map(|part| part.trim().strip_prefix("UNTIL="));
    let mut range = Range {
        kind: "noEnd".into(),
        start_date: date.to_string(),
        recurrence_time_zone: zone.unwrap_or("UTC").to_owned(),
        ..Range::default()
    };
    if let Some(count) = rule.count {
        range.kind = "numbered".into();
        range.number_of_occurrences = i64::try_from(count).unwrap_or(i64::MAX);
    } else if let Some(until) = until {
        let Some(end) = last_day(&main.start, until) else {
            return refused("It cannot be read when the event stops repeating.");
        };
        range.kind = "endDate".into();
        range.end_date = end.to_string();
    }
    Ok(Some(Recurrence { pattern, range }))
}

/// The last day on which an occurrence may start.
fn last_day(start: &Moment, until: &str) -> Option<Date> {
    if let Ok(date) = Date::strptime("%Y%m%d", until) {
        return Some(date);
    }
    let wall = DateTime::strptime("%Y%m%dT%H%M%S", until.trim_end_matches('Z')).ok()?;
    let there = match (start, until.ends_with('Z')) {
        (Moment::Zoned(_, zone), true) => {
            zone.to_datetime(Moment::Zoned(wall, TimeZone::UTC).instant(zone))
        }
        _ => wall,
    };
    let is_too_late = !start.is_date() && start.wall().time() > there.time();
    if is_too_late { there.date().yesterday().ok() } else { Some(there.date()) }
}

fn categories(block: &Block<'_>) -> Vec<String> {
    block.all("CATEGORIES").map(Line::text).collect()
}

fn guests(block: &Block<'_>) -> Vec<(&'static str, Address)> {
    let invited = |line: &&Line<'_>| line.is("ATTENDEE") && line.parameter(SELF).is_none();
    let guest = |line: &Line<'_>| {
        let value = line.value().trim();
        let scheme = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"))?;
        let name = line.parameter("CN").unwrap_or_default();
        let kind = match line.parameter("ROLE").unwrap_or_default().as_str() {
            "OPT-PARTICIPANT" => "optional",
            "NON-PARTICIPANT" => "resource",
            _ => "required",
        };
        Some((kind, Address { name, address: value[scheme.len()..].to_owned() }))
    };
    block.all("ATTENDEE").filter(invited).filter_map(guest).collect()
}

impl Wanted {
    /// Does it change one occurrence of a series?
    pub(crate) fn is_part(&self) -> bool {
        self.is_part
    }

    /// A new event, under the name that we chose.
    pub(crate) fn create(&self, name: &str) -> Value {
        let mut event = self.plain();
        event.extend(self.when());
        event.insert("body".into(), self.body());
        event.insert("transactionId".into(), json!(ids::uuid_of(name)));
        if !self.guests.is_empty() {
            event.insert("attendees".into(), self.attendees());
        }
        if let Some(recurrence) = &self.recurrence {
            event.insert("recurrence".into(), json!(recurrence));
        }
        if self.with_teams {
            event.extend(teams());
        }
        let kept = kept::marked(name, &self.uid, &self.kept);
        let properties = json!([
            {"id": name_property(), "value": name},
            {"id": kept_property(), "value": kept},
        ]);
        event.insert("singleValueExtendedProperties".into(), properties);
        Value::Object(event)
    }

    /// What makes `present` what is wanted. Guests are written to only if they change, for Graph
    /// sends them mail; times and rules only if they change, for that undoes changed occurrences.
    pub(crate) fn change(&self, present: &Event) -> Value {
        let mut event = self.plain();
        // A place may be a room with more to it than its name.
        if present.location.as_ref().is_some_and(|place| place.display_name == self.location) {
            event.remove("location");
        }
        if !self.is_when(present) {
            event.extend(self.when());
        }
        // Quirk graph-7: the way into an online meeting stands in the body, and goes with it.
        if !present.is_online_meeting {
            event.insert("body".into(), self.body());
        }
        if !self.are_guests(present) {
            event.insert("attendees".into(), self.attendees());
        }
        let is_part = matches!(present.kind, Kind::Occurrence | Kind::Exception);
        if !is_part && said(self.recurrence.as_ref()) != said(present.recurrence.as_ref()) {
            event.insert("recurrence".into(), json!(self.recurrence));
        }
        if self.with_teams && !present.is_online_meeting {
            event.extend(teams());
        }
        let held = kept::held(present);
        let kept = kept::with_marks_of(held, &self.kept);
        if held != kept {
            let property = json!([{"id": kept_property(), "value": kept}]);
            event.insert("singleValueExtendedProperties".into(), property);
        }
        Value::Object(event)
    }

    fn plain(&self) -> Map<String, Value> {
        Map::from_iter([
            ("subject".into(), json!(self.subject)),
            ("location".into(), json!({"displayName": self.location})),
            ("showAs".into(), json!(self.show_as)),
            ("sensitivity".into(), json!(self.sensitivity)),
            ("categories".into(), json!(self.categories)),
        ])
    }

    fn when(&self) -> Map<String, Value> {
        Map::from_iter([
            ("start".into(), json!(self.start)),
            ("end".into(), json!(self.end)),
            ("isAllDay".into(), json!(self.all_day)),
        ])
    }

    fn is_when(&self, present: &Event) -> bool {
        let same = |ours: &Time, theirs: &Option<Time>| -> bool {
            let at = |time: &Time| -> Option<Timestamp> { time::instant(time) };
            theirs.as_ref().is_some_and(|theirs| at(ours).is_some() && at(ours) == at(theirs))
        };
        same(&self.start, &present.start)
            && same(&self.end, &present.end)
            && present.is_all_day.unwrap_or(false) == self.all_day
    }

    fn body(&self) -> Value {
        json!({"contentType": "text", "content": self.body})
    }

    fn attendees(&self) -> Value {
        let guest = |(kind, who): &(&str, Address)| json!({"type": kind, "emailAddress": who});
        Value::Array(self.guests.iter().map(guest).collect())
    }

    fn are_guests(&self, present: &Event) -> bool {
        let sorted = |mut list: Vec<(String, String)>| {
            list.sort();
            list
        };
        let ours =
            self.guests.iter().map(|(kind, who)| (kind.to_string(), who.address.to_lowercase()));
        let theirs = present.attendees.iter();
        let theirs = theirs.map(|g| (g.kind.clone(), g.email_address.address.to_lowercase()));
        sorted(ours.collect()) == sorted(theirs.collect())
    }
}

fn teams() -> Map<String, Value> {
    Map::from_iter([
        ("isOnlineMeeting".into(), json!(true)),
        ("onlineMeetingProvider".into(), json!("teamsForBusiness")),
    ])
}

/// What a recurrence says, whatever it also spells out.
fn said(recurrence: Option<&Recurrence>) -> Option<(Option<String>, String, String, i64)> {
    let Recurrence { pattern, range } = recurrence?;
    let end = if range.kind == "endDate" { range.end_date.clone() } else { String::new() };
    let count = if range.kind == "numbered" { range.number_of_occurrences } else { 0 };
    Some((pattern::rule(pattern), range.kind.clone(), end, count))
}
