//! Every change of how a connection stands is told: written down with its cause in the transaction
//! that brought it about, for the page's history and for all who want to hear of it.

use connection::{ConnectionId, ConnectionStatus, StatusCause, StatusFacts};
use store::jobs::Job;
use store::{Change, StoreError, Tx, calendars, connections, status_changes};

use crate::{Context, Outcome, messages, run, webhooks};

/// The kind of job that tells of what time alone has changed; there is one of it.
pub(crate) const JOB: &str = "tell_overdue";
/// How often it looks.
const EVERY_S: i64 = 20;
/// Connections in one transaction.
const AT_ONCE: i64 = 100;

/// Tells how a connection stands now, where that is another state or reason than was told last, or
/// another calendar that asks for somebody.
pub(crate) async fn tell(
    ctx: &Context,
    tx: &mut Tx,
    id: &ConnectionId,
    cause: StatusCause,
) -> Result<(), StoreError> {
    // What is computed and what was told last are of one moment, whoever else tells.
    connections::hold(tx, id).await?;
    let told = status_changes::told(tx, id).await?;
    let Some(connection) = connections::load(tx, id).await? else { return Ok(()) };
    let calendars = calendars::of_connection(tx, id).await?;
    let now = ctx.clock.now();
    let facts = StatusFacts { connection: &connection, calendars: &calendars };
    let status = ConnectionStatus::of(facts, now);
    // Another account is news, however the one before it stood.
    let is_other = cause == StatusCause::Replaced;
    let still = told.filter(|told| !is_other && told.is_still(&status));
    if let Some(told) = still {
        // The banner says and dates it as every page does.
        let is_said = told.say.as_deref() == status.say() && told.since == Some(status.since);
        if status.attention.is_some() && (!is_said || told.asks.is_none()) {
            status_changes::restate(tx, id, &status).await?;
            tx.announce(Change::Connection(id.clone()));
        }
    } else {
        status_changes::record(tx, id, (&status, cause), now, ctx.dice.as_ref()).await?;
        webhooks::tell_connection(ctx, tx, &connection, &status).await?;
        messages::on_change(ctx, tx, (&connection, &status)).await?;
        tx.announce(Change::Connection(id.clone()));
    }
    Ok(())
}

/// Tells of connections that have become delayed because nobody brought news of them.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    match tell_overdue(&ctx).await {
        Ok(()) => Outcome::Again { at: run::after(&ctx, EVERY_S) },
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

async fn tell_overdue(ctx: &Context) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let now = ctx.clock.now();
        let mut tx = ctx.db.read().await?;
        let overdue = status_changes::overdue(&mut tx, now, (after.as_ref(), AT_ONCE)).await?;
        drop(tx);
        let Some(last) = overdue.last() else { return Ok(()) };
        let mut tx = ctx.db.begin().await?;
        for id in &overdue {
            tell(ctx, &mut tx, id, StatusCause::Time).await?;
        }
        tx.commit().await?;
        after = Some(last.clone());
    }
}
