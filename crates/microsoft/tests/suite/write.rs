//! Writing, and fetching what was written.

use connection::{Draft, ETag, Precondition, ProviderError, RemoteEvent, RemoteId, Written};
use serde_json::{Value, json};

use crate::far::{Asked, Far, Reply, access, fails, ok, reply};

fn draft(lines: &str) -> Draft {
    let lines = lines.trim().replace('\n', "\r\n");
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\n{lines}\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n"
    );
    Draft { id: RemoteId::new("booking-1"), text }
}

const PLAIN: &str = "DTSTART;TZID=Europe/Berlin:20261201T160000\n\
                     DTEND;TZID=Europe/Berlin:20261201T163000\n\
                     SUMMARY:Intro\\, call\nDESCRIPTION:One\\nTwo\nLOCATION:Room 1\n\
                     ATTENDEE;CN=Bo;PARTSTAT=NEEDS-ACTION:mailto:Bo@x.example\n\
                     X-HOUSE;X-P=\"a,b\":kept\\, too";

fn present() -> Value {
    json!({"id": "e1", "@odata.etag": "W/\"1\"", "type": "singleInstance", "subject": "Old",
        "start": {"dateTime": "2026-12-01T15:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-01T15:30:00.0000000", "timeZone": "UTC"},
        "isAllDay": false, "location": {"displayName": "Room 1", "uniqueId": "room"},
        "attendees": [{"type": "required", "emailAddress": {"address": "bo@x.example"}}]})
}

/// Nothing under our name, and this answer to a POST.
fn making(answer: impl Fn() -> Reply + Send + Sync + 'static) -> Far {
    Far::new(move |asked| match asked.method.as_str() {
        "GET" => ok(&json!({"value": []})),
        _ => answer(),
    })
}

async fn put(far: &Far, draft: &Draft, only: Precondition) -> Result<Written, ProviderError> {
    far.calendars().put(&access(), &RemoteId::new("cal"), draft, only).await
}

async fn change(present: Value, draft: &Draft) -> (Result<Written, ProviderError>, Vec<Asked>) {
    let far = Far::new(move |asked| match asked.method.as_str() {
        "GET" => ok(&present),
        _ => ok(&json!({"id": "e1", "@odata.etag": "W/\"2\""})),
    });
    let only = Precondition::Matches(ETag::new("W/\"1\""));
    let draft = Draft { id: RemoteId::new("e1"), text: draft.text.clone() };
    (put(&far, &draft, only).await, far.asked())
}

async fn fetch(far: &Far, ids: &[&str]) -> Result<Vec<RemoteEvent>, ProviderError> {
    let ids: Vec<RemoteId> = ids.iter().map(|id| RemoteId::new(*id)).collect();
    far.calendars().fetch(&access(), &RemoteId::new("cal"), &ids).await
}

#[tokio::test]
async fn a_new_event_says_all_of_the_draft_under_our_name() {
    let far = making(|| reply(201, &json!({"id": "new", "@odata.etag": "W/\"1\""})));
    let written = put(&far, &draft(PLAIN), Precondition::Absent).await.unwrap();
    assert_eq!((written.id.as_str(), written.etag.as_str()), ("new", "W/\"1\""));
    let asked = far.asked();
    let filter = asked[0].field("$filter").unwrap();
    assert!(filter.contains("ep/value eq 'booking-1'"), "we look first: {filter}");
    assert_eq!(asked[1].line(), "POST /v1.0/me/calendars/cal/events");
    let body = asked[1].json();
    assert_eq!(body["subject"], "Intro, call");
    assert_eq!(body["body"], json!({"contentType": "text", "content": "One\nTwo"}));
    assert_eq!(
        body["start"],
        json!({"dateTime": "2026-12-01T16:00:00",
        "timeZone": "W. Europe Standard Time"})
    );
    assert_eq!(body["end"]["dateTime"], "2026-12-01T16:30:00");
    assert_eq!(
        body["attendees"],
        json!([{"type": "required",
        "emailAddress": {"name": "Bo", "address": "Bo@x.example"}}])
    );
    assert_eq!((&body["showAs"], &body["isAllDay"]), (&json!("busy"), &json!(false)));
    assert!(body.get("isOnlineMeeting").is_none() && body.get("recurrence").is_none());
    let kept = body["singleValueExtendedProperties"].to_string();
    assert!(
        kept.contains("X-DAYMARK-DRAFT:booking-1") && kept.contains("X-DAYMARK-UID:u"),
        "{kept}"
    );
    assert!(kept.contains("kept\\\\, too"), "{kept}");
    let again = making(|| reply(201, &json!({"id": "new"})));
    put(&again, &draft(PLAIN), Precondition::Absent).await.unwrap();
    assert_eq!(again.asked()[1].json()["transactionId"], body["transactionId"], "a retry is seen");
}

