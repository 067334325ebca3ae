//! Signing in: authorities, the pages, the code, the tokens, and what ends them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use sandbox::{MICROSOFT_CLIENT_ID, Rotation, Sandbox, TokenError};
use serde_json::{Value, json};

use super::client::{ALL, Client, LENA, Microsoft, TESS, form, refreshed, seeded, token};
use crate::api::{CALLBACK, VERIFIER, back, changed, wish_of};
use crate::client::{Answer, request};

const ROLF: &str = "rolf.berg@strict.example";
const SCOPE: &str = "openid profile email offline_access User.Read \
    https://graph.microsoft.com/Calendars.ReadWrite";

/// What a program asks for, with some of it changed.
fn wish(changes: &[(&str, &str)]) -> String {
    wish_of::<Microsoft>(SCOPE, changes)
}

async fn open(sandbox: &Sandbox, tenant: &str, query: &str) -> Answer {
    let path = format!("/{tenant}/oauth2/v2.0/authorize?{query}");
    request(sandbox, "GET", &path, &[], "").await
}

async fn decide(sandbox: &Sandbox, query: &str, email: &str, decision: &str) -> Answer {
    let pairs = [("query", query), ("account", email), ("decision", decision)];
    form(sandbox, "/common/oauth2/v2.0/authorize/decision", &pairs).await
}

async fn code(sandbox: &Sandbox, email: &str) -> String {
    let answer = decide(sandbox, &wish(&[]), email, "allow").await;
    back(&answer, "code").unwrap()
}

async fn redeem(sandbox: &Sandbox, code: &str, changes: &[(&str, &str)]) -> Answer {
    let pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("scope", SCOPE),
    ];
    token(sandbox, &changed(pairs, changes)).await
}

fn claims(answer: &Answer) -> Value {
    let token = answer.json()["id_token"].as_str().unwrap().to_owned();
    let middle = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&middle).unwrap()
}

/// The error, and the number of its code.
fn refusal(answer: &Answer) -> (String, u64) {
    let body = answer.json();
    let code = body["error_codes"][0].as_u64().unwrap();
    let says = body["error_description"].as_str().unwrap();
    assert!(says.starts_with(&format!("AADSTS{code}: ")), "{says}");
    for name in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
        assert!(body[name].is_string(), "{name}");
    }
    (body["error"].as_str().unwrap().to_owned(), code)
}

#[tokio::test]
async fn the_pages_ask_who_and_what_and_go_back_with_a_code() {
    let sandbox = seeded();
    let accounts = open(&sandbox, "common", &wish(&[])).await;
    assert!(accounts.text().contains(LENA) && accounts.text().contains(TESS));
    let hint = wish(&[("login_hint", LENA)]);
    let page = open(&sandbox, "common", &hint).await;
    for text in ["Have full access to your calendars", "Accept", "Cancel", "Lena Hoff"] {
        assert!(page.text().contains(text), "{text}");
    }
    assert!(!page.text().contains("<script"));
    let yes = decide(&sandbox, &wish(&[]), LENA, "allow").await;
    assert_eq!(back(&yes, "state").unwrap(), "s t&a");
    assert!(back(&yes, "code").is_some() && back(&yes, "session_state").is_some());
    let no = decide(&sandbox, &wish(&[]), LENA, "cancel").await;
    assert_eq!(back(&no, "error").unwrap(), "access_denied");
    assert!(back(&no, "error_description").unwrap().starts_with("AADSTS65004"));
    assert_eq!(back(&no, "state").unwrap(), "s t&a");
    let known = open(&sandbox, "common", &hint).await;
    assert!(back(&known, "code").is_some(), "who has allowed it all is not asked again");
    let again = wish(&[("login_hint", LENA), ("prompt", "consent")]);
    assert_eq!(open(&sandbox, "common", &again).await.status, 200);
    let silent = wish(&[("login_hint", TESS), ("prompt", "none")]);
    let silent = open(&sandbox, "common", &silent).await;
    assert_eq!(back(&silent, "error").unwrap(), "consent_required");
}

