//! Events as Graph sends them, and the texts that they become.

use serde_json::{Value, json};

use super::*;

fn read(value: Value) -> RemoteEvent {
    event(&serde_json::from_value(value).unwrap())
}

/// The text without folds.
fn text(value: Value) -> String {
    read(value).text.replace("\r\n ", "")
}

fn times(start: &str, end: &str, zone: &str) -> Value {
    json!({"id": "e", "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone}, "showAs": "busy"})
}

#[test]
fn a_whole_event_becomes_a_whole_text() {
    let event = read(json!({
        "@odata.etag": "W/\"DwAAABYAAA==\"", "id": "AAMk=", "changeKey": "DwAAABYAAA==",
        "iCalUId": "040000008200E00074C5B7101A82E00800000000AB", "uid": "0400-uid",
        "createdDateTime": "2026-11-01T10:00:00.0000000Z",
        "lastModifiedDateTime": "2026-11-01T10:00:01.5000000Z",
        "type": "singleInstance", "seriesMasterId": null, "originalStart": null,
        "subject": "Intro, call; today", "bodyPreview": "Pre",
        "body": {"contentType": "text", "content": "One\r\nTwo\r\n"},
        "start": {"dateTime": "2026-12-01T15:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-01T15:30:00.0000000", "timeZone": "UTC"},
        "originalStartTimeZone": "Pacific Standard Time", "isAllDay": false, "isCancelled": false,
        "isOrganizer": false, "showAs": "oof", "sensitivity": "confidential",
        "responseStatus": {"response": "tentativelyAccepted", "time": "0001-01-01T00:00:00Z"},
        "organizer": {"emailAddress": {"name": "Ada", "address": "ada@contoso.example"}},
        "attendees": [
            {"type": "required", "status": {"response": "none"},
             "emailAddress": {"name": "Bo", "address": "bo@x.example"}},
            {"type": "resource", "status": {"response": "accepted"},
             "emailAddress": {"name": "", "address": "room@x.example"}}],
        "location": {"displayName": "Room"}, "categories": ["Blue"], "isOnlineMeeting": true,
        "onlineMeeting": {"joinUrl": "https://teams.microsoft.com/l/meetup-join/1?c=%7b%7d"},
        "webLink": "https://outlook.office365.com/owa/?itemid=1",
    }));
    assert_eq!((event.id.as_str(), event.etag.as_str()), ("AAMk=", "W/\"DwAAABYAAA==\""));
    assert_eq!(event.series, None);
    let lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Daymark//Outlook//EN",
        "BEGIN:VEVENT",
        "UID:0400-uid",
        "DTSTAMP:20261101T100001Z",
        "CREATED:20261101T100000Z",
        "LAST-MODIFIED:20261101T100001Z",
        "DTSTART:20261201T150000Z",
        "DTEND:20261201T153000Z",
        "SUMMARY:Intro\\, call\\; today",
        "DESCRIPTION:One\\nTwo",
        "LOCATION:Room",
        "URL:https://outlook.office365.com/owa/?itemid=1",
        "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://teams.microsoft.com/l/meetup-join/1?c=%7b%7d",
        "CATEGORIES:Blue",
        "CLASS:CONFIDENTIAL",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
        "ORGANIZER;CN=Ada:mailto:ada@contoso.example",
        "ATTENDEE;X-DAYMARK-SELF=TRUE;PARTSTAT=TENTATIVE:invalid:nomail",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;CN=Bo:mailto:bo@x.example",
        "ATTENDEE;PARTSTAT=ACCEPTED;ROLE=NON-PARTICIPANT;CUTYPE=RESOURCE:mailto:room@x.example",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ];
    assert_eq!(event.text.replace("\r\n ", ""), lines.join("\r\n"));
    assert!(event.text.split("\r\n").all(|line| line.len() <= 75), "folded");
}

#[test]
fn parts_of_a_series_have_its_uid_whatever_date_stands_in_theirs() {
    let head = "040000008200E00074C5B7101A82E008";
    let tail = "D3D70B8A6A17D701000000000000000010000000";
    let of_day = |day: &str| {
        let mut part = times("2026-12-08T15:00:00", "2026-12-08T16:00:00", "UTC");
        part["iCalUId"] = json!(format!("{head}{day}{tail}"));
        text(part)
    };
    for day in ["00000000", "07EA0C08", "07ea0c0f"] {
        assert!(of_day(day).contains(&format!("UID:{head}00000000{tail}\r\n")), "{day}");
    }
    let mut foreign = times("2026-12-08T15:00:00", "2026-12-08T16:00:00", "UTC");
    foreign["iCalUId"] = json!("a-uid-of-another-make@x.example");
    assert!(text(foreign).contains("UID:a-uid-of-another-make@x.example\r\n"));
}

#[test]
fn a_series_repeats_in_its_own_zone_and_is_marked_as_listed() {
    let mut series = times("2027-03-01T08:00:00.0000000", "2027-03-01T08:30:00.0000000", "UTC");
    series["type"] = json!("seriesMaster");
    series["originalStartTimeZone"] = json!("tzone://Microsoft/Custom");
    series["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"],
            "firstDayOfWeek": "sunday", "month": 0, "dayOfMonth": 0, "index": "first"},
        "range": {"type": "endDate", "startDate": "2027-03-01", "endDate": "2027-04-30",
            "recurrenceTimeZone": "W. Europe Standard Time", "numberOfOccurrences": 0}});
    let text = text(series);
    for line in [
        "DTSTART;TZID=Europe/Berlin:20270301T090000",
        "RRULE:FREQ=WEEKLY;INTERVAL=1;WKST=SU;BYDAY=MO;UNTIL=20270430T215959Z",
        LISTED,
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
    }
}

