//! Signing in at a provider's own page, and every way back from it.

use connection::IntegrationKind;
use store::connections;
use sync::sign_in::{self, Begin};

use crate::google::{ADA, BEA, Decision};
use crate::house::at_google::ALL;
use crate::house::{Browser, EMAIL, House, LIST, PASSWORD};

const GO: &str = "/oauth/go/google";
const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
const LISTED: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";

async fn held(house: &House) -> usize {
    let mut tx = house.ctx.db.read().await.unwrap();
    connections::of_user(&mut tx, &house.user).await.unwrap().len()
}

#[tokio::test]
async fn an_account_is_connected_by_going_out_and_back_without_a_script() {
    let house = House::new().await;
    house.put_at_google("Dentist");
    let mut dana = house.dana().await;
    dana.get(&format!("{LIST}/add")).await.expect(200).says(&["/add/google"]);
    let card = dana.get(&format!("{LIST}/add/google")).await.expect(200);
    card.says(&["href=\"/oauth/go/google\"", "never sees your password", "See and change events"]);
    let choose = dana.sign_in_at_google(ADA, ALL).await.expect(303).to();
    dana.get(&choose).await.expect(200).says(&["is connected", ADA]);
    house.run().await;
    assert_eq!(house.carry_rings().await, [204], "Google says that the channel stands");
    let page = choose.strip_suffix("/calendars").unwrap();
    dana.get(page).await.expect(200).says(&[
        "Allowed at Google",
        "Everything that is needed",
        "See the list of your calendars",
        "Push updates · can add Google Meet links",
    ]);
    let list = dana.get(LIST).await.expect(200);
    list.says(&["Google · push updates", "Video conferencing", "Google Meet", "Ready"]);
    dana.get(&format!("{LIST}/add")).await.expect(200).says(&["Ready: comes with ada@"]);
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Dentist"]);
}

#[tokio::test]
async fn museum_36_every_way_back_without_an_account_says_what_to_do_and_keeps_nothing() {
    let unticked: Decision<'_> = &[("decision", "allow"), ("scope", LISTED)];
    let cancelled: Decision<'_> = &[("decision", "cancel")];
    for (decision, with_token, say) in [
        (cancelled, true, "Google says that you did not agree"),
        (unticked, true, "was not ticked"),
        (ALL, false, "Google lets us in for this hour only"),
    ] {
        let house = House::new().await;
        let google = house.sandbox.google();
        google.change_faults(None, |faults| faults.refresh_token_missing = !with_token).unwrap();
        let mut dana = house.dana().await;
        let page = dana.sign_in_at_google(ADA, decision).await.expect(200);
        page.says(&[say, "Nothing of this try was kept", "Try again at Google"]);
        assert_eq!(held(&house).await, 0, "{say}");
    }
}

#[tokio::test]
async fn an_address_in_a_sentence_can_be_followed_and_copied() {
    let house = House::new().await;
    let google = house.sandbox.google();
    google.change_faults(None, |faults| faults.refresh_token_missing = true).unwrap();
    let mut dana = house.dana().await;
    let page = dana.sign_in_at_google(ADA, ALL).await.expect(200);
    page.says(&[
        "href=\"https://myaccount.google.com/connections\" rel=\"noopener noreferrer nofollow\"",
        "data-copy=\"https://myaccount.google.com/connections\"",
    ]);
}

#[tokio::test]
async fn a_box_that_may_stay_unticked_costs_what_the_page_says() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let some: Decision<'_> = &[("decision", "allow"), ("scope", LISTED), ("scope", EVENTS)];
    let choose = dana.sign_in_at_google(ADA, some).await.expect(303).to();
    let page = dana.get(choose.strip_suffix("/calendars").unwrap()).await.expect(200);
    page.says(&["Not everything was allowed", "Allow the rest", "Not allowed: ", "cannot be read"]);
}

#[tokio::test]
async fn a_repair_takes_the_same_account_and_no_other() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let id = page.rsplit('/').next().unwrap();
    let card = dana.get(&format!("{page}/repair")).await.expect(200);
    card.says(&["Sign in again at Google"]);
    let go = format!("{GO}?repairs={id}");
    let back = dana.decide(&go, BEA, ALL).await;
    let wrong = dana.come_back(&back).await.expect(200);
    wrong.says(&[
        "Sign in again as ada@gmail.example",
        "You signed in as bea@gmail.example. To mend this connection, sign in as ada@",
        ">Sign in as ada@gmail.example<",
    ]);
    dana.sign_in_at_google(BEA, ALL).await.expect(303);
    let back = dana.decide(&go, BEA, ALL).await;
    let connected = dana.come_back(&back).await.expect(200);
    connected.says(&["To mend this connection, sign in as ada@"]).hides(&["Mend that one"]);
    let back = dana.decide(&go, ADA, ALL).await;
    let right = dana.come_back(&back).await.expect(303).to();
    assert_eq!(right, format!("{page}?note=repaired"));
    assert_eq!(held(&house).await, 2);
}

