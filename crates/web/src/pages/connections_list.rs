//! The connections of a user: how each stands, what is chosen, and how the last day went.

pub(crate) mod video;

use axum::extract::State;
use connection::CalendarId;
use maud::{Markup, html};
use store::runs::{self, Run};
use store::{StoreError, Tx};

use super::calendar_settings::{CONFLICT_TIP, HERE as SETTINGS, LINKED_TIP, PRIVATE_TIP};
use super::people;
use super::pieces::calendar_choice::unlinked;
use super::pieces::chip::{self, chip};
use super::pieces::empty::empty;
use super::pieces::hearing;
use super::pieces::renewal;
use super::pieces::said::Said;
use super::pieces::strip::{self, strip};
use super::pieces::tag::{bar, tag};
use super::pieces::tip::tip;
use super::pieces::words;
use super::staff::{Staff, Whose};
use super::standing::{self, Standing};
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::live::{Piece, Shape, View};
use crate::page::{Page, Place};
use crate::session::SignedIn;

/// Where the page is.
const LIST: &str = "/calendars/settings/connections";
/// Where one connects something new.
const ADD: &str = "/calendars/settings/connections/add";

/// The page, under both of its addresses.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
    Asked(whose): Asked<Whose>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let staff = Staff::load(&mut tx, &who, &whose).await?;
    let all = standing::of(&mut tx, &staff.of, who.now).await?;
    let days = days(&mut tx, &all, &who).await?;
    drop(tx);
    standing::probe(&web, standing::connections(&all));
    let list = List { all: &all, web: &web, who: &who, staff: &staff };
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Calendars" }
                h1 { "Connections" }
            }
            (staff.choice(&who, LIST))
            @if !all.is_empty() && staff.is_own { a .button.primary href=(ADD) { "Add New" } }
        }
        (said.notice())
        (staff.note())
        (unlinked(&all, list.linked(), &format!("{}#linked", staff.href(SETTINGS))))
        section .card aria-labelledby="connected" { (list.card()) }
        (list.video())
        @if !all.is_empty() {
            (list.configuration())
            (list.last_day(&days))
        }
        (words::zone_note(&who))
    };
    Ok(Page::new("Connections", Place::Connections)
        .live(shape(&all).stream(&format!("connections&user={}", staff.of.id)))
        .show(&who, &body))
}

/// The parts that change while the page is open.
pub(crate) async fn view(web: &Web, who: &SignedIn, whose: &Whose) -> Result<View, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let staff = Staff::load(&mut tx, who, whose).await?;
    let all = standing::of(&mut tx, &staff.of, who.now).await?;
    drop(tx);
    let list = List { all: &all, web, who, staff: &staff };
    let mut view = View::default();
    view.pieces.push(Piece::new("video", list.video()));
    for standing in &all {
        view.watch(standing);
        view.pieces.push(Piece::new(standing.connection.id.as_str(), list.row(standing)));
    }
    view.shape = shape(&all);
    Ok(view)
}

fn shape(all: &[Standing]) -> Shape {
    Shape::of(all.iter().map(|standing| standing.connection.id.as_str()))
}

async fn days(tx: &mut Tx, all: &[Standing], who: &SignedIn) -> Result<Vec<Vec<Run>>, StoreError> {
    let from = who.now.checked_sub(strip::REACH).unwrap_or(who.now);
    let mut days = Vec::with_capacity(all.len());
    for standing in all {
        days.push(runs::since(tx, &standing.connection.id, from).await?);
    }
    Ok(days)
}

/// What the page is made from.
struct List<'l> {
    all: &'l [Standing],
    web: &'l Web,
    who: &'l SignedIn,
    staff: &'l Staff,
}

