//! What is chosen, what happens in a calendar, and when somebody is busy.

use serde_json::{Value, json};

use crate::house::House;

const DAY: &str = "from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z";

async fn house_with_events() -> (House, String) {
    let house = House::new().await;
    house.put("meeting", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z\nLOCATION:Room 1");
    house.put("doctor", "DTSTART:20261123T110000Z\nDTEND:20261123T120000Z\nCLASS:PRIVATE");
    house.put("trip", "DTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261124\nTRANSP:TRANSPARENT");
    house.put("later", "DTSTART:20261125T090000Z\nDTEND:20261125T100000Z");
    house.connect().await;
    house.run().await;
    let id = house.calendar("Home").await["id"].as_str().unwrap().to_owned();
    (house, id)
}

/// Chooses whether others see titles.
async fn private_mode(house: &House, on: bool) {
    let path = format!("/users/{}/calendar-settings", house.user);
    let mut settings = house.get(&path).await.expect(200).body;
    settings["private_mode"] = json!(on);
    house.put_json(&path, &settings).await.expect(200);
}

fn titles(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|i| i["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_come_in_time_order_and_private_ones_without_details() {
    let (house, id) = house_with_events().await;
    private_mode(&house, false).await;
    let list = house.get(&format!("/calendars/{id}/events?{DAY}")).await.expect(200).body;
    assert_eq!(titles(&list), ["trip", "meeting", "Busy"]);
    let trip = &list["items"][0];
    assert_eq!(trip["start"], "2026-11-22T22:00:00Z", "a date happens in the owner's zone");
    assert_eq!(
        (&trip["start_date"], &trip["end_date"]),
        (&json!("2026-11-23"), &json!("2026-11-24"))
    );
    assert_eq!((&trip["says"], &trip["kind"]), (&json!("free"), &json!(null)));
    let meeting = &list["items"][1];
    assert_eq!((&meeting["location"], &meeting["kind"]), (&json!("Room 1"), &json!("busy")));
    let doctor = &list["items"][2];
    assert_eq!((&doctor["details_hidden"], &doctor["location"]), (&json!(true), &json!(null)));
    assert_eq!(list["state"], "synced");
}

#[tokio::test]
async fn private_mode_hides_every_title() {
    let (house, id) = house_with_events().await;
    private_mode(&house, true).await;
    let list = house.get(&format!("/calendars/{id}/events?{DAY}")).await.expect(200).body;
    assert_eq!(titles(&list), ["Busy", "Busy", "Busy"]);
    assert!(!list.to_string().contains("Room 1"));
}

#[tokio::test]
async fn events_come_in_parts_that_meet() {
    let (house, id) = house_with_events().await;
    private_mode(&house, false).await;
    house.put("twin", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z\nRRULE:FREQ=DAILY;COUNT=9");
    house.later(600);
    house.run().await;
    let path = format!("/calendars/{id}/events?from=2026-11-20T00:00:00Z&to=2026-12-24T00:00:00Z");
    let whole = house.get(&path).await.expect(200).body;
    assert_eq!(whole["items"].as_array().unwrap().len(), 13);
    let mut parts = Vec::new();
    let mut next = String::new();
    loop {
        let part = house.get(&format!("{path}&limit=2{next}")).await.expect(200).body;
        parts.extend(part["items"].as_array().unwrap().clone());
        let Some(after) = part["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    assert_eq!(&parts, whole["items"].as_array().unwrap());
}

#[tokio::test]
async fn busy_lists_what_takes_time_and_nothing_else() {
    let (house, id) = house_with_events().await;
    let path = format!("/users/{}/busy?{DAY}", house.user);
    let answer = house.get(&path).await.expect(200).body;
    assert_eq!(
        answer["busy"],
        json!([
            { "start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:00:00Z", "kind": "busy",
              "calendar": id },
            { "start": "2026-11-23T11:00:00Z", "end": "2026-11-23T12:00:00Z", "kind": "busy",
              "calendar": id },
        ])
    );
    assert_eq!(answer["blind"], json!([]));
    assert_eq!(answer["known_at"], "2026-11-22T12:00:00Z");
}

#[tokio::test]
async fn a_calendar_that_was_not_read_yet_is_blind_and_not_free() {
    let house = House::new().await;
    house.connect().await;
    let id = house.calendar("Home").await["id"].clone();
    let answer = house.get(&format!("/users/{}/busy?{DAY}", house.user)).await.expect(200).body;
    assert_eq!(answer["busy"], json!([]));
    assert_eq!(answer["known_at"], json!(null));
    let blind = answer["blind"].as_array().unwrap();
    assert!(blind.iter().any(|b| b["calendar"] == id && b["why"] == "never_read"), "{answer}");
}

#[tokio::test]
async fn a_calendar_that_does_not_count_does_not_block() {
    let (house, id) = house_with_events().await;
    let path = format!("/calendars/{id}");
    let changed = house.patch(&path, &json!({ "counts_as_busy": false })).await.expect(200);
    assert_eq!(changed.body["counts_as_busy"], false);
    let answer = house.get(&format!("/users/{}/busy?{DAY}", house.user)).await.expect(200).body;
    assert_eq!(answer["busy"], json!([]));
}

#[tokio::test]
async fn all_day_events_block_when_the_calendar_says_so() {
    let (house, id) = house_with_events().await;
    let path = format!("/calendars/{id}");
    house.patch(&path, &json!({ "all_day_is_busy": true })).await.expect(200);
    let answer = house.get(&format!("/users/{}/busy?{DAY}", house.user)).await.expect(200).body;
    assert_eq!(answer["busy"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_chosen_is_what_is_read_back() {
    let (house, id) = house_with_events().await;
    let path = format!("/users/{}/calendar-settings", house.user);
    let chosen = json!({
        "linked_calendar": id, "conflict_calendars": [id], "import": "known_guests",
        "on_outside_change": "restore", "private_mode": true, "write_detail": "title",
    });
    assert_eq!(house.put_json(&path, &chosen).await.expect(200).body, chosen);
    assert_eq!(house.get(&path).await.expect(200).body, chosen);
    assert_eq!(house.calendar("Home").await["linked"], true);
    assert_eq!(house.calendar("School").await["counts_as_busy"], false);
}

#[tokio::test]
async fn the_linked_calendar_is_always_one_of_those_that_are_checked() {
    let (house, id) = house_with_events().await;
    let path = format!("/users/{}/calendar-settings", house.user);
    let mut chosen = house.get(&path).await.expect(200).body;
    chosen["linked_calendar"] = json!(id);
    chosen["conflict_calendars"] = json!([]);
    let answer = house.put_json(&path, &chosen).await.expect(200).body;
    assert_eq!(answer["conflict_calendars"], json!([id]));
    let off = json!({ "counts_as_busy": false });
    let answer = house.patch(&format!("/calendars/{id}"), &off).await.expect(422);
    assert_eq!(answer.body["errors"][0]["field"], "counts_as_busy");
    chosen["linked_calendar"] = json!(null);
    let answer = house.put_json(&path, &chosen).await.expect(200).body;
    assert_eq!(answer["conflict_calendars"], json!([]));
    house.patch(&format!("/calendars/{id}"), &off).await.expect(200);
}

#[tokio::test]
async fn bookings_cannot_be_written_to_a_calendar_that_is_read_only() {
    let (house, _) = house_with_events().await;
    let path = format!("/users/{}/calendar-settings", house.user);
    let mut chosen = house.get(&path).await.expect(200).body;
    chosen["linked_calendar"] = house.calendar("School").await["id"].clone();
    let answer = house.put_json(&path, &chosen).await.expect(409);
    assert_eq!(answer.code(), "calendar_read_only");
    assert_eq!(answer.body["errors"][0]["field"], "linked_calendar");
}

#[tokio::test]
async fn a_calendar_that_is_gone_is_not_linked_and_what_is_linked_may_be_sent_again() {
    let (house, id) = house_with_events().await;
    let path = format!("/users/{}/calendar-settings", house.user);
    let gone = async |at| {
        let mut tx = house.ctx.db.begin().await.unwrap();
        store::calendars::set_gone(&mut tx, &id.parse().unwrap(), at).await.unwrap();
        tx.commit().await.unwrap();
    };
    let mut chosen = house.get(&path).await.expect(200).body;
    chosen["linked_calendar"] = json!(id);
    gone(Some(house.ctx.clock.now())).await;
    let answer = house.put_json(&path, &chosen).await.expect(409);
    let say = "This calendar is gone at the provider, cannot be written to. Choose another one.";
    assert_eq!(answer.body["detail"], say);
    gone(None).await;
    house.put_json(&path, &chosen).await.expect(200);
    gone(Some(house.ctx.clock.now())).await;
    house.put_json(&path, &chosen).await.expect(200);
}

#[tokio::test]
async fn a_calendar_of_somebody_else_cannot_be_chosen() {
    let (house, id) = house_with_events().await;
    let (user, key) = house.stranger().await;
    let path = format!("/users/{user}/calendar-settings");
    let theirs = house.with_key(key);
    let mut chosen = theirs.get(&path).await.expect(200).body;
    chosen["conflict_calendars"] = json!([id]);
    let answer = theirs.put_json(&path, &chosen).await.expect(404);
    assert_eq!(answer.body["errors"][0]["field"], "conflict_calendars");
    chosen["conflict_calendars"] = json!([]);
    chosen["linked_calendar"] = json!(id);
    theirs.put_json(&path, &chosen).await.expect(404);
}

#[tokio::test]
async fn settings_are_replaced_as_a_whole() {
    let house = House::new().await;
    let path = format!("/users/{}/calendar-settings", house.user);
    let answer = house.put_json(&path, &json!({ "import": "all" })).await.expect(422);
    let errors = answer.body["errors"].as_array().unwrap();
    let fields: Vec<_> = errors.iter().map(|e| (&e["field"], &e["code"])).collect();
    assert_eq!(fields.len(), 6, "{errors:?}");
    assert!(fields.contains(&(&json!("import"), &json!("invalid"))));
    assert!(fields.contains(&(&json!("linked_calendar"), &json!("required"))));
}
