//! Values of properties (RFC 5545 §3.3): text, dates and times, lengths.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use crate::moment::Length;

/// A date or a time as written, before its zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Date(Date),
    Local(DateTime),
    Utc(DateTime),
}

impl When {
    pub(crate) fn wall(self) -> DateTime {
        match self {
            Self::Date(date) => date.to_datetime(Time::midnight()),
            Self::Local(wall) | Self::Utc(wall) => wall,
        }
    }
}

/// `20270101`, `20270101T090000`, `20270101T090000Z`; dashes, colons, missing seconds and lower
/// case are forgiven, hour 24 is the next midnight, second 60 the one before.
pub(crate) fn when(text: &str) -> Option<When> {
    let mut digits = [0_u8; 14];
    let mut count = 0;
    let (mut timed, mut utc) = (false, false);
    for byte in text.trim().bytes() {
        match byte {
            b'0'..=b'9' if !utc && count < 14 && (count != 8 || timed) => {
                digits[count] = byte - b'0';
                count += 1;
            }
            b'T' | b't' if count == 8 && !timed => timed = true,
            b'Z' | b'z' if timed && count >= 12 && !utc => utc = true,
            b'-' if count == 4 || count == 6 => {}
            b':' if count == 10 || count == 12 => {}
            _ => return None,
        }
    }
    let number = |range: std::ops::Range<usize>| {
        digits[range].iter().fold(0_i16, |sum, digit| sum * 10 + i16::from(*digit))
    };
    let small = |at: usize| i8::try_from(number(at..at + 2)).unwrap_or(i8::MAX);
    let date = Date::new(number(0..4), small(4), small(6)).ok()?;
    match (count, timed) {
        (8, false) => return Some(When::Date(date)),
        (12 | 14, true) => {}
        _ => return None,
    }
    let wall = match (small(8), small(10), small(12)) {
        (24, 0, 0) => date.tomorrow().ok()?.to_datetime(Time::midnight()),
        (hour, minute, second) => date.to_datetime(
            Time::new(hour, minute, second.min(if second == 60 { 59 } else { second }), 0).ok()?,
        ),
    };
    Some(if utc { When::Utc(wall) } else { When::Local(wall) })
}

/// `P1W`, `P1DT2H`, `-PT15M` (RFC 5545 §3.3.6); absurd lengths stop at the largest there is.
pub(crate) fn length(text: &str) -> Option<Length> {
    let text = text.trim();
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let body = text.strip_prefix(['P', 'p'])?;
    let (mut days, mut seconds) = (0_i64, 0_i64);
    let (mut number, mut seen, mut timed) = (None::<i64>, false, false);
    for c in body.chars() {
        if let Some(digit) = c.to_digit(10) {
            let so_far = number.unwrap_or(0).saturating_mul(10);
            number = Some(so_far.saturating_add(i64::from(digit)));
            continue;
        }
        if matches!(c, 'T' | 't') && !timed && number.is_none() {
            timed = true;
            continue;
        }
        let amount = number.take()?;
        let (sum, unit) = match (c.to_ascii_uppercase(), timed) {
            ('W', false) => (&mut days, 7),
            ('D', false) => (&mut days, 1),
            ('H', true) => (&mut seconds, 3600),
            ('M', true) => (&mut seconds, 60),
            ('S', true) => (&mut seconds, 1),
            _ => return None,
        };
        *sum = sum.saturating_add(amount.saturating_mul(unit));
        seen = true;
    }
    let sign = if negative { -1 } else { 1 };
    let whole = seen && number.is_none();
    whole.then(|| Length { days: days * sign, exact: SignedDuration::from_secs(seconds * sign) })
}

/// `+0100`, `-0330`, `+013045` (RFC 5545 §3.3.14), in seconds; a missing sign means east.
pub(crate) fn utc_offset_seconds(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| digits.get(at..at + 2).map_or(Some(0), |two| two.parse::<i32>().ok());
    let (hours, minutes, seconds) = (two(0)?, two(2)?, two(4)?);
    (hours <= 24 && minutes < 60 && seconds < 60)
        .then(|| sign * (hours * 3600 + minutes * 60 + seconds))
}

