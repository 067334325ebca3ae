//! What another choice of calendars would block, held beside what the saved one does.

use calendar::{Interval, IntervalSet, Switches};
use connection::{Calendar, UserId};
use jiff::{SignedDuration, Timestamp};

use super::of_user::as_chosen;
use super::{BusyRow, UserBusy};
use crate::{Result, Tx};

/// What the other choice makes of a stretch of time. What is unknown is in none of the lengths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// As if it were saved.
    pub chosen: UserBusy,
    /// How much it blocks in all.
    pub blocked: SignedDuration,
    /// How much of that the saved one leaves open.
    pub more: SignedDuration,
    /// How much the saved one blocks, and it does not.
    pub less: SignedDuration,
}

/// When the user would be busy within `[from, until)` with those switches; nothing is saved.
pub async fn beside_saved(
    tx: &mut Tx,
    user: &UserId,
    switches: impl Fn(&Calendar) -> Switches,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Beside> {
    let saved = as_chosen(tx, user, Calendar::switches, (from, until), now).await?;
    let chosen = as_chosen(tx, user, switches, (from, until), now).await?;
    let blocks = |rows: &[BusyRow]| -> IntervalSet {
        let cut = |row: &BusyRow| Interval::new(row.start_at.max(from), row.end_at.min(until));
        rows.iter().filter_map(cut).collect()
    };
    let (was, is) = (blocks(&saved.busy), blocks(&chosen.busy));
    let length = |set: &IntervalSet| set.iter().map(Interval::length).sum();
    Ok(Beside {
        blocked: length(&is),
        more: length(&is.subtract(&was)),
        less: length(&was.subtract(&is)),
        chosen,
    })
}
