//! Microsoft's side as the levers know it, and the levers that it alone has.

use jiff::Timestamp;
use serde::Serialize;

use super::consent::CODE_PREFIX;
use super::faults::{MicrosoftFaults, MicrosoftManners};
use super::scope::read;
use super::world::{AccountKind, Directory, Microsoft, MicrosoftPerson, PERSONAL_TENANT};
use super::{token, zones};
use crate::Sandbox;
use crate::clock::Dice;
use crate::faults::Trouble;
use crate::levers::Unknown;
use crate::net::fingerprint;
use crate::oauth::{Client, GrantView, Issuer, Scopes, Terms};
use crate::provider::levers::Levers;
use crate::provider::{Act, Provider};
use crate::quota::Sliding;
use crate::rings::Heard;
use crate::world::World;

/// The levers of Microsoft's side. Clones are of the same world.
pub type MicrosoftLevers = Levers<Microsoft>;

/// An organization, or the one that all personal accounts are in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DirectoryView {
    pub id: String,
    pub domain: String,
    pub kind: AccountKind,
    pub users_consent: bool,
    /// What an administrator has allowed for everyone.
    pub granted: Vec<String>,
}

/// A Microsoft account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MicrosoftPersonView {
    /// The name to sign in with.
    pub email: String,
    pub name: String,
    pub mail: Option<String>,
    pub oid: String,
    pub tenant: DirectoryView,
    pub grants: Vec<GrantView>,
    /// Subscriptions that are alive.
    pub subscriptions: usize,
}

impl Sandbox {
    /// The levers of Microsoft's side.
    pub fn microsoft(&self) -> MicrosoftLevers {
        Levers::of(self)
    }
}

/// A GUID that stands for a text.
pub(crate) fn guid(of: &str) -> String {
    let (a, b) = (fingerprint(&of), fingerprint(&(of, "b")));
    let (high, mid, low) = (a >> 32, (a >> 16) & 0xFFFF, a & 0xFFF);
    format!("{high:08x}-{mid:04x}-4{low:03x}-8000-{:012x}", b & 0xFFFF_FFFF_FFFF)
}

impl Directory {
    fn view(&self) -> DirectoryView {
        DirectoryView {
            id: self.id.clone(),
            domain: self.domain.clone(),
            kind: self.kind,
            users_consent: self.users_consent,
            granted: self.granted.iter().cloned().collect(),
        }
    }
}

impl Microsoft {
    /// The tenant of an address: by its domain, or that of all personal accounts.
    fn tenant_for(&mut self, email: &str, kind: AccountKind) -> usize {
        let domain = email.split('@').nth(1).unwrap_or_default();
        let (id, domain) = match kind {
            AccountKind::Personal => (PERSONAL_TENANT.to_owned(), "personal".to_owned()),
            _ => (guid(domain), domain.to_owned()),
        };
        self.tenant(&id).unwrap_or_else(|| {
            let (users_consent, granted) = (true, Scopes::new());
            self.tenants.push(Directory { id, domain, kind, users_consent, granted });
            self.tenants.len() - 1
        })
    }
}

impl World {
    /// A Microsoft account with its default calendar.
    pub(crate) fn add_microsoft_person(
        &mut self,
        email: &str,
        name: &str,
        kind: AccountKind,
    ) -> usize {
        let time_zone = zones::windows(&self.time_zone).to_owned();
        let microsoft = &mut self.microsoft;
        let tenant = microsoft.tenant_for(email, kind);
        let personal = kind == AccountKind::Personal;
        let oid = guid(email);
        let groups = [("my", "My Calendars"), ("other", "Other Calendars")];
        let id = |name: &str| {
            super::ids::write(super::ids::Key::of(fingerprint(&(email, name))), Some(0))
        };
        microsoft.people.push(MicrosoftPerson {
            email: email.to_owned(),
            name: name.to_owned(),
            mail: (!personal).then(|| email.to_owned()),
            oid: if personal { format!("00000000-0000-0000-{}", &oid[19..]) } else { oid },
            tenant,
            time_zone,
            entries: Vec::new(),
            groups: groups.map(|(short, name)| (id(short), name.to_owned())).to_vec(),
            transactions: std::collections::BTreeMap::new(),
            calls: Sliding::default(),
            in_flight: 0,
        });
        let person = microsoft.people.len() - 1;
        microsoft.add_calendar(person, "Calendar");
        person
    }
}

impl Provider for Microsoft {
    type Manners = MicrosoftManners;
    type Faults = MicrosoftFaults;
    type PersonView = MicrosoftPersonView;

