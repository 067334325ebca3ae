//! Signing in at the business's own provider.

use store::people;

use crate::google::{ADA, BEA};
use crate::house::at_google::ALL;
use crate::house::{Answer, Browser, EMAIL, House, LIST, PASSWORD, move_in};
use crate::people::link as link_of;
use crate::second_step::{acts, enrol, tells};

const GO: &str = "/sign-in/oidc?next=%2Fweek";

/// The whole way there and back, as that person of the provider's.
async fn sign_in(browser: &mut Browser<'_>, who: &str) -> Answer {
    let back = browser.decide(GO, who, ALL).await;
    browser.get(&back).await
}

#[tokio::test]
async fn a_person_is_known_by_their_verified_address_once_and_by_their_subject_ever_after() {
    let house = House::new().await;
    let ada = move_in(&house.ctx, &house.account, (ADA, None)).await;
    let mut browser = house.browser();
    browser.get("/sign-in?next=%2Fweek").await.says(&["Sign in with Acme ID", GO]);
    assert_eq!(sign_in(&mut browser, ADA).await.expect(303).to(), "/week");
    browser.get("/settings/profile").await.expect(200).says(&[ADA]);
    tells(
        &acts(&house).await,
        &["user.signed_in: with OpenID Connect", "user.identity_linked: Acme ID"],
    );
    let mut tx = house.ctx.db.begin().await.unwrap();
    people::update_user(&mut tx, &ada, "Ada", "ada@northwind.example", "UTC").await.unwrap();
    tx.commit().await.unwrap();
    // Whoever has that address now is not who signs in there.
    move_in(&house.ctx, &house.account, (ADA, None)).await;
    let mut again = house.browser();
    sign_in(&mut again, ADA).await.expect(303);
    again.get("/settings/profile").await.expect(200).says(&["ada@northwind.example"]);
}

#[tokio::test]
async fn the_part_of_a_page_that_was_wanted_comes_back_with_the_sign_in() {
    let house = House::new().await;
    move_in(&house.ctx, &house.account, (ADA, None)).await;
    let mut browser = house.browser();
    // The script of the page Sign in adds what stands behind the # sign to this link.
    browser.get("/sign-in?next=%2Fweek").await.says(&[&format!("href=\"{GO}\" data-next")]);
    let back = browser.decide(&format!("{GO}%23calendars"), ADA, ALL).await;
    assert_eq!(browser.get(&back).await.expect(303).to(), "/week#calendars");
}

#[tokio::test]
async fn nobody_unknown_is_let_in_and_no_address_brings_a_second_subject() {
    let house = House::new().await;
    let mut browser = house.browser();
    let answer = sign_in(&mut browser, BEA).await.expect(403);
    answer.says(&[BEA, "Ask an administrator of your business", "invitation"]);
    browser.get(LIST).await.expect(303);

    let ada = move_in(&house.ctx, &house.account, (ADA, None)).await;
    sign_in(&mut browser, ADA).await.expect(303);
    let mut tx = house.ctx.db.begin().await.unwrap();
    people::update_user(&mut tx, &ada, "Ada", BEA, "UTC").await.unwrap();
    people::confirm_email(&mut tx, &ada).await.unwrap();
    tx.commit().await.unwrap();
    let mut bea = house.browser();
    sign_in(&mut bea, BEA).await.expect(403).says(&["belongs to another sign-in"]);
    bea.get(LIST).await.expect(303);
}

#[tokio::test]
async fn a_sign_in_comes_back_once_in_time_in_the_browser_that_went() {
    let house = House::new().await;
    move_in(&house.ctx, &house.account, (ADA, None)).await;
    let mut browser = house.browser();
    let back = browser.decide(GO, ADA, ALL).await;
    house.browser().get(&back).await.expect(200).says(&["not signed in", "in the browser that"]);
    let before = browser.clone();
    browser.get(&back).await.expect(303);
    let mut replayed = before;
    replayed.get(&back).await.expect(200).says(&["comes back once"]);
    replayed.get(LIST).await.expect(303);

    let mut late = house.browser();
    let back = late.decide(GO, ADA, ALL).await;
    house.later(601);
    late.get(&back).await.expect(200).says(&["within ten minutes"]);
    late.get("/sign-in/oidc/callback").await.expect(200).says(&["comes back once"]);
    late.get("/sign-in/oidc/callback?state=x&code=y").await.says(&["comes back once"]);
}

#[tokio::test]
async fn who_only_goes_there_is_slowed() {
    let house = House::new().await;
    move_in(&house.ctx, &house.account, (ADA, None)).await;
    let mut browser = house.browser();
    for _ in 0..29 {
        browser.get(GO).await.expect(303);
    }
    sign_in(&mut house.browser(), ADA).await.expect(303);
    // Who came back is not counted; the others' trips still are.
    browser.get(GO).await.expect(303);
    browser.get(GO).await.expect(429).says(&["Too many tries"]);
    browser.from = Some(std::net::Ipv4Addr::new(198, 51, 100, 9).into());
    browser.get(GO).await.expect(303);
    browser.from = None;
    house.later(2);
    browser.get(GO).await.expect(303);
}

