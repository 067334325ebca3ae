//! RFC 5545 §3.3.10 as calendars use it: RRULE by days, weeks, months and years, RDATE, EXDATE.
//! Walks period by period and keeps the days that match; quick it need not be.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Periods that are looked at before a rule that yields nothing is given up.
const PERIODS_MAX: usize = 20_000;
/// Instances that a series has at most.
const INSTANCES_MAX: usize = 10_000;

/// Does what takes place from a start to an end touch a stretch of time that may be open?
pub(crate) fn touch(
    (start, end): (Timestamp, Timestamp),
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> bool {
    // What takes no time is where it begins.
    let end = end.max(start.checked_add(SignedDuration::from_nanos(1)).unwrap_or(start));
    from.is_none_or(|from| end > from) && to.is_none_or(|to| start < to)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    every: Every,
    interval: i32,
    count: Option<usize>,
    until: Option<DateTime>,
    /// `(0, Monday)`: every one; `(-1, Friday)`: the last.
    days: Vec<(i16, Weekday)>,
    month_days: Vec<i8>,
    months: Vec<i8>,
    positions: Vec<i32>,
    week_start: Weekday,
}

/// All that the `recurrence` lines of an event say.
#[derive(Debug, Default)]
pub(crate) struct Series {
    rules: Vec<Rule>,
    more: Vec<DateTime>,
    without: Vec<DateTime>,
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(|part| read(part.trim())).collect()
}

/// `20261214T150000`, with `Z` or in the zone of the series, or `20261214`.
fn civil(text: &str, zone: &TimeZone, end_of_day: bool) -> Option<DateTime> {
    if text.len() == 8 {
        let date = Date::strptime("%Y%m%d", text).ok()?;
        let time = if end_of_day { Time::new(23, 59, 59, 0).ok()? } else { Time::midnight() };
        return Some(date.to_datetime(time));
    }
    let plain = text.strip_suffix('Z');
    let civil = DateTime::strptime("%Y%m%dT%H%M%S", plain.unwrap_or(text)).ok()?;
    if plain.is_none() {
        return Some(civil);
    }
    Some(civil.to_zoned(TimeZone::UTC).ok()?.with_time_zone(zone.clone()).datetime())
}

impl Rule {
    fn read(text: &str, zone: &TimeZone) -> Option<Self> {
        let mut rule = Self {
            every: Every::Day,
            interval: 1,
            count: None,
            until: None,
            days: Vec::new(),
            month_days: Vec::new(),
            months: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        };
        let mut frequent = false;
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            match name.to_ascii_uppercase().as_str() {
                "FREQ" => {
                    frequent = true;
                    rule.every = match value {
                        "DAILY" => Every::Day,
                        "WEEKLY" => Every::Week,
                        "MONTHLY" => Every::Month,
                        "YEARLY" => Every::Year,
                        _ => return None,
                    }
                }
                "INTERVAL" => rule.interval = value.parse().ok().filter(|n| *n > 0)?,
                "COUNT" => rule.count = Some(value.parse().ok().filter(|n| *n > 0)?),
                "UNTIL" => rule.until = Some(civil(value, zone, true)?),
                "BYDAY" => {
                    rule.days = list(value, |day| {
                        let (nth, name) = day.split_at_checked(day.len().checked_sub(2)?)?;
                        let nth = if nth.is_empty() { 0 } else { nth.parse().ok()? };
                        Some((nth, weekday(name)?))
                    })?;
                }
                "BYMONTHDAY" => rule.month_days = list(value, |day| day.parse().ok())?,
                "BYMONTH" => rule.months = list(value, |month| month.parse().ok())?,
                "BYSETPOS" => rule.positions = list(value, |at| at.parse().ok())?,
                "WKST" => rule.week_start = weekday(value)?,
                _ => return None,
            }
        }
        frequent.then_some(rule)
    }

    /// The first day of the period with this number.
    fn period(&self, first: Date, number: i32) -> Option<Date> {
        let by = number.checked_mul(self.interval)?;
        match self.every {
            Every::Day => first.checked_add(by.days()),
            Every::Week => {
                let into = i32::from(first.weekday().since(self.week_start));
                first.checked_add(by.checked_mul(7)?.checked_sub(into)?.days())
            }
            Every::Month => first.first_of_month().checked_add(by.months()),
            Every::Year => first.first_of_year().checked_add(by.years()),
        }
        .ok()
    }

    fn days_of_period(&self, start: Date, first: Date) -> Vec<Date> {
        let length = match self.every {
            Every::Day => 1,
            Every::Week => 7,
            Every::Month => i32::from(start.days_in_month()),
            Every::Year => i32::from(start.days_in_year()),
        };
        let days = (0..length).filter_map(|by| start.checked_add(by.days()).ok());
        let matching: Vec<Date> = days.filter(|day| self.matches(*day, first)).collect();
        if self.positions.is_empty() {
            return matching;
        }
        let count = i32::try_from(matching.len()).unwrap_or(i32::MAX);
        let at = |position: &i32| {
            let index = if *position > 0 { position - 1 } else { count + position };
            usize::try_from(index).ok().and_then(|index| matching.get(index).copied())
        };
        let mut chosen: Vec<Date> = self.positions.iter().filter_map(at).collect();
        chosen.sort();
        chosen
    }

    fn matches(&self, day: Date, first: Date) -> bool {
        let from_end = day.day() - day.days_in_month() - 1;
        let month_day = self.month_days.is_empty()
            || self.month_days.iter().any(|it| [day.day(), from_end].contains(it));
        let month = self.months.is_empty() || self.months.contains(&day.month());
        month && month_day && self.matches_weekday(day) && self.matches_first(day, first)
    }

    /// What the rule leaves open is as in the first instance.
    fn matches_first(&self, day: Date, first: Date) -> bool {
        match self.every {
            Every::Day => true,
            Every::Week => !self.days.is_empty() || day.weekday() == first.weekday(),
            Every::Month => self.says_days() || day.day() == first.day(),
            Every::Year => {
                let month = !self.months.is_empty() || self.says_days();
                (month || day.month() == first.month())
                    && (self.says_days() || day.day() == first.day())
            }
        }
    }

    fn says_days(&self) -> bool {
        !self.days.is_empty() || !self.month_days.is_empty()
    }

    fn matches_weekday(&self, day: Date) -> bool {
        if self.days.is_empty() {
            return true;
        }
        let of_month = self.every == Every::Month || !self.months.is_empty();
        let (at, length) = if of_month {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        } else {
            (day.day_of_year(), day.days_in_year())
        };
        let (nth, from_end) = ((at - 1) / 7 + 1, -((length - at) / 7 + 1));
        let wanted = |(which, weekday): &(i16, Weekday)| {
            *weekday == day.weekday() && [0, nth, from_end].contains(which)
        };
        self.days.iter().any(wanted)
    }

    /// Starts up to and with a moment. The first instance is always one.
    fn starts(&self, first: DateTime, to: DateTime) -> Vec<DateTime> {
        let end = self.until.map_or(to, |until| until.min(to));
        let mut found = vec![first];
        for number in 0..PERIODS_MAX {
            let number = i32::try_from(number).unwrap_or(i32::MAX);
            let Some(start) = self.period(first.date(), number) else { break };
            if start.to_datetime(Time::midnight()) > end {
                break;
            }
            for day in self.days_of_period(start, first.date()) {
                let at = day.to_datetime(first.time());
                let full = self.count.is_some_and(|count| found.len() >= count);
                if full || at > end || found.len() >= INSTANCES_MAX {
                    return found;
                }
                if at > first {
                    found.push(at);
                }
            }
        }
        found
    }
}

