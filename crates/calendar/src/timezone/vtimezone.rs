//! A zone from its definition (VTIMEZONE, RFC 5545 §3.6.5): its observances, unrolled.

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

use super::tzif::{self, Change};
use crate::ical::{Block, value};
use crate::moment::{wall_after, wall_seconds};
use crate::recurrence::{Rule, Walk};

/// Rules are unrolled from here (Outlook's begin in 1601) …
const FIRST_YEAR: i16 = 1970;

/// … up to here; afterwards the last offset stays.
const LAST_YEAR: i16 = 2100;

/// How many changes of the clock a definition may unroll to.
const CHANGES_MAX: usize = 5_000;

/// How many steps all its rules may take together.
const STEPS_MAX: usize = 100_000;

/// The zone that the definition describes; `None` where it describes none.
pub(super) fn zone(definition: &Block<'_>) -> Option<TimeZone> {
    let mut changes = Vec::new();
    let steps_max = STEPS_MAX / definition.blocks.len().max(1);
    for observance in &definition.blocks {
        if matches!(observance.name.as_str(), "STANDARD" | "DAYLIGHT") {
            changes.extend(observed(observance, steps_max)?);
        }
        if changes.len() > CHANGES_MAX {
            return None;
        }
    }
    changes.sort_by_key(|change| change.at);
    changes.dedup_by_key(|change| change.at);
    if changes.is_empty() {
        return None;
    }
    let name = definition.text("TZID").unwrap_or_default();
    TimeZone::tzif(&name, &tzif::write(&changes)).ok()
}

/// The changes of the clock that one STANDARD or DAYLIGHT brings.
fn observed(observance: &Block<'_>, steps_max: usize) -> Option<Vec<Change>> {
    let from = value::utc_offset_seconds(observance.line("TZOFFSETFROM")?.value())?;
    let to = value::utc_offset_seconds(observance.line("TZOFFSETTO")?.value())?;
    let start = value::when(observance.line("DTSTART")?.value())?.wall();
    let is_daylight = observance.name == "DAYLIGHT";
    let mut walls = vec![start];
    for line in observance.all("RRULE") {
        let rule = Rule::read(line.value()).ok()?;
        walls.extend(unrolled(&rule, start, from, steps_max)?);
    }
    for line in observance.all("RDATE") {
        walls.extend(line.value().split(',').filter_map(value::when).map(value::When::wall));
    }
    let change = |wall| Change { at: wall_seconds(wall) - i64::from(from), from, to, is_daylight };
    Some(walls.into_iter().map(change).collect())
}

/// What a rule makes until the last year; `None` where it makes too much.
fn unrolled(
    rule: &Rule,
    start: DateTime,
    from_seconds: i32,
    steps_max: usize,
) -> Option<Vec<DateTime>> {
    let end = date(LAST_YEAR, 12, 31).at(0, 0, 0, 0);
    let until = rule.until.map_or(end, |until| match until {
        // RFC 5545 §3.6.5: UNTIL of an observance is in UTC, its start is on the wall before.
        value::When::Utc(wall) => {
            wall_after(wall, jiff::SignedDuration::from_secs(from_seconds.into())).min(end)
        }
        value::When::Date(date) => date.at(23, 59, 59, 0).min(end),
        value::When::Local(wall) => wall.min(end),
    });
    let first = date(FIRST_YEAR, 1, 1).at(0, 0, 0, 0);
    let mut walk = Walk::new(rule, start, first, until, steps_max);
    let walls = walk.by_ref().collect();
    (!walk.was_cut_short()).then_some(walls)
}

#[cfg(test)]
mod tests;
