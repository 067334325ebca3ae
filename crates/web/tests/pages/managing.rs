//! What is seen and done on the page of one connection.

use connection::{CalendarId, Trouble};
use store::{calendars, connections, people};

use crate::house::{APP_PASSWORD, House, LIST, PERSON};

#[tokio::test]
async fn the_page_shows_checks_calendars_runs_and_what_is_not_understood() {
    let house = House::new().await;
    house.put("Rotation", "DTSTART:20261123T100000Z\nRRULE:FREQ=SECONDLY");
    let (mut dana, page) = house.connected().await;
    let answer = dana.get(&page).await.expect(200);
    answer.says(&[
        PERSON,
        "Synced",
        "class=\"checks\"",
        "half hours in time",
        "The last ",
        "first look",
        "Not wholly understood",
        "“Rotation”",
        "Sync now",
    ]);
    dana.get(LIST).await.expect(200).says(&["1 event is not wholly understood"]);
}

#[tokio::test]
async fn a_calendar_s_switches_are_saved_and_come_back_as_they_were_set() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let home = home(&house).await;
    let path = format!("{page}/calendars/{home}");
    let answer = dana.post(&path, &[("all_day_is_busy", "on")]).await.expect(303);
    assert!(answer.to().ends_with(&format!("#{home}")));
    let mut tx = house.ctx.db.read().await.unwrap();
    let id = home.parse().unwrap();
    let calendar = calendars::load(&mut tx, &id).await.unwrap().unwrap();
    assert!(!calendar.counts_as_busy && calendar.all_day_is_busy);
}

async fn home(house: &House) -> String {
    let mut tx = house.ctx.db.read().await.unwrap();
    let all = calendars::of_user(&mut tx, &house.user).await.unwrap();
    let (home, _) = all.into_iter().find(|(calendar, _)| calendar.name == "Home").unwrap();
    home.id.to_string()
}

#[tokio::test]
async fn sync_now_works_once_in_thirty_seconds_and_says_so() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    house.later(60);
    let first = dana.post(&format!("{page}/pull"), &[]).await.expect(303).to();
    dana.get(&first).await.expect(200).says(&["are being asked now"]);
    let second = dana.post(&format!("{page}/pull"), &[]).await.expect(303).to();
    dana.get(&second).await.expect(200).says(&["once in 30 seconds"]);
    house.later(31);
    assert_eq!(dana.post(&format!("{page}/pull"), &[]).await.expect(303).to(), first);
}

#[tokio::test]
async fn a_paused_connection_says_so_and_goes_on_when_it_is_told_to() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    dana.post(&format!("{page}/pause"), &[("paused", "true")]).await.expect(303);
    dana.get(LIST).await.expect(200).says(&["Paused", "paused since 14:00"]);
    dana.get(&page).await.expect(200).says(&["Go on"]).hides(&["Sync now"]);
    dana.post(&format!("{page}/pause"), &[("paused", "false")]).await.expect(303);
    house.run().await;
    dana.get(LIST).await.expect(200).says(&["Synced"]);
    dana.post(&format!("{page}/pause"), &[("paused", "perhaps")]).await.expect(400);
}

#[tokio::test]
async fn disconnecting_says_how_many_busy_times_disappear_and_then_forgets_everything() {
    let house = House::new().await;
    house.put("Dentist", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    house
        .put("Daily", "DTSTART:20261124T100000Z\nDTEND:20261124T110000Z\nRRULE:FREQ=DAILY;COUNT=4");
    let (mut dana, page) = house.connected().await;
    let asked = dana.get(&format!("{page}/disconnect")).await.expect(200);
    asked.says(&[
        "5 busy times disappear",
        "Delete the app-specific password there.",
        "is kept for 30 days, in case the same account comes back.",
    ]);
    let to = dana.post(&format!("{page}/disconnect"), &[]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["Disconnected. What was chosen", "kept for 30 days"]);
    dana.get(LIST).await.expect(200).says(&["No calendar is connected yet"]);
    dana.get(&page).await.expect(404);
}

#[tokio::test]
async fn museum_34_a_dead_credential_is_seen_at_once_and_repaired_in_place() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let home = home(&house).await;
    house.sandbox.revoke_password(PERSON).unwrap();
    let password = house.sandbox.new_password(PERSON).unwrap();
    for _ in 0..4 {
        house.later(600);
        house.run().await;
    }
    let list = dana.get(LIST).await.expect(200);
    let repair = format!("{page}/repair");
    list.says(&["Needs attention", "Fix this", "Make a new app-specific password."]);
    dana.get(&page).await.expect(200).says(&[&repair]);
    let form = dana.get(&repair).await.expect(200);
    form.says(&[&format!("value=\"{PERSON}\""), "Sign in again", "Your choices of calendars stay"]);
    let typed = [("username", PERSON), ("password", password.as_str())];
    let attempt = dana.post(&repair, &typed).await.expect(303).to();
    dana.wait().await;
    let back = dana.get(&attempt).await.expect(303).to();
    assert_eq!(back, format!("{page}?note=repaired"));
    house.run().await;
    dana.get(&back).await.expect(200).says(&["Mended.", "Synced", &home]);
    dana.get(LIST).await.expect(200).hides(&["Fix this"]);
}

