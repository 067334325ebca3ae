//! What goes wrong on order, and the limits.

use futures_util::future::join_all;
use http::StatusCode;
use sandbox::{Failure, MicrosoftFaults, MicrosoftThrottle, Often};
use serde_json::json;

use super::client::{ADA, Client, hour, refreshed};

fn set(client: &Client, change: impl FnOnce(&mut MicrosoftFaults)) {
    client.sandbox.clear_faults();
    client.levers().change_faults(Some(ADA), change).unwrap();
}

#[tokio::test]
async fn answers_fail_break_off_and_are_not_what_they_should_be() {
    let client = Client::new().await;
    let tea = || hour("Tea", "2026-11-18T10:00:00");
    let count = || client.levers().events(ADA, "default").unwrap().len();
    let fail =
        Failure { status: 503, often: Often::Times(1), retry_after_s: Some(9), method: None };
    set(&client, |faults| faults.fail = Some(fail));
    let answer = client.post("/me/events", tea()).await;
    assert_eq!(answer.code(), (503, "serviceNotAvailable".into()));
    assert_eq!((answer.header("retry-after"), count()), ("9", 0));
    set(&client, |faults| faults.drop_before = Often::Times(1));
    assert_eq!((client.post("/me/events", tea()).await.body, count()), (None, 0));
    set(&client, |faults| faults.drop_after_write = Often::Times(1));
    assert_eq!((client.post("/me/events", tea()).await.body, count()), (None, 1));
    set(&client, |faults| faults.truncate = Often::Times(1));
    assert_eq!(client.get("/me").await.body, None);
    set(&client, |faults| faults.web_page = Often::Times(1));
    assert!(client.get("/me").await.text().starts_with("<!DOCTYPE html>"));
    assert_eq!(client.get("/me").await.status, 200);
    set(&client, |faults| faults.clock_skew_s = 3600);
    assert_eq!(client.get("/me").await.header("date"), "Mon, 02 Nov 2026 10:00:00 GMT");
    set(&client, |faults| faults.mailbox_missing = true);
    let absent = (404, "MailboxNotEnabledForRESTAPI".to_owned());
    assert_eq!(client.get("/me/calendars").await.code(), absent);
    assert_eq!(client.get("/me").await.status, 200);
    set(&client, |faults| faults.claims_challenge = Often::Times(1));
    let challenged = client.get("/me").await;
    assert_eq!(challenged.status, StatusCode::UNAUTHORIZED);
    let line = challenged.header("www-authenticate");
    assert!(line.contains("error=\"insufficient_claims\", claims=\""), "{line}");
    let words: Vec<_> = client.sandbox.visits().iter().filter_map(|visit| visit.fault).collect();
    let expected = ["failed", "dropped", "dropped after the write", "truncated", "web page"];
    assert_eq!(words, expected);
}

#[tokio::test]
async fn the_token_endpoint_fails_and_loses_its_answers() {
    let client = Client::new().await;
    let fail = Failure { status: 500, often: Often::Times(1), ..Failure::default() };
    set(&client, |faults| faults.token_fail = Some(fail));
    assert_eq!(refreshed(&client.sandbox, &client.refresh).await.status, 500);
    client.change_manners(|it| it.rotation = sandbox::Rotation::Strict);
    set(&client, |faults| faults.token_answer_lost = Often::Times(1));
    assert_eq!(refreshed(&client.sandbox, &client.refresh).await.body, None);
    let answer = refreshed(&client.sandbox, &client.refresh).await;
    assert_eq!(answer.json()["error_codes"], json!([50_173]), "it had rotated");
}

#[tokio::test]
async fn who_asks_too_often_waits() {
    let client = Client::new().await;
    let often = Often::Times(1);
    let order = MicrosoftThrottle { often, retry_after_s: Some(30), ..Default::default() };
    set(&client, |faults| faults.throttle = Some(order));
    let answer = client.get("/me").await;
    assert_eq!(answer.code(), (429, "ApplicationThrottled".into()));
    assert_eq!(answer.header("retry-after"), "30");
    client.change_manners(|it| it.calls_in_ten_minutes = Some(2));
    assert_eq!(client.get("/me").await.status, 200);
    assert_eq!(client.get("/me").await.status, 200);
    assert_eq!(client.get("/me").await.status, 429);
    client.sandbox.set_forward(jiff::SignedDuration::from_mins(10));
    assert_eq!(client.get("/me").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_answers_four_at_a_time() {
    let client = Client::new().await;
    set(&client, |faults| faults.slow_ms = 1_000);
    let answers = join_all((0..6).map(|_| client.get("/me"))).await;
    let statuses: Vec<u16> = answers.iter().map(|it| it.status.as_u16()).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429]);
    assert_eq!(answers[4].code().1, "MailboxConcurrency");
    assert_eq!(answers[4].header("retry-after"), "1");
    assert_eq!(client.get("/me").await.status, 200, "the four are through");
}
