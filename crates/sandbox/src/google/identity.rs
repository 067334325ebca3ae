//! Who a person is: discovery, id tokens, userinfo, tokeninfo, and the keys.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::GOOGLE_CLIENT_ID;
use super::ask::token;
use super::world::{Google, GooglePerson};
use crate::answer::{Answer, bare, json_answer};
use crate::ask::Ask;
use crate::oauth::{Issued, Scopes, jwt};
use crate::world::World;

const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";

pub(crate) fn answer(world: &World, ask: &Ask, path: &[&str], now: Timestamp) -> Answer {
    match path {
        [".well-known", _] => json_answer(200, &discovery(&ask.origin)),
        ["oauth2", "v3", "certs"] => json_answer(200, &jwt::key_set()),
        ["tokeninfo"] => token_says(&world.google, ask, now),
        ["v1" | "oauth2", ..] => userinfo(&world.google, ask, path, now),
        _ => bare(404),
    }
}

fn discovery(origin: &str) -> Value {
    json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{origin}/token"),
        "userinfo_endpoint": format!("{origin}/v1/userinfo"),
        "revocation_endpoint": format!("{origin}/revoke"),
        "jwks_uri": format!("{origin}/oauth2/v3/certs"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    })
}

/// What may be told about a person, by the names of `OpenID` Connect.
fn claims(person: &GooglePerson, scopes: &Scopes) -> Value {
    let mut claims = json!({ "sub": person.sub });
    if scopes.contains(EMAIL) {
        claims["email"] = json!(person.email);
        claims["email_verified"] = json!(true);
    }
    if scopes.contains(PROFILE) {
        claims["name"] = json!(person.name);
        claims["picture"] = json!("https://lh3.googleusercontent.example/a/default");
    }
    if let Some(domain) = &person.domain {
        claims["hd"] = json!(domain);
    }
    claims
}

pub(crate) fn id_token(
    google: &Google,
    issued: &Issued,
    (origin, now): (&str, Timestamp),
) -> Option<String> {
    let person = google.people.get(issued.grant.person)?;
    let mut claims = claims(person, &issued.scopes);
    claims["iss"] = json!(origin);
    claims["azp"] = json!(issued.grant.client);
    claims["aud"] = json!(issued.grant.client);
    claims["iat"] = json!(now.as_second());
    claims["exp"] = json!(now.as_second() + issued.expires_in_s);
    if let Some(nonce) = &issued.nonce {
        claims["nonce"] = json!(nonce);
    }
    jwt::token(&claims, google.issuer.is_unsigned)
}

fn userinfo(google: &Google, ask: &Ask, path: &[&str], now: Timestamp) -> Answer {
    let access = token(ask).and_then(|token| google.issuer.access(token, now));
    let known = access.and_then(|access| Some((access, google.people.get(access.grant.person)?)));
    let Some((access, person)) = known else {
        let says =
            json!({ "error": "invalid_request", "error_description": "Invalid Credentials" });
        return json_answer(401, &says);
    };
    let mut claims = claims(person, &access.scopes);
    if path == ["oauth2", "v2", "userinfo"] {
        // The older form has other names for the same.
        claims["id"] = claims["sub"].take();
        claims["verified_email"] = claims["email_verified"].take();
        if let Some(claims) = claims.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
    }
    json_answer(200, &claims)
}

fn token_says(google: &Google, ask: &Ask, now: Timestamp) -> Answer {
    let form = ask.form();
    let token = ask.query.get("access_token").or_else(|| form.get("access_token"));
    let Some(access) = token.and_then(|token| google.issuer.access(token, now)) else {
        let says = json!({ "error": "invalid_token", "error_description": "Invalid Value" });
        return json_answer(400, &says);
    };
    let scopes: Vec<&str> = access.scopes.iter().map(String::as_str).collect();
    let person = google.people.get(access.grant.person);
    let left = access.expires_at.duration_since(now).as_secs();
    json_answer(
        200,
        &json!({
            "azp": GOOGLE_CLIENT_ID, "aud": GOOGLE_CLIENT_ID,
            "sub": person.map(|person| person.sub.clone()),
            "scope": scopes.join(" "), "exp": access.expires_at.as_second().to_string(),
            "expires_in": left.to_string(), "access_type": "offline",
        }),
    )
}
