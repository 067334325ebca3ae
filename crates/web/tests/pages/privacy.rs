//! What is private is “Busy” to everybody else, whichever provider it comes from and whichever way
//! it is asked for.

use connection::Credential;
use http::{Method, Request};
use serde_json::json;
use store::{calendars, connections, people};

use crate::connecting::{multipart_named, multipart_ticked};
use crate::google::ADA;
use crate::house::at_google::ALL;
use crate::house::{APP_PASSWORD, House, LIST, PERSON};

const OPEN: [&str; 3] = ["Open-icloud", "Open-google", "Open-file"];
const PRIVATE: [&str; 3] = ["Surgery-icloud", "Surgery-google", "Surgery-file"];

/// At each provider an event that is private there, and one that is not.
fn put_everywhere(house: &House) {
    house.put("Open-icloud", "DTSTART:20261123T080000Z\nDTEND:20261123T090000Z");
    house.put("Surgery-icloud", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z\nCLASS:PRIVATE");
    let at = |hour: u8| json!({ "dateTime": format!("2026-11-24T{hour}:00:00Z") });
    for (title, visibility, hour) in
        [("Open-google", "default", 10), ("Surgery-google", "private", 12)]
    {
        let event = json!({
            "summary": title, "visibility": visibility, "start": at(hour), "end": at(hour + 1),
        });
        house.sandbox.google().put_event(ADA, "primary", event).unwrap();
    }
}

/// A calendar file with the same.
fn file() -> String {
    let event = |title: &str, class: &str, hour: u8| {
        format!(
            "BEGIN:VEVENT\r\nUID:{title}\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:{title}\r\n\
             LOCATION:Room of {title}\r\nCLASS:{class}\r\nDTSTART:20261125T{hour}0000Z\r\n\
             DTEND:20261125T{hour}3000Z\r\nEND:VEVENT\r\n"
        )
    };
    let events = event("Open-file", "PUBLIC", 10) + &event("Surgery-file", "CONFIDENTIAL", 12);
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nX-WR-CALNAME:Shifts\r\n{events}\
         END:VCALENDAR\r\n"
    )
}

async fn set_private_mode(house: &House, private_mode: bool) {
    let mut tx = house.ctx.db.begin().await.unwrap();
    let user = people::user(&mut tx, &house.user).await.unwrap().unwrap();
    let settings = people::CalendarSettings { private_mode, ..user.settings };
    people::set_settings(&mut tx, &house.user, &settings).await.unwrap();
    tx.commit().await.unwrap();
}

/// All that the API says of the events of the user's calendars.
async fn told_by_api(house: &House) -> String {
    let key = door::keys::api_key(&house.ctx, &house.account, "test").await.unwrap();
    let mut tx = house.ctx.db.read().await.unwrap();
    let held = calendars::of_user(&mut tx, &house.user).await.unwrap();
    drop(tx);
    let mut told = String::new();
    for (calendar, _) in held {
        let window = "from=2026-11-23T00:00:00Z&to=2026-11-30T00:00:00Z";
        let request = Request::builder()
            .method(Method::GET)
            .uri(format!("/api/v1/calendars/{}/events?{window}", calendar.id))
            .header("authorization", format!("Bearer {key}"))
            .body(axum::body::Body::empty());
        told += &house.send(request.unwrap()).await.expect(200).html;
    }
    told
}

#[tokio::test]
async fn others_see_busy_whichever_provider_it_comes_from() {
    let house = House::new().await;
    put_everywhere(&house);
    let (mut dana, _) = house.with_google().await;
    dana.connect(APP_PASSWORD).await;
    let (kind, body) = multipart_named("shifts.ics", file().as_bytes());
    dana.post_raw(&format!("{LIST}/add/feed"), &kind, body).await.expect(303);
    dana.wait().await;
    house.run().await;
    let week = format!("/week?day=2026-11-23&user={}", house.user);
    let own = dana.get(&week).await.expect(200);
    own.says(&OPEN).says(&PRIVATE).says(&["Room of Surgery-file"]);
    let mut admin = house.colleague_of(&house.account, "admin@northwind.example").await;
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    let places = ["Room of Open-file", "Room of Surgery-file"];
    for browser in [&mut admin, &mut member] {
        let seen = browser.get(&week).await.expect(200).says(&["Busy"]);
        seen.hides(&OPEN).hides(&PRIVATE).hides(&places);
    }
    let told = told_by_api(&house).await;
    assert_eq!(told.matches("\"title\":\"Busy\"").count(), 6, "{told}");
    set_private_mode(&house, false).await;
    for browser in [&mut admin, &mut member] {
        browser.get(&week).await.expect(200).says(&OPEN).hides(&PRIVATE).hides(&places[1..]);
    }
    let told = told_by_api(&house).await;
    assert!(OPEN.iter().all(|title| told.contains(title)), "{told}");
    assert!(!PRIVATE.iter().any(|title| told.contains(title)), "{told}");
    assert!(!told.contains("Room of Surgery"), "{told}");
}

