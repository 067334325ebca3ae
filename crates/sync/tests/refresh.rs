//! Renewing access: four processes on one store, and fifty connections whose access ends at once,
//! at an issuer that gives a new refresh token each time and punishes whoever shows an old one
//! again; repairs while a refresh is under way; refreshes that take long.
#![cfg(test)]

mod world;

use std::sync::Arc;
use std::time::Duration;

use connection::{ConnectionId, ConnectionState, Cursor, FixedDice};
use jiff::{SignedDuration, Timestamp};
use sandbox::{AccountKind, Rotation};
use store::{Db, calendars, connections};
use sync::Context;
use sync::connect::Outcome;
use tokio_util::task::TaskTracker;
use world::gate::Gate;
use world::rings::ADA;
use world::{PERSON, World};

const CONNECTIONS: usize = 50;
const PROCESSES: u64 = 4;
const OTTO: &str = "otto@outlook.example";

/// As many processes as are wanted, on the world's store.
async fn processes(world: &World) -> Vec<Context> {
    let mut processes = Vec::new();
    for nth in 0..PROCESSES {
        let db = Db::open(&world.location(), world::keyring()).await.unwrap();
        let dice = Arc::new(FixedDice::new(100 + nth));
        processes.push(Context { db, dice, tasks: TaskTracker::new(), ..world.ctx.clone() });
    }
    processes
}

async fn connect_all(world: &World) -> Vec<ConnectionId> {
    let mut connected = Vec::new();
    for nth in 0..CONNECTIONS {
        let email = format!("person{nth}@gmail.example");
        world.google_person(&email);
        // One person may have twenty of a kind; here each has their own.
        connected.push(world.connect_google_as(&world.another_user(nth).await, &email).await);
    }
    world.run().await;
    connected
}

