//! Measures reading, expanding and the busy set over a folder of calendar objects, for
//! `cargo xtask bench expand`: prints one JSON object with nanoseconds and counts.
//!
//! `measure FOLDER FROM UNTIL`

use std::error::Error;
use std::fs;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use calendar::{Blocking, Horizon, Interval, IntervalSet, Owner, Reading, expand};
use jiff::tz::TimeZone;

/// How often each measurement is made; the quickest counts, as the others met a busy machine.
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, from, until] = arguments.as_slice() else {
        return Err("usage: measure FOLDER FROM UNTIL".into());
    };
    let horizon = Horizon::new(from.parse()?, until.parse()?).ok_or("FROM must be before UNTIL")?;
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        texts.push(fs::read_to_string(entry?.path())?);
    }
    let (reading, readings) = quickest(|| read_all(&texts));
    let readings = readings?;
    let (expanding, occurrences) = quickest(|| count(&readings, horizon));
    let (blocking, busy) = quickest(|| busy(&readings, horizon));
    writeln!(
        stdout(),
        concat!(
            r#"{{"events":{},"occurrences":{},"read_ns":{},"expand_ns":{},"#,
            r#""busy_ns":{},"busy_intervals":{}}}"#,
        ),
        texts.len(),
        occurrences,
        reading.as_nanos(),
        expanding.as_nanos(),
        blocking.as_nanos(),
        busy.iter().count(),
    )?;
    Ok(())
}

fn quickest<T>(work: impl Fn() -> T) -> (Duration, T) {
    let timed = || {
        let began = Instant::now();
        let result = work();
        (began.elapsed(), result)
    };
    let first = timed();
    (1..ROUNDS).map(|_| timed()).fold(first, |best, next| if next.0 < best.0 { next } else { best })
}

fn read_all(texts: &[String]) -> Result<Vec<Reading>, calendar::ical::Unreadable> {
    texts.iter().map(|text| calendar::read(text)).collect()
}

fn count(readings: &[Reading], horizon: Horizon) -> usize {
    let events = readings.iter().flat_map(|reading| &reading.events);
    events.map(|event| expand(event, horizon, &TimeZone::UTC).occurrences.len()).sum()
}

/// The busy time of one person who has all of it in one calendar.
fn busy(readings: &[Reading], horizon: Horizon) -> IntervalSet {
    let owner = Owner::default();
    let mut intervals: Vec<Interval> = Vec::new();
    for event in readings.iter().flat_map(|reading| &reading.events) {
        let expansion = expand(event, horizon, &TimeZone::UTC);
        let busy = expansion.occurrences.iter().filter(|o| o.blocking(&owner) == Blocking::Busy);
        intervals.extend(busy.filter_map(calendar::Occurrence::interval));
    }
    intervals.into_iter().collect()
}
