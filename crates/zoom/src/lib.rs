//! Zoom, as far as an installation is made known to it: whether it knows our client, and which
//! notices are its own (`docs/providers/zoom.md`). Nobody's account at Zoom is connected yet.

mod check;
mod notices;
mod wire;

use std::sync::Arc;

use connection::{ClientCheck, Secret, SignedNotices};
use outbound::Client;
use url::Url;

/// What the operator says about Zoom.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where Zoom is; `None` is Zoom's own address. A base that is given is vouched for, private
    /// or not.
    pub base: Option<Url>,
    /// The client ID of the app that was built in Zoom's App Marketplace.
    pub client_id: Option<String>,
    /// And its client secret.
    pub client_secret: Option<Secret>,
    /// The secret token of its event subscriptions.
    pub secret_token: Option<Secret>,
}

/// What there is of Zoom.
#[derive(Clone)]
pub struct Adapter {
    /// Asks Zoom about the client; `None` where none was entered.
    pub client: Option<Arc<dyn ClientCheck>>,
    /// Knows Zoom's notices; `None` without the secret token.
    pub notices: Option<Arc<dyn SignedNotices>>,
}

/// Zoom, as the operator set it up.
pub fn adapter(client: Client, settings: Settings) -> Adapter {
    let Settings { base, client_id, client_secret, secret_token } = settings;
    let registered = client_id.zip(client_secret);
    // With an empty key, anybody could sign.
    let secret_token = secret_token.filter(|token| !token.reveal().is_empty());
    Adapter {
        client: registered.map(|(id, secret)| -> Arc<dyn ClientCheck> {
            Arc::new(check::RegisteredApp { client, base, id, secret })
        }),
        notices: secret_token.map(|token| -> Arc<dyn SignedNotices> {
            Arc::new(notices::EventSubscriptions::new(&token))
        }),
    }
}
