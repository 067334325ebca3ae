//! Signing people in at a provider of `OpenID` Connect: discovery, the way to its page, and what
//! its id token must say. The token comes straight from the token endpoint over TLS, so its
//! signature need not be looked at (Core §3.1.3.7, point 6); everything else of it is.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::client::Now;
use crate::oauth::{self, TokenFailure};
use crate::request::Basic;
use crate::{Client, Error, Request};

/// What a provider says of itself is kept this long.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);
/// How far clocks may be apart.
const LEEWAY_S: i64 = 120;
/// Characters of a subject (Core §2).
const SUBJECT_MAX: usize = 255;

/// This installation's client at the provider.
#[derive(Clone)]
pub struct Settings {
    /// The provider, as it calls itself.
    pub issuer: Url,
    /// What it knows us by.
    pub client_id: String,
    /// What proves it.
    pub client_secret: SecretString,
    /// Our clock.
    pub now: Now,
}

/// A provider.
#[derive(Clone)]
pub struct Provider {
    client: Client,
    settings: Settings,
    /// What it said of itself last, and when.
    kept: Arc<Mutex<Option<Kept>>>,
}

/// What it said of itself, and when.
type Kept = (Timestamp, Arc<Discovery>);

/// What one sign-in holds ready until it comes back.
#[derive(Debug, Clone, Copy)]
pub struct Trip<'t> {
    /// Where the browser is sent back to.
    pub redirect_uri: &'t str,
    /// The proof key.
    pub verifier: &'t str,
    /// What the id token must repeat.
    pub nonce: &'t str,
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who says so.
    pub issuer: String,
    /// Stable there.
    pub subject: String,
    /// In lower case; only where the provider says that it is verified.
    pub email: Option<String>,
}

/// Why nobody was identified.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be asked, or is out of order.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// What stands at the issuer's address is not that issuer.
    #[error("the issuer's address shows {0}")]
    NotTheIssuer(String),
    /// It does not know our client, or the way back.
    #[error("the provider refuses this installation's client: {0}")]
    Client(String),
    /// The code is over, or was used.
    #[error("the code is over: {0}")]
    Code(String),
    /// The id token is not what it must be.
    #[error("the id token {0}")]
    Token(&'static str),
}

