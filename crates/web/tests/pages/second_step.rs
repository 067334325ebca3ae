//! The second step of signing in: set up, asked for, lost, required.

use ring::hmac;
use store::audit;

use crate::house::{Answer, Browser, EMAIL, House, LIST, PASSWORD};

const PAGE: &str = "/settings/profile/second-step";
const SECOND: &str = "/sign-in/second";
const SECURITY: &str = "/settings/security";
/// What turning an app on takes beside its first code.
const NOW: (&str, &str) = ("new-app-present", PASSWORD);

/// An authenticator app of another make: RFC 6238 once more, from the secret that a page shows.
pub(crate) struct App(Vec<u8>);

impl App {
    /// Types the secret in from a page.
    #[track_caller]
    pub(crate) fn reading(page: &Answer) -> Self {
        let address = page.html.split("secret=").nth(1).expect("the page shows a secret");
        let letters = address.split('&').next().unwrap().bytes();
        let (mut bits, mut held, mut secret) = (0_u32, 0, Vec::new());
        for letter in letters {
            let value = match letter {
                b'A'..=b'Z' => letter - b'A',
                _ => letter - b'2' + 26,
            };
            bits = (bits << 5) | u32::from(value);
            held += 5;
            if held >= 8 {
                held -= 8;
                secret.push((bits >> held & 0xff) as u8);
            }
        }
        assert_eq!(secret.len(), 20);
        Self(secret)
    }

    /// What it shows, so many seconds from now.
    pub(crate) fn code(&self, house: &House, seconds: i64) -> String {
        let step = (house.ctx.clock.now().as_second() + seconds) / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let hash = hmac::sign(&key, &step.to_be_bytes());
        let hash = hash.as_ref();
        let at = usize::from(hash[19] & 15);
        let word = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", word % 1_000_000)
    }
}

/// Turns an app on: the app, and the recovery codes.
pub(crate) async fn enrol(house: &House, browser: &mut Browser<'_>) -> (App, Vec<String>) {
    browser.post(&format!("{PAGE}/app"), &[]).await.expect(303);
    let app = App::reading(&browser.get(PAGE).await.expect(200).says(&["<svg", "otpauth://"]));
    let code = app.code(house, 0);
    let page =
        browser.post(&format!("{PAGE}/app/confirm"), &[("code", &code), NOW]).await.expect(200);
    let codes = recovery_codes(&page);
    assert_eq!(codes.len(), 10);
    house.later(60);
    (app, codes)
}

fn recovery_codes(page: &Answer) -> Vec<String> {
    let list = page.html.split("class=\"codes\"").nth(1).expect("codes are shown");
    let list = list.split("</ul>").next().unwrap();
    list.split("<code>").skip(1).map(|part| part.split('<').next().unwrap().to_owned()).collect()
}

/// What stands in the audit log.
pub(crate) async fn acts(house: &House) -> Vec<String> {
    let mut tx = house.ctx.db.read().await.unwrap();
    let acts =
        audit::list(&mut tx, &house.account, &audit::Wanted::default(), (None, 50)).await.unwrap();
    let say = |entry: audit::Entry| match entry.say {
        Some(say) => format!("{}: {say}", entry.act),
        None => entry.act,
    };
    acts.into_iter().map(say).collect()
}

/// Fails unless all of it stands in the audit log; in which order, a clock that stands still cannot
/// say.
#[track_caller]
pub(crate) fn tells(acts: &[String], told: &[&str]) {
    for act in told {
        assert!(acts.iter().any(|one| one == act), "“{act}” is not among {acts:?}");
    }
}

#[tokio::test]
async fn with_an_app_the_password_alone_opens_nothing() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.get("/settings/profile").await.says(&["your password alone signs you in"]);
    let (app, _) = enrol(&house, &mut dana).await;
    dana.get("/settings/profile").await.says(&["An authenticator app; 10 recovery codes left"]);

    let mut half = house.browser();
    let fields = [("email", EMAIL), ("password", PASSWORD), ("next", "/week?day=2026-11-16")];
    assert_eq!(half.post("/sign-in", &fields).await.expect(303).to(), SECOND);
    for page in [LIST, "/", "/week", "/settings/profile", PAGE, SECURITY] {
        assert!(half.get(page).await.expect(303).to().starts_with("/sign-in?next="), "{page}");
    }
    half.post("/settings/profile/sessions/end-all", &[]).await.expect(303);
    dana.get(LIST).await.expect(200);
    half.get(SECOND).await.expect(200).says(&["One more step", EMAIL]).hides(&["otpauth"]);
    half.post(SECOND, &[("code", "000000")]).await.expect(422).says(&["not right"]);
    // Its cookie is of no use as that of a session.
    let done = half.post(SECOND, &[("code", &app.code(&house, 0))]).await.expect(303);
    assert_eq!(done.to(), "/week?day=2026-11-16");
    half.get(LIST).await.expect(200);
    half.get(SECOND).await.expect(410);
    tells(
        &acts(&house).await,
        &[
            "user.signed_in: with a password and an authenticator app",
            "second_step.enrolled: an authenticator app",
            "second_step.codes_made: 10 of them",
        ],
    );
}

