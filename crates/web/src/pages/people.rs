//! The people of the account, for administrators: who they are, how their connections stand, who
//! is invited; and what an administrator does about them.

mod invite;
mod leaving;
mod link;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use connection::{ConnectionState, InvitationId, UserId};
use http::StatusCode;
use jiff::Timestamp;
use maud::{Markup, html};
use store::invitations::{self, Invitation, Purpose};
use store::people::{self, Belonging, Role, User};
use store::{Tx, sessions, waiting};
use sync::replace;

use super::pieces::said::Said;
use super::pieces::words;
use super::staff;
use super::standing;
use crate::Web;
use crate::acts::{self, Did};
use crate::asked::{Asked, Named};
use crate::error::Fault;
use crate::form::{Complaints, Form};
use crate::page::{Page, Place};
use crate::session::SignedIn;

pub(crate) use invite::{LANDING, invite};
pub(crate) use leaving::{ask as ask_to_remove, remove};
pub(crate) use link::{ask as ask_for_link, make as make_link};

/// Where the page is.
pub(crate) const HREF: &str = "/settings/people";

/// Where a link is made for a colleague, to mend or to connect with.
pub(crate) fn link_href(user: &UserId) -> String {
    format!("{HREF}/{user}/link")
}

/// What is not for them is not there.
fn admit(who: &SignedIn) -> Result<(), Fault> {
    if staff::is_admin(who) { Ok(()) } else { Err(Fault::NotFound) }
}

/// A user of the account, whoever asks included.
async fn user_of(tx: &mut Tx, who: &SignedIn, id: &str) -> Result<User, Fault> {
    admit(who)?;
    let id: UserId = id.parse().map_err(|_| Fault::NotFound)?;
    staff::holder(tx, who, &id).await
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "Administrator",
        Role::Member => "Member",
    }
}

/// One person as the page shows them.
struct Person {
    user: User,
    belonging: Belonging,
    /// It matters whether their e-mail address is confirmed: people sign in with it elsewhere.
    to_confirm: bool,
    seen_at: Option<Timestamp>,
    /// Connections, those that need attention, those that are delayed.
    held: (i64, i64, i64),
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    page(&web, &who, (&invite::Typed::default(), &Complaints::default()), &said).await
}

