//! Where one ends who has connected or mended something: on the page on which one began.

use http::Method;
use http::header::COOKIE;

use crate::google::{ADA, BEA};
use crate::house::at_google::ALL;
use crate::house::{Browser, House, LIST};

const GO: &str = "/oauth/go/google";
const FIX: &str = "/calendars/settings/connections/fix";
const PROFILE: &str = "/settings/profile/calendar";

fn id_of(page: &str) -> &str {
    page.rsplit('/').next().unwrap()
}

/// Signs in again at Google, as who is connected on that page: where one ends.
async fn mend(dana: &mut Browser<'_>, page: &str, who: &str) -> String {
    let back = dana.decide(&format!("{GO}?repairs={}", id_of(page)), who, ALL).await;
    dana.come_back(&back).await.expect(303).to()
}

#[tokio::test]
async fn a_repair_ends_on_the_page_that_it_was_begun_on_with_the_connection_in_it() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let id = id_of(&page);
    assert_eq!(mend(&mut dana, &page, ADA).await, format!("{page}?note=repaired"));
    for (begun_on, ends_on) in [
        (PROFILE.to_owned(), format!("{PROFILE}?note=repaired#{id}")),
        (format!("{PROFILE}?user={}", house.user), format!("{PROFILE}?note=repaired#{id}")),
        (LIST.to_owned(), format!("{LIST}?note=repaired#{id}")),
        (format!("{LIST}?user={}", house.user), format!("{LIST}?note=repaired#{id}")),
        (page.clone(), format!("{page}?note=repaired")),
    ] {
        dana.get(&begun_on).await.expect(200);
        dana.get(&format!("{page}/repair")).await.expect(200);
        let to = mend(&mut dana, &page, ADA).await;
        assert_eq!(to, ends_on, "{begun_on}");
        let shown = dana.get(to.split('#').next().unwrap()).await.expect(200);
        let shown = shown.says(&["Mended. Everything you chose stays", ADA]);
        if to.contains('#') {
            shown.says(&[&format!("id=\"{id}\"")]);
        }
    }
}

#[tokio::test]
async fn who_mends_one_of_two_is_back_at_what_is_left_and_then_at_what_was_mended() {
    let house = House::new().await;
    let (mut dana, adas) = house.with_google().await;
    let choose = dana.sign_in_at_google(BEA, ALL).await.expect(303).to();
    let beas = choose.strip_suffix("/calendars").unwrap().to_owned();
    house.run().await;
    for who in [ADA, BEA] {
        house.sandbox.google().revoke(who).unwrap();
    }
    house.later(4_000);
    house.run().await;
    dana.get(FIX).await.expect(200).says(&[id_of(&adas), id_of(&beas)]);
    let to = mend(&mut dana, &adas, ADA).await;
    assert_eq!(to, format!("{FIX}?note=repaired"));
    let left = dana.get(&to).await.expect(200);
    left.says(&["Mended.", id_of(&beas)]).hides(&[id_of(&adas)]);
    assert_eq!(mend(&mut dana, &beas, BEA).await, format!("{beas}?note=repaired"));
}

#[tokio::test]
async fn what_is_new_shows_its_calendars_to_choose_and_ends_on_the_page_that_it_was_begun_on() {
    for begun_on in [PROFILE, LIST] {
        let house = House::new().await;
        let mut dana = house.dana().await;
        dana.get(begun_on).await.expect(200);
        dana.get(&format!("{LIST}/add")).await.expect(200);
        let choose = dana.sign_in_at_google(ADA, ALL).await.expect(303).to();
        dana.get(&choose).await.expect(200).says(&["Choose calendars", ADA]);
        let chosen = [("linked", "none"), ("private_mode", "on")];
        let to = dana.post(&choose, &chosen).await.expect(303).to();
        assert_eq!(to, format!("{begun_on}?note=saved"));
        dana.get(&to).await.expect(200).says(&["Saved.", ADA]);
    }
}

#[tokio::test]
async fn a_page_that_is_not_ours_is_no_page_to_come_back_to() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    for foreign in ["//evil.example", "https://evil.example/", "/week", "/sign-out"] {
        let back = dana.decide(&format!("{GO}?repairs={}", id_of(&page)), ADA, ALL).await;
        let attempt = dana.get(&back).await.expect(303).to();
        dana.wait().await;
        let held = format!("daymark-begun-on={foreign}");
        let request = dana.request(Method::GET, &attempt).header(COOKIE, held);
        let to = house.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(to.expect(303).to(), format!("{page}?note=repaired"), "{foreign}");
    }
    // Nor is it taken from the address that one goes out with.
    for part in ["return_to", "from", "next"] {
        let go = format!("{GO}?repairs={}&{part}=%2F%2Fevil.example", id_of(&page));
        let back = dana.decide(&go, ADA, ALL).await;
        let to = dana.come_back(&back).await.expect(303).to();
        assert_eq!(to, format!("{page}?note=repaired"), "{part}");
    }
}
