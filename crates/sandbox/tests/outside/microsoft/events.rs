//! Writing: created once, changed, told apart by version, answered, taken out of a series.

use sandbox::Repeated;
use serde_json::{Value, json};

use super::client::{ADA, ALL, Client, LENA, WINDOW, hour, id, mondays, seeded};

fn path(event: &Value) -> String {
    format!("/me/events/{}", id(event))
}

#[tokio::test]
async fn an_event_is_made_changed_and_deleted() {
    let client = Client::new().await;
    let made = client.insert("Tea", "2026-11-18T10:00:00").await;
    assert_eq!((&made["type"], &made["showAs"]), (&json!("singleInstance"), &json!("busy")));
    assert_eq!(made["organizer"]["emailAddress"], json!({ "name": "Ada King", "address": ADA }));
    let etag = made["@odata.etag"].as_str().unwrap();
    assert_eq!(etag, format!("W/\"{}\"", made["changeKey"].as_str().unwrap()));
    let guests = json!({ "subject": "Coffee", "attendees": [
        { "emailAddress": { "address": "bo@x.example", "name": "Bo" } }] });
    let changed = client.patch(&path(&made), guests).await.json();
    assert_eq!((&changed["subject"], id(&changed)), (&json!("Coffee"), id(&made)));
    assert_eq!(changed["attendees"][0]["status"]["response"], "none");
    assert_ne!(changed["changeKey"], made["changeKey"]);
    assert_eq!(client.delete(&path(&made)).await.status, 204);
}

#[tokio::test]
async fn a_stale_version_is_not_written_over() {
    let client = Client::new().await;
    let made = client.insert("Tea", "2026-11-18T10:00:00").await;
    let stale = made["@odata.etag"].as_str().unwrap().to_owned();
    let changed = client.patch(&path(&made), json!({ "subject": "Coffee" })).await.json();
    let conflict = (412, "ErrorIrresolvableConflict".to_owned());
    let with = async |method: &str, etag: &str| {
        client.send(method, &path(&made), &[("if-match", etag)], &json!({})).await
    };
    assert_eq!(with("PATCH", &stale).await.code(), conflict);
    assert_eq!(with("DELETE", &stale).await.code(), conflict);
    let fresh = changed["@odata.etag"].as_str().unwrap();
    let again = with("PATCH", fresh).await.json();
    assert_eq!(with("DELETE", again["@odata.etag"].as_str().unwrap()).await.status, 204);
}

#[tokio::test]
async fn a_transaction_makes_one_event() {
    let client = Client::new().await;
    let mut wish = hour("Tea", "2026-11-18T10:00:00");
    wish["transactionId"] = json!("t-1");
    let made = client.post("/me/events", wish.clone()).await.json();
    assert_eq!(made["transactionId"], "t-1");
    let again = client.post("/me/events", wish.clone()).await;
    assert_eq!(again.code(), (409, "ErrorDuplicateTransactionId".into()));
    assert_eq!(again.json()["error"]["@event.existingEventId"], made["id"]);
    client.change_manners(|it| it.repeated_transaction = Repeated::BadRequest);
    assert_eq!(client.post("/me/events", wish.clone()).await.code().0, 400);
    client.change_manners(|it| it.repeated_transaction = Repeated::Existing);
    let same = client.post("/me/events", wish.clone()).await;
    assert_eq!((same.status.as_u16(), id(&same.json())), (201, id(&made)));
    let mut other = wish.clone();
    other["subject"] = json!("Something else");
    assert_eq!(client.post("/me/events", other).await.code().0, 409, "never another event");
    assert_eq!(client.levers().events(ADA, "default").unwrap().len(), 1);
    let patch = client.patch(&path(&made), json!({ "transactionId": "t-1" })).await;
    assert_eq!(patch.code(), (400, "ErrorInvalidRequest".into()));
    client.delete(&path(&made)).await;
    assert_eq!(client.post("/me/events", wish).await.status, 201, "it is free again");
}

