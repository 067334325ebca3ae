//! Which crate may know which: the table of `ARCHITECTURE.md`, held against manifests and paths.

use super::Finding;
use super::repository::{File, Repository, numbered};
use super::rust;

struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
}

const PURE: &[&str] = &["calendar", "connection", "booking"];
const ADAPTERS: &[&str] = &["google", "microsoft", "caldav", "zoom"];
const TO_ADAPT: &[&str] = &["calendar", "connection", "outbound"];

/// The two doors do not know each other.
const AT_A_DOOR: &[&str] = &["door", "desk", "sync", "store", "calendar", "connection", "booking"];

const ROOMS: &[Room] = &[
    Room { name: "calendar", may_use: &[] },
    Room { name: "connection", may_use: &["calendar"] },
    Room { name: "booking", may_use: &["calendar", "connection"] },
    Room { name: "outbound", may_use: &[] },
    Room { name: "google", may_use: TO_ADAPT },
    Room { name: "microsoft", may_use: TO_ADAPT },
    Room { name: "caldav", may_use: TO_ADAPT },
    Room { name: "zoom", may_use: TO_ADAPT },
    Room { name: "store", may_use: PURE },
    Room { name: "desk", may_use: &["store", "booking", "calendar", "connection"] },
    Room { name: "sync", may_use: &["store", "connection", "calendar", "booking", "outbound"] },
    Room {
        name: "actions_center",
        may_use: &["desk", "store", "outbound", "calendar", "connection", "booking"],
    },
    Room { name: "door", may_use: &["sync", "store", "calendar", "connection"] },
    Room { name: "api", may_use: AT_A_DOOR },
    Room { name: "web", may_use: AT_A_DOOR },
    Room { name: "sandbox", may_use: &[] },
];

/// What a pure crate must not depend on: the network, the database, a wire format, the clock.
const WORLDLY: &[&str] = &["tokio", "sqlx", "reqwest", "axum", "http", "serde", "libdav", "rand"];

/// The one file that names adapters.
const CATALOGUE: &str = "crates/daymark/src/integrations.rs";

/// Manifests: `[dependencies]` of each crate. `daymark` may use all; what serves tests only is
/// free, but the sandbox knows no crate of ours even there.
pub(super) fn manifests(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.files().filter(|file| file.name() == "Cargo.toml") {
        let Some(name) = file.of_crate() else { continue };
        let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
            if name != "daymark" {
                found.push(Finding::new(
                    &file.path,
                    1,
                    "a crate that ARCHITECTURE.md does not know",
                ));
            }
            continue;
        };
        for (line, section, dependency) in dependencies(&file.text) {
            let for_tests = section != "[dependencies]";
            let ours = ROOMS.iter().any(|room| room.name == dependency) || dependency == "daymark";
            let walled = ours && !room.may_use.contains(&dependency);
            let worldly = PURE.contains(&name) && WORLDLY.contains(&dependency);
            let forbidden = if for_tests { ours && name == "sandbox" } else { walled || worldly };
            if forbidden {
                found.push(Finding::new(
                    &file.path,
                    line,
                    format!("{name} must not use {dependency}"),
                ));
            }
        }
    }
    found
}

