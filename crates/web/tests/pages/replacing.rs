//! Signing in as somebody else to mend a connection: refused with both names, and offered as
//! Replace, with what will become of each calendar.

use connection::{Calendar, ConnectionId, StatusCause};
use sandbox::{Access, CalendarKind};
use store::{audit, busy, calendars, connections, people, status_changes};

use crate::connecting::multipart_named;
use crate::google::{ADA, BEA};
use crate::house::at_google::ALL;
use crate::house::{APP_PASSWORD, Answer, Browser, House, LIST, PERSON};
use crate::second_step::tells;

const KIT: &str = "kit@icloud.example";
const SETTINGS: &str = "/calendars/settings/calendars";
const FIX: &str = "/calendars/settings/connections/fix";

/// Kit's account, with those calendars.
fn kit(house: &House, calendars: &[(&str, Access)]) {
    house.sandbox.add_person(KIT, APP_PASSWORD);
    for (name, access) in calendars {
        house.sandbox.add_calendar(KIT, name, CalendarKind::Events, *access).unwrap();
    }
}

/// Enters Kit's account where Dana's is to be mended: the page of the try.
async fn enter(dana: &mut Browser<'_>, page: &str, who: &str) -> String {
    let typed = [("username", who), ("password", APP_PASSWORD)];
    let attempt = dana.post(&format!("{page}/repair"), &typed).await.expect(303).to();
    dana.wait().await;
    attempt
}

fn mark(page: &Answer) -> String {
    let (_, rest) = page.html.split_once("name=\"mark\" value=\"").expect("a mark");
    rest.split('"').next().unwrap().to_owned()
}

async fn press(dana: &mut Browser<'_>, attempt: &str, mark: &str) -> String {
    let pressed = [("mark", mark), ("decision", "replace")];
    dana.post(&format!("{attempt}/replace"), &pressed).await.expect(303).to()
}

fn id_of(page: &str) -> ConnectionId {
    page.rsplit('/').next().unwrap().parse().unwrap()
}

async fn calendar(house: &House, page: &str, name: &str) -> Calendar {
    let mut tx = house.ctx.db.read().await.unwrap();
    let all = calendars::of_connection(&mut tx, &id_of(page)).await.unwrap();
    all.into_iter().map(|(calendar, _)| calendar).find(|c| c.name == name).unwrap()
}

async fn holds(house: &House, page: &str) -> String {
    let mut tx = house.ctx.db.read().await.unwrap();
    connections::load(&mut tx, &id_of(page)).await.unwrap().unwrap().principal.name
}

async fn linked(house: &House) -> Option<String> {
    let mut tx = house.ctx.db.read().await.unwrap();
    let user = people::user(&mut tx, &house.user).await.unwrap().unwrap();
    user.settings.linked_calendar.map(|id| id.to_string())
}

