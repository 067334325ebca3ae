//! The part of OAuth 2.0 that is the same at every provider: the proof key (RFC 7636), and asking
//! a token endpoint (RFC 6749 §3.2). What a refusal means is the provider's own.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::{Client, Error, Limits, Request};

/// The S256 challenge of a verifier (RFC 7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Tokens, as an endpoint gave them (RFC 6749 §5.1). They do not print.
#[derive(Clone)]
pub struct TokenAnswer {
    /// Good for calls.
    pub access: SecretString,
    /// For how many seconds from now.
    pub expires_in_s: i64,
    /// A refresh token, where one came.
    pub refresh: Option<SecretString>,
    /// For how many seconds the grant lasts, where the provider says so.
    pub refresh_expires_in_s: Option<i64>,
    /// What was granted; `None` where it is as was asked.
    pub scopes: Option<Vec<String>>,
    /// Who signed in, where an id token came. It came straight from the endpoint, over TLS, so
    /// its signature need not be looked at (`OpenID` Connect Core §3.1.3.7, point 6).
    pub claims: Option<Claims>,
    /// The id token itself, for who must look closer.
    pub id_token: Option<SecretString>,
    /// The endpoint's clock.
    pub date: Option<Timestamp>,
}

/// Who signed in, as an id token says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Stable for one client.
    pub sub: String,
    /// Microsoft: stable within a tenant.
    pub oid: Option<String>,
    /// Microsoft: the tenant.
    pub tid: Option<String>,
    /// May change hands; never a key.
    pub email: Option<String>,
    /// What a person signs in with at Microsoft; may change.
    pub preferred_username: Option<String>,
    /// What a person is called.
    pub name: Option<String>,
}

/// Why no tokens came.
#[derive(Debug, thiserror::Error)]
pub enum TokenFailure {
    /// The endpoint could not be asked; what was asked may have been done.
    #[error(transparent)]
    Broken(#[from] Error),
    /// It refused, and said why (RFC 6749 §5.2).
    #[error("the token endpoint refused: {}", .0.error)]
    Refused(TokenRefusal),
    /// It asked to be left alone, or is out of order.
    #[error("the token endpoint answered {status}")]
    OutOfOrder {
        /// 429 or 5xx.
        status: StatusCode,
        /// Until when it asks us to wait.
        until: Option<Timestamp>,
    },
    /// The answer is not one of a token endpoint.
    #[error("the token endpoint answered something else")]
    Unintelligible,
}

/// A refusal, in the endpoint's own words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TokenRefusal {
    /// `invalid_grant`, `invalid_client`, …
    pub error: String,
    /// For the provider's codes in it; never shown to a person as it is.
    pub error_description: String,
    /// Microsoft: the AADSTS numbers.
    pub error_codes: Vec<i64>,
    /// Microsoft: what is to be done about it. Google: `invalid_rapt` and the like.
    #[serde(alias = "error_subtype")]
    pub suberror: String,
}

#[derive(Deserialize)]
struct Wire {
    access_token: String,
    #[serde(default)]
    expires_in: Option<i64>,
    refresh_token: Option<String>,
    refresh_token_expires_in: Option<i64>,
    scope: Option<String>,
    id_token: Option<String>,
}

/// An access token lasts this long where the endpoint does not say.
const LIFE_S: i64 = 3_600;

/// Where tokens are asked for, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint<'a> {
    /// Its address.
    pub url: &'a Url,
    /// The address that the operator gave for the provider, where he gave one.
    pub vouched: Option<&'a Url>,
    /// Whose tokens are renewed, where that is known. Each account has a pace of its own: one that
    /// is asked to wait does not hold up the others.
    pub account: Option<&'a str>,
}

/// Posts a form to a token endpoint.
pub async fn token(
    client: &Client,
    endpoint: Endpoint<'_>,
    form: &[(&str, &str)],
) -> Result<TokenAnswer, TokenFailure> {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    send_token(client, token_request(endpoint, body)).await
}

/// The request of it, with a form that is written already.
pub(crate) fn token_request(endpoint: Endpoint<'_>, body: String) -> Request {
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    let mut request = Request::new(Method::POST, endpoint.url.clone())
        .header(CONTENT_TYPE, form_type)
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .body(body)
        // It holds secrets: for that address alone, and unread on the way.
        .limits(Limits { redirects_max: 0, ..Limits::default() })
        .confidential();
    if let Some(vouched) = endpoint.vouched {
        request = request.trusting(vouched);
    }
    match endpoint.account {
        Some(account) => request.paced_as(account),
        None => request,
    }
}

