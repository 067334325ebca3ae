//! What is told: how connections came to stand, and who did what.

use connection::{ConnectionState, ConnectionStatus, StatusCause, StatusFacts};
use store::audit::{self, Act, Actor};
use store::{calendars, connections, people, status_changes};

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
        let mut tx = house.db.read().await.unwrap();
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
        assert_eq!(overdue, [old.connection.clone()]);
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
        let all = audit::of_account(&mut tx, &home.account, None, 9).await.unwrap();
        let names: Vec<_> = all.iter().map(|entry| entry.actor_name.as_str()).collect();
        let dana = people::user(&mut tx, &home.user).await.unwrap().unwrap().name;
        assert_eq!(names, ["the operator", dana.as_str()]);
        assert_eq!(all[1].for_user_name.as_deref(), Some(dana.as_str()));
        assert_eq!(all[1].subject_name.as_deref(), Some("dana at dav.example"));
        let older = audit::of_account(&mut tx, &home.account, Some(&all[0].id), 9).await.unwrap();
        assert_eq!(older, all[1..]);
        let other = audit::of_account(&mut tx, &stranger.account, None, 9).await.unwrap();
        assert_eq!(other, [], "nothing of another account");
    })
    .await;
}
