//! Secrets at rest: readable in their place, with the right key, and nowhere else.

use connection::{Credential, ETag, RemoteId};
use store::events::Body;
use store::{Keyring, StoreError, connections, events, idempotency};

use crate::house::{Home, House, KEY, at, on_shared_engines};

const NEW_KEY: [u8; 32] = [9; 32];

async fn hold_one(house: &House, home: &Home, name: &str) {
    let mut tx = house.db.begin().await.unwrap();
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

#[tokio::test]
async fn a_ciphertext_in_another_row_is_refused() {
    on_shared_engines(async |house: &House| {
        let (mine, other) = (house.home().await, house.home().await);
        house
            .tamper(&format!(
                "UPDATE connections SET credential_sealed = \
                 (SELECT credential_sealed FROM connections WHERE id = '{}') WHERE id = '{}'",
                mine.connection, other.connection
            ))
            .await;
        let mut tx = house.db.read().await.unwrap();
        assert!(connections::credential(&mut tx, &mine.connection).await.unwrap().is_some());
        let moved = connections::credential(&mut tx, &other.connection).await;
        let Err(StoreError::Corrupt { what }) = moved else { panic!("opened a moved secret") };
        assert!(what.contains("moved from another row"), "{what}");
    })
    .await;
}

#[tokio::test]
async fn a_ciphertext_in_another_column_is_refused() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        house.tamper("UPDATE connections SET addresses_sealed = credential_sealed").await;
        let mut tx = house.db.read().await.unwrap();
        let moved = connections::load(&mut tx, &home.connection).await;
        assert!(matches!(moved, Err(StoreError::Corrupt { .. })), "{moved:?}");
    })
    .await;
}

#[tokio::test]
async fn a_changed_ciphertext_is_refused() {
    on_shared_engines(async |house: &House| {
        house.db.check_seals().await.unwrap();
        let home = house.home().await;
        house.db.check_seals().await.unwrap();
        let changed = if house.is_postgres() {
            "UPDATE connections SET credential_sealed = set_byte(credential_sealed, 40, \
             (get_byte(credential_sealed, 40) + 1) % 256)"
        } else {
            "UPDATE connections SET credential_sealed = CAST(substr(credential_sealed, 1, 40) \
             || x'00' || substr(credential_sealed, 42) AS BLOB)"
        };
        house.tamper(changed).await;
        let mut tx = house.db.read().await.unwrap();
        let opened = connections::credential(&mut tx, &home.connection).await;
        assert!(matches!(opened, Err(StoreError::Corrupt { .. })), "opened a changed secret");
        drop(tx);
        let checked = house.db.check_seals().await;
        assert!(matches!(checked, Err(StoreError::Corrupt { .. })), "{checked:?}");
    })
    .await;
}

#[tokio::test]
async fn a_key_of_another_database_is_refused_when_it_is_opened() {
    on_shared_engines(async |house: &House| {
        let refused = house.open_again(Keyring::single(NEW_KEY)).await.err();
        let Some(StoreError::Unusable { say }) = refused else { panic!("opened: {refused:?}") };
        assert!(say.contains("is not at hand"), "{say}");
    })
    .await;
}

#[tokio::test]
async fn a_turned_key_reads_the_old_and_reseals_it() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        for name in ["/a.ics", "/b.ics"] {
            hold_one(house, &home, name).await;
        }
        let mut tx = house.db.begin().await.unwrap();
        idempotency::begin(&mut tx, &home.account, "k", [1; 32], at(0)).await.unwrap();
        idempotency::finish(&mut tx, &home.account, "k", 200, b"{}").await.unwrap();
        tx.commit().await.unwrap();

        let turned = house.open_again(Keyring::new(NEW_KEY, vec![KEY])).await.unwrap();
        let mut tx = turned.read().await.unwrap();
        assert!(connections::credential(&mut tx, &home.connection).await.unwrap().is_some());
        drop(tx);
        let early = house.open_again(Keyring::single(NEW_KEY)).await.err();
        assert!(matches!(early, Some(StoreError::Unusable { .. })), "{early:?}");
        assert_eq!(store::reseal(&turned).await.unwrap(), 5);
        assert_eq!(store::reseal(&turned).await.unwrap(), 0);
        turned.close().await;

        // With the last row resealed, the old key is not needed, and fits no more.
        let new_only = house.open_again(Keyring::single(NEW_KEY)).await.unwrap();
        let mut tx = new_only.read().await.unwrap();
        let credential = connections::credential(&mut tx, &home.connection).await.unwrap();
        let Some(Credential::Password { password, .. }) = credential else { panic!("none") };
        assert_eq!(password.reveal(), "a \"quoted\" pässword");
        let texts = events::bodies(&mut tx, &home.calendar, None, false, 10).await.unwrap();
        assert_eq!(texts.len(), 2);
        let title = |name: &str| format!("secret title of {name}");
        assert!(texts.iter().all(|text| text.text.ends_with(&title(text.remote.as_str()))));
        drop(tx);
        new_only.close().await;
        assert!(house.open_again(Keyring::single(KEY)).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn secrets_and_titles_do_not_lie_open_in_the_file() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        hold_one(house, &home, "/a.ics").await;
        let store::Location::File(path) = &house.location else { return };
        let mut bytes = std::fs::read(path).unwrap();
        bytes.extend(std::fs::read(path.with_extension("db-wal")).unwrap());
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(holds("/a.ics"));
        for secret in ["secret title", "quoted", "dana@example.org"] {
            assert!(!holds(secret), "{secret} lies open");
        }
    })
    .await;
}

#[test]
fn a_keyring_never_prints_its_keys() {
    let keys = Keyring::new(KEY, vec![NEW_KEY]);
    assert_eq!(format!("{keys:?}"), format!("Keyring({} and 1 older)", keys.current_id()));
    assert_eq!(keys.current_id().len(), 8);
}
