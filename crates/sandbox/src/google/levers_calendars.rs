//! Control of Google's side, continued: calendars and events, as their owners would change them.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::calendars::COLORS;
use super::event_edit::{Pen, dress, merge, settle};
use super::expand::find;
use super::levers::GoogleLevers;
use super::moment::times;
use super::world::{Event, Google, GoogleCalendar, Role, is_cancelled, text};
use crate::levers::Unknown;
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

    /// A calendar of a person by its id, by `primary`, or by what it is called.
    fn calendar_of(&self, email: &str, name: &str) -> Result<usize, Unknown> {
        let person = self.person(email).ok_or(Unknown)?;
        if let Some(entry) = self.entry(person, name) {
            return Ok(entry.calendar);
        }
        let entries = self.people.get(person).map(|person| &person.entries);
        let called = |at: usize| self.calendars.get(at).is_some_and(|it| it.summary == name);
        let mut living = entries.into_iter().flatten().filter(|it| !it.deleted);
        living.find(|it| called(it.calendar)).map(|it| it.calendar).ok_or(Unknown)
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

/// In all of these a calendar is named by its id, by `primary`, or by its title.
impl GoogleLevers {
    pub fn calendars(&self, email: &str) -> Result<Vec<GoogleCalendarView>, Unknown> {
        self.sandbox.with(|world| {
            let google = &world.google;
            let person = google.person(email).and_then(|at| google.people.get(at));
            let entries = person.ok_or(Unknown)?.entries.iter().filter(|it| !it.deleted);
            let view = |entry: &super::world::Entry| {
                let calendar = google.calendars.get(entry.calendar)?;
                Some(GoogleCalendarView {
                    id: calendar.id.clone(),
                    summary: calendar.summary.clone(),
                    role: entry.role,
                    primary: entry.primary,
                    events: calendar.living(),
                })
            };
            Ok(entries.filter_map(view).collect())
        })
    }

    /// A new calendar of their own; returns its id.
    pub fn add_calendar(&self, email: &str, summary: &str) -> Result<String, Unknown> {
        self.change(|world, now| {
            let person = world.google.person(email).ok_or(Unknown)?;
            let at = world.add_google_calendar(person, summary, now);
            world.google.calendars.get(at).map(|it| it.id.clone()).ok_or(Unknown)
        })
    }

    /// Lists a calendar for somebody else too, or changes what they may do in it.
    pub fn share_calendar(
        &self,
        email: &str,
        calendar: &str,
        (with, role): (&str, Role),
    ) -> Result<(), Unknown> {
        self.change(|world, now| {
            let at = world.google.calendar_of(email, calendar)?;
            let guest = world.google.person(with).ok_or(Unknown)?;
            world.google.list(guest, (at, role), color("17"), now);
            Ok(())
        })
    }

    pub fn rename_calendar(&self, email: &str, calendar: &str, to: &str) -> Result<(), Unknown> {
        self.change(|world, now| {
            let at = world.google.calendar_of(email, calendar)?;
            let known = world.google.calendars.get_mut(at).ok_or(Unknown)?;
            to.clone_into(&mut known.summary);
            world.google.touch_calendar(at, now);
            Ok(())
        })
    }

    /// Takes a calendar off a person's list.
    pub fn remove_calendar(&self, email: &str, calendar: &str) -> Result<(), Unknown> {
        self.change(|world, now| {
            let at = world.google.calendar_of(email, calendar)?;
            let person = world.google.person(email).ok_or(Unknown)?;
            world.google.unlist(person, at, now);
            Ok(())
        })
    }

    /// Events as they are stored: series, single events, and exceptions, cancelled ones too.
    pub fn events(&self, email: &str, calendar: &str) -> Result<Vec<Value>, Unknown> {
        self.sandbox.with(|world| {
            let at = world.google.calendar_of(email, calendar)?;
            let known = world.google.calendars.get(at).ok_or(Unknown)?;
            Ok(known.events().cloned().map(Value::Object).collect())
        })
    }

    /// Makes an event, or replaces the one with its `id`; returns the id.
    pub fn put_event(&self, email: &str, calendar: &str, event: Value) -> Result<String, Unknown> {
        let Value::Object(event) = event else { return Err(Unknown) };
        self.change(|world, now| {
            let at = world.google.calendar_of(email, calendar)?;
            Ok(world.put_google_event(at, event, now))
        })
    }

    /// A new event at a time on the wall of the calendar's zone; returns its id.
    pub fn add_event(
        &self,
        email: &str,
        calendar: &str,
        summary: &str,
        (start, minutes): (DateTime, i64),
    ) -> Result<String, Unknown> {
        let end = start.checked_add(SignedDuration::from_mins(minutes)).map_err(|_| Unknown)?;
        let zone = self.sandbox.time_zone();
        let at = |moment: DateTime| json!({ "dateTime": moment.to_string(), "timeZone": zone });
        let event = json!({ "summary": summary, "start": at(start), "end": at(end) });
        self.put_event(email, calendar, event)
    }

    /// Merges members into an event, or into an instance of a series; null removes.
    pub fn patch_event(
        &self,
        email: &str,
        (calendar, id): (&str, &str),
        patch: Value,
    ) -> Result<(), Unknown> {
        let Value::Object(patch) = patch else { return Err(Unknown) };
        self.change(|world, now| {
            let at = world.google.calendar_of(email, calendar)?;
            let known = world.google.calendars.get(at).ok_or(Unknown)?;
            let mut event = find(known, id).ok_or(Unknown)?;
            // What was changed of a series goes with it.
            let goes = patch.get("status") == Some(&json!("cancelled"));
            let parts = known.exceptions(id).filter(|it| goes && !is_cancelled(it));
            for mut part in parts.cloned().collect::<Vec<_>>() {
                part.insert("status".into(), json!("cancelled"));
                world.google.store(at, part, now);
            }
            merge(&mut event, patch);
            world.google.store(at, event, now);
            Ok(())
        })
    }

    /// Shifts an event by the clock on the wall.
    pub fn move_event(
        &self,
        email: &str,
        (calendar, id): (&str, &str),
        minutes: i64,
    ) -> Result<(), Unknown> {
        let patch = self.sandbox.with(|world| {
            let at = world.google.calendar_of(email, calendar)?;
            let known = world.google.calendars.get(at).ok_or(Unknown)?;
            let event = find(known, id).ok_or(Unknown)?;
            let (start, end) = times(&event, &known.time_zone).map_err(|_| Unknown)?;
            let by = SignedDuration::from_mins(minutes);
            let later = |point: &super::moment::Point| {
                point.civil.checked_add(by).map(|civil| point.with_civil(civil).write())
            };
            let (start, end) = (later(&start), later(&end));
            Ok(json!({ "start": start.map_err(|_| Unknown)?, "end": end.map_err(|_| Unknown)? }))
        })?;
        self.patch_event(email, (calendar, id), patch)
    }

    pub fn delete_event(&self, email: &str, calendar: &str, id: &str) -> Result<(), Unknown> {
        let there = self.events(email, calendar)?;
        let gone = |event: &Value| event["id"] == id && event.as_object().is_some_and(is_cancelled);
        if there.iter().any(gone) {
            return Err(Unknown);
        }
        self.patch_event(email, (calendar, id), json!({ "status": "cancelled" }))
    }
}
