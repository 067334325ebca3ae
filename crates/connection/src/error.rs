//! Why a provider did not do what was asked, sorted by what the house does about it.

use jiff::Timestamp;

/// Why the far side no longer lets us in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOutWhy {
    /// The password was refused (status 401).
    PasswordRefused,
    /// Access was withdrawn at the provider, or ended.
    AccessWithdrawn,
    /// A permission that we need is not, or no longer, among those granted.
    ScopeMissing,
    /// An administrator at the far side must agree first.
    ConsentByAdmin,
}

/// A variant is a consequence; each has one answer, written beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The credential is dead: the connection needs attention, its jobs stop.
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
            Self::SignedOut { why: SignedOutWhy::PasswordRefused } => "password_refused",
            Self::SignedOut { why: SignedOutWhy::AccessWithdrawn } => "signed_out",
            Self::SignedOut { why: SignedOutWhy::ScopeMissing } => "scope_missing",
            Self::SignedOut { why: SignedOutWhy::ConsentByAdmin } => "consent_by_admin",
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
