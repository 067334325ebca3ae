//! A person's second step of signing in: an authenticator app, passkeys, recovery codes.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::SignedDuration;
use maud::{Markup, html};
use store::factors::{self as kept, Authenticator, Standing};
use store::{people, sessions};

use super::passkeys;
use super::pieces::field::{Input, Kind};
use super::pieces::said::Said;
use super::pieces::{enrol, words};
use crate::asked::Asked;
use crate::error::Fault;
use crate::factors::{self, Factor};
use crate::form::{Complaints, Form};
use crate::guessing::{self, Client, Subjects, too_many};
use crate::page::{Page, Place};
use crate::session::{self, SignedIn};
use crate::{Web, passwords};

/// Where the page is.
pub(crate) const HREF: &str = "/settings/profile/second-step";
/// Who has no password is believed to be at the keyboard for so long after signing in.
const FRESH_MAX: SignedDuration = SignedDuration::from_mins(15);
const WRONG: &str = "This code is not right. Type the one that the app shows now.";

/// What stands on the Profile page.
pub(crate) fn card(standing: &Standing) -> Markup {
    html! {
        section .card.narrow aria-labelledby="second-step" {
            header {
                div {
                    h2 #second-step { "Second step" }
                    p { (summary(standing)) }
                }
                a .button href=(HREF) {
                    @if standing.has_any() { "Change" } @else { "Set up" }
                }
            }
        }
    }
}

fn summary(standing: &Standing) -> String {
    if !standing.has_any() {
        return "None: your password alone signs you in.".to_owned();
    }
    let app = standing.authenticator_at.map(|_| "an authenticator app".to_owned());
    let passkeys = Some(standing.passkeys).filter(|count| *count > 0);
    let passkeys = passkeys.map(|count| words::count(count, "passkey", "passkeys"));
    let left = words::count(standing.recovery_left, "recovery code", "recovery codes");
    let all: Vec<_> = app.into_iter().chain(passkeys).collect();
    words::sentence(&format!("{}; {left} left", all.join(" and ")))
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    page(&web, &who, &Complaints::default(), &said).await
}

async fn page(web: &Web, who: &SignedIn, wrong: &Complaints, said: &Said) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = kept::standing(&mut tx, &who.user.id).await?;
    let app = kept::authenticator(&mut tx, &who.user.id).await?;
    let keys = store::passkeys::of_user(&mut tx, &who.user.id).await?;
    drop(tx);
    let pending = app.filter(|app| app.confirmed_at.is_none());
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Settings / " a href="/settings/profile" { "Profile" } }
                h1 { "Second step" }
            }
        }
        (said.notice())
        @if standing.is_required && !standing.has_any() {
            p .notice.warn {
                (who.account.name) " asks everyone for a second step. Set one up now: without \
                 one, your next sign-in begins with it."
            }
        }
        (app_card(who, &standing, pending.as_ref(), wrong))
        (passkeys::card(web, who, &keys, wrong))
        @if standing.has_any() { (recovery(who, &standing, wrong)) }
    };
    Ok(Page::new("Second step", Place::Profile).show(who, &body))
}

fn app_card(
    who: &SignedIn,
    standing: &Standing,
    pending: Option<&Authenticator>,
    wrong: &Complaints,
) -> Markup {
    html! {
        section .card.narrow aria-labelledby="app" {
            header {
                div {
                    h2 #app { "Authenticator app" }
                    @if let Some(at) = standing.authenticator_at {
                        p { "On since " (words::when(at, who)) }
                    } @else {
                        p { "A code of an app on your phone, each time that you sign in." }
                    }
                }
                @if standing.authenticator_at.is_none() && pending.is_none() {
                    form method="post" action={ (HREF) "/app" } {
                        button .button.primary type="submit" { "Set up" }
                    }
                }
            }
            @if let Some(pending) = pending {
                @let action = format!("{HREF}/app/confirm");
                div .body {
                    @let present = present(who, ("new-app-present", ""), wrong);
                    @let to = (&*action, &present);
                    (enrol::app(&pending.secret, &who.user.email, to, wrong.about("code")))
                }
            }
            @if standing.authenticator_at.is_some() {
                (guarded(who, wrong, ("app-present", "/app/remove", "Remove the app")))
            }
        }
    }
}

fn recovery(who: &SignedIn, standing: &Standing, wrong: &Complaints) -> Markup {
    html! {
        section .card.narrow aria-labelledby="recovery" {
            header {
                div {
                    h2 #recovery { "Recovery codes" }
                    p {
                        (standing.recovery_left) " of " (factors::RECOVERY_CODES)
                        " left. Each signs you in once in place of the second step."
                    }
                }
            }
            (guarded(who, wrong, ("codes-present", "/recovery", "Make new ones")))
        }
    }
}

/// A button that wants the present password of who has one, for whoever finds a browser open.
fn guarded(who: &SignedIn, wrong: &Complaints, (field, path, label): (&str, &str, &str)) -> Markup {
    html! {
        details .body open[wrong.about(field).is_some()] {
            summary { (label) }
            form .stack method="post" action={ (HREF) (path) } data-checked {
                (present(who, (field, ""), wrong))
                div .actions { button .button type="submit" { (label) } }
            }
        }
    }
}

/// The field of the present password, for who has one; with a hint, it may be left empty.
pub(super) fn present(who: &SignedIn, (field, hint): (&str, &str), wrong: &Complaints) -> Markup {
    html! {
        @if who.user.has_password {
            (Input {
                name: field, label: "Present password", kind: Kind::Password, hint,
                length_max: passwords::LENGTH_MAX, fills: "current-password",
                optional: !hint.is_empty(), error: wrong.about(field), ..Input::default()
            }.show())
        } @else if let Some(say) = wrong.about(field) {
            p .notice.alarm role="alert" { (say) }
        }
    }
}

