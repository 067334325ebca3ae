//! Calendars of which no more than busy and free is shown.

use connection::{Access, CalendarAccess, Credential, Cursor, RemoteId};
use sandbox::{Failure, Often, Role};
use serde_json::json;

use crate::house::{House, SCOPES, WHO, horizon};

const OTHER: &str = "theo@gmail.example";

async fn shared() -> (House, Access) {
    let house = House::new();
    house.google.add_person(OTHER, "Theo");
    house.google.share_calendar(OTHER, "primary", (WHO, Role::FreeBusyReader)).unwrap();
    let access = house.access().await;
    (house, access)
}

/// Quirk google-9: no question is longer than Google answers.
#[tokio::test]
async fn a_shared_calendar_tells_when_it_is_busy_a_year_ahead_in_one_piece() {
    let (house, access) = shared().await;
    let listed = house.adapter.calendars.calendars(&access).await.unwrap();
    let it = listed.iter().find(|it| it.id.as_str() == OTHER).unwrap();
    assert_eq!((it.access, it.conference), (CalendarAccess::FreeBusy, None));
    // A window ends on 30 November: what lies across its edge is one stretch all the same.
    let at = |day: &str| json!({ "date": day });
    let event = json!({ "id": "long1", "start": at("2026-11-25"), "end": at("2026-12-05") });
    house.google.put_event(OTHER, "primary", event).unwrap();
    let event = json!({ "id": "late1", "start": at("2027-10-01"), "end": at("2027-10-02") });
    house.google.put_event(OTHER, "primary", event).unwrap();
    let busy = house.adapter.free_busy.busy(&access, &it.id, horizon()).await.unwrap();
    let said: Vec<String> = busy.iter().map(|it| format!("{}/{}", it.start(), it.end())).collect();
    let long = "2026-11-25T00:00:00Z/2026-12-05T00:00:00Z";
    assert_eq!(said, [long, "2027-10-01T00:00:00Z/2027-10-02T00:00:00Z"]);
}

#[tokio::test]
async fn a_calendar_that_cannot_be_asked_is_a_failure_and_never_free() {
    let (house, access) = shared().await;
    let ask = |id: &str| {
        let (house, access, id) = (&house, &access, RemoteId::new(id));
        async move { house.adapter.free_busy.busy(access, &id, horizon()).await }
    };
    assert_eq!(ask("nobody@gmail.example").await.unwrap_err().code(), "gone");
    let fault = Failure { status: 500, often: Often::Times(1), ..Failure::default() };
    house.google.change_faults(None, |all| all.fail = Some(fault)).unwrap();
    assert_eq!(ask(OTHER).await.unwrap_err().code(), "unavailable");
    house.google.change_faults(None, |all| all.web_page = Often::Times(1)).unwrap();
    assert_eq!(ask(OTHER).await.unwrap_err().code(), "unintelligible");
    assert!(ask(OTHER).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_permission_that_was_left_out_costs_such_calendars_and_not_the_connection() {
    let (house, _) = shared().await;
    let but_one: Vec<&str> = SCOPES.into_iter().filter(|it| !it.ends_with("freebusy")).collect();
    house.google.revoke(WHO).unwrap();
    let access = Access::new(Credential::Tokens(house.tokens_of(WHO, &but_one).await));
    let busy = house.adapter.free_busy.busy(&access, &RemoteId::new(OTHER), horizon()).await;
    let refused = busy.unwrap_err();
    assert_eq!(refused.code(), "refused");
    assert!(refused.to_string().contains("tick every box"), "{refused}");
    assert!(house.page(&access, &Cursor::Beginning).await.is_ok(), "the others are read");
}
