//! Microsoft's control page and its JSON: every lever can be pulled from outside.

use http::StatusCode;
use sandbox::{Often, Rotation};
use serde_json::{Value, json};

use super::client::{ALL, Client, LENA, Microsoft, refreshed, seeded};
use crate::api::{control as api, form};
use crate::client::request;

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
    form(&sandbox, &of_lena("add-calendar"), &[("name", "Extra")]).await;
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
    let done = async |method: &str, path: &str, body: Value, status: u16| {
        let answer = api::<Microsoft>(&sandbox, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {:?}", answer.body);
        serde_json::from_str::<Value>(answer.text()).unwrap_or_default()
    };
    let everything = done("GET", "", Value::Null, 200).await;
    assert_eq!(everything["client_id"], sandbox::MICROSOFT_CLIENT_ID);
    assert_eq!(everything["people"].as_array().unwrap().len(), 5);
    let manners = done("PATCH", "/manners", json!({ "page_max": 3 }), 200).await;
    assert_eq!(manners["page_max"], 3);
    done("PATCH", "/manners", json!({ "charm": 3 }), 422).await;
    done("PUT", "/faults", json!({ "web_page": { "times": 1 } }), 204).await;
    assert_eq!(done("GET", "/faults", Value::Null, 200).await["web_page"], json!({ "times": 1 }));
    done("DELETE", "/faults", Value::Null, 204).await;
    done("PUT", "/handshakes", json!({ "carried": false }), 204).await;
    let tenant = "/tenants/strict.example";
    done("PATCH", tenant, json!({ "granted": ["User.Read"] }), 204).await;
    done("PATCH", "/tenants/nowhere", json!({ "users_consent": true }), 404).await;
    done("POST", "/people", json!({ "email": "kim@new.example", "kind": "personal" }), 201).await;
    let kim = "/people/kim@new.example";
    done("PUT", &format!("{kim}/faults"), json!({ "slow_ms": 0 }), 204).await;
    let scopes = json!({ "scopes": ["Calendars.ReadWrite", "offline_access"] });
    let token = done("POST", &format!("{kim}/consent"), scopes.clone(), 200).await;
    assert!(token["refresh_token"].as_str().unwrap().starts_with("M.C5"));
    done("POST", &format!("{kim}/withdraw"), scopes, 204).await;
    done("POST", &format!("{kim}/lifecycle"), json!({ "event": "missed" }), 204).await;
    for act in ["revoke", "silence", "expire-access-tokens", "reauthorization-required"] {
        done("POST", &format!("{kim}/{act}"), Value::Null, 204).await;
    }
    done("POST", &format!("{kim}/dance"), Value::Null, 404).await;
    let made = done("POST", &format!("{kim}/calendars"), json!({ "name": "Jobs" }), 201).await;
    let jobs = format!("{kim}/calendars/{}", made["id"].as_str().unwrap());
    done("PATCH", &jobs, json!({ "name": "Work" }), 204).await;
    done("POST", &format!("{jobs}/share"), json!({ "with": LENA, "sharing": "read" }), 204).await;
    let event = json!({ "subject": "Tea", "start": "2026-11-18T16:00:00", "minutes": 30 });
    let event = done("POST", &format!("{jobs}/events"), event, 201).await;
    let path = format!("{jobs}/events/{}", event["id"].as_str().unwrap());
    done("PATCH", &path, json!({ "subject": "Coffee" }), 204).await;
    let all = done("GET", &format!("{jobs}/events"), Value::Null, 200).await;
    assert_eq!(all[0]["subject"], "Coffee");
    done("PUT", &path, all[0].clone(), 204).await;
    let moved = done("POST", &format!("{path}/move"), json!({ "to": "default" }), 200).await;
    done("DELETE", &path, Value::Null, 404).await;
    let there = format!("{kim}/calendars/default/events/{}", moved["id"].as_str().unwrap());
    done("DELETE", &there, Value::Null, 204).await;
    done("DELETE", &jobs, Value::Null, 204).await;
    assert_eq!(done("GET", "/rings", Value::Null, 200).await["rings"], json!([]));
}