#[tokio::test]
async fn nobody_repairs_what_is_somebody_else_s() {
    let house = House::new().await;
    let (_, page) = house.with_google().await;
    let id = page.rsplit('/').next().unwrap();
    let mut sam = house.stranger().await;
    sam.get(&format!("{GO}?repairs={id}")).await.expect(404);
    sam.get("/oauth/go/fax").await.expect(404);
    house.browser().get(GO).await.expect(303);
}

#[tokio::test]
async fn a_way_back_works_once_and_in_the_browser_that_went() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let back = dana.decide(GO, ADA, ALL).await;
    let mut elsewhere = house.dana().await;
    let other = elsewhere.get(&back).await.expect(200);
    other.says(&["begun in another browser"]);
    let mut with_its_cookie = dana.clone();
    dana.come_back(&back).await.expect(303);
    for browser in [&mut dana, &mut elsewhere] {
        browser.get(&back).await.expect(200).says(&["was opened before, and works once"]);
    }
    // The cookie is there, and the way back is used up all the same.
    let again = with_its_cookie.get(&back).await.expect(303).to();
    with_its_cookie.get(&again).await.expect(200).says(&["was opened before, and works once"]);
    assert_eq!(held(&house).await, 1);
}

#[tokio::test]
async fn a_way_back_that_another_person_opens_connects_nothing() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let back = dana.decide(GO, ADA, ALL).await;
    house.colleague_of(&house.account, "sam@northwind.example").await;
    dana.sign_in("sam@northwind.example", PASSWORD).await.expect(303);
    dana.get(&back).await.expect(200).says(&["begun by another person"]);
    dana.sign_in(EMAIL, PASSWORD).await.expect(303);
    dana.get(&back).await.expect(200).says(&["was opened before"]);
    assert_eq!(held(&house).await, 0);
}

#[tokio::test]
async fn a_way_back_is_too_late_after_ten_minutes() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let back = dana.decide(GO, ADA, ALL).await;
    house.later(601);
    let page = dana.come_back(&back).await.expect(200);
    page.says(&["took longer than ten minutes", "Try again at Google"]);
    assert_eq!(held(&house).await, 0);
}

#[tokio::test]
async fn a_way_back_that_nobody_began_says_so() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let long = "x".repeat(5_000);
    for back in [
        "/oauth/callback".to_owned(),
        "/oauth/callback?state=made-up&code=made-up".to_owned(),
        "/oauth/callback?state=%3Cscript%3E&error=%3Cscript%3E".to_owned(),
        format!("/oauth/callback?state={long}&code={long}"),
    ] {
        let page = dana.get(&back).await.expect(200);
        page.says(&["belongs to no sign-in that is still open"]).hides(&["<script>"]);
    }
}

#[tokio::test]
async fn what_the_provider_calls_the_reason_is_never_shown_as_it_is() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let back = dana.decide(GO, ADA, ALL).await;
    let (path, query) = back.split_once('?').unwrap();
    let state = query.split('&').find(|pair| pair.starts_with("state=")).unwrap();
    let forged = format!("{path}?{state}&error=odd&error_description=Call+0900+now");
    let page = dana.come_back(&forged).await.expect(200);
    page.says(&["Google did not sign you in"]).hides(&["0900", "odd"]);
}

#[tokio::test]
async fn what_is_not_set_up_says_who_can_do_it() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let tiles = dana.get(&format!("{LIST}/add")).await.expect(200);
    tiles.says(&["Not set up here yet", "href=\"/settings/set-up#outlook\""]);
    let form = dana.get("/oauth/go/outlook").await.expect(303).to();
    dana.get(&form).await.expect(200).says(&["is not set up here yet", "How to set it up"]);
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    let tiles = member.get(&format!("{LIST}/add")).await.expect(200);
    tiles.says(&["Not set up here yet", "/add/outlook"]).hides(&["/settings/set-up"]);
    asks_an_administrator(&mut member).await;
}

async fn asks_an_administrator(member: &mut Browser<'_>) {
    let page = member.get(&format!("{LIST}/add/outlook")).await.expect(200);
    page.says(&["An administrator of this Daymark can do that"]).hides(&["/settings/set-up"]);
}

#[tokio::test]
async fn museum_37_a_calendar_that_is_not_rung_for_says_so_with_the_reason() {
    let house = House::new().await;
    let google = house.sandbox.google();
    let refused = Some("push.webhookUrlUnauthorized".to_owned());
    google.change_faults(None, |faults| faults.watch_refused = refused).unwrap();
    let (mut dana, page) = house.with_google().await;
    let told = ["polled every 5 minutes", "No push updates: "];
    dana.get(LIST).await.expect(200).says(&told);
    let one = dana.get(&page).await.expect(200);
    one.says(&["Polled every 5 minutes · can add Google Meet links", told[1]]);
}

