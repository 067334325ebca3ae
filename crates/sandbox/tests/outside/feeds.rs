//! The feed host and its habits.

use http::StatusCode;
use http_body_util::BodyExt;
use sandbox::{Faults, Flood, Often, Sandbox, Switches, Validators, Whom};
use tower::ServiceExt;

use crate::api::seeded;
use crate::client::{Answer, request};

const PATH: &str = "/feeds/team-roster.ics";

fn turn(sandbox: &Sandbox, change: impl FnOnce(&mut Switches)) {
    sandbox.change_switches("team-roster", change).unwrap();
}

async fn get(sandbox: &Sandbox, headers: &[(&str, &str)]) -> Answer {
    request(sandbox, "GET", PATH, headers, "").await
}

#[tokio::test]
async fn a_feed_is_a_calendar_with_validators() {
    let sandbox = seeded();
    let first = get(&sandbox, &[]).await;
    assert_eq!(first.header("content-type"), "text/calendar; charset=utf-8");
    assert!(first.text().starts_with("BEGIN:VCALENDAR\r\n"));
    let etag = first.header("etag").to_owned();
    let modified = first.header("last-modified").to_owned();
    let known = get(&sandbox, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.text()), (StatusCode::NOT_MODIFIED, ""));
    let known = get(&sandbox, &[("if-modified-since", &modified)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    sandbox.put_feed("team-roster", &first.text().replace("Early", "Late"));
    let changed = get(&sandbox, &[("if-none-match", &etag)]).await;
    assert_eq!(changed.status, StatusCode::OK);
}

#[tokio::test]
async fn a_feed_may_have_one_validator_or_none() {
    let sandbox = seeded();
    for (validators, etag, modified) in [
        (Validators::EtagOnly, true, false),
        (Validators::LastModifiedOnly, false, true),
        (Validators::Neither, false, false),
    ] {
        turn(&sandbox, |switches| switches.validators = validators);
        let answer = get(&sandbox, &[("if-modified-since", "Sun, 01 Nov 2026 00:00:00 GMT")]).await;
        assert_eq!(answer.status, StatusCode::OK);
        let has = |name| !answer.header(name).is_empty();
        assert_eq!((has("etag"), has("last-modified")), (etag, modified), "{validators:?}");
    }
}

#[tokio::test]
async fn stamps_and_uids_may_change_with_every_request() {
    let sandbox = seeded();
    turn(&sandbox, |switches| switches.unstable_uids = true);
    let (first, second) = (get(&sandbox, &[]).await, get(&sandbox, &[]).await);
    assert_ne!(first.text(), second.text());
    turn(&sandbox, |switches| *switches = Switches { stamps_now: true, ..Switches::default() });
    assert!(get(&sandbox, &[]).await.text().contains("DTSTAMP:20261118T080000Z"));
}

#[tokio::test]
async fn a_feed_may_lie_behind_redirects() {
    let sandbox = seeded();
    let change = |switches: &mut Switches| {
        switches.redirects = 2;
        switches.redirect_status = Some(308);
    };
    turn(&sandbox, change);
    let mut path = PATH.to_owned();
    for hop in 1..=2 {
        let answer = request(&sandbox, "GET", &path, &[("host", "h")], "").await;
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
        path = answer.header("location").to_owned();
        assert_eq!(path, format!("http://h{PATH}?hop={hop}"));
    }
    let answer = request(&sandbox, "GET", &path, &[], "").await;
    assert_eq!(answer.status, StatusCode::OK);
    turn(&sandbox, |switches| switches.redirects_to = Some("http://169.254.169.254/".into()));
    assert_eq!(get(&sandbox, &[]).await.header("location"), "http://169.254.169.254/");
}

#[tokio::test]
async fn a_feed_may_ask_who_is_there() {
    let sandbox = seeded();
    turn(&sandbox, |switches| switches.sign_in = Some("me:secret".into()));
    let refused = get(&sandbox, &[]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.header("www-authenticate").starts_with("Basic"));
    let let_in = get(&sandbox, &[("authorization", "Basic bWU6c2VjcmV0")]).await;
    assert_eq!(let_in.status, StatusCode::OK);
    let change = |switches: &mut Switches| {
        *switches = Switches { user_agent_required: true, ..Switches::default() };
    };
    turn(&sandbox, change);
    assert_eq!(get(&sandbox, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&sandbox, &[("user-agent", "x")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_feed_may_be_a_page_or_be_called_something_else() {
    let sandbox = seeded();
    turn(&sandbox, |switches| switches.login_page = true);
    let page = get(&sandbox, &[]).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text().contains("sign in"));
    let change = |switches: &mut Switches| {
        let content_type = Some("application/octet-stream".into());
        *switches = Switches { content_type, ..Switches::default() };
    };
    turn(&sandbox, change);
    assert_eq!(get(&sandbox, &[]).await.header("content-type"), "application/octet-stream");
}

#[tokio::test]
async fn gzip_is_for_those_who_can_read_it() {
    let sandbox = seeded();
    turn(&sandbox, |switches| switches.gzip = true);
    assert_eq!(get(&sandbox, &[]).await.header("content-encoding"), "");
    let (head, bytes) = raw(&sandbox, Some("gzip, br"), usize::MAX).await;
    assert_eq!(head.headers["content-encoding"], "gzip");
    let mut text = String::new();
    let mut unpack = flate2::read::GzDecoder::new(bytes.as_slice());
    std::io::Read::read_to_string(&mut unpack, &mut text).unwrap();
    assert_eq!(text, get(&sandbox, &[]).await.text());
}

/// The head, and the body until it is longer than `enough`.
async fn raw(
    sandbox: &Sandbox,
    encoding: Option<&str>,
    enough: usize,
) -> (http::response::Parts, Vec<u8>) {
    let mut request = http::Request::get(PATH);
    if let Some(encoding) = encoding {
        request = request.header("accept-encoding", encoding);
    }
    let request = request.body(axum::body::Body::empty()).unwrap();
    let (head, mut body) = sandbox.router().oneshot(request).await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while bytes.len() <= enough {
        match body.frame().await {
            Some(frame) => bytes.extend(frame.unwrap().into_data().unwrap()),
            None => break,
        }
    }
    (head, bytes)
}

#[tokio::test]
async fn a_feed_may_never_end() {
    let sandbox = seeded();
    turn(&sandbox, |switches| switches.flood = Flood::Endless);
    let (_, bytes) = raw(&sandbox, None, 3_000_000).await;
    assert!(bytes.len() > 3_000_000);
    let text = String::from_utf8(bytes).unwrap();
    let uids: Vec<&str> = text.lines().filter(|line| line.starts_with("UID:")).collect();
    let different: std::collections::BTreeSet<&&str> = uids.iter().collect();
    assert_eq!(different.len(), uids.len());
}

#[tokio::test]
async fn a_small_gzip_body_may_be_a_bomb() {
    let sandbox = seeded();
    turn(&sandbox, |switches| switches.flood = Flood::GzipBomb);
    let (head, bytes) = raw(&sandbox, None, 30_000).await;
    assert_eq!(head.headers["content-encoding"], "gzip");
    let mut unpack = flate2::read::GzDecoder::new(bytes.as_slice());
    let mut unpacked = vec![0; 3_000_000];
    std::io::Read::read_exact(&mut unpack, &mut unpacked).unwrap();
    assert!(unpacked.starts_with(b"BEGIN:VCALENDAR"));
}

#[tokio::test(start_paused = true)]
async fn a_body_may_drip() {
    let sandbox = seeded();
    let whole = get(&sandbox, &[]).await.body.unwrap();
    turn(&sandbox, |switches| switches.slow_body_ms = 60_000);
    let start = tokio::time::Instant::now();
    assert_eq!(get(&sandbox, &[]).await.text(), whole);
    let minutes = whole.len().div_ceil(1024) as u64;
    assert!(start.elapsed().as_secs() >= 60 * minutes);
}

#[tokio::test]
async fn a_feed_has_faults_like_everything_else() {
    let sandbox = seeded();
    let fail = sandbox::Failure { status: 410, often: Often::Times(1), ..Default::default() };
    let faults = Faults { fail: Some(fail), truncate: Often::Times(1), ..Faults::default() };
    sandbox.set_faults(&Whom::feed("team-roster"), faults).unwrap();
    assert_eq!(get(&sandbox, &[]).await.status, StatusCode::GONE);
    assert!(get(&sandbox, &[]).await.body.is_none(), "truncated");
    assert_eq!(get(&sandbox, &[]).await.status, StatusCode::OK);
    let unknown = request(&sandbox, "GET", "/feeds/none.ics", &[], "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let post = request(&sandbox, "POST", PATH, &[], "").await;
    assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
}