/// Resolves the escapes of TEXT (RFC 5545 §3.3.11).
pub(crate) fn unescape(text: &str) -> String {
    if !text.contains('\\') && !text.contains('\0') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(escaped) => plain.push(escaped),
                None => plain.push('\\'),
            },
            '\0' => {}
            _ => plain.push(c),
        }
    }
    plain
}

/// Escapes TEXT (RFC 5545 §3.3.11); control characters have no place in it.
pub(crate) fn escape(plain: &str) -> String {
    let mut text = String::with_capacity(plain.len());
    for c in plain.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push(c),
            _ if c.is_control() => {}
            _ => text.push(c),
        }
    }
    text
}

/// Takes the quotes off a parameter's value and resolves its escapes (RFC 6868).
pub(crate) fn unquote(value: &str) -> String {
    let value = value.trim().trim_matches('"');
    if !value.contains('^') {
        return value.to_owned();
    }
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let resolved = match (c, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('^')) => '^',
            ('^', Some('\'')) => '"',
            _ => {
                plain.push(c);
                continue;
            }
        };
        chars.next();
        plain.push(resolved);
    }
    plain
}

/// Quotes a parameter's value where it must be (RFC 5545 §3.2, RFC 6868).
pub(crate) fn quote(plain: &str) -> String {
    let escaped = plain.replace('^', "^^").replace('\n', "^n").replace('"', "^'");
    let escaped: String = escaped.chars().filter(|c| !c.is_control()).collect();
    if escaped.contains([':', ';', ',']) { format!("\"{escaped}\"") } else { escaped }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::*;

    #[test]
    fn dates_and_times_are_read_as_the_world_writes_them() {
        let nine = datetime(2027, 1, 1, 9, 0, 0, 0);
        for (text, expected) in [
            ("20270101", Some(When::Date(date(2027, 1, 1)))),
            (" 2027-01-01 ", Some(When::Date(date(2027, 1, 1)))),
            ("20270101T090000", Some(When::Local(nine))),
            ("20270101t090000z", Some(When::Utc(nine))),
            ("20270101T0900", Some(When::Local(nine))),
            ("2027-01-01T09:00:00Z", Some(When::Utc(nine))),
            ("20261231T240000", Some(When::Local(datetime(2027, 1, 1, 0, 0, 0, 0)))),
            ("20261231T235960Z", Some(When::Utc(datetime(2026, 12, 31, 23, 59, 59, 0)))),
            ("00000101", Some(When::Date(date(0, 1, 1)))),
            ("99991231T235959", Some(When::Local(datetime(9999, 12, 31, 23, 59, 59, 0)))),
            ("20270230", None),
            ("20270101T250000", None),
            ("20270101T", None),
            ("202701010900", None),
            ("20270101T090000+0100", None),
            ("", None),
            ("tomorrow", None),
        ] {
            assert_eq!(when(text), expected, "{text}");
        }
    }

    #[test]
    fn lengths_are_days_and_an_exact_rest() {
        let of = |days, seconds| Some(Length { days, exact: SignedDuration::from_secs(seconds) });
        for (text, expected) in [
            ("P1W", of(7, 0)),
            ("P1DT2H30M5S", of(1, 9005)),
            ("-PT15M", of(0, -900)),
            ("+p2d", of(2, 0)),
            ("PT99999999999999999999S", of(0, i64::MAX)),
            ("P", None),
            ("PT", None),
            ("P1", None),
            ("P1H", None),
            ("1D", None),
        ] {
            assert_eq!(length(text), expected, "{text}");
        }
    }

    #[test]
    fn text_survives_escaping_and_loses_only_control_characters() {
        let plain = "Tea, scones; and\\or jam\nat four";
        assert_eq!(unescape(&escape(plain)), plain);
        assert_eq!(escape("a\u{0}b\u{7}c\r\nd"), "abc\\nd");
        assert_eq!(unquote(&quote("a^b \"c\", d")), "a^b \"c\", d");
    }

    #[test]
    fn offsets_have_a_sign_and_up_to_three_parts() {
        assert_eq!(utc_offset_seconds("+0100"), Some(3600));
        assert_eq!(utc_offset_seconds("-03:30"), Some(-12600));
        assert_eq!(utc_offset_seconds("+001730"), Some(1050));
        assert_eq!(utc_offset_seconds("east"), None);
    }
}
