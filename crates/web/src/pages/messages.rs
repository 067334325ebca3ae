//! What a person was told of their connections, and what became of each message; administrators
//! see what everybody of the account was told. Here, too, one says what not to be reminded of.

mod fate;
mod mute;

use std::collections::HashMap;

use axum::extract::State;
use connection::{Connection, ConnectionId, Ending, UserId};
use jiff::Timestamp;
use maud::{Markup, html};
use store::messages::{self, Message, MessageKind};
use store::people::{self, Role};
use store::renewals::{self, Renewal};
use store::{StoreError, Tx, connections};

use super::pieces::linked::linked;
use super::pieces::said::Said;
use super::pieces::{renewal, words};
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::page::{Page, Place};
use crate::session::SignedIn;

pub(crate) use mute::{ask as ask_to_mute, change as change_mute};

/// Where the page is.
pub(crate) const HREF: &str = sync::messages::PAGE;
/// Messages that are listed.
const SHOWN_MAX: i64 = 200;

/// What the page is made from.
struct Told<'t> {
    web: &'t Web,
    who: &'t SignedIn,
    all: Vec<Message>,
    connections: Vec<Connection>,
    names: HashMap<UserId, String>,
    /// Since when each is broken that is, and what ends soon.
    broken: HashMap<ConnectionId, Timestamp>,
    ending: Vec<Renewal>,
    muted: Vec<ConnectionId>,
}

/// The page. What is new on it has been read when it is shown again.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let told = Told::load(&mut tx, &web, &who).await?;
    drop(tx);
    if who.unread > 0 {
        let mut tx = web.ctx.db.begin().await?;
        messages::mark_read(&mut tx, &who.user.id, who.now).await?;
        tx.commit().await?;
    }
    let body = html! {
        div .page-head { div { p .crumbs { "Settings" } h1 { "Messages" } } }
        (said.notice())
        (told.how_sent())
        (told.reminders())
        (told.list())
        (words::zone_note(&who))
    };
    Ok(Page::new("Messages", Place::Messages).show(&who, &body))
}

fn is_admin(who: &SignedIn) -> bool {
    who.user.role == Role::Admin
}

impl<'t> Told<'t> {
    async fn load(tx: &mut Tx, web: &'t Web, who: &'t SignedIn) -> Result<Self, StoreError> {
        let (user, account) = (&who.user.id, &who.account.id);
        let (all, connections) = if is_admin(who) {
            let all = messages::of_account(tx, account, SHOWN_MAX).await?;
            (all, connections::of_account(tx, account).await?)
        } else {
            let all = messages::of_user(tx, user, SHOWN_MAX).await?;
            (all, connections::of_user(tx, user).await?)
        };
        let users = people::users(tx, account).await?;
        let broken = messages::broken_in(tx, account).await?;
        let mut ending = renewals::of_account(tx, account).await?;
        ending.retain(|renewal| renewal.ending.is_soon(who.now));
        Ok(Self {
            web,
            who,
            all,
            connections,
            names: users.into_iter().map(|user| (user.id, user.name)).collect(),
            broken: broken.into_iter().map(|one| (one.connection, one.broken_at)).collect(),
            ending,
            muted: messages::muted_by(tx, user).await?,
        })
    }

    fn how_sent(&self) -> Markup {
        html! {
            @if self.web.ctx.post.is_none() {
                p .notice {
                    "No mail server is set here (DAYMARK_SMTP_URL): messages are kept here only."
                }
            } @else {
                p .small.soft.lead {
                    "What is told here is also sent by mail, to the address on each person's "
                    a href="/settings/profile" { "profile" } "."
                }
            }
        }
    }

    fn kind(&self, connection: &'t Connection) -> &str {
        let kind = connection.integration.as_str();
        self.web.ctx.catalogue.find(kind).map_or(kind, |row| row.name)
    }

    /// The connections of which one is reminded now, or would be.
    fn reminders(&self) -> Markup {
        let is_told = |id: &ConnectionId| {
            let is_ending = self.endings(id).next().is_some();
            self.broken.contains_key(id) || is_ending || self.muted.contains(id)
        };
        let told: Vec<_> = self.connections.iter().filter(|c| is_told(&c.id)).collect();
        html! {
            @if !told.is_empty() {
                section .card aria-labelledby="reminders" {
                    header {
                        div {
                            h2 #reminders { "Reminders" }
                            p {
                                "On days 1, 3, 7 and 14 after something broke, then once a week, \
                                 until it is mended."
                            }
                        }
                    }
                    ul .rows { @for connection in told { (self.reminder(connection)) } }
                }
            }
        }
    }

