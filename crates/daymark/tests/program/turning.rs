//! The key is turned as an operator does it: a new one beside the old, a while of serving, and
//! then the new one alone.

use std::fs;
use std::path::Path;

use sandbox::{Access, CalendarKind, Sandbox};
use serde_json::{Value, json};

use crate::house::{House, account, command, serve, until};

const PERSON: &str = "dana@icloud.example";
const PASSWORD: &str = "abcd-efgh-ijkl-mnop";
/// More than are moved in one transaction.
const EVENTS: usize = 300;

fn world() -> Sandbox {
    let sandbox = Sandbox::empty(1);
    sandbox.add_person(PERSON, PASSWORD);
    sandbox.add_calendar(PERSON, "Home", CalendarKind::Events, Access::Owner).unwrap();
    for n in 0..EVENTS {
        put(&sandbox, n);
    }
    sandbox
}

fn put(sandbox: &Sandbox, n: usize) {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:e{n}\r\n\
         DTSTAMP:20261101T000000Z\r\nDTSTART:20261123T090000Z\r\nDTEND:20261123T100000Z\r\n\
         RRULE:FREQ=DAILY\r\nSUMMARY:title {n}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    sandbox.put_event(PERSON, "home", &format!("e{n}.ics"), &text).unwrap();
}

/// What the doctor says of the older keys, and of the database.
fn doctor(data: &Path, older: Option<&str>, name: &str) -> Option<Value> {
    let mut doctor = command(data);
    // Nothing answers there: the doctor must not reach for the network in a test.
    doctor.args(["doctor", "--json"]).env("DAYMARK_ICLOUD_URL", "http://127.0.0.1:9/");
    doctor.envs(older.map(|key| ("DAYMARK_OLD_SECRET_KEYS", key)));
    let findings: Value = serde_json::from_slice(&doctor.output().unwrap().stdout).unwrap();
    findings.as_array().unwrap().iter().find(|finding| finding["name"] == name).cloned()
}

/// `serve` with these settings, which must not start; what it says instead.
fn refused(data: &Path) -> String {
    let out = command(data).args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    String::from_utf8(out.stderr).unwrap()
}

#[test]
fn a_turned_key_takes_over_and_the_old_one_can_be_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let sandbox = world();
    let icloud = serve(&sandbox);
    let (user, key) = account(data);
    let house = House::start(data, icloud);
    let form = json!({
        "integration": "icloud", "user": user, "username": PERSON, "password": PASSWORD,
    });
    let (status, connection) = house.post("/api/v1/connections", &key, &form);
    assert_eq!(status, 201, "{connection}");
    let path = format!("/api/v1/connections/{}", connection["id"].as_str().unwrap());
    until("all is read", || house.get(&path, &key).1["status"]["state"] == "synced");
    house.terminate();

    // The key file is put aside: the next start makes another.
    let (file, aside) = (data.join("secret.key"), data.join("old.key"));
    fs::rename(&file, &aside).unwrap();
    let old = fs::read_to_string(&aside).unwrap();
    let said = refused(data);
    assert!(said.contains("DAYMARK_OLD_SECRET_KEYS"), "{said}");
    let needed = doctor(data, Some(&old), "older keys").unwrap();
    assert_eq!(needed["result"], "warn", "{needed}");
    let older = ("DAYMARK_OLD_SECRET_KEYS_FILE", aside.to_str().unwrap());
    let house = House::start_with(data, icloud, &[older]);
    until("the old key is not needed", || {
        doctor(data, Some(&old), "older keys").unwrap()["result"] == "pass"
    });
    house.terminate();

    fs::remove_file(&aside).unwrap();
    let house = House::start(data, icloud);
    // The password opens, or nothing new could be read; so do the texts of events.
    put(&sandbox, EVENTS);
    assert_eq!(house.post(&format!("{path}/pull"), &key, &json!({})).0, 202);
    until("the new event is read", || {
        house.get(&path, &key).1["calendars"][0]["events"] == EVENTS + 1
    });
    let settings = format!("/api/v1/users/{user}/calendar-settings");
    let (_, mut chosen) = house.get(&settings, &key);
    chosen["private_mode"] = json!(false);
    let (status, chosen) = house.send("PUT", &settings, &key, &chosen);
    assert_eq!(status, 200, "{chosen}");
    let calendar = house.get(&path, &key).1["calendars"][0]["id"].clone();
    let within = "from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z&limit=100";
    let events = format!("/api/v1/calendars/{}/events?{within}", calendar.as_str().unwrap());
    let (status, events) = house.get(&events, &key);
    assert_eq!(status, 200, "{events}");
    let titles = events["items"].as_array().unwrap().iter().map(|event| &event["title"]);
    let opened = titles.filter(|title| title.as_str().is_some_and(|t| t.starts_with("title ")));
    assert_eq!(opened.count(), 100);
    house.terminate();
    assert_eq!(doctor(data, None, "database").unwrap()["result"], "pass");
    assert_eq!(doctor(data, None, "older keys"), None);

    // The old key alone is refused now.
    fs::write(&file, old).unwrap();
    assert!(refused(data).contains("is not at hand"));
}
