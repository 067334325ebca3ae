//! One word, one thing: the tables of `docs/glossary.md`, held against names and prose.

use super::Finding;
use super::links::prose;
use super::repository::{Repository, numbered};
use super::{rust, words};

const GLOSSARY: &str = "docs/glossary.md";
/// The heading above the table of words, and the one above the table of spellings.
const WORDS: &str = "## Words";
const SPELLINGS: &str = "## Spellings";

/// One thing, and how it is not to be called.
struct Entry<'a> {
    says: &'a str,
    not: Vec<&'a str>,
}

/// The rows of the table under `heading`: its first column, and the code words of its last.
fn entries<'a>(repository: &'a Repository, heading: &str) -> Vec<Entry<'a>> {
    let Some(glossary) = repository.at(GLOSSARY) else { return Vec::new() };
    let below = glossary.text.lines().skip_while(|line| *line != heading).skip(1);
    let table = below.take_while(|line| !line.starts_with("## "));
    let rows = table.filter(|line| line.starts_with("| ") && !line.starts_with("| -"));
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let not = cells.last()?.split('`').skip(1).step_by(2).collect();
        Some(Entry { says: cells.first()?.trim_matches('*'), not })
    })
    .collect()
}

/// Names of types, of files, and headings of documents.
pub(super) fn names(repository: &Repository) -> Vec<Finding> {
    let entries = entries(repository, WORDS);
    let wrong = |name: &str| {
        let parts = words::parts(name);
        entries.iter().find_map(|entry| {
            let not = entry.not.iter().find(|not| parts.iter().any(|part| part == *not))?;
            Some(format!("`{not}` is called {} here (docs/glossary.md)", entry.says))
        })
    };
    let mut found = Vec::new();
    for file in repository.ending("rs") {
        if let Some(says) = wrong(file.name().trim_end_matches(".rs")) {
            found.push(Finding::new(&file.path, 1, says));
        }
        let types = ["struct", "enum", "trait", "type"];
        for definition in rust::definitions(&file.code) {
            if types.contains(&definition.keyword.as_str())
                && let Some(says) = wrong(&definition.name)
            {
                found.push(Finding::new(&file.path, definition.line, says));
            }
        }
    }
    for file in repository.ending("md") {
        for (number, line) in prose(&file.text).filter(|(_, line)| line.starts_with('#')) {
            let heading = line.replace(|c: char| !c.is_alphanumeric(), "_");
            found.extend(wrong(&heading).map(|says| Finding::new(&file.path, number, says)));
        }
    }
    found
}

/// Proper names and standard words, in comments and documents, as their owners write them.
pub(super) fn spellings(repository: &Repository) -> Vec<Finding> {
    let entries = entries(repository, SPELLINGS);
    let mut found = Vec::new();
    for file in repository.files().filter(|file| file.path != GLOSSARY) {
        let lines: Vec<(usize, String)> = if file.is("md") {
            prose(&file.text).collect()
        } else {
            numbered(&file.comments).map(|(n, line)| (n, without_code(line))).collect()
        };
        for (number, line) in lines {
            for entry in &entries {
                for not in entry.not.iter().filter(|not| has_word(&line, not)) {
                    let says = format!("`{not}` is written {}", entry.says);
                    found.push(Finding::new(&file.path, number, says));
                }
            }
        }
    }
    found
}

/// The line without what stands in backticks or is an address.
pub(super) fn without_code(line: &str) -> String {
    let prose: Vec<&str> = line.split('`').step_by(2).collect();
    let prose = prose.join(" ");
    let words = prose.split(' ').filter(|word| !word.contains("://") && !word.contains("]("));
    words.collect::<Vec<_>>().join(" ")
}

fn has_word(line: &str, word: &str) -> bool {
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_./:".contains(c));
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        let inside_path =
            after.starts_with("::") || after.starts_with('/') || after.starts_with('_');
        let longer = after.chars().next().is_some_and(char::is_alphanumeric);
        !joined(line[..at].chars().next_back()) && !inside_path && !longer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &str = "# Glossary\n\n## Words\n\n| word | means | not |\n| --- | --- | --- |\n\
        | **Guest** | who books | `customer`, `invitee` |\n\n## Spellings\n\n| write | not |\n\
        | --- | --- |\n| ETag | `Etag` |\n";

    #[test]
    fn a_word_that_has_a_better_one_is_found_in_names_and_headings() {
        let code = "struct CustomerRow;\nfn customer() {}\nenum Guest {}\n";
        let text = "# Doc\n\n## The customer\n\nA customer may be named in a sentence.\n";
        let found = names(&Repository::of(&[
            (GLOSSARY, TABLES),
            ("a.rs", code),
            ("invitee.rs", ""),
            ("d.md", text),
        ]));
        let places: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.line)).collect();
        assert_eq!(places, [("a.rs", 1), ("invitee.rs", 1), ("d.md", 3)]);
    }

    #[test]
    fn a_wrong_spelling_is_found_in_prose_and_not_in_code() {
        let code = "// The Etag of `Etag`, Etag::new, an\nlet Etag = \"Etag\";\n";
        let text = "# Doc\n\n`Etag`, [Etag](Etag.md) and ETag.\n\nEtag\n";
        let found =
            spellings(&Repository::of(&[(GLOSSARY, TABLES), ("a.rs", code), ("d.md", text)]));
        let places: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.line)).collect();
        assert_eq!(places, [("a.rs", 1), ("d.md", 5)]);
    }
}
