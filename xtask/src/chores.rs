//! Chores that are a test of a crate, run with a variable that makes it do more.

use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::house;
use crate::say::say;
use crate::shell;

/// Cargo, in the root of the repository.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(house::variable("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).current_dir(house::root());
    command
}

/// Builds `daymark` as the tests do.
///
/// Here as in all stages of `test`: the same packages and the same kinds of target are chosen, and
/// the dependencies have the same features, so nothing is compiled twice.
pub(crate) fn build_program() -> Command {
    cargo(&["build", "--quiet", "--workspace", "--bins", "--examples"])
}

/// What `--seeds N [--from S]` asks for.
#[derive(Debug, PartialEq, Eq)]
struct Seeds {
    count: u64,
    first: u64,
}

impl Seeds {
    fn read(words: &[&str]) -> Result<Self> {
        let mut seeds = Self { count: 20, first: 1 };
        for pair in words.chunks(2) {
            let [name, value] = pair else { bail!("{} needs a number", pair[0]) };
            let number =
                || value.parse().with_context(|| format!("{name} takes a number, not {value}"));
            match *name {
                "--seeds" => seeds.count = number()?,
                "--from" => seeds.first = number()?,
                _ => bail!("unknown: {name}; there are --seeds and --from"),
            }
        }
        Ok(seeds)
    }

    /// In so many shares, each in one piece; those without a seed are left out.
    fn split(&self, hands: u64) -> Vec<Self> {
        let hands = hands.clamp(1, self.count.max(1));
        let begin = |nth: u64| self.count * nth / hands;
        let share =
            |nth| Self { count: begin(nth + 1) - begin(nth), first: self.first + begin(nth) };
        (0..hands).map(share).collect()
    }
}

/// `cargo xtask simulate`: the stories of `sync`, over more seeds than a test run has time for, in
/// as many processes as there are processors. They are built to be fast.
pub(crate) fn simulate(words: &[&str]) -> Result<bool> {
    let seeds = Seeds::read(words)?;
    say(format!("simulating {} worlds, from seed {}", seeds.count, seeds.first));
    if !shell::run(&mut stories(&["--no-run"]))? {
        return Ok(false);
    }
    let hands = thread::available_parallelism().map_or(1, |it| it.get() as u64);
    let mut running = Vec::new();
    for (nth, share) in seeds.split(hands).iter().enumerate() {
        let mut command = on_processor(nth, &stories(&["--", "--nocapture"]));
        command.env("DAYMARK_SIMULATION_SEEDS", share.count.to_string());
        command.env("DAYMARK_SIMULATION_FROM", share.first.to_string());
        running.push(command.spawn().with_context(|| shell::line(&command))?);
    }
    let mut good = true;
    for mut share in running {
        good &= share.wait()?.success();
    }
    Ok(good)
}

/// The same command, kept to one processor where that can be had: a story and the thread of its
/// store wake each other all the time, which costs half as much there; and less again where who
/// wakes another goes on with what it does.
fn on_processor(nth: usize, command: &Command) -> Command {
    let nth = nth.to_string();
    let ways = [["taskset", "--cpu-list", nth.as_str()], ["chrt", "--batch", "0"]];
    let is_possible =
        |way: &&[&str; 3]| shell::output(Command::new(way[0]).args(&way[1..]).arg("true")).is_ok();
    let mut kept = Command::new("env");
    kept.args(ways.iter().filter(is_possible).flatten());
    kept.arg(command.get_program()).args(command.get_args());
    kept.current_dir(house::root());
    kept
}

fn stories(rest: &[&str]) -> Command {
    let mut command = cargo(&["test", "--quiet", "--profile", "simulation", "--package", "sync"]);
    command.args(["--test", "simulation", "--test", "story", "--no-fail-fast"]).args(rest);
    command
}

/// `cargo xtask schema`: writes the whole schema on one page, from the migrations.
pub(crate) fn schema() -> Result<bool> {
    let mut command = cargo(&["test", "--quiet", "--package", "store", "schema"]);
    shell::run(command.env("DAYMARK_WRITE_SCHEMA", "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_and_wrong_words_refused() {
        let read = Seeds::read(&["--seeds", "500", "--from", "7"]).unwrap();
        assert_eq!(read, Seeds { count: 500, first: 7 });
        assert!(Seeds::read(&["--seeds"]).is_err());
        assert!(Seeds::read(&["--seeds", "many"]).is_err());
        assert!(Seeds::read(&["--sedes", "1"]).is_err());
    }

    #[test]
    fn shares_are_all_the_seeds_and_no_more() {
        let split = |count, hands| {
            let shares = Seeds { count, first: 5 }.split(hands);
            shares.iter().map(|it| (it.first, it.count)).collect::<Vec<_>>()
        };
        assert_eq!(split(1_000, 2), [(5, 500), (505, 500)]);
        assert_eq!(split(5, 3), [(5, 1), (6, 2), (8, 2)]);
        assert_eq!(split(1, 8), [(5, 1)]);
    }
}
