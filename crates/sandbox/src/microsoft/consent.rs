//! The authorization endpoint and the consent of administrators: what a program asks for, the
//! pages that a person sees, and the way back.

use jiff::Timestamp;

use super::identity::Authority;
use super::scope::{read_all, said};
use super::world::Microsoft;
use super::{MICROSOFT_CLIENT_ID, aadsts, consent_page};
use crate::answer::{Answer, bare, page};
use crate::ask::Ask;
use crate::net::fingerprint;
use crate::oauth::form::{Pairs, may_call_back};
use crate::oauth::wish::{self, Asked};
use crate::oauth::{Grant, Scopes, after};
use crate::provider::Provider;
use crate::world::World;

/// How codes begin.
pub(crate) const CODE_PREFIX: &str = "1.AXYA-code.";

/// What a program asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) asked: wish::Wish,
    /// The name in the path.
    pub(crate) tenant: String,
    pub(crate) authority: Authority,
    pub(crate) scopes: Scopes,
}

/// An error on a page of Microsoft's own: the way back is not to be trusted.
fn shown(code: u32) -> Answer {
    page(400, consent_page::refused(code, None))
}

impl Wish {
    fn read(microsoft: &Microsoft, ask: &Ask, asked: wish::Wish) -> Result<Self, Box<Answer>> {
        let tenant = ask.path.first().cloned().unwrap_or_default();
        let authority = microsoft.authority(&tenant).ok_or_else(|| Box::new(shown(90_002)))?;
        if asked.get("client_id") != MICROSOFT_CLIENT_ID {
            return Err(Box::new(shown(700_016)));
        }
        if !may_call_back(&asked.redirect_uri) {
            return Err(Box::new(shown(50_011)));
        }
        let scopes = read_all(asked.get("scope")).unwrap_or_default();
        let wish = Self { asked, tenant, authority, scopes };
        if wish.scopes.is_empty() {
            return Err(Box::new(wish.refused(70_011)));
        }
        Ok(wish)
    }

    /// Back to the program, as it wants to be answered.
    fn back(&self, pairs: &[(&str, &str)]) -> Answer {
        if self.asked.get("response_mode") != "form_post" {
            return self.asked.back(pairs);
        }
        page(200, consent_page::posted(&self.asked.redirect_uri, &self.asked.answered(pairs)))
    }

    fn refused(&self, code: u32) -> Answer {
        self.back_with_error(aadsts::error_name(code), &aadsts::text(code))
    }

    fn back_with_error(&self, error: &str, says: &str) -> Answer {
        self.back(&[("error", error), ("error_description", says)])
    }
}

/// `/{tenant}/oauth2/v2.0/authorize`, and where its page sends the decision.
pub(crate) fn authorize(world: &mut World, ask: &Ask, now: Timestamp) -> Answer {
    let Asked { decided, form, wish } = Asked::read(ask);
    let wish = match Wish::read(&world.microsoft, ask, wish) {
        Ok(wish) => wish,
        Err(answer) => return *answer,
    };
    if wish.asked.get("response_type") != "code" {
        let says = "The sandbox knows response_type=code only.";
        return wish.back_with_error("unsupported_response_type", says);
    }
    if wish.asked.is_challenged_oddly() {
        let says = "The sandbox knows code_challenge_method=S256 only.";
        return wish.back_with_error("invalid_request", says);
    }
    match (ask.method.as_str(), decided) {
        ("GET", false) => ask_person(world, &wish, now),
        ("POST", true) => decide(world, &wish, &form, now),
        _ => bare(405),
    }
}

/// Somebody has to be chosen, and has to say yes, unless both is known already.
fn ask_person(world: &mut World, wish: &Wish, now: Timestamp) -> Answer {
    let microsoft = &world.microsoft;
    let person = wish.asked.account().and_then(|email| microsoft.person(email));
    let Some(person) = person.filter(|it| microsoft.belongs(*it, &wish.authority)) else {
        if wish.asked.prompts("none") {
            return wish.refused(16_000);
        }
        return page(200, consent_page::accounts(microsoft, wish));
    };
    let granted = microsoft.issuer.granted(&grant(person));
    let of_tenant = microsoft.tenant_of(person).map(|it| it.granted.clone()).unwrap_or_default();
    let known =
        wish.scopes.iter().all(|scope| granted.contains(scope) || of_tenant.contains(scope));
    if known && !wish.asked.prompts("consent") && stopped(microsoft, wish, person).is_none() {
        return give(world, wish, person, now);
    }
    if wish.asked.prompts("none") {
        return wish.back_with_error("consent_required", &aadsts::text(65_001));
    }
    if let Some(refused) = stopped(microsoft, wish, person) {
        return refused;
    }
    page(200, consent_page::permissions(microsoft, wish, person))
}

