//! A first pull, and a pull with no change, beside curl asking the same server for the same.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::page::{self, Table};
use super::program::{self, Login, Program};
use super::radicale::{Radicale, calendar_of};
use super::{Bench, curl, events, median, milliseconds, ratio, seconds};
use crate::say::say;
use crate::test::servers;

const EVENTS: u64 = 10_000;
const ROUNDS: usize = 3;
/// *Sync now* is taken once in 30 seconds.
const PULL_AGAIN: Duration = Duration::from_secs(31);
const NAME: &str = "alice";

/// Everything of a calendar in one answer.
const QUERY: &str = "<C:calendar-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
    <D:prop><D:getetag/><C:calendar-data/></D:prop>\
    <C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>";

/// What changed since a token; everything for an empty one.
pub(super) fn sync_collection(token: &str) -> String {
    format!(
        "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token>\
         <D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
    )
}

/// The sync token of an answer.
pub(super) fn token_of(answer: &str) -> Result<&str> {
    let (_, rest) = answer.split_once("sync-token>").context("the answer has a sync token")?;
    rest.split_once('<').map(|(token, _)| token).context("the token ends")
}

pub(super) fn measure() -> Result<String> {
    let bench = Bench::new()?;
    let mut radicale = Radicale::new("pull")?;
    radicale.calendar(NAME, &events::make(EVENTS, 1))?;
    let server = radicale.start(&bench.caldav)?;
    let calendar = calendar_of(&server, NAME);
    let data = servers::folder("bench-pull")?;
    let account = program::account(&bench.binary, &data, "pull")?;
    let program = Program::serve(&bench.binary, &data)?;

    say("warming the server's caches");
    curl::report(&calendar, NAME, QUERY)?;
    let token = curl::report(&calendar, NAME, &sync_collection(""))?.0;
    let since = sync_collection(token_of(&token)?);

    let (mut all_by_curl, mut first, mut connected) = (Vec::new(), Vec::new(), Vec::new());
    let mut connection = String::new();
    for round in 0..ROUNDS {
        all_by_curl.push(curl::report(&calendar, NAME, QUERY)?.1);
        let began = Instant::now();
        connection = program.connect(&account, &server, Login::radicale(NAME))?;
        program.wait_until_synced(&account, &connection)?;
        connected.push(began.elapsed());
        let pulls = program.pulls(&account, &connection)?;
        let pull = pulls.iter().find(|pull| pull.cause == "connected");
        first.push(pull.context("the first pull was recorded")?.took);
        if round + 1 < ROUNDS {
            program.disconnect(&account, &connection)?;
        }
    }
    let (mut nothing_by_curl, mut nothing) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        sleep(PULL_AGAIN);
        nothing_by_curl.push(curl::report(&calendar, NAME, &since)?.1);
        program.pull(&account, &connection)?;
        sleep(Duration::from_secs(5));
        let pulls = program.pulls(&account, &connection)?;
        nothing.push(pulls.first().context("the pull was recorded")?.took);
    }

    let (all, first) = (median(all_by_curl), median(first));
    let (none, nothing) = (median(nothing_by_curl), median(nothing));
    let mut table = Table::new(&["what", "Daymark", "curl", "times", "at most"]);
    table.row(&["first pull", &seconds(first), &seconds(all), &ratio(first, all), "2"]);
    let connected = median(connected);
    table.row(&["examination and first pull", &seconds(connected), "", &ratio(connected, all), ""]);
    let (ours, theirs) = (milliseconds(nothing), milliseconds(none));
    table.row(&["pull with no change", &ours, &theirs, &ratio(nothing, none), "2"]);
    let says = format!(
        "{EVENTS} events at a Radicale on the same machine, medians of {ROUNDS}. For the first \
         pull, curl\nmakes one calendar-query that brings all the data; for no change, one \
         sync-collection. Daymark\nreads, seals, expands and stores what curl throws away."
    );
    page::section("pull", "First pull, and a pull with no change", &says, &table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_whatever_the_prefix() {
        let answer = "<multistatus><d:sync-token>http://x/1</d:sync-token></multistatus>";
        assert_eq!(token_of(answer).unwrap(), "http://x/1");
        assert!(token_of("<multistatus/>").is_err());
    }
}
