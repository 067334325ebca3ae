//! The one HTTP client: sends a request through guard and pace, follows redirects itself, and
//! reads the answer within its limits.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::Full;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};
use tower::Service;
use url::Url;

use crate::address::AddressRanges;
use crate::certificate::{Seen, Validity};
use crate::error::{Error, ErrorKind};
use crate::guard::{self, Door, GuardedResolver, Resolve};
use crate::network::{Asked, Network, Transport, in_process};
use crate::pace::Pace;
use crate::request::{Basic, Request, Response, SignedBy, site};
use crate::{body, date, redirect};

/// Says what time it is.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Calls that one host gets at once.
const AT_ONCE_PER_HOST: usize = 4;
/// Calls that one account at a host gets at once: Graph refuses the fifth to a mailbox, whoever
/// else makes the others.
const AT_ONCE_PER_ACCOUNT: usize = 3;
/// Bytes of all headers of one answer.
const HEADER_BYTES_MAX: usize = 64 << 10;

/// How the client behaves towards all hosts.
#[derive(Clone)]
pub struct Settings {
    /// What it calls itself.
    pub user_agent: String,
    /// Ranges of private addresses that the operator opened.
    pub allow: AddressRanges,
    /// Calls that one host gets at once.
    pub at_once_per_host: usize,
    /// Our clock, for `Retry-After`.
    pub now: Now,
    /// How names are resolved; `None` asks the machine (in process: leaves names alone).
    pub resolver: Option<Arc<dyn Resolve>>,
    /// Whose certificates are believed beside those whom the machine trusts.
    pub roots: Vec<CertificateDer<'static>>,
}

impl Settings {
    /// Settings with nothing opened.
    pub fn new(user_agent: impl Into<String>, now: Now) -> Self {
        Self {
            user_agent: user_agent.into(),
            allow: AddressRanges::default(),
            at_once_per_host: AT_ONCE_PER_HOST,
            now,
            resolver: None,
            roots: Vec::new(),
        }
    }
}

/// The way out. Cheap to clone; clones share connections and pace.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    settings: Settings,
    transport: Transport,
    pace: Pace,
    certificates: Seen,
}

/// The machine's TLS could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub struct NotSetUp(#[source] reqwest::Error);

enum Hop {
    Arrived(Response),
    Onward(Url),
}

impl Client {
    /// A client over the network.
    pub fn new(settings: Settings) -> Result<Self, NotSetUp> {
        let network = Network::new(&settings).map_err(NotSetUp)?;
        let transport = Transport::Network(Box::new(network));
        Ok(Self::with(settings, transport))
    }

    /// A client that hands every request straight to `service` in this process, whatever its
    /// host: for tests and simulation. Guard, pace, redirects and limits work as over the network;
    /// an error of the service is a connection that broke.
    pub fn in_process<S, B>(settings: Settings, service: S) -> Self
    where
        S: Service<Asked, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
    {
        Self::with(settings, in_process(service))
    }

    fn with(settings: Settings, transport: Transport) -> Self {
        let (pace, certificates) = (Pace::new(), Seen::default());
        Self(Arc::new(Inner { settings, transport, pace, certificates }))
    }

    /// The ranges that the operator opened.
    pub fn allow(&self) -> &AddressRanges {
        &self.0.settings.allow
    }

    /// How long the certificate holds that the host showed when this process last called it;
    /// `None` over plain http.
    pub fn certificate(&self, url: &Url) -> Option<Validity> {
        self.0.certificates.of(&site(url))
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        let mut url = request.url.clone();
        let mut left = request.limits.time_max;
        for _ in 0..=request.limits.redirects_max {
            let fail = |kind| Error { site: site(&url), kind };
            let pacer = paced_by(&url, &request);
            let turns = (pacer.as_str(), self.0.at_once(&request));
            let who = asked_to_wait(&url, &request);
            let turn = self.0.pace.turn(turns, &who, &*self.0.settings.now).await;
            let turn = turn.map_err(|until| fail(ErrorKind::Throttled { until }))?;
            let started = Instant::now();
            let hop = timeout_at(started + left, self.0.hop(&request, &url)).await;
            left = left.saturating_sub(started.elapsed());
            drop(turn);
            let hop = hop.unwrap_or(Err(ErrorKind::Timeout)).map_err(fail);
            tracing::debug!(
                site = site(&url), method = %request.method,
                took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                outcome = %outcome(&hop), "called"
            );
            match hop? {
                Hop::Arrived(response) => return Ok(response),
                Hop::Onward(next) => url = next,
            }
        }
        Err(Error { site: site(&url), kind: ErrorKind::TooManyRedirects })
    }
}

fn outcome(hop: &Result<Hop, Error>) -> String {
    match hop {
        Ok(Hop::Arrived(response)) => response.status.to_string(),
        Ok(Hop::Onward(_)) => "redirect".into(),
        Err(error) => error.kind.to_string(),
    }
}

