//! Everything can be read and done without JavaScript.

use crate::demo::Demo;
use crate::visitor::{Scripts, Visitor};
use thirtyfour::By;

/// Who the demo lets in.
const EMAIL: &str = "dana@northwind.example";
const PASSWORD: &str = "a-look-around";
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

#[tokio::test]
async fn signing_in_leads_back_to_the_very_part_of_a_page() {
    let demo = Demo::start();
    for scripts in [Scripts::Blocked, Scripts::Allowed] {
        let visitor = Visitor::arrive(scripts).await;
        visitor.open(&format!("{}/calendars/settings/calendars#linked", demo.base)).await;
        visitor.type_into("email", EMAIL).await;
        visitor.type_into("password", PASSWORD).await;
        visitor.press("Sign in").await;
        visitor.find(By::Css("body:not(.bare) main")).await;
        let address = visitor.browser.current_url().await.unwrap();
        assert_eq!(address.path(), "/calendars/settings/calendars");
        assert_eq!(address.fragment(), Some("linked"));
        visitor.leave().await;
    }
}

#[tokio::test]
async fn without_scripts_another_account_takes_the_place_of_the_one_to_be_mended() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Blocked).await;
    let (noor, secret) = demo.person("noor");
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{CONNECTIONS}", demo.base)).await;
    let icloud = visitor.find(By::XPath("//main//a[contains(@href, '/con_')]")).await;
    let page = icloud.attr("href").await.unwrap().unwrap();
    let page = page.split(['#', '?']).next().unwrap().to_owned();
    visitor.open(&format!("{}{page}/repair", demo.base)).await;
    visitor.type_into("username", &noor).await;
    visitor.type_into("password", &secret).await;
    visitor.press("Sign in again").await;
    visitor.sees("in the place of").await;
    visitor.press("Replace").await;
    visitor.sees("The new account is in the place of the old one").await;
    visitor.sees(&noor).await;
    visitor.leave().await;
}