/// Every dependency with its line and the section that it stands in.
fn dependencies(manifest: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let mut section = "";
    numbered(manifest).filter_map(move |(number, line)| {
        if line.starts_with('[') {
            section = line.trim();
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        let inside = section.ends_with("dependencies]") && line.contains('=');
        (inside && !name.is_empty()).then_some((number, section, name))
    })
}

/// Paths: SQL is spoken in the store only, adapters are named in the catalogue only.
pub(super) fn paths(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.ending("rs").filter(|file| file.of_crate().is_some()) {
        for (number, line) in file.production_code() {
            if file.of_crate() != Some("store") && names_crate(line, "sqlx") {
                found.push(Finding::new(&file.path, number, "sqlx is known in store only"));
            }
            for adapter in ADAPTERS {
                if names_crate(line, adapter) && !may_name(file, adapter) {
                    let says = format!("{adapter} is named in {CATALOGUE} only");
                    found.push(Finding::new(&file.path, number, says));
                }
            }
        }
    }
    found
}

fn may_name(file: &File, adapter: &str) -> bool {
    let folder = CATALOGUE.strip_suffix(".rs").is_some_and(|stem| file.path.starts_with(stem));
    // The sandbox and the pages have modules of the same names: `crate::google` is no adapter.
    let own_module = matches!(file.of_crate(), Some("sandbox" | "web"));
    folder || own_module || file.of_crate() == Some(adapter)
}

/// Does the line reach into the crate: `name::…`, `use name`, not `x::name::…` nor `name: …`?
fn names_crate(line: &str, name: &str) -> bool {
    rust::identifiers(line).any(|(at, word)| {
        let before = line[..at].trim_end();
        let opens_path = line[at + word.len()..].starts_with("::");
        let used = before.ends_with("use") && line[at + word.len()..].starts_with(';');
        word == name && !before.ends_with("::") && (opens_path || used)
    })
}

/// The domain is not what goes over a wire.
pub(super) fn serde(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repository.ending("rs") {
        if !file.of_crate().is_some_and(|name| PURE.contains(&name)) {
            continue;
        }
        for (number, line) in file.production_code() {
            let mut words = rust::identifiers(line).map(|(_, word)| word);
            if words.any(|word| ["serde", "Serialize", "Deserialize"].contains(&word)) {
                found.push(Finding::new(&file.path, number, "the domain has no serde"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_upwards_is_found() {
        let manifest = "[dependencies]\njiff.workspace = true\nstore.workspace = true\n";
        let found = manifests(&Repository::of(&[("crates/calendar/Cargo.toml", manifest)]));
        assert_eq!(
            found,
            [Finding::new("crates/calendar/Cargo.toml", 3, "calendar must not use store")]
        );
    }

    #[test]
    fn the_doors_know_each_other_in_tests_only() {
        for (door, other) in [("api", "web"), ("web", "api")] {
            let path = format!("crates/{door}/Cargo.toml");
            let manifest = format!("[dependencies]\n{other}.workspace = true\n");
            let expected = Finding::new(&path, 2, format!("{door} must not use {other}"));
            assert_eq!(manifests(&Repository::of(&[(&path, &manifest)])), [expected]);
            let manifest = format!("[dev-dependencies]\n{other}.workspace = true\n");
            assert_eq!(manifests(&Repository::of(&[(&path, &manifest)])), []);
        }
    }

    #[test]
    fn a_pure_crate_with_a_runtime_is_found_but_not_in_its_tests() {
        let manifest = "[dependencies]\n[dev-dependencies]\ntokio = { version = \"1\" }\n";
        assert_eq!(manifests(&Repository::of(&[("crates/connection/Cargo.toml", manifest)])), []);
        let manifest = "[dependencies]\ntokio = { version = \"1\" }\n";
        let found = manifests(&Repository::of(&[("crates/connection/Cargo.toml", manifest)]));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn the_sandbox_knows_us_not_even_in_tests() {
        let manifest = "[dev-dependencies]\ncaldav.workspace = true\n";
        assert_eq!(manifests(&Repository::of(&[("crates/sandbox/Cargo.toml", manifest)])).len(), 1);
        assert_eq!(manifests(&Repository::of(&[("crates/sync/Cargo.toml", manifest)])), []);
    }

    #[test]
    fn a_new_crate_needs_a_decision() {
        assert_eq!(manifests(&Repository::of(&[("crates/helpers/Cargo.toml", "")])).len(), 1);
    }

    #[test]
    fn sql_outside_the_store_is_found() {
        let text = "//! x\nlet row = sqlx::query(q);\nlet my_sqlx = 1; // sqlx::query\n";
        let repository =
            Repository::of(&[("crates/sync/src/a.rs", text), ("crates/store/src/a.rs", text)]);
        let expected = Finding::new("crates/sync/src/a.rs", 2, "sqlx is known in store only");
        assert_eq!(paths(&repository), [expected]);
    }

    #[test]
    fn an_adapter_outside_the_catalogue_is_found() {
        let text = "use caldav::Caldav;\nuse x::caldav::A;\n";
        let found = paths(&Repository::of(&[
            ("crates/daymark/src/serve.rs", text),
            ("crates/daymark/src/integrations.rs", text),
            ("crates/daymark/tests/house.rs", text),
            ("crates/caldav/src/lib.rs", text),
        ]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("crates/daymark/src/serve.rs", 1));
    }

    #[test]
    fn serde_in_the_domain_is_found() {
        let text = "#[derive(Debug, Serialize)]\nstruct A;\n";
        let repository =
            Repository::of(&[("crates/calendar/src/a.rs", text), ("crates/web/src/a.rs", text)]);
        assert_eq!(serde(&repository).len(), 1);
    }
}
