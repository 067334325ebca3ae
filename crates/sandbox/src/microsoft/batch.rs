//! Several calls in one request, as JSON. Each is counted, and each can be refused.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::{Refusal, reply};
use crate::answer::{Answer, json_answer};
use crate::ask::Ask;
use crate::world::World;

const CALLS_MAX: usize = 20;

pub(crate) fn answer(world: &mut World, ask: &Ask, now: Timestamp) -> Answer {
    let calls = match calls(ask) {
        Ok(calls) => calls,
        Err(refusal) => return reply(Err(refusal), ask, &mut world.dice, now),
    };
    let answers: Vec<Value> = calls
        .into_iter()
        .map(|(id, call)| {
            let answer = super::call(world, &call, Ok(()), now);
            let headers = answer
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or_default())));
            let headers: Map<String, Value> = headers.collect();
            let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let status = answer.status().as_u16();
            json!({ "id": id, "status": status, "headers": headers, "body": body })
        })
        .collect();
    json_answer(200, &json!({ "responses": answers }))
}

fn calls(ask: &Ask) -> Result<Vec<(String, Ask)>, Refusal> {
    let malformed = || Refusal::new(400, "BadRequest", "Invalid batch payload format.");
    let sent = ask.json().ok_or_else(malformed)?;
    let requests = sent.get("requests").and_then(Value::as_array).ok_or_else(malformed)?;
    if requests.len() > CALLS_MAX {
        let says = "Number of batch request steps exceeds the maximum value of 20.";
        return Err(Refusal::new(400, "MaximumValueExceeded", says));
    }
    let calls: Option<Vec<(String, Ask)>> = requests.iter().map(|it| call(ask, it)).collect();
    let calls = calls.ok_or_else(malformed)?;
    let ids: std::collections::BTreeSet<&String> = calls.iter().map(|(id, _)| id).collect();
    if ids.len() < calls.len() { Err(malformed()) } else { Ok(calls) }
}

fn call(outer: &Ask, request: &Value) -> Option<(String, Ask)> {
    let member = |name: &str| request.get(name).and_then(Value::as_str);
    let method = Method::from_bytes(member("method")?.as_bytes()).ok()?;
    let path = member("url")?.trim_start_matches('/').replace(' ', "%20");
    let uri: Uri = format!("/v1.0/{path}").parse().ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in request.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value.as_str()?).ok()?);
    }
    if outer.bearer().is_some() {
        headers.remove(header::AUTHORIZATION);
    }
    let body = Bytes::from(request.get("body").map(Value::to_string).unwrap_or_default());
    Some((member("id")?.to_owned(), outer.inner(method, &uri, headers, body)))
}
