//! What needs a decision about single calendars, and where nothing can be done but wait.

use std::iter;

use connection::{Calendar, CalendarState};
use maud::{Markup, html};

use super::{FORGET, Fix};
use crate::pages::pieces::linked::linked_to_copy;
use crate::pages::pieces::{icon, words};
use crate::pages::standing::Standing;

impl Fix<'_> {
    pub(super) fn gone(&self) -> Markup {
        let gone = self.decided(|state| state == CalendarState::Gone);
        html! {
            @if !gone.is_empty() {
                section .card aria-label="Calendars that are gone" {
                    header {
                        div {
                            h2 { "Calendars that are gone" }
                            p {
                                "Deleted at the provider, or no longer shared with the account. \
                                 What was last known of them still blocks until you decide."
                            }
                        }
                        form method="post" action=(FORGET) {
                            button .button type="submit" { "Forget all of them" }
                        }
                    }
                    ul .rows { @for (one, calendar) in gone { (self.gone_one(one, calendar)) } }
                }
            }
        }
    }

    fn gone_one(&self, standing: &Standing, calendar: &Calendar) -> Markup {
        let own = format!("{}/calendars/{}", standing.href(), calendar.id);
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
                        " · " (self.used(calendar))
                    }
                }
                div .actions {
                    form method="post" action={ (own) "/remove" } {
                        button .button.alarm type="submit"
                            aria-label={ "Forget it: " (calendar.name) } { "Forget it" }
                    }
                }
            }
        }
    }

    /// Where a calendar is used.
    fn used(&self, calendar: &Calendar) -> &'static str {
        let is_linked = self.who.user.settings.linked_calendar.as_ref() == Some(&calendar.id);
        match (is_linked, calendar.counts_as_busy) {
            (true, _) => "your linked calendar: choose another one",
            (false, true) => "checked for conflicts",
            (false, false) => "shown only, checked for nothing",
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

    /// Where nothing can be done but wait.
    pub(super) fn waiting(&self) -> Markup {
        let mut troubles = self.all.iter().flat_map(|one| one.troubles().map(move |t| (one, t)));
        let first = troubles.next();
        html! {
            div #waiting {
                @if let Some(first) = first {
                    section .card aria-label="Nothing to do but wait" {
                        header {
                            div {
                                h2 { "Nothing to do but wait" }
                                p { "Daymark tries these again by itself." }
                            }
                        }
                        ul .rows {
                            @for (one, (calendar, trouble)) in iter::once(first).chain(troubles) {
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
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
