//! Reading a calendar: pages, bookmarks, and answers that are none.

use connection::{Cursor, Extent, PageToken, SyncToken};
use sandbox::{Often, Throttle};
use serde_json::{Value, json};

use crate::copy::Copy;
use crate::house::{House, WHO};

fn event(id: &str, hour: u8) -> Value {
    let at = |hour: u8| {
        let at = format!("2026-12-01T{hour:02}:00:00+01:00");
        json!({ "dateTime": at, "timeZone": "Europe/Berlin" })
    };
    json!({ "id": id, "summary": id, "start": at(hour), "end": at(hour + 1) })
}

fn with_pages_of(house: &House, count: usize) {
    let mut manners = house.google.manners();
    manners.page_max = Some(count);
    house.google.set_manners(manners);
}

#[tokio::test]
async fn a_first_listing_is_of_everything_and_the_next_of_changes() {
    let house = House::new();
    let access = house.access().await;
    house.put(event("first1", 9));
    let first = house.page(&access, &Cursor::Beginning).await.unwrap();
    assert_eq!(first.extent, Extent::Everything);
    assert_eq!(first.listed[0].event.as_ref().unwrap().etag, first.listed[0].etag);
    house.put(event("second2", 11));
    house.google.delete_event(WHO, "primary", "first1").unwrap();
    let then = house.page(&access, &first.next).await.unwrap();
    assert_eq!((then.extent, then.listed.len(), then.removed.len()), (Extent::Changes, 1, 1));
}

#[tokio::test]
async fn museum_07_seven_hundred_changes_in_pages_of_ten_all_arrive() {
    let house = House::new();
    let access = house.access().await;
    let mut copy = Copy::default();
    copy.pull(&house, &access).await;
    with_pages_of(&house, 10);
    for n in 0..700 {
        house.put(event(&format!("many{n}"), 9));
    }
    copy.pages = 0;
    copy.pull(&house, &access).await;
    assert_eq!(copy.len(), 700);
    assert!(copy.pages >= 70, "they came in {} pages, by sync token and page token", copy.pages);
    assert_eq!(copy.restarts, 0);
    let mut anew = Copy::default();
    anew.pull(&house, &access).await;
    assert_eq!(anew.len(), 700, "a full listing of many pages is whole, too");
}

/// A listing that is interrupted goes on where it was, by what was kept of it.
#[tokio::test]
async fn a_place_in_the_middle_survives_a_restart_with_both_tokens() {
    let house = House::new();
    let access = house.access().await;
    let settled = house.page(&access, &Cursor::Beginning).await.unwrap().next;
    with_pages_of(&house, 2);
    for n in 0..5 {
        house.put(event(&format!("some{n}"), 9));
    }
    let first = house.page(&access, &settled).await.unwrap();
    let Cursor::Midway(token) = &first.next else { panic!("it goes on: {:?}", first.next) };
    let kept = Cursor::Midway(PageToken::new(token.as_str()));
    let second = house.page(&access, &kept).await.unwrap();
    assert_eq!((second.extent, second.listed.len()), (Extent::Changes, 2));
}

#[tokio::test]
async fn museum_19_a_bookmark_that_ended_on_any_page_starts_over_and_sweeps() {
    for page in [1, 3] {
        let house = House::new();
        let access = house.access().await;
        for n in 0..40 {
            house.put(event(&format!("some{n}"), 9));
        }
        let mut copy = Copy::default();
        copy.pull(&house, &access).await;
        assert_eq!(copy.len(), 40);
        with_pages_of(&house, 5);
        for n in 0..20 {
            house.google.delete_event(WHO, "primary", &format!("some{n}")).unwrap();
        }
        for n in 0..3 {
            house.put(event(&format!("new{n}"), 12));
        }
        house
            .google
            .change_faults(None, |all| {
                all.sync_token_gone = Often::Times(1);
                all.gone_on_page = Some(page);
            })
            .unwrap();
        copy.pull(&house, &access).await;
        assert_eq!((copy.restarts, copy.len()), (1, 23), "on page {page}");
        copy.agrees(&house, &access, "UTC").await;
    }
}

#[tokio::test]
async fn museum_19_tokens_that_google_forgot_altogether_start_over() {
    let house = House::new();
    let access = house.access().await;
    house.put(event("gone1", 9));
    let mut copy = Copy::default();
    copy.pull(&house, &access).await;
    house.google.delete_event(WHO, "primary", "gone1").unwrap();
    house.google.expire_sync_tokens(WHO).unwrap();
    copy.pull(&house, &access).await;
    assert_eq!((copy.restarts, copy.len()), (1, 0));
}

