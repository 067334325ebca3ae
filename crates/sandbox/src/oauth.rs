//! OAuth 2.0 as all providers have it: clients, codes that open once, PKCE, grants, and tokens
//! that end. What a provider says to a refusal, and how its pages look, is the provider's.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Dice;
use form::Pairs;
pub(crate) use issuer::Issuer;

pub(crate) mod form;
mod issuer;
pub(crate) mod jwt;
pub(crate) mod page;
pub(crate) mod wish;

/// A program that people let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
}

/// What a refresh does to the refresh token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It stays, and is not said again.
    #[default]
    Never,
    /// A new one comes; the old one still works.
    Lenient,
    /// A new one comes and the old one is dead. Whoever uses a dead one loses the whole grant.
    Strict,
}

/// How long things last, how many there may be, and how tokens begin.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub(crate) access_prefix: &'static str,
    pub(crate) refresh_prefix: &'static str,
    pub(crate) access_s: i64,
    pub(crate) refresh_s: Option<i64>,
    pub(crate) refresh_max: usize,
    pub(crate) rotation: Rotation,
}

/// Who let which program in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    pub(crate) person: usize,
    pub(crate) client: String,
}

pub(crate) type Scopes = BTreeSet<String>;

/// A program that a person has let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantView {
    pub client: String,
    pub scopes: Vec<String>,
    /// Refresh tokens that are alive.
    pub refresh_tokens: usize,
}

/// What a code was given for.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// How it begins.
    pub(crate) prefix: &'static str,
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Scopes,
    pub(crate) with_refresh: bool,
    pub(crate) expires_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) grant: Grant,
    pub(crate) scopes: Scopes,
    pub(crate) expires_at: Timestamp,
}

/// Who asks, through which program, and what they have allowed it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) person: usize,
    pub(crate) client: String,
    pub(crate) scopes: Scopes,
}

impl Access {
    pub(crate) fn caller(&self) -> Caller {
        let Grant { person, client } = self.grant.clone();
        Caller { person, client, scopes: self.scopes.clone() }
    }
}

/// What the token endpoint gives.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) grant: Grant,
    pub(crate) scopes: Scopes,
    pub(crate) access: String,
    pub(crate) expires_in_s: i64,
    pub(crate) refresh: Option<String>,
    pub(crate) refresh_expires_in_s: Option<i64>,
    pub(crate) nonce: Option<String>,
}

/// Why the token endpoint refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    UnknownCode,
    CodeUsed,
    CodeExpired,
    RedirectMismatch,
    VerifierMissing,
    VerifierWrong,
    TokenUnknown,
    TokenExpired,
    TokenRevoked,
    OtherClient,
}

/// What a code is shown with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) code: &'a str,
    pub(crate) client: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: Option<&'a str>,
}

impl<'a> Shown<'a> {
    /// What the form of a token request shows.
    pub(crate) fn read(form: &'a Pairs, client: &'a str) -> Self {
        let get = |name: &str| form.get(name).unwrap_or_default();
        let verifier = form.get("code_verifier");
        Self { code: get("code"), client, redirect_uri: get("redirect_uri"), verifier }
    }
}

/// A secret that nobody guesses, of so many words of eleven letters.
pub(crate) fn secret(dice: &mut Dice, words: usize) -> String {
    (0..words).map(|_| URL_SAFE_NO_PAD.encode(dice.roll().to_be_bytes())).collect()
}

/// RFC 7636 §4.2, method S256.
pub(crate) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// A moment, so many seconds later.
pub(crate) fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

#[cfg(test)]
mod tests;
