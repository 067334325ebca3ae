//! Each reason of Google's, and its consequence.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::*;

const DATE: &str = "2026-11-22T18:30:00Z";

fn answer(status: u16, body: impl Into<Bytes>) -> Response {
    Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.into(),
        url: "https://www.googleapis.com/calendar/v3/calendars/x/events".parse().unwrap(),
        date: Some(DATE.parse().unwrap()),
        retry_after: None,
        password_withheld: false,
    }
}

fn google(status: u16, reason: &str) -> Response {
    let errors = [json!({ "domain": "global", "reason": reason, "message": "in English" })];
    let body = json!({ "error": { "code": status, "message": "in English", "errors": errors } });
    answer(status, body.to_string())
}

/// The table of the provider's document, row by row.
#[test]
fn each_reason_has_its_consequence() {
    for (status, reason, code) in [
        (400, "invalid", "refused"),
        (400, "required", "refused"),
        (400, "timeRangeEmpty", "refused"),
        (400, "invalidParameter", "refused"),
        (400, "parseError", "refused"),
        (400, "failedPrecondition", "refused"),
        (400, "timeRangeTooLong", "refused"),
        (400, "pushNotSupportedForRequestedResource", "refused"),
        (400, "push.webhookUrlNotHttps", "refused"),
        (400, "channelIdNotUnique", "unavailable"),
        (401, "authError", "token_refused"),
        (401, "push.webhookUrlUnauthorized", "refused"),
        (403, "insufficientPermissions", "scope_missing"),
        (403, "accessNotConfigured", "set_up"),
        (403, "forbidden", "refused"),
        (403, "requiredAccessLevel", "refused"),
        (403, "forbiddenForNonOrganizer", "refused"),
        (403, "forbiddenForServiceAccounts", "refused"),
        (403, "cannotChangeOrganizer", "refused"),
        (403, "notACalendarUser", "refused"),
        (403, "rateLimitExceeded", "throttled"),
        (403, "userRateLimitExceeded", "throttled"),
        (429, "rateLimitExceeded", "throttled"),
        (403, "quotaExceeded", "throttled"),
        (403, "dailyLimitExceeded", "throttled"),
        (404, "notFound", "gone"),
        (409, "duplicate", "precondition_failed"),
        (409, "conflict", "unavailable"),
        (410, "fullSyncRequired", "cursor_expired"),
        (410, "updatedMinTooLongAgo", "cursor_expired"),
        (410, "deleted", "gone"),
        (412, "conditionNotMet", "precondition_failed"),
        (500, "backendError", "unavailable"),
        (503, "backendError", "unavailable"),
    ] {
        assert_eq!(of_answer(&google(status, reason)).code(), code, "{status} {reason}");
    }
}

#[test]
fn the_newer_form_of_an_error_is_understood_too() {
    let details = |reason: &str, status: u16, name: &str| {
        let body = json!({ "error": {
            "code": status, "message": "in English", "status": name,
            "errors": [{ "reason": "forbidden" }],
            "details": [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason }],
        }});
        of_answer(&answer(status, body.to_string())).code()
    };
    let scopes = "ACCESS_TOKEN_SCOPE_INSUFFICIENT";
    assert_eq!(details(scopes, 403, "PERMISSION_DENIED"), "scope_missing");
    assert_eq!(details("SERVICE_DISABLED", 403, "PERMISSION_DENIED"), "set_up");
    let bare = json!({ "error": { "code": 401, "status": "UNAUTHENTICATED" } });
    assert_eq!(of_answer(&answer(401, bare.to_string())).code(), "token_refused");
    let bare = json!({ "error": { "code": 429, "status": "RESOURCE_EXHAUSTED" } });
    assert_eq!(of_answer(&answer(429, bare.to_string())).code(), "throttled");
}

/// Quirk google-11.
#[test]
fn how_long_to_wait_goes_by_the_limit_that_was_hit() {
    let until = |reason: &str| match of_answer(&google(403, reason)) {
        ProviderError::Throttled { until } => until.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(until("userRateLimitExceeded"), "2026-11-22T18:31:00Z");
    assert_eq!(until("quotaExceeded"), "2026-11-22T20:30:00Z");
    assert_eq!(until("dailyLimitExceeded"), "2026-11-23T08:00:00Z", "midnight in California");
    let mut timeless = google(403, "rateLimitExceeded");
    timeless.date = None;
    assert_eq!(of_answer(&timeless).code(), "unavailable", "without a clock we back off");
    let mut said = google(429, "rateLimitExceeded");
    said.retry_after = Some("2026-11-22T19:00:00Z".parse().unwrap());
    let until = "2026-11-22T19:00:00Z".parse().unwrap();
    assert_eq!(of_answer(&said), ProviderError::Throttled { until });
}

#[test]
fn what_is_not_in_googles_words_proves_nothing() {
    for status in [400, 401, 403, 404, 409, 410, 412] {
        let page = answer(status, "<html>The proxy says no.</html>");
        assert_eq!(of_answer(&page).code(), "unintelligible", "{status}");
        assert_eq!(of_answer(&answer(status, "")).code(), "unintelligible", "{status}");
    }
    assert_eq!(of_answer(&answer(502, "<html>")).code(), "unavailable");
    assert_eq!(of_answer(&answer(429, "slow down")).code(), "throttled");
}

#[test]
fn a_reason_is_shown_only_where_it_is_one_word() {
    let refused = |reason: &str| match of_answer(&google(400, reason)) {
        ProviderError::Refused { say } => say,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("parseError"), "Google refused (400, parseError).");
    assert_eq!(refused("<b>ada@gmail.example</b>"), "Google refused (400).");
}

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
