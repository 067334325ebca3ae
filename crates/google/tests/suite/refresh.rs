//! Access tokens renewed and taken back.

use connection::{ProviderError, SignedOutWhy};
use sandbox::{Failure, Often, Rotation};

use crate::house::{House, WHO};

#[tokio::test]
async fn the_refresh_token_is_kept_where_no_new_one_comes_and_replaced_where_one_does() {
    let house = House::new();
    let (sign_in, now) = (house.adapter.sign_in.clone().unwrap(), house.sandbox.now());
    let held = house.tokens().await;
    let kept = sign_in.refresh(&held, now).await.unwrap();
    assert_eq!(kept.refresh.reveal(), held.refresh.reveal());
    assert_ne!(kept.access.reveal(), held.access.reveal());
    assert_eq!(kept.account, held.account);
    assert_eq!(kept.scopes.len(), 6);
    assert_eq!(kept.expires_at.duration_since(now).as_secs(), 3599);
    let mut manners = house.google.manners();
    manners.rotation = Rotation::Strict;
    house.google.set_manners(manners);
    let turned = sign_in.refresh(&kept, now).await.unwrap();
    assert_ne!(turned.refresh.reveal(), kept.refresh.reveal());
}

#[tokio::test]
async fn only_a_grant_that_was_taken_back_signs_out() {
    let house = House::new();
    let (sign_in, now) = (house.adapter.sign_in.clone().unwrap(), house.sandbox.now());
    let held = house.tokens().await;
    for (status, retry_after_s, code) in
        [(500, None, "unavailable"), (429, None, "unavailable"), (503, Some(30), "throttled")]
    {
        let often = Often::Times(1);
        let fault = Failure { status, often, retry_after_s, method: None };
        house.google.change_faults(None, |all| all.token_fail = Some(fault)).unwrap();
        assert_eq!(sign_in.refresh(&held, now).await.unwrap_err().code(), code, "{status}");
        house.google.change_faults(None, |all| all.token_fail = None).unwrap();
    }
    let house = House::new();
    let sign_in = house.adapter.sign_in.clone().unwrap();
    let held = house.tokens().await;
    house.google.change_faults(None, |all| all.token_answer_lost = Often::Times(1)).unwrap();
    assert_eq!(sign_in.refresh(&held, now).await.unwrap_err().code(), "unavailable");
    assert!(sign_in.refresh(&held, now).await.is_ok(), "it was only an outage");
    house.google.revoke(WHO).unwrap();
    let why = SignedOutWhy::AccessWithdrawn;
    assert_eq!(sign_in.refresh(&held, now).await.unwrap_err(), ProviderError::SignedOut { why });
}

#[tokio::test]
async fn an_access_token_that_ended_is_told_as_such_by_every_call() {
    let house = House::new();
    let access = house.access().await;
    house.google.expire_access_tokens(WHO).unwrap();
    let listed = house.adapter.calendars.calendars(&access).await;
    assert_eq!(listed.unwrap_err().code(), "token_refused");
}

#[tokio::test]
async fn a_permission_that_was_taken_back_is_told_as_such() {
    let house = House::new();
    let access = house.access().await;
    let scope = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
    house.google.withdraw_scope(WHO, scope).unwrap();
    let listed = house.adapter.calendars.calendars(&access).await;
    assert_eq!(listed.unwrap_err().code(), "scope_missing");
}

/// Quirk google-7: it is the whole of what the account gave to this client.
#[tokio::test]
async fn quirk_google_7_taking_back_one_grant_takes_back_all_of_that_account() {
    let house = House::new();
    let (sign_in, now) = (house.adapter.sign_in.clone().unwrap(), house.sandbox.now());
    let (one, other) = (house.tokens().await, house.tokens().await);
    sign_in.revoke(&one).await.unwrap();
    for tokens in [&one, &other] {
        assert_eq!(sign_in.refresh(tokens, now).await.unwrap_err().code(), "signed_out");
    }
    sign_in.revoke(&one).await.expect("what is taken back already counts as taken back");
}
