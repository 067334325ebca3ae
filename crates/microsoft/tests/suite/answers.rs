//! Answers of Graph in all their forms: every event in them is read, whatever is left out, and no
//! answer is taken for that to another question. Here they are of our own making; those of
//! Microsoft's documentation go the same way in `documented.rs`.

use connection::{Calendars, Cursor, Draft, ETag, Precondition, ProviderError, RemoteId};
use serde_json::{Value, json};

use crate::far::{Far, GRAPH, Reply, access, ok};

/// What is answered to a line such as `GET /me/events`.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) line: String,
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    fn is_event(&self) -> bool {
        let is_other = ["attachments", "onlineMeetings", "findMeetingTimes", "getSchedule"];
        self.body.is_object()
            && !is_other.iter().any(|other| self.line.contains(other))
            && ["/events", "/instances", "alendarView"].iter().any(|it| self.line.contains(it))
    }

    /// Its events; where they have no id, they are given one.
    fn rows(&self) -> Vec<Value> {
        let single = vec![self.body.clone()];
        let rows = self.body["value"].as_array().cloned().unwrap_or(single);
        let named = |(n, mut row): (usize, Value)| {
            if row.get("id").is_none() {
                row["id"] = json!(format!("row-{n}"));
            }
            row
        };
        let is_event = |row: &Value| row.is_object() && row.get("@removed").is_none();
        rows.into_iter().filter(is_event).enumerate().map(named).collect()
    }

    /// Is it a page of changes?
    fn is_round(&self) -> bool {
        ["@odata.nextLink", "@odata.deltaLink"].iter().any(|it| self.body.get(it).is_some())
    }

    /// As it is sent.
    fn text(&self) -> String {
        match &self.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            body => body.to_string(),
        }
    }
}

/// Every event in them becomes one that can be read, or says what it lacks. How many there are.
pub(crate) async fn all_events_are_read(answers: &[Answer]) -> usize {
    let mut seen = 0;
    for answer in answers.iter().filter(|answer| answer.is_event()) {
        let link = format!("{GRAPH}/me/calendars/cal/calendarView/delta?%24deltatoken=1");
        let body = json!({"value": answer.rows(), "@odata.deltaLink": link});
        let page = Far::new(move |_| ok(&body)).page(&Cursor::Beginning).await;
        let page = page.unwrap_or_else(|error| panic!("{}: {error}", answer.line));
        assert_eq!(page.listed.len(), answer.rows().len(), "{}", answer.line);
        for line in &page.listed {
            let event = line.event.as_ref().unwrap();
            let reading = calendar::read(&event.text);
            let reading = reading.unwrap_or_else(|why| panic!("{}: {why}", answer.line));
            let is_whole = event.text.contains("DTSTART");
            assert_eq!(reading.events.len(), usize::from(is_whole), "{}", event.text);
            assert!(is_whole || !reading.problems.is_empty(), "what is cut short is told");
            seen += 1;
        }
    }
    seen
}

/// Asks everything of a far side that answers everything with one text.
async fn ask_all(far: &Far) -> Vec<Result<(), ProviderError>> {
    let (calendars, access, calendar): (&dyn Calendars, _, _) =
        (far.calendars(), access(), RemoteId::new("cal"));
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20261201T160000Z\r\n\
                END:VEVENT\r\nEND:VCALENDAR\r\n";
    let draft = Draft { id: RemoteId::new("e"), text: text.into() };
    let matching = || Precondition::Matches(ETag::new("\"1\""));
    let ids = [RemoteId::new("a"), RemoteId::new("b")];
    vec![
        calendars.calendars(&access).await.map(drop),
        calendars.fetch(&access, &calendar, &ids[..1]).await.map(drop),
        calendars.fetch(&access, &calendar, &ids).await.map(drop),
        calendars.put(&access, &calendar, &draft, Precondition::Absent).await.map(drop),
        calendars.put(&access, &calendar, &draft, matching()).await.map(drop),
        calendars.delete(&access, &calendar, &ids[0], matching()).await,
        far.page(&Cursor::Beginning).await.map(drop),
    ]
}

