//! One property changes, every other byte stays.

use jiff::civil::{date, datetime};
use proptest::prelude::*;

use super::*;
use crate::timezone;

const GOLDEN: &str = include_str!("../../../tests/fixtures/golden.ics");

/// The two texts with their longest common beginning and end taken away.
fn difference<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let same = before.lines().zip(after.lines()).take_while(|(a, b)| a == b);
    let head: usize = same.map(|(line, _)| line.len() + 2).sum();
    let (before, after) = (&before[head..], &after[head..]);
    let same = before.lines().rev().zip(after.lines().rev()).take_while(|(a, b)| a == b);
    let tail: usize = same.map(|(line, _)| line.len() + 2).sum();
    (&before[..before.len() - tail], &after[..after.len() - tail])
}

#[test]
fn setting_a_property_changes_its_line_and_nothing_else() {
    let berlin = timezone::named("Europe/Berlin").unwrap();
    let start = Moment::Zoned(datetime(2026, 9, 7, 10, 0, 0, 0), berlin);
    for (place, property, old, new) in [
        (
            Place::Master,
            Property::time("DTSTART", &start),
            "DTSTART;TZID=Europe/Berlin:20260907T091500\r\n",
            "DTSTART;TZID=Europe/Berlin:20260907T100000\r\n",
        ),
        (Place::Master, Property::raw("SEQUENCE", "3"), "SEQUENCE:2\r\n", "SEQUENCE:3\r\n"),
        (
            Place::Master,
            Property::text("SUMMARY", "Stand-up, moved"),
            "SUMMARY:Stand-up\\, short\r\n",
            "SUMMARY:Stand-up\\, moved\r\n",
        ),
        (
            Place::Override("20261207T091500"),
            Property::text("SUMMARY", "Later"),
            "SUMMARY:Stand-up\\, moved\r\n",
            "SUMMARY:Later\r\n",
        ),
        (
            Place::Nth(2),
            Property::time("DTEND", &Moment::Date(date(2026, 12, 28))),
            "DTEND;VALUE=DATE:20261227\r\n",
            "DTEND;VALUE=DATE:20261228\r\n",
        ),
    ] {
        let mut object = Object::read(GOLDEN).unwrap();
        assert!(object.set(place, &property));
        assert_eq!(difference(GOLDEN, object.as_str()), (old, new));
    }
}

#[test]
fn a_new_property_stands_behind_the_last_one_and_not_in_the_alarm() {
    let mut object = Object::read(GOLDEN).unwrap();
    assert!(
        object.set(Place::Master, &Property::text("X-DAYMARK-BOOKING", "b-1").with("X-A", "1;2"))
    );
    let new = "X-DAYMARK-BOOKING;X-A=\"1;2\":b-1\r\n";
    assert_eq!(difference(GOLDEN, object.as_str()), ("", new));
    let alarm_at = object.as_str().find("BEGIN:VALARM").unwrap();
    assert!(object.as_str()[..alarm_at].ends_with(new));
    assert!(object.remove(Place::Master, "x-daymark-booking"));
    assert_eq!(object.to_text(), GOLDEN);
}

#[test]
fn a_folded_property_goes_with_its_folds() {
    let mut object = Object::read(GOLDEN).unwrap();
    assert!(object.set(Place::Master, &Property::text("DESCRIPTION", "Short")));
    let (old, new) = difference(GOLDEN, object.as_str());
    assert!(old.starts_with("DESCRIPTION:Two lines") && old.ends_with("gesellschaft\r\n"), "{old}");
    assert_eq!(new, "DESCRIPTION:Short\r\n");
}

#[test]
fn the_line_ends_of_the_text_are_used() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\nEND:VCALENDAR";
    let mut object = Object::read(text).unwrap();
    assert!(object.set(Place::Master, &Property::text("SUMMARY", &"é".repeat(60))));
    assert!(!object.as_str().contains('\r'));
    assert!(object.as_str().lines().all(|line| line.len() <= LINE_OCTETS_MAX));
    assert_eq!(object.get(Place::Master, "SUMMARY"), Some("é".repeat(60)));
}

#[test]
fn an_event_that_is_not_there_cannot_be_changed() {
    let mut object = Object::read(GOLDEN).unwrap();
    for place in [Place::Nth(99), Place::Override("19700101T000000Z")] {
        assert!(!object.set(place, &Property::text("SUMMARY", "x")));
        assert!(!object.remove(place, "SUMMARY"));
        assert_eq!(object.get(place, "SUMMARY"), None);
    }
    assert_eq!(object.as_str(), GOLDEN);
}

#[test]
fn a_new_object_can_be_read_back() {
    let start = Moment::utc("2027-01-04T08:00:00Z".parse().unwrap());
    let object = Object::with_event(
        "-//Daymark//Calendar//EN",
        &[
            Property::raw("UID", "b-1@daymark.example"),
            Property::time("DTSTART", &start),
            Property::raw("DURATION", "PT30M"),
            Property::text("SUMMARY", "A line\nEND:VEVENT"),
        ],
    );
    let reading = crate::read(object.as_str()).unwrap();
    assert_eq!(reading.problems, []);
    let master = reading.events[0].master.as_ref().unwrap();
    assert_eq!(master.title.as_deref(), Some("A line\nEND:VEVENT"));
    assert_eq!(master.start, start);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_written_comes_back_and_injects_no_line(plain in "\\PC{0,90}[\r\n]?\\PC{0,90}") {
        let mut object = Object::read(GOLDEN).unwrap();
        let lines = object.as_str().matches("\r\n").count();
        object.set(Place::Nth(2), &Property::text("SUMMARY", &plain));
        let wanted = plain.replace('\r', "");
        let reading = crate::read(object.as_str()).unwrap();
        let title = reading.events[1].title().unwrap_or_default();
        prop_assert_eq!(title, wanted);
        let folds = object.as_str().matches("\r\n ").count() - GOLDEN.matches("\r\n ").count();
        prop_assert_eq!(object.as_str().matches("\r\n").count(), lines + folds);
    }
}
