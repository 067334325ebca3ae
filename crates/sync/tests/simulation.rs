//! The simulation: from a seed, changes at the far side, faults between, deaths in the middle of
//! a pull, and time that passes. Whatever happens, "synced" must be true; and when the faults are
//! over and the story ends, copy and original agree, or the status says what a person must do.
//!
//! `cargo xtask simulate --seeds N` runs more seeds; a failing seed prints its story.
#![cfg(test)]

mod world;

use std::fmt::Write as _;

use connection::{CalendarState, ConnectionId, ConnectionState, Dice, FixedDice};
use jiff::SignedDuration;
use sandbox::{Access, CalendarKind, Failure, Often, Whom};
use sync::connect;
use world::mortal::Mortal;
use world::{PERSON, World, seeds};

/// Seeds that the ordinary test run tells.
const SEEDS: u64 = 6;
/// Chapters of one story.
const CHAPTERS: u64 = 60;

#[tokio::test]
async fn copies_agree_or_the_right_status_shows() {
    let (seeds, _) = seeds::asked(SEEDS);
    let story = |seed| async move {
        let mut story = Story::begin(seed).await;
        let told = story.tell().await;
        told.map_err(|wrong| format!("{wrong}\n\nIts story:\n{}", story.told))
    };
    seeds::tell(seeds, story).await;
}

struct Story {
    world: World,
    id: ConnectionId,
    dice: FixedDice,
    told: String,
    emptied: bool,
    revoked: bool,
    /// Was the whole first calendar ever held? From then on it may not vanish.
    was_whole: bool,
}

