//! Pulls from the sandbox: first, then changes only; what goes wrong on the way; what a person
//! saw in other products, and does not see here.
#![cfg(test)]

mod world;

use connection::{CalendarState, ConnectionState};
use sandbox::{Failure, Often, Whom};
use store::calendars;
use sync::connect::{self, Outcome, PullNow};
use world::rings::ADA;
use world::{PASSWORD, PERSON, World};

const MORNING: &str = "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z";

#[tokio::test]
async fn a_connected_calendar_is_read_and_then_kept_true() {
    let world = World::new(1).await;
    world.put("a", MORNING);
    world.put("b", "DTSTART:20261124T090000Z\nDTEND:20261124T100000Z\nRRULE:FREQ=WEEKLY;COUNT=2");
    let id = world.connect().await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Processing);
    world.run().await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    assert_eq!(
        world.busy("2026-11-23T00:00:00Z", "2026-12-05T00:00:00Z").await,
        [
            "2026-11-23T09:00:00Z/2026-11-23T10:00:00Z",
            "2026-11-24T09:00:00Z/2026-11-24T10:00:00Z",
            "2026-12-01T09:00:00Z/2026-12-01T10:00:00Z",
        ]
    );
    world.put("a", "DTSTART:20261123T110000Z\nDTEND:20261123T120000Z");
    world.sandbox.delete_event(PERSON, "home", "b.ics").unwrap();
    world.later(5).await;
    assert_eq!(
        world.busy("2026-11-23T00:00:00Z", "2026-12-05T00:00:00Z").await,
        ["2026-11-23T11:00:00Z/2026-11-23T12:00:00Z"]
    );
}

#[tokio::test]
async fn connecting_the_same_account_again_is_a_repair_and_not_a_copy() {
    let world = World::new(2).await;
    let first = world.connect().await;
    assert_eq!(world.try_connect("ABCD efgh ijkl mnop").await, Outcome::Repaired(first.clone()));
    assert_eq!(world.calendars(&first).await.len(), 1);
}

#[tokio::test]
async fn two_requests_at_once_for_the_same_account_make_one_connection() {
    let world = World::new(3).await;
    let (one, two) = tokio::join!(world.try_connect(PASSWORD), world.try_connect(PASSWORD));
    let id = |outcome: Outcome| match outcome {
        Outcome::Connected(id) | Outcome::Repaired(id) => id,
        Outcome::Refused { refusal, .. } => panic!("{}", refusal.say),
    };
    assert_eq!(id(one), id(two));
}

#[tokio::test]
async fn a_failed_examination_keeps_nothing() {
    let world = World::new(4).await;
    let outcome = world.try_connect("wron-gwro-ngwr-ongw").await;
    let Outcome::Refused { refusal, checks } = outcome else { panic!("{outcome:?}") };
    assert_eq!(refusal.code.as_str(), "password_refused");
    assert!(!checks.is_empty());
    let mut tx = world.ctx.db.read().await.unwrap();
    let kept = store::connections::of_user(&mut tx, &world.user).await.unwrap();
    assert!(kept.is_empty());
}

#[tokio::test]
async fn museum_05_a_weekly_meeting_created_years_ago_still_blocks() {
    let world = World::new(5).await;
    for years in 1..=15 {
        let start = format!("{}1123T{:02}0000Z", 2026 - years, 2 + years % 12);
        world.put(
            &format!("y{years}"),
            &format!("DTSTART:{start}\nDURATION:PT1H\nRRULE:FREQ=DAILY"),
        );
    }
    world.connect().await;
    world.run().await;
    assert_eq!(world.busy("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z").await.len(), 15);
}

#[tokio::test]
async fn museum_07_everything_after_the_first_page_is_read_too() {
    let world = World::new(6).await;
    world.sandbox.change_manners(Some(PERSON), |m| m.sync_max = Some(10)).unwrap();
    for n in 0..700 {
        world.put(&format!("e{n}"), MORNING);
    }
    let id = world.connect().await;
    world.run().await;
    assert_eq!(world.calendars(&id).await[0].1.events, 700);
    for n in 0..700 {
        world.put(&format!("e{n}"), "DTSTART:20261125T090000Z\nDTEND:20261125T100000Z");
    }
    world.later(5).await;
    let (calendar, _) = &world.calendars(&id).await[0];
    assert_eq!(world.copy(calendar).await, world.original("home"));
}

