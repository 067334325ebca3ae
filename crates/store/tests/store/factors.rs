//! Second factors, sign-ins half way, identities at a provider.

use connection::UserId;
use store::factors::{self, Standing};
use store::half_sessions::{self, HalfSession};
use store::identities::{self, Going};
use store::passkeys::{self, Passkey};
use store::{StoreError, sessions};

use crate::house::{House, at, on_both_engines};

#[tokio::test]
async fn an_app_counts_once_confirmed_and_takes_no_step_twice() {
    on_both_engines(async |house: &House| {
        let user = house.home().await.user;
        let mut tx = house.db.begin().await.unwrap();
        assert_eq!(factors::standing(&mut tx, &user).await.unwrap(), Standing::default());
        assert!(factors::authenticator(&mut tx, &user).await.unwrap().is_none());
        assert!(factors::begin_authenticator(&mut tx, &user, b"one", at(0)).await.unwrap());
        assert!(!factors::take_step(&mut tx, &user, 5).await.unwrap(), "not confirmed");
        assert!(factors::begin_authenticator(&mut tx, &user, b"two", at(1)).await.unwrap());
        assert!(!factors::standing(&mut tx, &user).await.unwrap().has_any());
        assert!(factors::confirm_authenticator(&mut tx, &user, 7, at(2)).await.unwrap());
        assert!(!factors::confirm_authenticator(&mut tx, &user, 8, at(2)).await.unwrap());
        assert!(!factors::begin_authenticator(&mut tx, &user, b"three", at(3)).await.unwrap());
        let app = factors::authenticator(&mut tx, &user).await.unwrap().unwrap();
        assert_eq!((app.secret.as_slice(), app.last_step), (&b"two"[..], 7));
        assert_eq!(app.confirmed_at, Some(at(2)));
        assert!(!factors::take_step(&mut tx, &user, 7).await.unwrap(), "it was the first code");
        assert!(factors::take_step(&mut tx, &user, 8).await.unwrap());
        assert!(!factors::take_step(&mut tx, &user, 8).await.unwrap());
        let standing = factors::standing(&mut tx, &user).await.unwrap();
        assert_eq!(standing.authenticator_at, Some(at(2)));
        assert!(factors::remove_authenticator(&mut tx, &user).await.unwrap());
        assert!(!factors::remove_authenticator(&mut tx, &user).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_is_used_once_by_its_owner() {
    on_both_engines(async |house: &House| {
        let (user, other) = (house.home().await.user, house.home().await.user);
        let mut tx = house.db.begin().await.unwrap();
        factors::set_recovery_codes(&mut tx, &user, &[[1; 32], [2; 32]]).await.unwrap();
        let spent = async |tx: &mut store::Tx, user: &UserId, nth: u8| {
            factors::use_recovery_code(tx, user, &[nth; 32], at(1)).await.unwrap()
        };
        assert!(!spent(&mut tx, &other, 1).await);
        assert!(spent(&mut tx, &user, 1).await);
        assert!(!spent(&mut tx, &user, 1).await);
        assert_eq!(factors::standing(&mut tx, &user).await.unwrap().recovery_left, 1);
        factors::set_recovery_codes(&mut tx, &user, &[[3; 32]]).await.unwrap();
        assert!(!spent(&mut tx, &user, 2).await, "it was replaced");
        factors::begin_authenticator(&mut tx, &user, b"secret", at(0)).await.unwrap();
        assert!(factors::forget_all(&mut tx, &user).await.unwrap());
        assert!(!factors::forget_all(&mut tx, &user).await.unwrap());
        assert!(!spent(&mut tx, &user, 3).await);
    })
    .await;
}

#[tokio::test]
async fn an_account_requires_a_second_factor_and_lists_who_has_none() {
    on_both_engines(async |house: &House| {
        let (home, stranger) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let colleague = house.user(&mut tx, &home.account).await;
        assert_eq!(factors::names_without(&mut tx, &home.account).await.unwrap().len(), 2);
        factors::begin_authenticator(&mut tx, &home.user, b"secret", at(0)).await.unwrap();
        assert_eq!(factors::names_without(&mut tx, &home.account).await.unwrap().len(), 2);
        factors::confirm_authenticator(&mut tx, &home.user, 1, at(0)).await.unwrap();
        passkeys::insert(&mut tx, &passkey("x", &stranger.user)).await.unwrap();
        let without = factors::names_without(&mut tx, &home.account).await.unwrap();
        assert_eq!(without, [colleague.name]);
        assert!(factors::require(&mut tx, &home.account, true).await.unwrap());
        assert!(!factors::require(&mut tx, &home.account, true).await.unwrap());
        assert!(factors::standing(&mut tx, &colleague.id).await.unwrap().is_required);
        assert!(!factors::standing(&mut tx, &stranger.user).await.unwrap().is_required);
        assert!(factors::require(&mut tx, &home.account, false).await.unwrap());
    })
    .await;
}

fn passkey(id: &str, user: &UserId) -> Passkey {
    Passkey {
        id: id.into(),
        user: user.clone(),
        name: "Phone".into(),
        public_key: vec![0, 1, 2],
        signatures: 0,
        created_at: at(0),
        used_at: None,
    }
}

#[tokio::test]
async fn a_passkey_answers_each_challenge_once_and_counts_on() {
    on_both_engines(async |house: &House| {
        let (user, other) = (house.home().await.user, house.home().await.user);
        let mut tx = house.db.begin().await.unwrap();
        let kept = passkey("one", &user);
        passkeys::insert(&mut tx, &kept).await.unwrap();
        assert_eq!(passkeys::of_user(&mut tx, &user).await.unwrap(), [kept]);
        assert_eq!(factors::standing(&mut tx, &user).await.unwrap().passkeys, 1);
        assert!(passkeys::used(&mut tx, "one", 0, at(1)).await.unwrap(), "it does not count");
        assert!(passkeys::used(&mut tx, "one", 3, at(2)).await.unwrap());
        assert!(!passkeys::used(&mut tx, "one", 3, at(3)).await.unwrap(), "a copy of it");
        assert!(!passkeys::used(&mut tx, "one", 0, at(3)).await.unwrap());
        assert_eq!(passkeys::of_user(&mut tx, &user).await.unwrap()[0].used_at, Some(at(2)));

        let challenge = (&[4; 32], "sign_in");
        passkeys::challenge(&mut tx, challenge, &user, at(5)).await.unwrap();
        assert!(!passkeys::answer(&mut tx, challenge, &other, at(4)).await.unwrap());
        assert!(!passkeys::answer(&mut tx, (&[4; 32], "register"), &user, at(4)).await.unwrap());
        assert!(!passkeys::answer(&mut tx, challenge, &user, at(5)).await.unwrap(), "too late");
        assert!(passkeys::answer(&mut tx, challenge, &user, at(4)).await.unwrap());
        assert!(!passkeys::answer(&mut tx, challenge, &user, at(4)).await.unwrap());
        assert!(!passkeys::remove(&mut tx, &other, "one").await.unwrap());
        assert!(passkeys::remove(&mut tx, &user, "one").await.unwrap());
        passkeys::insert(&mut tx, &passkey("two", &user)).await.unwrap();
        let taken = passkeys::insert(&mut tx, &passkey("two", &other)).await;
        assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    })
    .await;
}

#[tokio::test]
async fn half_a_session_lasts_its_minutes_and_becomes_one_whole_one() {
    on_both_engines(async |house: &House| {
        let user = house.home().await.user;
        let mut tx = house.db.begin().await.unwrap();
        let half = |nth: u8| HalfSession {
            token_hash: [nth; 32],
            user: user.clone(),
            first_step: "password".into(),
            next: "/week".into(),
            password: (nth == 1).then(|| "$argon2id$…".into()),
            expires_at: at(10),
        };
        for nth in [1, 2, 3] {
            half_sessions::insert(&mut tx, &half(nth)).await.unwrap();
        }
        let found = half_sessions::find(&mut tx, &[1; 32], at(9)).await.unwrap();
        assert_eq!(found, Some(half(1)));
        assert_eq!(half_sessions::find(&mut tx, &[1; 32], at(10)).await.unwrap(), None);
        assert_eq!(sessions::find(&mut tx, &[1; 32], at(1)).await.unwrap(), None, "no session");
        assert!(half_sessions::end(&mut tx, &[1; 32]).await.unwrap());
        assert!(!half_sessions::end(&mut tx, &[1; 32]).await.unwrap());
        sessions::end_others(&mut tx, &user, None).await.unwrap();
        assert_eq!(half_sessions::find(&mut tx, &[2; 32], at(1)).await.unwrap(), None);
        half_sessions::insert(&mut tx, &half(4)).await.unwrap();
        sessions::prune(&mut tx, at(10)).await.unwrap();
        assert!(!half_sessions::end(&mut tx, &[4; 32]).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_identity_is_one_users_and_a_user_has_one_of_each_issuer() {
    on_both_engines(async |house: &House| {
        let (user, other) = (house.home().await.user, house.home().await.user);
        let mut tx = house.db.begin().await.unwrap();
        let who = ("https://id.example", "s1");
        assert_eq!(identities::user(&mut tx, who.0, who.1).await.unwrap(), None);
        identities::insert(&mut tx, who, &user, at(0)).await.unwrap();
        assert_eq!(identities::user(&mut tx, who.0, who.1).await.unwrap(), Some(user.clone()));
        assert_eq!(identities::user(&mut tx, "https://x.example", "s1").await.unwrap(), None);
        let all = identities::of_user(&mut tx, &user).await.unwrap();
        assert_eq!(all, [(who.0.to_owned(), at(0))]);
        assert!(!identities::remove(&mut tx, &user, "https://x.example").await.unwrap());
        assert!(identities::remove(&mut tx, &user, who.0).await.unwrap());
        identities::insert(&mut tx, who, &user, at(0)).await.unwrap();
        assert_eq!(identities::remove_all(&mut tx, &user).await.unwrap(), 1);
        identities::insert(&mut tx, who, &user, at(0)).await.unwrap();
        tx.commit().await.unwrap();
        for (who, user) in [(who, &other), (("https://id.example", "s2"), &user)] {
            let mut tx = house.db.begin().await.unwrap();
            let taken = identities::insert(&mut tx, who, user, at(0)).await;
            assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
        }

        let mut tx = house.db.begin().await.unwrap();
        let going = Going {
            state_hash: [1; 32],
            browser_hash: [2; 32],
            next: "/week".into(),
            expires_at: at(10),
        };
        identities::go(&mut tx, &going).await.unwrap();
        let back = async |tx: &mut store::Tx, browser: u8, minutes| {
            identities::come_back(tx, &[1; 32], &[browser; 32], at(minutes)).await.unwrap()
        };
        assert_eq!(back(&mut tx, 9, 1).await, None, "another browser");
        assert_eq!(back(&mut tx, 2, 10).await, None, "too late");
        assert_eq!(back(&mut tx, 2, 1).await.as_deref(), Some("/week"));
        assert_eq!(back(&mut tx, 2, 1).await, None, "once");
    })
    .await;
}

#[tokio::test]
async fn an_account_lets_an_issuer_alone_sign_in_and_lists_who_never_did_there() {
    on_both_engines(async |house: &House| {
        let (home, stranger) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let colleague = house.user(&mut tx, &home.account).await;
        let issuer = "https://id.example";
        identities::insert(&mut tx, (issuer, "s1"), &home.user, at(0)).await.unwrap();
        let elsewhere = ("https://x.example", "s1");
        identities::insert(&mut tx, elsewhere, &colleague.id, at(0)).await.unwrap();
        for issuer in [issuer, "https://id.example/"] {
            let without = identities::names_without(&mut tx, &home.account, issuer).await.unwrap();
            assert_eq!(without, std::slice::from_ref(&colleague.name));
        }
        assert!(!identities::is_required(&mut tx, &home.account).await.unwrap());
        assert!(identities::require(&mut tx, &home.account, true).await.unwrap());
        assert!(!identities::require(&mut tx, &home.account, true).await.unwrap());
        assert!(identities::is_required(&mut tx, &home.account).await.unwrap());
        assert!(!identities::is_required(&mut tx, &stranger.account).await.unwrap());
        assert!(identities::require(&mut tx, &home.account, false).await.unwrap());
    })
    .await;
}
