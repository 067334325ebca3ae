//! A far side behind TLS, with a certificate that was made for it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use axum::serve::Listener;
use http::{HeaderValue, header};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A certificate for this machine that vouches for itself, with its key.
pub(crate) struct Certified {
    /// What whoever believes it trusts.
    pub(crate) root: CertificateDer<'static>,
    config: Arc<rustls::ServerConfig>,
}

impl Certified {
    /// From October 2026 until that day.
    pub(crate) fn until((year, month, day): (i32, u8, u8)) -> Self {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 10, 1);
        params.not_after = rcgen::date_time_ymd(year, month, day);
        let key = rcgen::KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().clone();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![root.clone()], PrivatePkcs8KeyDer::from(key).into());
        Self { root, config: Arc::new(config.unwrap()) }
    }

    /// Greets with it.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

/// A server whose certificate can be changed while it runs.
pub(crate) struct Behind {
    /// Its address, with a slash at its end.
    pub(crate) base: String,
    acceptor: Arc<Mutex<TlsAcceptor>>,
}

impl Behind {
    /// Serves it; each answer closes its connection, so that each call sees the certificate.
    #[expect(clippy::disallowed_methods, reason = "the server of a test ends with its test")]
    pub(crate) async fn serve(router: Router, certified: &Certified) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://{}/", tcp.local_addr().unwrap());
        let acceptor = Arc::new(Mutex::new(certified.acceptor()));
        let router = router.layer(map_response(async |mut response: Response| {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }));
        let greeter = Greeter { tcp, acceptor: Arc::clone(&acceptor) };
        tokio::spawn(async move { axum::serve(greeter, router).await });
        Self { base, acceptor }
    }

    /// Shows another certificate from now on.
    pub(crate) fn show(&self, certified: &Certified) {
        *self.acceptor.lock().unwrap() = certified.acceptor();
    }
}

struct Greeter {
    tcp: TcpListener,
    acceptor: Arc<Mutex<TlsAcceptor>>,
}

impl Listener for Greeter {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = self.tcp.accept().await.unwrap();
            let acceptor = self.acceptor.lock().unwrap().clone();
            // Whoever does not believe the certificate hangs up.
            if let Ok(stream) = acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
