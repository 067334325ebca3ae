//! Passkeys: registering and removing them, and taking the second step with one. The browser's
//! part needs a script; where there is none, the page offers the other factors.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connection::UserId;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde_json::{Value, json};
use store::passkeys::{self, Passkey};
use store::{StoreError, Tx, sessions};

use super::pieces::field::Input;
use super::pieces::words;
use super::second_step::{self, HREF};
use super::sign_in_second as second;
use crate::asked::Named;
use crate::entering::{self, Half};
use crate::error::Fault;
use crate::factors::{self, Factor};
use crate::form::{Complaints, Form, NAME_MAX};
use crate::guessing::{self, Client, Subjects, slowed, too_many};
use crate::page::{Page, Place};
use crate::session::{self, SignedIn};
use crate::webauthn::{self, Ceremony, Site};
use crate::{Web, assets};

/// Where the second step is taken with one.
pub(crate) const SECOND: &str = "/sign-in/second/passkey";
/// How long a browser may take to answer.
const ANSWER_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Characters of one part of a browser's answer.
const PART_MAX: usize = 8_192;
/// Passkeys of one person.
const PASSKEYS_MAX: usize = 20;
/// The field of the present password.
const PRESENT: &str = "passkey-present";

/// What stands on the page of the second step.
pub(super) fn card(web: &Web, who: &SignedIn, kept: &[Passkey], wrong: &Complaints) -> Markup {
    let has_site = Site::of(&web.settings).is_some();
    html! {
        section .card.narrow aria-labelledby="passkeys" {
            header {
                div {
                    h2 #passkeys { "Passkeys" }
                    p { "The lock of your phone or computer, or a security key." }
                }
            }
            @if !kept.is_empty() {
                ul .rows {
                    @for passkey in kept {
                        li .row {
                            div {
                                h3 { (passkey.name) }
                                p .small.soft { "Since " (words::when(passkey.created_at, who)) }
                            }
                            a .button.small href=(removal(&passkey.id))
                                aria-label={ "Remove " (passkey.name) } { "Remove" }
                        }
                    }
                }
            }
            div .body {
                @if has_site { (registration(who, wrong)) } @else {
                    p .soft {
                        "They work where Daymark is called by a name over https, which is not so \
                         here: " (web.settings.address.as_str())
                    }
                }
            }
        }
    }
}

fn registration(who: &SignedIn, wrong: &Complaints) -> Markup {
    html! {
        noscript { p .soft { "Passkeys need JavaScript, which is switched off here." } }
        form .stack hidden method="post" action={ (HREF) "/passkeys" }
            data-passkey="register" data-begin={ (HREF) "/passkeys/begin" } {
            (Input {
                name: "name", label: "What you call it", hint: "Such as “Phone” or “Blue key”.",
                length_max: NAME_MAX, optional: true, error: wrong.about("name"), ..Input::default()
            }.show())
            (second_step::present(who, (PRESENT, ""), wrong))
            div .actions { button .button type="submit" { "Add a passkey" } }
            p .error role="alert" data-passkey-error {}
        }
        script type="module" src=(assets::href("passkey.js")) {}
    }
}

/// What stands on the page of the second step of signing in, for who has one.
pub(super) fn offer(half: &Half) -> Markup {
    html! {
        @if half.standing.passkeys > 0 {
            form .stack hidden method="post" action=(SECOND)
                data-passkey="sign_in" data-begin={ (SECOND) "/begin" } {
                button .button.primary.wide type="submit" { "Use a passkey" }
                p .error role="alert" data-passkey-error {}
            }
            noscript { p .soft { "A passkey needs JavaScript: use a code instead." } }
            script type="module" src=(assets::href("passkey.js")) {}
        }
    }
}

/// A new challenge, kept until it is answered.
async fn ask(web: &Web, user: &UserId, asked: Ceremony) -> Result<(String, Vec<Passkey>), Fault> {
    let challenge = session::random_token(&web.ctx);
    let now = web.ctx.clock.now();
    let until = now.checked_add(ANSWER_MAX).unwrap_or(Timestamp::MAX);
    let mut tx = web.ctx.db.begin().await?;
    sessions::prune(&mut tx, now).await?;
    let hash = session::hash(&challenge);
    passkeys::challenge(&mut tx, (&hash, asked.as_str()), user, until).await?;
    let kept = passkeys::of_user(&mut tx, user).await?;
    tx.commit().await?;
    Ok((challenge, kept))
}

