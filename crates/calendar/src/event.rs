//! Events: one UID, its master and its overrides, as read from one calendar object.

mod read;
mod times;

use std::fmt;

use jiff::Timestamp;

pub use read::{Reading, read};

use crate::busy::Says;
use crate::{Blocking, Length, Moment, Owner, Recurrence};

/// Everything that happens under one UID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// UID; empty where the event has none.
    pub uid: String,
    /// The event itself; `None` where only changed occurrences of it were sent.
    pub master: Option<Component>,
    /// Changed, moved and cancelled occurrences, each with its RECURRENCE-ID.
    pub overrides: Vec<Component>,
    /// True for the periods of a VFREEBUSY.
    pub is_free_busy: bool,
}

impl Event {
    /// What stands for the whole: the master, else the first override.
    pub fn main(&self) -> Option<&Component> {
        self.master.as_ref().or(self.overrides.first())
    }

    /// SUMMARY of the whole.
    pub fn title(&self) -> Option<&str> {
        self.main()?.title.as_deref()
    }

    /// True where it happens more than once.
    pub fn repeats(&self) -> bool {
        match &self.master {
            Some(master) => !master.recurrence.is_empty(),
            None => self.overrides.len() > 1,
        }
    }
}

/// Who may see the details (CLASS, RFC 5545 §3.8.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Everyone.
    Public,
    /// The owner only; unknown classes count as this, as the standard asks.
    Private,
    /// The owner and a few.
    Confidential,
}

/// One VEVENT: a master or an override.
#[derive(Clone, PartialEq, Eq)]
pub struct Component {
    /// SUMMARY.
    pub title: Option<String>,
    /// LOCATION.
    pub location: Option<String>,
    /// DESCRIPTION.
    pub description: Option<String>,
    /// CLASS.
    pub class: Class,
    /// DTSTART.
    pub start: Moment,
    /// DTEND or DURATION, as a length.
    pub length: Length,
    /// True for dates, and for midnights that Exchange marks as all-day.
    pub all_day: bool,
    /// How it repeats.
    pub recurrence: Recurrence,
    /// Which occurrence it changes, for an override.
    pub recurrence_id: Option<RecurrenceId>,
    /// SEQUENCE.
    pub sequence: i64,
    /// LAST-MODIFIED, else DTSTAMP.
    pub changed_at: Option<Timestamp>,
    pub(crate) says: Says,
}

impl Component {
    /// What it says of itself, as the owner's own calendar has it.
    pub fn blocking(&self, owner: &Owner) -> Blocking {
        self.says.blocking(owner)
    }

    /// True where its details are nobody else's business.
    pub fn is_private(&self) -> bool {
        self.class != Class::Public
    }

    /// The newer one wins: SEQUENCE, then the date of the change.
    pub(crate) fn revision(&self) -> (i64, Option<Timestamp>) {
        (self.sequence, self.changed_at)
    }
}

impl fmt::Debug for Component {
    /// When, but not what: titles and people do not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component")
            .field("start", &self.start)
            .field("length", &self.length)
            .field("all_day", &self.all_day)
            .field("recurrence_id", &self.recurrence_id)
            .field("says", &self.says)
            .finish_non_exhaustive()
    }
}

/// Which occurrence an override changes (RECURRENCE-ID).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurrenceId {
    /// When that occurrence would have been.
    pub moment: Moment,
    /// True where it changes all that follow, too (RANGE=THISANDFUTURE).
    pub this_and_future: bool,
}
