//! Bugs that people met with other programs and Outlook.

use std::collections::BTreeSet;

use calendar::{Horizon, Interval};
use connection::{Cursor, ProviderError};
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sandbox::Often;
use serde_json::{Value, json};

use crate::far::{Far, GRAPH, ok};
use crate::house::{House, Known, WHO, event};

const BERLIN: &str = "W. Europe Standard Time";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn horizon(from: &str, until: &str) -> Horizon {
    Horizon::new(at(from), at(until)).unwrap()
}

/// A series on working days at nine in Berlin, over the change of the clock in March.
fn series() -> Value {
    let mut series = event("Standup", ("2027-03-01T09:00:00", "2027-03-01T09:30:00"), BERLIN);
    series["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "firstDayOfWeek": "monday",
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"]},
        "range": {"type": "endDate", "startDate": "2027-03-01", "endDate": "2027-04-20",
            "recurrenceTimeZone": BERLIN}});
    series
}

/// The id of the instance on that day.
fn instance(known: &Known, day: &str) -> String {
    let is_it = |text: &str| text.contains(&format!("DTSTART:{day}"));
    let found = known.events.values().find(|event| is_it(&event.text));
    found.unwrap_or_else(|| panic!("{day} is listed")).id.as_str().to_owned()
}

/// Slow and by hand: the minutes that such a series takes on working days.
fn oracle() -> BTreeSet<i64> {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let mut minutes = BTreeSet::new();
    let mut add = |wall: DateTime, length: i64| {
        let start = berlin.to_timestamp(wall).unwrap().as_second() / 60;
        minutes.extend(start..start + length);
    };
    let mut day = date(2027, 3, 1);
    while day <= date(2027, 4, 20) {
        let nine = day.at(9, 0, 0, 0);
        match (day.month(), day.day()) {
            _ if matches!(day.weekday().to_monday_zero_offset(), 5 | 6) => {}
            (3, 10) => {}
            (3, 30) => add(day.at(14, 0, 0, 0), 30),
            (4, 6) => add(nine, 90),
            _ => add(nine, 30),
        }
        day = day.checked_add(1.day()).unwrap();
    }
    add(date(2027, 3, 13).at(11, 0, 0, 0), 60);
    minutes
}

fn minutes(busy: &[Interval]) -> BTreeSet<i64> {
    let of = |it: &Interval| it.start().as_second() / 60..it.end().as_second() / 60;
    busy.iter().flat_map(of).collect()
}

#[tokio::test]
async fn museum_03_every_minute_of_a_recurring_meeting_blocks() {
    let house = House::new();
    house.put(&series());
    house.put(&event("Extra", ("2027-03-13T11:00:00", "2027-03-13T12:00:00"), BERLIN));
    let access = house.access().await;
    let calendar = house.calendar(&access).await.id;
    let known = house.pull(&access, &calendar, Known::default()).await.unwrap();
    let cancelled = instance(&known, "20270310T080000Z");
    let moved = instance(&known, "20270330T070000Z");
    let longer = instance(&known, "20270406T070000Z");
    house.levers.delete_event(WHO, "default", &cancelled).unwrap();
    house.levers.move_event(WHO, ("default", &moved), 300).unwrap();
    let end = json!({"end": {"dateTime": "2027-04-06T10:30:00", "timeZone": BERLIN}});
    house.levers.patch_event(WHO, ("default", &longer), end).unwrap();
    let fresh = house.pull(&access, &calendar, Known::default()).await.unwrap();
    let later = house.pull(&access, &calendar, known).await.unwrap();
    let window = horizon("2027-02-25T00:00:00Z", "2027-04-26T00:00:00Z");
    for (how, known) in [("a first pull", fresh), ("changes", later)] {
        assert_eq!(minutes(&known.busy(window)), oracle(), "{how}");
        let titles = known.objects();
        let part = titles.iter().find(|text| text.contains("Standup")).unwrap();
        assert_eq!(part.matches("SUMMARY:Standup").count(), 36, "every occurrence has its title");
        assert_eq!(calendar::read(part).unwrap().events.len(), 1, "they are one event");
    }
}

