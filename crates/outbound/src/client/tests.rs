//! Calls handed to a router in this process: redirects, pace, limits.

use std::convert::Infallible;
use std::io::Write;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{any, get};
use http::{Method, header};
use jiff::SignedDuration;
use secrecy::SecretString;

use super::*;
use crate::error::ForbiddenWhy;
use crate::request::Limits;

const NOW: &str = "2026-11-22T12:00:00Z";

fn settings() -> Settings {
    let now: Timestamp = NOW.parse().unwrap();
    Settings::new("Daymark/test", Arc::new(move || now))
}

fn client(router: Router) -> Client {
    Client::in_process(settings(), router)
}

fn ask(url: &str) -> Request {
    Request::new(Method::GET, url.parse().unwrap())
}

fn signed_in(url: &str) -> Request {
    ask(url).basic(Basic { username: "ann".into(), password: SecretString::from("s:ecret") })
}

async fn kind(client: &Client, request: Request) -> ErrorKind {
    client.send(request).await.unwrap_err().kind
}

#[tokio::test]
async fn an_answer_comes_whole_with_its_clock() {
    let headers = [(header::DATE, "Sun, 22 Nov 2026 12:05:00 GMT")];
    let router = Router::new().route("/a", get(move || async move { (headers, "hello") }));
    let response = client(router).send(ask("https://example.com/a")).await.unwrap();
    assert_eq!(response.body, "hello");
    assert_eq!(response.date.unwrap().to_string(), "2026-11-22T12:05:00Z");
    assert_eq!(format!("{response:?}"), "Response(200 OK from https://example.com, 5 bytes)");
}

/// Tells what a request looked like when it arrived.
async fn mirror(method: Method, uri: http::Uri, headers: HeaderMap, body: String) -> String {
    let header = |name| headers.get(name).map_or("-", |value| value.to_str().unwrap());
    format!("{method} {} {} {} {body}", header(HOST), uri.path(), header(AUTHORIZATION))
}

#[tokio::test]
async fn a_redirect_keeps_method_and_body_and_within_the_site_the_password() {
    for status in [301, 302, 303, 307, 308] {
        let onward = any(move || async move {
            (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, "//dav.example.com/x")])
        });
        let router = Router::new().route("/", onward).route("/x", any(mirror));
        let request = Request { method: Method::PUT, ..signed_in("https://example.com/") };
        let response = client(router).send(request.body("text")).await.unwrap();
        assert_eq!(response.body, "PUT dav.example.com /x Basic YW5uOnM6ZWNyZXQ= text");
        assert_eq!(response.url.as_str(), "https://dav.example.com/x");
        assert!(!response.password_withheld);
    }
}

#[tokio::test]
async fn a_redirect_to_another_site_does_not_get_the_password() {
    let to = |place: &'static str| {
        let onward = any(move || async move { Redirect::temporary(place) });
        client(Router::new().route("/", onward).route("/x", any(mirror)))
    };
    let response = to("https://evil.net/x").send(signed_in("https://example.com/")).await.unwrap();
    assert_eq!(response.body, "GET evil.net /x - ");
    assert!(response.password_withheld);
    let named = to("https://eve:pass@example.com/x").send(ask("https://example.com/")).await;
    assert_eq!(named.unwrap().body, "GET example.com /x - ", "a redirect signs nobody in");
    let alias = signed_in("https://example.com/").aliases(&["example.net"]);
    let response = to("https://p4.example.net/x").send(alias).await.unwrap();
    assert!(!response.password_withheld);
    let unsafe_way = kind(&to("http://example.com/x"), signed_in("https://example.com/")).await;
    assert_eq!(unsafe_way, ErrorKind::Insecure);
}

#[tokio::test]
async fn museum_extra_a_redirect_does_not_lead_into_the_private_network() {
    for place in ["http://169.254.169.254/latest", "http://[::1]/", "https://0x7f.1/", "ftp://x/"] {
        let onward = any(move || async move { Redirect::temporary(place) });
        let client = client(Router::new().route("/", onward));
        let refused = kind(&client, ask("https://example.com/")).await;
        assert!(matches!(refused, ErrorKind::Forbidden(_)), "{place}");
    }
}

#[tokio::test]
async fn redirects_end() {
    let router = Router::new().fallback(any(|| async { Redirect::temporary("/again") }));
    let endless = kind(&client(router), ask("https://example.com/")).await;
    assert_eq!(endless, ErrorKind::TooManyRedirects);
}

