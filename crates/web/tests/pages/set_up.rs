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
        "It comes with a later version.",
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
    // What is not entered, comes later, or is no provider has nothing to check.
    for kind in ["outlook", "fax", "icloud", "nobody"] {
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
