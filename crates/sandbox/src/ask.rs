//! What a client asks: path, query, headers and body, as a request or as part of a batch.

use axum::extract::Request;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Map, Value};

use crate::net::{decode, origin};
use crate::oauth::form::Pairs;

/// Larger requests are refused.
const BODY_MAX: usize = 16 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// As it was sent.
    pub(crate) raw_path: String,
    /// Its segments, decoded.
    pub(crate) path: Vec<String>,
    pub(crate) query: Pairs,
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// `http://host:port` as the client calls us.
    pub(crate) origin: String,
}

impl Ask {
    pub(crate) async fn receive(request: Request) -> Result<Self, StatusCode> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, BODY_MAX)
            .await
            .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        Ok(Self::of(head.method, &head.uri, head.headers, body))
    }

    pub(crate) fn of(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let raw_query = uri.query().unwrap_or_default().to_owned();
        Self {
            origin: origin(uri, &headers),
            method,
            raw_path: uri.path().to_owned(),
            path: uri.path().split('/').filter(|it| !it.is_empty()).map(decode).collect(),
            query: Pairs::read(&raw_query),
            raw_query,
            headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The access token, from the header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let said = self.header(header::AUTHORIZATION.as_str());
        let bearer = said.and_then(|line| line.trim().split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        bearer.map(|(_, token)| token.trim())
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> Pairs {
        Pairs::read(std::str::from_utf8(&self.body).unwrap_or_default())
    }

    /// The body as a JSON object; an empty one is an empty object.
    pub(crate) fn json(&self) -> Option<Map<String, Value>> {
        if self.body.is_empty() {
            return Some(Map::new());
        }
        serde_json::from_slice(&self.body).ok()
    }
}
