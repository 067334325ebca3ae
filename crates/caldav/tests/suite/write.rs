//! Writing to servers that answer well, badly, or not at all.

use connection::{Draft, Precondition, ProviderError, RemoteId};
use sandbox::{EtagOnPut, Often, Preset, Whom};

use crate::place::{Place, USER, event};

fn draft(text: String) -> Draft {
    Draft { id: RemoteId::new("booking-7@daymark"), text }
}

#[tokio::test]
async fn a_name_that_we_chose_becomes_a_plain_one() {
    let place = Place::new(Preset::ICloud).await;
    let calendars = place.calendars();
    let draft = draft(event("booking-7", "Haircut"));
    let written = calendars.put(&place.access, &place.calendar, &draft, Precondition::Absent).await;
    let id = written.unwrap().id;
    assert!(id.as_str().ends_with("/booking-7-daymark.ics"), "{id}");
    assert_eq!(place.sandbox.list_events(USER, &place.segment).unwrap().len(), 1);
}

/// Quirk caldav-12.
#[tokio::test]
async fn the_version_written_is_known_even_where_the_server_does_not_say() {
    for etag_on_put in [EtagOnPut::Strong, EtagOnPut::Weak, EtagOnPut::Absent] {
        let place = Place::new(Preset::Nextcloud).await;
        place.sandbox.change_manners(Some(USER), |m| m.etag_on_put = etag_on_put).unwrap();
        let calendars = place.calendars();
        let draft = draft(event("booking-7", "Haircut"));
        let written =
            calendars.put(&place.access, &place.calendar, &draft, Precondition::Absent).await;
        let stored = place.sandbox.list_events(USER, &place.segment).unwrap();
        assert_eq!(written.unwrap().etag.as_str(), stored[0].etag, "{etag_on_put:?}");
    }
}

/// Quirk caldav-11.
#[tokio::test]
async fn a_server_that_ignores_if_none_match_overwrites_nothing() {
    let place = Place::new(Preset::Sogo).await;
    place.sandbox.change_manners(Some(USER), |m| m.if_none_match_honoured = false).unwrap();
    let theirs = event("theirs", "Theirs");
    let name = "booking-7-daymark.ics";
    place.sandbox.put_event(USER, &place.segment, name, &theirs).unwrap();
    let calendars = place.calendars();
    let ours = draft(event("booking-7", "Ours"));
    let refused = calendars.put(&place.access, &place.calendar, &ours, Precondition::Absent).await;
    assert_eq!(refused, Err(ProviderError::PreconditionFailed));
    let stored = place.sandbox.list_events(USER, &place.segment).unwrap();
    assert!(stored[0].text.contains("Theirs"));
}

#[tokio::test]
async fn museum_29_a_retry_after_a_lost_answer_makes_no_second_event() {
    let place = Place::new(Preset::ICloud).await;
    let lost = |f: &mut sandbox::Faults| f.drop_after_write = Often::Times(1);
    place.sandbox.change_faults(&Whom::Everyone, lost).unwrap();
    let calendars = place.calendars();
    let draft = draft(event("booking-7", "Haircut"));
    let put = || calendars.put(&place.access, &place.calendar, &draft, Precondition::Absent);
    let first = put().await;
    assert!(matches!(first, Err(ProviderError::Unavailable { .. })), "{first:?}");
    assert_eq!(put().await, Err(ProviderError::PreconditionFailed), "it is there already");
    assert_eq!(place.sandbox.list_events(USER, &place.segment).unwrap().len(), 1);
}

#[tokio::test]
async fn a_refusal_says_why() {
    let place = Place::new(Preset::Nextcloud).await;
    place.add("booking-7");
    let calendars = place.calendars();
    let same_uid = Draft { id: RemoteId::new("other"), text: event("booking-7", "Again") };
    let refused =
        calendars.put(&place.access, &place.calendar, &same_uid, Precondition::Absent).await;
    let say = "The server refused: it already has an event with the same UID elsewhere.";
    assert_eq!(refused, Err(ProviderError::Refused { say: say.into() }));
}
