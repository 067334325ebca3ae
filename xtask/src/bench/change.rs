//! What one changed event costs us in a small and in a large calendar. The server's own time is
//! left aside by counting our processor time, not the clock's.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::events::{self, Made};
use super::page::{self, Table};
use super::program::{self, Account, Program};
use super::radicale::{Radicale, calendar_of};
use super::{Bench, curl, median, milliseconds, ratio};
use crate::say::say;
use crate::test::servers;

const SMALL: u64 = 1_000;
const LARGE: u64 = 100_000;
const ROUNDS: usize = 5;
/// Long enough for the server to find the change in a large calendar, and for *Sync now*, which is
/// taken once in 30 seconds.
const WINDOW: Duration = Duration::from_secs(45);

/// One calendar, the program that copies it, and one of its events.
struct Side {
    name: &'static str,
    program: Program,
    account: Account,
    connection: String,
    event: Made,
    address: String,
    times: Vec<Duration>,
}

impl Side {
    fn new(bench: &Bench, server: &str, name: &'static str, event: Made) -> Result<Self> {
        let data = servers::folder(&format!("bench-{name}"))?;
        let account = program::account(&bench.binary, &data, name)?;
        let program = Program::serve(&bench.binary, &data)?;
        say(format!("reading the calendar of {name}"));
        let connection = program.connect(&account, server, name)?;
        program.wait_until_synced(&account, &connection)?;
        let address = format!("{}{}.ics", calendar_of(server, name), event.name);
        Ok(Self { name, program, account, connection, event, address, times: Vec::new() })
    }

    /// Changes the event and asks for a pull.
    fn change(&self, round: usize) -> Result<()> {
        let text = self.event.text.replace("SUMMARY:Meeting", &format!("SUMMARY:{round} Meeting"));
        curl::put(&self.address, self.name, &text)?;
        self.program.pull(&self.account, &self.connection)
    }
}

pub(super) fn measure() -> Result<String> {
    let bench = Bench::new()?;
    let mut radicale = Radicale::new("change")?;
    let (mut small, mut large) = (events::make(SMALL, 1), events::make(LARGE, 1));
    radicale.calendar("small", &small)?;
    radicale.calendar("large", &large)?;
    let server = radicale.start(&bench.caldav)?;
    let mut sides = [
        Side::new(&bench, &server, "small", small.swap_remove(500))?,
        Side::new(&bench, &server, "large", large.swap_remove(50_000))?,
    ];
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
        "One event changes at a Radicale, and is pulled; processor time of the whole `daymark \
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
