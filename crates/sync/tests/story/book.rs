//! One calendar of an account: what its owner has planned in it and when, and whether the account
//! may see it.

use std::collections::BTreeMap;

use connection::{Dice, FixedDice};

use crate::far::{Far, Place};
use crate::plan::{DAY, HOUR, History, Plan, Series, Stretch};
use crate::world::World;

/// Events that stay while others come and go, so that what is deleted is never nearly all.
const STAYING: u64 = 4;
/// Events that a calendar has at most.
const EVENTS_MAX: usize = 24;

/// One event: what it is called at the far side, as long as it is there.
struct Entry {
    name: Option<String>,
    plan: Plan,
    history: History,
}

/// A calendar.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, in any mixture")]
pub(crate) struct Book {
    place: Place,
    /// Whose it is.
    pub(crate) keeper: String,
    /// What it is called there.
    pub(crate) name: &'static str,
    /// Somebody else keeps it, and lets the account in.
    pub(crate) is_shared: bool,
    /// Nearly everything was deleted at once: to doubt that is right.
    pub(crate) is_cleared: bool,
    /// Is it checked, or only shown?
    pub(crate) counts: bool,
    /// Since when the account cannot see it.
    pub(crate) away_since: Option<i64>,
    /// May the account only read it?
    pub(crate) is_lowered: bool,
    /// When it last went or came back, or what may be done in it changed.
    pub(crate) moved_at: i64,
    /// What was known of it when nothing more could be read.
    pub(crate) last_good: Option<LastGood>,
    events: BTreeMap<u64, Entry>,
    next: u64,
}

/// What a copy held when nothing more could be read.
pub(crate) struct LastGood {
    pub(crate) known_at: Option<i64>,
    pub(crate) busy: BTreeMap<Stretch, usize>,
}

/// What has to be in a copy, and what may.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) must: BTreeMap<Stretch, usize>,
    pub(crate) may: BTreeMap<Stretch, usize>,
}

