//! A house for tests: two accounts, the sandbox, a clock that is moved by hand, and jobs that run
//! when they are told to.

pub(crate) mod at_google;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use connection::{
    AccountId, Catalogue, Clock, Conference, Dice, Field, FixedDice, Integration, IntegrationKind,
    Level, ManualClock, SignIn, UserId,
};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use sandbox::{Access, CalendarKind, Sandbox};
use serde_json::Value;
use store::people::{self, Account, CalendarSettings, Role, User};
use store::{Db, Keyring, Location};
use sync::Context;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::google;

/// A person of the sandbox.
pub(crate) const PERSON: &str = "dana@icloud.example";
/// Their app-specific password.
pub(crate) const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

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
        let clock = Arc::new(ManualClock::new("2026-11-22T12:00:00Z".parse().unwrap()));
        let (ours, theirs) = (Arc::clone(&clock), Arc::clone(&clock));
        let sandbox = Sandbox::empty(7).with_clock(sandbox::Clock::new(move || theirs.now()));
        sandbox.add_person(PERSON, PASSWORD);
        sandbox.add_calendar(PERSON, "Home", CalendarKind::Events, Access::Owner).unwrap();
        sandbox.add_calendar(PERSON, "School", CalendarKind::Events, Access::Read).unwrap();
        google::people(&sandbox);
        let settings = outbound::Settings::new("Daymark/test", Arc::new(move || ours.now()));
        let client = outbound::Client::in_process(settings, sandbox.router());
        let db = Db::open(&Location::Memory, Keyring::single([7; 32])).await.unwrap();
        let dice: Arc<dyn Dice> = Arc::new(FixedDice::new(7));
        let catalogue = Arc::new(catalogue(&client));
        let ctx = Context {
            db,
            clock: clock.clone(),
            dice,
            catalogue,
            outward: client,
            public_url: Some("http://127.0.0.1:8080".into()),
            post: None,
            tasks: TaskTracker::new(),
        };
        let (account, user) = move_in(&ctx, "Northwind", "dana@northwind.example").await;
        let key = door::keys::api_key(&ctx, &account, "test").await.unwrap();
        let stop = CancellationToken::new();
        let web = web::Web {
            ctx: ctx.clone(),
            tasks: TaskTracker::new(),
            stop: stop.clone(),
            streams: web::Streams::default(),
            settings: Arc::new(web::Settings {
                address: "http://127.0.0.1:8080/".parse().unwrap(),
                secure_cookies: false,
                version: "0.0.0",
                trusted_proxies: web::Proxies::new(|address| address.is_loopback()),
                open_id: None,
                demo_note: None,
            }),
        };
        let programs = api::House {
            ctx: ctx.clone(),
            tasks: web.tasks.clone(),
            stop: web.stop.clone(),
            address: web.settings.address.clone(),
            version: "0.0.0",
        };
        let router = api::router(programs).merge(web::router(web));
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
        let lines = lines.replace('\n', "\r\n");
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
             DTSTAMP:20261101T000000Z\r\nSUMMARY:{uid}\r\n{lines}\r\nEND:VEVENT\r\n\
             END:VCALENDAR\r\n"
        );
        self.sandbox.put_event(PERSON, "home", &format!("{uid}.ics"), &text).unwrap();
    }

    /// Does all jobs that are due now.
    pub(crate) async fn run(&self) {
        sync::run_due(&self.ctx, &sync::handlers()).await.unwrap();
    }

    /// Moves the clock.
    pub(crate) fn later(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
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
    let account = Account {
        id: AccountId::new(now, dice),
        name: name.into(),
        time_zone: "Europe/Athens".into(),
        created_at: now,
    };
    let user = User {
        id: UserId::new(now, dice),
        account: account.id.clone(),
        name: "Somebody".into(),
        email: email.into(),
        role: Role::Admin,
        time_zone: "Europe/Athens".into(),
        has_password: false,
        settings: CalendarSettings::default(),
        created_at: now,
    };
    let mut tx = ctx.db.begin().await.unwrap();
    people::insert_account(&mut tx, &account).await.unwrap();
    people::insert_user(&mut tx, &user).await.unwrap();
    tx.commit().await.unwrap();
    (account.id, user.id)
}

const fn field(name: &'static str, optional: bool) -> Field {
    let (label, tip, hint, example) = (name, "", "", "");
    Field { name, label, tip, hint, example, pattern: "", pattern_say: "", optional }
}

static ICLOUD: [Field; 2] = [field("username", false), field("password", false)];
static CALDAV: [Field; 3] =
    [field("address", false), field("username", false), field("password", false)];
static FEED: [Field; 2] = [field("address", true), field("file", true)];

/// The real adapters, in front of the sandbox.
fn catalogue(client: &outbound::Client) -> Catalogue {
    let base = Some("http://sandbox.test/".parse().unwrap());
    Catalogue::new(vec![
        row("icloud", caldav::icloud(client.clone(), base), &ICLOUD),
        row("caldav", caldav::server(client.clone()), &CALDAV),
        row("feed", caldav::feed(client.clone()), &FEED),
        google::google(client),
        google::unset("outlook", Conference::Teams),
    ])
}

fn row(kind: &str, adapter: caldav::Adapter, fields: &'static [Field]) -> Integration {
    Integration {
        kind: IntegrationKind::new(kind),
        name: "Test",
        tagline: "",
        about: "",
        mark: "T",
        color: "#000000",
        level: Level::User,
        sign_in: SignIn::Password { adapter: adapter.sign_in, fields },
        calendars: Some(adapter.calendars),
        free_busy: None,
        watch: None,
        conference: None,
        poll_every_s: 300,
        mend: "The password was refused: make a new one.",
        withdraw: "",
    }
}
