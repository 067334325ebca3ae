//! Names of zones as the world writes them.

use jiff::Timestamp;

use super::*;
use crate::ical::read::tree;

fn iana_name(name: &str) -> String {
    let zone = named(name).unwrap_or_else(|| panic!("{name} is not known"));
    zone.iana_name().unwrap().to_owned()
}

#[test]
fn names_are_found_however_they_are_written() {
    for (name, expected) in [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" \"Europe/Berlin\" ", "Europe/Berlin"),
        ("Europe/Kiev", "Europe/Kiev"),
        ("US/Eastern", "US/Eastern"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard time", "Europe/Berlin"),
        ("W. Europe Standard Time 1", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam, …", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam, Berlin…", "Europe/Berlin"),
        ("(GMT+01.00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna", "Europe/Berlin"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("(UTC-07:00) La Paz, Mazatlan", "America/Mazatlan"),
        ("(UTC-04:00) La Paz", "America/La_Paz"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        (
            "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires",
            "America/Argentina/Buenos_Aires",
        ),
        ("/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
        ("/citadel.org/20190914_1/America/New_York", "America/New_York"),
        ("utc", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("(UTC) Coordinated Universal Time", "Etc/UTC"),
    ] {
        assert_eq!(iana_name(name), expected, "{name}");
    }
}

#[test]
fn what_is_no_name_is_not_guessed() {
    for name in [
        "",
        " ",
        "\"\"",
        "/",
        "()",
        "(UTC+01:00)",
        "La Paz",
        "Atlantis/Harbour",
        "Etc/Unknown",
        "Factory",
        "Customized Time Zone",
        "tzone://Microsoft/Custom",
        "1",
        "Standard Time 1",
        "Local",
        "é (",
    ] {
        assert!(named(name).is_none(), "{name}");
    }
}

/// Every name of CLDR's windowsZones, with the zone of territory 001 as Microsoft's pages list it.
const WINDOWS: &str = include_str!("../../tests/fixtures/windows-zones.txt");

/// Where the list is older than the world: CLDR 45 and 46 moved these two.
const MOVED: [(&str, &str); 2] = [
    ("Mountain Standard Time (Mexico)", "America/Mazatlan"),
    ("Central Asia Standard Time", "Asia/Bishkek"),
];

#[test]
fn museum_14_every_windows_name_is_the_zone_that_microsoft_means() {
    let mut met = 0;
    for line in WINDOWS.lines() {
        let (windows, listed) = line.split_once(" = ").unwrap();
        let moved = MOVED.iter().find(|(name, _)| *name == windows);
        let expected = iana(moved.map_or(listed, |(_, zone)| zone)).unwrap();
        for spelling in [windows.to_owned(), format!("{windows} 2"), windows.to_uppercase()] {
            let zone = named(&spelling).unwrap_or_else(|| panic!("{spelling} is not known"));
            for month in 1..=24 {
                let at = Timestamp::from_second(1_798_761_600 + month * 2_629_746).unwrap();
                assert_eq!(zone.to_offset(at), expected.to_offset(at), "{spelling} at {at}");
            }
        }
        met += 1;
    }
    assert_eq!(met, 139);
    for zone in WindowsTimezone::iter() {
        let shown = named(zone.description()).unwrap_or_else(|| panic!("{}", zone.description()));
        assert_eq!(shown.iana_name(), windows(zone.name()).unwrap().iana_name());
    }
}

const DEFINITION: &str = "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0500\n\
    TZOFFSETTO:+0500\nEND:STANDARD\n";

/// The offset of a TZID in hours, in a calendar with this definition.
fn offset_hours(tzid: &str, definition: &str) -> Option<i32> {
    let text =
        format!("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\n{definition}END:VTIMEZONE\nEND:VCALENDAR\n");
    let whole = tree(&text).unwrap();
    let zones = Zones::of(&whole.calendars()[0]);
    let zone = zones.get(tzid)?;
    assert_eq!(zones.get(tzid), Some(zone.clone()), "the second answer is the first");
    Some(zone.to_offset(Timestamp::UNIX_EPOCH).seconds() / 3600)
}

#[test]
fn a_known_name_wins_then_the_place_it_names_then_the_definition_then_the_offset() {
    let named_berlin = format!("TZID:Europe/Berlin\n{DEFINITION}");
    assert_eq!(offset_hours("Europe/Berlin", &named_berlin), Some(1));
    let located = format!("TZID:Mine\nX-LIC-LOCATION:Asia/Tokyo\n{DEFINITION}");
    assert_eq!(offset_hours("Mine", &located), Some(9));
    let own = format!("TZID:Customized Time Zone\n{DEFINITION}");
    assert_eq!(offset_hours("Customized Time Zone", &own), Some(5));
    let offset_named = format!("TZID:GMT+0200\n{DEFINITION}");
    assert_eq!(offset_hours("GMT+0200", &offset_named), Some(5));
    assert_eq!(offset_hours("Nowhere", &own), None);
}

#[test]
fn plain_offsets_mean_what_people_mean() {
    for (tzid, expected) in [
        ("GMT+0200", Some(2)),
        ("UTC-3", Some(-3)),
        ("UTC+05:30", Some(5)),
        ("+0900", Some(9)),
        ("Etc/GMT+2", Some(-2)),
        ("GMT+99", None),
        ("UTC+", None),
        ("GMT+02001", None),
        ("UTC+é", None),
    ] {
        assert_eq!(offset_hours(tzid, "TZID:other\n"), expected, "{tzid}");
    }
}

#[test]
fn the_zone_data_is_current() {
    // British Columbia stopped changing its clocks in 2026 (tzdb 2026a and later).
    let vancouver = named("America/Vancouver").unwrap();
    let winter: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    assert_eq!(vancouver.to_offset(winter).seconds(), -7 * 3600);
}
