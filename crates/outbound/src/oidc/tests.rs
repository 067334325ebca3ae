//! A provider that says what it is told to, and what becomes of it.

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::Full;
use serde_json::json;
use tower::service_fn;

use super::*;
use crate::network::Asked;

const ISSUER: &str = "https://id.example";
const NOW: &str = "2026-11-22T12:00:00Z";
const TRIP: Trip<'_> =
    Trip { redirect_uri: "https://d.example/back", verifier: "verifier", nonce: "nonce-1" };

/// Answers discovery and the token endpoint with these.
fn provider(discovery: Value, token: (u16, Value)) -> Provider {
    let now = || NOW.parse::<Timestamp>().unwrap();
    let settings = crate::Settings::new("Daymark/test", Arc::new(now));
    let answer = move |asked: Asked| {
        let (status, body) = match asked.uri().path() {
            "/.well-known/openid-configuration" => (200, discovery.clone()),
            _ => token.clone(),
        };
        let body = Full::new(bytes::Bytes::from(body.to_string()));
        let answer = http::Response::builder().status(status).body(body).unwrap();
        async { Ok::<_, Infallible>(answer) }
    };
    let settings_of = Settings {
        issuer: ISSUER.parse().unwrap(),
        client_id: "daymark".into(),
        client_secret: "s".into(),
        now: Arc::new(now),
    };
    Provider::new(Client::in_process(settings, service_fn(answer)), settings_of)
}

fn discovery() -> Value {
    json!({"issuer": ISSUER, "authorization_endpoint": "https://id.example/auth?p=1",
        "token_endpoint": "https://id.example/token"})
}

fn good() -> Value {
    let exp = NOW.parse::<Timestamp>().unwrap().as_second() + 300;
    json!({"iss": ISSUER, "sub": "s1", "aud": "daymark", "exp": exp, "iat": exp - 300,
        "nonce": "nonce-1", "email": "Dana@Northwind.example", "email_verified": true})
}

fn tokens(claims: &Value) -> (u16, Value) {
    let payload = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
    (200, json!({"access_token": "a", "id_token": format!("h.{payload}.s")}))
}

#[tokio::test]
async fn what_a_provider_says_of_itself_is_kept_for_five_minutes() {
    use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
    static ASKED: AtomicI64 = AtomicI64::new(0);
    static MINUTES: AtomicI64 = AtomicI64::new(0);
    let now = || {
        let start: Timestamp = NOW.parse().unwrap();
        start + SignedDuration::from_mins(MINUTES.load(SeqCst))
    };
    let answer = |_: Asked| async {
        // The first time it is out of order: that is not kept.
        let status = if ASKED.fetch_add(1, SeqCst) == 0 { 500 } else { 200 };
        let body = Full::new(bytes::Bytes::from(discovery().to_string()));
        Ok::<_, Infallible>(http::Response::builder().status(status).body(body).unwrap())
    };
    let client = crate::Settings::new("Daymark/test", Arc::new(now));
    let client = Client::in_process(client, service_fn(answer));
    let settings = Settings {
        issuer: ISSUER.parse().unwrap(),
        client_id: "daymark".into(),
        client_secret: "s".into(),
        now: Arc::new(now),
    };
    let provider = Provider::new(client, settings);
    assert!(provider.authorize_url(TRIP, "state").await.is_err());
    for (minutes, asked) in [(0, 2), (0, 2), (4, 2), (5, 3), (6, 3)] {
        MINUTES.store(minutes, SeqCst);
        provider.clone().authorize_url(TRIP, "state").await.unwrap();
        assert_eq!(ASKED.load(SeqCst), asked, "after {minutes} minutes");
    }
}

async fn identify(claims: &Value) -> Result<Identity, Failure> {
    provider(discovery(), tokens(claims)).identify(TRIP, "code").await
}

#[tokio::test]
async fn a_good_token_says_who_signed_in() {
    let who = identify(&good()).await.unwrap();
    assert_eq!((who.issuer.as_str(), who.subject.as_str()), (ISSUER, "s1"));
    assert_eq!(who.email.as_deref(), Some("dana@northwind.example"));
    let url = provider(discovery(), (500, json!({}))).authorize_url(TRIP, "st").await.unwrap();
    for part in
        ["/auth?p=1&response_type=code", "nonce=nonce-1", "state=st", "S256", "openid+email"]
    {
        assert!(url.contains(part), "{part} is missing in {url}");
    }
}

#[tokio::test]
async fn a_token_of_anything_else_says_nothing() {
    for (member, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another")),
        ("aud", json!(["another", "daymark"])),
        ("azp", json!("another")),
        ("exp", json!(1)),
        ("nonce", json!("nonce-2")),
        ("nonce", Value::Null),
        ("sub", json!("")),
        ("sub", Value::Null),
    ] {
        let mut claims = good();
        claims[member] = value.clone();
        let refused = identify(&claims).await.unwrap_err();
        assert!(matches!(refused, Failure::Token(_)), "{member} {value}: {refused}");
    }
    let without = provider(discovery(), (200, json!({"access_token": "a"})));
    let refused = without.identify(TRIP, "code").await.unwrap_err();
    assert!(matches!(refused, Failure::Token("did not come")), "{refused}");
}

#[tokio::test]
async fn an_address_counts_only_where_the_provider_vouches_for_it() {
    for (verified, edov, counts) in [
        (json!(true), Value::Null, true),
        (json!("true"), Value::Null, true),
        (json!(false), Value::Null, false),
        (Value::Null, Value::Null, false),
        (Value::Null, json!(true), true),
        (Value::Null, json!("0"), false),
    ] {
        let mut claims = good();
        (claims["email_verified"], claims["xms_edov"]) = (verified, edov);
        assert_eq!(identify(&claims).await.unwrap().email.is_some(), counts, "{claims}");
    }
}

#[tokio::test]
async fn each_failure_says_what_to_do() {
    let refused = async |discovery: Value, token: (u16, Value)| {
        let failure = provider(discovery, token).identify(TRIP, "code").await.unwrap_err();
        failure.say("Northwind")
    };
    let mut another = discovery();
    another["issuer"] = json!("https://login.example/{tenantid}/v2.0");
    assert!(refused(another, tokens(&good())).await.contains("DAYMARK_OIDC_ISSUER"));
    let mut plain = discovery();
    plain["token_endpoint"] = json!("http://id.example/token");
    assert!(refused(plain, tokens(&good())).await.contains("DAYMARK_OIDC_ISSUER"));
    assert!(refused(json!("hello"), tokens(&good())).await.contains("DAYMARK_OIDC_ISSUER"));
    let client = (401, json!({"error": "invalid_client"}));
    assert!(refused(discovery(), client).await.contains("DAYMARK_OIDC_CLIENT_SECRET"));
    let code = (400, json!({"error": "invalid_grant"}));
    assert!(refused(discovery(), code).await.contains("took too long"));
    assert!(refused(discovery(), (503, json!({}))).await.contains("cannot be reached"));
}
