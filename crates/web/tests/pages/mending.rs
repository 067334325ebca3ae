//! Fix This: what is broken is seen on every page, by its owner and by administrators, and is
//! mended where it is seen.

use connection::{Attention, ConnectionId, Credential, Owner, Secret, Trouble, UserId};
use jiff::SignedDuration;
use sandbox::{Access, CalendarKind};
use store::connections::NewConnection;
use store::{calendars, connections, people};
use sync::connect;

use crate::google::ADA;
use crate::ground::event;
use crate::house::at_google::ALL;
use crate::house::{APP_PASSWORD, Browser, House, LIST, PERSON, move_in};

const FIX: &str = "/calendars/settings/connections/fix";

/// Lets the jobs that opening a page asked for be done, and what they ask for in turn.
async fn look(house: &House) {
    while !house.tasks.is_empty() && house.tasks.len() > 1 {
        tokio::task::yield_now().await;
    }
    for _ in 0..4 {
        tokio::task::yield_now().await;
        house.run().await;
        house.later(31);
    }
    house.run().await;
}

#[tokio::test]
async fn museum_34_opening_a_page_finds_a_dead_password_and_every_page_says_so() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    for path in [LIST, "/week", "/settings/profile"] {
        dana.get(path).await.expect(200).hides(&["Fix this"]);
    }
    house.later(70);
    house.run().await;
    house.sandbox.revoke_password(PERSON).unwrap();
    let password = house.sandbox.new_password(PERSON).unwrap();
    house.later(70);
    dana.get(LIST).await.expect(200).hides(&["Fix this"]);
    look(&house).await;
    for path in [LIST, "/week", "/settings/profile", &page] {
        let seen = dana.get(path).await.expect(200);
        seen.says(&["Fix this", "needs you since", "its busy times are as of", FIX]);
    }
    let fix = dana.get(FIX).await.expect(200);
    let repair = format!("{page}/repair");
    fix.says(&[
        "Signed out",
        "icloud.example",
        &repair,
        "name=\"password\"",
        "They block for 24 hours",
    ]);
    let mistyped = [("password", "abcd-efgh-ijkl-mnoz")];
    let attempt = dana.post(&repair, &mistyped).await.expect(303).to();
    dana.wait().await;
    let again = dana.get(&attempt).await.expect(200);
    again.says(&["Try again", &format!("value=\"{PERSON}\"")]);
    let typed = [("password", password.as_str())];
    let attempt = dana.post(&repair, &typed).await.expect(303).to();
    dana.wait().await;
    let back = dana.get(&attempt).await.expect(303).to();
    assert_eq!(back, format!("{page}?note=repaired"), "the same connection");
    house.put("missed", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    house.run().await;
    dana.get(&page).await.expect(200).says(&["Synced", "Repaired", "1 change read since"]);
    let history = ["Needs attention", "seen by a look", "repaired"];
    dana.get(&page).await.expect(200).says(&history).hides(&["Fix this"]);
    dana.get(FIX).await.expect(200).says(&["Nothing of yours needs you"]);
    let mut tx = house.ctx.db.begin().await.unwrap();
    for (calendar, _) in calendars::of_user(&mut tx, &house.user).await.unwrap() {
        calendars::set_gone(&mut tx, &calendar.id, Some(house.ctx.clock.now())).await.unwrap();
    }
    tx.commit().await.unwrap();
    dana.get(LIST).await.expect(200).says(&["a calendar is gone"]).hides(&["Repaired"]);
}

#[tokio::test]
async fn an_administrator_sees_what_is_broken_of_others_and_whom_to_ask_and_a_member_does_not() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let mut admin = house.colleague_of(&house.account, "ann@northwind.example").await;
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    let mut stranger = house.stranger().await;
    house.sandbox.google().revoke(ADA).unwrap();
    house.later(4_000);
    house.run().await;
    look(&house).await;
    dana.get("/week").await.expect(200).says(&["needs you since", ADA]);
    admin.get("/week").await.expect(200).says(&["of Dana Reyes is broken since", "Fix this"]);
    let fix = admin.get(FIX).await.expect(200);
    let id = page.rsplit('/').next().unwrap();
    fix.says(&["Of your colleagues", "Dana Reyes"]).hides(&[&format!("repairs={id}")]);
    for browser in [&mut member, &mut stranger] {
        browser.get("/week").await.expect(200).hides(&["Fix this", ADA]);
        browser.get(FIX).await.expect(200).hides(&["Of your colleagues", ADA]);
    }
}

