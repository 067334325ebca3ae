//! Real calls of real adapters to a far side that answers what it is told.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::{Router, routing::any};
use calendar::Horizon;
use connection::{
    Access, Bell, ChannelId, Credential, Cursor, Draft, ETag, FixedDice, Precondition,
    ProviderError, RemoteId, Result, Secret, SyncToken, Tokens,
};
use jiff::Timestamp;
use outbound::Client;
use url::Url;

use crate::table::Answer;

/// The time at both ends.
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";
/// Where whoever redirects there is shown a page to sign in at.
const LOGIN: &str = "login.hotel.example";
/// A site of somebody else, which asks for a password of its own.
const ANOTHER: &str = "another.example";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// How a client is set up, with the ranges that the operator opened.
pub(crate) fn settings(allow: &str) -> outbound::Settings {
    let mut settings = outbound::Settings::new("Daymark/test", Arc::new(now));
    settings.allow = allow.parse().unwrap();
    settings
}

/// A far side that answers everything alike.
pub(crate) fn answering(answer: Answer) -> Client {
    let router = Router::new().fallback(any(move |request: Request| {
        let host = request.headers().get("host").map(|host| host.to_str().unwrap().to_owned());
        let response = match host.as_deref() {
            Some(LOGIN) => page(200),
            Some(ANOTHER) => page(401),
            // Whoever has errors within a listing has them for what was listed, too.
            _ if answer.status == 207 && request.method() == "GET" => page(500),
            _ => response(&answer),
        };
        async move { response }
    }));
    Client::in_process(settings(""), router)
}

fn page(status: u16) -> Response {
    response(&Answer { status, headers: Vec::new(), body: "<html>Sign in</html>".into() })
}

fn response(answer: &Answer) -> Response {
    let mut response =
        Response::builder().status(answer.status).header("date", "Sun, 22 Nov 2026 12:00:00 GMT");
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body.clone())).unwrap()
}

