//! Dates in HTTP headers (RFC 9110 §5.6.7) and what `Retry-After` means.

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::{SignedDuration, Timestamp};

/// A host that asks to be left alone for longer than this is asked again after this.
const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Reads an HTTP date such as `Sun, 22 Nov 2026 12:00:00 GMT`.
pub fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// The far side's clock, as its answer tells it.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

/// Until when the answer asks us to wait: seconds or a date, at most a day.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => SignedDuration::from_secs(i64::from(seconds)),
        Err(_) => http_date(text)?.duration_since(now),
    };
    now.checked_add(wait.clamp(SignedDuration::ZERO, RETRY_AFTER_MAX)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_more_than_a_day() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let after = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|at| at.to_string())
        };
        assert_eq!(after("120").as_deref(), Some("2026-11-22T12:02:00Z"));
        let date = "Sun, 22 Nov 2026 13:00:00 GMT";
        assert_eq!(after(date).as_deref(), Some("2026-11-22T13:00:00Z"));
        assert_eq!(after("Sun, 22 Nov 2020 13:00:00 GMT").as_deref(), Some("2026-11-22T12:00:00Z"));
        assert_eq!(after("4294967295").as_deref(), Some("2026-11-23T12:00:00Z"));
        assert_eq!(after("99999999999"), None);
        assert_eq!(after("soon"), None);
    }
}