fn grant(person: usize) -> Grant {
    Grant { person, client: MICROSOFT_CLIENT_ID.to_owned() }
}

/// The page that comes instead of consent: ordered, or because an administrator has to allow it.
fn stopped(microsoft: &Microsoft, wish: &Wish, person: usize) -> Option<Answer> {
    if let Some(code) = microsoft.faults.said(person, |faults| faults.sign_in_refused) {
        return Some(page(200, consent_page::refused(code, None)));
    }
    let tenant = microsoft.tenant_of(person)?;
    let identity = |scope: &&String| !scope.contains('.');
    let mut asked = wish.scopes.iter().filter(|it| !identity(it));
    if tenant.users_consent || asked.all(|scope| tenant.granted.contains(scope)) {
        return None;
    }
    Some(page(200, consent_page::refused(90_094, Some((wish, microsoft, person)))))
}

fn decide(world: &mut World, wish: &Wish, form: &Pairs, now: Timestamp) -> Answer {
    let decision = form.get("decision").unwrap_or_default();
    if decision == "needs_admin" {
        return wish.refused(90_094);
    }
    if !matches!(decision, "allow" | "allow_all") {
        return wish.refused(65_004);
    }
    let microsoft = &world.microsoft;
    let person = form.get("account").and_then(|email| microsoft.person(email));
    let Some(person) = person else { return shown(50_034) };
    if !microsoft.belongs(person, &wish.authority) {
        return shown(50_020);
    }
    match stopped(microsoft, wish, person) {
        Some(refused) => refused,
        None => give(world, wish, person, now),
    }
}

/// The code for what was allowed. All of it: nothing can be unticked here.
fn give(world: &mut World, wish: &Wish, person: usize, now: Timestamp) -> Answer {
    let microsoft = &mut world.microsoft;
    let missing =
        microsoft.faults.said(person, |faults| faults.refresh_token_missing.then_some(()));
    let mut scopes = wish.scopes.clone();
    if let Some(scope) = microsoft.faults.said(person, |faults| faults.scope_missing.clone()) {
        scopes.remove(&scope);
    }
    // What was allowed before stays allowed, and comes along.
    scopes.extend(microsoft.issuer.granted(&grant(person)));
    let with_refresh = wish.scopes.contains("offline_access") && missing.is_none();
    let expires_at = after(now, microsoft.manners.code_life_s);
    let granted = (scopes, with_refresh);
    let code = wish.asked.code(CODE_PREFIX, grant(person), granted, expires_at);
    let session = format!("{:016x}", fingerprint(&(person, now)));
    let secret = microsoft.issuer.consent(&mut world.dice, code);
    wish.back(&[("code", &secret), ("session_state", &session)])
}

/// `/{tenant}/v2.0/adminconsent`, and where its page sends the decision.
pub(crate) fn admin(world: &mut World, ask: &Ask) -> Answer {
    let Asked { decided, form, wish } = Asked::read(ask);
    let microsoft = &mut world.microsoft;
    let wish = match Wish::read(microsoft, ask, wish) {
        Ok(wish) => wish,
        Err(answer) => return *answer,
    };
    let named = form.get("tenant").and_then(|name| microsoft.tenant(name));
    let tenant = match wish.authority {
        Authority::Tenant(at) => Some(at),
        _ => named,
    };
    match (ask.method.as_str(), decided, tenant) {
        ("GET", false, _) => page(200, consent_page::admin(microsoft, &wish, tenant)),
        ("POST", true, Some(at)) if form.get("decision") == Some("allow") => {
            let Some(tenant) = microsoft.tenants.get_mut(at) else { return shown(90_002) };
            tenant.granted.extend(wish.scopes.iter().cloned());
            let (tenant, scope) = (tenant.id.clone(), said(&wish.scopes));
            wish.back(&[("admin_consent", "True"), ("tenant", &tenant), ("scope", &scope)])
        }
        ("POST", true, _) => wish.refused(65_004),
        _ => bare(405),
    }
}
