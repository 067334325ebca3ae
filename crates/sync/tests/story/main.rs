//! The story of all adapters together: from a seed, three accounts each of Google, Outlook and
//! CalDAV for thirty days, with changes at the far sides, rings that are lost or come twice,
//! tokens that rotate, faults between, and deaths in the middle of a pull. Access is taken back or
//! runs out, calendars are deleted or no longer shared, and people mend it when they come by. The
//! story remembers when everyone is busy, in plain numbers; whatever happens, a copy never says
//! less than was known, what is told is what is so, and when the faults are over it says the same.
//!
//! `cargo xtask simulate --seeds N` tells more seeds; a failing seed prints its story.
#![cfg(test)]

mod account;
mod book;
mod breaks;
mod far;
mod faults;
mod plan;
mod told;
mod truth;
mod wait;
#[path = "../world/mod.rs"]
mod world;

use std::fmt::Write as _;

use connection::{CalendarId, Dice, FixedDice};
use jiff::SignedDuration;
use sandbox::{Access, AccountKind, CalendarKind};
use store::people::{self, CalendarSettings};
use sync::connect;
use sync::watch::{self, Rung};

use account::Account;
use book::Book;
use far::Place;
use faults::Luck;
use wait::Moments;
use world::World;
use world::mortal::Mortal;
use world::seeds;

/// Seeds that the ordinary test run tells, as short stories.
const SEEDS: u64 = 2;

/// What a calendar is called that somebody else keeps.
const SHARED: &str = "Team";

/// How long a story is.
#[derive(Clone, Copy)]
struct Size {
    /// Accounts at each far side.
    accounts: usize,
    days: i64,
}

const SHORT: Size = Size { accounts: 1, days: 10 };
const WHOLE: Size = Size { accounts: 3, days: 30 };

#[tokio::test]
async fn everyone_is_busy_when_they_are_or_the_right_status_shows() {
    let (seeds, is_asked) = seeds::asked(SEEDS);
    let size = if is_asked { WHOLE } else { SHORT };
    let story = move |seed| async move {
        let mut story = Story::begin(seed, size).await;
        let Err(wrong) = story.tell().await else { return Ok(()) };
        let told = story.all_told().await;
        Err(format!("{wrong}\n\nIts story:\n{}\nWhat was told:\n{told}", story.told))
    };
    seeds::tell(seeds, story).await;
}

struct Story {
    world: World,
    accounts: Vec<Account>,
    dice: FixedDice,
    told: String,
    size: Size,
    moments: Moments,
    /// The calendar that bookings are written to.
    linked: Option<CalendarId>,
}

impl Story {
    async fn begin(seed: u64, size: Size) -> Self {
        let world = World::in_memory(seed).await;
        let dice = FixedDice::new(seed ^ 0xA11);
        faults::manners(&world, &Luck(&dice));
        let mut accounts = Vec::new();
        for nth in 0..size.accounts {
            for place in [Place::Google, Place::Outlook, Place::CalDav] {
                accounts.push(move_in(&world, &dice, place, nth).await);
            }
        }
        sync::begin_housekeeping(&world.ctx).await.unwrap();
        let (told, moments) = (String::new(), Moments::default());
        let mut story = Self { world, accounts, dice, told, size, moments, linked: None };
        story.link().await;
        story
    }

    /// Bookings are written to a calendar that somebody else keeps.
    async fn link(&mut self) {
        let at = usize::try_from(self.dice.below(3)).unwrap();
        let calendars = self.world.calendars(&self.accounts[at].id).await;
        let shared = calendars.into_iter().find(|(calendar, _)| calendar.name.starts_with(SHARED));
        self.linked = shared.map(|(calendar, _)| calendar.id);
        let linked_calendar = self.linked.clone();
        let settings = CalendarSettings { linked_calendar, ..CalendarSettings::default() };
        let mut tx = self.world.ctx.db.begin().await.unwrap();
        people::set_settings(&mut tx, &self.world.user, &settings).await.unwrap();
        tx.commit().await.unwrap();
        // Where bookings are written is always checked, too.
        let account = &mut self.accounts[at];
        for (calendar, busy, _) in &mut account.chosen {
            *busy |= self.linked.as_ref() == Some(calendar);
        }
        if self.linked.is_some() {
            account.book(SHARED).counts = true;
        }
    }

