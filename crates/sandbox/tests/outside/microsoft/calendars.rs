//! Calendars and their groups.

use serde_json::{Value, json};

use super::client::{Client, LENA, id, plain, seeded};

#[tokio::test]
async fn calendars_are_listed_in_pages_with_what_may_be_done_in_them() {
    let client = Client::of(seeded(), LENA, super::client::ALL).await;
    let first = client.get("/me/calendars?$top=3").await.json();
    let next = plain(first["@odata.nextLink"].as_str().unwrap());
    let second = client.get(&next).await.json();
    let rows = |page: &Value| page["value"].as_array().unwrap().clone();
    let all: Vec<Value> = rows(&first).into_iter().chain(rows(&second)).collect();
    let told: Vec<(&str, bool, bool)> = all
        .iter()
        .map(|it| {
            let flag = |name: &str| it[name].as_bool().unwrap();
            (it["name"].as_str().unwrap(), flag("canEdit"), flag("isDefaultCalendar"))
        })
        .collect();
    let expected = [
        ("Calendar", true, true),
        ("Projects", true, false),
        ("United Kingdom holidays", false, false),
        ("Calendar", false, false),
        ("Jobs", true, false),
    ];
    assert_eq!(told, expected);
    assert_eq!(all[0]["allowedOnlineMeetingProviders"], json!(["teamsForBusiness"]));
    let default = client.get("/me/calendar").await.json();
    assert_eq!(default["id"], all[0]["id"]);
}

#[tokio::test]
async fn a_calendar_is_made_renamed_and_deleted() {
    let client = Client::new().await;
    let made = client.post("/me/calendars", json!({ "name": "Jobs", "color": "lightBlue" })).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let taken = client.post("/me/calendars", json!({ "name": "Jobs" })).await;
    assert_eq!(taken.code(), (409, "ErrorFolderExists".into()));
    assert_eq!(client.post("/me/calendars", json!({})).await.code().0, 400);
    let path = format!("/me/calendars/{}", id(&made));
    let renamed = client.patch(&path, json!({ "name": "Work" })).await.json();
    assert_eq!((&renamed["name"], &renamed["color"]), (&json!("Work"), &json!("lightBlue")));
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.get(&path).await.code(), (404, "ErrorItemNotFound".into()));
    let default = client.delete("/me/calendar").await;
    assert_eq!(default.code(), (400, "ErrorDeleteDistinguishedFolder".into()));
}

#[tokio::test]
async fn groups_hold_calendars() {
    let client = Client::of(seeded(), LENA, super::client::ALL).await;
    let groups = client.get("/me/calendarGroups").await.json();
    let other = id(&groups["value"][1]).to_owned();
    let shared = client.get(&format!("/me/calendarGroups/{other}/calendars")).await.json();
    assert_eq!(shared["value"].as_array().unwrap().len(), 2);
    let made = client.post("/me/calendarGroups", json!({ "name": "Mine" })).await.json();
    let path = format!("/me/calendarGroups/{}/calendars", id(&made));
    assert_eq!(client.post(&path, json!({ "name": "Jobs 2" })).await.status, 201);
    assert_eq!(client.get(&path).await.json()["value"][0]["name"], "Jobs 2");
    assert_eq!(
        client.get(&format!("/me/calendarGroups/{}", id(&made))).await.json()["name"],
        "Mine"
    );
    assert_eq!(client.get("/me/calendarGroups/nothing").await.code().0, 404);
}
