//! Museum row 1: whatever goes wrong with a read, the times that were known stay taken, and the
//! connection says since when it is stale.

use connection::{ConnectionId, ConnectionState, ProviderError};
use jiff::{SignedDuration, Timestamp};
use sandbox::{Often, Whom};
use store::status_changes;
use sync::Context;

use crate::network::befall;
use crate::places::{self, DAY, PLACES};
use crate::stand_in::StandIn;
use crate::world::{PERSON, World};

/// Beyond twice the interval of everyone here, and at last beyond all trust.
const LATER_MIN: [i64; 5] = [4, 10, 61, 600, 25 * 60];
/// Nobody is told later than this that a calendar has grown old.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(22);

/// A connection whose far side has changed, so that a good read would bring something.
struct Known {
    world: World,
    id: ConnectionId,
    place: &'static str,
    /// As of when it is known.
    at: Timestamp,
}

impl Known {
    async fn at(place: &'static str, seed: u64) -> Self {
        let world = World::new(seed).await;
        sync::begin_housekeeping(&world.ctx).await.unwrap();
        let id = places::live(&world, place, 5).await;
        let (calendar, _) = world.calendars(&id).await.remove(0);
        let at = calendar.known_at.unwrap();
        Self { world, id, place, at }
    }

    /// Time goes by, and no read succeeds.
    async fn grows_old(&self, ctx: &Context, what: &str) {
        let (world, place) = (&self.world, self.place);
        for minutes in LATER_MIN {
            for _ in 0..3 {
                world.clock.advance(SignedDuration::from_mins(minutes) / 3);
                sync::run_due(ctx, &world.handlers).await.unwrap();
                assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 5, "{place}, {what}: still taken");
            }
            let status = world.status(&self.id).await;
            let age = world.now().duration_since(self.at);
            let (calendar, _) = world.calendars(&self.id).await.remove(0);
            assert_eq!(calendar.known_at, Some(self.at), "{place}, {what}: nothing was read");
            if age.as_secs() > 2 * calendar.poll_every_s {
                assert_ne!(status.state, ConnectionState::Synced, "{place}, {what}: after {age}");
                let says_why = status.reason().is_some() || self.is_asked_to_wait().await;
                assert!(says_why, "{place}, {what}: it says why");
            }
            if status.state == ConnectionState::Delayed {
                assert_eq!(status.since, self.at, "{place}, {what}: it says stale since");
            }
            self.is_told(what).await;
        }
        let (from, until) = (DAY.0.parse().unwrap(), DAY.1.parse().unwrap());
        let mut tx = world.ctx.db.read().await.unwrap();
        let answer = store::busy::of_user(&mut tx, &world.user, from, until, world.now());
        let answer = answer.await.unwrap();
        let why: Vec<_> = answer.blind.iter().map(|blind| blind.why).collect();
        assert_eq!(why, ["not_read_lately"], "{place}, {what}: after a day it is unknown");
    }

    /// Its page says that its provider asks us to wait.
    async fn is_asked_to_wait(&self) -> bool {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let connection = store::connections::load(&mut tx, &self.id).await.unwrap().unwrap();
        connection.throttled_until.is_some()
    }

    /// What was told is what is so.
    async fn is_told(&self, what: &str) {
        let status = self.world.status(&self.id).await;
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let told = status_changes::told(&mut tx, &self.id).await.unwrap().unwrap();
        let so = (status.state, status.reason());
        let told_so = (told.state, told.reason.as_deref());
        let lately = self.world.now().duration_since(told.at) < TOLD_WITHIN;
        assert!(told_so == so || lately, "{}, {what}: {told_so:?}, but is {so:?}", self.place);
    }

    async fn is_well_again(&self, ctx: &Context, what: &str) {
        for _ in 0..3 {
            self.world.clock.advance(SignedDuration::from_mins(31));
            sync::run_due(ctx, &self.world.handlers).await.unwrap();
        }
        let status = self.world.status(&self.id).await;
        assert_eq!(status.state, ConnectionState::Synced, "{}, {what}", self.place);
        assert_eq!(self.world.busy(DAY.0, DAY.1).await.len(), 6, "{}, {what}", self.place);
    }
}

/// What happens on the way there, as the adapter there tells it.
async fn mishap(what: &str, place: &str) -> ProviderError {
    let place = match place {
        "google" => "Google, read",
        "outlook" => "Microsoft, read",
        _ => "iCloud, list",
    };
    befall(what, place).await.unwrap_err()
}