impl Book {
    /// A calendar that is there, with a few events.
    pub(crate) fn open(
        (world, dice): (&World, &FixedDice),
        place: Place,
        (keeper, name): (&str, &'static str),
    ) -> Self {
        let mut book = Self {
            place,
            keeper: keeper.to_owned(),
            name,
            is_shared: name == crate::SHARED,
            is_cleared: false,
            counts: true,
            away_since: None,
            is_lowered: false,
            moved_at: i64::MIN,
            last_good: None,
            events: BTreeMap::new(),
            next: 0,
        };
        for _ in 0..STAYING + dice.below(5) {
            book.add(world, dice);
        }
        book
    }

    fn far<'a>(&'a self, world: &'a World) -> Far<'a> {
        let (email, calendar) = (self.keeper.as_str(), self.name);
        Far { sandbox: &world.sandbox, place: self.place, email, calendar }
    }

    /// Something happens in this calendar; says what.
    pub(crate) fn change(&mut self, world: &World, dice: &FixedDice) -> String {
        let there = self.events.iter().filter(|(_, it)| it.name.is_some()).map(|(key, _)| *key);
        let there: Vec<u64> = there.collect();
        let picked = usize::try_from(dice.below(there.len() as u64)).unwrap();
        let Some(key) = there.get(picked).copied() else { return self.add(world, dice) };
        let unseen = self.events.len() - there.len();
        let may_go = key >= STAYING && 2 * unseen < there.len();
        match dice.below(8) {
            0..=2 if there.len() < EVENTS_MAX => self.add(world, dice),
            0..=4 if may_go => self.delete(world, key),
            _ if self.events.get_mut(&key).unwrap().plan.series().is_some() => {
                self.change_series(world, dice, key)
            }
            _ => self.rewrite(world, dice, key),
        }
    }

    fn add(&mut self, world: &World, dice: &FixedDice) -> String {
        let key = self.next;
        self.next += 1;
        let plan = if dice.below(3) == 0 { some_series(world, dice) } else { single(world, dice) };
        let name = self.far(world).put(None, &plan, key);
        let entry = Entry { name: Some(name), plan, history: History::default() };
        self.events.insert(key, entry);
        self.note(world, key)
    }

    fn rewrite(&mut self, world: &World, dice: &FixedDice, key: u64) -> String {
        let plan = single(world, dice);
        let name = self.events[&key].name.clone();
        self.far(world).put(name.as_deref(), &plan, key);
        self.events.get_mut(&key).unwrap().plan = plan;
        self.note(world, key)
    }

    fn delete(&mut self, world: &World, key: u64) -> String {
        let name = self.events.get_mut(&key).unwrap().name.take().unwrap();
        self.far(world).delete(&name);
        self.note(world, key)
    }

    /// Everything is deleted.
    pub(crate) fn clear(&mut self, world: &World) {
        let there = self.events.iter().filter(|(_, it)| it.name.is_some()).map(|(key, _)| *key);
        for key in there.collect::<Vec<_>>() {
            self.delete(world, key);
        }
        self.is_cleared = true;
    }

    /// One of a series is moved, or cancelled.
    fn change_series(&mut self, world: &World, dice: &FixedDice, key: u64) -> String {
        let entry = self.events.get_mut(&key).unwrap();
        let series = entry.plan.series().unwrap();
        let nth = i64::try_from(dice.below(series.count.min(15).unsigned_abs())).unwrap();
        if series.cancelled.contains(&nth) {
            return format!("{}/{} #{key}: nothing happens", self.keeper, self.name);
        }
        if dice.below(3) == 0 {
            series.cancelled.insert(nth);
        } else {
            let by = HOUR * i64::try_from(1 + dice.below(6)).unwrap();
            let (start, end) = series.original(nth);
            series.moved.insert(nth, (start + by, end + by));
        }
        let entry = &self.events[&key];
        self.far(world).put_instance(entry.name.as_deref().unwrap(), &entry.plan, nth);
        self.note(world, key)
    }

    /// Takes down when an event keeps its owner busy from now on.
    fn note(&mut self, world: &World, key: u64) -> String {
        let ahead_s = self.place.ahead_s();
        let entry = self.events.get_mut(&key).unwrap();
        let there = entry.name.is_some();
        let busy = if there { entry.plan.busy(ahead_s) } else { Vec::new() };
        entry.history.becomes(world.now().as_second(), busy);
        let what = if there { format!("is {:?}", entry.plan) } else { "is deleted".into() };
        format!("{}/{} #{key} {what}", self.keeper, self.name)
    }

    /// What follows for a copy that is said to be whole as of `seen`.
    pub(crate) fn truth(&mut self, seen: i64, within: Stretch) -> Truth {
        let mut truth = Truth::default();
        let inside = |it: &Stretch| it.1 > within.0 && it.0 < within.1;
        for entry in self.events.values() {
            let (must, may) = entry.history.since(seen);
            for when in must.into_iter().filter(inside) {
                *truth.must.entry(when).or_default() += 1;
            }
            for when in may.into_iter().filter(inside) {
                *truth.may.entry(when).or_default() += 1;
            }
        }
        // What went before then is of no interest any more.
        self.events.retain(|_, it| it.name.is_some() || it.history.last_changed() > seen);
        truth
    }
}

fn days(of: u64) -> i64 {
    i64::try_from(of).unwrap() * DAY
}

/// Some hours of a day that lies mostly in the next weeks, now and then beyond what is looked at.
fn hours(world: &World, dice: &FixedDice, ahead: u64, times: std::ops::Range<u64>) -> Stretch {
    let today = world.now().as_second() / DAY * DAY;
    let hour = i64::try_from(times.start + dice.below(times.end - times.start)).unwrap();
    let start = today + days(ahead) + hour * HOUR;
    (start, start + 900 * i64::try_from(1 + dice.below(8)).unwrap())
}

fn single(world: &World, dice: &FixedDice) -> Plan {
    let ahead = if dice.below(8) == 0 { 385 + dice.below(50) } else { dice.below(30) };
    let when = hours(world, dice, ahead, 5..22);
    match dice.below(6) {
        0 => {
            let day = when.0 / DAY;
            Plan::Days(day, day + 1 + i64::try_from(dice.below(3)).unwrap())
        }
        1 => Plan::Free(when),
        _ => Plan::Once(when),
    }
}

fn some_series(world: &World, dice: &FixedDice) -> Plan {
    let is_long = dice.below(8) == 0;
    let every_d = if is_long || dice.below(2) == 0 { 7 } else { 1 };
    let count = 3 + dice.below(if every_d == 7 { 4 } else { 15 });
    Plan::Series(Series {
        first: hours(world, dice, dice.below(20), 5..12),
        every_d,
        count: if is_long { 80 } else { i64::try_from(count).unwrap() },
        // The clock of Athens is changed while a long one lasts.
        in_athens: !is_long && dice.below(2) == 0,
        moved: BTreeMap::new(),
        cancelled: std::collections::BTreeSet::new(),
    })
}
