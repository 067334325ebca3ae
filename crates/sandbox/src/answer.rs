//! Answers whose bodies are whole: JSON, pages, or nothing but a status. And what every answer goes
//! through on its way out: faults that take its place, waits, and breaks.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use serde_json::Value;

use crate::faults::{Cut, Instead, Strike};
use crate::net;

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

/// Says how long to wait, if there is something to say.
pub(crate) fn with_retry_after(answer: Answer, wait_s: Option<u32>) -> Answer {
    match wait_s {
        Some(wait) => with_header(answer, header::RETRY_AFTER, &wait.to_string()),
        None => answer,
    }
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

/// What a fault puts in the place of an answer; a status is said in the words of who answers.
pub(crate) fn instead(
    strike: &mut Strike,
    status_in_words: impl FnOnce(u16, Option<u32>) -> Answer,
) -> Option<Answer> {
    Some(match strike.instead.take()? {
        Instead::Status { status, retry_after_s } => status_in_words(status, retry_after_s),
        Instead::WebPage => web_page(),
        Instead::Cut => {
            strike.cut = Cut::AtOnce;
            bare(502)
        }
    })
}

/// Waits and breaks off as the faults say; a HEAD is answered without a body.
pub(crate) async fn sent(
    answer: Answer,
    method: &Method,
    strike: &Strike,
) -> axum::response::Response {
    if strike.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(strike.slow_ms)).await;
    }
    answer.map(|bytes| {
        net::body(if method == Method::HEAD { Bytes::new() } else { bytes }, strike.cut)
    })
}
