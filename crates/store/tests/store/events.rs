//! Events as they are listed, held, swept and read back.

use calendar::Blocking;
use connection::{CalendarId, Counts, Dice, ETag, EventId, RemoteId};
use jiff::Timestamp;
use store::busy::OccurrenceRow;
use store::events::{self, Body};
use store::{Tx, busy, calendars};

use crate::house::{Home, House, at, on_both_engines};

fn name(nth: usize) -> RemoteId {
    RemoteId::new(format!("/home/event-{nth}.ics"))
}

fn etag(version: usize) -> ETag {
    ETag::new(format!("\"{version}\""))
}

fn listed(names: impl IntoIterator<Item = usize>, version: usize) -> Vec<(RemoteId, ETag)> {
    names.into_iter().map(|nth| (name(nth), etag(version))).collect()
}

fn body(nth: usize, version: usize) -> Body {
    let start = at(i64::try_from(nth).unwrap() * 60);
    Body {
        remote: name(nth),
        etag: etag(version),
        text: format!("BEGIN:VCALENDAR\r\nSUMMARY:Event {nth} as of {version}\0\r\n"),
        content: [u8::try_from(version).unwrap(); 32],
        problem: None,
        goes_on: nth % 2 == 1,
        occurrences: vec![OccurrenceRow {
            start_at: start,
            end_at: start + jiff::SignedDuration::from_mins(30),
            all_day: false,
            blocking: Blocking::Busy,
        }],
    }
}

async fn list(house: &House, tx: &mut Tx, home: &Home, names: &[(RemoteId, ETag)], listing: i64) {
    let stamp = (at(0), &house.dice as &dyn Dice);
    events::list(tx, &home.calendar, names, listing, stamp).await.unwrap();
}

async fn hold(tx: &mut Tx, home: &Home, bodies: &[Body], now: Timestamp) {
    events::hold(tx, &home.calendar, bodies, now).await.unwrap();
}

async fn pending(tx: &mut Tx, home: &Home) -> Vec<RemoteId> {
    let pending = events::pending(tx, &home.calendar, 10_000).await.unwrap();
    pending.into_iter().map(|(name, _)| name).collect()
}

/// The occurrences of the home's calendar in the minutes before `until`.
async fn overlapping(
    tx: &mut Tx,
    home: &Home,
    until: i64,
) -> Vec<(CalendarId, EventId, OccurrenceRow)> {
    let calendars = std::slice::from_ref(&home.calendar);
    busy::overlapping(tx, calendars, at(0), at(until)).await.unwrap()
}

#[tokio::test]
async fn what_is_listed_is_known_and_pending_until_it_is_held() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..3, 1), 1).await;
        assert_eq!(pending(&mut tx, &home).await.len(), 3);
        hold(&mut tx, &home, &[body(1, 1)], at(1)).await;
        assert_eq!(pending(&mut tx, &home).await, [name(0), name(2)]);

        let names = [name(0), name(1), name(7)];
        let known = events::known(&mut tx, &home.calendar, &names).await.unwrap();
        assert_eq!(known.len(), 2);
        assert_eq!((&known[&name(0)].held, known[&name(0)].content), (&None, None));
        let held = &known[&name(1)];
        assert_eq!((&held.listed, &held.held), (&etag(1), &Some(etag(1))));
        assert_eq!(held.content, Some([1; 32]));
        let counts = events::counts(&mut tx, &home.calendar).await.unwrap();
        assert_eq!(counts, Counts { events: 3, pending: 2, not_understood: 0 });
        assert_eq!(events::known_count(&mut tx, &home.calendar).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_version_is_pending_while_the_old_one_counts_on() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..2, 1), 1).await;
        hold(&mut tx, &home, &[body(0, 1), body(1, 1)], at(1)).await;
        let before = events::known(&mut tx, &home.calendar, &[name(0)]).await.unwrap();
        list(house, &mut tx, &home, &listed([0], 2), 1).await;
        assert_eq!(pending(&mut tx, &home).await, [name(0)]);
        let after = events::known(&mut tx, &home.calendar, &[name(0)]).await.unwrap();
        assert_eq!(after[&name(0)].event, before[&name(0)].event);
        assert_eq!((&after[&name(0)].listed, &after[&name(0)].held), (&etag(2), &Some(etag(1))));
        assert_eq!(overlapping(&mut tx, &home, 1).await.len(), 1);
        events::mark_held(&mut tx, &home.calendar, &name(0), &etag(2)).await.unwrap();
        assert!(pending(&mut tx, &home).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_event_without_a_body_is_never_marked_as_held() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed([0], 1), 1).await;
        events::mark_held(&mut tx, &home.calendar, &name(0), &etag(1)).await.unwrap();
        assert_eq!(pending(&mut tx, &home).await, [name(0)]);
    })
    .await;
}

