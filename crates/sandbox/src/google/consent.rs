//! The authorization endpoint: what a program asks for, the pages that a person sees, and the way
//! back with a code or an error.

use http::header;
use jiff::{SignedDuration, Timestamp};

use super::scope::{label, read};
use super::world::Google;
use super::{GOOGLE_CLIENT_ID, consent_page};
use crate::answer::{Answer, bare, page, with_header};
use crate::ask::Ask;
use crate::oauth::form::{Pairs, may_call_back, with_pairs};
use crate::oauth::{Code, Grant, Scopes};
use crate::world::World;

/// How codes begin.
pub(crate) const CODE_PREFIX: &str = "4/0A";

/// What a program asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) query: Pairs,
    pub(crate) redirect_uri: String,
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
    fn read(query: Pairs) -> Result<Self, Shown> {
        let get = |name: &str| query.get(name).unwrap_or_default();
        if get("client_id") != GOOGLE_CLIENT_ID {
            return Err(shown(401, "invalid_client", "The OAuth client was not found."));
        }
        let redirect_uri = get("redirect_uri").to_owned();
        if !may_call_back(&redirect_uri) {
            let says = "The redirect URI in the request does not match the ones authorized for \
                the OAuth client.";
            return Err(shown(400, "redirect_uri_mismatch", says));
        }
        if get("response_type") != "code" {
            let says = "The sandbox knows response_type=code only.";
            return Err(shown(400, "unsupported_response_type", says));
        }
        if query.get("code_challenge").is_some() && get("code_challenge_method") != "S256" {
            let says = "The sandbox knows code_challenge_method=S256 only.";
            return Err(shown(400, "invalid_request", says));
        }
        let asked = get("scope").split_whitespace();
        let scopes: Option<Vec<String>> = asked.map(read).collect();
        let scopes = scopes
            .ok_or_else(|| shown(400, "invalid_scope", "Some requested scopes were invalid."))?;
        if scopes.is_empty() {
            return Err(shown(400, "invalid_request", "Missing required parameter: scope"));
        }
        Ok(Self { query, redirect_uri, scopes })
    }

    fn prompts(&self, what: &str) -> bool {
        self.query.get("prompt").is_some_and(|all| all.split_whitespace().any(|it| it == what))
    }

    fn asks(&self, name: &str, value: &str) -> bool {
        self.query.get(name) == Some(value)
    }

    /// Back to the program.
    fn back(&self, pairs: &[(&str, &str)]) -> Answer {
        let state = self.query.get("state").map(|state| ("state", state));
        let pairs: Vec<(&str, &str)> = state.into_iter().chain(pairs.iter().copied()).collect();
        let to = with_pairs(&self.redirect_uri, &pairs);
        with_header(bare(302), header::LOCATION, &to)
    }
}

pub(crate) fn answer(world: &mut World, ask: &Ask, now: Timestamp) -> Answer {
    let decided = ask.path.last().is_some_and(|last| last == "decision");
    let form = ask.form();
    let query = if decided { form.get("query").unwrap_or_default() } else { &ask.raw_query };
    let wish = match Wish::read(Pairs::read(query)) {
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
    let hint = wish.query.get("login_hint").filter(|_| !wish.prompts("select_account"));
    let chosen = wish.query.get("account").or(hint);
    let person = chosen.and_then(|email| world.google.person(email));
    let Some(person) = person else {
        if wish.prompts("none") {
            return wish.back(&[("error", "interaction_required")]);
        }
        return page(200, consent_page::accounts(&world.google, wish));
    };
    if let Some(refused) = refusal(&world.google, person) {
        return refused;
    }
    let granted = world.google.issuer.granted(&grant(person));
    let known = wish.scopes.iter().all(|scope| granted.contains(scope));
    if known && !wish.prompts("consent") {
        let scopes = wish.scopes.iter().cloned().collect();
        return give(world, wish, (person, scopes, false), now);
    }
    if wish.prompts("none") {
        return wish.back(&[("error", "consent_required")]);
    }
    page(200, consent_page::permissions(&world.google, wish, person))
}

fn grant(person: usize) -> Grant {
    Grant { person, client: GOOGLE_CLIENT_ID.to_owned() }
}

/// The error that Google shows instead of consent, if one was ordered.
fn refusal(google: &Google, person: usize) -> Option<Answer> {
    let own = google.people.get(person).and_then(|it| it.faults.sign_in_refused.as_deref());
    let error = own.or(google.faults.sign_in_refused.as_deref())?;
    let status = if error == "access_denied" || error == "org_internal" { 403 } else { 400 };
    let says = "Access is blocked: the sandbox was told to refuse this account.";
    Some(page(status, consent_page::refused(error, says)))
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
        return wish.back(&[("error", "access_denied")]);
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
    let missing = {
        let google = &world.google;
        let own = google.people.get(person).is_some_and(|it| it.faults.refresh_token_missing);
        own || google.faults.refresh_token_missing
    };
    let mut scopes = allowed;
    if wish.asks("include_granted_scopes", "true") {
        scopes.extend(world.google.issuer.granted(&grant));
    }
    let life = SignedDuration::from_secs(world.google.manners.code_life_s);
    let said = scopes.iter().cloned().collect::<Vec<_>>().join(" ");
    let code = Code {
        prefix: CODE_PREFIX,
        grant,
        redirect_uri: wish.redirect_uri.clone(),
        challenge: wish.query.get("code_challenge").map(str::to_owned),
        nonce: wish.query.get("nonce").map(str::to_owned),
        scopes,
        with_refresh: asked && wish.asks("access_type", "offline") && !missing,
        expires_at: now.checked_add(life).unwrap_or(now),
    };
    let secret = world.google.issuer.consent(&mut world.dice, code);
    let prompt = if asked { "consent" } else { "none" };
    wish.back(&[("code", &secret), ("scope", &said), ("authuser", "0"), ("prompt", prompt)])
}
