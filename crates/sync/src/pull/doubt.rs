//! Reasons not to take a page at its word.

use std::collections::HashSet;

use connection::RemoteId;
use store::{StoreError, Tx, events};

use super::Pull;
use crate::brake::brake;
use crate::plan::{Plan, Step};

/// A page of changes that names one in so many of the events that we hold, unchanged, is none.
const REPEATED_SHARE: i64 = 4;

impl Pull<'_> {
    /// Does a page of changes repeat so much of what we hold that its far side must have forgotten
    /// our bookmark, and lists everything without a word? (Quirk caldav-8.) What went meanwhile
    /// would not be missed then. A single one proves nothing, nor do the parts of a series, which
    /// come together.
    pub(super) async fn repeats(
        &self,
        tx: &mut Tx,
        plan: &Plan,
        parts: &[(RemoteId, RemoteId)],
    ) -> Result<bool, StoreError> {
        let parts: HashSet<&RemoteId> = parts.iter().map(|(part, _)| part).collect();
        let is_kept = |step: &&Step| matches!(step, Step::Keep(id) if !parts.contains(id));
        let kept = i64::try_from(plan.steps.iter().filter(is_kept).count()).unwrap_or(i64::MAX);
        let is_much = |known: i64| kept.saturating_mul(REPEATED_SHARE) >= known;
        Ok(kept > 1 && is_much(events::known_count(tx, &self.calendar.id).await?))
    }

    /// Is what would be removed too much to be believed?
    pub(crate) async fn doubt(
        &self,
        tx: &mut Tx,
        removed: &[RemoteId],
        sweeps: bool,
    ) -> Result<Option<String>, StoreError> {
        if self.place.brake_released || (removed.is_empty() && !sweeps) {
            return Ok(None);
        }
        let id = &self.calendar.id;
        let named = events::whole_count(tx, id, removed).await?;
        let unseen = if sweeps { events::unseen(tx, id, self.place.listing).await? } else { 0 };
        // What is over leaves a window that moves on, and says nothing about the rest.
        let over = if unseen > 0 && self.tally.window_moved {
            let begins = (self.place.listing, self.terms.horizon.from);
            events::unseen_and_over(tx, id, begins).await?
        } else {
            0
        };
        let gone = named + unseen - over;
        if gone == 0 {
            return Ok(None);
        }
        // What went earlier in the same pull is a part of it.
        let gone = gone + self.tally.removed;
        let known = events::known_count(tx, id).await? - over + self.tally.removed;
        let mend = if self.connection.principal.is_file() {
            "upload the right file"
        } else {
            "mend it at the provider"
        };
        Ok(brake(known, gone, mend))
    }
}
