//! `daymark expand FROM TO`: iCalendar on standard input, its occurrences as JSON on standard
//! output. Needs no settings; dates and floating times are read as if in UTC.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use calendar::{Event, Horizon, Limits};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// A person waits for this one, and no database has to hold it: further than for a connection.
const LIMITS: Limits = Limits { occurrences_max: 100_000, steps_max: 1_000_000 };

/// More than this is not read; no calendar that people keep is as large.
const INPUT_BYTES_MAX: u64 = 64 << 20;

/// The exit status for arguments that make no sense, as clap's own.
const WRONG_USAGE_STATUS: u8 = 2;

/// One line of the answer: a date, a floating time without suffix, or an instant with `Z`.
#[derive(Debug, Serialize)]
struct Row {
    uid: String,
    start: String,
    end: String,
}

/// Reads standard input and answers on standard output.
pub(crate) fn run(from: &str, to: &str) -> anyhow::Result<ExitCode> {
    let horizon = match horizon(from, to) {
        Ok(horizon) => horizon,
        Err(wrong) => {
            crate::complain(&format!("daymark: {wrong}"));
            return Ok(ExitCode::from(WRONG_USAGE_STATUS));
        }
    };
    let mut input = Vec::new();
    let stdin = std::io::stdin().lock();
    stdin.take(INPUT_BYTES_MAX).read_to_end(&mut input).context("reading standard input")?;
    let rows = rows(&calendar::ical::decode(&input), horizon)?;
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &rows).context("writing the answer")?;
    stdout.write_all(b"\n").context("writing the answer")?;
    Ok(ExitCode::SUCCESS)
}

fn horizon(from: &str, to: &str) -> anyhow::Result<Horizon> {
    let instant = |text: &str| {
        let wrong = |_| anyhow!("`{text}` is no instant like 2027-01-01T00:00:00Z");
        text.parse::<Timestamp>().map_err(wrong)
    };
    let horizon = Horizon::new(instant(from)?, instant(to)?).context("FROM must come before TO")?;
    Ok(horizon.with_limits(LIMITS))
}

fn rows(text: &str, horizon: Horizon) -> anyhow::Result<Vec<Row>> {
    let reading = calendar::read(text)?;
    let events = reading.events.iter().filter(|event| !event.is_free_busy);
    Ok(events.flat_map(|event| rows_of(event, horizon)).collect())
}

fn rows_of(event: &Event, horizon: Horizon) -> Vec<Row> {
    let expansion = calendar::expand(event, horizon, &TimeZone::UTC);
    let occurrences = expansion.occurrences.iter();
    let row = |occurrence: &calendar::Occurrence<'_>| Row {
        uid: event.uid.clone(),
        start: occurrence.start_moment.to_string(),
        end: occurrence.end_moment.to_string(),
    };
    occurrences.map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: &str = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:day\nDTSTART;VALUE=DATE:20270101\n\
        END:VEVENT\nBEGIN:VEVENT\nUID:call\nDTSTART;TZID=Europe/Berlin:20270104T090000\n\
        DURATION:PT30M\nRRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n";

    #[test]
    fn dates_stay_dates_and_zoned_times_become_utc() {
        let horizon = horizon("2027-01-01T00:00:00Z", "2027-01-12T00:00:00Z").unwrap();
        let rows = rows(FEED, horizon).unwrap();
        assert_eq!(
            serde_json::to_string(&rows).unwrap(),
            r#"[{"uid":"day","start":"2027-01-01","end":"2027-01-02"},"#.to_owned()
                + r#"{"uid":"call","start":"2027-01-04T08:00:00Z","end":"2027-01-04T08:30:00Z"},"#
                + r#"{"uid":"call","start":"2027-01-11T08:00:00Z","end":"2027-01-11T08:30:00Z"}]"#
        );
    }

    #[test]
    fn a_window_that_makes_no_sense_is_refused() {
        assert!(horizon("yesterday", "2027-01-12T00:00:00Z").is_err());
        assert!(horizon("2027-01-12T00:00:00Z", "2027-01-01T00:00:00Z").is_err());
    }

    #[test]
    fn text_that_is_no_calendar_is_refused() {
        let horizon = horizon("2027-01-01T00:00:00Z", "2027-01-12T00:00:00Z").unwrap();
        assert!(rows("<html>", horizon).is_err());
    }
}
