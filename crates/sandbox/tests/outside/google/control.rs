//! Google's control page and its JSON: every lever can be pulled from outside.

use http::StatusCode;
use sandbox::{Often, Rotation, Sandbox};
use serde_json::{Value, json};

use super::client::{ALL, Client, Google, MARA, form, refreshed, seeded};
use crate::api::control;
use crate::client::request;

async fn api(sandbox: &Sandbox, method: &str, path: &str, body: Value) -> crate::client::Answer {
    control::<Google>(sandbox, method, path, body).await
}

fn of_mara(act: &str) -> String {
    format!("/control/google/people/{MARA}/{act}")
}

#[tokio::test]
async fn the_pages_say_what_is_there() {
    let sandbox = seeded();
    let host = [("host", "google.example")];
    let page = request(&sandbox, "GET", "/control/google", &host, "").await;
    for text in [MARA, sandbox::GOOGLE_CLIENT_ID, sandbox::GOOGLE_CLIENT_SECRET, "push dropped"] {
        assert!(page.text().contains(text), "{text}");
    }
    let path = format!("/control/google/people/{MARA}");
    let hers = request(&sandbox, "GET", &path, &host, "").await;
    assert!(hers.text().contains("Studio") && !hers.text().contains("<script"));
    let nobody = request(&sandbox, "GET", "/control/google/people/nobody", &host, "").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    let first = request(&sandbox, "GET", "/control", &host, "").await;
    assert!(first.text().contains("/control/google"));
}

