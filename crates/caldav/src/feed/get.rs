//! Asks for a feed, only if it is not the same as last time.

use std::time::Duration;

use calendar::ical::decode;
use connection::{ProviderError, Result};
use http::header::{ACCEPT, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use outbound::{Client, Limits, Ports, Request, Response};
use sha2::{Digest, Sha256};

use super::address::{Place, max_age};
use super::bookmark::Bookmark;
use crate::error;
use crate::fetch::hex;

/// Limits of one feed.
const LIMITS: Limits =
    Limits { time_max: Duration::from_secs(30), body_max: 10 << 20, redirects_max: 5 };
const ACCEPTED: &str = "text/calendar, text/plain;q=0.5, */*;q=0.1";

/// What came.
pub(crate) enum Got {
    /// The same as last time.
    Unchanged,
    Body {
        text: String,
        bookmark: Bookmark,
    },
}

/// The feed, or that it has not changed since the bookmark.
pub(crate) async fn get(client: &Client, place: &Place, since: Option<&Bookmark>) -> Result<Got> {
    let response = send(client, place, since).await.map_err(|broken| error::of_call(&broken))?;
    if response.status.as_u16() == 304 && since.is_some() {
        return Ok(Got::Unchanged);
    }
    if !response.status.is_success() {
        return Err(error::of_status(&response));
    }
    let body = hex(&Sha256::digest(&response.body)[..16]);
    if since.is_some_and(|since| since.body == body) {
        return Ok(Got::Unchanged);
    }
    Ok(Got::Body { bookmark: bookmark(&response, body), text: decode(&response.body).into_owned() })
}

/// Asks once; the answer may be any.
pub(crate) async fn send(
    client: &Client,
    place: &Place,
    since: Option<&Bookmark>,
) -> std::result::Result<Response, outbound::Error> {
    let mut request = Request::new(Method::GET, place.url.clone())
        .header(ACCEPT, HeaderValue::from_static(ACCEPTED))
        .ports(Ports::Web)
        .limits(LIMITS);
    if let Some(basic) = &place.basic {
        request = request.basic(basic.clone());
    }
    for (name, value) in since.map(conditions).unwrap_or_default() {
        request = request.header(name, value);
    }
    client.send(request).await
}

fn conditions(since: &Bookmark) -> Vec<(HeaderName, HeaderValue)> {
    let pairs = [(IF_NONE_MATCH, &since.etag), (IF_MODIFIED_SINCE, &since.last_modified)];
    let filled = pairs.into_iter().filter(|(_, text)| !text.is_empty());
    filled.filter_map(|(name, text)| Some((name, HeaderValue::from_str(text).ok()?))).collect()
}

fn bookmark(response: &Response, body: String) -> Bookmark {
    Bookmark {
        etag: text(&response.headers, &ETAG),
        last_modified: text(&response.headers, &LAST_MODIFIED),
        body,
        refresh_every: max_age(&response.headers),
        ..Bookmark::default()
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// What an answer to the first question means; as for every later one.
pub(crate) fn body(response: &Response) -> Result<String> {
    if response.status.is_success() {
        Ok(decode(&response.body).into_owned())
    } else {
        Err(match error::of_status(response) {
            ProviderError::PreconditionFailed => ProviderError::Gone,
            other => other,
        })
    }
}
