//! Pages that are open while something changes.

use std::time::Duration;

use axum::body::Body;
use http::Method;
use http_body_util::BodyExt;
use store::Change;

use crate::google::ADA;
use crate::house::at_google::ALL;
use crate::house::{APP_PASSWORD, Browser, House};

/// An open stream of a page.
struct Stream(Body);

impl Stream {
    async fn open(house: &House, browser: &Browser<'_>, of: &str) -> Self {
        let request = browser.request(Method::GET, &format!("/stream?of={of}"));
        let request = request.header("accept", "text/event-stream").body(Body::empty()).unwrap();
        let response = house.open(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body())
    }

    /// Reads on until an event holds the text.
    async fn until(&mut self, text: &str) -> String {
        let mut seen = String::new();
        loop {
            let frame = self.0.frame().await.expect("the stream goes on").unwrap();
            seen.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap()));
            if seen.contains(text) {
                return seen;
            }
        }
    }
}

#[tokio::test]
async fn a_row_turns_from_processing_to_synced_while_one_looks() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.connect(APP_PASSWORD).await;
    let mut stream = Stream::open(&house, &dana, "connections").await;
    let first = stream.until("data-state=\"processing\"").await;
    assert!(first.contains("event: swap") && first.contains("id=\"con_"), "{first}");
    house.run().await;
    stream.until("data-state=\"synced\"").await;
}

#[tokio::test]
async fn one_person_has_twenty_live_pages_at_most() {
    let house = House::new().await;
    let (dana, other) = (house.dana().await, house.stranger().await);
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(Stream::open(&house, &dana, "connections").await);
    }
    let request = dana.request(Method::GET, "/stream?of=connections").body(Body::empty()).unwrap();
    house.send(request).await.expect(503);
    Stream::open(&house, &other, "connections").await;
    open.pop();
    Stream::open(&house, &dana, "connections").await;
}

#[tokio::test]
async fn a_row_says_that_its_provider_rings_as_soon_as_it_does() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.sign_in_at_google(ADA, ALL).await.expect(303);
    let mut stream = Stream::open(&house, &dana, "connections").await;
    let first = stream.until("data-state=\"processing\"").await;
    assert!(!first.contains("push updates"), "{first}");
    house.run().await;
    stream.until("Google · push updates").await;
}

#[tokio::test]
async fn the_week_changes_when_an_event_does() {
    let house = House::new().await;
    house.put("Before", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    let (dana, _) = house.connected().await;
    let mut stream = Stream::open(&house, &dana, "week&day=2026-11-23").await;
    stream.until("Before").await;
    house.put("After", "DTSTART:20261124T100000Z\nDTEND:20261124T110000Z");
    house.later(400);
    house.run().await;
    stream.until("After").await;
}

#[tokio::test]
async fn the_lines_of_an_examination_come_as_they_happen_and_then_the_page_goes_on() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let typed = [("username", crate::house::PERSON), ("password", APP_PASSWORD)];
    let path = "/calendars/settings/connections/add/icloud";
    let attempt = dana.post(path, &typed).await.expect(303).to();
    let id = attempt.rsplit('/').next().unwrap();
    let mut stream = Stream::open(&house, &dana, &format!("attempt&id={id}")).await;
    stream.until("event: reload").await;
}

#[tokio::test]
async fn a_new_connection_loads_the_list_again() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let mut stream = Stream::open(&house, &dana, "connections").await;
    stream.until("id=\"needs\"").await;
    dana.connect(APP_PASSWORD).await;
    stream.until("event: reload").await;
}

#[tokio::test]
async fn what_happens_between_the_page_and_its_stream_is_seen() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let page = dana.get("/calendars/settings/connections").await.expect(200).html;
    let of = page.split("data-stream=\"/stream?of=").nth(1).unwrap().split('"').next().unwrap();
    let of = of.replace("&amp;", "&");
    dana.connect(APP_PASSWORD).await;
    Stream::open(&house, &dana, &of).await.until("event: reload").await;
}

#[tokio::test]
async fn a_stream_ends_for_who_is_signed_out_and_begins_only_for_who_may_see() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let id = page.rsplit('/').next().unwrap();
    let mut stream = Stream::open(&house, &dana, &format!("connection&id={id}")).await;
    stream.until("Synced").await;
    let mut stranger = house.stranger().await;
    stranger.get(&format!("/stream?of=connection&id={id}")).await.expect(404);
    stranger.get("/stream?of=nonsense").await.expect(404);
    house.browser().get("/stream?of=connections").await.expect(303);
    dana.post("/sign-out", &[]).await.expect(303);
    stream.until("event: reload").await;
}

/// Google tells nobody that access was taken back there: who has the page open hears of it without
/// loading it again.
#[tokio::test]
async fn museum_33_a_death_without_a_sign_comes_to_whoever_has_the_page_open() {
    let house = House::new().await;
    let (dana, page) = house.with_google().await;
    let mut stream = Stream::open(&house, &dana, "connections").await;
    stream.until("data-state=\"synced\"").await;
    house.sandbox.google().revoke(ADA).unwrap();
    house.later(31);
    let mut tx = house.ctx.db.begin().await.unwrap();
    tx.announce(Change::Connection(page.rsplit('/').next().unwrap().parse().unwrap()));
    tx.commit().await.unwrap();
    let working = async {
        loop {
            house.run().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let told = tokio::select! {
        told = stream.until("Fix this") => told,
        () = working => unreachable!("it works on"),
    };
    assert!(told.contains("id=\"needs\""), "{told}");
}
