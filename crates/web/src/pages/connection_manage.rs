//! One connection: how it stands, what its calendars do, what was checked, how its last pulls
//! went, and what is not understood.

mod actions;
mod calendars_card;
mod disconnect;
mod history;
mod kept;
mod permissions;
mod runs_list;

use axum::extract::State;
use connection::{ConnectionState, FailureCode};
use door::details::{self, Puzzle};
use jiff::Timestamp;
use maud::{Markup, html};
use store::events;
use store::runs::{self, Run};
use store::status_changes::{self, StatusChange};

use super::connection_add::crumbs;
use super::connection_checks;
use super::connections_list::expected_every_s;
use super::pieces::banner::FIX;
use super::pieces::linked::linked;
use super::pieces::renewal;
use super::pieces::said::Said;
use super::pieces::strip::{self, strip};
use super::pieces::tag::{bar, tag};
use super::pieces::words;
use super::set_up;
use super::standing::{self, Standing};
use crate::Web;
use crate::asked::{Asked, Named};
use crate::error::Fault;
use crate::live::{Piece, Shape, View};
use crate::page::{Page, Place};
use crate::session::SignedIn;

pub(crate) use actions::{believe, change_calendar, pause, pull, remove};
pub(crate) use disconnect::{ask as ask_to_disconnect, disconnect};
pub(crate) use kept::set_busy_only;

/// Runs that are listed.
const RUNS_MAX: i64 = 50;
/// Changes of state that are listed.
const CHANGES_MAX: i64 = 50;
/// Events that are listed as not understood.
const NOT_UNDERSTOOD_MAX: usize = 100;

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    let one = One::load(&web, &who, &id).await?;
    let mut tx = web.ctx.db.read().await?;
    let gate = who.gate(&one.standing.holder);
    let puzzles = details::puzzles(&mut tx, &one.standing.connection.id, gate).await?;
    drop(tx);
    let name = &one.standing.connection.principal.name;
    let body = html! {
        (one.head())
        (said.notice())
        (one.trouble())
        (one.calendars())
        (one.permissions())
        (one.kept())
        (one.checks())
        (one.day())
        (history::card(&one.changes, &who))
        (one.puzzles(&puzzles))
        (words::zone_note(&who))
    };
    standing::probe(&web, vec![one.standing.connection.clone()]);
    let stream = one.shape().stream(&format!("connection&id={}", one.standing.connection.id));
    Ok(Page::new(name, Place::Connections).live(stream).show(&who, &body))
}

/// The parts that change while the page is open.
pub(crate) async fn view(web: &Web, who: &SignedIn, id: &str) -> Result<View, Fault> {
    let one = One::load(web, who, id).await?;
    let mut view = View::default();
    view.watch(&one.standing);
    view.pieces = vec![
        Piece::new("standing", one.standing_line()),
        Piece::new("trouble", one.trouble()),
        Piece::new("permissions", one.permissions()),
        Piece::new("day", one.day()),
        Piece::new("history", history::card(&one.changes, who)),
    ];
    for (calendar, counts) in &one.standing.calendars {
        let id = calendars_card::facts_id(calendar);
        view.pieces.push(Piece::new(&id, one.facts(calendar, *counts)));
    }
    view.shape = one.shape();
    Ok(view)
}

/// One connection with what its page shows.
struct One<'o> {
    standing: Standing,
    day: Vec<Run>,
    last: Vec<Run>,
    changes: Vec<StatusChange>,
    busy_only: bool,
    web: &'o Web,
    who: &'o SignedIn,
}

impl<'o> One<'o> {
    async fn load(web: &'o Web, who: &'o SignedIn, id: &str) -> Result<Self, Fault> {
        let mut tx = web.ctx.db.read().await?;
        let standing = standing::managed(&mut tx, who, id).await?;
        let from = who.now.checked_sub(strip::REACH).unwrap_or(who.now);
        let day = runs::since(&mut tx, &standing.connection.id, from).await?;
        let last = runs::last(&mut tx, &standing.connection.id, RUNS_MAX).await?;
        let id = &standing.connection.id;
        let changes = status_changes::last(&mut tx, id, CHANGES_MAX).await?;
        let busy_only = events::is_busy_only(&mut tx, id).await?;
        Ok(Self { standing, day, last, changes, busy_only, web, who })
    }

    /// Its calendars, and once more those that wait for a decision; whether it is paused, and what
    /// it asks for.
    fn shape(&self) -> Shape {
        let all = self.standing.calendars.iter().map(|(calendar, _)| calendar.id.as_str());
        let decides = self.standing.to_decide(self.who.now).map(|calendar| calendar.id.as_str());
        let paused = self.standing.connection.paused_at.map(|_| "paused");
        let asks = self.standing.status.attention.as_ref().map(|asks| asks.reason.as_str());
        Shape::of(all.chain(decides).chain(paused).chain(asks))
    }

    fn head(&self) -> Markup {
        let href = self.standing.href();
        let is_paused = self.standing.status.state == ConnectionState::Paused;
        let is_theirs = self.standing.status.attention.is_some() && self.standing.is_of(self.who);
        html! {
            div .page-head.with-mark {
                (self.standing.mark(&self.web.ctx.catalogue))
                div {
                    (crumbs())
                    @if !self.standing.is_of(self.who) {
                        p .small.soft { "Of " (self.standing.holder.name) }
                    }
                    h1 { (words::name(&self.standing.connection.principal.name)) }
                    (self.standing_line())
                }
                div .actions {
                    @if is_theirs { a .button.primary href=(FIX) { "Fix this" } }
                    @if !is_paused {
                        form method="post" action={ (href) "/pull" } {
                            button .button.primary[!is_theirs] type="submit" { "Sync now" }
                        }
                    }
                    form method="post" action={ (href) "/pause" } {
                        input type="hidden" name="paused" value=(!is_paused);
                        button .button type="submit" { @if is_paused { "Go on" } @else { "Pause" } }
                    }
                    a .button.quiet href={ (href) "/disconnect" } { "Disconnect" }
                }
            }
        }
    }

