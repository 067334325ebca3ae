//! What needs a decision about single calendars, and where nothing can be done but wait.

use connection::{Calendar, CalendarState, GONE_MEANS};
use maud::{Markup, html};

use super::{CHOOSE_LINKED, FORGET, Fix, empty};
use crate::pages::pieces::linked::linked_to_copy;
use crate::pages::pieces::{icon, words};
use crate::pages::standing::Standing;

impl Fix<'_> {
    pub(super) fn gone(&self) -> Markup {
        let gone = self.decided(|state| state == CalendarState::Gone);
        let forgets = gone.iter().any(|(standing, _)| !standing.is_feed());
        html! {
            @if !gone.is_empty() {
                section .card aria-label="Calendars that are gone" {
                    header {
                        div {
                            h2 { "Calendars that are gone" }
                            p {
                                "Deleted at the provider, withdrawn, or no longer shared with the \
                                 account. " (GONE_MEANS)
                                @if forgets { " " (words::FORGETS) }
                            }
                        }
                        @if forgets {
                            form method="post" action=(FORGET) {
                                button .button type="submit" { "Forget all of them" }
                            }
                        }
                    }
                    ul .rows { @for (one, calendar) in gone { (self.gone_one(one, calendar)) } }
                }
            }
        }
    }

    fn gone_one(&self, standing: &Standing, calendar: &Calendar) -> Markup {
        html! {
            li .row id=(calendar.id) {
                div {
                    h3 .with-swatch { (icon::swatch(&calendar.color)) (calendar.name) }
                    p .small.soft {
                        (standing.kind(&self.web.ctx.catalogue)) " · "
                        (words::name(&standing.connection.principal.name))
                        @if let Some(at) = calendar.gone_at {
                            " · gone since " (words::when(at, self.who))
                        }
                        " · " (used(standing, calendar))
                    }
                }
                div .actions { (standing.gone_steps(calendar, self.who)) }
            }
        }
    }

    pub(super) fn held(&self) -> Markup {
        let held = self.decided(|state| state != CalendarState::Gone);
        html! {
            @if !held.is_empty() {
                section .card aria-label="Calendars that wait for your decision" {
                    header {
                        div {
                            h2 { "Suddenly empty" }
                            p { "What was known stands until you say which is true." }
                        }
                    }
                    ul .rows {
                        @for (standing, calendar) in held {
                            li .row {
                                div {
                                    h3 .with-swatch {
                                        (icon::swatch(&calendar.color)) (calendar.name)
                                    }
                                    p .small.soft {
                                        (words::sentence(
                                            calendar.brake.as_deref().unwrap_or_default()
                                        ))
                                    }
                                }
                                a .button href={ (standing.href()) "#calendars" } { "Decide" }
                            }
                        }
                    }
                }
            }
        }
    }

    fn decided(&self, wanted: impl Fn(CalendarState) -> bool) -> Vec<(&Standing, &Calendar)> {
        let of = self.all.iter().flat_map(|one| one.to_decide(self.who.now).map(move |c| (one, c)));
        of.filter(|(_, calendar)| wanted(calendar.state(self.who.now))).collect()
    }

    /// What is tried again by itself, where often nothing can be done but wait; or that all is
    /// well, where nothing else is on the page.
    pub(super) fn waiting(&self) -> Markup {
        let of = self.all.iter().flat_map(|one| one.troubles().map(move |t| (one, t)));
        let troubles: Vec<_> = of.collect();
        let waits = || self.all.iter().filter_map(|one| Some((one, one.status.waits_until?)));
        let helps = troubles.iter().any(|(one, (_, trouble))| one.can_help(trouble));
        let heading = if helps { "Could not be read" } else { "Nothing to do but wait" };
        html! {
            div #waiting {
                @if self.is_well() && self.others_needs().is_empty() {
                    section .card {
                        (empty(
                            "Nothing of yours needs you",
                            "All that is connected lets Daymark in.",
                            ("Connections", "/calendars/settings/connections"),
                        ))
                    }
                }
                @if !troubles.is_empty() || waits().next().is_some() {
                    section .card aria-label=(heading) {
                        header {
                            div {
                                h2 { (heading) }
                                p {
                                    "Daymark tries these again by itself."
                                    @if helps { " What helps besides is said with each." }
                                }
                            }
                        }
                        ul .rows {
                            @for (one, until) in waits() {
                                li .row {
                                    div {
                                        h3 { (words::name(&one.connection.principal.name)) }
                                        p .small.soft {
                                            (one.kind(&self.web.ctx.catalogue))
                                            " asked Daymark to wait."
                                        }
                                    }
                                    p .small.faint { "Next try at " (words::when(until, self.who)) }
                                }
                            }
                            @for (one, (calendar, trouble)) in troubles {
                                li .row {
                                    div {
                                        h3 .with-swatch {
                                            (icon::swatch(&calendar.color)) (calendar.name)
                                        }
                                        p .small.soft {
                                            (one.kind(&self.web.ctx.catalogue)) " · "
                                            (words::name(&one.connection.principal.name)) ". "
                                            (linked_to_copy(&words::sentence(&trouble.say)))
                                        }
                                    }
                                    p .small.faint {
                                        @if trouble.again_at > self.who.now {
                                            "Next try at " (words::when(trouble.again_at, self.who))
                                        } @else { "Trying again" }
                                    }
                                    @if one.is_feed() && one.can_help(trouble) {
                                        (one.renew(self.who, false))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Where a calendar is used; for the linked one, the way to another.
fn used(standing: &Standing, calendar: &Calendar) -> Markup {
    html! {
        @if standing.is_linked(calendar) {
            b { "your linked calendar" } ": no booking is written to it now. "
            a href=(CHOOSE_LINKED) { "Choose another one" }
            ". Also "
        }
        "checked for conflicts"
    }
}
