//! How long a file, a function, a line, a crate may be.

use std::collections::BTreeMap;

use super::Finding;
use super::repository::{Repository, numbered};
use super::rust;

const FILE_LINES_MAX: usize = 400;
/// For files that mirror something outside: another side's wire format, tables, catalogues.
const LISTING_LINES_MAX: usize = 600;
const INLINE_TEST_LINES_MAX: usize = 150;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_COLUMNS_MAX: usize = 100;
const CRATE_LINES_MAX: usize = 8_000;
/// All the pages in one crate: docs/adr/0014-the-api-moves-out.md, at its end.
const WEB_LINES_MAX: usize = 15_500;
/// All the providers in one crate: docs/adr/0010-sandbox-with-microsoft.md.
const SANDBOX_LINES_MAX: usize = 26_000;

/// Files, tests apart; long tests stand in a file of their own.
pub(super) fn files(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.ending("rs").filter(|file| !file.is_test()) {
        let listing = ["wire.rs", "table.rs", "tables.rs", "catalogue.rs"];
        let listing = listing.iter().any(|ending| file.path.ends_with(ending));
        let max = if listing { LISTING_LINES_MAX } else { FILE_LINES_MAX };
        let lines = file.lines_before_tests();
        if lines > max {
            found.push(Finding::new(&file.path, 1, format!("{lines} lines, at most {max}")));
        }
        let tests = file.text.lines().count() - lines;
        if tests > INLINE_TEST_LINES_MAX {
            let says = format!(
                "{tests} lines of tests inside, at most {INLINE_TEST_LINES_MAX}: \
                 move them to a tests.rs of their own"
            );
            found.push(Finding::new(&file.path, lines + 1, says));
        }
    }
    found
}

/// Functions, by their lines of code.
pub(super) fn functions(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.ending("rs") {
        let lines: Vec<&str> = file.code.lines().collect();
        for function in rust::functions(&file.code) {
            let body = &lines[function.first_line - 1..function.last_line];
            let length = body.iter().filter(|line| !line.trim().is_empty()).count();
            if length > FUNCTION_LINES_MAX {
                let says = format!(
                    "{} is {length} lines long, at most {FUNCTION_LINES_MAX}",
                    function.name
                );
                found.push(Finding::new(&file.path, function.first_line, says));
            }
        }
    }
    found
}

/// Lines of code. An address is not broken; a stylesheet keeps one rule to a line.
pub(super) fn lines(repository: &Repository) -> Vec<Finding> {
    let edited = ["rs", "sql", "js"];
    let mut found = Vec::new();
    for file in repository.files() {
        if !edited.iter().any(|ending| file.is(ending)) {
            continue;
        }
        for (number, line) in numbered(&file.text) {
            let columns = line.chars().count();
            let address = line.contains("https://") && line.trim_start().starts_with("//");
            if columns > LINE_COLUMNS_MAX && !address {
                let says = format!("{columns} columns, at most {LINE_COLUMNS_MAX}");
                found.push(Finding::new(&file.path, number, says));
            }
        }
    }
    found
}

/// Crates, tests apart.
pub(super) fn crates(repository: &Repository) -> Vec<Finding> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for file in repository.ending("rs").filter(|file| !file.is_test()) {
        if let Some(name) = file.of_crate() {
            *sizes.entry(name).or_default() += file.lines_before_tests();
        }
    }
    let max = |name: &str| match name {
        "web" => WEB_LINES_MAX,
        "sandbox" => SANDBOX_LINES_MAX,
        _ => CRATE_LINES_MAX,
    };
    let large = sizes.into_iter().filter(|(name, lines)| *lines > max(name));
    large
        .map(|(name, lines)| {
            let says = format!("{lines} lines, at most {}", max(name));
            Finding::new(&format!("crates/{name}"), 1, says)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> String {
        "let a = 1;\n".repeat(count)
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_are_not_counted() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", rows(100));
        let fits = format!("{}{tests}", rows(400));
        let long = format!("{}{tests}", rows(401));
        let repository = Repository::of(&[("a.rs", &fits), ("b.rs", &long), ("wire.rs", &long)]);
        let found = files(&repository);
        assert_eq!(found, [Finding::new("b.rs", 1, "401 lines, at most 400")]);
    }

    #[test]
    fn long_tests_inside_are_found() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", rows(150));
        assert_eq!(files(&Repository::of(&[("a.rs", &tests)])).len(), 1);
    }

    #[test]
    fn a_long_function_is_found_and_its_comments_are_not_counted() {
        let body = |count| format!("fn f() {{\n// why\n\n{}}}\n", rows(count));
        let repository = Repository::of(&[("fits.rs", &body(68)), ("long.rs", &body(69))]);
        assert_eq!(
            functions(&repository),
            [Finding::new("long.rs", 1, "f is 71 lines long, at most 70")]
        );
    }

    #[test]
    fn a_wide_line_is_found_and_an_address_is_not() {
        let wide = format!("ok\n{}\n// https://{}\n", "x".repeat(101), "y".repeat(101));
        let found = lines(&Repository::of(&[("a.rs", &wide), ("a.md", &wide)]));
        assert_eq!(found, [Finding::new("a.rs", 2, "101 columns, at most 100")]);
    }

    #[test]
    fn a_large_crate_is_found() {
        let part = rows(390);
        let paths: Vec<String> = (0..21).map(|n| format!("crates/x/src/f{n}.rs")).collect();
        let all: Vec<(&str, &str)> = paths.iter().map(|p| (p.as_str(), part.as_str())).collect();
        assert_eq!(crates(&Repository::of(&all[..20])), []);
        assert_eq!(crates(&Repository::of(&all)).len(), 1);
    }
}
