//! A small Google client for tests.

use sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GoogleLevers, Sandbox};
use serde_json::{Value, json};

use crate::api::{self, Api, an_hour};
pub(crate) use crate::api::{form, seeded};
use crate::client::Answer;

pub(crate) const ADA: &str = "ada@gmail.example";
pub(crate) const MARA: &str = "mara.lind@gmail.example";
pub(crate) const ALL: &str = "https://www.googleapis.com/auth/calendar";
pub(crate) const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
pub(crate) const LIST: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";

pub(crate) struct Google;

impl Api for Google {
    const HOST: &str = "google.example";
    const ROOT: &str = "/calendar/v3";
    const CONTROL: &str = "google";
    const TOKEN: &str = "/token";
    const CLIENT: (&str, &str) = (GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET);

    fn consent(sandbox: &Sandbox, email: &str, scopes: &[&str]) -> String {
        sandbox.google().consent(email, scopes).unwrap()
    }
}

pub(crate) type Client = api::Client<Google>;

impl Client {
    /// Ada, with an empty primary calendar, in a world of her own.
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::empty(7);
        sandbox.google().add_person(ADA, "Ada");
        Self::of(sandbox, ADA, &[ALL]).await
    }

    pub(crate) fn levers(&self) -> GoogleLevers {
        self.sandbox.google()
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
    let (start, end) = an_hour(start, "Europe/Berlin");
    json!({ "summary": summary, "start": start, "end": end })
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
    /// Status, and the reason in Google's envelope.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let body = self.json();
        let reason = body["error"]["errors"][0]["reason"].as_str();
        (self.status.as_u16(), reason.unwrap_or_default().to_owned())
    }
}

pub(crate) async fn token(sandbox: &Sandbox, pairs: &[(&str, &str)]) -> Answer {
    api::token::<Google>(sandbox, pairs).await
}

pub(crate) async fn refreshed(sandbox: &Sandbox, refresh: &str) -> Answer {
    api::refreshed::<Google>(sandbox, refresh).await
}
