//! Control in code, continued: calendars and events, as their owners would change them.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Calendars;
use super::levers::Levers;
use crate::levers::Unknown;

fn place<P: Calendars>(provider: &P, email: &str, calendar: &str) -> Result<usize, Unknown> {
    let person = provider.person(email).ok_or(Unknown)?;
    provider.named(person, calendar).ok_or(Unknown)
}

/// In all of these a calendar is named by its id, by `primary` at Google and `default` at
/// Microsoft, or by its title; an event by its id, at Microsoft the ordinary or the immutable one.
impl<P: Calendars> Levers<P> {
    /// Acts on a calendar of a person.
    pub(crate) fn on<T>(
        &self,
        (email, calendar): (&str, &str),
        act: impl FnOnce(&mut P, usize, Timestamp) -> T,
    ) -> Result<T, Unknown> {
        self.change(|world, now| {
            let (provider, _) = P::of(world);
            let at = place(provider, email, calendar)?;
            Ok(act(provider, at, now))
        })
    }

    pub fn calendars(&self, email: &str) -> Result<Vec<P::CalendarView>, Unknown> {
        self.read(|provider| Ok(provider.shelf(provider.person(email).ok_or(Unknown)?)))
    }

    /// A new calendar of their own; returns its id.
    pub fn add_calendar(&self, email: &str, title: &str) -> Result<String, Unknown> {
        self.change(|world, now| {
            let person = P::of(world).0.person(email).ok_or(Unknown)?;
            P::make(world, person, title, now).ok_or(Unknown)
        })
    }

    /// Lists a calendar for somebody else too, or changes what they may do in it.
    pub fn share_calendar(
        &self,
        email: &str,
        calendar: &str,
        (with, right): (&str, P::Right),
    ) -> Result<(), Unknown> {
        self.on((email, calendar), |provider, at, now| {
            let guest = provider.person(with).ok_or(Unknown)?;
            provider.share(at, (guest, right), now);
            Ok(())
        })?
    }

    pub fn rename_calendar(&self, email: &str, calendar: &str, to: &str) -> Result<(), Unknown> {
        self.on((email, calendar), |provider, at, now| provider.retitle(at, to, now))?
            .ok_or(Unknown)
    }

    /// Takes a calendar off the list of a person. At Microsoft one of their own is gone for
    /// everyone.
    pub fn remove_calendar(&self, email: &str, calendar: &str) -> Result<(), Unknown> {
        self.on((email, calendar), |provider, at, now| {
            let person = provider.person(email).ok_or(Unknown)?;
            provider.take_off(person, at, now);
            Ok(())
        })?
    }

    /// Events as they are stored: singles, series, changed instances, at Google cancelled ones
    /// too.
    pub fn events(&self, email: &str, calendar: &str) -> Result<Vec<Value>, Unknown> {
        self.read(|provider| Ok(provider.stored(place(provider, email, calendar)?)))
    }

    /// Makes an event, or replaces the one with its `id`; returns the id.
    pub fn put_event(&self, email: &str, calendar: &str, event: Value) -> Result<String, Unknown> {
        let Value::Object(event) = event else { return Err(Unknown) };
        self.change(|world, now| {
            let at = place(P::of(world).0, email, calendar)?;
            Ok(P::write(world, at, event, now))
        })
    }

    /// A new event at a time on the wall of the sandbox's zone; returns its id.
    pub fn add_event(
        &self,
        email: &str,
        calendar: &str,
        title: &str,
        (start, minutes): (DateTime, i64),
    ) -> Result<String, Unknown> {
        let end = start.checked_add(SignedDuration::from_mins(minutes)).map_err(|_| Unknown)?;
        let name = self.sandbox.time_zone();
        let zone = P::zone(&name);
        let at = |moment: DateTime| json!({ "dateTime": moment.to_string(), "timeZone": zone });
        let event = json!({ P::TITLE: title, "start": at(start), "end": at(end) });
        self.put_event(email, calendar, event)
    }

    /// Sets members of an event, or of an instance of a series. At Google null removes one.
    pub fn patch_event(
        &self,
        email: &str,
        (calendar, id): (&str, &str),
        patch: Value,
    ) -> Result<(), Unknown> {
        let Value::Object(patch) = patch else { return Err(Unknown) };
        self.on((email, calendar), |provider, at, now| provider.patch((at, id), patch, now))?
            .ok_or(Unknown)
    }

    /// Shifts an event by the clock on the wall.
    pub fn move_event(
        &self,
        email: &str,
        (calendar, id): (&str, &str),
        minutes: i64,
    ) -> Result<(), Unknown> {
        let by = SignedDuration::from_mins(minutes);
        self.on((email, calendar), |provider, at, now| provider.shift((at, id), by, now))?
            .ok_or(Unknown)
    }

    /// Deletes an event, or cancels an instance of a series.
    pub fn delete_event(&self, email: &str, calendar: &str, id: &str) -> Result<(), Unknown> {
        self.on((email, calendar), |provider, at, now| provider.delete((at, id), now))?
            .ok_or(Unknown)
    }
}
