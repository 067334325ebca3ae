//! Signing in at a Google that nobody here wrote (the package `emulate`), where the environment
//! says where it is: the code flow with its proof key, refresh, and taking back.

use connection::{Credential, FailureCode, Redemption, Secret, Tokens};
use google::Settings;
use http::header;
use jiff::Timestamp;
use outbound::{Client, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::house::{BACK, Lines, VERIFIER, WHO, code, consent_request, given, outbound_settings};

/// Its token endpoint stands elsewhere than at Google, which this puts right: everything else is
/// handed on as it is.
fn with_googles_paths(base: &str, client: &Client) -> axum::Router {
    let (base, client) = (base.trim_end_matches('/').to_owned(), client.clone());
    let hand_on = move |asked: axum::extract::Request| async move {
        let (head, body) = asked.into_parts();
        let moved = ["/token", "/revoke"].contains(&head.uri.path());
        let place = format!("{}{}", if moved { "/oauth2" } else { "" }, head.uri.path());
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let mut url: Url = format!("{base}{place}").parse().unwrap();
        url.set_query(head.uri.query());
        let mut request = Request::new(head.method, url);
        for name in [header::CONTENT_TYPE, header::AUTHORIZATION] {
            if let Some(value) = head.headers.get(&name) {
                request = request.header(name, value.clone());
            }
        }
        let answer = client.send(request.body(body)).await.unwrap();
        let mut back = http::Response::new(axum::body::Body::from(answer.body));
        *back.status_mut() = answer.status;
        back
    };
    axum::Router::new().fallback(hand_on)
}

fn settings(secret: &str) -> Settings {
    Settings {
        base: Some("http://127.0.0.1/".parse().unwrap()),
        client_id: Some("daymark-test".into()),
        client_secret: Some(Secret::new(secret)),
    }
}

/// What its page posts when a person chooses their account; where the browser goes then. Nobody
/// listens there, so nothing may follow it.
async fn choose(base: &str, page: &Url) -> Url {
    let mut form = Serializer::new(String::new());
    form.append_pair("email", WHO);
    for (name, value) in page.query_pairs() {
        form.append_pair(&name, &value);
    }
    let (form, at) = (form.finish(), Url::parse(base).unwrap());
    let request = format!(
        "POST /o/oauth2/v2/auth/callback HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        at.authority(),
        form.len()
    );
    let mut stream = TcpStream::connect(at.authority()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let back = answer.lines().find_map(|line| line.strip_prefix("location: "));
    back.unwrap_or_else(|| panic!("no way back: {answer}")).parse().unwrap()
}

#[tokio::test]
async fn signing_in_at_a_google_of_another_make_works_from_code_to_taking_back() {
    let Some(base) = given("DAYMARK_TEST_EMULATE_URL") else { return };
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let outside = Client::new(outbound_settings(now)).unwrap();
    let inside = Client::in_process(outbound_settings(now), with_googles_paths(&base, &outside));
    let sign_in = google::adapter(inside.clone(), settings("test-secret")).sign_in.unwrap();
    sign_in.check_client(BACK).await.expect("its client is known");
    let wrong = google::adapter(inside.clone(), settings("wrong")).sign_in.unwrap();
    assert_eq!(wrong.check_client(BACK).await.unwrap_err().code, FailureCode::SetUp);

    let page: Url = sign_in.authorize_url(&consent_request(None)).parse().unwrap();
    let redeem = |code: String, verifier: &str| Redemption {
        code: Secret::new(code),
        redirect_uri: BACK.into(),
        verifier: Secret::new(verifier),
    };
    let stolen = code(&choose(&base, &page).await);
    let stolen = redeem(stolen, "the verifier of somebody else, who has not begun this");
    let refused = sign_in.examine(&stolen, now, &Lines::default()).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::SignInExpired, "the proof key is looked at");

    let own = redeem(code(&choose(&base, &page).await), VERIFIER);
    let examined = sign_in.examine(&own, now, &Lines::default()).await.unwrap();
    assert_eq!(examined.principal.name, WHO);
    assert_eq!(examined.calendars[0].time_zone.as_deref(), Some("Europe/Berlin"));
    let again = sign_in.examine(&own, now, &Lines::default()).await.unwrap_err();
    assert_eq!(again.code, FailureCode::SignInExpired, "a code opens once");

    let Credential::Tokens(held) = examined.credential else { panic!("tokens are kept") };
    let fresh: Tokens = sign_in.refresh(&held, now).await.unwrap();
    assert_ne!(fresh.access.reveal(), held.access.reveal());
    assert_eq!(fresh.refresh.reveal(), held.refresh.reveal(), "no new one came, the old one stays");
    sign_in.revoke(&fresh).await.unwrap();
    assert_eq!(sign_in.refresh(&fresh, now).await.unwrap_err().code(), "signed_out");
}
