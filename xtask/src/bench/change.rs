//! What one changed event costs us in a small and in a large calendar. The server is our own
//! sandbox, which fills quickly; its time is left aside by counting our processor time, not the
//! clock's.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::events::{self, Made};
use super::page::{self, Table};
use super::program::{self, Account, Login, Program};
use super::{Bench, curl, median, milliseconds, ratio};
use crate::say::say;
use crate::test::servers;

const SMALL: u64 = 1_000;
const LARGE: u64 = 100_000;
const ROUNDS: usize = 5;
/// *Sync now* is taken once in 30 seconds.
const WINDOW: Duration = Duration::from_secs(31);
/// One of the sandbox's people, whose server is of the plain kind.
const WHO: Login<'_> = Login { name: "noor@cloud.example", password: "mild-tree-sand-rope" };

/// One calendar, the program that copies it, and one of its events.
struct Side {
    program: Program,
    account: Account,
    connection: String,
    event: Made,
    folder: PathBuf,
    /// Where events are put.
    address: String,
    times: Vec<Duration>,
}

impl Side {
    /// Fills a calendar with `count` events, and reads it for the first time.
    fn new(bench: &Bench, count: u64) -> Result<Self> {
        let folder = servers::folder(&format!("change-{count}"))?;
        let sandbox = program::sandbox(&bench.binary)?;
        let people = format!("{sandbox}control/api/people/{}", WHO.name);
        let address = format!("{people}/calendars/personal/events/");
        let mut events = events::make(count, 1);
        let mut files = Vec::new();
        for event in &events {
            files.push(file(&folder, &address, &event.name, &event.text)?);
        }
        say(format!("filling a calendar with {count} events"));
        curl::put(&folder, &files)?;
        let account = program::account(&bench.binary, &folder, "change")?;
        let program = Program::serve(&bench.binary, &folder)?;
        say("reading it for the first time");
        let connection = program.connect(&account, &sandbox, WHO)?;
        program.wait_until_synced(&account, &connection)?;
        let event = events.swap_remove(events.len() / 2);
        Ok(Self { program, account, connection, event, folder, address, times: Vec::new() })
    }

    /// Changes the event and asks for a pull.
    fn change(&self, round: usize) -> Result<()> {
        let text = self.event.text.replace("SUMMARY:Meeting", &format!("SUMMARY:{round} Meeting"));
        curl::put(&self.folder, &[file(&self.folder, &self.address, &self.event.name, &text)?])?;
        self.program.pull(&self.account, &self.connection)
    }
}

/// Writes an event where curl finds it, and says where it goes.
fn file(folder: &Path, address: &str, name: &str, text: &str) -> Result<(PathBuf, String)> {
    let place = folder.join(format!("{name}.ics"));
    fs::write(&place, text)?;
    Ok((place, format!("{address}{name}.ics")))
}

pub(super) fn measure() -> Result<String> {
    let bench = Bench::new()?;
    let mut sides = [Side::new(&bench, SMALL)?, Side::new(&bench, LARGE)?];
    for round in 0..ROUNDS {
        let idle = window(&sides, |_| Ok(()))?;
        let with_change = window(&sides, |side| side.change(round))?;
        for ((side, idle), with_change) in sides.iter_mut().zip(idle).zip(with_change) {
            side.times.push(with_change.saturating_sub(idle));
        }
    }
    let [small, large] = sides.map(|side| median(side.times));
    let mut table = Table::new(&["events in the calendar", "processor time of a pull", "times"]);
    table.row(&[&SMALL.to_string(), &milliseconds(small), "1"]);
    table.row(&[&LARGE.to_string(), &milliseconds(large), &ratio(large, small)]);
    let says = format!(
        "One event changes at the sandbox, and is pulled; processor time of the whole `daymark \
         serve`, less\nwhat it uses when nothing is asked, median of {ROUNDS}. At most 1.2 times."
    );
    page::section("change", "One changed event among many", &says, &table)
}

/// What each program uses of the processor during one window that begins so.
fn window(sides: &[Side], begin: impl Fn(&Side) -> Result<()>) -> Result<Vec<Duration>> {
    let so_far = || sides.iter().map(|side| side.program.processor_time());
    let before: Vec<Duration> = so_far().collect::<Result<_>>()?;
    sides.iter().try_for_each(begin)?;
    sleep(WINDOW);
    let after: Vec<Duration> = so_far().collect::<Result<_>>()?;
    Ok(after.iter().zip(before).map(|(after, before)| after.saturating_sub(before)).collect())
}
