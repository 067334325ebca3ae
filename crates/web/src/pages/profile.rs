//! A person's own page: name, e-mail address, time zone, password, and where they are signed in.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::Timestamp;
use maud::{Markup, html};
use store::people::{self, Role};
use store::sessions::{self, Session};
use store::{StoreError, factors, identities, waiting};
use sync::{connect, messages, replace};

use super::pieces::about_you::{AboutYou, TO_SIGN_IN};
use super::pieces::field::{Input, Kind};
use super::pieces::said::Said;
use super::pieces::words;
use super::{second_step, security, set_up};
use crate::Web;
use crate::acts::{self, Did};
use crate::asked::Asked;
use crate::error::Fault;
use crate::form::{Complaints, Form};
use crate::guessing::Client;
use crate::page::{Page, Place};
use crate::passwords;
use crate::session::{self, SignedIn};

/// The field of the present password beside a new e-mail address.
const PRESENT: &str = "you-present";

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    page(&web, &who, (&AboutYou::of(&who.user), &Complaints::default()), &said).await
}

async fn page(
    web: &Web,
    who: &SignedIn,
    (typed, wrong): (&AboutYou, &Complaints),
    said: &Said,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let sessions = sessions::of_user(&mut tx, &who.user.id).await?;
    let standing = factors::standing(&mut tx, &who.user.id).await?;
    let elsewhere = identities::of_user(&mut tx, &who.user.id).await?;
    drop(tx);
    let body = html! {
        div .page-head { div { p .crumbs { "Settings" } h1 { "Profile" } } }
        (said.notice())
        (about_you(who, typed, wrong))
        (password(who, wrong))
        (second_step::card(&standing))
        @if !elsewhere.is_empty() { (identities_card(&elsewhere, who)) }
        (signed_in(&sessions, who))
        @if set_up::is_for(who) {
            p .small.soft {
                "You are an administrator: "
                a href=(set_up::HREF) { "set up Google and Microsoft" } ", or "
                a href=(security::HREF) { "require a second step of everyone" } "."
            }
        }
    };
    Ok(Page::new("Profile", Place::Profile).show(who, &body))
}

