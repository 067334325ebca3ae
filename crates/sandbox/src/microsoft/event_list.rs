//! Events read: listed, laid out in a window, one alone, the instances of a series.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::desk::Desk;
use super::event_edit::named_property;
use super::expand::{Kind, Row, instances, laid_out};
use super::ids::Key;
use super::moment::Window;
use super::world::{Entry, Event};

/// An instant of the query; without an offset it is UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    // A plus sign that nobody encoded has become a blank.
    let text = text.trim().replace(' ', "+");
    let utc = || {
        let civil: DateTime = text.parse().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    text.parse().ok().or_else(utc)
}

impl Desk<'_> {
    /// The window that a query has to give.
    pub(crate) fn window(&self) -> Result<Window, Refusal> {
        let edge = |name: &str| {
            let says = format!("This request requires a time window: {name} is missing or wrong.");
            let wrong = || Refusal::new(400, "ErrorInvalidParameter", says);
            self.parameter(name).and_then(instant).ok_or_else(wrong)
        };
        let (from, to) = (edge("startDateTime")?, edge("endDateTime")?);
        if to < from {
            return Err(Refusal::new(
                400,
                "ErrorInvalidParameter",
                "The window ends before it starts.",
            ));
        }
        Ok(Window { from, to })
    }

    /// Single events, series, and changed instances.
    pub(crate) fn events(&self, entry: &Entry) -> Outcome {
        let calendar = self.calendar_at(entry.calendar)?;
        let mut rows = Vec::new();
        for (key, event) in calendar.living() {
            rows.push(Row::stored(key, event));
            let changed = calendar.exceptions(key);
            let living = changed.filter_map(|(key, it)| Some((key, it.event.as_ref()?)));
            rows.extend(living.map(|(key, event)| Row::stored(key, event)));
        }
        self.listed("me/events", self.shown(entry, rows))
    }

    fn shown(&self, entry: &Entry, rows: Vec<Row>) -> Vec<(Value, Event)> {
        rows.into_iter().map(|row| (self.expanded(entry, &row), row.event)).collect()
    }

    /// With the extended properties that `$expand` asks for.
    fn expanded(&self, entry: &Entry, row: &Row) -> Value {
        let mut shown = self.show(entry, row);
        let expand = self.parameter("expand").unwrap_or_default();
        if let Some(at) = expand.find("singleValueExtendedProperties") {
            let asked = expand.get(at..).unwrap_or_default().split('\'').nth(1);
            let held = asked.and_then(|id| named_property(&row.event, id)).cloned();
            if let Some(held) = held {
                shown["singleValueExtendedProperties"] = json!([held]);
            }
        }
        shown
    }

    pub(crate) fn calendar_view(&self, entry: &Entry) -> Outcome {
        let rows = laid_out(self.calendar_at(entry.calendar)?, self.window()?);
        self.listed("me/calendarView", self.shown(entry, rows))
    }

    pub(crate) fn instances(&self, entry: Option<&Entry>, id: &str) -> Outcome {
        let (entry, row) = self.find(entry, id)?;
        if row.kind != Kind::Master {
            let says = "Expanding recurrences is possible for a series only.";
            return Err(Refusal::invalid(says));
        }
        let rows = instances(self.calendar_at(entry.calendar)?, row.key, self.window()?);
        self.listed("me/events/instances", self.shown(&entry, rows))
    }

    pub(crate) fn event(&self, entry: Option<&Entry>, id: &str) -> Outcome {
        let (entry, row) = self.find(entry, id)?;
        let mut shown = self.expanded(&entry, &row);
        let asks = |name: &str, of: &str| self.parameter(name).is_some_and(|it| it.contains(of));
        if row.kind == Kind::Master {
            if asks("select", "cancelledOccurrences") {
                shown["cancelledOccurrences"] = self.cancelled(&entry, row.key)?;
            }
            if asks("expand", "exceptionOccurrences") {
                let changed = self.calendar_at(entry.calendar)?.exceptions(row.key);
                let living = changed.filter_map(|(key, it)| Some((key, it.event.as_ref()?)));
                let rows = living.map(|(key, event)| self.show(&entry, &Row::stored(key, event)));
                let rows: Vec<Value> = rows.collect();
                let mut shown = self.selected(shown);
                shown["exceptionOccurrences"] = json!(rows);
                return Ok(Reply::within(&self.context("me/events/$entity"), shown));
            }
        }
        let properties = shown.get("singleValueExtendedProperties").cloned();
        let mut shown = self.selected(shown);
        if let Some(properties) = properties {
            shown["singleValueExtendedProperties"] = properties;
        }
        Ok(Reply::within(&self.context("me/events/$entity"), shown))
    }

    fn cancelled(&self, entry: &Entry, master: Key) -> Result<Value, Refusal> {
        let calendar = self.calendar_at(entry.calendar)?;
        let id = self.look.id(calendar, master);
        let gone = calendar.exceptions(master).filter(|(_, stored)| stored.event.is_none());
        let ids = gone.filter_map(|(key, _)| Some(format!("OID.{id}.{}", key.day?)));
        Ok(json!(ids.collect::<Vec<_>>()))
    }
}
