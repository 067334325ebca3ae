//! A connected calendar file, and the newer version of it.

use crate::connecting::{multipart, multipart_named};
use crate::house::{Browser, House, LIST};

fn file(titles: &[&str]) -> String {
    let event = |title: &&str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{title}\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:{title}\r\n\
             DTSTART:20261123T100000Z\r\nDTEND:20261123T110000Z\r\nEND:VEVENT\r\n"
        )
    };
    let events: String = titles.iter().map(event).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nX-WR-CALNAME:Shifts\r\n{events}\
         END:VCALENDAR\r\n"
    )
}

/// Sends a file to a form and follows to where the attempt leads.
async fn send(house: &House, dana: &mut Browser<'_>, to: &str, name: &str, text: &str) -> String {
    let (kind, body) = multipart_named(name, text.as_bytes());
    let attempt = dana.post_raw(to, &kind, body).await.expect(303).to();
    dana.wait().await;
    house.run().await;
    attempt
}

/// The page of a connected file.
async fn connected(house: &House, dana: &mut Browser<'_>) -> String {
    let to = format!("{LIST}/add/feed");
    let attempt = send(house, dana, &to, "shifts.ics", &file(&["Dawn", "Dusk"])).await;
    let to = dana.get(&attempt).await.expect(303).to();
    to.strip_suffix("/calendars").unwrap().to_owned()
}

#[tokio::test]
async fn the_page_of_a_file_offers_to_upload_a_newer_version() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let page = connected(&house, &mut dana).await;
    let manage = dana.get(&page).await.expect(200);
    manage.says(&["Shifts (shifts.ics)", "Upload a newer version"]).hides(&["Sign in again"]);
    let form = dana.get(&format!("{page}/repair")).await.expect(200);
    let form = form.says(&["Upload a newer version of Shifts", "type=\"file\"", "multipart"]);
    form.hides(&["name=\"address\"", "Sign in again"]);
    let attempt =
        send(&house, &mut dana, &format!("{page}/repair"), "new.ics", &file(&["Dawn", "Night"]))
            .await;
    let to = dana.get(&attempt).await.expect(303).to();
    let said = ["The newer version is here", "1 of its 2 events are still there", "new.ics"];
    dana.get(&to).await.expect(200).says(&said);
    let week = dana.get("/week?day=2026-11-23").await.expect(200);
    week.says(&["Dawn", "Night"]).hides(&["Dusk"]);
}

#[tokio::test]
async fn without_a_file_the_form_asks_for_one() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let page = connected(&house, &mut dana).await;
    let (kind, body) = multipart(b"");
    let answer = dana.post_raw(&format!("{page}/repair"), &kind, body).await.expect(422);
    answer.says(&["Choose the newer file"]);
}

#[tokio::test]
async fn another_calendar_is_refused_beside_the_field() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let page = connected(&house, &mut dana).await;
    let other = file(&["Party"]).replace("Shifts", "Family");
    let attempt = send(&house, &mut dana, &format!("{page}/repair"), "family.ics", &other).await;
    let again = dana.get(&attempt).await.expect(200);
    again.says(&["data-error-of=\"file\"", "This is another calendar", "Try again"]);
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Dawn", "Dusk"]);
}

#[tokio::test]
async fn the_same_calendar_by_add_new_goes_on_where_it_was() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let page = connected(&house, &mut dana).await;
    house.later(60);
    let newer = file(&["Dawn", "Dusk", "Night"]);
    let to = format!("{LIST}/add/feed");
    let attempt = send(&house, &mut dana, &to, "shifts (1).ics", &newer).await;
    let to = dana.get(&attempt).await.expect(303).to();
    assert!(to.starts_with(&page), "{to}");
    dana.get(&to).await.expect(200).says(&["This was connected before", "1 are new"]);
    let list = dana.get(LIST).await.expect(200);
    assert_eq!(list.html.matches("<li class=\"connection\"").count(), 1);
}

#[tokio::test]
async fn the_form_of_a_feed_that_is_mended_asks_for_its_address_alone() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let calendar = file(&["Dawn"]);
    house.sandbox.put_feed("roster", &calendar);
    let typed = [("address", "http://sandbox.test/feeds/roster.ics")];
    let attempt = dana.post(&format!("{LIST}/add/feed"), &typed).await.expect(303).to();
    dana.wait().await;
    let to = dana.get(&attempt).await.expect(303).to();
    let page = to.strip_suffix("/calendars").unwrap();
    let form = dana.get(&format!("{page}/repair")).await.expect(200);
    form.says(&["name=\"address\"", "Enter another address"]).hides(&["type=\"file\""]);
    let mut tx = house.ctx.db.begin().await.unwrap();
    for (calendar, _) in store::calendars::of_user(&mut tx, &house.user).await.unwrap() {
        let now = house.ctx.clock.now();
        store::calendars::set_gone(&mut tx, &calendar.id, Some(now)).await.unwrap();
    }
    tx.commit().await.unwrap();
    for path in [page, &format!("{LIST}/fix")] {
        let gone = dana.get(path).await.expect(200);
        gone.says(&["Enter another address", "withdrawn", ">Disconnect<"]);
        dana.get(path).await.expect(200).hides(&["Sign in again", "with this account", "Forget"]);
    }
    dana.get(LIST).await.expect(200).says(&["it is no longer at its address"]);
}

#[tokio::test]
async fn a_feed_whose_last_look_failed_is_drawn_as_delayed_before_it_counts_so() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    house.sandbox.put_feed("roster", &file(&["Dawn"]));
    let typed = [("address", "http://sandbox.test/feeds/roster.ics")];
    let attempt = dana.post(&format!("{LIST}/add/feed"), &typed).await.expect(303).to();
    dana.wait().await;
    dana.get(&attempt).await.expect(303);
    house.run().await;
    let well = dana.get(LIST).await.expect(200);
    well.says(&["tag synced"]).hides(&["Trying again"]);
    house.sandbox.remove_feed("roster").unwrap();
    house.later(400);
    house.run().await;
    let list = dana.get(LIST).await.expect(200);
    list.says(&["tag delayed", "Trying again, last ", "it was not there"]).hides(&["tag synced"]);
    let fix = dana.get(&format!("{LIST}/fix")).await.expect(200);
    fix.says(&["Could not be read", "Enter another address"]).hides(&["lets Daymark in"]);
}
