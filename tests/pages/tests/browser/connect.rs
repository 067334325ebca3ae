//! Connecting a calendar, and seeing it kept true.

use thirtyfour::prelude::*;

use crate::demo::Demo;
use crate::visitor::{Scripts, Visitor};

const CONNECTIONS: &str = "/calendars/settings/connections";

#[tokio::test]
async fn a_newcomer_connects_a_calendar_and_sees_the_week_change() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Allowed).await;
    let (username, password) = demo.person("noor");
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{CONNECTIONS}", demo.base)).await;
    visitor.press("Add New").await;
    visitor.press("CalDAV").await;
    visitor.type_into("address", &demo.server()).await;
    visitor.type_into("username", &username).await;
    visitor.type_into("password", &password).await;
    visitor.press("Connect").await;
    visitor.find(By::Css("input[type=checkbox]")).await;
    visitor.open(&format!("{}{CONNECTIONS}", demo.base)).await;
    visitor.sees(&username).await;
    let row = format!("//li[contains(., '{username}')]//*[contains(., 'Synced')]");
    visitor.find(By::XPath(row)).await;
    let day = demo.put_event(&username, "personal", "Kite repair");
    let manage = format!("//li[contains(., '{username}')]//a[contains(., 'Manage')]");
    visitor.find(By::XPath(manage)).await.click().await.unwrap();
    visitor.press("Sync now").await;
    let week = format!("{}/week?day={day}", demo.base);
    let begun = std::time::Instant::now();
    loop {
        visitor.open(&week).await;
        if visitor.text().await.contains("Kite repair") {
            break;
        }
        assert!(begun.elapsed().as_secs() < 30, "{}", visitor.text().await);
    }
    visitor.leave().await;
}

#[tokio::test]
async fn an_account_at_google_is_connected_at_its_own_page_and_rings() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Allowed).await;
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{CONNECTIONS}", demo.base)).await;
    visitor.press("Add New").await;
    visitor.press("Google").await;
    visitor.press("Sign in at Google").await;
    for said in ["mara.lind@gmail.example", "Continue"] {
        let pressed = format!("//*[self::a or self::button][contains(., '{said}')]");
        visitor.find(By::XPath(pressed)).await.click().await.unwrap();
    }
    visitor.find(By::Css("input[type=checkbox][name=conflict]")).await;
    visitor.open(&format!("{}{CONNECTIONS}", demo.base)).await;
    let row = "//li[contains(., 'mara.lind') and contains(., 'push updates')]";
    visitor.find(By::XPath(format!("{row}//*[contains(., 'Synced')]"))).await;
    visitor.sees("Google Meet").await;
    visitor.leave().await;
}

#[tokio::test]
async fn a_refused_password_says_what_to_do_and_keeps_what_was_typed() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Allowed).await;
    let (username, _) = demo.person("noor");
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{CONNECTIONS}/add/caldav", demo.base)).await;
    visitor.type_into("address", &demo.server()).await;
    visitor.type_into("username", &username).await;
    visitor.type_into("password", "not-the-password").await;
    visitor.press("Connect").await;
    visitor.sees("refused").await;
    visitor.press("Try again").await;
    assert_eq!(visitor.value("username").await, username);
    assert_eq!(visitor.value("password").await, "");
    visitor.leave().await;
}

#[tokio::test]
async fn an_ordinary_apple_password_is_recognised_as_it_is_typed() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Allowed).await;
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{CONNECTIONS}/add/icloud", demo.base)).await;
    visitor.type_into("password", "hunter2").await;
    visitor.type_into("username", "dana@icloud.example").await;
    visitor.sees("An app-specific password has 16 letters").await;
    visitor.leave().await;
}

#[tokio::test]
async fn a_tooltip_opens_by_keyboard_and_escape_closes_it() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Allowed).await;
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{CONNECTIONS}", demo.base)).await;
    let button = visitor.find(By::Css("button.tip")).await;
    button.focus().await.unwrap();
    let tip = button.attr("aria-describedby").await.unwrap().expect("it names its text");
    let tip = visitor.find(By::Id(tip)).await;
    tip.wait_until().displayed().await.unwrap();
    button.send_keys(Key::Escape + "").await.unwrap();
    tip.wait_until().not_displayed().await.unwrap();
    visitor.leave().await;
}