fn refreshes(world: &World) -> usize {
    let visits = world.sandbox.visits();
    visits.iter().filter(|visit| visit.path == "/token" && visit.status == 200).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn museum_32_fifty_that_expire_at_once_are_refreshed_once_each() {
    let world = World::new(5).await;
    let google = world.sandbox.google();
    google.set_manners(sandbox::GoogleManners { rotation: Rotation::Strict, ..google.manners() });
    let connected = connect_all(&world).await;
    let processes = processes(&world).await;
    for round in 0..3 {
        world.clock.advance(SignedDuration::from_mins(70));
        world.sandbox.forget_visits();
        let work = processes.iter().map(|ctx| sync::run_due(ctx, &world.handlers));
        for done in futures_util::future::join_all(work).await {
            done.unwrap();
        }
        assert_eq!(refreshes(&world), CONNECTIONS, "round {round}: one refresh each");
        for id in &connected {
            let status = world.status(id).await;
            assert_eq!(status.state, ConnectionState::Synced, "{:?}", status.attention);
        }
    }
}

#[tokio::test]
async fn a_repair_is_not_put_back_by_a_refresh_that_was_under_way() {
    let world = World::new(6).await;
    world.google_person(ADA);
    let id = world.connect_google(ADA).await;
    world.run().await;
    let (ctx, gate) = Gate::before(&world.ctx, "google");
    world.sandbox.google().revoke(ADA).unwrap();
    world.clock.advance(SignedDuration::from_mins(61));
    let repair = async {
        gate.reached().await;
        assert_eq!(world.sign_in_at_google(ADA).await, Outcome::Repaired(id.clone()));
        gate.open();
    };
    let (ran, ()) = tokio::join!(sync::run_due(&ctx, &world.handlers), repair);
    ran.unwrap();
    world.run().await;
    let status = world.status(&id).await;
    assert_eq!(status.state, ConnectionState::Synced, "{:?}", status.attention);
}

#[tokio::test]
async fn a_repair_is_not_put_back_by_a_pull_that_was_refused_before_it() {
    for steps in (0..60).step_by(3) {
        let world = World::new(7).await;
        let id = world.connect().await;
        world.run().await;
        world.sandbox.revoke_password(PERSON).unwrap();
        let another = world.sandbox.new_password(PERSON).unwrap();
        world.clock.advance(SignedDuration::from_mins(3));
        let repair = async {
            for _ in 0..steps {
                tokio::task::yield_now().await;
            }
            assert_eq!(world.try_connect(&another).await, Outcome::Repaired(id.clone()));
        };
        tokio::join!(world.run(), repair);
        world.run().await;
        let status = world.status(&id).await;
        assert_eq!(status.state, ConnectionState::Synced, "{steps}: {:?}", status.attention);
    }
}

#[tokio::test]
async fn a_repair_goes_on_from_the_very_place_in_every_calendar() {
    let world = World::new(8).await;
    world.google_person(ADA);
    world.outlook_person(OTTO, AccountKind::Work);
    let icloud = world.connect().await;
    let google = world.connect_google(ADA).await;
    let Outcome::Connected(outlook) = world.sign_in_at("outlook", OTTO).await else { panic!() };
    let day = ("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");
    for hour in 10..14 {
        let lines = format!("DTSTART:20261124T{hour}0000Z\nDTEND:20261124T{hour}3000Z");
        world.put(&format!("e{hour}"), &lines);
    }
    world.put_at_google(ADA, "Late", "2026-11-24T20:00:00Z", "2026-11-24T21:00:00Z");
    world.run().await;
    let places = async |id: &ConnectionId| {
        let mut places = Vec::new();
        for (calendar, _) in world.calendars(id).await {
            let mut tx = world.ctx.db.read().await.unwrap();
            let place = calendars::place(&mut tx, &calendar.id).await.unwrap().unwrap();
            assert!(matches!(place.cursor, Cursor::Settled(_)), "{place:?}");
            places.push((calendar.id, place, calendar.known_at));
        }
        assert!(!places.is_empty());
        places
    };
    let (before, busy) = (world.busy(day.0, day.1).await, 5);
    assert_eq!(before.len(), busy);
    world.sandbox.revoke_password(PERSON).unwrap();
    world.sandbox.google().revoke(ADA).unwrap();
    world.sandbox.microsoft().revoke(OTTO).unwrap();
    for _ in 0..8 {
        world.later(30).await;
    }
    for id in [&icloud, &google, &outlook] {
        assert_eq!(world.status(id).await.state, ConnectionState::Attention);
    }
    let stood = [places(&icloud).await, places(&google).await, places(&outlook).await];
    let another = world.sandbox.new_password(PERSON).unwrap();
    assert_eq!(world.try_connect(&another).await, Outcome::Repaired(icloud.clone()));
    assert_eq!(world.sign_in_at_google(ADA).await, Outcome::Repaired(google.clone()));
    assert_eq!(world.sign_in_at("outlook", OTTO).await, Outcome::Repaired(outlook.clone()));
    let stands = [places(&icloud).await, places(&google).await, places(&outlook).await];
    assert_eq!(stands, stood, "and nothing is younger than it is");
    assert_eq!(world.busy(day.0, day.1).await, before);
    // What is asked then is what changed since, and not all of it once more.
    world.put("missed", "DTSTART:20261124T160000Z\nDTEND:20261124T170000Z");
    world.sandbox.forget_visits();
    world.run().await;
    assert_eq!(world.busy(day.0, day.1).await.len(), busy + 1);
    for (calendar, place, _) in stands.iter().flatten() {
        let mut tx = world.ctx.db.read().await.unwrap();
        let now = calendars::place(&mut tx, calendar).await.unwrap().unwrap();
        assert_eq!((now.listing, now.listed_at), (place.listing, place.listed_at), "{calendar}");
    }
}

/// A process of its own does what is due, until it dies at the gate with all that it had begun.
fn dies_at_the_gate(world: &World, kind: &str, is_behind: bool) {
    let (location, ctx) = (world.location(), world.ctx.clone());
    let gate = if is_behind { Gate::behind } else { Gate::before };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let life = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            life.block_on(async {
                let db = Db::open(&location, world::keyring()).await.unwrap();
                let tasks = TaskTracker::new();
                let (ctx, gate) = gate(&Context { db, tasks, ..ctx }, kind);
                tokio::select! {
                    done = sync::run_due(&ctx, &world.handlers) => panic!("nobody asked: {done:?}"),
                    () = gate.reached() => {}
                }
            });
            life.shutdown_background();
        });
    });
}

