//! Posts to the webhooks of other programs, as the Standard Webhooks specification says: an id
//! that stays the same however often it is sent, a timestamp, and a signature over both and the
//! body, by every secret that is good at the moment.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use sha2::Sha256;
use url::Url;

use crate::error::{Error, ErrorKind};
use crate::{Client, Limits, Ports, Request};

/// What every secret begins with, so that people and scanners recognise one.
const SECRET_PREFIX: &str = "whsec_";
/// How long the other program may take; the specification advises 15 to 30 seconds.
const TIME_MAX: Duration = Duration::from_secs(15);
/// Bytes of its answer, of which nothing but the status is looked at.
const ANSWER_BYTES_MAX: u64 = 256 << 10;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub struct Message<'m> {
    /// Names it; the same however often it is sent.
    pub id: &'m str,
    /// When it is sent.
    pub at: Timestamp,
    /// JSON.
    pub body: &'m str,
}

/// What came of it, where it was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// There was an answer, with another status than 2xx.
    Answered {
        /// The HTTP status.
        status: u16,
        /// When it asked to be called again, if it did.
        again_at: Option<Timestamp>,
    },
    /// The host asked to be left alone until then, and was not called.
    Throttled {
        /// When it may be called again.
        until: Timestamp,
    },
    /// There was no answer, or the address may not be called; why, as a stable code.
    Failed(&'static str),
}

/// The text of a secret of these bytes, as the other program is given it.
pub fn secret(bytes: &[u8; 32]) -> String {
    format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(bytes))
}

/// Sends it, signed by each of the secrets; gives the status with which it was taken.
pub async fn send(
    client: &Client,
    url: Url,
    message: &Message<'_>,
    secrets: &[&str],
) -> Result<u16, NotTaken> {
    let request = request(url, message, secrets).ok_or(NotTaken::Failed("internal"))?;
    let answer = client.send(request).await.map_err(|error| not_sent(&error))?;
    if answer.status.is_success() {
        return Ok(answer.status.as_u16());
    }
    Err(NotTaken::Answered { status: answer.status.as_u16(), again_at: answer.retry_after })
}

fn request(url: Url, message: &Message<'_>, secrets: &[&str]) -> Option<Request> {
    let signatures: Option<Vec<_>> =
        secrets.iter().map(|secret| signature(message, secret)).collect();
    let value = |text: &str| HeaderValue::from_str(text).ok();
    let time_max = TIME_MAX;
    let limits = Limits { time_max, body_max: ANSWER_BYTES_MAX, redirects_max: 0 };
    let header = HeaderName::from_static;
    let request = Request::new(Method::POST, url)
        .ports(Ports::Web)
        .confidential()
        .limits(limits)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(header("webhook-id"), value(message.id)?)
        .header(header("webhook-timestamp"), value(&message.at.as_second().to_string())?)
        .header(header("webhook-signature"), value(&signatures?.join(" "))?)
        .body(Bytes::copy_from_slice(message.body.as_bytes()));
    Some(request)
}

/// `v1,…`: HMAC-SHA256 over id, timestamp and body; `None` where the secret is none of ours.
fn signature(message: &Message<'_>, secret: &str) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{}.{}.{}", message.id, message.at.as_second(), message.body).as_bytes());
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

fn not_sent(error: &Error) -> NotTaken {
    match error.kind {
        ErrorKind::Throttled { until } => NotTaken::Throttled { until },
        kind => NotTaken::Failed(code(kind)),
    }
}

/// Why a call came to no answer, as `docs/errors.md` lists it.
fn code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Forbidden(_) => "address_forbidden",
        ErrorKind::Insecure => "address_insecure",
        ErrorKind::Dns | ErrorKind::Connect => "unreachable",
        ErrorKind::Certificate(_) | ErrorKind::NotTls => "certificate_invalid",
        ErrorKind::Timeout => "timed_out",
        ErrorKind::TooManyRedirects => "redirected",
        ErrorKind::TooLarge { .. } => "too_large",
        ErrorKind::Interrupted => "interrupted",
        ErrorKind::Protocol => "unintelligible",
        ErrorKind::Throttled { .. } => "throttled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_signs_as_the_specification_s_own_library_does() {
        let (id, at) = ("dlv_1", Timestamp::from_second(1_795_000_000).unwrap());
        for (bytes, body) in [([7; 32], "{\"type\":\"a\"}"), ([0xfb; 32], "{\"say\":\"größer\"}")]
        {
            let secret = secret(&bytes);
            let theirs = standardwebhooks::Webhook::new(&secret).unwrap();
            let expected = theirs.sign(id, at.as_second(), body.as_bytes()).unwrap();
            assert_eq!(signature(&Message { id, at, body }, &secret), Some(expected));
        }
    }

    #[test]
    fn what_is_no_secret_of_ours_signs_nothing() {
        let message = Message { id: "dlv_1", at: Timestamp::UNIX_EPOCH, body: "{}" };
        assert_eq!(signature(&message, "dmk_abc"), None);
        assert!(request("https://a.example/".parse().unwrap(), &message, &["whsec_*"]).is_none());
    }
}