#[tokio::test]
async fn what_events_are_about_stands_in_no_log_of_acts() {
    let house = House::new().await;
    put_everywhere(&house);
    set_private_mode(&house, false).await;
    let (mut dana, google) = house.with_google().await;
    dana.connect(APP_PASSWORD).await;
    let (kind, body) = multipart_named("shifts.ics", file().as_bytes());
    dana.post_raw(&format!("{LIST}/add/feed"), &kind, body).await.expect(303);
    dana.wait().await;
    house.run().await;
    // What could bring a title along: choices, looks, busy times only, a disconnection.
    let mut tx = house.ctx.db.read().await.unwrap();
    let held = calendars::of_user(&mut tx, &house.user).await.unwrap();
    drop(tx);
    for (calendar, _) in &held {
        let page = format!("{LIST}/{}", calendar.connection);
        dana.get(&page).await.expect(200);
        let switches = [("counts_as_busy", "on"), ("all_day_is_busy", "on")];
        dana.post(&format!("{page}/calendars/{}", calendar.id), &switches).await.expect(303);
    }
    dana.post(&format!("{google}/pull"), &[]).await.expect(303);
    dana.post(&format!("{google}/busy-only"), &[("busy_only", "true")]).await.expect(303);
    house.run().await;
    dana.post(&format!("{google}/disconnect"), &[]).await.expect(303);
    let key = door::keys::api_key(&house.ctx, &house.account, "test").await.unwrap();
    let by_key = Request::get("/api/v1/audit?limit=200")
        .header("authorization", format!("Bearer {key}"))
        .body(axum::body::Body::empty());
    let logs = [
        dana.get("/settings/audit/export?format=jsonl").await.expect(200),
        dana.get("/settings/audit/export?format=csv").await.expect(200),
        dana.get("/settings/audit").await.expect(200),
        house.send(by_key.unwrap()).await.expect(200),
    ];
    for (nth, log) in logs.into_iter().enumerate() {
        let acts = if nth == 2 { "all-day events" } else { "connection.busy_only" };
        let log = log.says(&[acts, ADA]).hides(&OPEN).hides(&PRIVATE);
        log.hides(&["Room of "]);
    }
}

/// All texts of events that are stored.
async fn stored(house: &House) -> String {
    let mut tx = house.ctx.db.begin().await.unwrap();
    let mut all = String::new();
    for (calendar, _) in calendars::of_user(&mut tx, &house.user).await.unwrap() {
        let texts = store::events::stored(&mut tx, &calendar.id, None, 100).await.unwrap();
        all.extend(texts.into_iter().map(|(_, text)| text));
    }
    all
}

#[tokio::test]
async fn of_a_busy_only_connection_no_title_is_stored_at_all() {
    let house = House::new().await;
    house.put("Surgery", "DTSTART:20261123T080000Z\nDURATION:PT1H\nLOCATION:Clinic");
    let (mut dana, connection) = house.connected().await;
    let week = "/week?day=2026-11-23";
    dana.get(week).await.expect(200).says(&["Surgery", "Clinic", "10:00"]);
    assert!(stored(&house).await.contains("Clinic"));
    let switch = format!("{connection}/busy-only");
    dana.post(&switch, &[("busy_only", "true")]).await.expect(303);
    let kept = stored(&house).await;
    assert!(kept.contains("DTSTART:20261123T080000Z") && !kept.contains("Clinic"), "{kept}");
    assert!(!kept.contains("SUMMARY:Surgery"), "{kept}");
    let seen = dana.get(week).await.expect(200).says(&["Busy", "10:00"]);
    seen.hides(&["Surgery", "Clinic"]);
    // What comes later is stripped as it comes, and what changes only its title is no news.
    house.put(
        "Therapy",
        "DTSTART:20261124T080000Z\nDURATION:PT1H\nLOCATION:Clinic\nRRULE:FREQ=DAILY",
    );
    for _ in 0..3 {
        house.later(400);
        house.run().await;
    }
    let kept = stored(&house).await;
    assert!(kept.contains("RRULE:FREQ=DAILY") && !kept.contains("Clinic"), "{kept}");
    dana.get("/week?day=2026-11-30").await.expect(200).says(&["Busy"]).hides(&["Therapy"]);
    dana.get(&connection).await.expect(200).says(&["Busy times only", "Keep details again"]);
    dana.post(&switch, &[("busy_only", "false")]).await.expect(303);
    house.later(60);
    house.run().await;
    dana.get(week).await.expect(200).says(&["Surgery", "Therapy", "Clinic"]);
}

