//! What `serve` holds and uses while nothing happens: after a start, and with many connections.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::page::{self, Table};
use super::program::{self, Login, Program};
use super::radicale::Radicale;
use super::{Bench, events, median, milliseconds};
use crate::say::say;
use crate::test::servers;

const STARTS: usize = 5;
const CONNECTIONS: usize = 200;
const EVENTS_EACH: u64 = 500;
/// How many connections one account gets.
const PER_ACCOUNT: usize = 5;
const SETTLE: Duration = Duration::from_mins(1);
const WATCH: Duration = Duration::from_mins(1);

pub(super) fn measure() -> Result<String> {
    let bench = Bench::new()?;
    let mut table = Table::new(&["what", "measured", "at most"]);
    starts(&bench, &mut table)?;
    many(&bench, &mut table)?;
    let says = format!(
        "The release build over SQLite. Ready is from starting the process to the first 200 of \
         `/readyz`,\nmedian of {STARTS}. The {CONNECTIONS} connections have {EVENTS_EACH} events \
         each; their memory and processor\ntime are taken a minute after the last first pull, over \
         a minute."
    );
    page::section("idle", "Idle", &says, &table)
}

fn starts(bench: &Bench, table: &mut Table) -> Result<()> {
    let data = servers::folder("bench-start")?;
    let (mut ready, mut resident) = (Vec::new(), 0.0);
    for _ in 0..STARTS {
        let program = Program::serve(&bench.binary, &data)?;
        ready.push(program.ready_after);
        sleep(Duration::from_secs(5));
        resident = program.resident_mib()?;
        servers::stop_all();
    }
    table.row(&["ready after", &milliseconds(median(ready)), "300 ms"]);
    table.row(&["resident after a start", &format!("{resident:.1} MiB"), "40 MB"]);
    Ok(())
}

fn many(bench: &Bench, table: &mut Table) -> Result<()> {
    let mut radicale = Radicale::new("idle")?;
    let names: Vec<String> = (0..CONNECTIONS).map(|number| format!("user{number}")).collect();
    for (seed, name) in (0..).zip(&names) {
        radicale.calendar(name, &events::make(EVENTS_EACH, seed))?;
    }
    let server = radicale.start(&bench.caldav)?;
    let data = servers::folder("bench-idle")?;
    let mut accounts = Vec::new();
    for number in 0..CONNECTIONS / PER_ACCOUNT {
        accounts.push(program::account(&bench.binary, &data, &format!("account{number}"))?);
    }
    let program = Program::serve(&bench.binary, &data)?;
    let mut connections = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let account = &accounts[index / PER_ACCOUNT];
        connections.push((account, program.connect(account, &server, Login::radicale(name))?));
    }
    say(format!("{CONNECTIONS} connections are made, reading their calendars"));
    for (account, connection) in &connections {
        program.wait_until_synced(account, connection)?;
    }
    sleep(SETTLE);
    let before = program.processor_time()?;
    sleep(WATCH);
    let used = program.processor_time()?.saturating_sub(before);
    let share = 100.0 * used.as_secs_f64() / WATCH.as_secs_f64();
    let resident = program.resident_mib()?;
    let what = format!("{CONNECTIONS} connections of {EVENTS_EACH} events, resident");
    table.row(&[&what, &format!("{resident:.1} MiB"), ""]);
    table.row(&["the same, share of one core", &format!("{share:.2} %"), ""]);
    Ok(())
}
