//! The last step of connecting: which of its calendars are written to, and which block.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use connection::Calendar;
use door::addresses;
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use store::{StoreError, Tx, calendars};
use sync::choices::{self, Chosen};

use super::calendar_settings::Answers;
use super::calendar_settings::preview::{self, Preview};
use super::connection_add::{Step, crumbs, steps};
use super::pieces::calendar_choice::Questions;
use super::pieces::words;
use super::staff::{Staff, Whose};
use super::standing::{self, Standing};
use crate::asked::Named;
use crate::error::Fault;
use crate::form::{Complaints, Form};
use crate::page::{Page, Place};
use crate::session::SignedIn;
use crate::{Web, cookies};

/// The choice.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::own(&mut tx, &who, &id).await?;
    let kept = kept(&mut tx, &who, &standing).await?;
    drop(tx);
    let asks = questions(&who, &standing, kept.as_ref());
    Ok(page(&who, &standing, (&asks, &asks.saved()), (&Complaints::default(), None)))
}

fn questions<'q>(
    who: &'q SignedIn,
    standing: &'q Standing,
    kept: Option<&'q Calendar>,
) -> Questions<'q> {
    let (is_own, all) = (!who.connects_only, std::slice::from_ref(standing));
    Questions { user: &who.user, is_own, all, kept }
}

/// The linked calendar, where it is one of another connection of theirs.
async fn kept(
    tx: &mut Tx,
    who: &SignedIn,
    standing: &Standing,
) -> Result<Option<Calendar>, StoreError> {
    let Some(linked) = &who.user.settings.linked_calendar else { return Ok(None) };
    let is_here = standing.calendars.iter().any(|(calendar, _)| calendar.id == *linked);
    if is_here { Ok(None) } else { calendars::find(tx, &who.account.id, linked).await }
}

fn page(
    who: &SignedIn,
    standing: &Standing,
    (asks, chosen): (&Questions<'_>, &Chosen),
    (wrong, preview): (&Complaints, Option<&Preview<'_>>),
) -> Markup {
    let here = format!("{}/calendars", standing.href());
    let count = i64::try_from(standing.calendars.len()).unwrap_or(i64::MAX);
    let body = html! {
        div .page-head { div { (crumbs()) h1 { "Choose calendars" } } }
        (steps(Step::Calendars))
        section .card.narrow aria-label="Choose calendars" {
            form .body method="post" action=(here) {
                p .notice.ok {
                    b { (standing.connection.principal.name) " is connected. " }
                    (words::count(count, "calendar was found", "calendars were found"))
                    ", and reading has begun. You can change all of this later."
                }
                (asks.show(chosen, wrong, false))
                div .actions {
                    button .button.primary type="submit" { "Save" }
                    (preview::button(&here))
                    a .button.quiet href="/calendars/settings/connections" { "Leave as it is" }
                }
            }
        }
        @if let Some(preview) = preview { (preview.show()) }
    };
    Page::new("Choose calendars", Place::Connections).show(who, &body)
}

/// Takes the choice.
pub(crate) async fn choose(
    State(web): State<Web>,
    mut who: SignedIn,
    Named(id): Named<String>,
    headers: HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let is_preview = sent.is_ticked("preview");
    let db = &web.ctx.db;
    let mut tx = if is_preview { db.read().await? } else { db.begin().await? };
    if !is_preview {
        who.user = choices::hold(&mut tx, &who.user.id).await?.ok_or(Fault::NotFound)?;
    }
    let standing = standing::own(&mut tx, &who, &id).await?;
    let kept = kept(&mut tx, &who, &standing).await?;
    let asks = questions(&who, &standing, kept.as_ref());
    let chosen = asks.read(&mut sent);
    if !sent.is_fine() {
        let again = page(&who, &standing, (&asks, &chosen), (sent.complaints(), None));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    if is_preview {
        // With what blocks already, of other connections.
        let staff = Staff::load(&mut tx, &who, &Whose::default()).await?;
        let all = standing::of_user(&mut tx, &who).await?;
        let others = all.iter().filter(|one| one.connection.id != standing.connection.id);
        let others: Vec<_> = others.flat_map(|one| &one.calendars).map(|(c, _)| c).collect();
        let whole = chosen.clone().with(&others);
        let of = Answers { who: &who, staff: &staff, all: &all, chosen: &whole };
        let preview = Preview::load(&mut tx, of).await?;
        let shown = (sent.complaints(), Some(&preview));
        return Ok(page(&who, &standing, (&asks, &chosen), shown).into_response());
    }
    asks.save((&web.ctx, &mut tx), who.acts().1, &chosen).await?;
    tx.commit().await?;
    let begun_on = cookies::find(&headers, addresses::BEGUN_ON).unwrap_or_default();
    let to = addresses::after_choosing(begun_on);
    Ok(Redirect::to(&format!("{to}?note=saved")).into_response())
}
