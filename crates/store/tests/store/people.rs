//! Accounts and users.

use connection::{AccountId, UserId};
use store::StoreError;
use store::people::{self, CalendarSettings, Import, OutsideChange, Role, WriteDetail};

use crate::house::{House, at, on_both_engines};

#[tokio::test]
async fn what_was_kept_of_an_account_and_its_users_comes_back() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        assert_eq!(people::count_users(&mut tx).await.unwrap(), 0);
        assert_eq!(people::only_user(&mut tx).await.unwrap(), None);
        let account = house.account(&mut tx).await;
        let (one, other) =
            (house.user(&mut tx, &account.id).await, house.user(&mut tx, &account.id).await);
        assert_eq!(people::only_user(&mut tx).await.unwrap(), None);
        let elsewhere = house.account(&mut tx).await;
        house.user(&mut tx, &elsewhere.id).await;
        assert_eq!(people::account(&mut tx, &account.id).await.unwrap(), Some(account.clone()));
        assert_eq!(people::user(&mut tx, &one.id).await.unwrap(), Some(one.clone()));
        assert_eq!(people::users(&mut tx, &account.id).await.unwrap(), [one, other]);
        assert_eq!(people::count_users(&mut tx).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_found_under_an_unknown_id() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.read().await.unwrap();
        let account = AccountId::new(at(0), &house.dice);
        let user = UserId::new(at(0), &house.dice);
        assert_eq!(people::account(&mut tx, &account).await.unwrap(), None);
        assert_eq!(people::user(&mut tx, &user).await.unwrap(), None);
        assert_eq!(people::password_hash(&mut tx, &user).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_email_address_is_one_persons_in_whatever_case() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let account = house.account(&mut tx).await.id;
        let mut user = house.user(&mut tx, &account).await;
        assert_eq!(people::only_user(&mut tx).await.unwrap(), Some(user.clone()));
        let found = people::user_by_email(&mut tx, &user.email.to_uppercase()).await.unwrap();
        assert_eq!(found, Some(user.clone()));
        tx.commit().await.unwrap();

        let mut tx = house.db.begin().await.unwrap();
        user.id = UserId::new(at(1), &house.dice);
        user.email = user.email.to_uppercase();
        let taken = people::insert_user(&mut tx, &user).await;
        assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    })
    .await;
}

#[tokio::test]
async fn taking_over_an_email_address_in_use_is_a_conflict() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let account = house.account(&mut tx).await.id;
        let one = house.user(&mut tx, &account).await;
        let other = house.user(&mut tx, &account).await;
        people::update_user(&mut tx, &one.id, "Kim", "KIM@example.org", "Asia/Tokyo")
            .await
            .unwrap();
        people::rename_account(&mut tx, &account, "Kim's", "Asia/Seoul").await.unwrap();
        let kim = people::user(&mut tx, &one.id).await.unwrap().unwrap();
        let said = (kim.name.as_str(), kim.email.as_str(), kim.time_zone.as_str());
        assert_eq!(said, ("Kim", "kim@example.org", "Asia/Tokyo"));
        let renamed = people::account(&mut tx, &account).await.unwrap().unwrap();
        assert_eq!((renamed.name.as_str(), renamed.time_zone.as_str()), ("Kim's", "Asia/Seoul"));
        let taken =
            people::update_user(&mut tx, &other.id, "Kim", "kim@example.org", "Asia/Tokyo").await;
        assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    })
    .await;
}

#[tokio::test]
async fn settings_zone_name_and_password_can_be_changed() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let settings = CalendarSettings {
            linked_calendar: Some(home.calendar.clone()),
            private_mode: true,
            import: Import::KnownGuests,
            on_outside_change: OutsideChange::Restore,
            write_detail: WriteDetail::Busy,
        };
        people::set_settings(&mut tx, &home.user, &settings).await.unwrap();
        people::set_time_zone(&mut tx, &home.user, "Asia/Tokyo").await.unwrap();
        people::set_name(&mut tx, &home.user, "Dana Ο'Βrien").await.unwrap();
        people::set_password(&mut tx, &home.user, "$argon2id$…").await.unwrap();
        let user = people::user(&mut tx, &home.user).await.unwrap().unwrap();
        assert_eq!(user.settings, settings);
        assert_eq!((user.time_zone.as_str(), user.has_password), ("Asia/Tokyo", true));
        assert_eq!((user.name.as_str(), user.role), ("Dana Ο'Βrien", Role::Admin));
        let hash = people::password_hash(&mut tx, &home.user).await.unwrap();
        assert_eq!(hash.as_deref(), Some("$argon2id$…"));
    })
    .await;
}

#[tokio::test]
async fn a_nul_is_dropped_from_a_text_on_both_engines() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        people::set_name(&mut tx, &home.user, "Da\0na\0").await.unwrap();
        let user = people::user(&mut tx, &home.user).await.unwrap().unwrap();
        assert_eq!(user.name, "Dana");
        let nobody = people::user_by_email(&mut tx, "\0").await.unwrap();
        assert_eq!(nobody, None);
    })
    .await;
}
