//! Which listed calendar a known one goes on as, and where that is not sure.

use connection::{CalendarAccess, ConnectionId, FixedDice, OwnAnswer, RemoteId};

use super::*;

const NOW: &str = "2026-11-22T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// As a list says it: `name id`.
fn remote(said: &str) -> RemoteCalendar {
    let (name, id) = said.split_once(' ').unwrap();
    RemoteCalendar {
        id: RemoteId::new(id),
        name: name.into(),
        color: None,
        access: CalendarAccess::Writer,
        time_zone: Some("Europe/Berlin".into()),
        takes_time: true,
        own_answer: OwnAnswer::Marked,
        conference: None,
    }
}

/// As it was listed before, and is known since.
fn known(said: &str) -> Calendar {
    let (remote, dice) = (remote(said), FixedDice::new(1));
    Calendar {
        id: CalendarId::new(now(), &dice),
        connection: ConnectionId::new(now(), &dice),
        remote: remote.id,
        name: remote.name,
        color: "#1a66d6".into(),
        access: remote.access,
        time_zone: remote.time_zone,
        counts_as_busy: true,
        all_day_is_busy: false,
        known_at: Some(now()),
        known_until: Some(now()),
        brake: None,
        braked_at: None,
        trouble: None,
        gone_at: None,
        write_lost_at: None,
        poll_every_s: 300,
        own_answer: remote.own_answer,
        conference: None,
        push: true,
        push_trouble: None,
    }
}

/// `old>new` for each that is followed.
fn followed(known: &[Calendar], listed: &[RemoteCalendar]) -> String {
    let known: Vec<&Calendar> = known.iter().collect();
    let pairs = heirs(&known, listed, now());
    let pair = |(old, new): &(&Calendar, &RemoteCalendar)| {
        format!("{}>{}", old.remote.as_str(), new.id.as_str())
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(" ")
}

#[test]
fn who_vanished_goes_on_as_the_only_one_of_that_name_that_appeared() {
    for (before, now, expected) in [
        (&["Team a"][..], &["Team b"][..], "a>b"),
        (&["Own o", "Team a"], &["Own o", "Team b"], "a>b"),
        (&["Own o", "Team a"], &["Team b", "Team b", "Own o"], "a>b"),
        (&["Own o", "Team a"], &["Own p", "Team b"], "o>p a>b"),
        (&["Team a"], &["Team b", "Rota c"], "a>b"),
        (&["Team a", "Rota c"], &["Team b"], "a>b"),
        // Nothing vanished, or nothing appeared, or under another name.
        (&["Team a"], &["Team a", "Team b"], ""),
        (&["Team a"], &["Own o"], ""),
        (&["Team a"], &[], ""),
        // Which of two?
        (&["Team a"], &["Team b", "Team c"], ""),
        (&["Team a", "Team b"], &["Team c"], ""),
        (&["Team a", "Team b"], &["Team a", "Team c"], ""),
        // Another that is known took the name meanwhile.
        (&["Team a", "Own o"], &["Team o"], ""),
        (&["Team a", "Own o"], &["Team o", "Team b"], ""),
    ] {
        let before: Vec<_> = before.iter().map(|said| known(said)).collect();
        let now: Vec<_> = now.iter().map(|said| remote(said)).collect();
        assert_eq!(followed(&before, &now), expected, "{before:?} {now:?}");
    }
}

#[test]
fn what_a_list_says_otherwise_is_another_calendar() {
    let heir = remote("Team b");
    let others = [
        RemoteCalendar { access: CalendarAccess::Reader, ..heir.clone() },
        RemoteCalendar { own_answer: OwnAnswer::ByAddress, ..heir.clone() },
        RemoteCalendar { time_zone: Some("Europe/Athens".into()), ..heir.clone() },
    ];
    for other in others {
        assert_eq!(followed(&[known("Team a")], &[other]), "");
    }
    let alike = [
        RemoteCalendar { time_zone: None, ..heir.clone() },
        RemoteCalendar { color: Some("#ffffff".into()), ..heir },
    ];
    for alike in alike {
        assert_eq!(followed(&[known("Team a")], &[alike]), "a>b");
    }
}

#[test]
fn what_went_long_ago_or_belongs_to_another_account_has_no_heir() {
    let gone = |minutes| {
        let at = now() - SignedDuration::from_mins(minutes);
        Calendar { gone_at: Some(at), ..known("Team a") }
    };
    assert_eq!(followed(&[gone(119)], &[remote("Team b")]), "a>b", "pulls missed it first");
    assert_eq!(followed(&[gone(121)], &[remote("Team b")]), "");
    assert_eq!(followed(&[gone(121), known("Team c")], &[remote("Team b")]), "", "which of two?");
    let apart = known("Team a");
    let apart = Calendar { remote: RemoteId::nowhere(&apart.id), ..apart };
    assert_eq!(followed(&[apart], &[remote("Team b")]), "");
}

#[test]
fn beyond_the_limit_nothing_is_known() {
    let many = |count: usize| (0..count).map(|n| remote(&format!("Rota{n} {n}")));
    let listed = |count| [remote("Team b")].into_iter().chain(many(count)).collect::<Vec<_>>();
    assert_eq!(followed(&[known("Team a")], &listed(CALENDARS_MAX - 1)), "a>b");
    assert_eq!(followed(&[known("Team a")], &listed(CALENDARS_MAX)), "");
}