#[tokio::test]
async fn buttons_and_forms_do_what_they_say() {
    let sandbox = seeded();
    let client = Client::of(sandbox.clone(), MARA, &[ALL]).await;
    let fields = [
        ("push_dropped", "2"),
        ("slow_ms", "5"),
        ("gone_on_page", ""),
        ("truncate", "always"),
        ("fail", ""),
    ];
    let set = form(&sandbox, &of_mara("faults"), &fields).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    let faults = sandbox.google().faults(Some(MARA)).unwrap();
    assert_eq!((faults.push_dropped, faults.truncate), (Often::Times(2), Often::Always));
    assert_eq!((faults.slow_ms, faults.gone_on_page), (5, None));
    let wrong = form(&sandbox, "/control/google/faults", &[("slow_ms", "soon")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    form(&sandbox, "/control/calm", &[]).await;
    assert_eq!(sandbox.google().faults(Some(MARA)).unwrap(), sandbox::GoogleFaults::default());
    let manners = [("rotation", "strict"), ("page_max", "7")];
    form(&sandbox, "/control/google/manners", &manners).await;
    let manners = sandbox.google().manners();
    assert_eq!((manners.rotation, manners.page_max), (Rotation::Strict, Some(7)));

    let event = [("calendar", "Studio"), ("summary", "Tea"), ("time", "16:00"), ("minutes", "45")];
    form(&sandbox, &of_mara("add-event"), &event).await;
    let find = |title: &str| {
        let events = sandbox.google().events(MARA, "Studio").unwrap();
        events.into_iter().find(|event| event["summary"] == title)
    };
    let id = find("Tea").unwrap()["id"].as_str().unwrap().to_owned();
    let act = |act| {
        [
            ("calendar", "Studio"),
            ("id", id.as_str()),
            ("summary", "Coffee"),
            ("minutes", "30"),
            ("act", act),
        ]
    };
    form(&sandbox, &of_mara("event"), &act("rename")).await;
    form(&sandbox, &of_mara("event"), &act("move")).await;
    let start = find("Coffee").unwrap()["start"]["dateTime"].clone();
    assert_eq!(start, "2026-11-18T16:30:00+01:00");
    form(&sandbox, &of_mara("event"), &act("delete")).await;
    assert_eq!(find("Coffee").unwrap()["status"], "cancelled");

    form(&sandbox, "/control/google/clock", &[("forward_s", "3600")]).await;
    assert_eq!(client.get("/colors").await.status, 401, "the hour is over");
    form(&sandbox, &of_mara("revoke"), &[]).await;
    assert_eq!(refreshed(&sandbox, &client.refresh).await.status, 400);
    let unknown = form(&sandbox, &of_mara("explode"), &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_json_has_the_same_levers() {
    let sandbox = seeded();
    let all = api(&sandbox, "GET", "", Value::Null).await.json();
    assert_eq!(
        (&all["url"], &all["people"][0]["person"]["email"]),
        (&json!("http://google.example"), &json!(MARA))
    );
    assert_eq!(all["client_id"], sandbox::GOOGLE_CLIENT_ID);
    let new = json!({ "email": "eve@gmail.example" });
    assert_eq!(api(&sandbox, "POST", "/people", new).await.status, StatusCode::CREATED);
    let eve = "/people/eve@gmail.example";
    let scopes = json!({ "scopes": [ALL] });
    let token = api(&sandbox, "POST", &format!("{eve}/consent"), scopes.clone()).await.json();
    let token = token["refresh_token"].as_str().unwrap();
    assert_eq!(refreshed(&sandbox, token).await.status, 200);
    let calendars = format!("{eve}/calendars");
    let made = api(&sandbox, "POST", &calendars, json!({ "summary": "Days" })).await.json();
    assert!(made["id"].as_str().unwrap().ends_with("@group.calendar.google.com"));
    let days = format!("{calendars}/Days");
    let event = json!({ "summary": "Tea", "start": "2026-11-18T16:00:00", "minutes": 30 });
    let id = api(&sandbox, "POST", &format!("{days}/events"), event).await.json();
    let one = format!("{days}/events/{}", id["id"].as_str().unwrap());
    let renamed = api(&sandbox, "PATCH", &one, json!({ "summary": "Coffee" })).await;
    assert_eq!(renamed.status, StatusCode::NO_CONTENT);
    let listed = api(&sandbox, "GET", &format!("{days}/events"), Value::Null).await.json();
    assert_eq!(listed[0]["summary"], "Coffee");
    assert_eq!(api(&sandbox, "DELETE", &one, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api(&sandbox, "DELETE", &one, Value::Null).await.status, StatusCode::NOT_FOUND);
    let raw = json!({ "summary": "Raw", "start": {}, "end": {} });
    let raw = api(&sandbox, "PUT", &format!("{days}/events/anyid"), raw).await;
    assert_eq!(raw.status, StatusCode::NO_CONTENT);
    let share = json!({ "with": MARA, "role": "freeBusyReader" });
    let shared = api(&sandbox, "POST", &format!("{days}/share"), share).await;
    assert_eq!(shared.status, StatusCode::NO_CONTENT);
    assert_eq!(sandbox.google().calendars(MARA).unwrap().len(), 6);
    api(&sandbox, "PATCH", &days, json!({ "summary": "Nights" })).await;
    let gone = api(&sandbox, "DELETE", &format!("{calendars}/Nights"), Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    levers_of_grants(&sandbox, eve, token, scopes).await;
}

async fn levers_of_grants(sandbox: &Sandbox, eve: &str, token: &str, scopes: Value) {
    let faults = json!({ "sync_token_gone": { "times": 2 }, "push_dropped": "always" });
    let set = api(sandbox, "PUT", &format!("{eve}/faults"), faults).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    let now = api(sandbox, "GET", &format!("{eve}/faults"), Value::Null).await.json();
    assert_eq!(
        (&now["push_dropped"], &now["sync_token_gone"]["times"]),
        (&json!("always"), &json!(2))
    );
    let manners = api(sandbox, "PATCH", "/manners", json!({ "rotation": "lenient" })).await.json();
    assert_eq!((&manners["rotation"], &manners["code_life_s"]), (&json!("lenient"), &json!(600)));
    let wrong = api(sandbox, "PATCH", "/manners", json!({ "rotatoin": "lenient" })).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(api(sandbox, "PUT", "/faults", json!({ "slow_ms": 1 })).await.status, 204);
    assert_eq!(api(sandbox, "GET", "/faults", Value::Null).await.json()["slow_ms"], 1);
    assert_eq!(api(sandbox, "DELETE", "/faults", Value::Null).await.status, 204);
    assert_eq!(api(sandbox, "GET", "/rings", Value::Null).await.json()["rings"], json!([]));
    for act in ["expire-access-tokens", "expire-sync-tokens", "silence"] {
        let done = api(sandbox, "POST", &format!("{eve}/{act}"), Value::Null).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{act}");
    }
    api(sandbox, "POST", &format!("{eve}/withdraw"), scopes).await;
    assert_eq!(refreshed(sandbox, token).await.json()["scope"], "");
    api(sandbox, "POST", &format!("{eve}/revoke"), Value::Null).await;
    assert_eq!(refreshed(sandbox, token).await.status, 400);
    let clock = request(
        sandbox,
        "POST",
        "/control/api/clock",
        &[("content-type", "application/json")],
        r#"{"forward_s": 60}"#,
    )
    .await;
    assert!(clock.json()["now"].is_string());
    let unknown = api(sandbox, "POST", "/people/nobody/revoke", Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
