//! Accounts and users.

use connection::{AccountId, InvitationId, UserId};
use store::invitations::{self, Invitation, Purpose};
use store::people::{self, Belonging, CalendarSettings, Import, OutsideChange, Role, WriteDetail};
use store::sessions::{self, NewSession};
use store::{StoreError, calendars};

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
        let other = house.new_calendar(&home.connection);
        calendars::insert(&mut tx, &other).await.unwrap();
        assert!(!people::link(&mut tx, &home.user, &other.id).await.unwrap(), "one is linked");
        let (name, email) = ("Dana Ο'Βrien", "dana@asia.example");
        people::update_user(&mut tx, &home.user, name, email, "Asia/Tokyo").await.unwrap();
        people::set_password(&mut tx, &home.user, "$argon2id$…").await.unwrap();
        let user = people::user(&mut tx, &home.user).await.unwrap().unwrap();
        assert_eq!(user.settings, settings);
        assert_eq!((user.time_zone.as_str(), user.has_password), ("Asia/Tokyo", true));
        assert_eq!((user.name.as_str(), user.role), ("Dana Ο'Βrien", Role::Admin));
        let hash = people::password_hash(&mut tx, &home.user).await.unwrap();
        assert_eq!(hash.as_deref(), Some("$argon2id$…"));
        let none = CalendarSettings { linked_calendar: None, ..settings.clone() };
        people::set_settings(&mut tx, &home.user, &none).await.unwrap();
        calendars::set_switches(&mut tx, &home.calendar, false, false).await.unwrap();
        assert!(people::link(&mut tx, &home.user, &home.calendar).await.unwrap());
        let user = people::user(&mut tx, &home.user).await.unwrap().unwrap();
        assert_eq!(user.settings, settings, "and nothing else");
        let linked = calendars::load(&mut tx, &home.calendar).await.unwrap().unwrap();
        assert!(linked.counts_as_busy);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_confirmed_until_it_changes_and_who_only_connects_does_so_everywhere() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let user = people::user(&mut tx, &home.user).await.unwrap().unwrap();
        assert_eq!(people::belonging(&mut tx, &user.id).await.unwrap(), Belonging::default());
        assert!(people::confirm_email(&mut tx, &user.id).await.unwrap());
        assert!(!people::confirm_email(&mut tx, &user.id).await.unwrap());
        people::update_user(&mut tx, &user.id, "Dana", &user.email, "UTC").await.unwrap();
        assert!(people::belonging(&mut tx, &user.id).await.unwrap().email_confirmed);
        people::update_user(&mut tx, &user.id, "Dana", "new@northwind.example", "UTC")
            .await
            .unwrap();
        let session = NewSession {
            token_hash: [9; 32],
            user: user.id.clone(),
            browser: "A browser".into(),
            now: at(1),
            expires_at: at(9),
        };
        sessions::insert(&mut tx, &session).await.unwrap();
        assert!(!people::join(&mut tx, &user.id).await.unwrap(), "they have joined");
        people::limit_to_connecting(&mut tx, &user.id).await.unwrap();
        let belonging = Belonging { connects_only: true, email_confirmed: false };
        assert_eq!(people::belonging(&mut tx, &user.id).await.unwrap(), belonging);
        let found = sessions::find(&mut tx, &[9; 32], at(2)).await.unwrap().unwrap();
        assert!(found.connects_only);
        assert!(people::join(&mut tx, &user.id).await.unwrap());
        assert!(!people::join(&mut tx, &user.id).await.unwrap(), "once");
    })
    .await;
}

#[tokio::test]
async fn a_nul_is_dropped_from_a_text_on_both_engines() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let (name, email) = ("Da\0na\0", "dana@nul.example");
        people::update_user(&mut tx, &home.user, name, email, "UTC").await.unwrap();
        let user = people::user(&mut tx, &home.user).await.unwrap().unwrap();
        assert_eq!(user.name, "Dana");
        let nobody = people::user_by_email(&mut tx, "\0").await.unwrap();
        assert_eq!(nobody, None);
    })
    .await;
}

