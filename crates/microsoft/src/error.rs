//! What a broken call, a status or a code of Graph means for the house.

use connection::{ProviderError, SignedOutWhy};
use outbound::{Error, ErrorKind, Response};
use serde_json::Value;

/// How deep errors within errors are looked into.
const DEPTH_MAX: usize = 8;

/// A call that came to no answer.
pub(crate) fn of_call(error: &Error) -> ProviderError {
    match error.kind {
        ErrorKind::Throttled { until } => ProviderError::Throttled { until },
        ErrorKind::Protocol | ErrorKind::TooManyRedirects => {
            ProviderError::Unintelligible { say: say(error) }
        }
        ErrorKind::Forbidden(_) | ErrorKind::Insecure => ProviderError::Refused { say: say(error) },
        ErrorKind::TooLarge { .. } => ProviderError::TooLarge { say: say(error) },
        ErrorKind::Dns
        | ErrorKind::Connect
        | ErrorKind::Certificate(_)
        | ErrorKind::NotTls
        | ErrorKind::Timeout
        | ErrorKind::Interrupted => ProviderError::Unavailable { say: say(error) },
    }
}

/// A failed call in a sentence for a person. Names the host, never a path.
pub(crate) fn say(error: &Error) -> String {
    let site = &error.site;
    match error.kind {
        ErrorKind::Forbidden(why) => format!("{site} may not be called from here: {why}."),
        ErrorKind::Insecure => format!("{site} would get the access token unencrypted."),
        ErrorKind::Dns => format!("{site} is not found by name from here."),
        ErrorKind::Connect => format!("Nobody answers at {site}."),
        ErrorKind::Certificate(fault) => {
            format!("{site} does not prove who it is: its certificate {fault}.")
        }
        ErrorKind::NotTls => format!("There is no secure connection (https) to be had at {site}."),
        ErrorKind::Timeout => format!("{site} did not answer in time."),
        ErrorKind::Interrupted => format!("The answer of {site} broke off."),
        ErrorKind::TooLarge { max } => {
            format!("The answer of {site} is larger than {} MB.", max >> 20)
        }
        ErrorKind::TooManyRedirects => format!("{site} sends us on to another address."),
        ErrorKind::Throttled { until } => format!("{site} asked to wait until {until}."),
        ErrorKind::Protocol => format!("{site} answered something that is not HTTP."),
    }
}

/// The same to whoever checks the set-up: where the far side is not reached at all, that is theirs
/// to mend.
pub(crate) fn say_unchecked(error: &Error) -> String {
    let is_unreached = matches!(
        error.kind,
        ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Interrupted
    );
    if !is_unreached {
        return say(error);
    }
    let site = &error.site;
    let host = site.split_once("://").map_or(site.as_str(), |(_, host)| host);
    format!("{host} cannot be reached from this machine: check its network, then check again.")
}

/// The codes of a failed answer, the outermost first, in lower case: Graph repeats them within
/// each other, in more detail, and in any case.
pub(crate) struct Codes(Vec<String>);

impl Codes {
    pub(crate) fn of(response: &Response) -> Self {
        serde_json::from_slice(&response.body)
            .map_or_else(|_| Self(Vec::new()), |v| Self::within(&v))
    }

    /// The codes of an answer that is JSON already.
    pub(crate) fn within(answer: &Value) -> Self {
        let mut codes = Vec::new();
        let mut error = answer.get("error");
        for _ in 0..DEPTH_MAX {
            let Some(found) = error else { break };
            codes.extend(found.get("code").and_then(Value::as_str).map(str::to_lowercase));
            error = found.get("innerError").or_else(|| found.get("innererror"));
        }
        Self(codes)
    }

    /// Is it one of these (lower case)?
    pub(crate) fn has(&self, codes: &[&str]) -> bool {
        self.0.iter().any(|code| codes.contains(&code.as_str()))
    }

    fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// Does it say that our place in the changes is not known any more?
    fn is_place_lost(&self) -> bool {
        let lost = |code: &String| code.starts_with("syncstate") || code.starts_with("resync");
        self.0.iter().any(lost)
    }
}

/// A failed answer to a question for changes. The place can be lost on any page, and is told with
/// any status of the client's fault.
pub(crate) fn of_changes(response: &Response) -> ProviderError {
    let is_gone = response.status.as_u16() == 410 && !is_web_page(response);
    if is_gone || (response.status.is_client_error() && Codes::of(response).is_place_lost()) {
        return ProviderError::CursorExpired;
    }
    of_status(response)
}

/// A failed answer to a question about the account itself: no permission is then one that the
/// whole connection lacks.
pub(crate) fn of_account(response: &Response) -> ProviderError {
    match (of_status(response), response.status.as_u16()) {
        (ProviderError::Refused { .. }, 403) if !is_without_mailbox(&Codes::of(response)) => {
            ProviderError::SignedOut { why: SignedOutWhy::ScopeMissing }
        }
        (error, _) => error,
    }
}

