//! Colleagues: looked after, invited, removed.

use std::future::poll_fn;
use std::task::Poll;

use connection::UserId;
use store::{connections, people, sessions};

use crate::house::{APP_PASSWORD, Answer, Browser, House, LIST, PASSWORD, PERSON};

const PEOPLE: &str = "/settings/people";
const COLLEAGUE: &str = "member@northwind.example";

/// Dana, an administrator, and a colleague who has connected a calendar: their connection's page.
async fn with_colleague(house: &House) -> (Browser<'_>, Browser<'_>, String) {
    let dana = house.dana().await;
    let mut colleague = house.colleague_of(&house.account, COLLEAGUE).await;
    colleague.connect(APP_PASSWORD).await;
    house.run().await;
    let list = colleague.get(LIST).await.expect(200);
    let at = list.html.find("id=\"con_").unwrap() + 4;
    let connection = format!("{LIST}/{}", &list.html[at..at + 36]);
    (dana, colleague, connection)
}

/// The id of the colleague.
async fn colleague_id(house: &House) -> String {
    let mut tx = house.ctx.db.read().await.unwrap();
    let user = people::user_by_email(&mut tx, COLLEAGUE).await.unwrap();
    user.unwrap().id.to_string()
}

/// The link that a page shows once.
pub(crate) fn link(answer: &Answer) -> String {
    let at = answer.html.find("/invitations/").expect("a link");
    answer.html[at..].split(['<', '"']).next().unwrap().to_owned()
}

#[tokio::test]
async fn an_administrator_sees_and_sets_what_a_colleague_has_connected() {
    let house = House::new().await;
    let (mut dana, mut colleague, connection) = with_colleague(&house).await;
    let id = colleague_id(&house).await;
    let list = dana.get(&format!("{LIST}?user={id}")).await.expect(200);
    list.says(&["Staff", "These are the connections of", PERSON, "Home", "Synced"]).hides(&[
        "Add New",
        "calendars#private",
        "/repair",
    ]);
    dana.get(&connection).await.expect(200).says(&["Pause"]).hides(&["Sign in again"]);
    dana.get(&format!("{connection}/repair")).await.expect(404);
    dana.post(&format!("{connection}/repair"), &[("password", "x")]).await.expect(404);
    dana.get(&format!("{connection}/calendars")).await.expect(404);
    let choices = format!("/calendars/settings/calendars?user={id}");
    dana.get(&choices).await.expect(200).says(&["Home"]).hides(&["private_mode"]);
    let to = dana.post(&choices, &[("linked", "none")]).await.expect(303).to();
    assert_eq!(to, format!("{LIST}?note=saved&user={id}"));
    let own = colleague.get(LIST).await.expect(200);
    own.says(&["None: nothing in your calendars blocks", "On: others see"]);
    dana.post(&format!("{connection}/pause"), &[("paused", "true")]).await.expect(303);
    colleague.get(&connection).await.expect(200).says(&["Paused"]);
    let to = dana.post(&format!("{connection}/disconnect"), &[]).await.expect(303).to();
    assert_eq!(to, format!("{LIST}?note=disconnected&user={id}"));
    dana.get("/settings/audit").await.expect(200).says(&[
        "disconnected dana@icloud.example for Dana Reyes",
        "changed the choices",
        "no longer blocks",
    ]);
}

#[tokio::test]
async fn a_member_sees_nothing_of_a_colleague() {
    let house = House::new().await;
    let (_, _, connection) = with_colleague(&house).await;
    let id = colleague_id(&house).await;
    let mut other = house.colleague_of(&house.account, "member2@northwind.example").await;
    other.get(&format!("{LIST}?user={id}")).await.expect(404);
    other.get(&connection).await.expect(404);
    other.get(LIST).await.expect(200).hides(&["Staff", PERSON]);
    other.get(PEOPLE).await.expect(404);
}

#[tokio::test]
async fn what_a_colleagues_events_are_about_is_not_shown_beside_their_faults() {
    let house = House::new().await;
    house.put("Surgery", "DTSTART;TZID=Nowhere/Land:20261123T090000\nDURATION:PT1H");
    let (mut dana, mut colleague, connection) = with_colleague(&house).await;
    colleague.get(&connection).await.expect(200).says(&["Not wholly understood", "Surgery"]);
    let seen = dana.get(&connection).await.expect(200);
    seen.says(&["Not wholly understood", "Busy"]).hides(&["Surgery"]);
}

