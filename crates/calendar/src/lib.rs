//! Time as calendars mean it (RFC 5545): intervals, events, zones, recurrence, and what blocks.
//!
//! Pure: no network, no database, no clock, no setting of the process. Text goes in through
//! [`read`] or [`ical::split`], occurrences come out of [`expand`], and [`busy_kind`] says which
//! of them take time.
#![warn(missing_docs)]

pub mod ical;
pub mod series;
pub mod timezone;

mod busy;
mod event;
mod expand;
mod interval;
mod moment;
mod problem;
mod recurrence;

pub use busy::{Blocking, BusyKind, Owner, SELF, Switches, busy_kind};
pub use event::{Class, Component, Event, Reading, RecurrenceId, read};
pub use expand::{Expansion, Horizon, Limits, Occurrence, expand};
pub use interval::{Interval, IntervalSet};
pub use moment::{Length, Moment};
pub use problem::{Problem, ProblemCode};
pub use recurrence::{Frequency, Recurrence, Rule, WeekdayNumber};
