//! `cargo xtask bench`: how fast, beside what others need for the same in the same run. Writes
//! `docs/benchmarks.md`.

mod banner;
mod change;
mod curl;
mod events;
mod expand;
mod google;
mod hooks;
mod idle;
mod page;
mod program;
mod pull;
mod radicale;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::say::headline;
use crate::test::{servers, setup};

/// What a bench needs that takes long to make.
struct Bench {
    /// The release build of `daymark`.
    binary: PathBuf,
    /// The folder of Radicale's programs.
    caldav: PathBuf,
}

impl Bench {
    fn new() -> Result<Self> {
        Ok(Self { binary: program::build()?, caldav: setup::caldav_servers()? })
    }
}

/// One section of the page.
struct Section {
    name: &'static str,
    measure: fn() -> Result<String>,
}

const SECTIONS: &[Section] = &[
    Section { name: "pull", measure: pull::measure },
    Section { name: "change", measure: change::measure },
    Section { name: "expand", measure: expand::measure },
    Section { name: "idle", measure: idle::measure },
    Section { name: "google", measure: google::first_pull },
    Section { name: "ring", measure: google::rings },
    Section { name: "hooks", measure: hooks::answers },
    Section { name: "push", measure: google::idle },
    Section { name: "banner", measure: banner::told },
];

/// Runs the benches that are named, or all.
pub(crate) fn command(words: &[&str]) -> Result<bool> {
    let names: Vec<&str> = SECTIONS.iter().map(|section| section.name).collect();
    if let Some(unknown) = words.iter().find(|word| !names.contains(word)) {
        bail!("no bench is called `{unknown}`; there are {}", names.join(", "));
    }
    servers::stop_on_signal()?;
    for section in SECTIONS {
        if words.is_empty() || words.contains(&section.name) {
            headline(section.name);
            let commit = page::commit();
            let measured = (section.measure)();
            servers::clean_up();
            page::write(section.name, (&measured?, &commit), &names)?;
        }
    }
    Ok(true)
}

/// The one in the middle.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn ratio(ours: Duration, theirs: Duration) -> String {
    format!("{:.2}", ours.as_secs_f64() / theirs.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!(median([9, 1, 5].map(Duration::from_secs).to_vec()), Duration::from_secs(5));
        assert_eq!(median(Vec::new()), Duration::ZERO);
    }
}
