//! Sync tokens and page tokens: opaque outside, and inside a place in a log of changes.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::answer::Refusal;
use super::faults::GoogleManners;
use crate::paging;

/// A place in the changes of one calendar, or of one list of calendars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SyncToken {
    /// What it is a place in.
    pub(crate) of: String,
    pub(crate) epoch: u64,
    pub(crate) revision: u64,
    /// The parameters that must be the same with every token.
    pub(crate) asked: String,
    pub(crate) window: (Option<Timestamp>, Option<Timestamp>),
    pub(crate) at: Timestamp,
}

/// A place in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageToken {
    pub(crate) of: String,
    /// The sync token that the listing goes by.
    pub(crate) since: Option<String>,
    pub(crate) asked: String,
    /// Listed so far: everything up to this key.
    pub(crate) after: String,
    /// The revision at which a full listing began.
    pub(crate) began: u64,
    pub(crate) page: usize,
}

fn read<T: for<'a> Deserialize<'a>>(text: &str, parameter: &str) -> Result<T, Refusal> {
    paging::read(text).ok_or_else(|| Refusal::invalid(parameter))
}

impl SyncToken {
    pub(crate) fn write(&self) -> String {
        paging::write(self)
    }

    /// A token of this very listing that is still alive.
    pub(crate) fn read(
        text: &str,
        (of, epoch, asked): (&str, u64, &str),
        manners: &GoogleManners,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let token: Self = read(text, "syncToken")?;
        if token.of != of {
            return Err(Refusal::invalid("syncToken"));
        }
        let life = manners.sync_token_life_s.map(SignedDuration::from_secs);
        if token.epoch != epoch || life.is_some_and(|life| now.duration_since(token.at) >= life) {
            return Err(Refusal::full_sync_required());
        }
        if token.asked != asked {
            let says = "The parameters differ from those of the full synchronisation.";
            return Err(Refusal::bad("invalid", says).at("parameter", "syncToken"));
        }
        Ok(token)
    }
}

impl PageToken {
    pub(crate) fn write(&self) -> String {
        paging::write(self)
    }

    pub(crate) fn read(
        text: &str,
        (of, asked, since): (&str, &str, Option<&str>),
    ) -> Result<Self, Refusal> {
        let token: Self = read(text, "pageToken")?;
        let same = token.of == of && token.asked == asked && token.since.as_deref() == since;
        same.then_some(token).ok_or_else(|| Refusal::invalid("pageToken"))
    }
}

/// A listing, cut into pages.
#[derive(Debug)]
pub(crate) struct Cut<T> {
    pub(crate) items: Vec<T>,
    /// Absent: this was the last page.
    pub(crate) next: Option<String>,
}

/// Entries by their keys, after the page token.
pub(crate) fn cut<T>(
    entries: Vec<(String, T)>,
    place: &PageToken,
    page_max: usize,
    manners: &GoogleManners,
) -> Cut<T> {
    let page_max = manners.page_max.map_or(page_max, |max| page_max.min(max));
    let from = (place.after.as_str(), place.page);
    let cut = paging::cut(entries, from, page_max, manners.empty_pages);
    let page = place.page + 1;
    let next = cut.next.map(|after| PageToken { after, page, ..place.clone() }.write());
    Cut { items: cut.entries.into_iter().map(|(_, entry)| entry).collect(), next }
}
