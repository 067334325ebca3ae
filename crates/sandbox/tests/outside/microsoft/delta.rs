//! Rounds of changes by `calendarView/delta`.

use jiff::SignedDuration;
use sandbox::Often;
use serde_json::{Value, json};

use super::client::{ADA, Client, IMMUTABLE, LENA, WINDOW, all, hour, id, mondays, plain, seeded};

fn first() -> String {
    format!("/me/calendarView/delta?{WINDOW}")
}

fn of_type(rows: &[Value], kind: &str) -> usize {
    rows.iter().filter(|row| row["type"] == kind).count()
}

fn removed(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter(|row| row["@removed"]["reason"] == "deleted").map(id).collect()
}

#[tokio::test]
async fn a_first_round_has_all_of_the_window_and_stubs_for_occurrences() {
    let client = Client::of(seeded(), LENA, super::client::ALL).await;
    let projects = client.calendar(LENA, "Projects");
    let path = format!("/me/calendars/{projects}/calendarView/delta?{WINDOW}");
    let (rows, _) = client.round(&path, &[("prefer", "odata.maxpagesize=3")]).await;
    assert_eq!(of_type(&rows, "seriesMaster"), 3, "{rows:?}");
    assert_eq!(of_type(&rows, "exception"), 2);
    let stub = rows.iter().find(|row| row["type"] == "occurrence").unwrap();
    // Sorted: whether a map keeps its order depends on what else is built along.
    let mut members: Vec<&str> = stub.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let bare = ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"];
    assert_eq!(members, bare);
    let master = rows.iter().find(|row| row["id"] == stub["seriesMasterId"]).unwrap();
    assert!(master["recurrence"].is_object() && master["subject"].is_string());
}

#[tokio::test]
async fn later_rounds_tell_what_changed() {
    let client = Client::new().await;
    let kept = client.insert("Kept", "2026-11-18T10:00:00").await;
    let gone = client.insert("Gone", "2026-11-19T10:00:00").await;
    let far = client.insert("Far", "2026-11-20T10:00:00").await;
    let (rows, link) = client.round(&first(), &[]).await;
    assert_eq!(all(&rows, "subject"), ["Kept", "Gone", "Far"]);
    assert!(link.contains("$deltatoken="));
    let (rows, link) = client.round(&link, &[]).await;
    assert!(rows.is_empty());
    client.patch(&format!("/me/events/{}", id(&kept)), json!({ "subject": "New" })).await;
    client.delete(&format!("/me/events/{}", id(&gone))).await;
    let start = json!({ "dateTime": "2027-03-01T10:00:00", "timeZone": "UTC" });
    let end = json!({ "dateTime": "2027-03-01T11:00:00", "timeZone": "UTC" });
    let later = json!({ "start": start, "end": end });
    client.patch(&format!("/me/events/{}", id(&far)), later).await;
    let outside = client.insert("Outside", "2027-04-01T10:00:00").await;
    let (rows, link) = client.round(&link, &[]).await;
    assert_eq!(rows[0]["subject"], "New");
    assert_eq!(removed(&rows), [id(&gone), id(&far), id(&outside)], "out of the window too");
    assert!(client.round(&link, &[]).await.0.is_empty());
}