    fn endings(&self, id: &ConnectionId) -> impl Iterator<Item = &Ending> {
        self.ending.iter().filter(move |one| one.connection == *id).map(|one| &one.ending)
    }

    fn reminder(&self, connection: &'t Connection) -> Markup {
        let (id, name) = (&connection.id, &connection.principal.name);
        let is_muted = self.muted.contains(id);
        let holder = connection.owner.user().filter(|user| **user != self.who.user.id);
        html! {
            li .row id=(id) {
                div {
                    h3 { (words::name(name)) }
                    p .small.soft {
                        (self.kind(connection))
                        @if let Some(holder) = holder {
                            " of " (self.names.get(holder).map_or("somebody", String::as_str))
                        }
                        @if let Some(need) = self.who.needs.iter().find(|it| it.broken.id == *id) {
                            ", broken since " (words::when(need.broken.since, self.who))
                        } @else { ", works" }
                        @for ending in self.endings(id) { ". " (renewal::said(ending, self.who).0) }
                        @if is_muted { ". You are not reminded of it." }
                    }
                }
                (mute::button(connection, is_muted))
            }
        }
    }

    fn list(&self) -> Markup {
        html! {
            section .card aria-labelledby="messages" {
                header {
                    div {
                        h2 #messages { @if is_admin(self.who) { "Told" } @else { "Told to you" } }
                        p {
                            @if is_admin(self.who) {
                                "What everybody of " (self.who.account.name) " was told of their \
                                 connections, the latest first."
                            } @else { "The latest first." }
                        }
                    }
                }
                @if self.all.is_empty() {
                    p .body.soft {
                        "Nothing yet. When a connection breaks, or is about to, it is told here."
                    }
                }
                ul .rows { @for message in &self.all { (self.message(message)) } }
            }
        }
    }

    fn message(&self, message: &Message) -> Markup {
        let new = &message.new;
        let is_own = new.user == self.who.user.id;
        let is_over = self.is_over(message);
        let is_new = is_own && message.read_at.is_none() && !is_over;
        html! {
            li .row.message id=(new.id) {
                div {
                    h3 {
                        @if is_over {
                            "Mended: "
                            (new.subject.strip_prefix("Fix this: ").unwrap_or(&new.subject))
                        } @else { (new.subject) }
                    }
                    p .small.soft {
                        @if !is_own {
                            "To " (self.names.get(&new.user).map_or("somebody", String::as_str))
                            ". "
                        }
                        (words::age(new.created_at, self.who)) ". "
                        (fate::sentence(message, self.web.ctx.post.is_some(), self.who))
                    }
                    details open[is_new] {
                        summary { "Read" }
                        div .letter {
                            @for paragraph in new.body.split("\n\n") { (lines(paragraph)) }
                        }
                    }
                }
                @if is_new { span .tag.fresh { "New" } }
                @if is_own { (self.step(message)) }
            }
        }
    }

    /// Was it told of a break that has been mended since?
    fn is_over(&self, message: &Message) -> bool {
        let new = &message.new;
        let broken_at = new.connection.as_ref().and_then(|id| self.broken.get(id));
        let kinds = [MessageKind::Attention, MessageKind::Reminder, MessageKind::AdminNotice];
        kinds.contains(&new.kind) && broken_at != Some(&new.about_at)
    }

    /// What leads straight to the repair, while there is something to repair.
    fn step(&self, message: &Message) -> Markup {
        let new = &message.new;
        let mut endings = new.connection.iter().flat_map(|id| self.endings(id));
        html! {
            @match new.kind {
                _ if self.is_over(message) => p .small.faint { "Over by now." },
                _ if new.href == HREF => {}
                MessageKind::Attention | MessageKind::Reminder | MessageKind::Digest => {
                    a .button.alarm href=(new.href) { "Fix this" }
                }
                MessageKind::AdminNotice => {
                    a .button href=(new.href) { (sync::messages::press_of(&new.href)) }
                }
                MessageKind::Foretold => {
                    @match endings.find(|ending| ending.at() == new.about_at) {
                        Some(Ending::Grant { .. }) => a .button href=(new.href) { "Renew" },
                        Some(Ending::Certificate(_)) => a .button href=(new.href) { "Its page" },
                        None => {}
                    }
                }
                MessageKind::Moved => {}
            }
        }
    }
}

fn lines(paragraph: &str) -> Markup {
    html! {
        p {
            @for (nth, line) in paragraph.lines().enumerate() {
                @if nth > 0 { br; }
                (linked(line))
            }
        }
    }
}
