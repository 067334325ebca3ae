//! What the museum collected beside its rows about Outlook's ids: an event that moves to another
//! calendar gets another one, and a calendar may get another one, too.

use connection::{Calendar, CalendarState, ConnectionId, ConnectionState};
use jiff::SignedDuration;
use sandbox::{AccountKind, Often, Sharing};
use store::people::{self, CalendarSettings};
use store::{busy, calendars, channels, messages};
use sync::watch::Rung;

use crate::places::{self, BEN, DAY};
use crate::world::World;

const ROTA: &str = "Rota";

/// Ben has a calendar beside his own.
fn move_in(world: &World) {
    places::move_in(world, "outlook", BEN);
    world.sandbox.microsoft().add_calendar(BEN, ROTA).unwrap();
}

async fn connect(world: &World) -> ConnectionId {
    let id = places::sign_in(world, "outlook").await;
    world.run().await;
    world.carry_rings().await;
    world.clock.advance(SignedDuration::from_secs(1));
    id
}

/// What that day is busy with: the calendar's name and the hour; `?` for a calendar that is not
/// known, with why.
async fn day(world: &World, id: &ConnectionId) -> Vec<String> {
    let all = world.calendars(id).await;
    let name = |id: &connection::CalendarId| {
        all.iter().find(|(it, _)| it.id == *id).map_or_else(String::new, |(it, _)| it.name.clone())
    };
    let (from, until) = (DAY.0.parse().unwrap(), DAY.1.parse().unwrap());
    let mut tx = world.ctx.db.read().await.unwrap();
    let answer = busy::of_user(&mut tx, &world.user, from, until, world.now()).await.unwrap();
    let hour = |row: &busy::BusyRow| {
        let (start, end) = (row.start_at.strftime("%H"), row.end_at.strftime("%H"));
        format!("{} {start}-{end}", name(&row.calendar))
    };
    let blind = answer.blind.iter().map(|it| format!("{}? {}", name(&it.calendar), it.why));
    answer.busy.iter().map(hour).chain(blind).collect()
}

#[tokio::test]
async fn museum_extra_an_outlook_event_that_moves_is_busy_once_in_its_new_calendar() {
    for (nth, rings) in (0..).zip([true, false]) {
        let world = World::new(270 + nth).await;
        move_in(&world);
        let microsoft = world.sandbox.microsoft();
        let event = places::put(&world, "outlook", (BEN, "default"), 9);
        let id = connect(&world).await;
        assert_eq!(day(&world, &id).await, ["Calendar 09-10"]);
        if !rings {
            let order = |faults: &mut sandbox::MicrosoftFaults| faults.push_dropped = Often::Always;
            microsoft.change_faults(Some(BEN), order).unwrap();
        }
        let pull = async || {
            let heard = world.carry_rings().await;
            assert_eq!(heard.contains(&Rung::Heard), rings);
            world.later(if rings { 0 } else { 32 }).await;
        };
        let moved = microsoft.move_to_calendar(BEN, ("default", &event), ROTA).unwrap();
        assert_ne!(moved, event, "it has another id");
        pull().await;
        assert_eq!(day(&world, &id).await, ["Rota 09-10"], "rings: {rings}");
        let counts = world.calendars(&id).await.into_iter().map(|(it, n)| (it.name, n.events));
        let counts: Vec<_> = counts.collect();
        assert_eq!(counts, [("Calendar".to_owned(), 0), (ROTA.to_owned(), 1)]);
        let back = microsoft.move_to_calendar(BEN, (ROTA, &moved), "default").unwrap();
        assert_ne!(back, moved);
        pull().await;
        assert_eq!(day(&world, &id).await, ["Calendar 09-10"], "rings: {rings}");
    }
}

/// Makes choices for a calendar: it counts, also with whole days, and bookings are written there.
async fn choose(world: &World, calendar: &Calendar) {
    let linked_calendar = Some(calendar.id.clone());
    let settings = CalendarSettings { linked_calendar, ..CalendarSettings::default() };
    let mut tx = world.ctx.db.begin().await.unwrap();
    calendars::set_switches(&mut tx, &calendar.id, true, true).await.unwrap();
    people::set_settings(&mut tx, &world.user, &settings).await.unwrap();
    tx.commit().await.unwrap();
}

