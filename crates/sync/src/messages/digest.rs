//! Once a week, all that is broken still, for whoever was told of each alone before: its holder
//! after the last reminder, administrators after their notice. Until it is mended or muted.

use connection::UserId;
use jiff::{SignedDuration, Timestamp};
use store::jobs::Job;
use store::messages::{self, Break, MessageKind};
use store::people::{self, Role, User};
use store::{StoreError, Tx};

use super::{
    Told, Written, ask as ask_for, days_after, holds, link, name_of, remind, standing, text, write,
};
use crate::{Context, Outcome, run};

/// The kind of job that writes one person's digest.
pub(crate) const JOB: &str = "write_digest";
/// How often.
const EVERY_DAYS: i64 = 7;
/// Jobs run a little before or after their time.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// Wants a person's digest a week after they are told for the last time of this one alone.
pub(super) async fn ask(
    ctx: &Context,
    tx: &mut Tx,
    user: &User,
    broken_at: Timestamp,
    holds_it: bool,
) -> Result<(), StoreError> {
    let run_at = days_after(broken_at, remind::last_day(holds_it) + EVERY_DAYS);
    // What is due already is due by itself: the job is there and comes back every week.
    if run_at < ctx.clock.now() && store::jobs::is_wanted(tx, JOB, user.id.as_str()).await? {
        return Ok(());
    }
    ask_for(ctx, tx, (JOB, user.id.as_str()), run_at).await
}

/// Writes one person's digest.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Ok(id) = job.subject.parse() else { return Outcome::Done };
    match digest(&ctx, &id).await {
        Ok(Some(at)) => Outcome::Again { at },
        Ok(None) => Outcome::Done,
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

/// Something that is broken, and from when on it is listed.
struct Listed {
    broken: Break,
    from: Timestamp,
}

/// Writes what is due, and says when to look again; never, where nothing is broken any more.
async fn digest(ctx: &Context, id: &UserId) -> Result<Option<Timestamp>, StoreError> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    let Some(user) = people::user(&mut tx, id).await? else { return Ok(None) };
    let all = concerning(&mut tx, &user).await?;
    if all.is_empty() {
        return Ok(None);
    }
    let muted = messages::muted_by(&mut tx, id).await?;
    let wanted: Vec<Listed> = all
        .into_iter()
        .filter(|broken| !muted.contains(&broken.connection))
        .map(|broken| {
            let last = remind::last_day(holds(&user, broken.user.as_ref()));
            let from = days_after(broken.broken_at, last);
            Listed { broken, from }
        })
        .collect();
    let last = messages::last_of_kind(&mut tx, id, MessageKind::Digest).await?;
    let due_at = due_at(&wanted, last, now);
    if due_at > now {
        return Ok(Some(due_at));
    }
    let listed: Vec<&Break> =
        wanted.iter().filter(|one| one.from <= now).map(|one| &one.broken).collect();
    let (subject, body) = text::of_digest(&lines(ctx, &mut tx, &user, &listed).await?);
    let told = Told::of(MessageKind::Digest, now, 0);
    let written = Written { reason: String::new(), subject, body, href: text::FIX.to_owned() };
    write(ctx, &mut tx, (&user, None), (&told, written)).await?;
    tx.commit().await?;
    Ok(Some(days_after(now, EVERY_DAYS)))
}

/// When the next one is due: a week after the first of them was told of alone for the last time,
/// and a week after the one before. Where all is muted, in a week: somebody may want it again.
fn due_at(wanted: &[Listed], last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let first = wanted.iter().map(|one| days_after(one.from, EVERY_DAYS)).min();
    let Some(first) = first else { return days_after(now, EVERY_DAYS) };
    let after_last = last.map(|last| days_after(last, EVERY_DAYS));
    let after_last = after_last.and_then(|at| at.checked_sub(SLACK).ok());
    after_last.map_or(first, |at| at.max(first))
}

/// What is broken and concerns a person: their own, and for administrators all of the account.
async fn concerning(tx: &mut Tx, user: &User) -> Result<Vec<Break>, StoreError> {
    let mut all = messages::broken_in(tx, &user.account).await?;
    all.retain(|broken| user.role == Role::Admin || broken.user.as_ref() == Some(&user.id));
    Ok(all)
}

/// Is anything still broken that concerns this person?
pub(super) async fn is_needed(tx: &mut Tx, id: &UserId) -> Result<bool, StoreError> {
    let Some(user) = people::user(tx, id).await? else { return Ok(false) };
    Ok(!concerning(tx, &user).await?.is_empty())
}

async fn lines(
    ctx: &Context,
    tx: &mut Tx,
    user: &User,
    listed: &[&Break],
) -> Result<Vec<text::Line>, StoreError> {
    let mut lines = Vec::with_capacity(listed.len());
    for broken in listed {
        let Some((connection, status)) = standing(ctx, tx, &broken.connection).await? else {
            continue;
        };
        let is_own = holds(user, broken.user.as_ref());
        let holder = match &broken.user {
            Some(holder) if !is_own => people::user(tx, holder).await?,
            _ => None,
        };
        let (path, press) = text::step_of((&connection, &status), holder.as_ref());
        lines.push(text::Line {
            integration: name_of(ctx, &connection).to_owned(),
            name: connection.principal.name.clone(),
            since: text::day(status.since, &user.time_zone),
            say: text::say_to((&connection, &status), holder.as_ref()),
            holder: holder.map(|holder| holder.name),
            press,
            link: link(ctx, &path),
        });
    }
    Ok(lines)
}
