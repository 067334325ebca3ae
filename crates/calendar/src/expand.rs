//! An event within a horizon, to its occurrences: lazily, in bounded time, from near the horizon.

mod changes;
mod series;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::event::{Component, Event};
use crate::problem::{Problem, ProblemCode};
use crate::{Blocking, Interval, Moment, Owner};

/// The window that is expanded, and how much work that may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Occurrences that end later than this …
    pub from: Timestamp,
    /// … and start before this are found.
    pub until: Timestamp,
    /// How far a rule is followed.
    pub limits: Limits,
}

/// How far rules are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Occurrences of one event within the horizon.
    pub occurrences_max: usize,
    /// Steps (periods and occurrences) of one rule.
    pub steps_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { occurrences_max: 10_000, steps_max: 200_000 }
    }
}

impl Horizon {
    /// With the usual limits; `None` unless it begins before it ends.
    pub fn new(from: Timestamp, until: Timestamp) -> Option<Self> {
        (from < until).then(|| Self { from, until, limits: Limits::default() })
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// True where some of `[start, end)` lies within; what has no length lies where it starts.
    pub fn meets(self, start: Timestamp, end: Timestamp) -> bool {
        start < self.until && (end > self.from || (end == start && start == self.from))
    }
}

/// One instance of an event in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence<'e> {
    /// The master or the override that it comes from: title, place, class.
    pub component: &'e Component,
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it; never before the start, and equal for no length.
    pub end: Timestamp,
    /// The start as it was written: a date, a floating time, a zoned time.
    pub start_moment: Moment,
    /// The end in the same form.
    pub end_moment: Moment,
    /// True where it fills whole days.
    pub all_day: bool,
    /// Which occurrence of a series it is: where the rule put it.
    pub recurrence_id: Option<Moment>,
}

impl Occurrence<'_> {
    /// The time it takes, if it takes any.
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(self.start, self.end)
    }

    /// What it says of itself, as the owner's own calendar has it.
    pub fn blocking(&self, owner: &Owner) -> Blocking {
        self.component.blocking(owner)
    }
}

/// The occurrences of an event within a horizon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion<'e> {
    /// In time order.
    pub occurrences: Vec<Occurrence<'e>>,
    /// Where a limit cut it short, and what could not be placed.
    pub problems: Vec<Problem>,
    /// True where anything of the event lies, or may lie, at or after the end of the horizon.
    pub goes_on: bool,
}

/// Finds the occurrences within the horizon; dates and floating times happen in `local`.
///
/// Occurrences that were cancelled one by one are among them, and say so.
pub fn expand<'e>(event: &'e Event, horizon: Horizon, local: &TimeZone) -> Expansion<'e> {
    let goes_on = series::goes_on(event, horizon.until, local);
    let mut expansion = Expansion { goes_on, ..Expansion::default() };
    let was_cut = series::occurrences(event, horizon, local, &mut expansion.occurrences);
    expansion.occurrences.sort_by_key(|occurrence| (occurrence.start, occurrence.end));
    if was_cut || expansion.occurrences.len() > horizon.limits.occurrences_max {
        expansion.occurrences.truncate(horizon.limits.occurrences_max);
        expansion.problems.push(Problem::new(&event.uid, ProblemCode::TooMany));
    }
    expansion
}

#[cfg(test)]
mod tests;
