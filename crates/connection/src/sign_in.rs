//! The words of signing in at a provider's own page: what we ask for, and what comes back
//! (RFC 6749 §4.1, RFC 7636).

use crate::{Secret, SignInForm};

/// What is asked of the provider's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRequest {
    /// Where the browser comes back to; exactly the address that the client was registered with.
    pub redirect_uri: String,
    /// Unguessable, good for one way back (RFC 6749 §10.12).
    pub state: String,
    /// The S256 challenge of the verifier that we keep (RFC 7636 §4.2).
    pub challenge: String,
    /// Whose sign-in it is where we know it: to repair a connection.
    pub login_hint: Option<String>,
}

/// The parameters with which a browser came back without a code (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CameBack {
    /// `error`; empty where neither a code nor an error came.
    pub error: String,
    /// `error_description`, for the provider's own codes in it; never shown as it is.
    pub description: String,
}

/// What the administrator of an organisation does at the provider, so that its people are let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminStep {
    /// What, and where.
    pub say: &'static str,
    /// What is handed to them: an address, or the name of this installation's client.
    pub hand: String,
}

/// What proves to a provider who one is.
#[derive(Debug, Clone)]
pub enum Proof {
    /// What was typed into a form of ours.
    Form(SignInForm),
    /// What came back from the provider's own page.
    Code(Redemption),
}

impl From<SignInForm> for Proof {
    fn from(form: SignInForm) -> Self {
        Self::Form(form)
    }
}

/// A code that came back, and what proves that it is ours to redeem.
#[derive(Debug, Clone)]
pub struct Redemption {
    /// Good once, for minutes.
    pub code: Secret,
    /// As it was asked with.
    pub redirect_uri: String,
    /// The PKCE verifier of the challenge that was sent.
    pub verifier: Secret,
}

/// One thing that a person allowed us, or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// In plain words: "See and change events on all your calendars".
    pub say: &'static str,
    /// Was it granted?
    pub granted: bool,
    /// What does not work without it; empty where it was granted.
    pub without: &'static str,
    /// Is there no connection without it?
    pub needed: bool,
}
