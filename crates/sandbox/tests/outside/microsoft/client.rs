//! A small Graph client for tests: signs in, calls, reads JSON, follows the links of a round.

use jiff::civil::date;
use sandbox::{
    AccountKind, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MicrosoftLevers, MicrosoftManners,
    Ring, Sandbox,
};
use serde_json::{Value, json};

use crate::client::{Answer, request};
use crate::google::client::form;

pub(crate) const ADA: &str = "ada@contoso.example";
pub(crate) const LENA: &str = "lena.hoff@fabrikam.example";
pub(crate) const TESS: &str = "tess.moran@outlook.example";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:8080/oauth/callback";
pub(crate) const ALL: &[&str] =
    &["offline_access", "openid", "User.Read", "Calendars.ReadWrite", "MailboxSettings.Read"];
pub(crate) const WINDOW: &str =
    "startDateTime=2026-11-16T00:00:00Z&endDateTime=2026-11-30T00:00:00Z";
pub(crate) const IMMUTABLE: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");
const HOST: &str = "graph.example";

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
    /// Ada, with an empty calendar, in a world of her own.
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::empty(7);
        sandbox.microsoft().add_person(ADA, "Ada King", AccountKind::Work);
        Self::of(sandbox, ADA, ALL).await
    }

    pub(crate) async fn of(sandbox: Sandbox, email: &str, scopes: &[&str]) -> Self {
        let refresh = sandbox.microsoft().consent(email, scopes).unwrap();
        let token = refreshed(&sandbox, &refresh).await.json()["access_token"].clone();
        Self { sandbox, refresh, token: token.as_str().unwrap().to_owned() }
    }

    pub(crate) fn levers(&self) -> MicrosoftLevers {
        self.sandbox.microsoft()
    }

    pub(crate) fn change_manners(&self, change: impl FnOnce(&mut MicrosoftManners)) {
        let mut manners = self.levers().manners();
        change(&mut manners);
        self.levers().set_manners(manners);
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str()), ("host", HOST)];
        all.push(("content-type", "application/json"));
        all.extend(headers);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        request(&self.sandbox, method, &format!("/v1.0{path}"), &all, &body).await
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

    /// A new event of an hour in the default calendar; answers with it.
    pub(crate) async fn insert(&self, subject: &str, start: &str) -> Value {
        let answer = self.post("/me/events", hour(subject, start)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// A whole round from a path or a link: its rows, and the link of the next.
    pub(crate) async fn round(&self, from: &str, headers: &[(&str, &str)]) -> (Vec<Value>, String) {
        let (mut rows, mut next) = (Vec::new(), from.to_owned());
        for _ in 0..100 {
            let answer = self.send("GET", &plain(&next), headers, &Value::Null).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let page = answer.json();
            rows.extend(page["value"].as_array().unwrap().clone());
            if let Some(link) = page["@odata.deltaLink"].as_str() {
                return (rows, link.to_owned());
            }
            page["@odata.nextLink"].as_str().unwrap().clone_into(&mut next);
        }
        panic!("the round has no end");
    }

    /// The id of a calendar by its name.
    pub(crate) fn calendar(&self, email: &str, name: &str) -> String {
        let all = self.levers().calendars(email).unwrap();
        all.into_iter().find(|it| it.name == name).unwrap().id
    }

    pub(crate) fn rings(&self) -> Vec<Ring> {
        std::iter::from_fn(|| self.sandbox.take_ring()).collect()
    }
}

/// A link as a path below the version.
pub(crate) fn plain(link: &str) -> String {
    link.strip_prefix(&format!("http://{HOST}/v1.0")).unwrap_or(link).to_owned()
}

pub(crate) fn at(moment: jiff::civil::DateTime) -> Value {
    json!({ "dateTime": moment, "timeZone": "W. Europe Standard Time" })
}

pub(crate) fn hour(subject: &str, start: &str) -> Value {
    let start: jiff::civil::DateTime = start.parse().unwrap();
    let end = start.checked_add(jiff::ToSpan::hours(1)).unwrap();
    json!({ "subject": subject, "start": at(start), "end": at(end) })
}

/// A series of Mondays, of an hour.
pub(crate) fn mondays(subject: &str, start: &str) -> Value {
    let mut event = hour(subject, start);
    event["recurrence"] = json!({
        "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["monday"] },
        "range": { "type": "noEnd", "startDate": start[..10] },
    });
    event
}

/// One member of each row, in order of their starts.
pub(crate) fn all(rows: &[Value], member: &str) -> Vec<String> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row["start"]["dateTime"].as_str().unwrap_or_default().to_owned());
    rows.iter().map(|row| row[member].as_str().unwrap_or("-").to_owned()).collect()
}

pub(crate) fn id(event: &Value) -> &str {
    event["id"].as_str().unwrap()
}

impl Answer {
    /// Status, and the code in Graph's envelope.
    pub(crate) fn code(&self) -> (u16, String) {
        let body = self.json();
        let code = body["error"]["code"].as_str().unwrap_or_default();
        (self.status.as_u16(), code.to_owned())
    }
}

pub(crate) async fn token(sandbox: &Sandbox, pairs: &[(&str, &str)]) -> Answer {
    let (id, secret) = (MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET);
    let client = [("client_id", id), ("client_secret", secret)];
    let all: Vec<(&str, &str)> = client.into_iter().chain(pairs.iter().copied()).collect();
    form(sandbox, "/common/oauth2/v2.0/token", &all).await
}

pub(crate) async fn refreshed(sandbox: &Sandbox, refresh: &str) -> Answer {
    token(sandbox, &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await
}
