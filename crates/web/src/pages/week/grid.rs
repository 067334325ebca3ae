//! The grid of a week: a column for each day, a row for all-day events, overlaps side by side; on
//! a narrow screen the same as a list, day by day.

use calendar::Blocking;
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use maud::{Markup, html};

use super::Week;
use crate::pages::pieces::icon;
use crate::pages::week_happenings::Happening;
use crate::pages::week_positions::{LANES_MAX, Placed, SLOT_MIN, SLOTS, columns};

/// Hours that are always shown.
const HOURS: (i64, i64) = (7, 19);
/// Shortest height of an event, in slots.
const SLOTS_MIN: i64 = 4;
/// From this long on, what has a time stands with what fills whole days.
const LONG: SignedDuration = SignedDuration::from_hours(24);

/// A piece of a happening within one day.
struct Segment<'h> {
    happening: &'h Happening,
    /// In slots since midnight, by the clock on the wall.
    start: i64,
    end: i64,
}

/// A happening over whole days, with the row it has in all of them.
struct Banner<'h> {
    happening: &'h Happening,
    first: Date,
    last: Date,
    row: usize,
}

/// The week, placed.
pub(super) struct Grid<'g> {
    week: &'g Week<'g>,
    days: Vec<(Date, Vec<Segment<'g>>)>,
    banners: Vec<Banner<'g>>,
    from_hour: i64,
    until_hour: i64,
}

impl<'g> Grid<'g> {
    /// Places everything.
    pub(super) fn new(week: &'g Week<'g>) -> Self {
        let days: Vec<_> = (0..7_i64)
            .map(|nth| {
                let day = week.first.saturating_add(nth.days());
                (day, segments(week, day))
            })
            .collect();
        let each = || days.iter().flat_map(|(_, segments)| segments);
        let slots_of_hour = 60 / SLOT_MIN;
        let first = each().map(|s| s.start / slots_of_hour).min();
        let last = each().map(|s| (s.end + slots_of_hour - 1) / slots_of_hour).max();
        let from_hour = first.unwrap_or(HOURS.0).min(HOURS.0).clamp(0, 23);
        let until_hour = last.unwrap_or(HOURS.1).max(HOURS.1).clamp(from_hour + 1, 24);
        Self { week, days, banners: banners(week), from_hour, until_hour }
    }

