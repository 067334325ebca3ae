//! Events as Google writes them, and the texts that they become.

use calendar::{Horizon, Owner, Reading, expand};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::draft::Said;
use super::*;

const BUSY: &str = include_str!("../../../../docs/busy.md");

fn fixture(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../fixtures/events.json")).unwrap();
    all.get(name).unwrap_or_else(|| panic!("no fixture {name}")).clone()
}

fn is(value: Value) -> RemoteEvent {
    match told(value, Some("Europe/Berlin")).unwrap() {
        Told::Is(event) => event,
        Told::IsGone(id) => panic!("{id} is gone"),
    }
}

/// The lines of a text, unfolded, without the frame that all have.
fn lines(text: &str) -> Vec<String> {
    let unfolded = text.replace("\r\n ", "");
    let frame = ["BEGIN:", "END:", "VERSION:", "PRODID:"];
    let lines = unfolded.lines().filter(|line| !frame.iter().any(|it| line.starts_with(it)));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_meeting_keeps_its_guests_its_link_and_its_words() {
    let event = is(fixture("meeting"));
    assert_eq!(event.etag.as_str(), "\"3561234567890000\"");
    assert_eq!(
        lines(&event.text),
        [
            "UID:7kq0v@google.com",
            "DTSTAMP:20261120T081500Z",
            "LAST-MODIFIED:20261120T081500Z",
            "CREATED:20261119T100000Z",
            "DTSTART;TZID=Europe/Berlin:20261201T150000",
            "DTEND;TZID=Europe/Berlin:20261201T153000",
            "SUMMARY:Plans\\, and lunch",
            "DESCRIPTION:<b>Agenda</b>\\n1\\; 2",
            "LOCATION:Room 2",
            "STATUS:CONFIRMED",
            "TRANSP:OPAQUE",
            "CLASS:PRIVATE",
            "SEQUENCE:2",
            "ORGANIZER;CN=Bo Lind:mailto:bo@northwind.example",
            "ATTENDEE;CN=Bo Lind;PARTSTAT=ACCEPTED:mailto:bo@northwind.example",
            "ATTENDEE;PARTSTAT=TENTATIVE;ROLE=OPT-PARTICIPANT;X-DAYMARK-SELF=TRUE\
             :mailto:ada@gmail.example",
            "ATTENDEE;CN=Room 2;PARTSTAT=ACCEPTED;CUTYPE=RESOURCE\
             :mailto:room2@resource.calendar.google.com",
            "CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=meet.google.com/abc-defg-hij\
             :https://meet.google.com/abc-defg-hij",
            "CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+49-30-1234",
            "URL:https://www.google.com/calendar/event?eid=7kq0v",
        ]
    );
    let reading = calendar::read(&event.text).unwrap();
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
}

#[test]
fn every_fixture_is_read_and_none_is_a_problem() {
    let all: Value = serde_json::from_str(include_str!("../fixtures/events.json")).unwrap();
    for (name, value) in all.as_object().unwrap() {
        let event = is(value.clone());
        let Reading { events, problems } = calendar::read(&event.text).unwrap();
        assert_eq!((events.len(), problems.len()), (1, 0), "{name}: {}", event.text);
        assert!(event.text.lines().all(|line| line.len() <= 75), "{name} is folded");
    }
}

#[test]
fn a_series_keeps_its_lines_word_by_word() {
    let event = is(fixture("series"));
    let text = lines(&event.text);
    for line in [
        "DTSTART;TZID=America/New_York:20261102T090000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20270301T225959Z",
        "EXDATE;TZID=America/New_York:20261214T090000,20261221T090000",
        "RDATE;VALUE=DATE-TIME;TZID=America/New_York:20261224T090000",
    ] {
        assert!(text.iter().any(|it| it == line), "{line} in {text:#?}");
    }
    assert_eq!(event.series, None);
}

/// The offset is that of whoever asks; the zone beside it is the series' own.
#[test]
fn quirk_google_1_the_zone_decides_and_not_the_offset() {
    let mut event = fixture("series");
    event["start"]["dateTime"] = json!("2026-11-02T15:00:00+01:00");
    assert!(is(event).text.contains("DTSTART;TZID=America/New_York:20261102T090000\r\n"));
}

#[test]
fn quirk_google_3_a_series_without_a_zone_has_that_of_its_calendar() {
    let mut event = fixture("series");
    event["start"] = json!({ "dateTime": "2026-11-02T14:00:00Z" });
    event["end"] = json!({ "dateTime": "2026-11-02T15:00:00Z" });
    assert!(needs_zone(&event));
    assert!(is(event).text.contains("DTSTART;TZID=Europe/Berlin:20261102T150000\r\n"));
    assert!(!needs_zone(&fixture("series")) && !needs_zone(&fixture("meeting")));
}

#[test]
fn a_series_in_a_zone_that_is_not_known_is_seen_as_such() {
    let mut event = fixture("series");
    for (name, hour) in [("start", 14), ("end", 15)] {
        let at = format!("2026-11-02T{hour}:00:00Z");
        event[name] = json!({ "dateTime": at, "timeZone": "Mars/Olympus" });
    }
    let text = is(event.clone()).text;
    assert!(text.contains("DTSTART;TZID=Mars/Olympus:20261102T150000\r\n"), "{text}");
    assert!(text.contains("DTEND;TZID=Mars/Olympus:20261102T160000\r\n"), "{text}");
    let reading = calendar::read(&text).unwrap();
    assert_eq!(reading.problems[0].code.as_str(), "unknown_zone");
    assert_eq!(reading.events.len(), 1, "it blocks all the same");
    event.as_object_mut().unwrap().remove("recurrence");
    let once = is(event).text;
    assert!(once.contains("DTSTART:20261102T140000Z\r\n"), "an instant needs no zone: {once}");
}

#[test]
fn the_hour_that_a_clock_shows_twice_stays_the_right_one() {
    let mut event = fixture("meeting");
    let at = |text: &str| json!({ "dateTime": text, "timeZone": "Europe/Berlin" });
    event["start"] = at("2026-10-25T02:30:00+01:00");
    event["end"] = at("2026-10-25T03:30:00+01:00");
    let text = is(event).text;
    assert!(text.contains("DTSTART:20261025T013000Z\r\n"), "{text}");
    assert!(text.contains("DTEND;TZID=Europe/Berlin:20261025T033000\r\n"), "{text}");
}

#[test]
fn parts_of_a_series_say_which_occurrence_they_are() {
    let moved = is(fixture("moved_instance"));
    assert_eq!(moved.series, Some(RemoteId::new("s3r1e5")));
    let text = lines(&moved.text);
    assert!(text.contains(&"RECURRENCE-ID;TZID=America/New_York:20261109T090000".to_owned()));
    assert!(text.contains(&"DTSTART;TZID=America/New_York:20261109T113000".to_owned()));
    let gone = is(fixture("cancelled_instance"));
    assert_eq!(
        lines(&gone.text),
        [
            "UID:s3r1e5@google.com",
            "RECURRENCE-ID:20261116T140000Z",
            "DTSTART:20261116T140000Z",
            "STATUS:CANCELLED",
        ]
    );
    let mut bare = fixture("cancelled_instance");
    bare.as_object_mut().unwrap().remove("originalStartTime");
    assert_eq!(is(bare).text, gone.text, "its name says the same");
    let mut odd = fixture("moved_instance");
    odd["id"] = json!("odd");
    odd.as_object_mut().unwrap().remove("originalStartTime");
    let joined = calendar::series::join(&is(fixture("series")).text, [is(odd).text.as_str()]);
    let reading = calendar::read(&joined).unwrap();
    assert!(reading.events.iter().any(|it| it.master.is_some()), "the series is still there");
}

#[test]
fn what_is_cancelled_and_no_instance_is_gone() {
    let gone = told(json!({ "id": "x1", "status": "cancelled" }), None).unwrap();
    assert!(matches!(gone, Told::IsGone(id) if id.as_str() == "x1"));
}

#[test]
fn one_odd_event_is_listed_as_not_understood_and_a_nameless_one_is_no_list() {
    for odd in [
        json!({ "id": "odd1", "etag": "\"1\"", "summary": "Odd", "attendees": "nobody" }),
        json!({ "id": "odd2", "start": { "dateTime": "soon" }, "end": { "date": "2026-12-01" } }),
        json!({ "id": "odd3", "start": { "dateTime": "2026-12-01T10:00:00Z" } }),
        json!({ "id": "odd4" }),
    ] {
        let event = is(odd.clone());
        let reading = calendar::read(&event.text).unwrap();
        assert!(!reading.problems.is_empty(), "{odd} is a problem: {}", event.text);
        assert!(!event.etag.as_str().is_empty());
    }
    assert!(told(json!({ "summary": "nameless" }), None).is_err());
}

#[test]
fn whole_days_are_dates_and_their_end_is_left_out() {
    let text = is(fixture("all_day")).text;
    assert!(text.contains("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n"));
    let mut one = fixture("all_day");
    one["end"] = json!({ "date": "2026-12-24" });
    assert!(!is(one).text.contains("DTEND"));
}

#[test]
fn a_line_that_somebody_else_kept_there_ends_no_event() {
    let mut event = fixture("meeting");
    let kept = "END:VEVENT\nTRANSP:TRANSPARENT\nx-daymark-occurrences:LISTED\n\
                X-OTHER;A=\"b,c\":kept\rSTATUS:CANCELLED";
    event["extendedProperties"] = json!({ "private": { "daymarkKept0": kept } });
    let text = is(event).text;
    assert_eq!(text.matches("END:VEVENT").count(), 1, "{text}");
    assert!(text.contains("X-OTHER;A=\"b,c\":kept") && !text.contains("TRANSP:TRANSPARENT"));
    assert!(!text.lines().any(|line| line == "STATUS:CANCELLED"), "{text}");
    assert!(!text.to_uppercase().contains("OCCURRENCES"), "{text}");
}

/// The third table of docs/busy.md, without its head.
fn table() -> Vec<Vec<String>> {
    let lines = BUSY.lines().skip_while(|line| !line.starts_with("| at Google |")).skip(2);
    let cells = |line: &str| {
        let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
        cells.collect::<Vec<_>>()
    };
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// Quirk google-6 among them: working locations and birthdays.
#[test]
fn museum_17_declined_free_away_and_elsewhere_at_google_block_as_the_table_says() {
    let table = table();
    assert_eq!(table.len(), 8);
    let fits = |cell: &str, value: &str| cell.is_empty() || cell.split(", ").any(|it| it == value);
    for status in ["confirmed", "tentative", "cancelled"] {
        for answer in ["", "accepted", "tentative", "needsAction", "declined"] {
            for transparency in ["", "opaque", "transparent"] {
                for kind in [
                    "",
                    "default",
                    "outOfOffice",
                    "focusTime",
                    "workingLocation",
                    "birthday",
                    "fromGmail",
                ] {
                    let values = [status, answer, transparency, kind];
                    let row = table.iter().find(|row| {
                        row[1..].iter().zip(values).all(|(cell, value)| fits(cell, value))
                    });
                    let expected = row.unwrap().last().unwrap();
                    assert_eq!(blocking_of(values), *expected, "{values:?}");
                }
            }
        }
    }
}

/// How an event of these members blocks. Somebody else has declined it.
fn blocking_of([status, answer, transparency, kind]: [&str; 4]) -> String {
    let mut value = fixture("all_day");
    value["status"] = json!(status);
    for (name, member) in [("transparency", transparency), ("eventType", kind)] {
        if !member.is_empty() {
            value[name] = json!(member);
        }
    }
    let mut attendees = vec![json!({ "email": "bo@x.example", "responseStatus": "declined" })];
    if !answer.is_empty() {
        let own = json!({ "email": "a@alias.example", "self": true, "responseStatus": answer });
        attendees.push(own);
    }
    value["attendees"] = json!(attendees);
    let text = text(&read(value).unwrap(), None);
    let reading = calendar::read(&text).unwrap();
    let component = reading.events[0].main().unwrap();
    component.blocking(&Owner::nobody()).as_str().to_owned()
}

#[test]
fn days_away_from_midnight_to_midnight_block_exactly_those_days() {
    let event = is(fixture("out_of_office"));
    let reading = calendar::read(&event.text).unwrap();
    let at = |text: &str| text.parse().unwrap();
    let horizon = Horizon::new(at("2026-12-01T00:00:00Z"), at("2027-01-31T00:00:00Z")).unwrap();
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let found = expand(&reading.events[0], horizon, &berlin).occurrences;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].start.to_string(), "2026-12-27T23:00:00Z");
    assert_eq!(found[0].end.to_string(), "2026-12-31T23:00:00Z");
}

/// What we read, written back unchanged, changes nothing: no loop can begin there.
#[test]
fn museum_31_what_was_read_and_is_written_back_changes_nothing() {
    let all: Value = serde_json::from_str(include_str!("../fixtures/events.json")).unwrap();
    for (name, value) in all.as_object().unwrap() {
        if value["status"] != "cancelled" {
            let text = text(&read(value.clone()).unwrap(), None);
            let patch = Said::patch(&text, value).unwrap();
            assert!(patch.is_empty(), "{name}: {patch:?}");
        }
    }
}