/// An answer that is no success.
pub(crate) fn of_status(response: &Response) -> ProviderError {
    let status = response.status;
    let codes = Codes::of(response);
    let refused = |say: &str| ProviderError::Refused { say: say.into() };
    match (status.as_u16(), response.retry_after) {
        (400 | 401 | 403 | 404 | 410 | 412, _) if is_web_page(response) => unintelligible(response),
        (401, _) => ProviderError::SignedOut { why: SignedOutWhy::TokenRefused },
        (403, _) if codes.has(&["insufficient_claims"]) || wants_claims(response) => {
            ProviderError::SignedOut { why: SignedOutWhy::TokenRefused }
        }
        (400 | 403 | 404, _) if is_without_mailbox(&codes) => refused(NO_MAILBOX),
        (403, _) if codes.has(&["authorization_requestdenied"]) => {
            ProviderError::SignedOut { why: SignedOutWhy::ScopeMissing }
        }
        (403, _) => refused(
            "Microsoft does not let this account do that there: the calendar is not, or no \
             longer, shared with it in that way, or a permission is missing.",
        ),
        (404 | 410, _) => ProviderError::Gone,
        (409 | 412, _) => ProviderError::PreconditionFailed,
        (400, _) if codes.has(&["errorduplicatetransactionid"]) => {
            ProviderError::PreconditionFailed
        }
        (429 | 503, Some(until)) => ProviderError::Throttled { until },
        (507 | 509, _) => ProviderError::Unavailable {
            say: "The mailbox at Microsoft is full, or has been used too much.".into(),
        },
        (408 | 423 | 425 | 429 | 500..=599, _) => {
            ProviderError::Unavailable { say: format!("Microsoft answered {status}.") }
        }
        (300..=399, _) => ProviderError::Unintelligible {
            say: format!("Microsoft sends us on ({status}) where it should answer."),
        },
        _ => ProviderError::Refused { say: refusal(response, &codes) },
    }
}

/// Does a web page stand where Graph should? What a proxy says proves nothing of Microsoft.
fn is_web_page(response: &Response) -> bool {
    response.body.trim_ascii_start().starts_with(b"<")
}

/// An answer that is not JSON, and so not Graph's.
pub(crate) fn unintelligible(response: &Response) -> ProviderError {
    let what = if is_web_page(response) { "a web page" } else { "something else" };
    let host = response.url.host_str().unwrap_or("Microsoft");
    ProviderError::Unintelligible { say: format!("{host} answered {what} instead of JSON.") }
}

const NO_MAILBOX: &str = "This account has no mailbox in Microsoft's cloud, and so no calendars \
                          there. Connect an account with one, or the calendar server itself.";

fn is_without_mailbox(codes: &Codes) -> bool {
    codes.has(&[
        "mailboxnotenabledforrestapi",
        "mailboxnotsupportedforrestapi",
        "mailboxnothostedinexchangeonline",
        "resourcenotfound",
        "extensionerror",
    ])
}

/// Continuous access evaluation asks for a new sign-in by this header.
fn wants_claims(response: &Response) -> bool {
    let asks = response.headers.get(http::header::WWW_AUTHENTICATE);
    asks.and_then(|asks| asks.to_str().ok()).is_some_and(|asks| asks.contains("claims="))
}

/// The reason that a refusal gives, by its code.
fn refusal(response: &Response, codes: &Codes) -> String {
    let reason = match codes.first() {
        Some("erroroccurrencecrossingboundary") => {
            "an occurrence cannot be moved to or over the day of the one before or after it"
        }
        Some("erroroccurrencetimespantoobig") => {
            "an occurrence lasts longer than the time to the next one"
        }
        Some("timezonenotsupportedexception" | "errorinvalidtimezone") => {
            "it does not know the event's time zone"
        }
        Some("errorinvalididmalformed" | "errorinvalidid") => "that is no name of an event there",
        Some("errorpropertyvalidationfailure") => "it does not accept a value in the event",
        Some("errorcalendarisorganizerforaccept" | "errorcalendarisnotorganizer") => {
            "only the organizer can do that"
        }
        _ if response.status.as_u16() == 413 => "the event is too large",
        _ => return format!("Microsoft refused ({}).", response.status),
    };
    format!("Microsoft refused: {reason}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_checks_the_set_up_reads_which_server_is_not_reached_and_what_to_check() {
        let error = |kind| Error { site: "http://127.0.0.1:8090".into(), kind };
        assert_eq!(
            say_unchecked(&error(ErrorKind::Connect)),
            "127.0.0.1:8090 cannot be reached from this machine: check its network, then check \
             again."
        );
        let odd = error(ErrorKind::Protocol);
        assert_eq!(say_unchecked(&odd), say(&odd));
    }
}