/// Is it the same one as before, with all that was chosen for it, under another id?
async fn goes_on(world: &World, id: &ConnectionId, before: &Calendar) {
    let after = places::calendar(world, id, &before.name).await;
    assert_eq!(after.id, before.id);
    assert_ne!(after.remote, before.remote);
    assert_eq!((after.counts_as_busy, after.all_day_is_busy), (true, true));
    assert_eq!((after.gone_at, &after.trouble), (None, &None));
    assert_eq!(after.state(world.now()), CalendarState::Synced);
    let mut tx = world.ctx.db.read().await.unwrap();
    let user = people::user(&mut tx, &world.user).await.unwrap().unwrap();
    assert_eq!(user.settings.linked_calendar.as_ref(), Some(&before.id));
}

#[tokio::test]
async fn museum_extra_an_outlook_calendar_under_another_id_keeps_what_was_chosen_for_it() {
    let world = World::new(272).await;
    move_in(&world);
    let microsoft = world.sandbox.microsoft();
    let stale = places::put(&world, "outlook", (BEN, ROTA), 9);
    places::put(&world, "outlook", (BEN, ROTA), 11);
    let id = connect(&world).await;
    let before = places::calendar(&world, &id, ROTA).await;
    choose(&world, &before).await;
    microsoft.renew_calendar_id(BEN, ROTA).unwrap();
    microsoft.delete_event(BEN, ROTA, &stale).unwrap();
    places::put(&world, "outlook", (BEN, ROTA), 15);
    assert_eq!(world.carry_rings().await, [], "nobody rings for it any more");
    world.later(32).await;
    goes_on(&world, &id, &before).await;
    assert_eq!(day(&world, &id).await, ["Rota 11-12", "Rota 15-16"], "nothing stale counts");
    assert_eq!(world.calendars(&id).await.len(), 2);
    let status = world.status(&id).await;
    assert_eq!((status.state, status.attention), (ConnectionState::Synced, None));
    let mut tx = world.ctx.db.read().await.unwrap();
    assert_eq!(messages::of_user(&mut tx, &world.user, 9).await.unwrap(), []);
    assert_eq!(channels::of_calendar(&mut tx, &before.id).await.unwrap().len(), 1);
    drop(tx);
    places::put(&world, "outlook", (BEN, ROTA), 17);
    assert_eq!(world.carry_rings().await, [Rung::Heard], "it is rung for again");
    world.run().await;
    assert_eq!(day(&world, &id).await.len(), 3);
}

/// A calendar that was chosen and read, and has another id at Microsoft since.
async fn with_another_id(seed: u64) -> (World, ConnectionId, Calendar) {
    let world = World::new(seed).await;
    move_in(&world);
    places::put(&world, "outlook", (BEN, ROTA), 9);
    let id = connect(&world).await;
    let before = places::calendar(&world, &id, ROTA).await;
    choose(&world, &before).await;
    world.sandbox.microsoft().renew_calendar_id(BEN, ROTA).unwrap();
    (world, id, before)
}

#[tokio::test]
async fn museum_extra_an_outlook_calendar_under_another_id_is_unknown_until_it_is_read() {
    let (world, id, before) = with_another_id(273).await;
    assert_eq!(day(&world, &id).await, ["Rota 09-10"]);
    world.clock.advance(SignedDuration::from_mins(70));
    let lists = world.handlers.iter().filter(|(kind, _)| **kind == "list_calendars");
    let lists = lists.map(|(kind, handler)| (*kind, handler.clone())).collect();
    sync::run_due(&world.ctx, &lists).await.unwrap();
    assert_eq!(day(&world, &id).await, ["Rota? never_read"]);
    assert_eq!(world.status(&id).await.state, ConnectionState::Processing);
    // Whoever took the pulls has gone away: another one does them.
    world.later(10).await;
    goes_on(&world, &id, &before).await;
    assert_eq!(day(&world, &id).await, ["Rota 09-10"]);
}

