//! A zone from its definition (VTIMEZONE, RFC 5545 §3.6.5): its observances, unrolled.

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

use super::tzif::{self, Change};
use crate::ical::{Block, value};
use crate::moment::{wall_after, wall_seconds};
use crate::recurrence::{Rule, Walk};

/// Definitions are unrolled up to here; afterwards the last offset stays.
const LAST_YEAR: i16 = 2100;

/// How many changes of the clock a definition may unroll to.
const CHANGES_MAX: usize = 5_000;

/// How many steps the rule of one observance may take.
const STEPS_MAX: usize = 20_000;

/// The zone that the definition describes; `None` where it describes none.
pub(super) fn zone(definition: &Block<'_>) -> Option<TimeZone> {
    let mut changes = Vec::new();
    for observance in &definition.blocks {
        if matches!(observance.name.as_str(), "STANDARD" | "DAYLIGHT") {
            changes.extend(observed(observance)?);
        }
    }
    changes.sort_by_key(|change| change.at);
    changes.dedup_by_key(|change| change.at);
    changes.truncate(CHANGES_MAX);
    if changes.is_empty() {
        return None;
    }
    let name = definition.text("TZID").unwrap_or_default();
    TimeZone::tzif(&name, &tzif::write(&changes)).ok()
}

/// The changes of the clock that one STANDARD or DAYLIGHT brings.
fn observed(observance: &Block<'_>) -> Option<Vec<Change>> {
    let from = value::utc_offset_seconds(observance.line("TZOFFSETFROM")?.value())?;
    let to = value::utc_offset_seconds(observance.line("TZOFFSETTO")?.value())?;
    let start = value::when(observance.line("DTSTART")?.value())?.wall();
    let is_daylight = observance.name == "DAYLIGHT";
    let mut walls = vec![start];
    for line in observance.all("RRULE") {
        let rule = Rule::read(line.value()).ok()?;
        walls.extend(unrolled(&rule, start, from));
    }
    for line in observance.all("RDATE") {
        walls.extend(line.value().split(',').filter_map(value::when).map(value::When::wall));
    }
    let change = |wall| Change { at: wall_seconds(wall) - i64::from(from), from, to, is_daylight };
    Some(walls.into_iter().map(change).collect())
}

fn unrolled(rule: &Rule, start: DateTime, from_seconds: i32) -> Vec<DateTime> {
    let end = date(LAST_YEAR, 12, 31).at(0, 0, 0, 0);
    let until = rule.until.map_or(end, |until| match until {
        // RFC 5545 §3.6.5: UNTIL of an observance is in UTC, its start is on the wall before.
        value::When::Utc(wall) => {
            wall_after(wall, jiff::SignedDuration::from_secs(from_seconds.into())).min(end)
        }
        value::When::Date(date) => date.at(23, 59, 59, 0).min(end),
        value::When::Local(wall) => wall.min(end),
    });
    Walk::new(rule, start, start, until, STEPS_MAX).collect()
}

#[cfg(test)]
mod tests;
