//! Answers whose bodies are whole: JSON, pages, or nothing but a status.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::Value;

pub(crate) type Answer = Response<Bytes>;

pub(crate) fn bare(status: u16) -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

pub(crate) fn with_header(mut answer: Answer, name: header::HeaderName, value: &str) -> Answer {
    if let Ok(value) = value.parse() {
        answer.headers_mut().insert(name, value);
    }
    answer
}

pub(crate) fn json_answer(status: u16, value: &Value) -> Answer {
    let answer = bare(status).map(|_| Bytes::from(value.to_string()));
    with_header(answer, header::CONTENT_TYPE, "application/json; charset=UTF-8")
}

pub(crate) fn page(status: u16, html: String) -> Answer {
    let answer = bare(status).map(|_| Bytes::from(html));
    with_header(answer, header::CONTENT_TYPE, "text/html; charset=utf-8")
}

const WEB_PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>\
    <h1>Welcome to the guest network</h1><form><input name=\"room\"></form></body></html>";

/// What stands between the client and the provider answers instead.
pub(crate) fn web_page() -> Answer {
    page(200, WEB_PAGE.to_owned())
}
