//! Follows a rule on the wall clock, lazily, from near where one looks.
//!
//! A rule steps from period to period (a year, a month, … a second). The days of a period that
//! pass all BY-parts, crossed with the hours, minutes and seconds of the rule, are its occurrences;
//! BYSETPOS picks from them. Crossing is done by index, so a period costs its days and no more.

use jiff::civil::{Date, DateTime, Time};

use super::filter::Filter;
use super::{Frequency, Rule};
use crate::moment::{DAY_SECONDS, date_at, day_number, wall_at, wall_seconds};

/// The occurrences of a rule within a window of the wall clock, in order.
#[derive(Debug)]
pub(crate) struct Walk<'r> {
    rule: &'r Rule,
    start: DateTime,
    from: DateTime,
    until: DateTime,
    filter: Filter<'r>,
    period: i64,
    days: Vec<Date>,
    clock: Clock,
    /// Indices into days × clock, where BYSETPOS picks.
    picks: Option<Vec<usize>>,
    at: usize,
    left: u64,
    steps_left: usize,
    is_over: bool,
}

impl<'r> Walk<'r> {
    /// From `start` on (DTSTART), giving what lies from `from` up to and with `until`.
    pub(crate) fn new(
        rule: &'r Rule,
        start: DateTime,
        from: DateTime,
        until: DateTime,
        steps_max: usize,
    ) -> Self {
        let mut walk = Self {
            rule,
            start,
            from,
            until,
            filter: Filter::new(rule, start),
            period: 0,
            days: Vec::new(),
            clock: Clock::new(rule, start.time()),
            picks: None,
            at: 0,
            left: rule.count.unwrap_or(u64::MAX),
            steps_left: steps_max,
            is_over: false,
        };
        // With COUNT every occurrence since the first must be counted.
        if rule.count.is_none() && from > start {
            walk.period = walk.period_of(from);
        }
        walk.open_period();
        walk
    }

    /// True where the limit of steps ended the walk, and not the rule or the window.
    pub(crate) fn was_cut_short(&self) -> bool {
        self.steps_left == 0
    }

    fn open_period(&mut self) {
        self.at = 0;
        self.days.clear();
        let entered = match self.rule.frequency {
            Frequency::Yearly | Frequency::Monthly => self.enter_months(),
            Frequency::Weekly => self.enter_days(7),
            Frequency::Daily => self.enter_days(1),
            _ => self.enter_time(),
        };
        self.is_over |= entered.is_none();
        self.picks = self.pick();
    }

    /// What BYSETPOS picks; `None` where it is not given.
    fn pick(&self) -> Option<Vec<usize>> {
        let positions = &self.rule.positions;
        if positions.is_empty() {
            return None;
        }
        let length = i64::try_from(self.days.len() * self.clock.len()).unwrap_or(i64::MAX);
        let index = |position: &i16| match i64::from(*position) {
            above @ 1.. => above - 1,
            below => length + below,
        };
        let within = positions.iter().map(index).filter(|at| (0..length).contains(at));
        let mut picks: Vec<_> = within.filter_map(|at| usize::try_from(at).ok()).collect();
        picks.sort_unstable();
        picks.dedup();
        Some(picks)
    }

