//! How much of a connection's events is kept: all of it, or their times alone.

use calendar::{Owner, ical};
use connection::{Calendar, Connection, ConnectionId, Credential, Cursor, EventId, Secret};
use store::{Change, StoreError, Tx, calendars, connections, events};

use crate::acts::{self, By};
use crate::pull::Cause;
use crate::{Context, discover};

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
    let Some(connection) = connections::load(&mut tx, id).await? else { return Ok(false) };
    if events::is_busy_only(&mut tx, id).await? != busy_only {
        if busy_only {
            keep_times(&mut tx, id).await?;
        } else {
            events::set_busy_only(&mut tx, id, false).await?;
        }
        let act = if busy_only { "connection.busy_only" } else { "connection.with_details" };
        acts::record(ctx, &mut tx, by, act, &connection).await?;
    } else if !busy_only {
        return Ok(true);
    }
    let all = calendars::of_connection(&mut tx, id).await?;
    for (calendar, _) in &all {
        calendars::begin_generation(&mut tx, &calendar.id).await?;
    }
    if !busy_only {
        for (calendar, _) in &all {
            events::want_all(&mut tx, &calendar.id).await?;
            if let Some(place) = calendars::place(&mut tx, &calendar.id).await? {
                let listing = (place.listing, None);
                calendars::save_cursor(&mut tx, &calendar.id, &Cursor::Beginning, listing).await?;
            }
            discover::ask(ctx, &mut tx, &calendar.id, Cause::Asked).await?;
        }
    }
    tx.announce(Change::Connection(id.clone()));
    tx.commit().await?;
    if busy_only {
        for (calendar, _) in &all {
            erase(ctx, &connection, calendar).await?;
        }
    }
    Ok(true)
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

/// Leaves nothing of the events of a calendar but their times.
async fn erase(
    ctx: &Context,
    connection: &Connection,
    calendar: &Calendar,
) -> Result<(), StoreError> {
    let owner = calendar.owner(&connection.principal);
    let mut after: Option<EventId> = None;
    loop {
        let mut tx = ctx.db.begin().await?;
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
