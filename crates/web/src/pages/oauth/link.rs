//! The link that a program was given for a person: a page that says what will happen and for whom,
//! and the button that goes on. Opening it ties nothing: programs that look at mail and messages
//! open links, too.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use connection::{Connection, Integration};
use door::addresses::BEGIN;
use http::HeaderMap;
use http::header::CONTENT_SECURITY_POLICY;
use maud::{Markup, html};
use serde::Deserialize;
use store::connections;
use store::people::{self, Account, User};
use store::sign_ins::SignIn;

use super::{TOKEN_MAX, cookie_name, leave, told};
use crate::asked::Asked;
use crate::error::Fault;
use crate::form::Form;
use crate::{Web, cookies, page};

/// The button leads to another site: Chromium holds what a form is redirected to against
/// `form-action`, and providers send a browser on among hosts of their own.
const LEADS_OUT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action http: https:; base-uri 'none'; frame-ancestors 'none'";

#[derive(Deserialize, Default)]
pub(crate) struct Ticket {
    ticket: Option<String>,
}

/// Says what will happen. A browser that went before, and came back by itself, goes on.
pub(crate) async fn show(
    State(web): State<Web>,
    headers: HeaderMap,
    Asked(Ticket { ticket }): Asked<Ticket>,
) -> Result<Response, Fault> {
    let ticket = ticket.filter(|ticket| ticket.len() <= TOKEN_MAX).ok_or(Fault::NotFound)?;
    let held = cookies::find(&headers, &cookie_name(&ticket));
    if held.is_some() {
        return leave(&web, &ticket, held).await;
    }
    let Some(row) = sync::sign_in::waiting(&web.ctx, &ticket).await? else { return Ok(used_up()) };
    let integration = web.ctx.catalogue.find(row.integration.as_str()).ok_or(Fault::NotFound)?;
    let mut tx = web.ctx.db.read().await?;
    let user = people::user(&mut tx, &row.user).await?.ok_or(Fault::NotFound)?;
    let account = people::account(&mut tx, &user.account).await?.ok_or(Fault::NotFound)?;
    let held = match &row.repairs {
        Some(id) if row.replaces => connections::load(&mut tx, id).await?,
        _ => None,
    };
    drop(tx);
    let page = before_leaving(&ticket, (&row, held.as_ref()), integration, (&user, &account));
    Ok(([(CONTENT_SECURITY_POLICY, LEADS_OUT)], page).into_response())
}

/// Ties the sign-in to this browser, and goes to the provider's page.
pub(crate) async fn press(
    State(web): State<Web>,
    headers: HeaderMap,
    sent: Form,
) -> Result<Response, Fault> {
    let ticket = Some(sent.raw("ticket")).filter(|ticket| ticket.len() <= TOKEN_MAX);
    let ticket = ticket.ok_or(Fault::NotFound)?;
    leave(&web, ticket, cookies::find(&headers, &cookie_name(ticket))).await
}

fn before_leaving(
    ticket: &str,
    (row, held): (&SignIn, Option<&Connection>),
    integration: &Integration,
    (user, account): (&User, &Account),
) -> Markup {
    let (name, person) = (integration.name, &user.name);
    let title = match row.repairs {
        Some(_) => format!("Sign in to {name} again for {person}"),
        None => format!("Connect {name} for {person}"),
    };
    let permissions = integration.sign_in.oauth().map(|adapter| adapter.permissions(&[]));
    let body = html! {
        h1 { (title) }
        p {
            "You sign in at " (name) " itself, in this window, and come back here. The account \
             that you choose there is then connected to Daymark for " (person) " at "
            (account.name) ": Daymark reads its calendars and keeps them in step."
        }
        @if let Some(held) = held {
            p .strong {
                "If you choose another account than " (held.principal.name) ", it takes that one's \
                 place: what was chosen stays for the calendars of the same name, and the others \
                 of " (held.principal.name) " are gone."
            }
        }
        @if row.busy_only {
            p { "Of its events, only the times are kept: no title, place, note or guest." }
        }
        p { "Daymark never sees your password. It asks to:" }
        ul .plain {
            @for permission in permissions.iter().flatten() { li { (permission.say) } }
        }
        p .soft {
            "If you are not " (person) ", or nobody told you of this link, close this page: \
             nothing is connected until you agree at " (name) "."
        }
        form .actions method="post" action=(BEGIN) {
            input type="hidden" name="ticket" value=(ticket);
            button .button.primary type="submit" { "Continue to " (name) }
        }
    };
    page::bare(&title, &body)
}

/// That sign-in is over, or another browser has gone with it.
pub(super) fn used_up() -> Response {
    let say = "It works once, within ten minutes, in one browser. Ask for a new one where you got \
               it, or begin again with Add New.";
    told("This link is used up", say)
}
