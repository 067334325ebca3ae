//! What can be chosen, and where one is caught.

use jiff::Timestamp;

use super::*;
use crate::{
    AccountId, Attention, ConnectionId, FixedDice, IntegrationKind, OwnAnswer, Owner, Principal,
    RemoteId, UserId,
};

fn connection(kind: &str) -> Connection {
    let (now, dice) = (Timestamp::UNIX_EPOCH, FixedDice::new(1));
    Connection {
        id: ConnectionId::new(now, &dice),
        account: AccountId::new(now, &dice),
        owner: Owner::User(UserId::new(now, &dice)),
        integration: IntegrationKind::new(kind),
        principal: Principal { id: "p".into(), name: "dana".into(), addresses: vec![] },
        checks: vec![],
        attention: None,
        refused_at: None,
        paused_at: None,
        throttled_until: None,
        last_success_at: None,
        last_change_at: None,
        repaired_at: None,
        scopes: Vec::new(),
        era: 0,
        created_at: now,
    }
}

fn calendar(remote: &str, access: CalendarAccess, chance: u64) -> Calendar {
    let (now, dice) = (Timestamp::UNIX_EPOCH, FixedDice::new(chance));
    Calendar {
        id: CalendarId::new(now, &dice),
        connection: ConnectionId::new(now, &dice),
        remote: RemoteId::new(remote),
        name: "Home".into(),
        color: "#336699".into(),
        access,
        time_zone: None,
        counts_as_busy: true,
        all_day_is_busy: false,
        known_at: None,
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
    }
}

#[test]
fn bookings_are_written_only_where_that_can_work() {
    let (now, well) = (Timestamp::UNIX_EPOCH, connection("google"));
    let attention = Attention { reason: "signed_out".into(), say: "Sign in.".into(), since: now };
    let broken = Connection { attention: Some(attention), ..well.clone() };
    let paused = Connection { paused_at: Some(now), ..broken.clone() };
    let writer = calendar("a@b", CalendarAccess::Writer, 1);
    let gone = Calendar { gone_at: Some(now), ..writer.clone() };
    let reader = calendar("a@b", CalendarAccess::Reader, 1);
    let free_busy = calendar("a@b", CalendarAccess::FreeBusy, 1);
    for (calendar, connection, why) in [
        (&writer, &well, None),
        (&writer, &broken, Some(Unwritable::NeedsRepair)),
        (&writer, &paused, Some(Unwritable::Paused)),
        (&reader, &broken, Some(Unwritable::ReadOnly)),
        (&free_busy, &well, Some(Unwritable::BusyOnly)),
        (&gone, &well, Some(Unwritable::Gone)),
    ] {
        assert_eq!(Unwritable::of(calendar, connection), why);
    }
}

#[test]
fn one_calendar_of_two_accounts_counts_twice_and_need_not_where_it_is_not_linked() {
    let (google, other) = (connection("google"), connection("icloud"));
    let team = "team@group.example";
    let reader = calendar(team, CalendarAccess::Reader, 1);
    let writer = calendar(team, CalendarAccess::Writer, 2);
    let elsewhere = calendar(team, CalendarAccess::Writer, 3);
    let counted = [(&google, &reader), (&google, &writer), (&other, &elsewhere)];
    let extra = |linked| {
        let twice = reached_twice(&counted, linked, &Times::new());
        twice.iter().map(|twice| twice.extra.1.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(extra(None), std::slice::from_ref(&reader.id), "where less is allowed");
    let other = extra(Some(&reader.id));
    assert_eq!(other, std::slice::from_ref(&writer.id), "never the linked one");
}

#[test]
fn a_name_within_an_account_says_nothing_about_another_account() {
    let icloud = connection("icloud");
    for name in ["./home/", "/dav/dana@example.org/", "feed", "AAMkAG"] {
        let (one, two) =
            (calendar(name, CalendarAccess::Writer, 1), calendar(name, CalendarAccess::Writer, 2));
        let counted = [(&icloud, &one), (&icloud, &two)];
        assert_eq!(reached_twice(&counted, None, &Times::new()), [], "{name}");
    }
}

#[test]
fn a_calendar_and_its_feed_seem_to_be_one_where_nearly_all_their_times_are_the_same() {
    let google = connection("google");
    let id = ConnectionId::new(Timestamp::UNIX_EPOCH, &FixedDice::new(2));
    let feed = Connection { id, ..connection("ics") };
    let own = calendar("ada@x.example", CalendarAccess::Writer, 1);
    let read = calendar("feed", CalendarAccess::Reader, 2);
    let counted = [(&feed, &read), (&google, &own)];
    let hour = |nth: i64| Timestamp::from_second(nth * 3_600).unwrap();
    let times = |hours: std::ops::Range<i64>| {
        hours.map(|nth| (hour(nth), hour(nth + 1))).collect::<BTreeSet<_>>()
    };
    let same = |ours: BTreeSet<_>, theirs: BTreeSet<_>| {
        let times = Times::from([(own.id.clone(), ours), (read.id.clone(), theirs)]);
        reached_twice(&counted, None, &times).into_iter().next()
    };
    let twice = same(times(0..20), times(1..20)).unwrap();
    assert_eq!((twice.same_times, twice.extra.1), (Some(19), &read));
    assert_eq!(same(times(0..20), times(3..20)), None, "too much is in one of them alone");
    assert_eq!(same(times(0..7), times(0..7)), None, "too few to tell");
    assert_eq!(same(BTreeSet::new(), BTreeSet::new()), None);
    let beside = [(&google, &own), (&google, &read)];
    let all = Times::from([(own.id.clone(), times(0..20)), (read.id.clone(), times(0..20))]);
    assert_eq!(reached_twice(&beside, None, &all), [], "two calendars of one account");
}

#[test]
fn an_absence_is_told_by_its_title_or_by_days_of_one_s_own() {
    let (own, theirs) = (CalendarAccess::Writer, CalendarAccess::Reader);
    for title in ["Vacation", "Dana: out-of-office", "Urlaub!", "ON LEAVE (until May)", "Διακοπές"]
    {
        assert!(is_absence(Some(title), false, theirs), "{title}");
    }
    for title in ["Kick-off", "Leave for the airport", "Awayday", "Birthday", ""] {
        assert!(!is_absence(Some(title), false, own), "{title}");
        assert!(!is_absence(Some(title), true, theirs), "{title}");
        assert!(is_absence(Some(title), true, own), "{title}");
    }
    assert!(!is_absence(None, false, own) && is_absence(None, true, own));
}