#[tokio::test]
async fn a_broken_connection_of_a_colleague_is_asked_to_be_mended_by_them() {
    let house = House::new().await;
    let (mut dana, _, connection) = with_colleague(&house).await;
    let id = colleague_id(&house).await;
    house.sandbox.revoke_password(PERSON).unwrap();
    for _ in 0..4 {
        house.later(600);
        house.run().await;
    }
    let ask = format!("href=\"{PEOPLE}/{id}/link\"");
    let list = dana.get(&format!("{LIST}?user={id}")).await.expect(200);
    list.says(&["of Dana Reyes is broken since", "Fix this"]).hides(&["/repair"]);
    let fix = dana.get(&format!("{LIST}/fix")).await.expect(200);
    fix.says(&["Ask Dana Reyes to mend it", &ask]).hides(&["/repair"]);
    dana.get(&connection).await.expect(200).hides(&["/repair"]);
    dana.get(PEOPLE).await.expect(200).says(&["1 needs attention"]);
    let made = dana.post(&format!("{PEOPLE}/{id}/link"), &[]).await.expect(200);
    let link = link(&made);
    // Whoever made it is not let in by it, and it stays good.
    dana.get(&link).await.expect(409).says(&["This link is for Dana Reyes"]);
    dana.post(&link, &[]).await.expect(409);
    let mut phone = house.browser();
    phone.get(&link).await.expect(200).says(&["Connect your calendars to Northwind"]);
    assert_eq!(phone.post(&link, &[]).await.expect(303).to(), LIST);
    phone.get(LIST).await.expect(200).says(&["Fix this"]);
    phone.get(&format!("{connection}/repair")).await.expect(200);
    assert_eq!(phone.get("/week").await.expect(303).to(), LIST);
    assert_eq!(phone.get("/settings/profile").await.expect(303).to(), LIST);
    phone.get(&link).await.expect(410);
}

#[tokio::test]
async fn whoever_has_a_link_reveals_nothing_and_acts_in_nobody_elses_name() {
    let house = House::new().await;
    let (mut dana, mut colleague, connection) = with_colleague(&house).await;
    let busy_only = format!("{connection}/busy-only");
    colleague.post(&busy_only, &[("busy_only", "true")]).await.expect(303);
    let id = colleague_id(&house).await;
    let link = link(&dana.post(&format!("{PEOPLE}/{id}/link"), &[]).await.expect(200));
    let mut thief = house.browser();
    thief.post(&link, &[]).await.expect(303);
    thief.get(&connection).await.expect(200).hides(&["Keep details again"]);
    thief.post(&busy_only, &[("busy_only", "false")]).await.expect(404);
    for path in ["/calendars/settings/calendars", &format!("{connection}/calendars")] {
        thief.get(path).await.expect(200).says(&["name=\"linked\""]).hides(&["private_mode"]);
        thief.post(path, &[("linked", "none")]).await.expect(303);
    }
    thief.post(&format!("{connection}/pause"), &[("paused", "true")]).await.expect(303);
    let own = colleague.get(LIST).await.expect(200);
    own.says(&["None: nothing in your calendars blocks", "On: others see"]);
    colleague.get(&connection).await.says(&["Busy times only", "Keep details again"]);
    let mut tx = house.ctx.db.read().await.unwrap();
    let acts =
        store::audit::list(&mut tx, &house.account, &store::audit::Wanted::default(), (None, 50))
            .await
            .unwrap();
    for code in ["user.signed_in", "choices.changed", "connection.paused", "invitation.opened"] {
        let act = acts.iter().find(|act| act.act == code && act.actor_name.ends_with("'s link"));
        let act = act.unwrap_or_else(|| panic!("no {code} by a link in {acts:?}"));
        assert_eq!(act.actor_id, house.user.as_str());
        assert_eq!(act.for_user_id.as_deref(), Some(id.as_str()));
    }
}