impl List<'_> {
    fn linked(&self) -> Option<&CalendarId> {
        self.staff.of.settings.linked_calendar.as_ref()
    }

    fn card(&self) -> Markup {
        html! {
            header {
                div {
                    h2 #connected { "Calendars" }
                    p {
                        "Checked for conflicts before anyone can book, and written to when they do."
                    }
                }
                @if !self.all.is_empty() {
                    span .small.faint { (self.all.len()) " connected" }
                }
            }
            @if self.all.is_empty() && !self.staff.is_own {
                (empty(
                    "No calendar is connected yet",
                    "Only they can sign in to their calendars. Make a link for them: it leads to \
                     the page where one connects, and needs no password of Daymark.",
                    ("Make a link", &people::link_href(&self.staff.of.id)),
                ))
            } @else if self.all.is_empty() {
                (empty(
                    "No calendar is connected yet",
                    "Connect the calendars that you live by. Daymark reads when you are busy, \
                     keeps its copy true, and tells you when it cannot.",
                    ("Add New", ADD),
                ))
            }
            ul .connections { @for standing in self.all { (self.row(standing)) } }
        }
    }

    fn row(&self, standing: &Standing) -> Markup {
        let catalogue = &self.web.ctx.catalogue;
        let name = &standing.connection.principal.name;
        let partial = standing.not_understood();
        html! {
            li .connection id=(standing.connection.id) data-name=(name) {
                (standing.mark(catalogue))
                div .who {
                    h3 { (words::name(name)) }
                    p { (standing.sentence(catalogue, self.who)) }
                    @if standing.is_looked_after() { (hearing::why_not(standing)) }
                    (standing.repair(self.who))
                }
                (tag(standing, self.who))
                a .button.quiet href=(standing.href()) aria-label={ "Manage " (name) } { "Manage" }
                div .more {
                    (bar(&standing.status))
                    ul .chips aria-label={ "Calendars of " (name) } {
                        @for (calendar, _) in &standing.calendars {
                            (chip(calendar, self.linked(), self.who.now))
                        }
                    }
                    (renewal::line(standing, self.who))
                    @if partial > 0 {
                        a .small href={ (standing.href()) "#not-understood" } {
                            (words::count(partial, "event is", "events are"))
                            " not wholly understood"
                        }
                    }
                }
            }
        }
    }

    fn configuration(&self) -> Markup {
        html! {
            section .card aria-labelledby="configuration" {
                header {
                    div {
                        h2 #configuration { "Calendar configuration" }
                        p { "Where your bookings are written, and what blocks them." }
                    }
                }
                dl .settings {
                    div {
                        dt {
                            "Linked calendar"
                            (tip("linked", "Linked calendar", LINKED_TIP))
                        }
                        dd { (self.linked_chip()) }
                        dd .end { (self.edit("linked calendar", "linked")) }
                    }
                    div {
                        dt {
                            "Conflict calendars"
                            (tip("conflict", "Conflict calendars", CONFLICT_TIP))
                        }
                        dd { (self.conflict_chips()) }
                        dd .end { (self.edit("conflict calendars", "conflict")) }
                    }
                    div {
                        dt {
                            "Private mode"
                            (tip("private", "Private mode", PRIVATE_TIP))
                        }
                        dd {
                            @if self.staff.of.settings.private_mode {
                                "On: others see “Busy”, never the details"
                            } @else {
                                "Off: others see titles, except of events marked private"
                            }
                        }
                        dd .end { (self.edit("private mode", "private")) }
                    }
                }
            }
        }
    }

    fn edit(&self, what: &str, part: &str) -> Markup {
        let href = self.staff.href(SETTINGS);
        html! {
            @if self.staff.is_own || part != "private" {
                a .button href={ (href) "#" (part) } aria-label={ "Edit " (what) } { "Edit" }
            }
        }
    }

    fn linked_chip(&self) -> Markup {
        let found = self.linked().and_then(|linked| {
            self.all.iter().find_map(|standing| {
                let mut own = standing.calendars.iter().map(|(calendar, _)| calendar);
                Some((own.find(|calendar| calendar.id == *linked)?, standing))
            })
        });
        html! {
            @if let Some((calendar, standing)) = found {
                ul .chips { (chip::named(calendar, &standing.connection.principal.name)) }
            } @else {
                "None yet: bookings are kept here, and written nowhere else"
            }
        }
    }

    fn conflict_chips(&self) -> Markup {
        let of_each = self.all.iter().flat_map(|standing| {
            let counted = standing.calendars.iter().filter(|(c, _)| c.counts_as_busy);
            counted.map(|(calendar, _)| (calendar, standing.connection.principal.name.as_str()))
        });
        let counted: Vec<_> = of_each.collect();
        html! {
            @if !counted.is_empty() {
                ul .chips { @for (calendar, of) in counted { (chip::named(calendar, of)) } }
            } @else {
                "None: nothing in your calendars blocks a booking"
            }
        }
    }

    fn last_day(&self, days: &[Vec<Run>]) -> Markup {
        let catalogue = &self.web.ctx.catalogue;
        let now = self.who.now;
        html! {
            section .card aria-labelledby="day" {
                header {
                    div {
                        h2 #day { "Last 24 hours" }
                        p { (strip::legend()) }
                    }
                }
                ul .connections {
                    @for (standing, runs) in self.all.iter().zip(days) {
                        li .connection.day {
                            (standing.mark(catalogue))
                            div .who {
                                h3 { (words::name(&standing.connection.principal.name)) }
                                p { (day_in_words(runs)) }
                            }
                            (strip(runs, expected_every_s(standing), now))
                            span .share.small.faint {
                                (strip::share(runs))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How often something of this connection is asked.
pub(crate) fn expected_every_s(standing: &Standing) -> i64 {
    standing.calendars.iter().map(|(calendar, _)| calendar.poll_every_s).min().unwrap_or(300)
}

fn day_in_words(runs: &[Run]) -> String {
    let changes: i64 = runs.iter().map(|run| run.changed + run.removed).sum();
    let failed = runs.iter().filter(|run| run.failure.is_some()).count();
    let asked = i64::try_from(runs.len()).unwrap_or(i64::MAX);
    let asked = words::count(asked, "time", "times");
    let changes = words::count(changes, "change", "changes");
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    format!("asked {asked}, {changes}{failed}")
}
