//! The seeded world.

use jiff::civil::date;
use sandbox::{Access, CalendarKind, Sandbox};

fn seeded(seed: u64, zone: &str) -> Sandbox {
    Sandbox::seeded(seed, date(2026, 11, 18), zone)
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let texts =
        |seed| seeded(seed, "Europe/Berlin").list_events("dana.reyes@icloud.example", "Work");
    assert_eq!(texts(3), texts(3));
    assert_ne!(texts(3), texts(4));
}

#[test]
fn the_week_of_today_looks_lived_in() {
    let sandbox = seeded(1, "Europe/Berlin");
    let this_week = |user: &str, calendar: &str| {
        let events = sandbox.list_events(user, calendar).unwrap();
        let days = ["16", "17", "18", "19", "20", "21", "22"];
        let starts = |text: &str| {
            days.iter().any(|day| {
                text.contains(&format!("DTSTART;TZID=Europe/Berlin:202611{day}"))
                    || text.contains(&format!("DTSTART;VALUE=DATE:202611{day}"))
            })
        };
        events.iter().filter(|event| starts(&event.text)).count()
    };
    assert!(this_week("dana.reyes@icloud.example", "Home") >= 5);
    assert!(this_week("dana.reyes@icloud.example", "Work") >= 5);
    assert!(this_week("sam.okafor@icloud.example", "Jobs") >= 4);
}

#[test]
fn everyone_has_the_calendars_they_should() {
    let sandbox = seeded(1, "Europe/Berlin");
    let people = sandbox.people();
    assert_eq!(people.len(), 4);
    let calendars = sandbox.calendars("dana.reyes@icloud.example").unwrap();
    let of = |name: &str| calendars.iter().find(|it| it.display_name == name).unwrap();
    assert_eq!(of("School").access, Access::Read);
    assert_eq!(of("Reminders").kind, CalendarKind::Reminders);
    let sams = sandbox.calendars("sam.okafor@icloud.example").unwrap();
    let family = sams.iter().find(|it| it.display_name == "Family").unwrap();
    assert_eq!((family.access, family.events), (Access::Write, of("Family").events));
    assert_eq!(sandbox.calendars("kit.newman@icloud.example").unwrap()[0].events, 0);
    assert!(sandbox.calendar_path("noor@cloud.example", "Rota").unwrap().contains("/remote.php/"));
    assert_eq!(sandbox.feeds(), ["holidays", "team-roster"]);
}

#[test]
fn every_seeded_object_is_one_its_own_server_would_take() {
    for zone in ["Europe/Berlin", "America/Los_Angeles", "UTC", "Asia/Kathmandu"] {
        let sandbox = seeded(2, zone);
        for person in sandbox.people() {
            for calendar in sandbox.calendars(&person.username).unwrap() {
                let events = sandbox.list_events(&person.username, &calendar.segment).unwrap();
                for event in events {
                    assert!(!event.uid.is_empty());
                    assert!(!event.text.contains("TZID=UTC"), "{}", event.text);
                    assert!(event.text.lines().all(|line| line.len() <= 75), "{}", event.text);
                    let ends = event.text.contains("\r\nDTEND") || event.text.contains("VTODO");
                    assert!(ends && !event.text.replace("\r\n", "").contains('\n'));
                }
            }
        }
    }
}
