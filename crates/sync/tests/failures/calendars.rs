//! What the museum collected beside its rows: calendars that are deleted, no longer shared, found
//! late, or never readable. None of them harms another one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use connection::{CalendarState, ConnectionId, ConnectionState, FailureCode, ProviderError};
use jiff::SignedDuration;
use sandbox::{Access, CalendarKind, Role, Sharing};
use serde_json::json;
use store::messages::{self, MessageKind};
use store::{busy, calendars, events};
use sync::connect::{self, Outcome};

use crate::places::{self, DAY, PLACES};
use crate::stand_in::StandIn;
use crate::world::{PERSON, World};

const KEEPER: &str = "kit@keeper.example";
const TEAM: &str = "Team";

/// Somebody shares a calendar with the person there, and keeps an hour of that day in it.
fn share(world: &World, place: &str) {
    places::move_in(world, place, KEEPER);
    if place != "icloud" {
        places::move_in(world, place, places::person(place));
    }
    let (google, microsoft) = (world.sandbox.google(), world.sandbox.microsoft());
    match place {
        "google" => drop(google.add_calendar(KEEPER, TEAM).unwrap()),
        "outlook" => drop(microsoft.add_calendar(KEEPER, TEAM).unwrap()),
        _ => {
            let (kind, access) = (CalendarKind::Events, Access::Owner);
            world.sandbox.add_calendar(KEEPER, TEAM, kind, access).unwrap();
        }
    }
    is_shared(world, place, true);
    places::put(world, place, (KEEPER, TEAM), 12);
    places::put(world, place, (places::person(place), places::own(place)), 8);
}

/// It is shared from now on, or no longer.
fn is_shared(world: &World, place: &str, shared: bool) {
    let (google, microsoft) = (world.sandbox.google(), world.sandbox.microsoft());
    let with = places::person(place);
    match (place, shared) {
        ("google", true) => google.share_calendar(KEEPER, TEAM, (with, Role::Writer)),
        ("google", false) => google.remove_calendar(with, TEAM),
        ("outlook", true) => microsoft.share_calendar(KEEPER, TEAM, (with, Sharing::Write)),
        ("outlook", false) => microsoft.remove_calendar(with, TEAM),
        (_, true) => {
            world.sandbox.share_calendar(KEEPER, TEAM, with, Access::Write).unwrap();
            world.sandbox.lose_calendar(KEEPER, TEAM, false)
        }
        (_, false) => world.sandbox.lose_calendar(KEEPER, TEAM, true),
    }
    .unwrap();
}

async fn connect(world: &World, place: &str) -> ConnectionId {
    let id = places::sign_in(world, place).await;
    world.run().await;
    world.carry_rings().await;
    id
}

/// The calendars whose part of that day is not known, and why.
async fn blind(world: &World) -> Vec<(connection::CalendarId, &'static str)> {
    let (from, until) = (DAY.0.parse().unwrap(), DAY.1.parse().unwrap());
    let mut tx = world.ctx.db.read().await.unwrap();
    let answer = busy::of_user(&mut tx, &world.user, from, until, world.now()).await.unwrap();
    answer.blind.into_iter().map(|blind| (blind.calendar, blind.why)).collect()
}

#[tokio::test]
async fn museum_extra_a_calendar_that_is_no_longer_shared_is_told_and_harms_no_other() {
    for (nth, place) in (0..).zip(PLACES) {
        let world = World::new(200 + nth).await;
        share(&world, place);
        let id = connect(&world, place).await;
        let team = places::calendar(&world, &id, TEAM).await;
        let mut tx = world.ctx.db.begin().await.unwrap();
        calendars::set_switches(&mut tx, &team.id, true, true).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 2, "{place}");
        is_shared(&world, place, false);
        places::put(&world, place, (places::person(place), places::own(place)), 16);
        world.later(64).await;
        world.later(32).await;
        let attention = world.status(&id).await.attention.unwrap();
        assert_eq!(attention.reason, "calendar_gone", "{place}");
        assert!(attention.say.contains(&team.name), "{place}: {}", attention.say);
        let mut tx = world.ctx.db.read().await.unwrap();
        let told = messages::of_user(&mut tx, &world.user, 9).await.unwrap();
        drop(tx);
        assert_eq!(told.len(), 1, "{place}: {told:?}");
        assert_eq!(told[0].new.kind, MessageKind::Attention, "{place}");
        // Its times stay taken, and are said to be unknown; the other one goes on.
        assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 3, "{place}");
        assert_eq!(blind(&world).await, [(team.id.clone(), "gone")], "{place}");
        for (calendar, _) in world.calendars(&id).await {
            let is_team = calendar.id == team.id;
            let state = if is_team { CalendarState::Gone } else { CalendarState::Synced };
            assert_eq!(calendar.state(world.now()), state, "{place}: {}", calendar.name);
        }
        is_back(&world, (place, &id), &team.id).await;
    }
}

