//! Outlook through the pages: out to Microsoft's page and back, what was granted, Teams, another
//! account beside it.

use store::connections;

use crate::google::ADA;
use crate::house::at_google::ALL;
use crate::house::at_microsoft::{GO, KIM, LEE};
use crate::house::{House, LIST};

async fn held(house: &House) -> usize {
    let mut tx = house.ctx.db.read().await.unwrap();
    connections::of_user(&mut tx, &house.user).await.unwrap().len()
}

#[tokio::test]
async fn an_outlook_account_is_connected_by_going_out_and_back_without_a_script() {
    let house = House::with_microsoft().await;
    let at = |hour: u8| serde_json::json!({"dateTime": format!("2026-11-23T{hour}:00:00"), "timeZone": "UTC"});
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
