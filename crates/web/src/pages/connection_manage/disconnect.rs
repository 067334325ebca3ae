//! Disconnecting: first what it means, with the number of busy times that disappear, then doing it.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use sync::connect::{self, CHOICES_KEPT_DAYS};

use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::page::{Page, Place};
use crate::pages::connection_add::crumbs;
use crate::pages::pieces::linked::linked;
use crate::pages::pieces::{icon, words};
use crate::pages::standing;
use crate::session::SignedIn;

/// What disconnecting means.
pub(crate) async fn ask(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::managed(&mut tx, &who, &id).await?;
    let lives_on = connect::lives_on(&mut tx, &standing.connection, &who.account.id).await?;
    drop(tx);
    let lost = connect::busy_lost(&web.ctx, &standing.connection.id).await?;
    let name = &standing.connection.principal.name;
    let row = standing.integration(&web.ctx.catalogue);
    let revokes = row.and_then(|row| row.sign_in.oauth()).is_some_and(|way| way.can_revoke());
    let withdraw = row.map_or("", |row| row.withdraw);
    let writes_here = standing.calendars.iter().any(|(calendar, _)| standing.is_linked(calendar));
    let body = html! {
        div .page-head { div { (crumbs()) h1 { "Disconnect " (name) "?" } } }
        section .card.narrow aria-label="What disconnecting means" {
            div .body {
                div .notice.alarm.with-icon {
                    (icon::alert())
                    p {
                        b { (words::count(lost, "busy time disappears", "busy times disappear")) }
                        @if lost > 0 {
                            ", each repeat counted, from now on: those hours can be booked then."
                        } @else { "." }
                    }
                }
                ul .plain {
                    li {
                        "Daymark forgets how it signed in, the calendars and their events. Your \
                         calendars at the provider stay as they are."
                    }
                    li {
                        "What was chosen for each calendar is kept for " (CHOICES_KEPT_DAYS)
                        " days, in case the same account comes back."
                    }
                    @if writes_here {
                        li {
                            "New bookings were written here: choose another linked calendar \
                             afterwards."
                        }
                    }
                    @if let Some(holder) = lives_on.filter(|_| revokes) {
                        li {
                            "Daymark's access at " (standing.kind(&web.ctx.catalogue))
                            " stays: a connection of " (holder) " to the same account needs it."
                        }
                    } @else if !withdraw.is_empty() { li { (linked(withdraw)) } }
                    li { "To stop reading for a while only, press Pause instead." }
                }
                form .actions method="post" action={ (standing.href()) "/disconnect" } {
                    button .button.alarm type="submit" { "Disconnect" }
                    a .button href=(standing.href()) { "Keep it" }
                }
            }
        }
    };
    Ok(Page::new("Disconnect", Place::Connections).show(&who, &body))
}

/// Does it.
pub(crate) async fn disconnect(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::managed(&mut tx, &who, &id).await?;
    drop(tx);
    connect::disconnect(&web.ctx, &standing.connection.id, &who.by()).await?;
    Ok(standing.to_holder(&who, "/calendars/settings/connections", "disconnected"))
}
