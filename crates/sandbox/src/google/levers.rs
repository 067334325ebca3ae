//! Control of Google's side in code, for tests and simulations: people, grants, faults, manners.

use jiff::Timestamp;
use serde::Serialize;

use super::consent::CODE_PREFIX;
use super::faults::{GoogleFaults, GoogleManners};
use super::scope::read;
use super::token::terms;
use super::world::{Google, GooglePerson};
use super::{GOOGLE_CLIENT_ID, world::Role};
use crate::Sandbox;
use crate::levers::Unknown;
use crate::net::fingerprint;
use crate::oauth::{Code, Grant, GrantView, Rotation, Scopes, Shown, Terms};
use crate::rings::Heard;
use crate::world::World;

/// The levers of Google's side. Clones are of the same world.
#[derive(Debug, Clone)]
pub struct GoogleLevers {
    pub(crate) sandbox: Sandbox,
}

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
        GoogleLevers { sandbox: self.clone() }
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
            faults: GoogleFaults::default(),
        });
        let person = google.people.len() - 1;
        let at = google.add_calendar(person, (email.to_owned(), email), &zone);
        let own = super::levers_calendars::color("14");
        google.list(person, (at, Role::Owner), own, now);
        person
    }
}

impl GoogleLevers {
    /// Changes something, and lets the rings out that follow from it.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let now = self.sandbox.now();
        let done = self.sandbox.with(|world| act(world, now));
        self.sandbox.rings_are_due();
        done
    }

    pub(crate) fn of_person<T>(
        &self,
        email: &str,
        act: impl FnOnce(&mut Google, usize) -> T,
    ) -> Result<T, Unknown> {
        self.change(|world, _| {
            let at = world.google.person(email).ok_or(Unknown)?;
            Ok(act(&mut world.google, at))
        })
    }

    pub fn people(&self) -> Vec<GooglePersonView> {
        self.sandbox.with(|world| {
            let google = &world.google;
            let channels = |at: usize| google.push.channels().filter(|it| it.person == at).count();
            let people = google.people.iter().enumerate();
            let view = |(at, person): (usize, &GooglePerson)| GooglePersonView {
                email: person.email.clone(),
                name: person.name.clone(),
                sub: person.sub.clone(),
                domain: person.domain.clone(),
                grants: google.issuer.grants_of(at),
                channels: channels(at),
            };
            people.map(view).collect()
        })
    }

    /// A new account with an empty primary calendar.
    pub fn add_person(&self, email: &str, name: &str) {
        self.change(|world, now| world.add_google_person(email, name, now));
    }

    /// Lets the program in without the pages, and returns a refresh token.
    pub fn consent(&self, email: &str, scopes: &[&str]) -> Result<String, Unknown> {
        self.change(|world, now| {
            let person = world.google.person(email).ok_or(Unknown)?;
            let (google, dice) = (&mut world.google, &mut world.dice);
            let scopes: Option<Scopes> = scopes.iter().map(|scope| read(scope)).collect();
            let code = Code {
                prefix: CODE_PREFIX,
                grant: Grant { person, client: GOOGLE_CLIENT_ID.to_owned() },
                redirect_uri: String::new(),
                challenge: None,
                nonce: None,
                scopes: scopes.ok_or(Unknown)?,
                with_refresh: true,
                expires_at: now + jiff::SignedDuration::from_secs(60),
            };
            let code = google.issuer.consent(dice, code);
            let (client, redirect_uri) = (GOOGLE_CLIENT_ID, "");
            let shown = Shown { code: &code, client, redirect_uri, verifier: None };
            let terms = Terms { rotation: Rotation::Never, ..terms(&google.manners) };
            let issued = google.issuer.redeem(dice, shown, terms, now);
            issued.ok().and_then(|issued| issued.refresh).ok_or(Unknown)
        })
    }

    /// Everything that a person has allowed is taken back, as in their Google account.
    pub fn revoke(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |google, person| google.issuer.revoke_person(person))
    }

    /// Access tokens of a person end now; refresh tokens stay.
    pub fn expire_access_tokens(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |google, person| google.issuer.expire_access(person))
    }

    /// One permission is taken back; the grant stays.
    pub fn withdraw_scope(&self, email: &str, scope: &str) -> Result<(), Unknown> {
        let scope = read(scope).ok_or(Unknown)?;
        self.of_person(email, |google, person| google.issuer.withdraw(person, &scope))
    }

    /// Sync tokens of all calendars that a person lists, and of the list itself, become unknown.
    pub fn expire_sync_tokens(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |google, person| {
            let Some(known) = google.people.get_mut(person) else { return };
            known.list_epoch += 1;
            let calendars: Vec<usize> = known.entries.iter().map(|it| it.calendar).collect();
            for at in calendars {
                if let Some(calendar) = google.calendars.get_mut(at) {
                    calendar.epoch += 1;
                }
            }
        })
    }

    pub fn manners(&self) -> GoogleManners {
        self.sandbox.with(|world| world.google.manners.clone())
    }

    pub fn set_manners(&self, manners: GoogleManners) {
        self.change(|world, _| world.google.manners = manners);
    }

    /// Faults of one person, or (`None`) of everyone.
    pub fn faults(&self, email: Option<&str>) -> Result<GoogleFaults, Unknown> {
        let mut faults = GoogleFaults::default();
        self.change_faults(email, |now| faults = now.clone())?;
        Ok(faults)
    }

    pub fn set_faults(&self, email: Option<&str>, faults: GoogleFaults) -> Result<(), Unknown> {
        self.change_faults(email, |now| *now = faults)
    }

    pub fn change_faults(
        &self,
        email: Option<&str>,
        change: impl FnOnce(&mut GoogleFaults),
    ) -> Result<(), Unknown> {
        let Some(email) = email else {
            self.change(|world, _| change(&mut world.google.faults));
            return Ok(());
        };
        self.of_person(email, |google, person| {
            google.people.get_mut(person).map(|person| change(&mut person.faults))
        })?
        .ok_or(Unknown)
    }

    /// What became of the last thousand rings, oldest first.
    pub fn heard(&self) -> Vec<Heard> {
        self.sandbox.with(|world| world.google.push.heard())
    }

    /// Closes every push channel of a person without a word.
    pub fn silence(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |google, person| {
            let theirs = google.push.channels().filter(|channel| channel.person == person);
            let ids: Vec<String> = theirs.map(|channel| channel.id.clone()).collect();
            for id in &ids {
                google.push.close(id);
            }
        })
    }
}
