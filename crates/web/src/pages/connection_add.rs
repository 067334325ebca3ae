//! Add New: what can be connected, as tiles, by whom it belongs to.

use axum::extract::State;
use connection::{Catalogue, Conference, Integration, Level, SetUp};
use maud::{Markup, html};

use super::connections_list::video;
use super::pieces::icon;
use super::set_up;
use super::standing::{self, Standing};
use crate::Web;
use crate::error::Fault;
use crate::page::{Page, Place};
use crate::session::SignedIn;

/// The tiles.
pub(crate) async fn show(State(web): State<Web>, who: SignedIn) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let held = standing::of_user(&mut tx, &who).await?;
    drop(tx);
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
                (tiles("Calendars", rows, (Level::User, &who)))
                (meetings(&web.ctx.catalogue, &held, &who))
                (tiles("For the whole account", rows, (Level::Account, &who)))
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
    Ok(Page::new("Add New", Place::Connections).show(&who, &body))
}

fn tiles(title: &str, rows: &[Integration], (level, who): (Level, &SignedIn)) -> Markup {
    let of_level = || rows.iter().filter(move |row| row.level == level);
    html! {
        @if of_level().next().is_some() {
            h2 { (title) }
            ul .tiles { @for row in of_level() { li { (tile(row, who)) } } }
        }
    }
}

/// What is not set up leads an administrator to where that is done, and the others to a page that
/// says so.
fn tile(row: &Integration, who: &SignedIn) -> Markup {
    let is_ready = row.sign_in.is_set_up();
    html! {
        a .tile.off[!is_ready] href=(href(row, who)) {
            (icon::mark(row.mark, row.color))
            b { (row.name) }
            span { @if is_ready { (row.tagline) } @else { "Not set up here yet" } }
        }
    }
}

fn href(row: &Integration, who: &SignedIn) -> String {
    if row.sign_in.is_set_up() || !set_up::is_for(who) {
        format!("/calendars/settings/connections/add/{}", row.kind)
    } else {
        format!("{}#{}", set_up::HREF, row.kind)
    }
}

/// Video meetings: each comes with a kind of account, and is there once one is connected; or in a
/// later version.
fn meetings(catalogue: &Catalogue, held: &[Standing], who: &SignedIn) -> Markup {
    let brought = || catalogue.rows().iter().filter_map(|row| Some((row, row.conference?)));
    html! {
        @if brought().next().is_some() {
            h2 { "Video conferencing" }
            ul .tiles {
                @for (row, conference) in brought() {
                    li { (meeting((row, conference), bringing(held, conference), who)) }
                }
                @for set_up in catalogue.set_ups().iter().filter(|one| one.later.is_some()) {
                    li { (later(set_up, who)) }
                }
            }
        }
    }
}

fn meeting(
    (row, conference): (&Integration, Conference),
    brought_by: Option<&Standing>,
    who: &SignedIn,
) -> Markup {
    let is_ready = brought_by.is_some() || row.sign_in.is_set_up();
    html! {
        a .tile.off[!is_ready] href=(brought_by.map_or_else(|| href(row, who), Standing::href)) {
            (video::mark(conference))
            b { (conference.name()) }
            span {
                @if let Some(standing) = brought_by {
                    "Ready: comes with " (standing.connection.principal.name)
                } @else if is_ready { "Comes with " (conference.comes_with()) }
                @else { "Not set up here yet" }
            }
        }
    }
}

/// What cannot be connected yet: it leads nowhere but to what an administrator can prepare.
fn later(SetUp { kind, name, mark, color, .. }: &SetUp, who: &SignedIn) -> Markup {
    html! {
        a .tile.off href=[set_up::is_for(who).then(|| format!("{}#{kind}", set_up::HREF))] {
            (icon::mark(mark, color))
            b { (name) }
            span { "Cannot be connected in this version" }
        }
    }
}

fn bringing(held: &[Standing], conference: Conference) -> Option<&Standing> {
    held.iter().find(|standing| video::brings(standing) == Some(conference))
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
