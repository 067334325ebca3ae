//! A key that was turned: what the old one sealed is moved, and then the old one is not needed.

use std::time::Duration;

use connection::{Credential, ETag, RemoteId, Secret};
use store::events::Body;
use store::turning::Turned;
use store::{Db, Keyring, StoreError, connections, events, factors, idempotency, turning};
use tokio::time::timeout;

use crate::house::{Home, House, KEY, at, on_shared_engines};

const NEW_KEY: [u8; 32] = [9; 32];

/// Puts one event into the calendar, with a title that is sealed.
pub(crate) async fn hold_one(db: &Db, house: &House, home: &Home, name: &str) {
    let mut tx = db.begin().await.unwrap();
    let body = Body {
        remote: RemoteId::new(name),
        etag: ETag::new("\"1\""),
        text: format!("BEGIN:VCALENDAR secret title of {name}"),
        content: [1; 32],
        problem: None,
        goes_on: false,
        occurrences: vec![],
    };
    let listed = [(body.remote.clone(), body.etag.clone())];
    let stamp = (at(0), &house.dice as &dyn connection::Dice);
    events::list(&mut tx, &home.calendar, &listed, 0, stamp).await.unwrap();
    events::hold(&mut tx, &home.calendar, &[body], at(0)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn password(db: &Db, home: &Home) -> String {
    let mut tx = db.read().await.unwrap();
    let credential = connections::credential(&mut tx, &home.connection).await.unwrap();
    let Some(Credential::Password { password, .. }) = credential else { panic!("none") };
    password.reveal().to_owned()
}

fn refusal(opened: store::Result<Db>) -> String {
    let refused = opened.err();
    let Some(StoreError::Unusable { say }) = refused else { panic!("opened: {refused:?}") };
    say
}

#[tokio::test]
async fn a_key_of_another_database_is_refused_when_it_is_opened() {
    on_shared_engines(async |house: &House| {
        let say = refusal(house.open_again(Keyring::single(NEW_KEY)).await);
        assert!(say.contains("is not at hand"), "{say}");
        // The refused one left no trace: with the right key it opens as before.
        house.open_again(Keyring::single(KEY)).await.unwrap().close().await;
    })
    .await;
}

#[tokio::test]
async fn a_turned_key_reads_the_old_and_reseals_it() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        for name in ["/a.ics", "/b.ics"] {
            hold_one(&house.db, house, &home, name).await;
        }
        let mut tx = house.db.begin().await.unwrap();
        idempotency::begin(&mut tx, &home.account, "k", [1; 32], at(0)).await.unwrap();
        idempotency::finish(&mut tx, &home.account, "k", 200, b"{}").await.unwrap();
        factors::begin_authenticator(&mut tx, &home.user, b"shared", at(0)).await.unwrap();
        tx.commit().await.unwrap();

        let turned = house.open_again(Keyring::new(NEW_KEY, vec![KEY])).await.unwrap();
        assert_eq!(password(&turned, &home).await, "a \"quoted\" pässword");
        refusal(house.open_again(Keyring::single(NEW_KEY)).await);
        assert_eq!(turning::count_older(&turned).await.unwrap(), 6);
        let moved = Turned { moved: 6, unreadable: 0 };
        assert_eq!(turning::reseal(&turned).await.unwrap(), moved);
        assert_eq!(turning::count_older(&turned).await.unwrap(), 0);
        assert_eq!(turning::reseal(&turned).await.unwrap(), Turned::default());
        turned.close().await;

        // With the last row resealed, the old key is not needed, and fits no more.
        let new_only = house.open_again(Keyring::single(NEW_KEY)).await.unwrap();
        assert_eq!(password(&new_only, &home).await, "a \"quoted\" pässword");
        let mut tx = new_only.read().await.unwrap();
        let texts = events::bodies(&mut tx, &home.calendar, None, false, 10).await.unwrap();
        assert_eq!(texts.len(), 2);
        let app = factors::authenticator(&mut tx, &home.user).await.unwrap().unwrap();
        assert_eq!(app.secret.as_slice(), b"shared");
        let title = |name: &str| format!("secret title of {name}");
        assert!(texts.iter().all(|text| text.text.ends_with(&title(text.remote.as_str()))));
        drop(tx);
        new_only.close().await;
        refusal(house.open_again(Keyring::single(KEY)).await);
    })
    .await;
}

#[tokio::test]
async fn more_than_one_step_is_resealed() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        for nth in 0..450 {
            hold_one(&house.db, house, &home, &format!("/{nth}.ics")).await;
        }
        let turned = house.open_again(Keyring::new(NEW_KEY, vec![KEY])).await.unwrap();
        assert_eq!(turning::reseal(&turned).await.unwrap().moved, 452);
        assert_eq!(turning::count_older(&turned).await.unwrap(), 0);
        turned.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_written_during_the_turn_is_not_overwritten() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let turned = house.open_again(Keyring::new(NEW_KEY, vec![KEY])).await.unwrap();
        let newer = Credential::Password {
            base: "https://dav.example/home/".into(),
            username: "dana".into(),
            password: Secret::new("a newer one"),
        };
        let mut tx = turned.begin().await.unwrap();
        let there = connections::load(&mut tx, &home.connection).await.unwrap().unwrap();
        let repaired = (&there.principal, &newer);
        connections::renew(&mut tx, &home.connection, repaired, &[]).await.unwrap();
        let mut turn = std::pin::pin!(turning::reseal(&turned));
        // It has read what was there before, and waits for the writer.
        let early = timeout(Duration::from_millis(500), &mut turn).await;
        assert!(early.is_err(), "it did not wait: {early:?}");
        tx.commit().await.unwrap();
        assert_eq!(turn.await.unwrap(), Turned::default());
        assert_eq!(password(&turned, &home).await, "a newer one");
        assert_eq!(turning::count_older(&turned).await.unwrap(), 0);
        turned.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_process_that_still_seals_with_the_older_key_keeps_it_needed() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let turned = house.open_again(Keyring::new(NEW_KEY, vec![KEY])).await.unwrap();
        assert_eq!(turning::reseal(&turned).await.unwrap().moved, 2);
        // The process of before was given the new key, but has not turned to it.
        let slow = house.open_again(Keyring::new(KEY, vec![NEW_KEY])).await.unwrap();
        hold_one(&slow, house, &home, "/late.ics").await;
        refusal(house.open_again(Keyring::single(NEW_KEY)).await);
        assert_eq!(turning::count_older(&turned).await.unwrap(), 1);
        slow.close().await;
        assert_eq!(turning::reseal(&turned).await.unwrap().moved, 1);
        turned.close().await;
        house.open_again(Keyring::single(NEW_KEY)).await.unwrap().close().await;
    })
    .await;
}

#[tokio::test]
async fn one_that_cannot_be_opened_does_not_stop_the_others() {
    on_shared_engines(async |house: &House| {
        let (mine, other) = (house.home().await, house.home().await);
        house
            .tamper(&format!(
                "UPDATE connections SET credential_sealed = \
                 (SELECT credential_sealed FROM connections WHERE id = '{}') WHERE id = '{}'",
                other.connection, mine.connection
            ))
            .await;
        let turned = house.open_again(Keyring::new(NEW_KEY, vec![KEY])).await.unwrap();
        let expected = Turned { moved: 3, unreadable: 1 };
        assert_eq!(turning::reseal(&turned).await.unwrap(), expected);
        assert_eq!(turning::count_older(&turned).await.unwrap(), 1);
        assert_eq!(password(&turned, &other).await, "a \"quoted\" pässword");
        turned.close().await;
    })
    .await;
}
