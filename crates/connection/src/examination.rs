//! Connecting is an examination: a line for each thing that is checked, told as it happens.

use crate::{Credential, Principal, RemoteCalendar};

/// What one line of an examination is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckName {
    /// A server of the right kind answers at that address.
    ServerFound,
    /// It lets us in.
    SignedIn,
    /// The permissions that are needed were granted.
    Permissions,
    /// It lists the calendars.
    CalendarsListed,
    /// Events may be written (found out by privilege, never by a dummy event).
    CanWrite,
    /// It tells changes since a point, or everything must be compared each time.
    Changes,
    /// Its clock agrees with ours.
    Clock,
    /// What it cannot do.
    Limits,
}

impl CheckName {
    /// All of them, in the order in which they are examined.
    pub const ALL: [Self; 8] = [
        Self::ServerFound,
        Self::SignedIn,
        Self::Permissions,
        Self::CalendarsListed,
        Self::CanWrite,
        Self::Changes,
        Self::Clock,
        Self::Limits,
    ];

    /// As the API and the table spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServerFound => "server_found",
            Self::SignedIn => "signed_in",
            Self::Permissions => "permissions",
            Self::CalendarsListed => "calendars_listed",
            Self::CanWrite => "can_write",
            Self::Changes => "changes",
            Self::Clock => "clock",
            Self::Limits => "limits",
        }
    }

    /// The reverse of [`CheckName::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }
}

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckResult {
    /// As it should be.
    Pass,
    /// It works, with a limit that the line names.
    Warn,
    /// It does not work; the line says what to do.
    Fail,
}

impl CheckResult {
    /// As the API and the table spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    /// The reverse of [`CheckResult::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pass, Self::Warn, Self::Fail].into_iter().find(|r| r.as_str() == text)
    }
}

/// One line of an examination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: CheckName,
    /// How it came out.
    pub result: CheckResult,
    /// One sentence for a person. Never holds a secret.
    pub say: String,
}

/// What a passed examination found.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Who we are there.
    pub principal: Principal,
    /// What to keep, sealed.
    pub credential: Credential,
    /// The calendars. There may be none: then it can be mended, and not connected anew.
    pub calendars: Vec<RemoteCalendar>,
}

/// Calendars of one connection.
pub const CALENDARS_MAX: usize = 250;

/// An account with more calendars than we read is refused, rather than read in part.
pub fn within_limits(calendars: &[RemoteCalendar]) -> Result<(), Refusal> {
    let count = calendars.len();
    if count <= CALENDARS_MAX {
        return Ok(());
    }
    Err(Refusal {
        code: FailureCode::TooLarge,
        say: format!(
            "This account lists {count} calendars; at most {CALENDARS_MAX} can be read. Connect \
             an account with fewer."
        ),
        field: None,
    })
}

/// Why an examination failed: stable codes, listed in `docs/errors.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureCode {
    /// The ordinary password of the provider was given where an app-specific one is needed.
    AppPasswordNeeded,
    /// User name or password refused.
    PasswordRefused,
    /// A field is missing or cannot be read (no address, not an e-mail address, too long).
    FieldInvalid,
    /// The address may not be called from here (private network).
    AddressForbidden,
    /// http where only https is safe.
    AddressInsecure,
    /// There is no such host, or nobody answers there.
    Unreachable,
    /// It did not answer in time.
    TimedOut,
    /// Its certificate is not valid for this host.
    CertificateInvalid,
    /// A web page answers, no calendar server or calendar.
    WebPage,
    /// Something answers that is no calendar server or calendar.
    NotACalendar,
    /// It wants a way of signing in that we do not speak.
    SignInUnsupported,
    /// Signed in, but there is no calendar for events.
    NoCalendars,
    /// More than the named limits allow.
    TooLarge,
    /// It said no, or asked us to wait.
    Refused,
    /// Signed in as somebody else than the connection that is being repaired.
    OtherPrincipal,
    /// The process that examined it stopped or died.
    Interrupted,
    /// The person said no at the provider's page.
    Cancelled,
    /// A permission that is needed was not given.
    ScopeMissing,
    /// No refresh token came: it would end within the hour.
    NoRefreshToken,
    /// An administrator at the provider must agree first.
    ConsentByAdmin,
    /// It works with accounts of another kind only.
    WorkAccountNeeded,
    /// The sign-in was begun too long ago, or its way back was opened before.
    SignInExpired,
    /// The way back was opened in another browser, or by another person, than began.
    OtherBrowser,
    /// This installation's client at the provider is missing, wrong or ended.
    SetUp,
}

impl FailureCode {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppPasswordNeeded => "app_password_needed",
            Self::PasswordRefused => "password_refused",
            Self::FieldInvalid => "field_invalid",
            Self::AddressForbidden => "address_forbidden",
            Self::AddressInsecure => "address_insecure",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::CertificateInvalid => "certificate_invalid",
            Self::WebPage => "web_page",
            Self::NotACalendar => "not_a_calendar",
            Self::SignInUnsupported => "sign_in_unsupported",
            Self::NoCalendars => "no_calendars",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::OtherPrincipal => "other_principal",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
            Self::ScopeMissing => "scope_missing",
            Self::NoRefreshToken => "no_refresh_token",
            Self::ConsentByAdmin => "consent_by_admin",
            Self::WorkAccountNeeded => "work_account_needed",
            Self::SignInExpired => "sign_in_expired",
            Self::OtherBrowser => "other_browser",
            Self::SetUp => "set_up",
        }
    }
}

/// A failed examination. Nothing of it is kept but the lines that were seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{say}")]
pub struct Refusal {
    /// What kind of failure.
    pub code: FailureCode,
    /// One sentence that says what to do.
    pub say: String,
    /// The field of the form that it is about: `address`, `username`, `password`, `file`.
    pub field: Option<&'static str>,
}