#[tokio::test]
async fn what_goes_wrong_there_is_said_in_a_sentence() {
    let house = House::new().await;
    move_in(&house.ctx, &house.account, (ADA, None)).await;
    let returns = async |change: fn(String) -> String| {
        let mut browser = house.browser();
        let back = browser.decide(GO, ADA, ALL).await;
        let answer = browser.get(&change(back)).await;
        browser.get(LIST).await.expect(303);
        answer
    };
    let denied = returns(|back| back.replace("code=", "error=access_denied&x=")).await;
    denied.expect(200).says(&["You did not agree at Acme ID"]);
    let refused = returns(|back| back.replace("code=", "error=login_required&x=")).await;
    refused.says(&["gave the reason “login_required”"]);
    let mixed = returns(|back| format!("{back}&iss=https://evil.example")).await;
    mixed.says(&["not signed in"]);
    let forged = returns(|back| back.replace("code=", "code=x")).await;
    forged.expect(502).says(&["took too long, or was used before"]);
}

#[tokio::test]
async fn an_address_that_somebody_typed_signs_nobody_in_before_it_is_confirmed() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let invite = [("name", "Robin"), ("purpose", "connect"), ("role", "member")];
    let link = link_of(&dana.post("/settings/people/invitations", &invite).await.expect(200));
    let fields = [("name", "Robin"), ("email", ADA), ("time_zone", "UTC")];
    house.browser().post(&link, &fields).await.expect(303);
    let mut ada = house.browser();
    sign_in(&mut ada, ADA).await.expect(403).says(&["Nobody has confirmed yet", ADA]);
    let people = "/settings/people";
    let page = dana.get(people).await.says(&["Confirm address", "connects calendars only"]);
    let at = page.html.find("/confirm-email").unwrap();
    let robin = page.html[..at].rsplit('/').next().unwrap().to_owned();
    dana.post(&format!("{people}/{robin}/confirm-email"), &[]).await.expect(303);
    dana.get(people).await.hides(&["Confirm address"]);
    // Known by now, but no more than was agreed.
    sign_in(&mut ada, ADA).await.expect(303);
    assert_eq!(ada.get("/week").await.expect(303).to(), LIST);
    assert_eq!(ada.get("/settings/profile").await.expect(303).to(), LIST);

    let role = format!("{people}/{robin}/role");
    let to = dana.post(&role, &[("role", "admin")]).await.expect(303).to();
    dana.get(&to).await.says(&["make a link first by which they join"]);

    let make = format!("{people}/{robin}/link");
    dana.get(&make).await.says(&["Make a link to join"]);
    let joining = link_of(&dana.post(&make, &[("purpose", "join")]).await.expect(200));
    let second = link_of(&dana.post(&make, &[("purpose", "join")]).await.expect(200));
    ada.get(&joining).await.expect(200).says(&["Join Northwind"]).hides(&["name=\"email\""]);
    ada.post(&joining, &[("password", "short")]).await.expect(422);
    ada.post(&joining, &[("password", PASSWORD)]).await.expect(303);
    ada.get("/week").await.expect(200);
    house.browser().sign_in(ADA, PASSWORD).await.expect(303);
    dana.get(&make).await.hides(&["Make a link to join"]);
    // Who has joined gets no other password that way, nor by a link that was made before.
    let other = [("password", "another-of-these-nights")];
    dana.get(people).await.expect(200).hides(&["to join as"]);
    house.browser().get(&second).await.expect(410).says(&["If you have joined already, sign in"]);
    house.browser().post(&second, &other).await.expect(410).says(&["does not work any more"]);
    house.browser().sign_in(ADA, other[0].1).await.expect(422);
    let again = link_of(&dana.post(&make, &[("purpose", "join")]).await.expect(200));
    house.browser().get(&again).await.says(&["Connect your calendars"]);
}

