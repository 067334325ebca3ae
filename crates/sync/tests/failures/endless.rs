//! Museum row 39: what never ends, or starves.

use connection::{CalendarState, ConnectionState, ProviderError, SignedOutWhy};
use jiff::SignedDuration;
use sandbox::Sandbox;
use sync::connect;

use crate::places::{self, DAY, PLACES};
use crate::stand_in::{Pages, StandIn};
use crate::world::{PERSON, World};

#[tokio::test]
async fn museum_39_pages_that_go_round_are_given_up_and_tried_again_ever_later() {
    for (nth, place) in (0..).zip(PLACES) {
        for pages in [Pages::Back, Pages::On] {
            let world = World::new(100 + nth).await;
            let id = places::live(&world, place, 3).await;
            let (ctx, stand_in) = StandIn::before(&world.ctx, place);
            stand_in.lead(pages);
            for _ in 0..72 {
                world.clock.advance(SignedDuration::from_mins(5));
                sync::run_due(&ctx, &world.handlers).await.unwrap();
                assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 3, "{place}");
            }
            let asked = stand_in.asked();
            // A try ends where it is led back, or with the ninth page that repeats another.
            let each = if pages == Pages::Back { 2 } else { 10 };
            let (tries, rest) = (asked / each, asked % each);
            assert_eq!(rest, 0, "{place}, {pages:?}: {asked} pages, {each} a try");
            assert!((20..=28).contains(&tries), "{place}, {pages:?}: {tries} tries in six hours");
            let (calendar, _) = world.calendars(&id).await.remove(0);
            let trouble = calendar.trouble.unwrap();
            assert!(trouble.say.contains("goes round in circles"), "{place}: {}", trouble.say);
            let wait = trouble.again_at.duration_since(world.now());
            assert!(wait <= SignedDuration::from_mins(16), "{place}: it is tried again in {wait}");
            assert_eq!(world.status(&id).await.state, ConnectionState::Delayed, "{place}");
            stand_in.lead(Pages::End);
            world.clock.advance(SignedDuration::from_mins(20));
            sync::run_due(&ctx, &world.handlers).await.unwrap();
            assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "{place}");
            assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 3, "{place}");
        }
    }
}

fn small_pages(sandbox: &Sandbox) {
    let google = sandbox.google();
    let mut manners = google.manners();
    manners.page_max = Some(2);
    google.set_manners(manners);
    let microsoft = sandbox.microsoft();
    let mut manners = microsoft.manners();
    manners.page_max = Some(2);
    microsoft.set_manners(manners);
    sandbox.change_manners(Some(PERSON), |manners| manners.sync_max = Some(2)).unwrap();
}

/// Something changes with every page that is asked for.
#[tokio::test]
async fn museum_39_who_changes_all_the_time_is_read_all_the_time() {
    for (nth, place) in (0..).zip(PLACES) {
        let world = World::new(110 + nth).await;
        let id = places::live(&world, place, 8).await;
        small_pages(&world.sandbox);
        let (ctx, stand_in) = StandIn::before(&world.ctx, place);
        let sandbox = world.sandbox.clone();
        stand_in.meanwhile(move |nth| places::put_minutes(&sandbox, place, nth));
        for _ in 0..12 {
            world.clock.advance(SignedDuration::from_mins(31));
            let began = world.now();
            sync::run_due(&ctx, &world.handlers).await.unwrap();
            let (calendar, _) = world.calendars(&id).await.remove(0);
            assert_eq!(calendar.state(world.now()), CalendarState::Synced, "{place}");
            assert_eq!(calendar.known_at, Some(began), "{place}");
        }
        let asked = stand_in.asked();
        assert!(asked >= 12, "{place}: {asked}");
        stand_in.meanwhile(|_| ());
        world.clock.advance(SignedDuration::from_mins(31));
        sync::run_due(&ctx, &world.handlers).await.unwrap();
        let busy = world.busy("2026-11-24T00:00:00Z", "2026-12-24T00:00:00Z").await;
        assert_eq!(busy.len(), 8 + asked, "{place}: all of it is known");
    }
}

#[tokio::test]
async fn museum_39_where_everything_fails_nobody_is_hammered() {
    for (nth, place) in (0..).zip(PLACES) {
        let world = World::new(120 + nth).await;
        let id = places::live(&world, place, 1).await;
        places::fail(&world, place, 500);
        let mut visits = Vec::new();
        for _ in 0..6 {
            world.sandbox.forget_visits();
            for _ in 0..30 {
                world.later(2).await;
            }
            visits.push(world.sandbox.visits().len());
        }
        // A pull, a listing and a look after the channel, every quarter of an hour.
        assert!(visits.iter().all(|visits| *visits <= 40), "{place}: {visits:?}");
        assert!(visits[5] <= 18, "{place}: {visits:?}");
        assert!(visits[5] >= 4, "{place}: it is tried on and on: {visits:?}");
        assert_eq!(world.status(&id).await.state, ConnectionState::Delayed, "{place}");
        world.sandbox.clear_faults();
        world.later(20).await;
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "{place}");
    }
}

/// A pull is under way, and when it ends, what it was made for is not there any more.
#[tokio::test]
async fn museum_39_a_pull_that_was_overtaken_changes_nothing() {
    for (nth, place) in (0..).zip(PLACES) {
        let world = World::new(130 + nth).await;
        let id = places::live(&world, place, 1).await;
        let (ctx, stand_in) = StandIn::before(&world.ctx, place);
        places::put(&world, place, (places::person(place), places::own(place)), 15);
        // It is refused, and while the answer is on its way, a person signs in again.
        let why = SignedOutWhy::AccessWithdrawn;
        stand_in.says(Some(ProviderError::SignedOut { why }));
        stand_in.shut();
        world.clock.advance(SignedDuration::from_mins(32));
        let repair = async {
            stand_in.reached().await;
            assert_eq!(places::sign_in(&world, place).await, id);
            stand_in.says(None);
            stand_in.open();
        };
        let (ran, ()) = tokio::join!(sync::run_due(&ctx, &world.handlers), repair);
        ran.unwrap();
        world.run().await;
        let status = world.status(&id).await;
        assert_eq!((status.state, status.attention), (ConnectionState::Synced, None), "{place}");
        assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 2, "{place}");
        // It brings something, and meanwhile a person disconnects.
        stand_in.shut();
        places::put(&world, place, (places::person(place), places::own(place)), 16);
        world.clock.advance(SignedDuration::from_mins(32));
        let leave = async {
            stand_in.reached().await;
            assert!(connect::disconnect(&world.ctx, &id, &world.dana()).await.unwrap());
            stand_in.open();
        };
        let (ran, ()) = tokio::join!(sync::run_due(&ctx, &world.handlers), leave);
        ran.unwrap();
        world.later(32).await;
        let mut tx = world.ctx.db.read().await.unwrap();
        assert!(store::connections::load(&mut tx, &id).await.unwrap().is_none(), "{place}");
        drop(tx);
        assert!(world.busy(DAY.0, DAY.1).await.is_empty(), "{place}");
    }
}
