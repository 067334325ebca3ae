//! A house for tests of the pages: two people of two accounts, and a browser without a script.

pub(crate) mod at_google;
pub(crate) mod at_microsoft;
mod open_id;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use connection::{AccountId, Catalogue, Clock, Conference, Field, ManualClock, Secret, UserId};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use sandbox::{Sandbox, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET};
use store::people::{self, CalendarSettings, Role, User};
use sync::Context;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::google;
use crate::ground::{self, Ground, base, doors, field, row};
pub(crate) use crate::ground::{APP_PASSWORD, PERSON};

/// Who uses the house, and how they sign in.
pub(crate) const EMAIL: &str = "dana@northwind.example";
pub(crate) const PASSWORD: &str = "four words in a row";
/// By which Zoom signs its notices.
pub(crate) const ZOOM_SECRET_TOKEN: &str = "a-token-of-zoom";
/// The list of connections.
pub(crate) const LIST: &str = "/calendars/settings/connections";

/// Everything that a test touches.
pub(crate) struct House {
    pub(crate) ctx: Context,
    pub(crate) sandbox: Sandbox,
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    pub(crate) tasks: TaskTracker,
    clock: Arc<ManualClock>,
    router: Router,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Answer {
    /// Fails unless the status is that.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.html);
        self
    }

    /// Fails unless the page says all of it.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.html.contains(text), "“{text}” is missing:\n{}", self.html);
        }
        self
    }

    /// Fails if the page says any of it.
    #[track_caller]
    pub(crate) fn hides(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(!self.html.contains(text), "“{text}” is there:\n{}", self.html);
        }
        self
    }

    /// Where it sends the browser.
    #[track_caller]
    pub(crate) fn to(&self) -> String {
        let to = self.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        to.unwrap_or_else(|| panic!("{} goes nowhere:\n{}", self.status, self.html)).to_owned()
    }
}

/// A browser of one person: keeps cookies, follows nothing by itself.
#[derive(Clone)]
pub(crate) struct Browser<'h> {
    house: &'h House,
    cookies: Vec<(String, String)>,
    /// Where it stands, and whom it names as the one it asks for.
    pub(crate) from: Option<IpAddr>,
    pub(crate) forwarded: Option<&'static str>,
}

impl House {
    /// One account with one user, who has connected nothing.
    pub(crate) async fn new() -> Self {
        Self::called("http://127.0.0.1:8080/").await
    }

    /// The same, at that address.
    pub(crate) async fn called(address: &str) -> Self {
        Self::of(address, catalogue).await
    }

    /// The same, with what can be connected in it.
    async fn of(address: &str, catalogue: impl FnOnce(&outbound::Client) -> Catalogue) -> Self {
        let Ground { ctx, sandbox, clock } = Ground::new(catalogue).await;
        let account = Ground::account(&ctx, "Northwind").await;
        let user = move_in(&ctx, &account, (EMAIL, Some(PASSWORD))).await;
        let ours = Arc::clone(&clock);
        let now: outbound::Now = Arc::new(move || ours.now());
        let open_id = Arc::new(open_id::Northwind::new(&ctx.outward, now));
        let (router, _, tasks) = doors(&ctx, address, Some(open_id));
        Self { ctx, sandbox, account, user, tasks, clock, router }
    }

    /// The same, with the sandbox's person connected and read, signed in: the connection's page.
    pub(crate) async fn connected(&self) -> (Browser<'_>, String) {
        let mut dana = self.dana().await;
        let attempt = dana.connect(APP_PASSWORD).await;
        let to = dana.get(&attempt).await.expect(303).to();
        self.run().await;
        (dana, to.strip_suffix("/calendars").unwrap().to_owned())
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { house: self, cookies: Vec::new(), from: None, forwarded: None }
    }

    /// A browser in which the user is signed in.
    pub(crate) async fn dana(&self) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_in(EMAIL, PASSWORD).await.expect(303);
        browser
    }

    /// Somebody of another account, signed in.
    pub(crate) async fn stranger(&self) -> Browser<'_> {
        let account = Ground::account(&self.ctx, "Southwind").await;
        self.colleague_of(&account, "sam@southwind.example").await
    }

    /// Somebody of an account, signed in.
    pub(crate) async fn colleague_of(&self, account: &AccountId, email: &str) -> Browser<'_> {
        move_in(&self.ctx, account, (email, Some(PASSWORD))).await;
        let mut browser = self.browser();
        browser.sign_in(email, PASSWORD).await.expect(303);
        browser
    }

    /// Serves on as a house whose operator has entered nothing about any provider.
    pub(crate) fn forget_set_ups(&mut self) {
        let rows = self.ctx.catalogue.rows().to_vec();
        self.ctx.catalogue = Arc::new(Catalogue::new(rows));
        (self.router, _, self.tasks) = doors(&self.ctx, "http://127.0.0.1:8080/", None);
    }

    /// Does all jobs that are due now.
    pub(crate) async fn run(&self) {
        ground::run(&self.ctx).await;
    }

    /// Moves the clock.
    pub(crate) fn later(&self, seconds: i64) {
        ground::later(&self.clock, seconds);
    }

    /// Puts an event into the sandbox's calendar.
    pub(crate) fn put(&self, uid: &str, lines: &str) {
        ground::put(&self.sandbox, uid, lines);
    }

    /// Every route that the pages and webhooks have, as the router itself tells it: methods, path.
    pub(crate) fn routes(&self) -> Vec<(Vec<String>, String)> {
        let told = format!("{:?}", self.router);
        let told = told.split("fallback_router:").next().unwrap();
        let (routes, paths) = told.split_once("node: Node").unwrap();
        let numbered = |text: &str| -> Vec<(String, String)> {
            let parts = text.split("RouteId(").skip(1);
            parts.filter_map(|part| part.split_once("): ")).map(owned).collect()
        };
        let methods: std::collections::HashMap<_, _> = numbered(routes).into_iter().collect();
        let all = numbered(paths).into_iter().map(|(number, path)| {
            let path = path.split('"').nth(1).unwrap().to_owned();
            let allowed = methods[&number].split("allow_header: Bytes(b\"").nth(1);
            let allowed = allowed.and_then(|rest| rest.split('"').next()).unwrap_or("ANY");
            (allowed.split(',').map(str::to_owned).collect(), path)
        });
        all.collect()
    }

    /// Sends a request as it is, and reads the whole answer.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let html = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, html }
    }

    /// Sends a request and leaves the answer open.
    pub(crate) async fn open(&self, request: Request<Body>) -> http::Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }
}

