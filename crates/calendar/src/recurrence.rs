//! Rules by which an event repeats (RFC 5545 §3.3.10), as read; `walk` follows them.

mod filter;
mod parse;
mod walk;

use jiff::civil::Weekday;

pub(crate) use walk::Walk;

use crate::ical::value::When;
use crate::{Length, Moment};

/// How an event repeats: rules, extra dates, excluded dates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recurrence {
    /// RRULE.
    pub rules: Vec<Rule>,
    /// EXRULE of the older RFC 2445: what it makes is excluded.
    pub excluded_rules: Vec<Rule>,
    /// RDATE, with a length of its own where it was a PERIOD.
    pub extra: Vec<(Moment, Option<Length>)>,
    /// EXDATE.
    pub excluded: Vec<Moment>,
}

impl Recurrence {
    /// True where nothing makes it repeat.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.extra.is_empty()
    }
}

/// The unit by which a rule steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// Every so many seconds.
    Secondly,
    /// Every so many minutes.
    Minutely,
    /// Every so many hours.
    Hourly,
    /// Every so many days.
    Daily,
    /// Every so many weeks.
    Weekly,
    /// Every so many months.
    Monthly,
    /// Every so many years.
    Yearly,
}

/// A weekday of BYDAY; `-1FR` is the last Friday, no number every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekdayNumber {
    /// Counted from the start (or, negative, from the end) of the month or year.
    pub number: Option<i16>,
    /// The day of the week.
    pub weekday: Weekday,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// FREQ.
    pub frequency: Frequency,
    /// INTERVAL; at least 1.
    pub interval: i64,
    /// COUNT, the first occurrence of the event included.
    pub count: Option<u64>,
    pub(crate) until: Option<When>,
    /// WKST.
    pub week_start: Weekday,
    /// BYMONTH, 1 to 12.
    pub months: Vec<i16>,
    /// BYWEEKNO, 1 to 53 or negative.
    pub weeks: Vec<i16>,
    /// BYYEARDAY, 1 to 366 or negative.
    pub year_days: Vec<i16>,
    /// BYMONTHDAY, 1 to 31 or negative.
    pub month_days: Vec<i16>,
    /// BYDAY.
    pub weekdays: Vec<WeekdayNumber>,
    /// BYHOUR, sorted.
    pub hours: Vec<i16>,
    /// BYMINUTE, sorted.
    pub minutes: Vec<i16>,
    /// BYSECOND, sorted.
    pub seconds: Vec<i16>,
    /// BYSETPOS, 1 or above, or negative.
    pub positions: Vec<i16>,
}

impl Rule {
    /// A rule for dates has no times of day (RFC 5545 §3.3.10).
    pub(crate) fn forget_times(&mut self) {
        self.hours.clear();
        self.minutes.clear();
        self.seconds.clear();
    }
}
