//! Calendars made, changed and deleted through the API.

use serde_json::{Value, json};

use super::client::{ADA, Client};

#[tokio::test]
async fn a_calendar_is_made_renamed_and_deleted() {
    let client = Client::new().await;
    let made = client.post("/calendars", json!({ "summary": "Studio", "timeZone": "Asia/Tokyo" }));
    let made = made.await.json();
    assert_eq!((&made["summary"], &made["timeZone"]), (&json!("Studio"), &json!("Asia/Tokyo")));
    let path = format!("/calendars/{}", made["id"].as_str().unwrap());
    let renamed = client.patch(&path, json!({ "summary": "Atelier" })).await.json();
    assert_eq!(renamed["summary"], "Atelier");
    assert_eq!(client.titles("/users/me/calendarList").await, [ADA, "Atelier"]);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.titles("/users/me/calendarList").await, [ADA]);
    assert_eq!(client.get(&path).await.refusal(), (404, "notFound".into()));
    assert_eq!(client.delete("/calendars/primary").await.status, 403);
}

#[tokio::test]
async fn an_entry_holds_what_its_owner_sets() {
    let client = Client::new().await;
    let id = client.levers().add_calendar(ADA, "Studio").unwrap();
    let path = format!("/users/me/calendarList/{id}");
    let set = json!({ "summaryOverride": "Mine", "hidden": true, "accessRole": "reader" });
    let set = client.patch(&path, set).await.json();
    assert_eq!((&set["summaryOverride"], &set["accessRole"]), (&json!("Mine"), &json!("owner")));
    assert_eq!(client.titles("/users/me/calendarList").await, [ADA], "hidden");
    assert_eq!(client.titles("/users/me/calendarList?showHidden=true").await.len(), 2);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.get(&path).await.status, 404);
    let listed = client.post("/users/me/calendarList", json!({ "id": id })).await.json();
    assert_eq!((&listed["id"], &listed["accessRole"]), (&json!(id), &json!("owner")));
}

#[tokio::test]
async fn a_primary_calendar_is_cleared_and_settings_are_told() {
    let client = Client::new().await;
    client.insert("Tea", "2026-11-20T10:00:00").await;
    assert_eq!(client.post("/calendars/primary/clear", Value::Null).await.status, 204);
    assert!(client.titles("/calendars/primary/events").await.is_empty());
    let zone = client.get("/users/me/settings/timezone").await.json();
    assert_eq!(zone["value"], "UTC");
    assert!(client.get("/colors").await.json()["calendar"]["14"]["background"].is_string());
}
