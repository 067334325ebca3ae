//! Control in code, continued: calendars and what is in them.

use crate::Sandbox;
use crate::ical::write;
use crate::levers::{CalendarView, StoredEvent, Unknown};
use crate::world::calendar::{Access, Calendar, CalendarKind, Member};

/// In all of these a calendar is named by its segment in paths or by its display name.
impl Sandbox {
    /// Makes a calendar and returns its segment. With an access other than the owner's, it is
    /// somebody else's and shared with this person.
    pub fn add_calendar(
        &self,
        username: &str,
        name: &str,
        kind: CalendarKind,
        access: Access,
    ) -> Result<String, Unknown> {
        self.with(|world| {
            let person = world.person(username).ok_or(Unknown)?;
            let at = world.add_calendar(person, name, kind, access);
            let member = world.calendars.get(at).and_then(|calendar| calendar.member(person));
            member.map(|member| member.segment.clone()).ok_or(Unknown)
        })
    }

    /// Lets another person see, or change, a calendar; returns its segment in their paths.
    pub fn share_calendar(
        &self,
        username: &str,
        calendar: &str,
        with: &str,
        access: Access,
    ) -> Result<String, Unknown> {
        self.with(|world| {
            let guest = world.person(with).ok_or(Unknown)?;
            let shared = world.known_calendar(username, calendar)?;
            let (name, known) = (shared.display_name.clone(), shared.member(guest).cloned());
            let segment = known.map_or_else(|| world.free_segment(guest, &name), |it| it.segment);
            let shared = world.known_calendar(username, calendar)?;
            shared.members.retain(|member| member.person != guest);
            shared.members.push(Member { person: guest, segment: segment.clone(), access });
            Ok(segment)
        })
    }

    pub fn calendars(&self, username: &str) -> Result<Vec<CalendarView>, Unknown> {
        self.with(|world| {
            let person = world.person(username).ok_or(Unknown)?;
            let view = |calendar: &Calendar| {
                let member = calendar.member(person)?;
                Some(CalendarView {
                    segment: member.segment.clone(),
                    display_name: calendar.display_name.clone(),
                    kind: calendar.kind,
                    access: member.access,
                    events: calendar.objects().count(),
                    lost: calendar.lost,
                    emptied: calendar.is_emptied(),
                })
            };
            Ok(world.calendars.iter().filter_map(view).collect())
        })
    }

    /// The path of a calendar as it is now written.
    pub fn calendar_path(&self, username: &str, calendar: &str) -> Result<String, Unknown> {
        self.with(|world| {
            let person = world.person(username).ok_or(Unknown)?;
            let at = world.calendar(person, calendar).ok_or(Unknown)?;
            Ok(crate::apple::calendar_path(world, person, at))
        })
    }

    /// Stores an event as another device would, and returns its `ETag`.
    pub fn put_event(
        &self,
        username: &str,
        calendar: &str,
        name: &str,
        text: &str,
    ) -> Result<String, Unknown> {
        self.on(username, calendar, |calendar| calendar.put(name, text.to_owned()))
    }

    pub fn delete_event(&self, username: &str, calendar: &str, name: &str) -> Result<(), Unknown> {
        self.on(username, calendar, |calendar| calendar.remove(name))?.then_some(()).ok_or(Unknown)
    }

    pub fn list_events(&self, username: &str, calendar: &str) -> Result<Vec<StoredEvent>, Unknown> {
        self.on(username, calendar, |calendar| {
            calendar
                .objects()
                .map(|(name, object)| StoredEvent {
                    name: name.clone(),
                    etag: object.etag.clone(),
                    uid: object.uid.clone(),
                    text: object.text.clone(),
                })
                .collect()
        })
    }

    /// Takes a calendar away, or brings it back with everything in it.
    pub fn lose_calendar(&self, username: &str, name: &str, lost: bool) -> Result<(), Unknown> {
        self.on(username, name, |calendar| calendar.lost = lost)
    }

    /// Shows a calendar as empty, or with its events again; sync tokens expire both times.
    pub fn empty_calendar(&self, username: &str, name: &str, empty: bool) -> Result<(), Unknown> {
        self.on(username, name, |calendar| calendar.set_emptied(empty))
    }

    /// Whether what is in a calendar takes time (`CALDAV:schedule-calendar-transp`).
    pub fn set_transparent(&self, username: &str, name: &str, on: bool) -> Result<(), Unknown> {
        self.on(username, name, |calendar| {
            calendar.transparent = on;
            calendar.touch();
        })
    }

    /// The zone of a calendar (`CALDAV:calendar-timezone`), by its IANA name.
    pub fn set_time_zone(&self, username: &str, name: &str, zone: &str) -> Result<(), Unknown> {
        let text = write::time_zone(zone, self.today());
        self.on(username, name, |calendar| {
            calendar.time_zone = Some(text);
            calendar.touch();
        })
    }

    pub fn rename_calendar(&self, username: &str, name: &str, to: &str) -> Result<(), Unknown> {
        self.on(username, name, |calendar| {
            to.clone_into(&mut calendar.display_name);
            calendar.touch();
        })
    }

    /// The sync tokens of all calendars that a person sees become unknown.
    pub fn expire_sync_tokens(&self, username: &str) -> Result<(), Unknown> {
        self.with(|world| {
            let person = world.person(username).ok_or(Unknown)?;
            world
                .calendars
                .iter_mut()
                .filter(|calendar| calendar.member(person).is_some())
                .for_each(Calendar::expire_tokens);
            Ok(())
        })
    }

    pub(crate) fn on<T>(
        &self,
        username: &str,
        calendar: &str,
        act: impl FnOnce(&mut Calendar) -> T,
    ) -> Result<T, Unknown> {
        self.with(|world| world.known_calendar(username, calendar).map(act))
    }
}
