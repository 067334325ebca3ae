//! Somebody else's program that is told things: keeps what is posted to it, and answers as it is
//! told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Redirect, Response};
use connection::Clock;
use http::{HeaderMap, StatusCode};
use tokio::sync::Notify;

/// Where it is posted to.
pub(crate) const ADDRESS: &str = "https://hooks.example/daymark?token=quiet";

/// What was posted.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) timestamp: i64,
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Post {
    /// The event.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Its type.
    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// What the specification's own library signs it with.
    pub(crate) fn signed_by(&self, secret: &str) -> String {
        let theirs = standardwebhooks::Webhook::new(secret).unwrap();
        theirs.sign(&self.id, self.timestamp, self.body.as_bytes()).unwrap()
    }
}

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Status(u16),
    /// 503, to be called again after so many seconds.
    After(u32),
    Redirect,
    /// Not in time.
    Late,
    /// Not for as long as the test lets it wait.
    Never,
    /// With more than anybody wants to read.
    Long,
}

type Answers = Box<dyn FnMut(&Post) -> Reply + Send>;

/// The program.
#[derive(Clone)]
pub(crate) struct Receiver {
    posts: Arc<Mutex<Vec<Post>>>,
    answers: Arc<Mutex<Answers>>,
    /// Told at each post.
    pub(crate) heard: Arc<Notify>,
}

impl Receiver {
    /// One that takes everything.
    pub(crate) fn new() -> Self {
        let answers: Answers = Box::new(|_| Reply::Status(204));
        let answers = Arc::new(Mutex::new(answers));
        Self { posts: Arc::default(), answers, heard: Arc::default() }
    }

    /// From now on it answers so.
    pub(crate) fn answers(&self, answers: impl FnMut(&Post) -> Reply + Send + 'static) {
        *self.answers.lock().unwrap() = Box::new(answers);
    }

    /// What was posted since it was last asked.
    pub(crate) fn take(&self) -> Vec<Post> {
        std::mem::take(&mut *self.posts.lock().unwrap())
    }

    /// The way to it, guarded like every other.
    pub(crate) fn client(&self, clock: &Arc<dyn Clock>) -> outbound::Client {
        let clock = Arc::clone(clock);
        let settings = outbound::Settings::new("Daymark/test", Arc::new(move || clock.now()));
        let receiver = self.clone();
        let take = move |headers: HeaderMap, body: Bytes| {
            let receiver = receiver.clone();
            async move { receiver.post(&headers, &body).await }
        };
        outbound::Client::in_process(settings, Router::new().fallback(take))
    }

    async fn post(&self, headers: &HeaderMap, body: &[u8]) -> Response {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let post = Post {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp").parse().unwrap(),
            signature: header("webhook-signature"),
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        let reply = (self.answers.lock().unwrap())(&post);
        self.posts.lock().unwrap().push(post);
        self.heard.notify_one();
        match reply {
            Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
            Reply::After(s) => {
                (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", s.to_string())]).into_response()
            }
            Reply::Redirect => Redirect::temporary("https://hooks.example/new").into_response(),
            Reply::Long => "x".repeat(300 << 10).into_response(),
            Reply::Never => std::future::pending().await,
            Reply::Late => {
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(16)).await;
                tokio::time::resume();
                std::future::pending().await
            }
        }
    }
}
