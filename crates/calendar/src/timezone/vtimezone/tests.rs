//! Definitions, held against the zones that they describe.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::ical::read::tree;
use crate::timezone::named;

fn defined(observances: &str) -> Option<TimeZone> {
    let text = format!(
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:own\n{observances}END:VTIMEZONE\nEND:VCALENDAR\n"
    );
    zone(&tree(&text).unwrap().calendars()[0].blocks[0])
}

fn observance(kind: &str, start: &str, offsets: (&str, &str), more: &str) -> String {
    let (from, to) = offsets;
    format!(
        "BEGIN:{kind}\nDTSTART:{start}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\n{more}END:{kind}\n"
    )
}

/// The first instant, in steps of three hours, at which the two clocks differ.
fn first_difference(a: &TimeZone, b: &TimeZone, years: std::ops::Range<i16>) -> Option<Timestamp> {
    let at = |year| date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let (mut now, end) = (at(years.start), at(years.end));
    while now < end {
        if a.to_offset(now) != b.to_offset(now) {
            return Some(now);
        }
        now += SignedDuration::from_hours(3);
    }
    None
}

#[test]
fn a_rule_from_1601_is_the_zone_it_describes_until_2100() {
    let winter = observance(
        "STANDARD",
        "16010101T030000",
        ("+0200", "+0100"),
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\n",
    );
    let summer = observance(
        "DAYLIGHT",
        "16010101T020000",
        ("+0100", "+0200"),
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n",
    );
    let own = defined(&(winter + &summer)).unwrap();
    assert_eq!(first_difference(&own, &named("Europe/Berlin").unwrap(), 2000..2100), None);
}

#[test]
fn rules_that_end_and_single_dates_are_followed() {
    let usa = observance(
        "DAYLIGHT",
        "19870405T020000",
        ("-0500", "-0400"),
        "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z\n",
    ) + &observance(
        "STANDARD",
        "19671029T020000",
        ("-0400", "-0500"),
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z\n",
    ) + &observance(
        "DAYLIGHT",
        "20070311T020000",
        ("-0500", "-0400"),
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\n",
    ) + &observance(
        "STANDARD",
        "20071104T020000",
        ("-0400", "-0500"),
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\n",
    );
    let own = defined(&usa).unwrap();
    assert_eq!(first_difference(&own, &named("America/New_York").unwrap(), 1990..2040), None);
    let single =
        observance("STANDARD", "20200101T000000", ("+0000", "+0530"), "RDATE:20250101T000000\n");
    let own = defined(&single).unwrap();
    assert_eq!(first_difference(&own, &named("Asia/Kolkata").unwrap(), 2021..2030), None);
}

#[test]
fn a_definition_that_defines_nothing_is_none() {
    for broken in [
        String::new(),
        observance("STANDARD", "soon", ("+0000", "+0100"), ""),
        observance("STANDARD", "20200101T000000", ("+0000", "late"), ""),
        observance("STANDARD", "20200101T000000", ("+0000", "+0100"), "RRULE:FREQ=SOMETIMES\n"),
        "BEGIN:STANDARD\nEND:STANDARD\n".to_owned(),
    ] {
        assert!(defined(&broken).is_none(), "{broken}");
    }
}

#[test]
fn a_definition_made_to_hurt_stays_small() {
    let bomb =
        observance("STANDARD", "19700101T000000", ("+0000", "+0100"), "RRULE:FREQ=SECONDLY\n");
    assert!(defined(&bomb).is_none());
    let mut many = String::new();
    for n in 0..400 {
        many += &observance(
            "STANDARD",
            "19700101T000000",
            ("+0000", &format!("+{:04}", n % 60)),
            "RRULE:FREQ=DAILY\n",
        );
    }
    assert!(defined(&many).is_none());
}
