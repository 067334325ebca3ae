//! Nobody sees what is not theirs, and nobody learns what exists. Every operation of the OpenAPI
//! document must have its row here.

use std::collections::BTreeMap;

use connection::ApiKeyId;
use http::Method;
use serde_json::{Value, json};

use crate::house::{Answer, House};

/// What an operation needs to be called well: a query and a body.
fn well(operation: &str, house: &House, calendar: &str) -> Option<(&'static str, Option<Value>)> {
    let window = "?from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z";
    let settings = json!({
        "linked_calendar": null, "conflict_calendars": [calendar], "import": "block",
        "on_outside_change": "ask", "private_mode": false, "write_detail": "full",
    });
    let password = json!({ "password": crate::house::PASSWORD });
    Some(match operation {
        "delete /connections/{id}"
        | "get /account"
        | "get /audit"
        | "get /connections"
        | "get /connections/{id}"
        | "get /connections/{id}/runs"
        | "get /connections/{id}/history"
        | "get /integrations"
        | "delete /webhooks/{id}"
        | "get /api-keys/current"
        | "get /webhooks"
        | "get /webhooks/{id}/deliveries"
        | "get /openapi.json"
        | "get /stream"
        | "get /users"
        | "get /users/{id}/calendar-settings" => ("", None),
        "get /calendars/{id}/events" | "get /users/{id}/busy" => (window, None),
        "post /connections" => ("", Some(house.sign_in(crate::house::PASSWORD))),
        "post /connections/sign-in" => {
            let google = json!({ "integration": "google", "user": house.user });
            ("", Some(google))
        }
        "post /webhooks" => {
            let events = ["connection.changed"];
            ("", Some(json!({ "url": "https://hooks.example/", "events": events })))
        }
        "post /webhooks/{id}/deliveries/{delivery}/replay"
        | "post /webhooks/{id}/enable"
        | "post /webhooks/{id}/test"
        | "post /webhooks/{id}/turn-secret"
        | "post /connections/{id}/pull" => ("", Some(json!({}))),
        "post /connections/{id}/repair" => ("", Some(password)),
        "put /users/{id}/calendar-settings" => ("", Some(settings)),
        "patch /calendars/{id}" => ("", Some(json!({ "counts_as_busy": true }))),
        _ => return None,
    })
}

struct Operation {
    name: String,
    method: Method,
    path: String,
    query: &'static str,
    body: Option<Value>,
}

impl Operation {
    fn is_open(&self) -> bool {
        self.path == "/openapi.json"
    }

    async fn call(&self, house: &House, id: &str) -> Answer {
        let path = format!("{}{}", self.path.replace("{id}", id), self.query);
        let request = house.request(self.method.clone(), &path, self.body.as_ref());
        if self.path == "/stream" && !house.key.is_empty() {
            let response = house.open(request).await;
            let (status, headers) = (response.status(), response.headers().clone());
            if status.is_success() {
                return Answer { status, headers, body: Value::Null };
            }
        }
        let request = house.request(self.method.clone(), &path, self.body.as_ref());
        house.send(request).await
    }
}

async fn operations(house: &House, calendar: &str) -> Vec<Operation> {
    let document = house.get("/openapi.json").await.expect(200).body;
    let delivery = delivery(house).await;
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").expect("every path is under the prefix");
        for method in methods.as_object().unwrap().keys() {
            let name = format!("{method} {path}");
            let well = well(&name, house, calendar);
            let (query, body) = well.unwrap_or_else(|| panic!("{name} has no row in this test"));
            let method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{delivery}", &delivery);
            operations.push(Operation { name, method, path, query, body });
        }
    }
    // What deletes comes last, so that the others find what they look for.
    operations.sort_by_key(|operation| operation.method == Method::DELETE);
    operations
}

/// Something that the first webhook was told, where there is one.
async fn delivery(house: &House) -> String {
    let listed = house.get("/webhooks").await.body;
    let Some(id) = listed["items"][0]["id"].as_str() else { return "dlv_none".into() };
    house.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202).id()
}

/// Adds a webhook.
async fn webhook(house: &House) -> String {
    let body = json!({ "url": "https://hooks.example/", "events": ["calendar.changed"] });
    house.post("/webhooks", &body).await.expect(201).id()
}