#[tokio::test]
async fn museum_07_changes_are_told_to_the_last_page() {
    let house = House::new();
    house.manners(|manners| {
        manners.page_max = Some(10);
        manners.empty_pages = true;
        manners.repeated_ids = true;
    });
    let access = house.access().await;
    let calendar = house.calendar(&access).await.id;
    let known = house.pull(&access, &calendar, Known::default()).await.unwrap();
    let mut ids = Vec::new();
    for n in 0..700_i32 {
        let day = date(2026, 12, 1).checked_add((n % 200).days()).unwrap();
        let times = (format!("{day}T10:00:00"), format!("{day}T10:30:00"));
        ids.push(house.put(&event(&format!("E{n}"), (&times.0, &times.1), "UTC")));
    }
    let known = house.pull(&access, &calendar, known).await.unwrap();
    assert_eq!(known.events.len(), 700);
    assert!(known.pages >= 70, "{} pages", known.pages);
    ids.iter().take(350).for_each(|id| house.levers.delete_event(WHO, "default", id).unwrap());
    let known = house.pull(&access, &calendar, known).await.unwrap();
    assert_eq!(known.events.len(), 350);
    let whole = house.pull(&access, &calendar, Known::default()).await.unwrap();
    assert_eq!(whole.events.len(), 350);
}

#[tokio::test]
async fn museum_18_what_is_deleted_in_outlook_is_gone_after_one_pull() {
    for with_instances in [false, true] {
        let house = House::new();
        house.manners(|manners| manners.removed_with_instances = with_instances);
        let single =
            house.put(&event("One", ("2027-01-04T09:00:00", "2027-01-04T10:00:00"), BERLIN));
        let series = house.put(&series());
        let access = house.access().await;
        let calendar = house.calendar(&access).await.id;
        let known = house.pull(&access, &calendar, Known::default()).await.unwrap();
        let before = known.events.len();
        let one = instance(&known, "20270310T080000Z");
        house.levers.delete_event(WHO, "default", &one).unwrap();
        let known = house.pull(&access, &calendar, known).await.unwrap();
        assert_eq!(known.events.len(), before - 1, "one instance");
        house.levers.delete_event(WHO, "default", &series).unwrap();
        let known = house.pull(&access, &calendar, known).await.unwrap();
        assert_eq!(known.events.len(), 1, "the series and all its instances");
        house.levers.delete_event(WHO, "default", &single).unwrap();
        let known = house.pull(&access, &calendar, known).await.unwrap();
        assert!(known.events.is_empty(), "an empty calendar is empty: {known:?}");
        assert!(known.busy(horizon("2026-12-01T00:00:00Z", "2027-06-01T00:00:00Z")).is_empty());
    }
}

#[tokio::test]
async fn museum_19_a_forgotten_place_is_told_on_the_first_page_and_on_the_third() {
    for page in [1, 3] {
        let house = House::new();
        house.manners(|manners| manners.page_max = Some(5));
        let add = |n: i32| {
            let day = date(2026, 12, 1).checked_add(n.days()).unwrap();
            let times = (format!("{day}T10:00:00"), format!("{day}T10:30:00"));
            house.put(&event("E", (&times.0, &times.1), "UTC"))
        };
        let mut ids: Vec<String> = (0..40).map(add).collect();
        let access = house.access().await;
        let calendar = house.calendar(&access).await.id;
        let known = house.pull(&access, &calendar, Known::default()).await.unwrap();
        ids.drain(..20).for_each(|id| house.levers.delete_event(WHO, "default", &id).unwrap());
        let order = |faults: &mut sandbox::MicrosoftFaults| {
            faults.delta_gone = Often::Times(1);
            faults.gone_on_page = Some(page);
        };
        house.levers.change_faults(Some(WHO), order).unwrap();
        let told = house.pull(&access, &calendar, known.clone()).await;
        assert_eq!(told, Err(ProviderError::CursorExpired), "page {page}");
        let anew = Known { place: None, ..known };
        let known = house.pull(&access, &calendar, anew).await.unwrap();
        assert_eq!(known.events.len(), 20, "what was deleted meanwhile is gone");
    }
}

