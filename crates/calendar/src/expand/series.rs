//! The members of a series: what its rules and dates make, less what is excluded, with what is
//! changed put in place (RFC 5545 §3.8.5, §3.8.4.4).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::changes::{Changes, Places, SLACK, days};
use super::{Horizon, Occurrence};
use crate::event::{Component, Event, RecurrenceId};
use crate::ical::value::When;
use crate::moment::{instant_of, wall_after};
use crate::recurrence::{Rule, Walk};
use crate::{Length, Moment};

/// Puts all occurrences into `found`; true where a limit cut the series short.
pub(super) fn occurrences<'e>(
    event: &'e Event,
    horizon: Horizon,
    local: &TimeZone,
    found: &mut Vec<Occurrence<'e>>,
) -> bool {
    let mut was_cut = false;
    let overrides = overrides(event, local);
    if let Some(master) = &event.master {
        let changes = Changes::of(&overrides, master, local);
        let mut series = Series { master, horizon, local, changes, was_cut: false };
        series.collect(found);
        was_cut = series.was_cut;
    }
    for component in overrides {
        let place = component.recurrence_id.as_ref().map(|id| id.moment.clone());
        let start = (component.start.clone(), component.start.instant(local));
        let found_one = occurrence(component, start, component.length, local);
        if horizon.meets(found_one.start, found_one.end) {
            found.push(Occurrence { recurrence_id: place, ..found_one });
        }
    }
    was_cut
}

/// May anything of the event start at or after `until`? A rule that is counted is not followed
/// to its end to find out.
pub(super) fn goes_on(event: &Event, until: Timestamp, local: &TimeZone) -> bool {
    let after = |moment: &Moment| moment.instant(local) >= until;
    let rule_goes_on = |master: &Component, rule: &Rule| {
        let zone = master.start.zone(local);
        let (last, instant) = last_of(rule, &master.start, zone);
        instant.unwrap_or_else(|| instant_of(last, zone)) >= until
    };
    let master_goes_on = event.master.as_ref().is_some_and(|master| {
        after(&master.start)
            || master.recurrence.extra.iter().any(|(moment, _)| after(moment))
            || master.recurrence.rules.iter().any(|rule| rule_goes_on(master, rule))
    });
    let moves_all = |id: &RecurrenceId| id.this_and_future;
    let may_go_on = |component: &Component| {
        after(&component.start) || component.recurrence_id.as_ref().is_some_and(moves_all)
    };
    master_goes_on || event.overrides.iter().any(may_go_on)
}

/// The overrides that still change something: not those whose place a newer master has given up,
/// by excluding it or by ending before it.
fn overrides<'e>(event: &'e Event, local: &TimeZone) -> Vec<&'e Component> {
    let Some(master) = &event.master else { return event.overrides.iter().collect() };
    let recurrence = &master.recurrence;
    let excluded = Places::of(&recurrence.excluded, &master.start, local);
    let zone = master.start.zone(local);
    let ends: Vec<_> = recurrence.rules.iter().map(|r| last_of(r, &master.start, zone)).collect();
    let is_given_up = |place: &Moment| {
        let instant = place.instant(local);
        let wall = master.start.of(instant, local).wall();
        let is_over = |(last, at): &(DateTime, Option<Timestamp>)| {
            wall > *last || at.is_some_and(|last| instant > last)
        };
        excluded.holds(place, instant) || (!ends.is_empty() && ends.iter().all(is_over))
    };
    let stands = |component: &&Component| {
        let place = component.recurrence_id.as_ref().map(|id| &id.moment);
        master.sequence <= component.sequence || place.is_none_or(|place| !is_given_up(place))
    };
    event.overrides.iter().filter(stands).collect()
}

fn occurrence<'e>(
    component: &'e Component,
    (start_moment, start): (Moment, Timestamp),
    length: Length,
    local: &TimeZone,
) -> Occurrence<'e> {
    let (end, end_moment) = end(&start_moment, start, length, local);
    Occurrence {
        component,
        start,
        end,
        start_moment,
        end_moment,
        all_day: component.all_day,
        recurrence_id: None,
    }
}

/// Days of the calendar first, then exact time; an end never comes before its start.
fn end(
    start_moment: &Moment,
    start: Timestamp,
    length: Length,
    local: &TimeZone,
) -> (Timestamp, Moment) {
    let wall = wall_after(start_moment.wall(), days(length));
    if length.exact.is_zero() && length.days > 0 {
        let end_moment = start_moment.at(wall);
        return (end_moment.instant(local).max(start), end_moment);
    }
    let after_days =
        if length.days == 0 { start } else { instant_of(wall, start_moment.zone(local)) };
    let end = after_days.saturating_add(length.exact).unwrap_or(Timestamp::MAX).max(start);
    (end, start_moment.of(end, local))
}

/// One member of a series before its changes.
struct Member {
    instant: Timestamp,
    moment: Moment,
    length: Option<Length>,
}

struct Series<'a, 'e> {
    master: &'e Component,
    horizon: Horizon,
    local: &'a TimeZone,
    changes: Changes<'e>,
    was_cut: bool,
}

