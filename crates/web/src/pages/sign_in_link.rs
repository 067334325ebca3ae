//! Coming in by a link that works once: at the first start to set the account up, later to choose
//! a new password, and for who has one to go straight in.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use connection::UserId;
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use store::audit::Actor;
use store::people::{self, Account, Role, User};
use store::{StoreError, Tx, sessions};

use super::pieces::about_you::{AboutYou, TO_SIGN_IN};
use super::pieces::field::{Input, Kind};
use crate::acts::{self, Did};
use crate::asked::Named;
use crate::entering::{self, FirstStep};
use crate::error::Fault;
use crate::form::{Complaints, Form, NAME_MAX};
use crate::{Web, page, passwords, session};

/// Whom a link lets in.
struct Invited {
    user: User,
    account: Account,
    /// Are they alone in it, and so the one who names it?
    is_founder: bool,
}

/// What the person typed, or what is known before they did.
struct Typed {
    you: AboutYou,
    /// Only of who names it.
    business: Option<String>,
}

/// The page of a link. Opening it does not use it up: programs that look at mail open links, too.
pub(crate) async fn show(
    State(web): State<Web>,
    Named(token): Named<String>,
) -> Result<Response, Fault> {
    let Some(invited) = invited(&web, &token).await? else { return Ok(used_up()) };
    if invited.user.has_password {
        let page = welcome_back(&invited, &token, &Complaints::default());
        return Ok(page.into_response());
    }
    let typed = Typed {
        you: AboutYou::of(&invited.user),
        business: invited.is_founder.then_some(invited.account.name),
    };
    Ok(set_up(&token, &typed, &Complaints::default()).into_response())
}

async fn invited(web: &Web, token: &str) -> Result<Option<Invited>, StoreError> {
    let mut tx = web.ctx.db.read().await?;
    let now = web.ctx.clock.now();
    let Some(id) = sessions::link(&mut tx, &session::hash(token), now).await? else {
        return Ok(None);
    };
    let Some(user) = people::user(&mut tx, &id).await? else { return Ok(None) };
    let is_alone = people::users(&mut tx, &user.account).await?.len() == 1;
    let is_founder = is_alone && user.role == Role::Admin;
    let account = people::account(&mut tx, &user.account).await?;
    Ok(account.map(|account| Invited { user, account, is_founder }))
}

fn used_up() -> Response {
    let body = html! {
        h1 { "This link does not work any more" }
        p .soft {
            "A sign-in link works once, for a week. Sign in with your password, or ask whoever \
             runs this Daymark for a new link. While nobody has chosen a password yet, a restart \
             prints a new one."
        }
        p .actions { a .button.primary href="/sign-in" { "Sign in" } }
    };
    (StatusCode::GONE, page::bare("Link used up", &body)).into_response()
}

fn welcome_back(invited: &Invited, token: &str, wrong: &Complaints) -> Markup {
    let body = html! {
        h1 { "Welcome, " (invited.user.name) }
        p .soft { "This link signs you in to " (invited.account.name) ", once." }
        form .stack method="post" action={ "/sign-in/" (token) } data-checked {
            button .button.primary.wide type="submit" { "Continue" }
            details open[!wrong.is_empty()] {
                summary { "Forgot your password? Choose a new one" }
                (new_password(wrong.about("password"), true))
            }
        }
    };
    page::bare("Welcome", &body)
}

fn set_up(token: &str, typed: &Typed, wrong: &Complaints) -> Markup {
    let business = html! {
        @if let Some(business) = &typed.business {
            (Input {
                name: "business", label: "Business", value: business, length_max: NAME_MAX,
                fills: "organization", error: wrong.about("business"), ..Input::default()
            }.show())
        }
    };
    let body = html! {
        h1 { "Welcome to Daymark" }
        p .soft { "A few words about you, and a password. Then connect your calendars." }
        form .stack method="post" action={ "/sign-in/" (token) } data-checked {
            (typed.you.fields(&business, (TO_SIGN_IN, true), wrong))
            (new_password(wrong.about("password"), false))
            button .button.primary.wide type="submit" { "Set up my account" }
        }
    };
    page::bare("Welcome", &body)
}