/// It comes back as the calendar that it was, and what happened meanwhile is read.
async fn is_back(world: &World, (place, id): (&str, &ConnectionId), team: &connection::CalendarId) {
    places::put(world, place, (KEEPER, TEAM), 18);
    is_shared(world, place, true);
    for _ in 0..4 {
        world.later(32).await;
        world.carry_rings().await;
    }
    let status = world.status(id).await;
    assert_eq!((status.state, status.attention), (ConnectionState::Synced, None), "{place}");
    let again = places::calendar(world, id, TEAM).await;
    assert_eq!((&again.id, again.counts_as_busy, again.all_day_is_busy), (team, true, true));
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 4, "{place}");
    assert!(blind(world).await.is_empty(), "{place}");
}

#[tokio::test]
async fn museum_extra_a_calendar_that_appears_later_is_found_and_read() {
    for (nth, place) in (0..).zip(PLACES) {
        let world = World::new(210 + nth).await;
        let id = places::live(&world, place, 1).await;
        let (google, microsoft) = (world.sandbox.google(), world.sandbox.microsoft());
        let person = places::person(place);
        match place {
            "google" => drop(google.add_calendar(person, "Rota").unwrap()),
            "outlook" => drop(microsoft.add_calendar(person, "Rota").unwrap()),
            _ => {
                let (kind, access) = (CalendarKind::Events, Access::Owner);
                world.sandbox.add_calendar(person, "Rota", kind, access).unwrap();
            }
        }
        places::put(&world, place, (person, "Rota"), 14);
        world.later(64).await;
        let rota = places::calendar(&world, &id, "Rota").await;
        assert_eq!(rota.state(world.now()), CalendarState::Synced, "{place}");
        assert!(rota.counts_as_busy, "{place}: their own calendars count");
        assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 2, "{place}");
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "{place}");
    }
}

#[tokio::test]
async fn a_calendar_that_is_renamed_there_is_called_so_here_and_stays_what_it_was() {
    for (nth, place) in (0..).zip(PLACES) {
        let world = World::new(260 + nth).await;
        let id = places::live(&world, place, 1).await;
        let before = world.calendars(&id).await.remove(0).0;
        let (google, microsoft) = (world.sandbox.google(), world.sandbox.microsoft());
        let (person, own) = (places::person(place), places::own(place));
        match place {
            "google" => google.rename_calendar(person, own, "Surgery"),
            "outlook" => microsoft.rename_calendar(person, own, "Surgery"),
            _ => world.sandbox.rename_calendar(person, own, "Surgery"),
        }
        .unwrap();
        assert_ne!(before.name, "Surgery", "{place}");
        world.later(64).await;
        let all = world.calendars(&id).await;
        assert_eq!(all.len(), 1, "{place}: it is no second calendar");
        let (after, _) = &all[0];
        assert_eq!(after.name, "Surgery", "{place}");
        assert_eq!((&after.id, after.gone_at), (&before.id, None), "{place}");
        assert_eq!(after.counts_as_busy, before.counts_as_busy, "{place}");
        assert_eq!(after.state(world.now()), CalendarState::Synced, "{place}");
        assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 1, "{place}: nothing is lost");
    }
}

/// It is listed, and nothing else can be had of it.
#[tokio::test]
async fn museum_extra_a_calendar_that_is_never_readable_is_unknown_and_harms_no_other() {
    let refused = || ProviderError::Refused { say: "It may not be read.".into() };
    for (nth, place) in (0..).zip(PLACES) {
        for failure in [refused(), ProviderError::Unavailable { say: "It failed.".into() }] {
            let mut world = World::new(220 + nth).await;
            share(&world, place);
            let id = places::sign_in(&world, place).await;
            let team = places::calendar(&world, &id, TEAM).await;
            let (ctx, stand_in) = StandIn::before(&world.ctx, place);
            world.ctx = ctx;
            stand_in.says_of(&team.remote, failure.clone());
            for _ in 0..6 {
                world.later(31).await;
                let status = world.status(&id).await;
                assert_eq!(status.state, ConnectionState::Processing, "{place}");
                let code = status.trouble.map(|trouble| trouble.code);
                assert_eq!(code.as_deref(), Some(failure.code()), "{place}: it says why");
                assert_eq!(blind(&world).await, [(team.id.clone(), "never_read")], "{place}");
                assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 1, "{place}");
            }
            let (own, _) =
                world.calendars(&id).await.into_iter().find(|(c, _)| c.id != team.id).unwrap();
            assert_eq!(own.state(world.now()), CalendarState::Synced, "{place}");
            stand_in.says(None);
            world.later(31).await;
            assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "{place}");
            assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 2, "{place}");
        }
    }
}

