//! The rules that hold the repository to `ARCHITECTURE.md`, where neither the compiler nor clippy
//! can: each rule is a function from the repository to what it finds.

mod errors;
mod failures;
mod gate;
mod glossary;
mod links;
mod marks;
mod museum;
mod orphans;
mod repository;
mod rust;
mod sizes;
mod walls;
mod words;

use std::fmt;

use anyhow::Result;

use crate::house;
use crate::say::say;
use repository::Repository;

/// One thing that a rule found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    says: String,
}

impl Finding {
    fn new(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, says: says.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.says)
    }
}

type Rule = (&'static str, fn(&Repository) -> Vec<Finding>);

const RULES: &[Rule] = &[
    ("files are short", sizes::files),
    ("functions are short", sizes::functions),
    ("lines fit the page", sizes::lines),
    ("crates are small", sizes::crates),
    ("crates know only what lies below", walls::manifests),
    ("paths respect the walls", walls::paths),
    ("the domain has no serde", walls::serde),
    ("details leave through one gate", gate::asks),
    ("names say something", words::names),
    ("every file says what it is", words::openings),
    ("the glossary's words are used", glossary::names),
    ("spellings are the glossary's", glossary::spellings),
    ("links lead somewhere", links::targets),
    ("each document has one title", links::titles),
    ("nothing is left for later", marks::promises),
    ("no test is ignored", marks::ignored),
    ("every file is used", orphans::files),
    ("everything public is used", orphans::publics),
    ("every code is documented", errors::documented),
    ("every word of a provider is documented", failures::documented),
];

/// Everything that the rules find in the repository at `root`.
fn findings(repository: &Repository) -> Vec<(&'static str, Vec<Finding>)> {
    RULES.iter().map(|(name, rule)| (*name, rule(repository))).collect()
}

/// `cargo xtask tidy`: prints every finding, and how the museum stands.
pub(crate) fn command() -> Result<bool> {
    let repository = Repository::read(&house::root())?;
    let mut clean = true;
    for (rule, found) in findings(&repository) {
        let mark = if found.is_empty() { "ok  " } else { "FAIL" };
        say(format!("{mark} {rule}"));
        for finding in &found {
            say(format!("     {finding}"));
        }
        clean &= found.is_empty();
    }
    say(format!("     {}", museum::summary(&repository)));
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_its_own_rules() {
        let repository = Repository::read(&house::root()).unwrap();
        let broken: Vec<String> = findings(&repository)
            .into_iter()
            .flat_map(|(rule, found)| found.into_iter().map(move |f| format!("{rule}: {f}")))
            .collect();
        assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    }
}