#[tokio::test]
async fn a_code_counts_once_and_may_be_one_step_off() {
    let house = House::new().await;
    let (app, _) = enrol(&house, &mut house.dana().await).await;
    let code = app.code(&house, 0);
    let mut first = house.browser();
    first.sign_in(EMAIL, PASSWORD).await.expect(303);
    first.post(SECOND, &[("code", &code)]).await.expect(303);
    let mut second = house.browser();
    second.sign_in(EMAIL, PASSWORD).await.expect(303);
    second.post(SECOND, &[("code", &code)]).await.expect(422);
    second.post(SECOND, &[("code", &app.code(&house, -30))]).await.expect(422);
    second.post(SECOND, &[("code", &app.code(&house, 60))]).await.expect(422);
    let early = app.code(&house, 30);
    let early = format!("{} {}", &early[..3], &early[3..]);
    second.post(SECOND, &[("code", &early)]).await.expect(303);
    second.get(LIST).await.expect(200);
}

#[tokio::test]
async fn guessing_codes_is_slowed_and_a_new_password_sign_in_does_not_help() {
    let house = House::new().await;
    let (app, codes) = enrol(&house, &mut house.dana().await).await;
    let mut thief = house.browser();
    for _ in 0..5 {
        thief.sign_in(EMAIL, PASSWORD).await.expect(303);
        thief.post(SECOND, &[("code", "123456")]).await.expect(422);
    }
    tells(&acts(&house).await, &["user.sign_in_failed: at the second step"]);
    thief.sign_in(EMAIL, PASSWORD).await.expect(303);
    let slowed = thief.post(SECOND, &[("code", &app.code(&house, 0))]).await.expect(429);
    assert_eq!(slowed.headers["retry-after"], "1");
    thief.post(SECOND, &[("code", &codes[0])]).await.expect(429).says(&["Too many tries"]);
    house.later(2);
    thief.post(SECOND, &[("code", &codes[0])]).await.expect(303);
}

#[tokio::test]
async fn who_knows_the_password_does_not_keep_the_second_step_shut() {
    let house = House::new().await;
    let (app, _) = enrol(&house, &mut house.dana().await).await;
    let mut thief = house.browser();
    thief.sign_in(EMAIL, PASSWORD).await.expect(303);
    for _ in 0..60 {
        thief.post(SECOND, &[("code", "123456")]).await;
        house.later(9);
    }
    thief.post(SECOND, &[("code", &app.code(&house, 0))]).await.expect(429);
    let mut dana = house.browser();
    dana.from = Some(std::net::Ipv4Addr::new(203, 0, 113, 7).into());
    dana.sign_in(EMAIL, PASSWORD).await.expect(303);
    dana.post(SECOND, &[("code", &app.code(&house, 0))]).await.expect(303);
}

#[tokio::test]
async fn codes_are_guessed_no_faster_from_many_addresses() {
    let house = House::new().await;
    enrol(&house, &mut house.dana().await).await;
    let mut thief = house.browser();
    thief.sign_in(EMAIL, PASSWORD).await.expect(303);
    let mut looked_at = 0;
    for nth in 0..60 {
        thief.from = Some(std::net::Ipv4Addr::new(198, 51, 100, nth).into());
        let answer = thief.post(SECOND, &[("code", "123456")]).await;
        looked_at += usize::from(answer.status == 422);
    }
    assert_eq!(looked_at, 20);
    house.later(120);
    thief.post(SECOND, &[("code", "123456")]).await.expect(422);
}

