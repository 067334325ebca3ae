//! When an object takes place, generously: a series that is not provably over matches, and a zone
//! that is not known widens the match by a day to both sides.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan};

use super::{Component, Line, read};
use crate::recurrence::touch;

/// A time-range; an open end is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
}

impl Range {
    fn overlaps(self, start: Timestamp, end: Timestamp) -> bool {
        touch((start, end), (self.start, self.end))
    }
}

/// A point in time, and how far off it may be.
#[derive(Clone, Copy)]
struct Point {
    at: Timestamp,
    slack: SignedDuration,
    date_only: bool,
}

fn point(line: &Line) -> Option<Point> {
    let value = line.value.trim();
    let utc = value.strip_suffix(['Z', 'z']);
    let digits: String = utc.unwrap_or(value).chars().filter(char::is_ascii_digit).collect();
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize, to: usize| number(from, to).and_then(|n| i8::try_from(n).ok());
    let date = Date::new(number(0, 4)?, small(4, 6)?, small(6, 8)?).ok()?;
    let date_only = digits.len() == 8;
    let time = if date_only {
        Time::midnight()
    } else {
        Time::new(small(8, 10)?, small(10, 12)?, small(12, 14)?.min(59), 0).ok()?
    };
    let (zone, slack) = zone_of(line, utc.is_some());
    let at = DateTime::from_parts(date, time).to_zoned(zone).ok()?.timestamp();
    Some(Point { at, slack, date_only })
}

fn zone_of(line: &Line, utc: bool) -> (TimeZone, SignedDuration) {
    let known = line.parameter("TZID").and_then(|name| TimeZone::get(name).ok());
    match known {
        _ if utc => (TimeZone::UTC, SignedDuration::ZERO),
        Some(zone) => (zone, SignedDuration::ZERO),
        None => (TimeZone::UTC, SignedDuration::from_hours(14)),
    }
}

fn length(entry: &Component, start: Point) -> SignedDuration {
    if let Some(end) = entry.line("DTEND").or_else(|| entry.line("DUE")).and_then(point) {
        return end.at.duration_since(start.at).max(SignedDuration::ZERO);
    }
    if let Some(span) = entry.text("DURATION").and_then(|text| text.parse::<Span>().ok()) {
        return span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).unwrap_or_default();
    }
    SignedDuration::from_hours(if start.date_only { 24 } else { 0 })
}

/// The end of a series that can be proved: `UNTIL`.
fn until(rule: &Line) -> Option<Timestamp> {
    let text = rule.value.split(';').find_map(|part| part.strip_prefix("UNTIL="))?;
    let line = Line { value: text.to_owned(), ..Line::default() };
    point(&line).map(|until| until.at + SignedDuration::from_hours(48))
}

fn entry_touches(entry: &Component, range: Range, series_by_first_only: bool) -> bool {
    let Some(start) = entry.line("DTSTART").or_else(|| entry.line("DUE")).and_then(point) else {
        // A task without a date is found by every range (RFC 4791 §9.9).
        return entry.kind == "VTODO";
    };
    let (early, late) = (start.at - start.slack, start.at + start.slack);
    let long = length(entry, start);
    let extra = entry.line("RDATE").is_some();
    let rule = entry.line("RRULE");
    if series_by_first_only || (rule.is_none() && !extra) {
        return range.overlaps(early, late + long);
    }
    if range.end.is_some_and(|end| early >= end) && !extra {
        return false;
    }
    let over = rule.and_then(until).filter(|_| !extra);
    over.is_none_or(|over| range.start.is_none_or(|from| over + long > from))
}

/// Whether an object takes place within a range.
pub(crate) fn touches(text: &str, range: Range, series_by_first_only: bool) -> bool {
    read(text).is_none_or(|object| {
        object.entries().any(|entry| entry_touches(entry, range, series_by_first_only))
    })
}

/// The busy stretches of an object within a range, series by day steps of their simplest rules.
pub(crate) fn busy_within(text: &str, range: Range) -> Vec<(Timestamp, Timestamp)> {
    let Some(object) = read(text) else { return Vec::new() };
    let opaque = |entry: &&Component| {
        entry.kind == "VEVENT"
            && entry.text("TRANSP") != Some("TRANSPARENT")
            && entry.text("STATUS") != Some("CANCELLED")
    };
    object.entries().filter(opaque).flat_map(|entry| occurrences(entry, range)).collect()
}

const OCCURRENCES_MAX: usize = 5_000;

fn occurrences(entry: &Component, range: Range) -> Vec<(Timestamp, Timestamp)> {
    let Some(start) = entry.line("DTSTART").and_then(point) else { return Vec::new() };
    let long = length(entry, start);
    let step = entry.text("RRULE").and_then(|rule| {
        let part = |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name));
        let every: i64 = part("INTERVAL=").and_then(|n| n.parse().ok()).unwrap_or(1).max(1);
        match part("FREQ=")? {
            "DAILY" => Some(every.days()),
            "WEEKLY" => Some(every.weeks()),
            "MONTHLY" => Some(every.months()),
            "YEARLY" => Some(every.years()),
            _ => None,
        }
    });
    let mut found = Vec::new();
    let mut at = start.at.to_zoned(TimeZone::UTC);
    for _ in 0..OCCURRENCES_MAX {
        let (from, to) = (at.timestamp(), at.timestamp() + long);
        if range.end.is_some_and(|end| from >= end) {
            break;
        }
        if range.overlaps(from, to) && to > from {
            found.push((from, to));
        }
        let Some(next) = step.and_then(|step| at.checked_add(step).ok()) else { break };
        at = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Range, touches};

    fn event(lines: &str) -> String {
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
    }

    fn june() -> Range {
        Range {
            start: Some("2026-06-01T00:00:00Z".parse().unwrap()),
            end: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn an_event_matches_where_it_overlaps_and_nowhere_else() {
        let single = event("DTSTART:20260531T230000Z\nDTEND:20260601T010000Z");
        assert!(touches(&single, june(), false));
        let before = event("DTSTART:20260531T230000Z\nDTEND:20260601T000000Z");
        assert!(!touches(&before, june(), false));
        let lasting = event("DTSTART:20260531T230000Z\nDURATION:PT2H");
        assert!(touches(&lasting, june(), false));
        let at_midnight = event("DTSTART;TZID=Europe/Berlin:20260701T010000\nDURATION:PT1H");
        assert!(touches(&at_midnight, june(), false), "23:00 UTC on the last day of June");
    }

    #[test]
    fn a_series_matches_until_it_is_provably_over() {
        let old = event("DTSTART:20100101T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY");
        assert!(touches(&old, june(), false));
        assert!(!touches(&old, june(), true), "a server that looks at the first one only");
        let over = event(
            "DTSTART:20100101T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20110101T000000Z",
        );
        assert!(!touches(&over, june(), false));
        let later = event("DTSTART:20270101T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY");
        assert!(!touches(&later, june(), false));
    }
}