    async fn tell(&mut self) -> Result<(), String> {
        let ends_at = self.world.now() + SignedDuration::from_hours(24 * self.size.days);
        while self.world.now() < ends_at {
            self.chapter().await?;
        }
        self.end().await
    }

    fn write(&mut self, what: &str) {
        writeln!(self.told, "{} {what}", self.world.now()).unwrap();
    }

    fn one_in(&self, n: u64) -> bool {
        self.dice.below(n) == 0
    }

    fn some_account(&self) -> usize {
        usize::try_from(self.dice.below(self.accounts.len() as u64)).unwrap()
    }

    async fn chapter(&mut self) -> Result<(), String> {
        // What changes now was not seen by what ran now.
        self.world.clock.advance(SignedDuration::from_secs(1));
        for _ in 0..self.dice.below(14) {
            let at = self.some_account();
            let what = self.accounts[at].change(&self.world, &self.dice);
            self.write(&what);
        }
        if self.one_in(3) {
            self.write("the faults end");
            self.clear_faults();
        }
        for _ in 0..self.dice.below(5) {
            let at = self.some_account();
            let what = faults::strike(&self.world, &mut self.accounts[at], &Luck(&self.dice));
            self.write(&what);
        }
        if self.one_in(30) {
            let at = self.some_account();
            self.accounts[at].books[0].clear(&self.world);
            self.write(&format!("{} is cleared", self.accounts[at].email));
        }
        if self.one_in(2) {
            let at = self.some_account();
            let what = breaks::strike(&self.world, &mut self.accounts[at], &Luck(&self.dice));
            self.write(&what);
        }
        self.persons().await;
        if self.one_in(3) {
            // What rings at once is pulled at once.
            self.leg(0).await?;
        }
        self.leg(self.length_min()).await
    }

    /// How long a chapter is: minutes, hours, or up to two days, in which nobody looked.
    fn length_min(&self) -> u64 {
        match self.dice.below(7) {
            0 => 1 + self.dice.below(40),
            1 => 30 + self.dice.below(400),
            _ => 1_440 + self.dice.below(1_440),
        }
    }

    /// Time passes, rings come, and what is due is done, or begun by a process that dies.
    async fn leg(&mut self, minutes: u64) -> Result<(), String> {
        self.world.clock.advance(SignedDuration::from_mins(i64::try_from(minutes).unwrap()));
        self.carry().await?;
        let dies = self.one_in(4);
        if dies {
            let steps = self.dice.below(400);
            self.write(&format!("the process dies after {steps} steps"));
            Mortal { life: Box::pin(self.world.run()), steps }.await;
        } else {
            self.world.run().await;
        }
        let moment = self.moments.next(self.world.now(), dies);
        self.truth(moment).await
    }

    fn clear_faults(&mut self) {
        self.world.sandbox.clear_faults();
        for account in &mut self.accounts {
            account.is_struck = false;
        }
    }

    /// Carries rings: some are not answered, and before some comes one that is made up.
    async fn carry(&mut self) -> Result<(), String> {
        while let Some(ring) = self.world.sandbox.take_ring() {
            if self.one_in(8) {
                self.world.sandbox.ring_answered(ring, None);
                continue;
            }
            if let (true, Ok(channel)) = (self.one_in(8), ring.channel.parse()) {
                let forged = watch::ring(&self.world.ctx, &channel, "made up", true).await;
                if forged.unwrap() != Rung::Unknown {
                    return Err("a made-up ring was heard".into());
                }
            }
            let heard = self.world.hear(&ring).await;
            let status = if heard.contains(&Rung::Heard) { 202 } else { 404 };
            self.world.sandbox.ring_answered(ring, Some(status));
        }
        Ok(())
    }

    /// People who are asked for come now and then, and do what they are asked for; others sign in
    /// again for no reason, or only look.
    async fn persons(&mut self) {
        for at in 0..self.accounts.len() {
            if self.accounts[at].asks.is_some() && self.one_in(3) {
                self.mend(at).await;
            } else if self.one_in(80) {
                let is_in = self.accounts[at].repair(&self.world).await;
                self.write(&format!("{} signs in again ({is_in})", self.accounts[at].email));
            }
        }
        if self.one_in(4) {
            self.write("somebody opens the page");
            let mut tx = self.world.ctx.db.read().await.unwrap();
            let all = store::connections::of_user(&mut tx, &self.world.user).await.unwrap();
            drop(tx);
            connect::probe(&self.world.ctx, &all).await.unwrap();
        }
    }

