//! Bad input: each refused with its sentence and code, as problem+json.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::house::{Answer, House, PASSWORD};

const PROBLEM: &str = "application/problem+json";

impl House {
    async fn raw(&self, request: http::request::Builder, body: impl Into<Body>) -> Answer {
        let request = request.header("authorization", format!("Bearer {}", self.key));
        self.send(request.body(body.into()).unwrap()).await
    }
}

fn post() -> http::request::Builder {
    Request::post("/api/v1/connections").header("content-type", "application/json")
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let house = House::new().await;
    for body in ["", "{", "[]", "7", "null", "{\"a\":\"\\ud800\"}", "\u{feff}{}"] {
        let answer = house.raw(post(), body).await.expect(400);
        assert_eq!(
            (answer.code(), answer.headers["content-type"].to_str().unwrap()),
            ("json_malformed", PROBLEM)
        );
    }
    let deep = "[".repeat(100_000);
    assert_eq!(house.raw(post(), deep).await.expect(400).code(), "json_malformed");
}

#[tokio::test]
async fn what_is_not_sent_as_json_is_refused() {
    let house = House::new().await;
    let request = Request::post("/api/v1/connections");
    let answer = house.raw(request, "{}").await.expect(415);
    assert_eq!(answer.code(), "media_type_unsupported");
    let form = Request::post("/api/v1/connections").header("content-type", "text/plain");
    house.raw(form, "{}").await.expect(415);
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let house = House::new().await;
    let chunk = vec![b' '; 1 << 20];
    let endless = futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    let answer = house.raw(post(), Body::from_stream(endless)).await.expect(413);
    assert_eq!(answer.code(), "body_too_large");
}

#[tokio::test]
async fn every_wrong_field_is_named_in_one_answer() {
    let house = House::new().await;
    let body = json!({ "integration": "icluod", "user": "usr_1", "pasword": "x" });
    let answer = house.post("/connections", &body).await.expect(422);
    assert_eq!(answer.code(), "field_invalid");
    let errors = answer.body["errors"].as_array().unwrap();
    let named: Vec<_> = errors.iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(named, ["pasword", "integration", "user"]);
    assert!(errors[0]["detail"].as_str().unwrap().contains("`password`"));
}

#[tokio::test]
async fn control_characters_and_long_texts_are_refused() {
    let house = House::new().await;
    for username in ["a\u{0}b", "a\u{7f}", "a\nb", "\u{85}", "", &"x".repeat(321)] {
        let mut body = house.sign_in(PASSWORD);
        body["username"] = json!(username);
        let answer = house.post("/connections", &body).await.expect(422);
        assert_eq!(answer.body["errors"][0]["field"], "username", "{username:?}");
    }
}

#[tokio::test]
async fn a_query_is_held_to_what_is_known() {
    let house = House::new().await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=1e3",
        "limit=-1",
        "limit=",
        "limt=1",
        "limit=1&limit=1",
        "after=%00",
        "after=A%20B",
        "user=usr_1",
    ] {
        let answer = house.get(&format!("/connections?{query}")).await.expect(400);
        assert_eq!(answer.code(), "query_invalid", "{query}");
    }
}

#[tokio::test]
async fn a_window_has_a_beginning_and_an_end() {
    let house = House::new().await;
    for query in [
        "",
        "from=2026-11-22T00:00:00Z",
        "from=2026-11-22&to=2026-11-23",
        "from=yesterday&to=tomorrow",
        "from=2026-13-41T00:00:00Z&to=2026-11-23T00:00:00Z",
    ] {
        let answer = house.get(&format!("/users/{}/busy?{query}", house.user)).await.expect(400);
        assert_eq!(answer.code(), "query_invalid", "{query}");
    }
    for to in ["2026-11-22T00:00:00Z", "2026-11-21T00:00:00Z"] {
        let query = format!("from=2026-11-22T00:00:00Z&to={to}");
        let answer = house.get(&format!("/users/{}/busy?{query}", house.user)).await.expect(409);
        assert_eq!(answer.code(), "window_reversed", "{query}");
    }
}

#[tokio::test]
async fn years_at_the_ends_of_time_are_answered() {
    let house = House::new().await;
    for (from, to) in [
        ("0000-01-01T00:00:00Z", "0000-02-01T00:00:00Z"),
        ("9999-11-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
    ] {
        house.get(&format!("/users/{}/busy?from={from}&to={to}", house.user)).await.expect(200);
    }
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let house = House::new().await;
    for path in ["/nothing", "/connections/", "/", "/connections/%ff/runs/x"] {
        let answer = house.get(path).await.expect(404);
        assert_eq!(answer.code(), "route_unknown", "{path}");
        assert_eq!(answer.headers["content-type"], PROBLEM);
    }
    let request = house.request(Method::PATCH, "/connections", None);
    let answer = house.send(request).await.expect(405);
    assert_eq!(answer.code(), "method_not_allowed");
    let allowed = answer.headers["allow"].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    let request = house.request(Method::POST, "/openapi.json", None);
    house.send(request).await.expect(405);
}

#[tokio::test]
async fn too_many_requests_are_told_to_wait() {
    let house = House::new().await;
    for _ in 0..1_200 {
        house.get("/account").await.expect(200);
    }
    let answer = house.get("/account").await.expect(429);
    assert_eq!(answer.code(), "rate_limited");
    assert!(answer.headers.contains_key("retry-after"));
    house.later(1);
    house.get("/account").await.expect(200);
}

#[tokio::test]
async fn a_pull_takes_no_fields() {
    let (house, id) = House::connected().await;
    let path = format!("/connections/{id}/pull");
    let answer = house.post(&path, &json!({ "calendar": "x" })).await.expect(422);
    assert_eq!(answer.body["errors"][0]["code"], "unknown");
}

#[tokio::test]
async fn no_answer_is_kept_on_its_way() {
    let house = House::new().await;
    for path in ["/account", "/nothing", "/openapi.json"] {
        let answer = house.get(path).await;
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
    }
}
