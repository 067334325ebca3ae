//! Secrets at rest: readable in their place, with the right key, and nowhere else.

use store::{Keyring, StoreError, connections};

use crate::house::{House, KEY, on_shared_engines};
use crate::turning::hold_one;

const NEW_KEY: [u8; 32] = [9; 32];

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
async fn secrets_and_titles_do_not_lie_open_in_the_file() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        hold_one(&house.db, house, &home, "/a.ics").await;
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