    async fn mend(&mut self, at: usize) {
        let account = &mut self.accounts[at];
        let Some(reason) = account.asks.take() else { return };
        writeln!(self.told, "{}: a person mends {reason}", account.email).unwrap();
        match reason.as_str() {
            "brake" => {
                for (calendar, _) in self.world.calendars(&account.id).await {
                    connect::release_brake(&self.world.ctx, &calendar.id, &self.world.dana())
                        .await
                        .unwrap();
                }
            }
            "calendar_gone" | "read_only" => give_all_back(&self.world, account),
            _ => drop(account.repair(&self.world).await),
        }
    }

    async fn end(&mut self) -> Result<(), String> {
        self.write("the story ends: no more faults");
        self.clear_faults();
        for account in &mut self.accounts {
            give_all_back(&self.world, account);
        }
        for round in 0..3 {
            for _ in 0..2 {
                self.leg_of_the_end().await?;
            }
            for at in 0..self.accounts.len() {
                if round < 2 {
                    self.mend(at).await;
                }
                if round == 1 && self.accounts[at].dead_from.is_some() {
                    // Nobody waits until what ran out is noticed.
                    self.accounts[at].repair(&self.world).await;
                }
            }
        }
        // Whatever is looked at once a day has been looked at.
        self.world.clock.advance(SignedDuration::from_hours(25));
        for _ in 0..2 {
            self.leg_of_the_end().await?;
        }
        let moment = self.moments.next(self.world.now(), false);
        self.agree(moment).await?;
        self.messages_are_right().await
    }

    async fn leg_of_the_end(&mut self) -> Result<(), String> {
        self.world.clock.advance(SignedDuration::from_mins(21));
        self.carry().await?;
        self.world.run().await;
        let moment = self.moments.next(self.world.now(), false);
        self.truth(moment).await
    }
}

/// Whatever an account could see, it can see and change again.
fn give_all_back(world: &World, account: &mut Account) {
    for book in &mut account.books {
        breaks::give_back(world, (account.place, &account.email), book);
    }
    account.wait.begin(world.now());
}

async fn move_in(world: &World, dice: &FixedDice, place: Place, nth: usize) -> Account {
    let email = match place {
        Place::Google => format!("g{nth}@gmail.example"),
        Place::Outlook => format!("o{nth}@outlook.example"),
        Place::CalDav => format!("c{nth}@icloud.example"),
    };
    let password =
        ["abcd-efgh-ijkl-mnop", "bcde-efgh-ijkl-mnop", "cdef-efgh-ijkl-mnop"][nth].to_owned();
    match place {
        Place::Google => world.google_person(&email),
        Place::Outlook if nth == 0 => world.outlook_person(&email, AccountKind::Personal),
        Place::Outlook => world.outlook_person(&email, AccountKind::Work),
        Place::CalDav => {
            world.sandbox.add_person(&email, &password);
            let preset = faults::preset(&Luck(dice));
            world.sandbox.set_preset(Some(&email), preset).unwrap();
            let (kind, access) = (CalendarKind::Events, Access::Owner);
            world.sandbox.add_calendar(&email, "Home", kind, access).unwrap();
        }
    }
    let own = ["primary", "default", "home"][place as usize];
    let mut books = vec![Book::open((world, dice), place, (&email, own))];
    if nth == 0 {
        let keeper = keep_shared(world, place, &email);
        books.push(Book::open((world, dice), place, (&keeper, SHARED)));
    }
    Account::connect(world, dice, place, (&email, &password), books).await
}

/// Somebody there keeps a calendar, and lets an account change it.
fn keep_shared(world: &World, place: Place, email: &str) -> String {
    let keeper = format!("keeper-{email}");
    match place {
        Place::Google => {
            world.google_person(&keeper);
            world.sandbox.google().add_calendar(&keeper, SHARED).unwrap();
        }
        Place::Outlook => {
            world.outlook_person(&keeper, AccountKind::Work);
            world.sandbox.microsoft().add_calendar(&keeper, SHARED).unwrap();
        }
        Place::CalDav => {
            world.sandbox.add_person(&keeper, "xyzw-efgh-ijkl-mnop");
            let (kind, access) = (CalendarKind::Events, Access::Owner);
            world.sandbox.add_calendar(&keeper, SHARED, kind, access).unwrap();
        }
    }
    breaks::let_in((world, place, (&keeper, SHARED)), email, true);
    keeper
}