/// None of them breaks anything, whatever it answers; and none but pages of changes are taken for
/// changes.
pub(crate) async fn none_is_taken_for_another(answers: &[Answer]) {
    for answer in answers {
        let (status, text) = (answer.status, answer.text());
        let far = Far::new(move |_| Reply::raw(status, &text));
        let changes = ask_all(&far).await.pop().unwrap();
        assert!(answer.is_round() || changes.is_err(), "{}: it was not asked", answer.line);
    }
    let whole = answers.iter().find(|answer| answer.is_event()).unwrap().text();
    for cut in (0..whole.len()).step_by(97).filter(|at| whole.is_char_boundary(*at)) {
        let body = whole[..cut].to_owned();
        let far = Far::new(move |_| Reply::raw(200, &body));
        let answers = ask_all(&far).await;
        let is_told = |answer: &Result<(), ProviderError>| {
            matches!(answer, Err(ProviderError::Unintelligible { .. }))
        };
        let deleted = &answers[5];
        assert!(deleted.is_ok(), "a delete needs no answer but its status");
        let others = answers.iter().enumerate().filter(|(at, _)| *at != 5);
        assert!(others.into_iter().all(|(_, answer)| is_told(answer)), "{cut}: {answers:?}");
    }
}

fn answer(line: &str, status: u16, body: Value) -> Answer {
    Answer { line: line.into(), status, body }
}

fn at(time: &str, zone: &str) -> Value {
    json!({"dateTime": format!("{time}.0000000"), "timeZone": zone})
}

/// An event with all that Graph tells of one.
fn event() -> Value {
    json!({
        "@odata.context": format!("{GRAPH}/$metadata#users('kim')/events/$entity"),
        "@odata.etag": "W/\"DwAAABYAAAB1\"", "id": "AAkA-walk", "changeKey": "DwAAABYAAAB1",
        "iCalUId": "040000008200E00074C5B7101A82E00800000000A1", "uid": "walk@contoso.example",
        "transactionId": null, "type": "singleInstance", "seriesMasterId": null,
        "createdDateTime": "2026-11-01T10:00:00.0000000Z",
        "lastModifiedDateTime": "2026-11-01T10:00:01.0000000Z",
        "subject": "Walk along the river", "bodyPreview": "Bring boots.",
        "body": {"contentType": "text", "content": "Bring boots.\r\nAnd “something” to drink."},
        "start": at("2026-12-01T15:00:00", "UTC"), "end": at("2026-12-01T16:30:00", "UTC"),
        "originalStartTimeZone": "W. Europe Standard Time",
        "originalEndTimeZone": "W. Europe Standard Time",
        "isAllDay": false, "isCancelled": false, "isDraft": false, "isOrganizer": true,
        "showAs": "busy", "sensitivity": "normal", "importance": "normal", "categories": ["Blue"],
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "organizer": {"emailAddress": {"name": "Kim", "address": "kim@contoso.example"}},
        "attendees": [
            {"type": "required", "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
                "emailAddress": {"name": "Lou", "address": "lou@contoso.example"}},
            {"type": "resource", "status": {"response": "accepted"},
                "emailAddress": {"address": "boat@contoso.example"}},
        ],
        "location": {"displayName": "North bank", "locationType": "default", "address": {}},
        "locations": [{"displayName": "North bank"}, {"displayName": "South bank"}],
        "recurrence": null, "hasAttachments": false, "isReminderOn": true,
        "reminderMinutesBeforeStart": 15, "hideAttendees": false, "isOnlineMeeting": false,
        "onlineMeeting": null, "onlineMeetingUrl": null,
        "webLink": "https://outlook.office365.com/owa/?itemid=AAkA-walk",
    })
}

/// A series, one of its occurrences as the bare row that it is in a round, and a changed one.
fn series() -> Value {
    let mut master = event();
    master["id"] = json!("AAkA-choir");
    master["type"] = json!("seriesMaster");
    master["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"],
            "firstDayOfWeek": "monday", "dayOfMonth": 0, "month": 0, "index": "first"},
        "range": {"type": "endDate", "startDate": "2026-12-01", "endDate": "2027-02-23",
            "recurrenceTimeZone": "W. Europe Standard Time", "numberOfOccurrences": 0}});
    let part = |id: &str, kind: &str, day: &str| {
        json!({"@odata.type": "#microsoft.graph.event", "@odata.etag": "W/\"2\"", "id": id,
            "type": kind, "seriesMasterId": "AAkA-choir",
            "start": at(&format!("{day}T15:00:00"), "UTC"),
            "end": at(&format!("{day}T16:30:00"), "UTC")})
    };
    let mut moved = part("AAkA-choir-2", "exception", "2026-12-09");
    moved["originalStart"] = json!("2026-12-08T15:00:00Z");
    moved["subject"] = json!("Choir, a day later");
    json!([part("AAkA-choir-3", "occurrence", "2026-12-15"), master, moved])
}

