//! Events written: ids, preconditions, merging, series, conferences, who may change what.

use sandbox::{GoogleManners, Role};
use serde_json::{Value, json};

use super::client::{ADA, ALL, Client, MARA, hour, seeded};

const PATH: &str = "/calendars/primary/events";

fn at(event: &Value) -> String {
    format!("{PATH}/{}", event["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_event_comes_back_as_google_dresses_it() {
    let client = Client::new().await;
    let mut sent = hour("Tea", "2026-11-20T10:00:00");
    sent["unheardOf"] = json!({ "kept": [1, 2] });
    sent["attendees"] = json!([{ "email": ADA }, { "email": "bo@x.example" }]);
    let event = client.post(PATH, sent).await.json();
    assert_eq!(event["start"]["dateTime"], "2026-11-20T10:00:00+01:00");
    assert_eq!((&event["status"], &event["kind"]), (&json!("confirmed"), &json!("calendar#event")));
    assert_eq!(
        (&event["organizer"]["email"], &event["organizer"]["self"]),
        (&json!(ADA), &json!(true))
    );
    assert_eq!(
        (&event["attendees"][0]["self"], &event["attendees"][1]["self"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(event["attendees"][1]["responseStatus"], "needsAction");
    assert_eq!(event["unheardOf"], json!({ "kept": [1, 2] }));
    assert!(event["iCalUID"].as_str().unwrap().ends_with("@google.com"));
    let updated = event["updated"].as_str().unwrap();
    assert!(updated.ends_with('Z') && updated.contains('.'), "{updated}");
}

#[tokio::test]
async fn an_id_can_be_chosen_once_and_stays_taken() {
    let client = Client::new().await;
    let mut sent = hour("Tea", "2026-11-20T10:00:00");
    sent["id"] = json!("a1b2c3d4e5f60718293a4b5c6d7e8f90");
    assert_eq!(client.post(PATH, sent.clone()).await.json()["id"], sent["id"]);
    assert_eq!(client.post(PATH, sent.clone()).await.refusal(), (409, "duplicate".into()));
    assert_eq!(client.delete(&at(&sent)).await.status, 204);
    assert_eq!(client.delete(&at(&sent)).await.refusal(), (410, "deleted".into()));
    assert_eq!(client.post(PATH, sent.clone()).await.refusal(), (409, "duplicate".into()));
    let patched = client.patch(&at(&sent), json!({ "summary": "x" })).await;
    assert_eq!(patched.refusal(), (410, "deleted".into()));
    let revived = client.patch(&at(&sent), json!({ "status": "confirmed" })).await.json();
    assert_eq!((&revived["status"], &revived["summary"]), (&json!("confirmed"), &json!("Tea")));
    for bad in ["abcd", "UPPER", "with-dash", "wxyzw"] {
        sent["id"] = json!(bad);
        assert_eq!(client.post(PATH, sent.clone()).await.refusal(), (400, "invalid".into()));
    }
}

#[tokio::test]
async fn a_write_over_what_somebody_else_has_changed_is_refused() {
    let client = Client::new().await;
    let event = client.insert("Tea", "2026-11-20T10:00:00").await;
    let seen = event["etag"].as_str().unwrap();
    client
        .levers()
        .patch_event(
            ADA,
            ("primary", event["id"].as_str().unwrap()),
            json!({ "summary": "Coffee" }),
        )
        .unwrap();
    let stale = [("if-match", seen)];
    let whole = hour("Mine", "2026-11-20T10:00:00");
    for (method, body) in
        [("PATCH", json!({ "summary": "Mine" })), ("PUT", whole), ("DELETE", Value::Null)]
    {
        let answer = client.send(method, &at(&event), &stale, &body).await;
        assert_eq!(answer.refusal(), (412, "conditionNotMet".into()), "{method}");
    }
    let now = client.get(&at(&event)).await.json();
    assert_eq!(now["summary"], "Coffee");
    let fresh = [("if-match", now["etag"].as_str().unwrap())];
    let body = json!({ "summary": "Mine" });
    assert_eq!(client.send("PATCH", &at(&event), &fresh, &body).await.status, 200);
    let gone = client.send("DELETE", &at(&event), &[("if-match", "*")], &Value::Null).await;
    assert_eq!(gone.status, 204);
}

#[tokio::test]
async fn a_patch_merges_and_an_update_replaces() {
    let client = Client::new().await;
    let mut sent = hour("Tea", "2026-11-20T10:00:00");
    sent["location"] = json!("Here");
    sent["extendedProperties"] = json!({ "private": { "a": "1", "b": "2" } });
    let event = client.post(PATH, sent).await.json();
    let patch = json!({
        "location": null, "extendedProperties": { "private": { "a": null, "c": "3" } },
        "start": { "date": "2026-11-20", "dateTime": null },
        "end": { "date": "2026-11-21", "dateTime": null },
    });
    let patched = client.patch(&at(&event), patch).await.json();
    assert_eq!(patched["location"], Value::Null);
    assert_eq!(patched["extendedProperties"]["private"], json!({ "b": "2", "c": "3" }));
    assert_eq!(patched["start"], json!({ "date": "2026-11-20" }));
    let whole = hour("Whole", "2026-11-22T10:00:00");
    let updated = client.send("PUT", &at(&event), &[], &whole).await.json();
    assert_eq!(updated["extendedProperties"], Value::Null);
    assert_eq!((&updated["iCalUID"], &updated["sequence"]), (&event["iCalUID"], &json!(2)));
}

#[tokio::test]
async fn times_that_cannot_be_are_refused() {
    let client = Client::new().await;
    let zoneless = json!({ "dateTime": "2026-11-20T10:00:00" });
    let offset = |time: &str| json!({ "dateTime": format!("2026-11-20T{time}:00+01:00") });
    let cases = [
        (json!({ "summary": "no time" }), "required"),
        (json!({ "start": zoneless, "end": zoneless }), "invalid"),
        (json!({ "start": { "date": "2026-11-20" }, "end": offset("11:00") }), "invalid"),
        (json!({ "start": offset("11:00"), "end": offset("10:00") }), "timeRangeEmpty"),
        (
            json!({ "start": offset("10:00"), "end": offset("11:00"),
            "recurrence": ["RRULE:FREQ=WEEKLY"] }),
            "required",
        ),
        (
            json!({ "start": offset("10:00"), "end": offset("11:00"), "eventType": "fromGmail" }),
            "eventTypeRestriction",
        ),
    ];
    for (body, reason) in cases {
        let answer = client.post(PATH, body.clone()).await;
        assert_eq!(answer.refusal(), (400, reason.into()), "{body}");
    }
    let mut bad = hour("x", "2026-11-20T10:00:00");
    bad["recurrence"] = json!(["RRULE:FREQ=SOMETIMES"]);
    assert_eq!(client.post(PATH, bad).await.refusal(), (400, "invalid".into()));
    let text = client.send("POST", PATH, &[], &json!([1])).await;
    assert_eq!(text.refusal(), (400, "parseError".into()));
}

#[tokio::test]
async fn one_instance_is_moved_and_another_cancelled() {
    let client = Client::new().await;
    let mut series = hour("Yoga", "2026-11-16T18:00:00");
    series["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=4"]);
    let series = client.post(PATH, series).await.json();
    let instance = |day: &str| format!("{}_202611{day}T170000Z", at(&series));
    let later = hour("Yoga", "2026-11-24T19:00:00");
    let patch = json!({ "start": later["start"], "end": later["end"] });
    let moved = client.patch(&instance("23"), patch).await.json();
    assert_eq!(moved["recurringEventId"], series["id"]);
    assert_eq!(moved["originalStartTime"]["dateTime"], "2026-11-23T18:00:00+01:00");
    assert_eq!(client.delete(&instance("30")).await.status, 204);
    let laid = client.get(&format!("{PATH}?singleEvents=true&orderBy=startTime")).await.json();
    let starts: Vec<&str> = laid["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["start"]["dateTime"].as_str().unwrap()[5..13])
        .collect();
    assert_eq!(starts, ["11-16T18", "11-24T19", "12-07T18"]);
    let whole = client.get(PATH).await.json();
    assert_eq!(whole["items"].as_array().unwrap().len(), 3, "series, moved, cancelled");

    // This and following: the series ends before the 23rd, and its exceptions are lost.
    let until = json!({ "recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20261122T225959Z"] });
    client.patch(&at(&series), until).await;
    let laid = client.get(&format!("{PATH}?singleEvents=true")).await.json();
    assert_eq!(laid["items"].as_array().unwrap().len(), 1);
    client.delete(&at(&series)).await;
    assert!(client.titles(PATH).await.is_empty());
}

#[tokio::test]
async fn a_meeting_is_made_and_kept() {
    let client = Client::new().await;
    let mut sent = hour("Call", "2026-11-20T10:00:00");
    let kind = json!({ "type": "hangoutsMeet" });
    let request = json!({ "requestId": "r-1", "conferenceSolutionKey": kind });
    sent["conferenceData"] = json!({ "createRequest": request });
    let without = client.post(PATH, sent.clone()).await.json();
    assert_eq!(without["conferenceData"], Value::Null, "conferenceDataVersion was not said");
    let version = format!("{PATH}?conferenceDataVersion=1");
    let event = client.post(&version, sent.clone()).await.json();
    let status = &event["conferenceData"]["createRequest"]["status"]["statusCode"];
    assert_eq!(status, "success");
    assert_eq!(event["hangoutLink"], event["conferenceData"]["entryPoints"][0]["uri"]);
    let whole = client.send("PUT", &at(&event), &[], &hour("Call", "2026-11-21T10:00:00")).await;
    assert_eq!(whole.json()["conferenceData"], event["conferenceData"], "kept by who is silent");
    let removed = format!("{}?conferenceDataVersion=1", at(&event));
    let removed = client.patch(&removed, json!({ "conferenceData": null })).await.json();
    assert_eq!((&removed["conferenceData"], &removed["hangoutLink"]), (&Value::Null, &Value::Null));

    let manners = GoogleManners { conference_pending: true, ..GoogleManners::default() };
    client.levers().set_manners(manners);
    let event = client.post(&version, sent.clone()).await.json();
    let status = &event["conferenceData"]["createRequest"]["status"]["statusCode"];
    assert_eq!((status, &event["hangoutLink"]), (&json!("pending"), &Value::Null));
    assert!(client.get(&at(&event)).await.json()["hangoutLink"].is_string());
    sent["conferenceData"]["createRequest"]["conferenceSolutionKey"]["type"] = json!("addOn");
    assert_eq!(client.post(&version, sent).await.refusal(), (400, "invalid".into()));
}

#[tokio::test]
async fn only_organizers_change_what_is_shared() {
    let client = Client::new().await;
    let invitation = json!({
        "summary": "Theirs", "organizer": { "email": "bo@x.example" },
        "attendees": [{ "email": "bo@x.example" }, { "email": ADA }],
        "start": { "dateTime": "2026-11-20T10:00:00+01:00" },
        "end": { "dateTime": "2026-11-20T11:00:00+01:00" },
    });
    let id = client.levers().put_event(ADA, "primary", invitation).unwrap();
    let path = format!("{PATH}/{id}");
    let moved = hour("Theirs", "2026-11-21T10:00:00");
    for patch in
        [json!({ "summary": "Mine" }), json!({ "start": moved["start"], "end": moved["end"] })]
    {
        let answer = client.patch(&path, patch).await;
        assert_eq!(answer.refusal(), (403, "forbiddenForNonOrganizer".into()));
    }
    let attendees = json!([
        { "email": "bo@x.example" }, { "email": ADA, "responseStatus": "declined" }
    ]);
    let answered = client.patch(&path, json!({ "attendees": attendees })).await;
    assert_eq!(answered.json()["attendees"][1]["responseStatus"], "declined");
}

#[tokio::test]
async fn readers_do_not_write() {
    let sandbox = seeded();
    let theo = "theo.brandt@northwind.example";
    sandbox.google().share_calendar(theo, "Jobs", (MARA, Role::Reader)).unwrap();
    let client = Client::of(sandbox.clone(), MARA, &[ALL]).await;
    let jobs = sandbox.google().calendars(theo).unwrap()[1].id.clone();
    let path = format!("/calendars/{jobs}/events");
    let answer = client.post(&path, hour("x", "2026-11-20T10:00:00")).await;
    assert_eq!(answer.refusal(), (403, "requiredAccessLevel".into()));
    sandbox.google().share_calendar(theo, "Jobs", (MARA, Role::Writer)).unwrap();
    assert_eq!(client.post(&path, hour("x", "2026-11-20T10:00:00")).await.status, 200);
}

#[tokio::test]
async fn an_event_moves_to_another_calendar_and_another_is_imported() {
    let client = Client::new().await;
    let other = client.levers().add_calendar(ADA, "Other").unwrap();
    let event = client.insert("Tea", "2026-11-20T10:00:00").await;
    let moved = client.post(&format!("{}/move?destination={other}", at(&event)), Value::Null).await;
    assert_eq!(moved.json()["organizer"]["email"], other);
    assert_eq!(client.get(&at(&event)).await.json()["status"], "cancelled");
    let there = format!("/calendars/{other}/events");
    assert_eq!(client.titles(&there).await, ["Tea"]);
    let mut import = hour("Theirs", "2026-11-20T10:00:00");
    let path = format!("{PATH}/import");
    assert_eq!(client.post(&path, import.clone()).await.refusal(), (400, "required".into()));
    import["iCalUID"] = json!("uid-1@elsewhere.example");
    assert_eq!(client.post(&path, import).await.json()["iCalUID"], "uid-1@elsewhere.example");
}
