//! What another choice of calendars would block, held beside what the saved one does.

use calendar::{Interval, IntervalSet, Switches};
use connection::{Calendar, UserId};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
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

/// The part of a busy time that lies on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which of the busy times.
    pub nth: usize,
    /// When it begins; `None` where the day begins with it.
    pub from: Option<Time>,
    /// When it ends; `None` where it lasts until the day ends.
    pub until: Option<Time>,
}

impl Beside {
    /// What lies on that day of a zone.
    pub fn on(&self, day: Date, zone: &TimeZone) -> Vec<Part> {
        let rows = self.chosen.busy.iter().enumerate();
        rows.filter_map(|(nth, row)| part(nth, (row.start_at, row.end_at), (day, zone))).collect()
    }
}

fn part(
    nth: usize,
    (start, end): (Timestamp, Timestamp),
    (day, zone): (Date, &TimeZone),
) -> Option<Part> {
    let wall = |at: Timestamp| at.to_zoned(zone.clone()).datetime();
    let (start, end) = (wall(start), wall(end));
    let (midnight, next) = (day.at(0, 0, 0, 0), day.tomorrow().ok()?.at(0, 0, 0, 0));
    (start < next && end > midnight).then(|| Part {
        nth,
        from: (start > midnight).then(|| start.time()),
        until: (end < next).then(|| end.time()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_time_is_cut_at_the_midnights_of_whoever_looks() {
        let zone = TimeZone::get("Europe/Athens").unwrap();
        let shown = |day: &str, start: &str, end: &str| {
            let times = (start.parse().unwrap(), end.parse().unwrap());
            let part = part(0, times, (day.parse().unwrap(), &zone))?;
            let time = |time: Option<Time>| time.map_or("-".into(), |time| time.to_string());
            Some(format!("{} {}", time(part.from), time(part.until)))
        };
        let late = ("2026-11-24T21:00:00Z", "2026-11-24T23:30:00Z");
        assert_eq!(shown("2026-11-24", late.0, late.1).unwrap(), "23:00:00 -");
        assert_eq!(shown("2026-11-25", late.0, late.1).unwrap(), "- 01:30:00");
        assert_eq!(shown("2026-11-26", late.0, late.1), None);
        let day = ("2026-11-24T22:00:00Z", "2026-11-25T22:00:00Z");
        assert_eq!(shown("2026-11-24", day.0, day.1), None);
        assert_eq!(shown("2026-11-25", day.0, day.1).unwrap(), "- -");
        assert_eq!(shown("2026-11-26", day.0, day.1), None);
    }
}
