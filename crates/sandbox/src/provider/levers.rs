//! Control of a provider in code, for tests and simulations: grants, faults, manners.

use std::marker::PhantomData;

use jiff::Timestamp;

use super::Provider;
use crate::Sandbox;
use crate::levers::Unknown;
use crate::oauth::{Code, Grant, Rotation, Scopes, Shown, Terms, after};
use crate::rings::Heard;
use crate::world::World;

/// The levers of a provider. Clones are of the same world.
#[derive(Debug)]
pub struct Levers<P> {
    pub(crate) sandbox: Sandbox,
    provider: PhantomData<fn() -> P>,
}

impl<P> Clone for Levers<P> {
    fn clone(&self) -> Self {
        Self::of(&self.sandbox)
    }
}

impl<P> Levers<P> {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self { sandbox: sandbox.clone(), provider: PhantomData }
    }

    /// Changes something, and lets the rings out that follow from it.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let now = self.sandbox.now();
        let done = self.sandbox.with(|world| act(world, now));
        self.sandbox.rings_are_due();
        done
    }
}

impl<P: Provider> Levers<P> {
    pub(crate) fn read<T>(&self, look: impl FnOnce(&mut P) -> T) -> T {
        self.sandbox.with(|world| look(P::of(world).0))
    }

    pub(crate) fn of_person<T>(
        &self,
        email: &str,
        act: impl FnOnce(&mut P, usize, Timestamp) -> T,
    ) -> Result<T, Unknown> {
        self.change(|world, now| {
            let (provider, _) = P::of(world);
            let person = provider.person(email).ok_or(Unknown)?;
            Ok(act(provider, person, now))
        })
    }

    pub fn people(&self) -> Vec<P::PersonView> {
        let now = self.sandbox.now();
        self.read(|provider| provider.views(now))
    }

    /// Lets the program in without the pages, and returns a refresh token.
    pub fn consent(&self, email: &str, scopes: &[&str]) -> Result<String, Unknown> {
        let scopes: Option<Scopes> = scopes.iter().map(|scope| P::permission(scope)).collect();
        let (scopes, client) = (scopes.ok_or(Unknown)?, P::CLIENT.id);
        self.change(|world, now| {
            let (provider, dice) = P::of(world);
            let person = provider.person(email).ok_or(Unknown)?;
            let terms = Terms { rotation: Rotation::Never, ..provider.terms(person) };
            let code = Code {
                prefix: P::CODE_PREFIX,
                grant: Grant { person, client: client.to_owned() },
                redirect_uri: String::new(),
                challenge: None,
                nonce: None,
                scopes,
                with_refresh: true,
                expires_at: after(now, 60),
            };
            let code = provider.issuer().consent(dice, code);
            let shown = Shown { code: &code, client, redirect_uri: "", verifier: None };
            let issued = provider.issuer().redeem(dice, shown, terms, now);
            issued.ok().and_then(|issued| issued.refresh).ok_or(Unknown)
        })
    }

    /// Everything that a person has allowed is taken back, as in their account there.
    pub fn revoke(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, P::revoke)
    }

    /// Access tokens of a person end now; refresh tokens stay.
    pub fn expire_access_tokens(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |provider, person, _| provider.issuer().expire_access(person))
    }

    /// Refresh tokens of a person have not been used for too long; access tokens stay.
    pub fn expire_refresh_tokens(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |provider, person, now| provider.issuer().expire_refresh(person, now))
    }

    /// One permission is taken back; the grant stays.
    pub fn withdraw_scope(&self, email: &str, scope: &str) -> Result<(), Unknown> {
        let scope = P::permission(scope).ok_or(Unknown)?;
        self.of_person(email, |provider, person, _| provider.issuer().withdraw(person, &scope))
    }

    pub fn manners(&self) -> P::Manners {
        self.read(|provider| provider.manners().clone())
    }

    pub fn set_manners(&self, manners: P::Manners) {
        self.change(|world, _| *P::of(world).0.manners() = manners);
    }

    /// Faults of one person, or (`None`) of everyone.
    pub fn faults(&self, email: Option<&str>) -> Result<P::Faults, Unknown> {
        let mut faults = P::Faults::default();
        self.change_faults(email, |now| faults = now.clone())?;
        Ok(faults)
    }

    pub fn set_faults(&self, email: Option<&str>, faults: P::Faults) -> Result<(), Unknown> {
        self.change_faults(email, |now| *now = faults)
    }

    pub fn change_faults(
        &self,
        email: Option<&str>,
        change: impl FnOnce(&mut P::Faults),
    ) -> Result<(), Unknown> {
        self.change(|world, _| {
            let (provider, _) = P::of(world);
            let person = email.map(|email| provider.person(email).ok_or(Unknown)).transpose()?;
            change(provider.trouble().of(person));
            Ok(())
        })
    }

    /// What became of the last thousand rings, oldest first.
    pub fn heard(&self) -> Vec<Heard> {
        self.read(|provider| provider.heard())
    }

    /// What rings for a person ends without a word: every push channel, every subscription.
    pub fn silence(&self, email: &str) -> Result<(), Unknown> {
        self.of_person(email, |provider, person, _| provider.silence(person))
    }
}