/// The id that an operation is about.
fn id_for<'a>(path: &str, ids: &'a BTreeMap<&str, String>) -> &'a str {
    let kind = path.trim_start_matches('/').split('/').next().unwrap();
    ids.get(kind).map_or("", String::as_str)
}

#[tokio::test]
async fn without_a_key_there_is_no_answer() {
    let (mut house, _) = House::connected().await;
    let operations = operations(&house, "").await;
    for key in ["", "dmk_unknown", "Basic x"] {
        house.key = key.to_owned();
        for operation in operations.iter().filter(|operation| !operation.is_open()) {
            let answer = operation.call(&house, "anything").await;
            assert_eq!(answer.status, 401, "{} with {key:?}", operation.name);
            assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        }
    }
}

#[tokio::test]
async fn ids_of_others_unknown_ids_and_no_ids_get_one_answer() {
    let (house, connection) = House::connected().await;
    let calendar = house.calendar("Home").await["id"].as_str().unwrap().to_owned();
    let (_, key) = house.stranger().await;
    let webhook = webhook(&house).await;
    let operations = operations(&house, &calendar).await;
    let own = BTreeMap::from([
        ("connections", connection),
        ("calendars", calendar),
        ("users", house.user.clone()),
        ("webhooks", webhook),
    ]);
    let theirs = house.with_key(key);
    for operation in operations.iter().filter(|operation| operation.path.contains("{id}")) {
        let id = id_for(&operation.path, &own);
        let unknown = format!("{}{}", &id[..4], "0".repeat(32));
        let swapped = if id.starts_with("usr_") { &own["calendars"] } else { &own["users"] };
        let upper = id.to_uppercase();
        let long = "x".repeat(5_000);
        let tried = [id, &unknown, swapped, &upper, &long, "%00", "%ff", "..%2f", "*"];
        let mut answers = Vec::new();
        for tried in tried {
            let answer = operation.call(&theirs, tried).await;
            assert_eq!(answer.status, 404, "{} with {tried}: {}", operation.name, answer.body);
            answers.push(answer.body);
        }
        assert!(answers.iter().all(|body| *body == answers[0]), "{}", operation.name);
        assert_eq!(answers[0]["code"], "not_found");
    }
}

#[tokio::test]
async fn an_own_thing_does_not_open_what_is_another_accounts_nor_the_other_way_round() {
    let house = House::new().await;
    let theirs = (webhook(&house).await, delivery(&house).await);
    let (_, key) = house.stranger().await;
    let house = house.with_key(key);
    let own = (webhook(&house).await, delivery(&house).await);
    let document = house.get("/openapi.json").await.expect(200).body;
    let paths = document["paths"].as_object().unwrap().keys();
    let nested: Vec<_> = paths.filter(|path| path.matches('{').count() > 1).collect();
    let replay = "/webhooks/{id}/deliveries/{delivery}/replay";
    assert_eq!(nested, [&format!("/api/v1{replay}")], "what names two things is tried below");
    let tried = async |(webhook, delivery): (&String, &String)| {
        let path = replay.replace("{id}", webhook).replace("{delivery}", delivery);
        house.post(&path, &json!({})).await
    };
    let nothing = tried((&own.0, &format!("dlv_{}", "0".repeat(32)))).await.expect(404).body;
    for mixed in [(&own.0, &theirs.1), (&theirs.0, &own.1), (&theirs.0, &theirs.1)] {
        assert_eq!(tried(mixed).await.expect(404).body, nothing);
    }
    tried((&own.0, &own.1)).await.expect(202);
}