#[tokio::test]
async fn a_host_that_asks_to_wait_is_not_asked_before() {
    let minutes = Arc::new(Mutex::new(0));
    let elapsed = Arc::clone(&minutes);
    let start: Timestamp = NOW.parse().unwrap();
    let now = move || start + SignedDuration::from_mins(*elapsed.lock().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let router = Router::new().fallback(any(move || async move {
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "120")]).into_response(),
            _ => StatusCode::OK.into_response(),
        }
    }));
    let client = Client::in_process(Settings::new("Daymark/test", Arc::new(now)), router);
    let first = client.send(ask("https://example.com/a")).await.unwrap();
    let until: Timestamp = "2026-11-22T12:02:00Z".parse().unwrap();
    assert_eq!((first.status.as_u16(), first.retry_after), (429, Some(until)));
    let second = kind(&client, ask("https://example.com/b")).await;
    assert_eq!(second, ErrorKind::Throttled { until });
    assert_eq!(client.send(ask("https://other.com/")).await.unwrap().status, StatusCode::OK);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    *minutes.lock().unwrap() = 3;
    assert_eq!(client.send(ask("https://example.com/")).await.unwrap().status, StatusCode::OK);
}

/// A server that has had enough of one bad password holds up nobody else.
#[tokio::test]
async fn museum_02_who_is_asked_to_wait_waits_alone() {
    let is_asked = |headers: &HeaderMap, who: &str| {
        let theirs = format!("Basic {}", BASE64_STANDARD.encode(format!("{who}:secret")));
        headers.get(AUTHORIZATION).is_some_and(|it| *it == *theirs)
    };
    let router = Router::new().fallback(any(move |headers: HeaderMap| async move {
        if is_asked(&headers, "dead") {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "30")]).into_response()
        } else {
            StatusCode::OK.into_response()
        }
    }));
    let client = client(router);
    let asked = |who: &str| {
        let (username, password) = (who.to_owned(), "secret".into());
        ask("https://example.com/").basic(Basic { username, password })
    };
    assert_eq!(client.send(asked("dead")).await.unwrap().status.as_u16(), 429);
    assert!(matches!(kind(&client, asked("dead")).await, ErrorKind::Throttled { .. }));
    assert_eq!(client.send(asked("alive")).await.unwrap().status, StatusCode::OK);
    assert_eq!(client.send(ask("https://example.com/")).await.unwrap().status, StatusCode::OK);
}

/// The most calls that are under way at once, of twenty.
async fn most_at_once(ask: impl Fn() -> Request) -> usize {
    let most = Arc::new(AtomicUsize::new(0));
    let now = Arc::new(AtomicUsize::new(0));
    let (highest, present) = (Arc::clone(&most), Arc::clone(&now));
    let router = Router::new().fallback(any(move || async move {
        let at_once = present.fetch_add(1, Ordering::SeqCst) + 1;
        highest.fetch_max(at_once, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(1)).await;
        present.fetch_sub(1, Ordering::SeqCst);
    }));
    let client = client(router);
    let calls = (0..20).map(|_| client.send(ask()));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    most.load(Ordering::SeqCst)
}

#[tokio::test(start_paused = true)]
async fn one_host_gets_so_many_calls_at_once() {
    assert_eq!(most_at_once(|| ask("https://example.com/")).await, AT_ONCE_PER_HOST);
}

