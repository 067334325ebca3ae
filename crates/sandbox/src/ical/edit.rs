//! Single properties of a calendar object changed in its text; every other byte stays.

use jiff::Span;
use jiff::civil::{Date, DateTime};

use super::write::{escape, fold, local};

/// The same object with another title in its first event.
pub(crate) fn renamed(text: &str, summary: &str) -> String {
    let title = fold(&format!("SUMMARY:{}", escape(summary)));
    let had_title = text.lines().any(|line| is(line, "SUMMARY"));
    by_line(text, |line| match line {
        _ if is(line, "SUMMARY") => Some(title.clone()),
        "END:VEVENT" if !had_title => Some(format!("{title}END:VEVENT\r\n")),
        _ => None,
    })
}

/// The same object, its first event shifted by the clock on the wall.
pub(crate) fn shifted(text: &str, by: Span) -> String {
    by_line(text, |line| {
        let moves = is(line, "DTSTART") || is(line, "DTEND");
        let (head, value) = line.rsplit_once(':').filter(|_| moves)?;
        let utc = if value.ends_with('Z') { "Z" } else { "" };
        let plain = value.trim_end_matches('Z');
        let value = if let Ok(at) = DateTime::strptime("%Y%m%dT%H%M%S", plain) {
            local(at.checked_add(by).ok()?)
        } else {
            let day = Date::strptime("%Y%m%d", plain).ok()?;
            day.checked_add(by).ok()?.strftime("%Y%m%d").to_string()
        };
        Some(fold(&format!("{head}:{value}{utc}")))
    })
}

/// A TEXT value as a person reads it.
pub(crate) fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(c) = letters.next() {
        match (c, if c == '\\' { letters.next() } else { None }) {
            ('\\', Some('n' | 'N')) => out.push('\n'),
            ('\\', Some(next)) => out.push(next),
            (c, _) => out.push(c),
        }
    }
    out
}

/// The same text with lines of its first event replaced; a replaced line loses its continuation.
fn by_line(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let (mut inside, mut past, mut replaced) = (false, false, false);
    for raw in text.split_inclusive('\n') {
        let line = raw.trim_end_matches(['\r', '\n']);
        if replaced && line.starts_with([' ', '\t']) {
            continue;
        }
        inside |= line == "BEGIN:VEVENT";
        let changed = if inside && !past { change(line) } else { None };
        replaced = changed.is_some();
        out.push_str(changed.as_deref().unwrap_or(raw));
        past |= line == "END:VEVENT";
    }
    out
}

fn is(line: &str, name: &str) -> bool {
    line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ';']))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::{renamed, shifted};

    const TEXT: &str = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\n\
        END:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;TZID=X:20261231T233000\r\n\
        DTEND:20270101T003000Z\r\nSUMMARY:Old\r\n and folded\r\nX-KEPT:1\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    #[test]
    fn a_new_title_replaces_the_old_one_whole() {
        let text = renamed(TEXT, "New; better");
        assert!(text.contains("SUMMARY:New\\; better\r\nX-KEPT:1"), "{text}");
        assert!(!text.contains("folded"));
    }

    #[test]
    fn a_shift_moves_start_and_end_and_nothing_else() {
        let text = shifted(TEXT, 45.minutes());
        assert!(text.contains("DTSTART;TZID=X:20270101T001500\r\nDTEND:20270101T011500Z\r\n"));
        assert!(text.contains("DTSTART:19700101T000000"));
    }
}