impl Failure {
    /// For the person, where `name` is the provider.
    pub fn say(&self, name: &str) -> String {
        match self {
            Self::Unreachable(_) => format!(
                "{name} cannot be reached just now. Try again in a few minutes, or sign in with \
                 your password."
            ),
            Self::NotTheIssuer(_) => format!(
                "What answers at the address of {name} is not the provider that is set here. Ask \
                 whoever runs this Daymark to check DAYMARK_OIDC_ISSUER."
            ),
            Self::Client(_) => format!(
                "{name} does not accept this Daymark. Ask whoever runs it to check \
                 DAYMARK_OIDC_CLIENT_ID, DAYMARK_OIDC_CLIENT_SECRET and the way back there."
            ),
            Self::Code(_) => {
                "This sign-in took too long, or was used before. Sign in again.".to_owned()
            }
            Self::Token(_) => format!(
                "What {name} says of you does not belong to this sign-in, so nobody was signed \
                 in. Sign in again; if that does not help, tell whoever runs this Daymark."
            ),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Unreachable(error.to_string())
    }
}

impl From<TokenFailure> for Failure {
    fn from(failure: TokenFailure) -> Self {
        match failure {
            TokenFailure::Refused(refusal) if refusal.error == "invalid_grant" => {
                Self::Code(refusal.error)
            }
            TokenFailure::Refused(refusal) => Self::Client(refusal.error),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

/// What a provider says of itself (Discovery §3).
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// What we use of that.
struct Discovery {
    issuer: String,
    authorization: Url,
    token: Url,
    /// Does the client's secret go into the form?
    by_form: bool,
}

impl Discovery {
    fn read(text: &[u8]) -> Option<Self> {
        let said: Configuration = serde_json::from_slice(text).ok()?;
        // Where nothing is said, Basic is what every provider takes.
        let methods = said.token_endpoint_auth_methods_supported;
        Some(Self {
            issuer: said.issuer,
            authorization: said.authorization_endpoint.parse().ok()?,
            token: said.token_endpoint.parse().ok()?,
            by_form: methods.iter().any(|method| method == "client_secret_post"),
        })
    }
}

/// What an id token says (Core §2).
#[derive(Deserialize)]
struct IdToken {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
    /// Microsoft's word for it, where its client is set to send it.
    #[serde(default)]
    xms_edov: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Provider {
    /// The provider at that issuer.
    pub fn new(client: Client, settings: Settings) -> Self {
        Self { client, settings, kept: Arc::default() }
    }

    /// The address of its page, for a browser that holds the proof key.
    pub async fn authorize_url(&self, trip: Trip<'_>, state: &str) -> Result<String, Failure> {
        let mut url = self.discover().await?.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", trip.redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", state)
            .append_pair("nonce", trip.nonce)
            .append_pair("code_challenge", &oauth::challenge(trip.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Redeems the code that came back, and looks at the id token.
    pub async fn identify(&self, trip: Trip<'_>, code: &str) -> Result<Identity, Failure> {
        let found = self.discover().await?;
        let answer = oauth::send_token(&self.client, self.redemption(&found, trip, code)).await?;
        let token = answer.id_token.as_ref().ok_or(Failure::Token("did not come"))?;
        let token = claims(token.expose_secret()).ok_or(Failure::Token("cannot be read"))?;
        let now = (self.settings.now)();
        check(&token, (&found.issuer, &self.settings.client_id, trip.nonce), now)?;
        let is_verified = is_true(&token.email_verified) || is_true(&token.xms_edov);
        let email = token.email.filter(|_| is_verified).map(|email| email.trim().to_lowercase());
        Ok(Identity { issuer: token.iss, subject: token.sub, email })
    }

    /// What it says may change, so it is kept for some minutes only; a failure is not kept.
    async fn discover(&self) -> Result<Arc<Discovery>, Failure> {
        let now = (self.settings.now)();
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, found)) = kept.filter(|(at, _)| now.duration_since(*at) < KEPT_FOR) {
            return Ok(found);
        }
        let found = Arc::new(self.ask().await?);
        let kept = Some((now, Arc::clone(&found)));
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(found)
    }

    async fn ask(&self) -> Result<Discovery, Failure> {
        let issuer = &self.settings.issuer;
        let address = format!("{}/.well-known/openid-configuration", bare(issuer.as_str()));
        let url = address.parse().map_err(|_| Failure::NotTheIssuer("no address".into()))?;
        let answer = self.client.send(Request::new(Method::GET, url).trusting(issuer)).await?;
        if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Failure::Unreachable(answer.status.to_string()));
        }
        let found = Discovery::read(&answer.body).filter(|_| answer.status.is_success());
        let found = found.ok_or_else(|| Failure::NotTheIssuer("no configuration".into()))?;
        if bare(&found.issuer) != bare(issuer.as_str()) {
            return Err(Failure::NotTheIssuer(found.issuer));
        }
        let ends = [&found.authorization, &found.token];
        if issuer.scheme() == "https" && ends.iter().any(|end| end.scheme() != "https") {
            return Err(Failure::NotTheIssuer("an endpoint without https".into()));
        }
        Ok(found)
    }

    fn redemption(&self, found: &Discovery, trip: Trip<'_>, code: &str) -> Request {
        let secret = &self.settings.client_secret;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", trip.redirect_uri),
            ("code_verifier", trip.verifier),
        ];
        if found.by_form {
            form.push(("client_id", &self.settings.client_id));
            form.push(("client_secret", secret.expose_secret()));
        }
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let (url, vouched, account) = (&found.token, Some(&found.token), None);
        let request = oauth::token_request(oauth::Endpoint { url, vouched, account }, body);
        if found.by_form {
            return request;
        }
        // Both are form-encoded before they are joined (RFC 6749 §2.3.1).
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let password = encode(secret.expose_secret()).into();
        request.basic(Basic { username: encode(&self.settings.client_id), password })
    }
}

/// Core §3.1.3.7.
fn check(
    token: &IdToken,
    (issuer, client, nonce): (&str, &str, &str),
    now: Timestamp,
) -> Result<(), Failure> {
    let is_for_us = match &token.aud {
        Audience::One(one) => one == client,
        Audience::Many(many) => {
            many.iter().any(|one| one == client) && (many.len() == 1 || token.azp.is_some())
        }
    };
    let wrong = if token.iss != issuer {
        "is another issuer's"
    } else if !is_for_us || token.azp.as_ref().is_some_and(|azp| azp != client) {
        "is for another client"
    } else if token.exp + LEEWAY_S <= now.as_second() {
        "is over"
    } else if token.nonce.as_deref() != Some(nonce) {
        "belongs to another sign-in"
    } else if token.sub.is_empty() || token.sub.len() > SUBJECT_MAX {
        "names nobody"
    } else {
        return Ok(());
    };
    Err(Failure::Token(wrong))
}

fn claims(id_token: &str) -> Option<IdToken> {
    let payload = id_token.split('.').nth(1)?;
    let plain = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// Some say it in a text, or by a number.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::String(text) => text == "true" || text == "1",
        Value::Number(number) => number.as_i64() == Some(1),
        _ => false,
    }
}

fn bare(address: &str) -> &str {
    address.trim_end_matches('/')
}

#[cfg(test)]
mod tests;
