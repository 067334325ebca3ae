//! Signing in at a provider's own page, begun by a program.

use http::header::{CONTENT_SECURITY_POLICY, SET_COOKIE};
use serde_json::{Value, json};

use crate::google::{ADA, BEA, decide};
use crate::house::House;
use crate::house::at_google::to;

#[tokio::test]
async fn a_program_sends_a_person_out_and_has_them_back_where_it_wants_them() {
    let house = House::new().await;
    let link = house.link(Some("/app/done?x=1#part")).await;
    let back = house.follow(&link, "allow_all").await.expect(303);
    let connection = house.get("/connections").await.expect(200).body["items"][0].clone();
    let id = connection["id"].as_str().unwrap();
    assert_eq!(to(&back.headers), format!("/app/done?x=1&connection={id}#part"));
    assert_eq!(connection["principal"]["name"], ADA);
    let cancelled = house.follow(&house.link(Some("/app/done")).await, "cancel").await.expect(303);
    assert_eq!(to(&cancelled.headers), "/app/done?failure=cancelled");
}

#[tokio::test]
async fn without_a_place_to_return_to_a_page_says_how_it_went() {
    let house = House::new().await;
    let page = house.follow(&house.link(None).await, "cancel").await.expect(200);
    assert!(page.body.as_str().unwrap().contains("you did not agree"), "{}", page.body);
    let page = house.follow(&house.link(None).await, "allow_all").await.expect(200);
    let told = page.body.as_str().unwrap();
    let whom = told.contains("Connected ada@gmail.example for ");
    assert!(whom && told.contains("You can close this page"), "{told}");
}

#[tokio::test]
async fn a_link_works_in_one_browser_for_ten_minutes() {
    let house = House::new().await;
    let link = house.link(None).await;
    let first = house.press(&link).await.expect(303);
    let cookie = first.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    let again = house.browse(&link, cookie).await.expect(303);
    assert_eq!(to(&again.headers), to(&first.headers), "whoever went may go again");
    let used = house.browse(&link, "").await.expect(200);
    assert!(used.body.as_str().unwrap().contains("This link is used up"), "{}", used.body);
    let late = house.link(None).await;
    house.later(601);
    for link in [late.as_str(), "/oauth/begin?ticket=made-up"] {
        let over = house.browse(link, "").await.expect(200);
        assert!(over.body.as_str().unwrap().contains("This link is used up"), "{link}");
    }
    house.browse("/oauth/begin", "").await.expect(404);
}

