//! Push channels: opened, rung, stopped; over the network, and carried by hand.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use http::HeaderMap;
use sandbox::{GoogleManners, Often};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::client::{ADA, Client, MARA, hour, seeded};

const WATCH: &str = "/calendars/primary/events/watch";

fn channel(id: &str) -> Value {
    json!({ "id": id, "type": "web_hook", "address": "http://127.0.0.1:9/hook", "token": "secret" })
}

fn numbers(client: &Client) -> Vec<(u64, &'static str)> {
    client.rings().into_iter().map(|ring| (ring.number, ring.state)).collect()
}

#[tokio::test]
async fn a_channel_is_told_at_once_and_rung_at_every_change() {
    let client = Client::new().await;
    let open = client.post(WATCH, channel("c-1")).await.json();
    assert_eq!((&open["kind"], &open["token"]), (&json!("api#channel"), &json!("secret")));
    let week = 1_793_610_000_000_i64 + 604_800_000;
    assert_eq!(open["expiration"].as_str().unwrap().parse::<i64>().unwrap(), week);
    let first = client.rings();
    let headers = first[0].headers();
    let of = |name: &str| {
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(
        (of("x-goog-resource-state"), of("x-goog-message-number")),
        ("sync".into(), "1".into())
    );
    assert_eq!(
        (of("x-goog-channel-id"), of("x-goog-channel-token")),
        ("c-1".into(), "secret".into())
    );
    assert_eq!(open["resourceId"], of("x-goog-resource-id"));
    assert_eq!(open["resourceUri"], of("x-goog-resource-uri"));
    assert!(of("x-goog-channel-expiration").ends_with("GMT"));
    client.insert("Tea", "2026-11-20T10:00:00").await;
    client
        .levers()
        .add_event(ADA, "primary", "x", ("2026-11-20T10:00:00".parse().unwrap(), 9))
        .unwrap();
    assert_eq!(numbers(&client), [(2, "exists"), (3, "exists")], "for our own writes too");
}

#[tokio::test]
async fn the_list_of_calendars_rings_too() {
    let client = Client::new().await;
    let open = client.post("/users/me/calendarList/watch", channel("list")).await;
    assert!(open.json()["resourceUri"].as_str().unwrap().contains("/users/me/calendarList"));
    client.insert("Tea", "2026-11-20T10:00:00").await;
    assert_eq!(numbers(&client), [(1, "sync")], "events are not the list");
    client.levers().add_calendar(ADA, "New").unwrap();
    assert_eq!(numbers(&client), [(2, "exists")]);
}

#[tokio::test]
async fn a_channel_ends_when_stopped_or_over() {
    let client = Client::new().await;
    let open = client.post(WATCH, channel("c-1")).await.json();
    let mut short = channel("c-2");
    short["params"] = json!({ "ttl": "600" });
    client.post(WATCH, short).await;
    client.rings();
    let stop = json!({ "id": "c-1", "resourceId": open["resourceId"] });
    let other = Client::of(client.sandbox.clone(), ADA, &[super::client::ALL]).await;
    let wrong = json!({ "id": "c-1", "resourceId": "other" });
    assert_eq!(client.post("/channels/stop", wrong).await.status, 404);
    assert_eq!(other.post("/channels/stop", stop.clone()).await.status, 204);
    assert_eq!(client.post("/channels/stop", stop).await.status, 404);
    client.insert("Tea", "2026-11-20T10:00:00").await;
    assert_eq!(client.rings().len(), 1, "the second channel only");
    client.sandbox.set_forward(jiff::SignedDuration::from_secs(600));
    client.insert("Tea", "2026-11-20T10:00:00").await;
    assert!(client.rings().is_empty());
    assert_eq!(client.post(WATCH, channel("c-2")).await.status, 200, "its id is free again");
}

#[tokio::test]
async fn channels_that_cannot_be_are_refused() {
    let client = Client::of(seeded(), MARA, &[super::client::ALL]).await;
    assert_eq!(client.post(WATCH, channel("c-1")).await.status, 200);
    let with = |name: &str, value: &str| {
        let mut wish = channel("c-2");
        wish[name] = json!(value);
        wish
    };
    let cases = [
        (channel("c-1"), "channelIdNotUnique"),
        (with("id", "not allowed!"), "invalid"),
        (with("id", &"x".repeat(65)), "invalid"),
        (with("token", &"x".repeat(257)), "invalid"),
        (with("type", "pigeon"), "invalid"),
        (with("address", "ftp://x.example"), "push.webhookUrlNotHttps"),
        (with("expiration", "1"), "invalid"),
    ];
    for (wish, reason) in cases {
        assert_eq!(client.post(WATCH, wish).await.refusal(), (400, reason.into()));
    }
    let manners = GoogleManners { push_https_only: true, ..GoogleManners::default() };
    client.levers().set_manners(manners);
    let plain = client.post(WATCH, channel("c-3")).await;
    assert_eq!(plain.refusal(), (400, "push.webhookUrlNotHttps".into()));
    client.levers().set_manners(GoogleManners::default());
    let holidays = "/calendars/en.german%23holiday%40group.v.calendar.google.com/events/watch";
    let refused = client.post(holidays, channel("c-4")).await;
    assert_eq!(refused.refusal(), (400, "pushNotSupportedForRequestedResource".into()));
    let set = client.levers().change_faults(None, |faults| {
        faults.watch_refused = Some("push.webhookUrlUnauthorized".into());
    });
    set.unwrap();
    let refused = client.post(WATCH, channel("c-5")).await;
    assert_eq!(refused.refusal(), (401, "push.webhookUrlUnauthorized".into()));
}

#[tokio::test]
async fn rings_are_lost_doubled_and_overtaken_when_told_to() {
    let client = Client::new().await;
    client.post(WATCH, channel("c-1")).await;
    client.rings();
    let next = async |change: fn(&mut sandbox::GoogleFaults)| {
        client.levers().change_faults(Some(ADA), change).unwrap();
        client.insert("Tea", "2026-11-20T10:00:00").await;
        numbers(&client)
    };
    assert_eq!(next(|it| it.push_dropped = Often::Times(1)).await, []);
    assert_eq!(client.levers().heard().last().unwrap().outcome, "dropped");
    assert_eq!(next(|it| it.push_doubled = Often::Times(1)).await, [(3, "exists"); 2]);
    assert_eq!(next(|it| it.push_reordered = Often::Times(1)).await, []);
    assert_eq!(next(|_| ()).await, [(5, "exists")]);
    client.sandbox.set_forward(jiff::SignedDuration::from_secs(2));
    assert_eq!(numbers(&client), [(4, "exists")], "the earlier one comes later");
    client.levers().silence(ADA).unwrap();
    assert_eq!(next(|_| ()).await, []);
}

#[tokio::test]
async fn a_ring_that_fails_is_tried_again_and_one_that_is_refused_is_not() {
    let client = Client::new().await;
    client.post(WATCH, channel("c-1")).await;
    let ring = client.sandbox.take_ring().unwrap();
    client.sandbox.ring_answered(ring, Some(503));
    assert_eq!(client.sandbox.take_ring(), None);
    client.sandbox.set_forward(jiff::SignedDuration::from_secs(1));
    let again = client.sandbox.take_ring().unwrap();
    assert_eq!((again.tries, again.number), (1, 1));
    client.sandbox.ring_answered(again, Some(404));
    client.sandbox.set_forward(jiff::SignedDuration::from_secs(3600));
    assert_eq!(client.sandbox.take_ring(), None);
    let outcomes: Vec<&str> = client.levers().heard().iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes, ["tried again", "given up"]);
}

