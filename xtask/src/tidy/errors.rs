//! Every code that a client can meet stands in `docs/errors.md`: a code is a text that a function
//! named `code` gives back.

use super::Finding;
use super::repository::{File, Repository};
use super::rust;

const REFERENCE: &str = "docs/errors.md";

/// Codes that the code base emits and the document does not explain.
pub(super) fn documented(repository: &Repository) -> Vec<Finding> {
    let Some(reference) = repository.at(REFERENCE) else { return Vec::new() };
    let explained: Vec<&str> = reference.text.split('`').skip(1).step_by(2).collect();
    let mut found = Vec::new();
    let ours = repository.ending("rs").filter(|file| file.of_crate() != Some("sandbox"));
    for file in ours.filter(|file| file.of_crate().is_some() && !file.is_test()) {
        for (line, code) in codes(file) {
            if !explained.contains(&code.as_str()) {
                let says = format!("{REFERENCE} does not explain `{code}`");
                found.push(Finding::new(&file.path, line, says));
            }
        }
    }
    found
}

/// The texts inside functions named `code`, with their lines.
fn codes(file: &File) -> Vec<(usize, String)> {
    let text: Vec<&str> = file.text.lines().collect();
    let code: Vec<&str> = file.code.lines().collect();
    let until = file.lines_before_tests();
    let functions = rust::functions(&file.code).into_iter().filter(|f| f.name == "code");
    functions
        .filter(|function| function.first_line <= until)
        .flat_map(|function| function.first_line..=function.last_line)
        .flat_map(|line| literals(text[line - 1], code[line - 1]).map(move |found| (line, found)))
        .collect()
}

/// The texts between the quotes of a line, found where the blanked line has its quotes.
pub(super) fn literals<'a>(text: &'a str, code: &'a str) -> impl Iterator<Item = String> + 'a {
    let quotes: Vec<usize> =
        code.chars().enumerate().filter(|(_, c)| *c == '"').map(|(at, _)| at).collect();
    let pairs: Vec<(usize, usize)> =
        quotes.chunks_exact(2).map(|pair| (pair[0] + 1, pair[1])).collect();
    pairs.into_iter().map(|(from, to)| text.chars().skip(from).take(to - from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unexplained_code_is_found() {
        let text = "impl E {\n    fn code(&self) -> &str {\n        match self {\n            \
            A => \"known\",\n            B => \"new\", // \"said\"\n        }\n    }\n}\n\
            fn other() -> &str { \"free\" }\n";
        let repository =
            Repository::of(&[("docs/errors.md", "| `known` | x |"), ("crates/a/src/e.rs", text)]);
        let expected =
            Finding::new("crates/a/src/e.rs", 5, "docs/errors.md does not explain `new`");
        assert_eq!(documented(&repository), [expected]);
    }

    #[test]
    fn without_the_document_there_is_nothing_to_hold_against() {
        let text = "fn code() -> &str { \"new\" }\n";
        assert_eq!(documented(&Repository::of(&[("crates/a/src/e.rs", text)])), []);
    }
}
