//! Museum row 33: good sign-ins that are called dead, because of stale refusals, outages, limits
//! or our own store.

use std::time::Duration;

use connection::{CalendarState, ConnectionId, ConnectionState, ProviderError, SignedOutWhy};
use jiff::SignedDuration;
use sandbox::{Access, AccountKind, CalendarKind, Failure, Faults, Often, Whom};
use store::Db;
use sync::connect::{self, Outcome};
use sync::{By, Context};

use crate::consequences::{MORNING, next_look};
use crate::stand_in::StandIn;
use crate::table::rows;
use crate::world::rings::ADA;
use crate::world::{PERSON, World, keyring};

/// Makes something go wrong at Google.
type Fault = Box<dyn FnOnce(&mut sandbox::GoogleFaults)>;

const BEN: &str = "ben@outlook.example";
const DAY: (&str, &str) = ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");

async fn calm(world: &World, id: &ConnectionId) {
    let status = world.status(id).await;
    assert_eq!(status.attention, None);
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 1, "what was known still blocks");
}

async fn refused_at(world: &World, id: &ConnectionId) -> Option<jiff::Timestamp> {
    let mut tx = world.ctx.db.read().await.unwrap();
    store::connections::load(&mut tx, id).await.unwrap().unwrap().refused_at
}

/// Moves the clock to the next look at the first calendar, and does what is due.
async fn next(world: &World, id: &ConnectionId) -> SignedDuration {
    let wait = next_look(world, id).await.duration_since(world.now());
    world.clock.advance(wait.max(SignedDuration::ZERO));
    world.run().await;
    wait
}

fn refuse(world: &World, often: Often) {
    let failure = Failure { status: 401, often, ..Failure::default() };
    let person = Whom::Person(PERSON.into());
    world.sandbox.change_faults(&person, |faults| faults.fail = Some(failure)).unwrap();
}

async fn connected(seed: u64) -> (World, ConnectionId) {
    let world = World::new(seed).await;
    world.put("a", MORNING);
    let id = world.connect().await;
    world.run().await;
    (world, id)
}

#[tokio::test]
async fn museum_33_a_refused_password_is_told_within_a_minute_of_its_first_proof() {
    let (world, id) = connected(51).await;
    world.sandbox.revoke_password(PERSON).unwrap();
    next(&world, &id).await;
    let first = world.now();
    calm(&world, &id).await;
    let trouble = world.calendars(&id).await[0].0.trouble.clone().unwrap();
    assert_eq!(trouble.code, "password_refused");
    assert!(trouble.say.contains("tried once more"), "{}", trouble.say);
    let wait = next(&world, &id).await;
    assert!(wait.as_secs() >= 30, "{wait}");
    let attention = world.status(&id).await.attention.unwrap();
    assert_eq!(attention.reason, "password_refused");
    let took = attention.since.duration_since(first);
    assert!((30..60).contains(&took.as_secs()), "{took}");
}

