//! `cargo xtask test`: sets up what the tests need where it is missing, starts the servers they
//! talk to, runs every stage, and sums up. A failing stage does not stop the others.

mod counts;
mod providers;
pub(crate) mod servers;
pub(crate) mod setup;
mod stages;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::say::{headline, say};
use counts::Counts;
use servers::Servers;
use stages::{Environment, Stage};

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    stages: Vec<Stage>,
    /// Without servers and browser.
    fast: bool,
}

impl Wanted {
    fn read(words: &[&str]) -> Result<Self> {
        let fast = words.contains(&"--fast");
        let mut stages = Vec::new();
        for word in words.iter().filter(|word| **word != "--fast") {
            let Some(stage) = Stage::ALL.into_iter().find(|stage| stage.name() == *word) else {
                let known = Stage::ALL.map(Stage::name).join(", ");
                bail!("no stage is called `{word}`; there are {known}");
            };
            stages.push(stage);
        }
        if stages.is_empty() {
            stages = Stage::ALL.to_vec();
        }
        Ok(Self { stages, fast })
    }

    /// The stages that will run, in their order.
    fn chosen(&self) -> Vec<Stage> {
        self.stages.iter().copied().filter(|stage| !(self.fast && stage.needs_browser())).collect()
    }
}

/// How one stage went.
struct Outcome {
    name: &'static str,
    counts: Counts,
    took: Duration,
}

/// Runs the stages that `words` ask for; true when nothing failed.
pub(crate) fn command(words: &[&str]) -> Result<bool> {
    let wanted = Wanted::read(words)?;
    let began = Instant::now();
    let chosen = wanted.chosen();
    if wanted.fast {
        say("--fast: SQLite only. Left out: PostgreSQL, conformance against Radicale and \
             Xandikos, pages in a browser.");
    }
    let mut environment = Environment::default();
    let servers = prepare(&wanted, &chosen, &mut environment)?;
    let mut results = Vec::new();
    for stage in chosen {
        headline(format!("{}: {}", stage.name(), stage.says()));
        let began = Instant::now();
        let counts = stages::run(stage, &environment).unwrap_or_else(|why| {
            say(format!("{why:#}"));
            Counts::failed(1)
        });
        results.push(Outcome { name: stage.name(), counts, took: began.elapsed() });
    }
    drop(servers);
    Ok(summary(&results, began.elapsed()))
}

/// `cargo xtask servers`: the servers alone, until Ctrl-C.
pub(crate) fn serve() -> Result<bool> {
    let tools = setup::tools(true, false)?;
    let servers = Servers::start(&tools)?;
    let mut environment = Environment::default();
    environment.libraries(&tools);
    environment.servers(&servers);
    for (name, value) in environment.variables() {
        say(format!("export {name}='{value}'"));
    }
    say("Ctrl-C stops them.");
    loop {
        std::thread::park();
    }
}

/// Installs and starts what the chosen stages need, and tells the tests where it is.
fn prepare(wanted: &Wanted, chosen: &[Stage], into: &mut Environment) -> Result<Option<Servers>> {
    if wanted.fast {
        return Ok(None);
    }
    let servers = chosen.iter().any(|stage| stage.needs_servers());
    let browser = chosen.iter().any(|stage| stage.needs_browser());
    if servers || browser {
        headline("set-up");
    }
    let tools = setup::tools(servers, browser)?;
    into.browser(&tools);
    into.libraries(&tools);
    if !servers {
        return Ok(None);
    }
    let running = Servers::start(&tools)?;
    into.servers(&running);
    Ok(Some(running))
}

/// Prints the table and the last line.
fn summary(results: &[Outcome], took: Duration) -> bool {
    headline("summary");
    let mut total = Counts::default();
    say(format!("{:<10} {:<6} {:>8} {:>8} {:>10}", "stage", "", "passed", "failed", "took"));
    for result in results {
        let mark = if result.counts.all_passed() { "ok" } else { "FAIL" };
        let Counts { passed, failed } = result.counts;
        let took = seconds(result.took);
        say(format!("{:<10} {mark:<6} {passed:>8} {failed:>8} {took:>10}", result.name));
        total = total + result.counts;
    }
    say(format!("{:<34} {:>10}\n", "", seconds(took)));
    say(format!("{} passed, {} failed", total.passed, total.failed));
    total.all_passed()
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_names_every_stage_runs() {
        assert_eq!(Wanted::read(&[]).unwrap().chosen(), Stage::ALL);
    }

    #[test]
    fn fast_leaves_the_browser_out() {
        let chosen = Wanted::read(&["--fast"]).unwrap().chosen();
        assert!(chosen.contains(&Stage::Tests) && !chosen.contains(&Stage::Pages));
    }

    #[test]
    fn a_stage_can_be_named_and_a_wrong_name_is_refused() {
        assert_eq!(Wanted::read(&["tidy"]).unwrap().chosen(), [Stage::Tidy]);
        assert!(Wanted::read(&["tydi"]).unwrap_err().to_string().contains("there are format"));
    }
}
