//! Outlook through the pages: out to Microsoft's page and back, what was granted, Teams, another
//! account beside it; and what an administrator there has to do.

use axum::body::Body;
use connection::Attention;
use http::Request;
use sandbox::{GOOGLE_CLIENT_ID, Often, TokenError};
use store::connections;
use tower::ServiceExt;

use crate::google::{self, ADA, Decision};
use crate::house::at_google::ALL;
use crate::house::at_microsoft::{GO, KIM, LEE};
use crate::house::{Answer, House, LIST};

const FIX: &str = "/calendars/settings/connections/fix";
/// Where an administrator of any organisation agrees.
const ADMIN: &str = "http://sandbox.test/organizations/v2.0/adminconsent?";

async fn held(house: &House) -> usize {
    let mut tx = house.ctx.db.read().await.unwrap();
    connections::of_user(&mut tx, &house.user).await.unwrap().len()
}

#[tokio::test]
async fn an_outlook_account_is_connected_by_going_out_and_back_without_a_script() {
    let house = House::with_microsoft().await;
    let at = |hour: u8| {
        let time = format!("2026-11-23T{hour}:00:00");
        serde_json::json!({ "dateTime": time, "timeZone": "UTC" })
    };
    let event = serde_json::json!({"subject": "Dentist", "start": at(10), "end": at(11)});
    house.sandbox.microsoft().put_event(KIM, "default", event).unwrap();
    let mut dana = house.dana().await;
    dana.get(&format!("{LIST}/add")).await.expect(200).says(&["/add/outlook", "Microsoft Teams"]);
    let card = dana.get(&format!("{LIST}/add/outlook")).await.expect(200);
    card.says(&["href=\"/oauth/go/outlook\"", "never sees your password", "See and change the"]);
    let choose = dana.sign_in_at_microsoft(KIM, ALL).await.expect(303).to();
    dana.get(&choose).await.expect(200).says(&["is connected", KIM]);
    house.run().await;
    let page = choose.strip_suffix("/calendars").unwrap();
    dana.get(page)
        .await
        .expect(200)
        .says(&[
            "Allowed at Outlook",
            "Everything that is needed",
            "See and change the events of your calendars",
            "See and change the events of calendars that others share with you",
            "See the time zone of your mailbox",
            "See your name and e-mail address",
            "can add Microsoft Teams links",
        ])
        .hides(&["Calendars.ReadWrite", "Not allowed: "]);
    let list = dana.get(LIST).await.expect(200);
    list.says(&["Outlook · push updates", "Synced", "Video conferencing", "Microsoft Teams"])
        .hides(&["Google Meet"]);
    dana.get(&format!("{LIST}/add")).await.expect(200).says(&["Ready: comes with kim@"]);
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Dentist"]);
}

#[tokio::test]
async fn other_accounts_stand_beside_it_each_with_its_own_name() {
    let house = House::with_microsoft().await;
    let mut dana = house.dana().await;
    let kims = dana.with_outlook(KIM).await;
    let lees = dana.with_outlook(LEE).await;
    assert_ne!(kims, lees);
    dana.sign_in_at_google(ADA, ALL).await.expect(303);
    assert_eq!(held(&house).await, 3);
    let list = dana.get(LIST).await.expect(200);
    let list = list.says(&[KIM, LEE, ADA, "Google Meet"]);
    let video = list.html.split_once("Video conferencing").unwrap().1;
    assert_eq!(video.matches("<h3>Microsoft Teams</h3>").count(), 2, "{video}");
    house.later(60);
    // The same account a second time is no second connection.
    let known = dana.sign_in_at_microsoft(KIM, ALL).await.expect(303).to();
    assert_eq!(known, format!("{LIST}?note=known#{}", kims.rsplit('/').next().unwrap()));
    assert_eq!(held(&house).await, 3);
}

#[tokio::test]
async fn an_outlook_repair_with_another_account_is_refused_with_both_names() {
    let house = House::with_microsoft().await;
    let mut dana = house.dana().await;
    let page = dana.with_outlook(KIM).await;
    let go = format!("{GO}?repairs={}", page.rsplit('/').next().unwrap());
    let back = dana.decide(&go, LEE, ALL).await;
    let wrong = dana.come_back(&back).await.expect(200);
    wrong.says(&[
        "You signed in as lee@contoso.example. To mend this connection, sign in as kim@",
        ">Sign in as kim@contoso.example<",
    ]);
    assert_eq!(held(&house).await, 1);
    let back = dana.decide(&go, KIM, ALL).await;
    let right = dana.come_back(&back).await.expect(303).to();
    assert_eq!(right, format!("{page}?note=repaired"));
}

/// The address for an administrator, as the page spells it out.
fn for_administrator(page: &Answer) -> String {
    let (_, rest) = page.html.split_once(ADMIN).expect("the address is there");
    let query = rest.split(['<', '"', ' ']).next().unwrap().replace("&amp;", "&");
    format!("{ADMIN}{query}")
}

/// An administrator opens the address and agrees: the path of ours that they are sent back to.
async fn agrees(house: &House, address: &str) -> String {
    let asked = Request::get(address).body(Body::empty()).unwrap();
    let shown = house.sandbox.router().oneshot(asked).await.unwrap();
    assert_eq!(shown.status(), 200, "Microsoft understands the address");
    let decision: Decision<'_> = &[("tenant", "contoso.example"), ("decision", "allow")];
    google::decide(&house.sandbox, address, "", decision).await
}

