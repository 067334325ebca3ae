//! Series and their changes, as lines of text: `start/end`, `!` for what is cancelled.

use super::*;
use crate::{Blocking, read};

fn horizon(from: &str, until: &str) -> Horizon {
    let day = |day: &str| format!("{day}T00:00:00Z").parse::<Timestamp>().unwrap();
    Horizon::new(day(from), day(until)).unwrap()
}

/// The occurrences of all events of a calendar with these VEVENTs.
fn found(events: &[&str], from: &str, until: &str) -> Vec<String> {
    let events = events.iter().map(|lines| format!("BEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\n"));
    let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.collect::<String>());
    let reading = read(&text).unwrap();
    assert_eq!(reading.problems, []);
    let mut found = Vec::new();
    for event in &reading.events {
        let expansion = expand(event, horizon(from, until), &TimeZone::UTC);
        assert_eq!(expansion.problems, []);
        found.extend(expansion.occurrences.iter().map(line));
    }
    found
}

fn lines(events: &[&str], from: &str, until: &str) -> String {
    found(events, from, until).join("\n")
}

fn line(occurrence: &Occurrence<'_>) -> String {
    let is_off = occurrence.blocking(&Owner::nobody()) == Blocking::Cancelled;
    let short = |moment: &Moment| moment.to_string().replace(":00Z", "").replace(":00:00", "");
    let (start, end) = (short(&occurrence.start_moment), short(&occurrence.end_moment));
    format!("{}{start}/{end}", if is_off { "!" } else { "" })
}

const DAILY: &str = "DTSTART;TZID=Europe/Berlin:20270322T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY";

