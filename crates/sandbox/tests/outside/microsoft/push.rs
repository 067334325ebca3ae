//! Subscriptions: made after a handshake, told of changes, renewed, ended; over the network, and
//! carried by hand.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Query;
use axum::routing::post;
use jiff::SignedDuration;
use sandbox::{MicrosoftFaults, Often, Ring, RingAnswer};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::client::{ADA, Client, IMMUTABLE, LENA, hour, id, seeded};

const HOOK: &str = "http://127.0.0.1:9/hook?c=1";
const LIFECYCLE: &str = "http://127.0.0.1:9/lifecycle";

/// A subscription of two days, as it is asked for on 2 November, nine o'clock.
fn wish() -> Value {
    json!({ "changeType": "created,updated,deleted", "notificationUrl": HOOK,
        "lifecycleNotificationUrl": LIFECYCLE, "resource": "me/events",
        "expirationDateTime": "2026-11-04T09:00:00.0000000Z", "clientState": "secret" })
}

fn with(name: &str, value: Value) -> Value {
    let mut wish = wish();
    wish[name] = value;
    wish
}

async fn subscribe(client: &Client, wish: Value) -> Value {
    let answer = client.post("/subscriptions", wish).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// All notices in some rings.
fn notices(rings: &[Ring]) -> Vec<Value> {
    let bodies = rings.iter().map(|ring| serde_json::from_str::<Value>(ring.body()).unwrap());
    bodies.flat_map(|body| body["value"].as_array().unwrap().clone()).collect()
}

fn changes(client: &Client) -> Vec<String> {
    let told = notices(&client.rings());
    told.iter().map(|it| it["changeType"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn changes_are_told_together_with_the_client_state() {
    let client = Client::new().await;
    let made = subscribe(&client, wish()).await;
    assert_eq!((&made["clientState"], &made["resource"]), (&json!("secret"), &json!("me/events")));
    for name in ["applicationId", "creatorId", "latestSupportedTlsVersion"] {
        assert!(made[name].is_string(), "{name}");
    }
    let event = client.insert("Tea", "2026-11-18T10:00:00").await;
    let path = format!("/me/events/{}", id(&event));
    client.patch(&path, json!({ "subject": "Coffee" })).await;
    client.delete(&path).await;
    let rings = client.rings();
    assert_eq!((rings.len(), rings[0].address.as_str(), rings[0].patience_s), (1, HOOK, 3));
    assert!(rings[0].headers()[0].1.starts_with("application/json"));
    let told = notices(&rings);
    let kinds: Vec<_> = told.iter().map(|it| it["changeType"].clone()).collect();
    assert_eq!(kinds, ["created", "updated", "deleted"]);
    let first = &told[0];
    assert_eq!((&first["clientState"], &first["subscriptionId"]), (&json!("secret"), &made["id"]));
    assert_eq!(first["resourceData"]["id"], event["id"]);
    let resource = format!("Users/{}/Events/{}", made["creatorId"].as_str().unwrap(), id(&event));
    assert_eq!(first["resource"], resource);
    assert!(first["tenantId"].is_string());
    client
        .levers()
        .add_event(ADA, "default", "x", ("2026-11-18T10:00:00".parse().unwrap(), 9))
        .unwrap();
    assert_eq!(changes(&client), ["created"], "what others do is told too");
}

#[tokio::test]
async fn a_subscription_hears_of_its_calendar_and_of_its_kinds_only() {
    let client = Client::new().await;
    let other = client.post("/me/calendars", json!({ "name": "Other" })).await.json();
    let mut narrow = with("resource", json!(format!("me/calendars/{}/events", id(&other))));
    narrow["changeType"] = json!("deleted");
    let made = client.send("POST", "/subscriptions", &[IMMUTABLE], &narrow).await;
    assert_eq!(made.status, 201);
    client.insert("Tea", "2026-11-18T10:00:00").await;
    let path = format!("/me/calendars/{}/events", id(&other));
    let event = client.post(&path, hour("Tea", "2026-11-18T10:00:00")).await.json();
    assert!(client.rings().is_empty());
    client.delete(&format!("/me/events/{}", id(&event))).await;
    let told = notices(&client.rings());
    assert_eq!(told[0]["changeType"], "deleted");
    assert!(told[0]["resourceData"]["id"].as_str().unwrap().starts_with("AAkA"), "immutable");
}

#[tokio::test]
async fn subscriptions_are_listed_renewed_and_ended() {
    let client = Client::new().await;
    let made = subscribe(&client, wish()).await;
    let twice = client.post("/subscriptions", wish()).await;
    assert_eq!(twice.code(), (409, "Conflict".into()));
    let all = client.get("/subscriptions").await.json();
    assert_eq!(all["value"].as_array().unwrap().len(), 1);
    let path = format!("/subscriptions/{}", id(&made));
    assert_eq!(client.get(&path).await.json()["clientState"], Value::Null);
    let later = json!({ "expirationDateTime": "2026-11-09T08:00:00Z" });
    let renewed = client.patch(&path, later.clone()).await.json();
    assert_eq!(renewed["expirationDateTime"], "2026-11-09T08:00:00.0000000Z");
    assert_eq!(client.post(&format!("{path}/reauthorize"), Value::Null).await.status, 204);
    let moved = client.patch(&path, with("x", Value::Null)).await;
    assert_eq!(moved.code().0, 400, "the lifecycle address stays");
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.patch(&path, later).await.code(), (404, "ResourceNotFound".into()));
    subscribe(&client, wish()).await;
    client.sandbox.set_forward(SignedDuration::from_hours(48));
    client.rings();
    let client = Client::of(client.sandbox.clone(), ADA, super::client::ALL).await;
    client.insert("Tea", "2026-11-18T10:00:00").await;
    assert!(client.rings().is_empty(), "it is over");
    assert_eq!(client.get("/subscriptions").await.json()["value"], json!([]));
}

#[tokio::test]
async fn subscriptions_that_cannot_be_are_refused() {
    let client = Client::of(seeded(), LENA, super::client::ALL).await;
    let omars = client.levers().calendars(LENA).unwrap().pop().unwrap().id;
    let bad = (400, "InvalidRequest".to_owned());
    let denied = (403, "ErrorAccessDenied".to_owned());
    let until = |at: &str| {
        let mut wish = with("expirationDateTime", json!(at));
        wish["clientState"] = Value::Null;
        wish
    };
    let mut good = until("2026-11-20T08:00:00Z");
    for (name, value, refusal) in [
        ("changeType", json!("moved"), &bad),
        ("notificationUrl", Value::Null, &bad),
        ("notificationUrl", json!("ftp://x.example"), &bad),
        ("clientState", json!("x".repeat(129)), &bad),
        ("resource", json!("me/messages"), &bad),
        ("resource", json!("users/somebody/events"), &denied),
        ("resource", json!(format!("me/calendars/{omars}/events")), &denied),
        ("expirationDateTime", json!("2026-11-18T07:59:00Z"), &bad),
        ("expirationDateTime", json!("2026-11-25T08:01:00Z"), &bad),
        ("expirationDateTime", Value::Null, &bad),
    ] {
        let kept = good[name].clone();
        good[name] = value;
        assert_eq!(client.post("/subscriptions", good.clone()).await.code(), *refusal, "{name}");
        good[name] = kept;
    }
    let short = subscribe(&client, until("2026-11-18T08:01:00Z")).await;
    assert_eq!(short["expirationDateTime"], "2026-11-18T08:45:00.0000000Z", "raised to the least");
    client.change_manners(|it| it.push_https_only = true);
    good["changeType"] = json!("created");
    assert_eq!(client.post("/subscriptions", good.clone()).await.code(), bad);
    client.change_manners(|it| it.push_https_only = false);
    let set = client.levers().change_faults(None, |faults| faults.subscription_refused = Some(503));
    set.unwrap();
    assert_eq!(client.post("/subscriptions", good).await.code().0, 503);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_is_a_ring_whose_answer_decides() {
    let client = Client::new().await;
    client.levers().carry_handshakes(true);
    let carry = async |answer: &dyn Fn(&str) -> Option<RingAnswer>| {
        let mut asked = Vec::new();
        let carried = async {
            for _ in 0..20 {
                while let Some(ring) = client.sandbox.take_ring() {
                    assert_eq!((ring.state, ring.patience_s), ("validation", 10));
                    assert_eq!(ring.headers()[0].1, "text/plain; charset=utf-8");
                    let token = ring.address.split("validationToken=").nth(1).unwrap();
                    let token = token.replace("%20", " ").replace("%3A", ":");
                    asked.push(ring.address.clone());
                    let answer = answer(&token);
                    client.sandbox.ring_answered_with(ring, answer);
                }
                tokio::task::yield_now().await;
            }
        };
        let (made, ()) = tokio::join!(client.post("/subscriptions", wish()), carried);
        (made, asked)
    };
    let text = |content_type: &str, body: &str| {
        Some(RingAnswer { status: 200, content_type: content_type.into(), body: body.into() })
    };
    let failed = (400, "ValidationError".to_owned());
    assert_eq!(carry(&|_| None).await.0.code(), failed);
    assert_eq!(carry(&|_| Some(RingAnswer::status(200))).await.0.code(), failed);
    assert_eq!(carry(&|token| text("text/html", token)).await.0.code(), failed);
    assert_eq!(carry(&|_| text("text/plain", "something else")).await.0.code(), failed);
    let (made, asked) = carry(&|token| text("text/plain; charset=utf-8", token)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(asked.len(), 2, "both addresses were asked");
    assert!(asked[0].starts_with(&format!("{HOOK}&validationToken=Validation%3A")), "{asked:?}");
    let other = client.post("/subscriptions", with("changeType", json!("created"))).await;
    assert_eq!(other.code(), failed, "nobody answered within ten seconds");
}

#[tokio::test]
async fn notices_are_lost_doubled_forged_late_and_overtaken_when_told_to() {
    let client = Client::new().await;
    subscribe(&client, wish()).await;
    let next = async |change: fn(&mut MicrosoftFaults)| {
        client.levers().change_faults(Some(ADA), change).unwrap();
        client.insert("Tea", "2026-11-18T10:00:00").await;
        notices(&client.rings())
    };
    assert!(next(|it| it.push_dropped = Often::Times(1)).await.is_empty());
    assert_eq!(client.levers().heard().last().unwrap().outcome, "dropped");
    let twice = next(|it| it.push_doubled = Often::Times(1)).await;
    assert!(twice.len() == 2 && twice[0] == twice[1]);
    let forged = next(|it| it.push_forged = Often::Times(1)).await;
    let states: Vec<_> = forged.iter().map(|it| it["clientState"].clone()).collect();
    assert_eq!(states, ["forged", "secret"], "in one batch");
    assert!(next(|it| it.push_reordered = Often::Times(1)).await.is_empty());
    assert_eq!(next(|_| ()).await.len(), 1);
    client.sandbox.set_forward(SignedDuration::from_secs(2));
    assert_eq!(changes(&client), ["created"], "the earlier one comes later");
    assert!(next(|it| it.push_late_ms = 60_000).await.is_empty());
    client.sandbox.set_forward(SignedDuration::from_secs(60));
    assert_eq!(changes(&client).len(), 1);
    client.levers().silence(ADA).unwrap();
    assert!(next(|it| it.push_late_ms = 0).await.is_empty());
    assert!(client.rings().is_empty(), "without a word");
}

#[tokio::test]
async fn a_notice_is_tried_again_for_four_hours_and_then_missed() {
    let client = Client::new().await;
    subscribe(&client, wish()).await;
    client.insert("Tea", "2026-11-18T10:00:00").await;
    let ring = client.sandbox.take_ring().unwrap();
    let body = ring.body().to_owned();
    client.sandbox.ring_answered(ring, Some(500));
    assert_eq!(client.sandbox.take_ring(), None);
    client.sandbox.set_forward(SignedDuration::from_secs(10));
    let again = client.sandbox.take_ring().unwrap();
    assert_eq!((again.tries, again.patience_s, again.body()), (1, 10, body.as_str()));
    client.sandbox.set_forward(SignedDuration::from_hours(4));
    client.sandbox.ring_answered(again, None);
    let outcomes: Vec<_> = client.levers().heard().iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes, ["tried again", "given up"]);
    let missed = client.sandbox.take_ring().unwrap();
    assert_eq!((missed.state, missed.address.as_str()), ("lifecycle", LIFECYCLE));
    assert_eq!(notices(&[missed])[0]["lifecycleEvent"], "missed");
}

#[tokio::test]
async fn the_lifecycle_is_told_by_itself_and_on_order() {
    let client = Client::new().await;
    let made = subscribe(&client, wish()).await;
    let events = || -> Vec<String> {
        let told = notices(&client.rings());
        told.iter().map(|it| it["lifecycleEvent"].as_str().unwrap().to_owned()).collect()
    };
    client.sandbox.set_forward(SignedDuration::from_hours(46));
    assert!(events().is_empty());
    client.sandbox.set_forward(SignedDuration::from_hours(1));
    assert_eq!(events(), ["reauthorizationRequired"], "an hour before its end");
    let again = Client::of(client.sandbox.clone(), ADA, super::client::ALL).await;
    let renew = json!({ "expirationDateTime": "2026-11-06T09:00:00Z" });
    again.patch(&format!("/subscriptions/{}", id(&made)), renew.clone()).await;
    let twice = json!({ "expirationDateTime": "2026-11-08T09:00:00Z" });
    again.patch(&format!("/subscriptions/{}", id(&made)), twice).await;
    client.sandbox.set_forward(SignedDuration::from_hours(48));
    assert!(events().is_empty(), "it was renewed in time");
    client.levers().send_lifecycle(ADA, "missed").unwrap();
    assert_eq!(events(), ["missed"]);
    client.levers().send_lifecycle(ADA, "whatever").unwrap_err();
    client.levers().revoke(ADA).unwrap();
    assert_eq!(events(), ["subscriptionRemoved"]);
    let again = Client::of(client.sandbox.clone(), ADA, super::client::ALL).await;
    assert_eq!(again.get("/subscriptions").await.json()["value"], json!([]));
}

#[tokio::test]
async fn handshakes_and_notices_reach_a_server_over_the_network() {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let (told, (stop, stopped)) = (heard.clone(), tokio::sync::oneshot::channel::<()>());
    let (done, mut all) = tokio::sync::mpsc::channel::<()>(8);
    let hook = async move |query: Query<Vec<(String, String)>>, body: String| {
        let token = query.0.into_iter().find(|(name, _)| name == "validationToken");
        if let Some((_, token)) = token {
            return (http::StatusCode::OK, token);
        }
        told.lock().unwrap().push(body);
        done.send(()).await.unwrap();
        (http::StatusCode::ACCEPTED, String::new())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let client = Client::new().await;
    let mut wish = with("notificationUrl", json!(address));
    wish["lifecycleNotificationUrl"] = json!(address);
    let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = client.sandbox.clone().serve(outside, async { drop(stopped.await) });
    let hooks = axum::serve(listener, Router::new().route("/hook", post(hook)));
    let script = async {
        tokio::task::yield_now().await;
        assert_eq!(client.post("/subscriptions", wish).await.status, 201);
        client.post("/me/events", hour("Tea", "2026-11-20T10:00:00")).await;
        all.recv().await.unwrap();
        stop.send(()).unwrap();
    };
    tokio::select! {
        served = async { tokio::join!(sandbox, script) } => served.0.unwrap(),
        _ = hooks.into_future() => unreachable!("the hooks serve on"),
    }
    let told = heard.lock().unwrap().clone();
    assert!(told.len() == 1 && told[0].contains("\"changeType\":\"created\""), "{told:?}");
    let states: Vec<_> = client.levers().heard().iter().map(|it| it.state).collect();
    assert_eq!(&states[..2], ["validation", "validation"]);
}
