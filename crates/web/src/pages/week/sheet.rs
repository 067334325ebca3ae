//! What opens from an event: all that is known of it, and whether it blocks, and why. A popover,
//! so that no script is needed, and Escape closes it.

use calendar::{Blocking, busy_kind};
use jiff::SignedDuration;
use jiff::civil::Date;
use maud::{Markup, html};

use super::Week;
use crate::pages::pieces::{icon, words};
use crate::pages::week_happenings::Happening;

/// What stands where a title may be seen, or where it may not.
pub(super) fn title(happening: &Happening) -> &str {
    match &happening.title {
        Some(title) => title,
        None if happening.is_hidden || happening.is_busy_only => "Busy",
        None => "No title",
    }
}

/// The title, as the button that opens its sheet, with a sign where something is a guess.
pub(super) fn opener(happening: &Happening) -> Markup {
    html! {
        button .open type="button" popovertarget=(happening.tag) {
            @if let Some(problem) = &happening.problem {
                span .guess aria-hidden="true" { "?" }
                span .unseen { (doubt(problem)) ": " }
            }
            b { (title(happening)) }
        }
    }
}

/// What is not known of it, in a few words.
fn doubt((code, _): &(String, String)) -> &'static str {
    if code == "unknown_zone" { "time zone not known" } else { "not wholly understood" }
}

impl Week<'_> {
    /// All sheets of the week.
    pub(super) fn sheets(&self) -> Markup {
        html! { @for happening in &self.happenings { (self.sheet(happening)) } }
    }

    fn sheet(&self, happening: &Happening) -> Markup {
        let name = format!("{}-name", happening.tag);
        html! {
            div .sheet popover id=(happening.tag) role="dialog" aria-labelledby=(name) {
                h3 id=(name) { (title(happening)) }
                dl {
                    div { dt { "When" } dd { (self.when(happening)) } }
                    @if let Some(location) = &happening.location {
                        div { dt { "Where" } dd { (location) } }
                    }
                    @if happening.is_hidden {
                        div { dt { "Details" } dd { "Private: no more is shown." } }
                    } @else {
                        @if happening.is_busy_only && self.is_own {
                            div { dt { "Details" } dd { (self.shown_busy(happening)) } }
                        }
                        (self.holders(happening))
                        div { dt { "Blocks" } dd { (self.blocks(happening)) } }
                    }
                    (self.guess(happening))
                }
                (close(&happening.tag))
            }
        }
    }

    fn shown_busy(&self, happening: &Happening) -> String {
        let held = self.held(&self.calendars[happening.calendar].0);
        let name = held.and_then(|held| self.web.ctx.catalogue.find(held.integration.as_str()));
        let name = name.map_or("Its provider", |row| row.name);
        format!("{name} shows no more than busy and free of this calendar.")
    }

    /// In which calendars it is, of which accounts.
    fn holders(&self, happening: &Happening) -> Markup {
        html! {
            @for nth in happening.calendars() {
                @let calendar = &self.calendars[nth].0;
                @let held = self.held(calendar);
                div {
                    dt { "Calendar" }
                    dd {
                        (icon::swatch(&calendar.color)) " " (calendar.name)
                        @if let Some(held) = held.filter(|_| self.is_own) {
                            span .soft { " · " (words::name(&held.principal.name)) }
                        }
                    }
                }
            }
        }
    }

    fn guess(&self, happening: &Happening) -> Markup {
        let Some(problem) = &happening.problem else { return html! {} };
        let of = &self.calendars[happening.calendar].0.connection;
        html! {
            div {
                dt { "In doubt" }
                dd {
                    @if problem.1.is_empty() { (words::sentence(doubt(problem))) "." }
                    @else { (problem.1) }
                    @if self.is_own {
                        " "
                        a href={ "/calendars/settings/connections/" (of) "#not-understood" } {
                            "All that is in doubt"
                        }
                    }
                }
            }
        }
    }

    fn when(&self, happening: &Happening) -> String {
        if let Some((first, last)) = happening.days {
            let first_day = long(first);
            return if first == last {
                format!("{first_day}, all day")
            } else {
                format!("{first_day} to {}, all day", long(last))
            };
        }
        let wall = |at: jiff::Timestamp| at.to_zoned(self.who.zone.clone());
        let (start, end) = (wall(happening.start), wall(happening.end));
        let (from, until) = (start.strftime("%H:%M"), end.strftime("%H:%M"));
        let day = long(start.date());
        if start == end {
            format!("{day}, {from}")
        } else if start.date() == end.date() {
            format!("{day}, {from}–{until}")
        } else {
            format!("{day}, {from}, to {}, {until}", long(end.date()))
        }
    }

    /// Does it block, and why: the tables of `docs/busy.md` in words.
    fn blocks(&self, happening: &Happening) -> &'static str {
        let (calendar, _) = &self.calendars[happening.calendar];
        let is_all_day = happening.days.is_some();
        let blocks = busy_kind(happening.blocking, is_all_day, calendar.switches()).is_some();
        if !calendar.counts_as_busy {
            return "No: its calendar is not set to block.";
        }
        if happening.end.duration_since(happening.start) <= SignedDuration::ZERO {
            return "No: it has no length.";
        }
        match happening.blocking {
            Blocking::Free if blocks => {
                "Yes: it is marked free, but all-day events of its calendar block."
            }
            Blocking::Free => "No: it is marked free.",
            Blocking::Declined => "No: it was declined.",
            Blocking::Cancelled => "No: it was cancelled.",
            Blocking::Tentative => "Yes: it is tentative, and keeps the time until it is settled.",
            Blocking::Unavailable => "Yes: out of office.",
            Blocking::Elsewhere => "Yes: working elsewhere counts as busy.",
            Blocking::Busy => "Yes: it is busy.",
        }
    }
}

/// The button that closes a sheet.
pub(super) fn close(tag: &str) -> Markup {
    html! {
        button .button.small type="button" popovertarget=(tag) popovertargetaction="hide" {
            "Close"
        }
    }
}

fn long(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}
