//! Calls over real sockets: names, certificates, broken answers, and what is logged.

use std::io;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use http::Method;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tracing_subscriber::fmt::MakeWriter;
use url::Url;

use super::*;
use crate::{Basic, Client, Request};

fn settings(allow: &str) -> Settings {
    let now = Timestamp::UNIX_EPOCH;
    let mut settings = Settings::new("Daymark/test", Arc::new(move || now));
    settings.allow = allow.parse().unwrap();
    settings
}

/// Answers every connection with the same bytes and closes it; says its port and its count.
async fn serve(address: &str, answer: &'static str) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, accept(listener, answer))
}

#[expect(clippy::disallowed_methods, reason = "the server of a test ends with its test")]
fn accept(listener: TcpListener, answer: &'static str) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    count
}

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

fn ask(url: &str) -> Request {
    Request::new(Method::GET, url.parse().unwrap())
}

async fn kind(client: &Client, url: &str) -> ErrorKind {
    client.send(ask(url)).await.unwrap_err().kind
}

/// A name that leads somewhere else each time it is asked for.
struct Changing(Mutex<Vec<&'static str>>);

#[async_trait]
impl Resolve for Changing {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let mut left = self.0.lock().unwrap();
        let next = if left.is_empty() { None } else { Some(left.remove(0)) };
        next.map(|text| vec![text.parse().unwrap()]).ok_or(io::ErrorKind::NotFound.into())
    }
}

#[tokio::test]
async fn museum_extra_a_name_that_changes_its_address_does_not_lead_inside() {
    let (port, outside) = serve("127.0.0.2", FINE).await;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let inside = accept(listener, FINE);
    let answers = vec!["127.0.0.2", "127.0.0.1", "127.0.0.2"];
    let resolver: Arc<dyn Resolve> = Arc::new(Changing(Mutex::new(answers)));
    let settings = Settings { resolver: Some(resolver), ..settings("127.0.0.2/32") };
    let client = Client::new(settings).unwrap();
    let url = format!("http://example.com:{port}/");
    assert!(client.send(ask(&url)).await.is_ok());
    let refused = kind(&client, &url).await;
    assert_eq!(refused, ErrorKind::Forbidden(ForbiddenWhy::Private));
    assert!(client.send(ask(&url)).await.is_ok(), "each call resolves once: check and use are one");
    assert_eq!(kind(&client, &url).await, ErrorKind::Dns);
    assert_eq!((outside.load(Ordering::SeqCst), inside.load(Ordering::SeqCst)), (2, 0));
}

#[tokio::test]
async fn a_connection_that_was_vouched_for_carries_no_others() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let (port, _) = serve("127.0.0.1", answer).await;
    let names: Arc<dyn Resolve> = Arc::new(Changing(Mutex::new(vec!["127.0.0.1"; 2])));
    let client = Client::new(Settings { resolver: Some(names), ..settings("") }).unwrap();
    let url = format!("http://calendar.internal:{port}/");
    let vouched = ask(&url).trusting(&url.parse().unwrap());
    assert!(client.send(vouched).await.is_ok());
    let refused = kind(&client, &url).await;
    assert_eq!(refused, ErrorKind::Forbidden(ForbiddenWhy::Private));
}

#[tokio::test]
async fn failures_of_the_network_are_told_apart() {
    let client = Client::new(settings("127.0.0.0/8")).unwrap();
    let (port, _) = serve("127.0.0.1", FINE).await;
    assert_eq!(kind(&client, &format!("https://127.0.0.1:{port}/")).await, ErrorKind::NotTls);
    let (port, _) = serve("127.0.0.1", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").await;
    assert_eq!(kind(&client, &format!("http://127.0.0.1:{port}/")).await, ErrorKind::Interrupted);
    let (port, _) = serve("127.0.0.1", "").await;
    assert_eq!(kind(&client, &format!("http://127.0.0.1:{port}/")).await, ErrorKind::Interrupted);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(kind(&client, &format!("http://{closed}/")).await, ErrorKind::Connect);
}

/// A certificate for `localhost`, from the beginning of November 2026 until its end.
struct Certified {
    certificate: CertificateDer<'static>,
    config: Arc<rustls::ServerConfig>,
}

fn certified() -> Certified {
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 11, 1);
    params.not_after = rcgen::date_time_ymd(2026, 12, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], PrivatePkcs8KeyDer::from(key).into());
    Certified { certificate, config: Arc::new(config.unwrap()) }
}

