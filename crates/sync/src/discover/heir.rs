//! Calendars that go on under another id at the far side: each keeps its row, with all that was
//! chosen for it, and is read anew; until then its times are unknown, and not free. Only where
//! nothing leaves a doubt which one it is; else one is gone, and another one is new.

use connection::{CALENDARS_MAX, Calendar, CalendarId, Counts, LISTED_EVERY_S, RemoteCalendar};
use jiff::{SignedDuration, Timestamp};
use store::{Change, StoreError, Tx, calendars, channels};

use crate::Context;

/// What pulls have missed for no longer was still there at the last list, which may be late.
const MISSED_MAX: SignedDuration = SignedDuration::from_secs(2 * LISTED_EVERY_S);

/// Leads the known calendars that go on under another id to it, and says which they are.
pub(super) async fn follow(
    ctx: &Context,
    tx: &mut Tx,
    (known, listed): (&[(Calendar, Counts)], &[RemoteCalendar]),
) -> Result<Vec<CalendarId>, StoreError> {
    let now = ctx.clock.now();
    let known: Vec<&Calendar> = known.iter().map(|(calendar, _)| calendar).collect();
    let mut followed = Vec::new();
    for (calendar, heir) in heirs(&known, listed, now) {
        let id = &calendar.id;
        // Its channel rings for the old id, if it still does: another is opened, and it is closed.
        channels::retire_others(tx, id, None, now).await?;
        calendars::begin_anew(tx, id, &heir.id).await?;
        calendars::note_untold(tx, id, now).await?;
        tx.announce(Change::Calendar(id.clone()));
        followed.push(id.clone());
    }
    Ok(followed)
}

/// The known calendars that vanished from the list, each with the one that appeared in its place.
/// By its name, which says whose it is where that is somebody else, and only if no other has that
/// name, here or there. Its colour proves nothing: it may be one that was free here.
fn heirs<'a>(
    known: &[&'a Calendar],
    listed: &'a [RemoteCalendar],
    now: Timestamp,
) -> Vec<(&'a Calendar, &'a RemoteCalendar)> {
    // Of what is beyond the limit nothing is known.
    if listed.len() > CALENDARS_MAX {
        return Vec::new();
    }
    let is_known = |remote: &RemoteCalendar| known.iter().any(|it| it.remote == remote.id);
    let has_vanished = |calendar: &Calendar| {
        !calendar.remote.is_nowhere()
            && calendar.gone_at.is_none_or(|at| now.duration_since(at) <= MISSED_MAX)
            && listed.iter().all(|remote| remote.id != calendar.remote)
    };
    let heir_of = |calendar: &&'a Calendar| {
        let calendar: &'a Calendar = calendar;
        let here = known.iter().filter(|it| it.name == calendar.name).count();
        let mut there = listed.iter().filter(|remote| remote.name == calendar.name);
        let heir = there.next().filter(|heir| is_alike(calendar, heir) && !is_known(heir))?;
        (here == 1 && there.all(|it| it.id == heir.id)).then_some((calendar, heir))
    };
    known.iter().filter(|calendar| has_vanished(calendar)).filter_map(heir_of).collect()
}

/// Is all the same that a list says of both?
fn is_alike(calendar: &Calendar, heir: &RemoteCalendar) -> bool {
    let zones = calendar.time_zone.as_ref().zip(heir.time_zone.as_ref());
    calendar.access == heir.access
        && calendar.own_answer == heir.own_answer
        && zones.is_none_or(|(one, other)| one == other)
}

#[cfg(test)]
mod tests;
