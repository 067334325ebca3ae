//! The authorization endpoint: what a program asks for, the pages that a person sees, and the way
//! back with a code or an error.

use jiff::Timestamp;

use super::scope::{label, read};
use super::world::Google;
use super::{GOOGLE_CLIENT_ID, consent_page};
use crate::answer::{Answer, bare, page};
use crate::ask::Ask;
use crate::oauth::form::{Pairs, may_call_back};
use crate::oauth::wish::{self, Asked};
use crate::oauth::{Grant, Scopes, after};
use crate::provider::Provider;
use crate::world::World;

/// How codes begin.
pub(crate) const CODE_PREFIX: &str = "4/0A";

/// What a program asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) asked: wish::Wish,
    pub(crate) scopes: Vec<String>,
}

/// An error that Google shows on a page of its own: the way back is not to be trusted.
#[derive(Debug)]
pub(crate) struct Shown {
    status: u16,
    error: String,
    says: String,
}

fn shown(status: u16, error: &str, says: &str) -> Shown {
    Shown { status, error: error.to_owned(), says: says.to_owned() }
}

impl Wish {
    fn read(asked: wish::Wish) -> Result<Self, Shown> {
        if asked.get("client_id") != GOOGLE_CLIENT_ID {
            return Err(shown(401, "invalid_client", "The OAuth client was not found."));
        }
        if !may_call_back(&asked.redirect_uri) {
            let says = "The redirect URI in the request does not match the ones authorized for \
                the OAuth client.";
            return Err(shown(400, "redirect_uri_mismatch", says));
        }
        if asked.get("response_type") != "code" {
            let says = "The sandbox knows response_type=code only.";
            return Err(shown(400, "unsupported_response_type", says));
        }
        if asked.is_challenged_oddly() {
            let says = "The sandbox knows code_challenge_method=S256 only.";
            return Err(shown(400, "invalid_request", says));
        }
        let scopes: Option<Vec<String>> = asked.get("scope").split_whitespace().map(read).collect();
        let scopes = scopes
            .ok_or_else(|| shown(400, "invalid_scope", "Some requested scopes were invalid."))?;
        if scopes.is_empty() {
            return Err(shown(400, "invalid_request", "Missing required parameter: scope"));
        }
        Ok(Self { asked, scopes })
    }
}

pub(crate) fn answer(world: &mut World, ask: &Ask, now: Timestamp) -> Answer {
    let Asked { decided, form, wish } = Asked::read(ask);
    let wish = match Wish::read(wish) {
        Ok(wish) => wish,
        Err(shown) => return page(shown.status, consent_page::refused(&shown.error, &shown.says)),
    };
    match (ask.method.as_str(), decided) {
        ("GET", false) => ask_person(world, &wish, now),
        ("POST", true) => decide(world, &wish, &form, now),
        _ => bare(405),
    }
}

/// Somebody has to be chosen, and has to say yes, unless both is known already.
fn ask_person(world: &mut World, wish: &Wish, now: Timestamp) -> Answer {
    let person = wish.asked.account().and_then(|email| world.google.person(email));
    let Some(person) = person else {
        if wish.asked.prompts("none") {
            return wish.asked.back(&[("error", "interaction_required")]);
        }
        return page(200, consent_page::accounts(&world.google, wish));
    };
    if let Some(refused) = refusal(&world.google, person) {
        return refused;
    }
    let granted = world.google.issuer.granted(&grant(person));
    let known = wish.scopes.iter().all(|scope| granted.contains(scope));
    if known && !wish.asked.prompts("consent") {
        let scopes = wish.scopes.iter().cloned().collect();
        return give(world, wish, (person, scopes, false), now);
    }
    if wish.asked.prompts("none") {
        return wish.asked.back(&[("error", "consent_required")]);
    }
    page(200, consent_page::permissions(&world.google, wish, person))
}

fn grant(person: usize) -> Grant {
    Grant { person, client: GOOGLE_CLIENT_ID.to_owned() }
}

/// The error that Google shows instead of consent, if one was ordered.
fn refusal(google: &Google, person: usize) -> Option<Answer> {
    let error = google.faults.said(person, |faults| faults.sign_in_refused.clone())?;
    let status = if error == "access_denied" || error == "org_internal" { 403 } else { 400 };
    let says = "Access is blocked: the sandbox was told to refuse this account.";
    Some(page(status, consent_page::refused(&error, says)))
}

fn decide(world: &mut World, wish: &Wish, form: &Pairs, now: Timestamp) -> Answer {
    let person = form.get("account").and_then(|email| world.google.person(email));
    let Some(person) = person else {
        return page(400, consent_page::refused("invalid_request", "There is no such account."));
    };
    if let Some(refused) = refusal(&world.google, person) {
        return refused;
    }
    let ticked = |scope: &&String| match form.get("decision") {
        Some("allow_all") => true,
        _ => label(scope).is_none() || form.all("scope").any(|it| it == scope.as_str()),
    };
    let allowed: Scopes = match form.get("decision") {
        Some("allow" | "allow_all") => wish.scopes.iter().filter(ticked).cloned().collect(),
        _ => Scopes::new(),
    };
    if allowed.is_empty() {
        return wish.asked.back(&[("error", "access_denied")]);
    }
    give(world, wish, (person, allowed, true), now)
}

/// The code for what was allowed. A refresh token comes with it when consent was asked.
fn give(
    world: &mut World,
    wish: &Wish,
    (person, allowed, asked): (usize, Scopes, bool),
    now: Timestamp,
) -> Answer {
    let grant = grant(person);
    let missing = world.google.faults.struck(person, |faults| faults.refresh_token_missing);
    let mut scopes = allowed;
    if wish.asked.get("include_granted_scopes") == "true" {
        scopes.extend(world.google.issuer.granted(&grant));
    }
    let said = scopes.iter().cloned().collect::<Vec<_>>().join(" ");
    let with_refresh = asked && wish.asked.get("access_type") == "offline" && !missing;
    let expires_at = after(now, world.google.manners.code_life_s);
    let code = wish.asked.code(CODE_PREFIX, grant, (scopes, with_refresh), expires_at);
    let secret = world.google.issuer.consent(&mut world.dice, code);
    let prompt = if asked { "consent" } else { "none" };
    wish.asked.back(&[("code", &secret), ("scope", &said), ("authuser", "0"), ("prompt", prompt)])
}
