//! How people of an account must sign in: for its administrators.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use store::audit::{self, Act, Actor};
use store::factors as kept;
use store::people::Role;

use super::pieces::said::Said;
use super::second_step;
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::form::Form;
use crate::page::{Page, Place};
use crate::session::SignedIn;

/// Where the page is.
pub(crate) const HREF: &str = "/settings/security";

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    if who.user.role != Role::Admin {
        return Err(Fault::NotFound);
    }
    let mut tx = web.ctx.db.read().await?;
    let own = kept::standing(&mut tx, &who.user.id).await?;
    let without = kept::names_without(&mut tx, &who.account.id).await?;
    drop(tx);
    let body = html! {
        div .page-head { div { p .crumbs { "Settings" } h1 { "Security" } } }
        (said.notice())
        section .card.narrow aria-labelledby="required" {
            header {
                div {
                    h2 #required { "Second step for everyone" }
                    p {
                        @if own.is_required { "Required in " (who.account.name) "." }
                        @else { "Left to each person in " (who.account.name) "." }
                    }
                }
            }
            div .body { (switch(&web, own, &without)) }
        }
    };
    Ok(Page::new("Security", Place::Profile).show(&who, &body))
}

fn switch(web: &Web, own: kept::Standing, without: &[String]) -> Markup {
    let wanted = if own.is_required { "no" } else { "yes" };
    html! {
        p {
            "Whoever has no second step sets one up at their next sign-in, before anything else. \
             Sessions that are open go on."
            @if let Some(provider) = &web.settings.open_id {
                " Who signs in with " (provider.name()) " is not asked: its own second step counts."
            }
        }
        @if without.is_empty() {
            p .soft { "Everyone has one." }
        } @else {
            p .soft { "Without one so far: " (without.join(", ")) "." }
        }
        @if own.has_any() || own.is_required {
            form method="post" action=(HREF) {
                input type="hidden" name="required" value=(wanted);
                button .button.primary[!own.is_required] type="submit" {
                    @if own.is_required { "No longer require it" } @else { "Require it" }
                }
            }
        } @else {
            p .notice.warn {
                a href=(second_step::HREF) { "Set up your own second step" }
                " first: then you know what everyone will be asked for."
            }
        }
    }
}

/// Requires a second step of everyone, or no longer.
pub(crate) async fn change(
    State(web): State<Web>,
    who: SignedIn,
    sent: Form,
) -> Result<Response, Fault> {
    if who.user.role != Role::Admin {
        return Err(Fault::NotFound);
    }
    let is_required = sent.raw("required") == "yes";
    let mut tx = web.ctx.db.begin().await?;
    let own = kept::standing(&mut tx, &who.user.id).await?;
    if is_required && !own.has_any() {
        return Ok(Redirect::to(HREF).into_response());
    }
    if kept::require(&mut tx, &who.account.id, is_required).await? {
        let act = Act {
            account: &who.account.id,
            by: Actor::User(&who.user.id),
            act: if is_required { "second_step.required" } else { "second_step.optional" },
            for_user: None,
            subject: None,
            say: None,
        };
        audit::record(&mut tx, &act, who.now, web.ctx.dice.as_ref()).await?;
    }
    tx.commit().await?;
    let note = if is_required { "required" } else { "not_required" };
    Ok(Redirect::to(&format!("{HREF}?note={note}")).into_response())
}
