//! The token endpoint.

use http::header;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::aadsts::error;
use super::faults::MicrosoftFaults;
use super::scope::{read_all, said};
use super::world::{AccountKind, Microsoft};
use super::{MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, identity};
use crate::answer::{Answer, bare, json_answer, with_header};
use crate::ask::Ask;
use crate::net::decode;
use crate::oauth::form::Pairs;
use crate::oauth::{Client, Denied, Issued, Shown, Terms};
use crate::world::World;

pub(crate) const CLIENT: Client =
    Client { id: MICROSOFT_CLIENT_ID, secret: MICROSOFT_CLIENT_SECRET };

/// Client id and secret, from HTTP Basic or from the form.
fn credentials(ask: &Ask, form: &Pairs) -> Option<(String, Option<String>)> {
    if let Some((id, secret)) = ask.basic() {
        return Some((decode(&id), Some(decode(&secret))));
    }
    let member = |name: &str| form.get(name).map(str::to_owned);
    Some((member("client_id")?, member("client_secret")))
}

fn check_client(ask: &Ask, form: &Pairs) -> Result<(), u32> {
    let (id, secret) = credentials(ask, form).ok_or(90_014_u32)?;
    if id != CLIENT.id {
        return Err(700_016);
    }
    match secret.as_deref() {
        None => Err(7_000_218),
        Some(secret) if secret != CLIENT.secret => Err(7_000_215),
        Some(_) => Ok(()),
    }
}

/// How tokens of a person begin and how long they last. Those of personal accounts look opaque.
pub(crate) fn terms(microsoft: &Microsoft, person: Option<usize>) -> Terms {
    let tenant = person.and_then(|person| microsoft.tenant_of(person));
    let personal = tenant.is_some_and(|tenant| tenant.kind == AccountKind::Personal);
    let manners = &microsoft.manners;
    Terms {
        access_prefix: if personal { "EwB4A8l6BAAU" } else { "eyJ0eXAiOiJKV1QiLCJub25jZSI6" },
        refresh_prefix: if personal { "M.C5" } else { "1.AXYA" },
        access_s: manners.access_token_life_s,
        refresh_s: manners.refresh_token_life_s,
        refresh_max: manners.refresh_tokens_max,
        rotation: manners.rotation,
    }
}

fn code_of(denied: Denied) -> u32 {
    match denied {
        Denied::UnknownCode | Denied::TokenUnknown | Denied::OtherClient => 70_000,
        Denied::CodeUsed => 54_005,
        Denied::CodeExpired => 70_008,
        Denied::RedirectMismatch => 50_011,
        Denied::VerifierMissing | Denied::VerifierWrong => 501_481,
        Denied::TokenExpired => 700_082,
        Denied::TokenRevoked => 50_173,
    }
}

pub(crate) fn answer(world: &mut World, ask: &Ask, now: Timestamp) -> Answer {
    if ask.method != "POST" {
        return bare(405);
    }
    let form = ask.form();
    match issued(world, ask, &form, now) {
        Ok(issued) => {
            let mut body = body(&world.microsoft, &issued, (&ask.origin, now));
            if form.get("client_info") == Some("1") {
                body["client_info"] = json!(identity::who(&world.microsoft, &issued));
            }
            let answer = json_answer(200, &body);
            with_header(answer, header::CACHE_CONTROL, "no-store, no-cache")
        }
        Err(code) => error(code, now),
    }
}

fn issued(world: &mut World, ask: &Ask, form: &Pairs, now: Timestamp) -> Result<Issued, u32> {
    let (microsoft, dice) = (&mut world.microsoft, &mut world.dice);
    let tenant = ask.path.first().map_or("", String::as_str);
    let kinds = microsoft.authority(tenant).ok_or(90_002_u32)?;
    let grant = microsoft.issuer.grant_shown(form, &["code", "refresh_token"]);
    let person = grant.map(|grant| grant.person);
    if let Some(code) = microsoft.faults.first(person, MicrosoftFaults::token_refused) {
        return Err(code);
    }
    check_client(ask, form)?;
    if person.is_some_and(|person| !microsoft.belongs(person, &kinds)) {
        return Err(50_020);
    }
    let get = |name: &str| form.get(name).unwrap_or_default();
    let scopes = read_all(get("scope")).ok_or(70_011_u32)?;
    let terms = terms(microsoft, person);
    let issued = match get("grant_type") {
        "authorization_code" => {
            microsoft.issuer.redeem(dice, Shown::read(form, CLIENT.id), terms, now)
        }
        "refresh_token" => {
            let token = get("refresh_token");
            let held = microsoft.issuer.scopes_of(token).unwrap_or_default();
            if microsoft.issuer.grant_of(token).is_some() && !scopes.is_subset(&held) {
                return Err(65_001);
            }
            microsoft.issuer.renew(dice, (token, CLIENT.id), terms, now)
        }
        _ => return Err(9_002_313),
    };
    issued.map_err(code_of)
}

fn body(microsoft: &Microsoft, issued: &Issued, (origin, now): (&str, Timestamp)) -> Value {
    let mut body = json!({
        "token_type": "Bearer",
        "scope": said(&issued.scopes),
        "expires_in": issued.expires_in_s,
        "ext_expires_in": issued.expires_in_s,
        "access_token": issued.access,
    });
    if let Some(refresh) = &issued.refresh {
        body["refresh_token"] = json!(refresh);
    }
    if issued.scopes.contains("openid")
        && let Some(token) = identity::id_token(microsoft, issued, (origin, now))
    {
        body["id_token"] = json!(token);
    }
    body
}
