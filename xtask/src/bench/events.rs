//! Calendar objects of the shapes that real calendars hold: plain meetings, with and without a
//! zone of their own, whole days, weekly, two-daily and monthly series, guests, long descriptions.
//! The same seed makes the same events.

use std::fmt::Write;

/// A zone as exporters write it out beside their events.
const ATHENS: &str = "\
BEGIN:VTIMEZONE\r\nTZID:Europe/Athens\r\n\
BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0300\r\nTZNAME:EEST\r\n\
DTSTART:19700329T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n\
BEGIN:STANDARD\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200\r\nTZNAME:EET\r\n\
DTSTART:19701025T040000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n\
END:VTIMEZONE\r\n";

/// The year in which the first of them can begin; they are spread over four.
const FIRST_YEAR: u64 = 2024;
const MONTH_DAYS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// One calendar object and the name of its file.
pub(super) struct Made {
    pub(super) name: String,
    pub(super) text: String,
}

/// A small generator of numbers (splitmix64); nothing here needs to be hard to guess.
struct Dice(u64);

impl Dice {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let mut left = self.below(choices.len() as u64);
        let mut chosen = choices.iter();
        while left > 0 {
            chosen.next();
            left -= 1;
        }
        chosen.next().unwrap_or(&"")
    }
}

/// `count` events.
pub(super) fn make(count: u64, seed: u64) -> Vec<Made> {
    let mut dice = Dice(seed);
    (0..count).map(|number| event(number, &mut dice)).collect()
}

fn event(number: u64, dice: &mut Dice) -> Made {
    let name = format!("ev-{number:06}-{:08x}", dice.below(1 << 32));
    let shape = dice.below(100);
    let rule = rule(shape, dice);
    let (times, zone) = times(shape, dice);
    let notes = "Agenda and notes. ".repeat(usize::try_from(dice.below(12)).unwrap_or(0));
    let transparency = if dice.below(9) == 0 { "TRANSPARENT" } else { "OPAQUE" };
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//gen//EN\r\n{zone}BEGIN:VEVENT\r\n\
         UID:{name}@bench\r\nDTSTAMP:20240101T000000Z\r\n{times}{rule}SUMMARY:Meeting {number}\r\n\
         DESCRIPTION:{notes}\r\nLOCATION:Room {}\r\nTRANSP:{transparency}\r\n{}\
         END:VEVENT\r\nEND:VCALENDAR\r\n",
        dice.below(40),
        guests(dice),
    );
    Made { name, text }
}

/// One in ten repeats.
fn rule(shape: u64, dice: &mut Dice) -> String {
    match shape {
        0..6 => {
            let days = dice.one_of(&["MO", "TU", "WE", "TH", "FR", "MO,WE,FR"]);
            format!("RRULE:FREQ=WEEKLY;BYDAY={days};COUNT={}\r\n", 10 + dice.below(190))
        }
        6..8 => "RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20280101T000000Z\r\n".into(),
        8..10 => "RRULE:FREQ=MONTHLY;BYDAY=-1FR\r\n".into(),
        _ => String::new(),
    }
}

/// Six in ten with a zone, a third in UTC, the rest whole days.
fn times(shape: u64, dice: &mut Dice) -> (String, &'static str) {
    let (first_day, quarter) = (dice.below(4 * 365), 28 + dice.below(48));
    let minutes = [15, 30, 45, 60, 90, 120][usize::try_from(dice.below(6)).unwrap_or(0)];
    let start = date(first_day);
    if shape > 93 {
        let end = date(first_day + 1 + dice.below(3));
        return (format!("DTSTART;VALUE=DATE:{start}\r\nDTEND;VALUE=DATE:{end}\r\n"), "");
    }
    let clock = |minute: u64| format!("{start}T{:02}{:02}00", minute / 60, minute % 60);
    let (from, to) = (clock(quarter * 15), clock(quarter * 15 + minutes));
    if shape > 60 {
        (format!("DTSTART:{from}Z\r\nDTEND:{to}Z\r\n"), "")
    } else {
        let times =
            format!("DTSTART;TZID=Europe/Athens:{from}\r\nDTEND;TZID=Europe/Athens:{to}\r\n");
        (times, ATHENS)
    }
}

/// `YYYYMMDD` of a day counted from the first of January of the first year, leap days left out.
fn date(day: u64) -> String {
    let (year, mut left, mut month) = (FIRST_YEAR + day / 365, day % 365, 0);
    while left >= MONTH_DAYS[month] {
        left -= MONTH_DAYS[month];
        month += 1;
    }
    format!("{year}{:02}{:02}", month + 1, left + 1)
}

fn guests(dice: &mut Dice) -> String {
    let count = [0, 0, 0, 1, 2, 5][usize::try_from(dice.below(6)).unwrap_or(0)];
    let mut lines = String::new();
    for guest in 0..count {
        let answer = dice.one_of(&["ACCEPTED", "NEEDS-ACTION", "DECLINED"]);
        let _infallible = write!(
            lines,
            "ATTENDEE;CN=Guest {guest};PARTSTAT={answer};RSVP=TRUE:mailto:g{guest}@example.org\r\n"
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_events() {
        let texts = |seed| make(50, seed).into_iter().map(|made| made.text).collect::<Vec<_>>();
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
    }

    #[test]
    fn days_are_counted_over_the_years() {
        assert_eq!(date(0), "20240101");
        assert_eq!(date(59), "20240301");
        assert_eq!(date(365 + 31), "20250201");
    }

    #[test]
    fn every_shape_occurs() {
        let all: String = make(2_000, 1).into_iter().map(|made| made.text).collect();
        for shape in
            ["FREQ=WEEKLY", "FREQ=DAILY", "FREQ=MONTHLY", "VALUE=DATE", "TZID=", "DECLINED"]
        {
            assert!(all.contains(shape), "{shape}");
        }
    }
}
