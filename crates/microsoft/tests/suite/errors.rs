//! What a failed call means: the table of Graph's errors, row by row.

use connection::{Cursor, RemoteId};
use connection::{ProviderError, SignedOutWhy};
use serde_json::json;

use crate::far::{Far, Reply, access, fails, reply};

/// The consequence, without its words.
fn kind(error: &ProviderError) -> &'static str {
    error.code()
}

#[tokio::test]
async fn every_row_of_the_table_has_its_consequence() {
    for (status, code, means) in [
        (401, "InvalidAuthenticationToken", "token_refused"),
        (403, "insufficient_claims", "token_refused"),
        (403, "Authorization_RequestDenied", "scope_missing"),
        (403, "ErrorAccessDenied", "refused"),
        (403, "accessDenied", "refused"),
        (404, "ErrorItemNotFound", "gone"),
        (404, "itemNotFound", "gone"),
        (404, "MailboxNotEnabledForRESTAPI", "refused"),
        (404, "ResourceNotFound", "refused"),
        (403, "extensionError", "refused"),
        (400, "extensionError", "refused"),
        (400, "ErrorInvalidRequest", "refused"),
        (400, "ErrorPropertyValidationFailure", "refused"),
        (400, "TimeZoneNotSupportedException", "refused"),
        (400, "ErrorOccurrenceCrossingBoundary", "refused"),
        (400, "ErrorOccurrenceTimeSpanTooBig", "refused"),
        (409, "ErrorIrresolvableConflict", "precondition_failed"),
        (409, "NameAlreadyExists", "precondition_failed"),
        (412, "ErrorIrresolvableConflict", "precondition_failed"),
        (413, "", "refused"),
        (415, "", "refused"),
        (422, "", "refused"),
        (423, "locked", "unavailable"),
        (429, "ApplicationThrottled", "unavailable"),
        (429, "TooManyRequests", "unavailable"),
        (429, "activityLimitReached", "unavailable"),
        (429, "MailboxConcurrency", "unavailable"),
        (500, "ErrorInternalServerError", "unavailable"),
        (502, "UnknownError", "unavailable"),
        (503, "serviceNotAvailable", "unavailable"),
        (503, "ConcurrentItemSave", "unavailable"),
        (504, "UnknownError", "unavailable"),
        (507, "", "unavailable"),
        (509, "", "unavailable"),
        (302, "", "unintelligible"),
        (418, "madeUp", "refused"),
    ] {
        let far = Far::new(move |_| fails(status, code));
        let failed = far.page(&Cursor::Beginning).await.unwrap_err();
        assert_eq!(kind(&failed), means, "{status} {code}: {failed:?}");
        let upper = code.to_uppercase();
        let far = Far::new(move |_| fails(status, &upper));
        let again = far.page(&Cursor::Beginning).await.unwrap_err();
        assert_eq!(again, failed, "in any case: {status} {code}");
    }
}

#[tokio::test]
async fn the_time_that_it_asks_for_is_kept() {
    for (status, code) in [(429, "TooManyRequests"), (429, "MailboxConcurrency"), (503, "busy")] {
        let far = Far::new(move |_| fails(status, code).header("retry-after", "90"));
        let until = "2026-11-22T12:01:30Z".parse().unwrap();
        let wait = Err(ProviderError::Throttled { until });
        assert_eq!(far.page(&Cursor::Beginning).await, wait, "{status} {code}");
        assert_eq!(far.page(&Cursor::Beginning).await, wait, "and it is not asked before");
        assert_eq!(far.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_sign_in_that_wants_more_is_told_as_such() {
    let far = Far::new(|_| {
        let claims = "Bearer error=\"insufficient_claims\", claims=\"eyJhIjp7fX0=\"";
        reply(403, &json!({})).header("www-authenticate", claims)
    });
    let why = SignedOutWhy::TokenRefused;
    assert_eq!(far.page(&Cursor::Beginning).await, Err(ProviderError::SignedOut { why }));
    let inner = Far::new(|_| {
        reply(
            404,
            &json!({"error": {"code": "UnknownError",
            "innerError": {"code": "MailboxNotEnabledForRESTAPI"}}}),
        )
    });
    let failed = inner.page(&Cursor::Beginning).await.unwrap_err();
    assert!(failed.to_string().contains("no mailbox"), "errors within errors: {failed}");
}

#[tokio::test]
async fn failed_fetches_and_web_pages_are_no_empty_lists() {
    let ids = [RemoteId::new("a"), RemoteId::new("b")];
    for (status, means) in [(503, "unavailable"), (401, "unintelligible"), (200, "unintelligible")]
    {
        let far = Far::new(move |_| Reply::raw(status, "<html>hotel</html>"));
        let calendar = RemoteId::new("cal");
        let failed = far.calendars().fetch(&access(), &calendar, &ids).await.unwrap_err();
        assert_eq!(kind(&failed), means);
    }
}
