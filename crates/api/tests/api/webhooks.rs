//! Webhooks through the API: from the first POST to a signed delivery, and all that can be done
//! with one.

use serde_json::{Value, json};
use store::audit;

use crate::house::House;
use crate::receiver::{ADDRESS, Receiver, Reply};

const BOTH: [&str; 2] = ["connection.changed", "calendar.changed"];

async fn told() -> (House, Receiver, String, String) {
    let mut house = House::new().await;
    let receiver = Receiver::new();
    house.ctx.outward = receiver.client(&house.ctx.clock);
    let body = json!({ "url": ADDRESS, "events": BOTH });
    let made = house.post("/webhooks", &body).await.expect(201);
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    let id = made.id();
    assert_eq!(made.headers["location"], format!("/api/v1/webhooks/{id}/deliveries"));
    (house, receiver, id, secret)
}

async fn deliveries(house: &House, id: &str) -> Vec<Value> {
    let listed = house.get(&format!("/webhooks/{id}/deliveries")).await.expect(200);
    listed.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn from_the_first_post_to_a_signed_delivery() {
    let (house, receiver, id, secret) = told().await;
    let connection = house.connect().await;
    house.run().await;
    let posts = receiver.take();
    assert!(posts.len() >= 2, "{posts:?}");
    for post in &posts {
        assert_eq!(post.signature, post.signed_by(&secret));
        assert_eq!(post.json()["data"]["connection"], connection.as_str());
    }
    let listed = deliveries(&house, &id).await;
    assert_eq!(listed.len(), posts.len());
    assert_eq!(listed.last().unwrap()["id"], posts[0].id.as_str());
    assert_eq!(listed.last().unwrap()["payload"], posts[0].json());
    let states: Vec<_> = listed.iter().map(|delivery| &delivery["state"]).collect();
    assert!(states.iter().all(|state| **state == json!("delivered")), "{states:?}");
    let webhook = house.get("/webhooks").await.expect(200).body["items"][0].clone();
    assert_eq!(webhook["state"], "active");
    assert_eq!(webhook["url"], ADDRESS);
    assert_eq!(webhook["secret"], Value::Null, "it is shown once");
    assert_eq!(webhook["last_success_at"], house.clock_text());
}

#[tokio::test]
async fn what_cannot_be_told_is_refused_beside_its_field() {
    let (house, ..) = told().await;
    for (url, code) in [
        ("https://10.0.0.1/hook", "address_forbidden"),
        ("https://localhost.:1/\u{7}", "invalid"),
        ("http://hooks.example/", "address_insecure"),
        ("ftp://hooks.example/", "invalid"),
        ("hooks.example", "invalid"),
        ("https://me:you@hooks.example/", "invalid"),
        ("", "invalid"),
    ] {
        let body = json!({ "url": url, "events": BOTH });
        let answer = house.post("/webhooks", &body).await.expect(422);
        assert_eq!(answer.body["errors"][0]["field"], "url", "{url}");
        assert_eq!(answer.body["errors"][0]["code"], code, "{url}");
    }
    for events in [json!([]), json!(["booking.made"]), json!("connection.changed"), json!([1])] {
        let body = json!({ "url": ADDRESS, "events": events });
        let answer = house.post("/webhooks", &body).await.expect(422);
        assert_eq!(answer.body["errors"][0]["field"], "events", "{events}");
    }
    let twice = json!({ "url": ADDRESS, "events": [BOTH[0], BOTH[0]] });
    house.post("/webhooks", &twice).await.expect(422);
    assert_eq!(house.get("/webhooks").await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn there_is_a_limit_of_them_that_says_its_name() {
    let (house, ..) = told().await;
    let body = json!({ "url": ADDRESS, "events": BOTH });
    for _ in 1..20 {
        house.post("/webhooks", &body).await.expect(201);
    }
    let answer = house.post("/webhooks", &body).await.expect(409);
    assert_eq!(answer.code(), "limit_reached");
}

#[tokio::test]
async fn a_test_is_sent_and_sent_again_under_the_same_id() {
    let (house, receiver, id, secret) = told().await;
    let sent = house.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202);
    assert_eq!(sent.body["state"], "waiting");
    house.run().await;
    let post = receiver.take().remove(0);
    assert_eq!((post.kind().as_str(), post.id.as_str()), ("webhook.test", sent.id().as_str()));
    assert_eq!(post.signature, post.signed_by(&secret));
    let replay = format!("/webhooks/{id}/deliveries/{}/replay", post.id);
    house.post(&replay, &json!({})).await.expect(202);
    house.run().await;
    let again = receiver.take().remove(0);
    assert_eq!((again.id, again.body), (post.id, post.body));
    let other = "dlv_00000000000000000000000000000000";
    house.post(&format!("/webhooks/{id}/deliveries/{other}/replay"), &json!({})).await.expect(404);
}

#[tokio::test]
async fn a_turned_secret_is_shown_once_and_both_sign_for_a_day() {
    let (house, receiver, id, old) = told().await;
    let turned = house.post(&format!("/webhooks/{id}/turn-secret"), &json!({})).await.expect(200);
    let new = turned.body["secret"].as_str().unwrap();
    assert_ne!(new, old);
    assert_eq!(turned.body["previous_secret_until"], "2026-11-23T12:00:00Z");
    house.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202);
    house.run().await;
    let post = receiver.take().remove(0);
    assert_eq!(post.signature, format!("{} {}", post.signed_by(new), post.signed_by(&old)));
}

#[tokio::test]
async fn one_that_wants_no_more_says_so_and_can_be_turned_on_again() {
    let (house, receiver, id, _) = told().await;
    receiver.answers(|_| Reply::Status(410));
    house.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202);
    house.run().await;
    let row = house.get("/webhooks").await.expect(200).body["items"][0].clone();
    assert_eq!((&row["state"], &row["reason"]), (&json!("disabled"), &json!("gone")));
    assert_eq!(row["say"], "It answered 410: it wants nothing more.");
    let refused = house.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(409);
    assert_eq!(refused.code(), "webhook_disabled");
    let delivery = deliveries(&house, &id).await.remove(0);
    assert_eq!((&delivery["state"], &delivery["status"]), (&json!("given_up"), &json!(410)));
    receiver.answers(|_| Reply::Status(200));
    let on = house.post(&format!("/webhooks/{id}/enable"), &json!({})).await.expect(200);
    assert_eq!(on.body["state"], "active");
    house.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202);
    house.run().await;
    assert_eq!(receiver.take().len(), 2);
    house.delete(&format!("/webhooks/{id}")).await.expect(204);
    house.delete(&format!("/webhooks/{id}")).await.expect(404);
    house.get(&format!("/webhooks/{id}/deliveries")).await.expect(404);
}

