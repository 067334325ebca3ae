//! Places in a series, and what changes there: exclusions, overrides, "this and all that follow".

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::event::Component;
use crate::moment::wall_after;
use crate::{Length, Moment};

/// Clocks jump by less than this.
pub(super) const SLACK: SignedDuration = SignedDuration::from_hours(3);

/// Places in a series, as EXDATE and RECURRENCE-ID name them: by instant, by day, by wall clock.
#[derive(Default)]
pub(super) struct Places {
    instants: Vec<Timestamp>,
    days: Vec<Date>,
    walls: Vec<DateTime>,
}

impl Places {
    pub(super) fn of(moments: &[Moment], start: &Moment, local: &TimeZone) -> Self {
        let mut places = Self::default();
        for moment in moments {
            places.add(moment, start, local);
        }
        places.sort();
        places
    }

    pub(super) fn add(&mut self, place: &Moment, start: &Moment, local: &TimeZone) {
        match (place, start) {
            (Moment::Date(date), _) => self.days.push(*date),
            (place, Moment::Date(_)) => self.days.push(place.date()),
            (Moment::Floating(wall), _) => self.walls.push(*wall),
            (Moment::Zoned(..), _) => self.instants.push(place.instant(local)),
        }
    }

    pub(super) fn sort(&mut self) {
        self.instants.sort_unstable();
        self.days.sort_unstable();
        self.walls.sort_unstable();
    }

    pub(super) fn holds(&self, moment: &Moment, instant: Timestamp) -> bool {
        self.instants.binary_search(&instant).is_ok()
            || self.days.binary_search(&moment.date()).is_ok()
            || self.walls.binary_search(&moment.wall()).is_ok()
    }
}

/// The overrides of a series: which members they take out, and what they move for all that follow.
pub(super) struct Changes<'e> {
    places: Places,
    futures: Vec<Future<'e>>,
}

pub(super) struct Future<'e> {
    from: Timestamp,
    pub(super) component: &'e Component,
    /// On whose clock the members are moved.
    like: Moment,
    shift: SignedDuration,
}

impl<'e> Future<'e> {
    fn of(component: &'e Component, id: &Moment, master: &Component, local: &TimeZone) -> Self {
        // UTC is how servers write instants down; people live by the master's zone.
        let is_utc = matches!(&component.start, Moment::Zoned(_, zone) if *zone == TimeZone::UTC);
        let like = if is_utc { master.start.clone() } else { component.start.clone() };
        let to = wall_like(&like, &component.start, local);
        let shift = to.duration_since(wall_like(&like, id, local));
        Self { from: id.instant(local), component, like, shift }
    }

    /// Where this change puts a later member.
    pub(super) fn place(&self, member: &Moment, local: &TimeZone) -> Moment {
        self.like.at(wall_after(wall_like(&self.like, member, local), self.shift))
    }
}

/// What the clock of one moment shows at another; dates and floating times show what they show.
fn wall_like(like: &Moment, moment: &Moment, local: &TimeZone) -> DateTime {
    match (like, moment) {
        (Moment::Zoned(..), Moment::Zoned(..)) => like.of(moment.instant(local), local).wall(),
        _ => moment.wall(),
    }
}

pub(super) struct Reach {
    pub(super) back: SignedDuration,
    pub(super) ahead: SignedDuration,
}

impl<'e> Changes<'e> {
    pub(super) fn of(overrides: &[&'e Component], master: &Component, local: &TimeZone) -> Self {
        let mut changes = Self { places: Places::default(), futures: Vec::new() };
        for component in overrides.iter().copied() {
            let Some(id) = &component.recurrence_id else { continue };
            changes.places.add(&id.moment, &master.start, local);
            if id.this_and_future {
                changes.futures.push(Future::of(component, &id.moment, master, local));
            }
        }
        changes.places.sort();
        changes.futures.sort_by_key(|future| future.from);
        changes
    }

    pub(super) fn replace(&self, moment: &Moment, instant: Timestamp) -> bool {
        self.places.holds(moment, instant)
    }

    pub(super) fn future(&self, instant: Timestamp) -> Option<&Future<'e>> {
        let after = self.futures.partition_point(|future| future.from <= instant);
        self.futures.get(after.checked_sub(1)?)
    }

    /// How far a member may reach from where the rule puts it.
    pub(super) fn reach(&self, length: Length) -> Reach {
        let mut reach = Reach { back: exact(length), ahead: SignedDuration::ZERO };
        for future in &self.futures {
            let shifted = future.shift.max(SignedDuration::ZERO);
            let back = shifted.saturating_add(exact(future.component.length));
            reach.back = reach.back.max(back);
            reach.ahead = reach.ahead.max(-future.shift.min(SignedDuration::ZERO));
        }
        reach
    }
}

/// At least as long as the length ever is: a day of the calendar may have more than 24 hours.
fn exact(length: Length) -> SignedDuration {
    let slack = if length.days > 0 { SLACK } else { SignedDuration::ZERO };
    days(length).saturating_add(length.exact).saturating_add(slack)
}

pub(super) fn days(length: Length) -> SignedDuration {
    SignedDuration::from_hours(length.days.saturating_mul(24).min(100_000_000))
}
