//! Connecting, repairing, and what else a person does to a connection.

use connection::{
    AccountId, AttemptId, CalendarId, Check, Connection, ConnectionId, Credential, Examined,
    Integration, IntegrationKind, Proof, ProviderError, Refusal, Secret, SignedOutWhy, StatusCause,
    UserId, within_limits,
};
use jiff::{SignedDuration, Timestamp};
use store::{
    Change, StoreError, Tx, busy, calendars, choices, connections, messages, people, waiting,
};

use crate::acts::{self, By};
use crate::examine::{self, Notebook};
use crate::farewell::{Farewell, Farewells};
use crate::keep::keep;
use crate::pull::Cause;
use crate::{Context, SyncError};
use crate::{discover, status, webhooks};

/// Connections of one kind that one person may have, unless the operator says otherwise.
pub const CONNECTIONS_MAX: usize = 20;
/// Choices of a connection that was disconnected are kept so long.
pub const CHOICES_KEPT_DAYS: i64 = 30;
/// A connection is looked at once in this time, however often its page is opened; less often where
/// its password is refused, for some providers lock an account that is tried too often.
const LOOK_EVERY_S: i64 = 10;
const LOOK_PASSWORD_EVERY_S: i64 = 600;
/// A calendar whose page is opened is read when it was not read for so long.
const READ_EVERY_S: i64 = 60;
const PASSWORD_REFUSED: ProviderError =
    ProviderError::SignedOut { why: SignedOutWhy::PasswordRefused };
/// Sync now is taken once in this time.
pub const PULL_NOW_EVERY_S: i64 = 30;

/// What someone wants to connect, or to repair.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who wants it.
    pub by: By,
    /// The tenant.
    pub account: AccountId,
    /// Who will hold the connection.
    pub user: UserId,
    /// What kind of thing.
    pub integration: IntegrationKind,
    /// What was typed, or came back from the provider's page.
    pub proof: Proof,
    /// The connection to repair in place, where it is one.
    pub repairs: Option<ConnectionId>,
    /// What else is wanted.
    pub wishes: Wishes,
}

/// What may be wanted beside a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Another account takes the place of the one that is to be repaired.
    pub replace: bool,
    /// No more than the times of its events is kept, from the first pull on.
    pub busy_only: bool,
    /// The session of who asks: another account than the one to be repaired waits in it, until
    /// they say whether it takes the other's place.
    pub session: Option<[u8; 32]>,
}

/// How connecting came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new connection.
    Connected(ConnectionId),
    /// The same principal was connected before: that connection has the new credential now.
    Repaired(ConnectionId),
    /// Nothing was kept.
    Refused {
        /// Why, and what to do.
        refusal: Refusal,
        /// The lines that were seen.
        checks: Vec<Check>,
    },
}

/// Whether Sync now was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullNow {
    /// Its calendars are asked now.
    Asked,
    /// They were asked a moment ago.
    TooSoon {
        /// When it may be pressed again.
        again_at: Timestamp,
    },
    /// There is no such connection.
    NotThere,
}

/// Examines in the foreground, and connects.
pub async fn connect(ctx: &Context, request: Request) -> Result<Outcome, SyncError> {
    let integration = admit(ctx, &request).await?;
    Ok(attempt(ctx, &integration, request, None).await?)
}

/// What is to be connected, where one more may be.
pub(crate) async fn admit(ctx: &Context, request: &Request) -> Result<Integration, SyncError> {
    let integration = ctx.catalogue.find(request.integration.as_str());
    let integration = integration.ok_or(SyncError::UnknownIntegration)?.clone();
    has_room(ctx, &request.user, &request.integration, request.repairs.as_ref()).await?;
    Ok(integration)
}

