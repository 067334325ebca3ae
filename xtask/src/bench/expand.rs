//! Reading and expanding events, beside libical and python-dateutil over the same files.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::events;
use super::page::{self, Table};
use crate::chores::cargo;
use crate::house;
use crate::shell;
use crate::test::setup;

const EVENTS: u64 = 10_000;
const FROM: &str = "2026-01-01T00:00:00Z";
/// 400 days later.
const UNTIL: &str = "2027-02-05T00:00:00Z";
const DATEUTIL: &str = "python-dateutil==2.9.0.post0";

pub(super) fn measure() -> Result<String> {
    let folder = house::workshop().join("bench/events");
    fs::create_dir_all(&folder)?;
    for event in events::make(EVENTS, 1) {
        fs::write(folder.join(format!("{}.ics", event.name)), event.text)?;
    }
    let ours = ours(&folder)?;
    let libical = libical(&folder)?;
    let dateutil = dateutil(&folder)?;
    let columns =
        ["", "reading, µs an event", "expanding, µs an event", "times ours", "occurrences"];
    let mut table = Table::new(&columns);
    for (name, measured) in [("Daymark", &ours), ("libical", &libical), ("dateutil", &dateutil)] {
        let times = number(measured, "expand_ns")? / number(&ours, "expand_ns")?;
        table.row(&[
            name,
            &each(measured, "read_ns").unwrap_or_default(),
            &each(measured, "expand_ns")?,
            &format!("{times:.1}"),
            &number(measured, "occurrences")?.to_string(),
        ]);
    }
    let says = format!(
        "{EVENTS} events over 400 days, the quickest of some rounds in one process each. dateutil \
         is given\nstart, end and rule; Daymark and libical read all of each event. Daymark counts \
         a start that its own\nrule would not make as an occurrence, as calendars show it; the \
         others do not. The busy set of one\nperson who has all of the events takes Daymark {} µs \
         an event, expansion included, and comes to {}\nintervals.",
        each(&ours, "busy_ns")?,
        number(&ours, "busy_intervals")?,
    );
    page::section("expand", "Expanding", &says, &table)
}

fn number(measured: &Value, field: &str) -> Result<f64> {
    measured[field].as_f64().with_context(|| format!("{field} was measured"))
}

/// Microseconds for each event.
fn each(measured: &Value, field: &str) -> Result<String> {
    let events = number(measured, "events")?;
    Ok(format!("{:.2}", number(measured, field)? / events / 1_000.0))
}

fn ours(folder: &Path) -> Result<Value> {
    let mut build = cargo(&["build", "--release", "--quiet", "-p", "calendar"]);
    if !shell::run(build.args(["--example", "measure"]))? {
        bail!("the example does not build");
    }
    let mut measure = Command::new(house::target().join("release/examples/measure"));
    json(measure.arg(folder).args([FROM, UNTIL]))
}

fn libical(folder: &Path) -> Result<Value> {
    setup::libical()?;
    let program = house::workshop().join("bench/expand");
    let mut compile = Command::new("cc");
    compile.args(["-O2", "-o"]).arg(&program);
    compile.arg(house::root().join("xtask/src/bench/expand.c")).arg("-lical");
    shell::output(&mut compile)?;
    let basic = |instant: &str| instant.replace(['-', ':'], "");
    json(Command::new(program).arg(folder).args([basic(FROM), basic(UNTIL)]))
}

fn dateutil(folder: &Path) -> Result<Value> {
    let programs = setup::virtual_environment("bench", &[DATEUTIL])?;
    let mut measure = Command::new(programs.join("python"));
    measure.arg(house::root().join("xtask/src/bench/expand.py"));
    json(measure.arg(folder).args([FROM, UNTIL]))
}

fn json(command: &mut Command) -> Result<Value> {
    let printed = shell::output(command)?;
    serde_json::from_str(&printed)
        .with_context(|| format!("`{}` prints JSON", shell::line(command)))
}
