//! What is asked, what comes back, and the limits of both. Neither prints more than a host.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

/// The limits of one call.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first byte sent to the last byte read, all redirects together.
    pub time_max: Duration,
    /// The body, in bytes, after decompression.
    pub body_max: u64,
    /// How often it may send us on.
    pub redirects_max: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time_max: Duration::from_secs(30), body_max: 10 << 20, redirects_max: 5 }
    }
}

/// A user name and password (RFC 7617), sent without being asked for.
#[derive(Clone)]
pub struct Basic {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// How a call says who we are.
#[derive(Clone)]
pub(crate) enum SignedBy {
    Basic(Basic),
    /// RFC 6750.
    Bearer(SecretString),
}

/// The ports that may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Any, as calendar servers stand on many.
    Any,
    /// 80 and 443; others only inside ranges that the operator opened.
    Web,
}

/// One call.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) signed: Option<SignedBy>,
    pub(crate) account: Option<String>,
    pub(crate) trusted_host: Option<String>,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) ports: Ports,
    pub(crate) is_confidential: bool,
    pub(crate) limits: Limits,
}

impl Request {
    /// A call to an address that a person gave: the guard holds at every hop.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            signed: None,
            account: None,
            trusted_host: None,
            aliases: &[],
            ports: Ports::Any,
            is_confidential: false,
            limits: Limits::default(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Signs in. Then plain http is refused outside the ranges that the operator opened.
    #[must_use]
    pub fn basic(mut self, basic: Basic) -> Self {
        self.signed = Some(SignedBy::Basic(basic));
        self
    }

    /// Signs in with an access token (RFC 6750), as `account`: each account has a pace of its own,
    /// and one that is asked to wait does not hold up the others at the same host.
    #[must_use]
    pub fn bearer(mut self, token: SecretString, account: &str) -> Self {
        self.signed = Some(SignedBy::Bearer(token));
        self.paced_as(account)
    }

    /// Is for one account there, without signing in.
    pub(crate) fn paced_as(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// The operator vouches for the host of `url` and the hosts below it: private or not, they
    /// may be called.
    #[must_use]
    pub fn trusting(mut self, url: &Url) -> Self {
        self.trusted_host = url.host_str().map(str::to_owned);
        self
    }

    /// Domains that belong together with the address called: a redirect there keeps the password.
    #[must_use]
    pub fn aliases(mut self, domains: &'static [&'static str]) -> Self {
        self.aliases = domains;
        self
    }

    /// Which ports may be called.
    #[must_use]
    pub fn ports(mut self, ports: Ports) -> Self {
        self.ports = ports;
        self
    }

    /// Nobody on the way may read it: plain http is refused outside the ranges that the operator
    /// opened.
    #[must_use]
    pub fn confidential(mut self) -> Self {
        self.is_confidential = true;
        self
    }

    /// The limits of this call.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, site(&self.url))
    }
}

/// A whole answer.
#[derive(Clone)]
pub struct Response {
    /// Its status; an error status is an answer too.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed.
    pub body: Bytes,
    /// Who answered in the end, after all redirects.
    pub url: Url,
    /// The far side's clock.
    pub date: Option<Timestamp>,
    /// With 429 and 503: until when it asks us to wait.
    pub retry_after: Option<Timestamp>,
    /// A redirect led to a foreign host, so it was called without the password.
    pub password_withheld: bool,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, length) = (self.status, self.body.len());
        write!(f, "Response({status} from {}, {length} bytes)", site(&self.url))
    }
}

/// Scheme and host: all of an address that may be shown or logged.
pub(crate) fn site(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}