impl Series {
    /// The lines of `recurrence`; `None` when one of them is not understood.
    pub(crate) fn read(lines: &[&str], zone: &TimeZone) -> Option<Self> {
        let mut series = Self::default();
        for line in lines {
            let (head, value) = line.split_once(':')?;
            let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
            let named = parameters.split(';').find_map(|part| part.strip_prefix("TZID="));
            let from = named.and_then(|name| TimeZone::get(name).ok());
            let read = |text: &str| {
                let at = civil(text, zone, false)?;
                match &from {
                    Some(from) if text.len() > 8 && !text.ends_with('Z') => {
                        let at = at.to_zoned(from.clone()).ok()?;
                        Some(at.with_time_zone(zone.clone()).datetime())
                    }
                    _ => Some(at),
                }
            };
            match name.to_ascii_uppercase().as_str() {
                "RRULE" => series.rules.push(Rule::read(value, zone)?),
                "RDATE" => series.more.extend(list(value, read)?),
                "EXDATE" => series.without.extend(list(value, read)?),
                _ => return None,
            }
        }
        Some(series)
    }

    /// Original starts up to and with a moment on the wall, in order.
    pub(crate) fn starts(&self, (first, all_day): (DateTime, bool), to: DateTime) -> Vec<DateTime> {
        let mut all = vec![first];
        all.extend(self.rules.iter().flat_map(|rule| rule.starts(first, to)));
        all.extend(self.more.iter().filter(|at| **at <= to));
        all.sort();
        all.dedup();
        let out = |at: &DateTime| {
            let day = self.without.iter().any(|it| all_day && it.date() == at.date());
            day || self.without.contains(at)
        };
        all.retain(|at| !out(at));
        all
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::Series;

    fn days(first: &str, lines: &[&str]) -> Vec<String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let series = Series::read(lines, &zone).unwrap();
        let first = (first.parse().unwrap(), false);
        let starts = series.starts(first, "2027-12-31T00:00:00".parse().unwrap());
        starts.iter().take(5).map(|at| at.strftime("%m-%dT%H").to_string()).collect()
    }

