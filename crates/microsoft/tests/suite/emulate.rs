//! Signing in at a Microsoft that nobody here wrote (the package `emulate`), where the environment
//! says where it is: the code flow with its proof key, refresh, and whose account it is.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request as Asked;
use axum::routing::get;
use connection::{ConsentRequest, Credential, FailureCode, OAuthSignIn, Redemption, Secret};
use http::{Method, header};
use jiff::Timestamp;
use microsoft::Settings;
use outbound::{Client, Request};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::far::{NOW, Told};
use crate::house::{BACK, VERIFIER, WHO};

/// Where it is; says that the test does not run where nobody says so.
#[expect(clippy::disallowed_methods, reason = "the test runner says where its servers are")]
#[expect(clippy::print_stderr, reason = "no test is skipped silently")]
fn given(variable: &str) -> Option<String> {
    let address = std::env::var(variable).ok().filter(|text| !text.is_empty());
    let is_required = std::env::var("DAYMARK_TEST_SERVERS").is_ok_and(|word| word == "required");
    assert!(address.is_some() || !is_required, "servers are required, and {variable} is not set");
    if address.is_none() {
        eprintln!("NOT RUN: {variable} is not set; cargo xtask test starts the server");
    }
    address
}

fn outside() -> Client {
    let now: Timestamp = NOW.parse().unwrap();
    let mut settings = outbound::Settings::new("Daymark/test", std::sync::Arc::new(move || now));
    settings.allow = "127.0.0.0/8".parse().unwrap();
    Client::new(settings).unwrap()
}

/// It has no tenants in its paths, and no calendars: both are put right here, and everything else
/// is handed on as it is.
fn with_microsofts_paths(base: &str) -> Router {
    let (base, client) = (base.trim_end_matches('/').to_owned(), outside());
    let hand_on = move |asked: Asked| async move {
        let (head, body) = asked.into_parts();
        let place = head.uri.path_and_query().map_or("", |place| place.as_str());
        let place = place.strip_prefix("/common").unwrap_or(place);
        let body = to_bytes(body, 1 << 20).await.unwrap();
        let mut request = Request::new(head.method, format!("{base}{place}").parse().unwrap());
        if let Some(kind) = head.headers.get(header::CONTENT_TYPE) {
            request = request.header(header::CONTENT_TYPE, kind.clone());
        }
        if let Some(token) = head.headers.get(header::AUTHORIZATION) {
            let token = token.to_str().unwrap().trim_start_matches("Bearer ");
            request = request.bearer(token.into(), "the test");
        }
        let answer = client.send(request.body(body)).await.unwrap();
        let mut back = http::Response::new(Body::from(answer.body));
        *back.status_mut() = answer.status;
        back
    };
    let calendars = || async {
        json!({"value": [{"id": "cal", "name": "Calendar", "isDefaultCalendar": true,
            "canEdit": true}]})
        .to_string()
    };
    Router::new()
        .route("/v1.0/me/calendars", get(calendars))
        .route("/v1.0/me/calendarGroups", get(|| async { r#"{"value": []}"# }))
        .route("/v1.0/me/mailboxSettings", get(|| async { r#"{"timeZone": "UTC"}"# }))
        .fallback(hand_on)
}

fn sign_in(base: &str, secret: &str) -> std::sync::Arc<dyn OAuthSignIn> {
    let now: Timestamp = NOW.parse().unwrap();
    let mut outbound = outbound::Settings::new("Daymark/test", std::sync::Arc::new(move || now));
    outbound.allow = "127.0.0.0/8".parse().unwrap();
    let client = Client::in_process(outbound, with_microsofts_paths(base));
    let settings = Settings {
        base: Some("http://127.0.0.1/".parse().unwrap()),
        tenant: None,
        client_id: Some("daymark-test".into()),
        client_secret: Some(Secret::new(secret)),
    };
    microsoft::adapter(client, settings).sign_in.unwrap()
}

/// What its page posts when a person chooses their account, and the code that comes back. Nobody
/// listens there, so nothing may follow it.
async fn choose(base: &str, sign_in: &dyn OAuthSignIn) -> String {
    let request = ConsentRequest {
        redirect_uri: BACK.into(),
        state: "state-1".into(),
        challenge: outbound::oauth::challenge(VERIFIER),
        login_hint: None,
    };
    let page: Url = sign_in.authorize_url(&request).parse().unwrap();
    let mut shown: Url = base.parse().unwrap();
    shown.set_path(page.path().strip_prefix("/common").unwrap());
    shown.set_query(page.query());
    let shown = outside().send(Request::new(Method::GET, shown)).await.unwrap();
    let shown = String::from_utf8_lossy(&shown.body).into_owned();
    assert!(shown.contains(WHO), "its page takes our address: {shown}");
    let mut form = Serializer::new(String::new());
    form.append_pair("email", WHO).extend_pairs(page.query_pairs());
    let (form, at) = (form.finish(), Url::parse(base).unwrap());
    let request = format!(
        "POST /oauth2/v2.0/authorize/callback HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        at.authority(),
        form.len()
    );
    let mut stream = TcpStream::connect(at.authority()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let back = answer.lines().find_map(|line| line.strip_prefix("location: "));
    let back: Url = back.unwrap_or_else(|| panic!("no way back: {answer}")).parse().unwrap();
    let mut all = back.query_pairs();
    all.find(|(name, _)| name == "code").expect("a code comes back").1.into_owned()
}

#[tokio::test]
async fn signing_in_at_a_microsoft_of_another_make_works_from_code_to_refresh() {
    let Some(base) = given("DAYMARK_TEST_ENTRA_URL") else { return };
    let now: Timestamp = NOW.parse().unwrap();
    let ours = sign_in(&base, "test-secret");
    ours.check_client(BACK).await.expect("its client is known");
    let wrong = sign_in(&base, "wrong").check_client(BACK).await;
    assert_eq!(wrong.unwrap_err().code, FailureCode::SetUp);
    let redeem = |code: String, verifier: &str| Redemption {
        code: Secret::new(code),
        redirect_uri: BACK.into(),
        verifier: Secret::new(verifier),
    };
    let stolen = redeem(choose(&base, &*ours).await, "the verifier of somebody else, not this one");
    let refused = ours.examine(&stolen, now, &Told::default()).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::SignInExpired, "the proof key is looked at");
    let own = redeem(choose(&base, &*ours).await, VERIFIER);
    let examined = ours.examine(&own, now, &Told::default()).await.unwrap();
    assert_eq!(examined.principal.name, WHO);
    let tenant = "microsoft:7a0b1c2d-0000-4000-8000-000000000001:";
    assert!(examined.principal.id.starts_with(tenant), "{}", examined.principal.id);
    let again = ours.examine(&own, now, &Told::default()).await.unwrap_err();
    assert_eq!(again.code, FailureCode::SignInExpired, "a code opens once");
    let Credential::Tokens(held) = examined.credential else { panic!("tokens are kept") };
    let fresh = ours.refresh(&held, now).await.unwrap();
    assert_ne!(fresh.refresh.reveal(), held.refresh.reveal(), "the newest one is kept");
    let old = ours.refresh(&held, now).await.unwrap_err();
    assert_eq!(old.code(), "signed_out", "there, an old one is dead");
    ours.refresh(&fresh, now).await.unwrap();
}
