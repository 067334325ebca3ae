//! What is read of an event, and what is said about the rest.

use jiff::SignedDuration;
use jiff::civil::{date, datetime};

use super::*;
use crate::Length;

fn reading(inside: &str) -> Reading {
    read(&format!("BEGIN:VCALENDAR\nVERSION:2.0\n{inside}END:VCALENDAR\n")).unwrap()
}

/// One event with these lines.
fn event(lines: &str) -> (Option<Component>, Vec<ProblemCode>) {
    let reading = reading(&format!("BEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\n"));
    let codes = reading.problems.iter().map(|problem| {
        assert_eq!(problem.uid.as_deref(), Some("u"));
        problem.code
    });
    (reading.events.first().and_then(|event| event.master.clone()), codes.collect())
}

fn length(lines: &str) -> (Length, Vec<ProblemCode>) {
    let (component, problems) = event(lines);
    (component.unwrap().length, problems)
}

fn days(days: i64) -> Length {
    Length { days, exact: SignedDuration::ZERO }
}

fn minutes(minutes: i64) -> Length {
    Length { days: 0, exact: SignedDuration::from_mins(minutes) }
}

#[test]
fn what_people_see_is_read_as_text() {
    let (component, problems) = event(
        "DTSTART:20270101T090000Z\nSUMMARY;LANGUAGE=en:Tea\\, two\\nlines\nLOCATION:Caf\n é\n\
         DESCRIPTION:\nCLASS:private\nSEQUENCE:4",
    );
    let component = component.unwrap();
    assert_eq!(component.title.as_deref(), Some("Tea, two\nlines"));
    assert_eq!(component.location.as_deref(), Some("Café"));
    assert_eq!(component.description, None);
    assert_eq!((component.class, component.is_private()), (Class::Private, true));
    assert_eq!(component.sequence, 4);
    assert_eq!(problems, []);
}

#[test]
fn classes_that_nobody_knows_are_private() {
    for (class, expected) in [
        ("CLASS:PUBLIC", Class::Public),
        ("CLASS:CONFIDENTIAL", Class::Confidential),
        ("CLASS:X-FRIENDS", Class::Private),
        ("X-NO:CLASS", Class::Public),
    ] {
        let (component, _) = event(&format!("DTSTART:20270101T090000Z\n{class}"));
        assert_eq!(component.unwrap().class, expected, "{class}");
    }
}

#[test]
fn starts_are_dates_floating_or_zoned() {
    let nine = datetime(2027, 1, 1, 9, 0, 0, 0);
    let berlin = crate::timezone::named("Europe/Berlin").unwrap();
    for (line, expected) in [
        ("DTSTART;VALUE=DATE:20270101", Moment::Date(date(2027, 1, 1))),
        ("DTSTART:20270101", Moment::Date(date(2027, 1, 1))),
        ("DTSTART;VALUE=DATE-TIME:20270101T090000", Moment::Floating(nine)),
        ("dtstart;tzid=europe/berlin:20270101t090000", Moment::Zoned(nine, berlin.clone())),
        (
            "DTSTART;TZID=\"W. Europe Standard Time\":20270101T090000",
            Moment::Zoned(nine, berlin.clone()),
        ),
        ("DTSTART;TZID=(UTC+01:00) Amsterdam, Berlin:20270101T090000", Moment::Zoned(nine, berlin)),
        ("DTSTART;TZID=Europe/Berlin:20270101T090000Z", Moment::Zoned(nine, TimeZone::UTC)),
    ] {
        let (component, problems) = event(line);
        assert_eq!(component.unwrap().start, expected, "{line}");
        assert_eq!(problems, [], "{line}");
    }
}

#[test]
fn a_zone_that_nobody_knows_is_the_calendars_own_and_a_problem() {
    let (component, problems) =
        event("DTSTART;TZID=Atlantis/Harbour:20270101T090000\nDURATION:PT1H");
    assert_eq!(component.unwrap().start, Moment::Floating(datetime(2027, 1, 1, 9, 0, 0, 0)));
    assert_eq!(problems, [ProblemCode::UnknownZone]);
}