    #[test]
    fn rules_yield_what_the_rfc_says() {
        let from = "2026-11-02T15:00:00";
        let of = |rule: &str| days(from, &[rule]).join(" ");
        assert_eq!(of("RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3"), "11-02T15 11-04T15 11-06T15");
        assert_eq!(of("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"), "11-02T15 11-04T15 11-09T15");
        assert_eq!(of("RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3"), "11-02T15 12-07T15 01-04T15");
        assert_eq!(of("RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=3"), "11-02T15 11-27T15 12-25T15");
        assert_eq!(of("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2"), "11-02T15 11-30T15");
        assert_eq!(of("RRULE:FREQ=YEARLY;COUNT=2"), "11-02T15 11-02T15");
        let last_working_day = "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3";
        assert_eq!(of(last_working_day), "11-02T15 11-30T15 12-31T15");
        assert_eq!(of("RRULE:FREQ=WEEKLY;UNTIL=20261109T140000Z"), "11-02T15 11-09T15");
        assert_eq!(of("RRULE:FREQ=WEEKLY;UNTIL=20261109T135959Z"), "11-02T15");
    }

    #[test]
    fn days_are_left_out_and_added() {
        let lines = [
            "RRULE:FREQ=WEEKLY;COUNT=3",
            "EXDATE;TZID=Europe/Berlin:20261109T150000",
            "RDATE:20261111T090000Z",
        ];
        assert_eq!(days("2026-11-02T15:00:00", &lines).join(" "), "11-02T15 11-11T10 11-16T15");
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        let read = |line: &str| Series::read(&[line], &TimeZone::UTC);
        for line in ["RRULE:FREQ=SECONDLY", "RRULE:BYDAY=MO", "RRULE", "DTSTART:20261102T000000Z"] {
            assert!(read(line).is_none(), "{line}");
        }
    }
}