#[tokio::test]
async fn museum_08_a_silently_capped_multiget_loses_nothing() {
    let world = World::new(7).await;
    world.sandbox.change_faults(&person(), |f| f.multiget_max = Some(7)).unwrap();
    for n in 0..120 {
        world.put(&format!("e{n}"), MORNING);
    }
    let id = world.connect().await;
    world.run().await;
    let (calendar, counts) = &world.calendars(&id).await[0];
    assert_eq!((counts.events, counts.pending), (120, 0));
    assert_eq!(world.copy(calendar).await, world.original("home"));
}

#[tokio::test]
async fn museum_10_what_was_beyond_the_horizon_blocks_when_time_brings_it_near() {
    let world = World::new(8).await;
    world.put("far", "DTSTART:20271228T090000Z\nDTEND:20271228T100000Z");
    world.connect().await;
    world.run().await;
    let window = ("2027-12-28T00:00:00Z", "2027-12-29T00:00:00Z");
    assert!(world.busy(window.0, window.1).await.is_empty());
    let mut tx = world.ctx.db.read().await.unwrap();
    let (from, until) = (window.0.parse().unwrap(), window.1.parse().unwrap());
    let answer =
        store::busy::of_user(&mut tx, &world.user, from, until, world.now()).await.unwrap();
    assert_eq!(answer.blind[0].why, "beyond_horizon", "unknown is not free");
    drop(tx);
    world.later(2 * 24 * 60).await;
    assert_eq!(world.busy(window.0, window.1).await, ["2027-12-28T09:00:00Z/2027-12-28T10:00:00Z"]);
}

