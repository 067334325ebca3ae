//! The text of a feed, with its habits applied.

use std::fmt::Write;

use jiff::Timestamp;

use super::{Feed, Switches};
use crate::ical::write::utc;

/// Windows names of the zones that seeded worlds and tests use.
const WINDOWS: [(&str, &str); 6] = [
    ("Europe/Berlin", "W. Europe Standard Time"),
    ("Europe/London", "GMT Standard Time"),
    ("Europe/Paris", "Romance Standard Time"),
    ("America/New_York", "Eastern Standard Time"),
    ("America/Los_Angeles", "Pacific Standard Time"),
    ("Asia/Tokyo", "Tokyo Standard Time"),
];

/// A calendar in three pieces.
struct Pieces {
    head: Vec<String>,
    events: Vec<Vec<String>>,
}

fn take_apart(text: &str) -> Pieces {
    let mut pieces = Pieces { head: Vec::new(), events: Vec::new() };
    let mut inside = false;
    for line in text.lines() {
        if line == "BEGIN:VEVENT" {
            inside = true;
            pieces.events.push(Vec::new());
        }
        match pieces.events.last_mut() {
            Some(event) if inside => event.push(line.to_owned()),
            _ if line == "END:VCALENDAR" => {}
            _ => pieces.head.push(line.to_owned()),
        }
        inside &= line != "END:VEVENT";
    }
    pieces
}

/// The bytes that this request gets.
pub(super) fn render(feed: &Feed, now: Timestamp) -> String {
    let switches = &feed.switches;
    let mut pieces = take_apart(&feed.text);
    if switches.empty {
        pieces.events.clear();
    }
    add_events(&mut pieces.events, switches, feed.changed_at);
    if switches.windows_zones || switches.floating {
        drop_definitions(&mut pieces.head);
    }
    for line in pieces.events.iter_mut().flatten() {
        *line = habit(std::mem::take(line), switches, feed.asked, now);
    }
    let end = if switches.lf_only { "\n" } else { "\r\n" };
    let mut text = String::with_capacity(feed.text.len() + 1024);
    if switches.byte_order_mark {
        text.push('\u{feff}');
    }
    let last = "END:VCALENDAR".to_owned();
    for line in pieces.head.iter().chain(pieces.events.iter().flatten()).chain([&last]) {
        text.push_str(line);
        text.push_str(end);
    }
    text
}

fn add_events(events: &mut Vec<Vec<String>>, switches: &Switches, at: Timestamp) {
    if switches.duplicate_uids
        && let Some(first) = events.first().cloned()
    {
        let again = |line: String| match line.strip_prefix("SUMMARY:") {
            Some(title) => format!("SUMMARY:{title} (again)"),
            None => line,
        };
        events.push(first.into_iter().map(again).collect());
    }
    let mut add = |text: &str| events.push(text.lines().map(str::to_owned).collect());
    if switches.orphan_override {
        add(&format!(
            "BEGIN:VEVENT\nUID:orphan@feeds.example\nDTSTAMP:{0}\nRECURRENCE-ID:{0}\n\
             DTSTART:{0}\nDURATION:PT1H\nSUMMARY:One of a series\nEND:VEVENT",
            utc(at)
        ));
    }
    if switches.bad_event {
        add("BEGIN:VEVENT\nUID:bad@feeds.example\nDTSTART:tomorrow-ish\nDTEND:later\n\
             SUMMARY:Nobody understands this\nEND:VEVENT");
    }
    for n in 0..switches.extra_events {
        add(&extra(n, at));
    }
}

/// One of many more events, each an hour after the other.
pub(super) fn extra(n: u32, from: Timestamp) -> String {
    let hour = |n: u32| utc(from + jiff::SignedDuration::from_hours(i64::from(n % 9_000)));
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "BEGIN:VEVENT\r\nUID:extra-{n}@feeds.example\r\nDTSTAMP:{}\r\nDTSTART:{}\r\n\
         DTEND:{}\r\nSUMMARY:Extra {n}\r\nEND:VEVENT\r\n",
        utc(from),
        hour(n),
        hour(n + 1)
    );
    text
}

fn drop_definitions(head: &mut Vec<String>) {
    let mut inside = false;
    head.retain(|line| {
        inside |= line == "BEGIN:VTIMEZONE";
        let keep = !inside;
        inside &= line != "END:VTIMEZONE";
        keep
    });
}

fn habit(line: String, switches: &Switches, asked: u64, now: Timestamp) -> String {
    let timed = line.starts_with("DT") || line.starts_with("EX") || line.starts_with("REC");
    if switches.stamps_now && line.starts_with("DTSTAMP:") {
        return format!("DTSTAMP:{}", utc(now));
    }
    if switches.unstable_uids
        && let Some(uid) = line.strip_prefix("UID:")
    {
        return format!("UID:{asked}-{uid}");
    }
    if timed && switches.windows_zones {
        let renamed = WINDOWS.iter().find(|(iana, _)| line.contains(&format!("TZID={iana}:")));
        return match renamed {
            Some((iana, windows)) => line.replace(iana, windows),
            None => line,
        };
    }
    if timed
        && switches.floating
        && let Some((name, rest)) = line.split_once(";TZID=")
        && let Some((_, value)) = rest.split_once(':')
    {
        return format!("{name}:{value}");
    }
    line
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::{Feed, Switches};
    use super::render;
    use crate::faults::Faults;

    const TEXT: &str = "BEGIN:VCALENDAR\r\nX-WR-TIMEZONE:Europe/Berlin\r\nBEGIN:VTIMEZONE\r\n\
        TZID:Europe/Berlin\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:19990101T000000Z\
        \r\nDTSTART;TZID=Europe/Berlin:20261101T100000\r\nSUMMARY:One\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    fn with(turn: impl FnOnce(&mut Switches)) -> String {
        let at = Timestamp::UNIX_EPOCH;
        let mut feed = Feed::new("x", TEXT.into(), at, Faults::default());
        turn(&mut feed.switches);
        feed.asked = 7;
        render(&feed, "2026-11-02T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn without_habits_a_feed_is_its_text() {
        assert_eq!(with(|_| {}), TEXT);
    }

    #[test]
    fn each_habit_shows() {
        assert!(with(|s| s.stamps_now = true).contains("DTSTAMP:20261102T000000Z"));
        assert!(with(|s| s.unstable_uids = true).contains("UID:7-a"));
        assert!(!with(|s| s.empty = true).contains("VEVENT"));
        assert!(with(|s| s.byte_order_mark = true).starts_with('\u{feff}'));
        assert!(!with(|s| s.lf_only = true).contains('\r'));
        let windows = with(|s| s.windows_zones = true);
        assert!(
            windows.contains("TZID=W. Europe Standard Time:") && !windows.contains("VTIMEZONE")
        );
        assert!(with(|s| s.floating = true).contains("DTSTART:20261101T100000"));
        assert!(with(|s| s.orphan_override = true).contains("RECURRENCE-ID"));
        assert!(with(|s| s.duplicate_uids = true).contains("SUMMARY:One (again)"));
        assert!(with(|s| s.bad_event = true).contains("tomorrow-ish"));
        assert_eq!(with(|s| s.extra_events = 50).matches("BEGIN:VEVENT").count(), 51);
    }
}
