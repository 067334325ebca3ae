//! What is told: how connections came to stand, and who did what.

use connection::{Attention, Owner};
use connection::{ConnectionState, ConnectionStatus, StatusCause, StatusFacts};
use store::audit::{self, Act, Actor, Wanted};
use store::people::CalendarSettings;
use store::runs::{self, Run};
use store::{calendars, choices, connections, events, people, status_changes};

use crate::house::{Home, House, at, on_both_engines};

/// The status of the home's connection at that minute, told then.
async fn told(house: &House, home: &Home, minutes: i64) -> ConnectionStatus {
    let mut tx = house.db.begin().await.unwrap();
    let connection = connections::load(&mut tx, &home.connection).await.unwrap().unwrap();
    let calendars = calendars::of_connection(&mut tx, &home.connection).await.unwrap();
    let facts = StatusFacts { connection: &connection, calendars: &calendars };
    let status = ConnectionStatus::of(facts, at(minutes));
    let news = (&status, StatusCause::Pull);
    status_changes::record(&mut tx, &home.connection, news, at(minutes), &house.dice)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    status
}

async fn known(house: &House, home: &Home, minutes: i64) {
    let mut tx = house.db.begin().await.unwrap();
    calendars::set_known(&mut tx, &home.calendar, at(minutes)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn changes_of_state_come_back_the_last_first_and_the_last_is_at_hand() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        assert_eq!(status_changes::told(&mut tx, &home.connection).await.unwrap(), None);
        drop(tx);
        told(house, &home, 1).await;
        known(house, &home, 2).await;
        told(house, &home, 3).await;
        let mut tx = house.db.begin().await.unwrap();
        let last = status_changes::last(&mut tx, &home.connection, 9).await.unwrap();
        let seen: Vec<_> = last.iter().map(|change| (change.state, change.at)).collect();
        let wanted = [(ConnectionState::Synced, at(3)), (ConnectionState::Processing, at(1))];
        assert_eq!(seen, wanted);
        assert_eq!((last[0].cause, last[0].reason.as_deref()), (StatusCause::Pull, None));
        let told = status_changes::told(&mut tx, &home.connection).await.unwrap().unwrap();
        assert_eq!((told.state, told.reason, told.at), (ConnectionState::Synced, None, at(3)));
        assert_eq!((told.asks, told.since), (Some(vec![]), Some(at(2))));
        assert_eq!(status_changes::prune(&mut tx, at(60)).await.unwrap(), 0, "the last stay");
    })
    .await;
}

#[tokio::test]
async fn whatever_was_synced_and_is_not_known_any_more_is_overdue() {
    on_both_engines(async |house: &House| {
        let (old, new) = (house.home().await, house.home().await);
        for (home, minutes) in [(&old, 2), (&new, 30)] {
            known(house, home, minutes).await;
            told(house, home, minutes).await;
        }
        let mut tx = house.db.read().await.unwrap();
        let overdue = status_changes::overdue(&mut tx, at(12), (None, 9)).await.unwrap();
        assert_eq!(overdue, [], "ten minutes are twice the interval, and not more");
        let overdue = status_changes::overdue(&mut tx, at(13), (None, 9)).await.unwrap();
        assert_eq!(overdue, std::slice::from_ref(&old.connection));
        let rest = status_changes::overdue(&mut tx, at(13), (Some(&old.connection), 9)).await;
        assert_eq!(rest.unwrap(), []);
        drop(tx);
        assert_eq!(told(house, &old, 13).await.state, ConnectionState::Delayed);
        let mut tx = house.db.read().await.unwrap();
        let overdue = status_changes::overdue(&mut tx, at(14), (None, 9)).await.unwrap();
        assert_eq!(overdue, [], "it was told");
    })
    .await;
}

