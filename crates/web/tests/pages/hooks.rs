//! The doors that providers ring at.

use axum::body::Body;
use http::{Method, Request};

use crate::house::House;

#[tokio::test]
async fn a_ring_brings_a_change_into_the_week_and_says_so() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let before = house.rung(&page).await;
    house.put_at_google("Dentist");
    assert_eq!(house.carry_rings().await, [204]);
    house.run().await;
    assert_eq!(house.rung(&page).await, before + 1);
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Dentist"]);
    dana.get(&page).await.expect(200).says(&["rung by the provider"]);
}

#[tokio::test]
async fn a_ring_that_comes_twice_is_one_look() {
    let house = House::new().await;
    let (_, page) = house.with_google().await;
    house.put_at_google("Dentist");
    let ring = house.sandbox.take_ring().unwrap();
    for _ in 0..3 {
        assert_eq!(house.ring(&ring.headers()).await, 204);
    }
    house.run().await;
    assert_eq!(house.rung(&page).await, 1);
}

#[tokio::test]
async fn who_does_not_know_the_secret_is_not_heard() {
    let house = House::new().await;
    let (_, page) = house.with_google().await;
    house.put_at_google("Dentist");
    let ring = house.sandbox.take_ring().unwrap();
    let but = |name: &'static str, value: &str| {
        let others = ring.headers().into_iter().filter(|(known, _)| *known != name);
        others.chain([(name, value.to_owned())]).collect::<Vec<_>>()
    };
    let unknown = format!("chn_{}", "0".repeat(32));
    for headers in [
        but("x-goog-channel-token", "forged"),
        but("x-goog-channel-token", ""),
        but("x-goog-channel-id", &unknown),
        but("x-goog-channel-id", "../../etc"),
        Vec::new(),
    ] {
        assert_eq!(house.ring(&headers).await, 404, "{headers:?}");
    }
    house.run().await;
    assert_eq!(house.rung(&page).await, 0);
}

#[tokio::test]
async fn a_ring_that_only_says_that_the_channel_stands_looks_at_nothing() {
    let house = House::new().await;
    let (_, page) = house.with_google().await;
    house.put_at_google("Dentist");
    let ring = house.sandbox.take_ring().unwrap();
    let state = "x-goog-resource-state";
    let others = ring.headers().into_iter().filter(|(name, _)| *name != state);
    let headers: Vec<_> = others.chain([(state, "sync".to_owned())]).collect();
    assert_eq!(house.ring(&headers).await, 204);
    house.run().await;
    assert_eq!(house.rung(&page).await, 0);
}

#[tokio::test]
async fn a_door_takes_rings_of_their_size_and_method_alone() {
    let house = House::new().await;
    let send = async |method: Method, path: &str, body: Vec<u8>| {
        let request = Request::builder().method(method).uri(path).body(Body::from(body)).unwrap();
        house.send(request).await
    };
    let large = vec![b' '; (1 << 20) + 1];
    send(Method::POST, "/hooks/microsoft", large).await.expect(413);
    for path in ["/hooks/google", "/hooks/microsoft"] {
        send(Method::GET, path, Vec::new()).await.expect(405);
    }
    send(Method::POST, "/hooks/microsoft", b"no batch".to_vec()).await.expect(400);
    let forged = br#"{"value":[{"clientState":"chn_00000000000000000000000000000000.x"}]}"#;
    send(Method::POST, "/hooks/microsoft", forged.to_vec()).await.expect(202);
    let asks = "/hooks/microsoft?validationToken=%3Cb%3Eare+you+there";
    let answer = send(Method::POST, asks, Vec::new()).await.expect(200);
    assert_eq!(answer.html, "<b>are you there");
    assert_eq!(answer.headers["content-type"], "text/plain");
}