#[tokio::test]
async fn a_repair_with_another_account_is_refused_and_changes_nothing() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    house.sandbox.add_person("kit@icloud.example", APP_PASSWORD);
    let kind = sandbox::CalendarKind::Events;
    let access = sandbox::Access::Owner;
    house.sandbox.add_calendar("kit@icloud.example", "Own", kind, access).unwrap();
    let typed = [("username", "kit@icloud.example"), ("password", APP_PASSWORD)];
    let attempt = dana.post(&format!("{page}/repair"), &typed).await.expect(303).to();
    dana.wait().await;
    dana.get(&attempt).await.expect(200).says(&["To mend this connection, sign in as"]);
    dana.get(LIST).await.expect(200).says(&[PERSON]).hides(&["kit@icloud.example"]);
}

#[tokio::test]
async fn museum_24_a_calendar_that_comes_back_empty_waits_for_a_decision() {
    let house = House::new().await;
    for nth in 0..5 {
        house.put(&format!("Visit {nth}"), "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    }
    let (mut dana, page) = house.connected().await;
    let home = home(&house).await;
    let id = home.parse().unwrap();
    let mut tx = house.ctx.db.begin().await.unwrap();
    let why = "it came back empty, where 5 were known.";
    calendars::set_brake(&mut tx, &id, Some(why), house.ctx.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    dana.get(LIST).await.expect(200).says(&["Needs attention", "waits for you"]);
    dana.get(&format!("{LIST}/fix")).await.expect(200).says(&["It came back empty, where 5"]);
    let manage = dana.get(&page).await.expect(200);
    manage.says(&[
        "It is true, take it as it is",
        "Keep what is known, look again",
        "It came back",
    ]);
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["waits for a decision", "Visit 0"]);
    dana.post(&format!("{page}/calendars/{home}/believe"), &[]).await.expect(303);
    let mut tx = house.ctx.db.read().await.unwrap();
    assert!(calendars::place(&mut tx, &id).await.unwrap().unwrap().brake_released);
}

#[tokio::test]
async fn museum_24_a_web_page_is_told_with_the_next_look_and_nothing_to_believe() {
    let house = House::new().await;
    house.put("Visit", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    let (mut dana, page) = house.connected().await;
    let whom = sandbox::Whom::Person(PERSON.into());
    let fault = |faults: &mut sandbox::Faults| faults.web_page = sandbox::Often::Always;
    house.sandbox.change_faults(&whom, fault).unwrap();
    house.later(20 * 60);
    house.run().await;
    let told = dana.get(&page).await.expect(200);
    told.says(&[
        "Delayed",
        "“Home” could not be read at the last look.",
        "A web page came instead of calendar data.",
        "check the address",
        "stands and still blocks",
        "Daymark tries again at ",
    ])
    .hides(&["It is true", "waits for", "Needs attention"]);
    let list = dana.get(LIST).await.expect(200);
    list.says(&["Delayed", "the answer was no calendar, trying again"]).hides(&["Needs attention"]);
    let fix = dana.get(&format!("{LIST}/fix")).await.expect(200);
    fix.says(&["Could not be read"]).hides(&["Nothing to do but wait", "lets Daymark in"]);
    house.later(60);
    dana.get(&page).await.expect(200).says(&["Daymark is trying again."]);
    house.sandbox.clear_faults();
    house.run().await;
    dana.get(&page).await.expect(200).says(&["Synced"]).hides(&["at the last look"]);
}

#[tokio::test]
async fn a_calendar_that_is_gone_can_be_removed_and_one_that_is_there_cannot() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let home = home(&house).await;
    let path = format!("{page}/calendars/{home}/remove");
    dana.post(&path, &[]).await.expect(303);
    dana.get(&page).await.expect(200).says(&[&home]);
    let mut tx = house.ctx.db.begin().await.unwrap();
    let id = home.parse().unwrap();
    let now = house.ctx.clock.now();
    calendars::set_gone(&mut tx, &id, Some(now)).await.unwrap();
    let say = "It is not there any more.".to_owned();
    let trouble = Trouble { code: "gone".into(), say, since: now, again_at: now };
    calendars::set_trouble(&mut tx, &id, Some(&trouble)).await.unwrap();
    let user = people::user(&mut tx, &house.user).await.unwrap().unwrap();
    let settings = people::CalendarSettings { linked_calendar: Some(id), ..user.settings };
    people::set_settings(&mut tx, &house.user, &settings).await.unwrap();
    tx.commit().await.unwrap();
    let gone = dana.get(&page).await.expect(200);
    gone.says(&["is gone at the provider", "Forget it", "so nothing is offered against it"])
        .hides(&["at the last look"]);
    dana.post(&path, &[]).await.expect(303);
    dana.get(&page).await.expect(200).hides(&[&home]);
    assert_eq!(linked(&house).await, None);
    dana.get(LIST).await.expect(200).says(&["None yet: bookings are kept here"]);
}

async fn linked(house: &House) -> Option<CalendarId> {
    let mut tx = house.ctx.db.read().await.unwrap();
    let user = people::user(&mut tx, &house.user).await.unwrap().unwrap();
    user.settings.linked_calendar
}

#[tokio::test]
async fn what_is_disconnected_is_no_longer_written_to() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let home = home(&house).await;
    let chosen = [("linked", home.as_str())];
    dana.post("/calendars/settings/calendars", &chosen).await.expect(303);
    assert_eq!(linked(&house).await.unwrap().as_str(), home);
    let asked = dana.get(&format!("{page}/disconnect")).await.expect(200);
    asked.says(&["choose another linked calendar"]);
    dana.post(&format!("{page}/disconnect"), &[]).await.expect(303);
    assert_eq!(linked(&house).await, None);
}

#[tokio::test]
async fn what_is_chosen_for_all_calendars_is_saved_and_a_read_only_one_is_never_linked() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    let mut tx = house.ctx.db.read().await.unwrap();
    let all = calendars::of_user(&mut tx, &house.user).await.unwrap();
    drop(tx);
    let id = |name: &str| all.iter().find(|(c, _)| c.name == name).unwrap().0.id.to_string();
    let path = "/calendars/settings/calendars";
    let wrong = [("linked", id("School")), ("conflict", id("Home"))];
    let wrong = wrong.each_ref().map(|(name, value)| (*name, value.as_str()));
    dana.post(path, &wrong).await.expect(422).says(&["Choose one of these calendars"]);
    let right = [("linked", id("Home")), ("conflict", id("School"))];
    let right = right.each_ref().map(|(name, value)| (*name, value.as_str()));
    dana.post(path, &right).await.expect(303);
    let mut tx = house.ctx.db.read().await.unwrap();
    let user = people::user(&mut tx, &house.user).await.unwrap().unwrap();
    assert_eq!(user.settings.linked_calendar.unwrap().as_str(), id("Home"));
    assert!(!user.settings.private_mode);
    let counted = calendars::of_user(&mut tx, &house.user).await.unwrap();
    let counted: Vec<_> =
        counted.iter().filter(|(c, _)| c.counts_as_busy).map(|(c, _)| c.name.as_str()).collect();
    assert_eq!(counted, ["Home", "School"], "the linked calendar is always checked");
}

