//! What a draft has and Graph has no place for: kept in a property of our own, a line each, and put
//! back into the text as it was.

use calendar::ical::{Block, Line};

use super::kept_property;
use crate::wire::Event;

/// What decides how a text is read is never taken from there: it would be somebody else's word.
const DECIDES: [&str; 2] = ["X-DAYMARK-", "X-MICROSOFT-CDO-"];
/// Our own marks: the name and the UID that the draft had.
const MARKS: [&str; 2] = ["X-DAYMARK-DRAFT", "X-DAYMARK-UID"];
/// No line is longer than this many octets (RFC 5545 §3.1).
const LINE_OCTETS_MAX: usize = 75;

/// Those lines of a draft.
pub(super) fn lines(draft: &Block<'_>) -> String {
    let lines = draft.lines.iter().filter(|line| is_kept(line.name()));
    lines.map(Line::content).collect::<Vec<_>>().join("\n")
}

fn is_kept(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.starts_with("X-") && !DECIDES.iter().any(|prefix| name.starts_with(prefix))
}

fn is_mark(name: &str) -> bool {
    MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(name))
}

/// The lines of a new event, with our marks before them.
pub(super) fn marked(name: &str, uid: &str, kept: &str) -> String {
    let plain = |text: &str| text.replace(char::is_control, "");
    let marks = [name, uid].map(plain);
    let marks = MARKS.iter().zip(&marks).filter(|(_, value)| !value.is_empty());
    let marks = marks.map(|(mark, value)| format!("{mark}:{value}"));
    marks.chain(kept.lines().map(str::to_owned)).collect::<Vec<_>>().join("\n")
}

/// The lines of a changed event: its marks stay.
pub(super) fn with_marks_of(held: &str, kept: &str) -> String {
    let marks = held.lines().filter(|line| is_mark(Line::read(line).name()));
    marks.chain(kept.lines()).collect::<Vec<_>>().join("\n")
}

/// What an event at Graph holds. Graph spells braces and capitals of the GUID in its own way.
pub(super) fn held(event: &Event) -> &str {
    let id = kept_property();
    let mut all = event.single_value_extended_properties.iter();
    all.find(|property| property.id.eq_ignore_ascii_case(&id)).map_or("", |found| &found.value)
}

/// Puts them back into an event's text.
pub(super) fn put_back(mut text: String, kept: &str) -> String {
    let Some(at) = text.rfind("END:VEVENT") else { return text };
    let is_ours = |line: &&str| {
        let line = Line::read(line);
        is_kept(line.name()) || is_mark(line.name())
    };
    let lines: String = kept.lines().filter(is_ours).map(folded).collect();
    text.insert_str(at, &lines);
    text
}

fn folded(line: &str) -> String {
    let (mut folded, mut octets) = (String::with_capacity(line.len() + 2), 0);
    for c in line.chars().filter(|c| !c.is_control()) {
        if octets + c.len_utf8() > LINE_OCTETS_MAX {
            folded.push_str("\r\n ");
            octets = 1;
        }
        folded.push(c);
        octets += c.len_utf8();
    }
    folded + "\r\n"
}
