//! Telling people of what broke: at once, on days 1, 3, 7 and 14, administrators on day 3, and all
//! of them once a week until it is mended or muted. What is told is a row of the store, written
//! with the change it tells of; a mail is that row on its way.

mod digest;
mod foretell;
mod moved;
mod remind;
mod send;
mod text;

use std::sync::Arc;

use connection::{
    Ask, Connection, ConnectionId, ConnectionStatus, MessageId, Owner, StatusFacts, UserId,
};
use jiff::{SignedDuration, Timestamp};
use store::jobs::{self, NewJob};
use store::messages::{self, MessageKind, NewMessage};
use store::people::{self, Role, User};
use store::{StoreError, Tx, calendars};

use crate::{Context, Handlers};

pub(crate) use foretell::JOB as FORETELL_JOB;
pub use moved::tell_old_address;
pub use text::press_of;

/// Where a person reads what they were told.
pub const PAGE: &str = "/settings/messages";
/// Nobody is told twice within this time that the same thing broke for the same reason.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Hours of a day, as reminders count them.
const DAY_H: i64 = 24;

/// How messages leave: the operator's mail server, and what the links in them begin with.
#[derive(Clone)]
pub struct Post {
    /// The mail server.
    pub server: outbound::mail::MailServer,
    /// Our own address, without a slash at its end.
    pub address: String,
}

/// The handlers of all jobs that tell people something.
pub(crate) fn insert_handlers(handlers: &mut Handlers) {
    handlers.insert(send::JOB, Arc::new(|ctx, job| Box::pin(send::handle(ctx, job))));
    handlers.insert(remind::JOB, Arc::new(|ctx, job| Box::pin(remind::handle(ctx, job))));
    handlers.insert(foretell::JOB, Arc::new(|ctx, job| Box::pin(foretell::handle(ctx, job))));
    handlers.insert(digest::JOB, Arc::new(|ctx, job| Box::pin(digest::handle(ctx, job))));
}

/// So many days after `from`.
fn days_after(from: Timestamp, days: i64) -> Timestamp {
    from.checked_add(SignedDuration::from_hours(DAY_H * days)).unwrap_or(Timestamp::MAX)
}

/// What our addresses begin with, where it is known.
fn address(ctx: &Context) -> Option<&str> {
    let address = ctx.post.as_ref().map(|post| &post.address).or(ctx.public_url.as_ref());
    address.map(String::as_str)
}

/// One of our addresses, as far as it is known what it begins with.
fn link(ctx: &Context, path: &str) -> String {
    format!("{}{path}", address(ctx).unwrap_or_default())
}

/// The page on which whoever holds a connection mends it, while it needs them, and where it is
/// known what our addresses begin with.
pub fn repair_url(ctx: &Context, id: &ConnectionId, status: &ConnectionStatus) -> Option<String> {
    let reason = &status.attention.as_ref()?.reason;
    Some(format!("{}{}", address(ctx)?, text::mend_path(id, Some(reason))))
}

/// A connection stands in another way than was told last: it broke, for this reason or that, or it
/// is no longer broken. In the transaction that tells it.
pub(crate) async fn on_change(
    ctx: &Context,
    tx: &mut Tx,
    (connection, status): (&Connection, &ConnectionStatus),
) -> Result<(), StoreError> {
    let (id, now) = (&connection.id, ctx.clock.now());
    let Some(attention) = &status.attention else {
        messages::set_broken(tx, id, None).await?;
        messages::stop_break(tx, id, now).await?;
        return Ok(());
    };
    let broken_at = if let Some(at) = messages::broken_at(tx, id).await? {
        at
    } else {
        messages::set_broken(tx, id, Some(now)).await?;
        now
    };
    let again_from = now.checked_sub(AGAIN_AFTER).unwrap_or(Timestamp::MIN);
    for user in holders(tx, connection).await? {
        let whom = (&user.id, id);
        let asks = untold(tx, whom, status, (broken_at, again_from)).await?;
        let is_told = if status.asks.is_empty() {
            messages::was_told(tx, whom, &attention.reason, again_from).await?
        } else {
            asks.is_empty()
        };
        if !is_told {
            let told = Told { kind: MessageKind::Attention, about_at: broken_at, day: 0, asks };
            write_of(ctx, tx, (connection, status), (&user, &told)).await?;
        }
    }
    remind::ask(ctx, tx, id, days_after(broken_at, 1)).await
}

/// Of what single calendars ask for, that of which a person was not told: neither of this loss in
/// this break, nor lately of any loss of that calendar.
async fn untold(
    tx: &mut Tx,
    whom: (&UserId, &ConnectionId),
    status: &ConnectionStatus,
    (broken_at, again_from): (Timestamp, Timestamp),
) -> Result<Vec<Ask>, StoreError> {
    if status.asks.is_empty() {
        return Ok(Vec::new());
    }
    let told = messages::asks_told(tx, whom, (broken_at, again_from)).await?;
    let is_told = |ask: &Ask| {
        let (mark, about) = (ask.mark(), ask.about());
        told.iter().any(|told| {
            let is_same = told.about_at == broken_at && told.mark == mark;
            is_same || told.created_at > again_from && told.mark.starts_with(&about)
        })
    };
    Ok(status.asks.iter().filter(|ask| !is_told(ask)).cloned().collect())
}

