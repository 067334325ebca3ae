//! An account: what its owner has planned and when, and how it is connected here.

use std::collections::BTreeMap;

use connection::{ConnectionId, Dice, FixedDice};
use sync::connect::{self, Outcome};

use crate::far::{Far, Place};
use crate::plan::{DAY, HOUR, History, Plan, Series, Stretch};
use crate::world::World;

/// Events that stay while others come and go, so that what is deleted is never nearly all.
const STAYING: u64 = 4;
/// Events that an account has at most.
const EVENTS_MAX: usize = 24;

/// One event: what it is called at the far side, as long as it is there.
struct Entry {
    name: Option<String>,
    plan: Plan,
    history: History,
}

pub(crate) struct Account {
    pub(crate) place: Place,
    pub(crate) email: String,
    pub(crate) id: ConnectionId,
    /// What it asks a person for, as a code.
    pub(crate) asks: Option<String>,
    /// Access was taken back, or lost with an answer: to ask for a person is right.
    pub(crate) is_shut_out: bool,
    /// Nearly everything was deleted at once: to doubt that is right.
    pub(crate) is_cleared: bool,
    password: String,
    events: BTreeMap<u64, Entry>,
    next: u64,
}

/// What has to be in a copy, and what may.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) must: BTreeMap<Stretch, usize>,
    pub(crate) may: BTreeMap<Stretch, usize>,
}

impl Account {
    /// Moves in at a far side with a few events, and connects.
    pub(crate) async fn connect(
        world: &World,
        dice: &FixedDice,
        place: Place,
        email: &str,
        password: &str,
    ) -> Self {
        let now = world.now();
        let mut account = Self {
            place,
            email: email.to_owned(),
            id: ConnectionId::new(now, dice),
            asks: None,
            is_shut_out: false,
            is_cleared: false,
            password: password.to_owned(),
            events: BTreeMap::new(),
            next: 0,
        };
        for _ in 0..STAYING + dice.below(5) {
            account.add(world, dice);
        }
        account.id = match account.sign_in(world).await {
            Outcome::Connected(id) => id,
            other => panic!("{email} could not be connected: {other:?}"),
        };
        account
    }

    /// Signs in, for the first time or again.
    pub(crate) async fn sign_in(&self, world: &World) -> Outcome {
        match self.place {
            Place::CalDav => {
                let request = world.request_of(&self.email, &self.password);
                connect::connect(&world.ctx, request).await.unwrap()
            }
            place => world.sign_in_at(place.integration(), &self.email).await,
        }
    }

    /// Its owner takes back what was allowed.
    pub(crate) fn revoke(&mut self, world: &World) {
        match self.place {
            Place::Google => world.sandbox.google().revoke(&self.email).unwrap(),
            Place::Outlook => world.sandbox.microsoft().revoke(&self.email).unwrap(),
            Place::CalDav => {
                world.sandbox.revoke_password(&self.email).unwrap();
                self.password = world.sandbox.new_password(&self.email).unwrap();
            }
        }
        self.is_shut_out = true;
    }

    fn far<'a>(&'a self, world: &'a World) -> Far<'a> {
        Far { sandbox: &world.sandbox, place: self.place, email: &self.email }
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
            return format!("{} #{key}: nothing happens", self.email);
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
        format!("{} #{key} {what}", self.email)
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
