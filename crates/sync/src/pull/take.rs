//! What one page brings, stored in one transaction with the cursor that vouches for it.

use std::collections::{BTreeSet, HashSet};

use calendar::ical;
use connection::{Cursor, ETag, Page, ProviderError, RemoteId};
use jiff::Timestamp;
use store::{Change, StoreError, Tx, calendars, events};

use super::{Pull, PullError};
use crate::fetch::BATCH_MAX;
use crate::plan::{Plan, Step, plan};
use crate::{expansion, family};

impl Pull<'_> {
    /// Stores one page, and the cursor with the rows that it vouches for. With the page that ends
    /// the listing goes what all of it says is gone.
    pub(super) async fn take(
        &mut self,
        page: Page,
        from: &Cursor,
        ends: bool,
    ) -> Result<(), PullError> {
        let (ctx, id) = (self.ctx, self.calendar.id.clone());
        let now = ctx.clock.now();
        let next = page.next.clone();
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
        self.sweeps |= plan.sweeps;
        if self.sweeps || plan.steps.iter().any(|step| !matches!(step, Step::Keep(_))) {
            events::list(&mut tx, &id, &listed, self.place.listing, (now, ctx.dice.as_ref()))
                .await?;
        }
        events::attach(&mut tx, &id, &parts).await?;
        let mut changed = family::changed(&plan.steps);
        let removed = self.act(&mut tx, plan.steps, now).await?;
        let gone = if plan.sweeps {
            events::unlist(&mut tx, &id, &removed).await?;
            Vec::new()
        } else {
            removed
        };
        self.hold_back(gone, &listed);
        let gone = if ends { std::mem::take(&mut self.held_back) } else { Vec::new() };
        changed.extend_from_slice(&gone);
        // Before anything goes: what is removed says which series it was a part of.
        let mut touched = events::series_of(&mut tx, &id, &changed).await?;
        let braked = if ends { self.let_go(&mut tx, &gone, &mut touched).await? } else { None };
        self.settle(&mut tx, touched).await?;
        let leads_on = plan.sweeps && matches!(next, Cursor::Midway(_));
        let cursor = match &braked {
            // A doubted listing vouches for nothing: the next pull asks from the beginning again.
            Some(_) => self.sweeps.then_some(Cursor::Beginning),
            // Whoever goes on from a bookmark does not see again what was held back before it.
            None => (ends || leads_on || self.lets_nothing_go()).then_some(next),
        };
        if let Some(cursor) = &cursor {
            let listed_at = (ends && self.sweeps && braked.is_none()).then_some(now);
            let listing = (self.place.listing, listed_at);
            calendars::save_cursor(&mut tx, &id, cursor, listing).await?;
        }
        if ends {
            self.wanted = events::pending(&mut tx, &id, BATCH_MAX).await?;
        }
        if self.tally.sum() != before {
            calendars::note_untold(&mut tx, &id, now).await?;
        }
        if !listed.is_empty() || self.tally.sum() != before {
            tx.announce(Change::Calendar(id));
            tx.announce(Change::Connection(self.connection.id.clone()));
        }
        tx.commit().await?;
        if let Some(cursor) = cursor {
            self.place.cursor = cursor;
        }
        self.tally.braked = braked;
        Ok(())
    }

    /// Removes what a whole listing says is gone, and names the series that it was a part of; why
    /// not, where so much is not believed.
    async fn let_go(
        &mut self,
        tx: &mut Tx,
        gone: &[RemoteId],
        touched: &mut BTreeSet<RemoteId>,
    ) -> Result<Option<String>, StoreError> {
        let id = &self.calendar.id;
        let braked = self.doubt(tx, gone, self.sweeps).await?;
        if braked.is_some() {
            return Ok(braked);
        }
        self.tally.removed += events::remove(tx, id, gone).await?;
        if self.sweeps {
            touched.extend(events::series_unseen(tx, id, self.place.listing).await?);
            self.tally.removed += events::sweep(tx, id, self.place.listing).await?;
        }
        Ok(None)
    }

    /// Do the pages so far say of nothing that it is gone?
    pub(super) fn lets_nothing_go(&self) -> bool {
        !self.sweeps && self.held_back.is_empty()
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
