//! Queries and multigets.

use http::StatusCode;
use sandbox::Preset;

use crate::client::{Client, event, event_with};

const ETAG: &str = "<D:prop><D:getetag/></D:prop>";

fn filter(component: &str, range: &str) -> String {
    let range = if range.is_empty() { String::new() } else { format!("<C:time-range {range}/>") };
    format!(
        "{ETAG}<C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='{component}'>{range}\
         </C:comp-filter></C:comp-filter></C:filter>"
    )
}

const JUNE: &str = "start='20260601T000000Z' end='20260701T000000Z'";

fn filled() -> Client {
    let client = Client::new();
    let series = "DTSTART:20200101T100000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY";
    for (name, text) in [
        ("may.ics", event("may", "20260515T100000Z")),
        ("june.ics", event("june", "20260615T100000Z")),
        ("series.ics", event_with("series", series)),
    ] {
        client.sandbox.put_event(&client.user, "Home", name, &text).unwrap();
    }
    client
}

async fn found(client: &Client, content: &str) -> Vec<String> {
    let answer = client.report(&client.home(), "C:calendar-query", content).await;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS, "{}", answer.text());
    let name = |href: String| href.rsplit('/').next().unwrap().to_owned();
    answer.all("href").into_iter().map(name).collect()
}

#[tokio::test]
async fn a_time_range_finds_what_takes_place_in_it_and_every_running_series() {
    let client = filled();
    assert_eq!(found(&client, &filter("VEVENT", JUNE)).await, ["june.ics", "series.ics"]);
    assert_eq!(found(&client, &filter("VEVENT", "")).await.len(), 3);
    assert_eq!(found(&client, &filter("VTODO", "")).await.len(), 0);
}

#[tokio::test]
async fn museum_04_a_server_may_look_for_the_first_of_a_series_only() {
    let client = filled();
    client.sandbox.change_manners(None, |manners| manners.series_by_first_only = true).unwrap();
    assert_eq!(found(&client, &filter("VEVENT", JUNE)).await, ["june.ics"]);
}

#[tokio::test]
async fn apple_refuses_a_query_without_a_component() {
    let client = filled();
    let bare = format!("{ETAG}<C:filter><C:comp-filter name='VCALENDAR'/></C:filter>");
    let answer = client.report(&client.home(), "C:calendar-query", &bare).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    client.sandbox.set_preset(None, Preset::Radicale).unwrap();
    assert_eq!(found(&client, &bare).await.len(), 3);
}

#[tokio::test]
async fn an_open_range_finds_nothing_where_open_ranges_are_broken() {
    let client = filled();
    let open = filter("VEVENT", "start='20260101T000000Z'");
    assert_eq!(found(&client, &open).await.len(), 3);
    client.sandbox.set_preset(None, Preset::Nextcloud).unwrap();
    assert_eq!(found(&client, &open).await.len(), 0);
}

#[tokio::test]
async fn a_multiget_gives_the_objects_and_404_for_the_missing() {
    let client = filled();
    let home = client.home();
    let content = format!(
        "<D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>{home}june.ics</D:href>\
         <D:href>http://cal.example{home}may.ics</D:href><D:href>{home}gone.ics</D:href>"
    );
    let answer = client.report(&home, "C:calendar-multiget", &content).await;
    assert_eq!(answer.all("href").len(), 3);
    let texts = answer.all("calendar-data");
    assert!(texts[0].contains("UID:june") && texts[1].contains("UID:may"));
    assert_eq!(answer.all("status").last().unwrap(), "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn museum_08_a_multiget_may_be_short_without_a_word() {
    let client = filled();
    let home = client.home();
    client.sandbox.change_manners(None, |manners| manners.multiget_max = Some(2)).unwrap();
    let href = |name: &str| format!("<D:href>{home}{name}.ics</D:href>");
    let content = format!("{ETAG}{}{}{}", href("june"), href("may"), href("series"));
    let answer = client.report(&home, "C:calendar-multiget", &content).await;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS);
    assert_eq!(answer.all("response").len(), 2);
}

#[tokio::test]
async fn get_gives_the_bytes_and_knows_its_etag() {
    let client = filled();
    let path = format!("{}june.ics", client.home());
    let answer = client.send("GET", &path, &[], "").await;
    assert_eq!(answer.text(), event("june", "20260615T100000Z"));
    let etag = answer.header("etag").to_owned();
    let again = client.send("GET", &path, &[("if-none-match", &etag)], "").await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let head = client.send("HEAD", &path, &[], "").await;
    assert_eq!((head.status, head.text()), (StatusCode::OK, ""));
    let nothing = client.send("GET", &format!("{}no.ics", client.home()), &[], "").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn free_busy_is_answered_or_refused() {
    let client = filled();
    let range = "<C:time-range start='20260615T000000Z' end='20260616T000000Z'/>";
    let answer = client.report(&client.home(), "C:free-busy-query", range).await;
    assert!(answer.text().contains("FREEBUSY:20260615T100000Z/20260615T110000Z"));
    client.sandbox.set_preset(None, Preset::Sogo).unwrap();
    let answer = client.report(&client.home(), "C:free-busy-query", range).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_calendar_has_a_zone_and_says_whether_it_takes_time() {
    let client = Client::new();
    let (sandbox, user) = (&client.sandbox, client.user.as_str());
    sandbox.set_time_zone(user, "Home", "Asia/Kathmandu").unwrap();
    sandbox.set_transparent(user, "Home", true).unwrap();
    let props = "<C:calendar-timezone/><C:schedule-calendar-transp/>";
    let answer = client.propfind(&client.home(), "0", props).await;
    assert!(answer.first("calendar-timezone").contains("TZID:Asia/Kathmandu"));
    assert!(answer.text().contains("<transparent"));
}
