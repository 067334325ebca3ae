//! How surely a week is known: stale and blind calendars, and days beyond what is kept.

use connection::{Calendar, Connection, Counts};
use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};
use store::{StoreError, Tx, calendars};

use super::doubts::Doubts;
use crate::pages::week_happenings::{HAPPENINGS_MAX, Look};
use crate::session::SignedIn;

/// What is to be said above the grid.
pub(super) struct Known {
    doubts: Doubts,
    has_unknown: bool,
    /// First and last day for which all calendars are known.
    first_day: Option<Date>,
    last_day: Option<Date>,
    week: (Date, Date),
    has_more: bool,
}

impl Known {
    /// Looks at each calendar on which something that can be booked depends.
    pub(super) async fn read(
        tx: &mut Tx,
        (all, held): (&[(Calendar, Counts)], &[Connection]),
        (look, now): (&Look<'_>, Timestamp),
    ) -> Result<Self, StoreError> {
        let day = |at: Timestamp| at.to_zoned(look.zone.clone()).date();
        let (mut first_day, mut last_day) = (None, None);
        let all: Vec<_> = all.iter().filter(|(c, _)| !c.is_left_aside()).cloned().collect();
        for (calendar, _) in &all {
            let Some(place) = calendars::place(tx, &calendar.id).await? else { continue };
            if let Some(from) = place.known_from.map(day) {
                first_day = first_day.max(from.tomorrow().ok().or(Some(from)));
            }
            if let Some(until) = calendar.known_until.map(day) {
                let last = until.yesterday().unwrap_or(until);
                last_day = Some(last_day.map_or(last, |known: Date| known.min(last)));
            }
        }
        Ok(Self {
            doubts: Doubts::of(&all, held, (look.gate.is_holder(), now)),
            has_unknown: Doubts::has_unknown(&all, now),
            first_day,
            last_day,
            week: (look.first, look.last),
            has_more: false,
        })
    }

    /// Notes that not all occurrences are shown.
    pub(super) fn with_more(self, has_more: bool) -> Self {
        Self { has_more, ..self }
    }

    /// Is this day within what all calendars are known for?
    pub(super) fn is_known(&self, day: Date) -> bool {
        self.first_day.is_none_or(|first| day >= first)
            && self.last_day.is_none_or(|last| day <= last)
            && !self.has_unknown
    }

    /// Is anything to be said?
    pub(super) fn has_notices(&self) -> bool {
        let (first, last) = self.week;
        let is_cut = self.first_day.is_some_and(|known| first < known)
            || self.last_day.is_some_and(|known| last > known);
        !self.doubts.is_empty() || is_cut || self.has_more
    }

    /// What is to be said.
    pub(super) fn notices(&self, who: &SignedIn) -> Markup {
        let (first, last) = self.week;
        let before = self.first_day.filter(|known| first < *known);
        let after = self.last_day.filter(|known| last > *known);
        html! {
            div #known .notices {
                @if !self.doubts.is_empty() { (self.doubts.notice(who)) }
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
