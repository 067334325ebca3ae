//! What is chosen for calendars, looked at before it is saved.

use thirtyfour::prelude::*;

use crate::demo::Demo;
use crate::visitor::{Scripts, Visitor};

#[tokio::test]
async fn without_scripts_a_choice_is_looked_at_before_it_is_saved() {
    let demo = Demo::start();
    let visitor = Visitor::arrive(Scripts::Blocked).await;
    visitor.sign_in(&demo.link).await;
    let here = format!("{}/calendars/settings/calendars", demo.base);
    let school = || {
        let label = "//fieldset[@id='conflict']//label[contains(., 'School')]";
        visitor.find(By::XPath(format!("{label}//input[@type='checkbox']")))
    };
    visitor.open(&here).await;
    school().await.click().await.unwrap();
    visitor.press("What does this block?").await;
    visitor.sees("Nothing is saved yet").await;
    assert!(visitor.browser.current_url().await.unwrap().as_str().ends_with("#preview"));
    assert!(school().await.is_selected().await.unwrap(), "the answer stays");
    visitor.open(&here).await;
    assert!(!school().await.is_selected().await.unwrap(), "and is not saved");
    visitor.find(By::Css("#advanced > summary")).await.click().await.unwrap();
    visitor.sees("What is written into the linked calendar").await;
    visitor.leave().await;
}
