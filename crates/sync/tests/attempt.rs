//! Attempts to connect: those whose process stops or dies say so, and keep nothing; and how many
//! may come to something.
#![cfg(test)]

mod world;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connection::{
    AttemptId, Catalogue, Credential, Examined, Integration, IntegrationKind, Kinship, Level,
    PasswordSignIn, Refusal, SignIn, SignInForm, Witness,
};
use jiff::{SignedDuration, Timestamp};
use sandbox::{Access, CalendarKind};
use store::attempts::{Attempt, AttemptState};
use sync::SyncError;
use sync::attempt::{self, SILENCE_MAX_S};
use sync::connect::{self, Outcome, Request};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use world::{PASSWORD, World};

/// A far side that never answers.
struct Silent;

#[async_trait]
impl PasswordSignIn for Silent {
    async fn examine(
        &self,
        _: &SignInForm,
        _: Timestamp,
        _: &dyn Witness,
    ) -> Result<Examined, Refusal> {
        std::future::pending().await
    }

    fn kinship(&self, _: &Credential, _: &Credential) -> Kinship {
        Kinship::STRANGERS
    }
}

/// A world in which iCloud never answers.
async fn silent_world() -> World {
    let mut world = World::new(1).await;
    world.ctx.catalogue = Arc::new(Catalogue::new(vec![Integration {
        kind: IntegrationKind::new("icloud"),
        name: "Test",
        tagline: "",
        about: "",
        mark: "T",
        color: "#000000",
        level: Level::User,
        sign_in: SignIn::Password { adapter: Arc::new(Silent), fields: &[] },
        calendars: None,
        free_busy: None,
        watch: None,
        conference: None,
        poll_every_s: 120,
        mend: "",
        withdraw: "",
    }]));
    world
}

async fn begin(world: &World, tasks: &TaskTracker, stop: &CancellationToken) -> AttemptId {
    attempt::begin(&world.ctx, (tasks, stop), world.request(PASSWORD), None).await.unwrap()
}

async fn found(world: &World, id: &AttemptId) -> Attempt {
    let mut tx = world.ctx.db.read().await.unwrap();
    attempt::find(&mut tx, &world.user, id, world.now()).await.unwrap().unwrap()
}

fn is_interrupted(attempt: &Attempt) -> bool {
    matches!(&attempt.state, AttemptState::Failed { code, say, field: None }
        if code == "interrupted" && say.contains("Try again"))
}

#[tokio::test]
async fn an_attempt_that_falls_silent_was_interrupted() {
    let world = silent_world().await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let id = begin(&world, &tasks, &stop).await;
    world.clock.advance(SignedDuration::from_secs(SILENCE_MAX_S));
    assert_eq!(found(&world, &id).await.state, AttemptState::Running);
    world.clock.advance(SignedDuration::from_secs(1));
    let attempt = found(&world, &id).await;
    assert!(is_interrupted(&attempt), "{:?}", attempt.state);
    assert_eq!(attempt.ended_at, Some(attempt.started_at));
}

#[tokio::test]
async fn an_attempt_that_takes_long_gives_signs_of_life() {
    let world = silent_world().await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let id = begin(&world, &tasks, &stop).await;
    // Its task has to come as far as its first rest.
    let begun_at = world.now();
    while found(&world, &id).await.seen_at == begun_at {
        world.clock.advance(SignedDuration::from_secs(1));
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(21)).await;
        tokio::time::resume();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clock.advance(SignedDuration::from_secs(SILENCE_MAX_S));
    let attempt = found(&world, &id).await;
    assert_eq!(attempt.state, AttemptState::Running);
    assert!(attempt.seen_at > attempt.started_at);
}

#[tokio::test]
async fn a_process_that_stops_says_so_at_once() {
    let world = silent_world().await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let id = begin(&world, &tasks, &stop).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    let attempt = found(&world, &id).await;
    assert!(is_interrupted(&attempt), "{:?}", attempt.state);
}

#[tokio::test]
async fn an_attempt_passes_together_with_what_it_keeps() {
    let world = World::new(1).await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    // A process that stops lets it end if it can.
    stop.cancel();
    let id = begin(&world, &tasks, &stop).await;
    tasks.close();
    tasks.wait().await;
    let attempt = found(&world, &id).await;
    let AttemptState::Passed { connection } = &attempt.state else { panic!("{attempt:?}") };
    assert_eq!(world.calendars(connection).await.len(), 1);
    assert!(!attempt.checks.is_empty());
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(found(&world, &id).await, attempt);
}

#[tokio::test]
async fn one_person_connects_no_more_of_a_kind_than_the_operator_lets_them() {
    let mut world = World::new(13).await;
    world.ctx.connections_max = 1;
    let first = world.connect().await;
    let kit = "kit@icloud.example";
    world.sandbox.add_person(kit, "efgh-ijkl-mnop-abcd");
    world.sandbox.add_calendar(kit, "Home", CalendarKind::Events, Access::Owner).unwrap();
    let another = world.request_of(kit, "efgh-ijkl-mnop-abcd");
    let refused = connect::connect(&world.ctx, another.clone()).await;
    assert!(matches!(refused, Err(SyncError::LimitReached { max: 1 })), "{refused:?}");
    let repair = Request { repairs: Some(first.clone()), ..world.request(PASSWORD) };
    let repaired = connect::connect(&world.ctx, repair).await.unwrap();
    assert_eq!(repaired, Outcome::Repaired(first), "what is there can be mended");
    let colleague = Request { user: world.another_user(2).await, ..another.clone() };
    let theirs = connect::connect(&world.ctx, colleague).await.unwrap();
    assert!(matches!(theirs, Outcome::Connected(_)), "{theirs:?}");
    world.ctx.connections_max = 2;
    let second = connect::connect(&world.ctx, another).await.unwrap();
    assert!(matches!(second, Outcome::Connected(_)), "{second:?}");
}