#[tokio::test(start_paused = true)]
async fn one_account_gets_fewer_so_that_there_is_room_for_others() {
    let one = || ask("https://example.com/").bearer("token".into(), "account-1");
    assert_eq!(most_at_once(one).await, AT_ONCE_PER_ACCOUNT);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn serving(body: Vec<u8>) -> Client {
    let headers = [(header::CONTENT_ENCODING, "gzip")];
    client(Router::new().fallback(get(move || async move { (headers, body) })))
}

fn at_most(body_max: u64) -> Request {
    ask("https://example.com/").limits(Limits { body_max, ..Limits::default() })
}

#[tokio::test]
async fn compressed_answers_are_read() {
    let text = "BEGIN:VCALENDAR\r\n".repeat(1000);
    let response = serving(gzip(text.as_bytes())).send(at_most(1 << 20)).await.unwrap();
    assert_eq!(response.body, text);
}

#[tokio::test]
async fn a_gzip_bomb_does_not_go_off() {
    let bomb = serving(gzip(&vec![0; 16 << 20]));
    assert_eq!(kind(&bomb, at_most(4 << 20)).await, ErrorKind::TooLarge { max: 4 << 20 });
    // Within the size, but more comes out of each byte than out of any calendar.
    assert_eq!(kind(&bomb, at_most(1 << 30)).await, ErrorKind::TooLarge { max: 1 << 30 });
}

#[tokio::test]
async fn a_compressed_answer_that_breaks_off_is_no_answer() {
    let mut half = gzip("BEGIN:VCALENDAR\r\n".repeat(1000).as_bytes());
    half.truncate(half.len() / 2);
    assert_eq!(kind(&serving(half), at_most(1 << 20)).await, ErrorKind::Interrupted);
    assert_eq!(
        kind(&serving(b"this is no gzip at all".to_vec()), at_most(99)).await,
        ErrorKind::Protocol
    );
}

/// A body made of the same piece again and again, each after a pause.
fn dripping(pause: Duration) -> Client {
    client(Router::new().fallback(get(move || async move {
        Body::from_stream(futures_util::stream::unfold((), move |()| async move {
            tokio::time::sleep(pause).await;
            Some((Ok::<_, Infallible>(vec![b'x'; 1 << 16]), ()))
        }))
    })))
}

#[tokio::test]
async fn a_body_that_never_ends_is_too_large() {
    let endless = dripping(Duration::ZERO);
    assert_eq!(kind(&endless, at_most(1 << 20)).await, ErrorKind::TooLarge { max: 1 << 20 });
    let headers = [(header::CONTENT_LENGTH, "99999999999")];
    let boasting = Router::new().fallback(get(move || async move { (headers, Body::empty()) }));
    assert_eq!(kind(&client(boasting), at_most(99)).await, ErrorKind::TooLarge { max: 99 });
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_ends_in_a_time_out() {
    let slow_body = dripping(Duration::from_secs(1));
    assert_eq!(kind(&slow_body, at_most(1 << 40)).await, ErrorKind::Timeout);
    let router = Router::new().fallback(get(|| async {
        tokio::time::sleep(Duration::from_hours(1)).await;
    }));
    assert_eq!(kind(&client(router), at_most(99)).await, ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn redirects_share_one_time_limit() {
    let router = Router::new().fallback(any(|| async {
        tokio::time::sleep(Duration::from_secs(8)).await;
        Redirect::temporary("/again")
    }));
    assert_eq!(kind(&client(router), ask("https://example.com/")).await, ErrorKind::Timeout);
}

#[tokio::test]
async fn headers_have_a_limit() {
    let headers = [(header::WARNING, "x".repeat(70_000))];
    let router = Router::new().fallback(get(move || async move { headers }));
    let kind = kind(&client(router), at_most(99)).await;
    assert_eq!(kind, ErrorKind::TooLarge { max: HEADER_BYTES_MAX as u64 });
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_answer() {
    let router = Router::new().fallback(get(|| async {
        let pieces = [Ok("half"), Err(std::io::Error::other("cut"))];
        Body::from_stream(futures_util::stream::iter(pieces))
    }));
    assert_eq!(kind(&client(router), at_most(99)).await, ErrorKind::Interrupted);
}

struct Leads(&'static str);

#[async_trait]
impl Resolve for Leads {
    async fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![self.0.parse().unwrap()])
    }
}

#[tokio::test]
async fn names_are_guarded_in_process_too() {
    let to = |address| {
        let settings = Settings { resolver: Some(Arc::new(Leads(address))), ..settings() };
        Client::in_process(settings, Router::new().fallback(any(mirror)))
    };
    let inside = kind(&to("10.0.0.1"), ask("https://example.com/")).await;
    assert_eq!(inside, ErrorKind::Forbidden(ForbiddenWhy::Private));
    assert!(to("8.8.8.8").send(ask("https://example.com/")).await.is_ok());
    assert_eq!(kind(&to("8.8.8.8"), signed_in("http://example.com/")).await, ErrorKind::Insecure);
}

#[tokio::test]
async fn no_error_names_more_than_the_host() {
    let client = client(Router::new().fallback(any(|| async { Redirect::temporary("/secret-2") })));
    let request = signed_in("https://example.com/secret-1/basic.ics");
    let shown = format!("{request:?}");
    let error = client.send(request).await.unwrap_err();
    assert_eq!(error.to_string(), "https://example.com: it sends us on too many times");
    assert!(!format!("{error:?} {shown}").contains("secret"), "{error:?} {shown}");
}
