//! Why an examination failed: one sentence each that says what to do, with a stable code.

use connection::{CALENDARS_MAX, FailureCode, ProviderError, Refusal};
use outbound::{Error, ErrorKind, ForbiddenWhy};
use url::Url;

use crate::error;

/// A refusal about one field of the form.
pub(crate) fn about(field: &'static str, code: FailureCode, say: impl Into<String>) -> Refusal {
    Refusal { code, say: say.into(), field: Some(field) }
}

/// A call that came to no answer.
pub(crate) fn of_call(broken: &Error) -> Refusal {
    let site = &broken.site;
    let (code, say) = match broken.kind {
        ErrorKind::Forbidden(ForbiddenWhy::Private) => (
            FailureCode::AddressForbidden,
            format!(
                "{site} leads into a private network, where this Daymark does not go. Whoever runs \
                 it can open that network with DAYMARK_ALLOW_ADDRESSES."
            ),
        ),
        ErrorKind::Forbidden(_) => (FailureCode::AddressForbidden, error::say(broken)),
        ErrorKind::Insecure => (
            FailureCode::AddressInsecure,
            format!("{site} would get your password unencrypted. Use its address with https://."),
        ),
        ErrorKind::Dns => {
            (FailureCode::Unreachable, format!("There is no {site}. Is the address spelled right?"))
        }
        ErrorKind::Connect | ErrorKind::Interrupted => (
            FailureCode::Unreachable,
            format!("Nobody answers at {site}. Is the address right, and the server running?"),
        ),
        ErrorKind::Certificate(_) => (FailureCode::CertificateInvalid, error::say(broken)),
        ErrorKind::NotTls => (
            FailureCode::CertificateInvalid,
            format!(
                "There is no secure connection (https) to be had at {site}. {}",
                if has_port(site) {
                    "For a server on your own machine or network, enter its address with http://; \
                     for any other, leave out the port, or ask whoever runs it for the right one."
                } else {
                    "Ask whoever runs the server for its address, and its port."
                }
            ),
        ),
        ErrorKind::Timeout => (
            FailureCode::TimedOut,
            format!("{site} did not answer in time. Try again in a few minutes."),
        ),
        ErrorKind::TooLarge { .. } => (FailureCode::TooLarge, error::say(broken)),
        ErrorKind::TooManyRedirects => (
            FailureCode::NotACalendar,
            format!("{site} sends us on and on. Enter the address it leads to in a browser."),
        ),
        ErrorKind::Throttled { .. } => return busy(site),
        ErrorKind::Protocol => (FailureCode::NotACalendar, error::say(broken)),
    };
    about("address", code, say)
}

fn has_port(site: &str) -> bool {
    Url::parse(site).is_ok_and(|url| url.port().is_some())
}

/// What a provider's failure means while connecting.
pub(crate) fn of_provider(failed: &ProviderError) -> Refusal {
    let refused = |say: &str| about("address", FailureCode::Refused, say);
    match failed {
        ProviderError::SignedOut { .. } => password("The server"),
        ProviderError::Throttled { .. } => busy("The server"),
        ProviderError::Unavailable { say } => about("address", FailureCode::Unreachable, say),
        ProviderError::Unintelligible { say } => about("address", FailureCode::NotACalendar, say),
        ProviderError::Refused { say } | ProviderError::SetUp { say } => refused(say),
        ProviderError::TooLarge { say } => about("address", FailureCode::TooLarge, say),
        ProviderError::Gone | ProviderError::CursorExpired | ProviderError::PreconditionFailed => {
            refused("The server does not have what it pointed us to. Try again later.")
        }
    }
}

/// 401 to a user name and password.
pub(crate) fn password(site: &str) -> Refusal {
    about(
        "password",
        FailureCode::PasswordRefused,
        format!(
            "{site} refused the user name or the password. With two-step sign-in it wants an app \
             password, made in its settings."
        ),
    )
}

/// 401, and Basic is not among what it offers.
pub(crate) fn other_sign_in(site: &str) -> Refusal {
    about(
        "address",
        FailureCode::SignInUnsupported,
        format!(
            "{site} does not take a password over https (Basic), which is the only way Daymark \
             speaks. Ask whoever runs it to turn that on."
        ),
    )
}

/// It sends us to another site, which must not get the password unasked.
pub(crate) fn elsewhere(host: &str) -> Refusal {
    about(
        "address",
        FailureCode::Refused,
        format!(
            "The server sends us on to {host}, another site, which does not get your password \
             unasked. If that is your provider, enter {host} as the address."
        ),
    )
}

/// A web page where a calendar server was expected.
pub(crate) fn web_page(host: &str) -> Refusal {
    about(
        "address",
        FailureCode::WebPage,
        format!(
            "A web page answers at {host}, not a calendar server. Look in your provider's help for \
             its CalDAV address."
        ),
    )
}

/// Something else answers.
pub(crate) fn not_a_server(host: &str) -> Refusal {
    about(
        "address",
        FailureCode::NotACalendar,
        format!(
            "There is no calendar server at {host}. Look in your provider's help for its CalDAV \
             address."
        ),
    )
}

/// It is a server, but keeps no calendars for this account.
pub(crate) fn no_home(host: &str) -> Refusal {
    about(
        "address",
        FailureCode::NoCalendars,
        format!("{host} let us in, but keeps no calendars for this account."),
    )
}

/// The list of its calendars alone is more than we take.
pub(crate) fn endless_list(say: &str) -> Refusal {
    about(
        "address",
        FailureCode::TooLarge,
        format!(
            "{say} It was to list the calendars: at most {CALENDARS_MAX} can be read. Connect an \
             account with fewer."
        ),
    )
}

/// It asked us to wait.
pub(crate) fn busy(site: &str) -> Refusal {
    about(
        "address",
        FailureCode::Refused,
        format!("{site} is too busy just now. Try again in a few minutes."),
    )
}