#[tokio::test]
async fn museum_29_a_retry_after_a_lost_answer_makes_no_second_event() {
    for status in [409, 400] {
        let far = making(move || fails(status, "ErrorDuplicateTransactionId"));
        let again = put(&far, &draft(PLAIN), Precondition::Absent).await;
        assert_eq!(again, Err(ProviderError::PreconditionFailed), "{status}");
    }
    let far = Far::new(|asked| match asked.method.as_str() {
        "GET" => ok(&json!({"value": [{"id": "there"}]})),
        _ => panic!("nothing is made"),
    });
    let again = put(&far, &draft(PLAIN), Precondition::Absent).await;
    assert_eq!(again, Err(ProviderError::PreconditionFailed), "it is seen before");
}

#[tokio::test]
async fn what_we_named_is_found_by_our_name_after_a_lost_answer() {
    let far = Far::new(|asked| match asked.path.as_str() {
        "/v1.0/me/calendars/cal/events/booking-1" => fails(400, "ErrorInvalidIdMalformed"),
        "/v1.0/me/calendars/cal/events" => ok(&json!({"value": [{"id": "e1"}]})),
        "/v1.0/me/calendars/cal/events/e1" => ok(&present()),
        other => panic!("nobody asks for {other}"),
    });
    let found = fetch(&far, &["booking-1"]).await.unwrap();
    assert_eq!((found[0].id.as_str(), found[0].etag.as_str()), ("e1", "W/\"1\""));
}

#[tokio::test]
async fn a_change_sends_no_more_than_what_changed() {
    let (written, asked) = change(present(), &draft(PLAIN)).await;
    assert_eq!(written.unwrap().etag.as_str(), "W/\"2\"");
    let patch = asked.last().unwrap();
    assert_eq!(patch.line(), "PATCH /v1.0/me/calendars/cal/events/e1");
    assert_eq!(patch.if_match.as_deref(), Some("W/\"1\""));
    let body = patch.json();
    assert_eq!(body["subject"], "Intro, call");
    for same in ["start", "end", "attendees", "location", "recurrence", "transactionId"] {
        assert!(body.get(same).is_none(), "{same} stays: {body}");
    }
    let mut named = present();
    let id = "String {8c9c1d3a-5f0e-4c55-9a39-4f6d5c7e2b10} Name DaymarkProperties";
    let held = "X-DAYMARK-DRAFT:booking-1\nX-OLD:1";
    named["singleValueExtendedProperties"] = json!([{"id": id, "value": held}]);
    let (_, asked) = change(named, &draft(PLAIN)).await;
    let kept = asked.last().unwrap().json()["singleValueExtendedProperties"][0]["value"].clone();
    let kept = kept.as_str().unwrap();
    assert!(kept.starts_with("X-DAYMARK-DRAFT:booking-1\nX-HOUSE"), "its marks stay: {kept}");
    let mut moved = present();
    moved["start"]["dateTime"] = json!("2026-12-01T14:00:00.0000000");
    moved["attendees"] = json!([]);
    let (_, asked) = change(moved, &draft(PLAIN)).await;
    let body = asked.last().unwrap().json();
    assert!(body.get("start").is_some() && body.get("attendees").is_some(), "{body}");
}

#[tokio::test]
async fn the_way_into_a_meeting_is_not_overwritten() {
    let mut online = present();
    online["isOnlineMeeting"] = json!(true);
    let (_, asked) = change(online, &draft(PLAIN)).await;
    assert!(asked.last().unwrap().json().get("body").is_none(), "the body holds the way in");
    let wants = draft(&format!("{PLAIN}\nX-DAYMARK-CONFERENCE:teams"));
    let (_, asked) = change(present(), &wants).await;
    let body = asked.last().unwrap().json();
    assert_eq!(body["isOnlineMeeting"], true);
    assert_eq!(body["onlineMeetingProvider"], "teamsForBusiness");
}

#[tokio::test]
async fn an_old_version_is_neither_changed_nor_deleted() {
    let mut newer = present();
    newer["@odata.etag"] = json!("W/\"9\"");
    let (written, asked) = change(newer, &draft(PLAIN)).await;
    assert_eq!(written, Err(ProviderError::PreconditionFailed));
    assert_eq!(asked.len(), 1, "nothing is sent");
    let far = Far::new(|asked| match asked.method.as_str() {
        "GET" => ok(&present()),
        _ => fails(412, "ErrorIrresolvableConflict"),
    });
    let only = || Precondition::Matches(ETag::new("W/\"1\""));
    let id = RemoteId::new("e1");
    let stale = Draft { id: id.clone(), text: draft(PLAIN).text };
    assert_eq!(put(&far, &stale, only()).await, Err(ProviderError::PreconditionFailed));
    let calendar = RemoteId::new("cal");
    let kept = far.calendars().delete(&access(), &calendar, &id, only()).await;
    assert_eq!(kept, Err(ProviderError::PreconditionFailed));
    let gone = Far::new(|_| fails(404, "ErrorItemNotFound"));
    let done = gone.calendars().delete(&access(), &calendar, &id, only()).await;
    assert_eq!(done, Ok(()), "what is not there is deleted already");
    assert_eq!(gone.asked()[0].if_match.as_deref(), Some("W/\"1\""));
}

