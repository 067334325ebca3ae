//! Graph's patterns and iCalendar's rules (RFC 5545 §3.3.10), both ways.

use calendar::{Frequency, Rule, WeekdayNumber};
use jiff::civil::{Date, Weekday};

use crate::wire::Pattern;

/// Graph's word, ours, and the day.
const DAYS: [(&str, &str, Weekday); 7] = [
    ("monday", "MO", Weekday::Monday),
    ("tuesday", "TU", Weekday::Tuesday),
    ("wednesday", "WE", Weekday::Wednesday),
    ("thursday", "TH", Weekday::Thursday),
    ("friday", "FR", Weekday::Friday),
    ("saturday", "SA", Weekday::Saturday),
    ("sunday", "SU", Weekday::Sunday),
];
const INDEXES: [(&str, i16); 5] =
    [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];
/// Every month has this day.
const SAFE_DAY: i16 = 28;

/// A pattern as a rule, without its end; `None` for one that we do not know.
pub(super) fn rule(pattern: &Pattern) -> Option<String> {
    let days = by_day(&pattern.days_of_week)?;
    let step = format!("INTERVAL={}", pattern.interval.max(1));
    let month = pattern.month;
    let monthly = || by_month_day(pattern.day_of_month);
    let relative = || {
        let index = INDEXES.iter().find(|(word, _)| *word == pattern.index)?.1;
        (!days.is_empty()).then(|| format!("BYDAY={days};BYSETPOS={index}"))
    };
    Some(match pattern.kind.as_str() {
        "daily" => format!("FREQ=DAILY;{step}"),
        "weekly" if !days.is_empty() => {
            let first = by_day(std::slice::from_ref(&pattern.first_day_of_week));
            let first = first.unwrap_or_else(|| "SU".into());
            format!("FREQ=WEEKLY;{step};WKST={first};BYDAY={days}")
        }
        "absoluteMonthly" => format!("FREQ=MONTHLY;{step};{}", monthly()?),
        "relativeMonthly" => format!("FREQ=MONTHLY;{step};{}", relative()?),
        "absoluteYearly" if (1..=12).contains(&month) => {
            format!("FREQ=YEARLY;{step};BYMONTH={month};{}", monthly()?)
        }
        "relativeYearly" if (1..=12).contains(&month) => {
            format!("FREQ=YEARLY;{step};BYMONTH={month};{}", relative()?)
        }
        _ => return None,
    })
}

fn by_day(words: &[String]) -> Option<String> {
    let ours = |word: &String| DAYS.iter().find(|(theirs, ..)| theirs == word).map(|day| day.1);
    let days: Option<Vec<&str>> = words.iter().map(ours).collect();
    Some(days?.join(","))
}

/// Quirk graph-6: in a month without that day, Graph means its last one; a rule would skip it.
fn by_month_day(day: i16) -> Option<String> {
    match day {
        1..=SAFE_DAY => Some(format!("BYMONTHDAY={day}")),
        31 => Some("BYMONTHDAY=-1".into()),
        29 => Some("BYMONTHDAY=28,29;BYSETPOS=-1".into()),
        30 => Some("BYMONTHDAY=28,29,30;BYSETPOS=-1".into()),
        _ => None,
    }
}

/// A rule as a pattern, or a sentence that says why Outlook cannot have it.
pub(super) fn pattern(rule: &Rule, start: Date) -> Result<Pattern, &'static str> {
    if !(rule.hours.is_empty() && rule.minutes.is_empty() && rule.seconds.is_empty()) {
        return Err("Outlook cannot repeat an event several times a day.");
    }
    if !(rule.weeks.is_empty() && rule.year_days.is_empty()) {
        return Err("Outlook cannot repeat an event by the number of a week or a day of the year.");
    }
    let interval = rule.interval;
    let pattern = match rule.frequency {
        Frequency::Daily => daily(rule),
        Frequency::Weekly => weekly(rule, start),
        Frequency::Monthly => monthly(rule, start),
        Frequency::Yearly => yearly(rule, start),
        Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => None,
    };
    let pattern = pattern.ok_or("Outlook cannot repeat an event by this rule.")?;
    Ok(Pattern { interval, ..pattern })
}

