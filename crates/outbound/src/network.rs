//! The two ways out: over the network, through one connection pool for each door of the guard;
//! or straight into a service in the same process.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use jiff::Timestamp;
use reqwest::dns::{Addrs, Name, Resolving};
use rustls::client::Resumption;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tower::{Service, ServiceExt};

use crate::body::Body;
use crate::certificate;
use crate::client::{Now, Settings};
use crate::error::{CertificateFault, ErrorKind, ForbiddenWhy};
use crate::guard::{Door, GuardedResolver, NoWay, Resolve, SystemResolver};

/// Time to open a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// An unused connection is closed after this.
const IDLE_MAX: Duration = Duration::from_secs(30);
const IDLE_PER_HOST_MAX: usize = 4;
/// Header lines of one answer.
const HEADERS_MAX: usize = 100;
/// Bytes of all headers of one answer over HTTP/2.
const HEADER_BYTES_MAX: u32 = 64 << 10;

pub(crate) type Asked = http::Request<Full<Bytes>>;
pub(crate) type Answer = Result<http::Response<Body>, ErrorKind>;
type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Carries one request to whoever answers.
pub(crate) enum Transport {
    Network(Box<Network>),
    InProcess(Box<dyn Fn(Asked) -> Answering + Send + Sync>),
}

impl Transport {
    pub(crate) async fn carry(&self, asked: Asked, door: Door) -> Answer {
        match self {
            Self::Network(network) => network.carry(asked, door).await,
            Self::InProcess(answer) => answer(asked).await,
        }
    }
}

/// A service of the same process as a transport. An error of the service is a broken connection.
pub(crate) fn in_process<S, B>(service: S) -> Transport
where
    S: Service<Asked, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
{
    Transport::InProcess(Box::new(move |asked| {
        let service = service.clone();
        Box::pin(async move {
            let answer = service.oneshot(asked).await.map_err(|_| ErrorKind::Interrupted)?;
            Ok(answer.map(|body| body.map_err(|_| ErrorKind::Interrupted).boxed_unsync()))
        })
    }))
}

/// Connection pools are kept apart, so that no call rides on a connection that its own door
/// would not have opened.
pub(crate) struct Network {
    trusted: reqwest::Client,
    open: reqwest::Client,
    opened: reqwest::Client,
}

impl Network {
    pub(crate) fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let tls = tls(settings);
        let system: Arc<dyn Resolve> = Arc::new(SystemResolver);
        let resolver = settings.resolver.as_ref().unwrap_or(&system);
        let pool = |door| {
            let (inner, allow) = (Arc::clone(resolver), settings.allow.clone());
            let names = Arc::new(GuardedResolver { inner, allow, door });
            client(&settings.user_agent, tls.clone(), names)
        };
        Ok(Self {
            trusted: pool(Door::Trusted)?,
            open: pool(Door::Open)?,
            opened: pool(Door::Opened)?,
        })
    }

    async fn carry(&self, asked: Asked, door: Door) -> Answer {
        let client = match door {
            Door::Trusted => &self.trusted,
            Door::Open => &self.open,
            Door::Opened => &self.opened,
        };
        let asked = asked.map(reqwest::Body::wrap);
        let asked = reqwest::Request::try_from(asked).map_err(|_| ErrorKind::Protocol)?;
        let mut answer = client.execute(asked).await.map_err(|error| sort(&error))?;
        certificate::keep_validity(answer.extensions_mut());
        let answer = http::Response::<reqwest::Body>::from(answer);
        Ok(answer.map(|body| body.map_err(|error| sort(&error)).boxed_unsync()))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one way out")]
fn client(
    user_agent: &str,
    tls: ClientConfig,
    names: Arc<GuardedResolver>,
) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(user_agent)
        .tls_backend_preconfigured(tls)
        .dns_resolver(names)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .tls_info(true)
        .no_proxy()
        .connect_timeout(CONNECT_TIME_MAX)
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .http1_max_headers(HEADERS_MAX)
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .build()
}

/// Our clock, as TLS asks it whether a certificate holds.
struct OurTime(Now);

impl std::fmt::Debug for OurTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OurTime")
    }
}

impl TimeProvider for OurTime {
    fn current_time(&self) -> Option<UnixTime> {
        let since_epoch = Duration::try_from((self.0)().as_duration()).ok()?;
        Some(UnixTime::since_unix_epoch(since_epoch))
    }
}

/// Trusts the machine's roots; where it has none, Mozilla's as they were when we were built.
fn tls(settings: &Settings) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots.add_parsable_certificates(settings.roots.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let time = Arc::new(OurTime(Arc::clone(&settings.now)));
    let mut config = ClientConfig::builder_with_details(provider, time)
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Whoever resumes a session shows no certificate: one that has ended, or was renewed, would
    // not be seen.
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

impl reqwest::dns::Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guarded =
            Self { inner: Arc::clone(&self.inner), allow: self.allow.clone(), door: self.door };
        Box::pin(async move {
            let addresses = guarded.addresses(name.as_str()).await?;
            let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}

/// Finds the cause of a failure in the chain of its sources.
fn sort(error: &reqwest::Error) -> ErrorKind {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(at) = cause {
        if let Some(no_way) = at.downcast_ref::<NoWay>() {
            return no_way.into();
        }
        if let Some(tls) = at.downcast_ref::<rustls::Error>() {
            return tls_fault(tls);
        }
        // An io::Error hides what it wraps from the chain of sources.
        cause = match at.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => at.source(),
        };
    }
    if error.is_timeout() {
        ErrorKind::Timeout
    } else if error.is_connect() {
        ErrorKind::Connect
    } else {
        ErrorKind::Interrupted
    }
}

impl From<&NoWay> for ErrorKind {
    fn from(no_way: &NoWay) -> Self {
        match no_way {
            NoWay::Unknown => Self::Dns,
            NoWay::Closed => Self::Forbidden(ForbiddenWhy::Private),
            NoWay::NotOpened => Self::Insecure,
        }
    }
}

fn tls_fault(error: &rustls::Error) -> ErrorKind {
    let rustls::Error::InvalidCertificate(fault) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => ErrorKind::NotTls,
            rustls::Error::NoCertificatesPresented => {
                ErrorKind::Certificate(CertificateFault::Other)
            }
            _ => ErrorKind::Interrupted,
        };
    };
    ErrorKind::Certificate(match fault {
        CertificateError::Expired => CertificateFault::Ended { ended_at: None },
        CertificateError::ExpiredContext { not_after, .. } => {
            let second = i64::try_from(not_after.as_secs()).ok();
            let ended_at = second.and_then(|second| Timestamp::from_second(second).ok());
            CertificateFault::Ended { ended_at }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateFault::NotYetValid
        }
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::OtherHost
        }
        _ => CertificateFault::Other,
    })
}

#[cfg(test)]
mod tests;
