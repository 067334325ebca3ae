//! What a choice would block in the coming days, shown before it is saved.

use calendar::{Horizon, timezone};
use connection::{Calendar, CalendarId, CalendarState};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use maud::{Markup, html};
use store::busy::{self, Beside, Blind, BusyRow};
use store::{StoreError, Tx};

use crate::details::{Details, Gate, HIDDEN_TITLE};
use crate::pages::pieces::calendar_choice::Chosen;
use crate::pages::pieces::{icon, words};
use crate::pages::staff::Staff;
use crate::pages::standing::Standing;
use crate::pages::week_happenings::zone;
use crate::session::SignedIn;

/// How far it looks ahead.
const DAYS: i64 = 7;
/// Busy times of one day that are listed.
const LINES_MAX: usize = 40;

/// What is shown.
pub(super) struct Preview<'p> {
    who: &'p SignedIn,
    all: &'p [Standing],
    chosen: &'p Chosen,
    beside: Beside,
    /// What each busy time is called, for whoever looks.
    titles: Vec<String>,
}

impl<'p> Preview<'p> {
    /// Works it out; nothing is saved.
    pub(super) async fn load(
        tx: &mut Tx,
        (who, staff): (&'p SignedIn, &Staff),
        (all, chosen): (&'p [Standing], &'p Chosen),
    ) -> Result<Self, StoreError> {
        let week = SignedDuration::from_hours(24 * DAYS);
        let stretch = (who.now, who.now.checked_add(week).unwrap_or(Timestamp::MAX));
        let switches = |calendar: &Calendar| chosen.switches(calendar);
        let beside = busy::beside_saved(tx, &staff.of.id, switches, stretch, who.now).await?;
        let mut preview = Self { who, all, chosen, beside, titles: Vec::new() };
        preview.titles = preview.read_titles(tx, staff, stretch).await?;
        Ok(preview)
    }

    async fn read_titles(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<String>, StoreError> {
        let rows = &self.beside.chosen.busy;
        let mut wanted: Vec<_> = rows.iter().map(|row| row.event.clone()).collect();
        wanted.sort();
        wanted.dedup();
        let owner_zone = timezone::named(&staff.of.time_zone).unwrap_or(TimeZone::UTC);
        let zone_of = |id: &CalendarId| Some(zone(self.calendar(id)?, &owner_zone));
        let gate = Gate::of_person(self.who, &staff.of);
        let mut details = match Horizon::new(from, until) {
            Some(horizon) => Details::read(tx, &wanted, (horizon, zone_of), gate).await?,
            None => Details::default(),
        };
        let title = |row: &BusyRow| {
            let seen = details.take(&row.event, (row.start_at, row.end_at));
            let title = seen.detail.and_then(|detail| detail.title);
            title.filter(|title| !title.trim().is_empty())
        };
        Ok(rows.iter().map(title).map(|t| t.unwrap_or_else(|| HIDDEN_TITLE.to_owned())).collect())
    }

    fn calendar(&self, id: &CalendarId) -> Option<&'p Calendar> {
        self.all.iter().flat_map(|one| &one.calendars).map(|(c, _)| c).find(|c| c.id == *id)
    }

    /// The card.
    pub(super) fn show(&self) -> Markup {
        let today = self.who.now.to_zoned(self.who.zone.clone()).date();
        html! {
            section .card.narrow #preview aria-labelledby="preview-title" {
                header {
                    div {
                        h2 #preview-title { "What this blocks" }
                        p { "The next seven days, as the answers above would make them. Nothing is \
                             saved yet." }
                    }
                }
                div .body {
                    (self.sum())
                    (self.unknown())
                    @for nth in 0..=DAYS { (self.day(today.saturating_add(nth.days()), nth)) }
                }
            }
        }
    }

    /// How much in all, and what of it is another than what is saved.
    fn sum(&self) -> Markup {
        let Beside { blocked, more, less, .. } = self.beside;
        let is_some = |length: SignedDuration| length.as_mins() > 0;
        let change = match (is_some(more), is_some(less)) {
            (true, true) => {
                format!("+ {} blocked, − {}", words::hours(more), words::hours(less))
            }
            (true, false) => format!("+ {} blocked", words::hours(more)),
            (false, true) => format!("− {} blocked", words::hours(less)),
            (false, false) => "no change".to_owned(),
        };
        html! {
            p {
                b { (words::hours(blocked)) " blocked." }
                " Against what is saved: " b { (change) } "."
                @if !self.beside.chosen.blind.is_empty() { " What is unknown is not counted here." }
            }
        }
    }

