//! Not to be reminded of a connection, and to be reminded again. A mail leads to the question, and
//! a press of the button answers it: a program that only looks at links mutes nothing.

use axum::extract::State;
use axum::response::Redirect;
use connection::{Connection, ConnectionId};
use maud::{Markup, html};
use store::audit::{self, Act, Actor};
use store::{Tx, connections, messages};

use super::{HREF, is_admin};
use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::form::Form;
use crate::page::{Page, Place};
use crate::pages::pieces::words;
use crate::session::SignedIn;

/// One of which this person is told: their own, and for administrators any of the account.
async fn concerned(tx: &mut Tx, who: &SignedIn, id: &str) -> Result<Connection, Fault> {
    let id: ConnectionId = id.parse().map_err(|_| Fault::NotFound)?;
    let found = connections::find(tx, &who.account.id, &id).await?;
    let is_told = |found: &Connection| is_admin(who) || found.owner.user() == Some(&who.user.id);
    found.filter(is_told).ok_or(Fault::NotFound)
}

/// The button that changes it.
pub(super) fn button(connection: &Connection, is_muted: bool) -> Markup {
    let name = &connection.principal.name;
    let (verb, about) = if is_muted { ("Unmute", "Unmute ") } else { ("Mute", "Mute ") };
    html! {
        form method="post" action={ (HREF) "/mute/" (connection.id) } {
            input type="hidden" name="muted" value=(!is_muted);
            button .button.quiet type="submit" aria-label={ (about) (name) } { (verb) }
        }
    }
}

/// What the link of a mail leads to.
pub(crate) async fn ask(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let connection = concerned(&mut tx, &who, &id).await?;
    let is_muted = messages::is_muted(&mut tx, &who.user.id, &connection.id).await?;
    drop(tx);
    let name = &connection.principal.name;
    let body = html! {
        div .page-head {
            div {
                p .crumbs { a href=(HREF) { "Messages" } }
                h1 { "Reminders of " (words::name(name)) }
            }
        }
        section .card.narrow aria-label="Reminders" {
            div .body {
                p {
                    @if is_muted {
                        "You are not reminded of this connection. If it breaks anew, you are told \
                         of that once."
                    } @else {
                        "Muted, you get no reminders of this connection and it is left out of \
                         your weekly digest. It stays broken until it is mended, and if it breaks \
                         anew, you are told of that once."
                    }
                }
                div .actions {
                    (button(&connection, is_muted))
                    a .button href=(HREF) { "Leave it as it is" }
                }
            }
        }
    };
    Ok(Page::new("Reminders", Place::Messages).show(&who, &body))
}

/// Changes it.
pub(crate) async fn change(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    sent: Form,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let connection = concerned(&mut tx, &who, &id).await?;
    let (user, name) = (&who.user.id, &connection.principal.name);
    let (changed, act, note) = match sent.raw("muted") {
        "true" => {
            let changed = messages::mute(&mut tx, user, &connection.id, who.now).await?;
            (changed, "connection.muted", "muted")
        }
        "false" => {
            let changed = messages::unmute(&mut tx, user, &connection.id).await?;
            (changed, "connection.unmuted", "unmuted")
        }
        _ => return Err(Fault::FormMalformed),
    };
    if changed {
        let act = Act {
            account: &who.account.id,
            by: Actor::User(user),
            act,
            for_user: connection.owner.user().filter(|holder| *holder != user),
            subject: Some((connection.id.as_str(), name)),
            say: None,
        };
        audit::record(&mut tx, &act, who.now, web.ctx.dice.as_ref()).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("{HREF}?note={note}")))
}