#[tokio::test]
async fn an_authority_lets_in_its_own_accounts_only() {
    let sandbox = seeded();
    let work = sandbox.microsoft().people().into_iter().find(|it| it.email == LENA).unwrap();
    let cases = [
        ("organizations", true, false),
        ("consumers", false, true),
        (work.tenant.id.as_str(), true, false),
        ("fabrikam.example", true, false),
    ];
    for (tenant, lena, tess) in cases {
        let page = open(&sandbox, tenant, &wish(&[])).await;
        let has = |email: &str| page.text().contains(email);
        assert_eq!((has(LENA), has(TESS)), (lena, tess), "{tenant}");
    }
    let code = code(&sandbox, TESS).await;
    let client = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let elsewhere = form(&sandbox, "/organizations/oauth2/v2.0/token", &client).await;
    assert_eq!(elsewhere.json()["error_codes"], json!([90_014]));
    let nowhere = form(&sandbox, "/nowhere/oauth2/v2.0/token", &client).await;
    assert_eq!(refusal(&nowhere), ("invalid_request".into(), 90_002));
    assert!(open(&sandbox, "nowhere", &wish(&[])).await.text().contains("AADSTS90002"));
}

#[tokio::test]
async fn what_a_program_does_wrong_stays_at_microsoft_or_goes_back() {
    let sandbox = seeded();
    for (change, code) in
        [(("client_id", "other"), "AADSTS700016"), (("redirect_uri", "urn:x"), "AADSTS50011")]
    {
        let page = open(&sandbox, "common", &wish(&[change])).await;
        assert!(page.status == 400 && page.text().contains(code), "{code}");
    }
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("scope", "Mail.Everything"), "invalid_scope"),
    ] {
        let answer = open(&sandbox, "common", &wish(&[change])).await;
        assert_eq!(back(&answer, "error").unwrap(), error);
    }
}

#[tokio::test]
async fn a_code_opens_once_with_its_verifier_and_not_for_long() {
    let sandbox = seeded();
    let secret = code(&sandbox, LENA).await;
    let good = redeem(&sandbox, &secret, &[]).await;
    let body = good.json();
    assert_eq!((good.status.as_u16(), &body["token_type"]), (200, &json!("Bearer")));
    assert_eq!((&body["expires_in"], &body["ext_expires_in"]), (&json!(3959), &json!(3959)));
    assert_eq!(body["scope"], "Calendars.ReadWrite User.Read email openid profile");
    assert!(body["access_token"].as_str().unwrap().starts_with("eyJ"));
    assert!(body["refresh_token"].is_string());
    let twice = redeem(&sandbox, &secret, &[]).await;
    assert_eq!(refusal(&twice), ("invalid_grant".into(), 54_005));
    let cases = [
        (("code_verifier", "other"), 501_481),
        (("redirect_uri", "http://127.0.0.1/other"), 50_011),
        (("code", "bogus"), 70_000),
        (("grant_type", "password"), 9_002_313),
        (("scope", "Mail.Everything"), 70_011),
    ];
    for (change, number) in cases {
        let secret = code(&sandbox, LENA).await;
        assert_eq!(refusal(&redeem(&sandbox, &secret, &[change]).await).1, number, "{change:?}");
    }
    let late = code(&sandbox, LENA).await;
    sandbox.set_forward(SignedDuration::from_secs(600));
    assert_eq!(refusal(&redeem(&sandbox, &late, &[]).await).1, 70_008);
}

#[tokio::test]
async fn the_id_token_says_who_and_of_which_tenant() {
    let sandbox = seeded();
    let work = claims(&redeem(&sandbox, &code(&sandbox, LENA).await, &[]).await);
    assert_eq!((&work["preferred_username"], &work["name"]), (&json!(LENA), &json!("Lena Hoff")));
    assert_eq!((&work["nonce"], &work["aud"]), (&json!("n-1"), &json!(MICROSOFT_CLIENT_ID)));
    let tenant = work["tid"].as_str().unwrap();
    assert_eq!(work["iss"], format!("http://google.example/{tenant}/v2.0"));
    let me = sandbox.microsoft().people().into_iter().find(|it| it.email == LENA).unwrap();
    assert_eq!((work["oid"].as_str().unwrap(), tenant), (me.oid.as_str(), me.tenant.id.as_str()));
    assert_ne!(work["sub"], work["oid"]);
    let answer = redeem(&sandbox, &code(&sandbox, TESS).await, &[]).await;
    let personal = claims(&answer);
    assert_eq!(personal["tid"], "9188040d-6c67-4c5b-b112-36a304b66dad");
    assert!(answer.json()["access_token"].as_str().unwrap().starts_with("EwB"), "opaque");
    let host = [("host", "google.example")];
    let path = "/common/v2.0/.well-known/openid-configuration";
    let discovery = request(&sandbox, "GET", path, &host, "").await.json();
    assert_eq!(discovery["issuer"], "http://google.example/{tenantid}/v2.0");
    let keys = discovery["jwks_uri"].as_str().unwrap().strip_prefix("http://google.example");
    let keys = request(&sandbox, "GET", keys.unwrap(), &host, "").await.json();
    assert_eq!(keys["keys"][0]["alg"], "RS256");
}

