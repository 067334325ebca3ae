//! Recurrence against the majority of three engines (python-dateutil, libical, rrule-temporal,
//! under current zone data): `fixtures/majority.json`.
#![cfg(test)]

use std::collections::BTreeSet;

use calendar::{Horizon, expand, read};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// So many starts a case lists at most; what comes later is not known.
const LISTED_MAX: usize = 120;

#[test]
fn rules_give_what_most_engines_give() {
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("fixtures/majority.json")).unwrap();
    assert_eq!(cases.len(), 239);
    let wrong: Vec<_> = cases.iter().filter_map(wrong_starts).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Dates and floating times are listed as if in UTC, so they are expanded there.
fn wrong_starts(case: &serde_json::Value) -> Option<String> {
    let second =
        |value: &serde_json::Value| Timestamp::from_second(value.as_i64().unwrap()).unwrap();
    let from: Timestamp = "1900-01-01T00:00:00Z".parse().unwrap();
    let horizon = Horizon::new(from, second(&case["to"])).unwrap();
    let reading = read(case["ics"].as_str().unwrap()).unwrap();
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let expansion = expand(&reading.events[0], horizon, &TimeZone::UTC);
    let listed = case["starts"].as_array().unwrap();
    let wanted: BTreeSet<_> = listed.iter().map(second).collect();
    let mut found: BTreeSet<_> = expansion.occurrences.iter().map(|found| found.start).collect();
    if listed.len() == LISTED_MAX {
        found.retain(|start| Some(start) <= wanted.last());
    }
    let (missing, extra) = (&wanted - &found, &found - &wanted);
    (found != wanted).then(|| format!("{}: missing {missing:?}, extra {extra:?}", case["name"]))
}
