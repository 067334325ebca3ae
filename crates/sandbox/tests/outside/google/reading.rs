//! Calendars and events read: lists, pages, filters, who sees what.

use jiff::civil::date;
use sandbox::Role;
use serde_json::{Value, json};

use super::client::{ADA, ALL, Client, EVENTS, LIST, MARA, Titles, hour, seeded};

const THEO: &str = "theo.brandt@northwind.example";

#[tokio::test]
async fn the_list_tells_roles_colours_and_the_primary_calendar() {
    let client = Client::of(seeded(), MARA, &[ALL]).await;
    let list = client.get("/users/me/calendarList").await;
    let list = list.json();
    let of = |name: &str| {
        let items = list["items"].as_array().unwrap();
        items.iter().find(|it| it["summary"] == name).unwrap().clone()
    };
    assert_eq!((&of(MARA)["primary"], &of(MARA)["accessRole"]), (&json!(true), &json!("owner")));
    assert_eq!(of("Jobs")["accessRole"], "writer");
    assert_eq!(of(THEO)["accessRole"], "freeBusyReader");
    assert_eq!(of("Public holidays")["accessRole"], "reader");
    assert!(of("Studio")["backgroundColor"].as_str().unwrap().starts_with('#'));
    assert_eq!(list["items"].as_array().unwrap().len(), 5);
    let writable = client.titles("/users/me/calendarList?minAccessRole=writer").await;
    assert_eq!(writable.len(), 3);
    let holidays = of("Public holidays")["id"].as_str().unwrap().to_owned();
    assert!(holidays.contains('#'));
    let path = format!("/calendars/{}/events", holidays.replace('#', "%23").replace('@', "%40"));
    assert_eq!(client.titles(&path).await.len(), 2);
}

#[tokio::test]
async fn a_list_longer_than_a_page_comes_in_pages() {
    let client = Client::new().await;
    for name in ["A", "B", "C"] {
        client.levers().add_calendar(ADA, name).unwrap();
    }
    let first = client.get("/users/me/calendarList?maxResults=3").await.json();
    assert_eq!(first["items"].titles(), [ADA, "A", "B"]);
    assert_eq!(first["nextSyncToken"], Value::Null);
    let next = first["nextPageToken"].as_str().unwrap();
    let path = format!("/users/me/calendarList?maxResults=3&pageToken={next}");
    let second = client.get(&path).await.json();
    assert_eq!(second["items"].titles(), ["C"]);
    assert!(second["nextSyncToken"].is_string());
}

#[tokio::test]
async fn a_series_is_told_once_or_laid_out() {
    let client = Client::of(seeded(), MARA, &[ALL]).await;
    let studio = client.levers().calendars(MARA).unwrap();
    let studio = studio.iter().find(|it| it.summary == "Studio").unwrap().id.clone();
    let path = format!("/calendars/{studio}/events");
    let whole = client.get(&path).await.json();
    let items = whole["items"].as_array().unwrap();
    let series = items.iter().find(|it| it["recurrence"].is_array()).unwrap();
    let moved = items.iter().find(|it| it["summary"] == "Yoga (later today)").unwrap();
    assert_eq!(moved["recurringEventId"], series["id"]);
    assert_eq!(moved["originalStartTime"]["dateTime"], "2026-11-18T18:00:00+01:00");
    let gone = items.iter().find(|it| it["status"] == "cancelled").unwrap();
    assert_eq!((&gone["recurringEventId"], &gone["summary"]), (&series["id"], &Value::Null));
    let week = "timeMin=2026-11-16T00:00:00Z&timeMax=2026-11-30T00:00:00Z";
    let laid = format!("{path}?singleEvents=true&orderBy=startTime&{week}");
    let expected = ["Yoga", "Yoga (later today)", "Private lesson", "Yoga"];
    assert_eq!(client.titles(&laid).await, expected, "the one of the 25th is cancelled");
    let id = series["id"].as_str().unwrap();
    let instances = client.get(&format!("{path}/{id}/instances?{week}")).await.json();
    let first = &instances["items"][0];
    assert_eq!(first["id"], format!("{id}_20261116T170000Z"));
    let alone = client.get(&format!("{path}/{}", first["id"].as_str().unwrap())).await.json();
    assert_eq!(alone["start"]["dateTime"], "2026-11-16T18:00:00+01:00");
    let nowhere = client.get(&format!("{path}/{id}_20261117T170000Z")).await;
    assert_eq!(nowhere.refusal(), (404, "notFound".into()));
}

