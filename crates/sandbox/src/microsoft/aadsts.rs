//! Errors of the identity platform: a number, its text, and the OAuth error that it stands for.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::MICROSOFT_CLIENT_ID;
use crate::answer::{Answer, json_answer};
use crate::net::fingerprint;

/// Each on a line: number, error, suberror, text.
const TABLE: &str = include_str!("aadsts.txt");

const CLIENT: &str = "invalid_client";
const INTERACTION: &str = "interaction_required";
const LATER: &str = "temporarily_unavailable";

/// What a number stands for.
struct Row {
    error: &'static str,
    suberror: &'static str,
    says: &'static str,
}

impl Row {
    fn status(&self) -> u16 {
        match self.error {
            CLIENT => 401,
            LATER => 503,
            _ => 400,
        }
    }
}

fn read(line: &'static str) -> Option<(u32, Row)> {
    let mut columns = line.split('|').map(str::trim);
    let code = columns.next()?.parse().ok()?;
    let (error, suberror, says) = (columns.next()?, columns.next()?, columns.next()?);
    Some((code, Row { error, suberror, says }))
}

fn row(code: u32) -> Row {
    let known = TABLE.lines().filter_map(read).find(|(known, _)| *known == code);
    let unknown =
        || Row { error: "invalid_grant", suberror: "", says: "The sandbox was told to refuse." };
    known.map_or_else(unknown, |(_, row)| row)
}

/// `AADSTS65004: User declined …`
pub(crate) fn text(code: u32) -> String {
    format!("AADSTS{code}: {}", row(code).says)
}

/// The OAuth error that a code stands for.
pub(crate) fn error_name(code: u32) -> &'static str {
    row(code).error
}

/// An error of the token endpoint.
pub(crate) fn error(code: u32, now: Timestamp) -> Answer {
    error_with(row(code).status(), code, now)
}

pub(crate) fn error_with(status: u16, code: u32, now: Timestamp) -> Answer {
    let Row { error, suberror, .. } = row(code);
    let trace = |what: &str| {
        let (a, b) = (fingerprint(&(what, code, now)), fingerprint(&(now, what)));
        let (high, low) = (a >> 32, a & 0xFFFF);
        format!("{high:08x}-{low:04x}-4000-8000-{:012x}", b & 0xFFFF_FFFF_FFFF)
    };
    let (trace_id, correlation_id) = (trace("trace"), trace("correlation"));
    let date = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let mut body = json!({
        "error": error,
        "error_description": format!("{} Trace ID: {trace_id} Correlation ID: {correlation_id} \
            Timestamp: {date}", text(code)),
        "error_codes": [code],
        "timestamp": date,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    });
    if !suberror.is_empty() {
        body["suberror"] = json!(suberror);
    }
    if error == INTERACTION {
        let claims = json!({ "access_token": { "capolids": { "essential": true,
            "values": [MICROSOFT_CLIENT_ID] } } });
        body["claims"] = Value::String(claims.to_string());
    }
    json_answer(status, &body)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_of_the_table_is_read() {
        let rows: Vec<_> = super::TABLE.lines().filter_map(super::read).collect();
        assert_eq!(rows.len(), super::TABLE.lines().count());
        assert!(rows.is_sorted_by_key(|(code, _)| *code));
        assert!(rows.iter().all(|(_, row)| !row.error.is_empty() && row.says.ends_with('.')));
    }
}
