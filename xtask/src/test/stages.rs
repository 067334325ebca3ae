//! The stages of `cargo xtask test`, and what each runs.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use super::counts::{self, Counts};
use super::servers::{PASSWORD, Servers};
use super::setup::Tools;
use crate::chores::{build_program, cargo};
use crate::house;
use crate::say::say;
use crate::shell;
use crate::tidy;

/// One part of the whole check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Format,
    Clippy,
    Tidy,
    Tests,
    Docs,
    Pages,
}

impl Stage {
    /// In the order in which they run.
    pub(super) const ALL: [Self; 6] =
        [Self::Format, Self::Clippy, Self::Tidy, Self::Tests, Self::Docs, Self::Pages];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Clippy => "clippy",
            Self::Tidy => "tidy",
            Self::Tests => "tests",
            Self::Docs => "docs",
            Self::Pages => "pages",
        }
    }

    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Format => "is everything formatted?",
            Self::Clippy => "no warning, anywhere",
            Self::Tidy => "sizes, walls, words, links",
            Self::Tests => "units, properties, both databases, real servers",
            Self::Docs => "the documentation builds, its examples run",
            Self::Pages => "the pages in a real browser",
        }
    }

    pub(super) fn needs_servers(self) -> bool {
        matches!(self, Self::Tests)
    }

    pub(super) fn needs_browser(self) -> bool {
        matches!(self, Self::Pages)
    }
}

/// What the tests are told through variables.
#[derive(Default)]
pub(super) struct Environment {
    variables: Vec<(&'static str, String)>,
}

impl Environment {
    pub(super) fn servers(&mut self, servers: &Servers) {
        self.variables.extend([
            // With this, a test that finds its server missing fails instead of saying so.
            ("DAYMARK_TEST_SERVERS", "required".to_owned()),
            ("DAYMARK_TEST_POSTGRES_URL", servers.postgres.clone()),
            ("DAYMARK_TEST_RADICALE_URL", servers.radicale.clone()),
            ("DAYMARK_TEST_XANDIKOS_URL", servers.xandikos.clone()),
            ("DAYMARK_TEST_CALDAV_PASSWORD", PASSWORD.to_owned()),
            ("DAYMARK_TEST_MYWORLD_URL", servers.myworld.clone()),
            ("DAYMARK_TEST_SMTP_URL", servers.mail.url.clone()),
            ("DAYMARK_TEST_LETTERS", servers.mail.letters.clone()),
            ("DAYMARK_TEST_EMULATE_URL", servers.emulate_google.clone()),
            ("DAYMARK_TEST_ENTRA_URL", servers.emulate_microsoft.clone()),
        ]);
    }

    pub(super) fn libraries(&mut self, tools: &Tools) {
        let python = tools.libraries.as_ref().map(|programs| programs.join("python"));
        self.tell("DAYMARK_TEST_LIBRARIES_PYTHON", python.as_ref());
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str()))
    }

    pub(super) fn browser(&mut self, tools: &Tools) {
        self.tell("DAYMARK_TEST_CHROMIUM", tools.chromium.as_ref());
        self.tell("DAYMARK_TEST_CHROMEDRIVER", tools.chromedriver.as_ref());
    }

    fn tell(&mut self, name: &'static str, place: Option<&PathBuf>) {
        self.variables.extend(place.map(|place| (name, place.display().to_string())));
    }
}

/// Runs one stage to its end.
pub(super) fn run(stage: Stage, environment: &Environment) -> Result<Counts> {
    match stage {
        Stage::Format => check(cargo(&["fmt", "--all", "--check"])),
        Stage::Clippy => check(cargo(&[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])),
        Stage::Tidy => Ok(one(tidy::command()?)),
        Stage::Tests => tests(environment),
        Stage::Docs => docs(),
        Stage::Pages => pages(environment),
    }
}