#[tokio::test]
async fn a_colleague_joins_by_a_link_that_works_once() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let typed = [("name", "Robin"), ("email", ""), ("purpose", "join"), ("role", "member")];
    let made = dana.post(&format!("{PEOPLE}/invitations"), &typed).await.expect(200);
    let link = link(&made);
    dana.get(PEOPLE).await.expect(200).says(&["Robin", "to join as member"]).hides(&[&link]);
    let mut robin = house.browser();
    for _ in 0..3 {
        robin.get(&link).await.expect(200).says(&["Join Northwind", "Dana Reyes invites you"]);
    }
    let mut fields = vec![
        ("name", "Robin Doe"),
        ("email", crate::house::EMAIL),
        ("time_zone", "Europe/Athens"),
        ("password", "short"),
    ];
    robin.post(&link, &fields).await.expect(422);
    fields[3].1 = PASSWORD;
    robin.post(&link, &fields).await.expect(422).says(&["Somebody else uses this e-mail"]);
    fields[1].1 = "robin@northwind.example";
    assert_eq!(robin.post(&link, &fields).await.expect(303).to(), "/");
    robin.get("/week").await.expect(200).hides(&["/settings/people"]);
    house.browser().post(&link, &fields).await.expect(410);
    let people = dana.get(PEOPLE).await.expect(200);
    people.says(&["Robin Doe", "robin@<wbr>northwind.example"]).hides(&["to join as member"]);
    let mut again = house.browser();
    again.sign_in("robin@northwind.example", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_link_is_over_after_a_week_or_when_it_is_withdrawn() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let typed = [("name", "Robin"), ("purpose", "connect"), ("role", "member")];
    let first = link(&dana.post(&format!("{PEOPLE}/invitations"), &typed).await.expect(200));
    let page = dana.get(PEOPLE).await.expect(200);
    let at = page.html.find("/invitations/inv_").unwrap();
    let withdraw = page.html[at..].split('"').next().unwrap().to_owned();
    dana.post(&format!("{PEOPLE}{withdraw}"), &[]).await.expect(303);
    house.browser().get(&first).await.expect(410);
    let second = link(&dana.post(&format!("{PEOPLE}/invitations"), &typed).await.expect(200));
    let asked = house.browser().get(&second).await.expect(200);
    asked.says(&["Daymark writes to it when"]).hides(&["You sign in with it"]);
    house.later(7 * 86_400);
    house.browser().get(&second).await.expect(410);
    let wrong = [("name", "Robin"), ("purpose", "connect"), ("role", "admin")];
    let mut dana = house.dana().await;
    dana.post(&format!("{PEOPLE}/invitations"), &wrong).await.expect(422);
}

#[tokio::test]
async fn a_link_is_over_when_who_made_it_is_no_administrator_any_more() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let mut colleague = house.colleague_of(&house.account, COLLEAGUE).await;
    let of = format!("{PEOPLE}/{}", colleague_id(&house).await);
    let typed = [("name", "Robin"), ("purpose", "join"), ("role", "admin")];
    let role = format!("{of}/role");
    for (path, leaves) in [(role.clone(), "member"), (format!("{of}/remove"), "")] {
        dana.post(&role, &[("role", "admin")]).await.expect(303);
        let made = colleague.post(&format!("{PEOPLE}/invitations"), &typed).await.expect(200);
        let link = link(&made);
        house.browser().get(&link).await.expect(200);
        dana.post(&path, &[("role", leaves)]).await.expect(303);
        house.browser().get(&link).await.expect(410);
        let fields = [("name", "Robin"), ("email", "r@northwind.example"), ("time_zone", "UTC")];
        house.browser().post(&link, &fields).await.expect(410);
        dana.get(PEOPLE).await.hides(&["Robin"]);
    }
    let log = crate::second_step::acts(&house).await;
    crate::second_step::tells(&log, &["user.role_changed: Member; 1 open invitation ended"]);
}

#[tokio::test]
async fn who_only_connects_does_so_without_a_password_and_sees_nothing_else() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let typed = [("name", "Robin"), ("purpose", "connect"), ("role", "member")];
    let link = link(&dana.post(&format!("{PEOPLE}/invitations"), &typed).await.expect(200));
    let mut robin = house.browser();
    let fields =
        [("name", "Robin"), ("email", "robin@northwind.example"), ("time_zone", "Europe/Athens")];
    assert_eq!(robin.post(&link, &fields).await.expect(303).to(), LIST);
    let attempt = robin.connect(APP_PASSWORD).await;
    let to = robin.get(&attempt).await.expect(303).to();
    assert!(to.ends_with("/calendars"), "{to}");
    robin.get(&to).await.expect(200);
    assert_eq!(robin.get("/week").await.expect(303).to(), LIST);
    dana.get(PEOPLE).await.expect(200).says(&["no password yet", "1 connection"]);
}