#[tokio::test]
async fn museum_35_another_account_is_put_in_the_place_of_the_old_one_at_one_press() {
    let house = House::new().await;
    house.put("Danas", "DTSTART:20261123T080000Z\nDTEND:20261123T090000Z");
    kit(&house, &[("HOME", Access::Owner), ("Rota", Access::Owner)]);
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:kits\r\n\
                DTSTAMP:20261101T000000Z\r\nSUMMARY:Kits\r\nDTSTART:20261123T100000Z\r\n\
                DTEND:20261123T110000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    house.sandbox.put_event(KIT, "home", "kits.ics", text).unwrap();
    let (mut dana, page) = house.connected().await;
    let home = calendar(&house, &page, "Home").await;
    dana.post(SETTINGS, &[("linked", home.id.as_str()), ("conflict", home.id.as_str())]).await;
    let attempt = enter(&mut dana, &page, KIT).await;
    let shown = dana.get(&attempt).await.expect(200).says(&[
        "You signed in as kit@icloud.example. To mend this connection, sign in as dana@",
        "Or put kit@icloud.example in the place of dana@icloud.example?",
        "Home → HOME",
        "your linked calendar, and stays it",
        "School → no calendar of that name: it is kept as gone",
        "New, and added: Rota.",
        ">Replace<",
    ]);
    let shown = shown.hides(&[APP_PASSWORD, "Nothing of this try was kept"]);
    assert_eq!(holds(&house, &page).await, PERSON, "nothing is done before the press");
    let to = press(&mut dana, &attempt, &mark(&shown)).await;
    assert_eq!(to, format!("{page}?note=other_account"));
    let mut tx = house.ctx.db.read().await.unwrap();
    let (from, until) =
        ("2026-11-23T00:00:00Z".parse().unwrap(), "2026-11-24T00:00:00Z".parse().unwrap());
    let now = house.ctx.clock.now();
    let told = busy::of_user(&mut tx, &house.user, from, until, now).await.unwrap();
    assert!(told.busy.is_empty() && told.blind.iter().any(|b| b.calendar == home.id), "{told:?}");
    let last = status_changes::last(&mut tx, &id_of(&page), 9).await.unwrap();
    assert!(last.iter().any(|change| change.cause == StatusCause::Replaced), "{last:?}");
    let acts =
        audit::list(&mut tx, &house.account, &audit::Wanted::default(), (None, 9)).await.unwrap();
    let acts: Vec<_> =
        acts.into_iter().map(|e| (e.act + ": ") + &e.say.unwrap_or_default()).collect();
    tells(&acts, &["connection.replaced: It holds kit@icloud.example now."]);
    drop(tx);
    let one = dana.get(&to).await.expect(200);
    one.says(&["The new account is in the place of the old one", "another account put in its"]);
    house.run().await;
    let new = calendar(&house, &page, "HOME").await;
    assert_eq!((&new.id, new.counts_as_busy), (&home.id, true));
    assert_eq!(linked(&house).await, Some(home.id.to_string()));
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Kits"]).hides(&["Danas"]);
    dana.get(FIX).await.expect(200).hides(&["School"]);
    let quiet = "it is only shown, so no booking depends on it";
    dana.get(&page).await.expect(200).says(&[KIT, "Rota", quiet, "Forget it: School"]);
    // Pressed twice, it is done once.
    let again = press(&mut dana, &attempt, &mark(&shown)).await;
    assert_eq!(again, format!("{attempt}?note=over"));
    let end = dana.get(&again).await.expect(303).to();
    assert!(end.starts_with(&page), "{end}");
    assert_eq!(holds(&house, &page).await, KIT);
}

#[tokio::test]
async fn names_that_are_ambiguous_are_not_mapped_and_what_cannot_be_written_to_is_not_linked() {
    let house = House::new().await;
    kit(&house, &[("Home", Access::Read), ("School", Access::Owner), ("school", Access::Owner)]);
    let (mut dana, page) = house.connected().await;
    let home = calendar(&house, &page, "Home").await;
    dana.post(SETTINGS, &[("linked", home.id.as_str())]).await.expect(303);
    let attempt = enter(&mut dana, &page, KIT).await;
    let shown = dana.get(&attempt).await.expect(200).says(&[
        "Home → Home",
        "your linked calendar no longer: bookings cannot be written to its counterpart",
        "School → several of that name: it is kept as gone",
        "New, and added: School, school.",
    ]);
    press(&mut dana, &attempt, &mark(&shown)).await;
    assert_eq!(linked(&house).await, None);
    house.run().await;
    let mut tx = house.ctx.db.read().await.unwrap();
    let all = calendars::of_connection(&mut tx, &id_of(&page)).await.unwrap();
    let gone = all.iter().filter(|(calendar, _)| calendar.gone_at.is_some()).count();
    assert_eq!((all.len(), gone), (4, 1), "{all:?}");
}

