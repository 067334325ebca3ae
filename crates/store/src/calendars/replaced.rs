//! Calendars of a connection in which another account takes the place of the one it held.

use connection::{CalendarId, RemoteId};
use jiff::Timestamp;

use super::place::BEGINNING;
use crate::statement::sql;
use crate::{Result, Tx};

/// Lets go of the far side's name for a calendar, which another account may give to another one,
/// and of its channels: it is gone from now on, unless it begins anew.
pub async fn set_apart(tx: &mut Tx, id: &CalendarId, now: Timestamp) -> Result<()> {
    let nowhere = RemoteId::nowhere(id);
    let text = "UPDATE calendars SET remote_id = $1, push = $2, push_say = NULL, push_at = NULL, \
                gone_at = COALESCE(gone_at, $4), generation = generation + 1 WHERE id = $3";
    tx.run(sql(text).bind(nowhere.as_str()).bind(false).bind(id.as_str()).bind(now)).await?;
    tx.run(sql("DELETE FROM channels WHERE calendar_id = $1").bind(id.as_str())).await?;
    Ok(())
}

/// It is that calendar of another account from now on. Its choices stay; of its events and times
/// nothing is known, until it is read.
pub async fn begin_anew(tx: &mut Tx, id: &CalendarId, remote: &RemoteId) -> Result<()> {
    tx.run(sql("DELETE FROM events WHERE calendar_id = $1").bind(id.as_str())).await?;
    let text = "UPDATE calendars SET remote_id = $1, event_count = $2, cursor = $3, \
                cursor_token = NULL, listing = $2, listed_at = NULL, known_at = NULL, \
                known_from = NULL, known_until = NULL, brake = NULL, braked_at = NULL, \
                brake_released = $4, gone_at = NULL, \
                trouble_code = NULL, trouble_say = NULL, trouble_at = NULL, \
                again_at = NULL, untold_since = NULL, write_lost_at = NULL, \
                generation = generation + 1 WHERE id = $5";
    let statement = sql(text).bind(remote.as_str()).bind(0).bind(BEGINNING).bind(false);
    tx.run(statement.bind(id.as_str())).await?;
    Ok(())
}

/// Bookings are no longer written there. Says whether they were.
pub async fn unlink(tx: &mut Tx, id: &CalendarId) -> Result<bool> {
    let text = "UPDATE users SET linked_calendar_id = NULL WHERE linked_calendar_id = $1";
    Ok(tx.run(sql(text).bind(id.as_str())).await? > 0)
}
