//! Pages of changes.

use connection::{Cursor, Extent, Page, PageToken, ProviderError, RemoteId, SyncToken};
use serde_json::{Value, json};

use crate::far::{Asked, Far, GRAPH, Reply, access, fails, ok, within};

fn link(kind: &str, n: usize) -> String {
    format!("{GRAPH}/me/calendars/cal/calendarView/delta?%24{kind}={n}")
}

fn event(id: &str, subject: &str) -> Value {
    json!({"id": id, "@odata.etag": "W/\"1\"", "type": "singleInstance", "subject": subject,
        "showAs": "busy", "start": {"dateTime": "2026-12-01T15:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-01T15:30:00.0000000", "timeZone": "UTC"}})
}

/// Three pages of all there is, then one of changes.
fn three_pages(asked: &Asked) -> Reply {
    let skip = asked.field("$skiptoken");
    match (skip.as_deref(), asked.field("$deltatoken").as_deref()) {
        (None, None) => {
            ok(&json!({"value": [event("a", "A")], "@odata.nextLink": link("skiptoken", 2)}))
        }
        (Some("2"), _) => ok(&json!({"value": [], "@odata.nextLink": link("skiptoken", 3)})),
        (Some("3"), _) => {
            ok(&json!({"value": [event("b", "B")], "@odata.deltaLink": link("deltatoken", 4)}))
        }
        (_, Some("4")) => ok(&json!({"value": [event("a", "A2")],
            "@odata.nextLink": link("skiptoken", 5)})),
        (Some("5"), _) => ok(&json!({"value": [{"id": "b", "@removed": {"reason": "deleted"}}],
            "@odata.deltaLink": link("deltatoken", 6)})),
        other => panic!("nobody asks for {other:?}"),
    }
}

fn ids(page: &Page) -> Vec<&str> {
    page.listed.iter().map(|line| line.id.as_str()).collect()
}

#[tokio::test]
async fn a_first_round_speaks_of_everything_and_the_next_of_changes() {
    let far = Far::new(three_pages);
    let pages = far.pages(Cursor::Beginning).await.unwrap();
    assert_eq!(pages.len(), 3, "an empty page goes on like any other");
    assert!(pages.iter().all(|page| page.extent == Extent::Everything));
    assert_eq!((ids(&pages[0]), ids(&pages[2])), (vec!["a"], vec!["b"]));
    let first = &far.asked()[0];
    assert_eq!(first.path, "/v1.0/me/calendars/cal/calendarView/delta");
    assert_eq!(first.field("startDateTime").as_deref(), Some("2026-11-01T00:00:00Z"));
    assert_eq!(first.field("endDateTime").as_deref(), Some("2027-11-01T00:00:00Z"));
    let then = far.pages(pages[2].next.clone()).await.unwrap();
    assert_eq!(then.len(), 2);
    assert!(then.iter().all(|page| page.extent == Extent::Changes), "also its second page");
    assert_eq!(then[1].removed[0].as_str(), "b");
    let second = &far.asked()[1];
    assert!(second.field("startDateTime").is_none(), "nothing is added to a link");
    let text = &pages[0].listed[0].event.as_ref().unwrap().text;
    assert!(text.contains("DTSTART:20261201T150000Z\r\n") && text.contains("SUMMARY:A\r\n"));
}

#[tokio::test]
async fn a_forgotten_place_is_told_on_any_page_and_with_any_code() {
    for (status, code) in [
        (410, "SyncStateNotFound"),
        (410, "anything"),
        (400, "syncStateNotFound"),
        (404, "SYNCSTATEINVALID"),
        (409, "resyncRequired"),
        (400, "resyncChangesApplyDifferences"),
    ] {
        for lost in ["start", "2", "3", "4", "5"] {
            let far = Far::new(move |asked| {
                let place = asked.field("$skiptoken").or(asked.field("$deltatoken"));
                if place.as_deref().unwrap_or("start") == lost {
                    fails(status, code)
                } else {
                    three_pages(asked)
                }
            });
            let first = far.pages(Cursor::Beginning).await;
            let failed = match first {
                Ok(pages) => far.pages(pages[2].next.clone()).await.unwrap_err(),
                Err(failed) => failed,
            };
            assert_eq!(failed, ProviderError::CursorExpired, "{status} {code} at {lost}");
        }
    }
    let inner = Far::new(|_| {
        crate::far::reply(
            400,
            &json!({"error": {"code": "BadRequest",
            "innerError": {"code": "SyncStateNotFound"}}}),
        )
    });
    assert_eq!(inner.page(&Cursor::Beginning).await, Err(ProviderError::CursorExpired));
}