/// A stage that passes or fails as one.
fn one(passed: bool) -> Counts {
    if passed { Counts::passed(1) } else { Counts::failed(1) }
}

fn check(mut command: Command) -> Result<Counts> {
    say(shell::line(&command));
    Ok(one(shell::run(&mut command)?))
}

fn tests(environment: &Environment) -> Result<Counts> {
    runner(Packages::AllButPages, environment)
}

/// The browser drives the program itself, so it is built first.
fn pages(environment: &Environment) -> Result<Counts> {
    if !shell::run(&mut build_program())? {
        bail!("the program does not build");
    }
    runner(Packages::Pages, environment)
}

fn docs() -> Result<Counts> {
    let mut pages = cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    pages.args(["--lib", "--bins", "--examples"]);
    pages.env("RUSTDOCFLAGS", "-D warnings");
    let written = check(pages)?;
    let examples = cargo(&["test", "--quiet", "--workspace", "--doc"]);
    Ok(written + counted(examples, |line| say(line))?)
}

/// Whose tests run.
#[derive(Clone, Copy)]
enum Packages {
    AllButPages,
    Pages,
}

impl Packages {
    /// For `cargo nextest`, which compiles all and runs some.
    fn filter(self) -> [&'static str; 3] {
        match self {
            Self::AllButPages => ["--workspace", "--filterset", "not package(pages)"],
            Self::Pages => ["--workspace", "--filterset", "package(pages)"],
        }
    }

    /// For `cargo test`, which has no such filter.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::AllButPages => &["--workspace", "--exclude", "pages"],
            Self::Pages => &["--package", "pages"],
        }
    }
}

/// `cargo nextest` where it is, else `cargo test`.
fn runner(packages: Packages, environment: &Environment) -> Result<Counts> {
    let nextest = house::program(&["cargo-nextest"], &[]).is_some();
    let words: &[&str] = if nextest {
        &["nextest", "run", "--no-fail-fast", "--status-level=fail", "--show-progress=none"]
    } else {
        &["test", "--quiet", "--no-fail-fast", "--lib", "--bins", "--tests"]
    };
    let mut command = cargo(words);
    if nextest {
        command.args(packages.filter());
    } else {
        command.args(packages.names());
    }
    command.envs(environment.variables());
    // A snapshot that differs is a failure, never a file to be accepted later.
    command.env("INSTA_UPDATE", "no");
    counted(command, |line| say(line))
}

/// Runs it, passes its output on line by line, and counts what the lines say.
fn counted(mut command: Command, pass_on: fn(&str)) -> Result<Counts> {
    let typed = shell::line(&command);
    pass_on(&typed);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("starting `{typed}`"))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let counts = thread::scope(|scope| {
        let out = scope.spawn(|| count_lines(out, pass_on));
        let err = scope.spawn(|| count_lines(err, pass_on));
        out.join().unwrap_or_default() + err.join().unwrap_or_default()
    });
    let succeeded = child.wait()?.success();
    // A run that ends badly without naming a test did not compile.
    Ok(counts + Counts::failed(usize::from(!succeeded && counts.all_passed())))
}

fn count_lines(output: Option<impl Read>, pass_on: fn(&str)) -> Counts {
    let Some(output) = output else { return Counts::default() };
    let mut counts = Counts::default();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        counts = counts + counts::of_line(&line);
        pass_on(&line);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_fails_without_naming_a_test_is_one_failure() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo 'test result: ok. 2 passed; 0 failed'; exit 101"]);
        assert_eq!(counted(command, |_| ()).unwrap(), Counts { passed: 2, failed: 1 });
    }

    #[test]
    fn both_outputs_are_counted() {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "echo 'test result: ok. 2 passed; 0 failed'
            echo 'Summary [ 1s] 5 tests run: 4 passed, 1 failed, 0 skipped' >&2; exit 100",
        ]);
        assert_eq!(counted(command, |_| ()).unwrap(), Counts { passed: 6, failed: 1 });
    }
}