    fn enter_months(&mut self) -> Option<()> {
        let yearly = self.rule.frequency == Frequency::Yearly;
        let step = if yearly { 12 } else { 1 };
        let steps = self.period.checked_mul(self.rule.interval)?.checked_mul(step)?;
        let month_of = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month()) - 1;
        let first = month_of(self.start) + steps
            - if yearly { i64::from(self.start.month()) - 1 } else { 0 };
        if first > month_of(self.until) {
            return None;
        }
        for month in first..first + step {
            let year = i16::try_from(month.div_euclid(12)).ok()?;
            let number = i8::try_from(month.rem_euclid(12)).ok()? + 1;
            if !self.filter.has_month(number) {
                continue;
            }
            let first_day = Date::new(year, number, 1).ok()?;
            for day in 1..=first_day.days_in_month() {
                let date = Date::new(year, number, day).ok()?;
                if self.filter.passes(date) {
                    self.days.push(date);
                }
            }
        }
        Some(())
    }

    fn enter_days(&mut self, length: i64) -> Option<()> {
        let step = self.period.checked_mul(self.rule.interval)?.checked_mul(length)?;
        let first = self.first_day().checked_add(step)?;
        if first > day_number(self.until.date()) {
            return None;
        }
        for day in first..first + length {
            // The last week of the calendar of the program may be short.
            let Some(date) = date_at(day) else { break };
            if self.filter.passes(date) {
                self.days.push(date);
            }
        }
        Some(())
    }

    /// The day number at which period 0 begins.
    fn first_day(&self) -> i64 {
        let day = day_number(self.start.date());
        if self.rule.frequency == Frequency::Weekly {
            day - i64::from(self.start.date().weekday().since(self.rule.week_start))
        } else {
            day
        }
    }

    /// Periods below a day; jumps over what cannot pass to the next day or hour that may.
    fn enter_time(&mut self) -> Option<()> {
        let unit = self.unit_seconds();
        let stride = unit.checked_mul(self.rule.interval)?;
        let first = wall_seconds(self.start).div_euclid(unit) * unit;
        let wall = wall_at(first.checked_add(self.period.checked_mul(stride)?)?)?;
        if wall > self.until {
            return None;
        }
        let Some(skip) = self.skip_seconds(wall) else {
            self.clock.enter(self.rule.frequency, wall.time());
            self.days.push(wall.date());
            return Some(());
        };
        // The period before the first that begins behind the skip: the walk steps on from there.
        let next = (wall_seconds(wall).div_euclid(skip) + 1) * skip;
        self.period = self.period.max((next - first + stride - 1).div_euclid(stride) - 1);
        Some(())
    }

    /// The length of the whole day, hour, minute or second that cannot pass, if this one cannot.
    fn skip_seconds(&self, wall: DateTime) -> Option<i64> {
        let forbids =
            |allowed: &[i16], number: i8| !allowed.is_empty() && !allowed.contains(&number.into());
        let frequency = self.rule.frequency;
        if !self.filter.passes(wall.date()) {
            Some(DAY_SECONDS)
        } else if forbids(&self.rule.hours, wall.hour()) {
            Some(3600)
        } else if frequency <= Frequency::Minutely && forbids(&self.rule.minutes, wall.minute()) {
            Some(60)
        } else if frequency == Frequency::Secondly && forbids(&self.rule.seconds, wall.second()) {
            Some(1)
        } else {
            None
        }
    }

    fn unit_seconds(&self) -> i64 {
        match self.rule.frequency {
            Frequency::Secondly => 1,
            Frequency::Minutely => 60,
            _ => 3600,
        }
    }

    /// The last period that begins no later than this, not before the first.
    fn period_of(&self, wall: DateTime) -> i64 {
        let month_of = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month());
        let units = match self.rule.frequency {
            Frequency::Yearly => i64::from(wall.year() - self.start.year()),
            Frequency::Monthly => month_of(wall) - month_of(self.start),
            Frequency::Weekly => (day_number(wall.date()) - self.first_day()).div_euclid(7),
            Frequency::Daily => day_number(wall.date()) - self.first_day(),
            _ => {
                let unit = self.unit_seconds();
                wall_seconds(wall).div_euclid(unit) - wall_seconds(self.start).div_euclid(unit)
            }
        };
        units.div_euclid(self.rule.interval).max(0)
    }

    fn occurrence(&mut self) -> Option<DateTime> {
        let index = match &self.picks {
            Some(picks) => *picks.get(self.at)?,
            None => self.at,
        };
        self.at += 1;
        let day = self.days.get(index / self.clock.len())?;
        Some(day.to_datetime(self.clock.time(index % self.clock.len())))
    }
}

impl Iterator for Walk<'_> {
    type Item = DateTime;

    fn next(&mut self) -> Option<DateTime> {
        while !self.is_over && self.left > 0 && self.steps_left > 0 {
            self.steps_left -= 1;
            let Some(wall) = self.occurrence() else {
                self.period += 1;
                self.open_period();
                continue;
            };
            if wall > self.until {
                self.is_over = true;
            } else if wall >= self.start {
                self.left -= 1;
                if wall >= self.from {
                    return Some(wall);
                }
            }
        }
        None
    }
}

/// The hours, minutes and seconds of a period, crossed by index.
#[derive(Debug)]
struct Clock {
    hours: Vec<i16>,
    minutes: Vec<i16>,
    seconds: Vec<i16>,
}

impl Clock {
    fn new(rule: &Rule, start: Time) -> Self {
        let or = |given: &[i16], default: i8| {
            if given.is_empty() { vec![i16::from(default)] } else { given.to_vec() }
        };
        Self {
            hours: or(&rule.hours, start.hour()),
            minutes: or(&rule.minutes, start.minute()),
            seconds: or(&rule.seconds, start.second()),
        }
    }

    /// Fixes what a period below a day fixes itself.
    fn enter(&mut self, frequency: Frequency, time: Time) {
        self.hours = vec![time.hour().into()];
        if frequency <= Frequency::Minutely {
            self.minutes = vec![time.minute().into()];
        }
        if frequency == Frequency::Secondly {
            self.seconds = vec![time.second().into()];
        }
    }

    fn len(&self) -> usize {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }

    fn time(&self, index: usize) -> Time {
        let (rest, second) = (index / self.seconds.len(), index % self.seconds.len());
        let (hour, minute) = (rest / self.minutes.len(), rest % self.minutes.len());
        let number = |of: &[i16], at: usize| i8::try_from(of[at]).unwrap_or(0);
        let (hour, minute) = (number(&self.hours, hour), number(&self.minutes, minute));
        Time::new(hour, minute, number(&self.seconds, second), 0).unwrap_or(Time::midnight())
    }
}

#[cfg(test)]
mod tests;