#[tokio::test]
async fn a_failing_one_says_since_when() {
    let (house, receiver, id, _) = told().await;
    receiver.answers(|_| Reply::Status(500));
    house.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202);
    house.run().await;
    let row = house.get("/webhooks").await.expect(200).body["items"][0].clone();
    assert_eq!(row["state"], "failing");
    assert_eq!(row["since"], house.clock_text());
    let delivery = deliveries(&house, &id).await.remove(0);
    assert_eq!((&delivery["failure"], &delivery["tries"]), (&json!("refused"), &json!(1)));
}

#[tokio::test]
async fn a_key_knows_itself_and_every_act_is_written_down() {
    let (house, _, id, _) = told().await;
    let key = house.get("/api-keys/current").await.expect(200).body;
    assert_eq!(
        (&key["name"], &key["scopes"]),
        (&json!("test"), &json!(["read", "write", "manage"]))
    );
    house.post(&format!("/webhooks/{id}/turn-secret"), &json!({})).await.expect(200);
    let sent = house.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202);
    let replay = format!("/webhooks/{id}/deliveries/{}/replay", sent.id());
    house.post(&replay, &json!({})).await.expect(202);
    house.post(&format!("/webhooks/{id}/enable"), &json!({})).await.expect(200);
    house.delete(&format!("/webhooks/{id}")).await.expect(204);
    let mut tx = house.ctx.db.read().await.unwrap();
    let acts =
        audit::list(&mut tx, &house.account, &audit::Wanted::default(), (None, 50)).await.unwrap();
    let of_key = acts.iter().filter(|entry| entry.actor_id == key["id"].as_str().unwrap());
    let mut seen: Vec<_> = of_key.map(|entry| entry.act.as_str()).collect();
    seen.retain(|act| act.starts_with("webhook."));
    seen.sort_unstable();
    let wanted = ["added", "deleted", "enabled", "replayed", "secret_turned", "tested"];
    assert_eq!(seen, wanted.map(|act| format!("webhook.{act}")));
    assert!(acts.iter().any(|entry| entry.act == "api_key.made"));
    assert!(!format!("{acts:?}").contains("quiet"), "no address with its secrets");
}
