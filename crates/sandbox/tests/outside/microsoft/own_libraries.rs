//! What Microsoft's own libraries want and others do not ask for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sandbox::MICROSOFT_CLIENT_ID;
use serde_json::{Value, json};

use super::client::{ALL, Client, LENA, seeded, token};
use crate::api::{CALLBACK, form, written};
use crate::client::request;

#[tokio::test]
async fn who_stands_before_us_with_tls_is_the_issuer() {
    let sandbox = seeded();
    let path = "/common/v2.0/.well-known/openid-configuration";
    let host = ("host", "login.microsoftonline.com");
    for (said, scheme) in [("https", "https"), ("gopher", "http")] {
        let headers = [host, ("x-forwarded-proto", said)];
        let found = request(&sandbox, "GET", path, &headers, "").await.json();
        let here = format!("{scheme}://login.microsoftonline.com");
        assert_eq!(found["issuer"], format!("{here}/{{tenantid}}/v2.0"));
        assert_eq!(found["token_endpoint"], format!("{here}/common/oauth2/v2.0/token"));
    }
}

#[tokio::test]
async fn the_way_back_may_be_a_form() {
    let wish = written(&[
        ("client_id", MICROSOFT_CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("response_mode", "form_post"),
        ("scope", "User.Read"),
        ("state", "s\"1"),
    ]);
    let pairs = [("query", &*wish), ("account", LENA), ("decision", "allow")];
    let path = "/common/oauth2/v2.0/authorize/decision";
    let page = form(&seeded(), path, &pairs).await;
    assert_eq!(page.status, 200);
    let opens = format!("<form class=\"grid\" method=\"post\" action=\"{CALLBACK}\">");
    assert!(page.text().contains(&opens), "{}", page.text());
    assert!(page.text().contains("name=\"code\" value=\"1.AXYA-code."));
    assert!(page.text().contains("name=\"state\" value=\"s&quot;1\""));
}

#[tokio::test]
async fn client_info_comes_when_it_is_asked_for() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let me = client.get("/me").await.json();
    for (asked, comes) in [("1", true), ("0", false)] {
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*client.refresh),
            ("client_info", asked),
        ];
        let told = token(&client.sandbox, &pairs).await.json();
        assert_eq!(told["client_info"].is_string(), comes);
        if let Some(text) = told["client_info"].as_str() {
            let who = URL_SAFE_NO_PAD.decode(text).unwrap();
            let who: Value = serde_json::from_slice(&who).unwrap();
            assert_eq!(who["uid"], me["id"]);
            assert!(who["utid"].is_string());
        }
    }
}

#[tokio::test]
async fn parameters_of_an_action_may_begin_with_a_capital() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let at = |hour: u8| {
        json!({ "dateTime": format!("2027-03-01T{hour:02}:00:00"),
        "timeZone": "UTC" })
    };
    let wish = json!({ "Schedules": [LENA], "StartTime": at(3), "EndTime": at(5),
        "AvailabilityViewInterval": 60 });
    let told = client.post("/me/calendar/getSchedule", wish).await.json();
    assert_eq!(told["value"][0]["availabilityView"], "00");
}
