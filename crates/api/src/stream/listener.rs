//! One open stream: what of all that changes belongs to its account, as events.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use axum::response::sse::Event;
use connection::{AccountId, CalendarId, ConnectionId};
use serde_json::json;
use store::{Change, Db, StoreError, calendars, connections};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::journal::{Journal, Since};
use crate::Api;

/// Who listens, and how far they have heard.
pub(super) struct Listener {
    db: Db,
    account: AccountId,
    journal: Arc<Journal>,
    /// The number of the last change that was looked at.
    heard: u64,
    /// The number of the last change before the listener came.
    opened: u64,
    rung: watch::Receiver<u64>,
    stop: CancellationToken,
    /// The connections that are the account's, so that one which goes is still told.
    own: HashSet<ConnectionId>,
    ready: VecDeque<Event>,
}

impl Listener {
    /// Begins after the event `last`, or now.
    pub(super) async fn open(
        api: &Api,
        account: AccountId,
        last: Option<&str>,
    ) -> Result<Self, StoreError> {
        let (db, journal) = (api.house.ctx.db.clone(), Arc::clone(&api.journal));
        let rung = journal.watch();
        let now = *rung.borrow();
        let mut tx = db.read().await?;
        let own = connections::of_account(&mut tx, &account).await?;
        let own = own.into_iter().map(|connection| connection.id).collect();
        drop(tx);
        let heard = last.and_then(|id| journal.number(id));
        let mut ready = VecDeque::new();
        if last.is_some() && heard.is_none() {
            ready.push_back(resync(journal.id(now)));
        } else if last.is_none() {
            // An id without data: who is cut off before the first event can come back, too.
            ready.push_back(Event::default().id(journal.id(now)));
        }
        let (heard, stop) = (heard.unwrap_or(now), api.house.stop.clone());
        Ok(Self { db, account, journal, heard, opened: now, rung, stop, own, ready })
    }

    /// The next event; `None` when the process stops.
    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if let Err(error) = self.catch_up().await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a stream ends: the store did not answer");
                return None;
            }
            if !self.ready.is_empty() {
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => return None,
                rung = self.rung.changed() => rung.ok()?,
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), StoreError> {
        self.rung.mark_unchanged();
        let news = match self.journal.since(self.heard) {
            Since::Lost(number) => {
                self.heard = number;
                self.ready.push_back(resync(self.journal.id(number)));
                return Ok(());
            }
            Since::News(news) => news,
        };
        for (at, (number, change)) in news.iter().enumerate() {
            let again = news[at + 1..].iter().any(|(_, later)| later == change);
            let missed = *number <= self.opened;
            if !again && let Some(event) = self.event(change, missed).await? {
                self.ready.push_back(event.id(self.journal.id(*number)));
            }
            self.heard = *number;
        }
        Ok(())
    }

    /// The event without its id; `None` where it is none of this account's business.
    async fn event(&mut self, change: &Change, missed: bool) -> Result<Option<Event>, StoreError> {
        match change {
            Change::Connection(id) => self.connection(id, missed).await,
            Change::Calendar(id) => self.calendar(id).await,
            Change::Everything => Ok(Some(Event::default().event("resync").data("{}"))),
            Change::Attempt(_) | Change::JobReady => Ok(None),
        }
    }

    async fn connection(
        &mut self,
        id: &ConnectionId,
        missed: bool,
    ) -> Result<Option<Event>, StoreError> {
        let mut tx = self.db.read().await?;
        let there = connections::find(&mut tx, &self.account, id).await?.is_some();
        let was_there = if there { !self.own.insert(id.clone()) } else { self.own.remove(id) };
        if there || was_there {
            let data = json!({ "connection": id.as_str() });
            return Ok(Some(Event::default().event("connection.changed").data(data.to_string())));
        }
        // One that went while nobody listened may have been this account's: it is told to look
        // again, without a word about whose it was.
        let gone = missed && connections::load(&mut tx, id).await?.is_none();
        Ok(gone.then(|| Event::default().event("resync").data("{}")))
    }

    async fn calendar(&self, id: &CalendarId) -> Result<Option<Event>, StoreError> {
        let mut tx = self.db.read().await?;
        let calendar = calendars::find(&mut tx, &self.account, id).await?;
        Ok(calendar.map(|calendar| {
            let (calendar, connection) = (calendar.id.as_str(), calendar.connection.as_str());
            let data = json!({ "calendar": calendar, "connection": connection });
            Event::default().event("calendar.changed").data(data.to_string())
        }))
    }
}

fn resync(id: String) -> Event {
    Event::default().event("resync").data("{}").id(id)
}
