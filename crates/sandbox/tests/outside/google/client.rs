//! A small Google client for tests: signs in by the pages, calls the API, reads JSON.

use jiff::civil::date;
use sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GoogleLevers, Sandbox};
use serde_json::{Value, json};

use crate::client::{Answer, request};

pub(crate) const ADA: &str = "ada@gmail.example";
pub(crate) const MARA: &str = "mara.lind@gmail.example";
pub(crate) const ALL: &str = "https://www.googleapis.com/auth/calendar";
pub(crate) const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
pub(crate) const LIST: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:8080/oauth/callback";

/// One person, signed in.
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) refresh: String,
    pub(crate) token: String,
}

pub(crate) fn seeded() -> Sandbox {
    Sandbox::seeded(1, date(2026, 11, 18), "Europe/Berlin")
}

impl Client {
    /// Ada, with an empty primary calendar, in a world of her own.
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::empty(7);
        sandbox.google().add_person(ADA, "Ada");
        Self::of(sandbox, ADA, &[ALL]).await
    }

    pub(crate) async fn of(sandbox: Sandbox, email: &str, scopes: &[&str]) -> Self {
        let refresh = sandbox.google().consent(email, scopes).unwrap();
        let token = refreshed(&sandbox, &refresh).await.json()["access_token"].clone();
        Self { sandbox, refresh, token: token.as_str().unwrap().to_owned() }
    }

    pub(crate) fn levers(&self) -> GoogleLevers {
        self.sandbox.google()
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![
            ("authorization", bearer.as_str()),
            ("host", "google.example"),
            ("content-type", "application/json"),
        ];
        all.extend(headers);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        request(&self.sandbox, method, &format!("/calendar/v3{path}"), &all, &body).await
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

    /// A new event of an hour in the primary calendar; answers with it.
    pub(crate) async fn insert(&self, summary: &str, start: &str) -> Value {
        let answer = self.post("/calendars/primary/events", hour(summary, start)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Titles that a listing tells, in order.
    pub(crate) async fn titles(&self, path: &str) -> Vec<String> {
        self.get(path).await.json()["items"].titles()
    }
}

pub(crate) fn hour(summary: &str, start: &str) -> Value {
    let start: jiff::civil::DateTime = start.parse().unwrap();
    let end = start.checked_add(jiff::ToSpan::hours(1)).unwrap();
    let zone = "Europe/Berlin";
    let at = |moment: jiff::civil::DateTime| json!({ "dateTime": moment, "timeZone": zone });
    json!({ "summary": summary, "start": at(start), "end": at(end) })
}

pub(crate) trait Titles {
    fn titles(&self) -> Vec<String>;
}

impl Titles for Value {
    fn titles(&self) -> Vec<String> {
        let title = |event: &Value| event["summary"].as_str().unwrap_or("-").to_owned();
        self.as_array().unwrap().iter().map(title).collect()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// Status, and the reason in Google's envelope.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let body = self.json();
        let reason = body["error"]["errors"][0]["reason"].as_str();
        (self.status.as_u16(), reason.unwrap_or_default().to_owned())
    }
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

pub(crate) async fn token(sandbox: &Sandbox, pairs: &[(&str, &str)]) -> Answer {
    let client = [("client_id", GOOGLE_CLIENT_ID), ("client_secret", GOOGLE_CLIENT_SECRET)];
    let all: Vec<(&str, &str)> = client.into_iter().chain(pairs.iter().copied()).collect();
    form(sandbox, "/token", &all).await
}

pub(crate) async fn refreshed(sandbox: &Sandbox, refresh: &str) -> Answer {
    token(sandbox, &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await
}