#[tokio::test]
async fn a_listing_that_names_an_event_twice_keeps_the_last_version() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let twice = [(name(0), etag(1)), (name(1), etag(1)), (name(0), etag(2))];
        list(house, &mut tx, &home, &twice, 1).await;
        hold(&mut tx, &home, &[body(0, 1), body(0, 2)], at(1)).await;
        let known = events::known(&mut tx, &home.calendar, &[name(0), name(0)]).await.unwrap();
        assert_eq!(known[&name(0)].held, Some(etag(2)));
        assert_eq!(events::counts(&mut tx, &home.calendar).await.unwrap().events, 2);
        assert_eq!(overlapping(&mut tx, &home, 99).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn hundreds_are_listed_held_and_known_in_one_transaction() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..1234, 1), 1).await;
        let bodies: Vec<_> = (0..1234).map(|nth| body(nth, 1)).collect();
        hold(&mut tx, &home, &bodies, at(1)).await;
        tx.commit().await.unwrap();

        let mut tx = house.db.read().await.unwrap();
        let names: Vec<_> = (0..1300).map(name).collect();
        let known = events::known(&mut tx, &home.calendar, &names).await.unwrap();
        assert_eq!(known.len(), 1234);
        assert!(known.values().all(|known| known.held == Some(etag(1))));
        let counts = events::counts(&mut tx, &home.calendar).await.unwrap();
        assert_eq!(counts, Counts { events: 1234, pending: 0, not_understood: 0 });
        let of_user = calendars::of_user(&mut tx, &home.user).await.unwrap();
        assert_eq!(of_user[0].1, counts);
    })
    .await;
}

#[tokio::test]
async fn a_first_pull_that_was_killed_goes_on_with_what_is_pending() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..10, 1), 1).await;
        tx.commit().await.unwrap();
        let mut tx = house.db.begin().await.unwrap();
        let first = events::pending(&mut tx, &home.calendar, 4).await.unwrap();
        let bodies: Vec<_> = (0..10)
            .map(|nth| body(nth, 1))
            .filter(|b| first.iter().any(|f| f.0 == b.remote))
            .collect();
        hold(&mut tx, &home, &bodies, at(1)).await;
        tx.commit().await.unwrap();
        let mut tx = house.db.begin().await.unwrap();
        hold(&mut tx, &home, &[body(9, 1)], at(1)).await;
        drop(tx);
        let mut tx = house.db.read().await.unwrap();
        let rest = events::pending(&mut tx, &home.calendar, 100).await.unwrap();
        assert_eq!(first, listed(0..4, 1));
        assert_eq!(rest, listed(4..10, 1));
    })
    .await;
}

#[tokio::test]
async fn what_no_page_of_a_listing_named_is_swept_with_its_busy_time() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &other, &listed(0..3, 1), 1).await;
        list(house, &mut tx, &home, &listed(0..5, 1), 1).await;
        let bodies: Vec<_> = (0..5).map(|nth| body(nth, 1)).collect();
        hold(&mut tx, &home, &bodies, at(1)).await;
        list(house, &mut tx, &home, &listed(0..2, 1), 2).await;
        list(house, &mut tx, &home, &listed(2..4, 1), 2).await;
        assert_eq!(events::unseen(&mut tx, &home.calendar, 2).await.unwrap(), 1);
        for (before, over) in [(at(1), 0), (at(99_999), 1)] {
            let told = events::unseen_and_over(&mut tx, &home.calendar, (2, before)).await;
            assert_eq!(told.unwrap(), over);
        }
        assert_eq!(events::sweep(&mut tx, &home.calendar, 2).await.unwrap(), 1);
        assert_eq!(events::unseen(&mut tx, &home.calendar, 2).await.unwrap(), 0);
        assert_eq!(events::counts(&mut tx, &home.calendar).await.unwrap().events, 4);
        assert_eq!(events::counts(&mut tx, &other.calendar).await.unwrap().events, 3);
        assert_eq!(overlapping(&mut tx, &home, 9999).await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn what_went_while_a_listing_named_it_is_swept_with_its_parts() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..5, 1), 1).await;
        let part_of = |part, series| (name(part), name(series));
        events::attach(&mut tx, &home.calendar, &[part_of(4, 3)]).await.unwrap();
        events::unlist(&mut tx, &home.calendar, &[name(3)]).await.unwrap();
        events::unlist(&mut tx, &home.calendar, &[name(1), name(77)]).await.unwrap();
        list(house, &mut tx, &home, &listed([1], 2), 1).await;
        assert_eq!(events::sweep(&mut tx, &home.calendar, 1).await.unwrap(), 1);
        let rest: Vec<_> = (0..5).map(name).collect();
        let known = events::known(&mut tx, &home.calendar, &rest).await.unwrap();
        assert_eq!(known.len(), 3, "the series went with its part");
    })
    .await;
}