#[tokio::test]
async fn rings_reach_a_server_over_the_network() {
    let heard: Arc<Mutex<Vec<(String, usize)>>> = Arc::default();
    let (told, (stop, stopped)) = (heard.clone(), tokio::sync::oneshot::channel::<()>());
    let (done, mut all) = tokio::sync::mpsc::channel::<()>(8);
    let hook = async move |headers: HeaderMap, body: String| {
        let state = headers["x-goog-resource-state"].to_str().unwrap().to_owned();
        told.lock().unwrap().push((state, body.len()));
        done.send(()).await.unwrap();
        http::StatusCode::NO_CONTENT
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let client = Client::new().await;
    let mut wish = channel("c-1");
    wish["address"] = json!(address);
    let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = client.sandbox.clone().serve(outside, async { drop(stopped.await) });
    let hooks = axum::serve(listener, Router::new().route("/hook", post(hook)));
    let script = async {
        assert_eq!(client.post(WATCH, wish).await.status, 200);
        all.recv().await.unwrap();
        client.post("/calendars/primary/events", hour("Tea", "2026-11-20T10:00:00")).await;
        all.recv().await.unwrap();
        stop.send(()).unwrap();
    };
    tokio::select! {
        served = async { tokio::join!(sandbox, script) } => served.0.unwrap(),
        _ = hooks.into_future() => unreachable!("the hooks serve on"),
    }
    assert_eq!(*heard.lock().unwrap(), [("sync".to_owned(), 0), ("exists".to_owned(), 0)]);
}