/// One page with these rows.
async fn page(rows: Value) -> connection::Page {
    let link = format!("{GRAPH}/me/calendars/cal/calendarView/delta?%24deltatoken=1");
    let body = json!({"value": rows, "@odata.deltaLink": link});
    Far::new(move |_| ok(&body)).page(&Cursor::Beginning).await.unwrap()
}

fn plain(id: &str, hour: u8) -> Value {
    json!({"id": id, "type": "singleInstance", "subject": "S", "showAs": "busy",
        "start": {"dateTime": format!("2026-12-01T{hour:02}:00:00.0000000"), "timeZone": "UTC"},
        "end": {"dateTime": format!("2026-12-01T{hour:02}:30:00.0000000"), "timeZone": "UTC"}})
}

#[tokio::test]
async fn museum_20_a_deleted_event_does_not_come_back_as_busy_now() {
    let page = page(json!([
        plain("a", 9),
        plain("b", 9),
        {"id": "a", "@removed": {"reason": "deleted"}},
        {"id": "never-here", "@removed": {"reason": "changed"}},
        {"id": "c", "@removed": {}},
        plain("c", 11),
        plain("b", 12),
        {"id": "d", "@removed": {"reason": "deleted"}, "start": null, "end": null},
    ]))
    .await;
    let listed: Vec<&str> = page.listed.iter().map(|line| line.id.as_str()).collect();
    let removed: Vec<&str> = page.removed.iter().map(connection::RemoteId::as_str).collect();
    assert_eq!((listed, removed), (vec!["c", "b"], vec!["a", "never-here", "d"]));
    let text = &page.listed[1].event.as_ref().unwrap().text;
    assert!(text.contains("DTSTART:20261201T120000Z"), "the last row counts: {text}");
}

#[tokio::test]
async fn museum_21_an_event_that_leaves_the_window_goes_and_comes_back_under_its_name() {
    let house = House::new();
    let id = house.put(&event("Far", ("2027-01-04T09:00:00", "2027-01-04T10:00:00"), BERLIN));
    let access = house.access().await;
    let calendar = house.calendar(&access).await.id;
    let known = house.pull(&access, &calendar, Known::default()).await.unwrap();
    let name = known.events.keys().next().unwrap().clone();
    let year = 365 * 24 * 60;
    house.levers.move_event(WHO, ("default", &id), 2 * year).unwrap();
    // New and out of range: told as deleted, though it was never told as there.
    house.put(&event("Later", ("2030-01-04T09:00:00", "2030-01-04T10:00:00"), BERLIN));
    let known = house.pull(&access, &calendar, known).await.unwrap();
    assert!(known.events.is_empty(), "{known:?}");
    house.levers.move_event(WHO, ("default", &id), -2 * year).unwrap();
    let known = house.pull(&access, &calendar, known).await.unwrap();
    assert_eq!(known.events.keys().collect::<Vec<_>>(), [&name], "the mapping holds");
}

#[tokio::test]
async fn names_stay_when_outlook_changes_its_own() {
    let house = House::new();
    house.put(&event("One", ("2027-01-04T09:00:00", "2027-01-04T10:00:00"), BERLIN));
    let access = house.access().await;
    let calendar = house.calendar(&access).await.id;
    let known = house.pull(&access, &calendar, Known::default()).await.unwrap();
    house.levers.renew_ids(WHO).unwrap();
    let lost = house.pull(&access, &calendar, known.clone()).await;
    assert_eq!(lost, Err(ProviderError::CursorExpired));
    let anew =
        house.pull(&access, &calendar, Known { place: None, ..known.clone() }).await.unwrap();
    assert_eq!(anew.events, known.events, "ids are immutable, so nothing is new");
}

/// Quirk graph-14.
#[tokio::test]
async fn museum_extra_a_calendar_that_goes_on_under_another_id_is_listed_by_its_name() {
    let house = House::new();
    house.put(&event("One", ("2027-01-04T09:00:00", "2027-01-04T10:00:00"), BERLIN));
    let access = house.access().await;
    let before = house.calendar(&access).await;
    let known = house.pull(&access, &before.id, Known::default()).await.unwrap();
    house.levers.renew_calendar_id(WHO, "default").unwrap();
    let lost = house.pull(&access, &before.id, known.clone()).await;
    assert_eq!(lost, Err(ProviderError::Gone));
    let after = house.calendar(&access).await;
    assert_ne!(after.id, before.id);
    assert_eq!((&after.name, after.access), (&before.name, before.access));
    assert!(house.calendars().ids_may_change(), "so the one is sought in the other");
    let anew = house.pull(&access, &after.id, Known::default()).await.unwrap();
    assert_eq!(anew.events, known.events);
}

