//! What exists at Microsoft: tenants, people with their mailboxes, calendars, the events in them,
//! and the logs of changes behind delta tokens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::faults::{MicrosoftFaults, MicrosoftManners};
use super::ids::{self, Key};
use super::moment::{Window, stamp, stretch};
use super::pattern::is_series;
use super::push::Push;
use crate::faults::Trouble;
use crate::oauth::{Issuer, Scopes};
use crate::quota::Sliding;

pub(crate) use crate::provider::Event;

/// The tenant of all personal accounts.
pub(crate) const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    Work,
    School,
    Personal,
}

#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) kind: AccountKind,
    /// People may let programs in by themselves.
    pub(crate) users_consent: bool,
    /// What an administrator has allowed for everyone.
    pub(crate) granted: Scopes,
}

/// What a person may do in a calendar, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    Read,
    Write,
    /// As a delegate who sees private events too.
    Delegate,
    Owner,
}

/// A calendar in somebody's mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) calendar: usize,
    pub(crate) sharing: Sharing,
    pub(crate) default: bool,
    /// In which of the person's groups it lies.
    pub(crate) group: usize,
}

/// A creation that said its `transactionId`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transaction {
    pub(crate) key: Key,
    /// What was sent.
    pub(crate) content: u64,
}

#[derive(Debug)]
pub(crate) struct MicrosoftPerson {
    pub(crate) email: String,
    pub(crate) name: String,
    /// Personal accounts may have none.
    pub(crate) mail: Option<String>,
    pub(crate) oid: String,
    pub(crate) tenant: usize,
    /// By its Windows name.
    pub(crate) time_zone: String,
    pub(crate) entries: Vec<Entry>,
    /// Ids and names.
    pub(crate) groups: Vec<(String, String)>,
    pub(crate) transactions: BTreeMap<String, Transaction>,
    pub(crate) calls: Sliding,
    /// Requests that are being answered.
    pub(crate) in_flight: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// Absent: deleted. Of an instance: cancelled.
    pub(crate) event: Option<Event>,
    pub(crate) revision: u64,
    pub(crate) generation: u16,
    /// When it is; of a series, its first instance.
    when: Option<(Timestamp, Timestamp)>,
    /// What a series was before, with the revision that ended that.
    pub(crate) before: Vec<(u64, Event)>,
}

#[derive(Debug)]
pub(crate) struct MicrosoftCalendar {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) owner: usize,
    pub(crate) epoch: u64,
    pub(crate) revision: u64,
    /// Holidays and birthdays can be changed by nobody.
    pub(crate) fixed: bool,
    events: BTreeMap<Key, Stored>,
    by_revision: BTreeMap<u64, Key>,
}

impl MicrosoftCalendar {
    pub(crate) fn stored(&self, key: Key) -> Option<&Stored> {
        self.events.get(&key)
    }

    pub(crate) fn event(&self, key: Key) -> Option<&Event> {
        self.stored(key).and_then(|stored| stored.event.as_ref())
    }

    /// Does an event, as it is stored, touch a window?
    pub(crate) fn touches(&self, key: Key, window: Window) -> bool {
        let when = self.stored(key).and_then(|stored| stored.when);
        when.is_some_and(|when| window.touches(when))
    }

    /// Living single events and series.
    pub(crate) fn living(&self) -> impl Iterator<Item = (Key, &Event)> {
        let all = self.events.iter().filter(|(key, _)| key.day.is_none());
        all.filter_map(|(key, stored)| Some((*key, stored.event.as_ref()?)))
    }

    /// Changed and cancelled instances of a series.
    pub(crate) fn exceptions(&self, master: Key) -> impl Iterator<Item = (Key, &Stored)> {
        let from = self.events.range(master..);
        let theirs = from.take_while(move |(key, _)| key.number == master.number);
        theirs.filter(|(key, _)| key.day.is_some()).map(|(key, stored)| (*key, stored))
    }

    /// What has changed after a revision, oldest first.
    pub(crate) fn changed_since(&self, revision: u64) -> impl Iterator<Item = (Key, &Stored)> {
        let later = self.by_revision.range(revision.saturating_add(1)..);
        later.filter_map(|(_, key)| Some((*key, self.stored(*key)?)))
    }

    pub(crate) fn generation(&self, key: Key) -> u16 {
        self.stored(key.master()).map_or(0, |stored| stored.generation)
    }

    fn put(&mut self, key: Key, mut event: Option<Event>, now: Timestamp) {
        self.revision += 1;
        let revision = self.revision;
        let old = self.events.remove(&key);
        let generation = old.as_ref().map_or_else(|| self.generation(key), |old| old.generation);
        let mut before = Vec::new();
        if let Some(old) = old {
            self.by_revision.remove(&old.revision);
            before = old.before;
            let recast = |old: &Event| {
                let differs = |name| event.as_ref().and_then(|new| new.get(name)) != old.get(name);
                is_series(old) && ["recurrence", "start", "end"].into_iter().any(differs)
            };
            before.extend(old.event.filter(recast).map(|event| (revision, event)));
        }
        if let Some(event) = &mut event {
            event.entry("createdDateTime").or_insert_with(|| json!(stamp(now)));
            event.insert("lastModifiedDateTime".into(), json!(stamp(now)));
        }
        self.by_revision.insert(revision, key);
        let when = event.as_ref().and_then(stretch);
        self.events.insert(key, Stored { event, revision, generation, when, before });
    }

