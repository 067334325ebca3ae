//! Tests.

#[test]
fn what_lies_beyond_the_horizon_is_said_to_go_on() {
    use crate::{Horizon, expand};
    use jiff::tz::TimeZone;
    let goes_on = |lines: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let reading = crate::read(&text).unwrap();
        let from = "2026-11-01T00:00:00Z".parse().unwrap();
        let until = "2026-12-01T00:00:00Z".parse().unwrap();
        let horizon = Horizon::new(from, until).unwrap();
        expand(&reading.events[0], horizon, &TimeZone::UTC).goes_on
    };
    assert!(!goes_on("DTSTART:20261105T090000Z"));
    assert!(goes_on("DTSTART:20261205T090000Z"));
    assert!(goes_on("DTSTART:20261105T090000Z\r\nRRULE:FREQ=WEEKLY"));
    assert!(!goes_on("DTSTART:20261105T090000Z\r\nRRULE:FREQ=WEEKLY;UNTIL=20261120T000000Z"));
    assert!(goes_on("DTSTART:20261105T090000Z\r\nRDATE:20270105T090000Z"));
}
