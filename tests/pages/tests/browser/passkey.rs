//! A passkey as Chromium makes it, held by an authenticator that Chromium plays.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::demo::Demo;
use crate::visitor::{Scripts, Visitor};

/// Who the demo lets in.
const EMAIL: &str = "dana@northwind.example";
const PASSWORD: &str = "a-look-around";
const PAGE: &str = "/settings/profile/second-step";

/// Puts a phone beside the browser, on which somebody always agrees (Web Authentication §11).
fn hold_a_phone(visitor: &Visitor) -> String {
    let phone = json!({
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserVerified": true,
    });
    let phone = visitor.tell_driver("POST", "webauthn/authenticator", &phone);
    phone.as_str().unwrap().to_owned()
}

async fn sign_in(visitor: &Visitor, demo: &Demo) {
    visitor.browser.delete_all_cookies().await.unwrap();
    visitor.open(&format!("{}/sign-in", demo.base)).await;
    visitor.type_into("email", EMAIL).await;
    visitor.type_into("password", PASSWORD).await;
    visitor.press("Sign in").await;
}

#[tokio::test]
async fn a_passkey_is_added_and_takes_the_second_step() {
    // Browsers have no passkeys for an address without a name.
    let demo = Demo::start_at("localhost");
    let visitor = Visitor::arrive(Scripts::Allowed).await;
    let phone = hold_a_phone(&visitor);
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{PAGE}", demo.base)).await;
    visitor.type_into("name", "Blue phone").await;
    visitor.type_into("passkey-present", PASSWORD).await;
    visitor.press("Add a passkey").await;
    visitor.sees("Keep these recovery codes").await;
    visitor.press("I have kept them").await;
    visitor.sees("Blue phone").await;
    visitor.type_into("passkey-present", PASSWORD).await;
    visitor.press("Add a passkey").await;
    visitor.sees("This one is added already").await;

    for _ in ["once", "and again"] {
        sign_in(&visitor, &demo).await;
        visitor.sees("One more step").await;
        visitor.press("Use a passkey").await;
        visitor.find(By::Css("body:not(.bare) main")).await;
    }
    // Where the phone is not at hand, a code is asked for, and nothing is open.
    let kept = format!("webauthn/authenticator/{phone}/credentials");
    visitor.tell_driver("DELETE", &kept, &json!({}));
    sign_in(&visitor, &demo).await;
    visitor.press("Use a passkey").await;
    visitor.sees("or use a code instead").await;
    visitor.open(&format!("{}{PAGE}", demo.base)).await;
    visitor.find(By::Name("email")).await;
    visitor.leave().await;
}

#[tokio::test]
async fn without_scripts_a_passkey_is_not_offered_and_the_app_is() {
    let demo = Demo::start_at("localhost");
    let visitor = Visitor::arrive(Scripts::Blocked).await;
    visitor.sign_in(&demo.link).await;
    visitor.open(&format!("{}{PAGE}", demo.base)).await;
    visitor.sees("Passkeys need JavaScript").await;
    assert!(!visitor.text().await.contains("Add a passkey"));
    visitor.press("Set up").await;
    visitor.find(By::Css("svg.qr")).await;
    visitor.type_into("code", "000000").await;
    visitor.type_into("new-app-present", PASSWORD).await;
    visitor.press("Turn it on").await;
    visitor.sees("This code is not right").await;
    visitor.leave().await;
}