#[tokio::test]
async fn museum_33_many_refusals_at_one_moment_are_one() {
    let world = World::new(52).await;
    world.put("a", MORNING);
    for name in ["Work", "Club", "Choir"] {
        world.sandbox.add_calendar(PERSON, name, CalendarKind::Events, Access::Owner).unwrap();
    }
    let id = world.connect().await;
    world.run().await;
    refuse(&world, Often::Always);
    world.later(4).await;
    calm(&world, &id).await;
    for _ in 0..5 {
        // Whoever presses Sync now gets no other proof.
        connect::pull_now(&world.ctx, &id, &By::Operator).await.unwrap();
        world.clock.advance(SignedDuration::from_secs(5));
        world.run().await;
        calm(&world, &id).await;
    }
    world.sandbox.clear_faults();
    world.later(1).await;
    calm(&world, &id).await;
    assert_eq!(refused_at(&world, &id).await, None, "the success took it back");
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn museum_33_a_refusal_now_and_then_is_never_added_up() {
    let (world, id) = connected(53).await;
    for _ in 0..6 {
        refuse(&world, Often::Times(1));
        world.later(4).await;
        calm(&world, &id).await;
        world.later(1).await;
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    }
}

/// A token that was renewed a moment ago is refused, twice, half a minute apart.
#[tokio::test]
async fn museum_33_fresh_access_must_be_refused_twice() {
    let world = World::new(54).await;
    world.outlook_person(BEN, AccountKind::Work);
    let meeting = serde_json::json!({
        "subject": "Talk",
        "start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-23T10:00:00", "timeZone": "UTC"},
    });
    world.sandbox.microsoft().put_event(BEN, "default", meeting).unwrap();
    let outcome = world.sign_in_at("outlook", BEN).await;
    let Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
    world.run().await;
    let challenge = |often| {
        let microsoft = world.sandbox.microsoft();
        microsoft.change_faults(Some(BEN), |faults| faults.claims_challenge = often).unwrap();
    };
    for refusals in [1, 2] {
        // The token at hand and, if more come, the one that was renewed because of it.
        challenge(Often::Always);
        world.clock.advance(SignedDuration::from_mins(2));
        connect::pull_now(&world.ctx, &id, &By::Operator).await.unwrap();
        world.run().await;
        calm(&world, &id).await;
        let trouble = world.calendars(&id).await[0].0.trouble.clone().unwrap();
        assert_eq!(trouble.code, "token_refused", "{refusals}");
        challenge(Often::Never);
        next(&world, &id).await;
        calm(&world, &id).await;
        assert_eq!(refused_at(&world, &id).await, None);
    }
    challenge(Often::Always);
    world.clock.advance(SignedDuration::from_mins(2));
    connect::pull_now(&world.ctx, &id, &By::Operator).await.unwrap();
    world.run().await;
    calm(&world, &id).await;
    let wait = next(&world, &id).await;
    assert!((30..60).contains(&wait.as_secs()), "{wait}");
    let attention = world.status(&id).await.attention.unwrap();
    assert_eq!(attention.reason, "signed_out");
}

/// What a flag says is wrong now and then: whoever is let in again needs nobody.
#[tokio::test]
async fn museum_33_a_flag_blocks_no_recovery() {
    let world = World::new(55).await;
    world.put("a", MORNING);
    world.sandbox.add_calendar(PERSON, "Work", CalendarKind::Events, Access::Owner).unwrap();
    let id = world.connect().await;
    world.run().await;
    refuse(&world, Often::Always);
    for _ in 0..3 {
        world.later(4).await;
    }
    assert_eq!(world.status(&id).await.state, ConnectionState::Attention);
    world.sandbox.forget_visits();
    for _ in 0..26 {
        world.later(30).await;
    }
    let visits = world.sandbox.visits().len();
    assert!((1..=6).contains(&visits), "in thirteen hours nobody hammers a server: {visits}");
    assert_eq!(world.status(&id).await.state, ConnectionState::Attention);
    world.sandbox.clear_faults();
    world.later(13 * 60).await;
    world.later(1).await;
    let status = world.status(&id).await;
    assert_eq!((status.state, status.attention), (ConnectionState::Synced, None));
    for (calendar, _) in world.calendars(&id).await {
        assert_eq!(calendar.state(world.now()), CalendarState::Synced, "{}", calendar.name);
    }
    world.later(60).await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "and it goes on");
}

/// Who lists calendars and refuses to have them read has let nobody in.
#[tokio::test]
async fn museum_34_a_listing_alone_takes_no_flag_back() {
    let (world, id) = connected(61).await;
    let (ctx, stand_in) = StandIn::before(&world.ctx, "icloud");
    stand_in.lists();
    let out = ProviderError::SignedOut { why: SignedOutWhy::PasswordRefused };
    stand_in.says(Some(out));
    let later = async |minutes| {
        world.clock.advance(SignedDuration::from_mins(minutes));
        sync::run_due(&ctx, &world.handlers).await.unwrap();
    };
    for _ in 0..12 {
        later(10).await;
    }
    let since = world.status(&id).await.attention.unwrap().since;
    for _ in 0..12 {
        later(30).await;
        let attention = world.status(&id).await.attention.expect("it stays");
        assert_eq!(attention.since, since);
    }
    stand_in.says(None);
    later(61).await;
    later(1).await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "the hourly look mends it");
}