impl Browser<'_> {
    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("email", email), ("password", password)]).await
    }

    /// Sends the form of iCloud and waits for the end of the examination: the attempt's address.
    pub(crate) async fn connect(&mut self, password: &str) -> String {
        let typed = [("username", PERSON), ("password", password)];
        let attempt = self.post(&format!("{LIST}/add/icloud"), &typed).await.expect(303).to();
        self.wait().await;
        attempt
    }

    /// Waits for what the pages began.
    pub(crate) async fn wait(&self) {
        let tasks = &self.house.tasks;
        while tasks.len() > 1 {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        self.exchange(request).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.post_raw(path, "application/x-www-form-urlencoded", body.finish().into_bytes()).await
    }

    pub(crate) async fn post_raw(&mut self, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, kind);
        self.exchange(request.body(Body::from(body)).unwrap()).await
    }

    /// A request with the cookies of this browser.
    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let cookies: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "daymark.test")
            .header("origin", "http://daymark.test")
            .header(COOKIE, cookies.join("; "));
        if let Some(from) = self.from {
            request = request.extension(ConnectInfo(SocketAddr::from((from, 443))));
        }
        if let Some(forwarded) = self.forwarded {
            request = request.header("x-forwarded-for", forwarded);
        }
        request
    }

    async fn exchange(&mut self, request: Request<Body>) -> Answer {
        let answer = self.house.send(request).await;
        for line in answer.headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }
}

fn owned((number, rest): (&str, &str)) -> (String, String) {
    (number.to_owned(), rest.to_owned())
}

/// A user of an account, with a password or without; an administrator unless called “member”.
pub(crate) async fn move_in(
    ctx: &Context,
    account: &AccountId,
    (email, password): (&str, Option<&str>),
) -> UserId {
    let now = ctx.clock.now();
    let is_member = email.starts_with("member");
    let user = User {
        id: UserId::new(now, ctx.dice.as_ref()),
        account: account.clone(),
        name: "Dana Reyes".into(),
        email: email.into(),
        role: if is_member { Role::Member } else { Role::Admin },
        time_zone: "Europe/Athens".into(),
        has_password: false,
        settings: CalendarSettings::default(),
        created_at: now,
    };
    let hash = match password {
        Some(password) => Some(web::hash_password(password).await.unwrap()),
        None => None,
    };
    let mut tx = ctx.db.begin().await.unwrap();
    people::insert_user(&mut tx, &user).await.unwrap();
    people::confirm_email(&mut tx, &user.id).await.unwrap();
    if let Some(hash) = hash {
        people::set_password(&mut tx, &user.id, &hash).await.unwrap();
    }
    tx.commit().await.unwrap();
    user.id
}

const TIP: &str = "What is meant.";
static ICLOUD: [Field; 2] = [field("username", TIP, false), field("password", TIP, false)];
static FEED: [Field; 2] = [field("address", TIP, true), field("file", TIP, true)];

/// The real adapters, in front of the sandbox.
fn catalogue(client: &outbound::Client) -> Catalogue {
    let google = google::google(client);
    let zoom = zoom::adapter(
        client.clone(),
        zoom::Settings {
            base: Some(base()),
            client_id: Some(ZOOM_CLIENT_ID.into()),
            client_secret: Some(Secret::new(ZOOM_CLIENT_SECRET)),
            secret_token: Some(Secret::new(ZOOM_SECRET_TOKEN)),
        },
    );
    let set_ups = at_google::set_ups(&google, zoom);
    Catalogue::new(vec![
        row(("icloud", "iCloud"), caldav::icloud(client.clone(), Some(base())), &ICLOUD),
        row(("feed", "Calendar feed"), caldav::feed(client.clone()), &FEED),
        google,
        google::unset("outlook", Conference::Teams),
    ])
    .with_set_ups(set_ups)
}
