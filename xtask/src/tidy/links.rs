//! Documents: links that lead somewhere, and one title each.

use std::collections::BTreeMap;

use super::Finding;
use super::glossary::without_code;
use super::repository::{File, Repository, numbered};

/// The lines of a document outside code blocks, without code spans and link targets.
pub(super) fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    outside_code(text).map(|(number, line)| (number, without_code(line)))
}

fn outside_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    numbered(text).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// Links within the repository: the file is there, and so is the heading.
pub(super) fn targets(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.ending("md") {
        for (number, line) in outside_code(&file.text) {
            for target in link_targets(line) {
                if let Some(says) = dead(repository, file, target) {
                    found.push(Finding::new(&file.path, number, says));
                }
            }
        }
    }
    found
}

/// What stands in the round brackets of `[text](target)`.
pub(super) fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    let links = line.split("](").skip(1);
    links.filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

fn dead(repository: &Repository, from: &File, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { from.path.clone() } else { resolve(&from.path, path) };
    let inside = |file: &File| file.path.starts_with(&format!("{}/", path.trim_end_matches('/')));
    let Some(file) = repository.at(&path) else {
        let folder = anchor.is_empty() && repository.files().any(inside);
        return (!folder).then(|| format!("{target} leads nowhere"));
    };
    let known = anchor.is_empty() || anchors(&file.text).iter().any(|known| known == anchor);
    (!known).then(|| format!("{path} has no heading #{anchor}"))
}

/// `path` as seen from the file `from`.
pub(super) fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Anchors of the headings, as forges make them: repeated ones are numbered.
fn anchors(text: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = outside_code(text).filter(|(_, line)| line.starts_with('#'));
    headings
        .map(|(_, line)| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
            let count = seen.entry(anchor.clone()).or_default();
            *count += 1;
            if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
        })
        .collect()
}

/// Exactly one first-level heading, and no two documents with the same.
pub(super) fn titles(repository: &Repository) -> Vec<Finding> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for file in repository.ending("md") {
        let titles: Vec<_> =
            outside_code(&file.text).filter(|(_, line)| line.starts_with("# ")).collect();
        let [(number, title)] = titles.as_slice() else {
            let says = format!("{} titles, should be one", titles.len());
            found.push(Finding::new(&file.path, 1, says));
            continue;
        };
        if let Some(other) = owners.insert(title, &file.path) {
            found.push(Finding::new(&file.path, *number, format!("{other} has the same title")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_is_found() {
        let text = "# A\n\n[b](b.md) [c](../c.md) [up](../docs) [web](https://x.example/)\n\
            ```\n[no](link.md)\n```\n";
        let repository = Repository::of(&[("docs/a.md", text), ("docs/b.md", "# B\n")]);
        let expected = Finding::new("docs/a.md", 3, "../c.md leads nowhere");
        assert_eq!(targets(&repository), [expected]);
    }

    #[test]
    fn a_dead_anchor_is_found() {
        let text = "# A\n\n## It's `new`, now\n\n[x](#its-new-now) [y](#gone)\n";
        let found = targets(&Repository::of(&[("a.md", text)]));
        assert_eq!(found, [Finding::new("a.md", 5, "a.md has no heading #gone")]);
    }

    #[test]
    fn a_repeated_heading_gets_a_number() {
        assert_eq!(anchors("# A b\n# A b\n"), ["a-b", "a-b-1"]);
    }

    #[test]
    fn two_titles_and_a_shared_title_are_found() {
        let found = titles(&Repository::of(&[
            ("a.md", "# One\n# Two\n"),
            ("b.md", "# Same\n"),
            ("c.md", "# Same\n```sh\n# no title\n```\n"),
        ]));
        let paths: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["a.md", "c.md"]);
    }
}
