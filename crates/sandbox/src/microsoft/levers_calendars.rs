//! Control of Microsoft's side, continued: calendars and events, as their owners would change
//! them.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::event_edit::{address, dress, settle};
use super::expand::find;
use super::ids::{self, Key};
use super::levers::MicrosoftLevers;
use super::moment::{Point, times};
use super::world::{Entry, Event, Microsoft, MicrosoftCalendar, Sharing, text};
use crate::levers::Unknown;

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

    /// A calendar of a person by its id, by `default`, or by what it is called.
    fn calendar_of(&self, email: &str, name: &str) -> Result<usize, Unknown> {
        let person = self.person(email).and_then(|at| self.people.get(at)).ok_or(Unknown)?;
        let called = |entry: &&Entry| {
            let calendar = self.calendars.get(entry.calendar);
            (name == "default" && entry.default)
                || calendar.is_some_and(|it| it.id == name || it.name == name)
        };
        person.entries.iter().find(called).map(|entry| entry.calendar).ok_or(Unknown)
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
}

/// In all of these a calendar is named by its id, by `default`, or by its name; an event by its
/// ordinary or immutable id.
impl MicrosoftLevers {
    pub fn calendars(&self, email: &str) -> Result<Vec<MicrosoftCalendarView>, Unknown> {
        self.sandbox.with(|world| {
            let microsoft = &world.microsoft;
            let person = microsoft.person(email).and_then(|at| microsoft.people.get(at));
            let view = |entry: &Entry| {
                let calendar = microsoft.calendars.get(entry.calendar)?;
                Some(MicrosoftCalendarView {
                    id: calendar.id.clone(),
                    name: calendar.name.clone(),
                    sharing: entry.sharing,
                    default: entry.default,
                    events: calendar.living().count(),
                })
            };
            Ok(person.ok_or(Unknown)?.entries.iter().filter_map(view).collect())
        })
    }

    /// A new calendar of their own; returns its id.
    pub fn add_calendar(&self, email: &str, name: &str) -> Result<String, Unknown> {
        self.of_person(email, |microsoft, person, _| {
            let at = microsoft.add_calendar(person, name);
            microsoft.calendars.get(at).map(|it| it.id.clone()).unwrap_or_default()
        })
    }

    /// Lists a calendar for somebody else too, or changes what they may do in it.
    pub fn share_calendar(
        &self,
        email: &str,
        calendar: &str,
        (with, sharing): (&str, Sharing),
    ) -> Result<(), Unknown> {
        self.change(|world, _| {
            let at = world.microsoft.calendar_of(email, calendar)?;
            let guest = world.microsoft.person(with).ok_or(Unknown)?;
            world.microsoft.list(guest, (at, sharing));
            Ok(())
        })
    }

    pub fn rename_calendar(&self, email: &str, calendar: &str, to: &str) -> Result<(), Unknown> {
        self.change(|world, _| {
            let at = world.microsoft.calendar_of(email, calendar)?;
            let known = world.microsoft.calendars.get_mut(at).ok_or(Unknown)?;
            to.clone_into(&mut known.name);
            Ok(())
        })
    }

    /// Takes a calendar off a mailbox; one of their own is gone for everyone.
    pub fn remove_calendar(&self, email: &str, calendar: &str) -> Result<(), Unknown> {
        self.change(|world, _| {
            let at = world.microsoft.calendar_of(email, calendar)?;
            let person = world.microsoft.person(email).ok_or(Unknown)?;
            world.microsoft.unlist(person, at);
            Ok(())
        })
    }

    /// Events as they are stored, each with its ordinary id: singles, series, changed instances.
    pub fn events(&self, email: &str, calendar: &str) -> Result<Vec<Value>, Unknown> {
        self.sandbox.with(|world| {
            let microsoft = &world.microsoft;
            let at = microsoft.calendar_of(email, calendar)?;
            let known = microsoft.calendars.get(at).ok_or(Unknown)?;
            let shown = |(key, event): (Key, &Event)| {
                let mut event = event.clone();
                event.insert("id".into(), json!(microsoft.id_of(at, key)));
                Value::Object(event)
            };
            let all = known.living().flat_map(|(key, event)| {
                let changed = known.exceptions(key);
                let living = changed.filter_map(|(key, it)| Some((key, it.event.as_ref()?)));
                [(key, event)].into_iter().chain(living).collect::<Vec<_>>()
            });
            Ok(all.map(shown).collect())
        })
    }