#[tokio::test]
async fn what_outlook_cannot_have_is_refused_in_a_sentence() {
    let far = Far::new(|_| panic!("nobody is asked"));
    for lines in [
        "DTSTART:20261201T160000\nDTEND:20261201T163000",
        "DTSTART:20261201T160000Z\nRRULE:FREQ=HOURLY",
        "DTSTART:20261201T160000Z\nRRULE:FREQ=DAILY\nEXDATE:20261202T160000Z",
        "DTSTART:20261201T160000Z\nRDATE:20261202T160000Z",
        "DTSTART:20261231T160000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=31",
        "DTSTART:20261201T160000Z\nSTATUS:CANCELLED",
        "DTSTART:20261201T160000Z\nRECURRENCE-ID:20261201T150000Z",
        "DTSTART:20261201T160000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:v\nDTSTART:20261202T160000Z",
        "DTSTART:20261201T160000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\n\
         RECURRENCE-ID:20261202T160000Z\nDTSTART:20261202T170000Z",
        "SUMMARY:without a time",
    ] {
        let refused = put(&far, &draft(lines), Precondition::Absent).await.unwrap_err();
        let ProviderError::Refused { say } = &refused else { panic!("{lines}: {refused:?}") };
        assert!(say.ends_with('.'), "{say}");
    }
}

#[tokio::test]
async fn many_are_fetched_by_batches_and_odd_answers_asked_for_alone() {
    let far = Far::new(|asked| {
        if asked.path != "/v1.0/$batch" {
            assert_eq!(asked.path, "/v1.0/me/calendars/cal/events/busy");
            return ok(&json!({"id": "busy", "subject": "Alone"}));
        }
        let mut responses = Vec::new();
        for question in asked.json()["requests"].as_array().unwrap() {
            let url = question["url"].as_str().unwrap();
            let id = url.split(['/', '?']).nth(5).unwrap();
            assert!(url.starts_with("/me/calendars/cal/events/"), "{url}");
            assert!(question["headers"]["Prefer"].as_str().unwrap().contains("ImmutableId"));
            let (status, body) = match id {
                "gone" => (404, json!({"error": {"code": "ErrorItemNotFound"}})),
                "busy" => (429, json!({"error": {"code": "TooManyRequests"}})),
                id => (200, json!({"id": id, "subject": id})),
            };
            responses.push(json!({"id": question["id"], "status": status, "body": body}));
        }
        responses.reverse();
        ok(&json!({"responses": responses}))
    });
    let mut ids: Vec<String> = (0..30).map(|n| format!("e{n}")).collect();
    ids.extend(["gone".into(), "busy".into()]);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let events = fetch(&far, &ids).await.unwrap();
    assert_eq!(events.len(), 31, "only what is gone is left out");
    assert!(events[3].text.contains("SUMMARY:e3\r\n"));
    assert_eq!(far.asked().len(), 3, "twenty, twelve, and one alone");
}

#[tokio::test]
async fn what_graph_has_no_place_for_comes_back() {
    let property = "String {8C9C1D3A-5F0E-4C55-9A39-4F6D5C7E2B10} Name DaymarkProperties";
    let far = Far::new(move |asked| {
        assert!(asked.field("$expand").unwrap().contains("DaymarkProperties"));
        let mut event = present();
        let long = format!("X-HOUSE;X-P=\"a,b\":kept\\, too\nX-LONG:{}", "ä".repeat(60));
        let smuggled = [
            "END:VEVENT",
            "ATTENDEE:mailto:smuggled@x.example",
            "X-daymark-occurrences:LISTED",
            "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
            "X-DAYMARK-DRAFT:booking-1",
        ];
        let smuggled = smuggled.join("\n");
        let value = format!("{long}\n{smuggled}");
        event["singleValueExtendedProperties"] = json!([{"id": property, "value": value}]);
        ok(&event)
    });
    let events = fetch(&far, &["e1"]).await.unwrap();
    let text = &events[0].text;
    assert!(text.contains("X-HOUSE;X-P=\"a,b\":kept\\, too\r\n"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 75), "{text}");
    assert!(!text.contains("occurrences") && !text.contains("BUSYSTATUS:FREE"), "{text}");
    assert!(text.contains("X-DAYMARK-DRAFT:booking-1\r\n"), "{text}");
    assert!(!text.contains("smuggled") && text.matches("END:VEVENT").count() == 1, "{text}");
}
