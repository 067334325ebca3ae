//! Killed in the middle of a first pull, and stopped politely.

use std::time::Duration;

use sandbox::{Access, CalendarKind, Sandbox, Whom};
use serde_json::json;

use crate::house::{House, account, serve, until};

const PERSON: &str = "dana@icloud.example";
const PASSWORD: &str = "abcd-efgh-ijkl-mnop";
const EVENTS: usize = 1_500;
/// Bodies that are asked for in one request.
const AT_ONCE: usize = 50;

fn world() -> Sandbox {
    let sandbox = Sandbox::empty(1);
    sandbox.add_person(PERSON, PASSWORD);
    sandbox.add_calendar(PERSON, "Home", CalendarKind::Events, Access::Owner).unwrap();
    for n in 0..EVENTS {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:e{n}\r\n\
             DTSTAMP:20261101T000000Z\r\nDTSTART:20261123T090000Z\r\nDTEND:20261123T100000Z\r\n\
             SUMMARY:e{n}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        sandbox.put_event(PERSON, "home", &format!("e{n}.ics"), &text).unwrap();
    }
    sandbox
}

#[test]
fn museum_38_a_killed_first_pull_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = world();
    let icloud = serve(&sandbox);
    let (user, key) = account(folder.path());
    let house = House::start(folder.path(), icloud);
    let form = json!({
        "integration": "icloud", "user": user, "username": PERSON, "password": PASSWORD,
    });
    // From here on every answer takes its time, so that the kill lands in the middle.
    sandbox.change_faults(&Whom::Everyone, |faults| faults.slow_ms = 250).unwrap();
    let (status, connection) = house.post("/api/v1/connections", &key, &form);
    assert_eq!(status, 201, "{connection}");
    let path = format!("/api/v1/connections/{}", connection["id"].as_str().unwrap());
    let mut done: usize = 0;
    until("a part is read", || {
        let progress = &house.get(&path, &key).1["status"]["progress"];
        done = progress["done"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0);
        done > 0
    });
    house.kill();
    sandbox.forget_visits();
    sandbox.clear_faults();
    let house = House::start(folder.path(), icloud);
    until("all is read", || house.get(&path, &key).1["status"]["state"] == "synced");
    let (_, whole) = house.get(&path, &key);
    assert_eq!(whole["calendars"][0]["events"], EVENTS);
    let fetched = sandbox.visits().iter().filter(|visit| visit.method == "REPORT").count();
    let left = EVENTS - done / AT_ONCE * AT_ONCE;
    assert!(done > 0 && fetched <= left / AT_ONCE + 2, "begun anew: {fetched} after {done}");
}

#[test]
fn sigterm_stops_the_server_within_ten_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let icloud = serve(&world());
    let (_, key) = account(folder.path());
    let house = House::start(folder.path(), icloud);
    assert_eq!(house.get("/api/v1/connections", &key).0, 200);
    assert!(house.terminate() < Duration::from_secs(10));
}
