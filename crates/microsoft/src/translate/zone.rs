//! Graph speaks Windows' names of zones, we those of IANA.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use strum::IntoEnumIterator;
use windows_timezones::WindowsTimezone;

/// Two zones that agree on every other day of two years are one to a calendar.
const COMPARED_DAYS: i64 = 730;
const DAY_S: i64 = 86_400;

/// The zone that Graph means by a name. `None` for one that somebody made for themselves
/// (`Customized Time Zone`, `tzone://Microsoft/Custom`), and for what nobody knows.
pub(crate) fn known(name: &str) -> Option<TimeZone> {
    calendar::timezone::named(name)
}

/// The IANA name of a zone that Graph names.
pub(crate) fn iana(name: &str) -> Option<String> {
    known(name)?.iana_name().map(str::to_owned)
}

/// The name by which Graph knows a zone: Windows' own, else that of a zone with the same times,
/// else IANA's, which it takes for many. `None` for zones without a name.
pub(crate) fn windows(zone: &TimeZone, at: Timestamp) -> Option<String> {
    let name = zone.iana_name()?;
    if matches!(name, "UTC" | "Etc/UTC") {
        return Some("UTC".into());
    }
    let by_name = WindowsTimezone::iter().find(|w| w.tzdb_id().eq_ignore_ascii_case(name));
    let found = by_name.or_else(|| WindowsTimezone::iter().find(|w| is_like(*w, zone, at)));
    Some(found.map_or_else(|| name.to_owned(), |windows| windows.name().to_owned()))
}

fn is_like(windows: WindowsTimezone, zone: &TimeZone, at: Timestamp) -> bool {
    let Some(other) = known(windows.tzdb_id()) else { return false };
    (0..COMPARED_DAYS).step_by(2).all(|day| {
        let then = Timestamp::from_second(at.as_second().saturating_add(day * DAY_S));
        then.is_ok_and(|then| zone.to_offset(then) == other.to_offset(then))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(name: &str) -> String {
        let at = "2026-12-01T00:00:00Z".parse().unwrap();
        windows(&known(name).unwrap(), at).unwrap()
    }

    #[test]
    fn every_windows_zone_is_known_and_goes_back_to_itself_or_its_like() {
        for windows in WindowsTimezone::iter() {
            let zone = known(windows.name());
            let zone = zone.unwrap_or_else(|| panic!("{} is known", windows.name()));
            let at = "2026-12-01T00:00:00Z".parse().unwrap();
            let back = known(&super::windows(&zone, at).unwrap()).unwrap();
            assert_eq!(back.to_offset(at), zone.to_offset(at), "{}", windows.name());
        }
    }

    #[test]
    fn other_names_of_a_zone_find_one_with_its_times() {
        assert_eq!(round("Europe/Berlin"), "W. Europe Standard Time");
        assert_eq!(known(&round("Europe/Vienna")).unwrap().iana_name(), Some("Europe/Berlin"));
        assert_eq!(round("UTC"), "UTC");
        assert_eq!(iana("Pacific Standard Time").as_deref(), Some("America/Los_Angeles"));
        assert_eq!(iana("tzone://Microsoft/Utc").as_deref(), Some("UTC"));
    }

    #[test]
    fn a_zone_of_ones_own_is_unknown_and_never_utc() {
        for name in ["tzone://Microsoft/Custom", "Customized Time Zone", ""] {
            assert!(iana(name).is_none(), "{name}");
        }
    }
}
