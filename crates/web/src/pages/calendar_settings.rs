//! What is chosen for all calendars of a user: linked calendar, conflict calendars, private mode.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::connection_add::crumbs;
use super::pieces::calendar_choice::{Chosen, Group, questions, questions_of_colleague};
use super::pieces::empty::empty;
use super::staff::{Staff, Whose};
use super::standing::{self, Standing};
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::form::{Complaints, Form};
use crate::page::{Page, Place};
use crate::session::SignedIn;

/// What a linked calendar is.
pub(crate) const LINKED_TIP: &str =
    "New bookings are written into this calendar. Daymark must be allowed to write there.";
/// What conflict calendars are.
pub(crate) const CONFLICT_TIP: &str = concat!(
    "Events shown as busy in these calendars close the times they cover. While one of them ",
    "cannot be read, its times count as unknown, never as free.",
);
/// What private mode is.
pub(crate) const PRIVATE_TIP: &str =
    "Everyone else in your account sees when you are busy, but no titles, places or notes.";

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(whose): Asked<Whose>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let staff = Staff::load(&mut tx, &who, &whose).await?;
    let all = standing::of(&mut tx, &staff.of, who.now).await?;
    drop(tx);
    let groups = groups(&all);
    let chosen = Chosen::of(&staff.of, &groups);
    Ok(page((&who, &staff), &groups, &chosen, &Complaints::default()))
}

fn groups(all: &[Standing]) -> Vec<Group<'_>> {
    all.iter()
        .map(|standing| Group {
            name: &standing.connection.principal.name,
            calendars: &standing.calendars,
        })
        .collect()
}

fn page(
    (who, staff): (&SignedIn, &Staff),
    groups: &[Group<'_>],
    chosen: &Chosen,
    wrong: &Complaints,
) -> Markup {
    let body = html! {
        div .page-head { div { (crumbs()) h1 { "Calendar configuration" } } }
        (staff.note())
        section .card.narrow aria-label="Calendar configuration" {
            @if groups.is_empty() {
                (empty(
                    "There is nothing to choose yet",
                    "Connect a calendar first. Then choose here where bookings are written and \
                     what blocks them.",
                    ("Add New", "/calendars/settings/connections/add"),
                ))
            } @else {
                form .body method="post" action=(staff.href("/calendars/settings/calendars")) {
                    @if staff.is_own { (questions(groups, None, chosen, wrong)) }
                    @else { (questions_of_colleague(groups, chosen, wrong)) }
                    div .actions {
                        button .button.primary type="submit" { "Save" }
                        a .button.quiet href=(staff.href("/calendars/settings/connections")) {
                            "Back"
                        }
                    }
                }
            }
        }
    };
    Page::new("Calendar configuration", Place::Connections).show(who, &body)
}

/// Takes the choice.
pub(crate) async fn choose(
    State(web): State<Web>,
    who: SignedIn,
    Asked(whose): Asked<Whose>,
    mut sent: Form,
) -> Result<Response, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let staff = Staff::load(&mut tx, &who, &whose).await?;
    let all = standing::of(&mut tx, &staff.of, who.now).await?;
    let groups = groups(&all);
    let mut chosen = Chosen::read(&mut sent, &groups, None);
    if !staff.is_own {
        chosen.private_mode = staff.of.settings.private_mode;
    }
    if !sent.is_fine() {
        let again = page((&who, &staff), &groups, &chosen, sent.complaints());
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    chosen.save((&web.ctx, &mut tx), who.acts(), &staff.of, &groups).await?;
    tx.commit().await?;
    let of = if staff.is_own { String::new() } else { format!("&user={}", staff.of.id) };
    let to = format!("/calendars/settings/connections?note=saved{of}");
    Ok(Redirect::to(&to).into_response())
}
