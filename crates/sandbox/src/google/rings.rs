//! Rings sent: posted to their addresses over the network, or taken out by a program that carries
//! them by itself.

use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::push::Ring;
use crate::Sandbox;

const AT_ONCE_MAX: usize = 64;
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(30);

#[expect(clippy::disallowed_methods, reason = "the sandbox knows no crate of ours, nor outbound")]
fn client() -> Result<reqwest::Client, reqwest::Error> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .user_agent("APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)")
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(ANSWER_TIME_MAX)
        .build()
}

/// Posts a ring; the status is absent when nobody answered.
async fn post(client: reqwest::Client, ring: Ring) -> (Ring, Option<u16>) {
    let mut request = client.post(&ring.address).header("content-length", "0");
    for (name, value) in ring.headers() {
        request = request.header(name, value);
    }
    let answer = request.send().await;
    let status = answer.ok().map(|answer| answer.status().as_u16());
    (ring, status)
}

impl Sandbox {
    /// Serves the sandbox over TCP and sends its rings, until told to stop.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let served = axum::serve(listener, self.router()).with_graceful_shutdown(stop);
        tokio::select! {
            served = served.into_future() => served,
            failed = self.keep_ringing() => Err(failed),
        }
    }

    /// Sends rings as they fall due. Comes back only if it cannot begin.
    async fn keep_ringing(&self) -> std::io::Error {
        let client = match client() {
            Ok(client) => client,
            Err(failure) => return std::io::Error::other(failure),
        };
        let mut flying = JoinSet::new();
        loop {
            while flying.len() < AT_ONCE_MAX
                && let Some(ring) = self.take_ring()
            {
                flying.spawn(post(client.clone(), ring));
            }
            tokio::select! {
                Some(Ok((ring, status))) = flying.join_next() => self.ring_answered(ring, status),
                () = self.bell.notified() => {}
                () = tokio::time::sleep(self.until_next_ring()) => {}
            }
        }
    }

    /// The next ring that is due, to be carried to its address by whoever takes it.
    pub fn take_ring(&self) -> Option<Ring> {
        let now = self.now();
        self.with(|world| world.google.push.take(now))
    }

    /// What a ring that was taken has been answered with; absent: nobody answered.
    pub fn ring_answered(&self, ring: Ring, status: Option<u16>) {
        let now = self.now();
        self.with(|world| world.google.push.answered(ring, status, now));
    }

    /// Tells the one who rings that there may be something to ring for.
    pub(crate) fn rings_are_due(&self) {
        self.bell.notify_one();
    }

    fn until_next_ring(&self) -> Duration {
        let now = self.now();
        let next = self.with(|world| world.google.push.next_due_at());
        let wait = next.map(|at| at.duration_since(now).unsigned_abs());
        let late = next.is_some_and(|at| at <= now);
        // A ring that is due waits for one of those in flight.
        if late { LOOK_EVERY } else { wait.unwrap_or(LOOK_EVERY).min(LOOK_EVERY) }
    }
}
