//! A far side in this process that answers what a test says, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::{Router, routing::any};
use calendar::Horizon;
use connection::{
    Access, Calendars, Check, Credential, Cursor, Page, ProviderError, RemoteId, Secret, Tokens,
    Witness,
};
use jiff::Timestamp;
use microsoft::{Adapter, Settings};
use outbound::Client;
use serde_json::Value;

pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";
pub(crate) const GRAPH: &str = "https://graph.microsoft.com/v1.0";

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) path: String,
    /// Decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) prefer: String,
    pub(crate) if_match: Option<String>,
    pub(crate) bearer: String,
    pub(crate) text: String,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// A field of the query, or of the form.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(self.text.as_bytes()).into_owned().collect();
        let all = self.query.iter().chain(&form);
        all.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    /// `GET /me`
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What is answered.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

pub(crate) fn reply(status: u16, body: &Value) -> Reply {
    Reply { status, headers: Vec::new(), body: body.to_string() }
}

pub(crate) fn ok(body: &Value) -> Reply {
    reply(200, body)
}

pub(crate) fn fails(status: u16, code: &str) -> Reply {
    reply(status, &serde_json::json!({"error": {"code": code, "message": "in words"}}))
}

impl Reply {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn raw(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }
    }
}

/// A far side.
#[derive(Clone)]
pub(crate) struct Far {
    asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) adapter: Adapter,
}

impl Far {
    pub(crate) fn new(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::of(Settings::default(), answer)
    }

    pub(crate) fn of(
        settings: Settings,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        let router = Router::new().fallback(any(move |request: Request| {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            async move {
                let asked = read(request).await;
                let reply = answer(&asked);
                log.lock().unwrap().push(asked);
                written(reply)
            }
        }));
        let now: Timestamp = NOW.parse().unwrap();
        let outbound = outbound::Settings::new("Daymark/test", Arc::new(move || now));
        let client = Client::in_process(outbound, router);
        let settings = Settings {
            client_id: Some("client-1".into()),
            client_secret: Some(Secret::new("secret-1")),
            ..settings
        };
        Self { asked, adapter: microsoft::adapter(client, settings) }
    }

    pub(crate) fn calendars(&self) -> &dyn Calendars {
        &*self.adapter.calendars
    }

    /// What was asked until now.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// One page of changes of the calendar `cal`.
    pub(crate) async fn page(&self, from: &Cursor) -> Result<Page, ProviderError> {
        self.calendars().changes(&access(), &RemoteId::new("cal"), from, within()).await
    }

    /// All pages from there.
    pub(crate) async fn pages(&self, from: Cursor) -> Result<Vec<Page>, ProviderError> {
        let (mut pages, mut from) = (Vec::new(), from);
        loop {
            let page = self.page(&from).await?;
            from = page.next.clone();
            pages.push(page);
            if matches!(from, Cursor::Settled(_)) {
                return Ok(pages);
            }
        }
    }
}

async fn read(request: Request) -> Asked {
    let (head, body) = request.into_parts();
    let header = |name: &str| {
        head.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Asked {
        method: head.method.to_string(),
        host: header("host"),
        path: head.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query).into_owned().collect(),
        prefer: header("prefer"),
        if_match: Some(header("if-match")).filter(|tag| !tag.is_empty()),
        bearer: header("authorization"),
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

fn written(reply: Reply) -> Response {
    let mut response = Response::builder()
        .status(reply.status)
        .header("content-type", "application/json")
        .header("date", "Sun, 22 Nov 2026 12:00:03 GMT");
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap()
}

pub(crate) fn tokens() -> Tokens {
    Tokens {
        account: "microsoft:t-1:o-1".into(),
        access: Secret::new("access-1"),
        expires_at: "2026-11-22T13:00:00Z".parse().unwrap(),
        refresh: Secret::new("refresh-1"),
        scopes: vec!["Calendars.ReadWrite".into(), "User.Read".into()],
        ends_at: None,
    }
}

pub(crate) fn access() -> Access {
    Access::new(Credential::Tokens(tokens()))
}

pub(crate) fn within() -> Horizon {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    Horizon::new(at("2026-11-01T00:00:00Z"), at("2027-11-01T00:00:00Z")).unwrap()
}

/// Remembers what an examination told.
#[derive(Default)]
pub(crate) struct Told(Mutex<Vec<Check>>);

impl Told {
    pub(crate) fn checks(&self) -> Vec<Check> {
        self.0.lock().unwrap().clone()
    }
}

impl Witness for Told {
    fn saw(&self, check: Check) {
        self.0.lock().unwrap().push(check);
    }
}
