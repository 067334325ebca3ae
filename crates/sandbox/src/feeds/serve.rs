//! A request for a feed, and its answer.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use base64::Engine;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use jiff::Timestamp;

use super::render::render;
use super::{Feed, Flood, Switches, Validators, stream};
use crate::Sandbox;
use crate::faults::{Cut, Door, Instead, Strike, Strikes};
use crate::net;
use crate::world::Visit;

const LOGIN_PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>\
    <h1>Please sign in to see this calendar</h1><form method=post><input name=user></form>\
    </body></html>";

/// An answer before the faults have had their say.
struct Plain {
    status: StatusCode,
    headers: Vec<(header::HeaderName, String)>,
    body: What,
}

enum What {
    Bytes(Bytes),
    Flood(Flood),
}

impl Plain {
    fn bare(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: What::Bytes(Bytes::new()) }
    }

    fn with(mut self, name: header::HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn text(mut self, text: impl Into<Bytes>) -> Self {
        self.body = What::Bytes(text.into());
        self
    }
}

pub(crate) async fn serve(
    State(sandbox): State<Sandbox>,
    Path(file): Path<String>,
    request: Request,
) -> Response {
    let now = sandbox.now();
    let name = file.strip_suffix(".ics").unwrap_or(&file).to_owned();
    let (plain, strike, switches) = sandbox.with(|world| {
        let Some(feed) = world.feeds.get_mut(&name) else {
            let nothing = Plain::bare(StatusCode::NOT_FOUND);
            return (nothing, Strike::default(), Switches::default());
        };
        feed.asked += 1;
        let mut strike = feed.faults.strike(request.method().as_str(), Door::Api);
        let plain = match strike.instead.take() {
            Some(instead) => instead_of(&instead, &mut strike),
            None => answer(feed, &request, now),
        };
        let switches = feed.switches.clone();
        world.record(Visit {
            at: now,
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            username: None,
            status: plain.status.as_u16(),
            fault: (strike.cut != Cut::Nowhere).then_some("cut"),
        });
        (plain, strike, switches)
    });
    if strike.slow_ms > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(strike.slow_ms)).await;
    }
    let head = request.method() == Method::HEAD;
    let mut response = Response::builder()
        .status(plain.status)
        .header(header::DATE, net::http_date(now, strike.clock_skew_s));
    for (name, value) in plain.headers {
        response = response.header(name, value);
    }
    let body = match plain.body {
        _ if head => Body::empty(),
        What::Flood(Flood::Endless) => stream::endless(now),
        What::Flood(Flood::GzipBomb) => stream::gzip_bomb(now),
        What::Flood(Flood::Nothing) => Body::empty(),
        What::Bytes(bytes) if switches.slow_body_ms > 0 && strike.cut == Cut::Nowhere => {
            stream::slow(bytes, switches.slow_body_ms)
        }
        What::Bytes(bytes) => net::body(bytes, strike.cut),
    };
    response.body(body).unwrap_or_else(|_| {
        let mut broken = Response::new(Body::empty());
        *broken.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}

fn instead_of(instead: &Instead, strike: &mut Strike) -> Plain {
    match instead {
        Instead::Status { status, retry_after_s } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            match retry_after_s {
                Some(wait) => Plain::bare(status).with(header::RETRY_AFTER, wait.to_string()),
                None => Plain::bare(status),
            }
        }
        Instead::WebPage => login_page(),
        Instead::Cut => {
            strike.cut = Cut::AtOnce;
            Plain::bare(StatusCode::BAD_GATEWAY)
        }
    }
}

fn login_page() -> Plain {
    Plain::bare(StatusCode::OK)
        .with(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .text(LOGIN_PAGE)
}

fn answer(feed: &Feed, request: &Request, now: Timestamp) -> Plain {
    let (switches, headers) = (&feed.switches, request.headers());
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Plain::bare(StatusCode::METHOD_NOT_ALLOWED).with(header::ALLOW, "GET, HEAD");
    }
    if let Some(refusal) = refused(switches, headers) {
        return refusal;
    }
    if let Some(elsewhere) = redirect(switches, request) {
        return elsewhere;
    }
    if switches.login_page {
        return login_page();
    }
    let kind = switches.content_type.as_deref().unwrap_or("text/calendar; charset=utf-8");
    match switches.flood {
        Flood::Nothing => calendar(feed, headers, now).with(header::CONTENT_TYPE, kind),
        flood => {
            let mut plain = Plain::bare(StatusCode::OK).with(header::CONTENT_TYPE, kind);
            if flood == Flood::GzipBomb {
                plain = plain.with(header::CONTENT_ENCODING, "gzip");
            }
            plain.body = What::Flood(flood);
            plain
        }
    }
}

fn refused(switches: &Switches, headers: &HeaderMap) -> Option<Plain> {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if switches.user_agent_required && text(header::USER_AGENT).is_none_or(str::is_empty) {
        return Some(Plain::bare(StatusCode::FORBIDDEN));
    }
    let expected = switches.sign_in.as_ref()?;
    let token = base64::engine::general_purpose::STANDARD.encode(expected);
    if text(header::AUTHORIZATION) == Some(&format!("Basic {token}")) {
        return None;
    }
    let challenge = r#"Basic realm="Feeds""#;
    Some(Plain::bare(StatusCode::UNAUTHORIZED).with(header::WWW_AUTHENTICATE, challenge))
}

/// The next hop of a chain; which one this is stands in the query.
fn redirect(switches: &Switches, request: &Request) -> Option<Plain> {
    let status = switches.redirect_status.and_then(|status| StatusCode::from_u16(status).ok());
    let to =
        |to: String| Plain::bare(status.unwrap_or(StatusCode::FOUND)).with(header::LOCATION, to);
    if let Some(elsewhere) = &switches.redirects_to {
        return Some(to(elsewhere.clone()));
    }
    let query = request.uri().query().unwrap_or_default();
    let hop: u8 = query.strip_prefix("hop=").and_then(|hop| hop.parse().ok()).unwrap_or(0);
    let origin = net::origin(request.uri(), request.headers());
    let path = request.uri().path();
    (hop < switches.redirects).then(|| to(format!("{origin}{path}?hop={}", hop + 1)))
}

fn calendar(feed: &Feed, headers: &HeaderMap, now: Timestamp) -> Plain {
    let text = render(feed, now);
    let etag = format!("\"{:016x}\"", net::fingerprint(&text));
    let modified = net::http_date(feed.changed_at, 0);
    let (tells_etag, tells_modified) = match feed.switches.validators {
        Validators::Both => (true, true),
        Validators::EtagOnly => (true, false),
        Validators::LastModifiedOnly => (false, true),
        Validators::Neither => (false, false),
    };
    let asked = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let unchanged = match asked(header::IF_NONE_MATCH) {
        Some(known) if tells_etag => known.trim_start_matches("W/") == etag,
        _ => tells_modified && asked(header::IF_MODIFIED_SINCE) == Some(&modified),
    };
    let status = if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut plain = Plain::bare(status);
    if tells_etag {
        plain = plain.with(header::ETAG, etag);
    }
    if tells_modified {
        plain = plain.with(header::LAST_MODIFIED, modified);
    }
    if unchanged {
        return plain;
    }
    let can_unzip = asked(header::ACCEPT_ENCODING).is_some_and(|can| can.contains("gzip"));
    match stream::gzip(&text) {
        Ok(packed) if feed.switches.gzip && can_unzip => {
            plain.with(header::CONTENT_ENCODING, "gzip").text(packed)
        }
        _ => plain.text(text),
    }
}