/// An account without a calendar has nothing to pull, and its password may die all the same.
#[tokio::test]
async fn museum_34_an_empty_account_is_told_too_and_mends_itself() {
    let (world, id) = connected(62).await;
    let calendar = world.calendars(&id).await.remove(0).0;
    let mut tx = world.ctx.db.begin().await.unwrap();
    store::calendars::delete(&mut tx, &calendar.id).await.unwrap();
    tx.commit().await.unwrap();
    let (ctx, stand_in) = StandIn::before(&world.ctx, "icloud");
    let later = async |minutes| {
        world.clock.advance(SignedDuration::from_mins(minutes));
        sync::run_due(&ctx, &world.handlers).await.unwrap();
    };
    let out = ProviderError::SignedOut { why: SignedOutWhy::PasswordRefused };
    stand_in.says(Some(out));
    for _ in 0..9 {
        later(10).await;
    }
    let attention = world.status(&id).await.attention.unwrap();
    assert_eq!(attention.reason, "password_refused");
    stand_in.says(None);
    later(7 * 60).await;
    later(1).await;
    assert_eq!(world.status(&id).await.attention, None);
}

/// The same where each refresh brings another refresh token: what is refused is what was used.
#[tokio::test]
async fn museum_34_an_empty_account_whose_tokens_turn_is_told_too() {
    let world = World::new(63).await;
    world.outlook_person("ada@outlook.example", AccountKind::Work);
    let outcome = world.sign_in_at("outlook", "ada@outlook.example").await;
    let Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
    world.run().await;
    let calendar = world.calendars(&id).await.remove(0).0;
    let mut tx = world.ctx.db.begin().await.unwrap();
    store::calendars::delete(&mut tx, &calendar.id).await.unwrap();
    tx.commit().await.unwrap();
    let (ctx, stand_in) = StandIn::before(&world.ctx, "outlook");
    stand_in.says(Some(ProviderError::SignedOut { why: SignedOutWhy::TokenRefused }));
    for _ in 0..9 {
        world.clock.advance(SignedDuration::from_mins(10));
        let ran =
            tokio::time::timeout(Duration::from_secs(20), sync::run_due(&ctx, &world.handlers));
        ran.await.expect("it is not asked again and again").unwrap();
    }
    assert_eq!(world.status(&id).await.attention.unwrap().reason, "signed_out");
}

/// Whatever an issuer of tokens answers that is no proof, for a day.
#[tokio::test]
async fn museum_33_no_outage_and_no_limit_of_google_signs_anybody_out() {
    let world = World::new(56).await;
    world.google_person(ADA);
    world.put_at_google(ADA, "Talk", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z");
    let id = world.connect_google(ADA).await;
    world.run().await;
    let google = world.sandbox.google();
    let failing = |status| Some(Failure { status, often: Often::Always, ..Failure::default() });
    let limit = sandbox::Throttle { often: Often::Always, ..sandbox::Throttle::default() };
    let faults: Vec<Fault> = vec![
        Box::new(move |faults| faults.token_fail = failing(500)),
        Box::new(move |faults| faults.token_fail = failing(429)),
        Box::new(move |faults| faults.fail = failing(503)),
        Box::new(move |faults| faults.fail = failing(403)),
        Box::new(move |faults| faults.throttle = Some(limit)),
        Box::new(|faults| faults.web_page = Often::Always),
        Box::new(|faults| faults.drop_before = Often::Always),
        Box::new(|faults| faults.truncate = Often::Always),
        Box::new(|faults| faults.token_answer_lost = Often::Times(3)),
    ];
    for fault in faults {
        google.change_faults(Some(ADA), fault).unwrap();
        for _ in 0..4 {
            world.later(40).await;
            calm(&world, &id).await;
        }
        world.sandbox.clear_faults();
        for _ in 0..4 {
            world.later(20).await;
        }
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    }
}

#[tokio::test]
async fn museum_33_no_outage_and_no_limit_of_a_server_signs_anybody_out() {
    let (world, id) = connected(57).await;
    let failing = |status, retry_after_s| {
        let often = Often::Always;
        let fail = Some(Failure { status, often, retry_after_s, ..Failure::default() });
        Faults { fail, ..Faults::default() }
    };
    for faults in [
        failing(500, None),
        failing(503, Some(600)),
        failing(429, Some(60)),
        failing(429, None),
        failing(403, None),
        failing(507, None),
        Faults { web_page: Often::Always, ..Faults::default() },
        Faults { drop_before: Often::Always, ..Faults::default() },
        Faults { truncate: Often::Always, ..Faults::default() },
        Faults { inner_errors: Often::Always, ..Faults::default() },
    ] {
        let person = Whom::Person(PERSON.into());
        world.sandbox.set_faults(&person, faults.clone()).unwrap();
        for _ in 0..4 {
            world.later(40).await;
            calm(&world, &id).await;
        }
        world.sandbox.clear_faults();
        for _ in 0..3 {
            world.later(20).await;
        }
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "{faults:?}");
    }
}