    /// Makes an event, or replaces the one with its `id`; returns the id.
    pub fn put_event(&self, email: &str, calendar: &str, event: Value) -> Result<String, Unknown> {
        let Value::Object(event) = event else { return Err(Unknown) };
        self.change(|world, now| {
            let at = world.microsoft.calendar_of(email, calendar)?;
            let key = world.microsoft.put_event(at, event, now);
            Ok(world.microsoft.id_of(at, key))
        })
    }

    /// A new event at a time on the wall of the sandbox's zone; returns its id.
    pub fn add_event(
        &self,
        email: &str,
        calendar: &str,
        subject: &str,
        (start, minutes): (DateTime, i64),
    ) -> Result<String, Unknown> {
        let end = start.checked_add(SignedDuration::from_mins(minutes)).map_err(|_| Unknown)?;
        let zone = super::zones::windows(&self.sandbox.time_zone());
        let at = |moment: DateTime| json!({ "dateTime": moment.to_string(), "timeZone": zone });
        let event = json!({ "subject": subject, "start": at(start), "end": at(end) });
        self.put_event(email, calendar, event)
    }

    fn change_event(
        &self,
        email: &str,
        (calendar, id): (&str, &str),
        change: impl FnOnce(Event) -> Option<Event>,
    ) -> Result<(), Unknown> {
        let (key, _) = ids::read(id).ok_or(Unknown)?;
        self.change(|world, now| {
            let at = world.microsoft.calendar_of(email, calendar)?;
            let known = world.microsoft.calendars.get(at).ok_or(Unknown)?;
            let row = find(known, key).ok_or(Unknown)?;
            world.microsoft.store(at, key, change(row.event), now);
            Ok(())
        })
    }

    /// Replaces members of an event, or of an instance of a series.
    pub fn patch_event(
        &self,
        email: &str,
        event: (&str, &str),
        patch: Value,
    ) -> Result<(), Unknown> {
        let Value::Object(patch) = patch else { return Err(Unknown) };
        self.change_event(email, event, |mut event| {
            event.extend(patch);
            Some(event)
        })
    }

    /// Shifts an event by the clock on the wall.
    pub fn move_event(
        &self,
        email: &str,
        event: (&str, &str),
        minutes: i64,
    ) -> Result<(), Unknown> {
        let by = SignedDuration::from_mins(minutes);
        let later = |point: &Point| point.with_civil(point.civil.saturating_add(by)).write();
        self.change_event(email, event, |mut event| {
            if let Some((start, end)) = times(&event) {
                event.insert("start".into(), later(&start));
                event.insert("end".into(), later(&end));
            }
            Some(event)
        })
    }

    /// Deletes an event, or cancels an instance of a series.
    pub fn delete_event(&self, email: &str, calendar: &str, id: &str) -> Result<(), Unknown> {
        self.change_event(email, (calendar, id), |_| None)
    }

    /// Puts an event into another calendar of the same person; returns its new id.
    pub fn move_to_calendar(
        &self,
        email: &str,
        (calendar, id): (&str, &str),
        to: &str,
    ) -> Result<String, Unknown> {
        let (key, _) = ids::read(id).ok_or(Unknown)?;
        self.change(|world, now| {
            let from = world.microsoft.calendar_of(email, calendar)?;
            let to = world.microsoft.calendar_of(email, to)?;
            let known = world.microsoft.calendars.get(from).ok_or(Unknown)?;
            known.event(key).filter(|_| key.day.is_none() && from != to).ok_or(Unknown)?;
            world.microsoft.send_to((from, to), key, now);
            Ok(world.microsoft.id_of(to, key))
        })
    }
}