#[tokio::test]
async fn calendars_that_are_gone_are_listed_with_their_use_and_forgotten_together() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let id = page.rsplit('/').next().unwrap().parse().unwrap();
    let mut tx = house.ctx.db.begin().await.unwrap();
    let now = house.ctx.clock.now();
    for (calendar, _) in calendars::of_connection(&mut tx, &id).await.unwrap() {
        calendars::set_gone(&mut tx, &calendar.id, Some(now)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let fix = dana.get(FIX).await.expect(200);
    let fix = fix.says(&[
        "Calendars that are gone",
        "Home",
        "checked for conflicts",
        "can be booked then",
    ]);
    fix.says(&["so nothing is offered against it until you decide"]).hides(&["School"]);
    dana.get(LIST).await.expect(200).says(&[": a calendar is gone", "not checked"]);
    dana.post(&format!("{FIX}/forget"), &[]).await.expect(303);
    dana.get(FIX).await.expect(200).hides(&["Calendars that are gone"]);
    let rest = dana.get(&page).await.expect(200);
    let rest = rest.says(&["it is only shown, so no booking depends on it", "Forget it: School"]);
    rest.hides(&["Forget it: Home", "needs you", "until you decide"]);
    house.later(25 * 3_600);
    let week = dana.get("/week?day=2026-11-23").await.expect(200);
    week.says(&["No events"]).hides(&["is gone at the provider", ">Decide<", ">Not known</p>"]);
}

#[tokio::test]
async fn what_lets_us_in_again_is_well_again_without_anybody() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let id = page.rsplit('/').next().unwrap().parse().unwrap();
    let mut tx = house.ctx.db.begin().await.unwrap();
    let since = house.ctx.clock.now();
    let attention = Attention { reason: "signed_out".into(), say: "It let us out.".into(), since };
    connections::set_attention(&mut tx, &id, Some(&attention)).await.unwrap();
    tx.commit().await.unwrap();
    dana.get(&page).await.expect(200).says(&["needs you since"]);
    look(&house).await;
    dana.get(&page).await.expect(200).says(&["Synced"]).hides(&["needs you since"]);
}

#[tokio::test]
async fn museum_35_who_connects_again_within_the_month_finds_what_was_chosen() {
    let house = House::new().await;
    house.sandbox.add_calendar(PERSON, "Other", CalendarKind::Events, Access::Owner).unwrap();
    let (mut dana, page) = house.connected().await;
    let calendar = |list: &[(connection::Calendar, connection::Counts)], name: &str| {
        list.iter().map(|(c, _)| c).find(|c| c.name == name).unwrap().clone()
    };
    let of = async || {
        let mut tx = house.ctx.db.read().await.unwrap();
        calendars::of_user(&mut tx, &house.user).await.unwrap()
    };
    let (home, other) = (calendar(&of().await, "Home").id, calendar(&of().await, "Other").id);
    let linked = async || {
        let mut tx = house.ctx.db.read().await.unwrap();
        let user = people::user(&mut tx, &house.user).await.unwrap().unwrap();
        user.settings.linked_calendar
    };
    let chosen = [("linked", other.as_str()), ("conflict", home.as_str())];
    dana.post("/calendars/settings/calendars", &chosen).await.expect(303);
    assert_eq!(linked().await.as_ref(), Some(&other));
    let switches = [("all_day_is_busy", "on")];
    dana.post(&format!("{page}/calendars/{home}"), &switches).await.expect(303);
    dana.post(&format!("{page}/disconnect"), &[]).await.expect(303);
    assert!(of().await.is_empty());
    assert_eq!(linked().await, None);
    house.later(3_600);
    let attempt = dana.connect(APP_PASSWORD).await;
    dana.get(&attempt).await.expect(303);
    let (home, other) = (calendar(&of().await, "Home"), calendar(&of().await, "Other"));
    assert!(!home.counts_as_busy && home.all_day_is_busy, "as it was chosen");
    assert!(other.counts_as_busy && !other.all_day_is_busy, "as it was");
    assert_eq!(linked().await, Some(other.id), "bookings are written where they were");
}

