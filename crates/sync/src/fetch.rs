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
            let mut answer = match chunks.next() {
                Some(first) => Some(self.ask(first).await?),
                None => None,
            };
            // The next chunk is on its way while this one is stored.
            while let Some(present) = answer {
                let next = async {
                    match chunks.next() {
                        Some(chunk) => self.ask(chunk).await.map(Some),
                        None => Ok(None),
                    }
                };
                let (stored, next) = futures_util::join!(self.store(present), next);
                let (stored, removed) = stored?;
                self.tally.count(&stored);
                self.tally.removed += removed;
                answer = next?;
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

    async fn store(&self, answer: Answer) -> Result<(Vec<Body>, i64), PullError> {
        let bodies: Vec<_> =
            answer.events.into_iter().map(|event| expansion::body(event, &self.terms)).collect();
        let mut tx = self.ctx.db.begin().await?;
        events::hold(&mut tx, &self.calendar.id, &bodies, self.ctx.clock.now()).await?;
        let removed = events::remove(&mut tx, &self.calendar.id, &answer.gone).await?;
        if !bodies.is_empty() || removed > 0 {
            calendars::note_untold(&mut tx, &self.calendar.id, self.ctx.clock.now()).await?;
        }
        tx.announce(Change::Calendar(self.calendar.id.clone()));
        tx.announce(Change::Connection(self.connection.id.clone()));
        tx.commit().await?;
        Ok((bodies, removed))
    }
}
