//! The provider of `OpenID` Connect that the settings name, for the pages.

use std::sync::Arc;

use async_trait::async_trait;
use connection::Clock as _;
use outbound::oidc::{self, Failure, Provider};
use web::{Identity, OpenIdProvider, Trip, Unidentified};

use crate::clock::SystemClock;
use crate::config::{OpenId, Settings};
use crate::integrations;

/// A provider, and what people call it.
struct Known {
    provider: Provider,
    issuer: String,
    name: String,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({})", self.issuer)
    }
}

/// The one that the settings name, if they do.
pub(crate) fn of(settings: &Settings) -> anyhow::Result<Option<Arc<dyn OpenIdProvider>>> {
    let Some(OpenId { issuer, client_id, client_secret, name }) = &settings.open_id else {
        return Ok(None);
    };
    let settings_there = oidc::Settings {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        client_secret: client_secret.reveal().into(),
        now: Arc::new(|| SystemClock.now()),
    };
    let provider = Provider::new(integrations::client(settings)?, settings_there);
    Ok(Some(Arc::new(Known { provider, issuer: issuer.to_string(), name: name.clone() })))
}

impl Known {
    fn unidentified(&self, failure: &Failure) -> Unidentified {
        Unidentified { say: failure.say(&self.name), why: failure.to_string() }
    }
}

fn trip_of(trip: &Trip) -> oidc::Trip<'_> {
    oidc::Trip { redirect_uri: &trip.redirect_uri, verifier: &trip.verifier, nonce: &trip.nonce }
}

#[async_trait]
impl OpenIdProvider for Known {
    fn name(&self) -> &str {
        &self.name
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    async fn authorize_url(&self, trip: &Trip, state: &str) -> Result<String, Unidentified> {
        let to = self.provider.authorize_url(trip_of(trip), state).await;
        to.map_err(|failure| self.unidentified(&failure))
    }

    async fn identify(&self, trip: &Trip, code: &str) -> Result<Identity, Unidentified> {
        let found = self.provider.identify(trip_of(trip), code).await;
        let found = found.map_err(|failure| self.unidentified(&failure))?;
        Ok(Identity { issuer: found.issuer, subject: found.subject, email: found.email })
    }
}
