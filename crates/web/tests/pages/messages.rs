//! What a person reads of what broke, and how they are not reminded of it any more.

use connection::{Certificate, ConnectionId};
use jiff::SignedDuration;
use store::{audit, messages, renewals};

use crate::house::{EMAIL, House, LIST, PASSWORD, PERSON};

const PAGE: &str = "/settings/messages";

async fn break_it(house: &House) {
    house.sandbox.revoke_password(PERSON).unwrap();
    for _ in 0..4 {
        house.later(600);
        house.run().await;
    }
}

#[tokio::test]
async fn what_broke_can_be_read_here_without_a_mail_server_and_leads_to_the_repair() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    dana.get(PAGE).await.expect(200).says(&["Nothing yet", "DAYMARK_SMTP_URL"]);
    break_it(&house).await;
    dana.get("/week").await.expect(200).says(&["1<span class=\"unseen\"> unread"]);
    let told = dana.get(PAGE).await.expect(200);
    told.says(&[
        &format!("Fix this: iCloud, {PERSON}"),
        "Make a new app-specific password.",
        "Kept here only",
        "No mail server is set here",
        "open",
        &format!("href=\"{page}/repair\""),
        "Mute",
    ]);
    dana.get(PAGE).await.expect(200).hides(&["class=\"count\""]);
}

#[tokio::test]
async fn what_was_mended_unread_is_not_counted_and_says_so() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    break_it(&house).await;
    dana.get("/week").await.expect(200).says(&["class=\"count\""]);
    let password = house.sandbox.new_password(PERSON).unwrap();
    let typed = [("password", password.as_str())];
    let attempt = dana.post(&format!("{page}/repair"), &typed).await.expect(303).to();
    dana.wait().await;
    dana.get(&attempt).await.expect(303);
    dana.get("/week").await.expect(200).hides(&["class=\"count\""]);
    let told = dana.get(PAGE).await.expect(200);
    told.says(&[&format!("Mended: iCloud, {PERSON}"), "Over by now."]).hides(&["<h3>Fix this"]);
}

#[tokio::test]
async fn the_link_of_a_mail_asks_to_sign_in_and_comes_back_to_the_repair() {
    let house = House::new().await;
    let (_, page) = house.connected().await;
    break_it(&house).await;
    let mut browser = house.browser();
    let repair = format!("{page}/repair");
    let to = browser.get(&repair).await.expect(303).to();
    let form = browser.get(&to).await.expect(200);
    form.says(&[&format!("name=\"next\" value=\"{repair}\"")]);
    let typed = [("email", EMAIL), ("password", PASSWORD), ("next", repair.as_str())];
    assert_eq!(browser.post("/sign-in", &typed).await.expect(303).to(), repair);
    browser.get(&repair).await.expect(200).says(&["Sign in again"]);
}

#[tokio::test]
async fn a_mute_is_asked_for_by_a_link_and_set_by_a_button() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    break_it(&house).await;
    let id = page.rsplit('/').next().unwrap();
    let mute = format!("{PAGE}/mute/{id}");
    dana.get(&mute).await.expect(200).says(&["Mute", "no reminders of this connection"]);
    dana.get(PAGE).await.expect(200).hides(&["You are not reminded of it"]);
    let to = dana.post(&mute, &[("muted", "true")]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["Muted.", "You are not reminded of it.", "Unmute"]);
    let connection = id.parse().unwrap();
    let mut tx = house.ctx.db.read().await.unwrap();
    assert!(messages::is_muted(&mut tx, &house.user, &connection).await.unwrap());
    let log =
        audit::list(&mut tx, &house.account, &audit::Wanted::default(), (None, 9)).await.unwrap();
    assert!(log.iter().any(|entry| entry.act == "connection.muted"));
    drop(tx);
    dana.post(&mute, &[("muted", "false")]).await.expect(303);
    dana.get(PAGE).await.expect(200).hides(&["Unmute"]);
    dana.post(&mute, &[("muted", "perhaps")]).await.expect(400);
}

