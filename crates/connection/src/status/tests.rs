//! What the status says, for each mixture of facts.

use jiff::SignedDuration;

use super::*;
use crate::{
    AccountId, CalendarAccess, CalendarId, ConnectionId, FixedDice, IntegrationKind, OwnAnswer,
    Owner, Principal, RemoteId, UserId,
};

const NOW: &str = "2026-11-22T12:00:00Z";

fn at(minutes_ago: i64) -> Timestamp {
    NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_mins(minutes_ago)
}

fn connection() -> Connection {
    let dice = FixedDice::new(1);
    Connection {
        id: ConnectionId::new(at(60), &dice),
        account: AccountId::new(at(60), &dice),
        owner: Owner::User(UserId::new(at(60), &dice)),
        integration: IntegrationKind::new("caldav"),
        principal: Principal { id: "p".into(), name: "dana".into(), addresses: vec![] },
        checks: vec![],
        attention: None,
        refused_at: None,
        paused_at: None,
        throttled_until: None,
        last_success_at: Some(at(1)),
        last_change_at: None,
        repaired_at: None,
        scopes: Vec::new(),
        era: 0,
        created_at: at(60),
    }
}

fn calendar(known_minutes_ago: Option<i64>) -> (Calendar, Counts) {
    let dice = FixedDice::new(2);
    let calendar = Calendar {
        id: CalendarId::new(at(60), &dice),
        connection: ConnectionId::new(at(60), &dice),
        remote: RemoteId::new("/home/"),
        name: "Home".into(),
        color: "#336699".into(),
        access: CalendarAccess::Writer,
        time_zone: None,
        counts_as_busy: true,
        all_day_is_busy: false,
        known_at: known_minutes_ago.map(at),
        known_until: None,
        brake: None,
        braked_at: None,
        trouble: None,
        gone_at: None,
        write_lost_at: None,
        poll_every_s: 300,
        own_answer: OwnAnswer::ByAddress,
        conference: None,
        push: false,
        push_trouble: None,
    };
    (calendar, Counts { events: 10, pending: 4, not_understood: 0 })
}

fn status(connection: &Connection, calendars: &[(Calendar, Counts)]) -> ConnectionStatus {
    ConnectionStatus::of(StatusFacts { connection, calendars }, at(0))
}

#[test]
fn a_calendar_that_is_still_being_read_is_processing_with_its_count() {
    let status = status(&connection(), &[calendar(Some(1)), calendar(None)]);
    assert_eq!(status.state, ConnectionState::Processing);
    assert_eq!(status.progress, Some(Progress { done: 12, total: 20 }));
}

#[test]
fn synced_is_never_younger_than_its_oldest_calendar() {
    let status = status(&connection(), &[calendar(Some(1)), calendar(Some(4))]);
    assert_eq!((status.state, status.since), (ConnectionState::Synced, at(4)));
}

#[test]
fn one_late_calendar_makes_the_connection_delayed() {
    let status = status(&connection(), &[calendar(Some(1)), calendar(Some(11))]);
    assert_eq!(status.state, ConnectionState::Delayed);
    assert_eq!(status.since, at(11));
}

#[test]
fn what_must_be_mended_is_never_hidden_behind_processing() {
    let mut connection = connection();
    connection.attention = Some(Attention {
        reason: "password_refused".into(),
        say: "Apple refused the password.".into(),
        since: at(5),
    });
    let status = status(&connection, &[calendar(None)]);
    assert_eq!(status.state, ConnectionState::Attention);
    assert_eq!(status.progress, None);
}

#[test]
fn the_brake_and_a_vanished_calendar_ask_for_attention() {
    let mut braked = calendar(Some(1));
    braked.0.brake = Some("It came back empty.".into());
    let braked = status(&connection(), &[braked]).attention.unwrap();
    assert_eq!(braked.reason, "brake");
    let mut gone = calendar(Some(1));
    gone.0.gone_at = Some(at(3));
    let gone = status(&connection(), &[gone]).attention.unwrap();
    assert_eq!((gone.reason.as_str(), gone.since), ("calendar_gone", at(3)));
}

#[test]
fn a_vanished_calendar_that_is_only_shown_asks_for_nothing() {
    let mut gone = calendar(Some(24 * 60));
    (gone.0.gone_at, gone.0.counts_as_busy) = (Some(at(3)), false);
    let status = status(&connection(), &[gone, calendar(Some(1))]);
    assert_eq!((status.state, status.since), (ConnectionState::Synced, at(1)));
    assert_eq!(status.attention, None);
}

