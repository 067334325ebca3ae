//! Calendar objects as Apple's programs write them: folded, with the definition of their time
//! zone, and with properties of their own.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const PRODID: &str = "-//Apple Inc.//macOS 15.1//EN";

/// When an event takes place.
#[derive(Debug, Clone)]
pub(crate) enum When {
    /// In a zone; `UTC` is written with `Z`.
    Zoned { start: DateTime, minutes: i64, zone: String },
    /// Wherever one happens to be.
    Floating { start: DateTime, minutes: i64 },
    /// Whole days.
    Days { first: Date, days: i64 },
}

#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) uid: String,
    pub(crate) summary: String,
    pub(crate) when: When,
    /// Further lines, unfolded.
    pub(crate) lines: Vec<String>,
    pub(crate) stamp: Timestamp,
}

impl Draft {
    /// The VEVENT alone, as feeds want it.
    pub(crate) fn event(&self) -> String {
        let mut lines = vec![
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", self.uid),
            format!("DTSTAMP:{}", utc(self.stamp)),
        ];
        lines.extend(self.when.lines());
        lines.push(format!("SUMMARY:{}", escape(&self.summary)));
        lines.extend(self.lines.iter().cloned());
        lines.push("END:VEVENT".to_owned());
        lines.iter().map(|line| fold(line)).collect()
    }

    /// The whole calendar object, with further events of the same UID.
    pub(crate) fn object(&self, others: &[Self]) -> String {
        let definition = match &self.when {
            When::Zoned { start, zone, .. } => definition(zone, start.date()),
            When::Floating { .. } | When::Days { .. } => String::new(),
        };
        self.object_with(&definition, others)
    }

    /// The same, with a definition of its zone that is already written.
    pub(crate) fn object_with(&self, definition: &str, others: &[Self]) -> String {
        let mut text =
            format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\nCALSCALE:GREGORIAN\r\n");
        text.push_str(definition);
        text.push_str(&self.event());
        text.extend(others.iter().map(Self::event));
        text.push_str("END:VCALENDAR\r\n");
        text
    }
}

impl When {
    fn lines(&self) -> [String; 2] {
        match self {
            Self::Days { first, days } => {
                let end = first.saturating_add(days.days());
                [
                    format!("DTSTART;VALUE=DATE:{}", first.strftime("%Y%m%d")),
                    format!("DTEND;VALUE=DATE:{}", end.strftime("%Y%m%d")),
                ]
            }
            Self::Zoned { start, minutes, zone } if zone == "UTC" => {
                let end = start.saturating_add(minutes.minutes());
                [format!("DTSTART:{}Z", local(*start)), format!("DTEND:{}Z", local(end))]
            }
            Self::Zoned { start, minutes, zone } => {
                let end = start.saturating_add(minutes.minutes());
                [
                    format!("DTSTART;TZID={zone}:{}", local(*start)),
                    format!("DTEND;TZID={zone}:{}", local(end)),
                ]
            }
            Self::Floating { start, minutes } => {
                let end = start.saturating_add(minutes.minutes());
                [format!("DTSTART:{}", local(*start)), format!("DTEND:{}", local(end))]
            }
        }
    }
}

pub(crate) fn local(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

pub(crate) fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// One content line, folded at 75 octets (RFC 5545 §3.1), with its line end.
pub(crate) fn fold(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
    out
}

/// The VTIMEZONE of a zone, with each change of its clocks in the years around a day.
pub(crate) fn definition(zone: &str, around: Date) -> String {
    let Ok(rules) = TimeZone::get(zone) else { return String::new() };
    if zone == "UTC" {
        return String::new();
    }
    let at = |years: i64| {
        let day = around.saturating_add(years.years());
        day.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |day| day.timestamp())
    };
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{zone}\r\n");
    let early = rules.to_offset_info(at(-5));
    let mut before = early.offset();
    let kind = if early.dst().is_dst() { "DAYLIGHT" } else { "STANDARD" };
    text.push_str(&observance(kind, at(-30), (before, before), early.abbreviation()));
    for change in rules.following(at(-5)).take_while(|change| change.timestamp() < at(3)) {
        let kind = if change.dst().is_dst() { "DAYLIGHT" } else { "STANDARD" };
        let offsets = (before, change.offset());
        text.push_str(&observance(kind, change.timestamp(), offsets, change.abbreviation()));
        before = change.offset();
    }
    text.push_str("END:VTIMEZONE\r\n");
    text
}

/// The value of `CALDAV:calendar-timezone`: a calendar with one VTIMEZONE.
pub(crate) fn time_zone(zone: &str, around: Date) -> String {
    let definition = definition(zone, around);
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\n{definition}END:VCALENDAR\r\n")
}

type Offsets = (jiff::tz::Offset, jiff::tz::Offset);

fn observance(kind: &str, at: Timestamp, (from, to): Offsets, name: &str) -> String {
    let start = local(from.to_datetime(at));
    let hours = |offset: jiff::tz::Offset| {
        let minutes = offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
    };
    format!(
        "BEGIN:{kind}\r\nDTSTART:{start}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nTZNAME:{name}\r\n\
         END:{kind}\r\n",
        hours(from),
        hours(to)
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Draft, When, definition, fold};
    use crate::ical;

    #[test]
    fn lines_are_folded_at_75_octets_and_never_within_a_letter() {
        let folded = fold(&format!("SUMMARY:{}", "ü".repeat(60)));
        assert!(folded.split("\r\n").all(|line| line.len() <= 75), "{folded}");
        assert_eq!(folded.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "ü".repeat(60)));
    }

    #[test]
    fn a_zone_is_defined_by_the_changes_of_its_clocks() {
        let text = definition("Europe/Berlin", date(2026, 11, 20));
        assert!(text.contains(
            "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200"
        ));
        assert_eq!(definition("UTC", date(2026, 11, 20)), "");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let draft = Draft {
            uid: "u".into(),
            summary: "Fish, chips; and\nmore".into(),
            when: When::Days { first: date(2026, 12, 31), days: 2 },
            lines: vec!["TRANSP:TRANSPARENT".into()],
            stamp: jiff::Timestamp::UNIX_EPOCH,
        };
        let text = draft.object(&[]);
        let read = ical::read(&text).unwrap();
        assert_eq!(ical::uid(&read), Some("u"));
        assert_eq!(read.children[0].text("DTEND"), Some("20270102"));
        assert_eq!(read.children[0].text("SUMMARY"), Some("Fish\\, chips\\; and\\nmore"));
    }
}
