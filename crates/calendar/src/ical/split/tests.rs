//! Feeds, taken apart.

use super::*;

const GOLDEN: &str = include_str!("../../../tests/fixtures/golden.ics");

fn keys(feed: &Feed) -> Vec<&str> {
    feed.parts.iter().map(|part| part.key.as_str()).collect()
}

#[test]
fn a_feed_becomes_one_object_per_uid_with_the_zones_it_names() {
    let feed = split(GOLDEN).unwrap();
    let expected = ["standup", "holiday", "outlook", "instant", "floating", "free-busy"];
    assert_eq!(keys(&feed), expected);
    assert_eq!(feed.name.as_deref(), Some("Golden hours"));
    assert_eq!(feed.time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(feed.refresh_every, Some(SignedDuration::from_hours(2)));
    assert!(feed.is_complete);
    assert!(feed.parts[2].text.contains("TZID:Customized Time Zone"));
    assert!(!feed.parts[1].text.contains("BEGIN:VTIMEZONE"));
    for part in &feed.parts {
        let reading = crate::read(&part.text).unwrap();
        assert_eq!(reading.events[0].uid, part.key);
        assert_eq!(reading.problems, []);
        assert!(GOLDEN.contains(part.text.lines().nth(6).unwrap()));
    }
}

#[test]
fn events_without_uid_get_a_key_that_stays() {
    let text = |stamp: &str| {
        let event = |summary: &str| {
            format!(
                "BEGIN:VEVENT\nDTSTAMP:{stamp}\nDTSTART:20270101T090000Z\nSUMMARY:{summary}\n\
                 END:VEVENT\n"
            )
        };
        format!("BEGIN:VCALENDAR\n{}{}END:VCALENDAR\n", event("One"), event("Two"))
    };
    let (today, tomorrow) = (split(&text("20270101T000000Z")), split(&text("20270102T000000Z")));
    let (today, tomorrow) = (today.unwrap(), tomorrow.unwrap());
    assert_eq!(today.parts.len(), 2);
    assert_eq!(keys(&today), keys(&tomorrow));
    assert_ne!(today.parts[0].key, today.parts[1].key);
    assert_eq!(today.parts[0].content, tomorrow.parts[0].content);
}

#[test]
fn a_new_uid_for_the_same_thing_keeps_the_fingerprint() {
    let of = |uid: &str| split(&GOLDEN.replace("UID:holiday", uid)).unwrap().parts.remove(1);
    let (before, after) = (of("UID:x1"), of("UID:x2"));
    assert_ne!(before.key, after.key);
    assert_eq!(before.fingerprint, after.fingerprint);
}

#[test]
fn the_hash_sees_changes_and_not_stamps_folds_or_line_ends() {
    let same = GOLDEN
        .replace("\r\n", "\n")
        .replace("DTSTAMP:20261101T120000Z", "DTSTAMP:20261102T130000Z")
        .replace("SEQUENCE:2", "SEQUENCE:7")
        .replace("Donaudampfschiff\n fahrts", "Donaudampfschifffahrts")
        .replace("X-WR-CALNAME:Golden hours", "X-WR-CALNAME:Silver hours");
    assert_eq!(content_hash(GOLDEN), content_hash(&same));
    let changed = GOLDEN.replace("SUMMARY:Closed", "SUMMARY:Open");
    assert_ne!(content_hash(GOLDEN), content_hash(&changed));
}

#[test]
fn broken_pieces_stay_pieces_and_a_cut_feed_says_so() {
    let text = GOLDEN.replacen(
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:outlook",
        "BEGIN:VEVENT\r\nUID:outlook",
        1,
    );
    let feed = split(&text).unwrap();
    assert_eq!(keys(&feed), keys(&split(GOLDEN).unwrap()));
    assert!(!crate::read(&feed.parts[1].text).unwrap().problems.is_empty());
    let cut = split(&GOLDEN[..GOLDEN.len() - 200]).unwrap();
    assert!(!cut.is_complete);
    assert_eq!(cut.parts.len(), 5);
}

#[test]
fn hints_that_make_no_sense_are_no_hints() {
    let text = GOLDEN.replace("PT2H", "-PT2H").replace("Europe/Berlin", "Atlantis/Harbour");
    let feed = split(&text).unwrap();
    assert_eq!((feed.refresh_every, feed.time_zone), (None, None));
}
