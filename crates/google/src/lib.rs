//! Google Calendar: signing in, calendars and their events, free and busy, and being rung. Hands
//! out one adapter; all that is particular to Google stays in here.

mod calendars;
mod call;
mod changes;
mod error;
mod examine;
mod fetch;
mod free_busy;
mod hosts;
mod list;
mod push;
mod refusal;
mod scopes;
mod sign_in;
mod token;
mod translate;
mod wire;
mod write;

use std::sync::Arc;

use connection::{Calendars, FreeBusy, OAuthSignIn, Secret, Watch};
use outbound::Client;
use url::Url;

use crate::call::Api;
use crate::hosts::Hosts;
use crate::token::GoogleClient;

/// What the operator sets.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where the operator says that Google is; `None` is Google's own addresses. A base that is
    /// given stands for all of its hosts, and is vouched for, private or not.
    pub base: Option<Url>,
    /// The client that was made in Google's console for this installation.
    pub client_id: Option<String>,
    /// And its secret.
    pub client_secret: Option<Secret>,
}

/// What an integration is made of.
#[derive(Clone)]
pub struct Adapter {
    /// How one signs in; `None` where the operator has not made a client.
    pub sign_in: Option<Arc<dyn OAuthSignIn>>,
    /// What is there then.
    pub calendars: Arc<dyn Calendars>,
    /// How calendars that show no more than busy and free are read.
    pub free_busy: Arc<dyn FreeBusy>,
    /// How Google rings.
    pub watch: Arc<dyn Watch>,
}

/// Google Calendar, by way of `client`.
pub fn adapter(client: Client, settings: Settings) -> Adapter {
    let Settings { base, client_id, client_secret } = settings;
    let api = Api::new(client, Hosts::new(base));
    let registered = client_id.zip(client_secret);
    let sign_in = registered.map(|(id, secret)| -> Arc<dyn OAuthSignIn> {
        Arc::new(sign_in::Google::new(api.clone(), GoogleClient { id, secret }))
    });
    Adapter {
        sign_in,
        calendars: Arc::new(calendars::GoogleCalendars(api.clone())),
        free_busy: Arc::new(free_busy::GoogleFreeBusy(api.clone())),
        watch: Arc::new(push::GoogleWatch(api)),
    }
}
