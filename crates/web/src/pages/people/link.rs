//! A link for somebody who is a user already: they connect or mend their calendars with it, in
//! their own browser, and can do nothing else.

use axum::extract::State;
use maud::{Markup, html};
use store::invitations::Purpose;
use store::people;

use super::invite::{self, Invited};
use super::{HREF, link_href, user_of};
use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::form::Form;
use crate::page::{Page, Place};
use crate::session::SignedIn;

/// What the link will do.
pub(crate) async fn ask(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let user = user_of(&mut tx, &who, &id).await?;
    let may_join = people::belonging(&mut tx, &user.id).await?.connects_only;
    drop(tx);
    let name = &user.name;
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Settings / " a href=(HREF) { "People" } }
                h1 { "A link for " (name) "?" }
            }
        }
        section .card.narrow aria-label="What the link does" {
            div .body.stack {
                p {
                    "Only " (name) " can sign in to " (name) "'s calendars. The link leads them to "
                    "their connections, where they mend what needs it or connect more, without a "
                    "password of Daymark. It works once, for a week, and shows nothing else."
                }
                form .actions method="post" action=(link_href(&user.id)) {
                    button .button.primary type="submit" { "Make the link" }
                    a .button href=(HREF) { "Back" }
                }
                @if may_join {
                    p {
                        (name) " only connects calendars so far. By a link to join, they choose a "
                        "password, and use Daymark like everyone else."
                    }
                    form .actions method="post" action=(link_href(&user.id)) {
                        input type="hidden" name="purpose" value=(Purpose::Join.as_str());
                        button .button type="submit" { "Make a link to join" }
                    }
                }
            }
        }
    };
    Ok(Page::new("A link", Place::People).show(&who, &body))
}

/// Makes it, and shows it for the only time.
pub(crate) async fn make(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    sent: Form,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let user = user_of(&mut tx, &who, &id).await?;
    // Only who has not joined is invited to: nobody else's password is chosen anew by it.
    let may_join = people::belonging(&mut tx, &user.id).await?.connects_only;
    let asked = Purpose::parse(sent.raw("purpose")).filter(|_| may_join);
    let invited = Invited {
        user: Some(&user.id),
        name: &user.name,
        email: Some(&user.email),
        role: user.role,
        purpose: asked.unwrap_or(Purpose::Connect),
    };
    let made = invite::make(&web, &mut tx, &who, invited).await?;
    tx.commit().await?;
    Ok(invite::shown_once(&who, &made))
}
