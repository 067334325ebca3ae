//! Bodies that a listing only named: fetched in chunks, short answers found out, every chunk
//! stored in a transaction of its own, so that a first pull goes on where it was stopped.

use std::collections::{HashSet, VecDeque};

use connection::{RemoteEvent, RemoteId};
use store::events::Body;
use store::{Change, calendars, events};

use crate::expansion;
use crate::pull::{Pull, PullError};

/// Names asked for in one request.
const CHUNK: usize = 100;
/// Names read from the store at once.
pub(crate) const BATCH_MAX: i64 = 2_000;

/// What one batch brought.
struct Answer {
    events: Vec<RemoteEvent>,
    gone: Vec<RemoteId>,
}

impl Pull<'_> {
    /// Fetches and stores every body that is still wanted.
    pub(crate) async fn fetch_wanted(&mut self) -> Result<(), PullError> {
        while !self.wanted.is_empty() {
            let wanted = std::mem::take(&mut self.wanted);
            let ids: Vec<RemoteId> = wanted.into_iter().map(|(id, _)| id).collect();
            let mut chunks = ids.chunks(CHUNK);
            let mut gone = Vec::new();
            let mut answer = match chunks.next() {
                Some(first) => Some(self.ask(first).await?),
                None => None,
            };
            // The next chunk is on its way while this one is stored.
            while let Some(mut present) = answer {
                gone.append(&mut present.gone);
                let next = async {
                    match chunks.next() {
                        Some(chunk) => self.ask(chunk).await.map(Some),
                        None => Ok(None),
                    }
                };
                let (stored, next) = futures_util::join!(self.store(present.events), next);
                self.tally.count(&stored?);
                answer = next?;
            }
            self.forget(&gone).await?;
            if self.tally.braked.is_some() {
                return Ok(());
            }
            let mut tx = self.ctx.db.read().await?;
            self.wanted = events::pending(&mut tx, &self.calendar.id, BATCH_MAX).await?;
        }
        Ok(())
    }

    /// Asks until each name is either answered or, asked for alone, proven gone. Servers cap
    /// their answers silently: a name that is missing among others proves nothing.
    async fn ask(&self, ids: &[RemoteId]) -> Result<Answer, PullError> {
        let mut answer = Answer { events: Vec::with_capacity(ids.len()), gone: Vec::new() };
        let mut open: VecDeque<Vec<RemoteId>> = VecDeque::from([ids.to_vec()]);
        while let Some(chunk) = open.pop_front() {
            let remote = &self.calendar.remote;
            let came = self.adapter.fetch(&self.access, remote, &chunk).await?;
            let names: HashSet<&RemoteId> = came.iter().map(|event| &event.id).collect();
            let (answered, missing): (Vec<_>, Vec<_>) =
                chunk.iter().cloned().partition(|id| names.contains(id));
            let alone = chunk.len() == 1;
            answer.events.extend(came.into_iter().filter(|event| answered.contains(&event.id)));
            match (missing.len(), answered.is_empty()) {
                (0, _) => {}
                (_, true) if alone => answer.gone.extend(missing),
                (many, true) => {
                    open.push_back(missing[..many / 2].to_vec());
                    open.push_back(missing[many / 2..].to_vec());
                }
                (_, false) => open.push_back(missing),
            }
        }
        Ok(answer)
    }

    async fn store(&self, came: Vec<RemoteEvent>) -> Result<Vec<Body>, PullError> {
        let (id, now) = (&self.calendar.id, self.ctx.clock.now());
        let bodies: Vec<_> =
            came.into_iter().map(|event| expansion::body(event, &self.terms)).collect();
        let names: Vec<RemoteId> = bodies.iter().map(|body| body.remote.clone()).collect();
        let mut tx = self.keep().await?;
        events::hold(&mut tx, id, &bodies, now).await?;
        let touched = events::series_of(&mut tx, id, &names).await?;
        self.settle(&mut tx, touched).await?;
        if !bodies.is_empty() {
            calendars::note_untold(&mut tx, id, now).await?;
        }
        tx.announce(Change::Calendar(id.clone()));
        tx.announce(Change::Connection(self.connection.id.clone()));
        tx.commit().await?;
        Ok(bodies)
    }

    /// Forgets what was listed and is not there, unless that is too much to be believed.
    async fn forget(&mut self, gone: &[RemoteId]) -> Result<(), PullError> {
        if gone.is_empty() {
            return Ok(());
        }
        let id = self.calendar.id.clone();
        let mut tx = self.keep().await?;
        self.tally.braked = self.doubt(&mut tx, gone, false).await?;
        if self.tally.braked.is_some() {
            return Ok(());
        }
        let touched = events::series_of(&mut tx, &id, gone).await?;
        let removed = events::remove(&mut tx, &id, gone).await?;
        self.settle(&mut tx, touched).await?;
        calendars::note_untold(&mut tx, &id, self.ctx.clock.now()).await?;
        tx.announce(Change::Calendar(id));
        tx.commit().await?;
        self.tally.removed += removed;
        Ok(())
    }
}