fn ids(kept: &[Passkey]) -> Vec<Value> {
    kept.iter().map(|passkey| json!({ "type": "public-key", "id": passkey.id })).collect()
}

/// What the browser needs to make one.
pub(crate) async fn begin_register(
    State(web): State<Web>,
    who: SignedIn,
) -> Result<Json<Value>, Fault> {
    let site = Site::of(&web.settings).ok_or(Fault::NotFound)?;
    let (challenge, kept) = ask(&web, &who.user.id, Ceremony::Register).await?;
    let handle = session::text_of(&session::hash(who.user.id.as_str()));
    Ok(Json(json!({
        "challenge": challenge,
        "rp": { "id": site.id, "name": "Daymark" },
        "user": { "id": handle, "name": who.user.email, "displayName": who.user.name },
        "excludeCredentials": ids(&kept),
    })))
}

/// What the browser needs to use one.
pub(crate) async fn begin_sign_in(
    State(web): State<Web>,
    headers: HeaderMap,
) -> Result<Json<Value>, Fault> {
    let site = Site::of(&web.settings).ok_or(Fault::NotFound)?;
    let half = entering::find(&web, &headers).await?.ok_or(Fault::NotFound)?;
    let (challenge, kept) = ask(&web, &half.user.id, Ceremony::SignIn).await?;
    let allowed = ids(&kept);
    Ok(Json(json!({ "challenge": challenge, "rpId": site.id, "allowCredentials": allowed })))
}

/// One part of what the browser answered.
fn part(sent: &Form, name: &str) -> Vec<u8> {
    let text = Some(sent.raw(name)).filter(|text| text.len() <= PART_MAX).unwrap_or_default();
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}

/// Is it the answer to a challenge of ours to this person? Then that is used up.
async fn answers(
    (web, tx, site): (&Web, &mut Tx, &Site),
    user: &UserId,
    (client_data, asked): (&[u8], Ceremony),
) -> Result<bool, StoreError> {
    let Some(challenge) = webauthn::challenge(client_data, asked, site) else { return Ok(false) };
    let hash = session::hash(&challenge);
    passkeys::answer(tx, (&hash, asked.as_str()), user, web.ctx.clock.now()).await
}

/// Keeps the one that the browser made.
pub(crate) async fn register(
    State(web): State<Web>,
    who: SignedIn,
    client: Client,
    headers: HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let site = Site::of(&web.settings).ok_or(Fault::NotFound)?;
    if !second_step::is_really(&web, (&who, &client), (&mut sent, PRESENT)).await? {
        return second_step::refused(&web, &who, &sent).await;
    }
    let name = sent.line("name", NAME_MAX);
    let name = if name.is_empty() { session::browser(&headers) } else { name };
    let (client_data, public_key) = (part(&sent, "client_data"), part(&sent, "public_key"));
    let data = part(&sent, "authenticator_data");
    let mut tx = web.ctx.db.begin().await?;
    let asked = (client_data.as_slice(), Ceremony::Register);
    let is_ours = answers((&web, &mut tx, &site), &who.user.id, asked).await?;
    let count = passkeys::of_user(&mut tx, &who.user.id).await?.len();
    let said = webauthn::said(&data, &site);
    let made = said.and_then(|said| Some((said.made()?, said.signatures)));
    let made = made.filter(|_| {
        is_ours && count < PASSKEYS_MAX && sent.is_fine() && webauthn::is_known_key(&public_key)
    });
    let Some((id, signatures)) = made else {
        drop(tx);
        return not_added(&web, &who, sent).await;
    };
    let now = who.now;
    let user = who.user.id.clone();
    let new = Passkey { id, user, name, public_key, signatures, created_at: now, used_at: None };
    match passkeys::insert(&mut tx, &new).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            drop(tx);
            return not_added(&web, &who, sent).await;
        }
        Err(error) => return Err(error.into()),
    }
    factors::record(&web, &mut tx, &who.user, "second_step.enrolled", Factor::Passkey.say())
        .await?;
    let codes = factors::first_recovery_codes(&web, &mut tx, &who.user).await?;
    tx.commit().await?;
    Ok(match codes {
        Some(codes) => {
            second_step::codes_page(&who, "Your second step is on", &codes).into_response()
        }
        None => Redirect::to(&format!("{HREF}?note=step_on")).into_response(),
    })
}

