//! An account: its calendars, how it is connected here, and whether it still is let in.

use connection::{CalendarId, ConnectionId, Dice, FixedDice};
use jiff::SignedDuration;
use sync::connect::{self, Outcome};

use crate::book::Book;
use crate::far::Place;
use crate::wait::Wait;
use crate::world::World;

pub(crate) struct Account {
    pub(crate) place: Place,
    pub(crate) email: String,
    pub(crate) id: ConnectionId,
    /// Its own calendar, and perhaps one of somebody else.
    pub(crate) books: Vec<Book>,
    /// What it asks a person for, as a code.
    pub(crate) asks: Option<String>,
    /// From when on nobody can be let in: access was taken back, or has ended.
    pub(crate) dead_from: Option<i64>,
    /// Access may have been lost with an answer.
    pub(crate) may_be_lost: bool,
    /// Something fails there, as it may, until the faults end.
    pub(crate) is_struck: bool,
    /// What has to be told of it, or taken back, before long.
    pub(crate) wait: Wait,
    /// Its calendars here, with what was chosen for each: is it a conflict calendar, do its whole
    /// days block?
    pub(crate) chosen: Vec<(CalendarId, bool, bool)>,
    pub(crate) password: String,
}

impl Account {
    /// Moves in at a far side with these calendars, and connects.
    pub(crate) async fn connect(
        world: &World,
        dice: &FixedDice,
        place: Place,
        (email, password): (&str, &str),
        books: Vec<Book>,
    ) -> Self {
        let mut account = Self {
            place,
            email: email.to_owned(),
            id: ConnectionId::new(world.now(), dice),
            books,
            asks: None,
            dead_from: None,
            may_be_lost: false,
            is_struck: false,
            wait: Wait::default(),
            chosen: Vec::new(),
            password: password.to_owned(),
        };
        account.id = match account.sign_in(world).await {
            Outcome::Connected(id) => id,
            other => panic!("{email} could not be connected: {other:?}"),
        };
        account.choose(world, dice).await;
        account
    }

    /// Its owner chooses which calendars close times, and how.
    async fn choose(&mut self, world: &World, dice: &FixedDice) {
        let calendars = world.calendars(&self.id).await;
        assert_eq!(calendars.len(), self.books.len(), "{} lists what it has", self.email);
        let mut tx = world.ctx.db.begin().await.unwrap();
        for (calendar, _) in calendars {
            let (busy, all_day) = (dice.below(4) > 0, dice.below(4) == 0);
            store::calendars::set_switches(&mut tx, &calendar.id, busy, all_day).await.unwrap();
            self.book(&calendar.name).counts = busy;
            self.chosen.push((calendar.id, busy, all_day));
        }
        tx.commit().await.unwrap();
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

    /// Signs in again; was it let in?
    pub(crate) async fn repair(&mut self, world: &World) -> bool {
        let mut outcome = self.sign_in(world).await;
        if matches!(outcome, Outcome::Refused { .. }) {
            // Perhaps it has had enough of wrong passwords for a while.
            world.clock.advance(SignedDuration::from_mins(2));
            outcome = self.sign_in(world).await;
        }
        let Outcome::Repaired(id) = outcome else { return false };
        assert_eq!(id, self.id, "it is the same connection");
        self.dead_from = None;
        // An answer may be lost yet, as long as that fault lasts.
        self.may_be_lost &= self.is_struck;
        self.wait.begin(world.now());
        true
    }

    /// Something happens in one of its calendars; says what.
    pub(crate) fn change(&mut self, world: &World, dice: &FixedDice) -> String {
        let nth = usize::try_from(dice.below(self.books.len() as u64)).unwrap();
        self.books[nth].change(world, dice)
    }

    /// The calendar that goes by this name here.
    pub(crate) fn book(&mut self, name: &str) -> &mut Book {
        let is_shared = name.starts_with(crate::SHARED);
        self.books.iter_mut().find(|book| book.is_shared == is_shared).unwrap()
    }
}
