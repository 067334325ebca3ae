//! Titles and places of occurrences, read from the texts of their events. What is private stays
//! out of here.

use std::collections::HashMap;

use calendar::{Horizon, Occurrence};
use connection::EventId;
use jiff::tz::TimeZone;
use store::busy::OccurrenceRow;

/// What stands where a title must not be shown.
const HIDDEN_TITLE: &str = "Busy";

/// What may be seen of one occurrence.
pub(super) struct Shown {
    pub(super) title: Option<String>,
    pub(super) location: Option<String>,
}

impl Shown {
    /// What everybody may see.
    pub(super) fn hidden() -> Self {
        Self { title: Some(HIDDEN_TITLE.to_owned()), location: None }
    }
}

/// What names one occurrence: its event, its start and its end, in milliseconds.
type Key = (EventId, i64, i64);

/// The details of many occurrences. Those that are not in it are nobody's business.
pub(super) struct Details(HashMap<Key, Vec<Option<Shown>>>);

impl Details {
    /// Expands the texts within the horizon.
    pub(super) fn read<'t>(
        texts: impl Iterator<Item = (&'t EventId, &'t str)>,
        horizon: Option<Horizon>,
        zone: &TimeZone,
    ) -> Self {
        let mut found: HashMap<Key, Vec<Option<Shown>>> = HashMap::new();
        for (id, text) in texts {
            // What cannot be read now could not be read when it was stored: it has no details.
            let (Some(horizon), Ok(reading)) = (horizon, calendar::read(text)) else { continue };
            for event in &reading.events {
                for occurrence in calendar::expand(event, horizon, zone).occurrences {
                    let start = occurrence.start.as_millisecond();
                    let key = (id.clone(), start, occurrence.end.as_millisecond());
                    found.entry(key).or_default().push(shown(&occurrence));
                }
            }
        }
        Self(found)
    }

    /// Takes out what may be seen of one occurrence.
    pub(super) fn take(&mut self, event: &EventId, row: &OccurrenceRow) -> Option<Shown> {
        let (start, end) = (row.start_at.as_millisecond(), row.end_at.as_millisecond());
        let same_time = self.0.get_mut(&(event.clone(), start, end))?;
        if same_time.is_empty() { None } else { same_time.remove(0) }
    }
}

fn shown(occurrence: &Occurrence<'_>) -> Option<Shown> {
    let component = occurrence.component;
    if component.is_private() {
        return None;
    }
    Some(Shown { title: component.title.clone(), location: component.location.clone() })
}
