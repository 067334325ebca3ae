//! Google's control page and its JSON: every lever can be pulled from outside.

use http::StatusCode;
use sandbox::{Often, Rotation};
use serde_json::json;

use super::client::{ALL, Client, Google, MARA, form, refreshed, seeded};
use crate::client::request;
use crate::levers::{Words, all_are_there, pull};

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
async fn every_lever_is_there_as_json() {
    let sandbox = seeded();
    let words = Words {
        client_id: sandbox::GOOGLE_CLIENT_ID,
        new: json!({ "email": "eve@gmail.example" }),
        friend: MARA,
        title: "summary",
        calendar: "summary",
        share: json!({ "with": MARA, "role": "freeBusyReader" }),
        scopes: &[ALL],
        acts: &["expire-access-tokens", "expire-sync-tokens", "silence"],
    };
    all_are_there::<Google>(&sandbox, &words).await;
    let raw = json!({ "summary": "Raw", "start": {}, "end": {} });
    let path = "/people/eve@gmail.example/calendars/primary/events/anyid";
    pull::<Google>(&sandbox, ("PUT", path), raw, 204).await;
    let clock = r#"{"forward_s": 60}"#;
    let kind = [("content-type", "application/json")];
    let clock = request(&sandbox, "POST", "/control/api/clock", &kind, clock).await;
    assert!(clock.json()["now"].is_string());
}
