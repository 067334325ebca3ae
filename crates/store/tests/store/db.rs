//! Opening, transactions, and the news of what was committed.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use connection::Cursor;
use store::{Change, Db, Keyring, Location, StoreError, calendars, connections, people};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use crate::house::{House, KEY, at, on_both_engines, on_shared_engines};

#[tokio::test]
async fn opening_a_second_time_finds_everything_in_place() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let again = house.open_again(Keyring::single(KEY)).await.unwrap();
        let mut tx = again.read().await.unwrap();
        assert!(people::user(&mut tx, &home.user).await.unwrap().is_some());
        drop(tx);
        again.close().await;
    })
    .await;
}

/// SQLite locks a new file for a moment without waiting for it: one round seldom meets that.
#[tokio::test]
async fn processes_may_open_a_new_database_at_once() {
    on_shared_engines(async |house: &House| match &house.location {
        Location::File(path) => {
            for round in 0..40 {
                let new = Location::File(path.with_file_name(format!("{round}.db")));
                Box::pin(open_at_once(&new)).await;
            }
        }
        other => {
            let all = "DO $$ BEGIN EXECUTE format('DROP SCHEMA %1$I CASCADE; \
                       CREATE SCHEMA %1$I', current_schema()); END $$";
            house.tamper(all).await;
            Box::pin(open_at_once(other)).await;
        }
    })
    .await;
}

async fn open_at_once(new: &Location) {
    let open = || Db::open(new, Keyring::single(KEY));
    let (one, other, third) = tokio::join!(open(), open(), open());
    for db in [one, other, third] {
        db.unwrap().close().await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_in_a_sentence() {
    on_shared_engines(async |house: &House| {
        house
            .tamper(
                "INSERT INTO migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', TRUE, 'x', 0)",
            )
            .await;
        let refused = house.open_again(Keyring::single(KEY)).await.err();
        let Some(StoreError::Unusable { say }) = refused else { panic!("opened: {refused:?}") };
        assert!(say.contains("another version of Daymark"), "{say}");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_never_was() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let other = house.home_in(&mut tx).await;
        let midway = Cursor::Midway(connection::PageToken::new("2"));
        calendars::save_cursor(&mut tx, &home.calendar, &midway, (3, None)).await.unwrap();
        drop(tx);
        let mut tx = house.db.read().await.unwrap();
        assert!(people::user(&mut tx, &other.user).await.unwrap().is_none());
        let place = calendars::place(&mut tx, &home.calendar).await.unwrap().unwrap();
        assert_eq!((place.cursor, place.listing), (Cursor::Beginning, 0));
    })
    .await;
}

#[tokio::test]
async fn a_reading_transaction_cannot_write() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.read().await.unwrap();
        let written = connections::record_success(&mut tx, &home.connection, at(1)).await;
        assert!(matches!(written, Err(StoreError::Unavailable(_))), "{written:?}");
    })
    .await;
}

#[tokio::test]
async fn a_reader_sees_one_state_and_keeps_no_writer_waiting() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let mut reader = house.db.read().await.unwrap();
        let before = connections::load(&mut reader, &home.connection).await.unwrap();
        let mut writer = house.db.begin().await.unwrap();
        connections::record_success(&mut writer, &home.connection, at(1)).await.unwrap();
        writer.commit().await.unwrap();
        let after = connections::load(&mut reader, &home.connection).await.unwrap();
        assert_eq!(before, after);
    })
    .await;
}

#[tokio::test]
async fn writers_take_turns_and_lose_nothing() {
    on_both_engines(async |house: &House| {
        let write = async || {
            let mut tx = house.db.begin().await.unwrap();
            let home = house.home_in(&mut tx).await;
            tx.commit().await.unwrap();
            home
        };
        tokio::join!(write(), write(), write(), write());
        let mut tx = house.db.read().await.unwrap();
        assert_eq!(people::count_users(&mut tx).await.unwrap(), 4);
    })
    .await;
}

async fn next(changes: &mut Receiver<Change>) -> Change {
    timeout(Duration::from_secs(10), changes.recv()).await.expect("a change came").unwrap()
}

#[tokio::test]
async fn a_change_is_told_once_it_is_committed_and_only_then() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut changes = house.db.changes();
        let mut tx = house.db.begin().await.unwrap();
        tx.announce(Change::JobReady);
        drop(tx);
        let mut tx = house.db.begin().await.unwrap();
        let change = Change::Calendar(home.calendar.clone());
        tx.announce(change.clone());
        tx.announce(change.clone());
        tx.announce(Change::Connection(home.connection.clone()));
        assert!(changes.try_recv().is_err());
        tx.commit().await.unwrap();
        let mut told = [next(&mut changes).await, next(&mut changes).await];
        told.sort_by_key(|change| format!("{change:?}"));
        assert_eq!(told, [change, Change::Connection(home.connection)]);
        assert!(changes.try_recv().is_err());
    })
    .await;
}

#[tokio::test]
async fn on_postgres_a_change_reaches_other_processes() {
    on_shared_engines(async |house: &House| {
        if !house.is_postgres() {
            return;
        }
        let other = house.open_again(Keyring::single(KEY)).await.unwrap();
        let mut changes = other.changes();
        let attempt = connection::AttemptId::new(at(0), &house.dice);
        for change in [Change::JobReady, Change::Attempt(attempt), Change::Everything] {
            let mut tx = house.db.begin().await.unwrap();
            tx.announce(change.clone());
            tx.commit().await.unwrap();
            assert_eq!(next(&mut changes).await, change);
        }
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn on_postgres_a_cut_line_is_told_and_mended() {
    on_shared_engines(async |house: &House| {
        if !house.is_postgres() {
            return;
        }
        let mut changes = house.db.changes();
        house
            .tamper(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE query LIKE 'LISTEN \"daymark:' || current_schema() || '\"%'",
            )
            .await;
        assert_eq!(next(&mut changes).await, Change::Everything);
        let mut tx = house.db.begin().await.unwrap();
        tx.announce(Change::JobReady);
        tx.commit().await.unwrap();
        assert_eq!(next(&mut changes).await, Change::JobReady);
    })
    .await;
}

#[tokio::test]
async fn a_database_file_is_its_owners_alone() {
    on_shared_engines(async |house: &House| {
        let Location::File(path) = &house.location else { return };
        house.home().await;
        for path in [path.clone(), path.with_extension("db-wal"), path.with_extension("db-shm")] {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    })
    .await;
}

#[tokio::test]
async fn a_place_where_nothing_can_be_kept_is_a_failure() {
    let nowhere = Location::File("/nowhere/at/all/daymark.db".into());
    let refused = Db::open(&nowhere, Keyring::single(KEY)).await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
}
