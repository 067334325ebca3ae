//! Leaving: sessions and connections end, what was read of the calendars goes, and nothing of the
//! person stays but their name in the audit log.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use store::people::{self, User};
use sync::connect;

use super::{HREF, back, did, is_last, user_of};
use crate::Web;
use crate::acts;
use crate::asked::Named;
use crate::error::Fault;
use crate::page::{Page, Place};
use crate::pages::pieces::icon;
use crate::pages::pieces::words;
use crate::pages::standing::{self, Standing};
use crate::session::SignedIn;

/// What it means.
pub(crate) async fn ask(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let user = user_of(&mut tx, &who, &id).await?;
    let held = standing::of(&mut tx, &user, who.now).await?;
    drop(tx);
    let mut lost = 0;
    for standing in &held {
        lost += connect::busy_lost(&web.ctx, &standing.connection.id).await?;
    }
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Settings / " a href=(HREF) { "People" } }
                h1 { "Remove " (user.name) "?" }
            }
        }
        section .card.narrow aria-label="What removing means" {
            div .body.stack { (meaning(&web, &user, (&held, lost))) }
        }
    };
    Ok(Page::new("Remove", Place::People).show(&who, &body))
}

fn meaning(web: &Web, user: &User, (held, lost): (&[Standing], i64)) -> Markup {
    html! {
        div .notice.alarm.with-icon {
            (icon::alert())
            p {
                b { "This cannot be undone." } " " (user.name)
                " is signed out everywhere at once."
            }
        }
        @if held.is_empty() {
            p { "No calendar of theirs is connected." }
        } @else {
            p { "These connections end, and Daymark forgets how it signed in there:" }
            ul .plain {
                @for standing in held {
                    li {
                        (standing.kind(&web.ctx.catalogue)) " · "
                        (words::name(&standing.connection.principal.name))
                    }
                }
            }
            p {
                (words::count(lost, "busy time disappears", "busy times disappear"))
                " with them. The calendars themselves stay as they are."
            }
        }
        p .small.soft {
            "API keys belong to the account, and go on working. What " (user.name) " did stays in "
            "the audit log."
        }
        form .actions method="post" action={ (HREF) "/" (user.id) "/remove" } {
            button .button.alarm type="submit" { "Remove" }
            a .button href=(HREF) { "Keep" }
        }
    }
}

/// Does it, all in one transaction: whatever cuts it short, they are there as before, or gone with
/// all that was theirs, and the audit log says so.
pub(crate) async fn remove(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let user = user_of(&mut tx, &who, &id).await?;
    if is_last(&user, people::hold_admins(&mut tx, &who.account.id).await?) {
        return Ok(back("last"));
    }
    let theirs = (&user.id, &who.by());
    let farewells = connect::disconnect_all(&web.ctx, &mut tx, theirs).await?;
    acts::record(&web.ctx, &mut tx, who.acts(), did("user.removed", &user)).await?;
    // Their sessions and invitations go with them.
    people::delete_user(&mut tx, &user.id).await?;
    tx.commit().await?;
    farewells.say(&web.ctx);
    let is_self = user.id == who.user.id;
    Ok(if is_self { Redirect::to("/sign-in") } else { back("person_removed") })
}
