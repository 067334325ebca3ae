//! Series that are changed at Google: what a person then saw elsewhere, and does not see here.
//! Google's own free and busy is the judge.

use connection::Access;
use http::Method;
use serde_json::{Value, json};

use crate::copy::Copy;
use crate::house::{House, WHO};

const ZONE: &str = "Europe/Berlin";

/// A calendar in Berlin with a daily series at nine, from before a change of the clock to after.
struct Series {
    house: House,
    access: Access,
    copy: Copy,
}

impl Series {
    async fn new(rule: &str) -> Self {
        let sandbox = sandbox::Sandbox::seeded(5, jiff::civil::date(2026, 10, 20), ZONE);
        sandbox.google().add_person(WHO, "Ada Byron");
        let house = House::around(sandbox);
        let access = house.access().await;
        house.put(json!({
            "id": "series1", "summary": "Series", "recurrence": [rule],
            "start": at("2026-10-20T09:00:00"), "end": at("2026-10-20T10:00:00"),
        }));
        let mut series = Self { house, access, copy: Copy::default() };
        series.settle("as it began").await;
        series
    }

    /// Pulls what changed, and compares with Google; and so does a copy that is made anew.
    async fn settle(&mut self, what: &str) -> usize {
        self.copy.pull(&self.house, &self.access).await;
        self.copy.agrees(&self.house, &self.access, ZONE).await;
        let mut anew = Copy::default();
        anew.pull(&self.house, &self.access).await;
        let within = crate::house::horizon();
        let busy = self.copy.busy(within, ZONE);
        assert_eq!(busy, anew.busy(within, ZONE), "{what}: as in a copy made anew");
        busy.len()
    }

    /// What another program of the same person does.
    async fn patch(&self, id: &str, patch: Value) {
        let (status, said) = self.house.api(&self.access, Method::PATCH, id, Some(patch)).await;
        assert_eq!(status, 200, "{said}");
    }

    async fn move_to(&self, id: &str, (start, end): (&str, &str)) {
        self.patch(id, json!({ "start": at(start), "end": at(end) })).await;
    }

    async fn delete(&self, id: &str) {
        let (status, said) = self.house.api(&self.access, Method::DELETE, id, None).await;
        assert_eq!(status, 204, "{said}");
    }
}

fn at(wall: &str) -> Value {
    json!({ "dateTime": wall, "timeZone": ZONE })
}

#[tokio::test]
async fn museum_22_a_deleted_series_of_three_years_leaves_no_instance_behind() {
    let mut series = Series::new("RRULE:FREQ=DAILY;COUNT=1095").await;
    series
        .move_to("series1_20261021T070000Z", ("2026-10-21T11:00:00", "2026-10-21T12:00:00"))
        .await;
    series.delete("series1_20261022T070000Z").await;
    assert!(series.settle("with exceptions").await > 300);
    series.delete("series1").await;
    assert_eq!(series.settle("deleted").await, 0);
    assert_eq!(series.copy.len(), 0, "nothing is kept of it");
}

#[tokio::test]
async fn museum_23_a_moved_a_cancelled_and_an_edited_instance_block_once_each() {
    let mut series = Series::new("RRULE:FREQ=DAILY;COUNT=30").await;
    assert_eq!(series.settle("whole").await, 30);
    series.patch("series1_20261021T070000Z", json!({ "summary": "Edited" })).await;
    assert_eq!(series.settle("edited").await, 30);
    series
        .move_to("series1_20261022T070000Z", ("2026-10-22T15:00:00", "2026-10-22T16:00:00"))
        .await;
    assert_eq!(series.settle("moved").await, 30);
    series.delete("series1_20261023T070000Z").await;
    assert_eq!(series.settle("cancelled").await, 29);
    series
        .move_to("series1_20261022T070000Z", ("2026-10-22T17:00:00", "2026-10-22T18:00:00"))
        .await;
    assert_eq!(series.settle("moved again").await, 29);
    series.delete("series1_20261022T070000Z").await;
    assert_eq!(series.settle("moved, then cancelled").await, 28);
}

#[tokio::test]
async fn museum_23_an_instance_moved_across_midnight_and_the_change_of_the_clock_blocks_once() {
    let mut series = Series::new("RRULE:FREQ=DAILY;COUNT=30").await;
    // The night from 24 to 25 October 2026 has 25 hours in Berlin.
    series
        .move_to("series1_20261024T070000Z", ("2026-10-24T23:30:00", "2026-10-25T04:00:00"))
        .await;
    assert_eq!(series.settle("across midnight and the clock").await, 30);
    series
        .move_to("series1_20261025T080000Z", ("2026-10-26T06:00:00", "2026-10-26T07:00:00"))
        .await;
    assert_eq!(series.settle("from the day of the change to the next").await, 30);
    series
        .patch(
            "series1_20261026T080000Z",
            json!({ "start": { "date": "2026-10-26",
        "dateTime": null, "timeZone": null }, "end": { "date": "2026-10-27", "dateTime": null,
        "timeZone": null }, "transparency": "transparent" }),
        )
        .await;
    assert_eq!(series.settle("made a free day").await, 29);
}

#[tokio::test]
async fn museum_23_this_and_following_blocks_once_before_and_after() {
    let mut series = Series::new("RRULE:FREQ=DAILY;COUNT=30").await;
    series
        .move_to("series1_20261030T080000Z", ("2026-10-30T15:00:00", "2026-10-30T16:00:00"))
        .await;
    series.settle("an exception after the cut").await;
    // As Google does it: the series ends before the cut, and another begins there.
    let ends = json!({ "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20261027T225959Z"] });
    series.patch("series1", ends).await;
    series.house.put(json!({
        "id": "series2", "summary": "Series", "recurrence": ["RRULE:FREQ=DAILY;COUNT=22"],
        "start": at("2026-10-28T13:00:00"), "end": at("2026-10-28T14:00:00"),
    }));
    assert_eq!(series.settle("cut in two").await, 30);
}

#[tokio::test]
async fn museum_23_a_series_that_is_moved_as_a_whole_leaves_nothing_at_the_old_time() {
    let mut series = Series::new("RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=10").await;
    series.move_to("series1", ("2026-10-20T22:30:00", "2026-10-21T00:30:00")).await;
    assert_eq!(series.settle("moved as a whole").await, 10);
    series.patch("series1", json!({ "recurrence": null })).await;
    assert_eq!(series.settle("made a single event").await, 1);
}
