//! A POST that is sent twice.

use http::Method;
use serde_json::{Value, json};

use crate::house::{Answer, House, PASSWORD};

impl House {
    async fn post_as(&self, key: &str, path: &str, body: &Value) -> Answer {
        let mut request = self.request(Method::POST, path, Some(body));
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        self.send(request).await
    }
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer() {
    let house = House::new().await;
    let body = house.sign_in(PASSWORD);
    let first = house.post_as("k1", "/connections", &body).await.expect(201);
    house.sandbox.forget_visits();
    let second = house.post_as("k1", "/connections", &body).await.expect(201);
    assert_eq!(second.body, first.body);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(second.headers["content-type"], "application/json");
    assert!(house.sandbox.visits().is_empty(), "nobody was asked a second time");
}

#[tokio::test]
async fn a_refusal_is_an_answer_too() {
    let house = House::new().await;
    let body = house.sign_in("aaaa-bbbb-cccc-dddd");
    let first = house.post_as("k1", "/connections", &body).await.expect(422);
    house.sandbox.forget_visits();
    let second = house.post_as("k1", "/connections", &body).await.expect(422);
    assert_eq!(second.body, first.body);
    assert_eq!(second.headers["content-type"], "application/problem+json");
    assert!(house.sandbox.visits().is_empty());
}

#[tokio::test]
async fn the_same_key_for_another_request_is_refused() {
    let (house, id) = House::connected().await;
    house.post_as("k1", "/connections", &house.sign_in(PASSWORD)).await.expect(200);
    let other = house.post_as("k1", "/connections", &json!({})).await.expect(409);
    assert_eq!(other.code(), "idempotency_key_reused");
    let path = format!("/connections/{id}/pull");
    let elsewhere = house.post_as("k1", &path, &house.sign_in(PASSWORD)).await.expect(409);
    assert_eq!(elsewhere.code(), "idempotency_key_reused");
}

#[tokio::test]
async fn an_answer_that_will_pass_is_not_kept() {
    let (house, id) = House::connected().await;
    let path = format!("/connections/{id}/pull");
    house.post_as("k1", &path, &json!({})).await.expect(202);
    house.post_as("k2", &path, &json!({})).await.expect(429);
    house.later(30);
    house.post_as("k2", &path, &json!({})).await.expect(202);
    house.post_as("k1", &path, &json!({})).await.expect(202);
}

#[tokio::test]
async fn two_at_once_under_one_key_are_done_once() {
    let house = House::new().await;
    let body = house.sign_in(PASSWORD);
    let (one, other) = tokio::join!(
        house.post_as("k1", "/connections", &body),
        house.post_as("k1", "/connections", &body),
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses == [201, 201] || statuses == [201, 409], "{statuses:?}");
    for answer in [one, other].into_iter().filter(|answer| answer.status == 409) {
        assert_eq!(answer.code(), "idempotency_running");
        assert!(answer.headers.contains_key("retry-after"));
    }
    let all = house.get("/connections").await.expect(200);
    assert_eq!(all.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_has_a_form() {
    let house = House::new().await;
    for key in ["", "with blank", &"x".repeat(201)] {
        let answer = house.post_as(key, "/connections", &json!({})).await.expect(400);
        assert_eq!(answer.code(), "header_invalid", "{key:?}");
        assert_eq!(answer.body["errors"][0]["field"], "Idempotency-Key");
    }
}
