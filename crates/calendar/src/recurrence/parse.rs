//! Reads RECUR values. What is not understood makes the whole rule not understood: half a rule
//! would be another rule.

use jiff::civil::Weekday;

use super::{Frequency, Rule, WeekdayNumber};
use crate::ical::value;

/// A rule that is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotUnderstood;

impl Rule {
    /// Reads `FREQ=WEEKLY;BYDAY=MO,WE`, in any order and case.
    pub(crate) fn read(text: &str) -> Result<Self, NotUnderstood> {
        let mut rule = Self::every(Frequency::Yearly);
        let mut frequency = None;
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or(NotUnderstood)?;
            let (key, value) = (key.trim().to_ascii_uppercase(), value.trim());
            if key == "FREQ" {
                frequency = Some(read_frequency(value)?);
            } else {
                rule.take(&key, value)?;
            }
        }
        rule.frequency = frequency.ok_or(NotUnderstood)?;
        Ok(rule)
    }

    fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Monday,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
        }
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), NotUnderstood> {
        match key {
            "INTERVAL" => self.interval = i64::from(whole(value)?.max(1)),
            // Some write COUNT=-1 or COUNT=0 for "no count".
            "COUNT" => {
                let count: i64 = value.parse().map_err(|_| NotUnderstood)?;
                self.count = u64::try_from(count).ok().filter(|count| *count > 0);
            }
            "UNTIL" => self.until = Some(value::when(value).ok_or(NotUnderstood)?),
            "WKST" => self.week_start = read_weekday(value)?,
            "BYMONTH" => self.months = numbers(value, 1, 12, false)?,
            "BYWEEKNO" => self.weeks = numbers(value, 1, 53, true)?,
            "BYYEARDAY" => self.year_days = numbers(value, 1, 366, true)?,
            "BYMONTHDAY" => self.month_days = numbers(value, 1, 31, true)?,
            "BYDAY" => self.weekdays = read_weekdays(value)?,
            "BYHOUR" => self.hours = numbers(value, 0, 23, false)?,
            "BYMINUTE" => self.minutes = numbers(value, 0, 59, false)?,
            "BYSECOND" => self.seconds = seconds(value)?,
            "BYSETPOS" => self.positions = numbers(value, 1, 366, true)?,
            // RFC 7529: other calendars change everything, leaving out impossible days nothing.
            "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => {}
            "SKIP" if value.eq_ignore_ascii_case("OMIT") => {}
            // RFC 2445 allowed X-parts; they are notes to oneself.
            _ if key.starts_with("X-") => {}
            _ => return Err(NotUnderstood),
        }
        Ok(())
    }
}

fn read_frequency(value: &str) -> Result<Frequency, NotUnderstood> {
    Ok(match value.to_ascii_uppercase().as_str() {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return Err(NotUnderstood),
    })
}

fn read_weekday(value: &str) -> Result<Weekday, NotUnderstood> {
    Ok(match value.trim().to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return Err(NotUnderstood),
    })
}

fn read_weekdays(value: &str) -> Result<Vec<WeekdayNumber>, NotUnderstood> {
    list(value).map(read_weekday_number).collect()
}

fn read_weekday_number(text: &str) -> Result<WeekdayNumber, NotUnderstood> {
    let name_at = text.find(|c: char| c.is_ascii_alphabetic()).ok_or(NotUnderstood)?;
    let (number, name) = text.split_at(name_at);
    let number = match number.trim() {
        "" | "+" => None,
        number => Some(number.parse::<i16>().map_err(|_| NotUnderstood)?),
    };
    if number.is_some_and(|number| number == 0 || number.abs() > 53) {
        return Err(NotUnderstood);
    }
    Ok(WeekdayNumber { number, weekday: read_weekday(name)? })
}

fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|text| !text.is_empty())
}

fn whole(value: &str) -> Result<u32, NotUnderstood> {
    value.trim_start_matches('+').parse().map_err(|_| NotUnderstood)
}

/// Numbers of a BY-part, sorted, each once.
fn numbers(value: &str, min: i16, max: i16, signed: bool) -> Result<Vec<i16>, NotUnderstood> {
    let mut numbers = Vec::new();
    for text in list(value) {
        let number: i16 = text.parse().map_err(|_| NotUnderstood)?;
        let size = if signed { number.abs() } else { number };
        if !(min..=max).contains(&size) {
            return Err(NotUnderstood);
        }
        numbers.push(number);
    }
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() { Err(NotUnderstood) } else { Ok(numbers) }
}

/// BYSECOND; the leap second 60 is the second before it.
fn seconds(value: &str) -> Result<Vec<i16>, NotUnderstood> {
    let mut seconds = numbers(value, 0, 60, false)?;
    for second in &mut seconds {
        *second = (*second).min(59);
    }
    seconds.dedup();
    Ok(seconds)
}