#[tokio::test]
async fn who_keeps_the_old_account_leaves_nothing_of_the_new_one() {
    let house = House::new().await;
    kit(&house, &[("Home", Access::Owner)]);
    let (mut dana, page) = house.connected().await;
    let attempt = enter(&mut dana, &page, KIT).await;
    let shown = dana.get(&attempt).await.expect(200).says(&[">Keep dana@icloud.example<"]);
    let kept = [("mark", ""), ("decision", "keep")];
    let to = dana.post(&format!("{attempt}/replace"), &kept).await.expect(303).to();
    assert_eq!(to, page);
    let over = press(&mut dana, &attempt, &mark(&shown)).await;
    let page_of_try = dana.get(&over).await.expect(200);
    page_of_try
        .says(&["Nothing was replaced", "Nothing of this try was kept"])
        .hides(&["Replace<"]);
    assert_eq!(holds(&house, &page).await, PERSON);
    let mut tx = house.ctx.db.begin().await.unwrap();
    let far = "9999-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(store::waiting::take_expired(&mut tx, far).await.unwrap().len(), 0);
}

#[tokio::test]
async fn after_ten_minutes_nothing_waits_any_more() {
    let house = House::new().await;
    kit(&house, &[("Home", Access::Owner)]);
    let (mut dana, page) = house.connected().await;
    let attempt = enter(&mut dana, &page, KIT).await;
    let shown = dana.get(&attempt).await.expect(200);
    house.later(601);
    let over = press(&mut dana, &attempt, &mark(&shown)).await;
    assert_eq!(over, format!("{attempt}?note=over"));
    dana.get(&over).await.expect(200).says(&["within ten minutes"]).hides(&["Replace<"]);
    assert_eq!(holds(&house, &page).await, PERSON);
}

#[tokio::test]
async fn only_the_session_that_signed_in_can_press() {
    let house = House::new().await;
    kit(&house, &[("Home", Access::Owner)]);
    let (mut dana, page) = house.connected().await;
    let attempt = enter(&mut dana, &page, KIT).await;
    let shown = dana.get(&attempt).await.expect(200);
    let mut elsewhere = house.dana().await;
    elsewhere.get(&attempt).await.expect(200).hides(&["Replace<"]);
    press(&mut elsewhere, &attempt, &mark(&shown)).await;
    let mut admin = house.colleague_of(&house.account, "ann@northwind.example").await;
    let pressed = [("mark", mark(&shown)), ("decision", "replace".to_owned())];
    let pressed = [(pressed[0].0, &*pressed[0].1), (pressed[1].0, &*pressed[1].1)];
    admin.post(&format!("{attempt}/replace"), &pressed).await.expect(404);
    assert_eq!(holds(&house, &page).await, PERSON);
    dana.post(&format!("{attempt}/replace"), &[("decision", "dance")]).await.expect(400);
    dana.post("/sign-out", &[]).await.expect(303);
    let mut tx = house.ctx.db.begin().await.unwrap();
    let far = "9999-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(
        store::waiting::take_expired(&mut tx, far).await.unwrap().len(),
        0,
        "it went with the session"
    );
}

#[tokio::test]
async fn what_was_not_shown_is_not_done() {
    let house = House::new().await;
    kit(&house, &[("Home", Access::Owner)]);
    let (mut dana, page) = house.connected().await;
    let attempt = enter(&mut dana, &page, KIT).await;
    let shown = dana.get(&attempt).await.expect(200);
    let home = calendar(&house, &page, "Home").await;
    dana.post(SETTINGS, &[("linked", home.id.as_str())]).await.expect(303);
    let again = press(&mut dana, &attempt, &mark(&shown)).await;
    let shown = dana.get(&again).await.expect(200);
    let shown = shown.says(&["Calendars have changed meanwhile", "and stays it"]);
    assert_eq!(holds(&house, &page).await, PERSON);
    press(&mut dana, &attempt, &mark(&shown)).await;
    assert_eq!(holds(&house, &page).await, KIT);
}

#[tokio::test]
async fn an_account_that_is_connected_already_is_named_and_not_offered() {
    let house = House::new().await;
    kit(&house, &[("Home", Access::Owner)]);
    let (mut dana, page) = house.connected().await;
    let typed = [("username", KIT), ("password", APP_PASSWORD)];
    dana.post(&format!("{LIST}/add/icloud"), &typed).await.expect(303);
    dana.wait().await;
    let attempt = enter(&mut dana, &page, KIT).await;
    let said = "sign in as dana@icloud.example. kit@icloud.example is connected already, too.";
    dana.get(&attempt).await.expect(200).says(&[said]).hides(&["Replace<"]);
}

