//! Writing events.

use connection::{Access, Draft, ETag, Precondition, RemoteId};
use outbound::Client;
use sandbox::Often;
use serde_json::{Value, json};

use crate::house::{BASE, House, WHO, outbound_settings, settings};

fn draft(id: &str, title: &str) -> Draft {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{id}@daymark.example\r\n\
         DTSTART;TZID=Europe/Berlin:20261201T150000\r\n\
         DTEND;TZID=Europe/Berlin:20261201T153000\r\n\
         SUMMARY:{title}\r\nATTENDEE;CN=Bo:mailto:bo@x.example\r\n\
         URL:https://daymark.example/b/1\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    Draft { id: RemoteId::new(id), text }
}

fn stored(house: &House, id: &str) -> Value {
    let all = house.google.events(WHO, "primary").unwrap();
    all.into_iter().find(|event| event["id"] == id).unwrap_or_else(|| panic!("no event {id}"))
}

async fn change(
    house: &House,
    access: &Access,
    (id, etag): (&str, &str),
    text: String,
) -> connection::Written {
    let draft = Draft { id: RemoteId::new(id), text };
    let only = Precondition::Matches(ETag::new(etag));
    house.adapter.calendars.put(access, &house.primary, &draft, only).await.unwrap()
}

#[tokio::test]
async fn a_new_event_is_what_the_draft_says_and_carries_our_marks() {
    let house = House::new();
    let access = house.access().await;
    let calendars = &house.adapter.calendars;
    let draft = draft("bkg-1", "Intro call");
    let written =
        calendars.put(&access, &house.primary, &draft, Precondition::Absent).await.unwrap();
    let event = stored(&house, written.id.as_str());
    assert_eq!(event["summary"], "Intro call");
    assert_eq!(event["start"]["timeZone"], "Europe/Berlin");
    assert_eq!(event["attendees"][0]["email"], "bo@x.example");
    assert_eq!(event["extendedProperties"]["private"]["daymarkDraft"], "bkg-1");
    let bodies = calendars.fetch(&access, &house.primary, &[written.id]).await.unwrap();
    for line in ["X-DAYMARK-DRAFT:bkg-1", "X-DAYMARK-UID:bkg-1@daymark.example"] {
        assert!(bodies[0].text.contains(line), "{line} in {}", bodies[0].text);
    }
    assert!(bodies[0].text.contains("URL:https://daymark.example/b/1"), "its own address stays");
}

/// Quirk google-5: the name of a deleted event stays taken.
#[tokio::test]
async fn quirk_google_5_a_deleted_event_comes_back_under_its_name() {
    let house = House::new();
    let access = house.access().await;
    let calendars = &house.adapter.calendars;
    let first = draft("bkg-1", "First");
    let put = |draft: Draft| {
        let access = &access;
        let primary = &house.primary;
        async move { calendars.put(access, primary, &draft, Precondition::Absent).await }
    };
    let written = put(first.clone()).await.unwrap();
    house.google.delete_event(WHO, "primary", written.id.as_str()).unwrap();
    let again = put(draft("bkg-1", "Second")).await.unwrap();
    assert_eq!(again.id, written.id);
    let event = stored(&house, again.id.as_str());
    assert_eq!((&event["summary"], &event["status"]), (&json!("Second"), &json!("confirmed")));
    let living = put(draft("bkg-1", "Third")).await.unwrap_err();
    assert_eq!(living.code(), "precondition_failed", "a living one is not touched");
}

#[tokio::test]
async fn museum_29_a_lost_answer_makes_no_second_event() {
    let house = House::new();
    let access = house.access().await;
    house.google.change_faults(None, |all| all.drop_after_write = Often::Times(1)).unwrap();
    let calendars = &house.adapter.calendars;
    let put = || async {
        let draft = draft("bkg-1", "Once");
        calendars.put(&access, &house.primary, &draft, Precondition::Absent).await
    };
    assert_eq!(put().await.unwrap_err().code(), "unavailable");
    assert_eq!(put().await.unwrap_err().code(), "precondition_failed", "it is there");
    let events = house.google.events(WHO, "primary").unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["extendedProperties"]["private"]["daymarkDraft"], "bkg-1");
}

