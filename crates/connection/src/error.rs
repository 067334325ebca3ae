//! Why a provider did not do what was asked, sorted by what the house does about it.

use jiff::Timestamp;

/// Why the far side no longer lets us in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOutWhy {
    /// The password was refused (status 401).
    PasswordRefused,
    /// A token was refused that the provider had issued a moment before (status 401).
    TokenRefused,
    /// Access was withdrawn at the provider, or ended: so says the issuer of the tokens.
    AccessWithdrawn,
    /// A permission that we need is not, or no longer, among those granted.
    ScopeMissing,
    /// An administrator at the far side must agree first.
    ConsentByAdmin,
}

impl SignedOutWhy {
    /// Every one.
    const ALL: [Self; 5] = [
        Self::PasswordRefused,
        Self::TokenRefused,
        Self::AccessWithdrawn,
        Self::ScopeMissing,
        Self::ConsentByAdmin,
    ];

    /// Does this code of a failure say that the far side did not let us in?
    pub fn is_meant_by(code: &str) -> bool {
        Self::ALL.into_iter().any(|why| ProviderError::SignedOut { why }.code() == code)
    }

    /// The stable code of the attention that it comes to once it is proven.
    pub fn reason(self) -> &'static str {
        match self {
            Self::PasswordRefused => "password_refused",
            Self::TokenRefused | Self::AccessWithdrawn => "signed_out",
            Self::ScopeMissing => "scope_missing",
            Self::ConsentByAdmin => "consent_by_admin",
        }
    }

    /// Servers under load refuse what is good: one such refusal proves nothing. What an issuer of
    /// tokens says of a grant, and what a provider says of permissions, it says on purpose.
    pub fn may_be_a_slip(self) -> bool {
        matches!(self, Self::PasswordRefused | Self::TokenRefused)
    }
}

/// A variant is a consequence; each has one answer, written beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The credential is refused. Once that is proven, the connection needs attention and its jobs
    /// stop; a refusal that may be a slip is proven by another, a while later.
    #[error("signed out")]
    SignedOut {
        /// What proves it.
        why: SignedOutWhy,
    },
    /// The bookmark is no longer known there: back to [`crate::Cursor::Beginning`].
    #[error("the far side forgot our place")]
    CursorExpired,
    /// The thing is not in the version we believed in: pull, then try again.
    #[error("changed meanwhile")]
    PreconditionFailed,
    /// The thing asked for is not there: treat it as removed.
    #[error("not there any more")]
    Gone,
    /// Asked too often: sleep until then; the whole connection slows.
    #[error("asked to wait")]
    Throttled {
        /// When it may be asked again.
        until: Timestamp,
    },
    /// Time-out, 5xx, DNS, certificate: retry, backing off. Proves nothing about the credential.
    #[error("could not be reached: {say}")]
    Unavailable {
        /// What happened, in words for a person.
        say: String,
    },
    /// This installation is not set up as the provider wants it (its OAuth client is wrong or
    /// ended): no fault of the connection's owner, who cannot mend it; tell the administrators.
    #[error("not set up rightly: {say}")]
    SetUp {
        /// What the administrator must do.
        say: String,
    },
    /// It understood and said no: give up, tell the owner.
    #[error("refused: {say}")]
    Refused {
        /// Its reason, in words for a person.
        say: String,
    },
    /// It is more than our named limits allow: nothing of it is read, tell the owner.
    #[error("too large: {say}")]
    TooLarge {
        /// Which limit, in words for a person.
        say: String,
    },
    /// The answer is not what the protocol says (a web page instead of a calendar): keep what we
    /// have, tell the owner.
    #[error("answered something else: {say}")]
    Unintelligible {
        /// What came instead, in words for a person.
        say: String,
    },
}

impl ProviderError {
    /// The stable code that runs, the API and `docs/errors.md` use.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignedOut { why: SignedOutWhy::TokenRefused } => "token_refused",
            Self::SignedOut { why } => why.reason(),
            Self::SetUp { .. } => "set_up",
            Self::CursorExpired => "cursor_expired",
            Self::PreconditionFailed => "precondition_failed",
            Self::Gone => "gone",
            Self::Throttled { .. } => "throttled",
            Self::Unavailable { .. } => "unavailable",
            Self::Refused { .. } => "refused",
            Self::TooLarge { .. } => "too_large",
            Self::Unintelligible { .. } => "unintelligible",
        }
    }
}
