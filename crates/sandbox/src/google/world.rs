//! What exists at Google: people, the calendars that each of them lists, the events in them, and
//! the logs of changes behind sync tokens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::faults::{GoogleFaults, GoogleManners};
use super::push::Push;
use super::quota::Quota;
use crate::faults::Trouble;
use crate::oauth::Issuer;

pub(crate) use crate::provider::Event;

/// What a person may do in a calendar, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    FreeBusyReader,
    Reader,
    WriterWithoutPrivateAccess,
    Writer,
    Owner,
}

impl Role {
    pub(crate) fn writes(self) -> bool {
        self >= Self::WriterWithoutPrivateAccess
    }

    /// Private events of others show their times only.
    pub(crate) fn sees_private(self) -> bool {
        self >= Self::Writer
    }
}

/// A calendar in somebody's list.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) calendar: usize,
    pub(crate) role: Role,
    pub(crate) primary: bool,
    /// What the person has set for themselves: `colorId`, `selected`, `hidden` …
    pub(crate) own: Event,
    pub(crate) deleted: bool,
    pub(crate) revision: u64,
}

#[derive(Debug)]
pub(crate) struct GooglePerson {
    pub(crate) email: String,
    pub(crate) name: String,
    /// The number that never changes.
    pub(crate) sub: String,
    /// The Workspace domain, if it is no private account.
    pub(crate) domain: Option<String>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) list_revision: u64,
    pub(crate) list_epoch: u64,
}

#[derive(Debug)]
struct Stored {
    event: Event,
    revision: u64,
}

#[derive(Debug)]
pub(crate) struct GoogleCalendar {
    pub(crate) id: String,
    pub(crate) summary: String,
    pub(crate) description: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) owner: usize,
    /// Holidays and subscribed feeds cannot be watched.
    pub(crate) watchable: bool,
    pub(crate) updated: Timestamp,
    pub(crate) epoch: u64,
    pub(crate) revision: u64,
    events: BTreeMap<String, Stored>,
    by_revision: BTreeMap<u64, String>,
}

impl GoogleCalendar {
    pub(crate) fn new(id: String, summary: &str, time_zone: &str, owner: usize) -> Self {
        Self {
            id,
            summary: summary.to_owned(),
            description: None,
            time_zone: time_zone.to_owned(),
            owner,
            watchable: true,
            updated: Timestamp::UNIX_EPOCH,
            epoch: 1,
            revision: 1,
            events: BTreeMap::new(),
            by_revision: BTreeMap::new(),
        }
    }

    pub(crate) fn event(&self, id: &str) -> Option<&Event> {
        self.events.get(id).map(|stored| &stored.event)
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.values().map(|stored| &stored.event)
    }

    pub(crate) fn living(&self) -> usize {
        self.events().filter(|event| !is_cancelled(event)).count()
    }

    /// Changes after a revision, oldest first, with their revisions.
    pub(crate) fn changed_since(&self, revision: u64) -> impl Iterator<Item = (u64, &Event)> {
        let later = self.by_revision.range(revision.saturating_add(1)..);
        later.filter_map(|(revision, id)| Some((*revision, self.event(id)?)))
    }

    /// Changed and cancelled instances of a series.
    pub(crate) fn exceptions(&self, master: &str) -> impl Iterator<Item = &Event> {
        let prefix = format!("{master}_");
        let from = self.events.range(prefix.clone()..);
        let theirs = from.take_while(move |(id, _)| id.starts_with(&prefix));
        let of = text_of_master(master);
        theirs
            .map(|(_, stored)| &stored.event)
            .filter(move |event| event.get("recurringEventId") == Some(&of))
    }

    /// Stores an event under its `id`, with a new `ETag` and time of change.
    pub(crate) fn put(&mut self, mut event: Event, now: Timestamp) -> Event {
        self.revision += 1;
        let id = text(&event, "id").unwrap_or_default().to_owned();
        event.insert("kind".into(), json!("calendar#event"));
        event.insert("etag".into(), json!(format!("\"{}\"", 3_500_000_000 + self.revision)));
        event.insert("updated".into(), json!(stamp(now)));
        if let Some(old) = self.events.get(&id) {
            self.by_revision.remove(&old.revision);
        }
        self.by_revision.insert(self.revision, id.clone());
        self.updated = now;
        self.events.insert(id, Stored { event: event.clone(), revision: self.revision });
        event
    }
}

