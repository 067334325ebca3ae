//! Reminders of one connection while it is broken: which are due is computed from when it broke,
//! so that what was slept through comes once, and what was mended not at all.

use connection::ConnectionId;
use jiff::Timestamp;
use store::jobs::Job;
use store::messages::{self, MessageKind};
use store::people::User;
use store::{StoreError, Tx};

use super::{
    Told, administrators, ask as ask_for, days_after, digest, holders, standing, write_of,
};
use crate::{Context, Outcome, run};

/// The kind of job that reminds of one connection.
pub(crate) const JOB: &str = "remind_of_break";
/// Days after the break on which its holder is reminded.
const HOLDER_DAYS: [i64; 4] = [1, 3, 7, 14];
/// The day on which administrators are told of somebody else's.
const ADMINISTRATOR_DAYS: [i64; 1] = [3];
/// After the last of them it is looked at once a week, for administrators who are new.
const WEEK: i64 = 7;

/// The last day on which somebody is told of this one alone; then it is in the weekly digest.
pub(super) fn last_day(holds_it: bool) -> i64 {
    let days = if holds_it { HOLDER_DAYS.last() } else { ADMINISTRATOR_DAYS.last() };
    days.copied().unwrap_or_default()
}

/// Wants the reminders of a connection from then on.
pub(super) async fn ask(
    ctx: &Context,
    tx: &mut Tx,
    id: &ConnectionId,
    run_at: Timestamp,
) -> Result<(), StoreError> {
    ask_for(ctx, tx, (JOB, id.as_str()), run_at).await
}

/// Reminds of one connection.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Ok(id) = job.subject.parse() else { return Outcome::Done };
    match remind(&ctx, &id).await {
        Ok(Some(at)) => Outcome::Again { at },
        Ok(None) => Outcome::Done,
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

/// Writes what is due, and says when to look again; never, where it is not broken any more.
async fn remind(ctx: &Context, id: &ConnectionId) -> Result<Option<Timestamp>, StoreError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    let (Some((connection, status)), Some(broken_at)) =
        (standing(ctx, &mut tx, id).await?, messages::broken_at(&mut tx, id).await?)
    else {
        return Ok(None);
    };
    if status.attention.is_none() {
        return Ok(None);
    }
    let holders = holders(&mut tx, &connection).await?;
    let mut others = administrators(&mut tx, &connection.account).await?;
    others.retain(|user| holders.iter().all(|holder| holder.id != user.id));
    let of_each = holders
        .iter()
        .map(|user| (user, MessageKind::Reminder, &HOLDER_DAYS[..]))
        .chain(others.iter().map(|user| (user, MessageKind::AdminNotice, &ADMINISTRATOR_DAYS[..])));
    let mut next = days_after(now, WEEK);
    for (user, kind, days) in of_each {
        let (due, later) = due(days, broken_at, now);
        next = later.map_or(next, |later| later.min(next));
        digest::ask(ctx, &mut tx, user, broken_at, kind == MessageKind::Reminder).await?;
        let Some(day) = due else { continue };
        if wants(&mut tx, user, id).await? {
            let told = Told::of(kind, broken_at, day);
            write_of(ctx, &mut tx, (&connection, &status), (user, &told)).await?;
        }
    }
    tx.commit().await?;
    Ok(Some(next))
}

async fn wants(tx: &mut Tx, user: &User, id: &ConnectionId) -> Result<bool, StoreError> {
    Ok(!messages::is_muted(tx, &user.id, id).await?)
}

/// The latest of `days` after `from` that has come, and when the next comes.
fn due(days: &[i64], from: Timestamp, now: Timestamp) -> (Option<i64>, Option<Timestamp>) {
    let has_come = |day: &&i64| days_after(from, **day) <= now;
    let latest = days.iter().filter(has_come).max().copied();
    let later = days.iter().map(|day| days_after(from, *day)).filter(|at| *at > now).min();
    (latest, later)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn of_what_was_slept_through_the_latest_is_due() {
        let from: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let after = |hours| {
            let (day, later) = due(&HOLDER_DAYS, from, from + SignedDuration::from_hours(hours));
            (day, later.map(|at| at.duration_since(from).as_hours() / 24))
        };
        assert_eq!(after(23), (None, Some(1)));
        assert_eq!(after(24), (Some(1), Some(3)));
        assert_eq!(after(24 * 8), (Some(7), Some(14)));
        assert_eq!(after(24 * 99), (Some(14), None));
    }
}
