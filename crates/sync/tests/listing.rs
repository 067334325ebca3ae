//! The hourly listing of a connection's calendars: what it brings, and that each is recorded. And
//! what the listing of a calendar vouches for.
#![cfg(test)]

mod world;

use connection::{
    Calendar, CalendarState, Conference, ConnectionId, ConnectionState, RemoteCalendar,
};
use futures_util::FutureExt;
use futures_util::future::FusedFuture;
use jiff::{SignedDuration, Timestamp};
use sandbox::{Access, AccountKind, BogusToken, CalendarKind, Failure, Often, Whom};
use serde_json::json;
use store::calendars;
use store::runs::{self, Run};
use world::mortal::Mortal;
use world::{PERSON, World};

const BEN: &str = "ben@outlook.example";
const MORNING: &str = "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z";

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

/// Quirk caldav-18.
#[tokio::test]
async fn an_account_that_apple_moved_is_found_again_and_stays_the_same() {
    let world = World::new(75).await;
    world.put("one", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    let id = world.connect().await;
    world.run().await;
    let before = world.calendars(&id).await;
    world.sandbox.move_to_partition(PERSON, 77).unwrap();
    world.put("two", "DTSTART:20261124T090000Z\nDTEND:20261124T100000Z");
    world.later(6).await;
    let after = world.calendars(&id).await;
    let ids = |all: &[(Calendar, connection::Counts)]| {
        all.iter().map(|(calendar, _)| calendar.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&after), ids(&before));
    assert_eq!(after[0].0.state(world.now()), CalendarState::Synced);
    assert_eq!(world.copy(&after[0].0).await, world.original("home"));
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    // The new place is kept, and not looked for each time.
    world.sandbox.forget_visits();
    world.later(6).await;
    assert!(world.sandbox.visits().iter().all(|visit| visit.path.starts_with("/p77/")));
}

/// Quirk caldav-18: a place that nobody knows is not taken for a calendar that is gone.
#[tokio::test]
async fn while_a_moved_account_cannot_be_found_its_calendars_are_not_gone() {
    let world = World::new(76).await;
    let id = world.connect().await;
    world.run().await;
    world.sandbox.move_to_partition(PERSON, 77).unwrap();
    let (often, method) = (Often::Always, Some("PROPFIND".into()));
    let broken = Failure { status: 503, often, method, ..Failure::default() };
    world.sandbox.change_faults(&Whom::Everyone, |faults| faults.fail = Some(broken)).unwrap();
    for _ in 0..6 {
        world.later(30).await;
    }
    let status = world.status(&id).await;
    assert_eq!((status.state, status.attention), (ConnectionState::Delayed, None));
    world.sandbox.clear_faults();
    world.later(60).await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

/// Quirk caldav-8.
#[tokio::test]
async fn who_lists_everything_for_a_forgotten_token_hides_no_deletion() {
    let world = World::new(77).await;
    world
        .sandbox
        .change_manners(Some(PERSON), |it| it.bogus_token = BogusToken::ListsEverything)
        .unwrap();
    for n in 1..=4 {
        let lines = format!("DTSTART:2026112{n}T090000Z\nDTEND:2026112{n}T100000Z");
        world.put(&format!("e{n}"), &lines);
    }
    let id = world.connect().await;
    world.run().await;
    world.sandbox.delete_event(PERSON, "home", "e1.ics").unwrap();
    world.sandbox.expire_sync_tokens(PERSON).unwrap();
    world.later(6).await;
    let (home, _) = &world.calendars(&id).await[0];
    assert_eq!(world.copy(home).await.len(), 3);
    assert_eq!(world.copy(home).await, world.original("home"));
}

#[tokio::test]
async fn what_outlook_had_too_far_ahead_is_there_before_its_day_is_said_to_be_known() {
    let world = World::new(74).await;
    world.outlook_person(BEN, AccountKind::Personal);
    // The window reaches 400 days ahead of 22 November 2026.
    let start: Timestamp = "2027-12-30T09:00:00Z".parse().unwrap();
    let far_ahead = json!({
        "subject": "Far ahead",
        "start": {"dateTime": "2027-12-30T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2027-12-30T10:00:00", "timeZone": "UTC"},
    });
    world.sandbox.microsoft().put_event(BEN, "default", far_ahead).unwrap();
    let outcome = world.sign_in_at("outlook", BEN).await;
    let sync::connect::Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
    world.run().await;
    let busy = || world.busy("2027-12-30T00:00:00Z", "2027-12-31T00:00:00Z");
    let known_until = async || world.calendars(&id).await[0].0.known_until.unwrap();
    assert_eq!((busy().await.len(), known_until().await < start), (0, true));
    let broken = Failure { status: 503, often: Often::Always, ..Failure::default() };
    let microsoft = world.sandbox.microsoft();
    microsoft.change_faults(Some(BEN), |faults| faults.fail = Some(broken)).unwrap();
    world.clock.advance(SignedDuration::from_hours(5 * 24));
    for _ in 0..3 {
        world.later(20).await;
        assert!(known_until().await < start, "what could not be read is not known");
    }
    world.sandbox.clear_faults();
    for _ in 0..3 {
        world.later(20).await;
    }
    assert_eq!((busy().await.len(), known_until().await > start), (1, true));
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

/// Connects an account at Outlook that has these events, and lets it ring.
async fn at_outlook(world: &World, events: &[serde_json::Value]) -> ConnectionId {
    world.outlook_person(BEN, AccountKind::Personal);
    for event in events {
        world.sandbox.microsoft().put_event(BEN, "default", event.clone()).unwrap();
    }
    let outcome = world.sign_in_at("outlook", BEN).await;
    let sync::connect::Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
    world.run().await;
    world.carry_rings().await;
    id
}

fn meeting(subject: &str, day: &str, hour: u8) -> serde_json::Value {
    let at = |minute: u8| format!("{day}T{hour:02}:{minute:02}:00");
    let utc = |minute| json!({"dateTime": at(minute), "timeZone": "UTC"});
    json!({"subject": subject, "start": utc(0), "end": utc(30)})
}

/// What comes into the window did not change, and nobody rings for it.
#[tokio::test]
async fn museum_37_a_window_that_moves_on_is_no_sign_of_a_silent_channel() {
    let world = World::new(78).await;
    let mut endless = meeting("Standup", "2026-11-23", 9);
    endless["recurrence"] = json!({
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "noEnd", "startDate": "2026-11-23"},
    });
    let id = at_outlook(&world, &[endless]).await;
    let until = world.calendars(&id).await[0].0.known_until.unwrap();
    for _ in 0..3 * 48 {
        world.later(30).await;
        let (calendar, _) = world.calendars(&id).await.remove(0);
        assert!(calendar.push, "{:?}", calendar.push_trouble);
    }
    assert!(world.calendars(&id).await[0].0.known_until.unwrap() > until, "the window moved");
}

#[tokio::test]
async fn what_is_over_leaves_the_window_without_a_question() {
    let world = World::new(79).await;
    let workshops = [7, 8, 9].map(|hour| meeting("Workshop", "2026-11-27", hour));
    let id = at_outlook(&world, &workshops).await;
    assert_eq!(world.calendars(&id).await[0].1.events, 3);
    for _ in 0..16 {
        world.later(24 * 60).await;
        world.later(1).await;
    }
    let status = world.status(&id).await;
    assert_eq!((status.state, status.attention), (ConnectionState::Synced, None));
    assert_eq!(world.calendars(&id).await[0].1.events, 0);
}

#[tokio::test]
async fn a_password_refused_once_is_no_proof() {
    let world = World::new(80).await;
    let id = world.connect().await;
    world.run().await;
    let once = Failure { status: 401, often: Often::Times(1), ..Failure::default() };
    let person = Whom::Person(PERSON.into());
    world.sandbox.change_faults(&person, |faults| faults.fail = Some(once)).unwrap();
    for _ in 0..3 {
        world.later(4).await;
        let status = world.status(&id).await;
        assert_eq!((status.state, status.attention), (ConnectionState::Synced, None));
    }
}

const ADA: &str = world::rings::ADA;

/// As if the far side had said so when it was last listed.
async fn listed(world: &World, calendar: &Calendar, zone: &str, conference: Option<Conference>) {
    let remote = RemoteCalendar {
        id: calendar.remote.clone(),
        name: calendar.name.clone(),
        color: None,
        access: calendar.access,
        time_zone: Some(zone.into()),
        takes_time: true,
        conference,
        own_answer: calendar.own_answer,
    };
    let mut tx = world.ctx.db.begin().await.unwrap();
    calendars::update_listed(&mut tx, &calendar.id, &remote, world.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.ctx.db.begin().await.unwrap();
    sync::connect::rebuild_all(&world.ctx, &mut tx, &world.user).await.unwrap();
    tx.commit().await.unwrap();
    world.run().await;
}

#[tokio::test]
async fn whole_days_move_with_the_zone_of_their_calendar() {
    let world = World::new(78).await;
    world.google_person(ADA);
    let day = json!({"summary": "Off", "start": {"date": "2026-11-24"},
        "end": {"date": "2026-11-25"}, "transparency": "opaque"});
    world.put_json(ADA, day);
    let id = world.connect_google(ADA).await;
    world.run().await;
    let busy = || world.busy("2026-11-22T00:00:00Z", "2026-11-28T00:00:00Z");
    let truth = busy().await;
    let (calendar, _) = world.calendars(&id).await.remove(0);
    listed(&world, &calendar, "Pacific/Auckland", calendar.conference).await;
    assert_ne!(busy().await, truth, "it was in another zone");
    world.later(70).await;
    assert_eq!(busy().await, truth);
    assert_eq!(world.calendars(&id).await[0].0.time_zone, calendar.time_zone);
}

#[tokio::test]
async fn what_meetings_a_calendar_can_bring_is_looked_at_again() {
    let world = World::new(79).await;
    world.google_person(ADA);
    let id = world.connect_google(ADA).await;
    world.run().await;
    let (calendar, _) = world.calendars(&id).await.remove(0);
    assert_eq!(calendar.conference, Some(Conference::Meet));
    listed(&world, &calendar, calendar.time_zone.as_deref().unwrap(), None).await;
    world.later(70).await;
    assert_eq!(world.calendars(&id).await[0].0.conference, Some(Conference::Meet));
}

#[tokio::test]
async fn who_says_too_often_and_names_no_wait_is_left_alone_all_the_same() {
    let world = World::new(86).await;
    let id = world.connect().await;
    world.run().await;
    let failure =
        Failure { status: 429, often: Often::Always, retry_after_s: Some(0), ..Failure::default() };
    let person = Whom::Person(PERSON.into());
    world.sandbox.change_faults(&person, |faults| faults.fail = Some(failure)).unwrap();
    world.sandbox.forget_visits();
    world.later(70).await;
    let visits = world.sandbox.visits().len();
    assert!((1..=4).contains(&visits), "at one moment: {visits}");
    assert_eq!(world.status(&id).await.attention, None);
}

/// Somebody opens a page that shows the connection, and what it asks for is done.
async fn open(world: &World, id: &ConnectionId) {
    let mut tx = world.ctx.db.read().await.unwrap();
    let connection = store::connections::load(&mut tx, id).await.unwrap().unwrap();
    drop(tx);
    sync::connect::probe(&world.ctx, &[connection]).await.unwrap();
    world.run().await;
}

/// Some servers lock an account whose password is wrong too often.
#[tokio::test]
async fn museum_33_a_dead_password_is_shown_a_few_times_however_often_its_page_is_opened() {
    let world = World::new(88).await;
    for name in ["Work", "Family", "School"] {
        world.sandbox.add_calendar(PERSON, name, CalendarKind::Events, Access::Owner).unwrap();
    }
    let id = world.connect().await;
    world.run().await;
    world.sandbox.revoke_password(PERSON).unwrap();
    world.clock.advance(SignedDuration::from_secs(15));
    world.sandbox.forget_visits();
    for nth in 0..24 {
        open(&world, &id).await;
        let pause = if nth < 9 { 11 } else { 240 };
        world.clock.advance(SignedDuration::from_secs(pause));
    }
    world.run().await;
    let attention = world.status(&id).await.attention.unwrap();
    assert_eq!(attention.reason, "password_refused");
    let shown = world.sandbox.visits().len();
    assert!((3..=12).contains(&shown), "in an hour: {shown}");
}

/// Who opens the page sees what was deleted there a moment ago, at the cost of one question.
#[tokio::test]
async fn museum_33_a_calendar_that_is_gone_is_found_when_its_page_is_opened() {
    let world = World::new(89).await;
    for name in ["Work", "Family"] {
        world.sandbox.add_calendar(PERSON, name, CalendarKind::Events, Access::Owner).unwrap();
    }
    let id = world.connect().await;
    world.run().await;
    world.clock.advance(SignedDuration::from_secs(20));
    world.sandbox.lose_calendar(PERSON, "Work", true).unwrap();
    world.sandbox.forget_visits();
    open(&world, &id).await;
    let gone = |(calendar, _): &(Calendar, _)| calendar.gone_at.map(|_| calendar.name.clone());
    let gone: Vec<_> = world.calendars(&id).await.iter().filter_map(gone).collect();
    assert_eq!((gone, world.sandbox.visits().len()), (vec!["Work".to_owned()], 1));
    let asks = async || world.status(&id).await.attention.map(|attention| attention.reason);
    assert_eq!(asks().await.as_deref(), Some("calendar_gone"));
    // What is only shown asks for nothing, and comes back as quietly.
    let all = world.calendars(&id).await;
    let work = all.iter().map(|(calendar, _)| calendar).find(|c| c.name == "Work").unwrap();
    let mut tx = world.ctx.db.begin().await.unwrap();
    calendars::set_switches(&mut tx, &work.id, false, false).await.unwrap();
    tx.commit().await.unwrap();
    open(&world, &id).await;
    assert_eq!((asks().await, world.status(&id).await.state), (None, ConnectionState::Synced));
    world.later(240).await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    world.sandbox.lose_calendar(PERSON, "Work", false).unwrap();
    world.later(70).await;
    assert!(world.calendars(&id).await.iter().all(|(calendar, _)| calendar.gone_at.is_none()));
}

/// A feed has no list of calendars to ask for: who opens its page has it read.
#[tokio::test]
async fn museum_34_a_feed_that_is_gone_is_found_when_its_page_is_opened() {
    let world = World::new(87).await;
    let text = world::event("shift", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    world.sandbox.put_feed("rota", &text);
    let outcome = world.connect_feed(&format!("{}feeds/rota.ics", world::BASE)).await;
    let sync::connect::Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
    world.run().await;
    let gone = Failure { status: 404, often: Often::Always, ..Failure::default() };
    let faults = |faults: &mut sandbox::Faults| faults.fail = Some(gone.clone());
    world.sandbox.change_faults(&Whom::Feed("rota".into()), faults).unwrap();
    let open = async || {
        open(&world, &id).await;
        world.calendars(&id).await.remove(0).0.trouble.is_some()
    };
    assert!(!open().await, "it was read a moment ago");
    world.clock.advance(SignedDuration::from_secs(61));
    assert!(open().await);
}

/// It is held until somebody says that it is true: to look at it again each time tells nothing new.
#[tokio::test]
async fn what_is_braked_is_not_read_whole_at_every_look_at_its_page() {
    let world = World::new(91).await;
    for n in 0..5 {
        world.put(&format!("e{n}"), "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    }
    let id = world.connect().await;
    world.run().await;
    world.sandbox.empty_calendar(PERSON, "home", true).unwrap();
    world.sandbox.expire_sync_tokens(PERSON).unwrap();
    world.later(5).await;
    assert!(world.calendars(&id).await[0].0.brake.is_some());
    world.clock.advance(SignedDuration::from_secs(61));
    world.sandbox.forget_visits();
    open(&world, &id).await;
    assert_eq!(world.sandbox.visits().len(), 1, "the list of calendars");
}

/// Where there is no calendar to pull, the lists prove it, and know it from then on.
#[tokio::test]
async fn a_password_that_a_list_has_proven_dead_is_left_alone_like_any_other() {
    let world = World::new(92).await;
    let id = world.connect().await;
    world.run().await;
    let calendar = world.calendars(&id).await.remove(0).0;
    let mut tx = world.ctx.db.begin().await.unwrap();
    calendars::set_gone(&mut tx, &calendar.id, Some(world.now())).await.unwrap();
    tx.commit().await.unwrap();
    let forgotten = sync::connect::forget_calendar(&world.ctx, &calendar.id, &world.dana()).await;
    assert!(forgotten.unwrap());
    world.sandbox.revoke_password(PERSON).unwrap();
    world.later(70).await;
    assert_eq!(world.status(&id).await.attention, None, "once is no proof");
    world.later(1).await;
    let attention = world.status(&id).await.attention.unwrap();
    assert_eq!(attention.reason, "password_refused");
    world.sandbox.forget_visits();
    for _ in 0..10 {
        world.later(30).await;
    }
    assert_eq!(world.sandbox.visits().len(), 0, "in five hours");
    world.later(90).await;
    assert!(!world.sandbox.visits().is_empty(), "it may be well again");
}

/// Wherever a process dies over a full listing, and the next over the rest of it: what its pages
/// had named and is deleted meanwhile is gone at its end.
#[tokio::test]
async fn what_is_deleted_while_a_listing_waits_to_go_on_is_gone_at_its_end() {
    const EVENTS: u64 = 12;
    const CHANGES: u64 = 4;
    let world = World::in_memory(83).await;
    world.sandbox.change_manners(Some(PERSON), |it| it.sync_max = Some(3)).unwrap();
    let put = |nth: u64| world.put(&format!("e{nth:04}"), &format!("{MORNING}\nX-NTH:{nth}"));
    (0..EVENTS).for_each(put);
    let id = world.connect().await;
    world.run().await;
    for round in 0..100 {
        world.sandbox.expire_sync_tokens(PERSON).unwrap();
        world.clock.advance(SignedDuration::from_mins(6));
        Mortal { life: Box::pin(world.run()), steps: world.ctx.dice.below(60) }.await;
        // Those that went are told first.
        let gone = round * CHANGES..(round + 1) * CHANGES;
        for nth in gone.clone() {
            world.sandbox.delete_event(PERSON, "home", &format!("e{nth:04}.ics")).unwrap();
        }
        gone.for_each(|nth| put(nth + EVENTS));
        world.clock.advance(SignedDuration::from_mins(6));
        Mortal { life: Box::pin(world.run()), steps: world.ctx.dice.below(60) }.await;
        world.later(6).await;
        let (home, _) = &world.calendars(&id).await[0];
        let (copy, original) = (world.copy(home).await, world.original("home"));
        assert!(copy.keys().eq(original.keys()), "in round {round}: {:?}", copy.keys());
    }
}

/// Outlook may list occurrences before their series. Where that is deleted meanwhile, they go with
/// it, although it was never here.
#[tokio::test]
async fn occurrences_go_with_a_series_that_was_deleted_before_it_was_listed() {
    let world = World::in_memory(85).await;
    let kept = [7, 8, 9].map(|hour| meeting("Kept", "2026-11-27", hour));
    let id = at_outlook(&world, &kept).await;
    let microsoft = world.sandbox.microsoft();
    let mut manners = microsoft.manners();
    manners.page_max = Some(1);
    microsoft.set_manners(manners);
    let mut daily = meeting("Standup", "2026-11-23", 9);
    daily["recurrence"] = json!({
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 5},
    });
    for round in 0..40 {
        let series = microsoft.put_event(BEN, "default", daily.clone()).unwrap();
        microsoft.expire_delta_tokens(BEN).unwrap();
        world.clock.advance(SignedDuration::from_mins(10));
        Mortal { life: Box::pin(world.run()), steps: world.ctx.dice.below(120) }.await;
        microsoft.delete_event(BEN, "default", &series).unwrap();
        for _ in 0..2 {
            world.later(10).await;
        }
        let busy = world.busy("2026-11-23T00:00:00Z", "2026-12-01T00:00:00Z").await;
        assert_eq!(busy.len(), 3, "in round {round}: {busy:?}");
        assert_eq!(world.calendars(&id).await[0].1.events, 3);
    }
}

/// Wherever in its pages a token is refused, so that the pull begins anew with another: what the
/// pages before said is deleted, is.
#[tokio::test]
async fn what_was_deleted_stays_so_where_a_token_is_refused_between_two_pages() {
    let world = World::in_memory(84).await;
    let google = world.sandbox.google();
    google.add_person(ADA, "Ada Byron");
    let mut manners = google.manners();
    manners.page_max = Some(2);
    google.set_manners(manners);
    let event = |title: &str| {
        let (start, end) = ("2026-11-24T09:00:00", "2026-11-24T10:00:00");
        world.put_at_google(ADA, title, start, end)
    };
    let kept: Vec<String> = (0..9).map(|nth| event(&format!("Kept {nth}"))).collect();
    let id = world.connect_google(ADA).await;
    world.run().await;
    for steps in 0..60 {
        let gone = event("Gone");
        world.later(10).await;
        assert_eq!(world.calendars(&id).await[0].1.events, 10);
        google.delete_event(ADA, "primary", &gone).unwrap();
        for name in &kept {
            let patch = json!({"summary": format!("Kept after {steps}")});
            google.patch_event(ADA, ("primary", name), patch).unwrap();
        }
        world.clock.advance(SignedDuration::from_mins(10));
        let mut run = Box::pin(world.run().fuse());
        Mortal { life: Box::pin(&mut run), steps }.await;
        google.expire_access_tokens(ADA).unwrap();
        if !run.is_terminated() {
            run.await;
        }
        assert_eq!(world.calendars(&id).await[0].1.events, 9, "after {steps} steps");
    }
}

/// Wherever a listing was stopped: where the calendar is empty before the next goes on, what is
/// held of a series is all of it, with the instance that was moved.
#[tokio::test]
async fn a_calendar_emptied_while_its_listing_waits_to_go_on_is_held_as_it_was() {
    let mut held = 0;
    for (steps, lists_all) in (1..60).step_by(3).flat_map(|steps| [(steps, false), (steps, true)]) {
        let world = World::in_memory(86).await;
        let google = world.sandbox.google();
        google.add_person(ADA, "Ada Byron");
        let mut manners = google.manners();
        manners.page_max = Some(2);
        google.set_manners(manners);
        let series = world.put_json(ADA, daily("Standup"));
        let (start, end) = ("2026-11-28T09:00:00", "2026-11-28T10:00:00");
        let singles = ["a", "b", "c", "d"].map(|name| world.put_at_google(ADA, name, start, end));
        let instance = format!("{series}_20261124T090000Z");
        let to = |at: &str| json!({"dateTime": at, "timeZone": "UTC"});
        let moved = json!({"start": to("2026-11-27T09:00:00"), "end": to("2026-11-27T09:30:00")});
        google.patch_event(ADA, ("primary", &instance), moved).unwrap();
        let id = world.connect_google(ADA).await;
        world.run().await;
        for name in singles.iter().chain([&series]) {
            google.patch_event(ADA, ("primary", name), json!({"summary": "Later"})).unwrap();
        }
        if lists_all {
            google.expire_sync_tokens(ADA).unwrap();
        }
        world.clock.advance(SignedDuration::from_mins(10));
        Mortal { life: Box::pin(world.run()), steps }.await;
        for name in singles.iter().chain([&series]) {
            google.delete_event(ADA, "primary", name).unwrap();
        }
        for _ in 0..2 {
            world.later(10).await;
        }
        held += usize::from(world.calendars(&id).await[0].0.brake.is_some());
        let busy = world.busy("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z").await;
        assert!(busy.is_empty(), "after {steps} steps, {lists_all}: {busy:?}");
        let busy = world.busy("2026-11-25T00:00:00Z", "2026-11-29T00:00:00Z").await;
        assert_eq!(busy.len(), 6, "after {steps} steps, {lists_all}: {busy:?}");
    }
    assert!(held > 0);
}

fn daily(summary: &str) -> serde_json::Value {
    json!({
        "summary": summary,
        "start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-23T09:30:00", "timeZone": "UTC"},
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
    })
}
