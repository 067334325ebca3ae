//! Uploaded calendar files: a newer version takes the place of the one before, event by event,
//! and two calendars are never made one.
#![cfg(test)]

mod world;

use std::collections::BTreeMap;

use connection::{
    CalendarState, CheckName, CheckResult, Connection, ConnectionId, FailureCode, IntegrationKind,
    Secret, SignInForm,
};
use store::connections;
use sync::connect::{self, Outcome, Request, Wishes};
use world::World;

/// A calendar of that name, with events of those UIDs, one a day.
fn calendar(title: &str, uids: &[&str]) -> String {
    let event = |(day, uid): (usize, &&str)| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:{uid}\r\n\
             DTSTART:202612{:02}T100000Z\r\nDTEND:202612{:02}T110000Z\r\nEND:VEVENT\r\n",
            day + 1,
            day + 1
        )
    };
    let events: String = uids.iter().enumerate().map(event).collect();
    let title = if title.is_empty() { "" } else { &format!("X-WR-CALNAME:{title}\r\n") };
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{title}{events}END:VCALENDAR\r\n"
    )
}

async fn send(world: &World, text: &str, name: &str, repairs: Option<&ConnectionId>) -> Outcome {
    let form = SignInForm {
        file: Some(Secret::new(text)),
        file_name: Some(name.into()),
        ..SignInForm::default()
    };
    let request = Request {
        by: world.dana(),
        account: world.account.clone(),
        user: world.user.clone(),
        integration: IntegrationKind::new("feed"),
        proof: form.into(),
        repairs: repairs.cloned(),
        wishes: Wishes::default(),
    };
    let outcome = connect::connect(&world.ctx, request).await.unwrap();
    world.run().await;
    outcome
}