fn text_of_master(master: &str) -> Value {
    Value::String(master.to_owned())
}

/// A text member.
pub(crate) fn text<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.get(name).and_then(Value::as_str)
}

pub(crate) fn is_cancelled(event: &Event) -> bool {
    text(event, "status") == Some("cancelled")
}

pub(crate) fn is_series(event: &Event) -> bool {
    event.get("recurrence").and_then(Value::as_array).is_some_and(|lines| !lines.is_empty())
}

/// An instant as Google writes it, with milliseconds.
pub(crate) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[derive(Debug, Default)]
pub struct Google {
    pub(crate) people: Vec<GooglePerson>,
    pub(crate) calendars: Vec<GoogleCalendar>,
    pub(crate) issuer: Issuer,
    pub(crate) manners: GoogleManners,
    pub(crate) faults: Trouble<GoogleFaults>,
    pub(crate) push: Push,
    pub(crate) quota: Quota,
}

impl Google {
    /// The entry of a living calendar in somebody's list, by its id or `primary`.
    pub(crate) fn entry(&self, person: usize, id: &str) -> Option<&Entry> {
        let entries = &self.people.get(person)?.entries;
        let named = |entry: &&Entry| {
            let calendar = self.calendars.get(entry.calendar);
            (id == "primary" && entry.primary) || calendar.is_some_and(|it| it.id == id)
        };
        entries.iter().filter(|entry| !entry.deleted).find(named)
    }

    /// The list of a person has changed at an entry.
    pub(crate) fn touch_entry(&mut self, person: usize, calendar: usize, now: Timestamp) {
        if let Some(known) = self.people.get_mut(person) {
            known.list_revision += 1;
            let revision = known.list_revision;
            let entries = known.entries.iter_mut().filter(|it| it.calendar == calendar);
            entries.for_each(|entry| entry.revision = revision);
        }
        self.ring_list(person, now);
    }

    /// Something that all who list a calendar can see has changed.
    pub(crate) fn touch_calendar(&mut self, calendar: usize, now: Timestamp) {
        let lists = |person: &GooglePerson| person.entries.iter().any(|e| e.calendar == calendar);
        let people = self.people.iter().enumerate().filter(|(_, person)| lists(person));
        let people: Vec<usize> = people.map(|(at, _)| at).collect();
        for person in people {
            self.touch_entry(person, calendar, now);
        }
    }

    /// Stores an event and rings whoever watches.
    pub(crate) fn store(&mut self, calendar: usize, event: Event, now: Timestamp) -> Event {
        let stored = match self.calendars.get_mut(calendar) {
            Some(calendar) => calendar.put(event, now),
            None => event,
        };
        self.ring_events(calendar, now);
        stored
    }

    /// Lists a calendar for a person.
    pub(crate) fn list(
        &mut self,
        person: usize,
        (calendar, role): (usize, Role),
        own: Event,
        now: Timestamp,
    ) {
        let primary = self
            .people
            .get(person)
            .zip(self.calendars.get(calendar))
            .is_some_and(|(person, calendar)| person.email == calendar.id);
        if let Some(known) = self.people.get_mut(person) {
            known.entries.retain(|entry| entry.calendar != calendar);
            let entry = Entry { calendar, role, primary, own, deleted: false, revision: 0 };
            known.entries.push(entry);
        }
        self.touch_entry(person, calendar, now);
    }

    /// Takes a calendar off a list; what watched its events there ends.
    pub(crate) fn unlist(&mut self, person: usize, calendar: usize, now: Timestamp) {
        let entries = self.people.get_mut(person).map(|person| person.entries.iter_mut());
        let entries = entries.into_iter().flatten().filter(|entry| entry.calendar == calendar);
        entries.for_each(|entry| entry.deleted = true);
        self.push.forget(person, calendar);
        self.touch_entry(person, calendar, now);
    }
}
