//! The calendars of a connection: what blocks, what waits for a decision.

use connection::{Calendar, CalendarAccess, CalendarState, Counts, GONE_MEANS};
use maud::{Markup, html};

use super::One;
use crate::pages::pieces::linked::linked;
use crate::pages::pieces::tip::tip;
use crate::pages::pieces::{hearing, icon, words};

/// Why its switch cannot be turned off.
const LINKED: &str = "Always checked: it is the linked calendar";

impl One<'_> {
    /// The card.
    pub(super) fn calendars(&self) -> Markup {
        html! {
            section .card #calendars aria-labelledby="calendars-title" {
                header {
                    div {
                        h2 #calendars-title { "Calendars" }
                        p {
                            "What blocks, and what is only shown."
                        }
                    }
                }
                @for calendar in self.standing.to_decide(self.who.now) { (self.decision(calendar)) }
                ul .rows {
                    @for (calendar, counts) in &self.standing.calendars {
                        (self.calendar(calendar, *counts))
                    }
                }
            }
        }
    }

    fn calendar(&self, calendar: &Calendar, counts: Counts) -> Markup {
        let action = format!("{}/calendars/{}", self.standing.href(), calendar.id);
        let is_linked = self.standing.is_linked(calendar);
        html! {
            li .row id=(calendar.id) {
                div {
                    h3 .with-swatch { (icon::swatch(&calendar.color)) (calendar.name) }
                    (self.facts(calendar, counts))
                }
                form .switches method="post" action=(action) data-save {
                    label {
                        input .switch type="checkbox" role="switch" name="counts_as_busy"
                            checked[calendar.counts_as_busy] disabled[is_linked]
                            title=[is_linked.then_some(LINKED)]
                            aria-label={ "Events in " (calendar.name) " block" };
                        "Blocks"
                    }
                    label {
                        input .switch type="checkbox" role="switch" name="all_day_is_busy"
                            checked[calendar.all_day_is_busy]
                            aria-label={
                                "All-day events in " (calendar.name)
                                " block even where they are marked free"
                            };
                        "All-day blocks"
                    }
                    (tip(calendar.id.as_str(), "All-day blocks",
                        "All-day events then block even where they are marked free, as holidays \
                         and absences often are."))
                    button .button.small type="submit" { "Save" }
                }
            }
        }
    }

    /// What is known of it; changes while the page is open.
    pub(super) fn facts(&self, calendar: &Calendar, counts: Counts) -> Markup {
        html! {
            div id=(facts_id(calendar)) {
                (self.known(calendar, counts))
                (self.hears(calendar))
                @if calendar.is_left_aside() {
                    div .actions { (self.standing.gone_steps(calendar, self.who)) }
                }
            }
        }
    }

    fn known(&self, calendar: &Calendar, counts: Counts) -> Markup {
        let access = match calendar.access {
            CalendarAccess::Writer => "can be written to",
            CalendarAccess::Reader => "read only",
            CalendarAccess::FreeBusy => "busy and free only",
        };
        let is_linked = self.standing.is_linked(calendar);
        html! {
            p .small.soft {
                (words::count(counts.events, "event", "events")) " · " (access)
                @match calendar.state(self.who.now) {
                    CalendarState::Processing => " · being read for the first time",
                    CalendarState::Gone if calendar.is_left_aside() => {
                        " · gone at the provider; it is only shown, so no booking depends on it"
                    }
                    CalendarState::Gone => " · gone at the provider",
                    CalendarState::Blind => " · not read lately: its times count as unknown",
                    CalendarState::Braked => " · waits for your decision",
                    CalendarState::Synced | CalendarState::Delayed => {
                        @if let Some(at) = calendar.known_at {
                            " · as of " (words::when(at, self.who))
                        }
                    }
                }
                @if let Some(until) = calendar.known_until {
                    " · repeats worked out until "
                    (words::day(&until.to_zoned(self.who.zone.clone())))
                }
                @if is_linked { " · " b { "Linked" } ", always checked" }
                @if counts.not_understood > 0 {
                    " · "
                    a href="#not-understood" {
                        (counts.not_understood) " not wholly understood"
                    }
                }
            }
        }
    }

    /// How it hears of changes, what it can bring along, and why its provider does not ring.
    fn hears(&self, calendar: &Calendar) -> Markup {
        let row = self.standing.integration(&self.web.ctx.catalogue);
        let rings = row.is_some_and(|row| row.watch.is_some());
        let is_asked = self.standing.is_looked_after()
            && !self.standing.is_file()
            && calendar.gone_at.is_none();
        let how = hearing::of_calendar(calendar, rings).filter(|_| is_asked);
        let brings = calendar.conference.filter(|_| calendar.access == CalendarAccess::Writer);
        let brings = brings.map(|conference| format!("can add {} links", conference.name()));
        let facts: Vec<_> = how.into_iter().chain(brings).collect();
        let trouble = calendar.push_trouble.as_ref().filter(|_| is_asked && !calendar.push);
        html! {
            @if !facts.is_empty() { p .small.soft { (words::sentence(&facts.join(" · "))) } }
            @if let Some(trouble) = trouble {
                p .small.soft {
                    "No push updates: "
                    (linked(&words::sentence(&trouble.say)))
                }
            }
        }
    }

    /// What happened to a calendar, and the two ways on.
    fn decision(&self, calendar: &Calendar) -> Markup {
        let href = self.standing.href();
        let is_gone = calendar.state(self.who.now) == CalendarState::Gone;
        let is_feed = self.standing.is_feed();
        html! {
            div .decision {
                (icon::alert())
                div {
                    @if is_gone {
                        p .strong { "“" (calendar.name) "” is gone at the provider" }
                        p {
                            @if is_feed { "It was withdrawn, or has moved to another address. " }
                            @else {
                                "It was deleted there, or is no longer shared with this account. "
                            }
                            (GONE_MEANS)
                            @if !is_feed { " " (words::FORGETS) }
                        }
                    } @else {
                        p .strong { "“" (calendar.name) "” waits for your decision" }
                        p { (words::sentence(calendar.brake.as_deref().unwrap_or_default())) }
                    }
                    div .actions {
                        @if is_gone {
                            (self.standing.gone_steps(calendar, self.who))
                        } @else {
                            form method="post" action={
                                (href) "/calendars/" (calendar.id) "/believe"
                            } {
                                button .button.alarm type="submit" {
                                    "It is true, take it as it is"
                                }
                            }
                        }
                        form method="post" action={ (href) "/pull" } {
                            button .button type="submit" { "Keep what is known, look again" }
                        }
                    }
                }
            }
        }
    }
}

/// The id of the line that [`One::facts`] is.
pub(super) fn facts_id(calendar: &Calendar) -> String {
    format!("facts-{}", calendar.id)
}
