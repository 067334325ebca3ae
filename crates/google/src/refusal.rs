//! Why a sign-in came to nothing: one sentence each that says what to do, with a stable code.

use connection::{AdminStep, CameBack, FailureCode, Permission, ProviderError, Refusal};
use outbound::ErrorKind;
use outbound::oauth::{TokenFailure, TokenRefusal};

use crate::{error, token};

/// Where an administrator lets this client in.
pub(crate) const TRUSTED: &str = "An administrator trusts this client ID in the Google Admin \
    console, under Security > Access and data control > API controls > App access control:";

fn refusal(code: FailureCode, say: impl Into<String>) -> Refusal {
    Refusal { code, say: say.into(), field: None }
}

/// For the person; what the administrators must do stands behind it.
fn set_up(say: &str) -> Refusal {
    refusal(FailureCode::SetUp, format!("This installation is not set up for Google. {say}"))
}

/// The browser came back without a code. `hint` is whose sign-in was expected, to repair.
pub(crate) fn came_back(back: &CameBack, hint: Option<&str>, admin: &AdminStep) -> Refusal {
    let of_client = TokenRefusal { error: back.error.clone(), ..TokenRefusal::default() };
    match back.error.as_str() {
        "access_denied" => {
            let whose = hint.map(|hint| format!(" as {hint}")).unwrap_or_default();
            refusal(
                FailureCode::Cancelled,
                format!(
                    "Google says that you did not agree, so nothing was changed. To go on, begin \
                     again{whose} and choose “Continue” at Google."
                ),
            )
        }
        "admin_policy_enforced" => refusal(
            FailureCode::ConsentByAdmin,
            format!(
                "The administrators of this Google Workspace do not let this program in yet. \
                 Connect again once they do. {} {}.",
                admin.say, admin.hand
            ),
        ),
        "org_internal" => refusal(
            FailureCode::WorkAccountNeeded,
            "This installation takes Google accounts of its own organisation only. Connect with \
             your account there.",
        ),
        "disallowed_useragent" => refusal(
            FailureCode::Refused,
            "Google lets nobody sign in inside another app. Open Daymark in an ordinary browser \
             and connect again.",
        ),
        "server_error" | "temporarily_unavailable" => refusal(
            FailureCode::Unreachable,
            "Google's sign-in is out of order just now. Try again in a few minutes.",
        ),
        "" => refusal(
            FailureCode::SignInExpired,
            "The browser came back from Google without an answer. Connect again.",
        ),
        "invalid_request" => set_up("Google does not accept how it asks. Ask whoever runs it."),
        _ => match token::set_up(&of_client) {
            Some(say) => set_up(say),
            None => refusal(
                FailureCode::Refused,
                "Google did not sign you in. Connect again, and choose the account once more.",
            ),
        },
    }
}

/// The code was not redeemed.
pub(crate) fn not_redeemed(failed: &TokenFailure) -> Refusal {
    match failed {
        TokenFailure::Broken(broken) => {
            let code = match broken.kind {
                ErrorKind::Timeout => FailureCode::TimedOut,
                ErrorKind::Certificate(_) | ErrorKind::NotTls => FailureCode::CertificateInvalid,
                ErrorKind::Forbidden(_) => FailureCode::AddressForbidden,
                ErrorKind::Insecure => FailureCode::AddressInsecure,
                ErrorKind::TooLarge { .. } => FailureCode::TooLarge,
                _ => FailureCode::Unreachable,
            };
            refusal(code, format!("{} Connect again in a few minutes.", error::say(broken)))
        }
        TokenFailure::OutOfOrder { .. } => refusal(
            FailureCode::Unreachable,
            "Google's sign-in is out of order just now. Try again in a few minutes.",
        ),
        TokenFailure::Unintelligible => refusal(
            FailureCode::WebPage,
            "Something else than Google's sign-in answers. If this network asks to sign in \
             somewhere first, whoever runs this installation must do that, then try again.",
        ),
        TokenFailure::Refused(refused) => match (refused.error.as_str(), token::set_up(refused)) {
            ("invalid_grant", _) => refusal(
                FailureCode::SignInExpired,
                "Google's answer was used before, or is older than ten minutes. Connect again.",
            ),
            (_, Some(say)) => set_up(say),
            _ => refusal(
                FailureCode::Refused,
                "Google refused the sign-in without a reason that is known here. Connect again.",
            ),
        },
    }
}

/// What the check of a client found.
pub(crate) fn of_client(failed: &TokenFailure) -> Refusal {
    match failed {
        TokenFailure::Refused(refused) => match token::set_up(refused) {
            Some(say) => refusal(FailureCode::SetUp, say),
            None => refusal(
                FailureCode::Refused,
                "Google refused the client without a reason that is known here.",
            ),
        },
        TokenFailure::Broken(broken) => {
            refusal(FailureCode::Unreachable, error::say_unchecked(broken))
        }
        other => not_redeemed(other),
    }
}

/// No refresh token came.
pub(crate) fn no_refresh_token() -> Refusal {
    refusal(
        FailureCode::NoRefreshToken,
        "Google lets us in for this hour only. Remove Daymark at \
         https://myaccount.google.com/connections, then connect again.",
    )
}

/// Google does not say who signed in.
pub(crate) fn nobody() -> Refusal {
    refusal(
        FailureCode::Refused,
        "Google did not say which account this is. Connect again, and leave every box ticked.",
    )
}

/// Boxes were left unticked.
pub(crate) fn missing(permissions: &[Permission]) -> Refusal {
    let says: Vec<String> = permissions.iter().map(|one| format!("“{}”", one.say)).collect();
    let costs: Vec<&str> = permissions.iter().map(|one| one.without).collect();
    refusal(
        FailureCode::ScopeMissing,
        format!(
            "At Google, {} was not ticked. {} Connect again, and tick every box.",
            says.join(" and "),
            costs.join(" ")
        ),
    )
}

/// An account without a calendar.
pub(crate) fn no_calendars() -> Refusal {
    refusal(
        FailureCode::NoCalendars,
        "This Google account has no calendar. Open calendar.google.com once with it, then connect \
         again.",
    )
}

/// The calendars could not be listed.
pub(crate) fn of_provider(failed: &ProviderError) -> Refusal {
    match failed {
        ProviderError::SignedOut { .. } => refusal(
            FailureCode::ScopeMissing,
            "Google signed us in, and does not show the calendars. Connect again, and tick every \
             box.",
        ),
        ProviderError::Throttled { .. } => refusal(
            FailureCode::Refused,
            "Google is asked too often just now. Connect again in a few minutes.",
        ),
        ProviderError::Unavailable { say } => {
            refusal(FailureCode::Unreachable, format!("{say} Connect again in a few minutes."))
        }
        ProviderError::Unintelligible { say } => refusal(
            FailureCode::WebPage,
            format!("{say} If this network asks to sign in somewhere first, do that there."),
        ),
        ProviderError::SetUp { say } => set_up(say),
        ProviderError::Refused { say } => refusal(FailureCode::Refused, say),
        ProviderError::TooLarge { say } => {
            refusal(FailureCode::TooLarge, format!("{say} Connect an account with fewer."))
        }
        ProviderError::Gone | ProviderError::CursorExpired | ProviderError::PreconditionFailed => {
            no_calendars()
        }
    }
}
