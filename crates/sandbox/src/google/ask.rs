//! What a client asks Google: path, query, headers and body, as a request or as part of a batch.

use axum::extract::Request;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Map, Value};

use super::answer::Refusal;
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
            method: overridden(method, &headers),
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

    /// The access token, from the header or from the query.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let said = self.header(header::AUTHORIZATION.as_str());
        let bearer = said.and_then(|line| line.trim().split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        bearer.map(|(_, token)| token.trim()).or_else(|| self.query.get("access_token"))
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> Pairs {
        Pairs::read(std::str::from_utf8(&self.body).unwrap_or_default())
    }

    /// The body as a JSON object; an empty one is an empty object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(Refusal::bad(
                "parseError",
                "This API does not support parsing form-encoded \
                input, or the body is no JSON object.",
            )),
        }
    }

    /// A flag of the query.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.query.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Refusal::invalid(name)),
        }
    }

    /// A number of the query.
    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let read = |text: &str| text.parse().map_err(|_| Refusal::invalid(name));
        self.query.get(name).map(read).transpose()
    }
}

fn overridden(method: Method, headers: &HeaderMap) -> Method {
    let said = headers.get("x-http-method-override");
    said.and_then(|name| Method::from_bytes(name.as_bytes()).ok()).unwrap_or(method)
}
