//! Where an invitation leads: whoever was invited joins, or connects their calendars. Opening it
//! does not use it up: programs that look at mail open links, too.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use connection::UserId;
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use store::audit::Actor;
use store::invitations::{self, Invitation, Purpose};
use store::people::{self, Account, CalendarSettings, User};
use store::{StoreError, Tx};

use super::pieces::about_you::{AboutYou, TO_SIGN_IN};
use super::sign_in_link::new_password;
use crate::acts::{self, Did};
use crate::asked::Named;
use crate::entering::{self, FirstStep};
use crate::error::Fault;
use crate::form::{Complaints, Form};
use crate::{Web, page, passwords, session};

/// Who was invited, where to.
struct Door {
    invitation: Invitation,
    account: Account,
    token: String,
}

/// The page of an invitation.
pub(crate) async fn show(
    State(web): State<Web>,
    Named(token): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let Some(door) = door(&web, token).await? else { return Ok(used_up()) };
    if let Some(refused) = refuse_others(&web, &headers, &door).await? {
        return Ok(refused);
    }
    Ok(door.page(&door.typed(), &Complaints::default()).into_response())
}

async fn door(web: &Web, token: String) -> Result<Option<Door>, StoreError> {
    let mut tx = web.ctx.db.read().await?;
    let (hash, now) = (session::hash(&token), web.ctx.clock.now());
    let Some(invitation) = invitations::open(&mut tx, &hash, now).await? else { return Ok(None) };
    let account = people::account(&mut tx, &invitation.account).await?;
    Ok(account.map(|account| Door { invitation, account, token }))
}

fn used_up() -> Response {
    let body = html! {
        h1 { "This invitation does not work any more" }
        p .soft {
            "An invitation works once, for a week, and can be withdrawn. If you have joined \
             already, sign in; else ask whoever sent it for a new one."
        }
        p .actions { a .button.primary href="/sign-in" { "Sign in" } }
    };
    (StatusCode::GONE, page::bare("Invitation used up", &body)).into_response()
}

/// Nobody comes in as somebody else: in a browser in which another person is signed in, it is said
/// whose link it is, and nothing is used up.
async fn refuse_others(
    web: &Web,
    headers: &HeaderMap,
    door: &Door,
) -> Result<Option<Response>, Fault> {
    let Some(who) = session::find(web, headers).await? else { return Ok(None) };
    if door.invitation.user.as_ref() == Some(&who.user.id) {
        return Ok(None);
    }
    let name = &door.invitation.name;
    let body = html! {
        h1 { "This link is for " (name) }
        p .soft {
            "In this browser " (who.user.name) " is signed in. Pass the link on to " (name)
            ", or sign out here first if that is you. It is not used up."
        }
        form .actions method="post" action="/sign-out" {
            button .button type="submit" { "Sign out" }
            a .button.quiet href="/" { "Back" }
        }
    };
    Ok(Some((StatusCode::CONFLICT, page::bare("For somebody else", &body)).into_response()))
}

impl Door {
    fn typed(&self) -> AboutYou {
        AboutYou {
            name: self.invitation.name.clone(),
            email: self.invitation.email.clone().unwrap_or_default(),
            time_zone: self.account.time_zone.clone(),
        }
    }

    fn page(&self, typed: &AboutYou, wrong: &Complaints) -> Markup {
        let title = match self.invitation.purpose {
            Purpose::Join => format!("Join {}", self.account.name),
            Purpose::Connect => format!("Connect your calendars to {}", self.account.name),
        };
        let joins = self.invitation.purpose == Purpose::Join;
        let email_is_for = if joins {
            TO_SIGN_IN
        } else {
            "Daymark writes to it when a calendar of yours needs you."
        };
        let body = html! {
            h1 { (title) }
            p .soft {
                (self.invitation.by_name) " invites you. "
                @if joins { "Choose a password, then connect your calendars." }
                @else {
                    "Daymark then reads when you are busy. In this browser you can connect and "
                    "mend your own calendars; others see “Busy”, never your details."
                }
            }
            form .stack method="post" action={ (super::people::LANDING) "/" (self.token) }
                data-checked {
                @if self.invitation.user.is_none() {
                    (typed.fields(&html! {}, (email_is_for, true), wrong))
                }
                @if joins { (new_password(wrong.about("password"), false)) }
                button .button.primary.wide type="submit" {
                    @if joins { "Join" } @else { "Go on to my calendars" }
                }
            }
            p .small.soft.after {
                "If you are not " (self.invitation.name)
                ", or expect no invitation, close this page."
            }
        };
        page::bare(&title, &body)
    }
}

