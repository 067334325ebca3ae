//! When an event is: Graph's wall clocks to iCalendar's moments.

use calendar::Moment;
use calendar::ical::Property;
use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{pattern, zone};
use crate::wire::{Event, Kind, Time};

/// DTSTART and DTEND; none where Graph gives none that can be read, which is then a problem of the
/// calendar that its owner sees.
pub(super) fn times(event: &Event) -> Vec<Property> {
    if event.is_all_day == Some(true) {
        return dates(event);
    }
    let written = |name, time: &Option<Time>| time.as_ref().and_then(|time| at(event, name, time));
    [written("DTSTART", &event.start), written("DTEND", &event.end)].into_iter().flatten().collect()
}

fn dates(event: &Event) -> Vec<Property> {
    let read =
        |time: &Option<Time>| date(time.as_ref()?, event.original_start_time_zone.as_deref());
    let Some(start) = read(&event.start) else { return Vec::new() };
    let next = start.tomorrow().unwrap_or(start);
    let end = read(&event.end).filter(|end| *end > start).unwrap_or(next);
    vec![
        Property::time("DTSTART", &Moment::Date(start)),
        Property::time("DTEND", &Moment::Date(end)),
        Property::raw("X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE"),
    ]
}

fn at(event: &Event, name: &str, time: &Time) -> Option<Property> {
    let Some(instant) = instant(time) else {
        // A zone that nobody knows must be seen as such: never silently UTC.
        let wall = wall(time)?;
        let property = Property::raw(name, &wall.strftime("%Y%m%dT%H%M%S").to_string());
        return Some(property.with("TZID", &time.time_zone));
    };
    // A rule is followed on the wall clock of its series; all else is an instant.
    let zone = (event.kind == Kind::SeriesMaster).then(|| rule_zone(event)).flatten();
    let moment = match zone {
        Some(zone) => Moment::Zoned(zone.to_datetime(instant), zone),
        None => Moment::utc(instant),
    };
    Some(Property::time(name, &moment))
}

/// The zone in which a series repeats.
pub(super) fn rule_zone(event: &Event) -> Option<TimeZone> {
    let of_rule = event.recurrence.as_ref().map(|rule| rule.range.recurrence_time_zone.as_str());
    let of_rule = of_rule.filter(|name| !name.is_empty()).and_then(zone::known);
    of_rule.or_else(|| zone::known(event.original_start_time_zone.as_deref()?))
}

/// What the wall clock shows. Graph writes seven digits of a second, and some write an offset.
pub(super) fn wall(time: &Time) -> Option<DateTime> {
    let text = time.date_time.trim();
    let second = |wall: DateTime| wall.with().subsec_nanosecond(0).build().ok();
    text.trim_end_matches('Z').parse().ok().and_then(second)
}

/// The instant of a time; `None` where its zone is not known.
pub(super) fn instant(time: &Time) -> Option<Timestamp> {
    let name = time.time_zone.trim();
    let is_utc = name.is_empty() || time.date_time.trim().ends_with('Z');
    let zone = if is_utc { TimeZone::UTC } else { zone::known(name)? };
    Some(Moment::Zoned(wall(time)?, zone).instant(&TimeZone::UTC))
}

/// The day that an all-day time means. Quirk graph-4: midnights come unshifted in UTC, or shifted
/// from the zone of the event; then they are looked at there, and else the nearest midnight counts.
fn date(time: &Time, original: Option<&str>) -> Option<Date> {
    let wall = wall(time)?;
    if wall.time() == Clock::midnight() {
        return Some(wall.date());
    }
    let there = original.and_then(zone::known).zip(instant(time));
    Some(nearest(there.map_or(wall, |(zone, instant)| zone.to_datetime(instant))))
}

fn nearest(wall: DateTime) -> Date {
    wall.saturating_add(SignedDuration::from_hours(12)).date()
}

/// Which occurrence a part of a series is. Quirk graph-5: only exceptions say so; an occurrence
/// is where it should be.
pub(super) fn recurrence_id(event: &Event) -> Option<Property> {
    if event.kind == Kind::SeriesMaster || event.series_master_id.is_none() {
        return None;
    }
    let all_day = event.is_all_day == Some(true);
    let original: Option<Timestamp> =
        event.original_start.as_deref().and_then(|text| text.trim().parse().ok());
    let moment = match original {
        Some(at) if all_day => Moment::Date(nearest(TimeZone::UTC.to_datetime(at))),
        Some(at) => Moment::utc(at),
        None => {
            let start = event.start.as_ref()?;
            let of_day = || date(start, event.original_start_time_zone.as_deref());
            if all_day { Moment::Date(of_day()?) } else { Moment::utc(instant(start)?) }
        }
    };
    Some(Property::time("RECURRENCE-ID", &moment))
}

/// DTSTAMP, CREATED and LAST-MODIFIED. The year 1 is Graph's way to say never.
pub(super) fn stamps(event: &Event) -> Vec<Property> {
    let read = |text: &Option<String>| -> Option<Moment> {
        let at: Timestamp = text.as_deref()?.trim().parse().ok()?;
        (at > Timestamp::UNIX_EPOCH).then(|| Moment::utc(at))
    };
    let (changed, made) = (read(&event.last_modified_date_time), read(&event.created_date_time));
    let stamp = changed.as_ref().or(made.as_ref());
    let named =
        [("DTSTAMP", stamp), ("CREATED", made.as_ref()), ("LAST-MODIFIED", changed.as_ref())];
    named.iter().filter_map(|(name, at)| at.map(|at| Property::time(name, at))).collect()
}

/// RRULE of a series, where there is one that we can say.
pub(super) fn rule(event: &Event) -> Option<String> {
    let recurrence = event.recurrence.as_ref()?;
    let rule = pattern::rule(&recurrence.pattern)?;
    let range = &recurrence.range;
    let end: Option<Date> = range.end_date.parse().ok();
    Some(match range.kind.as_str() {
        "numbered" if range.number_of_occurrences > 0 => {
            format!("{rule};COUNT={}", range.number_of_occurrences)
        }
        "endDate" => format!("{rule};UNTIL={}", until(event, end?)?),
        _ => rule,
    })
}

/// The last day of a series counts in full, where it repeats.
fn until(event: &Event, end: Date) -> Option<String> {
    if event.is_all_day == Some(true) {
        return Some(end.strftime("%Y%m%d").to_string());
    }
    let last = end.to_datetime(Clock::midnight()).checked_add(1.day()).ok()?;
    let zone = rule_zone(event).unwrap_or(TimeZone::UTC);
    let last = Moment::Zoned(last, zone).instant(&TimeZone::UTC);
    let last = last.checked_sub(SignedDuration::from_secs(1)).ok()?;
    Some(last.strftime("%Y%m%dT%H%M%SZ").to_string())
}
