//! Decide, then act: what a page of a listing means for what we hold. Pure; `pull.rs` does it.

use std::collections::{BTreeSet, HashMap};

use connection::{ETag, Extent, Page, RemoteEvent, RemoteId};
use store::events::Known;

/// One thing that a pull will do to one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// We hold this very version.
    Keep(RemoteId),
    /// A new version of the same content: only the ETag is taken over.
    Retag(RemoteId, ETag),
    /// The body came along and is new to us.
    Replace(RemoteEvent),
    /// The body must still be fetched; until then the one we hold counts on.
    Want(RemoteId, ETag),
    /// The far side says that it is gone.
    Remove(RemoteId),
}

/// What one page of a listing amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// In the order of the page: what is listed, then what is removed.
    pub(crate) steps: Vec<Step>,
    /// At the end of the listing, what no page of it named is gone.
    pub(crate) sweeps: bool,
}

/// Compares a page with what we know of the events it names; of those in `headless` we hold parts
/// alone. `content` gives the hash of a body that came along, apart from the stamps that servers
/// renew for no reason.
pub(crate) fn plan(
    page: Page,
    (known, headless): (&HashMap<RemoteId, Known>, &BTreeSet<RemoteId>),
    content: impl Fn(&str) -> [u8; 32],
) -> Plan {
    let mut steps = Vec::with_capacity(page.listed.len() + page.removed.len());
    for listed in page.listed {
        let held = known.get(&listed.id);
        let same_version = held.is_some_and(|k| k.held.as_ref() == Some(&listed.etag));
        steps.push(match listed.event {
            _ if same_version => Step::Keep(listed.id),
            None => Step::Want(listed.id, listed.etag),
            Some(event) => match held.and_then(|k| k.content) {
                Some(held) if held == content(&event.text) => Step::Retag(listed.id, listed.etag),
                _ => Step::Replace(event),
            },
        });
    }
    // A tombstone for something we never had is nothing (a first sync may be full of them).
    let is_held = |id: &RemoteId| known.contains_key(id) || headless.contains(id);
    let gone = page.removed.into_iter().filter(is_held);
    steps.extend(gone.map(Step::Remove));
    Plan { steps, sweeps: page.extent == Extent::Everything }
}

#[cfg(test)]
mod tests;