#[tokio::test]
async fn disconnecting_gives_the_grant_back_at_the_provider_unless_somebody_else_needs_it() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    let mut ann = house.colleague_of(&house.account, "ann@northwind.example").await;
    let ask = format!("{page}/disconnect");
    dana.get(&ask).await.expect(200).says(&["access is taken back at Google, too"]);
    ann.sign_in_at_google(ADA, ALL).await.expect(303);
    let shared = dana.get(&ask).await.expect(200).hides(&["taken back at Google"]);
    shared.says(&["access at Google stays: a connection of ", " to the same account needs it."]);
    let revocations =
        || house.sandbox.visits().iter().filter(|visit| visit.path.contains("revoke")).count();
    dana.post(&format!("{page}/disconnect"), &[]).await.expect(303);
    house.ctx.tasks.close();
    house.ctx.tasks.wait().await;
    assert_eq!(revocations(), 0, "a colleague's connection would end with it");
    house.ctx.tasks.reopen();
    let list = ann.get(LIST).await.expect(200).html;
    let at = list.find("id=\"con_").unwrap() + 4;
    let id = &list[at..at + 36];
    ann.post(&format!("{LIST}/{id}/disconnect"), &[]).await.expect(303);
    house.ctx.tasks.close();
    house.ctx.tasks.wait().await;
    assert_eq!(revocations(), 1);
}

#[tokio::test]
async fn a_linked_calendar_that_may_only_be_read_is_told_until_another_is_chosen() {
    let house = House::new().await;
    let kit = "kit@icloud.example";
    house.sandbox.add_person(kit, APP_PASSWORD);
    house.sandbox.add_calendar(kit, "Clinic", CalendarKind::Events, Access::Owner).unwrap();
    house.sandbox.share_calendar(kit, "clinic", PERSON, Access::Write).unwrap();
    let (mut dana, _) = house.connected().await;
    let calendars = async || {
        let mut tx = house.ctx.db.read().await.unwrap();
        calendars::of_user(&mut tx, &house.user).await.unwrap()
    };
    let all = calendars().await;
    let clinic = all.iter().map(|(c, _)| c).find(|c| c.name == "Clinic").unwrap().id.to_string();
    let settings = "/calendars/settings/calendars";
    dana.post(settings, &[("linked", clinic.as_str())]).await.expect(303);
    house.sandbox.share_calendar(kit, "clinic", PERSON, Access::Read).unwrap();
    house.later(3_800);
    house.run().await;
    let say = "Bookings can no longer be written to “Clinic”";
    let week = dana.get("/week").await.expect(200);
    week.says(&[say, "Fix this", "read as before"]).hides(&["its busy times are as of"]);
    let fix = dana.get(FIX).await.expect(200);
    let fix = fix.says(&["Bookings cannot be written", say, "Choose another linked calendar"]);
    let advice = "Allow changes there again, or choose another linked calendar.";
    let fix = fix.says(&[advice, "It is allowed again, look", "/pull\""]);
    fix.hides(&["They block for 24 hours"]);
    dana.post(settings, &[("linked", "none")]).await.expect(303);
    dana.get("/week").await.expect(200).hides(&[say, "Fix this"]);
}