impl<'e> Series<'_, 'e> {
    fn collect(&mut self, found: &mut Vec<Occurrence<'e>>) {
        for member in self.members() {
            if self.changes.replace(&member.moment, member.instant) {
                continue;
            }
            let place = (!self.master.recurrence.is_empty()).then(|| member.moment.clone());
            let occurrence = self.placed(member);
            if self.horizon.meets(occurrence.start, occurrence.end) {
                found.push(Occurrence { recurrence_id: place, ..occurrence });
            }
        }
    }

    /// A member where it is after the last change of "this and all that follow" before it.
    fn placed(&self, member: Member) -> Occurrence<'e> {
        match self.changes.future(member.instant) {
            None => {
                let length = member.length.unwrap_or(self.master.length);
                occurrence(self.master, (member.moment, member.instant), length, self.local)
            }
            Some(change) => {
                let start = change.place(&member.moment, self.local);
                let start = (start.clone(), start.instant(self.local));
                occurrence(change.component, start, change.component.length, self.local)
            }
        }
    }

    /// DTSTART, what the rules make, and the extra dates; each instant once, less the excluded.
    fn members(&mut self) -> Vec<Member> {
        let start = &self.master.start;
        let mut members = vec![self.member(start.clone(), None)];
        for rule in &self.master.recurrence.rules {
            let walls = self.walk(rule);
            members.extend(walls.into_iter().map(|(wall, instant)| Member {
                instant,
                moment: start.at(wall),
                length: None,
            }));
        }
        let extra = &self.master.recurrence.extra;
        members.extend(extra.iter().map(|(moment, length)| self.member(moment.clone(), *length)));
        let excluded = self.excluded();
        members.retain(|member| !excluded.holds(&member.moment, member.instant));
        members.sort_by_key(|member| member.instant);
        // Where an RDATE is a member already, the one with a length of its own says more.
        members.dedup_by(|later, kept| {
            let same = later.instant == kept.instant;
            if same && later.length.is_some() {
                kept.length = later.length;
            }
            same
        });
        members
    }

    fn member(&self, moment: Moment, length: Option<Length>) -> Member {
        Member { instant: moment.instant(self.local), moment, length }
    }

    fn excluded(&mut self) -> Places {
        let recurrence = &self.master.recurrence;
        let mut excluded = Places::of(&recurrence.excluded, &self.master.start, self.local);
        for rule in &recurrence.excluded_rules {
            for (wall, _) in self.walk(rule) {
                excluded.add(&self.master.start.at(wall), &self.master.start, self.local);
            }
        }
        excluded.sort();
        excluded
    }

    /// What a rule makes near the horizon, on the wall clock of the event's zone.
    fn walk(&mut self, rule: &Rule) -> Vec<(DateTime, Timestamp)> {
        let start = self.master.start.wall();
        let zone = self.master.start.zone(self.local).clone();
        let (earliest, from, until) = self.window(&zone);
        let (last, last_instant) = last_of(rule, &self.master.start, &zone);
        let limits = self.horizon.limits;
        let mut walk = Walk::new(rule, start, from, until.min(last), limits.steps_max);
        let mut walls = Vec::new();
        for wall in walk.by_ref() {
            let instant = instant_of(wall, &zone);
            if last_instant.is_some_and(|last| instant > last)
                || walls.len() > limits.occurrences_max
            {
                break;
            }
            if instant >= earliest {
                walls.push((wall, instant));
            }
        }
        self.was_cut |= walk.was_cut_short() || walls.len() > limits.occurrences_max;
        walls
    }

    /// Where a member must start to matter in the horizon: its first instant, and the stretch of
    /// the wall clock that holds it.
    fn window(&self, zone: &TimeZone) -> (Timestamp, DateTime, DateTime) {
        let reach = self.changes.reach(self.master.length);
        let earliest = self.horizon.from.saturating_sub(reach.back).unwrap_or(Timestamp::MIN);
        let latest = self.horizon.until.saturating_add(reach.ahead).unwrap_or(Timestamp::MAX);
        let wall = |instant| zone.to_datetime(instant);
        (earliest, wall(earliest).saturating_sub(SLACK), wall_after(wall(latest), SLACK))
    }
}

/// Where UNTIL ends a rule: on the wall clock, and as an instant where it is one.
fn last_of(rule: &Rule, start: &Moment, zone: &TimeZone) -> (DateTime, Option<Timestamp>) {
    match rule.until {
        None => (DateTime::MAX, None),
        Some(When::Date(date)) => (date.at(23, 59, 59, 0), None),
        Some(When::Utc(wall)) if matches!(start, Moment::Zoned(..)) => {
            let instant = instant_of(wall, &TimeZone::UTC);
            (wall_after(zone.to_datetime(instant), SLACK), Some(instant))
        }
        // A date or a floating time has no instant: what UNTIL shows is compared with it.
        Some(When::Utc(wall) | When::Local(wall)) => (wall, None),
    }
}