#[tokio::test]
async fn a_refresh_token_comes_for_offline_access_only() {
    let sandbox = seeded();
    let query = wish(&[("scope", "openid Calendars.ReadWrite")]);
    let answer = decide(&sandbox, &query, LENA, "allow").await;
    let issued = redeem(&sandbox, &back(&answer, "code").unwrap(), &[("scope", "")]).await;
    assert!(issued.json().get("refresh_token").is_none());
}

#[tokio::test]
async fn every_refresh_brings_a_new_token_and_the_old_one_stays() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let fresh = refreshed(&client.sandbox, &client.refresh).await.json();
    let fresh = fresh["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(fresh, client.refresh);
    assert_eq!(refreshed(&client.sandbox, &client.refresh).await.status, 200);
    let more = [("grant_type", "refresh_token"), ("refresh_token", fresh.as_str())];
    let more: Vec<_> = more.into_iter().chain([("scope", "Calendars.Read.Shared")]).collect();
    assert_eq!(refusal(&token(&client.sandbox, &more).await), ("invalid_grant".into(), 65_001));
    client.change_manners(|it| it.rotation = Rotation::Strict);
    assert_eq!(refreshed(&client.sandbox, &fresh).await.status, 200);
    assert_eq!(refusal(&refreshed(&client.sandbox, &fresh).await).1, 50_173);
    let client = Client::of(seeded(), LENA, ALL).await;
    client.change_manners(|it| it.rotation = Rotation::Never);
    let kept = refreshed(&client.sandbox, &client.refresh).await.json();
    assert!(kept.get("refresh_token").is_none());
}

#[tokio::test]
async fn tokens_end_of_age_by_revocation_and_by_order() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let sandbox = client.sandbox.clone();
    client.levers().expire_access_tokens(LENA).unwrap();
    let ended = client.get("/me").await;
    assert_eq!(ended.code(), (401, "InvalidAuthenticationToken".into()));
    assert!(ended.header("www-authenticate").starts_with("Bearer"));
    sandbox.set_forward(SignedDuration::from_hours(90 * 24));
    assert_eq!(
        refusal(&refreshed(&sandbox, &client.refresh).await),
        ("invalid_grant".into(), 700_082)
    );
    let client = Client::of(sandbox.clone(), LENA, ALL).await;
    client.levers().expire_refresh_tokens(LENA).unwrap();
    assert_eq!(refusal(&refreshed(&sandbox, &client.refresh).await).1, 700_082);
    let client = Client::of(sandbox.clone(), LENA, ALL).await;
    client.levers().revoke(LENA).unwrap();
    let revoked = refreshed(&sandbox, &client.refresh).await;
    assert_eq!(refusal(&revoked), ("invalid_grant".into(), 50_173));
    assert_eq!(client.get("/me").await.status, 401);
    assert_eq!(refusal(&refreshed(&sandbox, "bogus").await).1, 70_000);
}

