//! Control of Microsoft's side in code, for tests and simulations: people, tenants, grants,
//! faults, manners.

use jiff::Timestamp;
use serde::Serialize;

use super::consent::CODE_PREFIX;
use super::faults::{MicrosoftFaults, MicrosoftManners};
use super::scope::read;
use super::token::terms;
use super::world::{AccountKind, Directory, Microsoft, MicrosoftPerson, PERSONAL_TENANT};
use super::{MICROSOFT_CLIENT_ID, zones};
use crate::Sandbox;
use crate::levers::Unknown;
use crate::net::fingerprint;
use crate::oauth::{Code, Grant, GrantView, Rotation, Scopes, Shown, Terms};
use crate::quota::Sliding;
use crate::rings::Heard;
use crate::world::World;

/// The levers of Microsoft's side. Clones are of the same world.
#[derive(Debug, Clone)]
pub struct MicrosoftLevers {
    pub(crate) sandbox: Sandbox,
}

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
        MicrosoftLevers { sandbox: self.clone() }
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
            faults: MicrosoftFaults::default(),
        });
        let person = microsoft.people.len() - 1;
        microsoft.add_calendar(person, "Calendar");
        person
    }
}

impl MicrosoftLevers {
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
        act: impl FnOnce(&mut Microsoft, usize, Timestamp) -> T,
    ) -> Result<T, Unknown> {
        self.change(|world, now| {
            let at = world.microsoft.person(email).ok_or(Unknown)?;
            Ok(act(&mut world.microsoft, at, now))
        })
    }

    pub fn people(&self) -> Vec<MicrosoftPersonView> {
        let now = self.sandbox.now();
        self.sandbox.with(|world| {
            let microsoft = &world.microsoft;
            let people = microsoft.people.iter().enumerate();
            let view = |(at, person): (usize, &MicrosoftPerson)| {
                Some(MicrosoftPersonView {
                    email: person.email.clone(),
                    name: person.name.clone(),
                    mail: person.mail.clone(),
                    oid: person.oid.clone(),
                    tenant: microsoft.tenant_of(at)?.view(),
                    grants: microsoft.issuer.grants_of(at),
                    subscriptions: microsoft.push.living(now).filter(|it| it.person == at).count(),
                })
            };
            people.filter_map(view).collect()
        })
    }

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

    /// Lets the program in without the pages, and returns a refresh token.
    pub fn consent(&self, email: &str, scopes: &[&str]) -> Result<String, Unknown> {
        self.change(|world, now| {
            let person = world.microsoft.person(email).ok_or(Unknown)?;
            let (microsoft, dice) = (&mut world.microsoft, &mut world.dice);
            let scopes: Option<Scopes> = scopes.iter().map(|scope| read(scope)).collect();
            let code = Code {
                prefix: CODE_PREFIX,
                grant: Grant { person, client: MICROSOFT_CLIENT_ID.to_owned() },
                redirect_uri: String::new(),
                challenge: None,
                nonce: None,
                scopes: scopes.ok_or(Unknown)?,
                with_refresh: true,
                expires_at: now + jiff::SignedDuration::from_secs(60),
            };
            let terms = Terms { rotation: Rotation::Never, ..terms(microsoft, Some(person)) };
            let code = microsoft.issuer.consent(dice, code);
            let (client, redirect_uri) = (MICROSOFT_CLIENT_ID, "");
            let shown = Shown { code: &code, client, redirect_uri, verifier: None };
            let issued = microsoft.issuer.redeem(dice, shown, terms, now);
            issued.ok().and_then(|issued| issued.refresh).ok_or(Unknown)
        })
    }

    /// Every grant of a person is revoked, and their subscriptions are removed with a word.
    pub fn revoke(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |microsoft, person, now| {
            microsoft.issuer.revoke_person(person);
            microsoft.lifecycle(person, "subscriptionRemoved", now);
        })
    }

    /// Access tokens of a person end now; refresh tokens stay.
    pub fn expire_access_tokens(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |microsoft, person, _| microsoft.issuer.expire_access(person))
    }

    /// Refresh tokens of a person have not been used for too long.
    pub fn expire_refresh_tokens(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |microsoft, person, now| microsoft.issuer.expire_refresh(person, now))
    }

    /// One permission is taken back; the grant stays.
    pub fn withdraw_scope(&self, email: &str, scope: &str) -> Result<(), Unknown> {
        let scope = read(scope).ok_or(Unknown)?;
        self.of_person(email, |microsoft, person, _| microsoft.issuer.withdraw(person, &scope))
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

    pub fn manners(&self) -> MicrosoftManners {
        self.sandbox.with(|world| world.microsoft.manners.clone())
    }

    pub fn set_manners(&self, manners: MicrosoftManners) {
        self.change(|world, _| world.microsoft.manners = manners);
    }

    /// Faults of one person, or (`None`) of everyone.
    pub fn faults(&self, email: Option<&str>) -> Result<MicrosoftFaults, Unknown> {
        let mut faults = MicrosoftFaults::default();
        self.change_faults(email, |now| faults = now.clone())?;
        Ok(faults)
    }

    pub fn set_faults(&self, email: Option<&str>, faults: MicrosoftFaults) -> Result<(), Unknown> {
        self.change_faults(email, |now| *now = faults)
    }

    pub fn change_faults(
        &self,
        email: Option<&str>,
        change: impl FnOnce(&mut MicrosoftFaults),
    ) -> Result<(), Unknown> {
        let Some(email) = email else {
            self.change(|world, _| change(&mut world.microsoft.faults));
            return Ok(());
        };
        self.of_person(email, |microsoft, person, _| {
            microsoft.people.get_mut(person).map(|person| change(&mut person.faults))
        })?
        .ok_or(Unknown)
    }

    /// What became of the last thousand rings, oldest first.
    pub fn heard(&self) -> Vec<Heard> {
        self.sandbox.with(|world| world.microsoft.push.heard())
    }

    /// All subscriptions of a person end without a word.
    pub fn silence(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |microsoft, person, _| microsoft.push.close_all_of(person))
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
