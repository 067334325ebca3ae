//! When one user is busy, and what cannot be vouched for. A calendar that counts never simply
//! contributes nothing: where it is not known, it is blind.

use std::collections::HashMap;

use calendar::{BusyKind, Switches, busy_kind};
use connection::{Calendar, CalendarId, EventId, UserId};
use jiff::Timestamp;

use crate::calendars::{self, Held};
use crate::{Result, Tx};

/// An interval that cannot be sold, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusyRow {
    pub start_at: Timestamp,
    pub end_at: Timestamp,
    pub kind: BusyKind,
    pub calendar: CalendarId,
    pub event: EventId,
}

/// A calendar whose busy time within the stretch that was asked for cannot be vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blind {
    pub calendar: CalendarId,
    pub since: Timestamp,
    /// `never_read`, `gone`, `not_read_lately` or `beyond_horizon`.
    pub why: &'static str,
}

impl Blind {
    /// The same as a sentence goes on after the calendar's name.
    pub fn say(&self) -> &'static str {
        match self.why {
            "never_read" => "has not been read yet",
            "gone" => "is gone at the provider",
            "not_read_lately" => "has not been read lately",
            _ => "is not worked out so far ahead",
        }
    }
}

/// What the calendars that count say of one user's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserBusy {
    /// In the order of time, as long as the events are: not cut to what was asked for.
    pub busy: Vec<BusyRow>,
    pub blind: Vec<Blind>,
    /// When the calendar known for the longest was last read; `None` where one never was, or
    /// where none counts.
    pub known_at: Option<Timestamp>,
}

/// When the user is busy within `[from, until)`, as far as is known at `now`.
pub async fn of_user(
    tx: &mut Tx,
    user: &UserId,
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> Result<UserBusy> {
    as_chosen(tx, user, Calendar::switches, (from, until), now).await
}

/// The same, as if those switches were saved.
pub(super) async fn as_chosen(
    tx: &mut Tx,
    user: &UserId,
    switches: impl Fn(&Calendar) -> Switches,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<UserBusy> {
    let mut counting = calendars::held(tx, user).await?;
    counting.retain(|row| switches(&row.calendar).counts_as_busy);
    let ids: Vec<_> = counting.iter().map(|row| row.calendar.id.clone()).collect();
    let switches: HashMap<_, _> =
        counting.iter().map(|row| (&row.calendar.id, switches(&row.calendar))).collect();
    let overlapping = super::overlapping(tx, &ids, from, until).await?;
    let busy = overlapping
        .into_iter()
        .filter(|(_, _, row)| row.start_at < row.end_at)
        .filter_map(|(calendar, event, row)| {
            let kind = busy_kind(row.blocking, row.all_day, *switches.get(&calendar)?)?;
            let (start_at, end_at) = (row.start_at, row.end_at);
            Some(BusyRow { start_at, end_at, kind, calendar, event })
        })
        .collect();
    let blind = counting.iter().filter_map(|row| blind(row, (from, until), now)).collect();
    let read: Option<Vec<_>> = counting.iter().map(|row| row.calendar.known_at).collect();
    Ok(UserBusy { busy, blind, known_at: read.and_then(|read| read.into_iter().min()) })
}

fn blind(row: &Held, asked: (Timestamp, Timestamp), now: Timestamp) -> Option<Blind> {
    let calendar = &row.calendar;
    let (from, until) = asked;
    let stale = calendar.blind_since(now, row.connected_at);
    let (since, why) = if let (Some(since), None) = (stale, calendar.known_at) {
        (since, "never_read")
    } else if let Some(since) = calendar.gone_at {
        (since, "gone")
    } else if let Some(since) = stale {
        (since, "not_read_lately")
    } else if row.known_from.is_none_or(|known_from| from < known_from) {
        (from, "beyond_horizon")
    } else {
        let known_until = calendar.known_until.unwrap_or(from);
        (until > known_until).then_some((known_until, "beyond_horizon"))?
    };
    Some(Blind { calendar: calendar.id.clone(), since, why })
}