#[tokio::test]
async fn a_wrong_or_old_client_is_told_apart_from_a_dead_grant() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let sandbox = client.sandbox.clone();
    let with = async |secret: &[(&str, &str)]| {
        let mut pairs =
            vec![("grant_type", "refresh_token"), ("refresh_token", client.refresh.as_str())];
        pairs.extend(secret);
        let answer = form(&sandbox, "/common/oauth2/v2.0/token", &pairs).await;
        (answer.status.as_u16(), refusal(&answer))
    };
    let id = ("client_id", MICROSOFT_CLIENT_ID);
    let invalid = |number| (401, ("invalid_client".to_owned(), number));
    assert_eq!(with(&[id, ("client_secret", "old")]).await, invalid(7_000_215));
    assert_eq!(with(&[id]).await, invalid(7_000_218));
    assert_eq!(with(&[("client_id", "other")]).await.1, ("unauthorized_client".into(), 700_016));
    let set = client.levers().change_faults(None, |faults| faults.secret_expired = true);
    set.unwrap();
    assert_eq!(refusal(&refreshed(&sandbox, &client.refresh).await).1, 7_000_222);
    sandbox.clear_faults();
    let codes = [
        (50_196, "invalid_grant"),
        (90_033, "temporarily_unavailable"),
        (50_076, "interaction_required"),
    ];
    for (code, error) in codes {
        let order = Some(TokenError { code, often: sandbox::Often::Times(1) });
        client.levers().change_faults(Some(LENA), |faults| faults.token_error = order).unwrap();
        let answer = refreshed(&sandbox, &client.refresh).await;
        assert_eq!(refusal(&answer), (error.to_owned(), u64::from(code)));
        assert_eq!(answer.json()["claims"].is_string(), error == "interaction_required");
        assert_eq!(answer.status == 503, error == "temporarily_unavailable");
    }
    assert_eq!(refreshed(&sandbox, &client.refresh).await.status, 200);
}

#[tokio::test]
async fn where_only_administrators_consent_people_are_stopped() {
    let sandbox = seeded();
    let page = decide(&sandbox, &wish(&[]), ROLF, "allow").await;
    assert!(page.text().contains("AADSTS90094") && page.header("location").is_empty());
    let returned = decide(&sandbox, &wish(&[]), ROLF, "needs_admin").await;
    assert!(back(&returned, "error_description").unwrap().starts_with("AADSTS90094"));
    let identity = wish(&[("scope", "openid profile")]);
    let allowed = decide(&sandbox, &identity, ROLF, "allow").await;
    assert!(back(&allowed, "code").is_some(), "who one is may be said");
    let admin = "/strict.example/v2.0/adminconsent";
    let page = request(&sandbox, "GET", &format!("{admin}?{}", wish(&[])), &[], "").await;
    assert!(page.text().contains("strict.example") && page.text().contains("Accept"));
    let query = wish(&[]);
    let decision = |what| [("query", query.as_str()), ("decision", what)];
    let no = form(&sandbox, &format!("{admin}/decision"), &decision("cancel")).await;
    assert_eq!(back(&no, "error").unwrap(), "access_denied");
    let yes = form(&sandbox, &format!("{admin}/decision"), &decision("allow")).await;
    assert_eq!(back(&yes, "admin_consent").unwrap(), "True");
    assert!(back(&yes, "tenant").is_some() && back(&yes, "scope").is_some());
    let hint = open(&sandbox, "common", &wish(&[("login_hint", ROLF)])).await;
    assert!(back(&hint, "code").is_some(), "now nobody is asked");
    sandbox.microsoft().set_users_consent("strict.example", true).unwrap();
    sandbox.microsoft().set_users_consent("strict.example", false).unwrap();
    let again = wish(&[("prompt", "consent")]);
    assert!(decide(&sandbox, &again, ROLF, "allow").await.text().contains("AADSTS90094"));
}

#[tokio::test]
async fn consent_goes_wrong_on_order() {
    let sandbox = seeded();
    let change = |change: fn(&mut sandbox::MicrosoftFaults)| {
        sandbox.microsoft().change_faults(Some(LENA), change).unwrap();
    };
    change(|it| it.refresh_token_missing = true);
    let issued = redeem(&sandbox, &code(&sandbox, LENA).await, &[]).await;
    assert!(issued.json().get("refresh_token").is_none());
    let sandbox = seeded();
    let change = |change: fn(&mut sandbox::MicrosoftFaults)| {
        sandbox.microsoft().change_faults(Some(LENA), change).unwrap();
    };
    change(|it| it.scope_missing = Some("Calendars.ReadWrite".into()));
    let issued = redeem(&sandbox, &code(&sandbox, LENA).await, &[]).await.json();
    assert!(!issued["scope"].as_str().unwrap().contains("Calendars"));
    change(|it| it.sign_in_refused = Some(53_003));
    let page = decide(&sandbox, &wish(&[]), LENA, "allow").await;
    assert!(page.text().contains("AADSTS53003"));
}
