//! The museum of other people's bugs: which of its rows have a test of ours. Not a rule; a count.

use std::collections::BTreeMap;

use super::repository::Repository;
use super::rust;

/// How many exhibits there are.
const ROWS: u8 = 40;

/// Each row that has tests, with how many.
fn rows(repository: &Repository) -> BTreeMap<u8, usize> {
    let mut rows = BTreeMap::new();
    for file in repository.ending("rs") {
        for function in rust::functions(&file.code) {
            let number = function.name.strip_prefix("museum_").and_then(|rest| rest.get(..2));
            if let Some(row) = number.and_then(|number| number.parse().ok()) {
                *rows.entry(row).or_default() += 1;
            }
        }
    }
    rows
}

/// In one line: what is covered, and what is not.
pub(super) fn summary(repository: &Repository) -> String {
    let rows = rows(repository);
    let tests: usize = rows.values().sum();
    let list = |covered: bool| {
        let wanted = (1..=ROWS).filter(|row| rows.contains_key(row) == covered);
        wanted.map(|row| row.to_string()).collect::<Vec<_>>().join(" ")
    };
    format!(
        "museum: {} of {ROWS} rows have {tests} tests ({}); without: {}",
        rows.len(),
        list(true),
        list(false)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_tests_are_counted() {
        let text = "fn museum_07_a() {}\nfn museum_07_b() {}\nfn museum_40_c() {}\nfn x() {}\n";
        let rows = rows(&Repository::of(&[("a.rs", text)]));
        assert_eq!(rows, BTreeMap::from([(7, 2), (40, 1)]));
    }
}
