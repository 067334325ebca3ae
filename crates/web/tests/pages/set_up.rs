//! The page on which administrators make this installation known to providers.

use crate::house::House;

const PAGE: &str = "/settings/set-up";

#[tokio::test]
async fn it_says_what_to_do_what_is_set_and_this_installation_s_own_addresses() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.get("/settings/profile").await.expect(200).says(&[PAGE]);
    dana.get(PAGE).await.expect(200).says(&[
        "http://127.0.0.1:8080/oauth/callback",
        "http://127.0.0.1:8080/hooks/google",
        "data-copy=\"openid calendar\"",
        "DAYMARK_AN_ID",
        "Set.",
        "Not set.",
        "href=\"https://console.example/clients\"",
        "What is good to know.",
        "Push updates cannot work",
        "http://127.0.0.1:8080/hooks/zoom",
        "Its accounts come with a later version.",
    ]);
}

#[tokio::test]
async fn what_was_entered_is_checked_and_the_answer_stands_on_the_page() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.get(PAGE).await.expect(200).says(&["action=\"/settings/set-up/google/check#google\""]);
    let check = format!("{PAGE}/google/check");
    let answer = dana.post(&check, &[]).await.expect(200);
    answer.says(&["Google knows this client, and takes its secret"]);
    dana.get(&check).await.expect(200).hides(&["knows this client, and"]);
    // What is not entered, or is no provider with a client of ours, has nothing to check.
    for kind in ["outlook", "icloud", "nobody"] {
        dana.post(&format!("{PAGE}/{kind}/check"), &[]).await.expect(404);
    }
}

#[tokio::test]
async fn a_check_that_fails_says_what_to_mend() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let google = house.sandbox.google();
    let broken = serde_json::json!({ "status": 503, "often": "always" });
    let broken = serde_json::from_value(broken).unwrap();
    google.change_faults(None, |faults| faults.token_fail = broken).unwrap();
    let answer = dana.post(&format!("{PAGE}/google/check"), &[]).await.expect(200);
    answer
        .says(&["out of order just now. Try again", "the check failed"])
        .hides(&["knows this client, and"]);
}

#[tokio::test]
async fn zoom_s_client_is_checked_and_its_accounts_are_not_promised() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let check = format!("{PAGE}/zoom/check");
    let known = "Zoom knows this client, and takes its secret";
    let page = dana.post(&check, &[]).await.expect(200).says(&[known, "at the first sign-in."]);
    page.hides(&["connections/add/zoom"]);
    let fail =
        sandbox::Failure { status: 503, often: sandbox::Often::Always, ..Default::default() };
    let faults = sandbox::ZoomFaults { token_fail: Some(fail), ..Default::default() };
    house.sandbox.zoom().set_faults(faults);
    let page = dana.post(&check, &[]).await.expect(200).hides(&[known]);
    page.says(&["out of order just now, so it could not be asked", "the check failed"]);
    let add = "/calendars/settings/connections/add";
    let says = ["Cannot be connected in this version", "href=\"/settings/set-up#zoom\""];
    dana.get(add).await.expect(200).says(&says);
    dana.get(&format!("{add}/zoom")).await.expect(404);
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    member.get(add).await.expect(200).says(&says[..1]).hides(&says[1..]);
}

#[tokio::test]
async fn others_than_administrators_find_no_such_page() {
    let house = House::new().await;
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    let nothing = member.get("/settings/nothing").await.expect(404).html;
    assert_eq!(member.get(PAGE).await.expect(404).html, nothing);
    let check = format!("{PAGE}/google/check");
    assert_eq!(member.post(&check, &[]).await.expect(404).html, nothing);
    assert_eq!(member.get(&check).await.expect(404).html, nothing);
    member.get("/settings/profile").await.expect(200).hides(&[PAGE]);
    house.browser().get(PAGE).await.expect(303);
}
