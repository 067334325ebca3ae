//! Numbers and times in words, in the zone of whoever reads them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use maud::{Markup, html};

use crate::session::SignedIn;

/// A length as people say it: `12 s`, `3 min`, `5 h`, `2 days`.
pub(crate) fn length(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Hours and minutes: `45 min`, `3 h`, `3 h 30 min`.
pub(crate) fn hours(length: SignedDuration) -> String {
    match (length.as_hours(), length.as_mins() % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{} h", number(hours)),
        (hours, minutes) => format!("{} h {minutes} min", number(hours)),
    }
}

/// What forgetting a calendar does.
pub(crate) const FORGETS: &str = "Who forgets it removes its events from Daymark: the hours that \
    they block can be booked then.";

/// How long ago: `just now`, `12 s ago`.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let since = now.duration_since(at);
    if since.as_secs() < 2 { "just now".to_owned() } else { format!("{} ago", length(since)) }
}

/// How long ago, with the exact time for who wants to know.
pub(crate) fn age(at: Timestamp, who: &SignedIn) -> Markup {
    html! {
        time datetime=(at.to_string()) title=(full(at, who)) { (ago(at, who.now)) }
    }
}

/// `14:20` today, `yesterday 14:20`, `Fri 20 Nov, 14:20`, with the year where it is another.
pub(crate) fn when(at: Timestamp, who: &SignedIn) -> String {
    let (then, today) = (at.to_zoned(who.zone.clone()), who.now.to_zoned(who.zone.clone()));
    let clock = then.strftime("%H:%M");
    if then.date() == today.date() {
        clock.to_string()
    } else if Some(then.date()) == today.date().yesterday().ok() {
        format!("yesterday {clock}")
    } else if then.year() == today.year() {
        format!("{}, {clock}", then.strftime("%a %-d %b"))
    } else {
        format!("{}, {clock}", then.strftime("%-d %b %Y"))
    }
}

/// All of it, with the zone: `Sunday 22 November 2026, 14:20:07 (Europe/Berlin)`.
pub(crate) fn full(at: Timestamp, who: &SignedIn) -> String {
    let then = at.to_zoned(who.zone.clone());
    format!("{} ({})", then.strftime("%A %-d %B %Y, %H:%M:%S"), zone_name(&who.zone))
}

/// A day as a person writes it: `22 November 2026`.
pub(crate) fn day(at: &Zoned) -> String {
    at.strftime("%-d %B %Y").to_string()
}

/// What the zone is called.
pub(crate) fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").replace('_', " ")
}

/// With a capital at its beginning.
pub(crate) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next();
    first.into_iter().flat_map(char::to_uppercase).chain(rest).collect()
}

/// A name that may break after its `@` before it breaks anywhere else.
pub(crate) fn name(name: &str) -> Markup {
    html! {
        @if let Some((user, host)) = name.split_once('@') {
            (user) "@" wbr; (host)
        } @else {
            (name)
        }
    }
}

/// A line that names the zone of the times on a page.
pub(crate) fn zone_note(who: &SignedIn) -> Markup {
    html! {
        p .zone-note.small.faint {
            "Times are shown in " (zone_name(&who.zone)) ". "
            a href="/settings/profile#time_zone" { "Change" }
        }
    }
}

/// A number with its thousands set apart: `1,204`.
pub(crate) fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("−{text}") } else { text }
}

/// `1 event`, `1,204 events`.
pub(crate) fn count(number_of: i64, one: &str, many: &str) -> String {
    format!("{} {}", number(number_of), if number_of == 1 { one } else { many })
}

/// How long something took: `84 ms`, `1.2 s`.
pub(crate) fn took(ms: i64) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1_000, ms % 1_000 / 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_in_one_unit() {
        let say = |s| length(SignedDuration::from_secs(s));
        assert_eq!([say(-3), say(59), say(60), say(3_599)], ["0 s", "59 s", "1 min", "59 min"]);
        assert_eq!([say(3_600), say(172_799), say(172_800)], ["1 h", "47 h", "2 days"]);
    }

    #[test]
    fn hours_are_said_with_their_minutes() {
        let say = |minutes| hours(SignedDuration::from_mins(minutes));
        assert_eq!([say(0), say(45), say(180), say(210)], ["0 min", "45 min", "3 h", "3 h 30 min"]);
    }

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([number(7), number(1_204), number(-1_000_000)], ["7", "1,204", "−1,000,000"]);
        assert_eq!(
            [count(1, "event", "events"), count(0, "event", "events")],
            ["1 event", "0 events"]
        );
        assert_eq!([took(84), took(21_340)], ["84 ms", "21.3 s"]);
    }
}
