//! An account at each far side, with a calendar of its own.

use connection::{Calendar, ConnectionId};
use jiff::{SignedDuration, Timestamp};
use sandbox::{AccountKind, Failure, Often, Sandbox, Whom};
use serde_json::json;
use sync::connect::Outcome;

use crate::world::rings::ADA;
use crate::world::{self, PERSON, World};

/// The integrations that stand for the far sides there are.
pub(crate) const PLACES: [&str; 3] = ["google", "outlook", "icloud"];
/// The person at Microsoft.
pub(crate) const BEN: &str = "ben@outlook.example";
/// The day that all of it is about.
pub(crate) const DAY: (&str, &str) = ("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");

/// Who has an account there.
pub(crate) fn person(place: &str) -> &'static str {
    match place {
        "google" => ADA,
        "outlook" => BEN,
        _ => PERSON,
    }
}

/// Their own calendar there.
pub(crate) fn own(place: &str) -> &'static str {
    match place {
        "google" => "primary",
        "outlook" => "default",
        _ => "home",
    }
}

/// Somebody moves in there.
pub(crate) fn move_in(world: &World, place: &str, email: &str) {
    match place {
        "google" => world.google_person(email),
        "outlook" => world.outlook_person(email, AccountKind::Work),
        _ => world.sandbox.add_person(email, "xyzw-efgh-ijkl-mnop"),
    }
}

/// An hour of that day is taken, by an event of that name; the same name again moves it.
pub(crate) fn put(world: &World, place: &str, (email, calendar): (&str, &str), hour: u8) -> String {
    let utc =
        |hour: u8| json!({"dateTime": format!("2026-11-24T{hour:02}:00:00"), "timeZone": "UTC"});
    let event = json!({"start": utc(hour), "end": utc(hour + 1)});
    match place {
        "google" => world.sandbox.google().put_event(email, calendar, event).unwrap(),
        "outlook" => world.sandbox.microsoft().put_event(email, calendar, event).unwrap(),
        _ => {
            let name = format!("{hour}.ics");
            let lines =
                format!("DTSTART:20261124T{hour:02}0000Z\nDTEND:20261124T{:02}0000Z", hour + 1);
            let text = world::event(&format!("{hour}-{calendar}"), &lines);
            world.sandbox.put_event(email, calendar, &name, &text).unwrap();
            name
        }
    }
}

/// Five minutes of the weeks after are taken, the `nth` of them.
pub(crate) fn put_minutes(sandbox: &Sandbox, place: &str, nth: usize) {
    let start: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
    let start = start + SignedDuration::from_mins(10 * i64::try_from(nth).unwrap());
    let end = start + SignedDuration::from_mins(5);
    let utc = |at: Timestamp| {
        let at = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        json!({"dateTime": at, "timeZone": "UTC"})
    };
    let (email, calendar) = (person(place), own(place));
    let event = json!({"start": utc(start), "end": utc(end)});
    match place {
        "google" => drop(sandbox.google().put_event(email, calendar, event).unwrap()),
        "outlook" => drop(sandbox.microsoft().put_event(email, calendar, event).unwrap()),
        _ => {
            let compact = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
            let lines = format!("DTSTART:{}\nDTEND:{}", compact(start), compact(end));
            let text = world::event(&format!("minutes{nth}"), &lines);
            sandbox.put_event(email, calendar, &format!("minutes{nth}.ics"), &text).unwrap();
        }
    }
}

/// Moves in with so many taken hours from eight on, connects, and is read.
pub(crate) async fn live(world: &World, place: &str, hours: u8) -> ConnectionId {
    if place != "icloud" {
        move_in(world, place, person(place));
    }
    for hour in 8..8 + hours {
        put(world, place, (person(place), own(place)), hour);
    }
    let id = sign_in(world, place).await;
    world.run().await;
    world.carry_rings().await;
    id
}

pub(crate) async fn sign_in(world: &World, place: &str) -> ConnectionId {
    let outcome = match place {
        "icloud" => world.try_connect(world::PASSWORD).await,
        place => world.sign_in_at(place, person(place)).await,
    };
    match outcome {
        Outcome::Connected(id) | Outcome::Repaired(id) => id,
        Outcome::Refused { refusal, .. } => panic!("{place}: {}", refusal.say),
    }
}

/// Their owner takes back what was allowed there.
pub(crate) fn revoke(world: &World, place: &str) {
    match place {
        "google" => world.sandbox.google().revoke(ADA),
        "outlook" => world.sandbox.microsoft().revoke(BEN),
        _ => world.sandbox.revoke_password(PERSON),
    }
    .unwrap();
}

/// Every call is answered with this from now on.
pub(crate) fn fail(world: &World, place: &str, status: u16) {
    let fail = Some(Failure { status, often: Often::Always, ..Failure::default() });
    let email = Some(person(place));
    match place {
        "google" => world.sandbox.google().change_faults(email, |faults| faults.fail = fail),
        "outlook" => world.sandbox.microsoft().change_faults(email, |faults| faults.fail = fail),
        _ => world.sandbox.change_faults(&Whom::person(PERSON), |faults| faults.fail = fail),
    }
    .unwrap();
}

/// The one whose name begins so.
pub(crate) async fn calendar(world: &World, id: &ConnectionId, name: &str) -> Calendar {
    let all = world.calendars(id).await;
    let found = all.into_iter().find(|(calendar, _)| calendar.name.starts_with(name));
    found.map_or_else(|| panic!("no calendar {name}"), |(calendar, _)| calendar)
}
