//! The stretch of time that a question is about: `from` and `to`, half-open. It may be as long as
//! one likes: what is stored ends at the horizon, and answers say so.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::fields::Fields;
use super::problem::{Code, Problem};

/// `[from, to)`, not empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Window {
    /// Takes `from` and `to` out of a query, the last that is taken of it.
    pub(super) fn read(mut query: Fields) -> Result<Self, Problem> {
        let (from, to) = (query.instant("from"), query.instant("to"));
        query.done()?;
        match (from, to) {
            (Some(from), Some(to)) if from < to => Ok(Self { from, to }),
            _ => Err(Code::WindowReversed.into()),
        }
    }
}

/// Longest spelling of an instant: nanoseconds and an offset.
const INSTANT_LENGTH_MAX: usize = 40;

/// An instant as in RFC 3339 §5.6, with `Z` or an offset.
pub(super) fn parse_instant(text: &str) -> Option<Timestamp> {
    let plain = text.len() <= INSTANT_LENGTH_MAX
        && text.bytes().all(|b| b.is_ascii_digit() || b"TtZz:.+-".contains(&b));
    if !plain {
        return None;
    }
    text.parse().ok().or_else(|| last_hours_of_time(text))
}

/// Instants are counted up to the last day but one of the year 9999; what follows is its end.
fn last_hours_of_time(text: &str) -> Option<Timestamp> {
    let (local, _) = text.split_at_checked("9999-12-31T23:59:59".len())?;
    let has_offset = text.ends_with(['Z', 'z']) || text.len() > "9999-12-31T23:59:59+00:0".len();
    let local: DateTime = local.parse().ok()?;
    (has_offset && local.year() == 9999 && local.month() == 12).then_some(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_needs_its_offset() {
        assert!(parse_instant("2026-11-22T14:00:00Z").is_some());
        assert!(parse_instant("2026-11-22T14:00:00.5+01:00").is_some());
        for wrong in ["", "2026-11-22", "2026-11-22T14:00:00", "2026-11-22T14:00:00Z[UTC]", "now"] {
            assert!(parse_instant(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn time_ends_with_the_year_9999() {
        assert!(parse_instant("0000-01-01T00:00:00Z").is_some());
        for end in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999-12:00"] {
            assert_eq!(parse_instant(end), Some(Timestamp::MAX), "{end}");
        }
        for wrong in ["9999-12-31T23:59:59", "9999-12-32T00:00:00Z", "9999-12-31T24:61:00Z"] {
            assert_eq!(parse_instant(wrong), None, "{wrong}");
        }
    }
}
