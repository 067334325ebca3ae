//! docs/benchmarks.md: what was measured, on which machine, by which command. Each bench writes
//! its own section; sections of benches that did not run now are kept from before.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::house;
use crate::say::say;
use crate::shell;

const HEAD: &str = "\
# Benchmarks

Written by `cargo xtask bench`. Each section was measured in one run, so its ratios hold although
machines differ; `cargo xtask bench NAME` measures one section anew.
The events are made by `xtask/src/bench/events.rs`: of ten, one repeats, six carry a zone of their
own, a third stand in UTC, half have guests.
";

/// A table of what was measured.
pub(super) struct Table {
    text: String,
}

impl Table {
    pub(super) fn new(columns: &[&str]) -> Self {
        let line = vec!["---"; columns.len()];
        Self { text: format!("| {} |\n|{}|\n", columns.join(" | "), line.join("|")) }
    }

    pub(super) fn row(&mut self, cells: &[&str]) {
        let row = format!("| {} |", cells.join(" | "));
        say(&row);
        self.text.push_str(&row);
        self.text.push('\n');
    }
}

/// The section of one bench, as it stands in the page.
pub(super) fn section(name: &str, title: &str, says: &str, table: &Table) -> Result<String> {
    let mut text = format!("## {title}\n\n{says}\n\n{}\n", table.text);
    writeln!(text, "`cargo xtask bench {name}`, {}", machine()?)?;
    Ok(text)
}

/// Writes the section of what was measured at that commit into the page, among those of `names`
/// that stand there, in their order.
pub(super) fn write(name: &str, measured: (&str, &str), names: &[&str]) -> Result<()> {
    let (section, commit) = measured;
    let section = format!("{}, commit {commit}.\n", section.trim_end().trim_end_matches('.'));
    let path = house::root().join("docs/benchmarks.md");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let mut page = HEAD.to_owned();
    for one in names {
        let stands = if *one == name { Some(section.clone()) } else { section_of(&before, one) };
        if let Some(stands) = stands {
            page.push('\n');
            page.push_str(&stands);
        }
    }
    fs::write(&path, page).with_context(|| format!("writing {}", path.display()))
}

/// The section of a bench in a page that was written before.
fn section_of(page: &str, name: &str) -> Option<String> {
    let sign = format!("\n`cargo xtask bench {name}`, ");
    let sections = page.split("\n## ").skip(1);
    let mut found = sections.filter(|section| format!("{section}\n").contains(&sign));
    found.next().map(|section| format!("## {}\n", section.trim_end()))
}

/// What is checked out: asked before the program is built, as work may go on while it is measured.
pub(super) fn commit() -> String {
    let mut commit = Command::new("git");
    commit.args(["rev-parse", "--short", "HEAD"]).current_dir(house::root());
    let commit = shell::output(&mut commit).unwrap_or_else(|_| "unknown".into());
    commit.trim().to_owned()
}

/// The day and the machine.
fn machine() -> Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let day = shell::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    Ok(format!(
        "{}, {cores} cores of {}.",
        day.trim(),
        model.map_or("an unknown processor", |(_, name)| name)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_again_by_its_command() {
        let page = format!(
            "{HEAD}\n## One\n\nx\n\n`cargo xtask bench one`, today.\n\n## Two\n\ny\n\n\
             `cargo xtask bench two`, today.\n"
        );
        let found = section_of(&page, "two").unwrap();
        assert_eq!(found, "## Two\n\ny\n\n`cargo xtask bench two`, today.\n");
        assert_eq!(section_of(&page, "three"), None);
    }
}