async fn upload(world: &World, text: &str, name: &str) -> ConnectionId {
    match send(world, text, name, None).await {
        Outcome::Connected(id) => id,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(outcome: Outcome) -> (FailureCode, Option<&'static str>, String) {
    let Outcome::Refused { refusal, .. } = outcome else { panic!("{outcome:?}") };
    (refusal.code, refusal.field, refusal.say)
}

async fn connections(world: &World) -> Vec<Connection> {
    let mut tx = world.ctx.db.read().await.unwrap();
    connections::of_user(&mut tx, &world.user).await.unwrap()
}

async fn held(world: &World, id: &ConnectionId) -> BTreeMap<String, String> {
    let calendars = world.calendars(id).await;
    assert_eq!(calendars.len(), 1, "one file is one calendar");
    world.copy(&calendars[0].0).await
}

async fn uids(world: &World, id: &ConnectionId) -> Vec<String> {
    held(world, id).await.into_keys().collect()
}

fn said(connection: &Connection, name: CheckName) -> Option<(CheckResult, &str)> {
    let check = connection.checks.iter().find(|check| check.name == name);
    check.map(|check| (check.result, check.say.as_str()))
}

const BUSY: (&str, &str) = ("2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z");

#[tokio::test]
async fn a_newer_version_takes_the_place_of_the_one_before_event_by_event() {
    let world = World::new(1).await;
    let id = upload(&world, &calendar("Roster", &["a", "b", "c", "d"]), "roster.ics").await;
    let before = world.calendars(&id).await;
    assert_eq!(connections(&world).await[0].principal.name, "Roster (roster.ics)");
    world.later(10).await;
    let newer = calendar("Roster", &["a", "b", "e"]).replace("SUMMARY:b", "SUMMARY:Swapped");
    assert_eq!(send(&world, &newer, "new.ics", Some(&id)).await, Outcome::Repaired(id.clone()));
    let held = held(&world, &id).await;
    assert_eq!(held.keys().collect::<Vec<_>>(), ["a", "b", "e"]);
    assert!(held["b"].contains("Swapped"));
    assert_eq!(world.busy(BUSY.0, BUSY.1).await.len(), 3);
    assert_eq!(world.calendars(&id).await[0].0.id, before[0].0.id, "and choices stay");
    let all = connections(&world).await;
    assert_eq!((all.len(), all[0].principal.name.as_str()), (1, "Roster (new.ics)"));
    let (result, say) = said(&all[0], CheckName::Changes).unwrap();
    assert_eq!(result, CheckResult::Pass);
    assert!(say.contains("2 of its 4 events are still there, 2 are gone, 1 are new"), "{say}");
}

#[tokio::test]
async fn the_same_file_twice_is_never_a_copy() {
    let world = World::new(2).await;
    let first = calendar("", &["a", "b", "c", "d"]);
    let id = upload(&world, &first, "roster.ics").await;
    let repaired = Outcome::Repaired(id.clone());
    assert_eq!(send(&world, &first, "anything.ics", None).await, repaired, "under any name");
    let second = calendar("", &["a", "b", "c", "d", "e"]);
    assert_eq!(send(&world, &second, "anything (1).ics", None).await, repaired, "a newer one");
    assert_eq!(uids(&world, &id).await, ["a", "b", "c", "d", "e"]);
    assert_eq!(send(&world, &first, "anything.ics", None).await, repaired, "and back again");
    assert_eq!(uids(&world, &id).await, ["a", "b", "c", "d"]);
    assert_eq!(connections(&world).await.len(), 1);
    assert_eq!(world.busy(BUSY.0, BUSY.1).await.len(), 4, "nothing is doubled");
}

#[tokio::test]
async fn two_calendars_are_never_made_one_by_add_new() {
    let world = World::new(3).await;
    let work = upload(&world, &calendar("Calendar", &["a", "b", "c", "d"]), "calendar.ics").await;
    // One of the same name, as another account at the same provider would export it.
    let other = upload(&world, &calendar("Calendar", &["a", "x", "y"]), "calendar.ics").await;
    // And one that has the same events under another name.
    let third = upload(&world, &calendar("Family", &["a", "b", "c", "d"]), "calendar.ics").await;
    assert_eq!(uids(&world, &work).await, ["a", "b", "c", "d"]);
    assert_eq!(uids(&world, &other).await, ["a", "x", "y"]);
    assert_eq!(uids(&world, &third).await, ["a", "b", "c", "d"]);
    let all = connections(&world).await;
    let of = |id: &ConnectionId| all.iter().find(|connection| connection.id == *id).unwrap();
    let (result, say) = said(of(&other), CheckName::Changes).unwrap();
    assert_eq!(result, CheckResult::Warn);
    assert!(say.contains("only 1 of its 4 events"), "{say}");
    assert_eq!(said(of(&third), CheckName::Changes), None);
}

#[tokio::test]
async fn a_wrong_file_is_not_taken_for_a_newer_version() {
    let world = World::new(4).await;
    let id = upload(&world, &calendar("Roster", &["a", "b", "c"]), "roster.ics").await;
    let family = calendar("Family", &["x"]);
    let (code, field, say) = refused(send(&world, &family, "family.ics", Some(&id)).await);
    assert_eq!((code, field), (FailureCode::OtherPrincipal, Some("file")));
    assert!(say.contains("another name than Roster (roster.ics)"), "{say}");
    let connected = upload(&world, &family, "family.ics").await;
    for text in [&family, &calendar("Family", &["x", "y"])] {
        let (code, _, say) = refused(send(&world, text, "family.ics", Some(&id)).await);
        assert_eq!(code, FailureCode::OtherPrincipal, "{say}");
    }
    assert_eq!(uids(&world, &id).await, ["a", "b", "c"]);
    assert_eq!(uids(&world, &connected).await, ["x"]);
}

#[tokio::test]
async fn a_file_without_a_name_replaces_what_a_person_says_that_it_replaces() {
    let world = World::new(5).await;
    let id = upload(&world, &calendar("", &["a", "b", "c"]), "roster-june.ics").await;
    let july = calendar("", &["x", "y", "z"]);
    assert_eq!(send(&world, &july, "july.ics", Some(&id)).await, Outcome::Repaired(id.clone()));
    assert_eq!(uids(&world, &id).await, ["x", "y", "z"]);
}

#[tokio::test]
async fn a_file_that_was_cut_off_replaces_nothing() {
    let world = World::new(6).await;
    let whole = calendar("Roster", &["a", "b", "c", "d"]);
    let id = upload(&world, &whole, "roster.ics").await;
    let cut = &whole[..whole.find("BEGIN:VEVENT\r\nUID:d").unwrap()];
    let (code, field, say) = refused(send(&world, cut, "roster.ics", Some(&id)).await);
    assert_eq!((code, field), (FailureCode::NotACalendar, Some("file")));
    assert!(say.contains("1 events of the one before"), "{say}");
    assert_eq!(uids(&world, &id).await, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn a_newer_version_that_is_empty_waits_for_a_decision() {
    let world = World::new(7).await;
    let whole = calendar("Roster", &["a", "b", "c", "d"]);
    let id = upload(&world, &whole, "roster.ics").await;
    let empty = calendar("Roster", &[]);
    assert_eq!(send(&world, &empty, "roster.ics", Some(&id)).await, Outcome::Repaired(id.clone()));
    let braked = world.calendars(&id).await.remove(0).0;
    assert_eq!(braked.state(world.now()), CalendarState::Braked);
    assert!(braked.brake.is_some_and(|say| say.contains("upload the right file")));
    assert_eq!(world.busy(BUSY.0, BUSY.1).await.len(), 4, "the last good content still blocks");
    // The right file again, and all is as it was.
    assert_eq!(send(&world, &whole, "roster.ics", Some(&id)).await, Outcome::Repaired(id.clone()));
    assert_eq!(world.calendars(&id).await[0].0.brake, None);
    assert_eq!(world.busy(BUSY.0, BUSY.1).await.len(), 4);
}

#[tokio::test]
async fn an_address_does_not_mend_a_file_nor_a_file_an_address() {
    let world = World::new(8).await;
    let text = calendar("Roster", &["a"]);
    let id = upload(&world, &text, "roster.ics").await;
    world.sandbox.put_feed("roster", &text);
    let address = format!("{}feeds/roster.ics", world::BASE);
    let form = SignInForm { address: Some(Secret::new(&*address)), ..SignInForm::default() };
    let request = Request {
        by: world.dana(),
        account: world.account.clone(),
        user: world.user.clone(),
        integration: IntegrationKind::new("feed"),
        proof: form.into(),
        repairs: Some(id.clone()),
        wishes: Wishes::default(),
    };
    let (code, field, _) = refused(connect::connect(&world.ctx, request).await.unwrap());
    assert_eq!((code, field), (FailureCode::OtherPrincipal, Some("address")));
    let Outcome::Connected(feed) = world.connect_feed(&address).await else { panic!() };
    let changed = calendar("Roster", &["a", "b"]);
    let (code, field, _) = refused(send(&world, &changed, "roster.ics", Some(&feed)).await);
    assert_eq!((code, field), (FailureCode::OtherPrincipal, Some("file")));
}
