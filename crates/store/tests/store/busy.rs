//! Busy time: what overlaps, what blocks, and what cannot be vouched for.

use calendar::{Blocking, BusyKind, Switches};
use connection::{Calendar, CalendarId, Dice, ETag, RemoteId};
use jiff::{SignedDuration, Timestamp};
use store::busy::{self, Blind, OccurrenceRow};
use store::events::{self, Body};
use store::people::{self, CalendarSettings};
use store::{Tx, calendars};

use crate::house::{Home, House, at, on_both_engines};

fn occurrence(start: i64, end: i64, blocking: Blocking) -> OccurrenceRow {
    OccurrenceRow { start_at: at(start), end_at: at(end), all_day: false, blocking }
}

/// One event with those occurrences.
async fn event(house: &House, tx: &mut Tx, calendar: &CalendarId, rows: Vec<OccurrenceRow>) {
    let body = Body {
        remote: RemoteId::new(format!("/{:?}", rows[0])),
        etag: ETag::new("1"),
        text: String::new(),
        content: [0; 32],
        problem: None,
        goes_on: false,
        occurrences: rows,
    };
    let listed = [(body.remote.clone(), body.etag.clone())];
    let stamp = (at(0), &house.dice as &dyn Dice);
    events::list(tx, calendar, &listed, 0, stamp).await.unwrap();
    events::hold(tx, calendar, &[body], at(0)).await.unwrap();
}

async fn starts(
    tx: &mut Tx,
    calendars: &[CalendarId],
    from: i64,
    until: i64,
) -> Vec<(i64, Timestamp)> {
    let found = busy::overlapping(tx, calendars, at(from), at(until)).await.unwrap();
    let minutes = |instant: Timestamp| (instant.as_second() - at(0).as_second()) / 60;
    found.iter().map(|(_, _, row)| (minutes(row.start_at), row.end_at)).collect()
}

#[tokio::test]
async fn overlap_is_half_open_and_in_the_order_of_time() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let rows = [(0, 10), (10, 20), (20, 30), (5, 25), (15, 15), (20, 20), (10, 10)];
        for (start, end) in rows {
            let row = occurrence(start, end, Blocking::Busy);
            event(house, &mut tx, &home.calendar, vec![row]).await;
        }
        let row = occurrence(12, 13, Blocking::Busy);
        event(house, &mut tx, &other.calendar, vec![row]).await;
        let mine = [home.calendar.clone()];
        let expected = [(5, at(25)), (10, at(10)), (10, at(20)), (15, at(15))];
        assert_eq!(starts(&mut tx, &mine, 10, 20).await, expected);
        let both = [home.calendar.clone(), other.calendar];
        assert_eq!(starts(&mut tx, &both, 10, 20).await.len(), 5);
        assert!(starts(&mut tx, &[], 0, 99).await.is_empty());
        assert!(starts(&mut tx, &mine, 30, 99).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_past_is_pruned_and_nothing_else() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let row = |start, end| occurrence(start, end, Blocking::Busy);
        let series = vec![row(-95, -90), row(20, 30)];
        let events = [row(0, 10), row(5, 11), row(-90, 60), row(10, 10), row(-5, 9)];
        for rows in events.into_iter().map(|row| vec![row]).chain([series]) {
            event(house, &mut tx, &home.calendar, rows).await;
        }
        assert_eq!(busy::prune(&mut tx, &home.calendar, at(10)).await.unwrap(), 1);
        let left = starts(&mut tx, &[home.calendar], -99, 99).await;
        assert_eq!(
            left.iter().map(|(start, _)| *start).collect::<Vec<_>>(),
            [-95, -90, 0, 5, 10, 20]
        );
    })
    .await;
}

#[tokio::test]
async fn disconnecting_says_how_many_busy_times_disappear() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let all_day = OccurrenceRow { all_day: true, ..occurrence(0, 99, Blocking::Free) };
        let rows = vec![
            occurrence(0, 10, Blocking::Busy),
            occurrence(20, 30, Blocking::Tentative),
            occurrence(20, 30, Blocking::Free),
            occurrence(20, 30, Blocking::Cancelled),
            occurrence(20, 20, Blocking::Busy),
            all_day,
        ];
        event(house, &mut tx, &home.calendar, rows).await;
        let mut count =
            async |from| busy::future_count(&mut tx, &home.connection, at(from)).await.unwrap();
        assert_eq!((count(0).await, count(10).await, count(30).await), (2, 1, 0));
        calendars::set_switches(&mut tx, &home.calendar, true, true).await.unwrap();
        assert_eq!(busy::future_count(&mut tx, &home.connection, at(10)).await.unwrap(), 2);
        calendars::set_switches(&mut tx, &home.calendar, false, true).await.unwrap();
        assert_eq!(busy::future_count(&mut tx, &home.connection, at(10)).await.unwrap(), 0);
    })
    .await;
}

/// Known now, between an hour ago and `until`.
async fn known(tx: &mut Tx, home: &Home, until: i64) {
    calendars::set_known(tx, &home.calendar, at(0)).await.unwrap();
    calendars::set_horizon(tx, &home.calendar, at(-60), at(until)).await.unwrap();
}

