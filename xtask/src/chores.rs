//! Chores that are a test of a crate, run with a variable that makes it do more.

use std::process::Command;

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
}

/// `cargo xtask simulate`: the simulation of `sync`, over more seeds than a test run has time for.
pub(crate) fn simulate(words: &[&str]) -> Result<bool> {
    let Seeds { count, first } = Seeds::read(words)?;
    say(format!("simulating {count} worlds, from seed {first}"));
    let mut command =
        cargo(&["test", "--package", "sync", "--test", "simulation", "--", "--nocapture"]);
    command.env("DAYMARK_SIMULATION_SEEDS", count.to_string());
    command.env("DAYMARK_SIMULATION_FROM", first.to_string());
    shell::run(&mut command)
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
}
