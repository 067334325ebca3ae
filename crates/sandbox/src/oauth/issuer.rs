//! What has been given out, and what became of it: codes, access tokens, refresh tokens.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::form::Pairs;
use super::{
    Access, Code, Denied, Grant, GrantView, Issued, Rotation, Scopes, Shown, Terms, after,
    challenge_of, secret,
};
use crate::clock::Dice;

/// Access tokens that have ended are forgotten when there are more than so many.
const ACCESS_TOKENS_KEPT: usize = 20_000;
/// What is over is remembered until there is so much of it.
const OVER_KEPT: usize = 20_000;

#[derive(Debug, Clone)]
struct Refresh {
    grant: Grant,
    scopes: Scopes,
    issued: u64,
    expires_at: Option<Timestamp>,
    /// Replaced by a newer one under strict rotation.
    dead: bool,
}

#[derive(Debug, Default)]
pub struct Issuer {
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    granted: BTreeMap<Grant, Scopes>,
    issued: u64,
    /// Codes that were opened and refresh tokens that were taken back, for as long as they are
    /// remembered.
    over: BTreeMap<String, Denied>,
    /// Does it leave the signature of its id tokens to whoever wants to believe in it?
    pub(crate) is_unsigned: bool,
}

impl Issuer {
    /// What a person has allowed a program so far.
    pub(crate) fn granted(&self, grant: &Grant) -> Scopes {
        self.granted.get(grant).cloned().unwrap_or_default()
    }

    /// Notes the consent and gives the code for it.
    pub(crate) fn consent(&mut self, dice: &mut Dice, code: Code) -> String {
        self.granted.entry(code.grant.clone()).or_default().extend(code.scopes.clone());
        let secret = format!("{}{}", code.prefix, secret(dice, 4));
        self.codes.insert(secret.clone(), code);
        secret
    }

    /// Opens a code: once, by the program it was given to, with the verifier of its challenge.
    pub(crate) fn redeem(
        &mut self,
        dice: &mut Dice,
        shown: Shown<'_>,
        terms: Terms,
        now: Timestamp,
    ) -> Result<Issued, Denied> {
        let Some(code) = self.codes.remove(shown.code) else {
            return Err(self.over.get(shown.code).copied().unwrap_or(Denied::UnknownCode));
        };
        self.remember(shown.code.to_owned(), Denied::CodeUsed);
        if code.expires_at <= now {
            return Err(Denied::CodeExpired);
        }
        if code.grant.client != shown.client {
            return Err(Denied::OtherClient);
        }
        if code.redirect_uri != shown.redirect_uri {
            return Err(Denied::RedirectMismatch);
        }
        match (&code.challenge, shown.verifier) {
            (Some(_), None) => return Err(Denied::VerifierMissing),
            (Some(challenge), Some(verifier)) if challenge_of(verifier) != *challenge => {
                return Err(Denied::VerifierWrong);
            }
            _ => {}
        }
        let mut issued = self.issue(dice, code.grant, code.scopes, (terms, now));
        issued.nonce = code.nonce;
        if code.with_refresh {
            self.add_refresh(dice, &mut issued, (terms, now));
        }
        Ok(issued)
    }

    /// A new access token for a refresh token.
    pub(crate) fn renew(
        &mut self,
        dice: &mut Dice,
        (token, client): (&str, &str),
        terms: Terms,
        now: Timestamp,
    ) -> Result<Issued, Denied> {
        let Some(known) = self.refresh.get(token).cloned() else {
            return Err(self.over.get(token).copied().unwrap_or(Denied::TokenUnknown));
        };
        if known.grant.client != client {
            return Err(Denied::OtherClient);
        }
        if known.dead {
            self.revoke_grant(&known.grant);
            return Err(Denied::TokenRevoked);
        }
        if known.expires_at.is_some_and(|end| end <= now) {
            return Err(Denied::TokenExpired);
        }
        let mut issued = self.issue(dice, known.grant, known.scopes, (terms, now));
        if terms.rotation != Rotation::Never {
            self.add_refresh(dice, &mut issued, (terms, now));
        }
        if terms.rotation == Rotation::Strict
            && let Some(old) = self.refresh.get_mut(token)
        {
            old.dead = true;
        }
        Ok(issued)
    }

    fn issue(
        &mut self,
        dice: &mut Dice,
        grant: Grant,
        scopes: Scopes,
        (terms, now): (Terms, Timestamp),
    ) -> Issued {
        let access = format!("{}{}", terms.access_prefix, secret(dice, 6));
        if self.access.len() > ACCESS_TOKENS_KEPT {
            self.access.retain(|_, token| token.expires_at > now);
        }
        let expires_at = after(now, terms.access_s);
        let token = Access { grant: grant.clone(), scopes: scopes.clone(), expires_at };
        self.access.insert(access.clone(), token);
        Issued {
            grant,
            scopes,
            access,
            expires_in_s: terms.access_s,
            refresh: None,
            refresh_expires_in_s: terms.refresh_s,
            nonce: None,
        }
    }

