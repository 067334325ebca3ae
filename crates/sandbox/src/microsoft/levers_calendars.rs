//! Microsoft's side as the levers know it, continued: calendars and events.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::event_edit::{address, dress, settle};
use super::expand::find;
use super::ids::{self, Key};
use super::moment::{Point, times};
use super::world::{Entry, Event, Microsoft, MicrosoftCalendar, Sharing, text};
use super::zones;
use crate::levers::Unknown;
use crate::provider::levers::Levers;
use crate::provider::{Calendars, Provider};
use crate::world::World;

/// A calendar in somebody's mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MicrosoftCalendarView {
    pub id: String,
    pub name: String,
    pub sharing: Sharing,
    pub default: bool,
    /// A series is one.
    pub events: usize,
}

impl Microsoft {
    pub(crate) fn calendars_of(
        &mut self,
        person: usize,
    ) -> impl Iterator<Item = &mut MicrosoftCalendar> {
        let entries = self.people.get(person).map(|it| it.entries.clone()).unwrap_or_default();
        let listed = move |at: usize| entries.iter().any(|entry| entry.calendar == at);
        let all = self.calendars.iter_mut().enumerate();
        all.filter(move |(at, _)| listed(*at)).map(|(_, calendar)| calendar)
    }

    /// An event as its owner's own program would make it; what is wrong with it stays so.
    pub(crate) fn put_event(&mut self, calendar: usize, mut event: Event, now: Timestamp) -> Key {
        let said = text(&event, "id").and_then(ids::read).map(|(key, _)| key);
        event.remove("id");
        // A test may want an event that Graph would refuse.
        let _ = settle(&mut event);
        dress(&mut event);
        let owner = self.calendars.get(calendar).map_or(0, |it| it.owner);
        let (name, mail) = self.card(owner);
        event.entry("organizer").or_insert_with(|| address(&name, &mail));
        self.confer(&mut event, owner);
        let key = said.unwrap_or_else(|| Key::of(self.next_number()));
        self.store(calendar, key, Some(event), now);
        key
    }

    fn id_of(&self, calendar: usize, key: Key) -> String {
        let generation = self.calendars.get(calendar).map_or(0, |it| it.generation(key));
        ids::write(key, Some(generation))
    }

    fn change_event(
        &mut self,
        (calendar, id): (usize, &str),
        change: impl FnOnce(Event) -> Option<Event>,
        now: Timestamp,
    ) -> Option<()> {
        let (key, _) = ids::read(id)?;
        let row = find(self.calendars.get(calendar)?, key)?;
        self.store(calendar, key, change(row.event), now);
        Some(())
    }
}

impl Calendars for Microsoft {
    type CalendarView = MicrosoftCalendarView;
    type Right = Sharing;

    const TITLE: &'static str = "subject";
    const CALENDAR_TITLE: &'static str = "name";

    fn shelf(&self, person: usize) -> Vec<MicrosoftCalendarView> {
        let entries = self.people.get(person).into_iter().flat_map(|person| &person.entries);
        let view = |entry: &Entry| {
            let calendar = self.calendars.get(entry.calendar)?;
            Some(MicrosoftCalendarView {
                id: calendar.id.clone(),
                name: calendar.name.clone(),
                sharing: entry.sharing,
                default: entry.default,
                events: calendar.living().count(),
            })
        };
        entries.filter_map(view).collect()
    }

    fn named(&self, person: usize, name: &str) -> Option<usize> {
        let called = |entry: &&Entry| {
            let calendar = self.calendars.get(entry.calendar);
            (name == "default" && entry.default)
                || calendar.is_some_and(|it| it.id == name || it.name == name)
        };
        self.people.get(person)?.entries.iter().find(called).map(|entry| entry.calendar)
    }

    fn make(world: &mut World, person: usize, title: &str, _: Timestamp) -> Option<String> {
        let at = world.microsoft.add_calendar(person, title);
        world.microsoft.calendars.get(at).map(|calendar| calendar.id.clone())
    }

    fn share(&mut self, calendar: usize, (guest, sharing): (usize, Sharing), _: Timestamp) {
        self.list(guest, (calendar, sharing));
    }

    fn retitle(&mut self, calendar: usize, to: &str, _: Timestamp) -> Option<()> {
        to.clone_into(&mut self.calendars.get_mut(calendar)?.name);
        Some(())
    }

    fn take_off(&mut self, person: usize, calendar: usize, _: Timestamp) {
        self.unlist(person, calendar);
    }

    /// Each with its ordinary id.
    fn stored(&self, calendar: usize) -> Vec<Value> {
        let Some(known) = self.calendars.get(calendar) else { return Vec::new() };
        let shown = |(key, event): (Key, &Event)| {
            let mut event = event.clone();
            event.insert("id".into(), json!(self.id_of(calendar, key)));
            Value::Object(event)
        };
        let all = known.living().flat_map(|(key, event)| {
            let changed = known.exceptions(key);
            let living = changed.filter_map(|(key, it)| Some((key, it.event.as_ref()?)));
            [(key, event)].into_iter().chain(living).collect::<Vec<_>>()
        });
        all.map(shown).collect()
    }

    fn write(world: &mut World, calendar: usize, event: Event, now: Timestamp) -> String {
        let key = world.microsoft.put_event(calendar, event, now);
        world.microsoft.id_of(calendar, key)
    }

    fn zone(name: &str) -> &str {
        zones::windows(name)
    }

    fn patch(&mut self, event: (usize, &str), patch: Event, now: Timestamp) -> Option<()> {
        let patched = |mut event: Event| {
            event.extend(patch);
            Some(event)
        };
        self.change_event(event, patched, now)
    }

    fn shift(&mut self, event: (usize, &str), by: SignedDuration, now: Timestamp) -> Option<()> {
        let later = |point: &Point| point.with_civil(point.civil.saturating_add(by)).write();
        let shifted = |mut event: Event| {
            if let Some((start, end)) = times(&event) {
                event.insert("start".into(), later(&start));
                event.insert("end".into(), later(&end));
            }
            Some(event)
        };
        self.change_event(event, shifted, now)
    }

    fn delete(&mut self, event: (usize, &str), now: Timestamp) -> Option<()> {
        self.change_event(event, |_| None, now)
    }
}

impl Levers<Microsoft> {
    /// Gives a calendar another id, which is returned. Its events and its name stay; bookmarks and
    /// subscriptions of the old id end without a word.
    pub fn renew_calendar_id(&self, email: &str, calendar: &str) -> Result<String, Unknown> {
        self.on((email, calendar), |microsoft, at, _| microsoft.renew_calendar_id(at))?
            .ok_or(Unknown)
    }

    /// Puts an event into another calendar of the same person; returns its new id.
    pub fn move_to_calendar(
        &self,
        email: &str,
        (calendar, id): (&str, &str),
        to: &str,
    ) -> Result<String, Unknown> {
        let (key, _) = ids::read(id).ok_or(Unknown)?;
        self.on((email, calendar), |microsoft, from, now| {
            let to = microsoft.person(email).and_then(|person| microsoft.named(person, to))?;
            let known = microsoft.calendars.get(from)?;
            known.event(key).filter(|_| key.day.is_none() && from != to)?;
            microsoft.send_to((from, to), key, now);
            Some(microsoft.id_of(to, key))
        })?
        .ok_or(Unknown)
    }
}