#[tokio::test]
async fn a_new_address_needs_the_password_or_a_fresh_sign_in_and_a_sign_in_elsewhere_can_go() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let mut typed = vec![("name", "Dana"), ("email", ADA), ("time_zone", "Europe/Athens")];
    let path = "/settings/profile";
    dana.post(path, &typed).await.expect(422).says(&["not your present password"]);
    dana.get(path).await.says(&[EMAIL]).hides(&["Sign-ins elsewhere"]);
    typed.push(("you-present", PASSWORD));
    dana.post(path, &typed).await.expect(303);
    dana.get(path).await.says(&[ADA]);
    tells(&acts(&house).await, &["user.profile_changed: name, e-mail address"]);

    move_in(&house.ctx, &house.account, (BEA, None)).await;
    let mut bea = house.browser();
    sign_in(&mut bea, BEA).await.expect(303);
    typed[1].1 = "bea@northwind.example";
    house.later(16 * 60);
    bea.post(path, &typed).await.expect(422).says(&["Sign out and in again"]);
    sign_in(&mut bea, BEA).await.expect(303);
    bea.post(path, &typed).await.expect(303);
    let page = bea.get(path).await.expect(200).says(&["Sign-ins elsewhere", "name=\"issuer\""]);
    let issuer = page.html.split("name=\"issuer\" value=\"").nth(1).unwrap();
    let issuer = issuer.split('"').next().unwrap();
    let remove = "/settings/profile/identities/remove";
    dana.post(remove, &[("issuer", issuer)]).await.expect(404);
    bea.post(remove, &[("issuer", issuer)]).await.expect(303);
    bea.get(path).await.hides(&["Sign-ins elsewhere"]);
    sign_in(&mut house.browser(), BEA).await.expect(403);
}

#[tokio::test]
async fn a_password_that_is_reset_by_a_link_ends_sign_ins_elsewhere() {
    let house = House::new().await;
    let ada = move_in(&house.ctx, &house.account, (ADA, Some(PASSWORD))).await;
    sign_in(&mut house.browser(), ADA).await.expect(303);
    let mut tx = house.ctx.db.begin().await.unwrap();
    people::update_user(&mut tx, &ada, "Ada", "ada@northwind.example", "UTC").await.unwrap();
    tx.commit().await.unwrap();
    sign_in(&mut house.browser(), ADA).await.expect(303);
    let base = "http://daymark.test/".parse().unwrap();
    let link = web::sign_in_link(&house.ctx, &ada, &base).await.unwrap();
    house.browser().post(link.path(), &[("password", "another good one")]).await.expect(303);
    sign_in(&mut house.browser(), ADA).await.expect(403);
}

#[tokio::test]
async fn where_the_provider_is_required_a_password_alone_lets_nobody_in() {
    const SECURITY: &str = "/settings/security";
    let require = format!("{SECURITY}/provider");
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.get(SECURITY)
        .await
        .says(&["Sign in with Acme ID yourself first", "Sign-in at Acme ID for everyone"]);
    dana.post(&require, &[("required", "yes")]).await.expect(303);
    assert_eq!(house.browser().sign_in(EMAIL, PASSWORD).await.expect(303).to(), "/", "not yet");
    let ada = move_in(&house.ctx, &house.account, (ADA, Some(PASSWORD))).await;
    let mut browser = house.browser();
    sign_in(&mut browser, ADA).await.expect(303);
    let to = browser.post(&require, &[("required", "yes")]).await.expect(303).to();
    browser.get(&to).await.says(&["Saved.", "Required in Northwind"]);
    tells(&acts(&house).await, &["account.provider_only"]);

    dana.get(LIST).await.expect(200);
    for email in [EMAIL, ADA] {
        let mut fresh = house.browser();
        let answer = fresh.sign_in(email, PASSWORD).await.expect(403);
        answer.says(&["your business asks everyone to sign in with Acme ID", "/sign-in/oidc"]);
        fresh.get(LIST).await.expect(303);
        fresh.sign_in(email, "not this one").await.expect(422).hides(&["Acme ID."]);
    }
    sign_in(&mut house.browser(), ADA).await.expect(303);
    house.stranger().await.get(LIST).await.expect(200);
    // Nobody is locked out where the provider is.
    let base = "http://daymark.test/".parse().unwrap();
    let link = web::sign_in_link(&house.ctx, &ada, &base).await.unwrap();
    house.browser().post(link.path(), &[]).await.expect(303);

    browser.post(&require, &[("required", "no")]).await.expect(303);
    tells(&acts(&house).await, &["account.provider_beside"]);
    house.browser().sign_in(EMAIL, PASSWORD).await.expect(303);
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    member.post(&require, &[("required", "yes")]).await.expect(404);
}

#[tokio::test]
async fn the_second_step_of_the_provider_counts() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    enrol(&house, &mut dana).await;
    dana.post("/settings/security", &[("required", "yes")]).await.expect(303);
    dana.get("/settings/security").await.says(&["Who signs in with Acme ID is not asked"]);
    move_in(&house.ctx, &house.account, (ADA, Some(PASSWORD))).await;
    let mut browser = house.browser();
    assert_eq!(sign_in(&mut browser, ADA).await.expect(303).to(), "/week");
    browser.get(LIST).await.expect(200);
    assert_eq!(house.browser().sign_in(ADA, PASSWORD).await.expect(303).to(), "/sign-in/second");
    assert_eq!(house.browser().sign_in(EMAIL, PASSWORD).await.expect(303).to(), "/sign-in/second");
}