#[tokio::test]
async fn a_user_is_busy_when_an_event_that_blocks_lies_in_a_calendar_that_counts() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        known(&mut tx, &home, 600).await;
        let rows = vec![
            occurrence(0, 10, Blocking::Busy),
            occurrence(-30, 5, Blocking::Unavailable),
            occurrence(3, 3, Blocking::Busy),
            occurrence(0, 10, Blocking::Declined),
            occurrence(10, 20, Blocking::Busy),
        ];
        event(house, &mut tx, &home.calendar, rows).await;
        let silent = house.new_calendar(&home.connection);
        calendars::insert(&mut tx, &silent).await.unwrap();
        calendars::set_switches(&mut tx, &silent.id, false, false).await.unwrap();
        let row = occurrence(0, 10, Blocking::Busy);
        event(house, &mut tx, &silent.id, vec![row]).await;
        event(house, &mut tx, &other.calendar, vec![row]).await;

        let found = busy::of_user(&mut tx, &home.user, at(0), at(10), at(1)).await.unwrap();
        let kinds: Vec<_> =
            found.busy.iter().map(|row| (row.start_at, row.end_at, row.kind)).collect();
        let unavailable = (at(-30), at(5), BusyKind::Unavailable);
        assert_eq!(kinds, [unavailable, (at(0), at(10), BusyKind::Busy)]);
        assert!(found.busy.iter().all(|row| row.calendar == home.calendar));
        assert_eq!((found.blind, found.known_at), (vec![], Some(at(0))));
    })
    .await;
}

async fn blind(tx: &mut Tx, home: &Home, stretch: (i64, i64), now: i64) -> Vec<Blind> {
    let (from, until) = (at(stretch.0), at(stretch.1));
    busy::of_user(tx, &home.user, from, until, at(now)).await.unwrap().blind
}

#[tokio::test]
async fn unknown_is_never_free() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let blinded =
            |since, why| vec![Blind { calendar: home.calendar.clone(), since: at(since), why }];
        // Connected two minutes later than the world began.
        assert_eq!(blind(&mut tx, &home, (0, 9), 5).await, blinded(2, "never_read"));
        calendars::set_known(&mut tx, &home.calendar, at(0)).await.unwrap();
        assert_eq!(blind(&mut tx, &home, (0, 9), 5).await, blinded(0, "beyond_horizon"));
        known(&mut tx, &home, 600).await;
        assert_eq!(blind(&mut tx, &home, (0, 600), 5).await, vec![]);
        assert_eq!(blind(&mut tx, &home, (0, 601), 5).await, blinded(600, "beyond_horizon"));
        assert_eq!(blind(&mut tx, &home, (-61, 9), 5).await, blinded(-61, "beyond_horizon"));
        let day = 24 * 60;
        assert_eq!(blind(&mut tx, &home, (0, 9), day).await, vec![]);
        assert_eq!(blind(&mut tx, &home, (0, 9), day + 1).await, blinded(0, "not_read_lately"));
        calendars::set_gone(&mut tx, &home.calendar, Some(at(3))).await.unwrap();
        assert_eq!(blind(&mut tx, &home, (0, 9), 5).await, blinded(3, "gone"));
        calendars::set_switches(&mut tx, &home.calendar, false, false).await.unwrap();
        assert_eq!(blind(&mut tx, &home, (0, 9), 5).await, vec![]);
    })
    .await;
}

#[tokio::test]
async fn another_choice_is_held_beside_the_saved_one_and_saves_nothing() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        known(&mut tx, &home, 600).await;
        let other = house.new_calendar(&home.connection);
        calendars::insert(&mut tx, &other).await.unwrap();
        calendars::set_switches(&mut tx, &other.id, false, false).await.unwrap();
        let row = |start, end| occurrence(start, end, Blocking::Busy);
        event(house, &mut tx, &home.calendar, vec![row(-9, 20), row(15, 25)]).await;
        let all_day = OccurrenceRow { all_day: true, ..occurrence(50, 70, Blocking::Free) };
        event(house, &mut tx, &other.id, vec![row(10, 40), all_day]).await;
        let saved = busy::of_user(&mut tx, &home.user, at(0), at(60), at(1)).await.unwrap();
        let chosen = |calendar: &Calendar| {
            let is_other = calendar.id == other.id;
            Switches { counts_as_busy: is_other, all_day_is_busy: true }
        };
        let stretch = (at(0), at(60));
        let beside = busy::beside_saved(&mut tx, &home.user, chosen, stretch, at(1)).await.unwrap();
        let minutes = [beside.blocked, beside.more, beside.less].map(|length| length.as_mins());
        assert_eq!(minutes, [40, 25, 10], "10 to 40 and 50 to 60, where 0 to 25 were saved");
        assert!(beside.chosen.busy.iter().all(|row| row.calendar == other.id));
        let blind: Vec<_> = beside.chosen.blind.iter().map(|b| (&b.calendar, b.why)).collect();
        assert_eq!(blind, [(&other.id, "never_read")], "unknown is never free");
        let same = busy::beside_saved(&mut tx, &home.user, Calendar::switches, stretch, at(1));
        let same = same.await.unwrap();
        assert_eq!((same.more, same.less), (SignedDuration::ZERO, SignedDuration::ZERO));
        assert_eq!(same.chosen, saved);
    })
    .await;
}

#[tokio::test]
async fn where_bookings_are_written_is_always_checked() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let counts = async |tx: &mut Tx| {
            calendars::load(tx, &home.calendar).await.unwrap().unwrap().counts_as_busy
        };
        calendars::set_switches(&mut tx, &home.calendar, false, false).await.unwrap();
        assert!(!counts(&mut tx).await);
        let linked_calendar = Some(home.calendar.clone());
        let linked = CalendarSettings { linked_calendar, ..CalendarSettings::default() };
        people::set_settings(&mut tx, &home.user, &linked).await.unwrap();
        assert!(counts(&mut tx).await);
        let is = calendars::set_switches(&mut tx, &home.calendar, false, true).await.unwrap();
        assert!(is.counts_as_busy && is.all_day_is_busy && counts(&mut tx).await);
        people::set_settings(&mut tx, &home.user, &CalendarSettings::default()).await.unwrap();
        calendars::set_switches(&mut tx, &home.calendar, false, false).await.unwrap();
        assert!(!counts(&mut tx).await);
    })
    .await;
}
