//! What is chosen for all calendars of a user: linked calendar, conflict calendars, private mode,
//! and the rest; what that would block, and where people are caught.

mod hints;
mod preview;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::connection_add::crumbs;
use super::pieces::calendar_choice::{Chosen, Questions};
use super::pieces::empty::empty;
use super::pieces::said::Said;
use super::staff::{Staff, Whose};
use super::standing::{self, Standing};
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::form::{Complaints, Form};
use crate::page::{Page, Place};
use crate::session::SignedIn;
use hints::Hints;
use preview::Preview;

/// What a linked calendar is.
pub(crate) const LINKED_TIP: &str = "New bookings are written into this calendar. Daymark must be allowed to write there, and \
     always checks it for conflicts, too.";
/// What conflict calendars are.
pub(crate) const CONFLICT_TIP: &str = concat!(
    "Events shown as busy in these calendars close the times they cover. While one of them ",
    "cannot be read, its times count as unknown, never as free.",
);
/// What private mode is.
pub(crate) const PRIVATE_TIP: &str =
    "Everyone else in your account sees when you are busy, but no titles, places or notes.";

/// Where the page is.
const HERE: &str = "/calendars/settings/calendars";

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(whose): Asked<Whose>,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let staff = Staff::load(&mut tx, &who, &whose).await?;
    let all = standing::of(&mut tx, &staff.of, who.now).await?;
    let chosen = asks(&staff, &all).saved();
    let hints = Hints::load(&mut tx, (&who, &staff), (&all, &chosen)).await?;
    drop(tx);
    let wrong = Complaints::default();
    Ok(Shown { who: &who, staff: &staff, all: &all, chosen: &chosen, wrong, hints, preview: None }
        .page(&said.notice()))
}

fn asks<'q>(staff: &'q Staff, all: &'q [Standing]) -> Questions<'q> {
    Questions { user: &staff.of, is_own: staff.is_own, all, kept: None }
}

/// The page, with what was answered so far.
struct Shown<'s> {
    who: &'s SignedIn,
    staff: &'s Staff,
    all: &'s [Standing],
    chosen: &'s Chosen,
    wrong: Complaints,
    hints: Hints<'s>,
    preview: Option<Preview<'s>>,
}

impl Shown<'_> {
    fn page(&self, said: &Markup) -> Markup {
        let here = self.staff.href(HERE);
        // What is pressed beside a hint would lose the answers that are not saved.
        let is_saved = self.preview.is_none() && self.wrong.is_empty();
        let body = html! {
            div .page-head { div { (crumbs()) h1 { "Calendar configuration" } } }
            (said)
            (self.staff.note())
            @if !self.all.is_empty() { (self.hints.show(is_saved.then_some(&*here))) }
            section .card.narrow aria-label="Calendar configuration" {
                @if self.all.is_empty() {
                    (empty(
                        "There is nothing to choose yet",
                        "Connect a calendar first. Then choose here where bookings are written \
                         and what blocks them.",
                        ("Add New", "/calendars/settings/connections/add"),
                    ))
                } @else { (self.form(&here)) }
            }
            @if let Some(preview) = &self.preview { (preview.show()) }
        };
        Page::new("Calendar configuration", Place::Connections).show(self.who, &body)
    }

    fn form(&self, here: &str) -> Markup {
        let is_open = self.hints.is_about_all_day();
        html! {
            form .body method="post" action=(here) {
                (asks(self.staff, self.all).show(self.chosen, &self.wrong, is_open))
                div .actions {
                    button .button.primary type="submit" { "Save" }
                    button .button type="submit" name="preview" value="true"
                        formaction={ (here) "#preview" } { "What does this block?" }
                    a .button.quiet href=(self.staff.href("/calendars/settings/connections")) {
                        "Back"
                    }
                }
            }
        }
    }
}

/// Takes the choice, or shows what it would block.
pub(crate) async fn choose(
    State(web): State<Web>,
    who: SignedIn,
    Asked(whose): Asked<Whose>,
    mut sent: Form,
) -> Result<Response, Fault> {
    let is_preview = sent.is_ticked("preview");
    let db = &web.ctx.db;
    let mut tx = if is_preview { db.read().await? } else { db.begin().await? };
    let staff = Staff::load(&mut tx, &who, &whose).await?;
    let all = standing::of(&mut tx, &staff.of, who.now).await?;
    let asks = asks(&staff, &all);
    let pressed = hints::pressed(&sent, asks.saved());
    let is_pressed = pressed.is_some();
    let chosen = pressed.unwrap_or_else(|| asks.read(&mut sent));
    if is_preview || !sent.is_fine() {
        let about = ((&who, &staff), (all.as_slice(), &chosen));
        let hints = Hints::load(&mut tx, about.0, about.1).await?;
        let (status, preview) = if sent.is_fine() {
            (StatusCode::OK, Some(Preview::load(&mut tx, about.0, about.1).await?))
        } else {
            (StatusCode::UNPROCESSABLE_ENTITY, None)
        };
        let wrong = sent.complaints().clone();
        let (staff, all, chosen) = (&staff, all.as_slice(), &chosen);
        let shown = Shown { who: &who, staff, all, chosen, wrong, hints, preview };
        return Ok((status, shown.page(&html! {})).into_response());
    }
    asks.save((&web.ctx, &mut tx), who.acts(), &chosen).await?;
    tx.commit().await?;
    let back = if is_pressed { HERE } else { "/calendars/settings/connections" };
    let of = if staff.is_own { String::new() } else { format!("&user={}", staff.of.id) };
    Ok(Redirect::to(&format!("{back}?note=saved{of}")).into_response())
}