#[tokio::test]
async fn museum_15_one_odd_event_neither_stops_the_others_nor_hides() {
    let world = World::new(9).await;
    world.put("good", MORNING);
    world.put("bomb", "DTSTART:20261123T130000Z\nDTEND:20261123T130001Z\nRRULE:FREQ=SECONDLY");
    world.put("odd", "DTSTART:20261123T140000Z\nDTEND:20261123T150000Z\nRRULE:FREQ=SOMETIMES");
    let id = world.connect().await;
    world.run().await;
    let status = world.status(&id).await;
    assert_eq!((status.state, status.partial), (ConnectionState::Synced, true));
    assert_eq!(world.calendars(&id).await[0].1.not_understood, 2);
    let busy = world.busy("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await;
    assert!(busy.contains(&"2026-11-23T09:00:00Z/2026-11-23T10:00:00Z".to_owned()), "{busy:?}");
    assert!(busy.contains(&"2026-11-23T14:00:00Z/2026-11-23T15:00:00Z".to_owned()), "{busy:?}");
    assert!(busy.contains(&"2026-11-23T13:00:00Z/2026-11-23T13:00:01Z".to_owned()), "{busy:?}");
}

#[tokio::test]
async fn museum_22_deleting_a_long_series_leaves_no_instance_behind() {
    let world = World::new(10).await;
    world.put(
        "long",
        "DTSTART:20250101T090000Z\nDTEND:20250101T100000Z\nRRULE:FREQ=DAILY;COUNT=1100",
    );
    for n in 0..9 {
        world.put(&format!("other{n}"), MORNING);
    }
    world.connect().await;
    world.run().await;
    world.sandbox.delete_event(PERSON, "home", "long.ics").unwrap();
    world.later(5).await;
    assert_eq!(world.busy("2026-11-22T00:00:00Z", "2027-12-01T00:00:00Z").await.len(), 9);
}

#[tokio::test]
async fn museum_23_a_moved_occurrence_blocks_once_where_it_is_now() {
    let world = World::new(11).await;
    let series = "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z\nRRULE:FREQ=DAILY;COUNT=3";
    world.put("s", series);
    world.connect().await;
    world.run().await;
    let moved = "\nEND:VEVENT\nBEGIN:VEVENT\nUID:s\nDTSTAMP:20261122T000000Z\nSEQUENCE:4\n\
                 RECURRENCE-ID:20261124T090000Z\nDTSTART:20261124T230000Z\nDTEND:20261125T010000Z";
    world.put("s", &format!("{series}{moved}"));
    world.later(5).await;
    assert_eq!(
        world.busy("2026-11-23T00:00:00Z", "2026-11-27T00:00:00Z").await,
        [
            "2026-11-23T09:00:00Z/2026-11-23T10:00:00Z",
            "2026-11-24T23:00:00Z/2026-11-25T01:00:00Z",
            "2026-11-25T09:00:00Z/2026-11-25T10:00:00Z",
        ]
    );
}

#[tokio::test]
async fn museum_24_a_calendar_that_comes_back_empty_keeps_its_last_good_content_and_asks() {
    let world = World::new(12).await;
    for n in 0..5 {
        world.put(&format!("e{n}"), MORNING);
    }
    let id = world.connect().await;
    world.run().await;
    world.sandbox.empty_calendar(PERSON, "home", true).unwrap();
    world.sandbox.expire_sync_tokens(PERSON).unwrap();
    world.later(5).await;
    let status = world.status(&id).await;
    assert_eq!(status.attention.map(|a| a.reason).as_deref(), Some("brake"));
    assert_eq!(world.busy("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await.len(), 5);
    // It was a hiccup: nobody has to do anything.
    world.sandbox.empty_calendar(PERSON, "home", false).unwrap();
    world.later(5).await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    // It was really emptied: a person says so.
    world.sandbox.empty_calendar(PERSON, "home", true).unwrap();
    world.sandbox.expire_sync_tokens(PERSON).unwrap();
    world.later(5).await;
    let calendar = world.calendars(&id).await[0].0.id.clone();
    connect::release_brake(&world.ctx, &calendar, &world.dana()).await.unwrap();
    world.run().await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    assert!(world.busy("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await.is_empty());
}

/// A page of a hundred removals is little beside what is there; all of them together are not.
#[tokio::test]
async fn museum_24_removals_are_weighed_together_however_many_pages_they_come_in() {
    let world = World::new(13).await;
    world.google_person(ADA);
    let put = |n: usize| {
        let (start, end) =
            (format!("2026-11-24T{n:02}:00:00Z"), format!("2026-11-24T{n:02}:30:00Z"));
        world.put_at_google(ADA, "Work", &start, &end)
    };
    let events: Vec<String> = (0..20).map(put).collect();
    let id = world.connect_google(ADA).await;
    world.run().await;
    let busy = || world.busy("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");
    assert_eq!(busy().await.len(), 20);
    let google = world.sandbox.google();
    let mut manners = google.manners();
    manners.page_max = Some(4);
    google.set_manners(manners);
    for event in &events[..19] {
        google.delete_event(ADA, "primary", event).unwrap();
    }
    for _ in 0..3 {
        world.later(40).await;
        let attention = world.status(&id).await.attention;
        assert_eq!(attention.map(|a| a.reason).as_deref(), Some("brake"));
        assert_eq!(busy().await.len(), 20, "the last good content stands");
    }
    let calendar = world.calendars(&id).await[0].0.id.clone();
    connect::release_brake(&world.ctx, &calendar, &world.dana()).await.unwrap();
    world.later(1).await;
    assert_eq!((world.status(&id).await.state, busy().await.len()), (ConnectionState::Synced, 1));
}

#[tokio::test]
async fn museum_24_a_failed_read_of_any_kind_wipes_nothing() {
    let failures: [fn(&mut sandbox::Faults); 6] = [
        |f| f.fail = Some(Failure { status: 403, often: Often::Always, ..Failure::default() }),
        |f| f.fail = Some(Failure { status: 500, often: Often::Always, ..Failure::default() }),
        |f| f.web_page = Often::Always,
        |f| f.truncate = Often::Always,
        |f| f.drop_before = Often::Always,
        |f| f.inner_errors = Often::Always,
    ];
    for (n, fault) in failures.into_iter().enumerate() {
        let world = World::new(20 + n as u64).await;
        for event in 0..5 {
            world.put(&format!("e{event}"), MORNING);
        }
        let id = world.connect().await;
        world.run().await;
        world.sandbox.change_faults(&person(), fault).unwrap();
        world.sandbox.expire_sync_tokens(PERSON).unwrap();
        world.put("e0", "DTSTART:20261123T130000Z\nDTEND:20261123T140000Z");
        for _ in 0..6 {
            world.later(10).await;
        }
        assert_eq!(
            world.busy("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await.len(),
            5,
            "{n}"
        );
        // Whoever says synced must have it right (single members can be asked for one by one).
        let (calendar, _) = &world.calendars(&id).await[0];
        let agrees = world.copy(calendar).await == world.original("home");
        let synced = world.status(&id).await.state == ConnectionState::Synced;
        assert!(!synced || agrees, "fault {n}");
        world.sandbox.clear_faults();
        for _ in 0..3 {
            world.later(20).await;
        }
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "after fault {n}");
    }
}

#[tokio::test]
async fn museum_24_a_web_page_leaves_nothing_to_believe_and_the_copy_grows_old() {
    let world = World::new(29).await;
    for event in 0..5 {
        world.put(&format!("e{event}"), MORNING);
    }
    let id = world.connect().await;
    world.run().await;
    world.sandbox.change_faults(&person(), |faults| faults.web_page = Often::Always).unwrap();
    let mut seen = Vec::new();
    for minutes in [4, 10, 24 * 60] {
        world.later(minutes).await;
        let (calendar, _) = &world.calendars(&id).await[0];
        assert_eq!(calendar.brake, None);
        let trouble = calendar.trouble.as_ref().unwrap();
        assert_eq!(trouble.code, "unintelligible");
        assert!(trouble.again_at > world.now());
        seen.push(calendar.state(world.now()));
        let status = world.status(&id).await;
        assert_eq!(status.attention, None);
        let told = status.trouble.is_some_and(|trouble| trouble.say.contains("A web page came"));
        assert_eq!(told, status.state == ConnectionState::Delayed);
        let day = world.busy("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await;
        assert_eq!(day.len(), 5, "what was known still blocks");
    }
    assert_eq!(seen, [CalendarState::Synced, CalendarState::Delayed, CalendarState::Blind]);
    world.sandbox.clear_faults();
    world.later(20).await;
    assert_eq!(world.calendars(&id).await[0].0.trouble, None);
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn museum_38_a_quiet_calendar_stays_fresh_and_a_lost_cursor_loses_nothing() {
    let world = World::new(30).await;
    world.put("a", MORNING);
    let id = world.connect().await;
    world.run().await;
    for _ in 0..20 {
        world.later(5).await;
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    }
    world.sandbox.expire_sync_tokens(PERSON).unwrap();
    world.sandbox.delete_event(PERSON, "home", "a.ics").unwrap();
    world.put("b", "DTSTART:20261123T110000Z\nDTEND:20261123T120000Z");
    world.later(5).await;
    let (calendar, _) = &world.calendars(&id).await[0];
    assert_eq!(world.copy(calendar).await, world.original("home"));
}

#[tokio::test]
async fn museum_40_a_revoked_password_is_told_and_everything_else_heals_by_itself() {
    let world = World::new(31).await;
    world.put("a", MORNING);
    let id = world.connect().await;
    world.run().await;
    world.sandbox.revoke_password(PERSON).unwrap();
    world.later(5).await;
    world.later(5).await;
    let status = world.status(&id).await;
    assert_eq!(status.state, ConnectionState::Attention);
    assert_eq!(status.attention.unwrap().reason, "password_refused");
    // Nothing hammers a server that said no: some lock an account that is tried too often.
    world.sandbox.forget_visits();
    for _ in 0..24 {
        world.later(30).await;
    }
    let tried = world.sandbox.visits().len();
    assert!((1..=4).contains(&tried), "{tried} requests in twelve hours");
    let password = world.sandbox.new_password(PERSON).unwrap();
    assert_eq!(world.try_connect(&password).await, Outcome::Repaired(id.clone()));
    world.run().await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn a_calendar_that_vanished_is_told_and_comes_back_by_itself() {
    let world = World::new(32).await;
    world.put("a", MORNING);
    let id = world.connect().await;
    world.run().await;
    world.sandbox.lose_calendar(PERSON, "home", true).unwrap();
    for _ in 0..8 {
        world.later(5).await;
    }
    let status = world.status(&id).await;
    assert_eq!(status.attention.map(|a| a.reason).as_deref(), Some("calendar_gone"));
    assert_eq!(world.busy("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await.len(), 1);
    world.sandbox.lose_calendar(PERSON, "home", false).unwrap();
    world.later(70).await;
    world.later(5).await;
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn sync_now_is_taken_once_in_thirty_seconds() {
    let world = World::new(33).await;
    let id = world.connect().await;
    world.run().await;
    assert_eq!(connect::pull_now(&world.ctx, &id, &world.dana()).await.unwrap(), PullNow::Asked);
    let again = connect::pull_now(&world.ctx, &id, &world.dana()).await.unwrap();
    assert!(matches!(again, PullNow::TooSoon { .. }), "{again:?}");
    world.later(1).await;
    assert_eq!(connect::pull_now(&world.ctx, &id, &world.dana()).await.unwrap(), PullNow::Asked);
}

#[tokio::test]
async fn a_calendar_nobody_could_read_for_a_day_is_blind_and_not_free() {
    let world = World::new(34).await;
    world.put("a", MORNING);
    let id = world.connect().await;
    world.run().await;
    let down = Failure { status: 503, often: Often::Always, ..Failure::default() };
    world.sandbox.change_faults(&person(), |f| f.fail = Some(down)).unwrap();
    world.later(25 * 60).await;
    let (calendar, _) = &world.calendars(&id).await[0];
    assert_eq!(calendar.state(world.now()), CalendarState::Blind);
    let mut tx = world.ctx.db.read().await.unwrap();
    let (from, until) =
        ("2026-11-23T00:00:00Z".parse().unwrap(), "2026-11-24T00:00:00Z".parse().unwrap());
    let answer =
        store::busy::of_user(&mut tx, &world.user, from, until, world.now()).await.unwrap();
    assert_eq!(answer.blind.iter().map(|b| b.why).collect::<Vec<_>>(), ["not_read_lately"]);
    assert_eq!(answer.busy.len(), 1, "the last known busy time is still told");
}

#[tokio::test]
async fn disconnecting_says_how_many_busy_times_go_and_takes_them_along() {
    let world = World::new(35).await;
    world.put("a", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z\nRRULE:FREQ=DAILY;COUNT=4");
    let id = world.connect().await;
    world.run().await;
    assert_eq!(connect::busy_lost(&world.ctx, &id).await.unwrap(), 4);
    assert!(connect::disconnect(&world.ctx, &id, &world.dana()).await.unwrap());
    assert!(world.busy("2026-11-22T00:00:00Z", "2026-12-22T00:00:00Z").await.is_empty());
    assert_eq!(world.run().await, 0, "its jobs are gone with it");
    let mut tx = world.ctx.db.read().await.unwrap();
    assert!(calendars::of_connection(&mut tx, &id).await.unwrap().is_empty());
}

#[tokio::test]
async fn once_an_hour_what_no_longer_serves_is_forgotten() {
    let world = World::new(36).await;
    sync::begin_housekeeping(&world.ctx).await.unwrap();
    let id = world.connect().await;
    for _ in 0..90 {
        world.later(30).await;
    }
    let mut tx = world.ctx.db.read().await.unwrap();
    let runs = store::runs::last(&mut tx, &id, 1_000).await.unwrap();
    let oldest = runs.last().unwrap().started_at;
    let age_h = world.now().duration_since(oldest).as_hours();
    assert!((24..=26).contains(&age_h), "{} runs, the oldest {age_h} h old", runs.len());
}

fn person() -> Whom {
    Whom::Person(PERSON.into())
}