#[tokio::test]
async fn removed_events_are_gone_by_name() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..700, 1), 1).await;
        let names: Vec<_> = (0..600).chain(2000..2010).map(name).collect();
        assert_eq!(events::remove(&mut tx, &home.calendar, &names).await.unwrap(), 600);
        assert_eq!(events::remove(&mut tx, &home.calendar, &[]).await.unwrap(), 0);
        assert_eq!(events::counts(&mut tx, &home.calendar).await.unwrap().events, 100);
        let parts: Vec<_> = (650..660).map(|part| (name(part), name(3000))).collect();
        events::attach(&mut tx, &home.calendar, &parts).await.unwrap();
        let series = [name(3000)];
        assert_eq!(events::remove(&mut tx, &home.calendar, &series).await.unwrap(), 1);
        assert_eq!(events::remove(&mut tx, &home.calendar, &series).await.unwrap(), 0);
        assert_eq!(events::counts(&mut tx, &home.calendar).await.unwrap().events, 90);
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_no_longer_listed_is_passed_over() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed([1], 1), 1).await;
        hold(&mut tx, &home, &[body(0, 1), body(1, 1)], at(1)).await;
        hold(&mut tx, &home, &[body(0, 1)], at(1)).await;
        hold(&mut tx, &home, &[], at(1)).await;
        assert_eq!(events::known_count(&mut tx, &home.calendar).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn texts_come_back_byte_by_byte_page_by_page() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..7, 1), 1).await;
        let bodies: Vec<_> = (0..6).map(|nth| body(nth, 1)).collect();
        hold(&mut tx, &home, &bodies, at(1)).await;
        let mut read = Vec::new();
        let mut after: Option<EventId> = None;
        loop {
            let calendar = &home.calendar;
            let page = events::bodies(&mut tx, calendar, after.as_ref(), false, 4).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            read.extend(page);
        }
        assert_eq!(read.len(), 6);
        for text in &read {
            let held = bodies.iter().find(|body| body.remote == text.remote).unwrap();
            assert!(text.text == held.text && text.etag == held.etag);
            assert_eq!(text.calendar, home.calendar);
        }
        let going_on = events::bodies(&mut tx, &home.calendar, None, true, 99).await.unwrap();
        assert_eq!(going_on.len(), 3);
        let ids = [read[2].id.clone(), EventId::new(at(0), &house.dice)];
        let texts = events::texts(&mut tx, &ids).await.unwrap();
        assert!(texts == [read[2].clone()]);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_understood_is_counted_and_listed_with_its_reason() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..2, 1), 1).await;
        let mut odd = body(1, 1);
        odd.problem = Some(("limit".into(), "It repeats every second.".into()));
        hold(&mut tx, &home, &[body(0, 1), odd], at(5)).await;
        let counts = events::counts(&mut tx, &home.calendar).await.unwrap();
        assert_eq!(counts, Counts { events: 2, pending: 0, not_understood: 1 });
        let rows = events::not_understood(&mut tx, &home.connection).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].code.as_str(), rows[0].changed_at), ("limit", at(5)));
        assert_eq!(rows[0].say, "It repeats every second.");
        assert!(rows[0].text.contains("Event 1 as of 1"));
        let texts = events::texts(&mut tx, &[rows[0].event.clone()]).await.unwrap();
        let why = texts[0].problem.as_ref().map(|(code, say)| (code.as_str(), say.as_str()));
        assert_eq!(why, Some(("limit", "It repeats every second.")));
        hold(&mut tx, &home, &[body(1, 2)], at(6)).await;
        assert_eq!(events::counts(&mut tx, &home.calendar).await.unwrap().not_understood, 0);
    })
    .await;
}

