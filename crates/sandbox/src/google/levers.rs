//! Google's side as the levers know it, and the levers that it alone has.

use jiff::Timestamp;
use serde::Serialize;

use super::consent::CODE_PREFIX;
use super::faults::{GoogleFaults, GoogleManners};
use super::world::{Google, GooglePerson, Role};
use super::{scope, token};
use crate::Sandbox;
use crate::clock::Dice;
use crate::faults::Trouble;
use crate::levers::Unknown;
use crate::net::fingerprint;
use crate::oauth::{Client, GrantView, Issuer, Terms};
use crate::provider::levers::Levers;
use crate::provider::{Act, Provider};
use crate::rings::Heard;
use crate::world::World;

/// The levers of Google's side. Clones are of the same world.
pub type GoogleLevers = Levers<Google>;

/// A Google account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GooglePersonView {
    pub email: String,
    pub name: String,
    pub sub: String,
    /// The Workspace domain; absent for a private account.
    pub domain: Option<String>,
    pub grants: Vec<GrantView>,
    /// Push channels that are open.
    pub channels: usize,
}

impl Sandbox {
    /// The levers of Google's side.
    pub fn google(&self) -> GoogleLevers {
        Levers::of(self)
    }
}

impl World {
    /// A Google account with its primary calendar.
    pub(crate) fn add_google_person(&mut self, email: &str, name: &str, now: Timestamp) -> usize {
        let zone = self.time_zone.clone();
        let google = &mut self.google;
        google.people.push(GooglePerson {
            email: email.to_owned(),
            name: name.to_owned(),
            sub: format!("1{:020}", fingerprint(&email)),
            domain: None,
            entries: Vec::new(),
            list_revision: 1,
            list_epoch: 1,
        });
        let person = google.people.len() - 1;
        let at = google.add_calendar(person, (email.to_owned(), email), &zone);
        let own = super::levers_calendars::color("14");
        google.list(person, (at, Role::Owner), own, now);
        person
    }
}

impl Provider for Google {
    type Manners = GoogleManners;
    type Faults = GoogleFaults;
    type PersonView = GooglePersonView;

    const NAME: &'static str = "Google";
    const PATH: &'static str = "google";
    const CLIENT: Client = token::CLIENT;
    const CODE_PREFIX: &'static str = CODE_PREFIX;
    const ACTS: &'static [Act<Self>] = &[
        ("revoke", "Take everything back", Levers::revoke),
        ("expire-access-tokens", "End the access tokens", Levers::expire_access_tokens),
        ("expire-refresh-tokens", "Let refresh tokens age", Levers::expire_refresh_tokens),
        ("expire-sync-tokens", "Expire sync tokens", Levers::expire_sync_tokens),
        ("silence", "Close the push channels", Levers::silence),
    ];

    fn of(world: &mut World) -> (&mut Self, &mut Dice) {
        (&mut world.google, &mut world.dice)
    }

    fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.people.iter().map(|person| (person.email.as_str(), person.name.as_str()))
    }

    fn views(&self, _: Timestamp) -> Vec<GooglePersonView> {
        let channels = |at: usize| self.push.channels().filter(|it| it.person == at).count();
        let view = |(at, person): (usize, &GooglePerson)| GooglePersonView {
            email: person.email.clone(),
            name: person.name.clone(),
            sub: person.sub.clone(),
            domain: person.domain.clone(),
            grants: self.issuer.grants_of(at),
            channels: channels(at),
        };
        self.people.iter().enumerate().map(view).collect()
    }

    fn manners(&mut self) -> &mut GoogleManners {
        &mut self.manners
    }

    fn trouble(&mut self) -> &mut Trouble<GoogleFaults> {
        &mut self.faults
    }

    fn issuer(&mut self) -> &mut Issuer {
        &mut self.issuer
    }

    fn terms(&self, _: usize) -> Terms {
        token::terms(&self.manners)
    }

    fn permission(asked: &str) -> Option<String> {
        scope::read(asked)
    }

    fn revoke(&mut self, person: usize, _: Timestamp) {
        self.issuer.revoke_person(person);
    }

    fn heard(&self) -> Vec<Heard> {
        self.push.heard()
    }

    fn silence(&mut self, person: usize) {
        self.push.close_all(|channel| channel.person == person);
    }
}

impl Levers<Google> {
    /// A new account with an empty primary calendar.
    pub fn add_person(&self, email: &str, name: &str) {
        self.change(|world, now| world.add_google_person(email, name, now));
    }

    /// Sync tokens of all calendars that a person lists, and of the list itself, become unknown.
    pub fn expire_sync_tokens(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |google, person, _| {
            let Some(known) = google.people.get_mut(person) else { return };
            known.list_epoch += 1;
            for entry in &known.entries {
                if let Some(calendar) = google.calendars.get_mut(entry.calendar) {
                    calendar.epoch += 1;
                }
            }
        })
    }
}
