//! What a refusal of Google's, or a broken call, means for the house. Google's reasons decide; a
//! status decides only where it came in Google's own words.

use connection::{ProviderError, SignedOutWhy};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use outbound::{Error, ErrorKind, Response};

use crate::wire::{Failure, FailureBody};

/// Quirk google-11: the limits by the minute slide over a minute, and Google does not say when to
/// come back.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// "Calendar usage limits" are for hours.
const USAGE_PAUSE: SignedDuration = SignedDuration::from_hours(2);
/// Where Google's day ends.
const DAY_ENDS_IN: &str = "America/Los_Angeles";

/// A call that came to no answer.
pub(crate) fn of_call(broken: &Error) -> ProviderError {
    let say = say(broken);
    match broken.kind {
        ErrorKind::Throttled { until } => ProviderError::Throttled { until },
        ErrorKind::Protocol | ErrorKind::TooManyRedirects => ProviderError::Unintelligible { say },
        ErrorKind::Forbidden(_) | ErrorKind::Insecure => ProviderError::Refused { say },
        ErrorKind::TooLarge { .. } => ProviderError::TooLarge { say },
        ErrorKind::Dns
        | ErrorKind::Connect
        | ErrorKind::Certificate(_)
        | ErrorKind::NotTls
        | ErrorKind::Timeout
        | ErrorKind::Interrupted => ProviderError::Unavailable { say },
    }
}

/// A failed call in a sentence for a person. Names the host, never a path.
pub(crate) fn say(broken: &Error) -> String {
    let site = &broken.site;
    match broken.kind {
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
        ErrorKind::TooManyRedirects => format!("{site} sends us on, which Google does not."),
        ErrorKind::Throttled { until } => format!("{site} asked to wait until {until}."),
        ErrorKind::Protocol => format!("{site} answered something that is not HTTP."),
    }
}

/// The same to whoever checks the set-up: where the far side is not reached at all, that is theirs
/// to mend.
pub(crate) fn say_unchecked(broken: &Error) -> String {
    let is_unreached = matches!(
        broken.kind,
        ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Interrupted
    );
    if !is_unreached {
        return say(broken);
    }
    let site = &broken.site;
    let host = site.split_once("://").map_or(site.as_str(), |(_, host)| host);
    format!("{host} cannot be reached from this machine: check its network, then check again.")
}

/// Does a web page stand where Google should?
pub(crate) fn is_web_page(response: &Response) -> bool {
    response.body.trim_ascii_start().starts_with(b"<")
}

/// An answer that is not what Google answers.
pub(crate) fn unintelligible(response: &Response) -> ProviderError {
    let came = if is_web_page(response) {
        "a web page"
    } else if response.body.is_empty() {
        "nothing"
    } else {
        "something that cannot be read"
    };
    let host = response.url.host_str().unwrap_or("Google");
    ProviderError::Unintelligible { say: format!("{host} answered {came} instead of a calendar.") }
}

/// A write that was answered without saying what it left behind.
pub(crate) fn no_version() -> ProviderError {
    let say = "Google took the event without saying in which version.";
    ProviderError::Unintelligible { say: say.into() }
}

