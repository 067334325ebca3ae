//! A house for tests of the API: two accounts, and requests with the key of one.

pub(crate) mod at_google;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use connection::{AccountId, Catalogue, Clock, Conference, Field, ManualClock, UserId};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use sandbox::Sandbox;
use serde_json::Value;
use store::people::{self, CalendarSettings, Role, User};
use sync::Context;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::google;
use crate::ground::{self, Ground, base, doors, field, row};
pub(crate) use crate::ground::{APP_PASSWORD as PASSWORD, PERSON};

/// Everything that a test touches.
pub(crate) struct House {
    pub(crate) ctx: Context,
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) stop: CancellationToken,
    pub(crate) account: AccountId,
    pub(crate) user: String,
    /// A key of the account.
    pub(crate) key: String,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The stable code of a refusal.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The id of what was answered.
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }

    /// Fails unless the status is that.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }
}

impl House {
    /// One account with one user, who has connected nothing.
    pub(crate) async fn new() -> Self {
        let Ground { ctx, sandbox, clock } = Ground::new(catalogue).await;
        let (account, user) = move_in(&ctx, "Northwind", "dana@northwind.example").await;
        let key = door::keys::api_key(&ctx, &account, "test").await.unwrap();
        let (router, stop, _) = doors(&ctx, "http://127.0.0.1:8080/", None);
        Self { ctx, sandbox, clock, stop, account, user: user.to_string(), key, router }
    }

    /// The same, with the sandbox's person connected and read.
    pub(crate) async fn connected() -> (Self, String) {
        let house = Self::new().await;
        let id = house.connect().await;
        house.run().await;
        (house, id)
    }

    /// Another account with a user of its own: its user and a key.
    pub(crate) async fn stranger(&self) -> (String, String) {
        let (account, user) = move_in(&self.ctx, "Southwind", "sam@southwind.example").await;
        let key = door::keys::api_key(&self.ctx, &account, "test").await.unwrap();
        (user.to_string(), key)
    }

    /// The same house, entered with another key.
    pub(crate) fn with_key(self, key: String) -> Self {
        Self { key, ..self }
    }

    /// Connects the sandbox's person, as iCloud.
    pub(crate) async fn connect(&self) -> String {
        self.post("/connections", &self.sign_in(PASSWORD)).await.expect(201).id()
    }

    /// What connecting the sandbox's person takes.
    pub(crate) fn sign_in(&self, password: &str) -> Value {
        serde_json::json!({
            "integration": "icloud", "user": self.user, "username": PERSON, "password": password,
        })
    }

    /// Puts an event into the sandbox's calendar.
    pub(crate) fn put(&self, uid: &str, lines: &str) {
        ground::put(&self.sandbox, uid, lines);
    }

    /// Does all jobs that are due now.
    pub(crate) async fn run(&self) {
        ground::run(&self.ctx).await;
    }

    /// Moves the clock.
    pub(crate) fn later(&self, seconds: i64) {
        ground::later(&self.clock, seconds);
    }

    /// The present instant, as the API writes it.
    pub(crate) fn clock_text(&self) -> String {
        self.clock.now().to_string()
    }

    /// The calendar of that name, as the API shows it.
    pub(crate) async fn calendar(&self, name: &str) -> Value {
        let connections = self.get("/connections").await.expect(200);
        let calendars = connections.body["items"][0]["calendars"].as_array().unwrap().clone();
        calendars.into_iter().find(|calendar| calendar["name"] == name).expect("the calendar")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, None)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path, Some(body))).await
    }

    pub(crate) async fn put_json(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path, Some(body))).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path, Some(body))).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path, None)).await
    }

    /// A request with the account's key.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Request<Body> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {}", self.key));
        match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()))
                .unwrap(),
            None => request.body(Body::empty()).unwrap(),
        }
    }

    /// Sends a request and reads the whole answer. What is no JSON is a text.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request and leaves the answer open.
    pub(crate) async fn open(&self, request: Request<Body>) -> http::Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }
}

async fn move_in(ctx: &Context, name: &str, email: &str) -> (AccountId, UserId) {
    let (now, dice) = (ctx.clock.now(), ctx.dice.as_ref());
    let account = Ground::account(ctx, name).await;
    let user = User {
        id: UserId::new(now, dice),
        account: account.clone(),
        name: "Somebody".into(),
        email: email.into(),
        role: Role::Admin,
        time_zone: "Europe/Athens".into(),
        has_password: false,
        settings: CalendarSettings::default(),
        created_at: now,
    };
    let mut tx = ctx.db.begin().await.unwrap();
    people::insert_user(&mut tx, &user).await.unwrap();
    tx.commit().await.unwrap();
    (account, user.id)
}

static ICLOUD: [Field; 2] = [field("username", "", false), field("password", "", false)];
static CALDAV: [Field; 3] =
    [field("address", "", false), field("username", "", false), field("password", "", false)];
static FEED: [Field; 2] = [field("address", "", true), field("file", "", true)];

/// The real adapters, in front of the sandbox.
fn catalogue(client: &outbound::Client) -> Catalogue {
    Catalogue::new(vec![
        row(("icloud", "Test"), caldav::icloud(client.clone(), Some(base())), &ICLOUD),
        row(("caldav", "Test"), caldav::server(client.clone()), &CALDAV),
        row(("feed", "Test"), caldav::feed(client.clone()), &FEED),
        google::google(client),
        google::unset("outlook", Conference::Teams),
    ])
}