/// The field for a password that is chosen anew.
pub(crate) fn new_password(error: Option<&str>, optional: bool) -> Markup {
    let hint = format!("At least {} characters.", passwords::LENGTH_MIN);
    let pattern = format!(".{{{},}}", passwords::LENGTH_MIN);
    let say = format!("Use at least {} characters.", passwords::LENGTH_MIN);
    Input {
        name: "password",
        label: "Password",
        kind: Kind::Password,
        hint: &hint,
        pattern: (&pattern, &say),
        length_max: passwords::LENGTH_MAX,
        fills: "new-password",
        optional,
        error,
        ..Input::default()
    }
    .show()
}

/// Uses the link up, with what was typed where the account is new.
pub(crate) async fn enter(
    State(web): State<Web>,
    Named(token): Named<String>,
    headers: HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let Some(invited) = invited(&web, &token).await? else { return Ok(used_up()) };
    if invited.user.has_password {
        return come_back(&web, (&invited, &token), &headers, sent).await;
    }
    let typed = Typed {
        you: AboutYou::read(&mut sent, &invited.user.time_zone),
        business: invited.is_founder.then(|| sent.needed("business", NAME_MAX)),
    };
    let password = sent.secret("password", passwords::LENGTH_MAX);
    if let Some(say) = passwords::complaint(&password) {
        sent.refuse("password", say);
    }
    if !sent.is_fine() {
        let page = set_up(&token, &typed, sent.complaints());
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let hash = passwords::hash_password(&password).await?;
    match move_in(&web, &token, &typed, &hash).await {
        Ok(Some((tx, user))) => {
            entering::admit((&web, tx), &user, (FirstStep::Link, None), &headers, "/").await
        }
        Ok(None) => Ok(used_up()),
        Err(StoreError::Conflict) => {
            AboutYou::is_taken(&mut sent);
            let page = set_up(&token, &typed, sent.complaints());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Lets in who was here before; a new password, where one was typed, holds after their second step.
async fn come_back(
    web: &Web,
    (invited, token): (&Invited, &str),
    headers: &HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let password = sent.secret("password", passwords::LENGTH_MAX);
    let complaint = Some(&password).filter(|p| !p.is_empty()).and_then(|p| passwords::complaint(p));
    if let Some(say) = complaint {
        sent.refuse("password", say);
    }
    if !sent.is_fine() {
        let page = welcome_back(invited, token, sent.complaints());
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let hash =
        if password.is_empty() { None } else { Some(passwords::hash_password(&password).await?) };
    let mut tx = web.ctx.db.begin().await?;
    let let_in = sessions::use_link(&mut tx, &session::hash(token), web.ctx.clock.now()).await?;
    let Some(user) = let_in else { return Ok(used_up()) };
    entering::admit((web, tx), &user, (FirstStep::Link, hash), headers, "/").await
}

/// The link, the person, the business and the password, in the transaction that lets them in.
async fn move_in(
    web: &Web,
    token: &str,
    typed: &Typed,
    hash: &str,
) -> Result<Option<(Tx, UserId)>, StoreError> {
    let mut tx = web.ctx.db.begin().await?;
    let let_in = sessions::use_link(&mut tx, &session::hash(token), web.ctx.clock.now()).await?;
    let Some(id) = let_in else { return Ok(None) };
    let Some(user) = people::user(&mut tx, &id).await? else { return Ok(None) };
    let Typed { you, business } = typed;
    people::update_user(&mut tx, &id, &you.name, &you.email, &you.time_zone).await?;
    people::set_password(&mut tx, &id, hash).await?;
    if user.role == Role::Admin {
        people::confirm_email(&mut tx, &id).await?;
    }
    if let Some(business) = business {
        people::rename_account(&mut tx, &user.account, business, &you.time_zone).await?;
    }
    let did = Did { act: "user.moved_in", ..Did::default() };
    acts::record(&web.ctx, &mut tx, (&user.account, Actor::User(&id)), did).await?;
    Ok(Some((tx, id)))
}
