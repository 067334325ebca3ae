//! Answers as the caller wants them: no more than some of their members, in another zone.

use serde_json::json;

use super::client::{Client, hour};

#[tokio::test]
async fn fields_leave_out_what_was_not_asked_for() {
    let client = Client::new().await;
    let path = "/calendars/primary/events?fields=id,start(timeZone)";
    let made = client.post(path, hour("Tea", "2026-11-20T10:00:00")).await.json();
    assert_eq!(made, json!({ "id": made["id"], "start": { "timeZone": "Europe/Berlin" } }));
    let listed = client.get("/calendars/primary/events?fields=items/summary").await;
    assert_eq!(listed.json(), json!({ "items": [{ "summary": "Tea" }] }));
}

#[tokio::test]
async fn fields_that_are_not_to_be_understood_change_nothing() {
    let client = Client::new().await;
    let path = "/calendars/primary/events?fields=id(";
    let refused = client.post(path, hour("Tea", "2026-11-20T10:00:00")).await;
    let error = &refused.json()["error"]["errors"][0];
    assert_eq!((refused.status.as_u16(), &error["reason"]), (400, &json!("invalidParameter")));
    assert_eq!(error["location"], "fields");
    assert_eq!(client.get("/calendars/primary/events").await.json()["items"], json!([]));
}

#[tokio::test]
async fn events_are_told_in_the_zone_that_was_asked_for() {
    let client = Client::new().await;
    let id = client.insert("Tea", "2026-11-20T10:00:00").await["id"].clone();
    let zoned = "timeZone=America/New_York";
    let alone = format!("/calendars/primary/events/{}?{zoned}", id.as_str().unwrap());
    let alone = client.get(&alone).await.json();
    let listed = client.get(&format!("/calendars/primary/events?{zoned}")).await.json();
    for event in [&alone, &listed["items"][0]] {
        assert_eq!(event["start"]["dateTime"], "2026-11-20T04:00:00-05:00");
        assert_eq!(event["start"]["timeZone"], "Europe/Berlin");
    }
    let refused = client.get("/calendars/primary/events?timeZone=Nowhere").await;
    assert_eq!(refused.json()["error"]["errors"][0]["location"], "timeZone");
}

#[tokio::test]
async fn busy_times_are_told_in_the_zone_that_was_asked_for() {
    let client = Client::new().await;
    client.insert("Tea", "2026-11-20T10:00:00").await;
    let mut wish = json!({ "timeMin": "2026-11-20T00:00:00Z", "timeMax": "2026-11-21T00:00:00Z",
        "timeZone": "America/New_York", "items": [{ "id": "primary" }] });
    let told = client.post("/freeBusy", wish.clone()).await.json();
    let busy = &told["calendars"]["primary"]["busy"][0];
    assert_eq!(busy["start"], "2026-11-20T04:00:00-05:00");
    wish["timeZone"] = json!("Nowhere");
    assert_eq!(client.post("/freeBusy", wish).await.status, 400);
}
