//! One calendar of a connection: may it be written to, does it count, how lately is it known.

use jiff::{SignedDuration, Timestamp};

use calendar::{Owner, Switches};

use crate::{CalendarId, Conference, ConnectionId, OwnAnswer, Principal, RemoteId};

/// What the far side lets us do with a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read and write events.
    Writer,
    /// Read events.
    Reader,
    /// See no more than busy and free.
    FreeBusy,
}

impl Access {
    /// As the API and the table spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
            Self::FreeBusy => "free_busy",
        }
    }

    /// The reverse of [`Access::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Writer, Self::Reader, Self::FreeBusy].into_iter().find(|a| a.as_str() == text)
    }
}

/// How true our copy of a calendar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarState {
    /// The first pull is not finished: nothing can be said about free time yet.
    Processing,
    /// Known, and lately.
    Synced,
    /// Known, but longer ago than twice the interval.
    Delayed,
    /// Known for too long ago, or never: unknown is not free.
    Blind,
    /// It came back empty or much smaller; the last good content stands until someone decides.
    Braked,
    /// It is no longer there at the provider.
    Gone,
}

impl CalendarState {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Synced => "synced",
            Self::Delayed => "delayed",
            Self::Blind => "blind",
            Self::Braked => "braked",
            Self::Gone => "gone",
        }
    }
}

/// Why the last look at a calendar failed. What was known before stands, still blocks, and grows
/// old; the next look that succeeds ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The code of the failure: `unintelligible`, `unavailable`, `refused`, …
    pub code: String,
    /// What happened, in a sentence for a person; says what to do where there is something to do.
    pub say: String,
    /// When it first failed so.
    pub since: Timestamp,
    /// When it is tried again.
    pub again_at: Timestamp,
}

/// One calendar collection of a connection, with the choices made for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Our name for it.
    pub id: CalendarId,
    /// The connection it belongs to.
    pub connection: ConnectionId,
    /// The far side's name for it.
    pub remote: RemoteId,
    /// What a person sees.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// What we may do there.
    pub access: Access,
    /// IANA zone of its dates and floating times; the user's zone where it says nothing.
    pub time_zone: Option<String>,
    /// Is it a conflict calendar: do its busy events close the times they cover?
    pub counts_as_busy: bool,
    /// Do all-day events block even where they are marked free?
    pub all_day_is_busy: bool,
    /// When all of it was last known to be as at the provider.
    pub known_at: Option<Timestamp>,
    /// Up to when its occurrences are expanded.
    pub known_until: Option<Timestamp>,
    /// Why the brake is on, in a sentence for a person.
    pub brake: Option<String>,
    /// Since when it is.
    pub braked_at: Option<Timestamp>,
    /// Why the last look at it failed; `None` where it did not.
    pub trouble: Option<Trouble>,
    /// Since when the provider no longer has it.
    pub gone_at: Option<Timestamp>,
    /// Since when bookings, which are written there, cannot be any more.
    pub write_lost_at: Option<Timestamp>,
    /// How often it is asked, at the least.
    pub poll_every_s: i64,
    /// How its owner's answer to an invitation is told from the other guests'.
    pub own_answer: OwnAnswer,
    /// The video meetings that an event in it can bring along.
    pub conference: Option<Conference>,
    /// Does its provider ring when it changes?
    pub push: bool,
    /// Why its provider does not ring, where it should; it is polled instead.
    pub push_trouble: Option<PushTrouble>,
}

/// Why a calendar's provider does not ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTrouble {
    /// In a sentence for a person.
    pub say: String,
    /// Since when.
    pub since: Timestamp,
}

/// What it means for bookings that a calendar which counts is gone: its busy time is unknown from
/// then on, and unknown is not free.
pub const GONE_MEANS: &str = "What was last known there still blocks. Of the rest nobody knows, \
    so nothing is offered against it until you decide.";

/// After this long without a successful pull a calendar is blind (law 1); offerings may choose
/// another length.
pub const TRUST_LAST_KNOWN_H: i64 = 24;

