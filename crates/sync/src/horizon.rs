//! The window within which events are expanded, and how it slides: what was beyond it appears
//! without any change at the provider.

use calendar::Horizon;
use connection::CalendarId;
use jiff::{SignedDuration, Timestamp};
use store::calendars::Place;
use store::jobs::Job;
use store::{Change, StoreError, Tx, busy, calendars, connections, events};

use crate::expansion::{self, Terms};
use crate::{Context, Outcome, pull, run};

/// The kind of job that expands a calendar anew, after its zone or its owner's changed.
pub(crate) const JOB: &str = "rebuild_calendar";
/// How far back the window begins.
const BACK_D: i64 = 7;
/// How far ahead it reaches.
const AHEAD_D: i64 = 400;
/// It slides when it has fallen this far behind.
const STEP_H: i64 = 12;
/// Events expanded anew in one transaction.
const BATCH: i64 = 100;

fn due(now: Timestamp) -> Horizon {
    let day = |days: i64| SignedDuration::from_hours(24 * days);
    let from = now.checked_sub(day(BACK_D)).unwrap_or(Timestamp::MIN);
    let until = now.checked_add(day(AHEAD_D)).unwrap_or(Timestamp::MAX);
    Horizon::new(from, until).expect("the window is 407 days long, and time has room for it")
}

/// Has the window of this place fallen behind?
pub(crate) fn is_due(place: &Place, now: Timestamp) -> bool {
    let step = SignedDuration::from_hours(STEP_H);
    place.known_until.is_none_or(|until| until.checked_add(step).is_ok_and(|u| u < due(now).until))
}

/// The window to expand within: the one that the place has, unless that has fallen behind.
pub(crate) fn of(place: &Place, now: Timestamp) -> Horizon {
    let kept = place.known_from.zip(place.known_until);
    let kept = kept.and_then(|(from, until)| Horizon::new(from, until));
    kept.filter(|_| !is_due(place, now)).unwrap_or_else(|| due(now))
}

/// Expands events anew within the window of `terms`. `slides_from`: the old end of the window, when
/// only what reached beyond it can change; `None` to expand every event. No pull stores a body
/// between the reading of the one before and the writing of what that amounted to.
pub(crate) async fn expand(
    ctx: &Context,
    (id, generation): (&CalendarId, i64),
    terms: &Terms,
    slides_from: Option<Timestamp>,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let mut tx = ctx.db.begin().await?;
        calendars::keep(&mut tx, id, generation).await?;
        let only_going_on = slides_from.is_some();
        let texts = events::bodies(&mut tx, id, after.as_ref(), only_going_on, BATCH).await?;
        let Some(last) = texts.last() else { break };
        after = Some(last.id.clone());
        let is_all = texts.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        let rebuilt: Vec<_> = texts
            .into_iter()
            .map(|event| {
                let amount = expansion::amount(&event.text, terms);
                (event.id, amount.problem, amount.goes_on, amount.occurrences)
            })
            .collect();
        events::rebuild(&mut tx, id, &rebuilt).await?;
        tx.commit().await?;
        if is_all {
            break;
        }
    }
    Ok(())
}

/// Says that a calendar is known within a window, and forgets what was before.
pub(crate) async fn arrive(
    tx: &mut Tx,
    id: &CalendarId,
    window: Horizon,
) -> Result<(), StoreError> {
    busy::prune(tx, id, window.from).await?;
    calendars::set_horizon(tx, id, window.from, window.until).await?;
    tx.announce(Change::Calendar(id.clone()));
    Ok(())
}

/// Expands a calendar anew in its present zone.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Ok(id) = job.subject.parse::<CalendarId>() else { return Outcome::Done };
    match rebuild_all(&ctx, &id).await {
        Ok(()) => Outcome::Done,
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

async fn rebuild_all(ctx: &Context, id: &CalendarId) -> Result<(), StoreError> {
    let mut tx = ctx.db.begin().await?;
    // A pull that is under way expands by the terms of before.
    calendars::begin_generation(&mut tx, id).await?;
    let Some((calendar, place)) = calendars::load_placed(&mut tx, id).await? else {
        return Ok(());
    };
    let Some(connection) = connections::load(&mut tx, &calendar.connection).await? else {
        return Ok(());
    };
    let zone = pull::zone_of(&mut tx, &connection, &calendar).await?;
    tx.commit().await?;
    // Where it was never read, or the window has fallen behind, the next pull expands the rest.
    let window = place.known_from.zip(place.known_until);
    let Some(horizon) = window.and_then(|(from, until)| Horizon::new(from, until)) else {
        return Ok(());
    };
    let owner = calendar.owner(&connection.principal);
    // What is kept is expanded as it is.
    let terms = Terms { zone, owner, horizon, times_only: false };
    expand(ctx, (id, place.generation), &terms, None).await?;
    let mut tx = ctx.db.begin().await?;
    tx.announce(Change::Calendar(id.clone()));
    tx.commit().await
}
