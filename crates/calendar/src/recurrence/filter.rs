//! Which days belong to a rule, period by period.

use jiff::civil::{Date, DateTime, Weekday};

use super::{Frequency, Rule};
use crate::moment::day_number;

/// A day number beyond the calendar of the program.
const FAR_AHEAD: i64 = 1 << 40;

/// Which days pass the BY-parts of a rule, with what DTSTART fills in (RFC 5545 §3.3.10).
#[derive(Debug)]
pub(super) struct Filter<'r> {
    rule: &'r Rule,
    month: Option<i16>,
    month_day: Option<i16>,
    weekday: Option<Weekday>,
}

impl<'r> Filter<'r> {
    pub(super) fn new(rule: &'r Rule, start: DateTime) -> Self {
        // A week that is named without a day means all of its days: docs/recurrence.md.
        let names_days = !rule.weeks.is_empty()
            || !rule.year_days.is_empty()
            || !rule.month_days.is_empty()
            || !rule.weekdays.is_empty();
        let (month, month_day, weekday) = match rule.frequency {
            _ if names_days => (None, None, None),
            Frequency::Yearly => {
                let month = rule.months.is_empty().then(|| start.month().into());
                (month, Some(start.day().into()), None)
            }
            Frequency::Monthly => (None, Some(start.day().into()), None),
            Frequency::Weekly => (None, None, Some(start.date().weekday())),
            _ => (None, None, None),
        };
        Self { rule, month, month_day, weekday }
    }

    pub(super) fn has_month(&self, month: i8) -> bool {
        let month = i16::from(month);
        (self.rule.months.is_empty() || self.rule.months.contains(&month))
            && self.month.is_none_or(|only| only == month)
    }

    pub(super) fn passes(&self, date: Date) -> bool {
        let rule = self.rule;
        self.has_month(date.month())
            && self.month_day.is_none_or(|day| day == i16::from(date.day()))
            && self.weekday.is_none_or(|weekday| weekday == date.weekday())
            && (rule.weekdays.is_empty() || self.is_weekday(date))
            && (rule.month_days.is_empty() || self.is_month_day(date))
            && (rule.year_days.is_empty() || self.is_year_day(date))
            && (rule.weeks.is_empty() || self.is_in_weeks(date))
    }

    fn is_month_day(&self, date: Date) -> bool {
        either_end(&self.rule.month_days, date.day().into(), date.days_in_month().into())
    }

    fn is_year_day(&self, date: Date) -> bool {
        either_end(&self.rule.year_days, date.day_of_year(), date.days_in_year())
    }

    fn is_in_weeks(&self, date: Date) -> bool {
        let (week, weeks) = week_of_year(date, self.rule.week_start);
        either_end(&self.rule.weeks, week, weeks)
    }

    fn is_weekday(&self, date: Date) -> bool {
        let rule = self.rule;
        let mut same = rule.weekdays.iter().filter(|by| by.weekday == date.weekday()).peekable();
        if same.peek().is_none_or(|by| by.number.is_none()) {
            return same.peek().is_some();
        }
        // RFC 5545 §3.3.10: within a year that names months, numbers count within the month.
        let of_month = rule.frequency == Frequency::Monthly || !rule.months.is_empty();
        let (day, days) = if of_month {
            (i16::from(date.day()), i16::from(date.days_in_month()))
        } else {
            (date.day_of_year(), date.days_in_year())
        };
        let (from_start, from_end) = ((day - 1) / 7 + 1, -((days - day) / 7 + 1));
        let counts = rule.frequency >= Frequency::Monthly;
        same.any(|by| match by.number {
            Some(number) if counts => number == from_start || number == from_end,
            _ => true,
        })
    }
}

/// True where a BY-part names the number from either end of `count`.
fn either_end(part: &[i16], number: i16, count: i16) -> bool {
    part.contains(&number) || part.contains(&(number - count - 1))
}

/// The number of the week that a day lies in, and how many weeks that week's year has: week 1 is
/// the first with at least four days in the year (RFC 5545 §3.3.10, BYWEEKNO).
fn week_of_year(date: Date, week_start: Weekday) -> (i16, i16) {
    let first_week = |year: i16| {
        let fourth = Date::new(year, 1, 4).map_or(FAR_AHEAD, day_number);
        let into_week = (fourth + 3 - i64::from(week_start.to_monday_zero_offset())).rem_euclid(7);
        fourth - into_week
    };
    let day = day_number(date);
    let mut year = date.year();
    if day < first_week(year) {
        year -= 1;
    } else if day >= first_week(year + 1) {
        year += 1;
    }
    let (first, next) = (first_week(year), first_week(year + 1));
    let weeks = |days: i64| i16::try_from(days.div_euclid(7)).unwrap_or(i16::MAX);
    (weeks(day - first) + 1, weeks(next - first))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn weeks_are_numbered_from_their_own_first_day() {
        for (day, week_start, expected) in [
            (date(2026, 12, 28), Weekday::Monday, (53, 53)),
            (date(2027, 1, 3), Weekday::Monday, (53, 53)),
            (date(2027, 1, 4), Weekday::Monday, (1, 52)),
            (date(2024, 12, 30), Weekday::Monday, (1, 52)),
            (date(2027, 1, 3), Weekday::Sunday, (1, 52)),
        ] {
            assert_eq!(week_of_year(day, week_start), expected, "{day}");
        }
    }
}
