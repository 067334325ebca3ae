//! How true our copy of a calendar is: when it was known, what went wrong since.

use connection::{CalendarId, Trouble};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx};

/// All of it is known as it was at the provider at that instant. No brake is on then, and a release
/// is used up.
pub async fn set_known(tx: &mut Tx, id: &CalendarId, at: Timestamp) -> Result<()> {
    let text = "UPDATE calendars SET known_at = $1, brake = NULL, braked_at = NULL, \
                brake_released = $2 WHERE id = $3";
    tx.run(sql(text).bind(at).bind(false).bind(id.as_str())).await?;
    Ok(())
}

pub async fn set_gone(tx: &mut Tx, id: &CalendarId, at: Option<Timestamp>) -> Result<()> {
    let text = "UPDATE calendars SET gone_at = $1 WHERE id = $2";
    tx.run(sql(text).bind(at).bind(id.as_str())).await?;
    Ok(())
}

/// Puts the brake on, with its sentence, or takes it off; either way a release is used up. One that
/// stays on is on since it was put on.
pub async fn set_brake(
    tx: &mut Tx,
    id: &CalendarId,
    say: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let text = "UPDATE calendars SET brake = $1, brake_released = $2, \
                braked_at = CASE WHEN $1 IS NULL THEN NULL ELSE COALESCE(braked_at, $3) END \
                WHERE id = $4";
    tx.run(sql(text).bind(say).bind(false).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// A person says that the sudden emptiness is true: the next pull that begins is believed.
pub async fn release_brake(tx: &mut Tx, id: &CalendarId) -> Result<()> {
    let text = "UPDATE calendars SET brake = NULL, braked_at = NULL, \
                brake_released = $1, generation = generation + 1 WHERE id = $2";
    tx.run(sql(text).bind(true).bind(id.as_str())).await?;
    Ok(())
}

/// The last look at it failed, or did not. One that goes on is there since it began.
pub async fn set_trouble(tx: &mut Tx, id: &CalendarId, trouble: Option<&Trouble>) -> Result<()> {
    let text = "UPDATE calendars SET trouble_code = $1, trouble_say = $2, \
                trouble_at = CASE WHEN trouble_code = $1 THEN trouble_at ELSE $3 END, \
                again_at = $4 WHERE id = $5";
    let statement = sql(text)
        .bind(trouble.map(|trouble| trouble.code.as_str()))
        .bind(trouble.map(|trouble| trouble.say.as_str()))
        .bind(trouble.map(|trouble| trouble.since))
        .bind(trouble.map(|trouble| trouble.again_at))
        .bind(id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// Events of it changed in this transaction, and the end of the pull will tell of it.
pub async fn note_untold(tx: &mut Tx, id: &CalendarId, now: Timestamp) -> Result<()> {
    let text = "UPDATE calendars SET untold_since = $1 WHERE id = $2 AND untold_since IS NULL";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// Is there something of it that was not told? It is told now.
pub async fn take_untold(tx: &mut Tx, id: &CalendarId) -> Result<bool> {
    let text = "UPDATE calendars SET untold_since = NULL \
                WHERE id = $1 AND untold_since IS NOT NULL";
    Ok(tx.run(sql(text).bind(id.as_str())).await? > 0)
}
