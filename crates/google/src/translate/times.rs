//! Google's times to iCalendar's, and back.

use calendar::ical::Property;
use calendar::{Length, Moment, timezone};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::wire::{Event, When};

/// When it was made and changed.
pub(super) fn stamps(event: &Event) -> Vec<Property> {
    let stamps = [
        ("DTSTAMP", event.updated.as_ref().or(event.created.as_ref())),
        ("LAST-MODIFIED", event.updated.as_ref()),
        ("CREATED", event.created.as_ref()),
    ];
    let read = stamps.into_iter().filter_map(|(name, text)| Some((name, text?.parse().ok()?)));
    read.map(|(name, at): (_, Timestamp)| Property::time(name, &Moment::utc(at))).collect()
}

/// When it happens, and which occurrence of its series it is. Without a start or an end that can
/// be read there is none of both, and the event is listed as not understood.
pub(super) fn times(event: &Event, zone: Option<&str>) -> Vec<Property> {
    let mut lines = Vec::new();
    let original = event.recurring_event_id.is_some().then(|| original(event));
    match &original {
        Some(Some(moment)) => lines.push(Property::time("RECURRENCE-ID", moment)),
        // One of nobody knows what: it stands for itself, and never for its series.
        Some(None) => lines.push(Property::raw("RECURRENCE-ID", "unknown")),
        None => {}
    }
    let repeats = !event.recurrence.is_empty();
    let zone = zone.filter(|_| repeats);
    let read = |when: &Option<When>| when.as_ref().and_then(|when| moment(when, zone, repeats));
    if repeats && [&event.start, &event.end].into_iter().flatten().any(names_unknown_zone) {
        lines.extend(unknown(event, zone));
        return lines;
    }
    match (read(&event.start), read(&event.end)) {
        (Some(start), Some(end)) => {
            lines.push(Property::time("DTSTART", &start));
            // A day that ends when it begins is one day (RFC 5545 §3.6.1).
            let is_one_day = start.is_date() && end.date() <= start.date();
            lines.extend((!is_one_day).then(|| Property::time("DTEND", &end)));
        }
        _ if event.is_cancelled() => {
            let start = original.flatten();
            lines.extend(start.map(|start| Property::time("DTSTART", &start)));
        }
        _ => {}
    }
    lines
}

fn names_unknown_zone(when: &When) -> bool {
    let name = when.time_zone.as_deref().filter(|_| when.date.is_none());
    name.is_some_and(|name| timezone::named(name).is_none())
}

/// A series that repeats by a clock which nobody here knows must be seen as such: never silently
/// that of its calendar, which stands in for it meanwhile.
fn unknown(event: &Event, calendar: Option<&str>) -> Vec<Property> {
    let line = |(name, when): (&str, &Option<When>)| {
        let when = when.as_ref()?;
        let wall = moment(&When { time_zone: None, ..when.clone() }, calendar, true)?.wall();
        let line = Property::raw(name, &wall.strftime("%Y%m%dT%H%M%S").to_string());
        Some(line.with("TZID", when.time_zone.as_deref().unwrap_or_default()))
    };
    [("DTSTART", &event.start), ("DTEND", &event.end)].into_iter().filter_map(line).collect()
}

/// The moment at which the series would have had it. Google's names of instances end with it,
/// where the member is missing.
fn original(event: &Event) -> Option<Moment> {
    let given = event.original_start_time.as_ref().and_then(|when| moment(when, None, false));
    let named = || {
        let suffix = event.id.rsplit_once('_')?.1;
        let at = |at: DateTime| Some(Moment::utc(TimeZone::UTC.to_timestamp(at).ok()?));
        let date = || Some(Moment::Date(Date::strptime("%Y%m%d", suffix).ok()?));
        DateTime::strptime("%Y%m%dT%H%M%SZ", suffix).ok().and_then(at).or_else(date)
    };
    given.or_else(named)
}

/// Quirk google-1: the offset is that of whoever asks, and not that of the zone beside it.
/// Quirk google-3: a series may come without a zone; then its calendar's holds.
fn moment(when: &When, calendar: Option<&str>, repeats: bool) -> Option<Moment> {
    if let Some(date) = &when.date {
        return date.parse().ok().map(Moment::Date);
    }
    let text = when.date_time.as_deref()?;
    let own = when.time_zone.as_deref().and_then(timezone::named);
    let zone = own.or_else(|| calendar.and_then(timezone::named));
    let Ok(instant) = text.parse::<Timestamp>() else {
        return Some(Moment::Zoned(text.parse().ok()?, zone?));
    };
    let Some(zone) = zone else { return Some(Moment::utc(instant)) };
    let zoned = Moment::Zoned(zone.to_datetime(instant), zone);
    // In the hour that a clock shows twice the wall alone says too little; a series goes by it.
    let is_exact = repeats || zoned.instant(&TimeZone::UTC) == instant;
    Some(if is_exact { zoned } else { Moment::utc(instant) })
}

/// A moment as Google takes it; `None` for one without a zone.
pub(super) fn when(moment: &Moment) -> Option<Value> {
    match moment {
        Moment::Date(date) => {
            Some(json!({ "date": date.to_string(), "dateTime": null, "timeZone": null }))
        }
        Moment::Floating(_) => None,
        Moment::Zoned(_, zone) => {
            let instant = moment.instant(zone);
            let name = zone.iana_name().unwrap_or("UTC");
            let shown = if zone.iana_name().is_some() { zone.clone() } else { TimeZone::UTC };
            let at = instant.to_zoned(shown).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            Some(json!({ "date": null, "dateTime": at, "timeZone": name }))
        }
    }
}

/// When what begins so and lasts so long ends.
pub(super) fn end(start: &Moment, length: Length) -> Option<Moment> {
    let wall = start.wall().checked_add(length.days.days()).ok()?;
    match start {
        Moment::Date(_) => Some(start.at(wall)),
        Moment::Floating(_) => Some(start.at(wall.checked_add(length.exact).ok()?)),
        Moment::Zoned(_, zone) => {
            let at = start.at(wall).instant(zone).checked_add(length.exact).ok()?;
            Some(Moment::Zoned(zone.to_datetime(at), zone.clone()))
        }
    }
}
