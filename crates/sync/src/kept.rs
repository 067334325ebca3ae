//! How much of a connection's events is kept: all of it, or their times alone.

use calendar::{Owner, ical};
use connection::{Calendar, Connection, ConnectionId, Credential, Cursor, EventId, Secret};
use store::jobs::Job;
use store::{Change, StoreError, Tx, calendars, connections, events};

use crate::acts::{self, By};
use crate::pull::Cause;
use crate::{Context, Outcome, discover, run};

/// The kind of job that leaves nothing of the events of a connection but their times; its subject
/// is the connection's id.
pub(crate) const JOB: &str = "erase_details";
/// Texts written anew in one transaction.
const BATCH: i64 = 500;

/// From now on no more than the times of its events is kept, and what was kept is erased before
/// this answers; or their details are kept again, and read anew. False where there is no such
/// connection.
pub async fn set_busy_only(
    ctx: &Context,
    id: &ConnectionId,
    busy_only: bool,
    by: &By,
) -> Result<bool, StoreError> {
    let mut tx = ctx.db.begin().await?;
    connections::hold(&mut tx, id).await?;
    let Some(connection) = connections::load(&mut tx, id).await? else { return Ok(false) };
    if busy_only {
        hold_to_times(ctx, &mut tx, &connection, (true, by)).await?;
    } else if events::is_busy_only(&mut tx, id).await? {
        keep_details(ctx, &mut tx, &connection, by).await?;
    }
    tx.announce(Change::Connection(id.clone()));
    tx.commit().await?;
    if busy_only {
        erase_all(ctx, id).await?;
    }
    Ok(true)
}

/// Where no more than its times is kept of a connection, or `is_wished` to be from now on, that
/// holds for the credential that it has now, too. What was kept before is erased by a job, which
/// comes to its end whatever becomes of this process.
pub(crate) async fn hold_to_times(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
    (is_wished, by): (bool, &By),
) -> Result<(), StoreError> {
    let is_so = events::is_busy_only(tx, &connection.id).await?;
    if is_wished && !is_so {
        acts::record(ctx, tx, by, "connection.busy_only", connection).await?;
    }
    if is_wished {
        let job = (JOB, connection.id.as_str());
        discover::enqueue(ctx, tx, job, Cause::Asked, ctx.clock.now()).await?;
    }
    if is_wished || is_so { keep_times(tx, &connection.id).await } else { Ok(()) }
}

/// From now on the details of its events are kept again, and read anew.
async fn keep_details(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
    by: &By,
) -> Result<(), StoreError> {
    events::set_busy_only(tx, &connection.id, false).await?;
    acts::record(ctx, tx, by, "connection.with_details", connection).await?;
    for (calendar, _) in calendars::of_connection(tx, &connection.id).await? {
        events::want_all(tx, &calendar.id).await?;
        if let Some(place) = calendars::place(tx, &calendar.id).await? {
            let listing = (place.listing, None);
            calendars::save_cursor(tx, &calendar.id, &Cursor::Beginning, listing).await?;
        }
        discover::ask(ctx, tx, &calendar.id, Cause::Asked).await?;
    }
    Ok(())
}

/// From now on the times of its events are all that is kept of a connection; of an uploaded file,
/// too, whose text is its credential.
pub(crate) async fn keep_times(tx: &mut Tx, id: &ConnectionId) -> Result<(), StoreError> {
    events::set_busy_only(tx, id, true).await?;
    let Some(credential) = connections::credential(tx, id).await? else { return Ok(()) };
    match times_of(&credential) {
        Some(times) => connections::rewrite_credential(tx, id, &times).await,
        None => Ok(()),
    }
}

/// What an uploaded file says of times alone; `None` for what is no file.
pub(crate) fn times_of(credential: &Credential) -> Option<Credential> {
    let Credential::File { text, name } = credential else { return None };
    let times = ical::times_of_file(text.reveal(), &Owner::nobody());
    Some(Credential::File { text: Secret::new(times), name: name.clone() })
}

/// Finishes what was begun when it was said that times alone are kept.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Ok(id) = job.subject.parse::<ConnectionId>() else { return Outcome::Done };
    match erase_all(&ctx, &id).await {
        Ok(()) => Outcome::Done,
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

/// Leaves nothing of the events of a connection but their times, for as long as no more is kept.
async fn erase_all(ctx: &Context, id: &ConnectionId) -> Result<(), StoreError> {
    let mut tx = ctx.db.read().await?;
    let Some(connection) = connections::load(&mut tx, id).await? else { return Ok(()) };
    let all = calendars::of_connection(&mut tx, id).await?;
    drop(tx);
    for (calendar, _) in &all {
        erase(ctx, &connection, calendar).await?;
    }
    Ok(())
}

async fn erase(
    ctx: &Context,
    connection: &Connection,
    calendar: &Calendar,
) -> Result<(), StoreError> {
    let owner = calendar.owner(&connection.principal);
    let mut after: Option<EventId> = None;
    loop {
        let mut tx = ctx.db.begin().await?;
        connections::share_era(&mut tx, connection).await?;
        if !events::is_busy_only(&mut tx, &connection.id).await? {
            return Ok(());
        }
        let stored = events::stored(&mut tx, &calendar.id, after.as_ref(), BATCH).await?;
        let Some((last, _)) = stored.last() else { return Ok(()) };
        after = Some(last.clone());
        let says_more = stored.iter().filter(|(_, text)| !text.contains(ical::TIMES_ONLY));
        let times: Vec<_> =
            says_more.map(|(id, text)| (id.clone(), ical::times_only(text, &owner))).collect();
        events::rewrite(&mut tx, &times).await?;
        tx.announce(Change::Calendar(calendar.id.clone()));
        tx.commit().await?;
    }
}
