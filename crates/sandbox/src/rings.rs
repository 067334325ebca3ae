//! Rings: notices to programs, queued here, and posted to their addresses over the network or
//! taken out by a program that carries them by itself.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Sandbox;

const AT_ONCE_MAX: usize = 64;
const LOOK_EVERY: Duration = Duration::from_secs(30);
const HEARD_MAX: usize = 1_000;
/// An answer is read so far.
const ANSWER_MAX: usize = 4_096;

/// Which provider rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    Google,
    Microsoft,
}

impl Sender {
    fn user_agent(self) -> &'static str {
        match self {
            Self::Google => {
                "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)"
            }
            Self::Microsoft => "Microsoft-Graph-Change-Notifications",
        }
    }
}

/// One notice on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ring {
    pub sender: Sender,
    pub address: String,
    /// The channel, or the subscription; of several the first.
    pub channel: String,
    /// Google: `sync`, `exists`. Microsoft: `notices`, `lifecycle`, `validation`.
    pub state: &'static str,
    /// Google: the number of the message. Microsoft: which ring it is.
    pub number: u64,
    pub due_at: Timestamp,
    /// How often it was tried before.
    pub tries: u32,
    /// So long its sender waits for an answer.
    pub patience_s: u64,
    /// When it was first to be sent.
    pub(crate) first_at: Timestamp,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Ring {
    /// The headers that it is posted with, beside the length of its body.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        self.headers.clone()
    }

    /// What is posted. Google's rings have no body.
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// What a ring is answered with. Its text matters for Microsoft's validations only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RingAnswer {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

impl RingAnswer {
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// What became of a ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heard {
    pub at: Timestamp,
    pub channel: String,
    pub address: String,
    pub state: &'static str,
    pub number: u64,
    /// What it was posted with.
    pub headers: BTreeMap<&'static str, String>,
    /// The status that it was answered with; absent: nobody answered, or it was never sent.
    pub status: Option<u16>,
    /// `answered`, `tried again`, `given up`, `dropped`.
    pub outcome: &'static str,
}

/// The last rings, and what became of them.
#[derive(Debug, Default)]
pub(crate) struct Log(VecDeque<Heard>);

impl Log {
    pub(crate) fn note(
        &mut self,
        ring: &Ring,
        status: Option<u16>,
        outcome: &'static str,
        at: Timestamp,
    ) {
        if self.0.len() == HEARD_MAX {
            self.0.pop_front();
        }
        let (channel, address) = (ring.channel.clone(), ring.address.clone());
        let (state, number) = (ring.state, ring.number);
        let headers = ring.headers.iter().cloned().collect();
        self.0.push_back(Heard { at, channel, address, state, number, headers, status, outcome });
    }

    pub(crate) fn all(&self) -> Vec<Heard> {
        self.0.iter().cloned().collect()
    }
}

/// What is to be sent, by the time at which it is due.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    due: BTreeMap<(Timestamp, u64), T>,
    sent: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { due: BTreeMap::new(), sent: 0 }
    }
}

impl<T> Queue<T> {
    pub(crate) fn push(&mut self, due_at: Timestamp, what: T) {
        self.sent += 1;
        self.due.insert((due_at, self.sent), what);
    }

    /// The next whose time has come.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<T> {
        let first = self.due.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// All whose time has come and that are like another.
    pub(crate) fn take_alike(&mut self, now: Timestamp, alike: impl Fn(&T) -> bool) -> Vec<T> {
        let due = self.due.range(..=(now, u64::MAX)).filter(|(_, what)| alike(what));
        let keys: Vec<(Timestamp, u64)> = due.map(|(key, _)| *key).collect();
        keys.iter().filter_map(|key| self.due.remove(key)).collect()
    }

    pub(crate) fn next_due_at(&self) -> Option<Timestamp> {
        self.due.keys().next().map(|(at, _)| *at)
    }
}

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
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

/// Posts a ring; the answer is absent when nobody answered.
async fn post(client: reqwest::Client, ring: Ring) -> (Ring, Option<RingAnswer>) {
    let request = client
        .post(&ring.address)
        .header("user-agent", ring.sender.user_agent())
        .timeout(Duration::from_secs(ring.patience_s))
        .body(ring.body.clone());
    let headers = ring.headers.iter();
    let request = headers.fold(request, |request, (name, value)| request.header(*name, value));
    let answer = async {
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let content_type = kind.unwrap_or_default().to_owned();
        if ring.state != "validation" {
            return Some(RingAnswer { status, content_type, body: String::new() });
        }
        let body = answer.text().await.ok()?.chars().take(ANSWER_MAX).collect();
        Some(RingAnswer { status, content_type, body })
    };
    let answer = answer.await;
    (ring, answer)
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
        self.with(|world| world.microsoft.push.carried = true);
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
                Some(Ok((ring, answer))) = flying.join_next() => {
                    self.ring_answered_with(ring, answer);
                }
                () = self.bell.notified() => {}
                () = tokio::time::sleep(self.until_next_ring()) => {}
            }
        }
    }

    /// The next ring that is due, to be carried to its address by whoever takes it.
    pub fn take_ring(&self) -> Option<Ring> {
        let now = self.now();
        self.with(|world| {
            let google = world.google.push.next_due_at();
            let microsoft = world.microsoft.push.next_due_at();
            let googles = microsoft.is_none_or(|at| google.is_some_and(|google| google <= at));
            let first =
                if googles { world.google.push.take(now) } else { world.microsoft.push.take(now) };
            first.or_else(|| world.google.push.take(now))
        })
    }

    /// What a ring that was taken has been answered with; absent: nobody answered.
    pub fn ring_answered(&self, ring: Ring, status: Option<u16>) {
        self.ring_answered_with(ring, status.map(RingAnswer::status));
    }

    /// The same with the text of the answer, which Microsoft's validations are judged by.
    pub fn ring_answered_with(&self, ring: Ring, answer: Option<RingAnswer>) {
        let now = self.now();
        let status = answer.as_ref().map(|answer| answer.status);
        self.with(|world| match ring.sender {
            Sender::Google => world.google.push.answered(ring, status, now),
            Sender::Microsoft => world.microsoft.push.answered(ring, answer, now),
        });
        self.rings_are_due();
    }

    /// Tells the one who rings that there may be something to ring for.
    pub(crate) fn rings_are_due(&self) {
        self.bell.notify_one();
    }

    fn until_next_ring(&self) -> Duration {
        let now = self.now();
        let next = self.with(|world| {
            let google = world.google.push.next_due_at();
            google.into_iter().chain(world.microsoft.push.next_due_at()).min()
        });
        let wait = next.map(|at| at.duration_since(now).unsigned_abs());
        let late = next.is_some_and(|at| at <= now);
        // A ring that is due waits for one of those in flight.
        if late { LOOK_EVERY } else { wait.unwrap_or(LOOK_EVERY).min(LOOK_EVERY) }
    }
}
