//! What Google alone reads in a request: the method in a header, the token in the query, and
//! refusals in its own words.

use http::Method;
use serde_json::{Map, Value};

use super::answer::Refusal;
use crate::ask::Ask;

/// The method may stand in a header.
pub(crate) fn overridden(mut ask: Ask) -> Ask {
    let said = ask.header("x-http-method-override");
    if let Some(method) = said.and_then(|name| Method::from_bytes(name.as_bytes()).ok()) {
        ask.method = method;
    }
    ask
}

/// The access token, from the header or from the query.
pub(crate) fn token(ask: &Ask) -> Option<&str> {
    ask.bearer().or_else(|| ask.query.get("access_token"))
}

/// The body as a JSON object; an empty one is an empty object.
pub(crate) fn object(ask: &Ask) -> Result<Map<String, Value>, Refusal> {
    ask.json().ok_or_else(|| {
        let says = "This API does not support parsing form-encoded \
            input, or the body is no JSON object.";
        Refusal::bad("parseError", says)
    })
}

/// A flag of the query.
pub(crate) fn flag(ask: &Ask, name: &str) -> Result<Option<bool>, Refusal> {
    match ask.query.get(name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Refusal::invalid(name)),
    }
}

/// A number of the query.
pub(crate) fn number(ask: &Ask, name: &str) -> Result<Option<usize>, Refusal> {
    let read = |text: &str| text.parse().map_err(|_| Refusal::invalid(name));
    ask.query.get(name).map(read).transpose()
}
