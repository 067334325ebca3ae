//! The grid of a week: a column for each day, a row for all-day events, overlaps side by side; on
//! a narrow screen the same as a list, day by day.

use calendar::Blocking;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use maud::{Markup, html};

use super::Week;
use super::days_strip::anchor;
use super::placing::{Banner, SLOTS_MIN, Segment, banners, segments, slot_of};
use super::sheet::{close, opener};
use crate::pages::pieces::icon;
use crate::pages::week_happenings::Happening;
use crate::pages::week_positions::{Placed, SLOT_MIN, SLOTS, lanes};

/// Hours that are always shown.
const HOURS: (i64, i64) = (7, 19);

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
        // The present hour is always there, in the week that it is in.
        let now = days.iter().any(|(day, _)| *day == week.today).then(|| hour_of(week));
        let first = first.into_iter().chain(now).fold(HOURS.0, i64::min);
        let last = last.into_iter().chain(now.map(|hour| hour + 1)).fold(HOURS.1, i64::max);
        let from_hour = first.clamp(0, 23);
        let until_hour = last.clamp(from_hour + 1, 24);
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
                (self.week.sheets())
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
        html! {
            section .day.today[is_today].unknown[!is_known].weekend[is_weekend]
                aria-label=(day.strftime("%A %-d %B").to_string()) {
                h2 id=(anchor(self.week, day)) aria-current=[is_today.then_some("date")] {
                    span { (day.strftime("%a").to_string()) } " " b { (day.day()) }
                }
                ul .all-day { @for banner in own() { (self.banner(banner, day)) } }
                ol .timed {
                    (self.timed(day, segments))
                    @if is_today && let Some(now) = now { (self.now_line(now)) }
                }
                @if segments.is_empty() && own().next().is_none() {
                    p .nothing { @if is_known { "No events" } @else { "Not known" } }
                }
            }
        }
    }

    fn timed(&self, day: Date, segments: &[Segment<'_>]) -> Markup {
        let lanes = lanes(&segments.iter().map(|s| (s.start, s.end)).collect::<Vec<_>>());
        html! {
            @for (segment, place) in segments.iter().zip(lanes.placed) {
                (self.event(segment, place))
            }
            @for (start, end, behind) in lanes.crowds {
                @let behind: Vec<_> = behind.iter().map(|nth| &segments[*nth]).collect();
                (self.crowd(&format!("{day}-{start}"), (start, end), &behind))
            }
        }
    }

    /// How many there are for which there is no room, and which.
    fn crowd(&self, tag: &str, stretch: (i64, i64), behind: &[&Segment<'_>]) -> Markup {
        let tag = format!("crowd-{tag}");
        let (name, number) = (format!("{tag}-name"), behind.len());
        html! {
            li class={ "event crowd " (position(stretch, Placed::LAST)) } {
                button .open type="button" popovertarget=(tag) {
                    b { "+" (number) } span .unseen { " more events at the same time" }
                }
                div .sheet popover id=(tag) role="dialog" aria-labelledby=(name) {
                    h3 id=(name) { (number) " more at the same time" }
                    ul {
                        @for segment in behind {
                            li {
                                (self.tint(segment.happening))
                                (opener(segment.happening))
                                " " span .soft { (self.times(segment.happening)) }
                            }
                        }
                    }
                    (close(&tag))
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

    /// Once, as wide as its days; on a narrow screen on each of them.
    fn banner(&self, banner: &Banner<'_>, day: Date) -> Markup {
        let (first, last) = (banner.first.max(self.week.first), banner.last.min(self.week.last()));
        let wide = first.until(last).map_or(1, |days| days.get_days() + 1);
        let happening = banner.happening;
        let mut class =
            format!("event whole r{} w{wide} {}", banner.row, look(self.week, happening));
        let parts = [
            (banner.first == first, " begins"),
            (banner.last == last, " ends"),
            (day != first, " again"),
        ];
        for (holds, word) in parts {
            class.push_str(if holds { word } else { "" });
        }
        html! {
            li class=(class) {
                (self.tint(happening))
                (opener(happening))
                @if day != first { span .soft { " continued" } }
                (spoken(happening))
                @if wide > 1 && day == first {
                    span .unseen { ", until " (last.strftime("%A").to_string()) }
                }
            }
        }
    }

    fn event(&self, segment: &Segment<'_>, place: Option<Placed>) -> Markup {
        let happening = segment.happening;
        let length = (segment.end - segment.start).clamp(SLOTS_MIN, SLOTS);
        let room = match length {
            ..8 => "short",
            8..12 => "low",
            12..15 => "mid",
            _ => "tall",
        };
        let look = look(self.week, happening);
        let at = place.map(|place| position((segment.start, segment.end), place));
        let class = format!("event {} {room} {look}", at.as_deref().unwrap_or("behind"));
        html! {
            li class=(class) {
                (self.tint(happening))
                (opener(happening))
                " " span .time { (self.times(happening)) }
                @if let Some(location) = &happening.location { " " span .where { (location) } }
                @if !happening.is_hidden { " " span .of { (self.names(happening)) } }
                (spoken(happening))
            }
        }
    }

    /// The calendars that hold it.
    fn names(&self, happening: &Happening) -> String {
        let name = |nth: usize| self.week.calendars[nth].0.name.as_str();
        let mut names: Vec<_> = happening.calendars().map(name).collect();
        let all = names.len();
        names.dedup();
        let names_text = names.join(" + ");
        if names.len() < all { format!("{names_text} ({all} calendars)") } else { names_text }
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

/// Classes for where it stands in its day.
fn position((start, end): (i64, i64), Placed { column, wide, of }: Placed) -> String {
    let length = (end - start).clamp(SLOTS_MIN, SLOTS);
    format!("s{start} d{length} i{column} n{of} w{wide}")
}

fn hour_of(week: &Week<'_>) -> i64 {
    i64::from(week.who.now.to_zoned(week.who.zone.clone()).hour())
}

/// How it looks: what it does to one's time.
fn look(week: &Week<'_>, happening: &Happening) -> &'static str {
    let (calendar, _) = &week.calendars[happening.calendar];
    if happening.is_hidden {
        return "hidden";
    }
    match happening.blocking {
        Blocking::Declined | Blocking::Cancelled => "declined",
        _ if !calendar.counts_as_busy => "unchecked",
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
