//! What has changed since: sync tokens of events and of the list, pages, and 410.

use sandbox::{GoogleManners, Often};
use serde_json::{Value, json};

use super::client::{ADA, Client, Titles, hour};

const PATH: &str = "/calendars/primary/events";

async fn token(client: &Client, path: &str) -> String {
    let page = client.get(path).await.json();
    page["nextSyncToken"].as_str().unwrap_or_else(|| panic!("{page}")).to_owned()
}

fn since(token: &str) -> String {
    format!("{PATH}?syncToken={token}")
}

#[tokio::test]
async fn a_token_brings_what_changed_and_a_new_token() {
    let client = Client::new().await;
    let kept = client.insert("Kept", "2026-11-20T10:00:00").await;
    let gone = client.insert("Gone", "2026-11-20T12:00:00").await;
    let first = token(&client, PATH).await;
    assert!(client.titles(&since(&first)).await.is_empty());
    let path = |event: &Value| format!("{PATH}/{}", event["id"].as_str().unwrap());
    client.patch(&path(&kept), json!({ "summary": "Changed" })).await;
    client.delete(&path(&gone)).await;
    client.insert("New", "2026-11-21T10:00:00").await;
    let page = client.get(&since(&first)).await.json();
    assert_eq!(page["items"].titles(), ["Changed", "-", "New"]);
    assert_eq!(page["items"][1]["status"], "cancelled");
    let next = page["nextSyncToken"].as_str().unwrap();
    assert!(client.titles(&since(next)).await.is_empty());
    assert_eq!(client.titles(PATH).await.len(), 2, "a full listing has no tombstones");
    assert_eq!(client.titles(&format!("{PATH}?showDeleted=true")).await.len(), 3);
}

#[tokio::test]
async fn changes_during_the_pages_are_in_the_next_round() {
    let client = Client::new().await;
    for n in 0..5 {
        client.insert(&format!("E{n}"), "2026-11-20T10:00:00").await;
    }
    let (mut seen, mut path) = (Vec::new(), format!("{PATH}?maxResults=2"));
    let sync = loop {
        let page = client.get(&path).await.json();
        seen.extend(page["items"].titles());
        match page["nextPageToken"].as_str() {
            Some(next) => path = format!("{PATH}?maxResults=2&pageToken={next}"),
            None => break page["nextSyncToken"].as_str().unwrap().to_owned(),
        }
        if seen.len() == 2 {
            client.insert("Meanwhile", "2026-11-20T10:00:00").await;
        }
    };
    seen.sort();
    let without: Vec<&String> = seen.iter().filter(|it| *it != "Meanwhile").collect();
    assert_eq!(without, ["E0", "E1", "E2", "E3", "E4"]);
    assert_eq!(client.titles(&since(&sync)).await, ["Meanwhile"]);
}

#[tokio::test]
async fn pages_may_be_short_and_empty() {
    let client = Client::new().await;
    for n in 0..4 {
        client.insert(&format!("E{n}"), "2026-11-20T10:00:00").await;
    }
    let manners =
        GoogleManners { page_max: Some(2), empty_pages: true, ..GoogleManners::default() };
    client.levers().set_manners(manners);
    let (mut sizes, mut path) = (Vec::new(), PATH.to_owned());
    loop {
        let page = client.get(&path).await.json();
        sizes.push(page["items"].as_array().unwrap().len());
        let Some(next) = page["nextPageToken"].as_str() else { break };
        path = format!("{PATH}?pageToken={next}");
    }
    assert_eq!(sizes, [2, 0, 2]);
}

#[tokio::test]
async fn a_token_is_for_its_own_listing() {
    let client = Client::new().await;
    let first = token(&client, PATH).await;
    for restriction in [
        "q=a",
        "timeMin=2026-11-20T00:00:00Z",
        "orderBy=updated",
        "showDeleted=false",
        "iCalUID=a",
        "privateExtendedProperty=a%3Db",
        "updatedMin=2026-11-20T00:00:00Z",
        "singleEvents=true",
    ] {
        let answer = client.get(&format!("{}&{restriction}", since(&first))).await;
        assert_eq!(answer.refusal(), (400, "invalid".into()), "{restriction}");
    }
    let malformed = client.get(&since("x")).await;
    assert_eq!(malformed.refusal(), (400, "invalid".into()));
    let other = client.levers().add_calendar(ADA, "Other").unwrap();
    let elsewhere = client.get(&format!("/calendars/{other}/events?syncToken={first}")).await;
    assert_eq!(elsewhere.refusal(), (400, "invalid".into()));
}