/// Uses the invitation up.
pub(crate) async fn enter(
    State(web): State<Web>,
    Named(token): Named<String>,
    headers: HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let Some(door) = door(&web, token).await? else { return Ok(used_up()) };
    if let Some(refused) = refuse_others(&web, &headers, &door).await? {
        return Ok(refused);
    }
    let joins = door.invitation.purpose == Purpose::Join;
    let known = door.invitation.user.as_ref();
    if let Some(user) = known.filter(|_| !joins) {
        return come_back(&web, (&door, user), &headers).await;
    }
    let mut typed = door.typed();
    if known.is_none() {
        typed = AboutYou::read(&mut sent, &typed.time_zone);
    }
    let password = sent.secret("password", passwords::LENGTH_MAX);
    if let Some(say) = passwords::complaint(&password).filter(|_| joins) {
        sent.refuse("password", say);
    }
    if !sent.is_fine() {
        return Ok(again(&door, &typed, sent.complaints()));
    }
    let hash = if joins { Some(passwords::hash_password(&password).await?) } else { None };
    let by = &door.invitation.by;
    match move_in(&web, &door, &typed, hash.as_deref()).await {
        Ok(Some((tx, user))) if joins => {
            entering::admit((&web, tx), &user, (FirstStep::Link, None), &headers, "/").await
        }
        Ok(Some((tx, user))) => session::admit_to_connect((&web, tx), (&user, by), &headers).await,
        Ok(None) => Ok(used_up()),
        Err(StoreError::Conflict) => {
            AboutYou::is_taken(&mut sent);
            Ok(again(&door, &typed, sent.complaints()))
        }
        Err(error) => Err(error.into()),
    }
}

fn again(door: &Door, typed: &AboutYou, wrong: &Complaints) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, door.page(typed, wrong)).into_response()
}

/// Somebody who is a user already connects or mends their calendars.
async fn come_back(
    web: &Web,
    (door, user): (&Door, &UserId),
    headers: &HeaderMap,
) -> Result<Response, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    if !take(web, &mut tx, (door, user), "invitation.opened").await? {
        return Ok(used_up());
    }
    session::admit_to_connect((web, tx), (user, &door.invitation.by), headers).await
}

/// The invitation, the person and the password, in the transaction that lets them in.
async fn move_in(
    web: &Web,
    door: &Door,
    typed: &AboutYou,
    hash: Option<&str>,
) -> Result<Option<(Tx, UserId)>, StoreError> {
    let mut tx = web.ctx.db.begin().await?;
    let id = match &door.invitation.user {
        // Who has joined has a password of their own, which no link changes.
        Some(user) if !people::join(&mut tx, user).await? => return Ok(None),
        Some(user) => user.clone(),
        None => make_user(web, &mut tx, door, typed).await?,
    };
    match hash {
        Some(hash) => people::set_password(&mut tx, &id, hash).await?,
        None => people::limit_to_connecting(&mut tx, &id).await?,
    }
    let act = if hash.is_some() { "user.joined" } else { "invitation.opened" };
    if !take(web, &mut tx, (door, &id), act).await? {
        return Ok(None);
    }
    invitations::end_joining(&mut tx, &id).await?;
    Ok(Some((tx, id)))
}

/// Their e-mail address is known to be theirs where whoever invited them gave it.
async fn make_user(
    web: &Web,
    tx: &mut Tx,
    door: &Door,
    typed: &AboutYou,
) -> Result<UserId, StoreError> {
    let now = web.ctx.clock.now();
    let user = User {
        id: UserId::new(now, web.ctx.dice.as_ref()),
        account: door.account.id.clone(),
        name: typed.name.clone(),
        email: typed.email.clone(),
        role: door.invitation.role,
        time_zone: typed.time_zone.clone(),
        has_password: false,
        settings: CalendarSettings::default(),
        created_at: now,
    };
    people::insert_user(tx, &user).await?;
    if door.invitation.email.as_ref() == Some(&user.email) {
        people::confirm_email(tx, &user.id).await?;
    }
    Ok(user.id)
}

/// Uses it up, and writes down by whom. False where it was used up before.
async fn take(
    web: &Web,
    tx: &mut Tx,
    (door, user): (&Door, &UserId),
    act: &str,
) -> Result<bool, StoreError> {
    if !invitations::take(tx, &door.invitation.id, user, web.ctx.clock.now()).await? {
        return Ok(false);
    }
    let say = format!("Invited by {}.", door.invitation.by_name);
    let did = Did { act, say: Some(&say), ..Did::default() };
    let actor = match door.invitation.purpose {
        Purpose::Join => Actor::User(user),
        Purpose::Connect => Actor::Link { by: &door.invitation.by, of: user },
    };
    acts::record(&web.ctx, tx, (&door.account.id, actor), did).await?;
    Ok(true)
}
