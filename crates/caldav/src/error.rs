//! What a status or a broken call means for the house.

use connection::{ProviderError, SignedOutWhy};
use outbound::{CertificateFault, Error, ErrorKind, Response};

use crate::multistatus;

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
        ErrorKind::Insecure => {
            format!("{site} would get the password unencrypted. Use an address with https.")
        }
        ErrorKind::Dns => format!("There is no {site}, as far as can be told now."),
        ErrorKind::Connect => format!("Nobody answers at {site}."),
        ErrorKind::Certificate(fault) => certificate(site, fault),
        ErrorKind::NotTls => format!("There is no secure connection (https) to be had at {site}."),
        ErrorKind::Timeout => format!("{site} did not answer in time."),
        ErrorKind::Interrupted => format!("The answer of {site} broke off."),
        ErrorKind::TooLarge { max } => {
            format!("The answer of {site} is larger than {} MB.", max >> 20)
        }
        ErrorKind::TooManyRedirects => format!("{site} sends us on and on."),
        ErrorKind::Throttled { until } => format!("{site} asked to wait until {until}."),
        ErrorKind::Protocol => format!("{site} answered something that is not HTTP."),
    }
}

/// What is wrong with a certificate; only whoever runs the server can mend that.
fn certificate(site: &str, fault: CertificateFault) -> String {
    let whose = site.trim_start_matches("https://");
    let renew = "ask whoever runs that server to renew it";
    match fault {
        CertificateFault::Ended { .. } => format!("The certificate of {whose} {fault}; {renew}."),
        _ => format!("{site} does not prove who it is: its certificate {fault}; {renew}."),
    }
}

/// An answer that is no success.
pub(crate) fn of_status(response: &Response) -> ProviderError {
    let status = response.status;
    match (status.as_u16(), response.retry_after) {
        (401, _) if response.password_withheld => ProviderError::Refused {
            say: "The server sends us on to another site, which does not get the password.".into(),
        },
        (401, _) => ProviderError::SignedOut { why: SignedOutWhy::PasswordRefused },
        (404 | 410, _) => ProviderError::Gone,
        (412, _) => ProviderError::PreconditionFailed,
        (429 | 503, Some(until)) => ProviderError::Throttled { until },
        (507, _) => ProviderError::Refused { say: "The account there is full.".into() },
        (408 | 423 | 425 | 429 | 500..=599, _) => {
            ProviderError::Unavailable { say: format!("The server answered {status}.") }
        }
        (300..=399, _) => ProviderError::Unintelligible {
            say: format!("The server sends us on ({status}) without saying where to."),
        },
        _ => ProviderError::Refused { say: refusal(response) },
    }
}

/// The reason that a refusal gives, by its precondition (RFC 4791 §5.3.2.1 and others).
fn refusal(response: &Response) -> String {
    let named = multistatus::precondition(&response.body);
    let reason = match named.as_deref() {
        Some("no-uid-conflict" | "unique-scheduling-object-resource") => {
            "it already has an event with the same UID elsewhere"
        }
        Some("need-privileges") => "this account may not do that there",
        Some("quota-not-exceeded") => "the account there is full",
        Some("max-resource-size") => "the event is too large",
        Some("max-attendees-per-resource" | "max-attendees-per-instance") => {
            "the event has too many guests"
        }
        Some("min-date-time" | "max-date-time" | "max-instances") => {
            "the event lies too far off, or repeats too often"
        }
        Some("supported-calendar-component") => "this calendar takes no events",
        Some(
            "valid-calendar-data" | "valid-calendar-object-resource" | "supported-calendar-data",
        ) => "it does not accept the event as it is written",
        Some("organizer-allowed" | "attendee-allowed" | "same-organizer-in-all-components") => {
            "it does not let this account organise the event"
        }
        _ => return format!("The server refused ({}).", response.status),
    };
    format!("The server refused: {reason}.")
}

/// Something that could not be found out, and need not be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unknown;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_the_server_is_named_where_its_certificate_has_ended() {
        let ended_at = Some("2026-11-03T10:00:00Z".parse().unwrap());
        let kind = ErrorKind::Certificate(CertificateFault::Ended { ended_at });
        let told = of_call(&Error { site: "https://cal.example.org:8443".into(), kind });
        let ProviderError::Unavailable { say } = told else { panic!("{told:?}") };
        assert_eq!(
            say,
            "The certificate of cal.example.org:8443 ended on 3 November 2026; ask whoever runs \
             that server to renew it."
        );
    }
}