#[tokio::test]
async fn what_others_may_see_is_what_they_are_told() {
    let sandbox = seeded();
    let private = json!({ "visibility": "private" });
    let events = sandbox.google().events(THEO, "Jobs").unwrap();
    let id = events[0]["id"].as_str().unwrap();
    sandbox.google().patch_event(THEO, ("Jobs", id), private).unwrap();
    let client = Client::of(sandbox.clone(), MARA, &[ALL]).await;
    let path = format!("/calendars/{THEO}/events");
    let busy = client.get(&path).await.json();
    assert_eq!(busy["accessRole"], "freeBusyReader");
    for event in busy["items"].as_array().unwrap() {
        assert!(event["start"].is_object() && event["summary"].is_null(), "{event}");
    }
    let jobs = sandbox.google().calendars(THEO).unwrap();
    let jobs = jobs.iter().find(|it| it.summary == "Jobs").unwrap().id.clone();
    let one = format!("/calendars/{jobs}/events/{id}");
    assert!(client.get(&one).await.json()["summary"].is_string(), "a writer sees it");
    for role in [Role::Reader, Role::WriterWithoutPrivateAccess] {
        sandbox.google().share_calendar(THEO, "Jobs", (MARA, role)).unwrap();
        let seen = client.get(&one).await.json();
        assert_eq!((&seen["summary"], &seen["visibility"]), (&Value::Null, &json!("private")));
    }
}

#[tokio::test]
async fn event_types_and_filters_choose() {
    let sandbox = seeded();
    let client = Client::of(sandbox, THEO, &[ALL]).await;
    let path = "/calendars/primary/events";
    let types = format!("{path}?eventTypes=focusTime&eventTypes=outOfOffice");
    let mut found = client.titles(&types).await;
    found.sort();
    assert_eq!(found, ["Deep work", "Out of office"]);
    assert_eq!(client.titles(&format!("{path}?q=supplier")).await, ["Supplier, perhaps"]);
    let one = json!({ "extendedProperties": { "private": { "ours": "7" } } });
    let mut event = hour("Ours", "2026-11-20T10:00:00");
    event["extendedProperties"] = one["extendedProperties"].clone();
    client.post(path, event).await;
    let ours = format!("{path}?privateExtendedProperty=ours%3D7");
    assert_eq!(client.titles(&ours).await, ["Ours"]);
    assert!(client.titles(&format!("{path}?privateExtendedProperty=ours%3D8")).await.is_empty());
}

#[tokio::test]
async fn wishes_that_cannot_be_are_refused() {
    let client = Client::new().await;
    let cases = [
        ("orderBy=startTime", "invalid"),
        ("timeMin=2026-11-20T00:00:00Z&timeMax=2026-11-20T00:00:00Z", "timeRangeEmpty"),
        ("timeMin=2026-11-20T00:00:00", "invalid"),
        ("maxResults=0", "invalid"),
        ("pageToken=nonsense", "invalid"),
        ("singleEvents=perhaps", "invalid"),
    ];
    for (query, reason) in cases {
        let answer = client.get(&format!("/calendars/primary/events?{query}")).await;
        assert_eq!(answer.refusal(), (400, reason.into()), "{query}");
    }
    let unknown = client.get("/calendars/nobody@gmail.example/events").await;
    assert_eq!(unknown.refusal(), (404, "notFound".into()));
}