#[test]
fn an_event_without_a_readable_start_is_listed_and_costs_no_other() {
    for line in [
        "SUMMARY:No start",
        "DTSTART:",
        "DTSTART:soon",
        "DTSTART;TZID=Europe/Berlin:20270230T090000",
    ] {
        let broken = format!("BEGIN:VEVENT\nUID:a\n{line}\nEND:VEVENT\n");
        let whole = "BEGIN:VEVENT\nUID:b\nDTSTART:20270101T090000Z\nEND:VEVENT\n";
        let reading = reading(&(broken + whole));
        assert_eq!(reading.events.len(), 1, "{line}");
        assert_eq!(reading.problems[0].uid.as_deref(), Some("a"));
        assert_eq!(reading.problems[0].code, ProblemCode::NoStart);
    }
}

#[test]
fn lengths_come_from_the_end_the_duration_or_the_kind_of_start() {
    for (lines, expected) in [
        ("DTSTART:20270101T090000Z\nDTEND:20270101T093000Z", minutes(30)),
        ("DTSTART:20270101T090000Z\nDURATION:PT45M", minutes(45)),
        ("DTSTART:20270101T090000Z\nDURATION:P1D", days(1)),
        ("DTSTART:20270101T090000Z\nDTEND:20270101T100000Z\nDURATION:PT5M", minutes(60)),
        ("DTSTART:20270101T090000Z", days(0)),
        ("DTSTART:20270101T090000Z\nDTEND:20270101T090000Z", days(0)),
        ("DTSTART;VALUE=DATE:20270101", days(1)),
        ("DTSTART;VALUE=DATE:20270101\nDTEND;VALUE=DATE:20270101", days(1)),
        ("DTSTART;VALUE=DATE:20270101\nDTEND;VALUE=DATE:20270104", days(3)),
        ("DTSTART:20270101T090000\nDTEND;VALUE=DATE:20270102", minutes(15 * 60)),
        (
            "DTSTART;TZID=Europe/Berlin:20270101T090000\nDTEND;TZID=Europe/London:20270101T090000",
            minutes(60),
        ),
        (
            "DTSTART:20270101T090000Z\nDURATION:PT30M\nBEGIN:VALARM\nDURATION:PT5M\nEND:VALARM",
            minutes(30),
        ),
    ] {
        assert_eq!(length(lines), (expected, vec![]), "{lines}");
    }
}

#[test]
fn ends_that_make_no_sense_are_no_length_and_a_problem() {
    for (lines, expected, problem) in [
        ("DTSTART:20270101T090000Z\nDTEND:20270101T080000Z", days(0), ProblemCode::BadEnd),
        ("DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270101", days(1), ProblemCode::BadEnd),
        ("DTSTART:20270101T090000Z\nDURATION:-PT5M", days(0), ProblemCode::BadEnd),
        ("DTSTART:20270101T090000Z\nDTEND:later", days(0), ProblemCode::BadEnd),
        (
            "DTSTART:20270101T090000Z\nDURATION:P999999999999W",
            days(3_660_000),
            ProblemCode::OutOfRange,
        ),
    ] {
        assert_eq!(length(lines), (expected, vec![problem]), "{lines}");
    }
}

#[test]
fn all_day_is_a_date_or_what_exchange_marks_at_midnight() {
    let mark = "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE";
    for (lines, expected) in [
        ("DTSTART;VALUE=DATE:20270101".to_owned(), true),
        ("DTSTART:20270101".to_owned(), true),
        (format!("DTSTART:20270101T000000\nDURATION:P1D\n{mark}"), true),
        (format!("DTSTART:20270101T090000\nDURATION:PT1H\n{mark}"), false),
        (format!("DTSTART:20270101T000000\n{mark}"), false),
        ("DTSTART:20270101T000000\nDURATION:P1D".to_owned(), false),
    ] {
        assert_eq!(event(&lines).0.unwrap().all_day, expected, "{lines}");
    }
}

#[test]
fn what_repeats_is_read_and_what_is_broken_in_it_is_a_problem() {
    let (component, problems) = event(
        "DTSTART:20270101T090000Z\nRRULE:FREQ=WEEKLY\nRRULE:FREQ=SOMETIMES\n\
         RDATE;VALUE=PERIOD:20270102T090000Z/PT2H,20270103T090000Z/20270103T100000Z\n\
         EXDATE:20270108T090000Z,nonsense,20270115T090000Z",
    );
    let recurrence = component.unwrap().recurrence;
    assert_eq!(recurrence.rules.len(), 1);
    let lengths: Vec<_> = recurrence.extra.iter().map(|(_, length)| *length).collect();
    assert_eq!(lengths, [Some(minutes(120)), Some(minutes(60))]);
    assert_eq!(recurrence.excluded.len(), 2);
    assert_eq!(problems, [ProblemCode::BadRule, ProblemCode::BadDate]);
}

