//! A Radicale that already holds calendars: their files are laid where it looks for them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::events::Made;
use crate::test::servers;

/// Collects calendars, then starts.
pub(super) struct Radicale {
    folder: PathBuf,
    names: Vec<String>,
}

impl Radicale {
    pub(super) fn new(bench: &str) -> Result<Self> {
        Ok(Self { folder: servers::folder(&format!("radicale-{bench}"))?, names: Vec::new() })
    }

    /// Gives the user `name` one calendar with these events.
    pub(super) fn calendar(&mut self, name: &str, events: &[Made]) -> Result<()> {
        let collection = self.folder.join("calendars/collection-root").join(name).join("work");
        fs::create_dir_all(&collection)?;
        let properties = r#"{"tag": "VCALENDAR", "D:displayname": "Work"}"#;
        fs::write(collection.join(".Radicale.props"), properties)?;
        for event in events {
            fs::write(collection.join(format!("{}.ics", event.name)), &event.text)?;
        }
        self.names.push(name.to_owned());
        Ok(())
    }

    /// Starts it; gives back its address.
    pub(super) fn start(self, programs: &Path) -> Result<String> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        servers::radicale(programs, &self.folder, &names)
    }
}

/// The address of the calendar of `name`.
pub(super) fn calendar_of(address: &str, name: &str) -> String {
    format!("{address}{name}/work/")
}