#[tokio::test]
async fn who_forgets_the_linked_calendar_is_led_to_choose_another_and_told_until_one_is() {
    let house = House::new().await;
    house.sandbox.add_calendar(PERSON, "Other", CalendarKind::Events, Access::Owner).unwrap();
    let (mut dana, page) = house.connected().await;
    let settings = "/calendars/settings/calendars";
    let say = "No linked calendar is chosen";
    let all = async || {
        let mut tx = house.ctx.db.read().await.unwrap();
        calendars::of_user(&mut tx, &house.user).await.unwrap()
    };
    let of = async |name: &str| {
        all().await.into_iter().map(|(c, _)| c).find(|c| c.name == name).unwrap().id
    };
    let (home, other) = (of("Home").await, of("Other").await);
    for (gone, forget) in
        [(&home, format!("{page}/calendars/{home}/remove")), (&other, format!("{FIX}/forget"))]
    {
        dana.post(settings, &[("linked", gone.as_str()), ("private_mode", "on")]).await.expect(303);
        for path in [LIST, settings, FIX] {
            dana.get(path).await.expect(200).hides(&[say]);
        }
        let mut tx = house.ctx.db.begin().await.unwrap();
        calendars::set_gone(&mut tx, gone, Some(house.ctx.clock.now())).await.unwrap();
        tx.commit().await.unwrap();
        let choose = format!("href=\"{settings}#linked\">Choose another one</a>");
        let fix = dana.get(FIX).await.expect(200);
        fix.says(&["your linked calendar", &choose, "Also checked for conflicts"]);
        let list = dana.get(LIST).await.expect(200).html;
        let configured = list.split_once("Calendar configuration").unwrap().1;
        assert!(configured.contains("<em>gone</em>"), "{configured}");
        let next = dana.post(&forget, &[]).await.expect(303).to();
        assert_eq!(next, format!("{settings}?note=removed"));
        // Then nothing is left that could be written to.
        let is_last = gone == &other;
        for path in [&next, LIST, FIX] {
            let seen = dana.get(path).await.expect(200);
            let _ = if is_last { seen.hides(&[say]) } else { seen.says(&[say]) };
        }
    }
}

/// The headings of Fix This, and what each says to do.
const GROUPS: [(&str, &str, &str); 5] = [
    ("signed_out", "Signed out", "Sign in once more. Everything you chose stays."),
    (
        "scope_missing",
        "A permission is missing",
        "Sign in there again, and allow all that is asked.",
    ),
    (
        "consent_by_admin",
        "The organisation must agree",
        "Ask its administrator to allow Daymark, then sign in again.",
    ),
    ("refused", "Refused", "What the provider says, and what helps."),
    (
        "password_refused",
        "An address is refused",
        "Enter its present one. Everything you chose stays.",
    ),
];

/// The headings of cards of that page.
fn headings(html: &str) -> Vec<&str> {
    let parts = html.split("<header><div><h2>").skip(1);
    parts.filter_map(|part| part.split("</h2>").next()).collect()
}

#[tokio::test]
async fn each_cause_has_its_heading_its_advice_and_the_step_that_mends_it() {
    let house = House::new().await;
    let (mut dana, google) = house.with_google().await;
    house.sandbox.put_feed("rota", &event("Rota", "DTSTART:20261125T100000Z\nDURATION:PT1H"));
    let typed = [("address", "http://sandbox.test/feeds/rota.ics")];
    let attempt = dana.post(&format!("{LIST}/add/feed"), &typed).await.expect(303).to();
    dana.wait().await;
    let feed = dana.get(&attempt).await.expect(303).to();
    let feed = feed.strip_suffix("/calendars").unwrap().to_owned();
    house.run().await;
    let set = async |page: &str, reason: Option<&str>| {
        let id = page.rsplit('/').next().unwrap().parse().unwrap();
        let (say, since) = ("What the far side says.".to_owned(), house.ctx.clock.now());
        let attention = reason.map(|reason| Attention { reason: reason.into(), say, since });
        let mut tx = house.ctx.db.begin().await.unwrap();
        connections::set_attention(&mut tx, &id, attention.as_ref()).await.unwrap();
        tx.commit().await.unwrap();
    };
    for (reason, heading, advice) in GROUPS {
        let is_feed = reason == "password_refused";
        let page = if is_feed { &feed } else { &google };
        set(page, Some(reason)).await;
        let fix = dana.get(FIX).await.expect(200);
        assert_eq!(headings(&fix.html), [heading], "{reason}");
        let step = if is_feed {
            format!("href=\"{page}/repair\">Enter another address</a>")
        } else {
            let id = page.rsplit('/').next().unwrap();
            format!("href=\"/oauth/go/google?repairs={id}\">Sign in again</a>")
        };
        fix.says(&[advice, "What the far side says.", &step, "They block for 24 hours"]);
        set(page, None).await;
    }
    // Each under its own, and in one order.
    set(&google, Some("consent_by_admin")).await;
    set(&feed, Some("password_refused")).await;
    let both = dana.get(FIX).await.expect(200);
    assert_eq!(headings(&both.html), ["An address is refused", "The organisation must agree"]);
}

