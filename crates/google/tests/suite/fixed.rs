//! Servers that always answer the same: what the sandbox never answers, and what is asked exactly.

use std::sync::{Arc, Mutex};

use axum::Router;
use connection::{Access, Cursor, Draft, Extent, PageToken, Precondition, RemoteId, SyncToken};
use outbound::Client;
use serde_json::{Value, json};

use crate::house::{BASE, House, horizon, outbound_settings, settings};

/// What was asked, as `METHOD path?query`.
type Asked = Arc<Mutex<Vec<String>>>;

/// A Google that gives this answer to everything.
async fn answering(answer: Value) -> (House, Access, Asked) {
    let mut house = House::new();
    let access = house.access().await;
    let asked = Asked::default();
    let note = Arc::clone(&asked);
    let router = Router::new().fallback(move |request: axum::extract::Request| {
        note.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
        let answer = answer.to_string();
        async move { answer }
    });
    let client = Client::in_process(outbound_settings(house.sandbox.now()), router);
    house.adapter = google::adapter(client, settings(BASE));
    (house, access, asked)
}

#[tokio::test]
async fn all_calendars_are_asked_for_and_ones_own_comes_first() {
    let entry = |id: &str, more: &str| json!({ "id": id, "accessRole": "owner", more: true });
    let items = [entry("first", "hidden"), entry("gone", "deleted"), entry("own", "primary")];
    let (house, access, asked) = answering(json!({ "items": items })).await;
    let listed = house.adapter.calendars.calendars(&access).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(names, ["own", "first"], "the hidden one is there, the deleted one is not");
    assert!(asked.lock().unwrap()[0].contains("showHidden=true"), "{asked:?}");
}

#[tokio::test]
async fn an_endless_list_of_calendars_is_refused() {
    let (house, access, asked) = answering(json!({ "items": [], "nextPageToken": "more" })).await;
    let listed = house.adapter.calendars.calendars(&access).await;
    assert_eq!(listed.unwrap_err().code(), "too_large");
    assert!(asked.lock().unwrap().len() <= 20);
}

#[tokio::test]
async fn an_answer_without_its_list_is_no_empty_list() {
    for answer in [json!({}), json!([]), json!(null), json!({ "items": null })] {
        let (house, access, _) = answering(answer.clone()).await;
        let page = house.page(&access, &Cursor::Beginning).await.unwrap_err();
        assert_eq!(page.code(), "unintelligible", "{answer}");
        let calendars = house.adapter.calendars.calendars(&access).await.unwrap_err();
        assert_eq!(calendars.code(), "unintelligible", "{answer}");
        let busy = house.adapter.free_busy.busy(&access, &house.primary, horizon()).await;
        assert_eq!(busy.unwrap_err().code(), "unintelligible", "{answer}");
    }
}

#[tokio::test]
async fn quirk_google_4_a_listing_that_ends_without_a_bookmark_settles_and_is_made_anew() {
    let (house, access, asked) = answering(json!({ "items": [] })).await;
    let page = house.page(&access, &Cursor::Beginning).await.unwrap();
    assert_eq!(page.next, Cursor::Settled(SyncToken::new("")));
    let again = house.page(&access, &page.next).await.unwrap();
    assert_eq!(again.extent, Extent::Everything);
    assert!(asked.lock().unwrap().iter().all(|it| !it.contains("syncToken")), "{asked:?}");
}

#[tokio::test]
async fn a_list_that_goes_in_a_circle_is_told_as_such() {
    let (house, access, asked) = answering(json!({ "items": [], "nextPageToken": "p2" })).await;
    let first = house.page(&access, &Cursor::Beginning).await.unwrap();
    let circle = house.page(&access, &first.next).await.unwrap_err();
    assert_eq!(circle.code(), "unintelligible");
    let place = PageToken::new(r#"{"page":"p1","since":"s"}"#);
    house.page(&access, &Cursor::Midway(place)).await.unwrap();
    let last = asked.lock().unwrap().pop().unwrap();
    assert!(last.contains("syncToken=s&pageToken=p1"), "both tokens: {last}");
    assert!(last.contains("singleEvents=false") && last.contains("maxResults=2500"), "{last}");
}

#[tokio::test]
async fn no_write_sends_mail_or_speaks_of_meetings() {
    let event = json!({ "id": "e1e1e1", "etag": "\"1\"", "status": "confirmed",
        "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-02" } });
    let (house, access, asked) = answering(event).await;
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART;VALUE=DATE:20261203\r\n\
                END:VEVENT\r\nEND:VCALENDAR\r\n";
    let draft = Draft { id: RemoteId::new("e1e1e1"), text: text.into() };
    let matches = || Precondition::Matches(connection::ETag::new("\"1\""));
    let (calendars, primary) = (&house.adapter.calendars, &house.primary);
    calendars.put(&access, primary, &draft, Precondition::Absent).await.unwrap();
    calendars.put(&access, primary, &draft, matches()).await.unwrap();
    calendars.delete(&access, primary, &draft.id, matches()).await.unwrap();
    let asked = asked.lock().unwrap();
    let writes: Vec<&String> = asked.iter().filter(|it| !it.starts_with("GET")).collect();
    assert_eq!(writes.len(), 3, "{writes:?}");
    for write in writes {
        assert!(write.ends_with("?sendUpdates=none"), "{write}");
    }
}