/// May the person have one more of that kind?
pub(crate) async fn has_room(
    ctx: &Context,
    user: &UserId,
    kind: &IntegrationKind,
    repairs: Option<&ConnectionId>,
) -> Result<(), SyncError> {
    if repairs.is_some() {
        return Ok(());
    }
    let mut tx = ctx.db.read().await?;
    let held = connections::of_user(&mut tx, user).await?;
    let same = held.iter().filter(|held| held.integration == *kind).count();
    if same >= ctx.connections_max {
        return Err(SyncError::LimitReached { max: ctx.connections_max });
    }
    Ok(())
}

/// Examines and keeps. Where the try has a row, what is kept and that it passed are stored
/// together.
pub(crate) async fn attempt(
    ctx: &Context,
    integration: &Integration,
    request: Request,
    attempt: Option<&AttemptId>,
) -> Result<Outcome, StoreError> {
    let notebook = Notebook::default();
    let sign_in = &integration.sign_in;
    let proof = filled(ctx, &request).await?;
    let examined = examine::examine(ctx, sign_in, &proof, attempt, &notebook).await?;
    let within = |found: Examined| within_limits(&found.calendars).map(|()| found);
    let examined = examined.and_then(within);
    let kept = async |examined| {
        let seen = (examined, notebook.lines());
        keep(ctx, (integration, &request), seen, attempt).await
    };
    let kept = match examined {
        Ok(examined) => match kept(&examined).await {
            // Someone connected or changed the same between our look and our write: look again.
            Err(StoreError::Conflict) => kept(&examined).await?,
            kept => kept?,
        },
        Err(refusal) => Err(refusal),
    };
    Ok(kept.unwrap_or_else(|refusal| Outcome::Refused { refusal, checks: notebook.lines() }))
}

/// What was typed; to repair a connection, what was not typed again is as it was.
async fn filled(ctx: &Context, request: &Request) -> Result<Proof, StoreError> {
    let mut proof = request.proof.clone();
    let (Some(id), Proof::Form(form)) = (&request.repairs, &mut proof) else { return Ok(proof) };
    let mut tx = ctx.db.read().await?;
    match connections::credential(&mut tx, id).await? {
        Some(Credential::Password { base, username, .. }) => {
            form.address.get_or_insert_with(|| Secret::new(base));
            form.username.get_or_insert(username);
        }
        Some(Credential::Address { .. } | Credential::File { .. } | Credential::Tokens(_))
        | None => {}
    }
    Ok(proof)
}

/// Sync now: a pull of each calendar at once; once in [`PULL_NOW_EVERY_S`].
pub async fn pull_now(ctx: &Context, id: &ConnectionId, by: &By) -> Result<PullNow, SyncError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    let Some(connection) = connections::load(&mut tx, id).await? else {
        return Ok(PullNow::NotThere);
    };
    let pause = SignedDuration::from_secs(PULL_NOW_EVERY_S);
    if let Some(asked_at) = connections::last_asked(&mut tx, id).await? {
        let again_at = asked_at.checked_add(pause).unwrap_or(now);
        if again_at > now {
            return Ok(PullNow::TooSoon { again_at });
        }
    }
    connections::record_asked(&mut tx, id, now).await?;
    acts::record(ctx, &mut tx, by, "connection.asked", &connection).await?;
    discover::ask_all(ctx, &mut tx, id, Cause::Asked).await?;
    discover::ask_listing(ctx, &mut tx, id, now).await?;
    tx.commit().await?;
    Ok(PullNow::Asked)
}