/// An answer that is no success.
pub(crate) fn of_answer(response: &Response) -> ProviderError {
    let status = response.status.as_u16();
    if let Some(until) = response.retry_after {
        return ProviderError::Throttled { until };
    }
    let Ok(Failure { error }) = serde_json::from_slice::<Failure>(&response.body) else {
        return match status {
            429 => wait(response.date, MINUTE),
            408 | 500..=599 => unavailable(status),
            // Not Google's words: it proves neither that we are signed out nor that it is gone.
            _ => unintelligible(response),
        };
    };
    let reason = reason(&error);
    let say = |say: &str| ProviderError::Refused { say: say.into() };
    match (status, reason.as_str()) {
        (401, "push.webhookUrlUnauthorized") => {
            say("Google does not ring this address for this project.")
        }
        (401, _) => ProviderError::SignedOut { why: SignedOutWhy::TokenRefused },
        (403 | 429, "rateLimitExceeded" | "userRateLimitExceeded" | "RESOURCE_EXHAUSTED")
        | (429, _) => wait(response.date, MINUTE),
        (403, "quotaExceeded") => wait(response.date, USAGE_PAUSE),
        (403, "dailyLimitExceeded") => day_is_over(response.date),
        (403, "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => {
            ProviderError::SignedOut { why: SignedOutWhy::ScopeMissing }
        }
        (403, "accessNotConfigured" | "SERVICE_DISABLED") => ProviderError::SetUp {
            say: "In Google's console, turn on the Google Calendar API for the project of this \
                  client."
                .into(),
        },
        (409, "duplicate") | (412, _) => ProviderError::PreconditionFailed,
        (410, "fullSyncRequired" | "updatedMinTooLongAgo") => ProviderError::CursorExpired,
        (404 | 410, _) => ProviderError::Gone,
        (400, "channelIdNotUnique") | (408 | 409 | 500..=599, _) => unavailable(status),
        (300..=399, _) => unintelligible(response),
        _ => ProviderError::Refused { say: refused(status, &reason) },
    }
}

/// The reason that decides. The newer form of Google's errors has it among the details.
fn reason(error: &FailureBody) -> String {
    let detail = error.details.iter().find_map(|detail| detail.reason.clone());
    let telling = ["ACCESS_TOKEN_SCOPE_INSUFFICIENT", "SERVICE_DISABLED"];
    if let Some(detail) = detail.as_ref().filter(|detail| telling.contains(&detail.as_str())) {
        return detail.clone();
    }
    let first = error.errors.first().map(|first| first.reason.clone());
    first.or(detail).unwrap_or_else(|| error.status.clone())
}

/// A refusal that nothing but a person can change, in words.
fn refused(status: u16, reason: &str) -> String {
    let why = match reason {
        "notACalendarUser" => "this Google account has no Google Calendar yet",
        "requiredAccessLevel" => "this account may not change that calendar",
        "forbiddenForNonOrganizer" => "only the organiser of the event can change it",
        "cannotChangeOrganizer" => "the organiser of the event cannot be changed",
        "eventTypeRestriction" => "events of this kind cannot be changed from outside",
        "timeRangeEmpty" => "the event would end before it begins",
        "timeRangeTooLong" => "the stretch of time that was asked for is too long",
        "pushNotSupportedForRequestedResource" => "it does not ring for calendars of this kind",
        "push.webhookUrlNotHttps" => "it rings only addresses with https",
        "forbidden" | "forbiddenForServiceAccounts" => "this account may not do that there",
        _ => return format!("Google refused ({status}{}).", known(reason)),
    };
    format!("Google refused: {why}.")
}

/// A reason as Google spells it, for whoever looks it up; anything else is left out.
fn known(reason: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let fits = !reason.is_empty() && reason.len() <= 60 && reason.chars().all(is_word);
    if fits { format!(", {reason}") } else { String::new() }
}

fn unavailable(status: u16) -> ProviderError {
    ProviderError::Unavailable { say: format!("Google answered {status}.") }
}

/// Until so long after Google's own time. Without it we back off as from any outage.
fn wait(date: Option<Timestamp>, pause: SignedDuration) -> ProviderError {
    match date.and_then(|date| date.checked_add(pause).ok()) {
        Some(until) => ProviderError::Throttled { until },
        None => ProviderError::Unavailable { say: "Google asked us to wait.".into() },
    }
}

/// A daily limit ends at midnight in California.
fn day_is_over(date: Option<Timestamp>) -> ProviderError {
    let zone = TimeZone::get(DAY_ENDS_IN).unwrap_or(TimeZone::UTC);
    let midnight = date.and_then(|date| {
        let tomorrow = date.to_zoned(zone).start_of_day().ok()?.checked_add(1.day()).ok()?;
        Some(tomorrow.timestamp().duration_since(date))
    });
    wait(date, midnight.unwrap_or(USAGE_PAUSE))
}

#[cfg(test)]
mod tests;
