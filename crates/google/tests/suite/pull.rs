//! Reading a calendar: pages, bookmarks, and what becomes of each kind of event.

use connection::{Cursor, Extent};
use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn a_first_listing_is_of_everything_and_the_next_of_changes() {
    let house = House::new();
    let access = house.access().await;
    let at = |hour: u8| {
        let at = format!("2026-12-01T{hour:02}:00:00+01:00");
        json!({ "dateTime": at, "timeZone": "Europe/Berlin" })
    };
    house.put(json!({ "id": "first1", "summary": "First", "start": at(9), "end": at(10) }));
    let first = house.page(&access, &Cursor::Beginning).await.unwrap();
    assert_eq!(first.extent, Extent::Everything);
    let event = first.listed[0].event.as_ref().unwrap();
    assert!(
        event.text.contains("DTSTART;TZID=Europe/Berlin:20261201T090000\r\n"),
        "{}",
        event.text
    );
    house.put(json!({ "id": "second2", "summary": "Second", "start": at(11), "end": at(12) }));
    let then = house.page(&access, &first.next).await.unwrap();
    assert_eq!((then.extent, then.listed.len()), (Extent::Changes, 1));
}
