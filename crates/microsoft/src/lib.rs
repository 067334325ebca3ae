//! Outlook, over Microsoft Graph: work, school and personal accounts, Teams among them. All that
//! is particular to Microsoft stays in here.

mod calendar;
mod changes;
mod error;
mod fetch;
mod graph;
mod ids;
mod list;
mod place;
mod push;
mod sign_in;
mod translate;
mod wire;
mod write;

use std::sync::Arc;

use connection::{Calendars, FreeBusy, OAuthSignIn, Secret, Watch};
use outbound::Client;
use url::Url;

use crate::graph::Graph;
use crate::place::Place;

/// What the operator says about Microsoft.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where Microsoft is; `None` is Microsoft's own addresses. A base that is given is vouched
    /// for, private or not, and stands for the sign-in page and for Graph.
    pub base: Option<Url>,
    /// Whose accounts may sign in: a tenant's id or domain, `organizations` or `consumers`.
    /// `None` is everybody (`common`).
    pub tenant: Option<String>,
    /// The application (client) id.
    pub client_id: Option<String>,
    /// The client secret.
    pub client_secret: Option<Secret>,
}

/// What an integration is made of.
#[derive(Clone)]
pub struct Adapter {
    /// How one signs in; `None` where there is no client yet.
    pub sign_in: Option<Arc<dyn OAuthSignIn>>,
    /// What is there then.
    pub calendars: Arc<dyn Calendars>,
    /// Graph shows events or nothing, so there is none.
    pub free_busy: Option<Arc<dyn FreeBusy>>,
    /// How it rings.
    pub watch: Option<Arc<dyn Watch>>,
}

/// Outlook, as the operator set it up.
pub fn adapter(client: Client, settings: Settings) -> Adapter {
    let place = Place::new(settings.base, settings.tenant.as_deref());
    let graph = Graph::new(client.clone(), place.clone());
    let sign_in = settings.client_id.zip(settings.client_secret).map(|(id, secret)| {
        let graph = graph.clone();
        let sign_in = sign_in::SignIn { client, place, graph, id, secret };
        Arc::new(sign_in) as Arc<dyn OAuthSignIn>
    });
    Adapter {
        sign_in,
        calendars: Arc::new(calendar::Outlook(graph.clone())),
        free_busy: None,
        watch: Some(Arc::new(push::Subscriptions(graph))),
    }
}
