//! Reads a calendar object into events and problems. One bad event never costs another.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::times::Times;
use super::{Class, Component, Event, RecurrenceId};
use crate::busy::Says;
use crate::ical::read::tree;
use crate::ical::value::{self, When};
use crate::ical::{Block, Unreadable};
use crate::problem::{Problem, ProblemCode};
use crate::timezone::Zones;
use crate::{Moment, Recurrence};

/// What is understood of a calendar object, and what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// One for each UID, in the order of the text.
    pub events: Vec<Event>,
    /// What was not understood; what of it is certain stands in `events` all the same.
    pub problems: Vec<Problem>,
}

/// Reads all events of a text. Fails only for a text that is no calendar at all.
pub fn read(text: &str) -> Result<Reading, Unreadable> {
    let whole = tree(text)?;
    let mut found = Found::default();
    for calendar in whole.calendars() {
        let zones = Zones::of(calendar);
        let method = calendar.line("METHOD");
        let cancels = method.is_some_and(|line| line.value().trim().eq_ignore_ascii_case("CANCEL"));
        for block in &calendar.blocks {
            match block.name.as_str() {
                "VEVENT" => found.event(block, &zones, cancels),
                "VFREEBUSY" => found.free_busy(block, &zones),
                _ => {}
            }
        }
        if calendar.damaged && calendar.blocks.is_empty() {
            found.problems.push(Problem::new("", ProblemCode::Damaged));
        }
    }
    Ok(Reading { events: found.events, problems: found.problems })
}

#[derive(Default)]
struct Found {
    events: Vec<Event>,
    problems: Vec<Problem>,
    by_uid: HashMap<String, usize>,
    by_place: HashMap<(usize, PlaceKey), usize>,
}

/// A place in a series, whatever zone it is written in: its kind, its wall clock (an instant's is
/// that of UTC), and whether it means all that follow.
type PlaceKey = (u8, DateTime, bool);

fn key(id: &RecurrenceId) -> PlaceKey {
    let (kind, wall) = match &id.moment {
        Moment::Date(_) => (0, id.moment.wall()),
        Moment::Floating(wall) => (1, *wall),
        Moment::Zoned(..) => (2, Moment::utc(id.moment.instant(&TimeZone::UTC)).wall()),
    };
    (kind, wall, id.this_and_future)
}

impl Found {
    fn event(&mut self, block: &Block<'_>, zones: &Zones<'_>, cancels: bool) {
        let uid = block.line("UID").map(|line| line.value().trim().to_owned()).unwrap_or_default();
        let mut times = Times { zones, problems: Vec::new() };
        let component = component(block, &mut times);
        self.note(&uid, times.problems, block.damaged);
        if let Some(mut component) = component {
            if cancels {
                component.says = component.says.cancelled();
            }
            if component.recurrence_id.is_none() && block.line("RECURRENCE-ID").is_some() {
                // An override of nobody knows what: it stands for itself, not for the master.
                self.alone(uid, component);
            } else {
                self.place(uid, component);
            }
        }
    }

    fn alone(&mut self, uid: String, component: Component) {
        let overrides = vec![component];
        self.events.push(Event { uid, master: None, overrides, is_free_busy: false });
    }

    fn note(&mut self, uid: &str, codes: Vec<ProblemCode>, damaged: bool) {
        let damaged = damaged.then_some(ProblemCode::Damaged);
        let codes = codes.into_iter().chain(damaged);
        self.problems.extend(codes.map(|code| Problem::new(uid, code)));
    }

    /// Puts a component where it belongs: the newest revision stays.
    fn place(&mut self, uid: String, component: Component) {
        let new = Event { uid, master: None, overrides: Vec::new(), is_free_busy: false };
        let at = match self.by_uid.get(&new.uid) {
            Some(at) if !new.uid.is_empty() => *at,
            _ => {
                self.by_uid.insert(new.uid.clone(), self.events.len());
                self.events.push(new.clone());
                self.events.len() - 1
            }
        };
        let event = &mut self.events[at];
        let Some(id) = &component.recurrence_id else {
            match &mut event.master {
                Some(master) if is_another(master, &component) => {
                    self.events.push(Event { master: Some(component), ..new });
                }
                Some(master) => replace_if_newer(master, component),
                master @ None => *master = Some(component),
            }
            return;
        };
        match self.by_place.entry((at, key(id))) {
            Entry::Occupied(known) => {
                replace_if_newer(&mut event.overrides[*known.get()], component);
            }
            Entry::Vacant(place) => {
                place.insert(event.overrides.len());
                event.overrides.push(component);
            }
        }
    }

    fn free_busy(&mut self, block: &Block<'_>, zones: &Zones<'_>) {
        let uid = block.line("UID").map(|line| line.value().trim().to_owned()).unwrap_or_default();
        let mut times = Times { zones, problems: Vec::new() };
        let periods = times.periods(block);
        self.note(&uid, times.problems, block.damaged);
        let overrides = periods.into_iter().map(|(start, length, kind)| Component {
            title: None,
            location: None,
            description: None,
            class: Class::Private,
            all_day: false,
            recurrence: Recurrence::default(),
            recurrence_id: None,
            sequence: 0,
            changed_at: None,
            says: Says::free_busy(kind),
            start,
            length,
        });
        let overrides: Vec<_> = overrides.collect();
        self.events.push(Event { uid, master: None, overrides, is_free_busy: true });
    }
}

/// Two masters of one revision that start apart: broken UIDs, not one event sent twice.
fn is_another(known: &Component, new: &Component) -> bool {
    known.revision() == new.revision() && known.start != new.start
}

fn replace_if_newer(known: &mut Component, new: Component) {
    if new.revision() >= known.revision() {
        *known = new;
    }
}

fn component(block: &Block<'_>, times: &mut Times<'_>) -> Option<Component> {
    let start = times.start(block)?;
    let length = times.length(block, &start);
    let recurrence_id = times.recurrence_id(block);
    let text = |name: &str| block.text(name).filter(|text| !text.is_empty());
    Some(Component {
        title: text("SUMMARY"),
        location: text("LOCATION"),
        description: text("DESCRIPTION"),
        class: class(block),
        all_day: Times::all_day(block, &start, length),
        recurrence: times.recurrence(block, &start),
        recurrence_id: recurrence_id.unwrap_or(None),
        sequence: block.line("SEQUENCE").and_then(|l| l.value().trim().parse().ok()).unwrap_or(0),
        changed_at: stamp(block, "LAST-MODIFIED").or_else(|| stamp(block, "DTSTAMP")),
        says: Says::read(block),
        start,
        length,
    })
}

fn class(block: &Block<'_>) -> Class {
    match block.line("CLASS").map(|line| line.value().trim().to_ascii_uppercase()).as_deref() {
        None | Some("PUBLIC" | "") => Class::Public,
        Some("CONFIDENTIAL") => Class::Confidential,
        Some(_) => Class::Private,
    }
}

fn stamp(block: &Block<'_>, name: &str) -> Option<jiff::Timestamp> {
    let wall = value::when(block.line(name)?.value()).map(When::wall)?;
    Some(Moment::Zoned(wall, TimeZone::UTC).instant(&TimeZone::UTC))
}

#[cfg(test)]
mod tests;