#[tokio::test]
async fn where_nothing_is_read_the_last_success_grows_old() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        known(house, &home, 2).await;
        told(house, &home, 2).await;
        let mut tx = house.db.begin().await.unwrap();
        calendars::delete(&mut tx, &home.calendar).await.unwrap();
        connections::record_success(&mut tx, &home.connection, at(5)).await.unwrap();
        let overdue = status_changes::overdue(&mut tx, at(125), (None, 9)).await.unwrap();
        assert_eq!(overdue, []);
        let overdue = status_changes::overdue(&mut tx, at(126), (None, 9)).await.unwrap();
        assert_eq!(overdue, vec![home.connection.clone()]);
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_keeps_the_names_of_who_has_gone_since() {
    on_both_engines(async |house: &House| {
        let (home, stranger) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        for (minutes, by) in [(1, Actor::User(&home.user)), (2, Actor::Operator)] {
            let act = Act {
                account: &home.account,
                by,
                act: "connection.paused",
                for_user: Some(&home.user),
                subject: Some((home.connection.as_str(), "dana at dav.example")),
                say: Some("until it is let go on"),
            };
            audit::record(&mut tx, &act, at(minutes), &house.dice).await.unwrap();
        }
        connections::delete(&mut tx, &home.connection).await.unwrap();
        let all = audit::list(&mut tx, &home.account, &Wanted::default(), (None, 9)).await.unwrap();
        let names: Vec<_> = all.iter().map(|entry| entry.actor_name.as_str()).collect();
        let dana = people::user(&mut tx, &home.user).await.unwrap().unwrap().name;
        assert_eq!(names, ["the operator", dana.as_str()]);
        assert_eq!(all[1].for_user_name.as_deref(), Some(dana.as_str()));
        assert_eq!(all[1].subject_name.as_deref(), Some("dana at dav.example"));
        let older =
            audit::list(&mut tx, &home.account, &Wanted::default(), (Some(all[0].id.as_str()), 9))
                .await
                .unwrap();
        assert_eq!(older, all[1..]);
        let other =
            audit::list(&mut tx, &stranger.account, &Wanted::default(), (None, 9)).await.unwrap();
        assert_eq!(other, [], "nothing of another account");
    })
    .await;
}

async fn break_it(house: &House, home: &Home, minutes: i64) {
    let attention = Attention {
        reason: "signed_out".into(),
        say: "Access was withdrawn there.".into(),
        since: at(minutes),
    };
    let mut tx = house.db.begin().await.unwrap();
    connections::set_attention(&mut tx, &home.connection, Some(&attention)).await.unwrap();
    tx.commit().await.unwrap();
    told(house, home, minutes).await;
}

#[tokio::test]
async fn what_is_broken_is_told_to_its_user_and_of_everybody_to_an_account() {
    on_both_engines(async |house: &House| {
        let (home, well, stranger) = (house.home().await, house.home().await, house.home().await);
        known(house, &home, 2).await;
        break_it(house, &home, 3).await;
        break_it(house, &stranger, 4).await;
        told(house, &well, 5).await;
        let mut tx = house.db.read().await.unwrap();
        let all = connections::broken(&mut tx, &home.account, None).await.unwrap();
        assert_eq!(all.len(), 1, "nothing of another account");
        assert_eq!((&all[0].id, all[0].reason.as_str()), (&home.connection, "signed_out"));
        assert_eq!((all[0].since, all[0].known_at), (at(3), Some(at(2))));
        assert_eq!(all[0].owner.as_ref().map(|(id, _)| id), Some(&home.user));
        assert_eq!(all[0].say, "Access was withdrawn there.");
        let own = connections::broken(&mut tx, &home.account, Some(&home.user)).await.unwrap();
        assert_eq!(own, all);
        let other = connections::broken(&mut tx, &home.account, Some(&well.user)).await.unwrap();
        assert_eq!(other, [], "it is not theirs");
        let stranger = connections::broken(&mut tx, &stranger.account, None).await.unwrap();
        assert_eq!(stranger[0].known_at, None, "a calendar that counts was never read");
    })
    .await;
}