impl Certified {
    /// Calls it at a time, by a client that trusts it, or by a stranger.
    async fn call(&self, now: &str, is_trusted: bool) -> (Client, Url, Result<(), ErrorKind>) {
        let now: Timestamp = now.parse().unwrap();
        let roots = if is_trusted { vec![self.certificate.clone()] } else { Vec::new() };
        let clock: Now = Arc::new(move || now);
        let client = Client::new(Settings { now: clock, roots, ..settings("127.0.0.0/8") });
        let client = client.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url: Url = format!("https://localhost:{port}/secret").parse().unwrap();
        let serve = async {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = TlsAcceptor::from(Arc::clone(&self.config));
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(FINE.as_bytes()).await;
            let _ = stream.shutdown().await;
        };
        let (answer, ()) = tokio::join!(client.send(ask(url.as_str())), serve);
        (client, url, answer.map(|_| ()).map_err(|failed| failed.kind))
    }
}

#[tokio::test]
async fn how_long_a_certificate_holds_is_known_once_its_host_was_called() {
    let (client, url, answer) = certified().call("2026-11-22T12:00:00Z", true).await;
    assert_eq!(answer, Ok(()));
    let seen = client.certificate(&url).unwrap();
    let held = (seen.begins_at.to_string(), seen.ends_at.to_string());
    assert_eq!(held, ("2026-11-01T00:00:00Z".into(), "2026-12-01T00:00:00Z".into()));
    let elsewhere = "https://localhost:1/".parse().unwrap();
    assert_eq!(client.certificate(&elsewhere), None, "another server has another");
    let (port, _) = serve("127.0.0.1", FINE).await;
    let plain = format!("http://127.0.0.1:{port}/");
    client.send(ask(&plain)).await.unwrap();
    assert_eq!(client.certificate(&plain.parse().unwrap()), None);
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_is_refused_by_our_clock_with_the_reason() {
    let certified = certified();
    let ended_at = Some("2026-12-01T00:00:00Z".parse().unwrap());
    for (now, is_trusted, fault) in [
        ("2026-11-22T12:00:00Z", false, CertificateFault::UnknownIssuer),
        ("2026-12-03T12:00:00Z", true, CertificateFault::Ended { ended_at }),
        ("2026-10-03T12:00:00Z", true, CertificateFault::NotYetValid),
    ] {
        let (client, url, answer) = certified.call(now, is_trusted).await;
        assert_eq!(answer, Err(ErrorKind::Certificate(fault)));
        assert_eq!(client.certificate(&url), None);
    }
    let said = CertificateFault::Ended { ended_at }.to_string();
    assert_eq!(said, "ended on 1 December 2026");
}

/// Keeps all that is logged.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl io::Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Pages {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn museum_extra_a_secret_address_stays_out_of_the_log() {
    let pages = Pages::default();
    let log = tracing_subscriber::fmt()
        .with_writer(pages.clone())
        .with_max_level(tracing::Level::TRACE)
        .finish();
    let _guard = tracing::subscriber::set_default(log);
    let (port, _) = serve("127.0.0.1", FINE).await;
    let client = Client::new(settings("127.0.0.0/8")).unwrap();
    let basic = Basic { username: "ann".into(), password: SecretString::from("secret-3") };
    let url = format!("http://127.0.0.1:{port}/private-secret-1/basic.ics?key=secret-2");
    client.send(ask(&url).basic(basic).body("secret-4")).await.unwrap();
    let _ = client.send(ask("http://127.0.0.1:1/secret-5")).await;
    let log = String::from_utf8(pages.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("http://127.0.0.1"), "something is logged: {log}");
    assert!(!log.contains("secret"), "{log}");
}