#[test]
fn an_exception_says_which_occurrence_it_was() {
    let mut part = times("2026-12-09T10:00:00", "2026-12-09T11:00:00", "UTC");
    part["type"] = json!("exception");
    part["seriesMasterId"] = json!("m");
    part["subject"] = json!("Moved");
    part["originalStart"] = json!("2026-12-08T15:00:00Z");
    let event = read(part.clone());
    assert_eq!(event.series.as_ref().map(RemoteId::as_str), Some("m"));
    assert!(event.text.contains("RECURRENCE-ID:20261208T150000Z\r\n"), "{}", event.text);
    assert!(event.text.contains("SUMMARY:Moved") && !event.text.contains(INHERITS));
    part["isAllDay"] = json!(true);
    part["originalStart"] = json!("2026-12-07T23:00:00Z");
    part["start"]["dateTime"] = json!("2026-12-08T00:00:00");
    assert!(text(part).contains("RECURRENCE-ID;VALUE=DATE:20261208\r\n"), "the nearest midnight");
}

#[test]
fn a_wall_clock_is_read_where_it_hangs_and_never_silently_in_utc() {
    let start =
        |zone: &str| text(times("2026-12-01T09:00:00.0000000", "2026-12-01T10:00:00", zone));
    assert!(start("W. Europe Standard Time").contains("DTSTART:20261201T080000Z"));
    assert!(start("Europe/Berlin").contains("DTSTART:20261201T080000Z"));
    assert!(start("tzone://Microsoft/Utc").contains("DTSTART:20261201T090000Z"));
    assert!(start("").contains("DTSTART:20261201T090000Z"), "Graph's own zone is UTC");
    for unknown in ["tzone://Microsoft/Custom", "Customized Time Zone"] {
        let text = start(unknown);
        assert!(text.contains("DTSTART;TZID="), "{text}");
        let reading = calendar::read(&text).unwrap();
        assert!(!reading.problems.is_empty(), "its owner is told");
    }
}

#[test]
fn whole_days_keep_their_dates_in_every_zone() {
    for (start, end, zone) in [
        ("2026-12-01T00:00:00.0000000", "2026-12-03T00:00:00.0000000", "UTC"),
        ("2026-12-01T08:00:00.0000000", "2026-12-03T08:00:00.0000000", "Pacific Standard Time"),
        ("2026-11-30T23:00:00.0000000", "2026-12-02T23:00:00.0000000", "W. Europe Standard Time"),
        (
            "2026-11-30T10:00:00.0000000",
            "2026-12-02T10:00:00.0000000",
            "Line Islands Standard Time",
        ),
        ("2026-11-30T23:00:00.0000000", "2026-12-02T23:00:00.0000000", "Customized Time Zone"),
    ] {
        let mut days = times(start, end, "UTC");
        days["isAllDay"] = json!(true);
        days["originalStartTimeZone"] = json!(zone);
        let text = text(days);
        let dates = "DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261203\r\n";
        assert!(text.contains(dates), "{start} {zone}: {text}");
    }
    let mut point = times("2026-12-01T00:00:00", "2026-12-01T00:00:00", "UTC");
    point["isAllDay"] = json!(true);
    assert!(text(point).contains("DTEND;VALUE=DATE:20261202\r\n"), "a day at least");
}

#[test]
fn a_web_page_is_no_description() {
    let mut event = times("2026-12-01T09:00:00", "2026-12-01T10:00:00", "UTC");
    event["body"] = json!({"contentType": "html", "content": "<html><b>Hi</b></html>"});
    event["bodyPreview"] = json!("Hi");
    assert!(text(event).contains("DESCRIPTION:Hi\r\n"));
}
