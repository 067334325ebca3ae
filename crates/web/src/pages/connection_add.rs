//! Add New: what can be connected, as tiles, by whom it belongs to.

use axum::extract::State;
use connection::{Integration, Level};
use maud::{Markup, html};

use super::pieces::icon;
use crate::Web;
use crate::page::{Page, Place};
use crate::session::SignedIn;

/// The tiles.
pub(crate) async fn show(State(web): State<Web>, who: SignedIn) -> Markup {
    let rows = web.ctx.catalogue.rows();
    let body = html! {
        div .page-head {
            div {
                (crumbs())
                h1 { "Add New" }
            }
        }
        (steps(Step::Choose))
        section .card.narrow {
            div .body {
                p .soft {
                    "Choose what to connect. Nothing is read or written before you have signed in \
                     there."
                }
                (tiles("Calendars", rows, Level::User))
                (tiles("For the whole account", rows, Level::Account))
                @if let Some(note) = &web.settings.demo_note {
                    p .notice {
                        "This is a demo: its calendars live in a "
                        a href={ (note.sandbox_url) "control" } { "sandbox" }
                        ", where you can change events and make things go wrong. Each form says \
                         what to type."
                    }
                }
            }
        }
    };
    Page::new("Add New", Place::Connections).show(&who, &body)
}

fn tiles(title: &str, rows: &[Integration], level: Level) -> Markup {
    let of_level = || rows.iter().filter(move |row| row.level == level);
    html! {
        @if of_level().next().is_some() {
            h2 { (title) }
            ul .tiles {
                @for row in of_level() {
                    li {
                        a .tile href={ "/calendars/settings/connections/add/" (row.kind) } {
                            (icon::mark(row.mark, row.color))
                            b { (row.name) }
                            span { (row.tagline) }
                        }
                    }
                }
            }
        }
    }
}

/// Where one is, above the title of a page about a connection.
pub(crate) fn crumbs() -> Markup {
    html! {
        nav .crumbs aria-label="Where you are" {
            "Calendars / " a href="/calendars/settings/connections" { "Connections" }
        }
    }
}

/// The steps of every connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Choose,
    SignIn,
    Checks,
    Calendars,
}

/// How far one is on the way.
pub(crate) fn steps(now: Step) -> Markup {
    let all = [
        (Step::Choose, "Choose"),
        (Step::SignIn, "Sign in"),
        (Step::Checks, "Checks"),
        (Step::Calendars, "Calendars"),
    ];
    html! {
        ol .steps aria-label="Steps" {
            @for (step, name) in all {
                li .done[step < now] aria-current=[(step == now).then_some("step")] {
                    (name)
                    @if step < now { span .unseen { ", done" } }
                }
            }
        }
    }
}