#[tokio::test]
async fn who_is_removed_is_gone_with_all_that_was_theirs() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        people::set_role(&mut tx, &home.user, Role::Admin).await.unwrap();
        let colleague = house.user(&mut tx, &home.account).await;
        people::set_role(&mut tx, &colleague.id, Role::Member).await.unwrap();
        assert_eq!(people::hold_admins(&mut tx, &home.account).await.unwrap(), 1);
        people::set_role(&mut tx, &colleague.id, Role::Admin).await.unwrap();
        assert_eq!(people::hold_admins(&mut tx, &home.account).await.unwrap(), 2);
        store::choices::remember(&mut tx, &home.connection, at(99)).await.unwrap();
        let invitation = Invitation {
            id: InvitationId::new(at(1), &house.dice),
            account: home.account.clone(),
            user: None,
            name: "Robin".into(),
            email: None,
            role: Role::Member,
            purpose: Purpose::Join,
            by: colleague.id.clone(),
            by_name: "Dana".into(),
            created_at: at(1),
            expires_at: at(9),
        };
        invitations::insert(&mut tx, &invitation, &[7; 32]).await.unwrap();
        let taken = invitations::take(&mut tx, &invitation.id, &home.user, at(2)).await.unwrap();
        assert!(taken);
        assert!(people::delete_user(&mut tx, &home.user).await.unwrap());
        assert_eq!(store::choices::prune(&mut tx, at(999)).await.unwrap(), 0, "choices");
        assert_eq!(invitations::prune(&mut tx, at(999)).await.unwrap(), 0, "invitations");
        assert!(!people::delete_user(&mut tx, &home.user).await.unwrap());
        assert_eq!(people::user(&mut tx, &home.user).await.unwrap(), None);
        let held = store::connections::load(&mut tx, &home.connection).await.unwrap();
        assert_eq!(held, None);
        assert_eq!(people::hold_admins(&mut tx, &home.account).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_works_once_until_it_is_over_or_withdrawn() {
    on_both_engines(async |house: &House| {
        let (home, stranger) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let made = |user: Option<UserId>, purpose| Invitation {
            id: InvitationId::new(at(1), &house.dice),
            account: home.account.clone(),
            user,
            name: "Robin".into(),
            email: Some("robin@northwind.example".into()),
            role: Role::Member,
            purpose,
            by: home.user.clone(),
            by_name: "Dana".into(),
            created_at: at(1),
            expires_at: at(9),
        };
        let joins = made(None, Purpose::Join);
        let connects = made(Some(home.user.clone()), Purpose::Connect);
        invitations::insert(&mut tx, &joins, &[1; 32]).await.unwrap();
        invitations::insert(&mut tx, &connects, &[2; 32]).await.unwrap();
        let open = invitations::open(&mut tx, &[1; 32], at(8)).await.unwrap();
        assert_eq!(open.as_ref(), Some(&joins));
        assert_eq!(invitations::open(&mut tx, &[1; 32], at(9)).await.unwrap(), None, "over");
        people::set_role(&mut tx, &home.user, Role::Member).await.unwrap();
        assert_eq!(invitations::open(&mut tx, &[1; 32], at(8)).await.unwrap(), None, "no admin");
        assert!(!invitations::take(&mut tx, &joins.id, &home.user, at(2)).await.unwrap());
        people::set_role(&mut tx, &home.user, Role::Admin).await.unwrap();
        let pending = invitations::pending(&mut tx, &home.account, at(2)).await.unwrap();
        assert_eq!(pending.len(), 2);
        assert_eq!(invitations::pending(&mut tx, &stranger.account, at(2)).await.unwrap(), []);
        assert!(invitations::take(&mut tx, &joins.id, &home.user, at(2)).await.unwrap());
        assert!(!invitations::take(&mut tx, &joins.id, &home.user, at(3)).await.unwrap(), "once");
        let theirs =
            invitations::withdraw(&mut tx, &stranger.account, &connects.id, at(2)).await.unwrap();
        assert_eq!(theirs, None, "another account's");
        let own = invitations::withdraw(&mut tx, &home.account, &connects.id, at(2)).await.unwrap();
        assert_eq!(own, Some(connects));
        assert_eq!(invitations::open(&mut tx, &[2; 32], at(2)).await.unwrap(), None);
        let twice = [Purpose::Join, Purpose::Connect].map(|to| made(Some(home.user.clone()), to));
        for (nth, invitation) in (4..).zip(&twice) {
            invitations::insert(&mut tx, invitation, &[nth; 32]).await.unwrap();
        }
        invitations::end_joining(&mut tx, &home.user).await.unwrap();
        let open = invitations::pending(&mut tx, &home.account, at(2)).await.unwrap();
        assert_eq!(open, twice[1..], "they have joined");
        let left = &twice[1].id;
        invitations::withdraw(&mut tx, &home.account, left, at(2)).await.unwrap();
        invitations::insert(&mut tx, &made(None, Purpose::Join), &[3; 32]).await.unwrap();
        assert_eq!(invitations::end_made_by(&mut tx, &stranger.user).await.unwrap(), 0);
        assert_eq!(invitations::end_made_by(&mut tx, &home.user).await.unwrap(), 1);
        assert_eq!(invitations::prune(&mut tx, at(9)).await.unwrap(), 0);
        assert_eq!(invitations::prune(&mut tx, at(10)).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_says_whether_it_may_only_connect_and_when_it_was_seen() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let hash = [9; 32];
        let session = NewSession {
            token_hash: hash,
            user: home.user.clone(),
            browser: "A browser".into(),
            now: at(1),
            expires_at: at(9),
        };
        sessions::insert(&mut tx, &session).await.unwrap();
        let found = sessions::find(&mut tx, &hash, at(2)).await.unwrap().unwrap();
        assert!(!found.connects_only && found.invited_by.is_none());
        sessions::limit_to_connecting(&mut tx, &hash, &home.user).await.unwrap();
        let found = sessions::find(&mut tx, &hash, at(2)).await.unwrap().unwrap();
        assert!(found.connects_only);
        assert_eq!(found.invited_by.as_ref(), Some(&home.user));
        let seen = sessions::last_seen(&mut tx, &home.account).await.unwrap();
        assert_eq!(seen, [(home.user.clone(), at(1))]);
    })
    .await;
}
