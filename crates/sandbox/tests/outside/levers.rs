//! The levers of a provider as JSON: each can be pulled from outside, at Google as at Microsoft.

use http::StatusCode;
use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::api::{Api, control, refreshed};

/// What a provider calls things.
pub(crate) struct Words {
    pub(crate) client_id: &'static str,
    /// Somebody new, and somebody who is there to share with.
    pub(crate) new: Value,
    pub(crate) friend: &'static str,
    /// The title of an event, and of a calendar.
    pub(crate) title: &'static str,
    pub(crate) calendar: &'static str,
    pub(crate) share: Value,
    pub(crate) scopes: &'static [&'static str],
    pub(crate) acts: &'static [&'static str],
}

/// Pulls a lever and looks at the status.
pub(crate) async fn pull<A: Api>(
    sandbox: &Sandbox,
    (method, path): (&str, &str),
    body: Value,
    status: u16,
) -> Value {
    let answer = control::<A>(sandbox, method, path, body).await;
    assert_eq!(answer.status, status, "{method} {path}: {:?}", answer.body);
    serde_json::from_str::<Value>(answer.text()).unwrap_or_default()
}

pub(crate) async fn all_are_there<A: Api>(sandbox: &Sandbox, words: &Words) {
    let all = pull::<A>(sandbox, ("GET", ""), Value::Null, 200).await;
    assert_eq!(
        (&all["url"], &all["client_id"]),
        (&json!(format!("http://{}", A::HOST)), &json!(words.client_id))
    );
    let people = all["people"].as_array().unwrap();
    assert!(people.iter().any(|it| it["person"]["email"] == words.friend));
    for_everyone::<A>(sandbox).await;
    pull::<A>(sandbox, ("POST", "/people"), words.new.clone(), 201).await;
    let them = format!("/people/{}", words.new["email"].as_str().unwrap());
    of_calendars::<A>(sandbox, words, &them).await;
    of_a_person::<A>(sandbox, words, &them).await;
    pull::<A>(sandbox, ("POST", "/people/nobody/revoke"), Value::Null, 404).await;
    assert_eq!(pull::<A>(sandbox, ("GET", "/rings"), Value::Null, 200).await["rings"], json!([]));
}

async fn for_everyone<A: Api>(sandbox: &Sandbox) {
    let pull =
        async |method, path, body, status| pull::<A>(sandbox, (method, path), body, status).await;
    let manners = pull("PATCH", "/manners", json!({ "rotation": "strict" }), 200).await;
    assert_eq!((&manners["rotation"], &manners["code_life_s"]), (&json!("strict"), &json!(600)));
    assert_eq!(pull("GET", "/manners", Value::Null, 200).await, manners);
    pull("PATCH", "/manners", json!({ "rotatoin": "lenient" }), 422).await;
    pull("PATCH", "/manners", json!({ "rotation": "lenient" }), 200).await;
    pull("PUT", "/faults", json!({ "web_page": { "times": 1 } }), 204).await;
    let faults = pull("GET", "/faults", Value::Null, 200).await;
    assert_eq!(
        (&faults["web_page"], &faults["truncate"]),
        (&json!({ "times": 1 }), &json!("never"))
    );
    pull("PUT", "/faults", json!({ "charm": 3 }), 422).await;
    pull("DELETE", "/faults", Value::Null, 204).await;
    assert_eq!(pull("GET", "/faults", Value::Null, 200).await["web_page"], "never");
}

async fn of_calendars<A: Api>(sandbox: &Sandbox, words: &Words, them: &str) {
    let pull = async |method, path: &str, body, status| {
        pull::<A>(sandbox, (method, path), body, status).await
    };
    let calendars = format!("{them}/calendars");
    let made = pull("POST", &calendars, json!({ words.calendar: "Days" }), 201).await;
    let days = format!("{calendars}/{}", made["id"].as_str().unwrap());
    let event = json!({ words.title: "Tea", "start": "2026-11-18T16:00:00", "minutes": 30 });
    let event = pull("POST", &format!("{days}/events"), event, 201).await;
    let one = format!("{days}/events/{}", event["id"].as_str().unwrap());
    pull("PATCH", &one, json!({ words.title: "Coffee" }), 204).await;
    let listed = pull("GET", &format!("{days}/events"), Value::Null, 200).await;
    assert_eq!(listed[0][words.title], "Coffee");
    pull("PUT", &one, listed[0].clone(), 204).await;
    pull("PUT", &one, json!("no event"), 404).await;
    pull("DELETE", &one, Value::Null, 204).await;
    pull("DELETE", &one, Value::Null, 404).await;
    let shares = format!("{}/calendars", "/people/".to_owned() + words.friend);
    let before = pull("GET", &shares, Value::Null, 200).await.as_array().unwrap().len();
    pull("POST", &format!("{days}/share"), words.share.clone(), 204).await;
    let after = pull("GET", &shares, Value::Null, 200).await.as_array().unwrap().len();
    assert_eq!(after, before + 1);
    pull("PATCH", &days, json!({ words.calendar: "Nights" }), 204).await;
    pull("DELETE", &format!("{calendars}/Nights"), Value::Null, 204).await;
}

async fn of_a_person<A: Api>(sandbox: &Sandbox, words: &Words, them: &str) {
    let pull = async |method, path: &str, body, status| {
        pull::<A>(sandbox, (method, &format!("{them}{path}")), body, status).await
    };
    let faults = json!({ "truncate": { "times": 2 }, "push_dropped": "always" });
    pull("PUT", "/faults", faults, 204).await;
    let now = pull("GET", "/faults", Value::Null, 200).await;
    assert_eq!(
        (&now["push_dropped"], &now["truncate"]),
        (&json!("always"), &json!({ "times": 2 }))
    );
    let scopes = json!({ "scopes": words.scopes });
    let token = pull("POST", "/consent", scopes.clone(), 200).await;
    let token = token["refresh_token"].as_str().unwrap();
    assert_eq!(refreshed::<A>(sandbox, token).await.status, 200);
    pull("POST", "/withdraw", scopes, 204).await;
    assert_eq!(refreshed::<A>(sandbox, token).await.json()["scope"], "");
    for act in words.acts {
        pull("POST", &format!("/{act}"), Value::Null, 204).await;
    }
    pull("POST", "/revoke", Value::Null, 204).await;
    assert_eq!(refreshed::<A>(sandbox, token).await.status, StatusCode::BAD_REQUEST);
    pull("POST", "/dance", Value::Null, 404).await;
}