/// What kind of message, counting from when, and how far from there; and of which calendars it is
/// news, where it is of some alone.
struct Told {
    kind: MessageKind,
    about_at: Timestamp,
    day: i64,
    asks: Vec<Ask>,
}

impl Told {
    fn of(kind: MessageKind, about_at: Timestamp, day: i64) -> Self {
        Self { kind, about_at, day, asks: Vec::new() }
    }
}

/// Writes down what a person is told of a connection that is broken, and asks for it to be sent.
async fn write_of(
    ctx: &Context,
    tx: &mut Tx,
    (connection, status): (&Connection, &ConnectionStatus),
    (user, told): (&User, &Told),
) -> Result<(), StoreError> {
    let calendars = calendars::of_connection(tx, &connection.id).await?;
    let holder = match &connection.owner {
        Owner::User(holder) if *holder != user.id => people::user(tx, holder).await?,
        Owner::User(_) | Owner::Account(_) => None,
    };
    let story = text::Story {
        connection,
        status,
        calendars: &calendars,
        integration: name_of(ctx, connection),
        holder: holder.as_ref(),
        reader: user,
        news: &told.asks,
        now: ctx.clock.now(),
    };
    let reason = match told.kind {
        MessageKind::Attention => status.reason().unwrap_or_default(),
        _ => "",
    };
    let (subject, body) = text::of_break(&story, told.kind, told.day);
    let written = Written { reason: reason.to_owned(), subject, body, href: story.href() };
    write(ctx, tx, (user, Some(&connection.id)), (told, written)).await
}

/// The words of a message.
struct Written {
    reason: String,
    subject: String,
    body: String,
    href: String,
}

/// Keeps a message, and asks for it to be sent; once for the same thing.
async fn write(
    ctx: &Context,
    tx: &mut Tx,
    (user, connection): (&User, Option<&ConnectionId>),
    (told, written): (&Told, Written),
) -> Result<(), StoreError> {
    let now = ctx.clock.now();
    let Written { reason, subject, body, href } = written;
    let new = NewMessage {
        to_email: None,
        id: MessageId::new(now, ctx.dice.as_ref()),
        account: user.account.clone(),
        user: user.id.clone(),
        connection: connection.cloned(),
        kind: told.kind,
        about_at: told.about_at,
        day: told.day,
        reason,
        asks: told.asks.iter().map(Ask::mark).collect(),
        subject,
        body,
        href,
        created_at: now,
    };
    keep(ctx, tx, &new).await
}

async fn keep(ctx: &Context, tx: &mut Tx, new: &NewMessage) -> Result<(), StoreError> {
    if messages::insert(tx, new).await? {
        ask(ctx, tx, (send::JOB, new.id.as_str()), new.created_at).await?;
    }
    Ok(())
}

/// Asks for work about messages.
async fn ask(
    ctx: &Context,
    tx: &mut Tx,
    (kind, subject): (&str, &str),
    run_at: Timestamp,
) -> Result<(), StoreError> {
    let job = NewJob { kind, subject, cause: "message", run_at, priority: 0 };
    jobs::enqueue(tx, &job, ctx.clock.now(), ctx.dice.as_ref()).await?;
    Ok(())
}

/// What kind of thing is connected, in words.
fn name_of<'c>(ctx: &'c Context, connection: &'c Connection) -> &'c str {
    let kind = connection.integration.as_str();
    ctx.catalogue.find(kind).map_or(kind, |integration| integration.name)
}

/// Who mends a connection: whoever holds it, or where the account does, its administrators.
async fn holders(tx: &mut Tx, connection: &Connection) -> Result<Vec<User>, StoreError> {
    match &connection.owner {
        Owner::User(user) => Ok(people::user(tx, user).await?.into_iter().collect()),
        Owner::Account(account) => administrators(tx, account).await,
    }
}

async fn administrators(
    tx: &mut Tx,
    account: &connection::AccountId,
) -> Result<Vec<User>, StoreError> {
    let mut users = people::users(tx, account).await?;
    users.retain(|user| user.role == Role::Admin);
    Ok(users)
}

/// Does this person mend it?
fn holds(user: &User, holder: Option<&UserId>) -> bool {
    holder.map_or(user.role == Role::Admin, |holder| *holder == user.id)
}

/// How a connection stands now; `None` where it is not there.
async fn standing(
    ctx: &Context,
    tx: &mut Tx,
    id: &ConnectionId,
) -> Result<Option<(Connection, ConnectionStatus)>, StoreError> {
    let Some(connection) = store::connections::load(tx, id).await? else { return Ok(None) };
    let calendars = calendars::of_connection(tx, id).await?;
    let facts = StatusFacts { connection: &connection, calendars: &calendars };
    let status = ConnectionStatus::of(facts, ctx.clock.now());
    Ok(Some((connection, status)))
}
