//! Zoom's event subscriptions (`docs/providers/zoom.md`, Notices): every notice is signed by the
//! secret token of the app, and an address is asked first whether it knows that token.

use std::fmt::Write as _;

use connection::{Notice, Secret, SignedNotices};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::wire;

/// How far the time of a notice may lie from ours.
const OFF_MAX_S: i64 = 300;
/// The event that is a question.
const VALIDATION: &str = "endpoint.url_validation";
/// Characters of what it asks to have hashed.
const PLAIN_TOKEN_MAX: usize = 256;

/// The key that Zoom signs with.
pub(crate) struct EventSubscriptions {
    key: Hmac<Sha256>,
}

impl EventSubscriptions {
    pub(crate) fn new(secret_token: &Secret) -> Self {
        let key = Hmac::new_from_slice(secret_token.reveal().as_bytes());
        Self { key: key.expect("HMAC takes keys of any length") }
    }

    /// Quirk zoom-1: the same key answers the question and signs notices. A text of which a notice
    /// could be made is not hashed for anybody: what is signed has colons, Zoom's tokens have none.
    fn answer(&self, body: &[u8]) -> Option<String> {
        let told: wire::Told = serde_json::from_slice(body).ok()?;
        let plain = told.payload.plain_token;
        let is_plain = !plain.is_empty() && plain.len() <= PLAIN_TOKEN_MAX && !plain.contains(':');
        if told.event != VALIDATION || !is_plain {
            return None;
        }
        let hash = self.key.clone().chain_update(&plain).finalize().into_bytes();
        let encrypted = digits(&hash);
        let answer = wire::Validated { plain_token: &plain, encrypted_token: &encrypted };
        serde_json::to_string(&answer).ok()
    }

    /// Is it signed by the key, within the time? Compared in constant time.
    fn is_authentic(&self, signature: &str, sent: &str, body: &[u8], now: Timestamp) -> bool {
        let at = sent.parse::<i64>().ok();
        let is_now = at.is_some_and(|at| at.abs_diff(now.as_second()) <= OFF_MAX_S.unsigned_abs());
        let Some(signature) = signature.strip_prefix("v0=").and_then(bytes) else { return false };
        let message = self.key.clone().chain_update(b"v0:").chain_update(sent);
        let message = message.chain_update(b":").chain_update(body);
        message.verify_slice(&signature).is_ok() && is_now
    }
}

impl SignedNotices for EventSubscriptions {
    fn weigh<'h>(
        &self,
        header: &dyn Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: Timestamp,
    ) -> Notice {
        if let Some(answer) = self.answer(body) {
            return Notice::Question(answer);
        }
        let signed = header("x-zm-signature").zip(header("x-zm-request-timestamp"));
        match signed {
            Some((by, at)) if self.is_authentic(by, at, body, now) => Notice::Authentic,
            _ => Notice::Forged,
        }
    }
}

/// In hexadecimal digits.
fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What hexadecimal digits say.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair).ok().filter(|digits| digits.len() == 2)?;
        u8::from_str_radix(digits, 16).ok()
    };
    pairs.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-22T12:00:00Z";
    /// Of the secret token `secret`; made by OpenSSL.
    const SIGNED: (&str, &str, &str) = (
        "v0=a79f25e52d951cd32a70b5c33a22e5123da2f12e4c87675aa7600b09cda02a77",
        "1795348800",
        r#"{"event":"meeting.updated","payload":{"object":{"id":91234567890}}}"#,
    );

    fn weigh(signature: &str, at: &str, body: &str, now: &str) -> Notice {
        let zoom = EventSubscriptions::new(&Secret::new("secret"));
        let header = |name: &str| match name {
            "x-zm-signature" => Some(signature),
            "x-zm-request-timestamp" => Some(at),
            _ => None,
        };
        zoom.weigh(&header, body.as_bytes(), now.parse().unwrap())
    }

    #[test]
    fn what_zoom_signed_a_moment_ago_is_its_own() {
        let (signature, at, body) = SIGNED;
        for now in ["2026-11-22T11:55:00Z", NOW, "2026-11-22T12:05:00Z"] {
            assert_eq!(weigh(signature, at, body, now), Notice::Authentic, "{now}");
        }
    }

    #[test]
    fn what_is_old_changed_or_signed_otherwise_is_not() {
        let (signature, at, body) = SIGNED;
        for now in ["2026-11-22T11:54:59Z", "2026-11-22T12:05:01Z"] {
            assert_eq!(weigh(signature, at, body, now), Notice::Forged, "{now}");
        }
        let spaced = body.replace(':', ": ");
        let halved = &signature[..signature.len() / 2];
        let bare = signature.trim_start_matches("v0=");
        for (signature, at, body) in [
            (signature, at, spaced.as_str()),
            (signature, "1795348801", body),
            (signature, "+1795348800", body),
            (signature, "soon", body),
            (halved, at, body),
            (bare, at, body),
            ("v0=", at, body),
            ("v0=é", at, body),
            ("", "", body),
        ] {
            assert_eq!(weigh(signature, at, body, NOW), Notice::Forged, "{signature} {at} {body}");
        }
    }

    #[test]
    fn the_question_is_answered_by_the_hash_of_its_token() {
        let asks = r#"{"event":"endpoint.url_validation","event_ts":1700000000000,
            "payload":{"plainToken":"pt-1"}}"#;
        // Made by OpenSSL, too.
        let hash = "96a9b0ed0523553b19c0d1e87eb0a5cdbf5c2832c28776ccd51a5d816f5dfa0d";
        let answer = format!(r#"{{"plainToken":"pt-1","encryptedToken":"{hash}"}}"#);
        assert_eq!(weigh("", "", asks, NOW), Notice::Question(answer));
    }

    #[test]
    fn quirk_zoom_1_nobody_has_a_notice_signed_by_asking() {
        let (_, at, _) = SIGNED;
        let long = "a".repeat(PLAIN_TOKEN_MAX + 1);
        for plain in [&format!("v0:{at}:{{}}"), ":", "", &long] {
            let asks = serde_json::json!({
                "event": VALIDATION,
                "payload": { "plainToken": plain },
            });
            assert_eq!(weigh("", at, &asks.to_string(), NOW), Notice::Forged, "{plain}");
        }
    }
}