#[tokio::test]
async fn a_lost_token_asks_for_a_full_listing_on_any_page() {
    let client = Client::new().await;
    let first = token(&client, PATH).await;
    client.levers().expire_sync_tokens(ADA).unwrap();
    let gone = client.get(&since(&first)).await;
    assert_eq!(gone.refusal(), (410, "fullSyncRequired".into()));
    assert_eq!(gone.json()["error"]["errors"][0]["location"], "syncToken");
    let second = token(&client, PATH).await;
    for n in 0..3 {
        client.insert(&format!("E{n}"), "2026-11-20T10:00:00").await;
    }
    let set = client.levers().change_faults(Some(ADA), |faults| {
        faults.sync_token_gone = Often::Times(1);
        faults.gone_on_page = Some(2);
    });
    set.unwrap();
    let page = client.get(&format!("{}&maxResults=2", since(&second))).await.json();
    let next = page["nextPageToken"].as_str().unwrap();
    let path = format!("{}&maxResults=2&pageToken={next}", since(&second));
    assert_eq!(client.get(&path).await.refusal(), (410, "fullSyncRequired".into()));
    assert_eq!(client.get(&path).await.status, 200, "once only");
}

#[tokio::test]
async fn a_token_grows_old() {
    let client = Client::new().await;
    let manners = GoogleManners {
        sync_token_life_s: Some(1_000),
        access_token_life_s: 9_999,
        ..GoogleManners::default()
    };
    client.levers().set_manners(manners);
    let first = token(&client, PATH).await;
    client.sandbox.set_forward(jiff::SignedDuration::from_secs(1_000));
    assert_eq!(client.get(&since(&first)).await.refusal().0, 410);
}

#[tokio::test]
async fn laid_out_series_change_and_go_by_their_instances() {
    let client = Client::new().await;
    let mut series = hour("Yoga", "2026-11-16T18:00:00");
    series["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let series = client.post(PATH, series).await.json();
    let single = format!("{PATH}?singleEvents=true");
    let first = token(&client, &single).await;
    let path = format!("{PATH}/{}", series["id"].as_str().unwrap());
    client.patch(&path, json!({ "summary": "Pilates" })).await;
    let page = client.get(&format!("{single}&syncToken={first}")).await.json();
    assert_eq!(page["items"].titles(), ["Pilates"; 3]);
    let next = page["nextSyncToken"].as_str().unwrap();
    client.delete(&path).await;
    let page = client.get(&format!("{single}&syncToken={next}")).await.json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|it| it["status"] == "cancelled" && it["summary"].is_null()));
}

#[tokio::test]
async fn a_changed_instance_is_told_once_with_its_changed_series() {
    let client = Client::new().await;
    let mut series = hour("Yoga", "2026-11-16T18:00:00");
    series["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=2"]);
    let series = client.post(PATH, series).await.json();
    let single = format!("{PATH}?singleEvents=true");
    let first = token(&client, &single).await;
    let path = format!("{PATH}/{}", series["id"].as_str().unwrap());
    let one = format!("{path}_20261123T170000Z");
    client.patch(&one, json!({ "summary": "Late yoga" })).await;
    let changed = client.titles(&format!("{single}&syncToken={first}")).await;
    assert_eq!(changed, ["Late yoga"]);
    client.patch(&path, json!({ "location": "Hall" })).await;
    let mut both = client.titles(&format!("{single}&syncToken={first}")).await;
    both.sort();
    assert_eq!(both, ["Late yoga", "Yoga"]);
}

#[tokio::test]
async fn the_list_tells_new_renamed_and_removed_calendars() {
    let client = Client::new().await;
    let old = client.levers().add_calendar(ADA, "Old").unwrap();
    let list = "/users/me/calendarList";
    let first = token(&client, list).await;
    let since = |token: &str| format!("{list}?syncToken={token}");
    client.levers().rename_calendar(ADA, &old, "Renamed").unwrap();
    client.levers().add_calendar(ADA, "New").unwrap();
    let page = client.get(&since(&first)).await.json();
    assert_eq!(page["items"].titles(), ["Renamed", "New"]);
    let second = page["nextSyncToken"].as_str().unwrap();
    client.levers().remove_calendar(ADA, "Renamed").unwrap();
    let page = client.get(&since(second)).await.json();
    assert_eq!(
        (&page["items"][0]["id"], &page["items"][0]["deleted"]),
        (&json!(old), &json!(true))
    );
    let gone = client.get(&format!("/calendars/{old}/events")).await;
    assert_eq!(gone.refusal(), (404, "notFound".into()));
    let mixed = client.get(&format!("{}&minAccessRole=writer", since(&first))).await;
    assert_eq!(mixed.refusal(), (400, "invalid".into()));
    client.levers().expire_sync_tokens(ADA).unwrap();
    assert_eq!(client.get(&since(&first)).await.refusal(), (410, "fullSyncRequired".into()));
}

#[tokio::test]
async fn an_owner_who_deletes_a_series_deletes_what_was_changed_of_it() {
    let client = Client::new().await;
    let series = json!({
        "summary": "Standup", "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
        "start": {"dateTime": "2026-11-20T10:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-20T11:00:00", "timeZone": "UTC"},
    });
    let google = client.sandbox.google();
    let id = google.put_event(ADA, "primary", series).unwrap();
    let instance = format!("{id}_20261121T100000Z");
    let renamed = json!({ "summary": "Late" });
    google.patch_event(ADA, ("primary", &instance), renamed).unwrap();
    assert_eq!(client.titles(PATH).await, ["Standup", "Late"]);
    google.delete_event(ADA, "primary", &id).unwrap();
    assert_eq!(client.titles(PATH).await, [""; 0]);
}
