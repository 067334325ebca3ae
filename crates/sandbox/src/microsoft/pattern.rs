//! Recurrence as Graph writes it: a pattern and a range. It is told to the engine as a rule.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::moment::Point;
use super::world::Event;
use crate::recurrence::Series;

pub(crate) fn is_series(event: &Event) -> bool {
    event.get("recurrence").is_some_and(Value::is_object)
}

fn number(pattern: &Value, name: &str) -> Option<i64> {
    pattern.get(name).and_then(Value::as_i64)
}

fn days(pattern: &Value) -> Option<String> {
    let named = pattern.get("daysOfWeek").and_then(Value::as_array)?;
    let short = |day: &Value| match day.as_str()?.to_ascii_lowercase().as_str() {
        "monday" => Some("MO"),
        "tuesday" => Some("TU"),
        "wednesday" => Some("WE"),
        "thursday" => Some("TH"),
        "friday" => Some("FR"),
        "saturday" => Some("SA"),
        "sunday" => Some("SU"),
        _ => None,
    };
    let days: Option<Vec<&str>> = named.iter().map(short).collect();
    days.filter(|days| !days.is_empty()).map(|days| days.join(","))
}

/// A day of the month; where a month is too short it is its last.
fn month_day(pattern: &Value) -> Option<String> {
    let day = number(pattern, "dayOfMonth").filter(|day| (1..=31).contains(day))?;
    if day <= 28 {
        return Some(format!("BYMONTHDAY={day}"));
    }
    let candidates: Vec<String> = (28..=day).map(|day| day.to_string()).collect();
    Some(format!("BYMONTHDAY={};BYSETPOS=-1", candidates.join(",")))
}

/// Of several days of the week the first that satisfies.
fn relative(pattern: &Value) -> Option<String> {
    let at = match pattern.get("index").and_then(Value::as_str).unwrap_or("first") {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "last" => -1,
        _ => return None,
    };
    Some(format!("BYDAY={};BYSETPOS={at}", days(pattern)?))
}

fn month(pattern: &Value) -> Option<String> {
    let month = number(pattern, "month").filter(|month| (1..=12).contains(month))?;
    Some(format!("BYMONTH={month}"))
}

fn rule(pattern: &Value) -> Option<String> {
    let interval = number(pattern, "interval").unwrap_or(1);
    let rest = match pattern.get("type").and_then(Value::as_str)? {
        "daily" => "FREQ=DAILY".to_owned(),
        "weekly" => {
            let start = pattern.get("firstDayOfWeek").and_then(Value::as_str);
            let start = start.unwrap_or("sunday").get(..2)?.to_ascii_uppercase();
            format!("FREQ=WEEKLY;WKST={start};BYDAY={}", days(pattern)?)
        }
        "absoluteMonthly" => format!("FREQ=MONTHLY;{}", month_day(pattern)?),
        "relativeMonthly" => format!("FREQ=MONTHLY;{}", relative(pattern)?),
        "absoluteYearly" => format!("FREQ=YEARLY;{};{}", month(pattern)?, month_day(pattern)?),
        "relativeYearly" => format!("FREQ=YEARLY;{};{}", month(pattern)?, relative(pattern)?),
        _ => return None,
    };
    (interval > 0).then(|| format!("RRULE:INTERVAL={interval};{rest}"))
}

fn date(range: &Value, name: &str) -> Option<Date> {
    range.get(name).and_then(Value::as_str)?.parse().ok()
}

/// The series that a recurrence stands for; `None` when it makes no sense.
fn series(recurrence: &Value, zone: &TimeZone) -> Option<Series> {
    let range = recurrence.get("range")?;
    let end = match range.get("type").and_then(Value::as_str)? {
        "noEnd" => String::new(),
        "numbered" => {
            let count = number(range, "numberOfOccurrences").filter(|count| *count > 0)?;
            format!(";COUNT={count}")
        }
        "endDate" => {
            let end = date(range, "endDate")?;
            (end >= date(range, "startDate")?).then_some(())?;
            format!(";UNTIL={}", end.strftime("%Y%m%d"))
        }
        _ => return None,
    };
    let line = rule(recurrence.get("pattern")?)? + &end;
    Series::read(&[&line], zone)
}

