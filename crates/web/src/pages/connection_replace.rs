//! Another account than the one to be mended: what it would mean to put it in the other's place,
//! and doing so at one press.

use axum::extract::State;
use axum::response::Redirect;
use connection::{AttemptId, GONE_MEANS};
use maud::{Markup, html};
use sync::replace::{self, Fate, Offer, Pressed};

use super::connection_fix::FIX;
use super::pieces::icon;
use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::form::Form;
use crate::session::SignedIn;

/// Where a try to connect is shown.
const ATTEMPTS: &str = "/calendars/settings/connections/attempts";

/// What Replace would do, and its button; below the sentence that refuses.
pub(super) fn card(attempt: &AttemptId, offer: &Offer) -> Markup {
    let (was, becomes) = (&offer.was, &offer.becomes);
    let waits = |fate: &Fate| fate.becomes.is_none() && fate.calendar.counts_as_busy;
    html! {
        section .stack aria-labelledby="replace" {
            h3 #replace { "Or put " (becomes) " in the place of " (was) "?" }
            p {
                "The connection stays, with its history and what you chose. A calendar with a \
                 counterpart begins anew: what was read of it is forgotten, and the counterpart at "
                (becomes) " is read. Until then it counts as not known, and nothing is offered \
                 against it."
            }
            ul .rows { @for fate in &offer.calendars { (line(fate)) } }
            @if offer.calendars.iter().any(waits) {
                p .small.soft {
                    "What blocks and is kept as gone waits for you at " a href=(FIX) { "Fix this" }
                    ". " (GONE_MEANS)
                }
            }
            @if !offer.added.is_empty() {
                p .small.soft { "New, and added: " (offer.added.join(", ")) "." }
            }
            form .actions method="post" action={ (ATTEMPTS) "/" (attempt) "/replace" } {
                input type="hidden" name="mark" value=(offer.mark);
                button .button.alarm type="submit" name="decision" value="replace" { "Replace" }
                button .button type="submit" name="decision" value="keep" { "Keep " (was) }
            }
            p .small.faint {
                "It waits here, sealed, for " (replace::MINUTES_MAX) " minutes, and is forgotten \
                 then, or as soon as you sign out."
            }
        }
    }
}

fn line(fate: &Fate) -> Markup {
    let calendar = &fate.calendar;
    html! {
        li .row {
            div {
                p .strong.with-swatch {
                    (icon::swatch(&calendar.color)) (calendar.name) " → "
                    @match &fate.becomes {
                        Some(to) => (to.name),
                        None if fate.is_ambiguous => "several of that name: it is kept as gone",
                        None => "no calendar of that name: it is kept as gone",
                    }
                }
                p .small.soft {
                    @if calendar.counts_as_busy { "Blocks" } @else { "Is only shown" }
                    @if fate.is_linked {
                        " · "
                        @if fate.stays_linked() { "your linked calendar, and stays it" }
                        @else {
                            "your linked calendar no longer"
                            @if fate.becomes.is_some() {
                                ": bookings cannot be written to its counterpart"
                            }
                            ". Choose another one afterwards."
                        }
                    }
                }
            }
        }
    }
}

/// Replace, or keep what is.
pub(crate) async fn decide(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    sent: Form,
) -> Result<Redirect, Fault> {
    let id: AttemptId = id.parse().map_err(|_| Fault::NotFound)?;
    let mut tx = web.ctx.db.read().await?;
    let attempt = sync::attempt::find(&mut tx, &who.user.id, &id, who.now).await?;
    let held = attempt.and_then(|attempt| attempt.repairs).ok_or(Fault::NotFound)?;
    drop(tx);
    let connection = format!("/calendars/settings/connections/{held}");
    match sent.raw("decision") {
        "replace" => {}
        "keep" => {
            replace::leave(&web.ctx, &id, &who.session).await?;
            return Ok(Redirect::to(&connection));
        }
        _ => return Err(Fault::FormMalformed),
    }
    let whose = (&who.user.id, &id);
    let mark = (sent.raw("mark"), &who.by());
    let pressed = replace::press(&web.ctx, whose, &who.session, mark).await?;
    let to = match pressed {
        Pressed::Replaced(_) => format!("{connection}?note=other_account"),
        Pressed::Changed => format!("{ATTEMPTS}/{id}?note=changed"),
        Pressed::Over => format!("{ATTEMPTS}/{id}?note=over"),
    };
    Ok(Redirect::to(&to))
}