#[tokio::test]
async fn what_calendars_ask_for_is_told_with_its_moment_and_worded_anew_without_being_news() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        known(house, &home, 1).await;
        let brake = async |say: &str, minutes| {
            let mut tx = house.db.begin().await.unwrap();
            calendars::set_brake(&mut tx, &home.calendar, Some(say), at(minutes)).await.unwrap();
            tx.commit().await.unwrap();
        };
        brake("it came back empty.", 2).await;
        let status = told(house, &home, 5).await;
        let mut tx = house.db.begin().await.unwrap();
        let first = status_changes::told(&mut tx, &home.connection).await.unwrap().unwrap();
        assert_eq!(first.asks, Some(vec![status.asks[0].mark()]));
        assert_eq!((first.since, first.at, first.is_still(&status)), (Some(at(2)), at(5), true));
        let banner = connections::broken(&mut tx, &home.account, None).await.unwrap().remove(0);
        assert_eq!((banner.since, Some(banner.say.as_str())), (at(2), status.say()));
        let mut worded = status.clone();
        worded.attention.as_mut().unwrap().say = "It is empty.".into();
        assert!(first.is_still(&worded));
        status_changes::restate(&mut tx, &home.connection, &worded).await.unwrap();
        let banner = connections::broken(&mut tx, &home.account, None).await.unwrap().remove(0);
        assert_eq!(banner.say, "It is empty.");
        assert_eq!(status_changes::last(&mut tx, &home.connection, 9).await.unwrap().len(), 1);
        let mut other = status.clone();
        other.asks[0].since = at(9);
        assert!(!first.is_still(&other), "lost anew");
    })
    .await;
}

#[tokio::test]
async fn choices_outlive_their_connection_for_a_while_and_are_handed_out_once() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        calendars::set_switches(&mut tx, &home.calendar, false, true).await.unwrap();
        let linked =
            CalendarSettings { linked_calendar: Some(home.calendar.clone()), ..Default::default() };
        people::set_settings(&mut tx, &home.user, &linked).await.unwrap();
        let held = connections::load(&mut tx, &home.connection).await.unwrap().unwrap();
        let of = (&held.integration, held.principal.id.as_str());
        for until in [at(10), at(20)] {
            choices::remember(&mut tx, &home.connection, until).await.unwrap();
        }
        assert!(!choices::was_busy_only(&mut tx, &held.owner, of, at(5)).await.unwrap());
        events::set_busy_only(&mut tx, &home.connection, true).await.unwrap();
        choices::remember(&mut tx, &home.connection, at(20)).await.unwrap();
        assert!(choices::was_busy_only(&mut tx, &held.owner, of, at(19)).await.unwrap());
        assert!(!choices::was_busy_only(&mut tx, &held.owner, of, at(20)).await.unwrap());
        let stranger = Owner::Account(home.account.clone());
        assert_eq!(choices::recall(&mut tx, &stranger, of, at(5)).await.unwrap(), []);
        assert_eq!(choices::prune(&mut tx, at(15)).await.unwrap(), 0, "the later one holds");
        let kept = choices::recall(&mut tx, &held.owner, of, at(19)).await.unwrap();
        let seen: Vec<_> =
            kept.iter().map(|c| (c.counts_as_busy, c.all_day_is_busy, c.linked)).collect();
        assert_eq!(seen, [(true, true, true)], "the linked calendar always counts");
        assert_eq!(choices::recall(&mut tx, &held.owner, of, at(19)).await.unwrap(), []);
        choices::remember(&mut tx, &home.connection, at(20)).await.unwrap();
        assert_eq!(choices::recall(&mut tx, &held.owner, of, at(20)).await.unwrap(), [], "too old");
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_looked_at_once_in_a_while_and_not_while_it_is_paused() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let mut plan = async |now| {
            connections::plan_probe(&mut tx, &home.connection, (120, at(now))).await.unwrap()
        };
        assert_eq!(plan(1).await, Some(at(1)));
        assert_eq!(plan(2).await, Some(at(3)), "somebody just did: a little later");
        assert_eq!(plan(2).await, None, "it is planned already");
        assert_eq!(plan(6).await, Some(at(6)));
        connections::set_paused(&mut tx, &home.connection, Some(at(7))).await.unwrap();
        let planned = connections::plan_probe(&mut tx, &home.connection, (120, at(20))).await;
        assert_eq!(planned.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_repair_knows_what_was_read_since() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        connections::record_repaired(&mut tx, &home.connection, at(5)).await.unwrap();
        for (minutes, kind) in [(4, "pull"), (5, "pull"), (6, "list"), (7, "pull")] {
            let run = Run {
                id: connection::RunId::new(at(minutes), &house.dice),
                connection: home.connection.clone(),
                calendar: (kind == "pull").then(|| home.calendar.clone()),
                kind: kind.into(),
                cause: "connected".into(),
                started_at: at(minutes),
                took_ms: 5,
                changed: 300,
                removed: 12,
                not_understood: 0,
                failure: None,
                say: None,
            };
            runs::insert(&mut tx, &run).await.unwrap();
        }
        let held = connections::load(&mut tx, &home.connection).await.unwrap().unwrap();
        assert_eq!(held.repaired_at, Some(at(5)));
        let read = runs::changes_since(&mut tx, &home.connection, at(5)).await.unwrap();
        assert_eq!(read, 624, "what was read before does not count, nor do listings");
        let calendar = calendars::load(&mut tx, &home.calendar).await.unwrap().unwrap();
        let pulls = runs::last_of_calendar(&mut tx, &calendar, 1).await.unwrap();
        assert_eq!(pulls.iter().map(|run| run.started_at).collect::<Vec<_>>(), [at(7)]);
    })
    .await;
}