/// Names and kinds of values where values should be, as examples in documents have them.
fn placeholders() -> Value {
    json!([
        {"iCalUId": "iCalUId-value", "originalStartTimeZone": "originalStartTimeZone-value",
            "responseStatus": {"response": "", "time": "datetime-value"}, "isReminderOn": true},
        {"id": "odd", "subject": {}, "start": "soon", "end": null, "attendees": {},
            "recurrence": {"pattern": {"type": "lunar"}}, "isAllDay": "no"},
    ])
}

/// One answer of each form.
fn own() -> Vec<Answer> {
    let calendar = json!({"id": "AAMk-own", "name": "Calendar", "color": "auto", "hexColor": "",
        "isDefaultCalendar": true, "canShare": true, "canViewPrivateItems": true, "canEdit": true,
        "changeKey": "1", "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "owner": {"name": "Kim", "address": "kim@contoso.example"}});
    let mut all_day = event();
    all_day["isAllDay"] = json!(true);
    all_day["start"] = at("2026-12-24T00:00:00", "UTC");
    all_day["end"] = at("2026-12-27T00:00:00", "UTC");
    let mut meeting = event();
    meeting["isOnlineMeeting"] = json!(true);
    meeting["onlineMeetingProvider"] = json!("teamsForBusiness");
    meeting["onlineMeeting"] = json!({"joinUrl": "https://teams.microsoft.com/l/meetup-join/1"});
    let selected = json!({"id": "AAkA-s", "@odata.etag": "W/\"3\"", "subject": "Selected",
        "start": at("2026-12-02T09:00:00", "Pacific Standard Time"),
        "end": at("2026-12-02T09:30:00", "Pacific Standard Time")});
    let next = format!("{GRAPH}/me/calendars/cal/calendarView/delta?%24skiptoken=2");
    let last = format!("{GRAPH}/me/calendars/cal/calendarView/delta?%24deltatoken=3");
    let removed = json!({"id": "AAkA-gone", "@removed": {"reason": "deleted"}});
    let ends_at = "2026-12-05T10:00:00.0000000Z";
    let subscription = json!({"id": "sub-1", "resource": "me/events", "clientState": "secret",
        "changeType": "created,updated,deleted", "expirationDateTime": ends_at,
        "notificationUrl": "https://day.example/hooks/microsoft", "creatorId": "kim"});
    let schedule = json!({"scheduleId": "lou@contoso.example", "availabilityView": "0022",
        "scheduleItems": [{"status": "busy", "start": at("2026-12-01T09:00:00", "UTC"),
            "end": at("2026-12-01T10:00:00", "UTC")}]});
    let failed = json!({"error": {"code": "ErrorInternalServerError", "message": "Try again.",
        "innerError": {"request-id": "r-1", "date": "2026-12-01T10:00:00"}}});
    vec![
        answer("GET /me/events/*", 200, event()),
        answer("GET /me/events/*", 200, all_day),
        answer("POST /me/calendars/*/events", 201, meeting),
        answer("PATCH /me/events/*", 200, placeholders()[1].clone()),
        answer("GET /me/events?$select=*", 200, json!({"value": [selected]})),
        answer("GET /me/events/*/instances", 200, json!({"value": series()})),
        answer("GET /me/calendarView", 200, json!({"value": placeholders()})),
        answer(
            "GET /me/calendarView/delta",
            200,
            json!({"value": series(), "@odata.nextLink": next}),
        ),
        answer(
            "GET /me/calendarView/delta",
            200,
            json!({"value": [event(), removed], "@odata.deltaLink": last}),
        ),
        answer("GET /me/calendars", 200, json!({"value": [calendar]})),
        answer("GET /me/calendar", 200, calendar),
        answer("GET /me/calendarGroups", 200, json!({"value": [{"id": "g", "name": "Mine"}]})),
        answer("GET /me/mailboxSettings", 200, json!({"timeZone": "Pacific Standard Time"})),
        answer("POST /subscriptions", 201, subscription.clone()),
        answer("GET /subscriptions", 200, json!({"value": [subscription]})),
        answer("POST /me/calendar/getSchedule", 200, json!({"value": [schedule]})),
        answer("POST /me/events/*/accept", 202, Value::Null),
        answer("DELETE /me/events/*", 204, Value::Null),
        answer("GET /me/onlineMeetings/*/recording", 302, Value::Null),
        answer("GET /me/onlineMeetings/*/content", 200, json!("WEBVTT\n\n00:00 --> 00:05\nHi.")),
        answer("GET /me/events", 500, failed),
    ]
}

#[tokio::test]
async fn every_event_becomes_one_that_is_read() {
    // Of the answer that failed, there is what it says itself.
    assert_eq!(all_events_are_read(&own()).await, 15);
}

#[tokio::test]
async fn no_answer_to_another_question_breaks_anything() {
    none_is_taken_for_another(&own()).await;
}
