//! One line of a listing: a calendar that is known is renewed, another one taken in.

use connection::{Calendar, CalendarAccess, CalendarId, Connection, RemoteCalendar};
use store::calendars::NewCalendar;
use store::{StoreError, Tx, calendars};

use super::{MISSED, ask, ask_rebuild};
use crate::Context;
use crate::pull::Cause;

/// Takes over what the far side says of a calendar now; was any of it new?
pub(super) async fn renew(
    ctx: &Context,
    tx: &mut Tx,
    calendar: &Calendar,
    remote: &RemoteCalendar,
) -> Result<bool, StoreError> {
    let same = calendar.name == remote.name
        && calendar.access == remote.access
        && calendar.time_zone == remote.time_zone
        && calendar.conference == remote.conference
        && calendar.own_answer == remote.own_answer
        && remote.color.as_ref().is_none_or(|color| *color == calendar.color);
    if !same {
        calendars::update_listed(tx, &calendar.id, remote, ctx.clock.now()).await?;
    }
    if calendar.time_zone != remote.time_zone || calendar.own_answer != remote.own_answer {
        // Whole days begin and end elsewhere now; another answer says what blocks.
        ask_rebuild(ctx, tx, &calendar.id).await?;
    }
    let is_missed = calendar.trouble.as_ref().is_some_and(|trouble| trouble.code == MISSED);
    let is_back = calendar.gone_at.is_some() && !is_missed;
    if is_back {
        calendars::set_gone(tx, &calendar.id, None).await?;
    } else if calendar.gone_at.is_some() {
        // It is listed, and was not there when it was read: it is read once more.
        ask(ctx, tx, &calendar.id, Cause::Timer).await?;
    }
    Ok(!same || is_back)
}

/// Takes in a calendar that is listed for the first time.
pub(super) async fn insert(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
    (position, remote, listed): (usize, &RemoteCalendar, &[RemoteCalendar]),
) -> Result<(), StoreError> {
    let integration = ctx.catalogue.find(connection.integration.as_str());
    let calendar = NewCalendar {
        id: CalendarId::new(ctx.clock.now(), ctx.dice.as_ref()),
        connection: connection.id.clone(),
        remote: remote.clone(),
        position: i64::try_from(position).unwrap_or(i64::MAX),
        counts_as_busy: counts_at_first(remote, listed),
        poll_every_s: integration.map_or(300, |integration| integration.poll_every_s),
    };
    calendars::insert(tx, &calendar).await
}

/// A person's own calendars count until they say otherwise; what takes no time by its own word
/// does not. What cannot be written to is somebody else's, unless nothing there can be (a feed).
fn counts_at_first(remote: &RemoteCalendar, listed: &[RemoteCalendar]) -> bool {
    let own = |calendar: &RemoteCalendar| calendar.access == CalendarAccess::Writer;
    remote.takes_time && (own(remote) || !listed.iter().any(own))
}