    /// What cannot be vouched for, and what is not quite of today.
    fn unknown(&self) -> Markup {
        let blind = &self.beside.chosen.blind;
        let counts = |c: &Calendar| self.chosen.switches(c).counts_as_busy;
        let is_blind = |c: &Calendar| blind.iter().any(|blind| blind.calendar == c.id);
        let calendars = self.all.iter().flat_map(|one| &one.calendars).map(|(c, _)| c);
        let late: Vec<_> = calendars
            .filter(|c| counts(c) && !is_blind(c) && c.state(self.who.now) != CalendarState::Synced)
            .collect();
        html! {
            @if !blind.is_empty() || !late.is_empty() {
                div .notice.warn.with-icon {
                    (icon::alert())
                    ul {
                        @for one in blind {
                            li {
                                b { "“" (self.name(&one.calendar)) "”" } " " (why(one))
                                ": its times are unknown, never free."
                            }
                        }
                        @for calendar in late {
                            li {
                                b { "“" (calendar.name) "”" } " is shown as it was known"
                                @if let Some(at) = calendar.known_at {
                                    " at " (words::when(at, self.who))
                                }
                                "."
                            }
                        }
                    }
                }
            }
        }
    }

    fn name(&self, id: &CalendarId) -> &str {
        self.calendar(id).map_or("A calendar", |calendar| calendar.name.as_str())
    }

    fn day(&self, date: Date, nth: i64) -> Markup {
        let rows = self.beside.chosen.busy.iter().zip(&self.titles);
        let lines: Vec<_> =
            rows.filter_map(|(row, title)| Some((row, title, self.times(row, date)?))).collect();
        let rest = lines.len().saturating_sub(LINES_MAX);
        html! {
            // What is left of the seventh day lies on the eighth date.
            @if nth < DAYS || !lines.is_empty() {
                div {
                    h3 { @if nth == 0 { "Today, " } (date.strftime("%A %-d %B").to_string()) }
                    @if lines.is_empty() && self.beside.chosen.blind.is_empty() {
                        p .small.soft { "Nothing blocks" }
                    } @else if lines.is_empty() {
                        p .small.soft { "Nothing that is known blocks" }
                    }
                    ul .runs {
                        @for (row, title, times) in lines.iter().take(LINES_MAX) {
                            li {
                                span { (times) }
                                @if let Some(calendar) = self.calendar(&row.calendar) {
                                    span .with-swatch {
                                        (icon::swatch(&calendar.color)) (calendar.name)
                                    }
                                }
                                span { (title) }
                            }
                        }
                    }
                    @if rest > 0 { p .small.soft { "and " (rest) " more" } }
                }
            }
        }
    }

    /// The part of a busy time that lies on that day; `None` where none does.
    fn times(&self, row: &BusyRow, date: Date) -> Option<String> {
        let wall = |at: Timestamp| at.to_zoned(self.who.zone.clone()).datetime();
        let (start, end) = (wall(row.start_at), wall(row.end_at));
        let (midnight, next) = (date.at(0, 0, 0, 0), date.tomorrow().ok()?.at(0, 0, 0, 0));
        if start >= next || end <= midnight {
            return None;
        }
        let until = |end: String| if end == "00:00" { "24:00".to_owned() } else { end };
        Some(match (start <= midnight, end >= next) {
            (true, true) => "all day".to_owned(),
            (true, false) => format!("00:00–{}", end.strftime("%H:%M")),
            (false, true) => format!("{}–24:00", start.strftime("%H:%M")),
            (false, false) => {
                format!("{}–{}", start.strftime("%H:%M"), until(end.strftime("%H:%M").to_string()))
            }
        })
    }
}

fn why(blind: &Blind) -> &'static str {
    match blind.why {
        "never_read" => "has not been read yet",
        "gone" => "is gone at the provider",
        "not_read_lately" => "has not been read lately",
        _ => "is not worked out so far ahead",
    }
}