#[tokio::test]
async fn a_place_whose_stretch_of_time_ends_too_soon_is_forgotten_and_never_called() {
    let far = Far::new(three_pages);
    let pages = far.pages(Cursor::Beginning).await.unwrap();
    let asked = far.asked().len();
    let later = within().until + jiff::SignedDuration::from_hours(12);
    let longer = calendar::Horizon::new(within().from, later).unwrap();
    for place in [&pages[0].next, &pages[2].next] {
        let (calendars, id) = (far.calendars(), RemoteId::new("cal"));
        let failed = calendars.changes(&access(), &id, place, longer).await.unwrap_err();
        assert_eq!(failed, ProviderError::CursorExpired);
        assert!(far.page(place).await.is_ok(), "within its own stretch it goes on");
    }
    assert_eq!(far.asked().len(), asked + 2);
}

#[tokio::test]
async fn a_place_that_is_not_at_graph_is_forgotten_and_never_called() {
    let far = Far::new(|_| panic!("nobody is called"));
    for place in [
        Cursor::Settled(SyncToken::new("4000000000 https://evil.example/v1.0/me")),
        Cursor::Settled(SyncToken::new("https://evil.example/v1.0/me")),
        Cursor::Settled(SyncToken::new("made up")),
        Cursor::Midway(PageToken::new("everything 4000000000 https://evil.example/v1.0/me")),
        Cursor::Midway(PageToken::new(format!("4000000000 {GRAPH}/me"))),
        Cursor::Midway(PageToken::new(format!("{GRAPH}/me"))),
    ] {
        assert_eq!(far.page(&place).await, Err(ProviderError::CursorExpired));
    }
}

#[tokio::test]
async fn an_answer_that_ends_in_the_middle_is_no_answer() {
    for body in [
        json!({"value": [event("a", "A")]}).to_string(),
        json!({"@odata.deltaLink": link("deltatoken", 1)}).to_string(),
        json!({"value": [], "@odata.deltaLink": "https://evil.example/v1.0/"}).to_string(),
        json!({"value": [{"subject": "no id"}], "@odata.deltaLink": link("deltatoken", 1)})
            .to_string(),
        r#"{"value":[{"id":"a""#.to_owned(),
        "<html>Sign in</html>".to_owned(),
        String::new(),
    ] {
        let far = Far::new(move |_| Reply::raw(200, &body));
        let failed = far.page(&Cursor::Beginning).await.unwrap_err();
        assert!(matches!(failed, ProviderError::Unintelligible { .. }), "{failed:?}");
    }
}

#[tokio::test]
async fn a_page_that_leads_to_itself_is_not_followed_forever() {
    let far = Far::new(|asked| {
        if asked.field("$skiptoken").is_some() {
            ok(&json!({"value": [], "@odata.nextLink": link("skiptoken", 2)}))
        } else {
            three_pages(asked)
        }
    });
    let failed = far.pages(Cursor::Beginning).await.unwrap_err();
    assert!(matches!(failed, ProviderError::Unintelligible { .. }), "{failed:?}");
}

#[tokio::test]
async fn odd_fields_hide_no_event() {
    let mut odd = event("odd", "Odd");
    odd["attendees"] = json!("none");
    odd["location"] = json!({"displayName": {}});
    odd["showAs"] = json!({});
    odd["@odata.etag"] = json!(null);
    odd["isAllDay"] = json!("false");
    let body = json!({"value": [odd], "@odata.deltaLink": link("deltatoken", 1)});
    let far = Far::new(move |_| ok(&body));
    let page = far.page(&Cursor::Beginning).await.unwrap();
    let event = page.listed[0].event.as_ref().unwrap();
    assert!(event.text.contains("X-MICROSOFT-CDO-BUSYSTATUS:BUSY"), "{}", event.text);
    assert!(event.etag.as_str().starts_with("\"sha256-"), "a version of our own");
}