#[tokio::test]
async fn museum_extra_all_outlook_calendars_under_other_ids_at_once_stay_apart_by_their_names() {
    let world = World::new(274).await;
    move_in(&world);
    places::put(&world, "outlook", (BEN, "default"), 9);
    places::put(&world, "outlook", (BEN, ROTA), 11);
    let id = connect(&world).await;
    let before = world.calendars(&id).await;
    let microsoft = world.sandbox.microsoft();
    for name in ["default", ROTA] {
        microsoft.renew_calendar_id(BEN, name).unwrap();
    }
    world.later(32).await;
    let after = world.calendars(&id).await;
    let named = |all: &[(Calendar, connection::Counts)]| {
        all.iter().map(|(it, _)| (it.id.clone(), it.name.clone())).collect::<Vec<_>>()
    };
    assert_eq!(named(&after), named(&before));
    assert_eq!(day(&world, &id).await, ["Calendar 09-10", "Rota 11-12"]);
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

/// It is gone, as it would be elsewhere: what was known of it counts on, and its owner is asked.
async fn is_gone(world: &World, id: &ConnectionId, before: &Calendar) {
    let all = world.calendars(id).await;
    let (after, _) = all.iter().find(|(it, _)| it.id == before.id).unwrap();
    assert_eq!(after.remote, before.remote);
    assert!(after.gone_at.is_some());
    let day = day(world, id).await;
    let (known, asks) = (format!("{} 09-10", before.name), format!("{}? gone", before.name));
    assert!(day.contains(&known) && day.contains(&asks), "{day:?}");
    let attention = world.status(id).await.attention.unwrap();
    assert_eq!(attention.reason, "calendar_gone");
}

#[tokio::test]
async fn museum_extra_an_outlook_calendar_with_two_possible_heirs_is_gone() {
    let (world, id, before) = with_another_id(275).await;
    world.sandbox.microsoft().add_calendar(BEN, ROTA).unwrap();
    for _ in 0..3 {
        world.later(32).await;
    }
    is_gone(&world, &id, &before).await;
    let rotas = world.calendars(&id).await.into_iter().filter(|(it, _)| it.name == ROTA);
    assert_eq!(rotas.count(), 3, "and both others are new");
}

#[tokio::test]
async fn museum_extra_a_calendar_of_that_name_by_somebody_else_is_no_heir() {
    let world = World::new(276).await;
    let microsoft = world.sandbox.microsoft();
    places::move_in(&world, "outlook", BEN);
    for (email, name) in [("kit@keeper.example", "Kit"), ("lou@keeper.example", "Lou")] {
        microsoft.add_person(email, name, AccountKind::Work);
        microsoft.add_calendar(email, ROTA).unwrap();
    }
    let share = |email| microsoft.share_calendar(email, ROTA, (BEN, Sharing::Write)).unwrap();
    share("kit@keeper.example");
    places::put(&world, "outlook", ("kit@keeper.example", ROTA), 9);
    let id = connect(&world).await;
    let before = places::calendar(&world, &id, ROTA).await;
    choose(&world, &before).await;
    microsoft.remove_calendar(BEN, ROTA).unwrap();
    share("lou@keeper.example");
    for _ in 0..3 {
        world.later(32).await;
    }
    is_gone(&world, &id, &before).await;
    assert_eq!(places::calendar(&world, &id, "Rota (Lou)").await.gone_at, None);
}

/// Where ids do not change, another id is another calendar.
#[tokio::test]
async fn museum_extra_a_google_calendar_that_is_made_anew_is_a_new_one() {
    let world = World::new(277).await;
    let google = world.sandbox.google();
    let ada = places::person("google");
    places::move_in(&world, "google", ada);
    google.add_calendar(ada, ROTA).unwrap();
    places::put(&world, "google", (ada, ROTA), 9);
    let id = places::sign_in(&world, "google").await;
    world.run().await;
    let before = places::calendar(&world, &id, ROTA).await;
    choose(&world, &before).await;
    google.remove_calendar(ada, ROTA).unwrap();
    google.add_calendar(ada, ROTA).unwrap();
    for _ in 0..3 {
        world.later(32).await;
    }
    is_gone(&world, &id, &before).await;
    assert_eq!(world.calendars(&id).await.len(), 3);
}
