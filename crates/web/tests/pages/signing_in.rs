//! Who comes in, who does not, and who is sent away again.

use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH, SET_COOKIE};

use crate::house::{EMAIL, House, LIST, PASSWORD, move_in};

#[tokio::test]
async fn who_is_not_signed_in_is_asked_and_comes_back_to_the_page_they_wanted() {
    let house = House::new().await;
    let mut browser = house.browser();
    let to = browser.get("/week?day=2026-11-16").await.expect(303).to();
    assert_eq!(to, "/sign-in?next=%2Fweek%3Fday%3D2026-11-16");
    let form = browser.get(&to).await.expect(200).says(&["value=\"/week?day=2026-11-16\""]);
    // It is sent to the page's own address, whose part behind the # sign goes along.
    form.says(&["method=\"post\" data-checked"]).hides(&["action="]);
    let fields = [("email", EMAIL), ("password", PASSWORD), ("next", "/week?day=2026-11-16")];
    let answer = browser.post("/sign-in", &fields).await.expect(303);
    assert_eq!(answer.to(), "/week?day=2026-11-16");
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    browser.get("/week").await.expect(200);
}

#[tokio::test]
async fn a_wrong_password_is_refused_beside_its_field_and_tells_nothing_of_who_is_there() {
    let house = House::new().await;
    let mut browser = house.browser();
    let wrong = browser.sign_in(EMAIL, "not the password").await.expect(422);
    let unknown = browser.sign_in("nobody@northwind.example", "not the password").await.expect(422);
    assert_eq!(wrong.html.replace(EMAIL, ""), unknown.html.replace("nobody@northwind.example", ""));
    wrong.says(&["do not belong together", "aria-invalid=\"true\"", "value=\"dana@"]);
    browser.get(LIST).await.expect(303);
}

