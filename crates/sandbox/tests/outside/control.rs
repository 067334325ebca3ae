//! The control page and its JSON: every lever can be pulled from outside.

use http::StatusCode;
use sandbox::{Often, Sandbox, Whom};

use crate::api::seeded;
use crate::client::{Answer, Client, request};

const DANA: &str = "dana.reyes@icloud.example";
const HER_PASSWORD: &str = "hazy-lime-bird-song";

async fn form(sandbox: &Sandbox, path: &str, fields: &str) -> Answer {
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    request(sandbox, "POST", path, &kind, fields).await
}

async fn json(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Answer {
    let kind = [("content-type", "application/json")];
    request(sandbox, method, &format!("/control/api{path}"), &kind, body).await
}

fn at(path: &str) -> String {
    format!("/control/people/{DANA}/{path}")
}

#[tokio::test]
async fn the_page_says_how_to_reach_everyone() {
    let sandbox = seeded();
    let page = request(&sandbox, "GET", "/control", &[("host", "sand.example")], "").await;
    for text in [DANA, HER_PASSWORD, "http://sand.example/feeds/holidays.ics", "Team roster"] {
        assert!(page.text().contains(text), "{text}");
    }
    assert!(!page.text().contains("<script"));
    let hers = request(&sandbox, "GET", &at("").replace("example/", "example"), &[], "").await;
    assert!(hers.text().contains("Lose it"));
    let nobody = request(&sandbox, "GET", "/control/people/nobody", &[], "").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_browser_at_the_door_is_shown_to_the_control_page() {
    let sandbox = seeded();
    let browser = [("accept", "text/html,*/*")];
    let answer = request(&sandbox, "GET", "/", &browser, "").await;
    assert_eq!(answer.header("location"), "/control");
    let program = request(&sandbox, "GET", "/", &[], "").await;
    assert_eq!(program.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn buttons_change_passwords_tokens_and_calendars() {
    let sandbox = seeded();
    let client = Client::of(sandbox.clone(), DANA, HER_PASSWORD);
    let home = client.home();
    let token = client.sync(&home, "").await.all("sync-token").pop().unwrap();
    let done = form(&sandbox, &at("expire-sync-tokens"), "").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(client.sync(&home, &token).await.status, StatusCode::FORBIDDEN);
    form(&sandbox, &at("home/lose"), "").await;
    assert_eq!(client.sync(&home, "").await.status, StatusCode::NOT_FOUND);
    form(&sandbox, &at("home/bring-back"), "").await;
    assert_eq!(client.sync(&home, "").await.status, StatusCode::MULTI_STATUS);
    form(&sandbox, &at("revoke-password"), "").await;
    assert_eq!(client.sync(&home, "").await.status, StatusCode::UNAUTHORIZED);
    form(&sandbox, &at("new-password"), "").await;
    let now = sandbox.people()[0].app_password.clone().unwrap();
    let client = Client::of(sandbox.clone(), DANA, &now);
    assert_eq!(client.sync(&home, "").await.status, StatusCode::MULTI_STATUS);
    let unknown = form(&sandbox, &at("explode"), "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn events_of_today_are_made_renamed_moved_and_deleted() {
    let sandbox = seeded();
    let fields = "calendar=home&summary=Tea+with+B%C3%A1ra&time=16%3A00&minutes=45";
    let made = form(&sandbox, &at("add-event"), fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let find = |title: &str| {
        let events = sandbox.list_events(DANA, "Home").unwrap();
        events.into_iter().find(|event| event.text.contains(&format!("SUMMARY:{title}\r\n")))
    };
    let event = find("Tea with Bára").unwrap();
    assert!(event.text.contains("DTSTART;TZID=Europe/Berlin:20261118T160000"));
    assert!(event.text.contains("DTEND;TZID=Europe/Berlin:20261118T164500"));
    let page = request(&sandbox, "GET", &at("").replace("example/", "example"), &[], "").await;
    assert!(page.text().contains("Tea with Bára"));

    let act = |rest: &str| format!("name={}&{rest}", event.name);
    form(&sandbox, &at("home/event"), &act("act=rename&summary=Coffee")).await;
    let renamed = find("Coffee").unwrap();
    assert_ne!(renamed.etag, event.etag);
    form(&sandbox, &at("home/event"), &act("act=move&minutes=30&summary=x")).await;
    assert!(find("Coffee").unwrap().text.contains("Europe/Berlin:20261118T163000"));
    form(&sandbox, &at("home/event"), &act("act=delete&summary=x")).await;
    assert!(find("Coffee").is_none());
}

#[tokio::test]
async fn the_forms_of_faults_and_habits_set_what_they_say() {
    let sandbox = seeded();
    let fields = "slow_ms=250&status=429&fail_often=2&retry_after_s=9&method=&web_page=\
        &drop_before=&drop_after_write=always&truncate=1&multiget_max=5&clock_skew_s=-60";
    form(&sandbox, &at("faults"), fields).await;
    let faults = sandbox.faults(&Whom::person(DANA)).unwrap();
    assert_eq!((faults.slow_ms, faults.clock_skew_s), (250, -60));
    let fail = faults.fail.clone().unwrap();
    assert_eq!((fail.status, fail.often), (429, Often::Times(2)));
    assert_eq!((fail.retry_after_s, fail.method), (Some(9), None));
    assert_eq!((faults.drop_after_write, faults.truncate), (Often::Always, Often::Times(1)));
    form(&sandbox, "/control/feeds/holidays/switches", "gzip=on&flood=endless&redirects=2").await;
    let switches = sandbox.switches("holidays").unwrap();
    assert!(switches.gzip && switches.redirects == 2 && switches.flood == sandbox::Flood::Endless);
    form(&sandbox, "/control/everyone/preset", "preset=radicale").await;
    assert_eq!(sandbox.preset(), Some(sandbox::Preset::Radicale));
    form(&sandbox, "/control/calm", "").await;
    assert_eq!(sandbox.faults(&Whom::person(DANA)).unwrap(), sandbox::Faults::default());
}

#[tokio::test]
async fn the_json_has_the_same_levers() {
    let sandbox = seeded();
    let all = json(&sandbox, "GET", "", "").await;
    let all: serde_json::Value = serde_json::from_str(all.text()).unwrap();
    assert_eq!(all["people"][0]["person"]["app_password"], HER_PASSWORD);
    assert_eq!(all["preset"], "icloud");

    let faults = format!("/people/{DANA}/faults");
    let set = json(&sandbox, "PUT", &faults, r#"{"web_page":{"times":2},"truncate":"always"}"#);
    assert_eq!(set.await.status, StatusCode::NO_CONTENT);
    let faults = sandbox.faults(&Whom::person(DANA)).unwrap();
    assert_eq!((faults.web_page, faults.truncate), (Often::Times(2), Often::Always));
    assert_eq!(json(&sandbox, "DELETE", "/faults", "").await.status, StatusCode::NO_CONTENT);

    let manners = r#"{"preset":"nextcloud","sync_max":3}"#;
    json(&sandbox, "PATCH", "/manners", manners).await;
    assert_eq!(sandbox.manners(None).sync_max, Some(3));
    let wrong = json(&sandbox, "PATCH", "/manners", r#"{"sync_maxx":3}"#).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    let new = json(&sandbox, "POST", "/people", r#"{"username":"eve@icloud.example"}"#).await;
    assert_eq!(new.status, StatusCode::CREATED);
    let calendars = "/people/eve@icloud.example/calendars";
    let made = json(&sandbox, "POST", calendars, r#"{"name":"My Days","access":"read"}"#).await;
    assert!(made.text().contains("my-days"));
    let event = r#"{"summary":"Tea","start":"2026-11-18T16:00:00","minutes":30}"#;
    let path = format!("{calendars}/my-days/events");
    assert_eq!(json(&sandbox, "POST", &path, event).await.status, StatusCode::CREATED);
    assert!(json(&sandbox, "GET", &path, "").await.text().contains("SUMMARY:Tea"));
    let lost = json(&sandbox, "PATCH", &format!("{calendars}/my-days"), r#"{"lost":true}"#).await;
    assert_eq!(lost.status, StatusCode::NO_CONTENT);
    assert!(sandbox.calendars("eve@icloud.example").unwrap()[0].lost);
    let unknown = json(&sandbox, "POST", "/people/nobody/revoke-password", "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
