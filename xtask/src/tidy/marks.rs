//! Nothing is left for later without an issue, and no test sleeps.

use super::Finding;
use super::links::prose;
use super::repository::{File, Repository, numbered};

const MARKS: &[&str] = &["TODO", "FIXME", "XXX"];

/// A mark for later must name its issue, as in `TODO(#12)`.
pub(super) fn promises(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.files() {
        for (number, line) in remarks(file) {
            let mark =
                MARKS.iter().find(|mark| line.split(not_a_letter).any(|word| word == **mark));
            if let Some(mark) = mark.filter(|_| !names_an_issue(&line)) {
                found.push(Finding::new(&file.path, number, format!("{mark} without an issue")));
            }
        }
    }
    found
}

fn not_a_letter(c: char) -> bool {
    !c.is_alphanumeric()
}

fn names_an_issue(line: &str) -> bool {
    let mut after = line.split('#').skip(1);
    after.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Where a remark can stand: comments of Rust, prose of documents, anything elsewhere.
fn remarks(file: &File) -> Vec<(usize, String)> {
    if file.is("rs") {
        numbered(&file.comments).map(|(n, line)| (n, super::glossary::without_code(line))).collect()
    } else if file.is("md") {
        prose(&file.text).collect()
    } else if ["sql", "js", "css", "toml", "sh"].iter().any(|end| file.is(end)) {
        numbered(&file.text).map(|(n, line)| (n, line.to_owned())).collect()
    } else {
        Vec::new()
    }
}

/// No ignored tests: assert the wrong answer and say so.
pub(super) fn ignored(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.ending("rs") {
        for (number, line) in numbered(&file.code) {
            if line.trim_start().starts_with("#[ignore") {
                found.push(Finding::new(&file.path, number, "an ignored test"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_without_an_issue_is_found() {
        let text = "// TODO: mend\n// TODO(#12): mend\n// `TODO` is a word\nlet a = \"TODO\";\n";
        let repository = Repository::of(&[("a.rs", text), ("a.css", "/* FIXME */"), ("b", "XXX")]);
        let found: Vec<_> = promises(&repository);
        let places: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.line)).collect();
        assert_eq!(places, [("a.rs", 1), ("a.css", 1)]);
    }

    #[test]
    fn an_ignored_test_is_found() {
        let text = "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n// #[ignore]\n";
        let found = ignored(&Repository::of(&[("a.rs", text)]));
        assert_eq!(found, [Finding::new("a.rs", 2, "an ignored test")]);
    }
}