/// Somebody opened a page that shows these connections: has any of them died without a sign?
pub async fn probe(ctx: &Context, connections: &[Connection]) -> Result<(), SyncError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    for connection in connections {
        let attention = connection.attention.as_ref();
        let is_password = attention.is_some_and(|a| a.reason == PASSWORD_REFUSED.code());
        let may_be_one = attention.is_none() && connection.refused_at.is_some();
        let is_seldom = is_password || may_be_one;
        let every_s = if is_seldom { LOOK_PASSWORD_EVERY_S } else { LOOK_EVERY_S };
        let planned = connections::plan_probe(&mut tx, &connection.id, (every_s, now)).await?;
        if let Some(at) = planned {
            discover::ask_probe(ctx, &mut tx, &connection.id, at).await?;
            if attention.is_none() && connection.refused_at.is_none() {
                read_old(ctx, &mut tx, &connection.id).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Reads what was not read for a while. What fails is tried again by itself, and what is braked
/// would be read as a whole each time, and waits for the word of a person.
async fn read_old(ctx: &Context, tx: &mut Tx, id: &ConnectionId) -> Result<(), StoreError> {
    let since = SignedDuration::from_secs(READ_EVERY_S);
    let before = ctx.clock.now().checked_sub(since).unwrap_or(Timestamp::MIN);
    for (calendar, _) in calendars::of_connection(tx, id).await? {
        let is_old = calendar.known_at.is_some_and(|at| at < before);
        let is_well = calendar.trouble.is_none() && calendar.brake.is_none();
        if is_old && is_well && calendar.gone_at.is_none() {
            discover::ask(ctx, tx, &calendar.id, Cause::Probe).await?;
        }
    }
    Ok(())
}

/// Who of that account has another connection of the same principal: the grant is not taken back
/// under it. What other accounts of this installation hold is told to nobody.
pub async fn lives_on(
    tx: &mut Tx,
    connection: &Connection,
    account: &AccountId,
) -> Result<Option<String>, StoreError> {
    let of = (&connection.integration, &*connection.principal.id);
    for other in connections::of_principal(tx, of).await? {
        let Some(user) = other.owner.user().filter(|_| other.id != connection.id) else { continue };
        let user = people::user(tx, user).await?.filter(|user| user.account == *account);
        if let Some(user) = user {
            return Ok(Some(user.name));
        }
    }
    Ok(None)
}

/// How many busy times that are not over yet disappear when it is disconnected.
pub async fn busy_lost(ctx: &Context, id: &ConnectionId) -> Result<i64, SyncError> {
    let mut tx = ctx.db.read().await?;
    Ok(busy::future_count(&mut tx, id, ctx.clock.now()).await?)
}

/// Forgets a connection with its secret, calendars, events and busy times, and takes the grant back
/// at the provider where that is possible and nobody else needs it. What was chosen is kept for a
/// while, for who connects the same account again. False where there is none of that id.
pub async fn disconnect(ctx: &Context, id: &ConnectionId, by: &By) -> Result<bool, SyncError> {
    let mut tx = ctx.db.begin().await?;
    let mut farewells = Farewells::default();
    let there = forget(ctx, &mut tx, (id, by), &mut farewells).await?;
    tx.commit().await?;
    farewells.say(ctx);
    Ok(there)
}

/// The same with all that a person has connected, and with the accounts that wait for their word,
/// in the transaction in which they leave. Once it has ended, the farewells are to be said.
pub async fn disconnect_all(
    ctx: &Context,
    tx: &mut Tx,
    (user, by): (&UserId, &By),
) -> Result<Farewells, StoreError> {
    connections::hold_of_user(tx, user).await?;
    let mut farewells = Farewells::default();
    for connection in connections::of_user(tx, user).await? {
        forget(ctx, tx, (&connection.id, by), &mut farewells).await?;
    }
    Ok(farewells)
}

async fn forget(
    ctx: &Context,
    tx: &mut Tx,
    (id, by): (&ConnectionId, &By),
    farewells: &mut Farewells,
) -> Result<bool, StoreError> {
    connections::hold(tx, id).await?;
    let held = connections::load(tx, id).await?;
    if let Some(connection) = &held {
        acts::record(ctx, tx, by, "connection.disconnected", connection).await?;
        webhooks::tell_disconnected(ctx, tx, connection).await?;
        messages::stop_all(tx, id, ctx.clock.now()).await?;
    }
    choices::remember(tx, id, choices_kept_until(ctx.clock.now())).await?;
    farewells.add(Farewell::prepare(ctx, tx, id).await?);
    let left = waiting::take_of_connection(tx, id).await?;
    if let Some(connection) = held {
        for waiting in &left {
            farewells.add(Farewell::of_found(ctx, &connection.integration, &waiting.found));
        }
    }
    let there = connections::delete(tx, id).await?;
    tx.announce(Change::Connection(id.clone()));
    Ok(there)
}

/// Until when choices are kept of what is let go at `now`.
pub(crate) fn choices_kept_until(now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(24 * CHOICES_KEPT_DAYS)).unwrap_or(Timestamp::MAX)
}

/// A person says that a braked calendar's sudden emptiness is true: its next pull believes it.
pub async fn release_brake(ctx: &Context, id: &CalendarId, by: &By) -> Result<(), SyncError> {
    let mut tx = ctx.db.begin().await?;
    connections::hold_of_calendar(&mut tx, id).await?;
    let Some(calendar) = calendars::load(&mut tx, id).await? else { return Ok(()) };
    acts::record_of_calendar(ctx, &mut tx, by, "calendar.believed", &calendar).await?;
    calendars::release_brake(&mut tx, id).await?;
    discover::ask(ctx, &mut tx, id, Cause::Asked).await?;
    status::tell(ctx, &mut tx, &calendar.connection, StatusCause::Person).await?;
    tx.announce(Change::Calendar(id.clone()));
    tx.commit().await?;
    Ok(())
}

/// Forgets a calendar that its provider no longer has, with its events. False where it is there
/// still, or again, or unknown.
pub async fn forget_calendar(ctx: &Context, id: &CalendarId, by: &By) -> Result<bool, SyncError> {
    let mut tx = ctx.db.begin().await?;
    connections::hold_of_calendar(&mut tx, id).await?;
    let Some(calendar) = calendars::load(&mut tx, id).await? else { return Ok(false) };
    if calendar.gone_at.is_none() {
        return Ok(false);
    }
    acts::record_of_calendar(ctx, &mut tx, by, "calendar.removed", &calendar).await?;
    calendars::delete(&mut tx, id).await?;
    tx.announce(Change::Connection(calendar.connection.clone()));
    status::tell(ctx, &mut tx, &calendar.connection, StatusCause::Person).await?;
    tx.commit().await?;
    Ok(true)
}

/// What a person chose for their calendars may end what a connection asks for, or begin it.
pub async fn settle(ctx: &Context, tx: &mut Tx, user: &UserId) -> Result<(), StoreError> {
    for connection in connections::of_user(tx, user).await? {
        status::tell(ctx, tx, &connection.id, StatusCause::Person).await?;
    }
    Ok(())
}

/// Expands all calendars of a person anew: their zone changed, and with it when dates and
/// floating times happen.
pub async fn rebuild_all(ctx: &Context, tx: &mut Tx, user: &UserId) -> Result<(), StoreError> {
    for (calendar, _) in calendars::of_user(tx, user).await? {
        discover::ask_rebuild(ctx, tx, &calendar.id).await?;
    }
    Ok(())
}

/// Stops a connection's pulls until a person lets them go on.
pub async fn pause(
    ctx: &Context,
    id: &ConnectionId,
    paused: bool,
    by: &By,
) -> Result<(), SyncError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    if let Some(connection) = connections::load(&mut tx, id).await? {
        let act = if paused { "connection.paused" } else { "connection.resumed" };
        acts::record(ctx, &mut tx, by, act, &connection).await?;
    }
    connections::set_paused(&mut tx, id, paused.then_some(now)).await?;
    if !paused {
        discover::ask_all(ctx, &mut tx, id, Cause::Asked).await?;
        discover::ask_listing(ctx, &mut tx, id, now).await?;
    }
    status::tell(ctx, &mut tx, id, StatusCause::Person).await?;
    tx.announce(Change::Connection(id.clone()));
    tx.commit().await?;
    Ok(())
}