#[tokio::test]
async fn an_account_of_google_takes_the_place_of_another_and_the_old_grant_is_given_back() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let before = calendar(&house, &page, ADA).await;
    let go = format!("/oauth/go/google?repairs={}", id_of(&page));
    let back = dana.decide(&go, BEA, ALL).await;
    let attempt = dana.get(&back).await.expect(303).to();
    dana.wait().await;
    let shown = dana.get(&attempt).await.expect(200);
    let own = format!("{ADA} → {BEA}");
    let shown = shown.says(&["You signed in as bea@gmail.example", &own]);
    press(&mut dana, &attempt, &mark(&shown)).await;
    house.run().await;
    house.carry_rings().await;
    house.run().await;
    let after = calendar(&house, &page, BEA).await;
    assert_eq!((after.id, after.push), (before.id, true), "the account's own calendar, rung for");
    dana.get(&page).await.expect(200).says(&["Synced", BEA]);
    house.ctx.tasks.close();
    house.ctx.tasks.wait().await;
    let visits = house.sandbox.visits();
    assert!(visits.iter().any(|visit| visit.path.contains("revoke")), "Ada's grant");
}

#[tokio::test]
async fn who_goes_before_they_have_decided_leaves_no_grant_behind() {
    let profile = "/settings/profile/sessions";
    let disconnects = "/disconnect".to_owned();
    let ends = ["/sign-out".to_owned(), format!("{profile}/end-all"), disconnects.clone()];
    for end in ends.into_iter().chain([format!("{profile}/end-others")]) {
        let house = House::new().await;
        let (mut dana, page) = house.with_google().await;
        let go = format!("/oauth/go/google?repairs={}", id_of(&page));
        let back = dana.decide(&go, BEA, ALL).await;
        let attempt = dana.get(&back).await.expect(303).to();
        dana.wait().await;
        dana.get(&attempt).await.expect(200).says(&["Replace<"]);
        let revoked =
            || house.sandbox.visits().iter().filter(|v| v.path.contains("revoke")).count();
        assert_eq!(revoked(), 0, "it waits");
        let mut elsewhere = house.dana().await;
        match end.as_str() {
            "/disconnect" => dana.post(&format!("{page}{end}"), &[]).await.expect(303),
            "/sign-out" => dana.post(&end, &[]).await.expect(303),
            _ => elsewhere.post(&end, &[]).await.expect(303),
        };
        house.ctx.tasks.close();
        house.ctx.tasks.wait().await;
        // Who disconnects gives back Ada's grant, too.
        assert_eq!(revoked(), 1 + usize::from(end == disconnects), "{end}");
    }
}

#[tokio::test]
async fn another_file_takes_the_place_of_a_file_whatever_it_is_called() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let file = |title: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nX-WR-CALNAME:{title}\r\n\
             BEGIN:VEVENT\r\nUID:{title}\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:{title}\r\n\
             DTSTART:20261123T100000Z\r\nDTEND:20261123T110000Z\r\nEND:VEVENT\r\n\
             END:VCALENDAR\r\n"
        )
    };
    let (kind, body) = multipart_named("early.ics", file("Early").as_bytes());
    let attempt = dana.post_raw(&format!("{LIST}/add/feed"), &kind, body).await.expect(303).to();
    dana.wait().await;
    house.run().await;
    let page = dana.get(&attempt).await.expect(303).to();
    let page = page.strip_suffix("/calendars").unwrap().to_owned();
    let (kind, body) = multipart_named("late.ics", file("Late").as_bytes());
    let attempt = dana.post_raw(&format!("{page}/repair"), &kind, body).await.expect(303).to();
    dana.wait().await;
    let shown = dana.get(&attempt).await.expect(200);
    let shown = shown.says(&["This is another calendar", "Early", "Early → Late", ">Replace<"]);
    press(&mut dana, &attempt, &mark(&shown)).await;
    house.run().await;
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Late"]).hides(&["Early"]);
    let mut tx = house.ctx.db.read().await.unwrap();
    assert_eq!(calendars::of_connection(&mut tx, &id_of(&page)).await.unwrap().len(), 1);
}