/// Time-outs between two refusals take no part in a proof, and are none themselves.
#[tokio::test]
async fn museum_33_what_is_no_refusal_is_not_counted_as_one() {
    let (mut world, id) = connected(58).await;
    let (ctx, stand_in) = StandIn::before(&world.ctx, "icloud");
    world.ctx = ctx;
    let time_out = ProviderError::Unavailable { say: "It did not answer in time.".into() };
    let refused = ProviderError::SignedOut { why: SignedOutWhy::PasswordRefused };
    for (failure, is_first) in [(&time_out, true), (&time_out, false), (&refused, false)] {
        stand_in.says(Some(failure.clone()));
        next(&world, &id).await;
        calm(&world, &id).await;
        assert_eq!(refused_at(&world, &id).await.is_some(), *failure == refused, "{is_first}");
    }
    stand_in.says(None);
    next(&world, &id).await;
    calm(&world, &id).await;
    assert_eq!(refused_at(&world, &id).await, None);
}

/// Another process holds the only lock for longer than we wait.
async fn busy(world: &World, id: &ConnectionId) {
    let (ctx, stand_in) = StandIn::before(&world.ctx, "icloud");
    let other = Db::open(&world.location(), keyring()).await.unwrap();
    stand_in.shut();
    world.clock.advance(SignedDuration::from_mins(4));
    let hold = async {
        stand_in.reached().await;
        let held = other.begin().await.unwrap();
        stand_in.open();
        tokio::time::sleep(Duration::from_secs(7)).await;
        drop(held);
    };
    let (ran, ()) = tokio::join!(sync::run_due(&ctx, &world.handlers), hold);
    ran.unwrap();
    calm(world, id).await;
}

/// The database goes away in the middle of a pull.
async fn away(world: &World, id: &ConnectionId) {
    let db = Db::open(&world.location(), keyring()).await.unwrap();
    let ctx = Context { db: db.clone(), ..world.ctx.clone() };
    let (ctx, stand_in) = StandIn::before(&ctx, "icloud");
    stand_in.shut();
    world.clock.advance(SignedDuration::from_mins(4));
    let leave = async {
        stand_in.reached().await;
        db.close().await;
        stand_in.open();
    };
    let (ran, ()) = tokio::join!(sync::run_due(&ctx, &world.handlers), leave);
    assert!(ran.is_err(), "nothing more can be claimed");
    calm(world, id).await;
}

#[tokio::test]
async fn museum_33_a_store_of_ours_that_fails_is_nobodys_refusal() {
    for row in rows().iter().filter(|row| row.place == "our own store") {
        let (world, id) = connected(59).await;
        match row.mishap() {
            Some("busy") => busy(&world, &id).await,
            Some("away") => away(&world, &id).await,
            other => panic!("nothing plays {other:?}"),
        }
        assert_eq!(refused_at(&world, &id).await, None);
        for _ in 0..3 {
            world.later(4).await;
        }
        calm(&world, &id).await;
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    }
}