/// Sends it, and reads what the endpoint says.
pub(crate) async fn send_token(
    client: &Client,
    request: Request,
) -> Result<TokenAnswer, TokenFailure> {
    let answer = client.send(request).await?;
    if answer.status == StatusCode::TOO_MANY_REQUESTS || answer.status.is_server_error() {
        let (status, until) = (answer.status, answer.retry_after);
        return Err(TokenFailure::OutOfOrder { status, until });
    }
    if !answer.status.is_success() {
        let refusal: Option<TokenRefusal> = serde_json::from_slice(&answer.body).ok();
        let refusal = refusal.filter(|refusal| !refusal.error.is_empty());
        return Err(refusal.map_or(TokenFailure::Unintelligible, TokenFailure::Refused));
    }
    let wire: Wire =
        serde_json::from_slice(&answer.body).map_err(|_| TokenFailure::Unintelligible)?;
    Ok(TokenAnswer {
        access: wire.access_token.into(),
        expires_in_s: wire.expires_in.unwrap_or(LIFE_S),
        refresh: wire.refresh_token.filter(|token| !token.is_empty()).map(SecretString::from),
        refresh_expires_in_s: wire.refresh_token_expires_in,
        scopes: wire.scope.map(|scopes| scopes.split_whitespace().map(str::to_owned).collect()),
        claims: wire.id_token.as_deref().and_then(claims),
        id_token: wire.id_token.map(SecretString::from),
        date: answer.date,
    })
}

/// What an id token says (RFC 7519 §3: the part between its dots).
fn claims(id_token: &str) -> Option<Claims> {
    let payload = id_token.split('.').nth(1)?;
    let plain = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_posted_goes_to_the_endpoint_alone_and_unread() {
        use axum::response::Redirect;
        use axum::routing::post;

        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let tokens = || async { r#"{"access_token":"a"}"# };
        let router = axum::Router::new()
            .route("/moved", post(|| async { Redirect::temporary("/token") }))
            .route("/token", post(tokens));
        let settings = crate::Settings::new("Daymark/test", std::sync::Arc::new(move || now));
        let client = Client::in_process(settings, router);
        let asked = async |endpoint: &str, vouched: Option<&str>| {
            let vouched: Option<Url> = vouched.map(|url| url.parse().unwrap());
            let (url, form) = (endpoint.parse().unwrap(), [("refresh_token", "secret")]);
            let endpoint = Endpoint { url: &url, vouched: vouched.as_ref(), account: None };
            token(&client, endpoint, &form).await
        };
        assert!(asked("https://id.example/token", None).await.is_ok());
        let moved = asked("https://id.example/moved", None).await;
        assert!(matches!(moved, Err(TokenFailure::Broken(_))));
        let plain = asked("http://id.example/token", None).await;
        assert!(matches!(plain, Err(TokenFailure::Broken(_))));
        assert!(asked("http://id.example/token", Some("http://id.example/")).await.is_ok());
    }

    #[tokio::test]
    async fn an_account_that_is_asked_to_wait_holds_up_no_other_at_the_endpoint() {
        use axum::http::header::RETRY_AFTER;
        use axum::response::IntoResponse;
        use axum::routing::post;

        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let answer = |form: String| async move {
            if form.contains("struck") {
                return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "90")]).into_response();
            }
            r#"{"access_token":"a"}"#.into_response()
        };
        let router = axum::Router::new().route("/token", post(answer));
        let settings = crate::Settings::new("Daymark/test", std::sync::Arc::new(move || now));
        let client = Client::in_process(settings, router);
        let url: Url = "https://id.example/token".parse().unwrap();
        let asked = async |account: Option<&str>| {
            let endpoint = Endpoint { url: &url, vouched: None, account };
            token(&client, endpoint, &[("refresh_token", account.unwrap_or("code"))]).await
        };
        assert!(matches!(asked(Some("struck")).await, Err(TokenFailure::OutOfOrder { .. })));
        assert!(matches!(asked(Some("struck")).await, Err(TokenFailure::Broken(_))), "it waits");
        assert!(asked(Some("another")).await.is_ok());
        assert!(asked(None).await.is_ok(), "who signs in is somebody else, too");
    }

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn an_id_token_says_who_signed_in() {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"1","tid":"t","email":"a@b.c"}"#);
        let claims = claims(&format!("head.{payload}.signature")).unwrap();
        assert_eq!((claims.sub.as_str(), claims.tid.as_deref()), ("1", Some("t")));
        assert!(super::claims("no token").is_none());
    }
}
