//! What is chosen for all calendars of a user: linked calendar, conflict calendars, private mode,
//! and the rest; what that would block, and where people are caught.

mod hints;
pub(super) mod preview;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use calendar::{Horizon, timezone};
use connection::{Calendar, CalendarId, EventId};
use door::details;
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use store::{StoreError, Tx};
use sync::choices::Chosen;

use super::connection_add::crumbs;
use super::pieces::calendar_choice::Questions;
use super::pieces::empty::empty;
use super::pieces::said::Said;
use super::staff::{Staff, Whose};
use super::standing::{self, Standing};
use super::week_happenings::{self, HAPPENINGS_MAX};
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::form::{Complaints, Form};
use crate::page::{Page, Place};
use crate::session::SignedIn;
use hints::Hints;
use preview::Preview;

/// What a linked calendar is.
pub(crate) const LINKED_TIP: &str = concat!(
    "New bookings are written into this calendar. Daymark must be allowed to write there, and ",
    "always checks it for conflicts, too.",
);
/// What conflict calendars are.
pub(crate) const CONFLICT_TIP: &str = concat!(
    "Events shown as busy in these calendars close the times they cover. While one of them ",
    "cannot be read, its times count as unknown, never as free.",
);
/// What private mode is.
pub(crate) const PRIVATE_TIP: &str =
    "Everyone else in your account sees when you are busy, but no titles, places or notes.";

/// Where the page is.
pub(crate) const HERE: &str = "/calendars/settings/calendars";

/// What is answered so far, of whose calendars, and who looks.
#[derive(Clone, Copy)]
pub(super) struct Answers<'a> {
    pub(super) who: &'a SignedIn,
    pub(super) staff: &'a Staff,
    pub(super) all: &'a [Standing],
    pub(super) chosen: &'a Chosen,
}

impl<'a> Answers<'a> {
    fn calendars(self) -> impl Iterator<Item = &'a Calendar> {
        self.all.iter().flat_map(|one| &one.calendars).map(|(calendar, _)| calendar)
    }

    fn calendar(self, id: &CalendarId) -> Option<&'a Calendar> {
        self.calendars().find(|calendar| calendar.id == *id)
    }

    /// Where the dates of a calendar happen.
    fn zone(self, calendar: &Calendar) -> TimeZone {
        let of_owner = timezone::named(&self.staff.of.time_zone).unwrap_or(TimeZone::UTC);
        week_happenings::zone(calendar, &of_owner)
    }

    /// What times from now on are called, for whoever looks; of very many, what the first are.
    async fn titles(
        self,
        tx: &mut Tx,
        times: &[(EventId, Timestamp, Timestamp)],
        until: Timestamp,
    ) -> Result<Vec<Option<String>>, StoreError> {
        let Some(horizon) = Horizon::new(self.who.now, until) else {
            return Ok(vec![None; times.len()]);
        };
        let zone_of = |id: &CalendarId| self.calendar(id).map(|calendar| self.zone(calendar));
        let gate = self.who.gate(&self.staff.of);
        let first = &times[..times.len().min(HAPPENINGS_MAX)];
        let mut titles = details::titles(tx, first, (horizon, zone_of), gate).await?;
        titles.resize(times.len(), None);
        Ok(titles)
    }
}

fn asks<'q>(who: &SignedIn, staff: &'q Staff, all: &'q [Standing]) -> Questions<'q> {
    let is_own = staff.is_own && !who.connects_only;
    Questions { user: &staff.of, is_own, all, kept: None }
}

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
    let chosen = asks(&who, &staff, &all).saved();
    let of = Answers { who: &who, staff: &staff, all: &all, chosen: &chosen };
    let hints = Hints::load(&mut tx, of).await?;
    drop(tx);
    let wrong = &Complaints::default();
    Ok(Shown { of, wrong, hints, preview: None }.page(&said.notice()))
}

/// The page.
struct Shown<'s> {
    of: Answers<'s>,
    wrong: &'s Complaints,
    hints: Hints<'s>,
    preview: Option<Preview<'s>>,
}

impl Shown<'_> {
    fn page(&self, said: &Markup) -> Markup {
        let Answers { who, staff, all, .. } = self.of;
        let here = staff.href(HERE);
        // What is pressed beside a hint would lose the answers that are not saved.
        let is_saved = self.preview.is_none() && self.wrong.is_empty();
        let body = html! {
            div .page-head { div { (crumbs()) h1 { "Calendar configuration" } } }
            (said)
            (staff.note())
            @if !all.is_empty() { (self.hints.show(is_saved.then_some(&*here))) }
            section .card.narrow aria-label="Calendar configuration" {
                @if all.is_empty() {
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
        Page::new("Calendar configuration", Place::Connections).show(who, &body)
    }

    fn form(&self, here: &str) -> Markup {
        let Answers { who, staff, all, chosen } = self.of;
        html! {
            form .body method="post" action=(here) {
                (asks(who, staff, all).show(chosen, self.wrong, self.hints.is_about_all_day()))
                div .actions {
                    button .button.primary type="submit" { "Save" }
                    (preview::button(here))
                    a .button.quiet href=(staff.href("/calendars/settings/connections")) { "Back" }
                }
            }
        }
    }
}

/// Takes the choice, or what was pressed beside a hint; or shows what the choice would block.
pub(crate) async fn choose(
    State(web): State<Web>,
    who: SignedIn,
    Asked(whose): Asked<Whose>,
    mut sent: Form,
) -> Result<Response, Fault> {
    if sent.is_ticked("preview") {
        return preview(&web, (&who, &whose), sent).await;
    }
    let mut tx = web.ctx.db.begin().await?;
    let staff = Staff::hold(&mut tx, &who, &whose).await?;
    let all = standing::of(&mut tx, &staff.of, who.now).await?;
    let asks = asks(&who, &staff, &all);
    let pressed = hints::pressed(&sent, asks.saved());
    let back = if pressed.is_some() { HERE } else { "/calendars/settings/connections" };
    let chosen = pressed.unwrap_or_else(|| asks.read(&mut sent));
    if !sent.is_fine() {
        let of = Answers { who: &who, staff: &staff, all: &all, chosen: &chosen };
        return refused(&mut tx, of, &sent).await;
    }
    asks.save((&web.ctx, &mut tx), who.acts().1, &chosen).await?;
    tx.commit().await?;
    let of = if staff.is_own { String::new() } else { format!("&user={}", staff.of.id) };
    Ok(Redirect::to(&format!("{back}?note=saved{of}")).into_response())
}

async fn refused(tx: &mut Tx, of: Answers<'_>, sent: &Form) -> Result<Response, Fault> {
    let hints = Hints::load(tx, of).await?;
    let shown = Shown { of, wrong: sent.complaints(), hints, preview: None };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown.page(&html! {})).into_response())
}

/// The form with its answers, and what they would block; nothing is saved.
async fn preview(
    web: &Web,
    (who, whose): (&SignedIn, &Whose),
    mut sent: Form,
) -> Result<Response, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let staff = Staff::load(&mut tx, who, whose).await?;
    let all = standing::of(&mut tx, &staff.of, who.now).await?;
    let chosen = asks(who, &staff, &all).read(&mut sent);
    let of = Answers { who, staff: &staff, all: &all, chosen: &chosen };
    if !sent.is_fine() {
        return refused(&mut tx, of, &sent).await;
    }
    let hints = Hints::load(&mut tx, of).await?;
    let preview = Some(Preview::load(&mut tx, of).await?);
    let shown = Shown { of, wrong: sent.complaints(), hints, preview };
    Ok(shown.page(&html! {}).into_response())
}
