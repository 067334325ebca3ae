//! Calendars by CalDAV: any server, iCloud among them, and calendar feeds. Hands out one adapter
//! for each; all that is particular to them stays in here.

mod address;
mod certificate;
mod changes;
mod dav;
mod discover;
mod error;
mod examine;
mod feed;
mod fetch;
mod hrefs;
mod icloud;
mod line;
mod list;
mod multistatus;
mod question;
mod refusal;
mod server;
mod whole;
mod write;
mod zone;

use std::sync::Arc;

use connection::{Calendars, PasswordSignIn};
use outbound::Client;
use url::Url;

use crate::line::Manners;

/// What an integration is made of.
#[derive(Clone)]
pub struct Adapter {
    /// How one signs in.
    pub sign_in: Arc<dyn PasswordSignIn>,
    /// What is there then.
    pub calendars: Arc<dyn Calendars>,
}

/// Any CalDAV server, by address, user name and password.
pub fn server(client: Client) -> Adapter {
    let manners = Manners { client, vouched: None, aliases: &[] };
    Adapter {
        sign_in: Arc::new(server::Server(manners.clone())),
        calendars: Arc::new(dav::Dav::new(manners)),
    }
}

/// A feed, by its address or as an uploaded file.
pub fn feed(client: Client) -> Adapter {
    Adapter {
        sign_in: Arc::new(feed::FeedSignIn(client.clone())),
        calendars: Arc::new(feed::Feeds(client)),
    }
}

/// iCloud, by Apple Account and app-specific password. `base` is where the operator says that
/// Apple is; `None` is Apple's own address. A base that is given is vouched for, private or not.
pub fn icloud(client: Client, base: Option<Url>) -> Adapter {
    let manners = Manners { client, vouched: base, aliases: icloud::ALIASES };
    Adapter {
        sign_in: Arc::new(icloud::ICloud(manners.clone())),
        calendars: Arc::new(dav::Dav::new(manners)),
    }
}
