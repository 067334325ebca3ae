//! Microsoft's control page and its JSON: every lever can be pulled from outside.

use http::StatusCode;
use sandbox::{Often, Rotation};
use serde_json::{Value, json};

use super::client::{ALL, Client, LENA, Microsoft, refreshed, seeded};
use crate::api::form;
use crate::client::request;
use crate::levers::{Words, all_are_there, pull};

fn of_lena(act: &str) -> String {
    format!("/control/microsoft/people/{LENA}/{act}")
}

#[tokio::test]
async fn the_pages_say_what_is_there() {
    let sandbox = seeded();
    let page = request(&sandbox, "GET", "/control/microsoft", &[], "").await;
    let (id, secret) = (sandbox::MICROSOFT_CLIENT_ID, sandbox::MICROSOFT_CLIENT_SECRET);
    for text in [LENA, id, secret, "push forged", "an administrator has to consent"] {
        assert!(page.text().contains(text), "{text}");
    }
    let path = format!("/control/microsoft/people/{LENA}");
    let hers = request(&sandbox, "GET", &path, &[], "").await;
    assert!(hers.text().contains("Projects") && !hers.text().contains("<script"));
    let nobody = request(&sandbox, "GET", "/control/microsoft/people/nobody", &[], "").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    let first = request(&sandbox, "GET", "/control", &[], "").await;
    assert!(first.text().contains("/control/microsoft"));
}

#[tokio::test]
async fn buttons_and_forms_do_what_they_say() {
    let sandbox = seeded();
    let client = Client::of(sandbox.clone(), LENA, ALL).await;
    let fields = [("push_dropped", "2"), ("slow_ms", "5"), ("truncate", "always"), ("fail", "")];
    let set = form(&sandbox, &of_lena("faults"), &fields).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    let faults = sandbox.microsoft().faults(Some(LENA)).unwrap();
    assert_eq!((faults.push_dropped, faults.truncate), (Often::Times(2), Often::Always));
    let wrong = form(&sandbox, "/control/microsoft/faults", &[("slow_ms", "soon")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    form(&sandbox, "/control/calm", &[]).await;
    assert_eq!(
        sandbox.microsoft().faults(Some(LENA)).unwrap(),
        sandbox::MicrosoftFaults::default()
    );
    let manners = [("rotation", "strict"), ("page_max", "7")];
    form(&sandbox, "/control/microsoft/manners", &manners).await;
    let manners = sandbox.microsoft().manners();
    assert_eq!((manners.rotation, manners.page_max), (Rotation::Strict, Some(7)));
    let tenant = sandbox.microsoft().tenants()[0].id.clone();
    let to = format!("/control/microsoft/tenants/{tenant}/consent");
    form(&sandbox, &to, &[("may", "false")]).await;
    assert!(!sandbox.microsoft().tenants()[0].users_consent);

    let event =
        [("calendar", "Projects"), ("subject", "Tea"), ("time", "16:00"), ("minutes", "45")];
    form(&sandbox, &of_lena("add-event"), &event).await;
    let find = |title: &str| {
        let events = sandbox.microsoft().events(LENA, "Projects").unwrap();
        events.into_iter().find(|event| event["subject"] == title)
    };
    let id = find("Tea").unwrap()["id"].as_str().unwrap().to_owned();
    for act in ["rename", "move"] {
        let fields = [
            ("calendar", "Projects"),
            ("id", id.as_str()),
            ("subject", "Coffee"),
            ("minutes", "30"),
            ("act", act),
        ];
        form(&sandbox, &of_lena("event"), &fields).await;
    }
    assert_eq!(find("Coffee").unwrap()["start"]["dateTime"], "2026-11-18T16:30:00.0000000");
    let fields = [("calendar", "Projects"), ("id", id.as_str()), ("act", "delete")];
    form(&sandbox, &of_lena("event"), &fields).await;
    assert!(find("Coffee").is_none());
    form(&sandbox, &of_lena("add-calendar"), &[("name", "New")]).await;
    let renamed = [("calendar", "New"), ("name", "Extra")];
    form(&sandbox, &of_lena("rename-calendar"), &renamed).await;
    form(&sandbox, &of_lena("remove-calendar"), &[("calendar", "Projects")]).await;
    let calendars = sandbox.microsoft().calendars(LENA).unwrap();
    let names: Vec<_> = calendars.iter().map(|it| it.name.as_str()).collect();
    assert!(names.contains(&"Extra") && !names.contains(&"Projects"));
    form(&sandbox, "/control/microsoft/clock", &[("forward_s", "3959")]).await;
    assert_eq!(client.get("/me").await.status, 401);
    for act in ["expire-refresh-tokens", "expire-delta-tokens", "renew-ids", "missed"] {
        assert_eq!(form(&sandbox, &of_lena(act), &[]).await.status, StatusCode::SEE_OTHER, "{act}");
    }
    assert_eq!(refreshed(&sandbox, &client.refresh).await.json()["error_codes"], json!([700_082]));
    assert_eq!(form(&sandbox, &of_lena("dance"), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_lever_is_there_as_json() {
    let sandbox = seeded();
    let words = Words {
        client_id: sandbox::MICROSOFT_CLIENT_ID,
        new: json!({ "email": "kim@new.example", "kind": "personal" }),
        friend: LENA,
        title: "subject",
        calendar: "name",
        share: json!({ "with": LENA, "sharing": "read" }),
        scopes: &["Calendars.ReadWrite", "offline_access"],
        acts: &["renew-ids", "silence", "expire-access-tokens", "reauthorization-required"],
    };
    all_are_there::<Microsoft>(&sandbox, &words).await;
    let done = async |method: &str, path: &str, body: Value, status: u16| {
        pull::<Microsoft>(&sandbox, (method, path), body, status).await
    };
    assert!(done("GET", "", Value::Null, 200).await["tenants"].is_array());
    done("PUT", "/handshakes", json!({ "carried": false }), 204).await;
    let tenant = "/tenants/strict.example";
    done("PATCH", tenant, json!({ "granted": ["User.Read"] }), 204).await;
    done("PATCH", "/tenants/nowhere", json!({ "users_consent": true }), 404).await;
    let kim = "/people/kim@new.example";
    done("POST", &format!("{kim}/lifecycle"), json!({ "event": "missed" }), 204).await;
    let token = done("POST", &format!("{kim}/consent"), json!({ "scopes": [] }), 200).await;
    assert!(token["refresh_token"].as_str().unwrap().starts_with("M.C5"));
    let made = done("POST", &format!("{kim}/calendars"), json!({ "name": "Jobs" }), 201).await;
    let jobs = format!("{kim}/calendars/{}", made["id"].as_str().unwrap());
    let event = json!({ "subject": "Tea", "start": "2026-11-18T16:00:00", "minutes": 30 });
    let event = done("POST", &format!("{jobs}/events"), event, 201).await;
    let path = format!("{jobs}/events/{}", event["id"].as_str().unwrap());
    let moved = done("POST", &format!("{path}/move"), json!({ "to": "default" }), 200).await;
    done("DELETE", &path, Value::Null, 404).await;
    let there = format!("{kim}/calendars/default/events/{}", moved["id"].as_str().unwrap());
    done("DELETE", &there, Value::Null, 204).await;
    let renewed = done("POST", &format!("{jobs}/renew-id"), Value::Null, 200).await;
    assert_ne!(renewed["id"], made["id"]);
    done("POST", &format!("{jobs}/renew-id"), Value::Null, 404).await;
}
