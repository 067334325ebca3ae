//! Names that say nothing, and files that do not say what they are.

use super::Finding;
use super::repository::Repository;
use super::rust;

/// Words that could stand in any name, and so say nothing in one.
const EMPTY: &[&str] = &[
    "manager", "service", "helper", "helpers", "util", "utils", "common", "misc", "base", "info",
    "data", "item", "process", "perform", "do",
];

/// Standard terms that hold one of these words and do say something.
const TERMS: &[&str] = &["in_process"];

/// Names of types, functions, modules and files. A test's name is a sentence, and free; an
/// associated type is named by its trait.
pub(super) fn names(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.ending("rs") {
        if let Some(word) = empty_word(file.name().trim_end_matches(".rs")) {
            found.push(Finding::new(
                &file.path,
                1,
                format!("`{word}` says nothing in a file name"),
            ));
        }
        let until = if file.is_test() { 0 } else { file.lines_before_tests() };
        for definition in rust::definitions(&file.code) {
            let Some(word) = empty_word(&definition.name) else { continue };
            let of_trait = definition.keyword == "type" && definition.indented;
            if of_trait || TERMS.contains(&definition.name.as_str()) {
                continue;
            }
            if definition.line <= until {
                let says = format!("`{word}` says nothing in `{}`", definition.name);
                found.push(Finding::new(&file.path, definition.line, says));
            }
        }
    }
    found
}

fn empty_word(name: &str) -> Option<String> {
    parts(name).into_iter().find(|part| EMPTY.contains(&part.as_str()))
}

/// The words of a `snake_case`, `CamelCase` or `LOUD_CASE` name, in lower case.
pub(super) fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = '_';
    for c in name.chars() {
        let new_word = c == '_' || (c.is_uppercase() && before.is_lowercase());
        if new_word {
            parts.push(String::new());
        }
        if c != '_'
            && let Some(last) = parts.last_mut()
        {
            last.extend(c.to_lowercase());
        }
        before = c;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Each Rust file opens with what lives there.
pub(super) fn openings(repository: &Repository) -> Vec<Finding> {
    let silent = |text: &str| !text.starts_with("//!");
    let files = repository.ending("rs").filter(|file| silent(&file.text));
    files.map(|file| Finding::new(&file.path, 1, "does not open with //!")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_into_words() {
        assert_eq!(parts("HttpUtil"), ["http", "util"]);
        assert_eq!(parts("do_it_BASE64"), ["do", "it", "base64"]);
    }

    #[test]
    fn an_empty_word_in_a_name_is_found() {
        let text = "struct EventManager;\nfn undo() {}\nfn process_row() {}\nlet info = 1;\n\
            impl Iterator for A {\n    type Item = u8;\n}\nfn in_process() {}\n";
        let found = names(&Repository::of(&[("crates/a/src/row_utils.rs", text)]));
        let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 1, 3]);
    }

    #[test]
    fn the_name_of_a_test_is_free() {
        let text = "#[cfg(test)]\nmod tests {\n    fn no_data_is_no_item() {}\n}\n";
        assert_eq!(names(&Repository::of(&[("a.rs", text)])), []);
    }

    #[test]
    fn a_silent_file_is_found() {
        let repository = Repository::of(&[("a.rs", "//! Says."), ("b.rs", "use x;")]);
        assert_eq!(openings(&repository), [Finding::new("b.rs", 1, "does not open with //!")]);
    }
}
