//! The hourly listing of a connection's calendars: what it brings, and that each is recorded.
#![cfg(test)]

mod world;

use connection::ConnectionId;
use sandbox::{Access, CalendarKind, Failure, Often, Whom};
use store::runs::{self, Run};
use world::{PERSON, World};

async fn listings(world: &World, id: &ConnectionId) -> Vec<Run> {
    let mut tx = world.ctx.db.read().await.unwrap();
    let mut all = runs::last(&mut tx, id, 1_000).await.unwrap();
    all.retain(|run| run.kind == "list");
    all
}

#[tokio::test]
async fn a_new_calendar_is_found_within_the_hour_and_the_listing_is_on_record() {
    let world = World::new(71).await;
    let id = world.connect().await;
    world.run().await;
    world.sandbox.add_calendar(PERSON, "Rota", CalendarKind::Events, Access::Owner).unwrap();
    world.later(70).await;
    assert_eq!(world.calendars(&id).await.len(), 2);
    let listings = listings(&world, &id).await;
    assert_eq!((listings[0].changed, listings[0].removed, &listings[0].failure), (1, 0, &None));
    assert_eq!((&listings[0].calendar, listings[0].cause.as_str()), (&None, "timer"));
}

#[tokio::test]
async fn a_listing_that_fails_is_on_record_with_its_sentence() {
    let world = World::new(72).await;
    let id = world.connect().await;
    world.run().await;
    let broken = Failure { status: 503, often: Often::Always, ..Failure::default() };
    world.sandbox.change_faults(&Whom::Everyone, |faults| faults.fail = Some(broken)).unwrap();
    world.later(70).await;
    let listings = listings(&world, &id).await;
    assert_eq!(listings[0].failure.as_deref(), Some("unavailable"));
    assert!(listings[0].say.as_deref().is_some_and(|say| !say.is_empty()));
}

#[tokio::test]
async fn an_account_that_outgrows_the_limit_is_told_which_part_is_read() {
    let world = World::new(73).await;
    let id = world.connect().await;
    world.run().await;
    for n in 0..connection::CALENDARS_MAX {
        let name = format!("Rota {n}");
        world.sandbox.add_calendar(PERSON, &name, CalendarKind::Events, Access::Owner).unwrap();
    }
    world.later(70).await;
    assert_eq!(world.calendars(&id).await.len(), connection::CALENDARS_MAX);
    let listings = listings(&world, &id).await;
    assert_eq!(listings[0].failure.as_deref(), Some("too_large"));
    assert!(listings[0].say.as_deref().unwrap().contains("the first 250 are read"));
}
