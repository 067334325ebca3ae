//! What nobody uses: modules that are not declared, documents without a link, fixtures without a
//! reader, public names without a caller.

use std::collections::BTreeMap;

use super::Finding;
use super::links::{link_targets, resolve};
use super::repository::{File, Repository};
use super::rust;

/// Files that something outside the repository looks for by name.
const DOORS: &[&str] = &["main.rs", "lib.rs", "build.rs"];

/// Files that nobody mentions.
pub(super) fn files(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.files() {
        let says = if file.is("rs") {
            undeclared(repository, file)
        } else if file.path.starts_with("docs/") && file.is("md") {
            unlinked(repository, file)
        } else if file.path.contains("/fixtures/") || file.path.contains("/assets/") {
            unread(repository, file)
        } else {
            None
        };
        found.extend(says.map(|says| Finding::new(&file.path, 1, says)));
    }
    found
}

/// A module stands where its parent says `mod name;`.
fn undeclared(repository: &Repository, file: &File) -> Option<String> {
    let (folder, name) = file.path.rsplit_once('/')?;
    let entry = ["tests", "examples", "benches"].iter().any(|kind| folder.ends_with(kind));
    let in_source = file.path.contains("/src/");
    if DOORS.contains(&name) || folder.ends_with("src/bin") || (entry && !in_source) {
        return None;
    }
    let (folder, module) = match name {
        "mod.rs" => folder.rsplit_once('/')?,
        _ => (folder, name.trim_end_matches(".rs")),
    };
    let is_parent = |other: &&File| match other.path.rsplit_once('/') {
        Some((beside, name)) if beside == folder => {
            DOORS.contains(&name) || name == "mod.rs" || !in_source
        }
        _ => other.path == format!("{folder}.rs"),
    };
    let declared = repository.ending("rs").filter(is_parent).any(|parent| {
        let named = |d: &rust::Definition| d.keyword == "mod" && d.name == module;
        rust::definitions(&parent.code).iter().any(named)
    });
    (!declared).then(|| format!("no `mod {module};` declares it"))
}

fn unlinked(repository: &Repository, document: &File) -> Option<String> {
    let linked = repository.ending("md").any(|from| {
        let targets = from.text.lines().flat_map(link_targets);
        let paths = targets.map(|target| target.split('#').next().unwrap_or_default());
        from.path != document.path
            && paths.map(|path| resolve(&from.path, path)).any(|path| path == document.path)
    });
    (!linked).then(|| "no other document links to it".to_owned())
}

/// Mentioned by name, or by its folder or stem where a program puts the name together.
fn unread(repository: &Repository, fixture: &File) -> Option<String> {
    let name = fixture.name();
    let stem = name.split('.').next().unwrap_or(name);
    let readers = ["rs", "css", "js", "html", "toml"];
    let read = repository.files().any(|file| {
        let reader = readers.iter().any(|end| file.is(end));
        reader && file.path != fixture.path && file.text.contains(stem)
    });
    (!read).then(|| "no code mentions it".to_owned())
}

/// Public names of our crates that stand in the code but once: where they are defined.
pub(super) fn publics(repository: &Repository) -> Vec<Finding> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for file in repository.ending("rs") {
        for (_, word) in rust::identifiers(&file.code) {
            *uses.entry(word).or_default() += 1;
        }
    }
    let mut found = Vec::new();
    for file in repository.ending("rs").filter(|file| file.of_crate().is_some()) {
        for definition in rust::definitions(&file.code).into_iter().filter(|d| d.public) {
            let module = definition.keyword == "mod";
            if !module && uses.get(definition.name.as_str()) == Some(&1) {
                let says = format!("nobody uses `{}`", definition.name);
                found.push(Finding::new(&file.path, definition.line, says));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undeclared_module_is_found() {
        let repository = Repository::of(&[
            ("crates/a/src/lib.rs", "mod used;\n// mod lost;\n"),
            ("crates/a/src/used.rs", "mod inner;\n"),
            ("crates/a/src/used/inner.rs", ""),
            ("crates/a/src/lost.rs", ""),
            ("crates/a/tests/whole.rs", "mod support;\n"),
            ("crates/a/tests/support/mod.rs", ""),
        ]);
        let expected = Finding::new("crates/a/src/lost.rs", 1, "no `mod lost;` declares it");
        assert_eq!(files(&repository), [expected]);
    }

    #[test]
    fn an_unlinked_document_is_found() {
        let repository = Repository::of(&[
            ("README.md", "[a](docs/a.md#x)"),
            ("docs/a.md", "[self](b/../a.md) [c](adr/c.md)"),
            ("docs/adr/c.md", ""),
            ("docs/lost.md", "[lost](lost.md)"),
        ]);
        let found = files(&repository);
        assert_eq!(found, [Finding::new("docs/lost.md", 1, "no other document links to it")]);
    }

    #[test]
    fn an_unread_fixture_is_found() {
        let repository = Repository::of(&[
            ("crates/a/src/lib.rs", "include_str!(\"fixtures/one.xml\")"),
            ("crates/a/src/fixtures/one.xml", ""),
            ("crates/a/src/fixtures/two.xml", ""),
        ]);
        let expected = Finding::new("crates/a/src/fixtures/two.xml", 1, "no code mentions it");
        assert_eq!(files(&repository), [expected]);
    }

    #[test]
    fn a_public_name_without_a_caller_is_found() {
        let repository = Repository::of(&[
            ("crates/a/src/lib.rs", "pub fn called() {}\npub fn lost() {} // lost\nfn own() {}\n"),
            ("crates/b/src/lib.rs", "fn b() { a::called() }\n"),
        ]);
        let expected = Finding::new("crates/a/src/lib.rs", 2, "nobody uses `lost`");
        assert_eq!(publics(&repository), [expected]);
    }
}