    /// The whole grid; without the line that says how late it is where `now` is `None`.
    pub(super) fn show(&self, now: Option<Timestamp>) -> Markup {
        let hours = self.until_hour - self.from_hour;
        html! {
            div #week class={ "week f" (self.from_hour) " u" (hours) } {
                span .zone.small.faint { (self.zone_sign()) }
                span .all-day-name.small.faint aria-hidden="true" { "all day" }
                ol .hours aria-hidden="true" {
                    @for hour in self.from_hour..self.until_hour {
                        li { (format!("{hour:02}:00")) }
                    }
                }
                @for (day, segments) in &self.days { (self.day(*day, segments, now)) }
            }
        }
    }

    /// `CET`, or the offset where the zone has no such name.
    fn zone_sign(&self) -> String {
        let first = self.week.first.to_zoned(self.week.who.zone.clone());
        first.map(|first| first.strftime("%Z").to_string()).unwrap_or_default()
    }

    fn day(&self, day: Date, segments: &[Segment<'_>], now: Option<Timestamp>) -> Markup {
        let is_today = day == self.week.today;
        let is_weekend = day.weekday().to_monday_zero_offset() > 4;
        let is_known = self.week.known.is_known(day);
        let own = || self.banners.iter().filter(move |b| b.first <= day && day <= b.last);
        let placed = columns(&segments.iter().map(|s| (s.start, s.end)).collect::<Vec<_>>());
        html! {
            section .day.today[is_today].unknown[!is_known].weekend[is_weekend]
                aria-label=(day.strftime("%A %-d %B").to_string()) {
                h2 aria-current=[is_today.then_some("date")] {
                    span { (day.strftime("%a").to_string()) } " " b { (day.day()) }
                }
                ul .all-day { @for banner in own() { (self.banner(banner, day)) } }
                ol .timed {
                    @for (segment, place) in segments.iter().zip(placed) {
                        (self.event(segment, place))
                    }
                    @if is_today && let Some(now) = now { (self.now_line(now)) }
                }
                @if segments.is_empty() && own().next().is_none() {
                    p .nothing { @if is_known { "No events" } @else { "Not known" } }
                }
            }
        }
    }

    /// How late it is, as a line in today's column.
    pub(super) fn now_line(&self, now: Timestamp) -> Markup {
        let wall = now.to_zoned(self.week.who.zone.clone()).datetime();
        let slot = slot_of(wall.time());
        let is_shown = (self.from_hour..self.until_hour).contains(&i64::from(wall.hour()));
        html! {
            li #now class={ "now s" (slot) } hidden[!is_shown] {
                span .unseen { "It is now " (wall.strftime("%H:%M").to_string()) }
            }
        }
    }

    fn banner(&self, banner: &Banner<'_>, day: Date) -> Markup {
        let begins = banner.first == day;
        let is_shown_first = begins || day == self.week.first;
        let happening = banner.happening;
        let mut class = format!("event whole r{} {}", banner.row, look(self.week, happening));
        for (holds, word) in [(begins, " begins"), (banner.last == day, " ends")] {
            class.push_str(if holds { word } else { "" });
        }
        html! {
            li class=(class) {
                (self.tint(happening))
                @if is_shown_first { (title(happening)) (spoken(happening)) }
                @else { span .again { (title(happening)) } }
            }
        }
    }

    fn event(&self, segment: &Segment<'_>, Placed { column, wide, of }: Placed) -> Markup {
        let happening = segment.happening;
        let length = (segment.end - segment.start).clamp(SLOTS_MIN, SLOTS);
        let room = match length {
            ..8 => "short",
            8..12 => "low",
            12..15 => "mid",
            _ => "tall",
        };
        let look = look(self.week, happening);
        let class =
            format!("event s{} d{length} i{column} n{of} w{wide} {room} {look}", segment.start);
        html! {
            li class=(class) {
                (self.tint(happening))
                (title(happening))
                " " span .time { (self.times(happening)) }
                @if let Some(location) = &happening.location { " " span .where { (location) } }
                @if !happening.is_hidden {
                    " " span .of { (self.week.calendars[happening.calendar].0.name) }
                }
                (spoken(happening))
            }
        }
    }

    fn tint(&self, happening: &Happening) -> Markup {
        if happening.is_hidden {
            return html! {};
        }
        icon::tint(&self.week.calendars[happening.calendar].0.color)
    }

    fn times(&self, happening: &Happening) -> Markup {
        let clock = |at: Timestamp| {
            let wall = at.to_zoned(self.week.who.zone.clone());
            wall.strftime("%H:%M").to_string()
        };
        html! {
            (clock(happening.start))
            @if happening.end > happening.start { span .until { "–" (clock(happening.end)) } }
        }
    }
}

/// What stands where a title may be seen, or where it may not.
fn title(happening: &Happening) -> Markup {
    let title = match &happening.title {
        Some(title) => title.as_str(),
        None if happening.is_hidden => "Busy",
        None => "No title",
    };
    html! { b { (title) } }
}

/// How it looks: what it does to one's time.
fn look(week: &Week<'_>, happening: &Happening) -> &'static str {
    let (calendar, _) = &week.calendars[happening.calendar];
    if happening.is_hidden {
        return "hidden";
    }
    match happening.blocking {
        Blocking::Declined | Blocking::Cancelled => "declined",
        _ if !calendar.counts_as_busy => "free",
        Blocking::Free if happening.days.is_some() && calendar.all_day_is_busy => "busy",
        Blocking::Free => "free",
        Blocking::Tentative => "tentative",
        Blocking::Busy | Blocking::Unavailable | Blocking::Elsewhere => "busy",
    }
}

/// The same, for who hears the page.
fn spoken(happening: &Happening) -> Markup {
    let say = match happening.blocking {
        Blocking::Free => ", shown as free",
        Blocking::Tentative => ", tentative",
        Blocking::Declined => ", declined",
        Blocking::Unavailable => ", out of office",
        Blocking::Elsewhere => ", working elsewhere",
        Blocking::Busy | Blocking::Cancelled => return html! {},
    };
    html! { span .unseen { (say) } }
}

fn is_whole(happening: &Happening) -> bool {
    happening.days.is_some() || happening.end.duration_since(happening.start) >= LONG
}

fn slot_of(time: Time) -> i64 {
    (i64::from(time.hour()) * 60 + i64::from(time.minute())) / SLOT_MIN
}

/// What of the week happens on this day at a time, sorted by start.
fn segments<'g>(week: &'g Week<'g>, day: Date) -> Vec<Segment<'g>> {
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
fn banners<'g>(week: &'g Week<'g>) -> Vec<Banner<'g>> {
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
