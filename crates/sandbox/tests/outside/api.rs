//! A small client of an API for tests: one person, signed in, JSON there and back. And what
//! signing in takes that is the same everywhere.

use std::marker::PhantomData;

use jiff::civil::{DateTime, date};
use sandbox::{Ring, Sandbox};
use serde_json::{Value, json};

use crate::client::{Answer, request};

pub(crate) const CALLBACK: &str = "http://127.0.0.1:8080/oauth/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Whose API it is.
pub(crate) trait Api {
    const HOST: &str;
    /// What is before every path.
    const ROOT: &str;
    /// The same on the control page.
    const CONTROL: &str;
    const TOKEN: &str;
    const CLIENT: (&str, &str);

    /// A refresh token, without the pages.
    fn consent(sandbox: &Sandbox, email: &str, scopes: &[&str]) -> String;
}

/// One person, signed in.
pub(crate) struct Client<A> {
    pub(crate) sandbox: Sandbox,
    pub(crate) refresh: String,
    pub(crate) token: String,
    api: PhantomData<A>,
}

/// People with calendars that look lived in.
pub(crate) fn seeded() -> Sandbox {
    Sandbox::seeded(1, date(2026, 11, 18), "Europe/Berlin")
}

impl<A: Api> Client<A> {
    pub(crate) async fn of(sandbox: Sandbox, email: &str, scopes: &[&str]) -> Self {
        let refresh = A::consent(&sandbox, email, scopes);
        let token = refreshed::<A>(&sandbox, &refresh).await.json()["access_token"].clone();
        let token = token.as_str().unwrap().to_owned();
        Self { sandbox, refresh, token, api: PhantomData }
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        as_json::<A>(&self.sandbox, method, &format!("{}{path}", A::ROOT), &all, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], &body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, &[], &body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], &Value::Null).await
    }

    pub(crate) fn rings(&self) -> Vec<Ring> {
        std::iter::from_fn(|| self.sandbox.take_ring()).collect()
    }
}

async fn as_json<A: Api>(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut all = vec![("host", A::HOST), ("content-type", "application/json")];
    all.extend(headers);
    let body = if body.is_null() { String::new() } else { body.to_string() };
    request(sandbox, method, path, &all, &body).await
}

/// A lever, pulled as JSON.
pub(crate) async fn control<A: Api>(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    body: Value,
) -> Answer {
    as_json::<A>(sandbox, method, &format!("/control/api/{}{path}", A::CONTROL), &[], &body).await
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

/// Start and end of an hour in a zone.
pub(crate) fn an_hour(start: &str, zone: &str) -> (Value, Value) {
    let start: DateTime = start.parse().unwrap();
    let end = start.checked_add(jiff::ToSpan::hours(1)).unwrap();
    let at = |moment: DateTime| json!({ "dateTime": moment, "timeZone": zone });
    (at(start), at(end))
}

pub(crate) async fn form(sandbox: &Sandbox, path: &str, pairs: &[(&str, &str)]) -> Answer {
    let kind = [("content-type", "application/x-www-form-urlencoded"), ("host", "google.example")];
    request(sandbox, "POST", path, &kind, &written(pairs)).await
}

pub(crate) fn written(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encode(name), encode(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Pairs with some of them changed.
pub(crate) fn changed<'a>(
    mut pairs: Vec<(&'a str, &'a str)>,
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    pairs.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    pairs.extend(changes);
    pairs
}

/// What a program asks for with some of it changed, as a query.
pub(crate) fn wish_of<A: Api>(scope: &str, changes: &[(&str, &str)]) -> String {
    let pairs = vec![
        ("client_id", A::CLIENT.0),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", scope),
        ("state", "s t&a"),
        ("access_type", "offline"),
        ("response_mode", "query"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("nonce", "n-1"),
    ];
    written(&changed(pairs, changes))
}

/// The value of a parameter of the way back.
pub(crate) fn back(answer: &Answer, name: &str) -> Option<String> {
    let to = answer.header("location");
    assert!(to.starts_with(CALLBACK), "{to}");
    let query = to.split_once('?').unwrap().1;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
        } else {
            byte
        });
    }
    Some(String::from_utf8(bytes).unwrap())
}

pub(crate) async fn token<A: Api>(sandbox: &Sandbox, pairs: &[(&str, &str)]) -> Answer {
    let client = [("client_id", A::CLIENT.0), ("client_secret", A::CLIENT.1)];
    let all: Vec<(&str, &str)> = client.into_iter().chain(pairs.iter().copied()).collect();
    form(sandbox, A::TOKEN, &all).await
}

pub(crate) async fn refreshed<A: Api>(sandbox: &Sandbox, refresh: &str) -> Answer {
    token::<A>(sandbox, &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await
}
