//! One provider on the set-up page.

use connection::{Refusal, SetUp, SetUpSetting, SetUpStep, ToCopy, is_soon};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::HREF;
use crate::Web;
use crate::pages::oauth;
use crate::pages::pieces::copy::copyable;
use crate::pages::pieces::icon;
use crate::pages::pieces::linked::linked;

/// What its card is made from.
pub(super) struct Provider<'p> {
    pub(super) set_up: &'p SetUp,
    /// What a check has just found.
    pub(super) found: Option<&'p Result<(), Refusal>>,
    pub(super) web: &'p Web,
}

impl Provider<'_> {
    pub(super) fn card(&self) -> Markup {
        let SetUp { kind, name, gives, mark, color, .. } = self.set_up;
        html! {
            section .card id=(kind) aria-labelledby={ (kind) "-title" } {
                header {
                    (icon::mark(mark, color))
                    div { h2 id={ (kind) "-title" } { (name) } p { (gives) } }
                    (self.tag())
                }
                div .body {
                    @if let Some(later) = self.set_up.later { p .notice { (later) } }
                    (self.secret_ends())
                    (self.found())
                    (self.settings())
                    (self.check())
                    (self.steps())
                    @if !self.set_up.notes.is_empty() {
                        ul .plain.soft { @for note in self.set_up.notes { li { (note) } } }
                    }
                }
            }
        }
    }

    /// When its secret ends, and what to do before.
    fn secret_ends(&self) -> Markup {
        let Some(day) = self.set_up.secret_ends else { return html! {} };
        let name = self.set_up.name;
        let written = day.strftime("%-d %B %Y").to_string();
        html! {
            p .notice.warn[self.is_near(day)] {
                b { "Renew before " (written) ". " }
                "The client secret ends then: make a new one at " (name) ", and set it and its \
                 end here. Administrators are told a week and a day before."
            }
        }
    }

    fn is_near(&self, day: Date) -> bool {
        let midnight = day.to_zoned(TimeZone::UTC);
        let now = self.web.ctx.clock.now();
        midnight.is_ok_and(|midnight| is_soon(midnight.timestamp(), now))
    }

    fn is_entered(&self) -> bool {
        self.set_up.client.is_some()
    }

    fn tag(&self) -> Markup {
        html! {
            @if !self.is_entered() {
                span .tag.delayed { "Not set up" }
            } @else if matches!(self.found, Some(Err(_))) {
                span .tag.attention { "Set, but the check failed" }
            } @else {
                span .tag.synced { "Set" }
            }
        }
    }

    fn found(&self) -> Markup {
        let name = self.set_up.name;
        html! {
            @match self.found {
                Some(Ok(())) => {
                    p .notice.ok role="status" {
                        b { (name) " knows this client, and takes its secret. " }
                        "Whether the way back and the permissions are entered there as well shows \
                         at the first sign-in"
                        @if self.set_up.later.is_none() {
                            ": "
                            a href={ "/calendars/settings/connections/add/" (self.set_up.kind) } {
                                "connect an account"
                            }
                        }
                        "."
                    }
                }
                Some(Err(refusal)) => {
                    p .notice.alarm role="alert" { (linked(&refusal.say)) }
                }
                None => {}
            }
        }
    }

    fn settings(&self) -> Markup {
        let shown = |one: &&SetUpSetting| one.is_needed || one.is_set;
        html! {
            @if !self.set_up.settings.is_empty() {
                dl .facts {
                    @for one in self.set_up.settings.iter().filter(shown) {
                        div {
                            dt { (copyable("the name of the setting", one.name)) }
                            dd { (set_or_not(one.is_set)) " " (one.say) }
                        }
                    }
                }
            }
        }
    }

    /// What was entered can be checked where somebody can sign in with it.
    fn check(&self) -> Markup {
        let kind = &self.set_up.kind;
        html! {
            @if self.is_entered() {
                form .actions method="post" action={ (HREF) "/" (kind) "/check#" (kind) } {
                    button .button.primary type="submit" { "Check what is set" }
                    span .small.soft {
                        "Asks " (self.set_up.name) " whether it knows this client. Nobody is \
                         signed in by it."
                    }
                }
            }
        }
    }

    fn steps(&self) -> Markup {
        html! {
            details open[!self.is_entered()] {
                summary { "How the client at " (self.set_up.name) " is made" }
                ol .how { @for step in self.set_up.steps { (self.step(step)) } }
            }
        }
    }

    fn step(&self, step: &SetUpStep) -> Markup {
        html! {
            li {
                h3 { (step.title) }
                p { (linked(step.say)) }
                @for copied in step.copies { (self.copied(*copied)) }
            }
        }
    }

    fn copied(&self, copied: ToCopy) -> Markup {
        let settings = &self.web.settings;
        html! {
            @match copied {
                ToCopy::Callback => p { (copyable("the way back", &oauth::callback(settings))) },
                ToCopy::Hook => {
                    @if let Some(hook) = self.set_up.hook {
                        p { (copyable("the push address", &settings.at(hook))) }
                    }
                }
                ToCopy::Text { label, value } => p { (copyable(label, value)) },
            }
        }
    }
}

/// In a word that does not lean on colour.
pub(super) fn set_or_not(is_set: bool) -> Markup {
    html! { b .set[is_set] .unset[!is_set] { @if is_set { "Set." } @else { "Not set." } } }
}