impl Inner {
    fn at_once(&self, request: &Request) -> usize {
        let of_host = self.settings.at_once_per_host;
        request.account.as_ref().map_or(of_host, |_| of_host.min(AT_ONCE_PER_ACCOUNT))
    }

    async fn hop(&self, request: &Request, url: &Url) -> Result<Hop, ErrorKind> {
        let door = guard::door(url, request, &self.settings.allow)?;
        if matches!(self.transport, Transport::InProcess(_)) {
            self.check_name(url, request, door).await?;
        }
        let keeps_password = redirect::keeps_password(request, url);
        let asked = self.asked(request, url, keeps_password)?;
        let unfit = |kind| match kind {
            // The resolver cannot know for what reason only opened addresses would do.
            ErrorKind::Insecure => guard::unfit(url, request).unwrap_or(kind),
            other => other,
        };
        let answer = self.transport.carry(asked, door).await.map_err(unfit)?;
        if let Some(validity) = answer.extensions().get::<Validity>() {
            self.certificates.note(site(url), *validity);
        }
        if let Some(next) = redirect::onward(&answer, url) {
            return Ok(Hop::Onward(next));
        }
        let (head, body) = answer.into_parts();
        let now = (self.settings.now)();
        let asks_to_wait =
            matches!(head.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let retry_after = if asks_to_wait { date::retry_after(&head.headers, now) } else { None };
        if let Some(until) = retry_after {
            self.pace.wait_until(&asked_to_wait(url, request), until);
        }
        if header_bytes(&head.headers) > HEADER_BYTES_MAX {
            return Err(ErrorKind::TooLarge { max: HEADER_BYTES_MAX as u64 });
        }
        let body = body::read(&head.headers, body, request.limits.body_max).await?;
        Ok(Hop::Arrived(Response {
            status: head.status,
            date: date::date(&head.headers),
            headers: head.headers,
            body,
            url: url.clone(),
            retry_after,
            password_withheld: request.signed.is_some() && !keeps_password,
        }))
    }

    /// In process there is no connection whose resolver could guard a name.
    async fn check_name(&self, url: &Url, request: &Request, door: Door) -> Result<(), ErrorKind> {
        let Some(url::Host::Domain(name)) = url.host() else { return Ok(()) };
        match &self.settings.resolver {
            Some(resolver) => {
                let (inner, allow) = (Arc::clone(resolver), self.settings.allow.clone());
                let names = GuardedResolver { inner, allow, door };
                names.addresses(name).await.map(|_| ()).map_err(|no_way| (&no_way).into())
            }
            None if door == Door::Opened => {
                Err(guard::unfit(url, request).unwrap_or(ErrorKind::Insecure))
            }
            None => Ok(()),
        }
    }

    fn asked(&self, request: &Request, url: &Url, sign_in: bool) -> Result<Asked, ErrorKind> {
        let mut asked = http::Request::builder()
            .method(request.method.clone())
            .uri(url.as_str())
            .body(Full::new(request.body.clone()))
            .map_err(|_| ErrorKind::Protocol)?;
        let headers = asked.headers_mut();
        headers.clone_from(&request.headers);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Some(signed) = request.signed.as_ref().filter(|_| sign_in) {
            headers.insert(AUTHORIZATION, authorization(signed)?);
        }
        if matches!(self.transport, Transport::InProcess(_)) {
            let value = |text: &str| HeaderValue::from_str(text).map_err(|_| ErrorKind::Protocol);
            headers.insert(HOST, value(&authority(url))?);
            headers.insert(USER_AGENT, value(&self.settings.user_agent)?);
        }
        Ok(asked)
    }
}

fn authorization(signed: &SignedBy) -> Result<HeaderValue, ErrorKind> {
    let text = match signed {
        SignedBy::Basic(Basic { username, password }) => {
            let plain = format!("{username}:{}", password.expose_secret());
            format!("Basic {}", BASE64_STANDARD.encode(plain))
        }
        SignedBy::Bearer(token) => format!("Bearer {}", token.expose_secret()),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| ErrorKind::Protocol)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Who keeps the pace of a call: its host, or one account there.
fn paced_by(url: &Url, request: &Request) -> String {
    let host = url.host_str().unwrap_or_default();
    request.account.as_ref().map_or_else(|| host.to_owned(), |who| format!("{host} {who}"))
}

/// Who is meant where a host asks to wait: whoever signed in, or whose tokens are renewed; or
/// everybody of whom nothing is known.
fn asked_to_wait(url: &Url, request: &Request) -> String {
    match &request.signed {
        Some(SignedBy::Basic(Basic { username, .. })) => {
            format!("{} {username}", url.host_str().unwrap_or_default())
        }
        Some(SignedBy::Bearer(_)) | None => paced_by(url, request),
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

#[cfg(test)]
mod tests;
