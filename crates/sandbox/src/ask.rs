//! What a client asks: path, query, headers and body, as a request or as part of a batch.

use axum::extract::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Map, Value};

use crate::net::{decode, origin};
use crate::oauth::form::Pairs;

/// Larger requests to an API are refused.
pub(crate) const BODY_MAX: usize = 16 * 1024 * 1024;

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
    /// A request with its body read; larger ones are refused.
    pub(crate) async fn receive(request: Request, body_max: usize) -> Result<Self, StatusCode> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, body_max)
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

    /// A call out of a batch; who asks for the batch asks for it too, unless it says otherwise.
    pub(crate) fn inner(
        &self,
        method: Method,
        uri: &Uri,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        if !headers.contains_key(header::AUTHORIZATION)
            && let Some(token) = self.headers.get(header::AUTHORIZATION)
        {
            headers.insert(header::AUTHORIZATION, token.clone());
        }
        Self { origin: self.origin.clone(), ..Self::of(method, uri, headers, body) }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What `Authorization` says after the name of a scheme.
    fn authorization(&self, scheme: &str) -> Option<&str> {
        let (said, token) = self.header(header::AUTHORIZATION.as_str())?.trim().split_once(' ')?;
        said.eq_ignore_ascii_case(scheme).then(|| token.trim())
    }

    /// The access token, from the header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization("bearer")
    }

    /// User name and password of HTTP Basic.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let plain = STANDARD.decode(self.authorization("basic")?).ok()?;
        let plain = String::from_utf8(plain).ok()?;
        let (name, password) = plain.split_once(':')?;
        Some((name.to_owned(), password.to_owned()))
    }

    /// The body as text; a client that sends something else is not understood.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> Pairs {
        Pairs::read(self.text().unwrap_or_default())
    }

    /// The body as a JSON object; an empty one is an empty object.
    pub(crate) fn json(&self) -> Option<Map<String, Value>> {
        if self.body.is_empty() {
            return Some(Map::new());
        }
        serde_json::from_slice(&self.body).ok()
    }
}
