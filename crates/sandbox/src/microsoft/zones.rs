//! Zones by the names that Windows gives them, which are the names that Graph speaks.

use jiff::tz::TimeZone;

/// Windows name and IANA name, one pair a line: CLDR `windowsZones`, territory 001.
const TABLE: &str = include_str!("zones.txt");

/// Special names, all of which are read as UTC. A custom zone is known to Outlook alone.
const AS_UTC: [&str; 3] = ["UTC", "tzone://Microsoft/Utc", "tzone://Microsoft/Custom"];

pub(crate) fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(|line| line.split_once('='))
}

/// A zone by its Windows or its IANA name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    if AS_UTC.contains(&name) {
        return Some(TimeZone::UTC);
    }
    let iana = pairs().find(|(windows, _)| windows.eq_ignore_ascii_case(name));
    TimeZone::get(iana.map_or(name, |(_, iana)| iana)).ok()
}

/// The Windows name for an IANA name; what has none keeps its own, which Graph takes too.
pub(crate) fn windows(iana: &str) -> &str {
    pairs().find(|(_, known)| *known == iana).map_or(iana, |(windows, _)| windows)
}

#[cfg(test)]
mod tests {
    use super::{pairs, windows, zone};

    #[test]
    fn every_zone_of_the_table_is_known() {
        assert!(pairs().count() > 130);
        for (windows, iana) in pairs() {
            assert!(zone(windows).is_some() && zone(iana).is_some(), "{windows} = {iana}");
        }
        assert_eq!(windows("Europe/Berlin"), "W. Europe Standard Time");
        assert_eq!(windows("Europe/Athens"), "Europe/Athens");
        assert!(zone("tzone://Microsoft/Custom").is_some() && zone("Moon Time").is_none());
    }
}