async fn page(
    web: &Web,
    who: &SignedIn,
    (typed, wrong): (&invite::Typed, &Complaints),
    said: &Said,
) -> Result<Markup, Fault> {
    admit(who)?;
    let mut tx = web.ctx.db.read().await?;
    let people = people_of(web, &mut tx, who).await?;
    let pending = invitations::pending(&mut tx, &who.account.id, who.now).await?;
    drop(tx);
    let body = html! {
        div .page-head { div { p .crumbs { "Settings" } h1 { "People" } } }
        (said.notice())
        section .card aria-labelledby="people" {
            header {
                div { h2 #people { "People of " (who.account.name) } }
                a .button href=(super::audit::HREF) { "Audit log" }
            }
            ul .rows { @for person in &people { (row(person, who)) } }
        }
        @if !pending.is_empty() {
            section .card aria-labelledby="pending" {
                header { div { h2 #pending { "Invited" } p { "Links that are open." } } }
                ul .rows { @for invitation in &pending { (open_link(invitation, who)) } }
            }
        }
        (invite::form(typed, wrong))
        (words::zone_note(who))
    };
    Ok(Page::new("People", Place::People).show(who, &body))
}

async fn people_of(web: &Web, tx: &mut Tx, who: &SignedIn) -> Result<Vec<Person>, Fault> {
    let seen = sessions::last_seen(tx, &who.account.id).await?;
    let mut people = Vec::new();
    for user in people::users(tx, &who.account.id).await? {
        let standings = standing::of(tx, &user, who.now).await?;
        let count = |state: Option<ConnectionState>| {
            let of = standings.iter().filter(|s| state.is_none_or(|st| s.status.state == st));
            i64::try_from(of.count()).unwrap_or(i64::MAX)
        };
        let (attention, delayed) = (ConnectionState::Attention, ConnectionState::Delayed);
        let held = (count(None), count(Some(attention)), count(Some(delayed)));
        let seen_at = seen.iter().find(|(id, _)| *id == user.id).map(|(_, at)| *at);
        let belonging = people::belonging(tx, &user.id).await?;
        let to_confirm = web.settings.open_id.is_some() && !belonging.email_confirmed;
        people.push(Person { user, belonging, to_confirm, seen_at, held });
    }
    Ok(people)
}

fn row(person: &Person, who: &SignedIn) -> Markup {
    let Person { user, belonging, to_confirm, seen_at, held: (all, attention, delayed) } = person;
    let of = format!("{HREF}/{}", user.id);
    let is_admin = user.role == Role::Admin;
    let other = if is_admin { Role::Member } else { Role::Admin };
    html! {
        li .row id=(user.id) {
            div {
                h3 { (user.name) @if user.id == who.user.id { " (you)" } }
                p .small.soft {
                    (words::name(&user.email)) " · " (role_name(user.role))
                    @match seen_at {
                        Some(_) if user.id == who.user.id => " · here now",
                        Some(at) => { " · last seen " (words::age(*at, who)) }
                        None => " · not signed in anywhere",
                    }
                    @if !user.has_password { " · no password yet" }
                    @if belonging.connects_only { " · connects calendars only" }
                }
                p .small {
                    a href={ "/calendars/settings/connections?user=" (user.id) } {
                        (words::count(*all, "connection", "connections"))
                    }
                    @if *attention > 0 {
                        " " span .tag.attention {
                            (words::count(*attention, "needs attention", "need attention"))
                        }
                    }
                    @if *delayed > 0 { " " span .tag.delayed { (delayed) " delayed" } }
                }
            }
            div .actions {
                a .button.small href=(link_href(&user.id))
                    aria-label={ "Make a link for " (user.name) } {
                    "Make a link"
                }
                @if *to_confirm {
                    form method="post" action={ (of) "/confirm-email" } {
                        button .button.small type="submit" {
                            "Confirm address" span .unseen { ": " (user.email) }
                        }
                    }
                }
                form method="post" action={ (of) "/role" } {
                    input type="hidden" name="role" value=(other.as_str());
                    button .button.small type="submit" {
                        @if is_admin { "Make a member" } @else { "Make an administrator" }
                        span .unseen { ": " (user.name) }
                    }
                }
                @if seen_at.is_some() {
                    form method="post" action={ (of) "/end-sessions" } {
                        button .button.small type="submit" {
                            "Sign out everywhere" span .unseen { ": " (user.name) }
                        }
                    }
                }
                a .button.small.quiet href={ (of) "/remove" } aria-label={ "Remove " (user.name) } {
                    "Remove"
                }
            }
        }
    }
}

fn open_link(invitation: &Invitation, who: &SignedIn) -> Markup {
    html! {
        li .row {
            div {
                h3 { (invitation.name) }
                p .small.soft {
                    @if let Some(email) = &invitation.email { (words::name(email)) " · " }
                    @match invitation.purpose {
                        Purpose::Join => {
                            "to join as " (role_name(invitation.role).to_lowercase())
                        }
                        Purpose::Connect => "to connect calendars only",
                    }
                    " · by " (invitation.by_name)
                    ", until " (words::when(invitation.expires_at, who))
                }
            }
            form method="post" action={ (HREF) "/invitations/" (invitation.id) "/withdraw" } {
                button .button.small type="submit" {
                    "Withdraw" span .unseen { " the link for " (invitation.name) }
                }
            }
        }
    }
}

fn back(note: &str) -> Redirect {
    Redirect::to(&format!("{HREF}?note={note}"))
}

/// An act upon a colleague.
fn did<'d>(act: &'d str, user: &'d User) -> Did<'d> {
    let subject = Some((user.id.as_str(), user.name.as_str()));
    Did { act, for_user: Some(&user.id), subject, say: None }
}

/// Ends a link that is open.
pub(crate) async fn withdraw(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    admit(&who)?;
    let id: InvitationId = id.parse().map_err(|_| Fault::NotFound)?;
    let mut tx = web.ctx.db.begin().await?;
    let ended = invitations::withdraw(&mut tx, &who.account.id, &id, who.now).await?;
    let ended = ended.ok_or(Fault::NotFound)?;
    let did = Did {
        act: "invitation.withdrawn",
        for_user: ended.user.as_ref(),
        subject: Some((id.as_str(), &ended.name)),
        ..Did::default()
    };
    acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    tx.commit().await?;
    Ok(back("withdrawn"))
}

/// Makes somebody an administrator, or a member; but there is always an administrator.
pub(crate) async fn change_role(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    sent: Form,
) -> Result<Response, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let user = user_of(&mut tx, &who, &id).await?;
    let role = Role::parse(sent.raw("role")).ok_or(Fault::FormMalformed)?;
    let admins = people::hold_admins(&mut tx, &who.account.id).await?;
    if is_last(&user, admins) && role == Role::Member {
        return Ok((StatusCode::SEE_OTHER, back("last")).into_response());
    }
    if role == Role::Admin && people::belonging(&mut tx, &user.id).await?.connects_only {
        return Ok((StatusCode::SEE_OTHER, back("connects")).into_response());
    }
    if role != user.role {
        people::set_role(&mut tx, &user.id, role).await?;
        let ended = invitations::end_made_by(&mut tx, &user.id).await?;
        let ended = Some(ended).filter(|ended| *ended > 0);
        let count = |n| words::count(n, "open invitation ended", "open invitations ended");
        let ended = ended.map(|n| format!("; {}", count(n))).unwrap_or_default();
        let say = format!("{}{ended}", role_name(role));
        let did = Did { say: Some(&say), ..did("user.role_changed", &user) };
        acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    }
    tx.commit().await?;
    // Who gave the role away does not see this page any more.
    let gave_away = user.id == who.user.id && role == Role::Member;
    let to = if gave_away { Redirect::to("/settings/profile?note=saved") } else { back("saved") };
    Ok(to.into_response())
}

/// The e-mail address is theirs: who signs in with it at the business's own provider is them.
pub(crate) async fn confirm_email(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let user = user_of(&mut tx, &who, &id).await?;
    if people::confirm_email(&mut tx, &user.id).await? {
        let subject = Some((user.id.as_str(), user.email.as_str()));
        let did = Did { subject, ..did("user.email_confirmed", &user) };
        acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    }
    tx.commit().await?;
    Ok(back("saved"))
}

/// Signs somebody out in every browser: whoever is in with what was theirs is out at once.
pub(crate) async fn end_sessions(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let user = user_of(&mut tx, &who, &id).await?;
    let left = waiting::take_of_user(&mut tx, &user.id, None).await?;
    sessions::end_others(&mut tx, &user.id, None).await?;
    acts::record(&web.ctx, &mut tx, who.acts(), did("user.all_sessions_ended", &user)).await?;
    replace::give_back(&web.ctx, tx, left).await?;
    Ok(back("person_signed_out"))
}

/// Are they the only one who administers the account?
fn is_last(user: &User, admins: i64) -> bool {
    user.role == Role::Admin && admins <= 1
}
