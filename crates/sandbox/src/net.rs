//! Small matters of HTTP that both the CalDAV server and the feed host need: what the client calls
//! us, dates in headers, percent-encoding, and bodies that break off.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Uri, header};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use crate::faults::Cut;

/// `http://host:port`, from the request itself. Whoever stands before the sandbox with TLS says so.
pub(crate) fn origin(uri: &Uri, headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(http::uri::Authority::as_str))
        .unwrap_or("localhost");
    let before_us = headers.get("x-forwarded-proto").filter(|said| *said == "https");
    let scheme = if before_us.is_some() { "https" } else { uri.scheme_str().unwrap_or("http") };
    format!("{scheme}://{host}")
}

/// A number that differs where what it is made of differs: the body of an `ETag`.
pub(crate) fn fingerprint(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The origin, for handlers.
#[derive(Debug)]
pub(crate) struct Origin(pub(crate) String);

impl<S: Sync> axum::extract::FromRequestParts<S> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(origin(&parts.uri, &parts.headers)))
    }
}

/// A date as HTTP headers write it, shifted by a clock that is wrong.
pub(crate) fn http_date(at: Timestamp, skew_s: i64) -> String {
    let at = at.checked_add(SignedDuration::from_secs(skew_s)).unwrap_or(at);
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

/// A path segment, everything but unreserved characters encoded.
pub(crate) fn encode(segment: &str, at_sign_encoded: bool) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        if plain || (byte == b'@' && !at_sign_encoded) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Undoes percent-encoding; what is no valid encoding stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let coded = (byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(coded.unwrap_or(byte));
        at += if coded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A body that breaks off as told. A body that fails before its first byte makes the server close
/// the connection without having sent anything.
pub(crate) fn body(bytes: Bytes, cut: Cut) -> Body {
    let failure = || Err(std::io::Error::other("the sandbox cut the connection"));
    match cut {
        Cut::Nowhere => Body::from(bytes),
        Cut::AtOnce => Body::from_stream(futures_util::stream::iter([failure()])),
        Cut::Halfway => {
            let half = bytes.slice(..bytes.len() / 2);
            Body::from_stream(futures_util::stream::iter([Ok(half), failure()]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn encoding_goes_there_and_back() {
        for name in ["a@b.example", "Größe & Co", "100%", "%zz", "a/b"] {
            assert_eq!(decode(&encode(name, true)), name);
            assert_eq!(decode(&encode(name, false)), name);
        }
        assert_eq!(encode("a@b", true), "a%40b");
        assert_eq!(encode("a@b", false), "a@b");
    }
}
