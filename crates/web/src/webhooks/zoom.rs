//! Zoom's notices, each of them signed, and the question whether its secret token is known here. In
//! this version nothing of Zoom's is connected: a notice that is its own is taken, and that is all.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use connection::Notice;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::Web;

/// A notice, or the question. Without the secret token there is nobody here to ring at.
pub(super) async fn ring(State(web): State<Web>, headers: HeaderMap, body: Bytes) -> Response {
    let set_up = web.ctx.catalogue.set_up("zoom");
    let Some(zoom) = set_up.and_then(|set_up| set_up.notices.as_ref()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match zoom.weigh(&header, &body, web.ctx.clock.now()) {
        Notice::Authentic => StatusCode::NO_CONTENT.into_response(),
        Notice::Question(answer) => ([(CONTENT_TYPE, "application/json")], answer).into_response(),
        Notice::Forged => StatusCode::UNAUTHORIZED.into_response(),
    }
}
