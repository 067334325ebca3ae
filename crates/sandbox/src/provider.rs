//! What the levers need to know of a provider with accounts and calendars, as Google and Microsoft
//! are. The levers themselves, their JSON and their pages stand once, on top of this.

use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(crate) mod control;
pub(crate) mod levers;
mod levers_calendars;

use crate::clock::Dice;
use crate::faults::Trouble;
use crate::levers::Unknown;
use crate::oauth::{Client, Issuer, Terms};
use crate::rings::Heard;
use crate::world::World;
use levers::Levers;

/// Members of an event, as the provider writes them.
pub(crate) type Event = Map<String, Value>;

/// What can be done to a person without saying more: its name in paths, its button, its lever.
pub(crate) type Act<P> = (&'static str, &'static str, fn(&Levers<P>, &str) -> Result<(), Unknown>);

/// A provider: its accounts, and the programs that are let into them. A person is named by the
/// place among all people.
pub trait Provider: Debug + Sized + 'static {
    type Manners: Clone + Default + Serialize + DeserializeOwned + Send;
    type Faults: Clone + Default + Serialize + DeserializeOwned + Send;
    type PersonView: Serialize;

    const NAME: &'static str;
    /// Its name in the paths of the control page.
    const PATH: &'static str;
    const CLIENT: Client;
    const CODE_PREFIX: &'static str;
    const ACTS: &'static [Act<Self>];

    fn of(world: &mut World) -> (&mut Self, &mut Dice);

    /// The address and the name of everyone.
    fn names(&self) -> impl Iterator<Item = (&str, &str)>;

    fn views(&self, now: Timestamp) -> Vec<Self::PersonView>;

    fn manners(&mut self) -> &mut Self::Manners;

    fn trouble(&mut self) -> &mut Trouble<Self::Faults>;

    fn issuer(&mut self) -> &mut Issuer;

    fn terms(&self, person: usize) -> Terms;

    /// A permission as it is granted; unknown ones are none.
    fn permission(asked: &str) -> Option<String>;

    /// Takes back what a person has allowed.
    fn revoke(&mut self, person: usize, now: Timestamp);

    fn heard(&self) -> Vec<Heard>;

    /// Ends everything of a person that rings, without a word.
    fn silence(&mut self, person: usize);

    fn person(&self, email: &str) -> Option<usize> {
        self.names().position(|(known, _)| known.eq_ignore_ascii_case(email))
    }
}

/// The calendars of a provider, each named by its place among all calendars.
pub trait Calendars: Provider {
    type CalendarView: Serialize;
    /// What somebody may do in a calendar.
    type Right: DeserializeOwned + Send;

    /// The member of an event that is its title, and that of a calendar.
    const TITLE: &'static str;
    const CALENDAR_TITLE: &'static str;

    fn shelf(&self, person: usize) -> Vec<Self::CalendarView>;

    /// A calendar of a person by its id, by the word for the first, or by what it is called.
    fn named(&self, person: usize, name: &str) -> Option<usize>;

    /// A new calendar of somebody's own; its id.
    fn make(world: &mut World, person: usize, title: &str, now: Timestamp) -> Option<String>;

    fn share(&mut self, calendar: usize, with: (usize, Self::Right), now: Timestamp);

    fn retitle(&mut self, calendar: usize, to: &str, now: Timestamp) -> Option<()>;

    fn take_off(&mut self, person: usize, calendar: usize, now: Timestamp);

    /// Events as they are stored.
    fn stored(&self, calendar: usize) -> Vec<Value>;

    /// Makes an event, or replaces the one with its `id`; the id.
    fn write(world: &mut World, calendar: usize, event: Event, now: Timestamp) -> String;

    /// What the provider calls a zone.
    fn zone(name: &str) -> &str;

    fn patch(&mut self, event: (usize, &str), patch: Event, now: Timestamp) -> Option<()>;

    /// Shifts an event by the clock on the wall.
    fn shift(&mut self, event: (usize, &str), by: SignedDuration, now: Timestamp) -> Option<()>;

    fn delete(&mut self, event: (usize, &str), now: Timestamp) -> Option<()>;
}
