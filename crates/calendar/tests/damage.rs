//! No text, however damaged, makes the crate panic, hang or lose a byte.

#![cfg(test)]

use calendar::ical::{Object, Place, Property, content_hash, decode, split};
use calendar::{Horizon, Limits, expand, read};
use jiff::tz::TimeZone;
use proptest::prelude::*;

const GOLDEN: &str = include_str!("fixtures/golden.ics");

/// What damage is made of: pieces of calendars, out of place.
const PIECES: [&str; 24] = [
    "BEGIN:VEVENT\r\n",
    "END:VEVENT\r\n",
    "BEGIN:VCALENDAR\n",
    "END:VCALENDAR",
    "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\n",
    "BEGIN:X\n",
    "END:X\n",
    "\r\n ",
    "\r",
    "\n\n\t",
    ":",
    ";",
    "\"",
    "\\",
    "^",
    "é\u{301}🎉",
    "\0",
    "\u{feff}",
    "RRULE:FREQ=SECONDLY;BYSETPOS=-366\r\n",
    "RRULE:FREQ=YEARLY;INTERVAL=4294967295;COUNT=4294967295\r\n",
    "DTSTART:99991231T235959\r\n",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:00000101\r\n",
    "DURATION:P9223372036854775807W\r\n",
    "TZOFFSETTO:-2359\r\n",
];

fn damaged() -> impl Strategy<Value = String> {
    let cut = (any::<prop::sample::Index>(), 0..40_usize, prop::sample::select(&PIECES));
    prop::collection::vec(cut, 1..6).prop_map(|cuts| {
        let mut bytes = GOLDEN.as_bytes().to_vec();
        for (at, length, piece) in cuts {
            let start = at.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, piece.bytes());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damaged_text_is_read_as_far_as_it_goes(text in damaged()) {
        let limits = Limits { occurrences_max: 100, steps_max: 2_000 };
        let from = "2026-11-22T00:00:00Z".parse().unwrap();
        let until = "2027-12-27T00:00:00Z".parse().unwrap();
        let horizon = Horizon::new(from, until).unwrap().with_limits(limits);
        if let Ok(reading) = read(&text) {
            for event in &reading.events {
                let expansion = expand(event, horizon, &TimeZone::UTC);
                prop_assert!(expansion.occurrences.len() <= limits.occurrences_max);
                for occurrence in &expansion.occurrences {
                    prop_assert!(occurrence.start <= occurrence.end);
                    prop_assert!(horizon.meets(occurrence.start, occurrence.end));
                }
            }
        }
        content_hash(&text);
        if let Ok(feed) = split(&text) {
            for part in feed.parts {
                prop_assert!(!part.key.is_empty());
                prop_assert!(read(&part.text).is_ok());
            }
        }
    }

    #[test]
    fn damaged_text_is_kept_but_for_what_is_set(text in damaged()) {
        let Ok(mut object) = Object::read(&text) else { return Ok(()) };
        prop_assert_eq!(object.as_str(), &text);
        let property = Property::raw("X-DAYMARK-MARK", "1");
        if object.set(Place::Master, &property) {
            prop_assert_eq!(object.get(Place::Master, "X-DAYMARK-MARK"), Some("1".to_owned()));
            prop_assert!(object.remove(Place::Master, "X-DAYMARK-MARK"));
            prop_assert_eq!(object.as_str(), &text);
        }
    }

    #[test]
    fn any_bytes_are_text_in_the_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = decode(&bytes);
        prop_assert!(!text.contains('\0'));
        let _ = (read(&text), split(&text));
    }
}