/// Quirk google-2: a token that cannot be read is 400, on the first page and on later ones.
#[tokio::test]
async fn quirk_google_2_a_malformed_token_has_expired() {
    let house = House::new();
    let access = house.access().await;
    for cursor in [
        Cursor::Settled(SyncToken::new("made up")),
        Cursor::Midway(PageToken::new(r#"{"page":"made up","since":null}"#)),
        Cursor::Midway(PageToken::new(r#"{"page":"made up","since":"made up"}"#)),
        Cursor::Midway(PageToken::new("of another kind")),
    ] {
        let answer = house.page(&access, &cursor).await.unwrap_err();
        assert_eq!(answer.code(), "cursor_expired", "{cursor:?}");
    }
}

/// Quirk google-4: a listing that ends without a token is made again the next time.
#[tokio::test]
async fn quirk_google_4_a_listing_without_a_bookmark_is_made_anew() {
    let house = House::new();
    let access = house.access().await;
    house.put(event("one1", 9));
    let page = house.page(&access, &Cursor::Settled(SyncToken::new(""))).await.unwrap();
    assert_eq!((page.extent, page.listed.len()), (Extent::Everything, 1));
}

#[tokio::test]
async fn museum_24_an_answer_that_is_none_is_never_an_empty_calendar() {
    let house = House::new();
    let access = house.access().await;
    house.put(event("one1", 9));
    let settled = house.page(&access, &Cursor::Beginning).await.unwrap().next;
    for cursor in [Cursor::Beginning, settled] {
        house.google.change_faults(None, |all| all.web_page = Often::Times(1)).unwrap();
        assert_eq!(house.page(&access, &cursor).await.unwrap_err().code(), "unintelligible");
        house.google.change_faults(None, |all| all.truncate = Often::Times(1)).unwrap();
        let cut = house.page(&access, &cursor).await.unwrap_err().code();
        assert!(["unintelligible", "unavailable"].contains(&cut), "{cut}");
        house.google.change_faults(None, |all| all.drop_before = Often::Times(1)).unwrap();
        assert_eq!(house.page(&access, &cursor).await.unwrap_err().code(), "unavailable");
    }
}

/// Somebody was invited to one occurrence of a series that is not theirs.
#[tokio::test]
async fn an_occurrence_whose_series_is_elsewhere_blocks_by_itself() {
    let house = House::new();
    let access = house.access().await;
    let mut only = event("theirs1", 9);
    only["recurringEventId"] = json!("theirs");
    only["originalStartTime"] = only["start"].clone();
    house.put(only);
    let mut copy = Copy::default();
    copy.pull(&house, &access).await;
    let busy = copy.busy(crate::house::horizon(), "UTC");
    let at = busy.iter().next().map(|it| it.start().to_string());
    assert_eq!((busy.len(), at.as_deref()), (1, Some("2026-12-01T08:00:00Z")));
}

#[tokio::test]
async fn the_list_of_calendars_is_read_to_its_last_page() {
    let house = House::new();
    let access = house.access().await;
    for n in 0..12 {
        house.google.add_calendar(WHO, &format!("Calendar {n}")).unwrap();
    }
    with_pages_of(&house, 2);
    let listed = house.adapter.calendars.calendars(&access).await.unwrap();
    assert_eq!((listed.len(), listed[0].id.as_str()), (13, WHO));
    house.google.change_faults(None, |all| all.web_page = Often::Times(1)).unwrap();
    let page = house.adapter.calendars.calendars(&access).await;
    assert_eq!(page.unwrap_err().code(), "unintelligible");
}

#[tokio::test]
async fn limits_make_us_wait_and_prove_nothing() {
    for (reason, status, retry_after_s, wait_s) in [
        ("rateLimitExceeded", 403, None, 60),
        ("rateLimitExceeded", 429, Some(7), 7),
        ("userRateLimitExceeded", 403, None, 60),
        ("quotaExceeded", 403, None, 7_200),
    ] {
        let house = House::new();
        let access = house.access().await;
        let often = Often::Times(1);
        let fault = Throttle { reason: reason.into(), often, status: Some(status), retry_after_s };
        house.google.change_faults(None, |all| all.throttle = Some(fault)).unwrap();
        let until = match house.page(&access, &Cursor::Beginning).await {
            Err(connection::ProviderError::Throttled { until }) => until,
            other => panic!("{reason}: {other:?}"),
        };
        assert_eq!(until.duration_since(house.sandbox.now()).as_secs(), wait_s, "{reason}");
    }
}

#[tokio::test]
async fn a_calendar_that_is_not_there_is_gone() {
    let house = House::new();
    let access = house.access().await;
    let id = house.google.add_calendar(WHO, "Studio").unwrap();
    let calendars = &house.adapter.calendars;
    assert_eq!(calendars.calendars(&access).await.unwrap().len(), 2);
    house.google.remove_calendar(WHO, "Studio").unwrap();
    let id = connection::RemoteId::new(id);
    let within = crate::house::horizon();
    let page = calendars.changes(&access, &id, &Cursor::Beginning, within).await;
    assert_eq!(page.unwrap_err().code(), "gone");
}

#[tokio::test]
async fn the_seeded_week_is_busy_as_google_says_itself() {
    let sandbox = sandbox::Sandbox::seeded(3, jiff::civil::date(2026, 11, 18), "Europe/Berlin");
    let mut house = House::around(sandbox);
    for who in ["mara.lind@gmail.example", "theo.brandt@northwind.example"] {
        let tokens = house.tokens_of(who, &crate::house::SCOPES).await;
        let access = connection::Access::new(connection::Credential::Tokens(tokens));
        let listed = house.adapter.calendars.calendars(&access).await.unwrap();
        assert_eq!(listed[0].id.as_str(), who, "one's own calendar comes first");
        for calendar in listed {
            if calendar.access != connection::CalendarAccess::FreeBusy {
                house.primary = calendar.id;
                let mut copy = Copy::default();
                copy.pull(&house, &access).await;
                copy.agrees(&house, &access, "Europe/Berlin").await;
            }
        }
    }
}
