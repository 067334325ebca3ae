//! Every word and every number of a provider that decides what its failure means stands in
//! `docs/failures.md`, whose rows are played to the adapters.

use super::Finding;
use super::errors::literals;
use super::repository::{File, Repository};
use super::rust;

const REFERENCE: &str = "docs/failures.md";
/// Where adapters decide.
const FILES: &[&str] = &[
    "crates/caldav/src/error.rs",
    "crates/google/src/error.rs",
    "crates/google/src/token.rs",
    "crates/microsoft/src/error.rs",
    "crates/microsoft/src/sign_in/reason.rs",
];
/// The functions there that know words.
const DECIDE: &[&str] = &[
    "by_number",
    "by_suberror",
    "by_word",
    "is_without_mailbox",
    "not_refreshed",
    "of_account",
    "of_answer",
    "of_changes",
    "of_status",
    "reason",
    "refusal",
    "refused",
    "set_up",
];
/// A number of fewer digits is a status.
const DIGITS_MIN: usize = 5;

/// Words that adapters know and the document does not have.
pub(super) fn documented(repository: &Repository) -> Vec<Finding> {
    let Some(reference) = repository.at(REFERENCE) else { return Vec::new() };
    let text = reference.text.to_lowercase();
    let spans: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let has = |word: &str| spans.iter().any(|span| words_of(span).any(|known| known == word));
    let mut found = Vec::new();
    for file in FILES.iter().filter_map(|path| repository.at(path)) {
        let known = known(file);
        if known.is_empty() {
            found.push(Finding::new(&file.path, 1, "no word of its provider was found in it"));
        }
        for (line, word) in known.iter().filter(|(_, word)| !has(&word.to_lowercase())) {
            let says = format!("{REFERENCE} has no row with `{word}`");
            found.push(Finding::new(&file.path, *line, says));
        }
    }
    found
}

/// The words of a span; a body of JSON has several.
fn words_of(span: &str) -> impl Iterator<Item = &str> {
    span.split(|c: char| !is_part(c)).filter(|word| !word.is_empty())
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// What the deciding functions of a file know, with the lines.
fn known(file: &File) -> Vec<(usize, String)> {
    let (text, code): (Vec<&str>, Vec<&str>) =
        (file.text.lines().collect(), file.code.lines().collect());
    let until = file.lines_before_tests();
    let functions = rust::functions(&file.code).into_iter();
    let deciding = functions.filter(|it| DECIDE.contains(&&*it.name) && it.first_line <= until);
    let mut known = Vec::new();
    for function in deciding {
        for line in function.first_line..=function.last_line {
            let words = literals(text[line - 1], code[line - 1]).filter(|word| is_word(word));
            let numbers = numbers(code[line - 1]);
            known.extend(words.chain(numbers).map(|word| (line, word)));
        }
    }
    known
}

/// One word, and not the beginning of a sentence.
fn is_word(text: &str) -> bool {
    text.len() > 5 && text.chars().all(is_part)
}

/// Long numbers in a line of code, as Microsoft writes them.
fn numbers(code: &str) -> impl Iterator<Item = String> {
    let parts = code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let digits = parts.map(|part| part.replace('_', ""));
    digits
        .filter(|part| part.len() >= DIGITS_MIN && part.bytes().all(|b| b.is_ascii_digit()))
        .map(|part| format!("AADSTS{part}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let table =
            "| 1 | `403` `rateLimitExceeded` `{\"error\":\"invalid_grant\"}` `AADSTS50034` |";
        let repository = Repository::of(&[(REFERENCE, table), (path, text)]);
        documented(&repository).into_iter().map(|found| found.says).collect()
    }

    #[test]
    fn a_word_without_a_row_is_found() {
        let text = "fn of_answer() {\n    match x {\n        (403, \"rateLimitExceeded\" | \
            \"newReason\") => say(\"It said no.\"),\n        \
            (400, \"Invalid_Grant\") => y,\n    }\n}\nfn other() -> &str { \"anything\" }\n";
        let says = findings("crates/google/src/error.rs", text);
        assert_eq!(says, ["docs/failures.md has no row with `newReason`"]);
    }

    #[test]
    fn a_number_without_a_row_is_found() {
        let text = "fn by_number(code: i64) {\n    match code {\n        \
            50_034 | 65_001 => X,\n        _ => return 401,\n    }\n}\n";
        let says = findings("crates/microsoft/src/sign_in/reason.rs", text);
        assert_eq!(says, ["docs/failures.md has no row with `AADSTS65001`"]);
    }

    #[test]
    fn a_file_where_nothing_is_found_any_more_is_told() {
        let says = findings("crates/caldav/src/error.rs", "fn elsewhere() {}\n");
        assert_eq!(says, ["no word of its provider was found in it"]);
    }
}
