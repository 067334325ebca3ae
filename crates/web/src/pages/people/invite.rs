//! Inviting: a link that is shown once, works once, for a week. Where there is mail, whoever sends
//! it takes a [`Made`]; without, the administrator passes the link on.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use connection::{InvitationId, UserId};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use store::invitations::{self, Invitation, Purpose};
use store::people::Role;
use store::{StoreError, Tx};

use super::{HREF, admit, page};
use crate::Web;
use crate::acts::{self, Did};
use crate::error::Fault;
use crate::form::{Complaints, EMAIL_MAX, Form, NAME_MAX};
use crate::page::{Page, Place};
use crate::pages::pieces::copy::copyable;
use crate::pages::pieces::field::{Input, Kind};
use crate::pages::pieces::said::Said;
use crate::session::{self, SignedIn};

/// A link works this long.
const LINK_AGE_MAX: SignedDuration = SignedDuration::from_hours(24 * 7);
/// What begins the address of each.
pub(crate) const LANDING: &str = "/invitations";

/// What was typed.
#[derive(Default)]
pub(super) struct Typed {
    name: String,
    email: String,
    role: String,
    purpose: String,
}

/// Whom a link is for, and what for.
pub(super) struct Invited<'i> {
    pub(super) user: Option<&'i UserId>,
    pub(super) name: &'i str,
    pub(super) email: Option<&'i str>,
    pub(super) role: Role,
    pub(super) purpose: Purpose,
}

/// An invitation with its link, which is known nowhere else.
pub(super) struct Made {
    pub(super) invitation: Invitation,
    pub(super) link: String,
}

/// The form.
pub(super) fn form(typed: &Typed, wrong: &Complaints) -> Markup {
    let radio = |name: &str, value: &str, is_chosen: bool, say: &str| {
        html! {
            label .option {
                input type="radio" name=(name) value=(value) checked[is_chosen];
                span { (say) }
            }
        }
    };
    let joins = typed.purpose != "connect";
    let admin = typed.role == "admin";
    html! {
        section .card.narrow aria-labelledby="invite" {
            header {
                div {
                    h2 #invite { "Invite" }
                    p { "You get a link to pass on. It works once, for a week." }
                }
            }
            form .body.stack method="post" action={ (HREF) "/invitations" } data-checked {
                (Input {
                    name: "name", label: "Name", value: &typed.name, length_max: NAME_MAX,
                    fills: "off", error: wrong.about("name"), ..Input::default()
                }.show())
                (Input {
                    name: "email", label: "E-mail", kind: Kind::Email, value: &typed.email,
                    hint: "Left empty, they are asked for it. They can choose another, which you \
                           then confirm.",
                    length_max: EMAIL_MAX, fills: "off", optional: true,
                    error: wrong.about("email"), ..Input::default()
                }.show())
                fieldset .question {
                    legend { "What for" }
                    (radio("purpose", "join", joins, "To join, with a password of their own"))
                    (radio("purpose", "connect", !joins,
                        "To connect their calendars, and see nothing else"))
                }
                fieldset .question {
                    legend { "As what" }
                    (radio("role", "member", !admin, "Member: looks after their own connections"))
                    (radio("role", "admin", admin,
                        "Administrator: looks after everyone's connections"))
                }
                div .actions { button .button.primary type="submit" { "Make the link" } }
            }
        }
    }
}

/// Makes a link, and shows it for the only time.
pub(crate) async fn invite(
    State(web): State<Web>,
    who: SignedIn,
    mut sent: Form,
) -> Result<Response, Fault> {
    admit(&who)?;
    let typed = Typed {
        name: sent.needed("name", NAME_MAX),
        email: sent.email("email", false),
        role: sent.raw("role").to_owned(),
        purpose: sent.raw("purpose").to_owned(),
    };
    let (role, purpose) = (Role::parse(&typed.role), Purpose::parse(&typed.purpose));
    let (Some(role), Some(purpose)) = (role, purpose) else { return Err(Fault::FormMalformed) };
    if purpose == Purpose::Connect && role == Role::Admin {
        sent.refuse("name", "Who only connects calendars cannot be an administrator.");
    }
    if !sent.is_fine() {
        let page = page(&web, &who, (&typed, sent.complaints()), &Said::default()).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let email = Some(typed.email.as_str()).filter(|email| !email.is_empty());
    let invited = Invited { user: None, name: &typed.name, email, role, purpose };
    let mut tx = web.ctx.db.begin().await?;
    let made = make(&web, &mut tx, &who, invited).await?;
    tx.commit().await?;
    Ok(shown_once(&who, &made).into_response())
}

/// Makes a link, and writes down that it was made.
pub(super) async fn make(
    web: &Web,
    tx: &mut Tx,
    who: &SignedIn,
    invited: Invited<'_>,
) -> Result<Made, StoreError> {
    let ctx = &web.ctx;
    let token = session::random_token(ctx);
    let invitation = Invitation {
        id: InvitationId::new(who.now, ctx.dice.as_ref()),
        account: who.account.id.clone(),
        user: invited.user.cloned(),
        name: invited.name.to_owned(),
        email: invited.email.map(str::to_owned),
        role: invited.role,
        purpose: invited.purpose,
        by: who.user.id.clone(),
        by_name: who.user.name.clone(),
        created_at: who.now,
        expires_at: who.now.checked_add(LINK_AGE_MAX).unwrap_or(Timestamp::MAX),
    };
    invitations::insert(tx, &invitation, &session::hash(&token)).await?;
    let say = match invitation.purpose {
        Purpose::Join => format!("to join as {}", invitation.role.as_str()),
        Purpose::Connect => "to connect calendars only".to_owned(),
    };
    let did = Did {
        act: "invitation.made",
        for_user: invited.user,
        subject: Some((invitation.id.as_str(), &invitation.name)),
        say: Some(&say),
    };
    acts::record(ctx, tx, who.acts(), did).await?;
    let link = web.settings.at(&format!("{LANDING}/{token}"));
    Ok(Made { invitation, link })
}

/// The page with the link.
pub(super) fn shown_once(who: &SignedIn, made: &Made) -> Markup {
    let name = &made.invitation.name;
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Settings / " a href=(HREF) { "People" } }
                h1 { "A link for " (name) }
            }
        }
        section .card.narrow aria-label="The link" {
            div .body.stack {
                p .notice.ok role="status" { "Pass it on to " (name) ". It is shown only now." }
                p { (copyable("the link", &made.link)) }
                ul .plain {
                    li { "It works once, for a week. Looking at it uses nothing up." }
                    @match made.invitation.purpose {
                        Purpose::Join => {
                            li { (name) " chooses a password, and is then a user of "
                                (who.account.name) "." }
                        }
                        Purpose::Connect => {
                            li { (name) " can then connect and mend their own calendars in that "
                                "browser, and see nothing else." }
                        }
                    }
                    li { "You can withdraw it under People while it is open." }
                }
                div .actions { a .button href=(HREF) { "Back to People" } }
            }
        }
    };
    Page::new("A link", Place::People).show(who, &body)
}