    const NAME: &'static str = "Microsoft";
    const PATH: &'static str = "microsoft";
    const CLIENT: Client = token::CLIENT;
    const CODE_PREFIX: &'static str = CODE_PREFIX;
    const ACTS: &'static [Act<Self>] = &[
        ("revoke", "Revoke everything", Levers::revoke),
        ("expire-access-tokens", "End the access tokens", Levers::expire_access_tokens),
        ("expire-refresh-tokens", "Let refresh tokens age", Levers::expire_refresh_tokens),
        ("expire-delta-tokens", "Expire delta tokens", Levers::expire_delta_tokens),
        ("renew-ids", "Change ordinary ids", Levers::renew_ids),
        ("silence", "End the subscriptions silently", Levers::silence),
        ("reauthorization-required", "Ask to reauthorize", |levers, email| {
            levers.send_lifecycle(email, "reauthorizationRequired")
        }),
        ("missed", "Say that notices were missed", |levers, email| {
            levers.send_lifecycle(email, "missed")
        }),
    ];

    fn of(world: &mut World) -> (&mut Self, &mut Dice) {
        (&mut world.microsoft, &mut world.dice)
    }

    fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.people.iter().map(|person| (person.email.as_str(), person.name.as_str()))
    }

    fn views(&self, now: Timestamp) -> Vec<MicrosoftPersonView> {
        let view = |(at, person): (usize, &MicrosoftPerson)| {
            Some(MicrosoftPersonView {
                email: person.email.clone(),
                name: person.name.clone(),
                mail: person.mail.clone(),
                oid: person.oid.clone(),
                tenant: self.tenant_of(at)?.view(),
                grants: self.issuer.grants_of(at),
                subscriptions: self.push.living(now).filter(|it| it.person == at).count(),
            })
        };
        self.people.iter().enumerate().filter_map(view).collect()
    }

    fn manners(&mut self) -> &mut MicrosoftManners {
        &mut self.manners
    }

    fn trouble(&mut self) -> &mut Trouble<MicrosoftFaults> {
        &mut self.faults
    }

    fn issuer(&mut self) -> &mut Issuer {
        &mut self.issuer
    }

    fn terms(&self, person: usize) -> Terms {
        token::terms(self, Some(person))
    }

    fn permission(asked: &str) -> Option<String> {
        read(asked)
    }

    /// The subscriptions are removed with a word.
    fn revoke(&mut self, person: usize, now: Timestamp) {
        self.issuer.revoke_person(person);
        self.lifecycle(person, "subscriptionRemoved", now);
    }

    fn heard(&self) -> Vec<Heard> {
        self.push.heard()
    }

    fn silence(&mut self, person: usize) {
        self.push.close_all_of(person);
    }
}

impl Levers<Microsoft> {
    /// A new account with an empty calendar. Those of one domain are of one tenant.
    pub fn add_person(&self, email: &str, name: &str, kind: AccountKind) {
        self.change(|world, _| world.add_microsoft_person(email, name, kind));
    }

    pub fn tenants(&self) -> Vec<DirectoryView> {
        self.sandbox.with(|world| world.microsoft.tenants.iter().map(Directory::view).collect())
    }

    /// May people of a tenant (by id or domain) let programs in without an administrator?
    pub fn set_users_consent(&self, tenant: &str, may: bool) -> Result<(), Unknown> {
        self.change(|world, _| {
            let at = world.microsoft.tenant(tenant).ok_or(Unknown)?;
            let tenant = world.microsoft.tenants.get_mut(at).ok_or(Unknown)?;
            tenant.users_consent = may;
            if !may {
                tenant.granted.clear();
            }
            Ok(())
        })
    }

    /// An administrator of a tenant allows permissions for everyone in it.
    pub fn admin_consent(&self, tenant: &str, scopes: &[&str]) -> Result<(), Unknown> {
        let scopes: Option<Scopes> = scopes.iter().map(|scope| read(scope)).collect();
        let scopes = scopes.ok_or(Unknown)?;
        self.change(|world, _| {
            let at = world.microsoft.tenant(tenant).ok_or(Unknown)?;
            world.microsoft.tenants.get_mut(at).ok_or(Unknown)?.granted.extend(scopes);
            Ok(())
        })
    }

    /// Delta tokens of all calendars that a person lists become unknown.
    pub fn expire_delta_tokens(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |microsoft, person, _| {
            microsoft.calendars_of(person).for_each(|calendar| calendar.epoch += 1);
        })
    }

    /// Ordinary ids of all events of a person change, and delta tokens with them.
    pub fn renew_ids(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |microsoft, person, _| {
            microsoft.calendars_of(person).for_each(super::world::MicrosoftCalendar::renew_ids);
        })
    }

    /// A lifecycle notice to every subscription of a person: `reauthorizationRequired`,
    /// `subscriptionRemoved` (they are then gone) or `missed`.
    pub fn send_lifecycle(&self, email: &str, event: &str) -> Result<(), Unknown> {
        if !["reauthorizationRequired", "subscriptionRemoved", "missed"].contains(&event) {
            return Err(Unknown);
        }
        self.of_person(email, |microsoft, person, now| microsoft.lifecycle(person, event, now))
    }

    /// Somebody carries rings: new subscriptions wait for the answer to their handshake.
    /// [`Sandbox::serve`] says so by itself.
    pub fn carry_handshakes(&self, carried: bool) {
        self.change(|world, _| world.microsoft.push.carried = carried);
    }
}
