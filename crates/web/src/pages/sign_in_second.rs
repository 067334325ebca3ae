//! The second step of signing in: a code, or, for who must have a second factor and has none yet,
//! setting one up before anything else.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use store::audit::Actor;
use store::{StoreError, Tx, factors as kept, people};

use super::passkeys;
use super::pieces::enrol;
use super::pieces::field::Input;
use crate::acts::{self, Did};
use crate::entering::{self, Half};
use crate::error::Fault;
use crate::factors::{self, Factor};
use crate::form::Form;
use crate::guessing::{self, Client, Subjects, slowed, too_many};
use crate::{Web, page};

/// Where a first factor is confirmed.
pub(crate) const ENROL: &str = "/sign-in/second/enrol";
const WRONG: &str = "This code is not right. Type the one that the app shows now; each works once.";

/// The step that is owed.
pub(crate) async fn show(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Fault> {
    let Some(half) = entering::find(&web, &headers).await? else { return Ok(over()) };
    if half.standing.has_any() {
        return Ok(code_page(&half, None, None).into_response());
    }
    Ok(enrol_page(&web, &half, None).await?.into_response())
}

/// The ten minutes are over, or the step was taken.
pub(super) fn over() -> Response {
    let body = html! {
        h1 { "This sign-in is over" }
        p .soft {
            "The second step has to follow within ten minutes, in the same browser. Sign in again."
        }
        p .actions { a .button.primary href="/sign-in" { "Sign in" } }
    };
    (StatusCode::GONE, page::bare("Sign in again", &body)).into_response()
}

pub(super) fn code_page(half: &Half, notice: Option<&str>, wrong: Option<&str>) -> Markup {
    let has_app = half.standing.authenticator_at.is_some();
    let hint = match (has_app, half.standing.recovery_left > 0) {
        (true, true) => "Six digits of your authenticator app, or one of your recovery codes.",
        (true, false) => "Six digits of your authenticator app.",
        (false, _) => "One of your recovery codes.",
    };
    let body = html! {
        h1 { "One more step" }
        p .soft { "This is " (half.user.email) ", if it is really you." }
        @if let Some(notice) = notice { p .notice.alarm role="alert" { (notice) } }
        (passkeys::offer(half))
        // To the page's own address, with the part behind the # sign; see `sign_in.rs`.
        form .stack method="post" data-checked {
            (Input {
                name: "code", label: "Code", hint, length_max: factors::TYPED_MAX,
                fills: "one-time-code", error: wrong, ..Input::default()
            }.show())
            button .button.primary.wide type="submit" { "Continue" }
        }
        p .small.soft.after {
            "Lost the phone and the codes? Whoever runs this Daymark can take your second step \
             away. "
            a href="/sign-in" { "Sign in as somebody else" }
        }
    };
    page::bare("One more step", &body)
}

async fn enrol_page(web: &Web, half: &Half, wrong: Option<&str>) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let app = kept::authenticator(&mut tx, &half.user.id).await?.ok_or(Fault::NotFound)?;
    let account = people::account(&mut tx, &half.user.account).await?.ok_or(Fault::NotFound)?;
    let body = html! {
        h1 { "Set up a second step" }
        p .soft {
            (account.name) " asks everyone for a second step when they sign in: a code of an app \
             on your phone. It takes a minute, and has to be done before you go on."
        }
        (enrol::app(&app.secret, &half.user.email, (ENROL, &html! {}), wrong))
    };
    Ok(page::bare("Set up a second step", &body))
}

/// Takes the second step.
pub(crate) async fn enter(
    State(web): State<Web>,
    client: Client,
    headers: HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let Some(half) = entering::find(&web, &headers).await? else { return Ok(over()) };
    let typed = sent.needed("code", factors::TYPED_MAX);
    if let Some(say) = sent.complaints().about("code") {
        return Ok(unfit(code_page(&half, None, Some(say))));
    }
    let subjects = Subjects::of_code(&half.user.id, &client);
    if let Some(wait) = guessing::reserve(&web, &subjects).await? {
        return Ok(slowed(wait, code_page(&half, Some(&too_many(wait)), None)));
    }
    let mut tx = web.ctx.db.begin().await?;
    let Some(factor) = factors::take(&web, &mut tx, &half.user, &typed).await? else {
        failed(&web, &mut tx, &half).await?;
        tx.commit().await?;
        return Ok(unfit(code_page(&half, None, Some(WRONG))));
    };
    guessing::forgive(&mut tx, &subjects).await?;
    let onward = Redirect::to(&half.row.next).into_response();
    let done = entering::finish(&web, tx, (&half, factor), &headers, onward).await?;
    Ok(done.unwrap_or_else(over))
}

fn unfit(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// That the step failed stands in the audit log.
pub(super) async fn failed(web: &Web, tx: &mut Tx, half: &Half) -> Result<(), StoreError> {
    let (for_user, say) = (Some(&half.user.id), Some("at the second step"));
    let did = Did { act: "user.sign_in_failed", for_user, say, ..Did::default() };
    acts::record(&web.ctx, tx, (&half.user.account, Actor::Someone), did).await
}

/// Confirms a first factor, of who must have one; that is the second step, too.
pub(crate) async fn confirm(
    State(web): State<Web>,
    client: Client,
    headers: HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let Some(half) = entering::find(&web, &headers).await? else { return Ok(over()) };
    if half.standing.has_any() {
        return Ok(Redirect::to(entering::SECOND).into_response());
    }
    let typed = sent.needed("code", factors::TYPED_MAX);
    let subjects = Subjects::of_code(&half.user.id, &client);
    if let Some(wait) = guessing::reserve(&web, &subjects).await? {
        let page = enrol_page(&web, &half, Some(&too_many(wait))).await?;
        return Ok(slowed(wait, page));
    }
    let mut tx = web.ctx.db.begin().await?;
    if !factors::confirm_app(&web, &mut tx, &half.user, &typed).await? {
        failed(&web, &mut tx, &half).await?;
        tx.commit().await?;
        return Ok(unfit(enrol_page(&web, &half, Some(WRONG)).await?));
    }
    guessing::forgive(&mut tx, &subjects).await?;
    let codes = factors::make_recovery_codes(&web, &mut tx, &half.user).await?;
    let body = html! {
        h1 { "Your second step is on" }
        (enrol::recovery_codes(&codes))
        p .actions { a .button.primary href=(half.row.next) { "I have kept them: go on" } }
    };
    let page = page::bare("Recovery codes", &body).into_response();
    let done = entering::finish(&web, tx, (&half, Factor::App), &headers, page).await?;
    Ok(done.unwrap_or_else(over))
}