async fn not_added(web: &Web, who: &SignedIn, mut sent: Form) -> Result<Response, Fault> {
    sent.refuse("name", "This passkey was not added. Try again, or use another one.");
    second_step::refused(web, who, &sent).await
}

fn removal(id: &str) -> String {
    format!("{HREF}/passkeys/{id}/remove")
}

/// Asks before it is removed.
pub(crate) async fn ask_to_remove(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Markup, Fault> {
    removal_page(&web, &who, &id, &Complaints::default()).await
}

async fn removal_page(
    web: &Web,
    who: &SignedIn,
    id: &str,
    wrong: &Complaints,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let kept = passkeys::of_user(&mut tx, &who.user.id).await?;
    drop(tx);
    let passkey = kept.iter().find(|passkey| passkey.id == id).ok_or(Fault::NotFound)?;
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Settings / " a href=(HREF) { "Second step" } }
                h1 { "Remove " (passkey.name) "?" }
            }
        }
        section .card.narrow {
            form .body.stack method="post" action=(removal(id)) data-checked {
                p { "It no longer signs you in here. Delete it on its device as well." }
                (second_step::present(who, (PRESENT, ""), wrong))
                div .actions {
                    button .button.alarm type="submit" { "Remove" }
                    a .button href=(HREF) { "Keep it" }
                }
            }
        }
    };
    Ok(Page::new("Remove a passkey", Place::Profile).show(who, &body))
}

/// Removes one.
pub(crate) async fn remove(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    client: Client,
    mut sent: Form,
) -> Result<Response, Fault> {
    if !second_step::is_really(&web, (&who, &client), (&mut sent, PRESENT)).await? {
        let page = removal_page(&web, &who, &id, sent.complaints()).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let mut tx = web.ctx.db.begin().await?;
    if !passkeys::remove(&mut tx, &who.user.id, &id).await? {
        return Err(Fault::NotFound);
    }
    let standing = factors::removed(&web, &mut tx, &who.user, Factor::Passkey).await?;
    tx.commit().await?;
    Ok(second_step::after_removal(&web, standing))
}

/// Takes the second step with one.
pub(crate) async fn sign_in(
    State(web): State<Web>,
    client: Client,
    headers: HeaderMap,
    sent: Form,
) -> Result<Response, Fault> {
    let site = Site::of(&web.settings).ok_or(Fault::NotFound)?;
    let Some(half) = entering::find(&web, &headers).await? else { return Ok(second::over()) };
    let subjects = Subjects::of_signature(&client);
    if let Some(wait) = guessing::reserve(&web, &subjects).await? {
        return Ok(slowed(wait, second::code_page(&half, Some(&too_many(wait)), None)));
    }
    let mut tx = web.ctx.db.begin().await?;
    if !is_right((&web, &mut tx, &site), &half.user.id, &sent).await? {
        // The challenge stays used up.
        second::failed(&web, &mut tx, &half).await?;
        tx.commit().await?;
        let say = "This passkey did not sign you in. Try again, or use a code.";
        let page = second::code_page(&half, Some(say), None);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    guessing::forgive(&mut tx, &subjects).await?;
    let onward = Redirect::to(&half.row.next).into_response();
    let done = entering::finish(&web, tx, (&half, Factor::Passkey), &headers, onward).await?;
    Ok(done.unwrap_or_else(second::over))
}

async fn is_right(
    (web, tx, site): (&Web, &mut Tx, &Site),
    user: &UserId,
    sent: &Form,
) -> Result<bool, StoreError> {
    let (client_data, data) = (part(sent, "client_data"), part(sent, "authenticator_data"));
    let asked = (client_data.as_slice(), Ceremony::SignIn);
    if !answers((web, &mut *tx, site), user, asked).await? {
        return Ok(false);
    }
    let kept = passkeys::of_user(tx, user).await?;
    let kept = kept.into_iter().find(|passkey| passkey.id == sent.raw("id"));
    let (Some(kept), Some(said)) = (kept, webauthn::said(&data, site)) else { return Ok(false) };
    let signature = part(sent, "signature");
    if !webauthn::is_signed(&kept.public_key, (&data, &client_data), &signature) {
        return Ok(false);
    }
    passkeys::used(tx, &kept.id, said.signatures, web.ctx.clock.now()).await
}
