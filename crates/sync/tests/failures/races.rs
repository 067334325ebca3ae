//! What is changed while a pull is under way: what was read before is not stored.

use jiff::SignedDuration;
use store::audit::{self, Wanted};
use store::{Change, calendars, events, runs};
use sync::connect::{self, Outcome, PULL_NOW_EVERY_S, PullNow, Request, Wishes};
use sync::kept;

use crate::stand_in::StandIn;
use crate::world::{PASSWORD, PERSON, World};

const WEEK: (&str, &str) = ("2026-11-22T00:00:00Z", "2026-11-28T00:00:00Z");

/// A pull that stands before its provider while `meanwhile` is done.
async fn under_way(world: &World, meanwhile: impl AsyncFnOnce()) {
    let (ctx, stand_in) = StandIn::before(&world.ctx, "icloud");
    stand_in.shut();
    let change = async {
        stand_in.reached().await;
        meanwhile().await;
        stand_in.open();
    };
    let (ran, ()) = tokio::join!(sync::run_due(&ctx, &world.handlers), change);
    ran.unwrap();
    world.later(1).await;
}

#[tokio::test]
async fn a_zone_that_changes_during_a_pull_holds_for_all_of_it() {
    let world = World::new(201).await;
    world.put("off", "DTSTART;VALUE=DATE:20261124\nDTEND;VALUE=DATE:20261125\nTRANSP:OPAQUE");
    let id = world.connect().await;
    let rebuild = async || {
        let mut tx = world.ctx.db.begin().await.unwrap();
        connect::rebuild_all(&world.ctx, &mut tx, &world.user).await.unwrap();
        tx.commit().await.unwrap();
        world.run().await;
    };
    under_way(&world, async || {
        let user = world.user.clone();
        let mut tx = world.ctx.db.begin().await.unwrap();
        let of = store::people::user(&mut tx, &user).await.unwrap().unwrap();
        let zone = "Pacific/Auckland";
        store::people::update_user(&mut tx, &user, &of.name, &of.email, zone).await.unwrap();
        tx.commit().await.unwrap();
        rebuild().await;
    })
    .await;
    let busy = world.busy(WEEK.0, WEEK.1).await;
    assert_eq!(busy.len(), 1);
    assert!(world.calendars(&id).await[0].0.time_zone.is_none(), "the person's zone decides");
    rebuild().await;
    assert_eq!(world.busy(WEEK.0, WEEK.1).await, busy);
    assert!(busy[0].contains("2026-11-23T11:00"), "{busy:?}");
}

#[tokio::test]
async fn what_is_released_during_a_pull_stays_released() {
    let world = World::new(202).await;
    for n in 0..5 {
        world.put(&format!("e{n}"), "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    }
    let id = world.connect().await;
    world.run().await;
    world.sandbox.empty_calendar(PERSON, "home", true).unwrap();
    world.sandbox.expire_sync_tokens(PERSON).unwrap();
    world.later(5).await;
    let calendar = world.calendars(&id).await.remove(0).0;
    assert!(calendar.brake.is_some());
    world.clock.advance(SignedDuration::from_mins(6));
    under_way(&world, async || {
        connect::release_brake(&world.ctx, &calendar.id, &world.dana()).await.unwrap();
    })
    .await;
    assert_eq!(world.calendars(&id).await[0].0.brake, None);
    assert!(world.busy(WEEK.0, WEEK.1).await.is_empty(), "it is believed");
    let mut tx = world.ctx.db.read().await.unwrap();
    let told = store::status_changes::told(&mut tx, &id).await.unwrap().unwrap();
    assert_eq!(told.state, world.status(&id).await.state);
    let place = calendars::place(&mut tx, &calendar.id).await.unwrap().unwrap();
    assert!(!place.brake_released, "once");
}

/// What a person chose need not wait, because it came in between.
#[tokio::test]
async fn a_pull_that_was_overtaken_begins_anew_at_once_and_for_the_same_cause() {
    let world = World::new(203).await;
    let id = world.connect().await;
    world.run().await;
    world.put("new", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    world.clock.advance(SignedDuration::from_secs(PULL_NOW_EVERY_S + 1));
    let pressed = connect::pull_now(&world.ctx, &id, &world.dana()).await.unwrap();
    assert_eq!(pressed, PullNow::Asked);
    let (ctx, stand_in) = StandIn::before(&world.ctx, "icloud");
    stand_in.shut();
    let change = async {
        stand_in.reached().await;
        kept::set_busy_only(&world.ctx, &id, true, &world.dana()).await.unwrap();
        stand_in.open();
    };
    let (ran, ()) = tokio::join!(sync::run_due(&ctx, &world.handlers), change);
    ran.unwrap();
    assert_eq!(world.busy(WEEK.0, WEEK.1).await.len(), 1, "the clock has not moved");
    let mut tx = world.ctx.db.read().await.unwrap();
    let last = runs::last(&mut tx, &id, 9).await.unwrap();
    let pull = last.iter().find(|run| run.kind == "pull").unwrap();
    assert_eq!((pull.cause.as_str(), pull.changed), ("asked", 1));
}

/// Who connects what is connected already, and wants no more than its times kept.
#[tokio::test]
async fn no_more_than_times_is_kept_from_the_moment_of_a_repair_that_asks_for_it() {
    let world = World::new(204).await;
    world.put("secret", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    let id = world.connect().await;
    world.run().await;
    let mut changes = world.ctx.db.changes();
    let wishes = Wishes { busy_only: true, ..Wishes::default() };
    let request = Request { wishes, ..world.request(PASSWORD) };
    let look = async {
        while changes.recv().await.unwrap() != Change::Connection(id.clone()) {}
        let mut tx = world.ctx.db.read().await.unwrap();
        assert!(events::is_busy_only(&mut tx, &id).await.unwrap(), "as soon as it is repaired");
    };
    let (repaired, ()) = tokio::join!(connect::connect(&world.ctx, request), look);
    assert_eq!(repaired.unwrap(), Outcome::Repaired(id.clone()));
    // Whoever writes that down may die before it is done: what was kept is erased by work that
    // another takes up.
    world.run().await;
    let calendar = world.calendars(&id).await.remove(0).0;
    let copy = world.copy(&calendar).await;
    assert!(
        copy.len() == 1 && copy.values().all(|text| !text.contains("SUMMARY:secret")),
        "{copy:?}"
    );
    let mut tx = world.ctx.db.read().await.unwrap();
    let wanted = Wanted { act: Some("connection.busy_only".into()), ..Wanted::default() };
    let log = audit::list(&mut tx, &world.account, &wanted, (None, 9)).await.unwrap();
    assert_eq!(log.len(), 1);
}

/// What is read anew, as details are kept again, is not taken for what was to be erased.
#[tokio::test]
async fn what_is_kept_again_is_not_erased_by_what_was_asked_before() {
    let world = World::new(205).await;
    world.put("secret", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    let id = world.connect().await;
    world.run().await;
    for busy_only in [true, false] {
        kept::set_busy_only(&world.ctx, &id, busy_only, &world.dana()).await.unwrap();
    }
    world.run().await;
    let calendar = world.calendars(&id).await.remove(0).0;
    let copy = world.copy(&calendar).await;
    assert!(copy.len() == 1 && copy.values().all(|text| text.contains("SUMMARY:secret")));
}
