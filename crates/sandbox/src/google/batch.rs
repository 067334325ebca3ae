//! Several calls in one request: `multipart/mixed`, each part a request of its own.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use super::answer::Refusal;
use super::ask::overridden;
use super::sign_in;
use crate::answer::{Answer, bare, with_header};
use crate::ask::Ask;
use crate::world::World;
use jiff::Timestamp;

const PARTS_MAX: usize = 50;
const BOUNDARY: &str = "batch_sandbox";

pub(crate) fn answer(world: &mut World, ask: &Ask, now: Timestamp) -> Answer {
    let parts = match parts(ask) {
        Ok(parts) => parts,
        Err(refusal) => return refusal.answer(),
    };
    let mut body = Vec::new();
    for (id, part) in parts {
        let answer = sign_in::api(world, &part, now);
        let id = id.trim_matches(|c| c == '<' || c == '>');
        // Writing to a String cannot fail.
        let mut head = format!("--{BOUNDARY}\r\nContent-Type: application/http\r\n");
        if !id.is_empty() {
            let _ = write!(head, "Content-ID: <response-{id}>\r\n");
        }
        let status = answer.status();
        let reason = status.canonical_reason().unwrap_or_default();
        let _ = write!(head, "\r\nHTTP/1.1 {} {reason}\r\n", status.as_u16());
        for (name, value) in answer.headers() {
            let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap_or_default());
        }
        let _ = write!(head, "content-length: {}\r\n\r\n", answer.body().len());
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(answer.body());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let answer = bare(200).map(|_| Bytes::from(body));
    with_header(answer, header::CONTENT_TYPE, &format!("multipart/mixed; boundary={BOUNDARY}"))
}

/// The parts, each with its `Content-ID`.
fn parts(ask: &Ask) -> Result<Vec<(String, Ask)>, Refusal> {
    let malformed = || Refusal::bad("badRequest", "The batch request could not be read.");
    let kind = ask.header("content-type").unwrap_or_default();
    let boundary = kind.split(';').find_map(|part| part.trim().strip_prefix("boundary="));
    let boundary = boundary.map(|it| it.trim_matches('"')).ok_or_else(malformed)?;
    let text = std::str::from_utf8(&ask.body).map_err(|_| malformed())?;
    let text = text.replace("\r\n", "\n");
    let marker = format!("--{boundary}");
    let pieces = text.split(marker.as_str()).skip(1).take_while(|piece| !piece.starts_with("--"));
    let parts: Option<Vec<(String, Ask)>> = pieces.map(|piece| part(ask, piece)).collect();
    let parts = parts.ok_or_else(malformed)?;
    if parts.len() > PARTS_MAX {
        let says = format!("The batch request holds more than {PARTS_MAX} calls.");
        return Err(Refusal::bad("badRequest", says));
    }
    Ok(parts)
}

fn headers(lines: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    Some(headers)
}

fn part(outer: &Ask, piece: &str) -> Option<(String, Ask)> {
    let (envelope, inner) = piece.trim_start_matches('\n').split_once("\n\n")?;
    let envelope = headers(envelope)?;
    let id = envelope.get("content-id").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (head, body) = inner.split_once("\n\n").unwrap_or((inner, ""));
    let (line, lines) = head.split_once('\n').unwrap_or((head, ""));
    let mut words = line.split_whitespace();
    let method = Method::from_bytes(words.next()?.as_bytes()).ok()?;
    let uri: Uri = words.next()?.parse().ok()?;
    let body = Bytes::from(body.trim_end_matches('\n').to_owned());
    Some((id.to_owned(), overridden(outer.inner(method, &uri, headers(lines)?, body))))
}