#[tokio::test]
async fn an_extended_property_finds_its_event() {
    let client = Client::new().await;
    let name = "String {0d7a1c44-52b9-4f0b-9a77-3c1e5b8d2f60} Name Booking";
    let mut wish = hour("Tea", "2026-11-18T10:00:00");
    wish["singleValueExtendedProperties"] = json!([{ "id": name, "value": "a-1" }]);
    let made = client.post("/me/events", wish).await.json();
    assert!(made.get("singleValueExtendedProperties").is_none());
    let find = async |name: &str, value: &str| {
        let filter = format!(
            "singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq '{value}')"
        );
        let filter = filter.replace(' ', "%20").replace('\'', "%27");
        client.get(&format!("/me/events?$filter={filter}")).await.json()["value"].clone()
    };
    assert_eq!(find(name, "a-1").await[0]["id"], made["id"]);
    assert_eq!(find(name, "a-2").await, json!([]));
    assert_eq!(find(&name.replace("Booking", "booking"), "a-1").await, json!([]));
    let expand =
        format!("singleValueExtendedProperties($filter=id eq '{name}')").replace(' ', "%20");
    let read = client.get(&format!("{}?$expand={expand}", path(&made))).await.json();
    assert_eq!(read["singleValueExtendedProperties"][0]["value"], "a-1");
    let other = json!([{ "id": "String {0d7a1c44-52b9-4f0b-9a77-3c1e5b8d2f60} Name Other",
        "value": "b" }]);
    client.patch(&path(&made), json!({ "singleValueExtendedProperties": other })).await;
    assert_eq!(find(name, "a-1").await[0]["id"], made["id"], "what is not named stays");
    let (rows, _) = client.round(&format!("/me/calendarView/delta?{WINDOW}"), &[]).await;
    assert!(rows[0].get("singleValueExtendedProperties").is_none());
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let client = Client::new().await;
    let with = |name: &str, value: Value| {
        let mut wish = hour("x", "2026-11-18T10:00:00");
        wish[name] = value;
        wish
    };
    let utc = |at: &str| json!({ "dateTime": at, "timeZone": "UTC" });
    let cases = [
        with("isAllDay", json!(true)),
        with("end", utc("2026-11-17T10:00:00")),
        with("end", json!("soon")),
        with("showAs", json!("asleep")),
        with("attendees", json!([{ "emailAddress": { "address": "nobody" } }])),
        with("attendees", json!(vec![json!({ "emailAddress": { "address": "a@b.c" } }); 501])),
        with(
            "recurrence",
            json!({ "pattern": { "type": "daily", "interval": 1 },
            "range": { "type": "noEnd", "startDate": "2026-11-19" } }),
        ),
    ];
    for wish in cases {
        let answer = client.post("/me/events", wish).await;
        assert_eq!(answer.code(), (400, "ErrorPropertyValidationFailure".into()));
    }
    let moon = json!({ "dateTime": "2026-11-18T10:00:00", "timeZone": "Moon Time" });
    let moon = client.post("/me/events", with("start", moon)).await;
    assert_eq!(moon.code(), (400, "TimeZoneNotSupportedException".into()));
    let torn = client.send("POST", "/me/events", &[], &json!([])).await;
    assert_eq!(torn.code(), (400, "BadRequest".into()));
}

#[tokio::test]
async fn an_instance_stays_between_its_neighbours() {
    let client = Client::new().await;
    let series = client.post("/me/events", mondays("Yoga", "2026-11-02T18:00:00")).await.json();
    let instances = format!("{}/instances?{WINDOW}", path(&series));
    let instance = client.get(&instances).await.json()["value"][0].clone();
    assert_eq!(instance["type"], "occurrence");
    let to = |day: u32| {
        let mut times = hour("Later", &format!("2026-11-{day:02}T19:00:00"));
        times["subject"] = json!("Later");
        times
    };
    let crossing = client.patch(&path(&instance), to(23)).await;
    assert_eq!(crossing.code(), (400, "ErrorOccurrenceCrossingBoundary".into()));
    assert_eq!(client.patch(&path(&instance), to(9)).await.code().0, 400);
    let moved = client.patch(&path(&instance), to(20)).await.json();
    assert_eq!((&moved["type"], &moved["id"]), (&json!("exception"), &instance["id"]));
    assert_eq!(moved["seriesMasterId"], series["id"]);
    let renamed = client.patch(&path(&series), json!({ "subject": "Pilates" })).await;
    assert_eq!(renamed.status, 200);
    let kept = client.get(&instances).await.json();
    assert!(kept["value"].as_array().unwrap().iter().any(|it| it["subject"] == "Later"));
    let mut recast = mondays("Pilates", "2026-11-02T17:00:00");
    recast["attendees"] = json!([]);
    client.patch(&path(&series), recast).await;
    let lost = client.get(&instances).await.json();
    assert!(lost["value"].as_array().unwrap().iter().all(|it| it["type"] == "occurrence"));
}

#[tokio::test]
async fn invitations_are_answered_and_meetings_cancelled() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let find = async |subject: &str| {
        let view = client.get(&format!("/me/calendarView?{WINDOW}&$top=100")).await.json();
        let rows = view["value"].as_array().unwrap().clone();
        rows.into_iter().find(|it| it["subject"] == subject)
    };
    let invited = find("Budget round").await.unwrap();
    let act = async |event: &Value, act: &str| {
        client.post(&format!("{}/{act}", path(event)), json!({ "comment": "" })).await
    };
    assert_eq!(act(&invited, "cancel").await.code(), (400, "ErrorInvalidRequest".into()));
    assert_eq!(act(&invited, "tentativelyAccept").await.status, 202);
    assert_eq!(
        find("Budget round").await.unwrap()["responseStatus"]["response"],
        "tentativelyAccepted"
    );
    assert_eq!(act(&invited, "accept").await.status, 202);
    assert_eq!(find("Budget round").await.unwrap()["showAs"], "busy");
    assert_eq!(act(&invited, "decline").await.status, 202);
    assert_eq!(find("Budget round").await, None, "a declined one goes");
    let own = find("Kick-off").await.unwrap();
    assert_eq!(act(&own, "accept").await.code().0, 400);
    assert_eq!(act(&own, "cancel").await.status, 202);
    assert_eq!(find("Kick-off").await, None);
}

#[tokio::test]
async fn a_meeting_of_teams_is_made_and_never_taken_back() {
    let client = Client::new().await;
    let made = client.insert("Tea", "2026-11-18T10:00:00").await;
    assert_eq!(made["onlineMeeting"], Value::Null);
    let met = client.patch(&path(&made), json!({ "isOnlineMeeting": true })).await.json();
    assert!(met["onlineMeeting"]["joinUrl"].is_string());
    assert_eq!(met["onlineMeetingProvider"], "teamsForBusiness");
    let back = json!({ "isOnlineMeeting": false, "onlineMeetingProvider": "skypeForBusiness" });
    let kept = client.patch(&path(&made), back).await.json();
    assert_eq!(kept["onlineMeeting"], met["onlineMeeting"]);
    assert_eq!(kept["onlineMeetingProvider"], "teamsForBusiness");
}