    /// What is wrong as a whole; what is wrong with a calendar stands beside the calendar.
    fn trouble(&self) -> Markup {
        html! {
            div #trouble {
                (renewal::notice(&self.standing, self.who))
                @if let Some(until) = self.standing.status.waits_until {
                    (self.throttled(until))
                }
                @for (calendar, trouble) in self.standing.troubles() {
                    p .notice.warn {
                        b { "“" (calendar.name) "” could not be read at the last look. " }
                        (linked(&words::sentence(&trouble.say))) " "
                        @if trouble.code == FailureCode::SetUp.as_str() {
                            (set_up::way(self.who, self.kind()))
                        }
                        (self.meanwhile(calendar.known_at, trouble.again_at))
                        @if self.standing.is_feed() && self.standing.can_help(trouble) {
                            " " (self.standing.renew(self.who, false))
                        }
                    }
                }
            }
        }
    }

    /// The provider asked us to wait: that holds for the whole account.
    fn throttled(&self, until: Timestamp) -> Markup {
        html! {
            p .notice.warn {
                b { "This account could not be read at the last look. " }
                (self.standing.kind(&self.web.ctx.catalogue)) " asked us to wait. "
                (self.meanwhile(self.standing.known_at(), until))
            }
        }
    }

    fn kind(&self) -> &str {
        self.standing.connection.integration.as_str()
    }

    /// What holds while a calendar cannot be read, and when it is tried again.
    fn meanwhile(&self, known_at: Option<Timestamp>, again_at: Timestamp) -> Markup {
        html! {
            @if let Some(at) = known_at {
                "What is known of it, as of " (words::when(at, self.who)) ", stands and still \
                 blocks. "
            }
            @let again_at = self.standing.status.waits_until.max(Some(again_at));
            @if let Some(at) = again_at.filter(|at| *at > self.who.now) {
                "Daymark tries again at " (words::when(at, self.who)) "."
            } @else {
                "Daymark is trying again."
            }
        }
    }

    fn standing_line(&self) -> Markup {
        html! {
            div .standing #standing data-name=(self.standing.connection.principal.name) {
                (tag(&self.standing, self.who))
                span .small.soft { (self.standing.sentence(&self.web.ctx.catalogue, self.who)) }
                (bar(&self.standing.status))
                (self.standing.repair(self.who))
            }
        }
    }

    fn checks(&self) -> Markup {
        html! {
            section .card aria-labelledby="checks" {
                header {
                    div {
                        h2 #checks { "Checks" }
                        p {
                            @if self.standing.is_file() {
                                "What is in this file, as it was found when it was uploaded."
                            } @else if self.standing.is_feed() {
                                "What this feed can do, as it was found when its address was \
                                 entered."
                            } @else {
                                "What this account can do, as it was found when you last signed in."
                            }
                            @if self.standing.connection.attention.is_some() {
                                " It is refused since then: see above."
                            }
                        }
                    }
                    (self.standing.renew(self.who, false))
                }
                div .body { (connection_checks::lines(&self.standing.connection.checks)) }
            }
        }
    }

    fn day(&self) -> Markup {
        let every_s = expected_every_s(&self.standing);
        html! {
            section .card #day aria-labelledby="day-title" {
                header {
                    div {
                        h2 #day-title { "Last 24 hours" }
                        p { (strip::legend()) }
                    }
                    (strip(&self.day, every_s, self.who.now))
                    span .share.small.faint { (strip::share(&self.day)) }
                }
                (runs_list::list(&self.last, &self.standing, self.who))
            }
        }
    }

    fn puzzles(&self, puzzles: &[Puzzle]) -> Markup {
        if puzzles.is_empty() {
            return html! {};
        }
        let calendar_name = |puzzle: &Puzzle| {
            let mut all = self.standing.calendars.iter().map(|(calendar, _)| calendar);
            all.find(|c| c.id == puzzle.calendar).map_or("", |c| c.name.as_str()).to_owned()
        };
        html! {
            section .card #not-understood aria-labelledby="puzzles" {
                header {
                    div {
                        h2 #puzzles { "Not wholly understood" }
                        p {
                            "Kept as they are. What is understood of them blocks; the rest is told \
                             here."
                        }
                    }
                    span .small.faint { (puzzles.len()) }
                }
                ul .rows {
                    @for puzzle in puzzles.iter().take(NOT_UNDERSTOOD_MAX) {
                        li .row.puzzle {
                            div {
                                h3 { (puzzle.title) }
                                p .small.soft { (puzzle.say) }
                            }
                            p .small.faint {
                                (calendar_name(puzzle)) ", seen "
                                (words::when(puzzle.changed_at, self.who))
                            }
                        }
                    }
                }
                @if puzzles.len() > NOT_UNDERSTOOD_MAX {
                    p .body.small.faint { "And " (puzzles.len() - NOT_UNDERSTOOD_MAX) " more." }
                }
            }
        }
    }
}
