//! From the names that calendars give to zones, to zones: IANA names and their aliases, Windows
//! names and display names, vendors' prefixes, plain offsets, and definitions of one's own.
//!
//! A known name wins over the definition that comes with it, for definitions on the wire are often
//! cut short or out of date. What is neither known nor defined is `None`, never UTC.

mod tzif;
mod vtimezone;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use strum::IntoEnumIterator;
use windows_timezones::WindowsTimezone;

use crate::ical::{Block, value};

/// The zone of this name, where it is one that the world knows.
pub fn named(name: &str) -> Option<TimeZone> {
    let name = name.trim().trim_matches('"').trim();
    iana(name)
        .or_else(|| windows(name))
        .or_else(|| windows(without_number(name)?))
        .or_else(|| display_name(name))
        .or_else(|| prefixed(name))
        .or_else(|| microsoft(name))
}

/// The zone data that comes with the program; the machine's own may be years old.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

fn iana(name: &str) -> Option<TimeZone> {
    // Both are in the data and mean "nobody knows".
    let is_nowhere = ["Etc/Unknown", "Factory"].iter().any(|no| no.eq_ignore_ascii_case(name));
    if is_nowhere { None } else { DATABASE.get(name).ok() }
}

fn windows(name: &str) -> Option<TimeZone> {
    let zone = WindowsTimezone::iter().find(|zone| zone.name().eq_ignore_ascii_case(name))?;
    iana(zone.tzdb_id())
}

/// Outlook numbers zones that it met twice: `W. Europe Standard Time 1`.
fn without_number(name: &str) -> Option<&str> {
    let (zone, number) = name.rsplit_once(' ')?;
    number.bytes().all(|b| b.is_ascii_digit()).then(|| zone.trim_end())
}

/// `(UTC+01:00) Amsterdam, Berlin, …`, `(GMT+01.00) Amsterdam / Berlin`, `Eastern Time (US & …)`:
/// the first place named decides, if only one zone's description names it (at that offset).
fn display_name(name: &str) -> Option<TimeZone> {
    let (offset, places) = match name.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?,
        None => ("", name),
    };
    let first = first_place(places)?;
    let is_named = |zone: &WindowsTimezone| {
        let (_, described) = zone.description().split_once(") ").unwrap_or_default();
        described.split(", ").any(|place| place.eq_ignore_ascii_case(first))
    };
    let candidates: Vec<_> = WindowsTimezone::iter().filter(is_named).collect();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_there =
        |zone: &&WindowsTimezone| digits(zone.description()).starts_with(&digits(offset));
    match candidates.as_slice() {
        [only] => iana(only.tzdb_id()),
        several => iana(several.iter().find(is_there).filter(|_| !offset.is_empty())?.tzdb_id()),
    }
}

fn first_place(places: &str) -> Option<&str> {
    let first = places.split([',', '/', ';', '…']).next()?.trim();
    (!first.is_empty()).then_some(first)
}

/// `/freeassociation.sourceforge.net/Tzfile/Europe/Berlin`, `/mozilla.org/1_1/Europe/Berlin`: the
/// first end of the path that is a name.
fn prefixed(name: &str) -> Option<TimeZone> {
    let path = name.strip_prefix('/')?;
    let starts = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
    std::iter::once(path).chain(starts).find_map(iana)
}

fn microsoft(name: &str) -> Option<TimeZone> {
    name.eq_ignore_ascii_case("tzone://Microsoft/Utc").then_some(TimeZone::UTC)
}

/// `GMT+0200`, `UTC-3`, `+05:30`: what people mean by it (east is plus).
fn offset(name: &str) -> Option<TimeZone> {
    let name = name.trim().trim_matches(['"', '(', ')']);
    let rest = ["UTC", "GMT"].iter().find_map(|prefix| {
        let head = name.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| name[prefix.len()..].trim())
    });
    let rest = rest.unwrap_or(name);
    let digits = rest.strip_prefix(['+', '-'])?;
    let seconds = match digits.len() {
        1 | 2 => {
            i32::from(digits.parse::<i8>().ok()?) * if rest.starts_with('-') { -3600 } else { 3600 }
        }
        _ => value::utc_offset_seconds(rest)?,
    };
    Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}

/// The zones of one calendar: known names, and the definitions (VTIMEZONE) that it brings along.
pub struct Zones<'t> {
    definitions: Vec<(String, &'t Block<'t>)>,
    met: RefCell<HashMap<String, Option<TimeZone>>>,
}

impl<'t> Zones<'t> {
    /// Looks through a VCALENDAR for definitions.
    pub fn of(calendar: &'t Block<'t>) -> Self {
        let definitions = calendar.blocks.iter().filter(|block| block.name == "VTIMEZONE");
        let named = definitions.filter_map(|block| Some((block.text("TZID")?, block)));
        Self { definitions: named.collect(), met: RefCell::default() }
    }

    /// The zone that a TZID of this calendar stands for; `None` where nobody can know.
    pub fn get(&self, tzid: &str) -> Option<TimeZone> {
        if let Some(known) = self.met.borrow().get(tzid) {
            return known.clone();
        }
        let zone = self.find(tzid);
        self.met.borrow_mut().insert(tzid.to_owned(), zone.clone());
        zone
    }

    fn find(&self, tzid: &str) -> Option<TimeZone> {
        named(tzid)
            .or_else(|| self.defined(tzid, |block| named(&block.text("X-LIC-LOCATION")?)))
            .or_else(|| self.defined(tzid, vtimezone::zone))
            .or_else(|| offset(tzid))
    }

    fn defined(
        &self,
        tzid: &str,
        read: impl Fn(&Block<'_>) -> Option<TimeZone>,
    ) -> Option<TimeZone> {
        let same = |name: &str| name.trim() == tzid.trim();
        self.definitions.iter().filter(|(name, _)| same(name)).find_map(|(_, block)| read(block))
    }
}

#[cfg(test)]
mod tests;
