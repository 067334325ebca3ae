//! Signing in: the pages, the code, the tokens, and what ends them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use sandbox::{GOOGLE_CLIENT_ID, GoogleManners, Rotation, Sandbox};
use serde_json::{Value, json};

use super::client::{ALL, Client, EVENTS, Google, LIST, MARA, form, refreshed, seeded, token};
use crate::api::{CALLBACK, VERIFIER, back, wish_of};
use crate::client::{Answer, request};

/// What a program asks for, with some of it changed.
fn wish(changes: &[(&str, &str)]) -> String {
    wish_of::<Google>(&format!("openid email {EVENTS} {LIST}"), changes)
}

async fn open(sandbox: &Sandbox, query: &str) -> Answer {
    request(sandbox, "GET", &format!("/o/oauth2/v2/auth?{query}"), &[], "").await
}

async fn decide(sandbox: &Sandbox, query: &str, decision: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![("query", query), ("account", MARA)];
    pairs.extend(decision);
    form(sandbox, "/o/oauth2/v2/auth/decision", &pairs).await
}

async fn code(sandbox: &Sandbox, query: &str) -> String {
    let answer = decide(sandbox, query, &[("decision", "allow_all")]).await;
    back(&answer, "code").unwrap_or_else(|| panic!("{}", answer.header("location")))
}

async fn redeem(sandbox: &Sandbox, code: &str, verifier: &str) -> Answer {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ];
    token(sandbox, &pairs).await
}

#[tokio::test]
async fn a_person_chooses_an_account_and_what_may_be_done() {
    let sandbox = seeded();
    let first = open(&sandbox, &wish(&[])).await;
    assert!(first.text().contains("Choose an account") && first.text().contains(MARA));
    let second = open(&sandbox, &format!("{}&account={MARA}", wish(&[]))).await;
    for says in ["View and edit events on all your calendars", "type=\"checkbox\"", "Cancel"] {
        assert!(second.text().contains(says), "{says}");
    }
    assert!(!second.text().contains("<script") && !second.text().contains("value=\"openid\""));
    let hinted = open(&sandbox, &wish(&[("login_hint", MARA)])).await;
    assert_eq!(hinted.text().matches("type=\"checkbox\"").count(), 2);
    let more = wish(&[("login_hint", MARA), ("prompt", "select_account consent")]);
    assert!(open(&sandbox, &more).await.text().contains("Choose an account"));
}

#[tokio::test]
async fn the_way_back_brings_state_code_and_what_was_allowed() {
    let sandbox = seeded();
    let answer = decide(&sandbox, &wish(&[]), &[("decision", "allow"), ("scope", LIST)]).await;
    assert_eq!(answer.status, 302);
    assert_eq!(back(&answer, "state").unwrap(), "s t&a");
    let scope = back(&answer, "scope").unwrap();
    assert!(scope.contains(LIST) && scope.contains("openid") && !scope.contains(EVENTS));
    let tokens = redeem(&sandbox, &back(&answer, "code").unwrap(), VERIFIER).await.json();
    assert_eq!(tokens["scope"], scope);
    let cancelled = decide(&sandbox, &wish(&[]), &[("decision", "cancel")]).await;
    assert_eq!(back(&cancelled, "error").unwrap(), "access_denied");
    assert_eq!(back(&cancelled, "state").unwrap(), "s t&a");
    let only = wish(&[("scope", EVENTS)]);
    let nothing = decide(&sandbox, &only, &[("decision", "allow")]).await;
    assert_eq!(back(&nothing, "error").unwrap(), "access_denied");
}

#[tokio::test]
async fn what_is_wrong_with_the_wish_is_said_on_a_page_and_goes_nowhere() {
    let sandbox = seeded();
    let cases: [(&str, &str, u16, &str); 6] = [
        ("client_id", "somebody", 401, "invalid_client"),
        ("redirect_uri", "http://daymark.example/back", 400, "redirect_uri_mismatch"),
        ("response_type", "token", 400, "unsupported_response_type"),
        ("scope", "https://www.googleapis.com/auth/drive", 400, "invalid_scope"),
        ("scope", "", 400, "invalid_request"),
        ("code_challenge_method", "plain", 400, "invalid_request"),
    ];
    for (name, value, status, error) in cases {
        let page = open(&sandbox, &wish(&[(name, value)])).await;
        assert_eq!(page.status, status, "{name}");
        assert!(page.text().contains(error), "{error}");
        assert_eq!(page.header("location"), "");
    }
}

