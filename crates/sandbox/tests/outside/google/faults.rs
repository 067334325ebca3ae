//! What goes wrong on order, and what stays right.

use http::StatusCode;
use sandbox::{Failure, GoogleFaults, GoogleManners, Often, Throttle};
use serde_json::json;

use super::client::{ADA, Client, hour, refreshed};

const PATH: &str = "/calendars/primary/events";

async fn with(faults: GoogleFaults) -> Client {
    let client = Client::new().await;
    client.levers().set_faults(Some(ADA), faults).unwrap();
    client
}

fn fail(status: u16) -> Failure {
    Failure { status, often: Often::Times(1), retry_after_s: Some(7), method: None }
}

#[tokio::test]
async fn statuses_come_in_googles_own_form() {
    for (status, reason) in [
        (401, "authError"),
        (403, "rateLimitExceeded"),
        (429, "rateLimitExceeded"),
        (500, "internalError"),
        (503, "backendError"),
    ] {
        let client =
            with(GoogleFaults { fail: Some(fail(status)), ..GoogleFaults::default() }).await;
        let failed = client.get(PATH).await;
        assert_eq!(failed.refusal(), (status, reason.into()));
        assert_eq!(failed.header("retry-after"), "7");
        assert_eq!(client.get(PATH).await.status, 200, "once only");
    }
}

#[tokio::test]
async fn limits_are_said_in_their_reasons() {
    for (reason, status) in [
        ("rateLimitExceeded", 403),
        ("rateLimitExceeded", 429),
        ("userRateLimitExceeded", 403),
        ("quotaExceeded", 403),
        ("dailyLimitExceeded", 403),
    ] {
        let throttle = Throttle {
            reason: reason.into(),
            often: Often::Always,
            status: Some(status),
            retry_after_s: None,
        };
        let faults = GoogleFaults { throttle: Some(throttle), ..GoogleFaults::default() };
        let client = with(faults).await;
        let refused = client.post(PATH, hour("x", "2026-11-20T10:00:00")).await;
        assert_eq!(refused.refusal(), (status, reason.into()));
        assert_eq!(refused.json()["error"]["errors"][0]["domain"], "usageLimits");
        assert!(client.levers().events(ADA, "primary").unwrap().is_empty());
    }
}

#[tokio::test]
async fn quotas_slide_over_a_minute() {
    let client = Client::new().await;
    let manners = GoogleManners { calls_a_minute: Some(2), ..GoogleManners::default() };
    client.levers().set_manners(manners);
    assert_eq!(client.get(PATH).await.status, 200);
    client.sandbox.set_forward(jiff::SignedDuration::from_secs(40));
    assert_eq!(client.get(PATH).await.status, 200);
    assert_eq!(client.get(PATH).await.refusal(), (403, "userRateLimitExceeded".into()));
    client.sandbox.set_forward(jiff::SignedDuration::from_secs(20));
    assert_eq!(client.get(PATH).await.status, 200);
    assert_eq!(client.get(PATH).await.status, 403);
    let manners = GoogleManners { project_calls_a_minute: Some(0), ..GoogleManners::default() };
    client.levers().set_manners(manners);
    assert_eq!(client.get(PATH).await.refusal(), (429, "rateLimitExceeded".into()));
}

#[tokio::test]
async fn a_write_is_done_and_its_answer_lost() {
    let faults = GoogleFaults { drop_after_write: Often::Times(1), ..GoogleFaults::default() };
    let client = with(faults).await;
    let mut event = hour("Tea", "2026-11-20T10:00:00");
    event["id"] = json!("chosen0");
    let lost = client.post(PATH, event.clone()).await;
    assert!(lost.body.is_none());
    assert_eq!(client.post(PATH, event).await.refusal(), (409, "duplicate".into()));
    let faults = GoogleFaults { drop_before: Often::Times(1), ..GoogleFaults::default() };
    client.levers().set_faults(None, faults).unwrap();
    let nothing = client.delete(&format!("{PATH}/chosen0")).await;
    assert!(nothing.body.is_none());
    assert_eq!(client.get(&format!("{PATH}/chosen0")).await.json()["status"], "confirmed");
}

#[tokio::test]
async fn answers_break_off_or_are_something_else() {
    let client = with(GoogleFaults {
        truncate: Often::Times(1),
        clock_skew_s: -3600,
        ..GoogleFaults::default()
    })
    .await;
    let cut = client.get(PATH).await;
    assert!(cut.body.is_none());
    assert_eq!(cut.header("date"), "Mon, 02 Nov 2026 08:00:00 GMT");
    let faults = GoogleFaults { web_page: Often::Times(1), ..GoogleFaults::default() };
    client.levers().set_faults(None, faults).unwrap();
    let page = client.get(PATH).await;
    assert!(page.status == StatusCode::OK && page.text().starts_with("<!DOCTYPE html>"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_waits() {
    let client = with(GoogleFaults { slow_ms: 4_000, ..GoogleFaults::default() }).await;
    let began = tokio::time::Instant::now();
    client.get(PATH).await;
    assert_eq!(began.elapsed().as_millis(), 4_000);
}

#[tokio::test]
async fn tokens_are_rotated_and_the_answer_lost() {
    let client = with(GoogleFaults {
        token_answer_lost: Often::Times(1),
        token_fail: None,
        ..GoogleFaults::default()
    })
    .await;
    let manners = GoogleManners { rotation: sandbox::Rotation::Strict, ..GoogleManners::default() };
    client.levers().set_manners(manners);
    assert!(refreshed(&client.sandbox, &client.refresh).await.body.is_none());
    let again = refreshed(&client.sandbox, &client.refresh).await;
    assert_eq!(again.json()["error"], "invalid_grant", "the old one is dead");
    let client =
        with(GoogleFaults { token_fail: Some(fail(503)), ..GoogleFaults::default() }).await;
    let failed = refreshed(&client.sandbox, &client.refresh).await;
    assert_eq!((failed.status.as_u16(), failed.header("retry-after")), (503, "7"));
    assert_eq!(refreshed(&client.sandbox, &client.refresh).await.status, 200);
}
