//! Starts and ends of events: a date, or a time in a zone.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use super::world::Event;

/// A start or an end, on the wall of its zone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) civil: DateTime,
    pub(crate) zone: TimeZone,
    pub(crate) zone_name: String,
    pub(crate) all_day: bool,
}

/// What is wrong with a start or an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bad {
    Absent,
    Both,
    Unreadable,
    Zoneless,
    UnknownZone,
}

impl Point {
    /// `{dateTime, timeZone}` or `{date}`; `calendar_zone` stands in for an absent zone.
    pub(crate) fn read(value: Option<&Value>, calendar_zone: &str) -> Result<Self, Bad> {
        let member = |name: &str| value.and_then(|value| value.get(name)).and_then(Value::as_str);
        let said_zone = member("timeZone");
        let zone_name = said_zone.unwrap_or(calendar_zone).to_owned();
        let zone = TimeZone::get(&zone_name).map_err(|_| Bad::UnknownZone)?;
        match (member("date"), member("dateTime")) {
            (None, None) => Err(Bad::Absent),
            (Some(_), Some(_)) => Err(Bad::Both),
            (Some(date), None) => {
                let date: Date = date.parse().map_err(|_| Bad::Unreadable)?;
                let civil = date.to_datetime(Time::midnight());
                Ok(Self { civil, zone, zone_name, all_day: true })
            }
            (None, Some(moment)) => {
                let civil = match moment.parse::<Timestamp>() {
                    Ok(at) => at.to_zoned(zone.clone()).datetime(),
                    Err(_) if said_zone.is_none() => return Err(Bad::Zoneless),
                    Err(_) => moment.parse().map_err(|_| Bad::Unreadable)?,
                };
                Ok(Self { civil, zone, zone_name, all_day: false })
            }
        }
    }

    fn zoned(&self) -> Option<Zoned> {
        self.civil.to_zoned(self.zone.clone()).ok()
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.zoned().map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }

    pub(crate) fn with_civil(&self, civil: DateTime) -> Self {
        Self { civil, ..self.clone() }
    }

    pub(crate) fn write(&self) -> Value {
        if self.all_day {
            return json!({ "date": self.civil.date().to_string() });
        }
        let written = self.zoned().as_ref().map(wall).unwrap_or_default();
        json!({ "dateTime": written, "timeZone": self.zone_name })
    }

    /// How it ends the id of an instance: `20261201T140000Z`, or `20261201`.
    pub(crate) fn suffix(&self) -> String {
        if self.all_day {
            return self.civil.strftime("%Y%m%d").to_string();
        }
        self.at().strftime("%Y%m%dT%H%M%SZ").to_string()
    }
}

/// A moment as the wall of its zone shows it, with the offset.
pub(crate) fn wall(zoned: &Zoned) -> String {
    let is_utc = zoned.time_zone().iana_name() == Some("UTC");
    let format = if is_utc { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%:z" };
    zoned.strftime(format).to_string()
}

/// Start and end of an event.
pub(crate) fn times(event: &Event, calendar_zone: &str) -> Result<(Point, Point), Bad> {
    let start = Point::read(event.get("start"), calendar_zone)?;
    let end = Point::read(event.get("end"), calendar_zone)?;
    Ok((start, end))
}

/// The start and the end as instants; an event without them is nowhere.
pub(crate) fn stretch(event: &Event, calendar_zone: &str) -> Option<(Timestamp, Timestamp)> {
    let (start, end) = times(event, calendar_zone).ok()?;
    Some((start.at(), end.at()))
}