#[tokio::test]
async fn a_permission_that_was_not_given_is_missed() {
    let sandbox = seeded();
    let events = Client::of(sandbox.clone(), MARA, &[EVENTS]).await;
    let refused = events.get("/users/me/calendarList").await;
    assert_eq!(refused.refusal(), (403, "insufficientPermissions".into()));
    let details = &refused.json()["error"]["details"][0];
    assert_eq!(details["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    assert_eq!(events.get("/calendars/primary/events").await.status, 200);
    let list = Client::of(sandbox.clone(), MARA, &[LIST]).await;
    assert_eq!(list.get("/users/me/calendarList").await.status, 200);
    assert_eq!(list.get("/calendars/primary/events").await.status, 403);
    sandbox.google().withdraw_scope(MARA, EVENTS).unwrap();
    assert_eq!(events.get("/calendars/primary/events").await.status, 403);
    let none = crate::client::request(&sandbox, "GET", "/calendar/v3/colors", &[], "").await;
    assert_eq!(none.refusal(), (401, "required".into()));
}

#[tokio::test]
async fn an_unchanged_event_is_not_sent_twice() {
    let client = Client::new().await;
    let event = client.insert("Tea", "2026-11-20T10:00:00").await;
    let path = format!("/calendars/primary/events/{}", event["id"].as_str().unwrap());
    let etag = event["etag"].as_str().unwrap();
    let same = client.send("GET", &path, &[("if-none-match", etag)], &Value::Null).await;
    assert_eq!(same.status, 304);
    client.patch(&path, json!({ "summary": "Coffee" })).await;
    let other = client.send("GET", &path, &[("if-none-match", etag)], &Value::Null).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn free_busy_merges_and_follows_the_busy_rules() {
    let client = Client::of(seeded(), MARA, &[ALL]).await;
    let wish = json!({
        "timeMin": "2026-11-20T00:00:00Z", "timeMax": "2026-11-21T00:00:00Z",
        "items": [{ "id": "primary" }, { "id": THEO }, { "id": "nobody@x.example" }],
    });
    let answer = client.post("/freeBusy", wish).await.json();
    let busy = |id: &str| answer["calendars"][id]["busy"].clone();
    assert_eq!(busy("primary"), json!([]), "the one of the day is declined");
    let out = json!([{ "start": "2026-11-20T12:00:00Z", "end": "2026-11-20T16:00:00Z" }]);
    assert_eq!(busy(THEO), out);
    let unknown = &answer["calendars"]["nobody@x.example"]["errors"][0]["reason"];
    assert_eq!(unknown, "notFound");

    let ada = Client::new().await;
    ada.insert("A", "2026-11-20T10:00:00").await;
    ada.insert("B", "2026-11-20T10:30:00").await;
    let mut series = hour("C", "2026-11-16T15:00:00");
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=9"]);
    ada.post("/calendars/primary/events", series).await;
    let mut free = hour("D", "2026-11-20T20:00:00");
    free["transparency"] = json!("transparent");
    ada.post("/calendars/primary/events", free).await;
    let day = |to: &str| {
        let from = "2026-11-20T00:00:00Z";
        json!({ "timeMin": from, "timeMax": to, "items": [{ "id": "primary" }] })
    };
    let busy = ada.post("/freeBusy", day("2026-11-21T00:00:00Z")).await.json();
    assert_eq!(
        busy["calendars"]["primary"]["busy"],
        json!([
            { "start": "2026-11-20T09:00:00Z", "end": "2026-11-20T10:30:00Z" },
            { "start": "2026-11-20T14:00:00Z", "end": "2026-11-20T15:00:00Z" },
        ])
    );
    let long = ada.post("/freeBusy", day("2027-11-21T00:00:00Z")).await;
    assert_eq!(long.refusal(), (400, "timeRangeTooLong".into()));
}

#[test]
fn every_seeded_account_has_a_primary_calendar() {
    let google = seeded().google();
    let people = google.people();
    assert_eq!(people.len(), 3);
    for person in people {
        let calendars = google.calendars(&person.email).unwrap();
        assert_eq!(calendars.iter().filter(|it| it.primary).count(), 1, "{}", person.email);
    }
    let again = sandbox::Sandbox::seeded(1, date(2026, 11, 18), "Europe/Berlin").google();
    assert_eq!(google.events(MARA, "Studio"), again.events(MARA, "Studio"));
}
