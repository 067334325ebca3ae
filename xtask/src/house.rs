//! Where things stand: the root of the repository, the target folder, programs on the path.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask stands in the root of the repository").to_owned()
}

/// A variable of the environment; chores have no settings file.
#[expect(clippy::disallowed_methods, reason = "xtask is no part of the server and its settings")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    match variable("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Where the chores keep what they set up: virtual environments, results.
pub(crate) fn workshop() -> PathBuf {
    target().join("xtask")
}

/// The first of `names` that is a file in a folder of the path, or in one of `beside`.
pub(crate) fn program(names: &[&str], beside: &[PathBuf]) -> Option<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> =
        std::env::split_paths(&path).chain(beside.iter().cloned()).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.lock").is_file());
    }

    #[test]
    fn a_program_is_found_on_the_path_and_a_missing_one_is_not() {
        assert!(program(&["no-such-program", "sh"], &[]).is_some());
        assert_eq!(program(&["no-such-program"], &[]), None);
    }
}