/// A master with UID `u`, told apart by its title.
fn master(title: &str, hour: u8, more: &str) -> String {
    format!(
        "BEGIN:VEVENT\nUID:u\nSUMMARY:{title}\nDTSTART:20270101T{hour:02}0000Z\n{more}\n\
         END:VEVENT\n"
    )
}

fn titles(reading: &Reading) -> Vec<&str> {
    reading.events.iter().filter_map(|event| event.title()).collect()
}

#[test]
fn of_two_with_one_uid_the_newer_revision_stays() {
    let (old, new) =
        ("SEQUENCE:1\nDTSTAMP:20270101T000000Z", "SEQUENCE:2\nDTSTAMP:20260101T000000Z");
    let later = "SEQUENCE:1\nLAST-MODIFIED:20270102T000000Z\nDTSTAMP:20200101T000000Z";
    for (first, second, expected) in
        [(old, new, "b"), (new, old, "a"), (old, later, "b"), (later, old, "a"), (old, old, "b")]
    {
        let reading = reading(&(master("a", 9, first) + &master("b", 9, second)));
        assert_eq!(titles(&reading), [expected], "{first} {second}");
    }
}

#[test]
fn two_of_one_revision_at_different_times_are_two_events() {
    let reading = reading(&(master("a", 9, "SEQUENCE:0") + &master("b", 11, "SEQUENCE:0")));
    assert_eq!(titles(&reading), ["a", "b"]);
}

#[test]
fn events_without_uid_do_not_swallow_each_other() {
    let text = (master("a", 9, "") + &master("b", 9, "")).replace("UID:u\n", "");
    let reading = reading(&text);
    assert_eq!(titles(&reading), ["a", "b"]);
    assert_eq!(reading.events[0].uid, "");
}

#[test]
fn overrides_join_their_master_whatever_their_sequence() {
    let change = |title: &str, id: &str, sequence: u8| {
        master(title, 15, &format!("RECURRENCE-ID{id}\nSEQUENCE:{sequence}"))
    };
    let reading = reading(
        &(change("moved", ":20270108T090000Z", 7)
            + &master("weekly", 9, "RRULE:FREQ=WEEKLY")
            + &change("stale", ":20270108T090000Z", 6)
            + &change("all after", ";RANGE=THISANDFUTURE:20270115T090000Z", 0)
            + &change("lost", ":whenever", 0)),
    );
    assert_eq!(titles(&reading), ["weekly", "lost"]);
    let overrides = &reading.events[0].overrides;
    assert_eq!(overrides.len(), 2);
    assert_eq!(overrides[0].title.as_deref(), Some("moved"));
    assert!(overrides[1].recurrence_id.as_ref().unwrap().this_and_future);
    assert_eq!(reading.problems.len(), 1);
}

#[test]
fn free_busy_periods_are_events_that_repeat_nothing() {
    let reading = reading(
        "BEGIN:VFREEBUSY\nUID:f\nFREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20270101T090000Z/PT1H,oops\n\
         FREEBUSY:20270102T090000Z/20270102T100000Z\nEND:VFREEBUSY\n",
    );
    let event = &reading.events[0];
    assert!(event.is_free_busy && event.master.is_none());
    let owner = crate::Owner::nobody();
    let said: Vec<_> = event.overrides.iter().map(|part| part.blocking(&owner).as_str()).collect();
    assert_eq!(said, ["unavailable", "busy"]);
    assert_eq!(reading.problems[0].code, ProblemCode::BadDate);
}

#[test]
fn a_cancelled_calendar_cancels_its_events() {
    let reading = reading(&format!("METHOD:CANCEL\n{}", master("a", 9, "STATUS:CONFIRMED")));
    let blocking = reading.events[0].main().unwrap().blocking(&crate::Owner::nobody());
    assert_eq!(blocking, crate::Blocking::Cancelled);
}

#[test]
fn problems_have_stable_codes_and_say_nothing_private() {
    let codes: Vec<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "unknown_zone",
            "no_start",
            "bad_end",
            "bad_rule",
            "bad_date",
            "too_many",
            "damaged",
            "out_of_range"
        ]
    );
    let reading = reading(&master("Secret", 9, "RRULE:FREQ=Secret"));
    assert!(!reading.problems[0].to_string().contains("Secret"));
}
