//! An attempt to connect: its lines as they happen, and, where it fails, the form again with the
//! sentence beside its field.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use connection::{AttemptId, Check, CheckResult, ConnectionId, FailureCode, StatusCause};
use door::addresses;
use http::HeaderMap;
use maud::{Markup, html};
use store::attempts::{Attempt, AttemptState};
use store::status_changes;
use sync::replace;

use super::connection_add::{Step, crumbs, steps};
use super::connection_replace;
use super::connection_sign_in::{SignInPage, Typed};
use super::pieces::admin_step::admin_step;
use super::pieces::icon;
use super::pieces::linked::linked;
use super::pieces::said::Said;
use super::set_up;
use super::standing::{self, Standing};
use crate::asked::{Asked, Named};
use crate::error::Fault;
use crate::form::Complaints;
use crate::live::{Piece, Shape, View};
use crate::page::{Page, Place};
use crate::session::SignedIn;
use crate::{Web, cookies};

/// Without a script the page is loaded again this often while the checks run.
const REFRESH_S: u32 = 2;

/// The page of an attempt.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    Asked(said): Asked<Said>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let (attempt, repairs) = load(&web, &who, &id).await?;
    if let Some(to) = returning(&attempt) {
        return Ok(Redirect::to(&to).into_response());
    }
    match &attempt.state {
        AttemptState::Running => Ok(running(&web, &who, &attempt)?.into_response()),
        AttemptState::Passed { connection } => {
            let to = onward(&web, &who, &attempt, (connection, &headers)).await?;
            Ok(Redirect::to(&to).into_response())
        }
        AttemptState::Failed { say, field, code } => {
            let kind = attempt.integration.as_str();
            let integration = web.ctx.catalogue.find(kind).ok_or(Fault::NotFound)?;
            let mut wrong = Complaints::default();
            if let Some(field) = field {
                wrong.add(field, say.as_str());
            }
            let whose = (&who.user.id, &attempt.id);
            let offer = replace::offer(&web.ctx, whose, &who.session).await?;
            let mut typed = Typed::of_attempt(&headers, &attempt.id);
            if let Some(standing) = &repairs {
                let mut tx = web.ctx.db.read().await?;
                typed = typed.or(Typed::held(&mut tx, &standing.connection.id).await?);
            }
            let page = SignInPage {
                integration,
                repairs: repairs.as_ref(),
                instead: offer.map(|offer| connection_replace::card(&attempt.id, &offer)),
                said: said.notice(),
                typed,
                wrong,
                notice: Some(say.clone()),
                checks: html! {
                    (admin_step(&web, Some(integration), Some(say)))
                    @if code == FailureCode::SetUp.as_str() { p { (set_up::way(&who, kind)) } }
                    @if !attempt.checks.is_empty() {
                        section aria-labelledby="seen" {
                            h3 #seen { "What was checked" }
                            (lines(&attempt.checks))
                        }
                    }
                },
            };
            Ok(page.show(&web, &who).into_response())
        }
    }
}

/// The lines while they come; then where to go.
pub(crate) async fn view(web: &Web, who: &SignedIn, id: &str) -> Result<View, Fault> {
    let (attempt, _) = load(web, who, id).await?;
    let mut view = View::default();
    view.watch_id(attempt.id.as_str());
    match attempt.state {
        AttemptState::Running => view.pieces.push(Piece::new("checks", under_way(&attempt.checks))),
        AttemptState::Passed { .. } | AttemptState::Failed { .. } => view.is_over = true,
    }
    Ok(view)
}

async fn load(web: &Web, who: &SignedIn, id: &str) -> Result<(Attempt, Option<Standing>), Fault> {
    let id: AttemptId = id.parse().map_err(|_| Fault::NotFound)?;
    let mut tx = web.ctx.db.read().await?;
    let found = sync::attempt::find(&mut tx, &who.user.id, &id, who.now).await?;
    let attempt = found.ok_or(Fault::NotFound)?;
    let repairs = match &attempt.repairs {
        Some(id) => Some(standing::own(&mut tx, who, id.as_str()).await?),
        None => None,
    };
    Ok((attempt, repairs))
}

/// Where the program that began it wants the person, once it is over.
fn returning(attempt: &Attempt) -> Option<String> {
    let ended = match &attempt.state {
        AttemptState::Running => return None,
        AttemptState::Passed { connection } => ("connection", connection.as_str()),
        AttemptState::Failed { code, .. } => ("failure", code.as_str()),
    };
    attempt.return_to.as_deref().map(|path| addresses::returning(path, ended))
}

/// Where an attempt that passed leads: to the choice of calendars, unless they are chosen.
async fn onward(
    web: &Web,
    who: &SignedIn,
    attempt: &Attempt,
    (connection, headers): (&ConnectionId, &HeaderMap),
) -> Result<String, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::own(&mut tx, who, connection.as_str()).await?;
    let last = status_changes::last(&mut tx, connection, 1).await?.into_iter().next();
    let is_other = last.is_some_and(|last| last.cause == StatusCause::Replaced);
    let note = match &attempt.repairs {
        Some(_) if is_other => "other_account",
        Some(_) if standing.is_file() => "replaced",
        Some(_) => "repaired",
        None if standing.connection.created_at < attempt.started_at => "known",
        None => return Ok(format!("{}/calendars", standing.href())),
    };
    let begun_on = cookies::find(headers, addresses::BEGUN_ON).unwrap_or_default();
    let waits = who.needs.iter().any(|need| need.is_of(&who.user.id));
    Ok(addresses::after_mending(begun_on, connection.as_str(), (note, waits)))
}

fn running(web: &Web, who: &SignedIn, attempt: &Attempt) -> Result<Markup, Fault> {
    let kind = attempt.integration.as_str();
    let integration = web.ctx.catalogue.find(kind).ok_or(Fault::NotFound)?;
    let title = format!("Connecting {}", integration.name);
    let body = html! {
        div .page-head { div { (crumbs()) h1 { (title) } } }
        @if attempt.repairs.is_none() { (steps(Step::Checks)) }
        section .card.narrow aria-labelledby="looking" {
            header {
                (icon::mark(integration.mark, integration.color))
                div {
                    h2 #looking { "Looking at the account" }
                    p { "Each thing is checked before anything is kept. This takes a few seconds." }
                }
            }
            div .body { (under_way(&attempt.checks)) }
        }
    };
    let stream = Shape::default().stream(&format!("attempt&id={}", attempt.id));
    Ok(Page::new(&title, Place::Connections)
        .live(stream)
        .refreshed_every(REFRESH_S)
        .show(who, &body))
}

fn under_way(checks: &[Check]) -> Markup {
    html! {
        ul #checks .checks role="status" {
            (each(checks))
            li .wait { "Looking further …" }
        }
    }
}

/// The lines of an examination that is over.
pub(crate) fn lines(checks: &[Check]) -> Markup {
    html! { ul .checks { (each(checks)) } }
}

fn each(checks: &[Check]) -> Markup {
    html! {
        @for check in checks {
            li class=(check.result.as_str()) {
                span .unseen { (spoken(check.result)) }
                span { (linked(&check.say)) }
            }
        }
    }
}

fn spoken(result: CheckResult) -> &'static str {
    match result {
        CheckResult::Pass => "Passed: ",
        CheckResult::Warn => "With a limit: ",
        CheckResult::Fail => "Failed: ",
    }
}