#[tokio::test]
async fn an_event_without_a_subject_blocks_and_has_no_title() {
    let mut nameless = plain("a", 9);
    nameless["subject"] = Value::Null;
    let page = page(json!([nameless])).await;
    let text = &page.listed[0].event.as_ref().unwrap().text;
    assert!(!text.contains("SUMMARY") && text.contains("BUSYSTATUS:BUSY"), "{text}");
    assert_eq!(calendar::read(text).unwrap().events[0].title(), None);
}

#[tokio::test]
async fn a_series_never_takes_its_first_time_twice_and_a_lone_stub_still_blocks() {
    let mut master = plain("m", 9);
    master["type"] = json!("seriesMaster");
    let stub = |id: &str, series: &str, day: &str| {
        json!({"id": id, "type": "occurrence", "seriesMasterId": series,
            "start": {"dateTime": format!("{day}T09:00:00.0000000"), "timeZone": "UTC"},
            "end": {"dateTime": format!("{day}T09:30:00.0000000"), "timeZone": "UTC"}})
    };
    let rows = json!([stub("o1", "m", "2026-12-02"), master, stub("o2", "lost", "2026-12-03")]);
    let page = page(rows).await;
    let events = page.listed.into_iter().map(|line| (line.id, line.event.unwrap()));
    let known = Known { events: events.collect(), ..Known::default() };
    let busy = known.busy(horizon("2026-11-30T00:00:00Z", "2026-12-10T00:00:00Z"));
    let starts: Vec<String> = busy.iter().map(|it| it.start().to_string()).collect();
    assert_eq!(starts, ["2026-12-02T09:00:00Z", "2026-12-03T09:00:00Z"]);
    let lone = known.objects().into_iter().find(|text| text.contains("20261203")).unwrap();
    assert!(!lone.contains("SUMMARY"), "{lone}");
}

#[tokio::test]
async fn whole_days_are_the_same_days_however_outlook_writes_them() {
    for shifted in [false, true] {
        let house = House::new();
        house.manners(|manners| manners.whole_days_shifted = shifted);
        let mut day = event("Away", ("2027-01-04T00:00:00", "2027-01-06T00:00:00"), BERLIN);
        day["isAllDay"] = json!(true);
        house.put(&day);
        let access = house.access().await;
        let calendar = house.calendar(&access).await.id;
        let known = house.pull(&access, &calendar, Known::default()).await.unwrap();
        let text = &known.events.values().next().unwrap().text;
        let dates = "DTSTART;VALUE=DATE:20270104\r\nDTEND;VALUE=DATE:20270106\r\n";
        assert!(text.contains(dates), "shifted {shifted}: {text}");
    }
}

#[tokio::test]
async fn a_series_of_whole_days_has_whole_days() {
    let house = House::new();
    let mut days = event("Trash", ("2027-01-04T00:00:00", "2027-01-05T00:00:00"), BERLIN);
    days["isAllDay"] = json!(true);
    days["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "numbered", "startDate": "2027-01-04", "numberOfOccurrences": 3}});
    house.put(&days);
    let access = house.access().await;
    let calendar = house.calendar(&access).await.id;
    let known = house.pull(&access, &calendar, Known::default()).await.unwrap();
    let object = known.objects().remove(0);
    for day in ["20270104", "20270111", "20270118"] {
        assert!(object.contains(&format!("DTSTART;VALUE=DATE:{day}")), "{object}");
    }
    let busy = known.busy(horizon("2027-01-01T00:00:00Z", "2027-03-01T00:00:00Z"));
    let starts: Vec<String> = busy.iter().map(|it| it.start().to_string()).collect();
    assert_eq!(
        starts.first().map(String::as_str),
        Some("2027-01-03T23:00:00Z"),
        "Berlin's midnight"
    );
    assert_eq!(starts.len(), 3);
}