/// Programs that look at mail and messages open what stands there.
#[tokio::test]
async fn a_link_that_is_only_looked_at_is_not_used_up_and_says_for_whom_it_is() {
    let house = House::new().await;
    let link = house.link(None).await;
    for _ in 0..3 {
        let page = house.browse(&link, "").await.expect(200);
        assert!(page.headers.get(SET_COOKIE).is_none());
        let csp = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(csp.contains("form-action http: https:"), "the button leads out: {csp}");
        let page = page.body.as_str().unwrap().to_owned();
        for says in ["Connect Google for ", "See and change events", "Continue to Google"] {
            assert!(page.contains(says), "{says}: {page}");
        }
    }
    house.follow(&link, "allow_all").await.expect(200);
    assert_eq!(house.get("/connections").await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let house = House::new().await;
    for path in [
        "//evil.example",
        r"\\evil.example",
        r"/\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "evil.example",
        "javascript:alert(1)",
        "/a\r\nset-cookie: a=b",
    ] {
        let body = json!({ "integration": "google", "user": house.user, "return_to": path });
        let answer = house.post("/connections/sign-in", &body).await.expect(422);
        assert_eq!(answer.body["errors"][0]["field"], "return_to", "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_begun_says_why() {
    let house = House::new().await;
    let begin = async |kind: &str| {
        let body = json!({ "integration": kind, "user": house.user });
        house.post("/connections/sign-in", &body).await.expect(422)
    };
    assert_eq!(begin("outlook").await.code(), "set_up");
    assert_eq!(begin("icloud").await.body["errors"][0]["field"], "integration");
    let typed = json!({ "integration": "google", "user": house.user });
    let answer = house.post("/connections", &typed).await.expect(422);
    assert_eq!(answer.code(), "sign_in_unsupported");
}

#[tokio::test]
async fn a_repair_answers_a_link_that_repairs_in_place() {
    let house = House::new().await;
    let before = house.connect_google().await;
    let id = before["id"].as_str().unwrap();
    let repair = format!("/connections/{id}/repair");
    let refused = house.post(&repair, &json!({ "password": "x" })).await.expect(422);
    assert_eq!(refused.body["errors"][0]["field"], "password");
    let link = house.post(&repair, &json!({})).await.expect(200).body;
    let link = link["authorize_url"].as_str().unwrap();
    let link = link.strip_prefix("http://127.0.0.1:8080").unwrap();
    house.follow(link, "allow_all").await.expect(200);
    let all = house.get("/connections").await.expect(200).body;
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    assert_eq!(all["items"][0]["id"], id);
}

#[tokio::test]
async fn a_connection_tells_what_was_allowed_and_how_it_hears_of_changes() {
    let house = House::new().await;
    let connection = house.connect_google().await;
    assert_eq!(connection["status"]["push"], true);
    let permissions = connection["permissions"].as_array().unwrap();
    assert!(permissions.len() >= 3);
    assert!(permissions.iter().all(|one| one["granted"] == true && one["without"] == ""));
    let calendar = &connection["calendars"][0];
    let told = [&calendar["push"], &calendar["push_trouble"], &calendar["conference"]];
    assert_eq!(told, [&json!(true), &Value::Null, &json!("meet")]);
}

#[tokio::test]
async fn a_calendar_that_is_not_rung_for_tells_why() {
    let house = House::new().await;
    let refused = Some("pushNotSupportedForRequestedResource".to_owned());
    let google = house.sandbox.google();
    google.change_faults(None, |faults| faults.watch_refused = refused).unwrap();
    let connection = house.connect_google().await;
    assert_eq!(connection["status"]["push"], false);
    let trouble = &connection["calendars"][0]["push_trouble"];
    assert_eq!(trouble["since"], "2026-11-22T12:00:00Z");
    assert!(trouble["say"].as_str().is_some_and(|say| !say.is_empty()));
}

#[tokio::test]
async fn a_password_s_connection_has_no_permissions_and_is_not_rung_for() {
    let (house, id) = House::connected().await;
    let connection = house.get(&format!("/connections/{id}")).await.expect(200).body;
    assert_eq!(connection["permissions"], json!([]));
    assert_eq!(connection["status"]["push"], false);
    assert_eq!(connection["calendars"][0]["push_trouble"], Value::Null);
    assert_eq!(connection["calendars"][0]["conference"], Value::Null);
}

#[tokio::test]
async fn what_can_be_connected_tells_its_abilities_and_whether_it_is_set_up() {
    let house = House::new().await;
    let rows = house.get("/integrations").await.expect(200).body;
    let row = |kind: &str| {
        let rows = rows["items"].as_array().unwrap();
        let row = rows.iter().find(|row| row["kind"] == kind).unwrap();
        (row["abilities"].clone(), row["set_up"].clone(), row["sign_in"].clone())
    };
    let oauth = json!("oauth");
    assert_eq!(row("google"), (json!(["calendars", "push", "meet"]), json!(true), oauth.clone()));
    assert_eq!(row("outlook"), (json!(["teams"]), json!(false), oauth));
    assert_eq!(row("icloud"), (json!(["calendars"]), json!(true), json!("password")));
}

#[tokio::test]
async fn a_program_lets_another_account_take_the_place_and_its_page_says_so() {
    let house = House::new().await;
    let id = house.connect_google().await["id"].as_str().unwrap().to_owned();
    let repair = format!("/connections/{id}/repair");
    for (body, replaced) in [(json!({}), false), (json!({ "replace": true }), true)] {
        let answer = house.post(&repair, &body).await.expect(200).body;
        let link = crate::google::ours(answer["authorize_url"].as_str().unwrap());
        let page = house.browse(&link, "").await.expect(200);
        let says = page.body.as_str().unwrap().contains("another account than ada@gmail.example");
        assert_eq!(says, replaced);
        let out = house.press(&link).await.expect(303);
        let cookie = out.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        let all = [("decision", "allow_all")];
        let back = decide(&house.sandbox, &to(&out.headers), BEA, &all).await;
        house.browse(&back, cookie).await.expect(200);
        let held = house.get(&format!("/connections/{id}")).await.expect(200).body;
        let name = if replaced { BEA } else { ADA };
        assert_eq!(held["principal"]["name"], name);
    }
}