/// A word of a provider in the form of its errors; any other body as it is.
pub(crate) fn in_words_of(place: &str, body: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if body.is_empty() || !body.chars().all(is_word) {
        return body.to_owned();
    }
    if let Some(number) = body.strip_prefix("AADSTS") {
        return format!(r#"{{"error":"in_words","error_codes":[{number}]}}"#);
    }
    match place.split_once(", ").unwrap() {
        (_, "sign-in") => format!(r#"{{"error":"{body}"}}"#),
        ("Google", _) => format!(r#"{{"error":{{"errors":[{{"reason":"{body}"}}]}}}}"#),
        ("Microsoft", _) => format!(r#"{{"error":{{"code":"{body}"}}}}"#),
        ("CalDAV", _) => format!(
            r#"<error xmlns="DAV:"><C:{body} xmlns:C="urn:ietf:params:xml:ns:caldav"/></error>"#
        ),
        _ => panic!("nobody at {place} speaks in words: {body}"),
    }
}

/// Where each far side is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Site {
    /// In place of the provider's own addresses.
    pub(crate) base: Option<Url>,
}

/// Everyone who is asked, once each.
pub(crate) const EVERYONE: [&str; 7] = [
    "Google, read",
    "Google, sign-in",
    "Microsoft, read",
    "Microsoft, sign-in",
    "CalDAV, list",
    "iCloud, list",
    "feed, read",
];

/// Asks who is named for what is named.
pub(crate) async fn ask(place: &str, client: &Client, site: &Site) -> Result<()> {
    let (who, what) = place.split_once(", ").unwrap_or_else(|| panic!("nobody is {place}"));
    match who {
        "Google" => google(what, client, site).await,
        "Microsoft" => microsoft(what, client, site).await,
        "CalDAV" => dav(what, &caldav::server(client.clone()), site).await,
        "iCloud" => dav(what, &caldav::icloud(client.clone(), site.base.clone()), site).await,
        "feed" => feed(what, client, site).await,
        _ => panic!("nobody is {who}"),
    }
}

fn unknown(what: &str) -> ! {
    panic!("nobody is asked to {what}")
}

fn own() -> RemoteId {
    RemoteId::new("own")
}

fn matches() -> Precondition {
    Precondition::Matches(ETag::new("\"1\""))
}

fn within() -> Horizon {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    Horizon::new(at("2026-11-01T00:00:00Z"), at("2027-11-01T00:00:00Z")).unwrap()
}

fn draft(id: &str) -> Draft {
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:a\r\n\
                DTSTAMP:20261101T000000Z\r\nDTSTART:20261203T090000Z\r\nDTEND:20261203T093000Z\r\n\
                SUMMARY:A\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    Draft { id: RemoteId::new(id), text: text.into() }
}

fn tokens() -> Tokens {
    Tokens {
        account: "account".into(),
        access: Secret::new("access"),
        expires_at: "2026-11-22T13:00:00Z".parse().unwrap(),
        refresh: Secret::new("refresh"),
        scopes: vec!["Calendars.ReadWrite".into()],
        ends_at: None,
    }
}

async fn google(what: &str, client: &Client, site: &Site) -> Result<()> {
    let settings = google::Settings {
        base: site.base.clone(),
        client_id: Some("client".into()),
        client_secret: Some(Secret::new("secret")),
    };
    let adapter = google::adapter(client.clone(), settings);
    let access = Access::new(Credential::Tokens(tokens()));
    let calendars = &adapter.calendars;
    let since = |from: Cursor| async move {
        let access = Access::new(Credential::Tokens(tokens()));
        calendars.changes(&access, &own(), &from, within()).await.map(drop)
    };
    match what {
        "read" => since(Cursor::Beginning).await,
        "changes" => since(Cursor::Settled(SyncToken::new("bookmark"))).await,
        "delete" => calendars.delete(&access, &own(), &RemoteId::new("a"), matches()).await,
        "insert" => {
            calendars.put(&access, &own(), &draft("a"), Precondition::Absent).await.map(drop)
        }
        "push" => {
            let bell = Bell {
                channel: ChannelId::new(now(), &FixedDice::new(1)),
                address: "https://daymark.example/hooks/google".into(),
                secret: Secret::new("secret"),
                is_only: true,
            };
            adapter.watch.open(&access, &own(), &bell, now()).await.map(drop)
        }
        "sign-in" => adapter.sign_in.unwrap().refresh(&tokens(), now()).await.map(drop),
        _ => unknown(what),
    }
}

async fn microsoft(what: &str, client: &Client, site: &Site) -> Result<()> {
    let settings = microsoft::Settings {
        base: site.base.clone(),
        tenant: None,
        client_id: Some("client".into()),
        client_secret: Some(Secret::new("secret")),
    };
    let adapter = microsoft::adapter(client.clone(), settings);
    let access = Access::new(Credential::Tokens(tokens()));
    let calendars = &adapter.calendars;
    let since = |from: Cursor| async move {
        let access = Access::new(Credential::Tokens(tokens()));
        calendars.changes(&access, &own(), &from, within()).await.map(drop)
    };
    match what {
        "read" => since(Cursor::Beginning).await,
        "changes" => {
            let place = "https://graph.microsoft.com/v1.0/me/calendars/own/calendarView/delta?t=1";
            let until = within().until.as_second();
            since(Cursor::Settled(SyncToken::new(format!("{until} {place}")))).await
        }
        "list" => calendars.calendars(&access).await.map(drop),
        "delete" => calendars.delete(&access, &own(), &RemoteId::new("a"), matches()).await,
        "insert" => {
            calendars.put(&access, &own(), &draft("a"), Precondition::Absent).await.map(drop)
        }
        "sign-in" => adapter.sign_in.unwrap().refresh(&tokens(), now()).await.map(drop),
        _ => unknown(what),
    }
}

async fn dav(what: &str, adapter: &caldav::Adapter, site: &Site) -> Result<()> {
    let base = site.base.clone().unwrap_or_else(|| "https://dav.example/".parse().unwrap());
    let base = base.join("home/").unwrap().to_string();
    let (username, password) = ("kim".to_owned(), Secret::new("password"));
    let access = Access::new(Credential::Password { base, username, password });
    let (calendars, rota) = (&adapter.calendars, RemoteId::new("/home/rota/"));
    match what {
        "list" => calendars.calendars(&access).await.map(drop),
        "changes" => {
            let from = Cursor::Settled(SyncToken::new("sync bookmark"));
            calendars.changes(&access, &rota, &from, within()).await.map(drop)
        }
        "write" => {
            let draft = draft("/home/rota/a.ics");
            calendars.put(&access, &rota, &draft, matches()).await.map(drop)
        }
        _ => unknown(what),
    }
}

async fn feed(what: &str, client: &Client, site: &Site) -> Result<()> {
    let base = site.base.clone().unwrap_or_else(|| "https://feeds.example/".parse().unwrap());
    let address = Secret::new(base.join("rota.ics").unwrap());
    let access = Access::new(Credential::Address { address });
    let adapter = caldav::feed(client.clone());
    match what {
        "read" => {
            let (own, from) = (own(), Cursor::Beginning);
            adapter.calendars.changes(&access, &own, &from, within()).await.map(drop)
        }
        _ => unknown(what),
    }
}

/// Says which of its promises a row breaks, if any.
pub(crate) fn broken_promise(
    (code, wait_s): (&str, Option<i64>),
    told: &Result<()>,
) -> Option<String> {
    let Err(failure) = told else { return Some("was taken for a success".into()) };
    if failure.code() != code {
        return Some(format!("became {failure:?}"));
    }
    let (Some(wait_s), ProviderError::Throttled { until }) = (wait_s, failure) else { return None };
    let seconds = until.duration_since(now()).as_secs();
    (seconds != wait_s).then(|| format!("waits {seconds} s"))
}