#[tokio::test]
async fn who_is_removed_is_out_at_once_and_nothing_of_theirs_stays() {
    let house = House::new().await;
    let (mut dana, mut colleague, connection) = with_colleague(&house).await;
    let id = colleague_id(&house).await;
    let ask = dana.get(&format!("{PEOPLE}/{id}/remove")).await.expect(200);
    ask.says(&["This cannot be undone.", "dana@<wbr>icloud.example"]);
    let to = dana.post(&format!("{PEOPLE}/{id}/remove"), &[]).await.expect(303).to();
    assert_eq!(to, format!("{PEOPLE}?note=person_removed"));
    assert!(colleague.get(LIST).await.expect(303).to().starts_with("/sign-in"));
    dana.get(&connection).await.expect(404);
    dana.get(PEOPLE).await.expect(200).hides(&["member@<wbr>"]);
    let log = dana.get("/settings/audit").await.expect(200);
    log.says(&["removed for Dana Reyes", "disconnected dana@icloud.example"]);
    let mut tx = house.ctx.db.read().await.unwrap();
    assert_eq!(connections::of_account(&mut tx, &house.account).await.unwrap(), []);
    drop(tx);
    let mut tx = house.ctx.db.begin().await.unwrap();
    let later = "2027-12-31T00:00:00Z".parse().unwrap();
    assert_eq!(store::choices::prune(&mut tx, later).await.unwrap(), 0);
}

/// Lets work be looked after so often, and then drops it, as a process that ends does.
async fn cut_short<F: Future>(work: F, looks: usize) -> Option<F::Output> {
    let (mut work, mut left) = (Box::pin(work), looks);
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test]
async fn a_removal_that_is_cut_short_leaves_all_of_a_person_or_nothing() {
    let house = House::new().await;
    let (dana, _, _) = with_colleague(&house).await;
    let id = colleague_id(&house).await;
    let user: UserId = id.parse().unwrap();
    let remove = format!("{PEOPLE}/{id}/remove");
    // How far it comes between two looks is chance: each is tried a few times.
    let mut cuts = 0;
    for looks in (1..).flat_map(|looks| [looks; 4]) {
        let mut browser = dana.clone();
        let done = cut_short(browser.post(&remove, &[]), looks).await;
        let mut tx = house.ctx.db.read().await.unwrap();
        let is_there = people::user(&mut tx, &user).await.unwrap().is_some();
        let held = connections::of_user(&mut tx, &user).await.unwrap().len();
        let sessions = sessions::of_user(&mut tx, &user).await.unwrap().len();
        drop(tx);
        let acts = crate::second_step::acts(&house).await;
        let says = |act: &str| acts.iter().any(|line| line.starts_with(act));
        let written = (says("connection.disconnected"), says("user.removed"));
        let all = (is_there, held, sessions, written);
        if !is_there {
            assert_eq!(all, (false, 0, 0, (true, true)), "after {looks} looks");
            break;
        }
        assert_eq!(all, (true, 1, 1, (false, false)), "cut short after {looks} looks");
        assert!(done.is_none(), "it was done, and they are there");
        cuts += 1;
    }
    assert!(cuts > 10, "it was cut short {cuts} times only");
}

#[tokio::test]
async fn an_administrator_signs_a_colleague_out_everywhere() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let colleague = house.colleague_of(&house.account, COLLEAGUE).await;
    let mut phone = house.browser();
    phone.sign_in(COLLEAGUE, PASSWORD).await.expect(303);
    let base = "http://daymark.test/".parse().unwrap();
    let id = colleague_id(&house).await;
    let link = web::sign_in_link(&house.ctx, &id.parse().unwrap(), &base).await.unwrap();
    let end = format!("{PEOPLE}/{id}/end-sessions");
    dana.get(PEOPLE).await.expect(200).says(&["Sign out everywhere", &end]);
    let to = dana.post(&end, &[]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["They are signed out everywhere."]).hides(&[&end]);
    for mut browser in [colleague, phone] {
        assert!(browser.get(LIST).await.expect(303).to().starts_with("/sign-in"));
    }
    house.browser().get(link.path()).await.expect(410);
    dana.get("/settings/audit").await.expect(200).says(&["ended all sessions for Dana Reyes"]);
    // Whoever knows the password comes in again.
    house.browser().sign_in(COLLEAGUE, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn the_last_administrator_stays_one_and_stays() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    house.colleague_of(&house.account, COLLEAGUE).await;
    let (own, other) = (house.user.to_string(), colleague_id(&house).await);
    let last = format!("{PEOPLE}?note=last");
    let down = [("role", "member")];
    assert_eq!(dana.post(&format!("{PEOPLE}/{own}/role"), &down).await.to(), last);
    assert_eq!(dana.post(&format!("{PEOPLE}/{own}/remove"), &[]).await.to(), last);
    dana.get(&last).await.expect(200).says(&["An account needs an administrator"]);
    dana.post(&format!("{PEOPLE}/{other}/role"), &[("role", "admin")]).await.expect(303);
    dana.post(&format!("{PEOPLE}/{own}/role"), &down).await.expect(303);
    dana.get(PEOPLE).await.expect(404);
}
