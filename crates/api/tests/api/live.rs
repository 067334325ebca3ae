//! The stream of changes.

use axum::body::BodyDataStream;
use futures_util::StreamExt;
use http::Method;
use serde_json::json;

use crate::house::House;

/// One event as it came over the wire.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    id: String,
    event: String,
    data: String,
}

/// An open stream, read event by event.
struct Ear {
    body: BodyDataStream,
    read: String,
}

impl Ear {
    async fn open(house: &House, last: Option<&str>) -> Self {
        let mut request = house.request(Method::GET, "/stream", None);
        if let Some(last) = last {
            request.headers_mut().insert("last-event-id", last.parse().unwrap());
        }
        let response = house.open(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                let block: String = self.read.drain(..end + 2).collect();
                return Some(heard(&block));
            }
            let bytes = self.body.next().await?.unwrap();
            self.read.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next event, without its id.
    async fn told(&mut self) -> (String, String) {
        let heard = self.next().await.expect("the stream goes on");
        (heard.event, heard.data)
    }
}

fn heard(block: &str) -> Heard {
    let mut heard = Heard::default();
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("id", id)) => heard.id = id.to_owned(),
            Some(("event", event)) => heard.event = event.to_owned(),
            Some(("data", data)) => heard.data = data.to_owned(),
            _ => {}
        }
    }
    heard
}

async fn switch(house: &House, counts: bool) -> String {
    let calendar = house.calendar("Home").await["id"].as_str().unwrap().to_owned();
    let body = json!({ "counts_as_busy": counts });
    house.patch(&format!("/calendars/{calendar}"), &body).await.expect(200);
    calendar
}

#[tokio::test]
async fn a_change_is_told_with_ids_only() {
    let (house, connection) = House::connected().await;
    let mut ear = Ear::open(&house, None).await;
    let opening = ear.next().await.unwrap();
    assert!(!opening.id.is_empty() && opening.event.is_empty());
    let calendar = switch(&house, false).await;
    let (event, data) = ear.told().await;
    assert_eq!(event, "calendar.changed");
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data, json!({ "calendar": calendar, "connection": connection }));
}

#[tokio::test]
async fn who_comes_back_hears_what_was_missed() {
    let (house, connection) = House::connected().await;
    let mut ear = Ear::open(&house, None).await;
    let last = ear.next().await.unwrap().id;
    drop(ear);
    switch(&house, false).await;
    tokio::task::yield_now().await;
    let mut ear = Ear::open(&house, Some(&last)).await;
    let missed = ear.next().await.unwrap();
    assert_eq!(missed.event, "calendar.changed");
    house.delete(&format!("/connections/{connection}")).await.expect(204);
    assert_eq!(ear.told().await.0, "connection.changed", "one that goes is still told");
    let mut ear = Ear::open(&house, Some(&missed.id)).await;
    assert_eq!(ear.told().await, ("resync".into(), "{}".into()), "who was away looks again");
}

#[tokio::test]
async fn an_id_that_is_not_understood_means_look_again() {
    let house = House::new().await;
    for last in ["", "x", "0000000000000000-7", "18446744073709551616"] {
        let mut ear = Ear::open(&house, Some(last)).await;
        assert_eq!(ear.told().await.0, "resync", "{last}");
    }
}

#[tokio::test]
async fn changes_of_others_are_not_told() {
    let (mut house, connection) = House::connected().await;
    let (_, theirs) = house.stranger().await;
    let own = std::mem::replace(&mut house.key, theirs);
    let mut ear = Ear::open(&house, None).await;
    ear.next().await.unwrap();
    house.key = own;
    switch(&house, false).await;
    house.delete(&format!("/connections/{connection}")).await.expect(204);
    tokio::task::yield_now().await;
    house.stop.cancel();
    assert_eq!(ear.next().await, None);
}

#[tokio::test]
async fn a_stream_ends_when_the_process_stops() {
    let house = House::new().await;
    let mut ear = Ear::open(&house, None).await;
    ear.next().await.unwrap();
    house.stop.cancel();
    assert_eq!(ear.next().await, None);
}

#[tokio::test]
async fn one_key_has_so_many_streams() {
    let house = House::new().await;
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(Ear::open(&house, None).await);
    }
    let answer = house.get("/stream").await.expect(429);
    assert_eq!(answer.code(), "streams_max");
    open.pop();
    Ear::open(&house, None).await;
}

#[tokio::test]
async fn a_key_that_was_ended_hears_nothing_more() {
    let (house, _) = House::connected().await;
    let mut ear = Ear::open(&house, None).await;
    ear.next().await.unwrap();
    let calendar = house.calendar("Home").await["id"].as_str().unwrap().to_owned();
    let mut tx = house.ctx.db.begin().await.unwrap();
    let key = store::api_keys::of_account(&mut tx, &house.account).await.unwrap().remove(0);
    store::api_keys::delete(&mut tx, &house.account, &key.id).await.unwrap();
    tx.announce(store::Change::Calendar(calendar.parse().unwrap()));
    tx.commit().await.unwrap();
    assert_eq!(ear.next().await, None);
}