/// Outlook lists the occurrences of a series apart from it: when the last of them is deleted, the
/// rule of the series says nothing any more.
#[tokio::test]
async fn museum_18_the_last_occurrence_of_a_series_goes_for_good() {
    let world = World::new(230).await;
    let at =
        |hour: &str| json!({"dateTime": format!("2026-11-24T{hour}:00:00"), "timeZone": "UTC"});
    world.outlook_person(places::BEN, sandbox::AccountKind::Work);
    let series = json!({
        "start": at("09"), "end": at("10"),
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]},
            "range": {
                "type": "numbered", "startDate": "2026-11-24",
                "numberOfOccurrences": 1, "recurrenceTimeZone": "UTC",
            },
        },
    });
    let microsoft = world.sandbox.microsoft();
    let name = microsoft.put_event(places::BEN, "default", series).unwrap();
    let id = connect(&world, "outlook").await;
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 1);
    let (calendar, _) = world.calendars(&id).await.remove(0);
    let mut tx = world.ctx.db.read().await.unwrap();
    let bodies = events::bodies(&mut tx, &calendar.id, None, false, 9).await.unwrap();
    drop(tx);
    assert_eq!(bodies.len(), 1, "{name}");
    let occurrence = occurrence_of(&name);
    microsoft.delete_event(places::BEN, "default", &occurrence).unwrap();
    world.clock.advance(SignedDuration::from_mins(31));
    world.run().await;
    assert!(world.busy(DAY.0, DAY.1).await.is_empty());
}

/// Exchange writes the day of an occurrence, here 24 November 2026, into the end of its name.
fn occurrence_of(series: &str) -> String {
    let mut bytes = URL_SAFE.decode(series).unwrap();
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(&[0x07, 0xEA, 11, 24]);
    URL_SAFE.encode(bytes)
}

#[tokio::test]
async fn museum_extra_who_has_lost_their_only_calendar_is_let_in_with_the_new_password() {
    let world = World::new(260).await;
    let id = world.connect().await;
    world.run().await;
    world.sandbox.lose_calendar(PERSON, "Home", true).unwrap();
    for _ in 0..3 {
        world.later(60).await;
    }
    world.sandbox.revoke_password(PERSON).unwrap();
    for _ in 0..3 {
        world.later(70).await;
    }
    let asks = async || world.status(&id).await.attention.map(|attention| attention.reason);
    assert_eq!(asks().await.as_deref(), Some("password_refused"));
    let password = world.sandbox.new_password(PERSON).unwrap();
    assert_eq!(world.try_connect(&password).await, Outcome::Repaired(id.clone()));
    assert_eq!(asks().await.as_deref(), Some("calendar_gone"));
    world.sandbox.lose_calendar(PERSON, "Home", false).unwrap();
    world.later(70).await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn museum_extra_who_has_no_calendar_yet_is_told_so_and_nothing_is_kept() {
    let world = World::new(261).await;
    let password = "pqrs-tuvw-xyzq-abcd";
    world.sandbox.add_person("nia@home.example", password);
    let request = world.request_of("nia@home.example", password);
    let outcome = connect::connect(&world.ctx, request).await.unwrap();
    let Outcome::Refused { refusal, checks } = outcome else { panic!("{outcome:?}") };
    assert_eq!(refusal.code, FailureCode::NoCalendars);
    assert!(checks.iter().any(|check| check.say.starts_with("No calendar for events at")));
    let mut tx = world.ctx.db.read().await.unwrap();
    assert_eq!(store::connections::of_user(&mut tx, &world.user).await.unwrap(), []);
}

#[tokio::test]
async fn a_calendar_that_is_listed_twice_is_there_once() {
    let world = World::new(312).await;
    let id = connect(&world, "icloud").await;
    let person = places::person("icloud");
    world.sandbox.add_calendar(person, "Rota", CalendarKind::Events, Access::Owner).unwrap();
    let (ctx, stand_in) = StandIn::before(&world.ctx, "icloud");
    stand_in.repeats();
    world.clock.advance(SignedDuration::from_mins(70));
    sync::run_due(&ctx, &world.handlers).await.unwrap();
    let names: Vec<_> = world.calendars(&id).await.into_iter().map(|(c, _)| c.name).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}
