//! Which happenings stand on which day: stretches with their slots, and what fills whole days.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::Week;
use crate::pages::week_happenings::Happening;
use crate::pages::week_positions::{LANES_MAX, SLOT_MIN, SLOTS};

/// Shortest height of an event, in slots.
pub(super) const SLOTS_MIN: i64 = 4;
/// From this long on, what has a time stands with what fills whole days.
const LONG: SignedDuration = SignedDuration::from_hours(24);

/// A piece of a happening within one day.
pub(super) struct Segment<'h> {
    pub(super) happening: &'h Happening,
    /// In slots since midnight, by the clock on the wall.
    pub(super) start: i64,
    pub(super) end: i64,
}

/// A happening over whole days, with the row it has in all of them.
pub(super) struct Banner<'h> {
    pub(super) happening: &'h Happening,
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) row: usize,
}

fn is_whole(happening: &Happening) -> bool {
    happening.days.is_some() || happening.end.duration_since(happening.start) >= LONG
}

pub(super) fn slot_of(time: Time) -> i64 {
    (i64::from(time.hour()) * 60 + i64::from(time.minute())) / SLOT_MIN
}

/// What of the week happens on this day at a time, sorted by start.
pub(super) fn segments<'g>(week: &'g Week<'g>, day: Date) -> Vec<Segment<'g>> {
    let wall = |at: Timestamp| at.to_zoned(week.who.zone.clone()).datetime();
    let (from, until) = (day.to_datetime(Time::midnight()), day.saturating_add(1.day()));
    let until = until.to_datetime(Time::midnight());
    let within = |happening: &'g Happening| {
        let (start, end): (DateTime, DateTime) = (wall(happening.start), wall(happening.end));
        let meets = start < until && (end > from || (start == end && start == from));
        (meets && !is_whole(happening)).then(|| {
            let first = if start < from { 0 } else { slot_of(start.time()) };
            let last = if end >= until { SLOTS } else { slot_of(end.time()) };
            let first = first.min(SLOTS - SLOTS_MIN);
            Segment { happening, start: first, end: last.max(first + SLOTS_MIN) }
        })
    };
    let mut found: Vec<_> = week.happenings.iter().filter_map(within).collect();
    found.sort_by_key(|segment| (segment.start, -segment.end));
    found
}

/// What fills whole days, each with a row that is free on all of its days.
pub(super) fn banners<'g>(week: &'g Week<'g>) -> Vec<Banner<'g>> {
    let date = |at: Timestamp| at.to_zoned(week.who.zone.clone()).date();
    let mut whole: Vec<_> = week
        .happenings
        .iter()
        .filter(|happening| is_whole(happening))
        .map(|happening| {
            let (first, last) = happening.days.unwrap_or_else(|| {
                let before_end = happening.end.checked_sub(1.second()).unwrap_or(happening.end);
                (date(happening.start), date(before_end))
            });
            (first, last, happening)
        })
        .collect();
    whole.sort_by_key(|(first, last, _)| (*first, std::cmp::Reverse(*last)));
    let mut rows: Vec<Date> = Vec::new();
    let mut placed = Vec::with_capacity(whole.len());
    for (first, last, happening) in whole {
        let free = rows.iter().position(|taken_until| *taken_until < first);
        let row = free.unwrap_or_else(|| {
            if rows.len() < LANES_MAX {
                rows.push(last);
            }
            rows.len() - 1
        });
        rows[row] = rows[row].max(last);
        placed.push(Banner { happening, first, last, row: row + 1 });
    }
    placed
}
