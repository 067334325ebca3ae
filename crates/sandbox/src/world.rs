//! Everything that exists behind the sandbox's addresses, in memory: people, their calendars, the
//! feeds, and what has been asked so far.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub(crate) mod calendar;
pub(crate) mod person;

use crate::answer::Answer;
use crate::ask::Ask;
use crate::clock::Dice;
use crate::faults::{Faults, Trouble};
use crate::feeds::Feed;
use crate::google::world::Google;
use crate::manners::Manners;
use crate::microsoft::world::Microsoft;
use crate::zoom::ZoomFaults;
use calendar::Calendar;
use person::Person;

const VISITS_MAX: usize = 5_000;

/// One request that the sandbox has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Visit {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    /// Who asked, when the password was right.
    pub username: Option<String>,
    pub status: u16,
    /// What was made to go wrong, in a word.
    pub fault: Option<&'static str>,
}

#[derive(Debug)]
pub struct World {
    pub(crate) dice: Dice,
    pub(crate) people: Vec<Person>,
    pub(crate) calendars: Vec<Calendar>,
    pub(crate) feeds: BTreeMap<String, Feed>,
    pub(crate) google: Google,
    pub(crate) microsoft: Microsoft,
    pub(crate) zoom: ZoomFaults,
    /// How far the clock was set forward.
    pub(crate) forward: SignedDuration,
    pub(crate) manners: Manners,
    pub(crate) faults: Trouble<Faults>,
    pub(crate) visits: VecDeque<Visit>,
    /// The zone in which the seeded people live.
    pub(crate) time_zone: String,
}

impl World {
    pub(crate) fn new(seed: u64, time_zone: &str) -> Self {
        Self {
            dice: Dice::new(seed),
            people: Vec::new(),
            calendars: Vec::new(),
            feeds: BTreeMap::new(),
            google: Google::default(),
            microsoft: Microsoft::default(),
            zoom: ZoomFaults::default(),
            forward: SignedDuration::ZERO,
            manners: Manners::default(),
            faults: Trouble::default(),
            visits: VecDeque::new(),
            time_zone: time_zone.to_owned(),
        }
    }

    /// Apple, like most, does not mind the case of a user name.
    pub(crate) fn person(&self, username: &str) -> Option<usize> {
        self.people.iter().position(|person| person.username.eq_ignore_ascii_case(username))
    }

    pub(crate) fn manners_of(&self, person: Option<usize>) -> &Manners {
        person
            .and_then(|at| self.people.get(at))
            .and_then(|person| person.manners.as_ref())
            .unwrap_or(&self.manners)
    }

    /// The calendars that a person sees, lost ones left out, with their place in the list.
    pub(crate) fn seen_by(&self, person: usize) -> impl Iterator<Item = (usize, &Calendar)> {
        self.calendars
            .iter()
            .enumerate()
            .filter(move |(_, calendar)| !calendar.lost && calendar.member(person).is_some())
    }

    /// The calendar of a person by its name in paths, or by what it is called.
    pub(crate) fn calendar(&self, person: usize, name: &str) -> Option<usize> {
        let by = |matches: &dyn Fn(&Calendar) -> bool| {
            self.calendars
                .iter()
                .position(|calendar| calendar.member(person).is_some() && matches(calendar))
        };
        by(&|calendar| calendar.member(person).is_some_and(|member| member.segment == name))
            .or_else(|| by(&|calendar| calendar.display_name == name))
    }

    /// Records who asked what, and what came of it.
    pub(crate) fn note(
        &mut self,
        ask: &Ask,
        username: Option<String>,
        (answer, fault): (&Answer, Option<&'static str>),
        at: Timestamp,
    ) {
        let (method, path) = (ask.method.to_string(), ask.raw_path.clone());
        let status = answer.status().as_u16();
        self.record(Visit { at, method, path, username, status, fault });
    }

    pub(crate) fn record(&mut self, visit: Visit) {
        if self.visits.len() == VISITS_MAX {
            self.visits.pop_front();
        }
        self.visits.push_back(visit);
    }
}