impl Calendar {
    /// What is chosen for it.
    pub fn switches(&self) -> Switches {
        let (counts_as_busy, all_day_is_busy) = (self.counts_as_busy, self.all_day_is_busy);
        Switches { counts_as_busy, all_day_is_busy }
    }

    /// Whose answer to an invitation decides here, seen through the connection of `principal`.
    pub fn owner(&self, principal: &Principal) -> Owner {
        match self.own_answer {
            OwnAnswer::ByAddress => Owner::new(&principal.addresses),
            OwnAnswer::Marked => Owner::nobody(),
        }
    }

    /// How true our copy is at `now`.
    pub fn state(&self, now: Timestamp) -> CalendarState {
        let Some(known_at) = self.known_at else {
            return if self.gone_at.is_some() {
                CalendarState::Gone
            } else {
                CalendarState::Processing
            };
        };
        let age_s = now.as_second().saturating_sub(known_at.as_second());
        if self.gone_at.is_some() {
            CalendarState::Gone
        } else if age_s > TRUST_LAST_KNOWN_H * 3600 {
            CalendarState::Blind
        } else if self.brake.is_some() {
            CalendarState::Braked
        } else if age_s > 2 * self.poll_every_s {
            CalendarState::Delayed
        } else {
            CalendarState::Synced
        }
    }

    /// Is it gone, and was only shown? Nothing that can be booked depends on it.
    pub fn is_left_aside(&self) -> bool {
        self.gone_at.is_some() && !self.counts_as_busy
    }

    /// Until when its busy time is vouched for, if it is not read until then. A calendar that was
    /// never read never was, and one that is gone not since it is.
    pub fn vouched_until(&self, connected_at: Timestamp) -> Timestamp {
        let Some(known_at) = self.known_at else { return connected_at };
        let trusted = SignedDuration::from_hours(TRUST_LAST_KNOWN_H);
        let until = known_at.checked_add(trusted).unwrap_or(Timestamp::MAX);
        self.gone_at.map_or(until, |gone_at| gone_at.min(until))
    }

    /// Since when its busy time cannot be vouched for; `None` while it can. A calendar that was
    /// never read is blind since `connected_at`.
    pub fn blind_since(&self, now: Timestamp, connected_at: Timestamp) -> Option<Timestamp> {
        let Some(known_at) = self.known_at else { return Some(connected_at) };
        let trusted_s = TRUST_LAST_KNOWN_H * 3600;
        (now.as_second().saturating_sub(known_at.as_second()) > trusted_s).then_some(known_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FixedDice;

    fn calendar(known_at: Option<Timestamp>) -> Calendar {
        let dice = FixedDice::new(3);
        Calendar {
            id: CalendarId::new(Timestamp::UNIX_EPOCH, &dice),
            connection: ConnectionId::new(Timestamp::UNIX_EPOCH, &dice),
            remote: RemoteId::new("/c/"),
            name: "Home".into(),
            color: "#1a66d6".into(),
            access: Access::Writer,
            time_zone: None,
            counts_as_busy: true,
            all_day_is_busy: false,
            known_at,
            known_until: None,
            brake: None,
            braked_at: None,
            trouble: None,
            gone_at: None,
            write_lost_at: None,
            poll_every_s: 300,
            own_answer: OwnAnswer::ByAddress,
            conference: None,
            push: false,
            push_trouble: None,
        }
    }

    #[test]
    fn a_calendar_ages_from_synced_over_delayed_to_blind() {
        let read_at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let calendar = calendar(Some(read_at));
        let at = |minutes: i64| calendar.state(read_at + SignedDuration::from_mins(minutes));
        assert_eq!(at(10), CalendarState::Synced);
        assert_eq!(at(11), CalendarState::Delayed);
        assert_eq!(at(24 * 60), CalendarState::Delayed);
        assert_eq!(at(24 * 60 + 1), CalendarState::Blind);
    }

    #[test]
    fn a_calendar_that_was_never_read_is_blind_since_it_was_connected() {
        let connected_at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let calendar = calendar(None);
        assert_eq!(calendar.state(connected_at), CalendarState::Processing);
        assert_eq!(calendar.blind_since(connected_at, connected_at), Some(connected_at));
    }
}
