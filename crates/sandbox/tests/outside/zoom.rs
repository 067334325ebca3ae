//! Zoom's token endpoint, and what can be made to go wrong at it.

use sandbox::{Sandbox, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET, ZoomFaults};
use serde_json::Value;

use crate::client::{Answer, Client, request};

const CODE: &str = "grant_type=authorization_code&code=none&redirect_uri=";

async fn ask(sandbox: &Sandbox, (id, secret): (&str, &str), form: &str) -> Answer {
    Client::of(sandbox.clone(), id, secret).send("POST", "/oauth/token", &[], form).await
}

#[tokio::test]
async fn it_looks_at_the_client_first_and_then_at_what_is_asked() {
    let sandbox = Sandbox::empty(7);
    let (id, secret) = (ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET);
    let code = format!("{CODE}https%3A%2F%2Fday.example%2Foauth%2Fcallback");
    let open = format!("{CODE}http%3A%2F%2Fday.example%2Foauth%2Fcallback");
    for (client, form, status, error, number) in [
        ((id, secret), &*code, 400, "invalid_grant", "4734"),
        ((id, secret), &open, 400, "invalid_request", "4709"),
        ((id, secret), CODE, 400, "invalid_request", "4709"),
        ((id, "wrong"), &code, 401, "invalid_client", "4704"),
        (("nobody", secret), &code, 401, "invalid_client", "4702"),
        ((id, secret), "grant_type=refresh_token&refresh_token=a", 400, "invalid_grant", "4737"),
        ((id, secret), "grant_type=password", 400, "unsupported_grant_type", "4705"),
        ((id, secret), "", 400, "invalid_request", "4706"),
    ] {
        let answer = ask(&sandbox, client, form).await;
        let body: Value = serde_json::from_str(answer.text()).unwrap();
        assert_eq!((answer.status.as_u16(), &body["error"]), (status, &Value::from(error)));
        assert!(body["reason"].as_str().unwrap().contains(number), "{body}");
    }
    let in_the_form = format!("{code}&client_id={id}&client_secret={secret}");
    let answer = request(&sandbox, "POST", "/oauth/token", &[], &in_the_form).await;
    assert!(answer.text().contains("4706"), "the client is told by HTTP Basic alone");
    assert_eq!(request(&sandbox, "GET", "/oauth/token", &[], "").await.status.as_u16(), 405);
}

#[tokio::test]
async fn its_faults_are_ordered_and_called_off_as_json() {
    let sandbox = Sandbox::empty(7);
    let lever = "/control/api/zoom/faults";
    let json = [("content-type", "application/json")];
    let order = r#"{"token_fail":{"status":503,"often":{"times":1},"retry_after_s":7}}"#;
    assert_eq!(request(&sandbox, "PUT", lever, &json, order).await.status.as_u16(), 204);
    let client = (ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET);
    let answer = ask(&sandbox, client, "").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "7"));
    assert_eq!(ask(&sandbox, client, "").await.status.as_u16(), 400);
    assert_eq!(sandbox.visits()[0].fault, Some("failed"));
    request(&sandbox, "PUT", lever, &json, r#"{"web_page":"always"}"#).await;
    assert_eq!(ask(&sandbox, client, "").await.status.as_u16(), 200);
    assert_eq!(request(&sandbox, "DELETE", lever, &[], "").await.status.as_u16(), 204);
    assert_eq!(sandbox.zoom().faults(), ZoomFaults::default());
    let all = request(&sandbox, "GET", "/control/api/zoom", &[], "").await;
    let all: Value = serde_json::from_str(all.text()).unwrap();
    assert_eq!(all["client_id"], ZOOM_CLIENT_ID);
}