#[tokio::test]
async fn lists_hold_nothing_of_others() {
    let (house, _) = House::connected().await;
    let user = house.user.clone();
    let (other, key) = house.stranger().await;
    let theirs = house.with_key(key);
    assert_eq!(theirs.get("/connections").await.expect(200).body["items"], json!([]));
    let users = theirs.get("/users").await.expect(200).body;
    let ids: Vec<_> = users["items"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
    assert_eq!(ids, [other.as_str()]);
    assert_eq!(theirs.get("/account").await.expect(200).body["name"], "Southwind");
    theirs.get(&format!("/connections?user={user}")).await.expect(404);
    let done = theirs.get(&format!("/audit?person={user}")).await.expect(200).body;
    assert_eq!(done["items"], json!([]), "somebody of another account did nothing here");
    let mut body = theirs.sign_in(crate::house::PASSWORD);
    body["user"] = json!(user);
    theirs.post("/connections", &body).await.expect(404);
    let google = json!({ "integration": "google", "user": user });
    theirs.post("/connections/sign-in", &google).await.expect(404);
}

#[tokio::test]
async fn an_owner_gets_an_answer_everywhere() {
    let (house, connection) = House::connected().await;
    let calendar = house.calendar("Home").await["id"].as_str().unwrap().to_owned();
    let webhook = webhook(&house).await;
    let operations = operations(&house, &calendar).await;
    let own = BTreeMap::from([
        ("connections", connection),
        ("calendars", calendar),
        ("users", house.user.clone()),
        ("webhooks", webhook),
    ]);
    for operation in &operations {
        let answer = operation.call(&house, id_for(&operation.path, &own)).await;
        assert!(answer.status.is_success(), "{}: {}", operation.name, answer.body);
    }
}

#[tokio::test]
async fn a_key_that_may_only_look_changes_nothing() {
    let (mut house, connection) = House::connected().await;
    let calendar = house.calendar("Home").await["id"].as_str().unwrap().to_owned();
    let webhook = webhook(&house).await;
    let operations = operations(&house, &calendar).await;
    let own = BTreeMap::from([
        ("connections", connection),
        ("calendars", calendar),
        ("users", house.user.clone()),
        ("webhooks", webhook),
    ]);
    for (scope, looks) in [("read", true), ("write", false)] {
        house.key = key_with(&house, scope).await;
        for operation in operations.iter().filter(|operation| !operation.is_open()) {
            if (operation.method == Method::GET) == looks {
                continue;
            }
            let answer = operation.call(&house, id_for(&operation.path, &own)).await;
            assert_eq!(answer.status, 403, "{} with {scope}", operation.name);
            assert_eq!(answer.code(), "scope_needed");
        }
    }
}

/// What changes nothing by itself, with the reason.
const LEAVES_NO_ROW: [(&str, &str); 1] =
    [("post /connections/sign-in", "what the person connects with the link is written down")];

#[tokio::test]
async fn every_change_leaves_its_row_in_the_audit_log() {
    let (house, connection) = House::connected().await;
    let calendar = house.calendar("Home").await["id"].as_str().unwrap().to_owned();
    let webhook = webhook(&house).await;
    let operations = operations(&house, &calendar).await;
    let own = BTreeMap::from([
        ("connections", connection),
        ("calendars", calendar.clone()),
        ("users", house.user.clone()),
        ("webhooks", webhook),
    ]);
    house.patch(&format!("/calendars/{calendar}"), &json!({ "counts_as_busy": false })).await;
    for operation in operations.iter().filter(|operation| operation.method != Method::GET) {
        let before = house.get("/audit").await.expect(200).body["items"][0].clone();
        house.later(60);
        let answer = operation.call(&house, id_for(&operation.path, &own)).await;
        assert!(answer.status.is_success(), "{}: {}", operation.name, answer.body);
        let after = house.get("/audit").await.expect(200).body["items"][0].clone();
        let leaves_none = LEAVES_NO_ROW.iter().any(|(name, _)| *name == operation.name);
        assert_eq!(before == after, leaves_none, "{}: {after}", operation.name);
        if !leaves_none {
            assert!(after["actor"].as_str().unwrap().starts_with("key_"), "{after}");
        }
    }
}

#[tokio::test]
async fn the_audit_log_is_listed_in_parts_and_narrowed_down() {
    let (house, connection) = House::connected().await;
    for _ in 0..3 {
        house.clock.advance(jiff::SignedDuration::from_secs(60));
        house.post(&format!("/connections/{connection}/pull"), &json!({})).await.expect(202);
    }
    let first = house.get("/audit?act=connection.asked&limit=2").await.expect(200).body;
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let path = format!("/audit?act=connection&limit=2&after={next}");
    let rest = house.get(&path).await.expect(200).body;
    let acts: Vec<_> = rest["items"].as_array().unwrap().iter().map(|item| &item["act"]).collect();
    assert_eq!(acts, ["connection.asked", "connection.connected"]);
    assert_eq!(rest["next"], json!(null));
    let none = house.get("/audit?from=2027-01-01T00:00:00Z").await.expect(200).body;
    assert_eq!(none["items"], json!([]));
    let of_user = house.get(&format!("/audit?person={}", house.user)).await.expect(200).body;
    assert_eq!(of_user["items"].as_array().unwrap().len(), 4, "done for the user");
    house.get("/audit?person=%2500").await.expect(400);
    let before_all = house.get("/audit?after=aud_0").await.expect(200).body;
    assert_eq!(before_all["items"], json!([]), "nothing is older than that");
    let backwards = "/audit?from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z";
    assert_eq!(house.get(backwards).await.code(), "window_reversed");
}

#[tokio::test]
async fn a_key_turns_private_mode_on_but_off_only_where_it_manages() {
    let mut house = House::new().await;
    let path = format!("/users/{}/calendar-settings", house.user);
    let mut settings = house.get(&path).await.expect(200).body;
    assert_eq!(settings["private_mode"], true);
    let managing = std::mem::take(&mut house.key);
    let writing = key_with(&house, "write").await;
    house.key.clone_from(&writing);
    settings["private_mode"] = json!(false);
    let refused = house.put_json(&path, &settings).await.expect(403);
    assert_eq!(refused.code(), "scope_needed");
    assert!(refused.body["detail"].as_str().unwrap().contains("`manage`"), "{}", refused.body);
    house.key.clone_from(&managing);
    assert_eq!(house.get(&path).await.body["private_mode"], true, "nothing was changed");
    house.put_json(&path, &settings).await.expect(200);
    house.key = writing;
    house.put_json(&path, &settings).await.expect(200);
    settings["private_mode"] = json!(true);
    house.put_json(&path, &settings).await.expect(200);
    house.key = managing;
    assert_eq!(house.get(&path).await.body["private_mode"], true);
}

#[tokio::test]
async fn a_key_has_more_of_a_booking_written_only_where_it_manages() {
    let mut house = House::new().await;
    let path = format!("/users/{}/calendar-settings", house.user);
    let mut settings = house.get(&path).await.expect(200).body;
    assert_eq!(settings["write_detail"], "full");
    let managing = std::mem::take(&mut house.key);
    let writing = key_with(&house, "write").await;
    house.key.clone_from(&writing);
    settings["write_detail"] = json!("busy");
    house.put_json(&path, &settings).await.expect(200);
    settings["write_detail"] = json!("title");
    assert_eq!(house.put_json(&path, &settings).await.expect(403).code(), "scope_needed");
    house.key = managing;
    assert_eq!(house.get(&path).await.body["write_detail"], "busy", "nothing was changed");
    house.put_json(&path, &settings).await.expect(200);
}

/// A key with one scope alone.
async fn key_with(house: &House, scope: &str) -> String {
    use sha2::{Digest, Sha256};
    let key = format!("dmk_{scope}");
    let now = house.ctx.clock.now();
    let row = store::api_keys::ApiKey {
        id: ApiKeyId::new(now, house.ctx.dice.as_ref()),
        account: house.account.clone(),
        name: scope.to_owned(),
        scopes: vec![scope.to_owned()],
        created_at: now,
        last_used_at: None,
    };
    let mut tx = house.ctx.db.begin().await.unwrap();
    let hash = Sha256::digest(key.as_bytes()).into();
    store::api_keys::insert(&mut tx, &row, &hash).await.unwrap();
    tx.commit().await.unwrap();
    key
}

#[tokio::test]
async fn the_key_itself_is_stored_nowhere() {
    let house = House::new().await;
    let mut tx = house.ctx.db.read().await.unwrap();
    let keys = store::api_keys::of_account(&mut tx, &house.account).await.unwrap();
    assert!(!format!("{keys:?}").contains(&house.key));
    assert!(house.key.starts_with("dmk_") && house.key.len() == 4 + 43);
    assert_eq!(keys[0].last_used_at, None);
    drop(tx);
    house.get("/account").await.expect(200);
    let mut tx = house.ctx.db.read().await.unwrap();
    let keys = store::api_keys::of_account(&mut tx, &house.account).await.unwrap();
    assert_eq!(keys[0].last_used_at, Some(house.ctx.clock.now()));
}