    /// Changed instances are as if they had never been.
    pub(crate) fn forget_exceptions(&mut self, master: Key) {
        let keys: Vec<Key> = self.exceptions(master).map(|(key, _)| key).collect();
        for key in keys {
            if let Some(old) = self.events.remove(&key) {
                self.by_revision.remove(&old.revision);
            }
        }
    }

    /// Takes an event and its changed instances out, and leaves word that it is gone.
    fn take(&mut self, key: Key, now: Timestamp) -> Vec<(Key, Stored)> {
        let keys: Vec<Key> = self.exceptions(key).map(|(key, _)| key).chain([key]).collect();
        let taken = keys.iter().filter_map(|key| Some((*key, self.stored(*key)?.clone())));
        let taken: Vec<(Key, Stored)> = taken.collect();
        self.forget_exceptions(key);
        self.put(key, None, now);
        taken
    }

    fn bring(&mut self, (key, stored): (Key, Stored), now: Timestamp) {
        self.put(key, stored.event, now);
        if let Some(here) = self.events.get_mut(&key) {
            (here.generation, here.before) = (stored.generation.saturating_add(1), Vec::new());
        }
    }

    /// Ordinary ids of all events change.
    pub(crate) fn renew_ids(&mut self) {
        self.events.values_mut().for_each(|stored| stored.generation += 1);
        self.epoch += 1;
    }
}

/// A text member.
pub(crate) fn text<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.get(name).and_then(Value::as_str)
}

pub(crate) fn is_true(event: &Event, name: &str) -> bool {
    event.get(name) == Some(&Value::Bool(true))
}

#[derive(Debug, Default)]
pub struct Microsoft {
    pub(crate) tenants: Vec<Directory>,
    pub(crate) people: Vec<MicrosoftPerson>,
    pub(crate) calendars: Vec<MicrosoftCalendar>,
    pub(crate) issuer: Issuer,
    pub(crate) manners: MicrosoftManners,
    pub(crate) faults: Trouble<MicrosoftFaults>,
    pub(crate) push: Push,
    numbers: u64,
}

impl Microsoft {
    pub(crate) fn tenant_of(&self, person: usize) -> Option<&Directory> {
        self.people.get(person).and_then(|person| self.tenants.get(person.tenant))
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// A new calendar of somebody's own.
    pub(crate) fn add_calendar(&mut self, owner: usize, name: &str) -> usize {
        let id = ids::write(Key::of(self.next_number()), Some(0));
        self.calendars.push(MicrosoftCalendar {
            id,
            name: name.to_owned(),
            color: "auto".into(),
            owner,
            epoch: 1,
            revision: 1,
            fixed: false,
            events: BTreeMap::new(),
            by_revision: BTreeMap::new(),
        });
        let calendar = self.calendars.len() - 1;
        self.list(owner, (calendar, Sharing::Owner));
        calendar
    }

    /// Lists a calendar for a person, or changes what they may do in it.
    pub(crate) fn list(&mut self, person: usize, (calendar, sharing): (usize, Sharing)) {
        let Some(person) = self.people.get_mut(person) else { return };
        if let Some(entry) = person.entries.iter_mut().find(|it| it.calendar == calendar) {
            entry.sharing = sharing;
            return;
        }
        let default = person.entries.is_empty();
        let group = usize::from(sharing != Sharing::Owner);
        person.entries.push(Entry { calendar, sharing, default, group });
    }

    /// A calendar goes on under another id: bookmarks and subscriptions that name the old one end.
    pub(crate) fn renew_calendar_id(&mut self, calendar: usize) -> Option<String> {
        let id = ids::write(Key::of(self.next_number()), Some(0));
        let known = self.calendars.get_mut(calendar)?;
        known.id.clone_from(&id);
        known.epoch += 1;
        self.push.forget(calendar, None);
        Some(id)
    }

    /// Takes a calendar off a mailbox; the owner's is deleted for everyone.
    pub(crate) fn unlist(&mut self, person: usize, calendar: usize) {
        let owned = self.calendars.get(calendar).is_some_and(|it| it.owner == person);
        for (at, known) in self.people.iter_mut().enumerate() {
            if owned || at == person {
                known.entries.retain(|entry| entry.calendar != calendar);
            }
        }
        self.push.forget(calendar, (!owned).then_some(person));
    }

    /// Stores an event, or that it is gone, and tells whoever has subscribed.
    pub(crate) fn store(
        &mut self,
        calendar: usize,
        key: Key,
        event: Option<Event>,
        now: Timestamp,
    ) {
        let Some(known) = self.calendars.get_mut(calendar) else { return };
        let there = known.event(key).is_some() || key.day.is_some();
        let change = match (&event, there) {
            (None, _) => "deleted",
            (Some(_), true) => "updated",
            (Some(_), false) => "created",
        };
        if event.is_none() && key.day.is_none() {
            known.take(key, now);
        } else {
            known.put(key, event, now);
        }
        self.tell(calendar, key, change, now);
    }

    /// Moves an event to another calendar: its ordinary id changes.
    pub(crate) fn send_to(&mut self, (from, to): (usize, usize), key: Key, now: Timestamp) {
        let Some(taken) = self.calendars.get_mut(from).map(|it| it.take(key, now)) else { return };
        self.tell(from, key, "deleted", now);
        let Some(there) = self.calendars.get_mut(to) else { return };
        // The series goes before its instances, which take its generation.
        taken.into_iter().rev().for_each(|stored| there.bring(stored, now));
        self.tell(to, key, "created", now);
    }
}