#[tokio::test]
async fn a_code_opens_once_with_its_verifier_and_callback_for_ten_minutes() {
    let sandbox = seeded();
    let query = wish(&[]);
    let first = code(&sandbox, &query).await;
    let tokens = redeem(&sandbox, &first, VERIFIER).await;
    assert_eq!(tokens.header("cache-control"), "no-store");
    let tokens = tokens.json();
    assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(3599), &json!("Bearer")));
    assert!(tokens["refresh_token"].as_str().unwrap().starts_with("1//"));
    let again = redeem(&sandbox, &first, VERIFIER).await;
    assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &json!("invalid_grant")));
    let second = code(&sandbox, &query).await;
    let wrong = redeem(&sandbox, &second, "another").await.json();
    assert_eq!(wrong["error_description"], "Invalid code verifier.");
    let third = code(&sandbox, &query).await;
    let elsewhere = [
        ("grant_type", "authorization_code"),
        ("code", third.as_str()),
        ("redirect_uri", "http://127.0.0.1:8080/other"),
        ("code_verifier", VERIFIER),
    ];
    let elsewhere = token(&sandbox, &elsewhere).await.json();
    assert_eq!(elsewhere["error"], "redirect_uri_mismatch");
    let late = code(&sandbox, &query).await;
    sandbox.set_forward(SignedDuration::from_secs(600));
    assert_eq!(redeem(&sandbox, &late, VERIFIER).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_comes_with_consent_and_not_without() {
    let sandbox = seeded();
    let online = code(&sandbox, &wish(&[("access_type", "online")])).await;
    let online = redeem(&sandbox, &online, VERIFIER).await.json();
    assert_eq!(online["refresh_token"], Value::Null);
    let known = open(&sandbox, &wish(&[("login_hint", MARA)])).await;
    let silent = back(&known, "code").expect("all is allowed already: no page");
    let silent = redeem(&sandbox, &silent, VERIFIER).await.json();
    assert_eq!(silent["refresh_token"], Value::Null);
    let asked = open(&sandbox, &wish(&[("login_hint", MARA), ("prompt", "consent")])).await;
    assert!(asked.text().contains("checkbox"));
    let again = code(&sandbox, &wish(&[("prompt", "consent")])).await;
    assert!(redeem(&sandbox, &again, VERIFIER).await.json()["refresh_token"].is_string());
}

#[tokio::test]
async fn permissions_add_up_when_asked_to() {
    let sandbox = seeded();
    code(&sandbox, &wish(&[("scope", EVENTS)])).await;
    let more = wish(&[("scope", LIST), ("include_granted_scopes", "true")]);
    let both = code(&sandbox, &more).await;
    let both = redeem(&sandbox, &both, VERIFIER).await.json();
    assert_eq!(both["scope"], format!("{LIST} {EVENTS}"));
}

#[tokio::test]
async fn the_id_token_says_who_it_is_and_the_keys_prove_it() {
    let sandbox = seeded();
    let first = code(&sandbox, &wish(&[])).await;
    let tokens = redeem(&sandbox, &first, VERIFIER).await.json();
    let parts: Vec<&str> = tokens["id_token"].as_str().unwrap().split('.').collect();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    assert_eq!((&claims["email"], &claims["nonce"]), (&json!(MARA), &json!("n-1")));
    assert_eq!((&claims["aud"], &claims["name"]), (&json!(GOOGLE_CLIENT_ID), &Value::Null));
    let host = [("host", "google.example")];
    let keys = request(&sandbox, "GET", "/oauth2/v3/certs", &host, "").await.json();
    let number =
        |name: &str| URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
    let key = ring::signature::RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let signed = format!("{}.{}", parts[0], parts[1]);
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let kind = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
    key.verify(kind, signed.as_bytes(), &signature).unwrap();

    let found = request(&sandbox, "GET", "/.well-known/openid-configuration", &host, "").await;
    assert_eq!(found.json()["issuer"], claims["iss"]);
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let signed_in = [("authorization", bearer.as_str())];
    let who = request(&sandbox, "GET", "/v1/userinfo", &signed_in, "").await.json();
    assert_eq!((&who["sub"], &who["email"]), (&claims["sub"], &json!(MARA)));
    let old = request(&sandbox, "GET", "/oauth2/v2/userinfo", &signed_in, "").await.json();
    assert_eq!((&old["id"], &old["sub"]), (&claims["sub"], &Value::Null));
    let nobody = request(&sandbox, "GET", "/v1/userinfo", &[], "").await;
    assert_eq!(nobody.status, 401);
    let path = format!("/tokeninfo?access_token={}", tokens["access_token"].as_str().unwrap());
    let told = request(&sandbox, "GET", &path, &[], "").await.json();
    assert_eq!((&told["aud"], &told["expires_in"]), (&json!(GOOGLE_CLIENT_ID), &json!("3599")));
}

#[tokio::test]
async fn an_access_token_ends_after_an_hour_and_is_renewed() {
    let client = Client::new().await;
    assert_eq!(client.get("/calendars/primary/events").await.status, 200);
    client.sandbox.set_forward(SignedDuration::from_secs(3600));
    let ended = client.get("/calendars/primary/events").await;
    assert_eq!(ended.refusal(), (401, "authError".into()));
    assert!(ended.header("www-authenticate").starts_with("Bearer"));
    let fresh = refreshed(&client.sandbox, &client.refresh).await.json();
    assert_eq!((&fresh["refresh_token"], &fresh["scope"]), (&Value::Null, &json!(ALL)));
    let mut client = client;
    fresh["access_token"].as_str().unwrap().clone_into(&mut client.token);
    assert_eq!(client.get("/calendars/primary/events").await.status, 200);
}

#[tokio::test]
async fn revoking_any_token_takes_back_the_whole_grant() {
    let client = Client::new().await;
    let second = client.levers().consent(super::client::ADA, &[ALL]).unwrap();
    let done = form(&client.sandbox, "/revoke", &[("token", &client.token)]).await;
    assert_eq!((done.status.as_u16(), done.text()), (200, "{}"));
    for refresh in [&client.refresh, &second] {
        let dead = refreshed(&client.sandbox, refresh).await;
        assert_eq!(dead.status, 400);
        let says = json!({ "error": "invalid_grant",
            "error_description": "Token has been expired or revoked." });
        assert_eq!(dead.json(), says);
    }
    let again = form(&client.sandbox, "/revoke", &[("token", &client.token)]).await;
    assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &json!("invalid_token")));
}