#[tokio::test]
async fn what_waits_for_a_decision_or_for_the_next_try_says_so() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let id = page.rsplit('/').next().unwrap().parse().unwrap();
    let mut tx = house.ctx.db.begin().await.unwrap();
    let all = calendars::of_connection(&mut tx, &id).await.unwrap();
    let of = |name: &str| all.iter().map(|(c, _)| c).find(|c| c.name == name).unwrap().id.clone();
    let now = house.ctx.clock.now();
    let again_at = "2026-11-22T12:40:00Z".parse().unwrap();
    let (code, say) = ("unavailable".to_owned(), "It did not answer.".to_owned());
    let trouble = Trouble { code, say, since: now, again_at };
    let brake = "It came back without any of its 12 events.";
    calendars::set_brake(&mut tx, &of("Home"), Some(brake), now).await.unwrap();
    calendars::set_trouble(&mut tx, &of("School"), Some(&trouble)).await.unwrap();
    tx.commit().await.unwrap();
    let fix = dana.get(FIX).await.expect(200);
    assert_eq!(headings(&fix.html), ["Suddenly empty", "Nothing to do but wait"]);
    let decide = format!("href=\"{page}#calendars\">Decide</a>");
    let fix = fix.says(&["What was known stands until you say which is true.", brake, &decide]);
    fix.says(&["Daymark tries these again by itself.", "It did not answer.", "Next try at 14:40"])
        .hides(&["Trying again"]);
    house.later(41 * 60);
    let late = dana.get(FIX).await.expect(200);
    late.says(&["Trying again"]).hides(&["Next try at "]);
}

#[tokio::test]
async fn a_connection_that_is_signed_out_shows_nothing_as_allowed_and_its_repair_first() {
    let house = House::new().await;
    let (mut dana, page) = house.with_google().await;
    dana.get(&page).await.expect(200).says(&["Everything that is needed", "Allowed: "]);
    house.sandbox.google().revoke(ADA).unwrap();
    house.later(4_000);
    house.run().await;
    look(&house).await;
    let seen = dana.get(&page).await.expect(200);
    let first = format!("<a class=\"button primary\" href=\"{FIX}\">Fix this</a>");
    let seen = seen.says(&["Nothing at present: access was taken back there", &first, "Sync now"]);
    seen.hides(&["Allowed: ", "<button class=\"button primary\" type=\"submit\">Sync now"]);
    let mut admin = house.colleague_of(&house.account, "ann@northwind.example").await;
    let told = admin.get("/week").await.expect(200);
    told.says(&["Dana Reyes has to mend it: access was withdrawn."])
        .hides(&["Sign in there again"]);
    let fix = admin.get(FIX).await.expect(200);
    fix.says(&["Nothing of yours needs you. Nobody", "has to mend it: access"])
        .hides(&["lets Daymark in"]);
}

