//! A small Graph client for tests, which follows the links of a round.

use sandbox::{
    AccountKind, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MicrosoftLevers, MicrosoftManners,
    Sandbox,
};
use serde_json::{Value, json};

use crate::api::{self, Api, an_hour};
pub(crate) use crate::api::{form, seeded};
use crate::client::Answer;

pub(crate) const ADA: &str = "ada@contoso.example";
pub(crate) const LENA: &str = "lena.hoff@fabrikam.example";
pub(crate) const TESS: &str = "tess.moran@outlook.example";
pub(crate) const ALL: &[&str] =
    &["offline_access", "openid", "User.Read", "Calendars.ReadWrite", "MailboxSettings.Read"];
pub(crate) const WINDOW: &str =
    "startDateTime=2026-11-16T00:00:00Z&endDateTime=2026-11-30T00:00:00Z";
pub(crate) const IMMUTABLE: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");

pub(crate) struct Microsoft;

impl Api for Microsoft {
    const HOST: &str = "graph.example";
    const ROOT: &str = "/v1.0";
    const CONTROL: &str = "microsoft";
    const TOKEN: &str = "/common/oauth2/v2.0/token";
    const CLIENT: (&str, &str) = (MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET);

    fn consent(sandbox: &Sandbox, email: &str, scopes: &[&str]) -> String {
        sandbox.microsoft().consent(email, scopes).unwrap()
    }
}

pub(crate) type Client = api::Client<Microsoft>;

impl Client {
    /// Ada, with an empty calendar, in a world of her own.
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::empty(7);
        sandbox.microsoft().add_person(ADA, "Ada King", AccountKind::Work);
        Self::of(sandbox, ADA, ALL).await
    }

    pub(crate) fn levers(&self) -> MicrosoftLevers {
        self.sandbox.microsoft()
    }

    pub(crate) fn change_manners(&self, change: impl FnOnce(&mut MicrosoftManners)) {
        let mut manners = self.levers().manners();
        change(&mut manners);
        self.levers().set_manners(manners);
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
}

/// A link as a path below the version.
pub(crate) fn plain(link: &str) -> String {
    link.strip_prefix(&format!("http://{}{}", Microsoft::HOST, Microsoft::ROOT))
        .unwrap_or(link)
        .to_owned()
}

pub(crate) fn hour(subject: &str, start: &str) -> Value {
    let (start, end) = an_hour(start, "W. Europe Standard Time");
    json!({ "subject": subject, "start": start, "end": end })
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
    api::token::<Microsoft>(sandbox, pairs).await
}

pub(crate) async fn refreshed(sandbox: &Sandbox, refresh: &str) -> Answer {
    api::refreshed::<Microsoft>(sandbox, refresh).await
}
