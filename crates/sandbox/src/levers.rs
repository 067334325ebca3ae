//! Control in code, for tests and simulations: the same as the control page does.

use serde::Serialize;

use crate::Sandbox;
use crate::faults::{Faults, Trouble, Whom};
use crate::manners::{Manners, Preset};
use crate::world::World;
use crate::world::calendar::{Access, Calendar, CalendarKind, Member};
use crate::world::person::{AppPassword, Person};
use crate::zoom::ZoomFaults;

/// There is nobody, or nothing, of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown;

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there is nothing of that name in the sandbox")
    }
}

impl std::error::Error for Unknown {}

/// An event as it lies in a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredEvent {
    /// The resource name: the last part of the path.
    pub name: String,
    /// With its quotes.
    pub etag: String,
    pub uid: String,
    pub text: String,
}

/// A calendar, as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarView {
    /// Its name in paths.
    pub segment: String,
    pub display_name: String,
    pub kind: CalendarKind,
    pub access: Access,
    pub events: usize,
    pub lost: bool,
    pub emptied: bool,
}

/// A person, with what is needed to sign in as them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonView {
    pub username: String,
    pub name: String,
    /// Absent when all are revoked.
    pub app_password: Option<String>,
    /// The ordinary password of the account, which CalDAV refuses.
    pub account_password: String,
    pub dsid: u64,
    pub partition: u16,
}

impl World {
    fn known_person(&self, username: &str) -> Result<usize, Unknown> {
        self.person(username).ok_or(Unknown)
    }

    pub(crate) fn known_calendar(
        &mut self,
        username: &str,
        calendar: &str,
    ) -> Result<&mut Calendar, Unknown> {
        let person = self.known_person(username)?;
        let at = self.calendar(person, calendar).ok_or(Unknown)?;
        self.calendars.get_mut(at).ok_or(Unknown)
    }

    pub(crate) fn add_person(&mut self, username: &str, name: &str, app_password: &str) -> usize {
        let dsid = 10_000_000_000 + self.dice.below(9_999_999_999);
        self.people.push(Person {
            username: username.to_owned(),
            name: name.to_owned(),
            account_password: "Ordinary-Password-1".into(),
            app_passwords: vec![AppPassword { secret: app_password.to_owned(), revoked: false }],
            dsid,
            partition: 42,
            addresses: Vec::new(),
            manners: None,
            wrong_passwords: 0,
        });
        self.people.len() - 1
    }

    /// A new calendar under the first free name; returns its place.
    pub(crate) fn add_calendar(
        &mut self,
        person: usize,
        name: &str,
        kind: CalendarKind,
        access: Access,
    ) -> usize {
        let id = self.dice.uid();
        let member = Member { person, segment: self.free_segment(person, name), access };
        self.calendars.push(Calendar::new(id, name, kind, member));
        self.calendars.len() - 1
    }

    pub(crate) fn free_segment(&self, person: usize, name: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let wish: String = name.chars().map(plain).collect();
        let taken = |segment: &str| {
            self.calendars
                .iter()
                .filter_map(|calendar| calendar.member(person))
                .any(|member| member.segment == segment)
        };
        let numbered = (2..).map(|n| format!("{wish}-{n}"));
        std::iter::once(wish.clone()).chain(numbered).find(|it| !taken(it)).unwrap_or(wish)
    }

    pub(crate) fn faults_of(&mut self, whom: &Whom) -> Result<&mut Faults, Unknown> {
        match whom {
            Whom::Everyone => Ok(self.faults.of(None)),
            Whom::Person(username) => {
                let at = self.known_person(username)?;
                Ok(self.faults.of(Some(at)))
            }
            Whom::Feed(name) => {
                self.feeds.get_mut(name).map(|feed| &mut feed.faults).ok_or(Unknown)
            }
        }
    }
}

/// People and their passwords.
impl Sandbox {
    pub fn add_person(&self, username: &str, app_password: &str) {
        self.with(|world| world.add_person(username, username, app_password));
    }

