//! Connecting, repairing, pulling, looking at runs, disconnecting.

use serde_json::{Value, json};

use crate::house::{House, PASSWORD, PERSON};

#[tokio::test]
async fn an_account_with_ten_thousand_calendars_is_too_large_and_leaves_nothing() {
    let house = House::new().await;
    let (kind, access) = (sandbox::CalendarKind::Events, sandbox::Access::Owner);
    for nth in 0..10_000 {
        house.sandbox.add_calendar(PERSON, &format!("Rota {nth}"), kind, access).unwrap();
    }
    let refused = house.post("/connections", &house.sign_in(PASSWORD)).await.expect(422);
    assert_eq!(refused.code(), "too_large", "{}", refused.body);
    let say = refused.body["detail"].as_str().unwrap();
    assert!(say.contains("at most 250 can be read") && say.contains("fewer"), "{say}");
    let checks = refused.body["checks"].as_array().unwrap();
    assert_eq!(checks.last().unwrap()["name"], "calendars_listed");
    assert_eq!(checks.last().unwrap()["result"], "fail");
    let list = house.get("/connections").await.expect(200).body;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_web_page_instead_of_a_calendar_is_told_as_the_reason_of_the_delay() {
    let (house, id) = House::connected().await;
    let path = format!("/connections/{id}");
    let calendar = |shown: &Value| shown["calendars"][0].clone();
    let shown = house.get(&path).await.expect(200).body;
    assert_eq!(calendar(&shown)["trouble"], json!(null));
    let whom = sandbox::Whom::Person(PERSON.into());
    let fault = |faults: &mut sandbox::Faults| faults.web_page = sandbox::Often::Always;
    house.sandbox.change_faults(&whom, fault).unwrap();
    house.later(20 * 60);
    house.run().await;
    let shown = house.get(&path).await.expect(200).body;
    assert_eq!(shown["status"]["state"], "delayed");
    assert_eq!(shown["status"]["reason"], "unintelligible");
    let say = shown["status"]["say"].as_str().unwrap();
    assert!(say.contains("could not be read. A web page came"), "{say}");
    assert_eq!(calendar(&shown)["state"], "delayed");
    let trouble = calendar(&shown)["trouble"].clone();
    assert_eq!(trouble["code"], "unintelligible");
    let at = |name: &str| trouble[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(at("again_at") > at("since"));
}

#[tokio::test]
async fn a_connection_is_shown_as_the_interface_promises() {
    let (house, id) = House::connected().await;
    house.put("one", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    let shown = house.get(&format!("/connections/{id}")).await.expect(200).body;
    assert_eq!(shown["integration"], "icloud");
    assert_eq!(shown["owner"], json!({ "user": house.user }));
    assert_eq!(shown["principal"]["name"], PERSON);
    let status = shown["status"].as_object().unwrap();
    for field in ["state", "reason", "since", "progress", "last_success_at", "push"] {
        assert!(status.contains_key(field), "{field} is missing");
    }
    assert_eq!(shown["status"]["state"], "synced");
    assert_eq!(shown["checks"][0]["result"], "pass");
    let calendar = shown["calendars"][0].as_object().unwrap();
    for field in ["id", "name", "color", "access", "counts_as_busy", "linked", "events", "state"] {
        assert!(calendar.contains_key(field), "{field} is missing");
    }
    assert!(calendar.contains_key("known_until"));
    let list = house.get(&format!("/connections?user={}", house.user)).await.expect(200).body;
    assert_eq!(list["items"], json!([shown]));
    assert_eq!(list["next"], json!(null));
}

#[tokio::test]
async fn a_first_pull_says_how_far_it_has_come() {
    let house = House::new().await;
    let id = house.connect().await;
    let status = house.get(&format!("/connections/{id}")).await.expect(200).body["status"].clone();
    assert_eq!(status["state"], "processing");
    assert_eq!(status["progress"], json!({ "phase": "first_pull", "done": 0, "total": 0 }));
}

#[tokio::test]
async fn a_new_connection_says_where_it_is() {
    let house = House::new().await;
    let answer = house.post("/connections", &house.sign_in(PASSWORD)).await.expect(201);
    let place = format!("/api/v1/connections/{}", answer.id());
    assert_eq!(answer.headers["location"], place.as_str());
}

#[tokio::test]
async fn a_failed_examination_says_which_check_failed_and_keeps_nothing() {
    let house = House::new().await;
    let answer = house.post("/connections", &house.sign_in("aaaa-bbbb-cccc-dddd")).await;
    let answer = answer.expect(422);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.code(), "password_refused");
    assert!(!answer.body["detail"].as_str().unwrap().is_empty());
    let checks = answer.body["checks"].as_array().unwrap();
    assert_eq!(checks.last().unwrap()["result"], "fail");
    assert_eq!(house.get("/connections").await.expect(200).body["items"], json!([]));
}

#[tokio::test]
async fn the_ordinary_password_is_refused_beside_its_field() {
    let house = House::new().await;
    let answer = house.post("/connections", &house.sign_in("Ordinary-Password-1")).await;
    let answer = answer.expect(422);
    assert_eq!(answer.code(), "app_password_needed");
    assert_eq!(answer.body["errors"][0]["field"], "password");
    assert!(!answer.body.to_string().contains("Ordinary-Password-1"));
}

#[tokio::test]
async fn the_same_account_twice_is_a_repair() {
    let (house, id) = House::connected().await;
    let again = house.post("/connections", &house.sign_in(PASSWORD)).await.expect(200);
    assert_eq!(again.id(), id);
    let all = house.get("/connections").await.expect(200);
    assert_eq!(all.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_password_alone_repairs_a_connection() {
    let (house, id) = House::connected().await;
    house.sandbox.revoke_password(PERSON).unwrap();
    let path = format!("/connections/{id}/repair");
    let refused = house.post(&path, &json!({ "password": PASSWORD })).await.expect(409);
    assert_eq!(refused.code(), "password_refused");
    let password = house.sandbox.new_password(PERSON).unwrap();
    let repaired = house.post(&path, &json!({ "password": password })).await.expect(200);
    assert_eq!(repaired.id(), id);
}

#[tokio::test]
async fn what_needs_somebody_says_why_and_since_when_and_its_history_how_it_came_about() {
    let house = House::new().await;
    let id = house.connect().await;
    let path = format!("/connections/{id}");
    house.later(60);
    house.run().await;
    house.later(700);
    house.sandbox.revoke_password(PERSON).unwrap();
    let revoked_at = house.ctx.clock.now();
    for _ in 0..3 {
        house.later(600);
        house.run().await;
    }
    let status = house.get(&path).await.expect(200).body["status"].clone();
    assert_eq!(status["state"], "attention", "{status}");
    assert_eq!(status["reason"], "password_refused");
    let say = status["say"].as_str().unwrap();
    assert!(say.len() > 20 && say.ends_with('.'), "a sentence that says what to do: {say}");
    let since: jiff::Timestamp = status["since"].as_str().unwrap().parse().unwrap();
    assert!(revoked_at < since && since < house.ctx.clock.now(), "{since}");
    assert_eq!(status["progress"], json!(null));
    let listed = house.get("/connections").await.expect(200).body;
    assert_eq!(listed["items"][0]["status"], status, "the list says the same");
    house.later(60);
    let password = house.sandbox.new_password(PERSON).unwrap();
    let typed = json!({ "password": password });
    house.post(&format!("{path}/repair"), &typed).await.expect(200);
    house.later(60);
    house.run().await;
    let history = house.get(&format!("{path}/history")).await.expect(200).body;
    let items = history["items"].as_array().unwrap();
    let told = |item: &Value| {
        let words = ["state", "reason", "cause"].map(|name| item[name].as_str().unwrap_or("-"));
        words.join(" ")
    };
    let all: Vec<_> = items.iter().map(told).collect();
    let wanted = [
        "synced - pull",
        "delayed - repair",
        "attention password_refused pull",
        "delayed password_refused pull",
        "synced - pull",
        "processing - connected",
    ];
    assert_eq!(all, wanted, "the latest first");
    let broken = items.iter().find(|item| item["state"] == "attention").unwrap();
    assert_eq!((&broken["say"], &broken["at"]), (&status["say"], &status["since"]));
    let at: Vec<_> = items.iter().map(|item| item["at"].as_str().unwrap()).collect();
    assert!(at.is_sorted_by(|later, earlier| later >= earlier), "{at:?}");
    assert!(items.iter().all(|item| item["id"].as_str().unwrap().starts_with("sta_")));
    assert_eq!(history["next"], json!(null));
}

#[tokio::test]
async fn a_repair_needs_something_new() {
    let (house, id) = House::connected().await;
    let path = format!("/connections/{id}/repair");
    let answer = house.post(&path, &json!({})).await.expect(422);
    assert_eq!(answer.body["errors"][0]["field"], "password");
    let answer = house.post(&path, &json!({ "url": "https://a.example/" })).await.expect(409);
    assert_eq!(answer.code(), "field_not_asked");
    assert_eq!(answer.body["errors"][0]["code"], "unknown");
}

#[tokio::test]
async fn a_pull_can_be_asked_for_once_in_thirty_seconds() {
    let (house, id) = House::connected().await;
    let path = format!("/connections/{id}/pull");
    house.post(&path, &json!({})).await.expect(202);
    house.later(10);
    let answer = house.post(&path, &json!({})).await.expect(429);
    assert_eq!(answer.code(), "too_soon");
    assert_eq!(answer.headers["retry-after"], "20");
    house.later(20);
    let request = house.request(http::Method::POST, &path, None);
    house.send(request).await.expect(202);
}

#[tokio::test]
async fn runs_are_listed_the_latest_first_and_in_parts() {
    let (house, id) = House::connected().await;
    house.later(600);
    house.run().await;
    let path = format!("/connections/{id}/runs");
    let all = house.get(&path).await.expect(200).body;
    let items = all["items"].as_array().unwrap();
    assert!(items.len() > 2, "{all}");
    let started: Vec<_> = items.iter().map(|run| run["started_at"].as_str().unwrap()).collect();
    assert!(started.is_sorted_by(|a, b| a >= b), "{started:?}");
    assert_eq!(items[0]["failure"], json!(null));
    let mut parts = Vec::new();
    let mut next = String::new();
    loop {
        let part = house.get(&format!("{path}?limit=1{next}")).await.expect(200).body;
        parts.extend(part["items"].as_array().unwrap().clone());
        let Some(after) = part["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    assert_eq!(&parts, items);
}

#[tokio::test]
async fn disconnecting_forgets_the_connection() {
    let (house, id) = House::connected().await;
    house.delete(&format!("/connections/{id}?at_provider=keep")).await.expect(204);
    house.get(&format!("/connections/{id}")).await.expect(404);
    house.delete(&format!("/connections/{id}")).await.expect(404);
}

#[tokio::test]
async fn there_are_no_bookings_to_remove_yet() {
    let (house, id) = House::connected().await;
    let answer = house.delete(&format!("/connections/{id}?at_provider=remove_future")).await;
    let answer = answer.expect(400);
    assert!(answer.body["detail"].as_str().unwrap().contains("it has written none"));
    house.get(&format!("/connections/{id}")).await.expect(200);
}

#[tokio::test]
async fn a_calendar_file_can_be_connected() {
    let house = House::new().await;
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:a\r\n\
                DTSTAMP:20261101T000000Z\r\nDTSTART:20261123T090000Z\r\nEND:VEVENT\r\n\
                END:VCALENDAR\r\n";
    let body = json!({ "integration": "feed", "user": house.user, "file": text });
    let answer = house.post("/connections", &body).await.expect(201);
    assert_eq!(answer.body["calendars"].as_array().unwrap().len(), 1);
    assert_eq!(answer.body["principal"]["name"], "Calendar file");
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let named = json!({ "file": text.replace("UID:a", "UID:b"), "file_name": "shifts.ics" });
    let answer = house.post(&format!("/connections/{id}/repair"), &named).await.expect(200);
    assert_eq!(
        (answer.body["id"].as_str(), &answer.body["principal"]["name"]),
        (Some(id.as_str()), &json!("shifts.ics"))
    );
    let alone = json!({ "file_name": "shifts.ics" });
    let answer = house.post(&format!("/connections/{id}/repair"), &alone).await.expect(422);
    assert_eq!(answer.body["errors"][0]["field"], "file");
    let strange = json!({ "integration": "icloud", "user": house.user, "username": "x",
                          "password": "y", "file_name": "shifts.ics" });
    let answer = house.post("/connections", &strange).await.expect(422);
    assert_eq!(answer.body["errors"][0]["field"], "file_name");
    let nothing = json!({ "integration": "feed", "user": house.user });
    let answer = house.post("/connections", &nothing).await.expect(422);
    assert_eq!(answer.body["errors"][0]["field"], "url");
}

#[tokio::test]
async fn what_can_be_connected_is_listed_with_its_fields() {
    let house = House::new().await;
    let list = house.get("/integrations").await.expect(200).body;
    let kinds: Vec<_> = list["items"].as_array().unwrap().iter().map(|i| &i["kind"]).collect();
    assert_eq!(kinds, ["icloud", "caldav", "feed", "google", "outlook"]);
    let caldav = &list["items"][1];
    assert_eq!(caldav["level"], "user");
    assert_eq!(caldav["sign_in"], "password");
    assert_eq!(caldav["abilities"], json!(["calendars"]));
    assert_eq!(caldav["set_up"], true);
    assert_eq!(caldav["fields"][0]["name"], "url");
}

#[tokio::test]
async fn another_account_is_refused_with_both_names_and_takes_the_place_when_that_is_wanted() {
    let (house, id) = House::connected().await;
    let kit = "kit@icloud.example";
    house.sandbox.add_person(kit, PASSWORD);
    let (kind, access) = (sandbox::CalendarKind::Events, sandbox::Access::Owner);
    house.sandbox.add_calendar(kit, "Home", kind, access).unwrap();
    let before = house.get(&format!("/connections/{id}")).await.expect(200).body;
    let path = format!("/connections/{id}/repair");
    let body = json!({ "username": kit, "password": PASSWORD });
    let refused = house.post(&path, &body).await.expect(409);
    assert_eq!(refused.code(), "other_principal");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains(kit) && detail.contains(PERSON), "{detail}");
    let mut odd = body.clone();
    odd["replace"] = json!("yes");
    let odd = house.post(&path, &odd).await.expect(422);
    assert_eq!(odd.body["errors"][0]["field"], "replace");
    let mut wanted = body;
    wanted["replace"] = json!(true);
    let replaced = house.post(&path, &wanted).await.expect(200).body;
    assert_eq!((&replaced["id"], &replaced["principal"]["name"]), (&json!(id), &json!(kit)));
    assert_eq!(replaced["calendars"][0]["id"], before["calendars"][0]["id"]);
    let window = "from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z";
    let busy = house.get(&format!("/users/{}/busy?{window}", house.user)).await.expect(200).body;
    assert_eq!((&busy["blind"][0]["why"], &busy["known_at"]), (&json!("never_read"), &json!(null)));
    let states: Vec<_> =
        replaced["calendars"].as_array().unwrap().iter().map(|c| c["state"].clone()).collect();
    assert_eq!(states, ["processing", "gone"], "School has no counterpart");
    let again = house.post(&path, &wanted).await.expect(200);
    assert_eq!(again.id(), id, "the same account is a repair");
    house.post("/connections", &house.sign_in(PASSWORD)).await.expect(201);
    wanted["username"] = json!(PERSON);
    let refused = house.post(&path, &wanted).await.expect(409);
    assert!(refused.body["detail"].as_str().unwrap().contains("is connected already, too"));
}

#[tokio::test]
async fn busy_times_only_can_be_wanted_from_the_first_look_on() {
    let house = House::new().await;
    house.put("Surgery", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    let mut body = house.sign_in(PASSWORD);
    body["busy_only"] = json!(true);
    house.post("/connections", &body).await.expect(201);
    house.run().await;
    let mut tx = house.ctx.db.begin().await.unwrap();
    let all = store::calendars::of_user(&mut tx, &house.user.parse().unwrap()).await.unwrap();
    let texts = store::events::stored(&mut tx, &all[0].0.id, None, 9).await.unwrap();
    assert!(texts.len() == 1 && !texts[0].1.contains("SUMMARY:Surgery"), "{texts:?}");
    drop(tx);
    body["busy_only"] = json!("yes");
    let odd = house.post("/connections", &body).await.expect(422);
    assert_eq!(odd.body["errors"][0]["field"], "busy_only");
}

#[tokio::test]
async fn what_needs_somebody_says_what_broke_what_it_means_for_bookings_and_where_it_is_mended() {
    let (house, id) = House::connected().await;
    let path = format!("/connections/{id}");
    let well = house.get(&path).await.expect(200).body;
    let known_at: jiff::Timestamp =
        well["calendars"][0]["known_at"].as_str().unwrap().parse().unwrap();
    let blind_from = known_at + jiff::SignedDuration::from_hours(24);
    assert_eq!(well["status"]["blind_from"], blind_from.to_string());
    assert_eq!(
        (&well["status"]["retry_at"], &well["status"]["repair_url"]),
        (&json!(null), &json!(null))
    );
    house.sandbox.revoke_password(PERSON).unwrap();
    for _ in 0..4 {
        house.later(600);
        house.run().await;
    }
    let status = house.get(&path).await.expect(200).body["status"].clone();
    assert_eq!(
        (&status["state"], &status["reason"]),
        (&json!("attention"), &json!("password_refused"))
    );
    assert!(status["say"].as_str().unwrap().contains("app-specific password"), "{status}");
    let repair_url = format!("http://127.0.0.1:8080/calendars/settings/connections/{id}/repair");
    assert_eq!(status["repair_url"], repair_url);
    assert!(status["blind_from"].as_str().unwrap() >= blind_from.to_string().as_str(), "{status}");
    let history = house.get(&format!("{path}/history")).await.expect(200).body;
    let last = &history["items"][0];
    for (name, wanted) in
        [("state", "attention"), ("reason", "password_refused"), ("cause", "pull")]
    {
        assert_eq!(last[name], wanted, "{history}");
    }
    assert_eq!(last["say"], status["say"]);
}

#[tokio::test]
async fn a_provider_that_asks_to_wait_is_asked_again_at_a_time_that_is_said() {
    let (house, id) = House::connected().await;
    let id: connection::ConnectionId = id.parse().unwrap();
    let until = house.ctx.clock.now() + jiff::SignedDuration::from_mins(40);
    let mut tx = house.ctx.db.begin().await.unwrap();
    store::connections::set_throttled(&mut tx, &id, Some(until)).await.unwrap();
    tx.commit().await.unwrap();
    let status = house.get(&format!("/connections/{id}")).await.expect(200).body["status"].clone();
    let retry_at: jiff::Timestamp = status["retry_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(retry_at, until);
}
