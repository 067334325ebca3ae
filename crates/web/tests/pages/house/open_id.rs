//! A provider of `OpenID` Connect in front of the house: the sandbox's Google, asked as the program
//! asks one.

use async_trait::async_trait;
use outbound::oidc::{self, Provider};
use sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET};
use web::{Identity, OpenIdProvider, Trip, Unidentified};

/// The provider, and what people call it.
#[derive(Clone)]
pub(crate) struct Northwind(Provider);

impl Northwind {
    pub(super) fn new(client: &outbound::Client, now: outbound::Now) -> Self {
        let settings = oidc::Settings {
            issuer: "http://sandbox.test".parse().unwrap(),
            client_id: GOOGLE_CLIENT_ID.into(),
            client_secret: GOOGLE_CLIENT_SECRET.into(),
            now,
        };
        Self(Provider::new(client.clone(), settings))
    }
}

impl std::fmt::Debug for Northwind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Northwind")
    }
}

fn trip_of(trip: &Trip) -> oidc::Trip<'_> {
    oidc::Trip { redirect_uri: &trip.redirect_uri, verifier: &trip.verifier, nonce: &trip.nonce }
}

fn unidentified(failure: &oidc::Failure) -> Unidentified {
    Unidentified { say: failure.say("Acme ID"), why: failure.to_string() }
}

#[async_trait]
impl OpenIdProvider for Northwind {
    fn name(&self) -> &'static str {
        "Acme ID"
    }

    fn issuer(&self) -> &'static str {
        "http://sandbox.test/"
    }

    async fn authorize_url(&self, trip: &Trip, state: &str) -> Result<String, Unidentified> {
        self.0.authorize_url(trip_of(trip), state).await.map_err(|failure| unidentified(&failure))
    }

    async fn identify(&self, trip: &Trip, code: &str) -> Result<Identity, Unidentified> {
        let found = self.0.identify(trip_of(trip), code).await;
        let found = found.map_err(|failure| unidentified(&failure))?;
        Ok(Identity { issuer: found.issuer, subject: found.subject, email: found.email })
    }
}
