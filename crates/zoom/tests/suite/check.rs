//! Does Zoom know the client that was entered?

use std::sync::Arc;

use axum::Router;
use connection::{FailureCode, Refusal, Secret};
use jiff::Timestamp;
use outbound::Client;
use sandbox::{Failure, Often, Sandbox, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET, ZoomFaults};
use zoom::Settings;

const BACK: &str = "http://127.0.0.1:8080/oauth/callback";

fn settings(id: &str, secret: &str) -> Settings {
    Settings {
        base: Some("http://zoom.test/".parse().unwrap()),
        client_id: Some(id.into()),
        client_secret: Some(Secret::new(secret)),
        secret_token: None,
    }
}

fn calling(router: Router) -> Client {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let settings = outbound::Settings::new("Daymark/test", Arc::new(move || now));
    Client::in_process(settings, router)
}

async fn check(router: Router, (id, secret): (&str, &str), back: &str) -> Result<(), Refusal> {
    let adapter = zoom::adapter(calling(router), settings(id, secret));
    adapter.client.expect("it is set up").check_client(back).await
}

/// What the right client finds while Zoom has these faults.
async fn found(faults: ZoomFaults) -> Result<(), FailureCode> {
    let sandbox = Sandbox::empty(7);
    sandbox.zoom().set_faults(faults);
    let found = check(sandbox.router(), (ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET), BACK).await;
    found.map_err(|refusal| refusal.code)
}

fn failing(status: u16) -> ZoomFaults {
    let fail = Failure { status, often: Often::Always, ..Failure::default() };
    ZoomFaults { token_fail: Some(fail), ..ZoomFaults::default() }
}

#[tokio::test]
async fn the_client_is_known_by_its_id_and_secret() {
    let sandbox = Sandbox::empty(7);
    let asked = |id, secret| check(sandbox.router(), (id, secret), BACK);
    assert_eq!(asked(ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET).await, Ok(()));
    for (id, secret) in [("nobody", ZOOM_CLIENT_SECRET), (ZOOM_CLIENT_ID, "wrong")] {
        let refusal = asked(id, secret).await.unwrap_err();
        assert_eq!(refusal.code, FailureCode::SetUp, "{}", refusal.say);
        assert!(refusal.say.contains("DAYMARK_ZOOM_CLIENT_SECRET"), "{}", refusal.say);
    }
    let visits = sandbox.visits();
    assert!(visits.iter().all(|visit| visit.path == "/oauth/token"), "{visits:?}");
}

#[tokio::test]
async fn a_way_back_that_zoom_does_not_take_is_told() {
    let sandbox = Sandbox::empty(7);
    let back = "http://calendar.example.com/oauth/callback";
    let asked = check(sandbox.router(), (ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET), back).await;
    let refusal = asked.unwrap_err();
    assert_eq!(refusal.code, FailureCode::SetUp);
    assert!(refusal.say.contains("the way back"), "{}", refusal.say);
}

#[tokio::test]
async fn an_outage_says_nothing_about_the_client() {
    for status in [429, 500, 502, 503, 504] {
        assert_eq!(found(failing(status)).await, Err(FailureCode::Unreachable), "{status}");
    }
    let cut = ZoomFaults { drop_before: Often::Always, ..ZoomFaults::default() };
    assert_eq!(found(cut).await, Err(FailureCode::Unreachable));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_in_time_could_not_be_asked() {
    let slow = |slow_ms| ZoomFaults { slow_ms, ..ZoomFaults::default() };
    assert_eq!(found(slow(2_000)).await, Ok(()));
    assert_eq!(found(slow(600_000)).await, Err(FailureCode::Unreachable));
}

#[tokio::test]
async fn what_stands_in_zooms_place_knows_no_client() {
    let portal = ZoomFaults { web_page: Often::Always, ..ZoomFaults::default() };
    assert_eq!(found(portal).await, Err(FailureCode::WebPage));
    assert_eq!(found(failing(404)).await, Err(FailureCode::WebPage));
    for (status, body) in [(200, "{}"), (200, ""), (400, "[]"), (401, r#"{"message":"no"}"#)] {
        let status = http::StatusCode::from_u16(status).unwrap();
        let router = Router::new().fallback(move || async move { (status, body) });
        let asked = check(router, (ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET), BACK).await;
        assert_eq!(asked.unwrap_err().code, FailureCode::WebPage, "{body}");
    }
}

#[tokio::test]
async fn the_question_goes_to_zoom_alone() {
    let sandbox = Sandbox::empty(7);
    let own = Settings { base: None, ..settings(ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET) };
    let adapter = zoom::adapter(calling(sandbox.router()), own);
    assert_eq!(adapter.client.unwrap().check_client(BACK).await, Ok(()));
    let tokens = || async { r#"{"access_token":"a"}"# };
    let away = || async { axum::response::Redirect::temporary("/elsewhere") };
    let router = Router::new()
        .route("/elsewhere", axum::routing::post(tokens))
        .route("/oauth/token", axum::routing::post(away));
    let asked = check(router, ("id", "secret"), BACK).await;
    assert_eq!(asked.unwrap_err().code, FailureCode::Unreachable);
}

#[test]
fn what_was_not_entered_is_not_there() {
    let client = calling(Router::new());
    let nothing = zoom::adapter(client.clone(), Settings::default());
    assert!(nothing.client.is_none() && nothing.notices.is_none());
    let half = Settings { client_secret: None, ..settings("id", "") };
    assert!(zoom::adapter(client.clone(), half).client.is_none());
    let of =
        |token: &str| Settings { secret_token: Some(Secret::new(token)), ..Settings::default() };
    assert!(zoom::adapter(client.clone(), of("token")).notices.is_some());
    assert!(zoom::adapter(client, of("")).notices.is_none(), "an empty key signs for anybody");
}
