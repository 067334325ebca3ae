//! What will die soon is said before, twice: the grant of a connection and the certificate of its
//! server to whoever holds it, a client's secret to administrators.

use connection::{Ending, IntegrationKind, SetUp};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::jobs::Job;
use store::messages::{self, MessageKind};
use store::people::{self, User};
use store::renewals::{self, Renewal};
use store::{StoreError, Tx};

use super::{DAY_H, Told, Written, holders, name_of, text, write};
use crate::{Context, Outcome, run};

/// The kind of job that looks at what ends; there is one of it.
pub(crate) const JOB: &str = "foretell";
/// How often.
const EVERY_S: i64 = 3_600;
/// So many days before the end it is said.
const DAYS: [i64; 2] = [7, 1];
/// The same for a certificate: somebody else must be asked, and has to find the time.
const CERTIFICATE_DAYS: [i64; 2] = [14, 3];
/// Of a grant; of a secret the reason says whose.
const GRANT: &str = "grant";
/// Of a server's certificate.
pub(super) const CERTIFICATE: &str = "certificate";
/// Where a secret is replaced.
const SET_UP: &str = "/settings/set-up";

/// Looks at what ends.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    match foretell(&ctx).await {
        Ok(()) => Outcome::Again { at: run::after(&ctx, EVERY_S) },
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

async fn foretell(ctx: &Context) -> Result<(), StoreError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.read().await?;
    let soon = renewals::soon(&mut tx, now).await?;
    drop(tx);
    for renewal in soon {
        let mut tx = ctx.db.begin().await?;
        of_connection(ctx, &mut tx, &renewal).await?;
        tx.commit().await?;
    }
    for set_up in ctx.catalogue.set_ups() {
        if let Some(ends_at) = secret_ends_at(set_up).filter(|at| *at > now) {
            let mut tx = ctx.db.begin().await?;
            of_secret(ctx, &mut tx, (set_up, ends_at)).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

fn before(at: Timestamp, days: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_hours(DAY_H * days)).unwrap_or(at)
}

/// The beginning of the day on which it ends: on that day it may be too late.
fn secret_ends_at(set_up: &SetUp) -> Option<Timestamp> {
    let midnight = set_up.secret_ends?.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp())
}

/// The nearest of the days that has come.
fn day(days: [i64; 2], ends_at: Timestamp, now: Timestamp) -> Option<i64> {
    days.into_iter().filter(|day| before(ends_at, *day) <= now).min()
}

async fn of_connection(ctx: &Context, tx: &mut Tx, renewal: &Renewal) -> Result<(), StoreError> {
    let Renewal { connection: id, ending } = renewal;
    let (days, reason) = match ending {
        Ending::Grant { .. } => (DAYS, GRANT),
        Ending::Certificate(_) => (CERTIFICATE_DAYS, CERTIFICATE),
    };
    let coming = day(days, ending.at(), ctx.clock.now());
    let (Some(day), None) = (coming, messages::broken_at(tx, id).await?) else {
        return Ok(());
    };
    let Some(connection) = store::connections::load(tx, id).await? else { return Ok(()) };
    for user in holders(tx, &connection).await? {
        if messages::is_muted(tx, &user.id, id).await? {
            continue;
        }
        let of = (name_of(ctx, &connection), connection.principal.name.as_str());
        let (subject, body) = text::of_ending(of, ending, &user.time_zone);
        let href = match ending {
            Ending::Grant { .. } => text::mend_path(id, None),
            Ending::Certificate(_) => text::page_path(id),
        };
        let written = Written { reason: reason.to_owned(), subject, body, href };
        say(ctx, tx, (&user, Some(id)), (day, ending.at(), written)).await?;
    }
    Ok(())
}

async fn of_secret(
    ctx: &Context,
    tx: &mut Tx,
    (set_up, ends_at): (&SetUp, Timestamp),
) -> Result<(), StoreError> {
    let Some(day) = day(DAYS, ends_at, ctx.clock.now()) else { return Ok(()) };
    let reason = secret_reason(&set_up.kind);
    for user in people::administrators(tx).await? {
        let (subject, body) = text::of_secret(set_up.name, ends_at);
        let href = format!("{SET_UP}#{}", set_up.kind);
        let written = Written { reason: reason.clone(), subject, body, href };
        say(ctx, tx, (&user, None), (day, ends_at, written)).await?;
    }
    Ok(())
}

fn secret_reason(kind: &IntegrationKind) -> String {
    format!("client_secret.{kind}")
}

/// Once for each end: some providers name another moment of the same end at every refresh.
async fn say(
    ctx: &Context,
    tx: &mut Tx,
    (user, connection): (&User, Option<&connection::ConnectionId>),
    (day, ends_at, written): (i64, Timestamp, Written),
) -> Result<(), StoreError> {
    let whom = (&user.id, connection);
    let since = before(ctx.clock.now(), day);
    if messages::was_foretold(tx, whom, (&written.reason, day), since).await? {
        return Ok(());
    }
    let told = Told::of(MessageKind::Foretold, ends_at, day);
    write(ctx, tx, (user, connection), (&told, written)).await
}

/// Does what is foretold still stand, a little earlier or later? Of a secret only its time says.
pub(super) async fn is_so(
    tx: &mut Tx,
    connection: Option<&connection::ConnectionId>,
    (ends_at, now): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let near = |at: Timestamp| at.duration_since(ends_at).abs() < SignedDuration::from_hours(DAY_H);
    let still = match connection {
        None => true,
        Some(id) => renewals::of_connection(tx, id).await?.iter().any(|one| near(one.at())),
    };
    Ok(ends_at > now && still)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_a_week_before_and_a_day_before() {
        let end: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let at = |hours| day(DAYS, end, end - SignedDuration::from_hours(hours));
        assert_eq!(
            [at(169), at(168), at(25), at(24), at(1)],
            [None, Some(7), Some(7), Some(1), Some(1)]
        );
    }
}
