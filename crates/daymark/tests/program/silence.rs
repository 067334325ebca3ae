//! What a log must not hold, however much is logged.

use std::fs::File;

use sandbox::{Access, CalendarKind, Sandbox};
use serde_json::json;

use crate::house::{House, account, serve, until};

const PERSON: &str = "dana@icloud.example";
const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

/// An event that everybody may see, a private one, and two that are not understood.
fn world() -> Sandbox {
    let sandbox = Sandbox::empty(1);
    sandbox.add_person(PERSON, PASSWORD);
    sandbox.add_calendar(PERSON, "Home", CalendarKind::Events, Access::Owner).unwrap();
    for (name, lines) in [
        ("open", "DTSTART:20261123T090000Z\r\nDTEND:20261123T100000Z"),
        ("private", "DTSTART:20261123T110000Z\r\nDTEND:20261123T120000Z\r\nCLASS:PRIVATE"),
        ("nowhere", "DTSTART;TZID=Nowhere/Land:20261123T130000\r\nDURATION:PT1H"),
        ("never", "DTSTART:yesterday"),
    ] {
        put(&sandbox, name, lines);
    }
    sandbox
}

fn put(sandbox: &Sandbox, name: &str, lines: &str) {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
         DTSTAMP:20261101T000000Z\r\n{lines}\r\nSUMMARY:Surgery-{name}\r\n\
         LOCATION:Ward-{name}\r\nDESCRIPTION:Fasting-{name}\r\n\
         ATTENDEE;CN=Kit Guest:mailto:kit@guests.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    sandbox.put_event(PERSON, "home", &format!("{name}.ics"), &text).unwrap();
}

#[test]
fn the_fullest_log_of_our_own_holds_no_title_no_guest_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = world();
    let icloud = serve(&sandbox);
    let (user, key) = account(folder.path());
    let log = folder.path().join("log");
    let kept = File::create(&log).unwrap().into();
    let fullest = [("DAYMARK_LOG", "trace,sqlx=debug")];
    let house = House::start_logging(folder.path(), icloud, (&fullest, kept));
    let form = json!({
        "integration": "icloud", "user": user, "username": PERSON, "password": PASSWORD,
    });
    let (status, connection) = house.post("/api/v1/connections", &key, &form);
    assert_eq!(status, 201, "{connection}");
    let id = connection["id"].as_str().unwrap();
    let path = format!("/api/v1/connections/{id}");
    until("all is read", || house.get(&path, &key).1["status"]["state"] == "synced");
    let private = json!({
        "linked_calendar": null, "conflict_calendars": [], "import": "block",
        "on_outside_change": "ask", "private_mode": false, "write_detail": "full",
    });
    let settings = format!("/api/v1/users/{user}/calendar-settings");
    assert_eq!(house.send("PUT", &settings, &key, &private).0, 200);
    let calendar = connection["calendars"][0]["id"].as_str().unwrap();
    let window = "from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z";
    let events = format!("/api/v1/calendars/{calendar}/events?{window}");
    let (_, seen) = house.get(&events, &key);
    assert!(seen.to_string().contains("Surgery-open"), "titles pass through it: {seen}");
    // What changes, and what is refused.
    put(&sandbox, "late", "DTSTART:20261123T150000Z\r\nDTEND:20261123T160000Z");
    assert_eq!(house.post(&format!("{path}/pull"), &key, &json!({})).0, 202);
    until("it is read", || house.get(&events, &key).1.to_string().contains("Surgery-late"));
    let wrong = json!({ "password": "wron-gwro-ngwr-ongw" });
    assert_eq!(house.post(&format!("{path}/repair"), &key, &wrong).0, 409);
    house.terminate();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("DEBUG outbound") && log.contains("outcome=207"), "it is no log: {log}");
    for silent in
        ["Surgery", "Ward-", "Fasting", "kit@guests", "Kit Guest", PASSWORD, "wron-gwro", &key]
    {
        let line = log.lines().find(|line| line.contains(silent));
        assert_eq!(line, None, "“{silent}” is logged");
    }
}