#[test]
fn where_nothing_is_read_it_is_as_old_as_its_last_success() {
    let mut gone = calendar(Some(1));
    (gone.0.gone_at, gone.0.counts_as_busy) = (Some(at(3)), false);
    for calendars in [vec![], vec![gone]] {
        let listed = |minutes| Connection { last_success_at: Some(at(minutes)), ..connection() };
        let state = |minutes| {
            let status = status(&listed(minutes), &calendars);
            (status.state, status.since)
        };
        assert_eq!(state(120), (ConnectionState::Synced, at(120)));
        assert_eq!(state(121), (ConnectionState::Delayed, at(121)), "nobody let us in since");
    }
}

#[test]
fn a_vanished_feed_has_words_of_its_own() {
    let mut feed = connection();
    feed.principal.id = "feed:1".into();
    let mut gone = calendar(Some(1));
    gone.0.gone_at = Some(at(3));
    let say = status(&feed, &[gone]).attention.unwrap().say;
    assert!(say.contains("present address") && !say.contains("shared"), "{say}");
}

#[test]
fn a_failed_look_is_told_when_the_calendar_grows_old_and_asks_for_nothing() {
    let troubled = |known: Option<i64>, minutes: i64| {
        let (mut calendar, counts) = calendar(known);
        calendar.trouble = Some(Trouble {
            code: "unintelligible".into(),
            say: format!("A web page came, {minutes} minutes ago."),
            since: at(minutes),
            again_at: at(-1),
        });
        (calendar, counts)
    };
    let fresh = status(&connection(), &[troubled(Some(3), 1)]);
    assert_eq!((fresh.state, fresh.trouble), (ConnectionState::Synced, None));
    let late = status(&connection(), &[troubled(Some(13), 1), troubled(Some(12), 9)]);
    assert_eq!((late.state, late.attention), (ConnectionState::Delayed, None));
    let trouble = late.trouble.unwrap();
    assert_eq!(trouble.say, "“Home” could not be read. A web page came, 9 minutes ago.");
    let blind = status(&connection(), &[troubled(Some(25 * 60), 1)]);
    assert_eq!((blind.state, blind.trouble.is_some()), (ConnectionState::Delayed, true));
    let never = status(&connection(), &[troubled(None, 1)]);
    assert_eq!((never.state, never.trouble.is_some()), (ConnectionState::Processing, true));
}

#[test]
fn paused_wins_because_a_person_said_so() {
    let mut connection = connection();
    connection.paused_at = Some(at(2));
    assert_eq!(status(&connection, &[calendar(None)]).state, ConnectionState::Paused);
}

#[test]
fn a_linked_calendar_that_cannot_be_written_to_asks_for_somebody_until_another_is_linked() {
    let (calendar, counts) = calendar(Some(1));
    let lost = Calendar { write_lost_at: Some(at(30)), ..calendar };
    let lost = status(&connection(), &[(lost, counts)]);
    let attention = lost.attention.unwrap();
    assert_eq!((attention.reason.as_str(), attention.since), ("read_only", at(30)));
    assert!(attention.say.contains("“Home”"), "{}", attention.say);
}

/// Calendars in every way in which one can stand, as far as a status cares.
fn every_calendar() -> Vec<(Calendar, Counts)> {
    let mut all = Vec::new();
    for known in [None, Some(1), Some(11), Some(25 * 60)] {
        for marks in 0..32 {
            let (mut calendar, counts) = calendar(known);
            let has = |mark: i32| marks & mark != 0;
            calendar.counts_as_busy = !has(1);
            calendar.gone_at = has(2).then(|| at(3));
            calendar.brake = has(4).then(|| "It came back empty.".into());
            calendar.write_lost_at = has(8).then(|| at(4));
            calendar.trouble = has(16).then(|| Trouble {
                code: "unavailable".into(),
                say: "It did not answer.".into(),
                since: at(5),
                again_at: at(-1),
            });
            all.push((calendar, counts));
        }
    }
    all
}

/// What must be so of every status.
fn holds(connection: &Connection, calendars: &[(Calendar, Counts)]) {
    let now = status(connection, calendars);
    let facts = || format!("{now:?} of {connection:?} with {calendars:?}");
    assert_eq!(now.state == ConnectionState::Paused, connection.paused_at.is_some(), "{}", facts());
    let asks = now.state == ConnectionState::Attention;
    assert_eq!(now.attention.is_some(), asks, "{}", facts());
    let is_told = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
    assert!(!asks || is_told(now.reason()) && is_told(now.say()), "{}", facts());
    if matches!(now.state, ConnectionState::Synced | ConnectionState::Paused) {
        assert_eq!((now.reason(), now.say()), (None, None), "{}", facts());
    }
    if now.state == ConnectionState::Synced {
        let read = || calendars.iter().map(|(calendar, _)| calendar);
        let mut read = read().filter(|calendar| !calendar.is_left_aside()).peekable();
        let listed = connection.last_success_at.unwrap_or(connection.created_at);
        assert!(read.peek().is_some() || listed >= at(120), "{}", facts());
        assert!(read.all(|calendar| calendar.known_at >= Some(at(10))), "{}", facts());
    }
    // Time alone breaks and mends nothing.
    for hours in [1, 3, 30] {
        let later = at(-60 * hours);
        let later = ConnectionStatus::of(StatusFacts { connection, calendars }, later);
        let follows = may_follow(Some(now.state), later.state, StatusCause::Time);
        let is_younger =
            (now.state, later.state) == (ConnectionState::Delayed, ConnectionState::Synced);
        assert!(follows && !is_younger, "{later:?} after {}", facts());
    }
}