#[tokio::test]
async fn museum_32_a_process_that_dies_with_the_new_tokens_in_hand_loses_no_grant() {
    for (kind, email) in [("google", ADA), ("outlook", OTTO)] {
        for is_behind in [false, true] {
            let world = World::new(9).await;
            world.google_person(ADA);
            world.outlook_person(OTTO, AccountKind::Work);
            let Outcome::Connected(id) = world.sign_in_at(kind, email).await else { panic!() };
            world.run().await;
            world.clock.advance(SignedDuration::from_mins(95));
            dies_at_the_gate(&world, kind, is_behind);
            // What it held is anybody's after a while.
            for _ in 0..3 {
                world.later(2).await;
            }
            let status = world.status(&id).await;
            assert_eq!(status.state, ConnectionState::Synced, "{kind}: {:?}", status.attention);
        }
    }
}

#[tokio::test]
async fn a_grant_that_a_strict_issuer_ended_with_the_process_is_told_and_mended() {
    let world = World::new(10).await;
    let google = world.sandbox.google();
    google.set_manners(sandbox::GoogleManners { rotation: Rotation::Strict, ..google.manners() });
    world.google_person(ADA);
    let id = world.connect_google(ADA).await;
    world.run().await;
    world.clock.advance(SignedDuration::from_mins(95));
    dies_at_the_gate(&world, "google", true);
    for _ in 0..3 {
        world.later(2).await;
    }
    assert_eq!(world.status(&id).await.reason(), Some("signed_out"));
    assert_eq!(world.sign_in_at_google(ADA).await, Outcome::Repaired(id.clone()));
    world.run().await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

/// Whoever wants the turn now, does not get it before `at`.
async fn is_taken(world: &World, id: &ConnectionId, at: Timestamp) -> bool {
    for _ in 0..1_000 {
        // What is taken here is never committed.
        let mut tx = world.ctx.db.begin().await.unwrap();
        if !connections::take_refresh(&mut tx, id, "another", (at, at)).await.unwrap() {
            return true;
        }
        drop(tx);
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test]
async fn a_refresh_that_stands_in_line_for_minutes_keeps_its_turn() {
    let world = World::new(8).await;
    world.google_person(ADA);
    let id = world.connect_google(ADA).await;
    world.run().await;
    let (ctx, gate) = Gate::before(&world.ctx, "google");
    world.clock.advance(SignedDuration::from_mins(61));
    let wait = async {
        gate.reached().await;
        for _ in 0..10 {
            world.clock.advance(SignedDuration::from_secs(15));
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(15)).await;
            tokio::time::resume();
            let soon = world.now() + SignedDuration::from_secs(40);
            assert!(is_taken(&world, &id, soon).await, "the turn runs on");
        }
        assert_eq!(gate.asked(), 1);
        gate.open();
    };
    let (ran, ()) = tokio::join!(sync::run_due(&ctx, &world.handlers), wait);
    ran.unwrap();
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn a_paused_account_is_still_signed_in_after_half_a_year_and_nothing_of_it_was_read() {
    for (kind, email) in [("google", ADA), ("outlook", OTTO)] {
        let world = World::new(10).await;
        world.google_person(ADA);
        world.outlook_person(OTTO, AccountKind::Work);
        let Outcome::Connected(id) = world.sign_in_at(kind, email).await else { panic!() };
        world.run().await;
        sync::connect::pause(&world.ctx, &id, true, &world.dana()).await.unwrap();
        world.later(2 * 60).await;
        world.sandbox.forget_visits();
        for _ in 0..26 {
            world.later(8 * 24 * 60).await;
        }
        let visits = world.sandbox.visits();
        let (renewed, other): (Vec<_>, Vec<_>) =
            visits.iter().partition(|visit| visit.path.ends_with("/token"));
        assert_eq!(renewed.len(), 26, "{kind}: once a week, while one step is eight days");
        assert!(other.is_empty(), "{kind}: {other:?}");
        assert_eq!(world.status(&id).await.state, ConnectionState::Paused);

        sync::connect::pause(&world.ctx, &id, false, &world.dana()).await.unwrap();
        world.run().await;
        let status = world.status(&id).await;
        assert_eq!(status.state, ConnectionState::Synced, "{kind}: {:?}", status.attention);
        assert!(world.sandbox.visits().len() > visits.len() + 1, "{kind}: it is read again");
    }
}