#[tokio::test]
async fn guessing_is_slowed_by_e_mail_address_and_patience_is_rewarded() {
    let house = House::new().await;
    let mut browser = house.browser();
    for _ in 0..5 {
        browser.sign_in(EMAIL, "a guess or two").await.expect(422);
    }
    let slowed = browser.sign_in(EMAIL, PASSWORD).await.expect(429);
    assert_eq!(slowed.headers["retry-after"], "1");
    slowed.says(&["Too many tries"]);
    browser.sign_in("sam@northwind.example", "another person").await.expect(422);
    house.later(2);
    browser.sign_in(EMAIL, PASSWORD).await.expect(303);
    browser.sign_in(EMAIL, "a slip").await.expect(422);
    browser.sign_in(EMAIL, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn who_knows_an_address_does_not_keep_its_owner_out() {
    let house = House::new().await;
    let mut thief = house.browser();
    for nth in 0..40 {
        thief.from = Some(std::net::Ipv4Addr::new(198, 51, 100, nth).into());
        house.later(31);
        for _ in 0..3 {
            thief.sign_in(EMAIL, "a guess or two").await;
        }
    }
    house.later(30);
    let mut dana = house.browser();
    dana.from = Some(std::net::Ipv4Addr::new(203, 0, 113, 7).into());
    dana.sign_in(EMAIL, PASSWORD).await.expect(303);
    // From one address the wait is as long as ever.
    for _ in 0..12 {
        thief.sign_in(EMAIL, "a guess or two").await;
        house.later(60);
    }
    let slowed = thief.sign_in(EMAIL, PASSWORD).await.expect(429);
    assert!(slowed.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 5);
    dana.sign_in(EMAIL, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn who_forges_a_forwarded_address_is_counted_as_who_they_are() {
    let house = House::new().await;
    let mut thief = house.browser();
    thief.from = Some(std::net::Ipv4Addr::new(10, 0, 0, 7).into());
    for named in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"] {
        thief.forwarded = Some(named);
        thief.sign_in(EMAIL, "a guess or two").await.expect(422);
    }
    thief.forwarded = Some("192.0.2.6");
    thief.sign_in(EMAIL, PASSWORD).await.expect(429);
    // A proxy on this machine is believed.
    let mut dana = house.browser();
    dana.from = Some(std::net::Ipv4Addr::LOCALHOST.into());
    dana.forwarded = Some("10.0.0.7");
    dana.sign_in(EMAIL, PASSWORD).await.expect(429);
    dana.forwarded = Some("10.0.0.7, 192.0.2.6");
    dana.sign_in(EMAIL, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn who_signs_in_forgives_their_own_failures_and_none_in_the_name_of_others() {
    let house = House::new().await;
    let mut thief = house.browser();
    for nth in 0..26 {
        thief.sign_in(&format!("person{nth}@northwind.example"), "a guess").await.expect(422);
    }
    for guess in ["one", "two", "three", "four"] {
        if guess == "three" {
            // Their own account helps whoever guesses at others' to nothing.
            thief.sign_in(EMAIL, PASSWORD).await.expect(303);
        }
        thief.sign_in(EMAIL, guess).await.expect(422);
    }
    thief.sign_in(EMAIL, PASSWORD).await.expect(429).says(&["Too many tries"]);
    house.later(2);
    // Two minutes for each that failed.
    thief.sign_in(EMAIL, PASSWORD).await.expect(303);
    house.later(2 * 60);
    thief.sign_in("person@northwind.example", "a guess").await.expect(422);
    thief.sign_in(EMAIL, PASSWORD).await.expect(429);
    house.later(60 * 60);
    for nth in 0..29 {
        thief.sign_in(&format!("person{nth}@northwind.example"), "a guess").await.expect(422);
    }
}

#[tokio::test]
async fn of_guesses_at_the_same_time_each_counts_before_it_is_looked_at() {
    let house = House::new().await;
    let mut thieves: Vec<_> = (0..12).map(|_| house.browser()).collect();
    let guesses = thieves.iter_mut().map(|thief| thief.sign_in(EMAIL, "a guess"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 422).count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn guessing_many_people_from_one_address_is_slowed_too() {
    let house = House::new().await;
    let mut browser = house.browser();
    for nth in 0..30 {
        browser.sign_in(&format!("person{nth}@northwind.example"), "a guess").await.expect(422);
    }
    browser.sign_in(EMAIL, PASSWORD).await.expect(429);
}

#[tokio::test]
async fn the_first_start_sets_the_account_up_by_a_link_that_works_once() {
    let house = House::new().await;
    let user = move_in(&house.ctx, &house.account, ("admin@localhost", None)).await;
    let link = web::sign_in_link(&house.ctx, &user, &"http://daymark.test/".parse().unwrap()).await;
    let link = link.unwrap().path().to_owned();
    let mut browser = house.browser();
    browser.get(&link).await.expect(200).says(&["Welcome to Daymark", "admin@localhost"]);
    let mut typed = [
        ("name", "Sam Okafor"),
        ("email", "sam"),
        ("time_zone", "Mars/Base"),
        ("password", "short"),
    ];
    browser.post(&link, &typed).await.expect(422).says(&[
        "name@example.org",
        "Choose a time zone",
        "at least 10 characters",
        "value=\"Sam Okafor\"",
    ]);
    typed[1].1 = EMAIL;
    typed[2].1 = "Asia/Kathmandu";
    typed[3].1 = "a good long one";
    browser.post(&link, &typed).await.expect(422).says(&["Somebody else uses this"]);
    typed[1].1 = "sam@northwind.example";
    browser.post(&link, &typed).await.expect(303);
    browser.get("/settings/profile").await.expect(200).says(&["Sam Okafor", "sam@northwind"]);
    house.browser().get(&link).await.expect(410).says(&["does not work any more"]);
    house.browser().post(&link, &typed).await.expect(410);
    house.browser().sign_in("sam@northwind.example", "a good long one").await.expect(303);
}

#[tokio::test]
async fn a_link_lets_who_forgot_their_password_choose_a_new_one() {
    let house = House::new().await;
    let base = "http://daymark.test/".parse().unwrap();
    let link = web::sign_in_link(&house.ctx, &house.user, &base).await.unwrap();
    let mut elsewhere = house.dana().await;
    let mut browser = house.browser();
    browser.get(link.path()).await.expect(200).says(&["Welcome, Dana Reyes"]);
    browser.post(link.path(), &[("password", "short")]).await.expect(422).says(&["at least 10"]);
    browser.post(link.path(), &[("password", "another good one")]).await.expect(303);
    browser.get(LIST).await.expect(200);
    elsewhere.get(LIST).await.expect(303);
    house.browser().sign_in(EMAIL, "another good one").await.expect(303);
}

#[tokio::test]
async fn one_link_of_a_person_works_and_none_after_a_new_password() {
    let house = House::new().await;
    let base: url::Url = "http://daymark.test/".parse().unwrap();
    let link = async || {
        let made = web::sign_in_link(&house.ctx, &house.user, &base).await.unwrap();
        made.path().to_owned()
    };
    let (first, second) = (link().await, link().await);
    house.browser().get(&first).await.expect(410);
    house.browser().post(&second, &[]).await.expect(303);
    house.browser().get(&second).await.expect(410);
    let third = link().await;
    let mut dana = house.dana().await;
    let change = [("present", PASSWORD), ("password", "a good long one")];
    dana.post("/settings/profile/password", &change).await.expect(303);
    house.browser().get(&third).await.expect(410);
    let fourth = link().await;
    dana.post("/settings/profile/sessions/end-others", &[]).await.expect(303);
    house.browser().post(&fourth, &[]).await.expect(410);
}

#[tokio::test]
async fn a_link_is_over_after_a_week() {
    let house = House::new().await;
    let base = "http://daymark.test/".parse().unwrap();
    let link = web::sign_in_link(&house.ctx, &house.user, &base).await.unwrap();
    house.later(8 * 86_400);
    house.browser().get(link.path()).await.expect(410);
}

#[tokio::test]
async fn signing_out_ends_this_session_and_signing_out_everywhere_the_others() {
    let house = House::new().await;
    let (mut here, mut there, mut third) =
        (house.dana().await, house.dana().await, house.dana().await);
    here.get("/settings/profile").await.expect(200).says(&["This one", "everywhere else"]);
    there.post("/sign-out", &[]).await.expect(303);
    there.get(LIST).await.expect(303);
    here.get(LIST).await.expect(200);
    here.post("/settings/profile/sessions/end-others", &[]).await.expect(303);
    third.get(LIST).await.expect(303);
    here.get(LIST).await.expect(200);
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_after_a_week_and_every_one_after_a_month() {
    let house = House::new().await;
    let mut idle = house.dana().await;
    let mut busy = house.dana().await;
    for _ in 0..5 {
        house.later(6 * 86_400);
        busy.get(LIST).await;
    }
    idle.get(LIST).await.expect(303);
    house.later(86_400);
    busy.get(LIST).await.expect(303);
}

#[tokio::test]
async fn a_new_password_needs_the_present_one_and_ends_all_other_sessions() {
    let house = House::new().await;
    let (mut here, mut there) = (house.dana().await, house.dana().await);
    let path = "/settings/profile/password";
    let wrong = [("present", "something else"), ("password", "a good long one")];
    here.post(path, &wrong).await.expect(422).says(&["not your present password"]);
    let right = [("present", PASSWORD), ("password", "a good long one")];
    here.post(path, &right).await.expect(303);
    here.get(LIST).await.expect(200);
    there.get(LIST).await.expect(303);
    house.browser().sign_in(EMAIL, PASSWORD).await.expect(422);
}

#[tokio::test]
async fn what_another_site_sends_is_refused_with_a_page_that_says_so() {
    let house = House::new().await;
    let dana = house.dana().await;
    let request = dana.request(Method::POST, "/sign-out").header("sec-fetch-site", "cross-site");
    let answer = house.send(request.body(axum::body::Body::empty()).unwrap()).await;
    answer.expect(403).says(&["did not come from Daymark"]);
    let mut dana = dana;
    dana.get(LIST).await.expect(200);
}

#[tokio::test]
async fn pages_allow_no_inline_style_or_script_and_static_files_are_kept_for_good() {
    let house = House::new().await;
    let page = house.browser().get("/sign-in").await.expect(200);
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.html.contains(" style=") && !page.html.contains("<style"));
    assert_eq!(page.headers[CACHE_CONTROL], "no-store");
    let href = page.html.split("href=\"").find(|part| part.starts_with("/assets/daymark."));
    let href = href.unwrap().split('"').next().unwrap();
    let file = house.browser().get(href).await.expect(200);
    assert!(file.headers[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    let request = house.browser().request(Method::GET, href);
    let request = request.header(IF_NONE_MATCH, file.headers[ETAG].clone());
    house.send(request.body(axum::body::Body::empty()).unwrap()).await.expect(304);
    house.browser().get("/assets/daymark.0000.css").await.expect(404);
}

#[tokio::test]
async fn whoever_watches_over_the_process_is_answered() {
    let house = House::new().await;
    house.browser().get("/healthz").await.expect(200).says(&["alive"]);
    house.browser().get("/readyz").await.expect(200).says(&["ready"]);
}
