//! An event in one line of a table, and how it becomes a calendar object.

use std::borrow::Cow;

use jiff::civil::{Time, time};

use super::Week;
use crate::ical::write::{Draft, When};
use crate::world::World;

/// How long a sketched event is, and what kind of time it is in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    Minutes(i64),
    /// In another zone than the person's.
    Abroad(i64, &'static str),
    Floating(i64),
    Days(i64),
}

#[derive(Debug, Clone)]
pub(super) struct Sketch {
    pub(super) summary: Cow<'static, str>,
    /// Days from Monday of the week that everything is placed around.
    pub(super) day: i32,
    pub(super) hour: i8,
    pub(super) minute: i8,
    pub(super) length: Length,
    pub(super) lines: &'static [&'static str],
}

/// At an hour of a day, for so many minutes.
pub(super) const fn at(
    day: i32,
    (hour, minute): (i8, i8),
    minutes: i64,
    summary: &'static str,
) -> Sketch {
    let length = Length::Minutes(minutes);
    Sketch { summary: Cow::Borrowed(summary), day, hour, minute, length, lines: &[] }
}

/// For whole days.
pub(super) const fn days(day: i32, days: i64, summary: &'static str) -> Sketch {
    let length = Length::Days(days);
    Sketch { summary: Cow::Borrowed(summary), day, hour: 0, minute: 0, length, lines: &[] }
}

impl Sketch {
    pub(super) const fn with(mut self, lines: &'static [&'static str]) -> Self {
        self.lines = lines;
        self
    }

    pub(super) const fn lasting(mut self, length: Length) -> Self {
        self.length = length;
        self
    }

    pub(super) fn draft(&self, uid: &str, week: &Week) -> Draft {
        let zone = week.zone.as_str();
        let day = week.day(self.day);
        let clock = Time::new(self.hour, self.minute, 0, 0).unwrap_or_else(|_| Time::midnight());
        let start = day.to_datetime(clock);
        let when = match self.length {
            Length::Minutes(minutes) => When::Zoned { start, minutes, zone: zone.to_owned() },
            Length::Abroad(minutes, zone) => When::Zoned { start, minutes, zone: zone.to_owned() },
            Length::Floating(minutes) => When::Floating { start, minutes },
            Length::Days(days) => When::Days { first: day, days },
        };
        Draft {
            uid: uid.to_owned(),
            summary: self.summary.clone().into_owned(),
            when,
            lines: self.lines.iter().map(|line| (*line).to_owned()).collect(),
            stamp: week.stamp,
        }
    }
}

/// A series of a year with one occurrence moved this week and one left out next week.
pub(super) fn stand_up(world: &mut World, calendar: usize, week: &Week) {
    let zone = week.zone.as_str();
    let uid = world.dice.uid();
    let mut series = at(-364, (9, 15), 15, "Stand-up").draft(&uid, week);
    let stamp = |offset: i32| {
        let at = week.day(offset).to_datetime(time(9, 15, 0, 0));
        format!(";TZID={zone}:{}", crate::ical::write::local(at))
    };
    series.lines = vec![
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR".to_owned(),
        format!("EXDATE{}", stamp(7)),
        "SEQUENCE:1".to_owned(),
    ];
    let mut moved = at(2, (10, 30), 15, "Stand-up (later today)").draft(&uid, week);
    moved.lines = vec![format!("RECURRENCE-ID{}", stamp(2)), "SEQUENCE:1".to_owned()];
    if zone == "UTC" {
        let plain = |line: &String| match line.split_once(";TZID=UTC:") {
            Some((name, value)) => format!("{name}:{value}Z"),
            None => line.clone(),
        };
        series.lines = series.lines.iter().map(plain).collect();
        moved.lines = moved.lines.iter().map(plain).collect();
    }
    super::store(world, calendar, week.object(&series, &[moved]));
}
