//! What some servers do to a calendar object once they have it.

use jiff::Timestamp;

use crate::manners::Rewrite;

/// The text as the server keeps it, where that differs from what was sent.
pub(super) fn rewrite(text: &str, manner: Rewrite, now: Timestamp) -> Option<String> {
    let rewritten = match manner {
        Rewrite::Nothing => return None,
        Rewrite::Schedules => schedules(text),
        Rewrite::DropsTimeZones => without_time_zones(text),
        Rewrite::Stamps => stamped(text, now),
    };
    (rewritten != text).then_some(rewritten)
}

fn by_line(text: &str, mut change: impl FnMut(&str, &mut Vec<String>)) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        change(line, &mut lines);
    }
    lines.push(String::new());
    lines.join("\r\n")
}

/// RFC 6638 §3.2.9: the server tells on each attendee how the invitation went.
fn schedules(text: &str) -> String {
    if !text.contains("ATTENDEE") {
        return text.to_owned();
    }
    by_line(text, |line, lines| match line.strip_prefix("ATTENDEE") {
        Some(rest) if !line.contains("SCHEDULE-STATUS") => {
            lines.push("ATTENDEE;SCHEDULE-STATUS=\"1.1\"".to_owned());
            lines.push(format!(" {rest}"));
        }
        _ => lines.push(line.to_owned()),
    })
}

fn without_time_zones(text: &str) -> String {
    let mut inside = false;
    by_line(text, |line, lines| {
        inside |= line == "BEGIN:VTIMEZONE";
        if !inside {
            lines.push(line.to_owned());
        }
        inside &= line != "END:VTIMEZONE";
    })
}

fn stamped(text: &str, now: Timestamp) -> String {
    let now = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    by_line(text, |line, lines| match line {
        _ if line.starts_with("LAST-MODIFIED") => {}
        _ if line.starts_with("DTSTAMP") => lines.push(format!("DTSTAMP:{now}")),
        "END:VEVENT" => lines.extend([format!("LAST-MODIFIED:{now}"), line.to_owned()]),
        _ => lines.push(line.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::rewrite;
    use crate::manners::Rewrite;

    const TEXT: &str = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nDTSTAMP:20200101T000000Z\r\nATTENDEE:mailto:a@b.example\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn each_rewrite_changes_what_it_is_named_for() {
        let now = "2026-11-01T10:00:00Z".parse().unwrap();
        assert_eq!(rewrite(TEXT, Rewrite::Nothing, now), None);
        let scheduled = rewrite(TEXT, Rewrite::Schedules, now).unwrap();
        assert!(scheduled.contains("SCHEDULE-STATUS=\"1.1\"\r\n :mailto:a@b.example\r\n"));
        let bare = rewrite(TEXT, Rewrite::DropsTimeZones, now).unwrap();
        assert!(!bare.contains("TZID:X") && bare.contains("ATTENDEE"));
        let stamped = rewrite(TEXT, Rewrite::Stamps, now).unwrap();
        assert!(stamped.contains("DTSTAMP:20261101T100000Z\r\n"));
    }
}