#[tokio::test]
async fn a_rebuilt_event_has_its_new_occurrences_alone() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..2, 1), 1).await;
        hold(&mut tx, &home, &[body(0, 1), body(1, 1)], at(1)).await;
        let texts = events::bodies(&mut tx, &home.calendar, None, false, 9).await.unwrap();
        let problem = Some(("x".to_owned(), "y".to_owned()));
        let day = OccurrenceRow {
            start_at: at(24 * 60),
            end_at: at(48 * 60),
            all_day: true,
            blocking: Blocking::Free,
        };
        let gone = EventId::new(at(0), &house.dice);
        let rebuilt = [
            (texts[0].id.clone(), problem, true, vec![day, day]),
            (texts[1].id.clone(), None, false, vec![]),
            (gone, None, true, vec![day]),
        ];
        events::rebuild(&mut tx, &home.calendar, &rebuilt).await.unwrap();
        let there = overlapping(&mut tx, &home, 9999).await;
        let row = (home.calendar.clone(), texts[0].id.clone(), day);
        assert_eq!(there, [row.clone(), row]);
        let counts = events::counts(&mut tx, &home.calendar).await.unwrap();
        assert_eq!((counts.not_understood, counts.pending), (1, 0));
        let going_on = events::bodies(&mut tx, &home.calendar, None, true, 9).await.unwrap();
        assert_eq!(going_on.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_name_with_a_nul_is_found_again_on_both_engines() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let odd = RemoteId::new("odd\0name");
        list(house, &mut tx, &home, &[(odd.clone(), etag(1))], 1).await;
        hold(&mut tx, &home, &[Body { remote: odd.clone(), ..body(0, 1) }], at(1)).await;
        let known =
            events::known(&mut tx, &home.calendar, std::slice::from_ref(&odd)).await.unwrap();
        assert_eq!(known[&odd].held, Some(etag(1)));
        assert!(pending(&mut tx, &home).await.is_empty());
        assert_eq!(events::remove(&mut tx, &home.calendar, &[odd]).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_read_more_than_when_stores_it_no_more_and_what_was_kept_is_written_anew() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        list(house, &mut tx, &home, &listed(0..2, 1), 1).await;
        hold(&mut tx, &home, &[body(0, 1)], at(1)).await;
        assert!(!events::is_busy_only(&mut tx, &home.connection).await.unwrap());
        for busy_only in [false, true] {
            let before = calendars::place(&mut tx, &home.calendar).await.unwrap().unwrap();
            events::set_busy_only(&mut tx, &home.connection, busy_only).await.unwrap();
            assert_eq!(events::is_busy_only(&mut tx, &home.connection).await.unwrap(), busy_only);
            let keeping = calendars::keep(&mut tx, &home.calendar, before.generation).await;
            assert!(matches!(keeping, Err(store::StoreError::Conflict)), "{keeping:?}");
        }
        let times = format!("BEGIN:VCALENDAR\r\n{}\r\n", calendar::ical::TIMES_ONLY);
        hold(&mut tx, &home, &[Body { text: times.clone(), ..body(1, 1) }], at(1)).await;

        let all = events::stored(&mut tx, &home.calendar, None, 9).await.unwrap();
        let old: Vec<_> =
            all.iter().filter(|(_, text)| text.contains("SUMMARY")).cloned().collect();
        assert_eq!((all.len(), old.len()), (2, 1));
        events::rewrite(&mut tx, &[(old[0].0.clone(), times.clone())]).await.unwrap();
        let all = events::stored(&mut tx, &home.calendar, None, 9).await.unwrap();
        assert!(all.iter().all(|(_, text)| *text == times), "{all:?}");
        let last = events::stored(&mut tx, &home.calendar, Some(&all[0].0), 9).await.unwrap();
        assert_eq!(last, all[1..]);
        assert_eq!(overlapping(&mut tx, &home, 600).await.len(), 2, "the times stay");

        assert_eq!(pending(&mut tx, &home).await, []);
        events::want_all(&mut tx, &home.calendar).await.unwrap();
        assert_eq!(pending(&mut tx, &home).await.len(), 2);
        assert_eq!(events::known_count(&mut tx, &home.calendar).await.unwrap(), 2);
    })
    .await;
}
