//! Starts and ends of events: a time on the wall and the name of its zone, never an offset.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::world::{Event, is_true};
use super::zones;
use crate::recurrence::touch;

/// A start or an end, on the wall of its zone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) civil: DateTime,
    pub(crate) zone: TimeZone,
    pub(crate) zone_name: String,
}

impl Point {
    /// `{dateTime, timeZone}`; an absent zone is UTC.
    pub(crate) fn read(value: Option<&Value>) -> Option<Self> {
        let member = |name: &str| value.and_then(|it| it.get(name)).and_then(Value::as_str);
        let zone_name = member("timeZone").unwrap_or("UTC").to_owned();
        let zone = zones::zone(&zone_name)?;
        let said = member("dateTime")?;
        let civil = match said.parse::<Timestamp>() {
            Ok(at) => at.to_zoned(zone.clone()).datetime(),
            Err(_) => said.parse().ok()?,
        };
        Some(Self { civil, zone, zone_name })
    }

    pub(crate) fn at(&self) -> Timestamp {
        let zoned = self.civil.to_zoned(self.zone.clone());
        zoned.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }

    pub(crate) fn with_civil(&self, civil: DateTime) -> Self {
        Self { civil, ..self.clone() }
    }

    pub(crate) fn write(&self) -> Value {
        json!({ "dateTime": written(self.civil), "timeZone": self.zone_name })
    }

    /// The same moment on the wall of another zone, which is called as it was asked for.
    pub(crate) fn write_in(&self, (name, zone): (&str, &TimeZone)) -> Value {
        let civil = self.at().to_zoned(zone.clone()).datetime();
        json!({ "dateTime": written(civil), "timeZone": name })
    }

    pub(crate) fn is_midnight(&self) -> bool {
        self.civil.time() == Time::midnight()
    }
}

/// Seven digits after the second, as Graph writes them.
pub(crate) fn written(civil: DateTime) -> String {
    format!("{}.0000000", civil.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// An instant, likewise.
pub(crate) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string()
}

/// Start and end of an event.
pub(crate) fn times(event: &Event) -> Option<(Point, Point)> {
    Some((Point::read(event.get("start"))?, Point::read(event.get("end"))?))
}

/// Start and end as instants. Whole days lie at their dates in UTC, where Graph puts them.
pub(crate) fn stretch(event: &Event) -> Option<(Timestamp, Timestamp)> {
    let (mut start, mut end) = times(event)?;
    if is_true(event, "isAllDay") {
        (start.zone, end.zone) = (TimeZone::UTC, TimeZone::UTC);
    }
    Some((start.at(), end.at()))
}

/// A stretch of time: events that end after its start and start before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Window {
    pub(crate) fn touches(self, when: (Timestamp, Timestamp)) -> bool {
        touch(when, (Some(self.from), Some(self.to)))
    }

    pub(crate) fn holds(self, event: &Event) -> bool {
        stretch(event).is_some_and(|when| self.touches(when))
    }
}
