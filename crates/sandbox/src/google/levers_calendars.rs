//! Google's side as the levers know it, continued: calendars and events.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::calendars::COLORS;
use super::event_edit::{Pen, dress, merge, settle};
use super::expand::find;
use super::moment::{Point, times};
use super::world::{Entry, Event, Google, GoogleCalendar, Role, is_cancelled, text};
use crate::provider::Calendars;
use crate::world::World;

/// A calendar in somebody's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoogleCalendarView {
    pub id: String,
    pub summary: String,
    pub role: Role,
    pub primary: bool,
    /// Events that are not cancelled; a series is one.
    pub events: usize,
}

/// A `colorId` with its colours, as an entry of a list holds them.
pub(crate) fn color(id: &str) -> Event {
    let known = COLORS.iter().find(|(known, _)| *known == id);
    let background = known.map_or("#9fe1e7", |(_, color)| color);
    let own = json!({
        "colorId": id, "backgroundColor": background, "foregroundColor": "#000000",
        "selected": true,
    });
    if let Value::Object(own) = own { own } else { Event::new() }
}

impl Google {
    pub(crate) fn add_calendar(
        &mut self,
        owner: usize,
        (id, summary): (String, &str),
        zone: &str,
    ) -> usize {
        self.calendars.push(GoogleCalendar::new(id, summary, zone, owner));
        self.calendars.len() - 1
    }

    /// Deletes a calendar: it goes from every list.
    pub(crate) fn remove_calendar(&mut self, at: usize, now: Timestamp) {
        let people = 0..self.people.len();
        let lists = |person: &usize| {
            let entries = self.people.get(*person).map(|person| &person.entries);
            entries.into_iter().flatten().any(|it| it.calendar == at && !it.deleted)
        };
        let people: Vec<usize> = people.filter(lists).collect();
        for person in people {
            self.unlist(person, at, now);
        }
    }
}

impl World {
    /// A calendar of somebody's own, with an id as Google makes them.
    pub(crate) fn add_google_calendar(
        &mut self,
        person: usize,
        summary: &str,
        now: Timestamp,
    ) -> usize {
        let (a, b) = (self.dice.roll(), self.dice.roll());
        let id = format!("c_{a:016x}{b:016x}@group.calendar.google.com");
        let zone = self.time_zone.clone();
        let at = self.google.add_calendar(person, (id, summary), &zone);
        let own = color(COLORS.get(at % COLORS.len()).map_or("14", |(id, _)| id));
        self.google.list(person, (at, Role::Owner), own, now);
        at
    }

    /// An event as its owner's own program would make it; what is wrong with it stays so.
    pub(crate) fn put_google_event(
        &mut self,
        calendar: usize,
        mut event: Event,
        now: Timestamp,
    ) -> String {
        if let Some(pen) = self.google.pen_of(calendar, now) {
            // A test may want an event that Google would refuse.
            let _ = settle(&mut event, &pen);
            dress(&mut event, &pen, &mut self.dice);
        }
        let stored = self.google.store(calendar, event, now);
        text(&stored, "id").unwrap_or_default().to_owned()
    }
}

impl Google {
    fn pen_of(&self, calendar: usize, now: Timestamp) -> Option<Pen> {
        let calendar = self.calendars.get(calendar)?;
        Some(Pen {
            calendar_id: calendar.id.clone(),
            time_zone: calendar.time_zone.clone(),
            email: self.people.get(calendar.owner)?.email.clone(),
            conferences: true,
            conference_pending: false,
            now,
        })
    }
}

impl Calendars for Google {
    type CalendarView = GoogleCalendarView;
    type Right = Role;

    const TITLE: &'static str = "summary";
    const CALENDAR_TITLE: &'static str = "summary";

    fn shelf(&self, person: usize) -> Vec<GoogleCalendarView> {
        let entries = self.people.get(person).into_iter().flat_map(|person| &person.entries);
        let view = |entry: &Entry| {
            let calendar = self.calendars.get(entry.calendar)?;
            Some(GoogleCalendarView {
                id: calendar.id.clone(),
                summary: calendar.summary.clone(),
                role: entry.role,
                primary: entry.primary,
                events: calendar.living(),
            })
        };
        entries.filter(|entry| !entry.deleted).filter_map(view).collect()
    }

    fn named(&self, person: usize, name: &str) -> Option<usize> {
        if let Some(entry) = self.entry(person, name) {
            return Some(entry.calendar);
        }
        let mut living = self.people.get(person)?.entries.iter().filter(|entry| !entry.deleted);
        let called = |at: usize| self.calendars.get(at).is_some_and(|it| it.summary == name);
        living.find(|entry| called(entry.calendar)).map(|entry| entry.calendar)
    }

    fn make(world: &mut World, person: usize, title: &str, now: Timestamp) -> Option<String> {
        let at = world.add_google_calendar(person, title, now);
        world.google.calendars.get(at).map(|calendar| calendar.id.clone())
    }

    fn share(&mut self, calendar: usize, (guest, role): (usize, Role), now: Timestamp) {
        self.list(guest, (calendar, role), color("17"), now);
    }

    fn retitle(&mut self, calendar: usize, to: &str, now: Timestamp) -> Option<()> {
        to.clone_into(&mut self.calendars.get_mut(calendar)?.summary);
        self.touch_calendar(calendar, now);
        Some(())
    }

    fn take_off(&mut self, person: usize, calendar: usize, now: Timestamp) {
        self.unlist(person, calendar, now);
    }

    fn stored(&self, calendar: usize) -> Vec<Value> {
        let events = self.calendars.get(calendar).into_iter().flat_map(GoogleCalendar::events);
        events.cloned().map(Value::Object).collect()
    }

    fn write(world: &mut World, calendar: usize, event: Event, now: Timestamp) -> String {
        world.put_google_event(calendar, event, now)
    }

    fn zone(name: &str) -> &str {
        name
    }

    fn patch(&mut self, (calendar, id): (usize, &str), patch: Event, now: Timestamp) -> Option<()> {
        let known = self.calendars.get(calendar)?;
        let mut event = find(known, id)?;
        // What was changed of a series goes with it.
        let goes = patch.get("status") == Some(&json!("cancelled"));
        let parts = known.exceptions(id).filter(|it| goes && !is_cancelled(it));
        for mut part in parts.cloned().collect::<Vec<_>>() {
            part.insert("status".into(), json!("cancelled"));
            self.store(calendar, part, now);
        }
        merge(&mut event, patch);
        self.store(calendar, event, now);
        Some(())
    }

    fn shift(
        &mut self,
        (calendar, id): (usize, &str),
        by: SignedDuration,
        now: Timestamp,
    ) -> Option<()> {
        let known = self.calendars.get(calendar)?;
        let (start, end) = times(&find(known, id)?, &known.time_zone).ok()?;
        let later =
            |point: &Point| Some(point.with_civil(point.civil.checked_add(by).ok()?).write());
        let patch = [("start".to_owned(), later(&start)?), ("end".to_owned(), later(&end)?)];
        self.patch((calendar, id), patch.into_iter().collect(), now)
    }

    fn delete(&mut self, (calendar, id): (usize, &str), now: Timestamp) -> Option<()> {
        let stored = self.calendars.get(calendar)?.event(id);
        if stored.is_some_and(is_cancelled) {
            return None;
        }
        let patch = [("status".to_owned(), json!("cancelled"))];
        self.patch((calendar, id), patch.into_iter().collect(), now)
    }
}