#[tokio::test]
async fn another_time_zone_is_used_from_then_on() {
    let house = House::new().await;
    house.put("Dentist", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    let (mut dana, _) = house.connected().await;
    let typed =
        [("name", "Dana"), ("email", "dana@northwind.example"), ("time_zone", "Asia/Tokyo")];
    dana.post("/settings/profile", &typed).await.expect(303);
    house.run().await;
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Asia/Tokyo", "19:00"]);
}

#[tokio::test]
async fn a_connection_of_another_account_is_not_there() {
    let house = House::new().await;
    let (_, page) = house.connected().await;
    let home = home(&house).await;
    let mut stranger = house.stranger().await;
    let unknown = format!("{LIST}/con_{}", "0".repeat(32));
    for path in ["", "/disconnect", "/repair", "/calendars"] {
        let theirs = stranger.get(&format!("{page}{path}")).await.expect(404);
        let nobodys = stranger.get(&format!("{unknown}{path}")).await.expect(404);
        assert_eq!(theirs.html, nobodys.html);
    }
    let calendar = format!("/calendars/{home}");
    let believe = format!("{calendar}/believe");
    let posts = ["/pull", "/pause", "/disconnect", "/repair", "/calendars", &calendar, &believe];
    for path in posts {
        stranger.post(&format!("{page}{path}"), &[("paused", "true")]).await.expect(404);
    }
    stranger.get("/stream?of=connection&id=con_0").await.expect(404);
    let mut tx = house.ctx.db.read().await.unwrap();
    let id = page.rsplit('/').next().unwrap().parse().unwrap();
    let connection = connections::load(&mut tx, &id).await.unwrap().unwrap();
    assert_eq!(connection.paused_at, None);
}