impl Story {
    async fn begin(seed: u64) -> Self {
        let world = World::in_memory(seed).await;
        world.sandbox.add_calendar(PERSON, "Work", CalendarKind::Events, Access::Owner).unwrap();
        for n in 0..12 {
            world.put(&format!("first{n}"), "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
        }
        let id = world.connect().await;
        let dice = FixedDice::new(seed ^ 0xDA_77);
        Self {
            world,
            id,
            dice,
            told: String::new(),
            emptied: false,
            revoked: false,
            was_whole: false,
        }
    }

    async fn tell(&mut self) -> Result<(), String> {
        for chapter in 0..CHAPTERS {
            self.chapter(chapter).await;
            self.truth().await?;
        }
        self.end().await
    }

    fn write(&mut self, what: &str) {
        writeln!(self.told, "{} {what}", self.world.now()).unwrap();
    }

    fn one_in(&self, n: u64) -> bool {
        self.dice.below(n) == 0
    }

    async fn chapter(&mut self, chapter: u64) {
        for _ in 0..self.dice.below(4) {
            self.change(chapter);
        }
        if self.one_in(4) {
            self.fault();
        }
        if self.one_in(3) {
            self.write("the faults end");
            self.world.sandbox.clear_faults();
        }
        let minutes = i64::try_from(1 + self.dice.below(40)).unwrap();
        self.world.clock.advance(SignedDuration::from_mins(minutes));
        if self.one_in(3) {
            let steps = self.dice.below(60);
            self.write(&format!("the process dies after {steps} steps"));
            Mortal { life: Box::pin(self.world.run()), steps }.await;
        } else {
            self.world.run().await;
        }
    }

    fn change(&mut self, chapter: u64) {
        let calendar = if self.one_in(2) { "home" } else { "work" };
        let name = format!("e{}", self.dice.below(15));
        let sandbox = &self.world.sandbox;
        if self.one_in(3) {
            let there = sandbox.delete_event(PERSON, calendar, &format!("{name}.ics")).is_ok();
            self.write(&format!("{calendar}/{name} is deleted ({there})"));
            return;
        }
        let lines = shape(self.dice.below(6), self.dice.below(28), chapter);
        let text = world::event(&format!("{name}-{calendar}"), &lines);
        let put = sandbox.put_event(PERSON, calendar, &format!("{name}.ics"), &text);
        self.write(&format!(
            "{calendar}/{name} becomes {} ({})",
            lines.replace('\n', " "),
            put.is_ok()
        ));
    }

    fn fault(&mut self) {
        let whom = Whom::Person(PERSON.into());
        let kind = self.dice.below(11);
        let often = Often::Times(u32::try_from(1 + self.dice.below(5)).unwrap());
        let sandbox = &self.world.sandbox;
        let failing = |status, retry_after_s| {
            sandbox.change_faults(&whom, |f| {
                f.fail = Some(Failure { status, often, retry_after_s, method: None });
            })
        };
        match kind {
            0 => failing(503, None),
            1 => failing(429, Some(90)),
            2 => failing(500, None),
            3 => sandbox.change_faults(&whom, |f| f.web_page = often),
            4 => sandbox.change_faults(&whom, |f| f.truncate = often),
            5 => sandbox.change_faults(&whom, |f| f.drop_before = often),
            6 => sandbox.change_faults(&whom, |f| f.inner_errors = often),
            7 => sandbox.change_faults(&whom, |f| f.multiget_max = Some(2)),
            8 => sandbox.expire_sync_tokens(PERSON),
            9 => {
                self.emptied = !self.emptied;
                let empty = self.emptied;
                sandbox.empty_calendar(PERSON, "home", empty).unwrap();
                sandbox.expire_sync_tokens(PERSON)
            }
            _ => sandbox.change_manners(Some(PERSON), |m| m.sync_max = Some(3)),
        }
        .unwrap();
        self.write(&format!("fault {kind}, {often:?}"));
        if self.one_in(25) && !self.revoked {
            self.revoked = true;
            self.world.sandbox.revoke_password(PERSON).unwrap();
            self.write("the password is revoked");
        }
    }

    /// What must be true at every moment: nothing is dropped because a read failed.
    async fn truth(&mut self) -> Result<(), String> {
        let status = self.world.status(&self.id).await;
        for (calendar, counts) in self.world.calendars(&self.id).await {
            let state = calendar.state(self.world.now());
            if status.state == ConnectionState::Synced && state == CalendarState::Blind {
                return Err(format!("{} is blind under a synced connection", calendar.name));
            }
            self.was_whole |= calendar.name == "Home" && counts.events - counts.pending >= 12;
            if self.was_whole && calendar.name == "Home" && counts.events == 0 {
                return Err("the brake let a whole calendar go".into());
            }
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<(), String> {
        self.write("the story ends: no more faults");
        self.world.sandbox.clear_faults();
        self.world.sandbox.empty_calendar(PERSON, "home", false).unwrap();
        if self.revoked {
            for _ in 0..8 {
                self.world.later(20).await;
            }
            let status = self.world.status(&self.id).await;
            if status.state != ConnectionState::Attention {
                return Err(format!("a revoked password shows as {:?}", status.state));
            }
            let password = self.world.sandbox.new_password(PERSON).unwrap();
            self.world.try_connect(&password).await;
        }
        for _ in 0..10 {
            self.world.later(20).await;
        }
        for (calendar, _) in self.world.calendars(&self.id).await {
            if calendar.brake.is_some() {
                self.write(&format!("{} is braked; a person says that it is true", calendar.name));
                connect::release_brake(&self.world.ctx, &calendar.id, &self.world.dana())
                    .await
                    .unwrap();
            }
        }
        for _ in 0..3 {
            self.world.later(20).await;
        }
        self.agree().await
    }

    async fn agree(&mut self) -> Result<(), String> {
        let status = self.world.status(&self.id).await;
        if status.state != ConnectionState::Synced {
            return Err(format!("in the end it is {:?}: {:?}", status.state, status.attention));
        }
        for (calendar, counts) in self.world.calendars(&self.id).await {
            let copy = self.world.copy(&calendar).await;
            let original = self.world.original(&calendar.name.to_lowercase());
            let missing: Vec<_> = original.keys().filter(|n| !copy.contains_key(*n)).collect();
            let extra: Vec<_> = copy.keys().filter(|n| !original.contains_key(*n)).collect();
            let other: Vec<_> =
                original.iter().filter(|(n, t)| copy.get(*n).is_some_and(|c| c != *t)).collect();
            if !missing.is_empty() || !extra.is_empty() || !other.is_empty() || counts.pending != 0
            {
                return Err(format!(
                    "{}: missing {missing:?}, extra {extra:?}, other {other:?}, pending {}",
                    calendar.name, counts.pending
                ));
            }
        }
        Ok(())
    }
}

/// One of a few shapes of event, somewhere in the month around.
fn shape(kind: u64, day: u64, chapter: u64) -> String {
    let date = format!("202612{:02}", day + 1);
    match kind {
        0 => format!("DTSTART;VALUE=DATE:{date}\nX-CHAPTER:{chapter}"),
        1 => format!("DTSTART:{date}T090000Z\nDTEND:{date}T093000Z\nRRULE:FREQ=WEEKLY;COUNT=5"),
        2 => format!("DTSTART;TZID=Europe/Athens:{date}T180000\nDURATION:PT45M"),
        3 => format!("DTSTART:{date}T120000Z\nDTEND:{date}T130000Z\nRRULE:FREQ=SECONDLY"),
        4 => format!("DTSTART:{date}T120000Z\nDTEND:{date}T130000Z\nTRANSP:TRANSPARENT"),
        _ => format!("DTSTART:{date}T150000Z\nDTEND:{date}T160000Z\nX-CHAPTER:{chapter}"),
    }
}