#[tokio::test]
async fn museum_01_who_cannot_be_reached_keeps_all_times_taken_and_says_since_when() {
    let ways = ["no such host", "a certificate that nobody vouches for", "no answer in time"];
    for (nth, place) in (0..).zip(PLACES) {
        for what in ways {
            let failure = mishap(what, place).await;
            let known = Known::at(place, 140 + nth).await;
            let (ctx, stand_in) = StandIn::before(&known.world.ctx, place);
            places::put(&known.world, place, (places::person(place), places::own(place)), 20);
            stand_in.says(Some(failure));
            known.grows_old(&ctx, what).await;
            stand_in.says(None);
            known.is_well_again(&ctx, what).await;
        }
    }
}

#[tokio::test]
async fn museum_01_who_answers_with_a_failure_keeps_all_times_taken_and_says_since_when() {
    for (nth, place) in (0..).zip(PLACES) {
        for status in [403, 429, 500, 502, 503] {
            let known = Known::at(place, 150 + nth).await;
            places::put(&known.world, place, (places::person(place), places::own(place)), 20);
            places::fail(&known.world, place, status);
            known.grows_old(&known.world.ctx, &status.to_string()).await;
            known.world.sandbox.clear_faults();
            known.is_well_again(&known.world.ctx, &status.to_string()).await;
        }
    }
}

fn befuddle(world: &World, place: &str, what: &str) {
    let (google, microsoft) = (world.sandbox.google(), world.sandbox.microsoft());
    let email = Some(places::person(place));
    let done = match (place, what) {
        ("google", "a web page") => {
            google.change_faults(email, |faults| faults.web_page = Often::Always)
        }
        ("google", _) => google.change_faults(email, |faults| faults.truncate = Often::Always),
        ("outlook", "a web page") => {
            microsoft.change_faults(email, |faults| faults.web_page = Often::Always)
        }
        ("outlook", _) => microsoft.change_faults(email, |faults| faults.truncate = Often::Always),
        (_, "a web page") => world
            .sandbox
            .change_faults(&Whom::person(PERSON), |faults| faults.web_page = Often::Always),
        (_, "half an answer") => world
            .sandbox
            .change_faults(&Whom::person(PERSON), |faults| faults.truncate = Often::Always),
        _ => world
            .sandbox
            .change_faults(&Whom::person(PERSON), |faults| faults.inner_errors = Often::Always),
    };
    done.unwrap();
}

#[tokio::test]
async fn museum_01_who_answers_with_nonsense_keeps_all_times_taken_and_says_since_when() {
    for (nth, place) in (0..).zip(PLACES) {
        for what in ["a web page", "half an answer"] {
            let known = Known::at(place, 160 + nth).await;
            places::put(&known.world, place, (places::person(place), places::own(place)), 20);
            befuddle(&known.world, place, what);
            known.grows_old(&known.world.ctx, what).await;
            known.world.sandbox.clear_faults();
            known.is_well_again(&known.world.ctx, what).await;
        }
    }
}

/// A 207 whose parts failed: what is asked for one by one may come, and nothing goes.
#[tokio::test]
async fn museum_01_an_answer_with_errors_inside_takes_nothing_away() {
    let known = Known::at("icloud", 170).await;
    let world = &known.world;
    places::put(world, "icloud", (PERSON, "home"), 20);
    befuddle(world, "icloud", "errors inside");
    for minutes in LATER_MIN {
        world.later(minutes).await;
        let busy = world.busy(DAY.0, DAY.1).await.len();
        assert!((5..=6).contains(&busy), "{busy}");
        let (calendar, _) = world.calendars(&known.id).await.remove(0);
        let agrees = world.copy(&calendar).await == world.original("home");
        let is_synced = world.status(&known.id).await.state == ConnectionState::Synced;
        assert!(!is_synced || agrees, "who says synced has it right");
        known.is_told("errors inside").await;
    }
    world.sandbox.clear_faults();
    known.is_well_again(&world.ctx, "errors inside").await;
}

/// A refusal is proven, and then a person is asked for; nothing is free for that.
#[tokio::test]
async fn museum_01_who_is_refused_keeps_all_times_taken_and_asks_for_a_person() {
    for (nth, place) in (0..).zip(PLACES) {
        let known = Known::at(place, 180 + nth).await;
        places::put(&known.world, place, (places::person(place), places::own(place)), 20);
        places::fail(&known.world, place, 401);
        known.grows_old(&known.world.ctx, "401").await;
        let status = known.world.status(&known.id).await;
        assert_eq!(status.state, ConnectionState::Attention, "{place}");
        known.world.sandbox.clear_faults();
        places::sign_in(&known.world, place).await;
        known.is_well_again(&known.world.ctx, "401").await;
    }
}
