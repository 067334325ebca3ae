//! Who a person is: tenants and authorities, discovery, id tokens, and the keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::aadsts::error;
use super::world::{AccountKind, Microsoft, PERSONAL_TENANT};
use crate::answer::{Answer, bare, json_answer};
use crate::ask::Ask;
use crate::net::fingerprint;
use crate::oauth::{Issued, jwt};
use crate::world::World;

/// Whose accounts an authority lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authority {
    Common,
    Organizations,
    Consumers,
    Tenant(usize),
}

impl Microsoft {
    /// The first segment of the path: a word, the id of a tenant, or its domain.
    pub(crate) fn authority(&self, name: &str) -> Option<Authority> {
        Some(match name {
            "common" => Authority::Common,
            "organizations" => Authority::Organizations,
            "consumers" | PERSONAL_TENANT => Authority::Consumers,
            other => Authority::Tenant(self.tenant(other)?),
        })
    }

    pub(crate) fn tenant(&self, name: &str) -> Option<usize> {
        let named = |tenant: &super::world::Directory| tenant.id == name || tenant.domain == name;
        self.tenants.iter().position(named)
    }

    pub(crate) fn belongs(&self, person: usize, authority: &Authority) -> bool {
        let kind = self.tenant_of(person).map(|tenant| tenant.kind);
        match authority {
            Authority::Common => true,
            Authority::Organizations => kind != Some(AccountKind::Personal),
            Authority::Consumers => kind == Some(AccountKind::Personal),
            Authority::Tenant(at) => self.people.get(person).is_some_and(|it| it.tenant == *at),
        }
    }
}

/// `/{tenant}/v2.0/…` and `/{tenant}/discovery/v2.0/keys`.
pub(crate) fn answer(world: &World, ask: &Ask, path: &[&str], now: Timestamp) -> Answer {
    let [tenant, rest @ ..] = path else { return bare(404) };
    if world.microsoft.authority(tenant).is_none() {
        return error(90_002, now);
    }
    match rest {
        ["v2.0", ".well-known", "openid-configuration"] => {
            json_answer(200, &discovery(&ask.origin, tenant))
        }
        ["discovery", "v2.0", "keys"] => json_answer(200, &jwt::key_set()),
        _ => bare(404),
    }
}

fn discovery(origin: &str, tenant: &str) -> Value {
    let shown = match tenant {
        "common" | "organizations" => "{tenantid}",
        "consumers" => PERSONAL_TENANT,
        id => id,
    };
    let oauth = format!("{origin}/{tenant}/oauth2/v2.0");
    json!({
        "issuer": format!("{origin}/{shown}/v2.0"),
        "authorization_endpoint": format!("{oauth}/authorize"),
        "token_endpoint": format!("{oauth}/token"),
        "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "form_post"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "tenant_region_scope": null,
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": origin.split("://").nth(1),
    })
}

/// Who it is, for the caches of Microsoft's own libraries.
pub(crate) fn who(microsoft: &Microsoft, issued: &Issued) -> Option<String> {
    let person = microsoft.people.get(issued.grant.person)?;
    let tenant = microsoft.tenant_of(issued.grant.person)?;
    let who = json!({ "uid": person.oid, "utid": tenant.id });
    Some(URL_SAFE_NO_PAD.encode(who.to_string()))
}

pub(crate) fn id_token(
    microsoft: &Microsoft,
    issued: &Issued,
    (origin, now): (&str, Timestamp),
) -> Option<String> {
    let (person, client) = (microsoft.people.get(issued.grant.person)?, &issued.grant.client);
    let tenant = microsoft.tenant_of(issued.grant.person)?;
    // Another program gets another `sub`.
    let sub = |part: u8| fingerprint(&(&person.oid, client, part));
    let mut claims = json!({
        "iss": format!("{origin}/{}/v2.0", tenant.id),
        "aud": client,
        "iat": now.as_second(),
        "nbf": now.as_second(),
        "exp": now.as_second() + issued.expires_in_s,
        "sub": format!("AAAAAAAA{:016x}{:016x}", sub(0), sub(1)),
        "oid": person.oid,
        "tid": tenant.id,
        "ver": "2.0",
    });
    if issued.scopes.contains("profile") {
        claims["name"] = json!(person.name);
        claims["preferred_username"] = json!(person.email);
    }
    if issued.scopes.contains("email") {
        claims["email"] = json!(person.email);
    }
    if let Some(nonce) = &issued.nonce {
        claims["nonce"] = json!(nonce);
    }
    jwt::token(&claims, microsoft.issuer.is_unsigned)
}
