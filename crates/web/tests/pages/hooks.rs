//! The doors that providers ring at.

use std::collections::BTreeSet;

use axum::body::Body;
use connection::{CalendarId, ChannelId, ConnectionId};
use http::{Method, Request};
use ring::hmac;
use serde_json::{Value, json};
use store::{calendars, channels, jobs, runs};

use crate::house::at_microsoft::KIM;
use crate::house::{House, ZOOM_SECRET_TOKEN};

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
    for path in ["/hooks/google", "/hooks/microsoft", "/hooks/zoom"] {
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

const UPDATED: &str = r#"{"event":"meeting.updated","payload":{"object":{"id":91234567890}}}"#;

/// A notice of Zoom's, sent at that second, signed by that secret.
async fn zoom_rings(house: &House, at: i64, secret: &str, body: &str) -> u16 {
    let signature = signed(secret, &format!("v0:{at}:{body}"));
    let request = Request::post("/hooks/zoom")
        .header("x-zm-request-timestamp", at)
        .header("x-zm-signature", format!("v0={signature}"))
        .body(Body::from(body.to_owned()));
    house.send(request.unwrap()).await.status.as_u16()
}

/// In hexadecimal digits.
fn signed(secret: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, text.as_bytes());
    tag.as_ref().iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

#[tokio::test]
async fn a_notice_that_zoom_has_just_signed_is_taken_and_no_other() {
    let house = House::new().await;
    let now = house.ctx.clock.now().as_second();
    assert_eq!(zoom_rings(&house, now, ZOOM_SECRET_TOKEN, UPDATED).await, 204);
    assert_eq!(zoom_rings(&house, now - 300, ZOOM_SECRET_TOKEN, UPDATED).await, 204);
    for stale in [now - 301, now + 301, 0] {
        assert_eq!(zoom_rings(&house, stale, ZOOM_SECRET_TOKEN, UPDATED).await, 401, "{stale}");
    }
    for forged in ["another token", ""] {
        assert_eq!(zoom_rings(&house, now, forged, UPDATED).await, 401, "{forged}");
    }
    let bare = Request::post("/hooks/zoom").body(Body::from(UPDATED)).unwrap();
    house.send(bare).await.expect(401);
}

#[tokio::test]
async fn zoom_is_answered_whether_its_secret_token_is_known_here() {
    let house = House::new().await;
    let asks = async |token: &str| {
        let asks = json!({
            "event": "endpoint.url_validation",
            "event_ts": 1_700_000_000_000_i64,
            "payload": { "plainToken": token },
        });
        let body = Body::from(asks.to_string());
        house.send(Request::post("/hooks/zoom").body(body).unwrap()).await
    };
    let answer = asks("pt-1").await.expect(200);
    assert_eq!(answer.headers["content-type"], "application/json");
    let answer: Value = serde_json::from_str(&answer.html).unwrap();
    let hash = signed(ZOOM_SECRET_TOKEN, "pt-1");
    assert_eq!(answer, json!({ "plainToken": "pt-1", "encryptedToken": hash }));
    // Nobody has a notice signed by asking.
    let now = house.ctx.clock.now().as_second();
    asks(&format!("v0:{now}:{UPDATED}")).await.expect(401);
}

#[tokio::test]
async fn without_its_secret_token_zoom_rings_at_nothing() {
    let mut house = House::new().await;
    house.forget_set_ups();
    let now = house.ctx.clock.now().as_second();
    assert_eq!(zoom_rings(&house, now, ZOOM_SECRET_TOKEN, UPDATED).await, 404);
    assert_eq!(zoom_rings(&house, now, "", UPDATED).await, 404);
}

/// The calendars of a connection, by what they are called.
async fn calendars_of(house: &House, id: &ConnectionId) -> Vec<(String, CalendarId)> {
    let mut tx = house.ctx.db.read().await.unwrap();
    let all = calendars::of_connection(&mut tx, id).await.unwrap();
    all.into_iter().map(|(calendar, _)| (calendar.name, calendar.id)).collect()
}

/// Those that are to be pulled now because they rang.
async fn rung_for(house: &House, all: &[(String, CalendarId)]) -> BTreeSet<String> {
    let mut tx = house.ctx.db.read().await.unwrap();
    let mut names = BTreeSet::new();
    for (name, id) in all {
        let wanted = jobs::of_subject(&mut tx, id.as_str()).await.unwrap();
        let is_rung = |job: &jobs::Standing| {
            let is_due = job.run_at <= house.ctx.clock.now();
            job.job.kind == "pull_calendar" && job.job.cause == "rung" && is_due
        };
        if wanted.iter().any(is_rung) {
            names.insert(name.clone());
        }
    }
    names
}

/// What Microsoft has gathered, as it would post it; something is new in each of these calendars.
fn gathered(house: &House, all: &[(String, CalendarId)]) -> Value {
    for (name, _) in all {
        let at =
            |hour: u8| json!({"dateTime": format!("2026-11-23T{hour}:00:00"), "timeZone": "UTC"});
        let event = json!({"subject": format!("In {name}"), "start": at(10), "end": at(11)});
        house.sandbox.microsoft().put_event(KIM, name, event).unwrap();
    }
    let ring = house.sandbox.take_ring().unwrap();
    assert!(house.sandbox.take_ring().is_none(), "all of them come in one batch");
    serde_json::from_str(ring.body()).unwrap()
}

#[tokio::test]
async fn museum_37_of_fifty_notices_one_is_forged_and_the_calendars_of_the_others_are_pulled() {
    let house = House::with_microsoft().await;
    for nth in 2..=50 {
        house.sandbox.microsoft().add_calendar(KIM, &format!("Room {nth}")).unwrap();
    }
    let page = house.dana().await.with_outlook(KIM).await;
    let connection = house.connection(&page).await.id;
    let all = calendars_of(&house, &connection).await;
    assert_eq!(all.len(), 50);
    let mut batch = gathered(&house, &all);
    assert_eq!(batch["value"].as_array().unwrap().len(), 50);
    assert_eq!(rung_for(&house, &all).await, BTreeSet::new(), "nobody has rung");

    // The channel is there, and its secret is another one.
    let secret = &mut batch["value"][24]["clientState"];
    let (channel, _) = secret.as_str().unwrap().split_once('.').unwrap();
    let channel: ChannelId = channel.parse().unwrap();
    *secret = json!(format!("{channel}.{}", "0".repeat(64)));
    let mut tx = house.ctx.db.read().await.unwrap();
    let held = channels::find(&mut tx, &channel).await.unwrap().unwrap();
    drop(tx);
    let (forged, others): (Vec<_>, Vec<_>) = all.iter().partition(|(_, id)| *id == held.calendar);
    let names = |some: &[&(String, CalendarId)]| {
        some.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>()
    };
    assert_eq!((forged.len(), names(&others).len()), (1, 49));

    house.notify(&batch).await.expect(202);
    assert_eq!(rung_for(&house, &all).await, names(&others));
    house.run().await;
    let mut tx = house.ctx.db.read().await.unwrap();
    let done = runs::last(&mut tx, &connection, 500).await.unwrap();
    drop(tx);
    let pulled = done.iter().filter(|run| run.cause == "rung" && run.failure.is_none());
    let pulled: Vec<_> = pulled.map(|run| (run.calendar.clone().unwrap(), run.changed)).collect();
    assert_eq!(pulled.len(), 49, "each once");
    for (name, id) in &all {
        let brought = pulled.iter().find(|(of, _)| of == id).map(|(_, changed)| *changed);
        assert_eq!(brought, (*id != held.calendar).then_some(1), "{name}");
    }
}

#[tokio::test]
async fn a_batch_that_is_forged_from_end_to_end_is_taken_and_pulls_nothing() {
    let house = House::with_microsoft().await;
    let page = house.dana().await.with_outlook(KIM).await;
    let all = calendars_of(&house, &house.connection(&page).await.id).await;
    let batch = gathered(&house, &all);
    let true_one = &batch["value"][0];
    let but = |secret: Value| {
        let mut notice = true_one.clone();
        notice["clientState"] = secret;
        notice
    };
    let secret = true_one["clientState"].as_str().unwrap();
    let long = format!("{secret}{}", "0".repeat(200));
    let forged = [json!(null), json!(""), json!("forged"), json!(&secret[..40]), json!(long)];
    let forged: Vec<_> = forged.into_iter().map(but).collect();
    house.notify(&json!({ "value": forged })).await.expect(202);
    assert_eq!(rung_for(&house, &all).await, BTreeSet::new());
    house.notify(&batch).await.expect(202);
    assert_eq!(rung_for(&house, &all).await.len(), all.len(), "the true one is heard");
}