    pub fn people(&self) -> Vec<PersonView> {
        self.with(|world| {
            let view = |person: &Person| PersonView {
                username: person.username.clone(),
                name: person.name.clone(),
                app_password: person.app_password().map(str::to_owned),
                account_password: person.account_password.clone(),
                dsid: person.dsid,
                partition: person.partition,
            };
            world.people.iter().map(view).collect()
        })
    }

    /// All app-specific passwords of a person, as a change of the account's password does it.
    pub fn revoke_password(&self, username: &str) -> Result<(), Unknown> {
        self.with_person(username, |person| {
            for password in &mut person.app_passwords {
                password.revoked = true;
            }
        })
    }

    pub(crate) fn make_app_password(&self) -> String {
        self.with(|world| world.dice.app_password())
    }

    /// A further app-specific password, which opens from now on.
    pub fn new_password(&self, username: &str) -> Result<String, Unknown> {
        let secret = self.make_app_password();
        self.with_person(username, |person| {
            person.app_passwords.push(AppPassword { secret: secret.clone(), revoked: false });
        })?;
        Ok(secret)
    }

    /// Apple moves an account: its calendars now live under another partition, and only there.
    pub fn move_to_partition(&self, username: &str, partition: u16) -> Result<(), Unknown> {
        self.with_person(username, |person| person.partition = partition)
    }

    fn with_person(&self, username: &str, act: impl FnOnce(&mut Person)) -> Result<(), Unknown> {
        self.with(|world| {
            let at = world.known_person(username)?;
            world.people.get_mut(at).map(act).ok_or(Unknown)
        })
    }
}

/// Manners and faults.
impl Sandbox {
    pub fn manners(&self, username: Option<&str>) -> Manners {
        self.with(|world| {
            world.manners_of(username.and_then(|username| world.person(username))).clone()
        })
    }

    /// For one person, or (`None`) for all who have none of their own.
    pub fn set_manners(&self, username: Option<&str>, manners: Manners) -> Result<(), Unknown> {
        if let Some(username) = username {
            return self.with_person(username, |person| person.manners = Some(manners));
        }
        self.with(|world| world.manners = manners);
        Ok(())
    }

    pub fn set_preset(&self, username: Option<&str>, preset: Preset) -> Result<(), Unknown> {
        self.set_manners(username, Manners::of(preset))
    }

    /// The preset that everyone without manners of their own gets, if no switch differs from it.
    pub fn preset(&self) -> Option<Preset> {
        let manners = self.manners(None);
        Preset::ALL.into_iter().find(|preset| Manners::of(*preset) == manners)
    }

    /// Turns single switches of the manners.
    pub fn change_manners(
        &self,
        username: Option<&str>,
        change: impl FnOnce(&mut Manners),
    ) -> Result<(), Unknown> {
        let mut manners = self.manners(username);
        change(&mut manners);
        self.set_manners(username, manners)
    }

    pub fn faults(&self, whom: &Whom) -> Result<Faults, Unknown> {
        self.with(|world| world.faults_of(whom).cloned())
    }

    pub fn set_faults(&self, whom: &Whom, faults: Faults) -> Result<(), Unknown> {
        self.change_faults(whom, |now| *now = faults)
    }

    pub fn change_faults(
        &self,
        whom: &Whom,
        change: impl FnOnce(&mut Faults),
    ) -> Result<(), Unknown> {
        self.with(|world| world.faults_of(whom).map(change))
    }

    /// Every fault of everyone, and of every feed, is called off.
    pub fn clear_faults(&self) {
        self.with(|world| {
            world.faults = Trouble::default();
            world.feeds.values_mut().for_each(|feed| feed.faults = Faults::default());
            world.google.faults = Trouble::default();
            world.microsoft.faults = Trouble::default();
            world.zoom = ZoomFaults::default();
        });
    }
}