fn daily(rule: &Rule) -> Option<Pattern> {
    if !rule.months.is_empty() || !rule.month_days.is_empty() || !rule.positions.is_empty() {
        return None;
    }
    match (rule.weekdays.is_empty(), rule.interval) {
        (true, _) => Some(Pattern { kind: "daily".into(), ..Pattern::default() }),
        // Every day that is one of these is every week on these.
        (false, 1) => Some(on_weekdays(rule, words(&rule.weekdays)?)),
        (false, _) => None,
    }
}

fn weekly(rule: &Rule, start: Date) -> Option<Pattern> {
    if !rule.months.is_empty() || !rule.month_days.is_empty() || !rule.positions.is_empty() {
        return None;
    }
    let days =
        if rule.weekdays.is_empty() { vec![word(start.weekday())] } else { words(&rule.weekdays)? };
    Some(on_weekdays(rule, days))
}

fn on_weekdays(rule: &Rule, days_of_week: Vec<String>) -> Pattern {
    let first_day_of_week = word(rule.week_start);
    Pattern { kind: "weekly".into(), days_of_week, first_day_of_week, ..Pattern::default() }
}

fn monthly(rule: &Rule, start: Date) -> Option<Pattern> {
    if !rule.months.is_empty() {
        return None;
    }
    if rule.weekdays.is_empty() {
        let day_of_month = month_day(rule, start, None)?;
        let kind = "absoluteMonthly".into();
        return Some(Pattern { kind, day_of_month, ..Pattern::default() });
    }
    let (index, days_of_week) = relative(rule)?;
    Some(Pattern { kind: "relativeMonthly".into(), days_of_week, index, ..Pattern::default() })
}

fn yearly(rule: &Rule, start: Date) -> Option<Pattern> {
    let month = match (rule.months.as_slice(), rule.weekdays.is_empty()) {
        ([month], _) => *month,
        // Without a month, weekdays would be counted from the start of the year.
        ([], true) if rule.month_days.is_empty() => i16::from(start.month()),
        _ => return None,
    };
    if rule.weekdays.is_empty() {
        let day_of_month = month_day(rule, start, Some(month))?;
        let kind = "absoluteYearly".into();
        return Some(Pattern { kind, month, day_of_month, ..Pattern::default() });
    }
    let (index, days_of_week) = relative(rule)?;
    let kind = "relativeYearly".into();
    Some(Pattern { kind, month, days_of_week, index, ..Pattern::default() })
}

/// The reverse of [`by_month_day`]: a day that not every such month has only in the form that takes
/// the last day instead, as Outlook does.
fn month_day(rule: &Rule, start: Date, month: Option<i16>) -> Option<i16> {
    let shortest = match month {
        None | Some(2) => SAFE_DAY,
        Some(4 | 6 | 9 | 11) => 30,
        Some(_) => 31,
    };
    match (rule.month_days.as_slice(), rule.positions.as_slice()) {
        ([], []) => Some(i16::from(start.day())).filter(|day| *day <= shortest),
        ([-1], []) => Some(31),
        ([day], []) if (1..=shortest).contains(day) => Some(*day),
        ([28, 29], [-1]) => Some(29),
        ([28, 29, 30], [-1]) => Some(30),
        _ => None,
    }
}

/// `BYDAY=2TU`, or `BYDAY=MO,TU;BYSETPOS=-1`.
fn relative(rule: &Rule) -> Option<(String, Vec<String>)> {
    if !rule.month_days.is_empty() {
        return None;
    }
    let word_of = |number: i16| INDEXES.iter().find(|(_, n)| *n == number).map(|i| i.0.to_owned());
    match (rule.weekdays.as_slice(), rule.positions.as_slice()) {
        ([WeekdayNumber { number: Some(number), weekday }], []) => {
            Some((word_of(*number)?, vec![word(*weekday)]))
        }
        (days, [position]) => Some((word_of(*position)?, words(days)?)),
        _ => None,
    }
}

fn words(days: &[WeekdayNumber]) -> Option<Vec<String>> {
    days.iter().map(|day| day.number.is_none().then(|| word(day.weekday))).collect()
}

fn word(day: Weekday) -> String {
    DAYS.iter().find(|(.., ours)| *ours == day).map_or(String::new(), |day| day.0.to_owned())
}

#[cfg(test)]
mod tests;
