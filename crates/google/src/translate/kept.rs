//! What a draft says and Google has no member for: kept among the event's private extended
//! properties, in pieces, and given back word by word.

use std::collections::BTreeMap;

use calendar::ical::{Block, Line, Property};
use connection::{ProviderError, Result};

use super::{RECURRENCE, property};
use crate::wire::Event;

/// Marks what we wrote: the name that we chose for it.
pub(crate) const DRAFT: &str = "daymarkDraft";
/// The UID of the draft, which need not be Google's.
pub(crate) const DRAFT_UID: &str = "daymarkUid";
/// What the names of the pieces begin with.
const PIECE: &str = "daymarkKept";
/// Characters of one value; Google's limit is 1024.
const PIECE_MAX: usize = 1000;
/// Pieces of one event; Google's limit is 32 kB for all.
const PIECES_MAX: usize = 24;

/// What is written elsewhere, or is none of ours to write.
const KNOWN: [&str; 20] = [
    "BEGIN",
    "END",
    "UID",
    "DTSTAMP",
    "CREATED",
    "LAST-MODIFIED",
    "SEQUENCE",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RECURRENCE-ID",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "STATUS",
    "TRANSP",
    "CLASS",
    "ORGANIZER",
    "ATTENDEE",
    "CONFERENCE",
];
/// What decides whether time is taken: never taken over from a place where others can write.
const DECIDES: [&str; 2] = ["X-DAYMARK-", "X-MICROSOFT-CDO-"];
/// Our marks, as they stand in a text.
const MARKS: [(&str, &str); 2] = [("X-DAYMARK-DRAFT", DRAFT), ("X-DAYMARK-UID", DRAFT_UID)];

/// Where the event is at Google, our marks, and what was kept.
pub(super) fn lines(event: &Event) -> Vec<Property> {
    let held = &event.extended_properties.private;
    let mark = |(name, key): (&str, &str)| Some(Property::text(name, held.get(key)?));
    let mut lines: Vec<Property> = MARKS.into_iter().filter_map(mark).collect();
    let whole: String = (0..).map_while(|at| held.get(&key(at))).map(String::as_str).collect();
    let kept: Vec<Line<'_>> = whole.lines().map(Line::read).filter(is_unknown).collect();
    if !kept.iter().any(|line| line.is("URL")) {
        lines.extend(event.html_link.iter().map(|link| Property::raw("URL", link)));
    }
    lines.extend(kept.iter().map(|line| property(line.name(), line)));
    lines
}

/// The pieces to keep of a VEVENT. `link` is where it is at Google, which Google knows.
pub(super) fn pieces(event: &Block<'_>, link: Option<&str>) -> Result<BTreeMap<String, String>> {
    let is_link = |line: &Line<'_>| line.is("URL") && Some(line.value()) == link;
    let unknown = event.lines.iter().filter(|line| is_unknown(line) && !is_link(line));
    let whole: Vec<&str> = unknown.map(Line::content).collect();
    let letters: Vec<char> = whole.join("\n").chars().collect();
    let pieces = letters.chunks(PIECE_MAX).enumerate();
    let pieces: BTreeMap<String, String> =
        pieces.map(|(at, piece)| (key(at), piece.iter().collect())).collect();
    if pieces.len() > PIECES_MAX {
        let say = "The event says more than Google keeps with an event.".into();
        return Err(ProviderError::TooLarge { say });
    }
    Ok(pieces)
}

fn is_unknown(line: &Line<'_>) -> bool {
    let known = KNOWN.iter().chain(&RECURRENCE).any(|name| line.is(name));
    let name = line.name().to_ascii_uppercase();
    !name.is_empty() && !known && !DECIDES.iter().any(|prefix| name.starts_with(prefix))
}

fn key(at: usize) -> String {
    format!("{PIECE}{at}")
}
