//! What a choice would block in the coming days, shown before it is saved.

use connection::{Calendar, CalendarState};
use door::details::HIDDEN_TITLE;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use maud::{Markup, html};
use store::busy::{self, Beside, Part};
use store::{StoreError, Tx};

use super::Answers;
use crate::pages::pieces::{icon, words};

/// How far it looks ahead.
const DAYS: i64 = 7;
/// Busy times of one day that are listed.
const LINES_MAX: usize = 40;

/// The button that asks for it, in a form that goes to `here`.
pub(crate) fn button(here: &str) -> Markup {
    html! {
        button .button type="submit" name="preview" value="true"
            formaction={ (here) "#preview" } { "What does this block?" }
    }
}

/// What is shown.
pub(crate) struct Preview<'p> {
    of: Answers<'p>,
    beside: Beside,
    /// What each busy time is called, for whoever looks.
    titles: Vec<Option<String>>,
}

impl<'p> Preview<'p> {
    /// Works it out; nothing is saved.
    pub(crate) async fn load(tx: &mut Tx, of: Answers<'p>) -> Result<Self, StoreError> {
        let week = SignedDuration::from_hours(24 * DAYS);
        let until = of.who.now.checked_add(week).unwrap_or(Timestamp::MAX);
        let switches = |calendar: &Calendar| of.chosen.switches(calendar);
        let (user, stretch) = (&of.staff.of.id, (of.who.now, until));
        let beside = busy::beside_saved(tx, user, switches, stretch, of.who.now).await?;
        let rows = beside.chosen.busy.iter();
        let times: Vec<_> = rows.map(|r| (r.event.clone(), r.start_at, r.end_at)).collect();
        let titles = of.titles(tx, &times, until).await?;
        Ok(Self { of, beside, titles })
    }

    /// The card.
    pub(crate) fn show(&self) -> Markup {
        let today = self.of.who.now.to_zoned(self.of.who.zone.clone()).date();
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
            (true, true) => format!("+ {} blocked, − {}", words::hours(more), words::hours(less)),
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

    /// What cannot be vouched for, and what is not quite of now.
    fn unknown(&self) -> Markup {
        let blind = &self.beside.chosen.blind;
        let is_late = |c: &&Calendar| {
            let is_blind = blind.iter().any(|blind| blind.calendar == c.id);
            let counts = self.of.chosen.switches(c).counts_as_busy;
            counts && !is_blind && c.state(self.of.who.now) != CalendarState::Synced
        };
        let late: Vec<_> = self.of.calendars().filter(is_late).collect();
        html! {
            @if !blind.is_empty() || !late.is_empty() {
                div .notice.warn.with-icon {
                    (icon::alert())
                    ul {
                        @for one in blind {
                            @let name = self.of.calendar(&one.calendar).map(|c| c.name.as_str());
                            li {
                                b { "“" (name.unwrap_or("A calendar")) "”" } " " (one.say())
                                ": its times are unknown, never free."
                            }
                        }
                        @for calendar in late {
                            li {
                                b { "“" (calendar.name) "”" } " is shown as it was known"
                                @if let Some(at) = calendar.known_at {
                                    " at " (words::when(at, self.of.who))
                                }
                                "."
                            }
                        }
                    }
                }
            }
        }
    }

    fn day(&self, date: Date, nth: i64) -> Markup {
        let parts = self.beside.on(date, &self.of.who.zone);
        let rest = parts.len().saturating_sub(LINES_MAX);
        let known = if self.beside.chosen.blind.is_empty() { "" } else { " that is known" };
        html! {
            // What is left of the seventh day lies on the eighth date.
            @if nth < DAYS || !parts.is_empty() {
                div {
                    h3 { @if nth == 0 { "Today, " } (date.strftime("%A %-d %B").to_string()) }
                    @if parts.is_empty() { p .small.soft { "Nothing" (known) " blocks" } }
                    ul .runs { @for part in parts.iter().take(LINES_MAX) { (self.line(part)) } }
                    @if rest > 0 { p .small.soft { "and " (rest) " more" } }
                }
            }
        }
    }

    fn line(&self, part: &Part) -> Markup {
        let clock = |time: Time| time.strftime("%H:%M").to_string();
        let calendar = self.of.calendar(&self.beside.chosen.busy[part.nth].calendar);
        html! {
            li {
                @if part.from.is_none() && part.until.is_none() { span { "all day" } }
                @else {
                    span {
                        (part.from.map_or_else(|| "00:00".to_owned(), clock)) "–"
                        (part.until.map_or_else(|| "24:00".to_owned(), clock))
                    }
                }
                @if let Some(calendar) = calendar {
                    span .with-swatch { (icon::swatch(&calendar.color)) (calendar.name) }
                }
                span { (self.titles[part.nth].as_deref().unwrap_or(HIDDEN_TITLE)) }
            }
        }
    }
}