/// Is the recurrence of an event sound, and does its range begin on the day of its start?
pub(crate) fn is_sound(event: &Event, start: &Point) -> bool {
    let Some(recurrence) = event.get("recurrence").filter(|it| !it.is_null()) else { return true };
    let begins = recurrence.get("range").and_then(|range| date(range, "startDate"));
    begins == Some(start.civil.date()) && series(recurrence, &start.zone).is_some()
}

/// The original starts of a series up to a moment on its wall.
pub(crate) fn starts(master: &Event, start: &Point, to: DateTime) -> Vec<DateTime> {
    let known = master.get("recurrence").and_then(|it| series(it, &start.zone));
    known.map_or_else(Vec::new, |series| series.starts((start.civil, false), to))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Point, is_sound, starts};
    use crate::microsoft::world::Event;

    fn days(pattern: &Value, mut range: Value) -> Vec<String> {
        let start = json!({ "dateTime": "2026-11-30T09:00:00", "timeZone": "UTC" });
        range["startDate"] = json!("2026-11-30");
        let event = json!({ "start": start, "recurrence": { "pattern": pattern, "range": range } });
        let Value::Object(event) = event else { unreachable!("it was written as one") };
        let start = Point::read(event.get("start")).unwrap();
        assert!(is_sound(&event, &start));
        let starts = starts(&event, &start, "2028-12-31T00:00:00".parse().unwrap());
        starts.iter().take(4).map(|at| at.date().to_string()).collect()
    }

    #[test]
    fn patterns_yield_what_graph_says() {
        let count = || json!({ "type": "numbered", "numberOfOccurrences": 3 });
        let daily = json!({ "type": "daily", "interval": 2 });
        assert_eq!(days(&daily, count()), ["2026-11-30", "2026-12-02", "2026-12-04"]);
        let until = json!({ "type": "endDate", "endDate": "2026-12-02" });
        assert_eq!(days(&daily, until), ["2026-11-30", "2026-12-02"], "inclusive");
        let weekly = json!({ "type": "weekly", "interval": 1, "daysOfWeek": ["monday", "Friday"],
            "firstDayOfWeek": "sunday" });
        assert_eq!(days(&weekly, count()), ["2026-11-30", "2026-12-04", "2026-12-07"]);
        let monthly = json!({ "type": "absoluteMonthly", "interval": 3, "dayOfMonth": 30 });
        assert_eq!(days(&monthly, count()), ["2026-11-30", "2027-02-28", "2027-05-30"]);
        let last = json!({ "type": "relativeMonthly", "interval": 1, "index": "last",
            "daysOfWeek": ["monday", "tuesday"] });
        assert_eq!(days(&last, count()), ["2026-11-30", "2026-12-29", "2027-01-26"]);
        let yearly = json!({ "type": "relativeYearly", "interval": 1, "index": "first",
            "daysOfWeek": ["monday"], "month": 2 });
        assert_eq!(days(&yearly, count()), ["2026-11-30", "2027-02-01", "2028-02-07"]);
        let leap = json!({ "type": "absoluteYearly", "interval": 1, "month": 2, "dayOfMonth": 29 });
        assert_eq!(days(&leap, count()), ["2026-11-30", "2027-02-28", "2028-02-29"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let start = Point::read(Some(&json!({ "dateTime": "2026-11-30T09:00:00" }))).unwrap();
        let weekly = json!({ "type": "weekly", "interval": 1, "daysOfWeek": ["monday"] });
        let from = json!({ "type": "noEnd", "startDate": "2026-11-30" });
        let sound = |pattern: &Value, range: &Value| {
            let mut event = Event::new();
            event.insert("recurrence".into(), json!({ "pattern": pattern, "range": range }));
            is_sound(&event, &start)
        };
        assert!(sound(&weekly, &from));
        let other_day = json!({ "type": "noEnd", "startDate": "2026-12-01" });
        let ends_before =
            json!({ "type": "endDate", "startDate": "2026-11-30", "endDate": "2026-11-01" });
        for range in [other_day, ends_before, json!({ "startDate": "2026-11-30" })] {
            assert!(!sound(&weekly, &range), "{range}");
        }
        for pattern in [
            json!({ "type": "hourly", "interval": 1 }),
            json!({ "type": "weekly", "interval": 1 }),
            json!({ "type": "daily", "interval": 0 }),
            json!({ "type": "relativeMonthly", "daysOfWeek": ["monday"], "index": "fifth" }),
        ] {
            assert!(!sound(&pattern, &from), "{pattern}");
        }
    }
}