#[tokio::test]
async fn series_are_told_with_their_instances_and_what_they_lose() {
    let client = Client::new().await;
    let series = client.post("/me/events", mondays("Yoga", "2026-11-16T18:00:00")).await.json();
    let path = format!("/me/events/{}", id(&series));
    let (rows, link) = client.round(&first(), &[]).await;
    assert_eq!((of_type(&rows, "seriesMaster"), of_type(&rows, "occurrence")), (1, 2));
    let second = rows
        .iter()
        .find(|row| row["start"]["dateTime"].as_str().unwrap().starts_with("2026-11-23"));
    let second = second.unwrap()["id"].as_str().unwrap().to_owned();
    client.delete(&format!("/me/events/{second}")).await;
    let (rows, link) = client.round(&link, &[]).await;
    assert_eq!(removed(&rows), [second.as_str()]);
    let asked = format!("{path}?$select=cancelledOccurrences,subject");
    let master = client.get(&asked).await.json();
    let expected = format!("OID.{}.2026-11-23", id(&series));
    assert_eq!(master["cancelledOccurrences"], json!([expected]));
    let tuesdays = json!({ "recurrence": {
        "pattern": { "type": "daily", "interval": 7 },
        "range": { "type": "numbered", "startDate": "2026-11-17", "numberOfOccurrences": 2 } },
        "start": { "dateTime": "2026-11-17T18:00:00", "timeZone": "UTC" },
        "end": { "dateTime": "2026-11-17T19:00:00", "timeZone": "UTC" } });
    assert_eq!(client.patch(&path, tuesdays).await.status, 200);
    let (rows, link) = client.round(&link, &[]).await;
    assert_eq!((of_type(&rows, "seriesMaster"), of_type(&rows, "occurrence")), (1, 2));
    assert_eq!(removed(&rows).len(), 2, "the Mondays are gone, the cancelled one with them");
    client.delete(&path).await;
    let (rows, _) = client.round(&link, &[]).await;
    assert_eq!(removed(&rows), [id(&series)]);
    client.change_manners(|manners| manners.removed_with_instances = true);
    let (rows, _) = client.round(&link, &[]).await;
    assert_eq!(removed(&rows).len(), 3);
}

#[tokio::test]
async fn pages_may_be_empty_and_ids_may_come_again() {
    let client = Client::new().await;
    for hour in 8..14 {
        client.insert("Tea", &format!("2026-11-18T{hour:02}:00:00")).await;
    }
    client.change_manners(|it| (it.page_max, it.empty_pages) = (Some(2), true));
    let page = client.get(&first()).await.json();
    let second = client.get(&plain(page["@odata.nextLink"].as_str().unwrap())).await.json();
    assert_eq!(second["value"], json!([]));
    assert!(second["@odata.nextLink"].as_str().unwrap().contains("$skiptoken="));
    assert_eq!(client.round(&first(), &[]).await.0.len(), 6);
    client.change_manners(|it| (it.repeated_ids, it.empty_pages) = (true, false));
    assert_eq!(client.round(&first(), &[]).await.0.len(), 8, "two pages begin with the one before");
}

#[tokio::test]
async fn tokens_end_in_every_way_that_is_known() {
    let client = Client::new().await;
    for day in 18..22 {
        client.insert("Tea", &format!("2026-11-{day}T08:00:00")).await;
    }
    let (_, link) = client.round(&first(), &[]).await;
    let gone = |code: &str| (410, code.to_owned());
    let ask = async || client.get(&plain(&link)).await;
    client.change_manners(|it| it.delta_token_life_s = Some(3600));
    client.sandbox.set_forward(SignedDuration::from_secs(3599));
    assert_eq!(ask().await.status, 200);
    client.sandbox.set_forward(SignedDuration::from_secs(1));
    let again = Client::of(client.sandbox.clone(), ADA, super::client::ALL).await;
    assert_eq!(again.get(&plain(&link)).await.code(), gone("SyncStateNotFound"));
    client.change_manners(|it| it.delta_token_life_s = None);
    client.levers().expire_delta_tokens(ADA).unwrap();
    assert_eq!(again.get(&plain(&link)).await.code(), gone("SyncStateNotFound"));
    let set = client.levers().change_faults(Some(ADA), |faults| {
        faults.delta_gone = Often::Times(1);
        faults.gone_on_page = Some(2);
        faults.gone_code = Some("resyncRequired".into());
    });
    set.unwrap();
    let small = [("prefer", "odata.maxpagesize=1")];
    let page = again.send("GET", &first(), &small, &Value::Null).await.json();
    let next = plain(page["@odata.nextLink"].as_str().unwrap());
    assert_eq!(again.get(&next).await.code(), gone("resyncRequired"));
    let set = client.levers().change_faults(Some(ADA), |faults| {
        faults.delta_gone = Often::Times(1);
        faults.gone_status = Some(404);
    });
    set.unwrap();
    assert_eq!(again.get(&next).await.code(), (404, "resyncRequired".into()));
    assert_eq!(again.get(&next).await.status, 200);
    let wrong = again.get("/me/calendarView/delta?$deltatoken=bogus").await;
    assert_eq!(wrong.code(), (400, "SyncStateInvalid".into()));
    let elsewhere = again.post("/me/calendars", json!({ "name": "Other" })).await.json();
    let other = format!("/me/calendars/{}/calendarView/delta", id(&elsewhere));
    let foreign = plain(&link).replace("/me/calendarView/delta", &other);
    assert_eq!(again.get(&foreign).await.code(), (400, "SyncStateInvalid".into()));
}

