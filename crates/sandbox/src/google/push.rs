//! Push channels and the rings that go through them. A ring carries no news: its body is empty.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::world::Google;
use crate::net::http_date;
use crate::rings::{Heard, Log, Queue, Ring, Sender};

const PATIENCE_S: u64 = 10;
const TRIES_MAX: u32 = 6;

/// What a channel listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Watched {
    /// The events of a calendar.
    Events(usize),
    /// The list of a person.
    List(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) watched: Watched,
    pub(crate) person: usize,
    pub(crate) client: String,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    pub(crate) resource_id: String,
    pub(crate) resource_uri: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) number: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Push {
    channels: BTreeMap<String, Channel>,
    by_watched: BTreeMap<Watched, Vec<String>>,
    due: Queue<Ring>,
    heard: Log,
}

impl Push {
    pub(crate) fn channel(&self, id: &str, now: Timestamp) -> Option<&Channel> {
        self.channels.get(id).filter(|channel| channel.expires_at > now)
    }

    pub(crate) fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    pub(crate) fn open(&mut self, channel: Channel) {
        self.close(&channel.id);
        self.by_watched.entry(channel.watched).or_default().push(channel.id.clone());
        self.channels.insert(channel.id.clone(), channel);
    }

    pub(crate) fn close(&mut self, id: &str) -> bool {
        let Some(channel) = self.channels.remove(id) else { return false };
        if let Some(ids) = self.by_watched.get_mut(&channel.watched) {
            ids.retain(|known| known != id);
        }
        true
    }

    /// Channels of a person on a calendar that they see no more.
    pub(crate) fn forget(&mut self, person: usize, calendar: usize) {
        self.close_all(|channel| {
            channel.person == person && channel.watched == Watched::Events(calendar)
        });
    }

    /// Closes channels without a word.
    pub(crate) fn close_all(&mut self, which: impl Fn(&Channel) -> bool) {
        let those = self.channels.values().filter(|channel| which(channel));
        let ids: Vec<String> = those.map(|channel| channel.id.clone()).collect();
        for id in &ids {
            self.close(id);
        }
    }

    /// The living channels on something, with who opened them.
    fn listening(&self, watched: Watched, now: Timestamp) -> Vec<(String, usize)> {
        let ids = self.by_watched.get(&watched).into_iter().flatten();
        let living = ids.filter_map(|id| self.channel(id, now));
        living.map(|channel| (channel.id.clone(), channel.person)).collect()
    }

    fn next_ring(&mut self, id: &str, state: &'static str, due_at: Timestamp) -> Option<Ring> {
        let channel = self.channels.get_mut(id)?;
        channel.number += 1;
        let mut headers = vec![
            ("x-goog-channel-id", channel.id.clone()),
            ("x-goog-channel-expiration", http_date(channel.expires_at, 0)),
            ("x-goog-resource-id", channel.resource_id.clone()),
            ("x-goog-resource-uri", channel.resource_uri.clone()),
            ("x-goog-resource-state", state.to_owned()),
            ("x-goog-message-number", channel.number.to_string()),
        ];
        headers.extend(channel.token.clone().map(|token| ("x-goog-channel-token", token)));
        Some(Ring {
            sender: Sender::Google,
            address: channel.address.clone(),
            channel: channel.id.clone(),
            state,
            number: channel.number,
            due_at,
            tries: 0,
            patience_s: PATIENCE_S,
            first_at: due_at,
            headers,
            body: String::new(),
        })
    }

    fn queue(&mut self, ring: Ring) {
        self.due.push(ring.due_at, ring);
    }

    /// The next ring whose time has come.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<Ring> {
        self.due.take(now)
    }

    pub(crate) fn next_due_at(&self) -> Option<Timestamp> {
        self.due.next_due_at()
    }

    /// What a ring was answered with decides whether it is tried again.
    pub(crate) fn answered(&mut self, ring: Ring, status: Option<u16>, now: Timestamp) {
        let outcome = match status {
            Some(102 | 200 | 201 | 202 | 204) => "answered",
            None | Some(500 | 502 | 503 | 504) if ring.tries + 1 < TRIES_MAX => "tried again",
            _ => "given up",
        };
        self.heard.note(&ring, status, outcome, now);
        if outcome == "tried again" {
            let wait = SignedDuration::from_secs(1 << ring.tries);
            let due_at = now.checked_add(wait).unwrap_or(now);
            self.queue(Ring { due_at, tries: ring.tries + 1, ..ring });
        }
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.all()
    }
}

impl Google {
    pub(crate) fn ring_events(&mut self, calendar: usize, now: Timestamp) {
        self.ring_all(Watched::Events(calendar), now);
    }

    pub(crate) fn ring_list(&mut self, person: usize, now: Timestamp) {
        self.ring_all(Watched::List(person), now);
    }

    fn ring_all(&mut self, watched: Watched, now: Timestamp) {
        for (channel, person) in self.push.listening(watched, now) {
            self.ring(&channel, person, "exists", now);
        }
    }

    /// Rings one channel, as far as the faults of its person let it.
    pub(crate) fn ring(
        &mut self,
        channel: &str,
        person: usize,
        state: &'static str,
        now: Timestamp,
    ) {
        let due_at = self.faults.due_at(person, now);
        let Some(ring) = self.push.next_ring(channel, state, due_at) else { return };
        if self.faults.struck(person, |faults| faults.push_dropped.strike()) {
            self.push.heard.note(&ring, None, "dropped", now);
            return;
        }
        if self.faults.struck(person, |faults| faults.push_doubled.strike()) {
            self.push.queue(ring.clone());
        }
        self.push.queue(ring);
    }
}
