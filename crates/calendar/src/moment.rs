//! iCalendar's three kinds of time before they become instants (RFC 5545 §3.3.4, §3.3.5), and how
//! long things last.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Seconds of a day on a line without zones.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// A date, a floating time or a time in a zone.
///
/// A zoned time keeps what the wall clock was meant to show: 02:30 stays 02:30 on the night when
/// the clock skips it, so that the next day of a series is right again.
#[derive(Clone, PartialEq, Eq)]
pub enum Moment {
    /// A whole day, wherever one is.
    Date(Date),
    /// What the clock on the wall shows, wherever one is.
    Floating(DateTime),
    /// What the clock on the wall shows in this zone.
    Zoned(DateTime, TimeZone),
}

impl Moment {
    /// A time in UTC.
    pub fn utc(instant: Timestamp) -> Self {
        Self::Zoned(Offset::UTC.to_datetime(instant), TimeZone::UTC)
    }

    /// The date that it has where it happens.
    pub fn date(&self) -> Date {
        self.wall().date()
    }

    /// What the clock shows where it happens; midnight for a date.
    pub fn wall(&self) -> DateTime {
        match self {
            Self::Date(date) => date.to_datetime(Time::midnight()),
            Self::Floating(wall) | Self::Zoned(wall, _) => *wall,
        }
    }

    /// True for a whole day.
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// The zone in which it happens, where dates and floating times happen in `local`.
    pub fn zone<'a>(&'a self, local: &'a TimeZone) -> &'a TimeZone {
        match self {
            Self::Zoned(_, zone) => zone,
            Self::Date(_) | Self::Floating(_) => local,
        }
    }

    /// The instant, where dates and floating times happen in `local`.
    pub fn instant(&self, local: &TimeZone) -> Timestamp {
        instant_of(self.wall(), self.zone(local))
    }

    /// Another moment of the same kind and zone.
    #[must_use]
    pub fn at(&self, wall: DateTime) -> Self {
        match self {
            Self::Date(_) => Self::Date(wall.date()),
            Self::Floating(_) => Self::Floating(wall),
            Self::Zoned(_, zone) => Self::Zoned(wall, zone.clone()),
        }
    }

    /// The moment of the same kind that is this instant (for a date: the day that holds it).
    pub(crate) fn of(&self, instant: Timestamp, local: &TimeZone) -> Self {
        self.at(self.zone(local).to_datetime(instant))
    }
}

/// How long it lasts: days of the calendar first, then an exact rest (RFC 5545 §3.8.5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Length {
    /// Days of the calendar: 23, 24 or 25 hours each.
    pub days: i64,
    /// Exact time on top of them.
    pub exact: SignedDuration,
}

/// The instant at which the wall clock of a zone shows this.
///
/// Where the clock skips it, the same length after the gap; where it shows it twice, the first.
/// What lies beyond the calendar of the program (years -9999 to 9999) becomes its edge.
pub(crate) fn instant_of(wall: DateTime, zone: &TimeZone) -> Timestamp {
    let edge = || if wall.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    zone.to_ambiguous_timestamp(wall).compatible().unwrap_or_else(|_| edge())
}

/// Seconds on a line without zones, for arithmetic on what the wall clock shows.
pub(crate) fn wall_seconds(wall: DateTime) -> i64 {
    instant_of(wall, &TimeZone::UTC).as_second()
}

/// The reverse of [`wall_seconds`]; `None` beyond the calendar of the program.
pub(crate) fn wall_at(seconds: i64) -> Option<DateTime> {
    Timestamp::from_second(seconds).ok().map(|instant| Offset::UTC.to_datetime(instant))
}

/// Days since 1970-01-01, which was a Thursday.
pub(crate) fn day_number(date: Date) -> i64 {
    wall_seconds(date.to_datetime(Time::midnight())).div_euclid(DAY_SECONDS)
}

/// The reverse of [`day_number`].
pub(crate) fn date_at(day: i64) -> Option<Date> {
    wall_at(day.checked_mul(DAY_SECONDS)?).map(DateTime::date)
}

/// Moves what the wall clock shows, stopping at the edge of the calendar of the program.
pub(crate) fn wall_after(wall: DateTime, length: SignedDuration) -> DateTime {
    wall.saturating_add(length)
}

impl fmt::Display for Moment {
    /// As RFC 3339 has it: `2027-01-01`, `2027-01-01T09:00:00`, `2027-01-01T08:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => fmt::Display::fmt(date, f),
            Self::Floating(wall) => fmt::Display::fmt(wall, f),
            Self::Zoned(wall, zone) => fmt::Display::fmt(&instant_of(*wall, zone), f),
        }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zoned(wall, zone) => {
                write!(f, "{wall}[{}]", zone.iana_name().unwrap_or("own zone"))
            }
            _ => fmt::Display::fmt(self, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn a_skipped_time_moves_behind_the_gap_and_a_doubled_one_is_the_first() {
        let berlin = zone("Europe/Berlin");
        let skipped = Moment::Zoned(datetime(2026, 3, 29, 2, 30, 0, 0), berlin.clone());
        assert_eq!(skipped.to_string(), "2026-03-29T01:30:00Z");
        let doubled = Moment::Zoned(datetime(2026, 10, 25, 2, 30, 0, 0), berlin);
        assert_eq!(doubled.to_string(), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn dates_and_floating_times_happen_where_one_is() {
        let day = Moment::Date(date(2026, 11, 22));
        assert_eq!(day.instant(&zone("Asia/Kathmandu")).to_string(), "2026-11-21T18:15:00Z");
        let nine = Moment::Floating(datetime(2026, 11, 22, 9, 0, 0, 0));
        assert_eq!(nine.instant(&zone("Pacific/Kiritimati")).to_string(), "2026-11-21T19:00:00Z");
        assert_eq!(nine.to_string(), "2026-11-22T09:00:00");
    }

    #[test]
    fn the_ends_of_the_calendar_are_edges_and_no_panic() {
        let kiritimati = zone("Pacific/Kiritimati");
        for wall in [DateTime::MIN, DateTime::MAX] {
            let moment = Moment::Zoned(wall, kiritimati.clone());
            assert!(moment.instant(&kiritimati) >= Timestamp::MIN);
        }
    }
}
