//! An attempt to connect whose process died: the page says so and shows the form again.

use axum::body::Body;
use connection::{AttemptId, ConnectionId, IntegrationKind};
use http::Method;
use http_body_util::BodyExt;
use store::attempts::{self, Attempt, AttemptState};
use sync::attempt::SILENCE_MAX_S;

use crate::house::{House, LIST};

/// The row that a process left behind when it died.
async fn left_behind(house: &House, repairs: Option<ConnectionId>) -> String {
    let now = house.ctx.clock.now();
    let row = Attempt {
        id: AttemptId::new(now, house.ctx.dice.as_ref()),
        user: house.user.clone(),
        integration: IntegrationKind::new("icloud"),
        repairs,
        return_to: None,
        checks: Vec::new(),
        state: AttemptState::Running,
        started_at: now,
        seen_at: now,
        ended_at: None,
    };
    let mut tx = house.ctx.db.begin().await.unwrap();
    attempts::insert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    row.id.to_string()
}

#[tokio::test]
async fn after_two_minutes_of_silence_a_reload_shows_the_form_again() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let page = format!("{LIST}/attempts/{}", left_behind(&house, None).await);
    house.later(SILENCE_MAX_S);
    dana.get(&page).await.expect(200).says(&["Looking further", "http-equiv=\"refresh\""]);
    house.later(1);
    let again = dana.get(&page).await.expect(200);
    let action = format!("action=\"{LIST}/add/icloud\"");
    again
        .says(&["this was interrupted", "Nothing of this try was kept", "Try again", &action])
        .hides(&["Looking further", "http-equiv=\"refresh\"", "data-stream"]);
}

#[tokio::test]
async fn a_repair_that_was_interrupted_is_tried_again_where_it_began() {
    let house = House::new().await;
    let (mut dana, place) = house.connected().await;
    let id = place.rsplit('/').next().unwrap().parse().unwrap();
    let page = format!("{LIST}/attempts/{}", left_behind(&house, Some(id)).await);
    house.later(SILENCE_MAX_S + 1);
    let action = format!("action=\"{place}/repair\"");
    dana.get(&page).await.expect(200).says(&["this was interrupted", "Try again", &action]);
}

#[tokio::test]
async fn an_open_page_hears_of_the_silence_by_itself() {
    let house = House::new().await;
    let dana = house.dana().await;
    let id = left_behind(&house, None).await;
    let request = dana.request(Method::GET, &format!("/stream?of=attempt&id={id}"));
    let mut stream = house.open(request.body(Body::empty()).unwrap()).await.into_body();
    let mut next = async || {
        let frame = stream.frame().await.expect("the stream goes on").unwrap();
        String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
    };
    assert!(next().await.contains("Looking further"));
    assert!(next().await.contains("id=\"needs\""));
    house.later(SILENCE_MAX_S + 1);
    // Nobody announces a death: the page finds it at its next look.
    assert!(next().await.contains("event: reload"));
}