#[tokio::test]
async fn administrators_read_what_all_were_told_and_members_their_own() {
    let house = House::new().await;
    let (_, page) = house.connected().await;
    break_it(&house).await;
    let subject = format!("Fix this: iCloud, {PERSON}");
    let mut admin = house.colleague_of(&house.account, "kit@northwind.example").await;
    admin.get(PAGE).await.expect(200).says(&[&subject, "To Dana Reyes"]).hides(&["/repair"]);
    let mute = format!("{PAGE}/mute/{}", page.rsplit('/').next().unwrap());
    admin.get(&mute).await.expect(200);
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    member.get(PAGE).await.expect(200).says(&["Nothing yet"]).hides(&[&subject, PERSON]);
    let mut stranger = house.stranger().await;
    stranger.get(PAGE).await.expect(200).hides(&[&subject, PERSON]);
    let nobodys = format!("{PAGE}/mute/con_{}", "0".repeat(32));
    for browser in [&mut member, &mut stranger] {
        let theirs = browser.get(&mute).await.expect(404);
        assert_eq!(theirs.html, browser.get(&nobodys).await.expect(404).html);
        browser.post(&mute, &[("muted", "true")]).await.expect(404);
    }
}

#[tokio::test]
async fn what_ends_soon_is_said_in_the_list_on_its_page_and_here_with_the_way_to_renew_it() {
    let house = House::new().await;
    let google = house.sandbox.google();
    let mut manners = google.manners();
    manners.refresh_token_life_s = Some(7 * 86_400);
    google.set_manners(manners);
    let (mut dana, page) = house.with_google().await;
    sync::begin_housekeeping(&house.ctx).await.unwrap();
    house.run().await;
    let renew = format!("href=\"{page}/repair\"");
    dana.get(LIST).await.expect(200).says(&["Renew before ", &renew]);
    dana.get(&page).await.expect(200).says(&["Renew before Sun 29 Nov", &renew, "nothing stops"]);
    dana.get(PAGE).await.expect(200).says(&["Renew before 29 November: Google", "Renew</a>"]);
    // A colleague cannot, and is not sent where they are not let in.
    let mut admin = house.colleague_of(&house.account, "kit@northwind.example").await;
    let list = admin.get(&format!("{LIST}?user={}", house.user)).await.expect(200);
    list.says(&["Renew before ", &format!("href=\"{page}\"")]).hides(&[&renew]);
    let ask = format!("href=\"/settings/people/{}/link\"", house.user);
    let seen = admin.get(&page).await.expect(200);
    seen.says(&["Renew before ", "Only Dana Reyes can sign in there", &ask]).hides(&[&renew]);
}

#[tokio::test]
async fn the_end_of_a_servers_certificate_is_said_in_the_list_on_its_page_and_here() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let id: ConnectionId = page.rsplit('/').next().unwrap().parse().unwrap();
    let now = house.ctx.clock.now();
    let certificate = |hours| Certificate {
        host: "cal.example.org".into(),
        begins_at: now - SignedDuration::from_hours(24 * 300),
        ends_at: now + SignedDuration::from_hours(hours),
    };
    let note = async |hours| {
        let mut tx = house.ctx.db.begin().await.unwrap();
        renewals::set_certificate(&mut tx, &id, Some(&certificate(hours))).await.unwrap();
        tx.commit().await.unwrap();
    };
    let said = ["The certificate of cal.example.org ends on ", "ask whoever runs that server"];
    // Whatever looks at Google of itself has looked: there is no certificate to be seen there.
    house.run().await;
    note(24 * 13).await;
    sync::begin_housekeeping(&house.ctx).await.unwrap();
    house.run().await;
    dana.get(LIST).await.expect(200).says(&said);
    dana.get(&page).await.expect(200).says(&said);
    let told = dana.get(PAGE).await.expect(200);
    told.says(&said).says(&[&format!("href=\"{page}\">Its page")]).hides(&["Renew</a>"]);
    note(24 * 15).await;
    dana.get(LIST).await.expect(200).hides(&said);
}

#[tokio::test]
async fn an_administrator_reads_on_the_set_up_page_when_a_secret_ends() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let page = dana.get("/settings/set-up").await.expect(200);
    page.says(&["Renew before 1 December 2026. ", "The client secret ends then"]);
}

#[tokio::test]
async fn administrators_are_led_from_their_messages_to_where_they_can_act() {
    let house = House::new().await;
    house.connected().await;
    let mut admin = house.colleague_of(&house.account, "kit@northwind.example").await;
    break_it(&house).await;
    for _ in 0..12 {
        house.later(24 * 3_600);
        house.run().await;
    }
    let (mail, password) = ("kit@northwind.example", PASSWORD);
    admin.sign_in(mail, password).await.expect(303);
    let link = format!("/settings/people/{}/link", house.user);
    let told = admin.get(PAGE).await.expect(200);
    told.says(&[
        &format!("href=\"{link}\">Ask them to mend it</a>"),
        "href=\"/calendars/settings/connections/fix\">Fix this</a>",
        "Dana Reyes has to mend it: the password was refused.",
    ]);
    admin.get(&link).await.expect(200).says(&["Make the link"]);
}
