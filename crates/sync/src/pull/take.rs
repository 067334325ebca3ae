//! What one page brings, stored in one transaction with the cursor that vouches for it.

use std::collections::HashSet;

use calendar::ical;
use connection::{Cursor, ETag, Page, ProviderError, RemoteId};
use jiff::Timestamp;
use store::{Change, StoreError, Tx, calendars, events};

use super::{Pull, PullError};
use crate::fetch::BATCH_MAX;
use crate::plan::{Plan, Step, plan};
use crate::{expansion, family};

impl Pull<'_> {
    /// Stores one page, and the cursor with the rows that it vouches for.
    pub(super) async fn take(&mut self, page: Page, from: &Cursor) -> Result<(), PullError> {
        let (ctx, id) = (self.ctx, self.calendar.id.clone());
        let now = ctx.clock.now();
        let next = page.next.clone();
        let mut listed_at = None;
        let before = self.tally.sum();
        let listed: Vec<(RemoteId, ETag)> =
            page.listed.iter().map(|l| (l.id.clone(), l.etag.clone())).collect();
        let mut tx = self.keep().await?;
        let parts = family::parts(&page);
        let plan = self.plan(&mut tx, page).await?;
        if !plan.sweeps && self.repeats(&mut tx, &plan, &parts).await? {
            return Err(PullError::Provider(ProviderError::CursorExpired));
        }
        if plan.sweeps && !matches!(from, Cursor::Midway(_)) {
            self.place.listing += 1;
        }
        if plan.sweeps || plan.steps.iter().any(|step| !matches!(step, Step::Keep(_))) {
            events::list(&mut tx, &id, &listed, self.place.listing, (now, ctx.dice.as_ref()))
                .await?;
        }
        events::attach(&mut tx, &id, &parts).await?;
        let mut changed = family::changed(&plan.steps);
        let removed = self.act(&mut tx, plan.steps, now).await?;
        if plan.sweeps {
            events::unlist(&mut tx, &id, &removed).await?;
        } else {
            self.hold_back(removed, &listed);
        }
        let ends = matches!(next, Cursor::Settled(_));
        let removed = if ends { std::mem::take(&mut self.held_back) } else { Vec::new() };
        changed.extend_from_slice(&removed);
        // Before anything goes: what is removed says which series it was a part of.
        let mut touched = events::series_of(&mut tx, &id, &changed).await?;
        let braked = self.doubt(&mut tx, &removed, plan.sweeps && ends).await?;
        if braked.is_none() {
            self.tally.removed += events::remove(&mut tx, &id, &removed).await?;
            if plan.sweeps && ends {
                touched.extend(events::series_unseen(&mut tx, &id, self.place.listing).await?);
                self.tally.removed += events::sweep(&mut tx, &id, self.place.listing).await?;
                listed_at = Some(now);
            }
        }
        self.settle(&mut tx, touched).await?;
        // A doubted listing vouches for nothing: the next pull asks from the beginning again.
        let settled = if braked.is_some() { from.clone() } else { next };
        let settled = if braked.is_some() && plan.sweeps { Cursor::Beginning } else { settled };
        // Whoever goes on from a bookmark does not see again what was held back before it.
        let is_kept = plan.sweeps || (settled != *from && self.held_back.is_empty());
        if is_kept {
            let listing = (self.place.listing, listed_at);
            calendars::save_cursor(&mut tx, &id, &settled, listing).await?;
        }
        if ends || braked.is_some() {
            self.wanted = events::pending(&mut tx, &id, BATCH_MAX).await?;
        }
        if self.tally.sum() != before {
            calendars::note_untold(&mut tx, &id, now).await?;
        }
        if !listed.is_empty() || !removed.is_empty() {
            tx.announce(Change::Calendar(id.clone()));
            tx.announce(Change::Connection(self.connection.id.clone()));
        }
        tx.commit().await?;
        if is_kept {
            self.place.cursor = settled;
        }
        self.tally.braked = braked;
        Ok(())
    }

    /// What a page means for what we hold.
    async fn plan(&self, tx: &mut Tx, page: Page) -> Result<Plan, StoreError> {
        let id = &self.calendar.id;
        let listed = page.listed.iter().map(|listed| &listed.id);
        let named: Vec<RemoteId> = listed.chain(&page.removed).cloned().collect();
        let known = events::known(tx, id, &named).await?;
        // A series may go between its parts and itself.
        let unknown = page.removed.iter().filter(|id| !known.contains_key(id));
        let unknown: Vec<RemoteId> = unknown.cloned().collect();
        let headless = events::series_of(tx, id, &unknown).await?;
        let content = |text: &str| ical::content_hash(&self.terms.kept(text));
        Ok(plan(page, (&known, &headless), content))
    }

    /// Keeps in mind what a page says is gone, and forgets of it what is listed again.
    fn hold_back(&mut self, removed: Vec<RemoteId>, listed: &[(RemoteId, ETag)]) {
        let is_back: HashSet<&RemoteId> = listed.iter().map(|(id, _)| id).collect();
        self.held_back.retain(|id| !is_back.contains(id));
        self.held_back.extend(removed);
    }

    /// Does the steps that bring something; hands back the names that are to be removed.
    async fn act(
        &mut self,
        tx: &mut Tx,
        steps: Vec<Step>,
        now: Timestamp,
    ) -> Result<Vec<RemoteId>, StoreError> {
        let mut removed = Vec::new();
        let mut new = Vec::new();
        for step in steps {
            match step {
                Step::Keep(_) | Step::Want(..) => {}
                Step::Retag(id, etag) => {
                    events::mark_held(tx, &self.calendar.id, &id, &etag).await?;
                }
                Step::Replace(event) => new.push(event),
                Step::Remove(id) => removed.push(id),
            }
        }
        let mut new = new.into_iter();
        let mut bodies = expansion::some(&mut new, &self.terms).await;
        while !bodies.is_empty() {
            self.tally.count(&bodies);
            // The next ones are expanded while these are stored.
            let storing = events::hold(tx, &self.calendar.id, &bodies, now);
            let (held, next) = futures_util::join!(storing, expansion::some(&mut new, &self.terms));
            held?;
            bodies = next;
        }
        Ok(removed)
    }
}