#[tokio::test]
async fn a_change_touches_what_differs_and_nothing_else() {
    let house = House::new();
    let access = house.access().await;
    let id = house.put(json!({
        "id": "meet1", "summary": "Meeting", "description": "<b>HTML</b>", "colorId": "5",
        "start": { "dateTime": "2026-12-01T15:00:00+01:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-12-01T16:00:00+01:00", "timeZone": "Europe/Berlin" },
        "attendees": [
            { "email": "bo@x.example", "responseStatus": "accepted", "comment": "Gladly",
              "additionalGuests": 2 },
            { "email": "cy@x.example", "responseStatus": "declined" },
        ],
        "conferenceData": { "createRequest": { "requestId": "r", "conferenceSolutionKey":
            { "type": "hangoutsMeet" } } },
        "extendedProperties": { "private": { "other": "stays" }, "shared": { "s": "stays" } },
        "reminders": { "useDefault": false, "overrides": [{ "method": "popup", "minutes": 5 }] },
    }));
    let before = stored(&house, &id);
    let ids = [RemoteId::new(&*id)];
    let bodies = house.adapter.calendars.fetch(&access, &house.primary, &ids).await;
    let body = bodies.unwrap().remove(0);
    let same = change(&house, &access, (&id, body.etag.as_str()), body.text.clone()).await;
    assert_eq!(same.etag, body.etag, "nothing to change is nothing written");
    let text = body.text.replace("SUMMARY:Meeting", "SUMMARY:Moved meeting");
    let text = text.replace("20261201T150000", "20261201T153000");
    let guests = |line: &&str| !line.contains("cy@x.example");
    let text = text.split_inclusive("\r\n").filter(guests).collect::<String>();
    let written = change(&house, &access, (&id, body.etag.as_str()), text).await;
    assert_ne!(written.etag, body.etag);
    let after = stored(&house, &id);
    assert_eq!(after["summary"], "Moved meeting");
    assert_eq!(after["start"]["dateTime"], "2026-12-01T15:30:00+01:00");
    let guests = after["attendees"].as_array().unwrap();
    assert_eq!((guests.len(), &guests[0]), (1, &before["attendees"][0]), "his words stay");
    for kept in [
        "description",
        "colorId",
        "conferenceData",
        "hangoutLink",
        "extendedProperties",
        "reminders",
        "end",
    ] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
}

/// Somebody else writes between our look and our write: what they wrote stands.
#[tokio::test]
async fn a_change_that_comes_in_between_is_not_overwritten() {
    let mut house = House::new();
    let access = house.access().await;
    let calendars = &house.adapter.calendars;
    let absent = Precondition::Absent;
    let written = calendars.put(&access, &house.primary, &draft("bkg-1", "First"), absent).await;
    let written = written.unwrap();
    let (google, id) = (house.google.clone(), written.id.as_str().to_owned());
    let meddle = move |asked: axum::extract::Request, next: axum::middleware::Next| {
        if asked.method() == http::Method::PATCH {
            let theirs = json!({ "summary": "Theirs" });
            google.patch_event(WHO, ("primary", &id), theirs).unwrap();
        }
        next.run(asked)
    };
    let router = house.sandbox.router().layer(axum::middleware::from_fn(meddle));
    let client = Client::in_process(outbound_settings(house.sandbox.now()), router);
    house.adapter = google::adapter(client, settings(BASE));
    let ours = Draft { id: written.id.clone(), text: draft("bkg-1", "Ours").text };
    let only = Precondition::Matches(written.etag);
    let put = house.adapter.calendars.put(&access, &house.primary, &ours, only).await;
    assert_eq!(put.unwrap_err().code(), "precondition_failed");
    assert_eq!(stored(&house, written.id.as_str())["summary"], "Theirs");
}

#[tokio::test]
async fn a_timed_event_becomes_a_whole_day_and_back() {
    let house = House::new();
    let access = house.access().await;
    let draft = draft("bkg-1", "Day");
    let calendars = &house.adapter.calendars;
    let written =
        calendars.put(&access, &house.primary, &draft, Precondition::Absent).await.unwrap();
    let id = written.id.as_str();
    let day = draft.text.replace(";TZID=Europe/Berlin:20261201T150000", ";VALUE=DATE:20261201");
    let day = day.replace(";TZID=Europe/Berlin:20261201T153000", ";VALUE=DATE:20261203");
    let days = change(&house, &access, (id, written.etag.as_str()), day).await;
    let event = stored(&house, id);
    assert_eq!(
        (&event["start"], &event["end"]),
        (&json!({ "date": "2026-12-01" }), &json!({ "date": "2026-12-03" }))
    );
    change(&house, &access, (id, days.etag.as_str()), draft.text.clone()).await;
    assert_eq!(stored(&house, id)["end"]["dateTime"], "2026-12-01T15:30:00+01:00");
}

#[tokio::test]
async fn what_google_cannot_take_is_refused_with_a_reason() {
    let house = House::new();
    let access = house.access().await;
    let good = draft("bkg-1", "Good").text;
    let vevent = &good[good.find("BEGIN:VEVENT").unwrap()..good.find("END:VCALENDAR").unwrap()];
    for (text, code) in [
        (good.replace(";TZID=Europe/Berlin", ""), "refused"),
        (good.replace("END:VCALENDAR", &format!("{vevent}END:VCALENDAR")), "refused"),
        ("no calendar".to_owned(), "refused"),
        (good.replace("URL:", &format!("X-LONG:{}\r\nURL:", "x".repeat(30_000))), "too_large"),
    ] {
        let draft = Draft { id: RemoteId::new("bkg-2"), text };
        let calendars = &house.adapter.calendars;
        let put = calendars.put(&access, &house.primary, &draft, Precondition::Absent).await;
        assert_eq!(put.unwrap_err().code(), code);
    }
    assert!(house.google.events(WHO, "primary").unwrap().is_empty(), "nothing was written");
    let nowhere = RemoteId::new("never1");
    let only = Precondition::Matches(ETag::new("\"1\""));
    let draft = Draft { id: nowhere.clone(), text: good };
    let calendars = &house.adapter.calendars;
    let put = calendars.put(&access, &house.primary, &draft, only.clone()).await;
    assert_eq!(put.unwrap_err().code(), "gone");
    calendars.delete(&access, &house.primary, &nowhere, only).await.unwrap();
}
