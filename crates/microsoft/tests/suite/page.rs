//! Signing in through the sandbox's own pages.

use connection::{CheckResult, Conference, Credential, FailureCode};
use sandbox::{AccountKind, Often, TokenError};
use url::Url;

use crate::house::{House, WHO};

fn field(back: &Url, name: &str) -> String {
    let mut all = back.query_pairs();
    all.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_person_signs_in_with_a_work_and_a_personal_account_of_one_name() {
    let house = House::new();
    let back = house.decide(WHO, "allow_all").await;
    assert_eq!(field(&back, "state"), "state-1");
    let (examined, told) = house.examine(&field(&back, "code")).await;
    let work = examined.unwrap();
    assert!(told.checks().iter().all(|check| check.result != CheckResult::Fail));
    assert_eq!(work.principal.name, WHO);
    assert_eq!(work.calendars[0].conference, Some(Conference::Teams));
    house.levers.add_person("tess@outlook.example", "Tess", AccountKind::Personal);
    let back = house.decide("tess@outlook.example", "allow_all").await;
    let personal = house.examine(&field(&back, "code")).await.0.unwrap();
    assert_ne!(work.principal.id, personal.principal.id);
    assert!(personal.principal.id.contains("9188040d-6c67-4c5b-b112-36a304b66dad"));
    assert_eq!(personal.calendars[0].conference, None, "no Teams for personal accounts");
    let Credential::Tokens(tokens) = personal.credential else { panic!("tokens are kept") };
    let fresh = house.sign_in().refresh(&tokens, house.sandbox.now()).await.unwrap();
    assert_ne!(fresh.access.reveal(), tokens.access.reveal());
    house.levers.revoke("tess@outlook.example").unwrap();
    let dead = house.sign_in().refresh(&fresh, house.sandbox.now()).await.unwrap_err();
    assert_eq!(dead.code(), "signed_out");
}

#[tokio::test]
async fn a_person_who_says_no_and_one_whose_administrator_must_agree_are_told() {
    let house = House::new();
    for (decision, code) in
        [("cancel", FailureCode::Cancelled), ("needs_admin", FailureCode::ConsentByAdmin)]
    {
        let back = house.decide(WHO, decision).await;
        let back = connection::CameBack {
            error: field(&back, "error"),
            description: field(&back, "error_description"),
        };
        let request = connection::ConsentRequest {
            redirect_uri: crate::house::BACK.into(),
            state: "state-1".into(),
            challenge: String::new(),
            login_hint: None,
        };
        assert_eq!(house.sign_in().refused(&back, &request).code, code);
    }
}

#[tokio::test]
async fn a_code_is_good_once() {
    let house = House::new();
    let code = field(&house.decide(WHO, "allow_all").await, "code");
    house.examine(&code).await.0.unwrap();
    let again = house.examine(&code).await.0.unwrap_err();
    assert_eq!(again.code, FailureCode::SignInExpired);
}

#[tokio::test]
async fn every_number_that_the_sandbox_knows_has_its_consequence() {
    let house = House::new();
    let access = house.access().await;
    let Credential::Tokens(tokens) = access.credential().clone() else { panic!("tokens") };
    for (numbers, means) in [
        (
            &[700_082, 70_008, 70_043, 700_084, 50_173, 70_000, 54_005, 50_076, 50_079, 50_074][..],
            "signed_out",
        ),
        (&[50_158, 53_000, 53_003, 50_057, 50_034, 50_020, 50_105, 501_481], "signed_out"),
        (&[65_001, 65_004], "scope_missing"),
        (&[90_093, 90_094, 90_095, 650_056], "consent_by_admin"),
        (&[700_016, 90_002, 7_000_112, 7_000_215, 7_000_222, 7_000_218, 50_011], "set_up"),
        (&[70_011, 28_000, 28_002, 90_014], "set_up"),
        (&[50_196, 90_033, 50_033, 90_006], "unavailable"),
    ] {
        for code in numbers.iter().copied() {
            let often = Often::Always;
            let order =
                |f: &mut sandbox::MicrosoftFaults| f.token_error = Some(TokenError { code, often });
            house.levers.change_faults(None, order).unwrap();
            let failed = house.sign_in().refresh(&tokens, house.sandbox.now()).await.unwrap_err();
            assert_eq!(failed.code(), means, "{code}");
        }
    }
}

#[tokio::test]
async fn the_sandboxs_client_is_known_and_another_is_not() {
    let house = House::new();
    assert_eq!(house.sign_in().check_client(crate::house::BACK).await, Ok(()));
    house.levers.change_faults(None, |faults| faults.secret_expired = true).unwrap();
    let refusal = house.sign_in().check_client(crate::house::BACK).await.unwrap_err();
    assert!(refusal.say.contains("expired"), "{}", refusal.say);
}