    /// One refresh token more; the oldest of the grant dies in silence when there are too many.
    fn add_refresh(
        &mut self,
        dice: &mut Dice,
        issued: &mut Issued,
        (terms, now): (Terms, Timestamp),
    ) {
        let token = format!("{}{}", terms.refresh_prefix, secret(dice, 6));
        self.issued += 1;
        let refresh = Refresh {
            grant: issued.grant.clone(),
            scopes: issued.scopes.clone(),
            issued: self.issued,
            expires_at: terms.refresh_s.map(|life| after(now, life)),
            dead: false,
        };
        self.refresh.insert(token.clone(), refresh);
        let mut alive: Vec<(u64, String)> = self
            .refresh
            .iter()
            .filter(|(_, known)| known.grant == issued.grant && !known.dead)
            .map(|(token, known)| (known.issued, token.clone()))
            .collect();
        alive.sort();
        let too_many = alive.len().saturating_sub(terms.refresh_max.max(1));
        for (_, oldest) in alive.into_iter().take(too_many) {
            self.refresh.remove(&oldest);
        }
        issued.refresh = Some(token);
    }

    /// Who may do what with an access token, if it is alive.
    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Option<&Access> {
        self.access.get(token).filter(|access| access.expires_at > now)
    }

    /// The grant behind any token that is known, alive or not.
    pub(crate) fn grant_of(&self, token: &str) -> Option<Grant> {
        let access = self.access.get(token).map(|token| &token.grant);
        access.or_else(|| self.refresh.get(token).map(|token| &token.grant)).cloned()
    }

    /// What a refresh token allows.
    pub(crate) fn scopes_of(&self, token: &str) -> Option<Scopes> {
        self.refresh.get(token).map(|token| token.scopes.clone())
    }

    /// The grant behind a token, or a code, that a form shows under one of these names.
    pub(crate) fn grant_shown(&self, form: &Pairs, names: &[&str]) -> Option<Grant> {
        let shown = names.iter().find_map(|name| form.get(name))?;
        let of_code = || self.codes.get(shown).map(|code| code.grant.clone());
        self.grant_of(shown).or_else(of_code)
    }

    /// Takes everything back that one person has given one program.
    pub(crate) fn revoke_grant(&mut self, grant: &Grant) {
        self.granted.remove(grant);
        self.codes.retain(|_, code| code.grant != *grant);
        self.access.retain(|_, token| token.grant != *grant);
        let theirs = self.refresh.iter().filter(|(_, token)| token.grant == *grant);
        let tokens: Vec<String> = theirs.map(|(token, _)| token.clone()).collect();
        for token in tokens {
            self.refresh.remove(&token);
            self.remember(token, Denied::TokenRevoked);
        }
    }

    fn remember(&mut self, what: String, why: Denied) {
        if self.over.len() >= OVER_KEPT {
            self.over.clear();
        }
        self.over.insert(what, why);
    }

    /// All refresh tokens of a person have ended of age.
    pub(crate) fn expire_refresh(&mut self, person: usize, now: Timestamp) {
        let theirs = self.refresh.values_mut().filter(|token| token.grant.person == person);
        theirs.for_each(|token| token.expires_at = Some(now));
    }

    /// Takes back what one person has given to anyone.
    pub(crate) fn revoke_person(&mut self, person: usize) {
        let theirs = |grant: &Grant| grant.person == person;
        let grants: Vec<Grant> = self.granted.keys().filter(|it| theirs(it)).cloned().collect();
        for grant in &grants {
            self.revoke_grant(grant);
        }
    }

    /// The access tokens of a person end now; their refresh tokens stay.
    pub(crate) fn expire_access(&mut self, person: usize) {
        self.access.retain(|_, token| token.grant.person != person);
    }

    /// Takes back some permissions, and leaves the grant.
    pub(crate) fn withdraw(&mut self, person: usize, scope: &str) {
        let granted = self.granted.iter_mut().filter(|(grant, _)| grant.person == person);
        let access = self.access.values_mut().filter(|token| token.grant.person == person);
        let refresh = self.refresh.values_mut().filter(|token| token.grant.person == person);
        let held = granted.map(|(_, scopes)| scopes);
        let held = held.chain(access.map(|token| &mut token.scopes));
        for scopes in held.chain(refresh.map(|token| &mut token.scopes)) {
            scopes.remove(scope);
        }
    }

    /// Programs that a person has let in.
    pub(crate) fn grants_of(&self, person: usize) -> Vec<GrantView> {
        let theirs = self.granted.iter().filter(|(grant, _)| grant.person == person);
        theirs
            .map(|(grant, scopes)| {
                let alive = self.refresh.values().filter(|it| it.grant == *grant && !it.dead);
                GrantView {
                    client: grant.client.clone(),
                    scopes: scopes.iter().cloned().collect(),
                    refresh_tokens: alive.count(),
                }
            })
            .collect()
    }
}
