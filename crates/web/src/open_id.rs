//! The provider of `OpenID` Connect that a business has people sign in at: what the pages need of
//! it. The binary fills this with what goes out over the network.

use async_trait::async_trait;

/// A sign-in that is about to leave for the provider's page, or has come back from it.
#[derive(Debug, Clone)]
pub struct Trip {
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// The proof key (RFC 7636), which lies in the browser.
    pub verifier: String,
    /// What the id token must repeat (`OpenID` Connect Core §3.1.2.1).
    pub nonce: String,
}

/// Who somebody is, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Issuer and subject together never change hands.
    pub issuer: String,
    pub subject: String,
    /// In lower case; only where the provider vouches for it.
    pub email: Option<String>,
}

/// Nobody was identified: a sentence for the person, and a word for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unidentified {
    pub say: String,
    pub why: String,
}

/// The provider.
#[async_trait]
pub trait OpenIdProvider: std::fmt::Debug + Send + Sync {
    /// What people call it: it stands on the button.
    fn name(&self) -> &str;

    /// Who it is, as `iss`; what comes back may say so, too (RFC 9207).
    fn issuer(&self) -> &str;

    /// The address of its page.
    async fn authorize_url(&self, trip: &Trip, state: &str) -> Result<String, Unidentified>;

    /// Redeems a code that came back.
    async fn identify(&self, trip: &Trip, code: &str) -> Result<Identity, Unidentified>;
}