#[tokio::test]
async fn half_a_session_ends_after_ten_minutes_and_with_a_new_password() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let (app, _) = enrol(&house, &mut dana).await;
    let mut half = house.browser();
    half.sign_in(EMAIL, PASSWORD).await.expect(303);
    house.later(601);
    let code = app.code(&house, 0);
    half.get(SECOND).await.expect(410).says(&["within ten minutes"]);
    half.post(SECOND, &[("code", &code)]).await.expect(410);
    house.browser().post(SECOND, &[("code", &code)]).await.expect(410);
    half.sign_in(EMAIL, PASSWORD).await.expect(303);
    let change = [("present", PASSWORD), ("password", "a good long one")];
    dana.post("/settings/profile/password", &change).await.expect(303);
    half.post(SECOND, &[("code", &code)]).await.expect(410);
}

#[tokio::test]
async fn a_recovery_code_stands_in_once_and_new_ones_replace_all() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let (_, codes) = enrol(&house, &mut dana).await;
    let mut lost = house.browser();
    lost.sign_in(EMAIL, PASSWORD).await.expect(303);
    lost.post(SECOND, &[("code", &codes[0].to_uppercase())]).await.expect(303);
    lost.get(PAGE).await.expect(200).says(&["9 of 10"]);
    tells(
        &acts(&house).await,
        &["user.signed_in: with a password and a recovery code", "second_step.code_used: 9 left"],
    );
    lost.sign_in(EMAIL, PASSWORD).await.expect(303);
    lost.post(SECOND, &[("code", &codes[0])]).await.expect(422);
    let made = format!("{PAGE}/recovery");
    dana.post(&made, &[("codes-present", "a guess")]).await.expect(422).says(&["not your present"]);
    let page = dana.post(&made, &[("codes-present", PASSWORD)]).await.expect(200);
    let fresh = recovery_codes(&page);
    lost.post(SECOND, &[("code", &codes[1])]).await.expect(422);
    lost.post(SECOND, &[("code", &fresh[1])]).await.expect(303);
    dana.get(PAGE).await.hides(&[fresh[2].as_str()]);
}

#[tokio::test]
async fn a_sign_in_link_asks_for_the_second_step_too() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let (app, _) = enrol(&house, &mut dana).await;
    let base = "http://daymark.test/".parse().unwrap();
    let link = web::sign_in_link(&house.ctx, &house.user, &base).await.unwrap();
    let mut browser = house.browser();
    let to = browser.post(link.path(), &[("password", "another good one")]).await.expect(303).to();
    assert_eq!(to, SECOND);
    browser.get(LIST).await.expect(303);
    // Who has the link alone has changed nothing so far.
    dana.get(LIST).await.expect(200);
    assert_eq!(house.browser().sign_in(EMAIL, PASSWORD).await.expect(303).to(), SECOND);
    house.browser().sign_in(EMAIL, "another good one").await.expect(422);
    browser.post(SECOND, &[("code", &app.code(&house, 0))]).await.expect(303);
    browser.get(LIST).await.expect(200);
    dana.get(LIST).await.expect(303);
    house.browser().sign_in(EMAIL, PASSWORD).await.expect(422);
    assert_eq!(house.browser().sign_in(EMAIL, "another good one").await.expect(303).to(), SECOND);
}

#[tokio::test]
async fn removing_the_app_needs_the_password_and_takes_the_codes_along() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let (_, codes) = enrol(&house, &mut dana).await;
    let remove = format!("{PAGE}/app/remove");
    dana.post(&remove, &[("app-present", "a guess")]).await.expect(422).says(&["not your present"]);
    let to = dana.post(&remove, &[("app-present", PASSWORD)]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["It is removed."]).hides(&["Recovery codes"]);
    let mut plain = house.browser();
    assert_eq!(plain.sign_in(EMAIL, PASSWORD).await.expect(303).to(), "/");
    plain.get(LIST).await.expect(200);
    tells(&acts(&house).await, &["second_step.removed: an authenticator app"]);
    let (_, fresh) = enrol(&house, &mut dana).await;
    assert_ne!(codes, fresh);
}

