//! A request's body, in memory and within its limit, with the headers that say what it is.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::HeaderMap;

use super::problem::{Code, Problem};

/// Largest body that is taken: a calendar file with room for JSON's escapes.
pub(super) const BODY_BYTES_MAX: usize = 12 << 20;

/// What was sent.
pub(super) struct Sent {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        Ok(Self { headers: parts.headers, body: read(body).await? })
    }
}

/// Reads a body whole; what is too large, or breaks off, is refused.
pub(super) async fn read(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| Code::BodyTooLarge.into())
}