#[tokio::test]
async fn museum_34_access_that_was_taken_back_asks_for_its_owner_and_is_mended_at_google() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    house.sandbox.google().revoke(ADA).unwrap();
    house.later(4_000);
    house.run().await;
    let list = dana.get(LIST).await.expect(200);
    list.says(&["Needs attention", "Fix this", "Waits for the account"]).hides(&["push updates"]);
    let id = page.rsplit('/').next().unwrap();
    let card = dana.get(&format!("{page}/repair")).await.expect(200);
    card.says(&["Fix ada@", "Sign in again at Google", &format!("{GO}?repairs={id}")]);
    let back = dana.decide(&format!("{GO}?repairs={id}"), ADA, ALL).await;
    dana.come_back(&back).await.expect(303);
    house.run().await;
    dana.get(LIST).await.expect(200).says(&["Synced"]).hides(&["Fix this"]);
}

/// A program begins it; the person who follows its link has a session here.
#[tokio::test]
async fn a_program_has_a_person_back_who_is_signed_in_here() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let cancelled: Decision<'_> = &[("decision", "cancel")];
    for (decision, ended) in [(cancelled, "&failure=cancelled#part"), (ALL, "&connection=con_")] {
        let begin = Begin {
            user: house.user.clone(),
            integration: IntegrationKind::new("google"),
            repairs: None,
            redirect_uri: "http://127.0.0.1:8080/oauth/callback".into(),
            return_to: Some("/app/done?x=1#part".into()),
            wishes: sync::connect::Wishes::default(),
        };
        let ticket = sign_in::begin(&house.ctx, begin).await.unwrap();
        let link = format!("/oauth/begin?ticket={ticket}");
        dana.get(&link).await.expect(200).says(&["Connect Google for Dana", "Continue to Google"]);
        dana.post("/oauth/begin", &[("ticket", &ticket)]).await.expect(303);
        // It is the browser that went: the link leads on without a question.
        let back = dana.decide(&link, ADA, decision).await;
        let to = dana.come_back(&back).await.expect(303).to();
        assert!(to.starts_with(&format!("/app/done?x=1{ended}")), "{to}");
    }
    assert_eq!(held(&house).await, 1);
}

#[tokio::test]
async fn an_account_that_is_asked_to_wait_says_so_and_when_it_is_tried_again() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let throttle = serde_json::json!({
        "reason": "rateLimitExceeded", "status": 429, "often": "always", "retry_after_s": 600
    });
    let throttle = serde_json::from_value(throttle).unwrap();
    let google = house.sandbox.google();
    google.change_faults(None, |faults| faults.throttle = throttle).unwrap();
    house.later(2_000);
    house.run().await;
    dana.get(&page).await.expect(200).says(&[
        "This account could not be read at the last look.",
        "Google asked us to wait.",
        "stands and still blocks",
        "Daymark tries again at 14:43",
    ]);
    let fix = "/calendars/settings/connections/fix";
    dana.get(fix)
        .await
        .expect(200)
        .says(&["Nothing to do but wait", "Google asked Daymark to wait.", "Next try at 14:43"])
        .hides(&["Nothing of yours needs you"]);
    house.sandbox.clear_faults();
    house.later(601);
    house.run().await;
    let fix = dana.get(fix).await.expect(200);
    fix.says(&["Nothing of yours needs you"]).hides(&["asked Daymark to wait", "Next try at"]);
    dana.get(&page).await.expect(200).hides(&["asked us to wait. "]);
}

#[tokio::test]
async fn a_calendar_that_shows_busy_and_free_alone_says_so_instead_of_a_missing_title() {
    let house = House::new().await;
    let google = house.sandbox.google();
    let at = |hour: u8| serde_json::json!({ "dateTime": format!("2026-11-23T{hour}:00:00Z") });
    let secret = serde_json::json!({ "summary": "Surgery", "start": at(12), "end": at(13) });
    google.put_event(BEA, "primary", secret).unwrap();
    let guest = (ADA, sandbox::Role::FreeBusyReader);
    google.share_calendar(BEA, "primary", guest).unwrap();
    let (mut dana, page) = house.with_google().await;
    let week = dana.get("/week?day=2026-11-23").await.expect(200);
    week.says(&["<h3", ">Busy<", "Google shows no more than busy and free of this calendar."])
        .hides(&["No title", "Surgery"]);
    let choice = dana.get(&format!("{page}/calendars")).await.expect(200);
    let conflicts = choice.html.split_once("Check for conflicts").unwrap().1.to_owned();
    assert!(conflicts.contains(" · busy times only"), "{conflicts}");
    let one = dana.get(&page).await.expect(200);
    assert_eq!(one.html.matches("can add Google Meet links").count(), 1, "{}", one.html);
}
