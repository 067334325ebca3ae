//! The stretch of time that a question is about: `from` and `to`, half-open.

use jiff::{SignedDuration, Timestamp};

use super::fields::Fields;

/// Longest stretch that one question may be about: the horizon, and some.
pub(super) const WINDOW_MAX_DAYS: i64 = 500;

/// `[from, to)`, not empty, at most [`WINDOW_MAX_DAYS`] long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Window {
    /// Takes `from` and `to` out of a query.
    pub(super) fn take(query: &mut Fields) -> Option<Self> {
        let from = query.instant("from");
        let to = query.instant("to");
        let (from, to) = (from?, to?);
        if to <= from {
            query.refuse("to", "invalid", "`to` must be later than `from`.");
            return None;
        }
        if to.duration_since(from) > SignedDuration::from_hours(24 * WINDOW_MAX_DAYS) {
            let say = format!("`to` may be {WINDOW_MAX_DAYS} days after `from`, not more.");
            query.refuse("to", "invalid", say);
            return None;
        }
        Some(Self { from, to })
    }
}

/// Longest spelling of an instant: nanoseconds and an offset.
const INSTANT_LENGTH_MAX: usize = 40;

/// An instant as in RFC 3339 §5.6, with `Z` or an offset.
pub(super) fn parse_instant(text: &str) -> Option<Timestamp> {
    let plain = text.len() <= INSTANT_LENGTH_MAX
        && text.bytes().all(|b| b.is_ascii_digit() || b"TtZz:.+-".contains(&b));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_needs_its_offset() {
        assert!(parse_instant("2026-11-22T14:00:00Z").is_some());
        assert!(parse_instant("2026-11-22T14:00:00.5+01:00").is_some());
        assert!(parse_instant("0000-01-01T00:00:00Z").is_some());
        for wrong in ["", "2026-11-22", "2026-11-22T14:00:00", "2026-11-22T14:00:00Z[UTC]", "now"] {
            assert!(parse_instant(wrong).is_none(), "{wrong}");
        }
    }
}
