//! The token endpoint and the revocation endpoint.

use http::header;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::faults::GoogleManners;
use super::world::Google;
use super::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, identity};
use crate::answer::{Answer, bare, json_answer, with_header};
use crate::ask::Ask;
use crate::oauth::form::Pairs;
use crate::oauth::{Client, Denied, Issued, Shown, Terms};
use crate::world::World;

pub(crate) const CLIENT: Client = Client { id: GOOGLE_CLIENT_ID, secret: GOOGLE_CLIENT_SECRET };

fn error(status: u16, error: &str, says: &str) -> Answer {
    json_answer(status, &json!({ "error": error, "error_description": says }))
}

/// Client id and secret, from HTTP Basic or from the form.
fn credentials(ask: &Ask, form: &Pairs) -> Option<(String, String)> {
    let member = |name: &str| form.get(name).map(str::to_owned);
    ask.basic()
        .or_else(|| Some((member("client_id")?, member("client_secret").unwrap_or_default())))
}

pub(crate) fn terms(manners: &GoogleManners) -> Terms {
    Terms {
        access_prefix: "ya29.a0",
        refresh_prefix: "1//0",
        access_s: manners.access_token_life_s,
        refresh_s: manners.refresh_token_life_s,
        refresh_max: manners.refresh_tokens_max,
        rotation: manners.rotation,
    }
}

pub(crate) fn token(world: &mut World, ask: &Ask, now: Timestamp) -> Answer {
    if ask.method != "POST" {
        return bare(405);
    }
    let form = ask.form();
    let Some((id, secret)) = credentials(ask, &form) else {
        return error(400, "invalid_request", "Could not determine client ID from request.");
    };
    if id != CLIENT.id {
        return error(401, "invalid_client", "The OAuth client was not found.");
    }
    if secret != CLIENT.secret {
        return error(401, "invalid_client", "Unauthorized");
    }
    let get = |name: &str| form.get(name).unwrap_or_default();
    let (google, dice) = (&mut world.google, &mut world.dice);
    let terms = terms(&google.manners);
    let issued = match get("grant_type") {
        "authorization_code" => google.issuer.redeem(dice, Shown::read(&form, &id), terms, now),
        "refresh_token" => google.issuer.renew(dice, (get("refresh_token"), &id), terms, now),
        other => {
            let says = format!("Invalid grant_type: {other}");
            return error(400, "unsupported_grant_type", &says);
        }
    };
    match issued {
        Ok(issued) => {
            let answer = json_answer(200, &body(google, &issued, (&ask.origin, now)));
            with_header(answer, header::CACHE_CONTROL, "no-store")
        }
        Err(denied) => denial(denied),
    }
}

fn denial(denied: Denied) -> Answer {
    match denied {
        Denied::UnknownCode | Denied::CodeUsed | Denied::CodeExpired => {
            error(400, "invalid_grant", "Malformed auth code.")
        }
        Denied::OtherClient => error(400, "invalid_grant", "Bad Request"),
        Denied::RedirectMismatch => error(400, "redirect_uri_mismatch", "Bad Request"),
        Denied::VerifierMissing => error(400, "invalid_grant", "Missing code verifier."),
        Denied::VerifierWrong => error(400, "invalid_grant", "Invalid code verifier."),
        Denied::TokenUnknown | Denied::TokenExpired | Denied::TokenRevoked => {
            error(400, "invalid_grant", "Token has been expired or revoked.")
        }
    }
}

fn body(google: &Google, issued: &Issued, (origin, now): (&str, Timestamp)) -> Value {
    let scopes: Vec<&str> = issued.scopes.iter().map(String::as_str).collect();
    let mut body = json!({
        "access_token": issued.access,
        "expires_in": issued.expires_in_s,
        "scope": scopes.join(" "),
        "token_type": "Bearer",
    });
    if let Some(refresh) = &issued.refresh {
        body["refresh_token"] = json!(refresh);
        if let Some(life) = issued.refresh_expires_in_s {
            body["refresh_token_expires_in"] = json!(life);
        }
    }
    if issued.scopes.contains("openid")
        && let Some(token) = identity::id_token(google, issued, (origin, now))
    {
        body["id_token"] = json!(token);
    }
    body
}

/// Revoking any token takes back all that this person gave this program.
pub(crate) fn revoke(world: &mut World, ask: &Ask) -> Answer {
    let form = ask.form();
    let token = form.get("token").or_else(|| ask.query.get("token")).unwrap_or_default();
    let issuer = &mut world.google.issuer;
    let Some(grant) = issuer.grant_of(token) else {
        return error(400, "invalid_token", "Token expired or revoked");
    };
    issuer.revoke_grant(&grant);
    json_answer(200, &json!({}))
}
