//! Every way in which signing in can come out.

use connection::{CameBack, ConsentRequest, Credential, FailureCode, Refusal, Secret};
use google::Settings;
use jiff::SignedDuration;
use sandbox::{Failure, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GoogleFaults, Often, Throttle};
use url::Url;

use crate::house::{BACK, BASE, House, SCOPES, VERIFIER, WHO, code};

#[tokio::test]
async fn a_good_sign_in_tells_every_line_and_keeps_what_it_needs() {
    let house = House::new();
    let (examined, lines) = house.examine(None).await;
    let examined = examined.unwrap();
    assert_eq!(
        lines.all(),
        [
            "server_found pass: Google's sign-in answers.",
            "signed_in pass: Google let ada@gmail.example in. Access lasts until it is taken back.",
            "permissions pass: Everything that is needed was allowed.",
            "calendars_listed pass: 1 calendar at Google.",
            "can_write pass: Every calendar may be written to.",
            "changes pass: It tells what changed since the last time (sync tokens).",
            "clock pass: Its clock agrees with ours.",
            "limits pass: No limits are known for this account.",
        ]
    );
    assert_eq!((examined.principal.name.as_str(), examined.principal.addresses.len()), (WHO, 1));
    assert!(examined.principal.id.starts_with("google:"), "{:?}", examined.principal);
    let Credential::Tokens(tokens) = examined.credential else { panic!("tokens are kept") };
    assert_eq!(tokens.account, examined.principal.id);
    assert!(tokens.expires_at > house.sandbox.now());
    assert_eq!(tokens.ends_at, None);
}

#[tokio::test]
async fn a_missing_permission_refuses_or_warns_and_says_what_it_costs() {
    for (left_out, code) in [
        ("calendar.calendarlist.readonly", Some(FailureCode::ScopeMissing)),
        ("calendar.events", Some(FailureCode::ScopeMissing)),
        ("calendar.events.freebusy", None),
    ] {
        let house = House::new();
        let ticked: Vec<&str> =
            SCOPES.into_iter().filter(|it| !it.ends_with(&format!("/{left_out}"))).collect();
        assert_eq!(ticked.len(), SCOPES.len() - 1, "{left_out} is one of them");
        let (examined, lines) = house.examine(Some(&ticked)).await;
        assert_eq!(examined.as_ref().err().map(|refusal| refusal.code), code, "{left_out}");
        match code {
            Some(_) => assert_eq!(lines.failed().unwrap().name.as_str(), "permissions"),
            None => assert!(lines.all().iter().any(|it| it.starts_with("permissions warn: Not"))),
        }
    }
}