/// Is the person at the keyboard the one who signed in? They know the present password, or, where
/// there is none, have just signed in. Says so beside the field where not. Guessing is slowed.
pub(super) async fn is_really(
    web: &Web,
    (who, client): (&SignedIn, &Client),
    (sent, field): (&mut Form, &str),
) -> Result<bool, Fault> {
    if !who.user.has_password {
        let mut tx = web.ctx.db.read().await?;
        let session = sessions::find(&mut tx, &who.session, who.now).await?;
        let since = session.map(|session| who.now.duration_since(session.created_at));
        let is_fresh = since.is_some_and(|since| since <= FRESH_MAX);
        if !is_fresh {
            sent.refuse(field, "Sign out and in again, then do this within 15 minutes.");
        }
        return Ok(is_fresh);
    }
    let present = sent.secret(field, passwords::LENGTH_MAX);
    let subjects = Subjects::of("present", &who.user.id, client);
    if let Some(wait) = guessing::reserve(web, &subjects).await? {
        sent.refuse(field, too_many(wait));
        return Ok(false);
    }
    let mut tx = web.ctx.db.read().await?;
    let hash = people::password_hash(&mut tx, &who.user.id).await?;
    drop(tx);
    let fits = passwords::fits(&present, hash.as_deref()).await?;
    if fits {
        let mut tx = web.ctx.db.begin().await?;
        guessing::forgive(&mut tx, &subjects).await?;
        tx.commit().await?;
    } else {
        sent.refuse(field, "This is not your present password.");
    }
    Ok(fits)
}

pub(super) async fn refused(web: &Web, who: &SignedIn, sent: &Form) -> Result<Response, Fault> {
    let page = page(web, who, sent.complaints(), &Said::default()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Makes a secret for an app, to be confirmed by its first code.
pub(crate) async fn begin_app(State(web): State<Web>, who: SignedIn) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    factors::begin_app(&web, &mut tx, &who.user.id).await?;
    tx.commit().await?;
    Ok(Redirect::to(HREF))
}

/// Turns the app on, with its first code.
pub(crate) async fn confirm_app(
    State(web): State<Web>,
    who: SignedIn,
    client: Client,
    mut sent: Form,
) -> Result<Response, Fault> {
    if !is_really(&web, (&who, &client), (&mut sent, "new-app-present")).await? {
        return refused(&web, &who, &sent).await;
    }
    let typed = sent.needed("code", factors::TYPED_MAX);
    let mut tx = web.ctx.db.begin().await?;
    if kept::standing(&mut tx, &who.user.id).await?.authenticator_at.is_some() {
        return Ok(Redirect::to(HREF).into_response());
    }
    if !sent.is_fine() || !factors::confirm_app(&web, &mut tx, &who.user, &typed).await? {
        drop(tx);
        sent.refuse("code", WRONG);
        return refused(&web, &who, &sent).await;
    }
    let codes = factors::first_recovery_codes(&web, &mut tx, &who.user).await?;
    tx.commit().await?;
    Ok(match codes {
        Some(codes) => codes_page(&who, "Your second step is on", &codes).into_response(),
        None => Redirect::to(&format!("{HREF}?note=step_on")).into_response(),
    })
}

/// Recovery codes, this once.
pub(crate) fn codes_page(who: &SignedIn, title: &str, codes: &[String]) -> Markup {
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Settings / " a href="/settings/profile" { "Profile" } }
                h1 { (title) }
            }
        }
        section .card.narrow {
            div .body {
                (enrol::recovery_codes(codes))
                p .actions { a .button.primary href=(HREF) { "I have kept them" } }
            }
        }
    };
    Page::new(title, Place::Profile).show(who, &body)
}

/// Removes the app.
pub(crate) async fn remove_app(
    State(web): State<Web>,
    who: SignedIn,
    client: Client,
    mut sent: Form,
) -> Result<Response, Fault> {
    if !is_really(&web, (&who, &client), (&mut sent, "app-present")).await? {
        return refused(&web, &who, &sent).await;
    }
    let mut tx = web.ctx.db.begin().await?;
    if !kept::remove_authenticator(&mut tx, &who.user.id).await? {
        return Ok(Redirect::to(HREF).into_response());
    }
    let standing = factors::removed(&web, &mut tx, &who.user, Factor::App).await?;
    tx.commit().await?;
    Ok(after_removal(&web, standing))
}

pub(super) fn after_removal(web: &Web, standing: Standing) -> Response {
    if standing.is_required && !standing.has_any() {
        return session::gone(web, "/sign-in");
    }
    Redirect::to(&format!("{HREF}?note=step_removed")).into_response()
}

/// New recovery codes in place of those of before.
pub(crate) async fn remake_codes(
    State(web): State<Web>,
    who: SignedIn,
    client: Client,
    mut sent: Form,
) -> Result<Response, Fault> {
    if !is_really(&web, (&who, &client), (&mut sent, "codes-present")).await? {
        return refused(&web, &who, &sent).await;
    }
    let mut tx = web.ctx.db.begin().await?;
    if !kept::standing(&mut tx, &who.user.id).await?.has_any() {
        return Ok(Redirect::to(HREF).into_response());
    }
    let codes = factors::make_recovery_codes(&web, &mut tx, &who.user).await?;
    tx.commit().await?;
    Ok(codes_page(&who, "New recovery codes", &codes).into_response())
}
