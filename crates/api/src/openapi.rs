//! `GET /openapi.json`: the full account of this API, generated from its code.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use super::Api;

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "Live", security(()),
    responses((status = 200, body = serde_json::Value, content_type = "application/json",
        description = "An OpenAPI document. Needs no key.")))]
pub(super) async fn openapi(State(api): State<Api>) -> Response {
    let media_type = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, media_type)], api.document).into_response()
}
