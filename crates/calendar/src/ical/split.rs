//! Splits a feed into one object per UID, so that each can be kept, compared and read on its own.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::read::{Block, Line, tree};
use super::{Unreadable, value};
use crate::timezone;

/// A feed, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// X-WR-CALNAME, NAME.
    pub name: Option<String>,
    /// X-WR-TIMEZONE or what else names the zone of its dates, as an IANA name.
    pub time_zone: Option<String>,
    /// COLOR, X-APPLE-CALENDAR-COLOR.
    pub color: Option<String>,
    /// REFRESH-INTERVAL, X-PUBLISHED-TTL.
    pub refresh_every: Option<SignedDuration>,
    /// One object per UID, in the order of the feed.
    pub parts: Vec<Part>,
    /// False where the text ends in the middle: what is missing may have been cut off.
    pub is_complete: bool,
}

/// One object of a feed.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// The UID, or `fingerprint` where it has none.
    pub key: String,
    /// A name made of when and what: stays the same where a feed makes up new UIDs every time.
    pub fingerprint: String,
    /// A complete VCALENDAR with the zones that it names.
    pub text: String,
    /// [`content_hash`] of the text.
    pub content: [u8; 32],
}

impl std::fmt::Debug for Part {
    /// Without what it says.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What changes without a change: left out of the hash.
const NO_NEWS: [&str; 5] = ["DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "PRODID"];

/// Takes a feed apart. Fails only for a text that is no calendar at all.
pub fn split(text: &str) -> Result<Feed, Unreadable> {
    let whole = tree(text)?;
    let mut feed = Feed { is_complete: true, ..Feed::default() };
    for calendar in whole.calendars() {
        feed.is_complete &= !calendar.damaged && calendar.name == "VCALENDAR";
        let first = |names: &[&str]| names.iter().find_map(|name| calendar.text(name));
        feed.name = feed.name.or_else(|| first(&["X-WR-CALNAME", "NAME"]));
        feed.color = feed.color.or_else(|| first(&["COLOR", "X-APPLE-CALENDAR-COLOR"]));
        let hint = first(&["REFRESH-INTERVAL", "X-PUBLISHED-TTL"]);
        feed.refresh_every = feed.refresh_every.or_else(|| hint.and_then(|hint| length(&hint)));
        let zone = first(&["X-WR-TIMEZONE", "TIMEZONE-ID"]);
        feed.time_zone = feed.time_zone.or_else(|| zone.and_then(|zone| iana_name(&zone)));
        Pieces::of(text, calendar).collect(&mut feed.parts);
    }
    Ok(feed)
}

fn length(hint: &str) -> Option<SignedDuration> {
    let length = value::length(hint)?;
    let days = SignedDuration::from_hours(length.days.checked_mul(24)?);
    days.checked_add(length.exact).filter(SignedDuration::is_positive)
}

fn iana_name(zone: &str) -> Option<String> {
    timezone::named(zone)?.iana_name().map(str::to_owned)
}

/// The components of one VCALENDAR, grouped.
struct Pieces<'c, 't> {
    text: &'t str,
    calendar: &'c Block<'t>,
    zones: HashMap<String, &'c Block<'t>>,
}

impl<'c, 't> Pieces<'c, 't> {
    fn of(text: &'t str, calendar: &'c Block<'t>) -> Self {
        let zones = calendar.blocks.iter().filter(|block| block.name == "VTIMEZONE");
        let zones = zones.filter_map(|zone| Some((zone.text("TZID")?.trim().to_owned(), zone)));
        Self { text, calendar, zones: zones.collect() }
    }

    fn collect(&self, parts: &mut Vec<Part>) {
        let mut by_key: HashMap<String, usize> = HashMap::new();
        let mut groups: Vec<(String, Vec<&Block<'t>>)> = Vec::new();
        for block in &self.calendar.blocks {
            if !matches!(block.name.as_str(), "VEVENT" | "VFREEBUSY") {
                continue;
            }
            let key = key(block);
            let at = *by_key.entry(key.clone()).or_insert(groups.len());
            match groups.get_mut(at) {
                Some((_, group)) => group.push(block),
                None => groups.push((key, vec![block])),
            }
        }
        parts.extend(groups.into_iter().map(|(key, group)| self.part(key, &group)));
    }

    fn part(&self, key: String, group: &[&Block<'t>]) -> Part {
        let fingerprint = group.first().map(|block| fingerprint(block)).unwrap_or_default();
        let text = self.object(group);
        let content = content_hash(&text);
        Part { key, fingerprint, text, content }
    }

    fn object(&self, group: &[&Block<'t>]) -> String {
        let mut object = String::from("BEGIN:VCALENDAR\r\n");
        for name in ["VERSION", "PRODID", "CALSCALE", "METHOD"] {
            if let Some(line) = self.calendar.line(name) {
                push_raw(&mut object, &self.text[line.span.clone()]);
            }
        }
        let mut named = HashSet::new();
        for tzid in group.iter().flat_map(|block| tzids(block)) {
            let tzid = tzid.trim().to_owned();
            if let Some(zone) = self.zones.get(&tzid).filter(|_| named.insert(tzid)) {
                self.push(&mut object, zone);
            }
        }
        for block in group {
            self.push(&mut object, block);
        }
        object.push_str("END:VCALENDAR\r\n");
        object
    }

    /// The component as it stands; where its BEGIN or END is missing, it stays missing.
    fn push(&self, object: &mut String, block: &Block<'_>) {
        push_raw(object, &self.text[block.span.clone()]);
    }
}

fn push_raw(object: &mut String, raw: &str) {
    object.push_str(raw);
    if !raw.ends_with(['\n', '\r']) {
        object.push_str("\r\n");
    }
}

fn tzids(block: &Block<'_>) -> Vec<String> {
    block.lines.iter().filter_map(|line| line.parameter("TZID")).collect()
}

fn key(block: &Block<'_>) -> String {
    let uid = block.line("UID").map(|line| line.value().trim()).filter(|uid| !uid.is_empty());
    uid.map_or_else(|| fingerprint(block), str::to_owned)
}

fn fingerprint(block: &Block<'_>) -> String {
    let mut hash = Sha256::new();
    for name in ["DTSTART", "DTEND", "DURATION", "SUMMARY", "RRULE", "RECURRENCE-ID", "FREEBUSY"] {
        for line in block.all(name) {
            hash.update(format!("{name}:{}\n", line.value().trim()));
        }
    }
    let digest = hash.finalize();
    digest[..16].iter().fold(String::from("made-"), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A hash of what an object says: not of its revision stamps, its folds or its line ends.
pub fn content_hash(text: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for line in super::read::lines(text).filter(is_news) {
        hash.update(line.content().trim_end());
        hash.update("\n");
    }
    hash.finalize().into()
}

fn is_news(line: &Line<'_>) -> bool {
    let is_of_calendar = line.name().get(..5).is_some_and(|s| s.eq_ignore_ascii_case("X-WR-"));
    !is_of_calendar && !NO_NEWS.iter().any(|name| line.is(name))
}

#[cfg(test)]
mod tests;