#[tokio::test]
async fn who_chooses_busy_times_only_while_connecting_never_has_a_title_stored() {
    let house = House::new().await;
    put_everywhere(&house);
    let mut dana = house.dana().await;
    let form = dana.get(&format!("{LIST}/add/icloud")).await.expect(200);
    form.says(&["name=\"busy_only\"", "Keep busy times only"]);
    let typed = [("username", PERSON), ("password", "aaaa-bbbb-cccc-dddd"), ("busy_only", "on")];
    let failed = dana.post(&format!("{LIST}/add/icloud"), &typed).await.expect(303).to();
    dana.wait().await;
    dana.get(&failed).await.expect(200).says(&["name=\"busy_only\" checked"]);
    let typed = [("username", PERSON), ("password", APP_PASSWORD), ("busy_only", "on")];
    let attempt = dana.post(&format!("{LIST}/add/icloud"), &typed).await.expect(303).to();
    dana.wait().await;
    let page = dana.get(&attempt).await.expect(303).to();
    let card = dana.get(&format!("{LIST}/add/google")).await.expect(200);
    card.says(&["href=\"/oauth/go/google?busy_only=true\""]);
    let back = dana.decide("/oauth/go/google?busy_only=true", ADA, ALL).await;
    dana.come_back(&back).await.expect(303);
    let (kind, body) = multipart_ticked("shifts.ics", file().as_bytes(), "busy_only");
    dana.post_raw(&format!("{LIST}/add/feed"), &kind, body).await.expect(303);
    dana.wait().await;
    house.run().await;
    let kept = stored(&house).await;
    assert_eq!(kept.matches("BEGIN:VEVENT").count(), 6, "{kept}");
    for says_more in ["SUMMARY:Open", "SUMMARY:Surgery", "Room of", "\nLOCATION"] {
        assert!(!kept.contains(says_more), "{kept}");
    }
    let mut tx = house.ctx.db.read().await.unwrap();
    let held = connections::of_user(&mut tx, &house.user).await.unwrap();
    let shifts = held.iter().find(|held| held.principal.is_file()).unwrap();
    let credential = connections::credential(&mut tx, &shifts.id).await.unwrap().unwrap();
    let Credential::File { text, .. } = credential else { panic!("no file") };
    assert!(!text.reveal().contains("SUMMARY:S") && !text.reveal().contains("Room of"));
    assert!(text.reveal().contains("X-WR-CALNAME:Shifts"), "the calendar keeps its name");
    drop(tx);
    let week = dana.get("/week?day=2026-11-23").await.expect(200).says(&["Busy"]);
    week.hides(&OPEN).hides(&PRIVATE);
    let page = page.strip_suffix("/calendars").unwrap();
    dana.get(page).await.expect(200).says(&["Keep details again"]);
    // Who connects it again within the month finds it so.
    dana.post(&format!("{page}/disconnect"), &[]).await.expect(303);
    dana.connect(APP_PASSWORD).await;
    house.run().await;
    let kept = stored(&house).await;
    assert!(kept.contains("BEGIN:VEVENT") && !kept.contains("SUMMARY:Open"), "{kept}");
}

#[tokio::test]
async fn who_connects_again_with_busy_times_only_has_erased_what_was_kept() {
    let house = House::new().await;
    put_everywhere(&house);
    let (mut dana, page) = house.connected().await;
    assert!(stored(&house).await.contains("SUMMARY:Open-icloud"));
    let typed = [("username", PERSON), ("password", APP_PASSWORD), ("busy_only", "on")];
    dana.post(&format!("{LIST}/add/icloud"), &typed).await.expect(303);
    dana.wait().await;
    house.run().await;
    let kept = stored(&house).await;
    assert!(kept.contains("BEGIN:VEVENT") && !kept.contains("SUMMARY:Open"), "{kept}");
    dana.get(&page).await.expect(200).says(&["Keep details again"]);
}