#[tokio::test]
async fn a_round_wants_a_window_and_nothing_else() {
    let client = Client::new().await;
    let bare = client.get("/me/calendarView/delta").await;
    assert_eq!(bare.code(), (400, "ErrorInvalidParameter".into()));
    let filtered = format!("{}&$filter=subject eq 'x'", first()).replace(' ', "%20");
    assert_eq!(client.get(&filtered).await.code(), (400, "ErrorInvalidRequest".into()));
    let events = "/me/events/delta?startDateTime=2026-11-01T00:00:00Z";
    assert_eq!(client.get(events).await.status, 400);
    client.change_manners(|it| it.events_delta = true);
    client.post("/me/events", mondays("Yoga", "2026-11-16T18:00:00")).await;
    client.insert("Old", "2026-10-01T10:00:00").await;
    let (rows, _) = client.round(events, &[]).await;
    assert_eq!((rows.len(), of_type(&rows, "seriesMaster")), (1, 1), "no occurrences");
}

#[tokio::test]
async fn ordinary_ids_change_and_immutable_ones_do_not() {
    let client = Client::new().await;
    client.post("/me/calendars", json!({ "name": "Other" })).await;
    let made = client.insert("Tea", "2026-11-18T10:00:00").await;
    let immutable = client.send("GET", &first(), &[IMMUTABLE], &Value::Null).await;
    assert!(immutable.header("preference-applied").contains("ImmutableId"));
    let stays = immutable.json()["value"][0]["id"].as_str().unwrap().to_owned();
    assert_ne!(stays, id(&made));
    let (_, link) = client.round(&first(), &[IMMUTABLE]).await;
    let moved = client.levers().move_to_calendar(ADA, ("default", id(&made)), "Other").unwrap();
    assert_ne!(moved, id(&made));
    let of = |id: &str| format!("/me/events/{id}");
    assert_eq!(client.get(&of(id(&made))).await.code(), (404, "ErrorItemNotFound".into()));
    assert_eq!(client.get(&of(&moved)).await.json()["subject"], "Tea");
    assert_eq!(client.get(&of(&stays)).await.json()["subject"], "Tea");
    let (rows, link) = client.round(&link, &[IMMUTABLE]).await;
    assert_eq!(removed(&rows), [stays.as_str()], "from this calendar it is gone");
    client.levers().renew_ids(ADA).unwrap();
    assert_eq!(client.get(&of(&moved)).await.status, 404);
    assert_eq!(client.get(&of(&stays)).await.status, 200);
    assert_eq!(client.get(&plain(&link)).await.status, 410);
    let other = client.calendar(ADA, "Other");
    client.post(&format!("/me/calendars/{other}/events"), hour("x", "2026-11-18T10:00:00")).await;
}

#[tokio::test]
async fn a_calendar_goes_on_under_another_id() {
    let client = Client::new().await;
    let made = client.post("/me/calendars", json!({ "name": "Other" })).await.json();
    let of = |id: &str| format!("/me/calendars/{id}");
    let events = format!("{}/events", of(id(&made)));
    client.post(&events, hour("Tea", "2026-11-18T10:00:00")).await;
    let round_of = |id: &str| format!("{}/calendarView/delta?{WINDOW}", of(id));
    let (rows, link) = client.round(&round_of(id(&made)), &[]).await;
    assert_eq!(rows.len(), 1);
    let other = client.levers().renew_calendar_id(ADA, "Other").unwrap();
    assert_eq!(client.get(&of(id(&made))).await.code(), (404, "ErrorItemNotFound".into()));
    assert_eq!(client.get(&plain(&link)).await.status, 404);
    assert_eq!(client.get(&of(&other)).await.json()["name"], "Other");
    let (rows, _) = client.round(&round_of(&other), &[]).await;
    assert_eq!(rows[0]["subject"], "Tea", "its events stay");
}
