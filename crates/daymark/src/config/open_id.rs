//! Where people of a business sign in, beside passwords here.

use connection::Secret;
use url::{Host, Url};

use super::{Layers, address};

/// What stands on the button where the operator gave no name.
const NAME: &str = "your organisation";

/// A provider of `OpenID` Connect, and this installation's client there.
pub(crate) struct OpenId {
    /// The provider, as it calls itself.
    pub(crate) issuer: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    /// What people call it.
    pub(crate) name: String,
}

impl OpenId {
    pub(super) fn read(layers: &Layers) -> anyhow::Result<Option<Self>> {
        let issuer = layers.text("oidc_issuer");
        let client_id = layers.text("oidc_client_id");
        let client_secret = layers.secret("oidc_client_secret")?;
        let (Some(issuer), Some(client_id), Some(client_secret)) =
            (&issuer, &client_id, &client_secret)
        else {
            let none = issuer.is_none() && client_id.is_none() && client_secret.is_none();
            anyhow::ensure!(
                none,
                "DAYMARK_OIDC_ISSUER, DAYMARK_OIDC_CLIENT_ID and DAYMARK_OIDC_CLIENT_SECRET \
                 belong together: give all three, or none"
            );
            return Ok(None);
        };
        let issuer = address("oidc_issuer", issuer)?;
        anyhow::ensure!(
            issuer.scheme() == "https" || is_here(&issuer),
            "DAYMARK_OIDC_ISSUER must begin with https://: who signs in is believed because of it"
        );
        Ok(Some(Self {
            issuer,
            client_id: client_id.clone(),
            client_secret: client_secret.clone(),
            name: layers.text("oidc_name").unwrap_or_else(|| NAME.into()),
        }))
    }
}

/// On this machine nobody stands in between.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