/// Quirk google-8 among them: consent is asked for each time.
#[tokio::test]
async fn the_address_of_googles_page_asks_for_all_that_is_needed() {
    let house = House::new();
    let sign_in = house.adapter.sign_in.as_ref().unwrap();
    let page = |hint: Option<&str>| -> Url {
        let request = ConsentRequest {
            redirect_uri: BACK.into(),
            state: "a b&c".into(),
            challenge: "ch".into(),
            login_hint: hint.map(str::to_owned),
        };
        sign_in.authorize_url(&request).parse().unwrap()
    };
    let get = |url: &Url, name: &str| {
        let all: Vec<_> = url.query_pairs().filter(|(it, _)| it == name).collect();
        assert!(all.len() < 2, "{name} is there once");
        all.first().map(|(_, value)| value.clone().into_owned())
    };
    let adding = page(None);
    assert_eq!(adding.path(), "/o/oauth2/v2/auth");
    for (name, value) in [
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("state", "a b&c"),
        ("access_type", "offline"),
        ("prompt", "select_account consent"),
        ("code_challenge", "ch"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(get(&adding, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(get(&adding, "scope").unwrap().split(' ').count(), SCOPES.len());
    assert_eq!((get(&adding, "login_hint"), get(&adding, "include_granted_scopes")), (None, None));
    let repairing = page(Some(WHO));
    assert_eq!(get(&repairing, "prompt").as_deref(), Some("consent"));
    assert_eq!(get(&repairing, "login_hint").as_deref(), Some(WHO));
}

#[tokio::test]
async fn whoever_says_no_at_google_is_told_that_nothing_changed() {
    let house = House::new();
    let back = house.decide(None, &[("decision", "cancel")]).await;
    let error = back.query_pairs().find(|(name, _)| name == "error").unwrap().1.into_owned();
    let refusal = came_back(&house, &error, None);
    assert_eq!(refusal.code, FailureCode::Cancelled);
    let repairing = came_back(&house, &error, Some(WHO));
    assert!(repairing.say.contains(WHO), "{}", repairing.say);
}

fn came_back(house: &House, error: &str, hint: Option<&str>) -> Refusal {
    let back = CameBack { error: error.into(), description: "their own words".into() };
    let request = ConsentRequest {
        redirect_uri: BACK.into(),
        state: "s".into(),
        challenge: "c".into(),
        login_hint: hint.map(str::to_owned),
    };
    house.adapter.sign_in.as_ref().unwrap().refused(&back, &request)
}

#[test]
fn every_way_back_without_a_code_says_what_to_do() {
    let house = House::new();
    for (error, code) in [
        ("access_denied", FailureCode::Cancelled),
        ("admin_policy_enforced", FailureCode::ConsentByAdmin),
        ("org_internal", FailureCode::WorkAccountNeeded),
        ("disallowed_useragent", FailureCode::Refused),
        ("server_error", FailureCode::Unreachable),
        ("temporarily_unavailable", FailureCode::Unreachable),
        ("", FailureCode::SignInExpired),
        ("invalid_request", FailureCode::SetUp),
        ("invalid_client", FailureCode::SetUp),
        ("deleted_client", FailureCode::SetUp),
        ("disabled_client", FailureCode::SetUp),
        ("unauthorized_client", FailureCode::SetUp),
        ("invalid_scope", FailureCode::SetUp),
        ("redirect_uri_mismatch", FailureCode::SetUp),
        ("interaction_required", FailureCode::Refused),
        ("made_up", FailureCode::Refused),
    ] {
        let refusal = came_back(&house, error, None);
        assert_eq!(refusal.code, code, "{error}");
        assert!(
            refusal.say.ends_with('.') && !refusal.say.contains("their own words"),
            "{}",
            refusal.say
        );
    }
}

#[test]
fn an_administrator_of_a_workspace_is_told_where_to_trust_which_client() {
    let house = House::new();
    let refusal = came_back(&house, "admin_policy_enforced", None);
    let step = house.adapter.sign_in.as_ref().unwrap().admin_step(BACK);
    assert_eq!(step.hand, GOOGLE_CLIENT_ID);
    for part in ["Google Admin console", "API controls", "App access control", &step.hand] {
        assert!(refusal.say.contains(part), "{}", refusal.say);
    }
    assert!(refusal.say.contains(step.say), "the page of a repair says the same");
}

#[tokio::test]
async fn a_code_opens_once_and_only_for_who_began() {
    let house = House::new();
    let first = code(&house.decide(None, &[("decision", "allow_all")]).await);
    let (stolen, lines) = house.redeem(&first, "another verifier, of somebody else entirely").await;
    assert_eq!(stolen.unwrap_err().code, FailureCode::SignInExpired);
    assert_eq!(lines.failed().unwrap().name.as_str(), "signed_in");
    let second = code(&house.decide(None, &[("decision", "allow_all")]).await);
    house.redeem(&second, VERIFIER).await.0.unwrap();
    let (again, _) = house.redeem(&second, VERIFIER).await;
    assert_eq!(again.unwrap_err().code, FailureCode::SignInExpired);
    let third = code(&house.decide(None, &[("decision", "allow_all")]).await);
    house.sandbox.set_forward(SignedDuration::from_mins(11));
    assert_eq!(
        house.redeem(&third, VERIFIER).await.0.unwrap_err().code,
        FailureCode::SignInExpired
    );
}

#[tokio::test]
async fn without_a_refresh_token_nothing_is_connected() {
    let house = House::new();
    house.google.change_faults(Some(WHO), |faults| faults.refresh_token_missing = true).unwrap();
    let (examined, lines) = house.examine(None).await;
    assert_eq!(examined.unwrap_err().code, FailureCode::NoRefreshToken);
    assert_eq!(lines.failed().unwrap().name.as_str(), "signed_in");
}

#[tokio::test]
async fn a_project_in_testing_is_told_with_the_day_on_which_it_ends() {
    let house = House::new();
    let mut manners = house.google.manners();
    manners.refresh_token_life_s = Some(604_800);
    house.google.set_manners(manners);
    let (examined, lines) = house.examine(None).await;
    let Credential::Tokens(tokens) = examined.unwrap().credential else { panic!("tokens") };
    let week = house.sandbox.now().checked_add(SignedDuration::from_hours(7 * 24)).unwrap();
    assert_eq!(tokens.ends_at, Some(week));
    let say = "limits warn: Renew before 2026-11-09: Google ends this then";
    assert!(lines.all().iter().any(|line| line.starts_with(say)), "{:?}", lines.all());
}

#[tokio::test]
async fn who_it_is_is_asked_for_where_no_id_token_says_it() {
    let house = House::new();
    let (by_token, _) = house.examine(None).await;
    let page = house.authorize(None);
    let without = page.as_str().replace("openid+", "");
    let (asked, _) = house.examine_by(&without.parse().unwrap()).await;
    assert_eq!(asked.unwrap().principal, by_token.unwrap().principal);
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    let house = House::new();
    house.google.change_faults(None, |faults| faults.clock_skew_s = 600).unwrap();
    let (examined, lines) = house.examine(None).await;
    assert!(examined.is_ok());
    let say = "clock warn: Its clock is 10 minutes ahead of ours: check that this \
               machine's clock is set by a time server.";
    assert!(lines.all().iter().any(|line| line == say), "{:?}", lines.all());
}

#[tokio::test]
async fn what_breaks_at_google_while_connecting_is_told_and_nothing_is_kept() {
    let fail = |status: u16| Some(Failure { status, often: Often::Always, ..Failure::default() });
    let cases: [(&str, GoogleFaults, FailureCode, &str); 5] = [
        (
            "the token endpoint is down",
            GoogleFaults { token_fail: fail(503), ..GoogleFaults::default() },
            FailureCode::Unreachable,
            "signed_in",
        ),
        (
            "its answer is lost",
            GoogleFaults { token_answer_lost: Often::Always, ..GoogleFaults::default() },
            FailureCode::Unreachable,
            "signed_in",
        ),
        (
            "the Calendar API is down",
            GoogleFaults { fail: fail(500), ..GoogleFaults::default() },
            FailureCode::Unreachable,
            "calendars_listed",
        ),
        (
            "the list breaks off",
            GoogleFaults { truncate: Often::Always, ..GoogleFaults::default() },
            FailureCode::WebPage,
            "calendars_listed",
        ),
        (
            "it is asked too often",
            GoogleFaults {
                throttle: Some(throttle("userRateLimitExceeded")),
                ..GoogleFaults::default()
            },
            FailureCode::Refused,
            "calendars_listed",
        ),
    ];
    for (what, faults, failure, line) in cases {
        let house = House::new();
        let back = house.decide(None, &[("decision", "allow_all")]).await;
        let key = code(&back);
        house.google.set_faults(None, faults).unwrap();
        let (examined, lines) = house.redeem(&key, VERIFIER).await;
        let refusal = examined.err().unwrap_or_else(|| panic!("{what}: connected"));
        let failed = lines.failed().unwrap_or_else(|| panic!("{what}: no line says so"));
        let is = (refusal.code, failed.name.as_str());
        // A body that is cut is told by its transport or by its JSON.
        let cut = what == "the list breaks off" && refusal.code == FailureCode::Unreachable;
        assert!(is == (failure, line) || cut, "{what}: {is:?} {}", refusal.say);
        assert!(refusal.say.ends_with('.'), "{}", refusal.say);
    }
}

fn throttle(reason: &str) -> Throttle {
    Throttle { reason: reason.into(), often: Often::Always, status: None, retry_after_s: None }
}

#[tokio::test]
async fn a_client_is_checked_without_any_person() {
    let house = House::new();
    let check = |id: &str, secret: &str| {
        let settings = Settings {
            base: Some(BASE.parse().unwrap()),
            client_id: Some(id.into()),
            client_secret: Some(Secret::new(secret)),
        };
        google::adapter(house.client.clone(), settings).sign_in.unwrap()
    };
    let good = check(GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET);
    assert_eq!(good.check_client(BACK).await, Ok(()));
    for wrong in [check("nobody", GOOGLE_CLIENT_SECRET), check(GOOGLE_CLIENT_ID, "wrong")] {
        let refusal = wrong.check_client(BACK).await.unwrap_err();
        assert_eq!(refusal.code, FailureCode::SetUp, "{}", refusal.say);
    }
    let faults = Failure { status: 503, often: Often::Always, ..Failure::default() };
    house.google.change_faults(None, |all| all.token_fail = Some(faults)).unwrap();
    let down = good.check_client(BACK).await.unwrap_err();
    assert_eq!(down.code, FailureCode::Unreachable, "an outage says nothing about the client");
}

#[test]
fn without_a_client_one_cannot_sign_in_and_calendars_are_still_there() {
    let house = House::new();
    for (id, secret) in [(None, None), (Some("id"), None), (None, Some("secret"))] {
        let settings = Settings {
            base: None,
            client_id: id.map(str::to_owned),
            client_secret: secret.map(Secret::new),
        };
        assert!(google::adapter(house.client.clone(), settings).sign_in.is_none());
    }
}