#[tokio::test]
async fn a_grant_is_given_back_with_the_last_connection_of_its_principal() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let account = house.account(&mut tx).await;
        let user = house.user(&mut tx, &account.id).await;
        let mut other = house.new_connection(&user);
        let held = connections::load(&mut tx, &home.connection).await.unwrap().unwrap();
        other.connection.principal = held.principal.clone();
        connections::insert(&mut tx, &other).await.unwrap();
        let (kind, principal) = (&held.integration, &held.principal.id);
        for (id, stays) in [(&home.connection, true), (&other.connection.id, false)] {
            assert!(connections::delete(&mut tx, id).await.unwrap());
            let left = connections::of_principal(&mut tx, (kind, principal)).await.unwrap();
            let left: Vec<_> = left.iter().map(|connection| &connection.id).collect();
            assert_eq!(left, if stays { vec![&other.connection.id] } else { vec![] });
        }
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_is_narrowed_down_by_person_act_and_time() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let acts = [
            (1, "connection.paused", Actor::User(&home.user), None),
            (2, "connection.connected", Actor::Operator, Some(&home.user)),
            (3, "connections.other", Actor::Operator, None),
            (4, "user.sign_in_failed", Actor::Someone, Some(&home.user)),
        ];
        for (minutes, act, by, for_user) in acts {
            let act = Act { account: &home.account, by, act, for_user, subject: None, say: None };
            audit::record(&mut tx, &act, at(minutes), &house.dice).await.unwrap();
        }
        let minutes = async |tx: &mut store::Tx, wanted: Wanted| -> Vec<i64> {
            let found = audit::list(tx, &home.account, &wanted, (None, 9)).await.unwrap();
            let since = |entry: &audit::Entry| entry.at.duration_since(at(0)).as_mins();
            found.iter().map(since).collect()
        };
        let colleague = house.user(&mut tx, &home.account).await;
        let by = Actor::Link { by: &home.user, of: &colleague.id };
        let act = "connection.repaired";
        let act = Act { account: &home.account, by, act, for_user: None, subject: None, say: None };
        audit::record(&mut tx, &act, at(5), &house.dice).await.unwrap();
        let told = audit::list(&mut tx, &home.account, &Wanted::default(), (None, 1))
            .await
            .unwrap()
            .remove(0);
        assert!(told.actor_name.ends_with("'s link"), "{told:?}");
        assert_eq!(told.actor_id, home.user.as_str());
        assert_eq!(told.for_user_id.as_deref(), Some(colleague.id.as_str()));
        let of = |of: &str| Wanted { of: Some(of.into()), ..Wanted::default() };
        let act = |act: &str| Wanted { act: Some(act.into()), ..Wanted::default() };
        assert_eq!(minutes(&mut tx, Wanted::default()).await, [5, 4, 3, 2, 1]);
        assert_eq!(minutes(&mut tx, of(home.user.as_str())).await, [5, 4, 2, 1]);
        assert_eq!(minutes(&mut tx, of("someone")).await, [4]);
        assert_eq!(minutes(&mut tx, act("connection")).await, [5, 2, 1]);
        assert_eq!(minutes(&mut tx, act("connection.paused")).await, [1]);
        let within = Wanted { from: Some(at(2)), until: Some(at(4)), ..Wanted::default() };
        assert_eq!(minutes(&mut tx, within).await, [3, 2]);
    })
    .await;
}
