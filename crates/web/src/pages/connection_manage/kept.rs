//! What is kept of a connection's events: for who holds it to say.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};

use super::One;
use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::form::Form;
use crate::pages::standing;
use crate::session::SignedIn;

impl One<'_> {
    /// The card; only for who holds it.
    pub(super) fn kept(&self) -> Markup {
        if !self.standing.is_of(self.who) {
            return html! {};
        }
        html! {
            section .card aria-labelledby="kept" {
                header {
                    div {
                        h2 #kept { "What is kept" }
                        p {
                            @if self.busy_only {
                                "Busy times only: no title, place, note or guest of its events is "
                                "stored here, and none is shown to anybody, you included."
                            } @else {
                                "Titles, places and notes too, sealed. Others see them only as far "
                                "as private mode lets them."
                            }
                        }
                    }
                    @if !self.busy_only || !self.who.connects_only {
                        form method="post" action={ (self.standing.href()) "/busy-only" } {
                            input type="hidden" name="busy_only" value=(!self.busy_only);
                            button .button type="submit" {
                                @if self.busy_only { "Keep details again" }
                                @else { "Keep busy times only" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Takes the choice: what is no longer to be kept is erased before the answer.
pub(crate) async fn set_busy_only(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    sent: Form,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::own(&mut tx, &who, &id).await?;
    drop(tx);
    let busy_only = match sent.raw("busy_only") {
        "true" => true,
        // Who has a link may be somebody else: they do not have details kept again.
        "false" if who.connects_only => return Err(Fault::NotFound),
        "false" => false,
        _ => return Err(Fault::FormMalformed),
    };
    sync::kept::set_busy_only(&web.ctx, &standing.connection.id, busy_only, &who.by()).await?;
    Ok(Redirect::to(&format!("{}?note=saved", standing.href())))
}
