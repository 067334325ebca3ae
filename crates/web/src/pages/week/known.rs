//! How surely a week is known: stale and blind calendars, and days beyond what is kept.

use connection::{Calendar, CalendarState, Counts};
use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};
use store::{StoreError, Tx, calendars};

use crate::pages::pieces::{icon, words};
use crate::pages::week_happenings::{HAPPENINGS_MAX, Look};
use crate::session::SignedIn;

/// What is to be said above the grid.
pub(super) struct Known {
    doubts: Vec<(String, CalendarState, Option<Timestamp>)>,
    /// First and last day for which all calendars are known.
    first_day: Option<Date>,
    last_day: Option<Date>,
    week: (Date, Date),
    has_more: bool,
}

impl Known {
    /// Looks at each calendar; names of somebody else's calendars stay theirs.
    pub(super) async fn read(
        tx: &mut Tx,
        all: &[(Calendar, Counts)],
        (look, now): (&Look<'_>, Timestamp),
    ) -> Result<Self, StoreError> {
        let day = |at: Timestamp| at.to_zoned(look.zone.clone()).date();
        let (mut first_day, mut last_day, mut doubts) = (None, None, Vec::new());
        for (nth, (calendar, _)) in all.iter().enumerate() {
            let state = calendar.state(now);
            if state != CalendarState::Synced {
                let name = if look.is_owner {
                    format!("“{}”", calendar.name)
                } else {
                    format!("Calendar {}", nth + 1)
                };
                doubts.push((name, state, calendar.known_at));
            }
            let Some(place) = calendars::place(tx, &calendar.id).await? else { continue };
            if let Some(from) = place.known_from.map(day) {
                first_day = first_day.max(from.tomorrow().ok().or(Some(from)));
            }
            if let Some(until) = calendar.known_until.map(day) {
                let last = until.yesterday().unwrap_or(until);
                last_day = Some(last_day.map_or(last, |known: Date| known.min(last)));
            }
        }
        let week = (look.first, look.last);
        Ok(Self { doubts, first_day, last_day, week, has_more: false })
    }

    /// Notes that not all occurrences are shown.
    pub(super) fn with_more(self, has_more: bool) -> Self {
        Self { has_more, ..self }
    }

    /// Is this day within what all calendars are known for?
    pub(super) fn is_known(&self, day: Date) -> bool {
        self.first_day.is_none_or(|first| day >= first)
            && self.last_day.is_none_or(|last| day <= last)
            && !self.doubts.iter().any(|(_, _, known_at)| known_at.is_none())
    }

    /// What is to be said.
    pub(super) fn notices(&self, who: &SignedIn) -> Markup {
        let (first, last) = self.week;
        let before = self.first_day.filter(|known| first < *known);
        let after = self.last_day.filter(|known| last > *known);
        html! {
            div #known .notices {
                @if !self.doubts.is_empty() {
                    div .notice.warn.with-icon {
                        (icon::alert())
                        ul {
                            @for (name, state, known_at) in &self.doubts {
                                li { b { (name) } " " (doubt(*state, *known_at, who)) }
                            }
                        }
                    }
                }
                @if let Some(day) = before {
                    p .notice { "Days before " (long(day)) " are no longer kept here." }
                }
                @if let Some(day) = after {
                    p .notice {
                        "Days after " (long(day))
                        " are not known yet: nothing shown there does not mean free."
                    }
                }
                @if self.has_more {
                    p .notice.warn {
                        "This week holds more than " (HAPPENINGS_MAX)
                        " events. The rest is not shown, but blocks all the same."
                    }
                }
            }
        }
    }
}

fn long(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

fn doubt(state: CalendarState, known_at: Option<Timestamp>, who: &SignedIn) -> String {
    let as_of = known_at.map(|at| format!("as of {}", words::when(at, who)));
    let as_of = as_of.unwrap_or_else(|| "as it was last".to_owned());
    match state {
        CalendarState::Processing => {
            "is being read for the first time: what it holds is not known yet.".to_owned()
        }
        CalendarState::Blind => format!("has not been read lately: shown {as_of}."),
        CalendarState::Braked => format!("waits for a decision: shown {as_of}."),
        CalendarState::Gone => format!("is gone at the provider: shown {as_of}."),
        CalendarState::Delayed | CalendarState::Synced => format!("is delayed: shown {as_of}."),
    }
}
