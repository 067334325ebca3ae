//! Zoom's JSON, exactly (`docs/providers/zoom.md`): the answers of its token endpoint, and the
//! question that it asks of an address before it sends notices there.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Tokens; none of them is looked at here.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    #[serde(rename = "access_token")]
    pub(crate) _access: String,
}

/// A refusal of the token endpoint.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refused {
    /// `invalid_client`, `invalid_grant`, …
    pub(crate) error: String,
    /// In words; sometimes with the number in it.
    pub(crate) reason: String,
    /// The number, where it stands by itself.
    #[serde(alias = "errorCode")]
    pub(crate) code: Value,
}

impl Refused {
    /// Zoom's number: 47 and two more digits, by itself or within the words.
    pub(crate) fn number(&self) -> Option<u16> {
        let said = format!("{} {}", self.code, self.reason);
        let words = said.split(|sign: char| !sign.is_ascii_digit());
        let mut numbers = words.filter(|word| word.len() == 4).flat_map(str::parse);
        numbers.find(|number| (4700..4800).contains(number))
    }
}

/// A notice, as far as it is read.
#[derive(Deserialize)]
pub(crate) struct Told {
    pub(crate) event: String,
    pub(crate) payload: Validation,
}

/// What it asks to have hashed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Validation {
    pub(crate) plain_token: String,
}

/// The answer to that.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Validated<'a> {
    pub(crate) plain_token: &'a str,
    pub(crate) encrypted_token: &'a str,
}