/// Another connection of somebody, which needs them for that reason since then.
async fn needing(house: &House, user: &UserId, (name, reason, minutes): (&str, &str, i64)) {
    let mut tx = house.ctx.db.begin().await.unwrap();
    let all = connections::of_user(&mut tx, &house.user).await.unwrap();
    let (ctx, now) = (&house.ctx, house.ctx.clock.now());
    let since = now - SignedDuration::from_mins(minutes);
    let mut connection = all[0].clone();
    connection.id = ConnectionId::new(now, ctx.dice.as_ref());
    connection.owner = Owner::User(user.clone());
    (connection.principal.id, connection.principal.name) = (name.to_owned(), name.to_owned());
    let (base, username) = (String::new(), name.to_owned());
    let password = Secret::new("not asked for");
    let new =
        NewConnection { connection, credential: Credential::Password { base, username, password } };
    connections::insert(&mut tx, &new).await.unwrap();
    let say = format!("What {name} asks for.");
    let attention = Attention { reason: reason.into(), say, since };
    let id = &new.connection.id;
    connections::set_attention(&mut tx, id, Some(&attention)).await.unwrap();
    connect::settle(ctx, &mut tx, user).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn of_several_the_banner_counts_ones_own_and_others_and_names_the_worst_first() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    let kit = move_in(&house.ctx, &house.account, ("kit@northwind.example", None)).await;
    let banner = async |dana: &mut Browser<'_>| {
        let html = dana.get("/week").await.expect(200).html;
        let begins = html.split_once("class=\"banner\"").unwrap().1;
        begins.split("</section>").next().unwrap().to_owned()
    };
    let says = |banner: &str, parts: &[&str]| {
        for part in parts {
            assert!(banner.contains(part), "{part} is missing:\n{banner}");
        }
    };
    needing(&house, &kit, ("kit-at-one", "signed_out", 90)).await;
    let one = banner(&mut dana).await;
    says(&one, &["kit-at-one of Dana Reyes is broken since ", "has to mend it: access was"]);
    needing(&house, &kit, ("kit-at-two", "signed_out", 95)).await;
    says(&banner(&mut dana).await, &["2 connections need their owners", "kit-at-two</b> of Dana"]);
    needing(&house, &house.user, ("writes", "read_only", 80)).await;
    let own = banner(&mut dana).await;
    says(&own, &["1 connection needs you, 2 of others need them", "What writes asks for."]);
    assert!(!own.contains("kit-at"), "one's own comes first: {own}");
    needing(&house, &house.user, ("refused", "refused", 300)).await;
    says(&banner(&mut dana).await, &["2 connections need you, 2 of others", "writes</b> since "]);
    needing(&house, &house.user, ("young", "password_refused", 5)).await;
    says(&banner(&mut dana).await, &["3 connections need you, 2", "young</b> since "]);
    needing(&house, &house.user, ("old", "signed_out", 60)).await;
    let last = banner(&mut dana).await;
    says(&last, &["4 connections need you, 2 of others", "old</b> since ", "What old asks for."]);
    assert!(!last.contains("young"), "the one that is broken the longest: {last}");
}

#[tokio::test]
async fn the_banner_names_the_calendars_that_are_gone_now() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let id = page.rsplit('/').next().unwrap().parse().unwrap();
    let mut tx = house.ctx.db.begin().await.unwrap();
    let all = calendars::of_connection(&mut tx, &id).await.unwrap();
    let home = &all.iter().find(|(calendar, _)| calendar.name == "Home").unwrap().0;
    let school = &all.iter().find(|(calendar, _)| calendar.name == "School").unwrap().0;
    calendars::set_switches(&mut tx, &school.id, true, false).await.unwrap();
    for calendar in [home, school] {
        calendars::set_gone(&mut tx, &calendar.id, Some(house.ctx.clock.now())).await.unwrap();
    }
    connect::settle(&house.ctx, &mut tx, &house.user).await.unwrap();
    tx.commit().await.unwrap();
    let both = ["The calendars “", "“Home”", "“School”", "are no longer there"];
    dana.get("/week").await.expect(200).says(&both);
    dana.post(&format!("{page}/calendars/{}/remove", home.id), &[]).await.expect(303);
    let week = dana.get("/week").await.expect(200);
    week.says(&["The calendar “School” is no longer there"]).hides(&["“Home”"]);
}