#[test]
fn a_series_keeps_its_hour_when_the_clocks_change() {
    insta::assert_snapshot!(lines(&[DAILY], "2027-03-27", "2027-03-30"), @r"
    2027-03-27T08:00/2027-03-27T09:00
    2027-03-28T07:00/2027-03-28T08:00
    2027-03-29T07:00/2027-03-29T08:00
    ");
}

#[test]
fn exact_lengths_stay_exact_and_days_follow_the_calendar() {
    let night = "DTSTART;TZID=Europe/Berlin:20270327T220000\n";
    let ended = format!("{night}DTEND;TZID=Europe/Berlin:20270328T060000\nRRULE:FREQ=DAILY");
    insta::assert_snapshot!(lines(&[&ended], "2027-03-27", "2027-03-29"), @r"
    2027-03-27T21:00/2027-03-28T04:00
    2027-03-28T20:00/2027-03-29T03:00
    ");
    let day = format!("{night}DURATION:P1D\nRRULE:FREQ=DAILY");
    insta::assert_snapshot!(lines(&[&day], "2027-03-27", "2027-03-28"), @r"
    2027-03-27T21:00/2027-03-28T20:00
    ");
}

#[test]
fn exclusions_match_by_instant_by_day_and_by_wall_clock() {
    for excluded in [
        "EXDATE;TZID=Europe/Berlin:20270324T090000",
        "EXDATE:20270324T080000Z",
        "EXDATE;TZID=America/New_York:20270324T040000",
        "EXDATE;VALUE=DATE:20270324",
        "EXDATE:20270324T090000",
        "EXRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=24",
    ] {
        let series = format!("{DAILY};COUNT=4\n{excluded}");
        let starts = found(&[&series], "2027-03-01", "2027-04-01");
        assert_eq!(starts.len(), 3, "{excluded}: {starts:?}");
        assert!(starts.iter().all(|start| !start.starts_with("2027-03-24")), "{excluded}");
    }
}

#[test]
fn extra_dates_join_once_and_with_their_own_length() {
    let series = format!(
        "{DAILY};COUNT=2\nRDATE:20270322T080000Z,20270401T120000Z\n\
         RDATE;VALUE=PERIOD:20270323T080000Z/PT3H,20270402T080000Z/PT2H"
    );
    insta::assert_snapshot!(lines(&[&series], "2027-03-01", "2027-05-01"), @r"
    2027-03-22T08:00/2027-03-22T09:00
    2027-03-23T08:00/2027-03-23T11:00
    2027-04-01T12:00/2027-04-01T13:00
    2027-04-02T08:00/2027-04-02T10:00
    ");
}

#[test]
fn a_start_outside_its_rule_is_the_first_occurrence_all_the_same() {
    let series = "DTSTART:20270105T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2";
    insta::assert_snapshot!(lines(&[series], "2027-01-01", "2027-03-01"), @r"
    2027-01-05T09:00/2027-01-05T09:00
    2027-01-11T09:00/2027-01-11T09:00
    2027-01-18T09:00/2027-01-18T09:00
    ");
}

fn change(id: &str, start: &str, more: &str) -> String {
    format!(
        "RECURRENCE-ID{id}\nDTSTART;TZID=Europe/Berlin:{start}\nDURATION:PT30M\nSEQUENCE:9\n{more}"
    )
}

#[test]
fn museum_23_a_moved_instance_is_there_once_where_it_was_moved() {
    for id in [
        ";TZID=Europe/Berlin:20270324T090000",
        ":20270324T080000Z",
        ";VALUE=DATE:20270324",
        ":20270324T090000",
    ] {
        let across_midnight = change(id, "20270325T003000", "");
        insta::allow_duplicates! {
            let found = lines(&[DAILY, &across_midnight], "2027-03-23", "2027-03-26");
            insta::assert_snapshot!(found, @r"
            2027-03-23T08:00/2027-03-23T09:00
            2027-03-24T23:30/2027-03-25T00:00
            2027-03-25T08:00/2027-03-25T09:00
            ");
        }
    }
    let over_the_clock_change =
        change(";TZID=Europe/Berlin:20270327T090000", "20270328T093000", "");
    insta::assert_snapshot!(lines(&[DAILY, &over_the_clock_change], "2027-03-27", "2027-03-29"), @r"
    2027-03-28T07:00/2027-03-28T08:00
    2027-03-28T07:30/2027-03-28T08:00
    ");
}

#[test]
fn museum_23_an_instance_moved_far_away_is_found_there_and_gone_here() {
    let far = change(";TZID=Europe/Berlin:20270324T090000", "20290601T090000", "");
    assert_eq!(found(&[DAILY, &far], "2027-03-24", "2027-03-25"), Vec::<String>::new());
    let there = found(&[&format!("{DAILY};COUNT=5"), &far], "2029-01-01", "2030-01-01");
    assert_eq!(there, ["2029-06-01T07:00/2029-06-01T07:30"]);
}

#[test]
fn museum_23_a_cancelled_instance_says_so() {
    let off = change(":20270324T080000Z", "20270324T090000", "STATUS:CANCELLED");
    insta::assert_snapshot!(lines(&[DAILY, &off], "2027-03-24", "2027-03-26"), @r"
    !2027-03-24T08:00/2027-03-24T08:30
    2027-03-25T08:00/2027-03-25T09:00
    ");
}

#[test]
fn museum_23_this_and_all_that_follow_move_together() {
    let later = change(";RANGE=THISANDFUTURE:20270325T080000Z", "20270325T140000", "");
    let single = change(":20270327T080000Z", "20270327T200000", "");
    let again = change(";RANGE=THISANDFUTURE:20270328T070000Z", "20270329T070000", "");
    let found = lines(&[DAILY, &later, &single, &again], "2027-03-24", "2027-03-31");
    insta::assert_snapshot!(found, @r"
    2027-03-24T08:00/2027-03-24T09:00
    2027-03-25T13:00/2027-03-25T13:30
    2027-03-26T13:00/2027-03-26T13:30
    2027-03-27T19:00/2027-03-27T19:30
    2027-03-29T05:00/2027-03-29T05:30
    2027-03-30T05:00/2027-03-30T05:30
    ");
}

#[test]
fn changed_instances_without_their_series_stand_alone() {
    let change = change(":20270324T080000Z", "20270324T100000", "");
    assert_eq!(
        found(&[&change], "2027-01-01", "2028-01-01"),
        ["2027-03-24T09:00/2027-03-24T09:30"]
    );
}

#[test]
fn a_change_whose_place_a_newer_master_gave_up_is_gone() {
    let change =
        "RECURRENCE-ID:20270324T080000Z\nDTSTART:20270324T120000Z\nDURATION:PT1H\nSEQUENCE:1";
    let starts = |master: &str| found(&[master, change], "2027-03-24", "2027-03-25").len();
    assert_eq!(starts(&format!("{DAILY}\nSEQUENCE:2")), 1);
    assert_eq!(starts(&format!("{DAILY}\nEXDATE:20270324T080000Z\nSEQUENCE:2")), 0);
    assert_eq!(starts(&format!("{DAILY};UNTIL=20270323T235959Z\nSEQUENCE:2")), 0);
    assert_eq!(starts(&format!("{DAILY}\nEXDATE:20270324T080000Z\nSEQUENCE:1")), 1);
}

/// One event with these lines, over 400 days from 2026-11-22.
fn expansion_of(lines: &str) -> (usize, Vec<ProblemCode>, Vec<ProblemCode>) {
    limited(lines, Limits::default())
}

fn limited(lines: &str, limits: Limits) -> (usize, Vec<ProblemCode>, Vec<ProblemCode>) {
    let text =
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
    let reading = read(&text).unwrap();
    let expansion = expand(
        &reading.events[0],
        horizon("2026-11-22", "2027-12-27").with_limits(limits),
        &TimeZone::UTC,
    );
    let codes = |problems: &[Problem]| problems.iter().map(|problem| problem.code).collect();
    (expansion.occurrences.len(), codes(&reading.problems), codes(&expansion.problems))
}

#[test]
fn bombs_hit_the_limit_and_block_up_to_it() {
    let limit = Limits::default().occurrences_max;
    for rule in ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=SECONDLY;INTERVAL=2"] {
        let (found, _, problems) =
            expansion_of(&format!("DTSTART:20200101T000000Z\nDURATION:PT1S\nRRULE:{rule}"));
        assert_eq!((found, problems), (limit, vec![ProblemCode::TooMany]), "{rule}");
    }
    let far = "DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY;COUNT=999999999";
    assert_eq!(expansion_of(far), (0, vec![], vec![ProblemCode::TooMany]));
    let hourly = "DTSTART:20200101T000000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY";
    assert_eq!(expansion_of(hourly), (9_600, vec![], vec![]));
}

#[test]
fn a_broken_rule_blocks_with_its_first_occurrence_and_its_dates() {
    let lines =
        "DTSTART:20270101T090000Z\nDURATION:PT1H\nRRULE:FREQ=NOW AND THEN\nRDATE:20270105T090000Z";
    assert_eq!(expansion_of(lines), (2, vec![ProblemCode::BadRule], vec![]));
}

#[test]
fn dates_at_the_ends_of_time_neither_hang_nor_panic() {
    let starts = [
        "DTSTART:00000101T000000Z",
        "DTSTART;VALUE=DATE:00000101",
        "DTSTART:99991231T235959Z",
        "DTSTART;VALUE=DATE:99991231",
        "DTSTART;TZID=Pacific/Kiritimati:99991231T235959",
        "DTSTART;TZID=Pacific/Pago_Pago:00000101T000000",
        "DTSTART:20270101T090000Z",
    ];
    let ends = [
        "DURATION:P99999999999W",
        "DTEND:00000101T000000Z",
        "DTEND:99991231T235959Z",
        "DTEND;VALUE=DATE:99991231",
        "DURATION:-PT9999999999999H",
        "DURATION:PT9223372036854775807S",
    ];
    let repeats = [
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=YEARLY;INTERVAL=4294967295",
        "RRULE:FREQ=WEEKLY;UNTIL=00000101",
        "RRULE:FREQ=MONTHLY;UNTIL=99991231T235959Z",
        "RRULE:FREQ=SECONDLY;COUNT=4294967295",
        "RDATE;VALUE=PERIOD:99991231T000000Z/P9999999W",
        "EXDATE:00000101T000000Z",
        "RRULE:FREQ=YEARLY;BYMONTHDAY=-1;BYSETPOS=-1",
    ];
    for start in starts {
        for end in ends {
            for repeat in repeats {
                limited(
                    &format!("{start}\n{end}\n{repeat}"),
                    Limits { occurrences_max: 50, steps_max: 500 },
                );
            }
        }
    }
}

#[test]
fn the_horizon_takes_what_overlaps_it_and_nothing_that_only_touches() {
    let of = |start: &str, more: &str| {
        found(&[&format!("DTSTART:{start}\n{more}")], "2027-01-02", "2027-01-03").len()
    };
    for (start, more, expected) in [
        ("20270101T230000Z", "DURATION:PT1H", 0),
        ("20270101T230000Z", "DURATION:PT61M", 1),
        ("20270102T235900Z", "DURATION:PT1H", 1),
        ("20270103T000000Z", "DURATION:PT1H", 0),
        ("20270102T000000Z", "X-NO:LENGTH", 1),
        ("20270103T000000Z", "X-NO:LENGTH", 0),
        ("20260101T000000Z", "DURATION:P2000D", 1),
    ] {
        assert_eq!(of(start, more), expected, "{start} {more}");
    }
}

#[test]
fn a_series_of_ten_thousand_changes_is_read_once_over() {
    use std::fmt::Write as _;
    let mut text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nSEQUENCE:9\n{DAILY}\nEXDATE:");
    for day in 0..10_000 {
        write!(text, "{},", jiff::civil::date(2001, 1, 1) + jiff::Span::new().days(day)).unwrap();
    }
    text.push_str("20270324\nEND:VEVENT\n");
    for n in 0..10_000 {
        let day = jiff::civil::date(2030, 1, 1) + jiff::Span::new().days(n);
        let day = day.strftime("%Y%m%d");
        write!(
            text,
            "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:{day}T080000Z\nDTSTART:{day}T100000Z\nEND:VEVENT\n"
        )
        .unwrap();
    }
    text.push_str("END:VCALENDAR\n");
    let reading = read(&text).unwrap();
    assert_eq!(reading.events[0].overrides.len(), 10_000);
    let found = expand(&reading.events[0], horizon("2030-01-01", "2031-01-01"), &TimeZone::UTC);
    // In summer 08:00Z is 10:00 in Berlin and no member of the series: the change stands beside it.
    assert_eq!(found.occurrences.len(), 365 + 210);
}

#[test]
fn what_lies_beyond_the_horizon_is_said_to_go_on() {
    let goes_on = |lines: &str| {
        let text =
            format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
        let reading = read(&text).unwrap();
        expand(&reading.events[0], horizon("2026-11-01", "2026-12-01"), &TimeZone::UTC).goes_on
    };
    assert!(!goes_on("DTSTART:20261105T090000Z"));
    assert!(goes_on("DTSTART:20261205T090000Z"));
    assert!(goes_on("DTSTART:20261105T090000Z\nRRULE:FREQ=WEEKLY"));
    let ended = "DTSTART:20261105T090000Z\nRRULE:FREQ=WEEKLY;UNTIL=20261120T000000Z";
    assert!(!goes_on(ended));
    assert!(goes_on("DTSTART:20261105T090000Z\nRDATE:20270105T090000Z"));
    let all_moved = "RECURRENCE-ID;RANGE=THISANDFUTURE:20261112T090000Z\nDTSTART:20261113T090000Z";
    assert!(goes_on(&format!("{ended}\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\n{all_moved}")));
}

#[test]
fn occurrences_know_their_place_in_the_series() {
    let text =
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{DAILY}\nEND:VEVENT\nEND:VCALENDAR\n");
    let reading = read(&text).unwrap();
    let expansion = expand(&reading.events[0], horizon("2027-03-24", "2027-03-25"), &TimeZone::UTC);
    let place = expansion.occurrences[0].recurrence_id.as_ref().unwrap();
    assert_eq!(place.to_string(), "2027-03-24T08:00:00Z");
    assert!(reading.events[0].repeats());
    assert_eq!(expansion.occurrences[0].interval().unwrap().length().as_mins(), 60);
}
