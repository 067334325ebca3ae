//! The files that the rules look at, read once; Rust files come apart into code and comments.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::rust;

/// Folders that are made, not written.
const MADE: &[&str] = &["target", "data", "node_modules"];
/// The only folders with a leading dot that are ours.
const DOTTED: &[&str] = &[".ci", ".cargo", ".config"];

/// One file of the repository.
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    /// Its text; empty for files that are no text.
    pub(crate) text: String,
    /// Rust without comments and literals (blanked, so that lines and columns stay).
    pub(crate) code: String,
    /// The comments alone, likewise.
    pub(crate) comments: String,
}

impl File {
    fn new(path: String, text: String) -> Self {
        let rust::Split { code, comments } =
            if has_ending(&path, "rs") { rust::split(&text) } else { rust::Split::default() };
        Self { path, text, code, comments }
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Does its name end in `.ending`?
    pub(crate) fn is(&self, ending: &str) -> bool {
        has_ending(&self.path, ending)
    }

    /// The crate that a file under `crates/` belongs to.
    pub(crate) fn of_crate(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Is all of it test code?
    pub(crate) fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.name() == "tests.rs"
            || self.path.contains("/examples/")
    }

    /// How many lines stand before the tests at its end.
    pub(crate) fn lines_before_tests(&self) -> usize {
        rust::tests_begin(&self.code).unwrap_or_else(|| self.text.lines().count())
    }

    /// Its code up to the tests at its end; nothing for test files.
    pub(crate) fn production_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let until = if self.is_test() { 0 } else { self.lines_before_tests() };
        numbered(&self.code).take(until)
    }
}

/// Lines with their numbers, from 1.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Does the path end in `.ending`?
fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == ending)
}

/// All that the rules may look at.
pub(crate) struct Repository {
    files: Vec<File>,
}

impl Repository {
    /// Reads the checkout at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        walk(root, "", &mut files).with_context(|| format!("reading {}", root.display()))?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// A small one, for the tests of the rules.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File::new((*path).into(), (*text).into());
        Self { files: files.iter().map(file).collect() }
    }

    /// Every file.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// The files that end in `.ending`.
    pub(crate) fn ending(&self, ending: &str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.is(ending))
    }

    /// The file at exactly this path.
    pub(crate) fn at(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            let hidden = name.starts_with('.') && !DOTTED.contains(&name.as_str());
            if !hidden && !MADE.contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), files)?;
            }
        } else {
            let text = String::from_utf8(fs::read(entry.path())?).unwrap_or_default();
            files.push(File::new(path, text));
        }
    }
    Ok(())
}