#[tokio::test]
async fn tokens_rotate_when_told_to_and_reuse_is_punished() {
    let client = Client::new().await;
    let manners = GoogleManners { rotation: Rotation::Strict, ..GoogleManners::default() };
    client.levers().set_manners(manners);
    let fresh = refreshed(&client.sandbox, &client.refresh).await.json();
    let fresh = fresh["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(refreshed(&client.sandbox, &client.refresh).await.status, 400);
    assert_eq!(refreshed(&client.sandbox, &fresh).await.status, 400, "all is lost");
}

#[tokio::test]
async fn a_project_in_testing_lets_nobody_in_for_more_than_a_week() {
    let client = Client::new().await;
    let manners = GoogleManners { refresh_token_life_s: Some(604_800), ..Default::default() };
    client.levers().set_manners(manners);
    let first = code_of_mara(&seeded_with(&client)).await;
    assert_eq!(first["refresh_token_expires_in"], 604_800);
}

fn seeded_with(client: &Client) -> Sandbox {
    let sandbox = seeded();
    sandbox.google().set_manners(client.levers().manners());
    sandbox
}

async fn code_of_mara(sandbox: &Sandbox) -> Value {
    let first = code(sandbox, &wish(&[])).await;
    let tokens = redeem(sandbox, &first, VERIFIER).await.json();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    sandbox.set_forward(SignedDuration::from_secs(604_800));
    assert_eq!(refreshed(sandbox, &refresh).await.json()["error"], "invalid_grant");
    tokens
}

#[tokio::test]
async fn a_wrong_client_is_told_so() {
    let sandbox = seeded();
    let pairs = [("client_id", GOOGLE_CLIENT_ID), ("client_secret", "no"), ("grant_type", "x")];
    let wrong = form(&sandbox, "/token", &pairs).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["error"]), (401, &json!("invalid_client")));
    let kind = token(&sandbox, &[("grant_type", "password")]).await.json();
    assert_eq!(kind["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn sign_in_is_refused_and_falls_short_when_told_to() {
    let sandbox = seeded();
    let set = |change: fn(&mut sandbox::GoogleFaults)| {
        sandbox.google().change_faults(Some(MARA), change).unwrap();
    };
    set(|faults| faults.sign_in_refused = Some("admin_policy_enforced".into()));
    let hinted = open(&sandbox, &wish(&[("login_hint", MARA)])).await;
    assert!(hinted.status == 400 && hinted.text().contains("admin_policy_enforced"));
    let decided = decide(&sandbox, &wish(&[]), &[("decision", "allow_all")]).await;
    assert_eq!((decided.status.as_u16(), decided.header("location")), (400, ""));
    set(|faults| faults.sign_in_refused = None);
    set(|faults| faults.refresh_token_missing = true);
    let first = code(&sandbox, &wish(&[])).await;
    let tokens = redeem(&sandbox, &first, VERIFIER).await.json();
    assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_null());
}

#[tokio::test]
async fn prompt_none_shows_no_page_and_hd_only_one_domain() {
    let sandbox = seeded();
    let error = async |changes: &[(&str, &str)]| {
        back(&open(&sandbox, &wish(changes)).await, "error").unwrap()
    };
    assert_eq!(error(&[("prompt", "none")]).await, "interaction_required");
    let hinted = [("prompt", "none"), ("login_hint", MARA)];
    assert_eq!(error(&hinted).await, "consent_required");
    code(&sandbox, &wish(&[])).await;
    assert!(back(&open(&sandbox, &wish(&hinted)).await, "code").is_some());
    let page = open(&sandbox, &wish(&[("hd", "northwind.example")])).await;
    assert!(page.text().contains("theo.brandt") && !page.text().contains(">Mara"));
}

#[tokio::test]
async fn the_oldest_refresh_token_dies_after_a_hundred() {
    let client = Client::new().await;
    for _ in 0..99 {
        client.levers().consent(super::client::ADA, &[ALL]).unwrap();
    }
    assert_eq!(refreshed(&client.sandbox, &client.refresh).await.status, 200);
    client.levers().consent(super::client::ADA, &[ALL]).unwrap();
    assert_eq!(refreshed(&client.sandbox, &client.refresh).await.status, 400);
}