fn about_you(who: &SignedIn, typed: &AboutYou, wrong: &Complaints) -> Markup {
    html! {
        section .card.narrow aria-labelledby="you" {
            header { div { h2 #you { "You" } } }
            form .body.stack method="post" action="/settings/profile" data-checked {
                @let present = (PRESENT, "Only for a new e-mail address.");
                (typed.fields(
                    &second_step::present(who, present, wrong), (TO_SIGN_IN, false), wrong,
                ))
                div .actions { button .button.primary type="submit" { "Save" } }
            }
        }
    }
}

fn password(who: &SignedIn, wrong: &Complaints) -> Markup {
    let hint = format!("At least {} characters.", passwords::LENGTH_MIN);
    let pattern = format!(".{{{},}}", passwords::LENGTH_MIN);
    html! {
        section .card.narrow aria-labelledby="password-title" {
            header { div { h2 #password-title { "Password" } } }
            form .body.stack method="post" action="/settings/profile/password" data-checked {
                (second_step::present(who, ("present", ""), wrong))
                (Input {
                    name: "password", label: "New password", kind: Kind::Password, hint: &hint,
                    pattern: (&pattern, &hint), length_max: passwords::LENGTH_MAX,
                    fills: "new-password", error: wrong.about("password"), ..Input::default()
                }.show())
                div .actions { button .button type="submit" { "Change password" } }
            }
        }
    }
}

fn signed_in(sessions: &[Session], who: &SignedIn) -> Markup {
    html! {
        section .card.narrow aria-labelledby="sessions" {
            header {
                div { h2 #sessions { "Signed in" } p { "Browsers that are signed in as you." } }
                form method="post" action="/sign-out" {
                    button .button.quiet type="submit" { "Sign out here" }
                }
                @if sessions.len() > 1 {
                    form method="post" action="/settings/profile/sessions/end-others" {
                        button .button type="submit" { "Sign out everywhere else" }
                    }
                }
                form method="post" action="/settings/profile/sessions/end-all" {
                    button .button type="submit" { "Sign out everywhere" }
                }
            }
            ul .rows {
                @for session in sessions {
                    li .row {
                        div {
                            h3 { (session.browser) }
                            p .small.soft {
                                "Signed in " (words::when(session.created_at, who))
                            }
                        }
                        @if session.token_hash == who.session {
                            span .tag.synced { "This one" }
                        } @else {
                            p .small.faint { "last used " (words::age(session.seen_at, who)) }
                        }
                    }
                }
            }
        }
    }
}

/// Where else one signs in.
fn identities_card(identities: &[(String, Timestamp)], who: &SignedIn) -> Markup {
    html! {
        section .card.narrow aria-labelledby="identities" {
            header { div { h2 #identities { "Sign-ins elsewhere" } p { "You come in by them." } } }
            ul .rows {
                @for (issuer, since) in identities {
                    li .row {
                        div {
                            h3 { (words::name(issuer)) }
                            p .small.soft { "Since " (words::when(*since, who)) }
                        }
                        form method="post" action="/settings/profile/identities/remove" {
                            input type="hidden" name="issuer" value=(issuer);
                            button .button.small type="submit" {
                                "Remove" span .unseen { " the sign-in at " (issuer) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Who signs in there is not signed in here any more.
pub(crate) async fn remove_identity(
    State(web): State<Web>,
    who: SignedIn,
    sent: Form,
) -> Result<Redirect, Fault> {
    let issuer = sent.raw("issuer");
    let mut tx = web.ctx.db.begin().await?;
    if !identities::remove(&mut tx, &who.user.id, issuer).await? {
        return Err(Fault::NotFound);
    }
    let did = Did { act: "user.identity_removed", say: Some(issuer), ..Did::default() };
    acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    tx.commit().await?;
    Ok(Redirect::to("/settings/profile?note=saved"))
}

/// Takes name, e-mail address and time zone.
pub(crate) async fn change(
    State(web): State<Web>,
    who: SignedIn,
    client: Client,
    mut sent: Form,
) -> Result<Response, Fault> {
    let typed = AboutYou::read(&mut sent, &who.user.time_zone);
    let moves = typed.email != who.user.email;
    let is_sure = sent.is_fine()
        && (!moves || second_step::is_really(&web, (&who, &client), (&mut sent, PRESENT)).await?);
    if is_sure {
        match save(&web, &who, &typed).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => AboutYou::is_taken(&mut sent),
            Err(error) => return Err(error.into()),
        }
    }
    if !sent.is_fine() {
        let page = page(&web, &who, (&typed, sent.complaints()), &Said::default()).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    Ok(Redirect::to("/settings/profile?note=saved").into_response())
}

async fn save(web: &Web, who: &SignedIn, typed: &AboutYou) -> Result<(), StoreError> {
    let mut tx = web.ctx.db.begin().await?;
    let (name, email) = (&typed.name, &typed.email);
    people::update_user(&mut tx, &who.user.id, name, email, &typed.time_zone).await?;
    if *email != who.user.email {
        messages::tell_old_address(&web.ctx, &mut tx, &who.user).await?;
    }
    if typed.time_zone != who.user.time_zone {
        connect::rebuild_all(&web.ctx, &mut tx, &who.user.id).await?;
    }
    if who.user.role == Role::Admin {
        people::confirm_email(&mut tx, &who.user.id).await?;
    }
    let changed = [
        (*name != who.user.name, "name"),
        (*email != who.user.email, "e-mail address"),
        (typed.time_zone != who.user.time_zone, "time zone"),
    ];
    let changed: Vec<_> = changed.iter().filter(|(is_new, _)| *is_new).map(|(_, w)| *w).collect();
    if !changed.is_empty() {
        let say = changed.join(", ");
        let did = Did { act: "user.profile_changed", say: Some(&say), ..Did::default() };
        acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    }
    tx.commit().await
}

/// Takes a new password, from who knows the present one, if there is one; ends all other sessions.
pub(crate) async fn change_password(
    State(web): State<Web>,
    who: SignedIn,
    client: Client,
    mut sent: Form,
) -> Result<Response, Fault> {
    let chosen = sent.secret("password", passwords::LENGTH_MAX);
    if let Some(say) = passwords::complaint(&chosen) {
        sent.refuse("password", say);
    }
    let is_sure = sent.is_fine()
        && second_step::is_really(&web, (&who, &client), (&mut sent, "present")).await?;
    if !is_sure {
        let page =
            page(&web, &who, (&AboutYou::of(&who.user), sent.complaints()), &Said::default())
                .await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let hash = passwords::hash_password(&chosen).await?;
    let mut tx = web.ctx.db.begin().await?;
    people::set_password(&mut tx, &who.user.id, &hash).await?;
    let left = waiting::take_of_user(&mut tx, &who.user.id, Some(&who.session)).await?;
    sessions::end_others(&mut tx, &who.user.id, Some(&who.session)).await?;
    let say = Some("All other sessions ended.");
    let did = Did { act: "user.password_changed", say, ..Did::default() };
    acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    replace::give_back(&web.ctx, tx, left).await?;
    Ok(Redirect::to("/settings/profile?note=password").into_response())
}

/// Ends all sessions but this one.
pub(crate) async fn end_others(State(web): State<Web>, who: SignedIn) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let keep: &session::TokenHash = &who.session;
    let left = waiting::take_of_user(&mut tx, &who.user.id, Some(keep)).await?;
    let ended = sessions::end_others(&mut tx, &who.user.id, Some(keep)).await?;
    let say = words::count(ended, "other session ended", "other sessions ended");
    let did = Did { act: "user.sessions_ended", say: Some(&say), ..Did::default() };
    acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    replace::give_back(&web.ctx, tx, left).await?;
    Ok(Redirect::to("/settings/profile?note=signed_out"))
}

/// Ends all sessions, this one too.
pub(crate) async fn end_all(State(web): State<Web>, who: SignedIn) -> Result<Response, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let left = waiting::take_of_user(&mut tx, &who.user.id, None).await?;
    sessions::end_others(&mut tx, &who.user.id, None).await?;
    let did = Did { act: "user.signed_out_everywhere", ..Did::default() };
    acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    replace::give_back(&web.ctx, tx, left).await?;
    Ok(session::gone(&web, "/sign-in"))
}
