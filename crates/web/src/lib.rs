//! The door for people: the pages, their live events, and where providers ring. Knows no adapter,
//! no SQL, and nothing of the API.

mod acts;
mod asked;
mod assets;
mod cookies;
mod entering;
mod error;
mod factors;
mod form;
mod guessing;
mod live;
mod open_id;
mod page;
mod pages;
mod passwords;
mod routes;
mod session;
mod webauthn;
mod webhooks;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use guessing::Proxies;
pub use live::Streams;
pub use open_id::{Identity, OpenIdProvider, Trip, Unidentified};
pub use passwords::{Unhashed, hash_password};
pub use session::sign_in_link;

/// What every page needs.
#[derive(Clone)]
pub struct Web {
    /// The store, the time, chance, and what can be connected.
    pub ctx: sync::Context,
    /// Work that outlives a request; waited for at the end.
    pub tasks: TaskTracker,
    /// Ends streams and waiting when the process stops.
    pub stop: CancellationToken,
    /// The live pages that are open.
    pub streams: Streams,
    /// What the operator has set.
    pub settings: Arc<Settings>,
}

/// What the operator has set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What people and providers call it; where the operator has not said, where it listens.
    pub address: url::Url,
    /// Are cookies sent over https only?
    pub secure_cookies: bool,
    /// The version of the program.
    pub version: &'static str,
    /// Who is believed about who asks.
    pub trusted_proxies: Proxies,
    /// Where people of this business sign in, beside passwords here.
    pub open_id: Option<Arc<dyn OpenIdProvider>>,
    /// What the demo shows above its pages.
    pub demo_note: Option<DemoNote>,
}

impl Settings {
    /// One of our addresses, by its path.
    pub(crate) fn at(&self, path: &str) -> String {
        door::addresses::at(&self.address, path)
    }
}

/// Where the demo's outside world is, and what can be typed to connect to it.
#[derive(Debug, Clone)]
pub struct DemoNote {
    /// The address of the sandbox and its control page.
    pub sandbox_url: String,
    /// For each integration kind: names and values of its fields.
    pub lines: Vec<(String, Vec<(String, String)>)>,
}

/// All pages, static files, and the answers for who watches over the process. What it does not
/// know, in this or in what is merged with it, is answered by a page.
pub fn router(web: Web) -> axum::Router {
    routes::router(web)
}