/// Nobody at that organisation may let programs in without its administrator.
fn is_strict(house: &House) {
    house.sandbox.microsoft().set_users_consent("contoso.example", false).unwrap();
}

#[tokio::test]
async fn who_may_not_agree_gets_the_address_for_an_administrator_whichever_way_they_come_back() {
    for (decision, say) in [
        ("needs_admin", "wants an administrator to agree first"),
        ("cancel", "Microsoft says that you did not agree"),
    ] {
        let house = House::with_microsoft().await;
        is_strict(&house);
        let mut dana = house.dana().await;
        let page = dana.sign_in_at_microsoft(KIM, &[("decision", decision)]).await.expect(200);
        let page = page.says(&[say, "Nothing of this try was kept"]).hides(&["AADSTS"]);
        let back = agrees(&house, &for_administrator(&page)).await;
        assert!(back.contains("admin_consent=True"), "{back}");
        // The administrator is nobody here.
        let thanks = house.browser().get(&back).await.expect(200);
        thanks.says(&["Thank you", "Your organisation now allows Daymark"]);
        dana.sign_in_at_microsoft(KIM, ALL).await.expect(303);
        assert_eq!(held(&house).await, 1, "{decision}");
    }
}

#[tokio::test]
async fn an_administrator_who_does_not_agree_is_not_thanked() {
    let house = House::with_microsoft().await;
    is_strict(&house);
    let mut dana = house.dana().await;
    let page = dana.sign_in_at_microsoft(KIM, &[("decision", "cancel")]).await.expect(200);
    let no: Decision<'_> = &[("tenant", "contoso.example"), ("decision", "cancel")];
    let back = google::decide(&house.sandbox, &for_administrator(&page), "", no).await;
    house.browser().get(&back).await.expect(200).hides(&["Thank you", "now allows"]);
}

#[tokio::test]
async fn a_consent_that_an_organisation_takes_back_is_mended_with_the_address_for_it() {
    let house = House::with_microsoft().await;
    let mut dana = house.dana().await;
    let page = dana.with_outlook(KIM).await;
    dana.get(&format!("{page}/repair")).await.expect(200).hides(&["adminconsent"]);
    is_strict(&house);
    let refused = Some(TokenError { code: 90_094, often: Often::Always });
    let microsoft = house.sandbox.microsoft();
    microsoft.change_faults(Some(KIM), |faults| faults.token_error = refused).unwrap();
    house.later(4_000);
    house.run().await;
    let told = ["Send this address to an administrator of the organisation", ADMIN];
    let fix = dana.get(FIX).await.expect(200);
    let fix = fix.says(&["The organisation must agree", "does not let Daymark in any more"]);
    let fix = fix.says(&told).says(&["data-copy=\"http://sandbox.test/organizations/"]);
    dana.get(&format!("{page}/repair")).await.expect(200).says(&told);
    microsoft.change_faults(Some(KIM), |faults| faults.token_error = None).unwrap();
    let back = agrees(&house, &for_administrator(&fix)).await;
    house.browser().get(&back).await.expect(200).says(&["Thank you"]);
    let go = format!("{GO}?repairs={}", page.rsplit('/').next().unwrap());
    let back = dana.decide(&go, KIM, ALL).await;
    dana.come_back(&back).await.expect(303);
    house.run().await;
    dana.get(FIX).await.expect(200).hides(&["The organisation must agree", "adminconsent"]);
}

#[tokio::test]
async fn where_there_is_no_such_address_the_page_says_what_an_administrator_does_and_where() {
    let house = House::with_microsoft().await;
    let mut dana = house.dana().await;
    let forged = |back: &str, answer: &str| {
        let (path, query) = back.split_once('?').unwrap();
        let state = query.split('&').find(|pair| pair.starts_with("state=")).unwrap();
        format!("{path}?{state}&{answer}")
    };
    let back = dana.decide(GO, KIM, ALL).await;
    let back = forged(&back, "error=access_denied&error_description=AADSTS50105%3A+not+assigned");
    let page = dana.come_back(&back).await.expect(200);
    page.says(&["Microsoft Entra admin center", "Enterprise applications", "Users and groups"])
        .hides(&["AADSTS", "adminconsent"]);

    let trusts = ["Google Admin console", "API controls", "App access control"];
    let copied = format!("data-copy=\"{GOOGLE_CLIENT_ID}\"");
    let back = dana.decide("/oauth/go/google", ADA, ALL).await;
    let page = dana.come_back(&forged(&back, "error=admin_policy_enforced")).await.expect(200);
    page.says(&trusts).says(&[&copied]);

    let choose = dana.sign_in_at_google(ADA, ALL).await.expect(303).to();
    let page = choose.strip_suffix("/calendars").unwrap();
    let attention = Attention {
        reason: "consent_by_admin".into(),
        say: "It does not let Daymark in.".into(),
        since: house.ctx.clock.now(),
    };
    let id = house.connection(page).await.id;
    let mut tx = house.ctx.db.begin().await.unwrap();
    connections::set_attention(&mut tx, &id, Some(&attention)).await.unwrap();
    tx.commit().await.unwrap();
    for page in [FIX, &format!("{page}/repair")] {
        dana.get(page).await.expect(200).says(&trusts).says(&[&copied]).hides(&["adminconsent"]);
    }
}
