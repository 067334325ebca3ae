//! What the doors keep: sessions, sign-in links, failures, API keys, and answers to repeat.

use connection::ApiKeyId;
use jiff::{SignedDuration, Timestamp};
use store::api_keys::{self, ApiKey};
use store::idempotency::{self, Begun};
use store::sessions::{self, NewSession};
use store::tries::{self, Tries};

use crate::house::{House, at, on_both_engines};

#[tokio::test]
async fn a_session_lasts_until_it_expires_or_is_ended() {
    on_both_engines(async |house: &House| {
        let user = house.home().await.user;
        let mut tx = house.db.begin().await.unwrap();
        for nth in 1..=3 {
            let session = NewSession {
                token_hash: [nth; 32],
                user: user.clone(),
                browser: format!("Browser {nth}"),
                now: at(0),
                expires_at: at(60),
            };
            sessions::insert(&mut tx, &session).await.unwrap();
        }
        let session = sessions::find(&mut tx, &[1; 32], at(59)).await.unwrap().unwrap();
        assert_eq!((&session.user, session.browser.as_str()), (&user, "Browser 1"));
        assert_eq!((session.created_at, session.seen_at), (at(0), at(0)));
        assert_eq!(sessions::find(&mut tx, &[1; 32], at(60)).await.unwrap(), None);
        assert_eq!(sessions::find(&mut tx, &[9; 32], at(0)).await.unwrap(), None);

        sessions::touch(&mut tx, &[2; 32], at(5)).await.unwrap();
        let all = sessions::of_user(&mut tx, &user).await.unwrap();
        assert_eq!((all.len(), all[0].token_hash, all[0].seen_at), (3, [2; 32], at(5)));
        sessions::end(&mut tx, &[3; 32]).await.unwrap();
        assert_eq!(sessions::end_others(&mut tx, &user, Some(&[1; 32])).await.unwrap(), 1);
        assert!(sessions::find(&mut tx, &[1; 32], at(1)).await.unwrap().is_some());
        assert_eq!(sessions::end_others(&mut tx, &user, None).await.unwrap(), 1);
        assert!(sessions::of_user(&mut tx, &user).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_link_signs_in_once() {
    on_both_engines(async |house: &House| {
        let (user, other) = (house.home().await.user, house.home().await.user);
        let mut tx = house.db.begin().await.unwrap();
        sessions::insert_link(&mut tx, &[4; 32], &other, at(60)).await.unwrap();
        sessions::insert_link(&mut tx, &[2; 32], &user, at(60)).await.unwrap();
        sessions::insert_link(&mut tx, &[1; 32], &user, at(60)).await.unwrap();
        assert_eq!(sessions::link(&mut tx, &[2; 32], at(59)).await.unwrap(), None, "replaced");
        assert_eq!(sessions::link(&mut tx, &[1; 32], at(59)).await.unwrap(), Some(user.clone()));
        let signed_in = sessions::use_link(&mut tx, &[1; 32], at(59)).await.unwrap();
        assert_eq!(signed_in, Some(user.clone()));
        assert_eq!(sessions::link(&mut tx, &[1; 32], at(59)).await.unwrap(), None);
        assert_eq!(sessions::link(&mut tx, &[4; 32], at(60)).await.unwrap(), None);
        assert_eq!(sessions::use_link(&mut tx, &[1; 32], at(59)).await.unwrap(), None);
        assert_eq!(sessions::use_link(&mut tx, &[4; 32], at(60)).await.unwrap(), None);
        assert_eq!(sessions::use_link(&mut tx, &[3; 32], at(0)).await.unwrap(), None);
        sessions::insert_link(&mut tx, &[5; 32], &user, at(60)).await.unwrap();
        sessions::end_others(&mut tx, &user, None).await.unwrap();
        assert_eq!(sessions::link(&mut tx, &[5; 32], at(1)).await.unwrap(), None, "ended");
        assert_eq!(sessions::link(&mut tx, &[4; 32], at(1)).await.unwrap(), Some(other));
    })
    .await;
}

#[tokio::test]
async fn failed_tries_count_until_they_are_forgotten() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let never = Tries { last_at: Timestamp::UNIX_EPOCH, forgotten_at: Timestamp::UNIX_EPOCH };
        assert_eq!(tries::hold(&mut tx, "a").await.unwrap(), never);
        let tried = Tries { last_at: at(1), forgotten_at: at(9) };
        for subject in ["a", "b", "c"] {
            tries::hold(&mut tx, subject).await.unwrap();
            tries::set(&mut tx, subject, tried).await.unwrap();
        }
        tries::forget(&mut tx, "b").await.unwrap();
        tries::give_back(&mut tx, "c", SignedDuration::from_mins(5)).await.unwrap();
        sessions::prune(&mut tx, at(8)).await.unwrap();
        assert_eq!(tries::hold(&mut tx, "a").await.unwrap(), tried);
        assert_eq!(tries::hold(&mut tx, "b").await.unwrap(), never);
        assert_eq!(tries::hold(&mut tx, "c").await.unwrap(), never);
        sessions::prune(&mut tx, at(9)).await.unwrap();
        assert_eq!(tries::hold(&mut tx, "a").await.unwrap(), never);
    })
    .await;
}

#[tokio::test]
async fn of_tries_at_the_same_time_each_is_counted() {
    on_both_engines(async |house: &House| {
        let one_more = async || {
            let mut tx = house.db.begin().await.unwrap();
            let mut tries = tries::hold(&mut tx, "a").await.unwrap();
            tries.forgotten_at += SignedDuration::from_secs(1);
            tries::set(&mut tx, "a", tries).await.unwrap();
            tx.commit().await.unwrap();
        };
        tokio::join!(one_more(), one_more(), one_more(), one_more());
        let mut tx = house.db.begin().await.unwrap();
        let counted = tries::hold(&mut tx, "a").await.unwrap().forgotten_at;
        assert_eq!(counted.as_second(), 4);
    })
    .await;
}

#[tokio::test]
async fn an_api_key_is_found_by_its_hash_and_ended_by_its_own_account() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let mut key = ApiKey {
            id: ApiKeyId::new(at(0), &house.dice),
            account: home.account.clone(),
            name: "Website".into(),
            scopes: vec!["calendars:read".into(), "connections:write".into()],
            created_at: at(0),
            last_used_at: None,
        };
        api_keys::insert(&mut tx, &key, &[5; 32]).await.unwrap();
        assert_eq!(api_keys::find(&mut tx, &[5; 32]).await.unwrap(), Some(key.clone()));
        assert_eq!(api_keys::find(&mut tx, &[6; 32]).await.unwrap(), None);
        api_keys::touch(&mut tx, &key.id, at(3)).await.unwrap();
        key.last_used_at = Some(at(3));
        let all = api_keys::of_account(&mut tx, &home.account).await.unwrap();
        assert_eq!(all, [key.clone()]);
        assert!(api_keys::of_account(&mut tx, &other.account).await.unwrap().is_empty());
        assert!(!api_keys::delete(&mut tx, &other.account, &key.id).await.unwrap());
        assert!(api_keys::delete(&mut tx, &home.account, &key.id).await.unwrap());
        assert_eq!(api_keys::find(&mut tx, &[5; 32]).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_sent_twice_is_done_once() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let mut begin = async |account, body: u8, minutes| {
            idempotency::begin(&mut tx, account, "key", [body; 32], at(minutes)).await.unwrap()
        };
        assert_eq!(begin(&home.account, 1, 0).await, Begun::New);
        assert_eq!(begin(&home.account, 1, 1).await, Begun::Running);
        assert_eq!(begin(&home.account, 2, 1).await, Begun::OtherBody);
        assert_eq!(begin(&other.account, 2, 1).await, Begun::New);
        let answer = b"{\"id\":1}\0".as_slice();
        idempotency::finish(&mut tx, &home.account, "key", 201, answer).await.unwrap();
        let mut begin = async |body: u8, minutes| {
            let account = &home.account;
            idempotency::begin(&mut tx, account, "key", [body; 32], at(minutes)).await.unwrap()
        };
        let answered = Begun::Answered { status: 201, body: answer.to_vec() };
        assert_eq!(begin(1, 99).await, answered);
        assert_eq!(begin(2, 99).await, Begun::OtherBody);
        idempotency::forget(&mut tx, &home.account, "key").await.unwrap();
        let mut begin = async |body: u8, minutes| {
            let account = &home.account;
            idempotency::begin(&mut tx, account, "key", [body; 32], at(minutes)).await.unwrap()
        };
        assert_eq!(begin(2, 100).await, Begun::New);
        assert_eq!(idempotency::prune(&mut tx, at(100)).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_request_whose_process_died_can_be_sent_again() {
    on_both_engines(async |house: &House| {
        let account = house.home().await.account;
        let mut tx = house.db.begin().await.unwrap();
        let mut begin = async |body: u8, minutes| {
            idempotency::begin(&mut tx, &account, "key", [body; 32], at(minutes)).await.unwrap()
        };
        assert_eq!(begin(1, 0).await, Begun::New);
        assert_eq!(begin(1, 2).await, Begun::Running);
        assert_eq!(begin(2, 3).await, Begun::OtherBody);
        assert_eq!(begin(1, 3).await, Begun::New);
        assert_eq!(begin(1, 4).await, Begun::Running);
    })
    .await;
}