#[tokio::test]
async fn in_a_browser_found_open_nothing_is_added_and_the_password_cannot_be_guessed() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.post(&format!("{PAGE}/app"), &[]).await.expect(303);
    let app = App::reading(&dana.get(PAGE).await);
    let code = app.code(&house, 0);
    let confirm = format!("{PAGE}/app/confirm");
    dana.post(&confirm, &[("code", &code)]).await.expect(422).says(&["not your present"]);
    for guess in ["one", "two"] {
        let sent = [("code", code.as_str()), ("new-app-present", guess)];
        dana.post(&confirm, &sent).await.expect(422).says(&["not your present"]);
    }
    for guess in ["three", "four"] {
        let sent = [("present", guess), ("password", "a good long one")];
        let answer = dana.post("/settings/profile/password", &sent).await;
        answer.expect(422).says(&["not your present"]);
    }
    let sent = [("present", PASSWORD), ("password", "a good long one")];
    let slowed = dana.post("/settings/profile/password", &sent).await;
    slowed.expect(422).says(&["Too many tries"]);
    dana.post(&confirm, &[("code", &code), NOW]).await.expect(422).says(&["Too many tries"]);
    house.later(2);
    dana.post(&confirm, &[("code", &app.code(&house, 0)), NOW]).await.expect(200);
}

#[tokio::test]
async fn a_secret_that_is_not_confirmed_asks_nobody_for_a_code() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.post(&format!("{PAGE}/app"), &[]).await.expect(303);
    let before = App::reading(&dana.get(PAGE).await);
    let wrong = dana.post(&format!("{PAGE}/app/confirm"), &[("code", "000000"), NOW]).await;
    wrong.expect(422).says(&["not right", "otpauth"]);
    assert_eq!(house.browser().sign_in(EMAIL, PASSWORD).await.expect(303).to(), "/");
    dana.post(&format!("{PAGE}/app"), &[]).await.expect(303);
    let code = before.code(&house, 0);
    let sent = [("code", code.as_str()), NOW];
    dana.post(&format!("{PAGE}/app/confirm"), &sent).await.expect(422).says(&["not right"]);
}

#[tokio::test]
async fn where_it_is_required_who_has_none_sets_one_up_before_anything_else() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    member.get(SECURITY).await.expect(404);
    member.post(SECURITY, &[("required", "yes")]).await.expect(404);
    dana.get(SECURITY).await.expect(200).says(&["your own second step"]);
    dana.post(SECURITY, &[("required", "yes")]).await.expect(303);
    assert_eq!(house.browser().sign_in(EMAIL, PASSWORD).await.expect(303).to(), "/", "not yet");
    enrol(&house, &mut dana).await;
    dana.post(SECURITY, &[("required", "yes")]).await.expect(303);
    dana.get(SECURITY).await.says(&["Required in Northwind", "Without one so far: Dana Reyes"]);
    tells(&acts(&house).await, &["second_step.required"]);

    member.get(PAGE).await.expect(200).says(&["asks everyone for a second step"]);
    let mut fresh = house.browser();
    let email = "member@northwind.example";
    assert_eq!(fresh.sign_in(email, PASSWORD).await.expect(303).to(), SECOND);
    let seen = App::reading(&fresh.get(SECOND).await.expect(200).says(&["Northwind asks"]));
    // Who knows the password alone saw this one, and went away.
    fresh.sign_in(email, PASSWORD).await.expect(303);
    let app = App::reading(&fresh.get(SECOND).await.expect(200));
    let enrol = format!("{SECOND}/enrol");
    fresh.post(&enrol, &[("code", &seen.code(&house, 0))]).await.expect(422).says(&["not right"]);
    fresh.get(LIST).await.expect(303);
    let page = fresh.post(&enrol, &[("code", &app.code(&house, 0))]).await.expect(200);
    assert_eq!(recovery_codes(&page).len(), 10);
    fresh.get(LIST).await.expect(200);
    dana.get(SECURITY).await.says(&["Everyone has one."]);

    // Who removes the last one signs in anew, and sets up another.
    house.later(60);
    let gone = fresh.post(&format!("{PAGE}/app/remove"), &[("app-present", PASSWORD)]).await;
    assert_eq!(gone.expect(303).to(), "/sign-in");
    fresh.get(LIST).await.expect(303);
    assert_eq!(fresh.sign_in(email, PASSWORD).await.expect(303).to(), SECOND);
    dana.post(SECURITY, &[("required", "no")]).await.expect(303);
    assert_eq!(fresh.sign_in(email, PASSWORD).await.expect(303).to(), "/");
}

#[tokio::test]
async fn signing_out_everywhere_ends_this_session_too() {
    let house = House::new().await;
    let (mut here, mut there) = (house.dana().await, house.dana().await);
    let to = here.post("/settings/profile/sessions/end-all", &[]).await.expect(303).to();
    assert_eq!(to, "/sign-in");
    here.get(LIST).await.expect(303);
    there.get(LIST).await.expect(303);
    tells(&acts(&house).await, &["user.signed_out_everywhere"]);
}
