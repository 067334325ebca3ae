//! Google, from consent to rings: what a ring does and does not do, what is done where none comes,
//! and that tokens survive whatever happens between an answer and its storing. And what Microsoft
//! says of its subscriptions themselves.
#![cfg(test)]

mod world;

use std::collections::BTreeMap;

use connection::{ConnectionState, Credential};
use jiff::SignedDuration;
use sandbox::{AccountKind, GoogleFaults, Often, Role, Rotation};
use serde_json::json;
use store::channels::{self, Held};
use store::{calendars, connections, jobs};
use sync::connect::Outcome;
use sync::notices::{self, Notice};
use sync::watch::{self, Rung};
use world::mortal::Mortal;
use world::rings::{ADA, made_up};
use world::{POLL_RINGING_S, World};

async fn connected() -> (World, connection::ConnectionId) {
    let world = World::new(3).await;
    world.google_person(ADA);
    let id = world.connect_google(ADA).await;
    world.run().await;
    world.carry_rings().await;
    world.run().await;
    (world, id)
}

const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
const BO: &str = "bo@gmail.example";
const DAY: (&str, &str) = ("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");

#[tokio::test]
async fn a_ring_brings_what_changed() {
    let (world, id) = connected().await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    assert!(world.calendars(&id).await[0].0.push, "its provider rings");
    world.put_at_google(ADA, "Late", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    assert_eq!(world.busy(DAY.0, DAY.1).await, [""; 0], "nobody has rung");
    assert_eq!(world.carry_rings().await, [Rung::Heard]);
    world.run().await;
    assert_eq!(world.busy(DAY.0, DAY.1).await, ["2026-11-24T10:00:00Z/2026-11-24T11:00:00Z"]);
}

#[tokio::test]
async fn a_forged_or_unknown_ring_does_nothing() {
    let (world, _) = connected().await;
    world.put_at_google(ADA, "Late", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    let ring = world.sandbox.take_ring().unwrap();
    let id = ring.channel.parse().unwrap();
    let forged = watch::ring(&world.ctx, &id, "made up", true).await.unwrap();
    assert_eq!(forged, Rung::Unknown);
    let other = connection::ChannelId::new(world.now(), world.ctx.dice.as_ref());
    assert_eq!(watch::ring(&world.ctx, &other, "made up", true).await.unwrap(), Rung::Unknown);
    assert_eq!(world.run().await, 0, "nobody asked for anything");
}

/// The channels of the first calendar.
async fn held(world: &World, id: &connection::ConnectionId) -> Vec<Held> {
    let (calendar, _) = world.calendars(id).await.remove(0);
    let mut tx = world.ctx.db.read().await.unwrap();
    channels::of_calendar(&mut tx, &calendar.id).await.unwrap()
}

#[tokio::test]
async fn a_channel_that_was_replaced_and_closed_is_not_heard_any_more() {
    let (mut world, id) = connected().await;
    world.put_at_google(ADA, "First", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    let ring = world.sandbox.take_ring().unwrap();
    assert_eq!(world.hear(&ring).await, [Rung::Heard]);
    // As after a restart without the setting: it is let go, and stands until another one does.
    let address = world.ctx.public_url.take();
    world.later(6 * 24 * 60 + 60).await;
    let retired = held(&world, &id).await;
    assert_eq!((retired.len(), retired[0].retired_at.is_some()), (1, true));
    assert_eq!(world.hear(&ring).await, [Rung::Heard], "while it stands, it tells of changes");
    world.ctx.public_url = address;
    world.later(70).await;
    let held = held(&world, &id).await;
    assert_eq!((held.len(), held[0].retired_at), (1, None));
    assert_ne!(held[0].id, retired[0].id, "another one took its place");
    world.put_at_google(ADA, "Second", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z");
    assert_eq!(world.hear(&ring).await, [Rung::Unknown]);
    assert_eq!(world.run().await, 0, "nobody asked for anything");
    assert_eq!(world.busy(DAY.0, DAY.1).await, ["2026-11-24T10:00:00Z/2026-11-24T11:00:00Z"]);
}

const BEN: &str = "ben@outlook.example";

/// An account at Outlook that is rung for.
async fn rung_for_by_microsoft() -> (World, connection::ConnectionId) {
    let world = World::new(3).await;
    world.outlook_person(BEN, AccountKind::Work);
    let outcome = world.sign_in_at("outlook", BEN).await;
    let Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
    world.run().await;
    assert!(world.calendars(&id).await[0].0.push, "its provider rings");
    assert_eq!(held(&world, &id).await.len(), 1);
    (world, id)
}

fn put_at_outlook(world: &World, hour: u8) {
    let at =
        |hour: u8| json!({"dateTime": format!("2026-11-24T{hour:02}:00:00"), "timeZone": "UTC"});
    let event = json!({"subject": "Late", "start": at(hour), "end": at(hour + 1)});
    world.sandbox.microsoft().put_event(BEN, "default", event).unwrap();
}

/// Microsoft says something of its subscriptions, and what it asks for is done.
async fn says(world: &World, lifecycle: &str) {
    world.sandbox.microsoft().send_lifecycle(BEN, lifecycle).unwrap();
    assert_eq!(world.carry_rings().await, [Rung::Heard], "{lifecycle}");
    assert!(world.run().await > 0, "{lifecycle}");
}

#[tokio::test]
async fn museum_37_a_subscription_that_must_be_reauthorized_is_renewed() {
    let (world, id) = rung_for_by_microsoft().await;
    let before = held(&world, &id).await.remove(0).channel().unwrap();
    world.later(24 * 60).await;
    assert_eq!(held(&world, &id).await[0].channel().as_ref(), Some(&before), "not yet due");
    says(&world, "reauthorizationRequired").await;
    let after = held(&world, &id).await;
    assert_eq!(after.len(), 1);
    let after = after[0].channel().unwrap();
    assert_eq!((&after.id, &after.remote), (&before.id, &before.remote), "it is the same one");
    let later = after.expires_at.duration_since(before.expires_at);
    assert_eq!(later, SignedDuration::from_hours(24));
    // Without it, the subscription would have ended by now.
    let past = before.expires_at.duration_since(world.now()) + SignedDuration::from_mins(1);
    world.clock.advance(past);
    put_at_outlook(&world, 10);
    assert!(world.carry_rings().await.contains(&Rung::Heard));
}

#[tokio::test]
async fn museum_37_a_subscription_that_was_removed_is_opened_anew() {
    let (world, id) = rung_for_by_microsoft().await;
    put_at_outlook(&world, 10);
    let old = world.sandbox.take_ring().unwrap();
    assert_eq!(world.hear(&old).await, [Rung::Heard]);
    world.run().await;
    let before = held(&world, &id).await.remove(0);
    says(&world, "subscriptionRemoved").await;
    let after = held(&world, &id).await;
    assert_eq!(after.len(), 1);
    assert_ne!(after[0].id, before.id, "the one that was removed is forgotten");
    assert_ne!(after[0].open, before.open);
    put_at_outlook(&world, 12);
    assert_eq!(world.hear(&old).await, [Rung::Unknown]);
    assert_eq!(world.run().await, 0, "nobody asked for anything");
    assert_eq!(world.carry_rings().await, [Rung::Heard], "the new one rings");
    world.run().await;
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 2);
    assert!(world.calendars(&id).await[0].0.push);
}

#[tokio::test]
async fn museum_37_what_microsoft_says_was_missed_is_pulled() {
    let (world, id) = rung_for_by_microsoft().await;
    let before = held(&world, &id).await.remove(0);
    let microsoft = world.sandbox.microsoft();
    microsoft.change_faults(Some(BEN), |faults| faults.push_dropped = Often::Always).unwrap();
    put_at_outlook(&world, 10);
    assert_eq!(world.carry_rings().await, []);
    assert_eq!(world.run().await, 0, "nobody asked for anything");
    assert_eq!(world.busy(DAY.0, DAY.1).await, [""; 0]);
    says(&world, "missed").await;
    assert_eq!(world.busy(DAY.0, DAY.1).await, ["2026-11-24T10:00:00Z/2026-11-24T11:00:00Z"]);
    let after = held(&world, &id).await;
    assert_eq!((after.len(), after[0].channel()), (1, before.channel()), "it stays as it is");
}

#[tokio::test]
async fn doubled_rings_are_one_pull() {
    let (world, _) = connected().await;
    let doubled = GoogleFaults { push_doubled: Often::Always, ..GoogleFaults::default() };
    world.sandbox.google().set_faults(Some(ADA), doubled).unwrap();
    world.put_at_google(ADA, "Late", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    assert_eq!(world.carry_rings().await, [Rung::Heard, Rung::Heard]);
    assert_eq!(world.run().await, 1);
    assert_eq!(world.busy(DAY.0, DAY.1).await, ["2026-11-24T10:00:00Z/2026-11-24T11:00:00Z"]);
}

#[tokio::test]
async fn a_ring_for_a_pull_that_has_not_begun_writes_nothing() {
    let (world, _) = connected().await;
    world.put_at_google(ADA, "Late", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    assert_eq!(world.carry_rings().await, [Rung::Heard]);
    world.put_at_google(ADA, "Later", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z");
    // Whoever had to write would wait for who writes now.
    let writer = world.ctx.db.begin().await.unwrap();
    assert_eq!(world.carry_rings().await, [Rung::Heard]);
    drop(writer);
    assert_eq!(world.run().await, 1);
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 2);
}

#[tokio::test]
async fn museum_37_lost_rings_are_noticed_and_polls_keep_the_promise() {
    let (world, id) = connected().await;
    let dropped = GoogleFaults { push_dropped: Often::Always, ..GoogleFaults::default() };
    world.sandbox.google().set_faults(Some(ADA), dropped).unwrap();
    world.put_at_google(ADA, "Unheard", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    world.later(10).await;
    let is_found = "the poll finds it in ten minutes, however lost the ring is";
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 1, "{is_found}");
    world.later(6).await;
    let calendar = &world.calendars(&id).await[0].0;
    let trouble = calendar.push_trouble.as_ref().expect("its silence is told");
    assert!(trouble.say.contains("did not ring"), "{}", trouble.say);
    assert_eq!((calendar.push, calendar.poll_every_s), (false, 300), "it is polled instead");
    world.put_at_google(ADA, "Second", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z");
    world.later(6).await;
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 2, "within the shorter interval");
    // Rings come again: believed with the first one.
    world.sandbox.google().set_faults(Some(ADA), GoogleFaults::default()).unwrap();
    world.put_at_google(ADA, "Third", "2026-11-24T14:00:00Z", "2026-11-24T15:00:00Z");
    assert!(world.carry_rings().await.contains(&Rung::Heard));
    world.run().await;
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 3);
    let calendar = &world.calendars(&id).await[0].0;
    assert_eq!((calendar.push, calendar.poll_every_s), (true, POLL_RINGING_S));
}

#[tokio::test]
async fn museum_37_who_stays_silent_is_polled_and_asked_anew_until_it_rings() {
    let (world, id) = connected().await;
    let dropped = GoogleFaults { push_dropped: Often::Always, ..GoogleFaults::default() };
    world.sandbox.google().set_faults(Some(ADA), dropped).unwrap();
    world.put_at_google(ADA, "Unheard", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    world.later(35).await;
    world.later(6).await;
    assert!(!world.calendars(&id).await[0].0.push);
    world.sandbox.forget_visits();
    // Longer than a channel lives.
    for _ in 0..8 * 4 {
        world.later(6 * 60 + 1).await;
        let (calendar, _) = world.calendars(&id).await.remove(0);
        assert!(!calendar.push && calendar.push_trouble.is_some(), "nothing has rung");
    }
    let asked = world.sandbox.visits().iter().filter(|it| it.path.ends_with("/watch")).count();
    assert!((30..=34).contains(&asked), "every six hours: {asked}");
    world.sandbox.google().set_faults(Some(ADA), GoogleFaults::default()).unwrap();
    world.put_at_google(ADA, "Heard", "2026-12-24T14:00:00Z", "2026-12-24T15:00:00Z");
    assert!(world.carry_rings().await.contains(&Rung::Heard));
    world.run().await;
    assert!(world.calendars(&id).await[0].0.push, "believed with its first ring");
}

#[tokio::test]
async fn museum_37_channels_are_renewed_for_thirty_days() {
    let (world, id) = connected().await;
    for day in 0..30 {
        for _ in 0..12 {
            world.later(120).await;
            world.carry_rings().await;
        }
        let start = format!("2026-11-24T{:02}:00:00Z", day % 24);
        let end = format!("2026-11-24T{:02}:30:00Z", day % 24);
        world.put_at_google(ADA, "Daily", &start, &end);
        assert!(world.carry_rings().await.contains(&Rung::Heard), "day {day}: somebody hears");
        world.run().await;
    }
    assert!(world.calendars(&id).await[0].0.push);
}

#[tokio::test]
async fn a_refusal_to_ring_is_told_and_tried_again() {
    let world = World::new(3).await;
    world.google_person(ADA);
    let refused = Some("pushNotSupportedForRequestedResource".to_owned());
    let faults = GoogleFaults { watch_refused: refused, ..GoogleFaults::default() };
    world.sandbox.google().set_faults(Some(ADA), faults).unwrap();
    let id = world.connect_google(ADA).await;
    world.run().await;
    let calendar = &world.calendars(&id).await[0].0;
    assert!(!calendar.push && calendar.push_trouble.is_some() && calendar.poll_every_s == 300);
    world.sandbox.google().set_faults(Some(ADA), GoogleFaults::default()).unwrap();
    world.later(7 * 60).await;
    assert!(world.calendars(&id).await[0].0.push, "asked again after hours");
}

/// Does a ring from its provider bring what changed?
async fn hears(world: &World, title: &str) -> bool {
    let before = world.busy(DAY.0, DAY.1).await.len();
    world.put_at_google(ADA, title, "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    let heard = world.carry_rings().await.contains(&Rung::Heard);
    world.run().await;
    heard && world.busy(DAY.0, DAY.1).await.len() > before
}

#[tokio::test]
async fn an_address_that_is_set_later_makes_providers_ring() {
    let mut world = World::new(3).await;
    world.google_person(ADA);
    let address = world.ctx.public_url.take();
    let id = world.connect_google(ADA).await;
    world.run().await;
    let calendar = world.calendars(&id).await.remove(0).0;
    assert_eq!((calendar.push, calendar.poll_every_s), (false, 300));
    // As after a restart with the setting.
    world.ctx.public_url = address;
    world.later(70).await;
    world.carry_rings().await;
    assert!(world.calendars(&id).await[0].0.push);
    assert!(hears(&world, "Late").await);
}

#[tokio::test]
async fn without_an_address_that_providers_can_call_it_is_polled_and_says_who_can_mend_that() {
    const BEN: &str = "ben@outlook.example";
    let mut world = World::new(3).await;
    world.google_person(ADA);
    world.outlook_person(BEN, AccountKind::Work);
    world.ctx.public_url = None;
    for (integration, email) in [("google", ADA), ("outlook", BEN)] {
        let outcome = world.sign_in_at(integration, email).await;
        let Outcome::Connected(id) = outcome else { panic!("{integration}: {outcome:?}") };
        world.run().await;
        let calendar = world.calendars(&id).await.remove(0).0;
        let say = calendar.push_trouble.expect("it is told why").say;
        assert_eq!(
            say,
            "This installation has no address that providers can call; an administrator can set \
             one.",
            "{integration}"
        );
        assert_eq!((calendar.push, calendar.poll_every_s), (false, 300), "{integration}");
    }
    world.put_at_google(ADA, "Late", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    assert!(world.sandbox.take_ring().is_none(), "nobody was asked to ring");
    world.later(6).await;
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 1, "it is read all the same");
}

#[tokio::test]
async fn a_channel_that_ended_during_a_pause_is_opened_again() {
    let (world, id) = connected().await;
    sync::connect::pause(&world.ctx, &id, true, &world.dana()).await.unwrap();
    world.later(8 * 24 * 60).await;
    assert!(!hears(&world, "Unheard").await);
    sync::connect::pause(&world.ctx, &id, false, &world.dana()).await.unwrap();
    world.run().await;
    world.carry_rings().await;
    assert!(hears(&world, "Late").await);
}

#[tokio::test]
async fn a_calendar_that_was_gone_for_long_is_rung_for_again() {
    let (world, id) = connected().await;
    world.google_person("boss@gmail.example");
    let google = world.sandbox.google();
    let share = || {
        let with = (ADA, Role::Reader);
        google.share_calendar("boss@gmail.example", "primary", with).unwrap();
    };
    share();
    world.later(70).await;
    let find = async || {
        let all = world.calendars(&id).await;
        all.into_iter().map(|(it, _)| it).find(|it| it.remote.as_str() != ADA).unwrap()
    };
    assert!(find().await.push);
    google.remove_calendar(ADA, "boss@gmail.example").unwrap();
    for _ in 0..8 {
        world.later(24 * 60).await;
        world.later(70).await;
    }
    assert!(find().await.gone_at.is_some());
    share();
    world.later(70).await;
    world.later(5).await;
    assert!(find().await.gone_at.is_none() && find().await.push);
    let event = json!({"summary": "Late", "start": {"dateTime": "2026-11-24T10:00:00Z"},
        "end": {"dateTime": "2026-11-24T11:00:00Z"}});
    world.carry_rings().await;
    google.put_event("boss@gmail.example", "primary", event).unwrap();
    assert!(world.carry_rings().await.contains(&Rung::Heard));
}

#[tokio::test]
async fn a_renewal_that_fails_a_day_early_leaves_a_channel_that_rings() {
    let (world, id) = connected().await;
    let refused = Some("pushNotSupportedForRequestedResource".to_owned());
    let broken = sandbox::Failure { status: 503, often: Often::Always, ..Default::default() };
    let failing = GoogleFaults { fail: Some(broken), ..GoogleFaults::default() };
    let refusing = GoogleFaults { watch_refused: refused, ..GoogleFaults::default() };
    for faults in [failing, refusing] {
        world.clock.advance(SignedDuration::from_hours(6 * 24));
        world.sandbox.google().set_faults(Some(ADA), faults).unwrap();
        world.later(30).await;
        assert!(world.calendars(&id).await[0].0.push, "it rings for a day more");
        world.sandbox.google().set_faults(Some(ADA), GoogleFaults::default()).unwrap();
        world.later(7 * 60).await;
        world.carry_rings().await;
        world.put_at_google(ADA, "Late", "2026-12-24T10:00:00Z", "2026-12-24T11:00:00Z");
        assert!(world.carry_rings().await.contains(&Rung::Heard));
        world.run().await;
    }
    // Past its end, without another one.
    let refused = Some("pushNotSupportedForRequestedResource".to_owned());
    let refusing = GoogleFaults { watch_refused: refused, ..GoogleFaults::default() };
    world.sandbox.google().set_faults(Some(ADA), refusing).unwrap();
    for _ in 0..8 {
        world.later(24 * 60).await;
    }
    let (calendar, _) = world.calendars(&id).await.remove(0);
    assert!(!calendar.push && calendar.push_trouble.is_some());
}

/// Does what is due of one kind of job alone.
async fn run_only(world: &World, kind: &str) {
    let handlers = world.handlers.iter().filter(|(key, _)| **key == kind);
    let handlers = handlers.map(|(key, handler)| (*key, handler.clone())).collect();
    sync::run_due(&world.ctx, &handlers).await.unwrap();
}

#[tokio::test]
async fn who_asks_to_wait_is_not_asked_for_channels_or_calendars_meanwhile() {
    for kind in ["watch_calendar", "list_calendars"] {
        let world = World::new(3).await;
        world.google_person(ADA);
        let id = world.connect_google(ADA).await;
        let throttle = sandbox::Throttle {
            reason: "rateLimitExceeded".into(),
            often: Often::Always,
            status: Some(429),
            retry_after_s: Some(1_800),
        };
        let faults = GoogleFaults { throttle: Some(throttle), ..GoogleFaults::default() };
        world.sandbox.google().set_faults(Some(ADA), faults).unwrap();
        run_only(&world, kind).await;
        let (calendar, _) = world.calendars(&id).await.remove(0);
        let mut tx = world.ctx.db.read().await.unwrap();
        let connection = connections::load(&mut tx, &id).await.unwrap().unwrap();
        let until = connection.throttled_until.expect("the whole connection waits");
        let mut waiting = jobs::of_subject(&mut tx, calendar.id.as_str()).await.unwrap();
        waiting.extend(jobs::of_subject(&mut tx, id.as_str()).await.unwrap());
        let waiting = waiting.iter().find(|it| it.job.kind == kind).unwrap();
        assert_eq!(waiting.run_at, until);
    }
}

#[tokio::test]
async fn a_channel_is_opened_although_its_access_was_withdrawn_early() {
    let world = World::new(3).await;
    world.google_person(ADA);
    let id = world.connect_google(ADA).await;
    world.sandbox.google().expire_access_tokens(ADA).unwrap();
    run_only(&world, "watch_calendar").await;
    assert!(world.calendars(&id).await[0].0.push);
}

#[tokio::test]
async fn two_connections_of_one_mailbox_leave_each_other_their_channel() {
    const INFO: &str = "info@contoso.example";
    let world = World::new(3).await;
    world.outlook_person(INFO, AccountKind::Work);
    let mut connected = Vec::new();
    for user in [world.user.clone(), world.another_user(1).await] {
        let outcome = world.sign_in_as(&user, ("outlook", INFO)).await;
        let Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
        connected.push(id);
        world.run().await;
    }
    let find = async |nth: usize| world.calendars(&connected[nth]).await.remove(0).0;
    for _ in 0..8 {
        world.later(24 * 60).await;
        world.later(70).await;
        world.carry_rings().await;
        let (first, second) = (find(0).await, find(1).await);
        assert!(first.push && !second.push, "{:?}", first.push_trouble);
        let say = second.push_trouble.unwrap().say;
        assert!(say.starts_with("Another connection of this mailbox"), "{say}");
    }
    let event = json!({"subject": "Late",
        "start": {"dateTime": "2026-12-24T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-24T10:00:00", "timeZone": "UTC"}});
    world.sandbox.microsoft().put_event(INFO, "default", event).unwrap();
    assert_eq!(world.carry_rings().await, [Rung::Heard]);
    // Where the first leaves, the second takes over.
    sync::connect::disconnect(&world.ctx, &connected[0], &world.dana()).await.unwrap();
    world.ctx.tasks.close();
    world.ctx.tasks.wait().await;
    world.later(7 * 60).await;
    assert!(find(1).await.push);
}

#[tokio::test]
async fn museum_19_what_was_deleted_while_the_bookmark_was_forgotten_goes() {
    let (world, id) = connected().await;
    let ids: Vec<String> = (0..30)
        .map(|n| {
            let (start, end) = (format!("2026-11-24T{:02}:00:00Z", n % 24), n % 24);
            world.put_at_google(ADA, "Many", &start, &format!("2026-11-24T{end:02}:30:00Z"))
        })
        .collect();
    world.carry_rings().await;
    world.run().await;
    assert_eq!(world.calendars(&id).await[0].1.events, 30);
    world.sandbox.google().expire_sync_tokens(ADA).unwrap();
    for id in &ids[..20] {
        world.sandbox.google().delete_event(ADA, "primary", id).unwrap();
    }
    world.carry_rings().await;
    world.run().await;
    assert_eq!(world.calendars(&id).await[0].1.events, 10);
    let mut tx = world.ctx.db.read().await.unwrap();
    let last = store::runs::last(&mut tx, &id, 9).await.unwrap();
    let run = last.into_iter().find(|run| run.removed > 0).unwrap();
    assert_eq!((run.removed, run.failure), (20, None));
    assert!(run.say.is_some_and(|say| say.contains("read again")), "it is told");
}

#[tokio::test]
async fn a_listing_that_another_process_began_is_not_taken_for_todays() {
    let (world, id) = connected().await;
    for n in 0..20 {
        let (start, end) =
            (format!("2026-11-24T{n:02}:00:00Z"), format!("2026-11-24T{n:02}:30:00Z"));
        world.put_at_google(ADA, "Many", &start, &end);
    }
    let mut manners = world.sandbox.google().manners();
    manners.page_max = Some(7);
    world.sandbox.google().set_manners(manners);
    world.sandbox.google().expire_sync_tokens(ADA).unwrap();
    world.clock.advance(SignedDuration::from_hours(1));
    let calendar = world.calendars(&id).await[0].0.id.clone();
    let is_midway = async || {
        let mut tx = world.ctx.db.read().await.unwrap();
        let place = calendars::place(&mut tx, &calendar).await.unwrap().unwrap();
        matches!(place.cursor, connection::Cursor::Midway(_))
    };
    let mut steps = 20;
    while !is_midway().await {
        Mortal { life: Box::pin(world.run()), steps }.await;
        world.clock.advance(SignedDuration::from_mins(1));
        steps += 5;
        assert!(steps < 2_000, "it never died between two pages");
    }
    world.clock.advance(SignedDuration::from_hours(1));
    world.put_at_google(ADA, "Since", "2026-11-25T09:00:00Z", "2026-11-25T09:30:00Z");
    world.run().await;
    let (calendar, counts) = world.calendars(&id).await.remove(0);
    assert_eq!(calendar.state(world.now()), connection::CalendarState::Synced);
    assert_eq!(counts.events, 21);
}

fn daily(summary: &str, days: u32) -> serde_json::Value {
    json!({
        "summary": summary,
        "start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-11-23T09:30:00", "timeZone": "Europe/Berlin"},
        "recurrence": [format!("RRULE:FREQ=DAILY;COUNT={days}")],
    })
}

#[tokio::test]
async fn museum_22_a_long_series_goes_with_all_its_instances() {
    let (world, id) = connected().await;
    world.put_at_google(ADA, "Stays", "2026-11-24T18:00:00Z", "2026-11-24T19:00:00Z");
    let series = world.put_json(ADA, daily("Standup", 1_000));
    let moved = json!({"start": {"dateTime": "2026-11-26T15:00:00Z"},
        "end": {"dateTime": "2026-11-26T15:30:00Z"}});
    let instance = format!("{series}_20261126T080000Z");
    world.sandbox.google().patch_event(ADA, ("primary", &instance), moved).unwrap();
    world.carry_rings().await;
    world.run().await;
    let all = ("2026-11-22T00:00:00Z", "2027-11-22T00:00:00Z");
    assert_eq!(world.busy(all.0, all.1).await.len(), 365, "a year of it, and what stays");
    assert_eq!(world.calendars(&id).await[0].1.events, 2, "an instance is no event of its own");
    world.sandbox.google().delete_event(ADA, "primary", &series).unwrap();
    world.carry_rings().await;
    world.run().await;
    assert_eq!(world.busy(all.0, all.1).await, ["2026-11-24T18:00:00Z/2026-11-24T19:00:00Z"]);
}

#[tokio::test]
async fn museum_23_a_moved_instance_is_busy_once_where_it_is_now() {
    let (world, _) = connected().await;
    let series = world.put_json(ADA, daily("Standup", 3));
    world.carry_rings().await;
    world.run().await;
    let instance = format!("{series}_20261124T080000Z");
    let google = world.sandbox.google();
    for (start, end) in [("11:00", "11:30"), ("23:45", "24:15"), ("07:00", "07:30")] {
        let at = |time: &str| match time {
            "24:15" => json!({"dateTime": "2026-11-25T00:15:00Z"}),
            time => json!({"dateTime": format!("2026-11-24T{time}:00Z")}),
        };
        let moved = json!({"start": at(start), "end": at(end)});
        google.patch_event(ADA, ("primary", &instance), moved).unwrap();
        world.carry_rings().await;
        world.run().await;
        let busy = world.busy("2026-11-23T00:00:00Z", "2026-11-26T00:00:00Z").await;
        assert_eq!(busy.len(), 3, "{busy:?}");
        assert!(busy.iter().any(|it| it.contains(&format!("T{start}:00Z/"))), "{busy:?}");
        assert!(!busy.iter().any(|it| it.starts_with("2026-11-24T08:00")), "{busy:?}");
    }
    google.delete_event(ADA, "primary", &instance).unwrap();
    world.carry_rings().await;
    world.run().await;
    let busy = world.busy("2026-11-23T00:00:00Z", "2026-11-26T00:00:00Z").await;
    assert_eq!(busy.len(), 2, "cancelled: {busy:?}");
}

#[tokio::test]
async fn an_access_token_that_dies_early_is_renewed_once() {
    let (world, id) = connected().await;
    world.sandbox.google().expire_access_tokens(ADA).unwrap();
    world.put_at_google(ADA, "Late", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    world.carry_rings().await;
    world.run().await;
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 1);
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn access_that_was_taken_back_asks_for_attention() {
    let (world, id) = connected().await;
    world.sandbox.google().revoke(ADA).unwrap();
    for _ in 0..4 {
        world.later(20).await;
    }
    let status = world.status(&id).await;
    assert_eq!(status.state, ConnectionState::Attention);
    assert_eq!(status.attention.map(|it| it.reason).as_deref(), Some("signed_out"));
    let again = world.sign_in_at_google(ADA).await;
    assert_eq!(again, Outcome::Repaired(id.clone()), "the same account again mends it");
    world.run().await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn who_is_disconnected_is_not_rung_any_more() {
    let (world, id) = connected().await;
    sync::connect::disconnect(&world.ctx, &id, &world.dana()).await.unwrap();
    world.ctx.tasks.close();
    world.ctx.tasks.wait().await;
    world.put_at_google(ADA, "Late", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    assert!(world.sandbox.take_ring().is_none());
}

#[tokio::test]
async fn a_made_up_code_keeps_nothing() {
    let world = World::new(3).await;
    world.google_person(ADA);
    let outcome = sync::connect::connect(&world.ctx, made_up(&world)).await.unwrap();
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    let mut tx = world.ctx.db.read().await.unwrap();
    assert!(connections::of_user(&mut tx, &world.user).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_calendar_that_shows_times_alone_is_read_by_them() {
    let world = World::new(3).await;
    world.google_person(ADA);
    world.google_person("boss@gmail.example");
    let google = world.sandbox.google();
    let role = Role::FreeBusyReader;
    google.share_calendar("boss@gmail.example", "primary", (ADA, role)).unwrap();
    world.put_at_google(
        "boss@gmail.example",
        "Secret",
        "2026-11-24T10:00:00Z",
        "2026-11-24T11:00:00Z",
    );
    let id = world.connect_google(ADA).await;
    world.run().await;
    let shared = world.calendars(&id).await;
    let (shared, counts) = shared.iter().find(|(c, _)| c.access.as_str() == "free_busy").unwrap();
    assert_eq!(counts.events, 1);
    let copy = world.copy(shared).await;
    assert!(copy.values().all(|text| !text.contains("Secret")), "{copy:?}");
}

/// Counts what the token endpoint was asked for.
fn refreshes(world: &World) -> usize {
    let visits = world.sandbox.visits();
    visits.iter().filter(|visit| visit.path == "/token" && visit.status == 200).count()
}

#[tokio::test]
async fn museum_32_one_refresh_whoever_asks_and_none_is_lost_when_they_go() {
    let (world, id) = connected().await;
    let google = world.sandbox.google();
    let mut manners = google.manners();
    manners.rotation = Rotation::Strict;
    google.set_manners(manners);
    // Whoever pulls is stopped after any number of steps; the tokens that come are kept.
    for steps in 0..40 {
        world.clock.advance(SignedDuration::from_mins(61));
        world.sandbox.forget_visits();
        let run = world.run();
        tokio::pin!(run);
        for _ in 0..steps {
            tokio::select! {
                biased;
                _ = &mut run => break,
                () = tokio::task::yield_now() => {}
            }
        }
    }
    world.clock.advance(SignedDuration::from_mins(61));
    for _ in 0..3 {
        world.later(2).await;
    }
    assert!(refreshes(&world) >= 1);
    let mut tx = world.ctx.db.read().await.unwrap();
    let held = connections::credential(&mut tx, &id).await.unwrap();
    assert!(matches!(held, Some(Credential::Tokens(_))));
    drop(tx);
    assert_ne!(world.status(&id).await.state, ConnectionState::Attention, "none is revoked");
}

/// A colleague's time is theirs: that we do not go does not free them.
#[tokio::test]
async fn our_own_no_does_not_free_a_colleague_whose_calendar_counts() {
    let world = World::new(7).await;
    world.google_person(ADA);
    world.google_person(BO);
    world.sandbox.google().share_calendar(BO, "primary", (ADA, Role::Reader)).unwrap();
    let event = |title: &str, hour: u8| {
        json!({
            "summary": title,
            "start": {"dateTime": format!("2026-11-24T{hour:02}:00:00Z")},
            "end": {"dateTime": format!("2026-11-24T{hour:02}:30:00Z")},
            "attendees": [{"email": ADA, "responseStatus": "declined"}],
        })
    };
    world.sandbox.google().put_event(BO, "primary", event("Theirs", 9)).unwrap();
    world.put_json(ADA, event("Ours", 11));
    let id = world.connect_google(ADA).await;
    let mut tx = world.ctx.db.begin().await.unwrap();
    for (calendar, _) in calendars::of_connection(&mut tx, &id).await.unwrap() {
        calendars::set_switches(&mut tx, &calendar.id, true, false).await.unwrap();
    }
    tx.commit().await.unwrap();
    world.run().await;
    assert_eq!(world.busy(DAY.0, DAY.1).await, ["2026-11-24T09:00:00Z/2026-11-24T09:30:00Z"]);
}

#[tokio::test]
async fn a_permission_that_is_taken_back_is_named_and_no_refresh_token_is_lost() {
    let (world, id) = connected().await;
    let google = world.sandbox.google();
    google.set_manners(sandbox::GoogleManners { rotation: Rotation::Strict, ..google.manners() });
    let held = tokens(&world, &id).await;
    google.withdraw_scope(ADA, EVENTS).unwrap();
    google.expire_access_tokens(ADA).unwrap();
    for _ in 0..3 {
        world.later(70).await;
    }
    let attention = world.status(&id).await.attention.unwrap();
    assert_eq!(attention.reason, "scope_missing");
    assert!(attention.say.contains("permission"), "{}", attention.say);
    let kept = tokens(&world, &id).await;
    assert_ne!(kept.refresh.reveal(), held.refresh.reveal(), "the newest is kept");
    let mut tx = world.ctx.db.read().await.unwrap();
    let shown = connections::load(&mut tx, &id).await.unwrap().unwrap().scopes;
    assert!(!shown.iter().any(|scope| scope.ends_with("calendar.events")), "{shown:?}");
}

async fn tokens(world: &World, id: &connection::ConnectionId) -> connection::Tokens {
    let mut tx = world.ctx.db.read().await.unwrap();
    match connections::credential(&mut tx, id).await.unwrap() {
        Some(Credential::Tokens(tokens)) => tokens,
        _ => panic!("tokens are held"),
    }
}

#[tokio::test]
async fn a_batch_is_taken_at_once_and_what_is_forged_in_it_costs_the_others_nothing() {
    let (world, _) = connected().await;
    world.put_at_google(ADA, "Late", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    let ring = world.sandbox.take_ring().unwrap();
    let headers = ring.headers();
    let is_secret = |(name, _): &&(&str, String)| *name == "x-goog-channel-token";
    let secret = headers.iter().find(is_secret).unwrap().1.clone();
    let forged = (0..900).map(|nth| format!("chn_{nth:032x}.made-up"));
    let forged = forged.chain([format!("{}.made-up", ring.channel), "no name".into()]);
    let mut batch: BTreeMap<_, _> = forged.map(|secret| (secret, Notice::Removed)).collect();
    assert_eq!(notices::take(&world.ctx, &batch).await.unwrap(), 0);
    assert_eq!(world.run().await, 0, "nobody asked for anything");
    batch.insert(secret, Notice::Changed);
    assert_eq!(notices::take(&world.ctx, &batch).await.unwrap(), 1);
    world.run().await;
    assert_eq!(world.busy(DAY.0, DAY.1).await, ["2026-11-24T10:00:00Z/2026-11-24T11:00:00Z"]);
}
