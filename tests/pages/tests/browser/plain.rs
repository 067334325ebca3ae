//! Everything can be read and done without JavaScript.

use crate::demo::Demo;
use crate::visitor::{Scripts, Visitor};

const CONNECTIONS: &str = "/calendars/settings/connections";

#[tokio::test]
async fn without_scripts_a_calendar_is_connected_and_its_state_is_right_after_a_reload() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Blocked).await;
    let (username, password) = demo.person("noor");
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{CONNECTIONS}/add/caldav", demo.base)).await;
    visitor.type_into("address", &demo.server()).await;
    visitor.type_into("username", &username).await;
    visitor.type_into("password", &password).await;
    visitor.press("Connect").await;
    // The page of the checks looks again by itself, and goes on to the calendars.
    visitor.sees("Personal").await;
    let begun = std::time::Instant::now();
    loop {
        visitor.open(&format!("{}{CONNECTIONS}", demo.base)).await;
        let text = visitor.text().await;
        let synced = text.matches("Synced").count();
        if text.contains(&username) && synced >= 2 {
            break;
        }
        assert!(begun.elapsed().as_secs() < 30, "{text}");
    }
    visitor.leave().await;
}

#[tokio::test]
async fn both_ways_lead_to_one_page() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Blocked).await;
    visitor.sign_in(&demo.link).await;
    let mut pages = Vec::new();
    for path in [CONNECTIONS, "/settings/profile/calendar"] {
        visitor.open(&format!("{}{path}", demo.base)).await;
        // Ages go on between two looks.
        let text = visitor.text().await.replace("just now", "1 s ago");
        pages.push(text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>());
    }
    assert_eq!(pages[0], pages[1]);
    visitor.leave().await;
}