#[test]
fn every_mixture_of_facts_has_a_status_that_they_bear_out() {
    let attention =
        Attention { reason: "signed_out".into(), say: "Sign in again.".into(), since: at(5) };
    for marks in 0..12 {
        let connection = Connection {
            paused_at: (marks & 1 != 0).then(|| at(2)),
            attention: (marks & 2 != 0).then(|| attention.clone()),
            last_success_at: [None, Some(at(1)), Some(at(121))][marks / 4],
            ..connection()
        };
        holds(&connection, &[]);
        let all = every_calendar();
        for (nth, one) in all.iter().enumerate() {
            holds(&connection, std::slice::from_ref(one));
            for other in &all[nth..] {
                holds(&connection, &[one.clone(), other.clone()]);
            }
        }
    }
}

fn named(name: &str, id: u64, change: impl Fn(&mut Calendar)) -> (Calendar, Counts) {
    let (mut calendar, counts) = calendar(Some(1));
    calendar.id = CalendarId::new(at(60), &FixedDice::new(id));
    calendar.name = name.into();
    change(&mut calendar);
    (calendar, counts)
}

#[test]
fn all_that_is_lost_is_said_the_gravest_first_and_dated_by_its_own_kind() {
    let gone = |name, id, minutes| named(name, id, move |it| it.gone_at = Some(at(minutes)));
    let braked = |name, id, minutes| {
        named(name, id, move |it| {
            (it.brake, it.braked_at) = (Some("it came back empty.".into()), Some(at(minutes)));
        })
    };
    let all = [braked("Home", 1, 9), gone("Work", 2, 3), gone("Family", 3, 5)];
    let seen = status(&connection(), &all);
    let attention = seen.attention.unwrap();
    assert_eq!((attention.reason.as_str(), attention.since), ("calendar_gone", at(5)));
    assert!(attention.say.starts_with("The calendars “Work” and “Family” are no longer there"));
    assert!(attention.say.ends_with("“Home”: it came back empty."), "{}", attention.say);
    let marks: Vec<_> = seen.asks.iter().map(|ask| (ask.reason, ask.since)).collect();
    let wanted = [("calendar_gone", at(3)), ("calendar_gone", at(5)), ("brake", at(9))];
    assert_eq!(marks, wanted);
    assert!(seen.asks[2].mark().starts_with(&seen.asks[2].about()));
    let mut refused = connection();
    refused.attention =
        Some(Attention { reason: "signed_out".into(), say: "Sign in.".into(), since: at(2) });
    let refused = status(&refused, &all);
    assert_eq!((refused.reason(), refused.asks.len()), (Some("signed_out"), 0));
    let many: Vec<_> =
        (0..5).map(|nth| gone(["A", "B", "C", "D", "E"][nth], nth as u64, 3)).collect();
    let say = status(&connection(), &many).attention.unwrap().say;
    assert!(say.starts_with("The calendars “A”, “B”, “C” and 2 more are"), "{say}");
}

#[test]
fn busy_times_are_vouched_for_a_day_and_not_at_all_of_what_is_gone_or_was_never_read() {
    let from = |calendars: &[(Calendar, Counts)]| status(&connection(), calendars).blind_from;
    let day = SignedDuration::from_hours(24);
    assert_eq!(from(&[calendar(Some(1)), calendar(Some(7))]), Some(at(7) + day));
    let gone = named("Work", 2, |it| it.gone_at = Some(at(3)));
    assert_eq!(from(&[calendar(Some(1)), gone]), Some(at(3)));
    assert_eq!(from(&[calendar(Some(1)), calendar(None)]), Some(at(60)));
    let shown = named("Work", 2, |it| it.counts_as_busy = false);
    assert_eq!(from(&[shown]), None);
}

#[test]
fn who_was_asked_to_wait_is_asked_again_then_and_not_while_it_is_paused() {
    let mut connection = connection();
    connection.throttled_until = Some(at(-10));
    assert_eq!(status(&connection, &[calendar(Some(1))]).retry_at(), Some(at(-10)));
    connection.paused_at = Some(at(1));
    assert_eq!(status(&connection, &[calendar(Some(1))]).retry_at(), None);
    (connection.paused_at, connection.throttled_until) = (None, Some(at(1)));
    assert_eq!(status(&connection, &[calendar(Some(1))]).retry_at(), None, "that is over");
}
