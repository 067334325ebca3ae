//! The week: what is shown, to whom, and how surely it is known.

use store::people::{self, CalendarSettings};

use crate::house::House;

#[tokio::test]
async fn events_stand_on_their_day_in_the_user_s_zone_with_the_week_s_number() {
    let house = House::new().await;
    house.put("Dentist", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z\nLOCATION:Main Street");
    house.put("Fair", "DTSTART;VALUE=DATE:20261125\nDTEND;VALUE=DATE:20261127");
    house.put("Idea", "DTSTART:20261126T100000Z\nDTEND:20261126T110000Z\nTRANSP:TRANSPARENT");
    let (mut dana, _) = house.connected().await;
    let page = dana.get("/week?day=2026-11-29").await.expect(200);
    let page = page.says(&[
        "Week 48",
        "23 – 29 November 2026",
        "Main Street",
        "/week?day=2026-11-16",
        "/week?day=2026-11-30",
        "shown as free",
    ]);
    let monday = day(&page.html, "Monday 23 November");
    assert!(monday.contains("Dentist") && monday.contains("12:00"), "{monday}");
    assert!(day(&page.html, "Wednesday 25 November").contains("Fair"));
    assert!(day(&page.html, "Thursday 26 November").contains("Fair"));
    assert!(!day(&page.html, "Friday 27 November").contains("Fair"));
    assert!(day(&page.html, "Friday 27 November").contains("No events"));
}

/// What stands in the column of one day.
fn day<'h>(html: &'h str, name: &str) -> &'h str {
    let column = html.split(&format!("aria-label=\"{name}\"")).nth(1).unwrap();
    column.split("</section>").next().unwrap()
}

#[tokio::test]
async fn museum_11_an_all_day_event_fills_its_own_day_and_no_other() {
    let house = House::new().await;
    house.put("Holiday", "DTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20261127");
    let (mut dana, _) = house.connected().await;
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"] {
        let typed = [("name", "Dana"), ("email", "dana@northwind.example"), ("time_zone", zone)];
        dana.post("/settings/profile", &typed).await.expect(303);
        house.run().await;
        let page = dana.get("/week?day=2026-11-26").await.expect(200);
        for name in ["Wednesday 25 November", "Friday 27 November"] {
            assert!(!day(&page.html, name).contains("Holiday"), "{zone}");
        }
        assert!(day(&page.html, "Thursday 26 November").contains("Holiday"), "{zone}");
    }
}

#[tokio::test]
async fn overlaps_stand_side_by_side_and_now_is_marked_today() {
    let house = House::new().await;
    house.put("One", "DTSTART:20261122T080000Z\nDTEND:20261122T100000Z");
    house.put("Two", "DTSTART:20261122T090000Z\nDTEND:20261122T110000Z");
    let (mut dana, _) = house.connected().await;
    let page = dana.get("/week").await.expect(200).says(&["It is now 14:00"]);
    let sunday = day(&page.html, "Sunday 22 November");
    assert!(sunday.contains("i0 n2") && sunday.contains("i1 n2"), "{sunday}");
    assert!(sunday.contains("aria-current=\"date\""));
    dana.get("/week?day=2026-11-30").await.expect(200).hides(&["It is now"]);
}

#[tokio::test]
async fn private_mode_shows_others_no_more_than_busy() {
    let house = House::new().await;
    house.put("Surgery", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z\nLOCATION:Clinic");
    house.put("Diary", "DTSTART:20261124T100000Z\nDTEND:20261124T110000Z\nCLASS:PRIVATE");
    let (mut dana, _) = house.connected().await;
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Surgery", "Diary"]);
    let mut sam = house.colleague_of(&house.account, "sam@northwind.example").await;
    let path = format!("/week?day=2026-11-23&user={}", house.user);
    set_private(&house, true).await;
    let hidden = sam.get(&path).await.expect(200).says(&["<b>Busy</b>"]);
    hidden.hides(&["Surgery", "Diary", "Clinic", "Home", "School"]);
    set_private(&house, false).await;
    let open = sam.get(&path).await.expect(200);
    open.says(&["Surgery", "Clinic", "<b>Busy</b>"]).hides(&["Diary"]);
    house.stranger().await.get(&path).await.expect(404);
}

async fn set_private(house: &House, private_mode: bool) {
    let mut tx = house.ctx.db.begin().await.unwrap();
    let settings = CalendarSettings { private_mode, ..CalendarSettings::default() };
    people::set_settings(&mut tx, &house.user, &settings).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn unknown_is_not_shown_as_free() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.connect(crate::house::APP_PASSWORD).await;
    let page = dana.get("/week?day=2026-11-23").await.expect(200);
    page.says(&["are being read for the first time", ">Not known</p>"]).hides(&["No events"]);
    house.run().await;
    dana.get("/week?day=2026-11-23")
        .await
        .expect(200)
        .says(&["No events"])
        .hides(&[">Not known</p>"]);
    let far = dana.get("/week?day=2029-01-01").await.expect(200);
    far.says(&["are not known yet", ">Not known</p>"]).hides(&["No events"]);
    let past = dana.get("/week?day=2026-01-01").await.expect(200);
    past.says(&["no longer kept here", ">Not known</p>"]).hides(&["No events"]);
    house.later(25 * 3_600);
    let blind = dana.get("/week?day=2026-11-23").await.expect(200);
    blind.says(&["have not been read lately", ">Not known</p>"]).hides(&["No events"]);
}

#[tokio::test]
async fn a_day_that_cannot_be_read_is_today() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    for wrong in ["", "yesterday", "9999-12-31", "0000-01-01", "2026-02-30", "2026-11-22%00"] {
        let page = dana.get(&format!("/week?day={wrong}")).await.expect(200);
        page.says(&["16 – 22 November 2026"]);
    }
}

#[tokio::test]
async fn every_calendar_that_is_old_is_named_with_its_reason_and_where_it_is_mended() {
    let house = House::new().await;
    let (mut dana, page) = house.connected().await;
    let week = "/week?day=2026-11-23";
    dana.get(week).await.expect(200).hides(&["notice warn"]);
    house.later(300);
    dana.post(&format!("{page}/pause"), &[("paused", "true")]).await.expect(303);
    let both = "<b>“Home”, “School”</b> of dana@<wbr>icloud.example: ";
    let paused = dana.get(week).await.expect(200);
    paused.says(&[both, "paused since 14:05, shown as of 14:00.", ">Manage</a>"]);
    dana.post(&format!("{page}/pause"), &[("paused", "false")]).await.expect(303);
    house.run().await;
    house.sandbox.revoke_password(crate::house::PERSON).unwrap();
    for _ in 0..3 {
        house.later(400);
        house.run().await;
    }
    let refused = dana.get(week).await.expect(200);
    let mend = format!("href=\"{page}/repair\"");
    refused.says(&[both, "the password was refused, shown as of 14:05.", &mend, "Fix this"]);
    let mut sam = house.colleague_of(&house.account, "sam@northwind.example").await;
    let theirs = sam.get(&format!("{week}&user={}", house.user)).await.expect(200);
    theirs.says(&["Calendar 1, Calendar 2", "the password was refused"]).hides(&["School", &mend]);
}

#[tokio::test]
async fn an_event_opens_with_all_that_is_known_of_it_and_why_it_blocks() {
    let house = House::new().await;
    house.put("Dentist", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z\nLOCATION:Clinic");
    house.put("Idea", "DTSTART:20261124T100000Z\nDTEND:20261124T110000Z\nTRANSP:TRANSPARENT");
    house.put("Trip", "DTSTART;VALUE=DATE:20261125\nDTEND;VALUE=DATE:20261128");
    let (mut dana, _) = house.connected().await;
    let page = dana.get("/week?day=2026-11-23").await.expect(200);
    let dentist = sheet(&page.html, "Dentist");
    for text in ["Monday 23 November 2026, 12:00–13:00", "Clinic", "Home", "Yes: it is busy."] {
        assert!(dentist.contains(text), "{dentist}");
    }
    assert!(sheet(&page.html, "Idea").contains("No: it is marked free."));
    assert!(sheet(&page.html, "Trip").contains("to Friday 27 November 2026, all day"));
    assert!(day(&page.html, "Wednesday 25 November").contains("w3 busy begins ends"));
    assert!(day(&page.html, "Thursday 26 November").contains("continued"));
}

/// What opens from an event of that title.
fn sheet<'h>(html: &'h str, title: &str) -> &'h str {
    let buttons = html.split("popovertarget=\"").skip(1);
    let mut named = buttons.filter(|rest| {
        rest.split("</button>").next().unwrap().contains(&format!("<b>{title}</b>"))
    });
    let id = named.next().unwrap().split('"').next().unwrap();
    let sheet = html.split(&format!("popover id=\"{id}\"")).nth(1).unwrap();
    sheet.split("</dl>").next().unwrap()
}

#[tokio::test]
async fn a_time_that_is_a_guess_is_marked_and_led_to_its_list() {
    let house = House::new().await;
    house.put("Call", "DTSTART;TZID=Nowhere/Land:20261123T100000\nDURATION:PT1H");
    let (mut dana, connection) = house.connected().await;
    let page = dana.get("/week?day=2026-11-23").await.expect(200);
    assert!(day(&page.html, "Monday 23 November").contains("time zone not known: "));
    let list = format!("href=\"{connection}#not-understood\"");
    assert!(sheet(&page.html, "Call").contains(&list), "{}", page.html);
    dana.get(&connection).await.expect(200).says(&["id=\"not-understood\"", "Call"]);
}

#[tokio::test]
async fn what_there_is_no_room_for_is_counted_and_told() {
    let house = House::new().await;
    for name in ["One", "Two", "Three", "Four"] {
        house.put(name, "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    }
    let (mut dana, _) = house.connected().await;
    let page = dana.get("/week?day=2026-11-23").await.expect(200);
    let monday = day(&page.html, "Monday 23 November");
    assert!(monday.contains("<b>+2</b>") && monday.contains("2 more at the same time"), "{monday}");
    assert_eq!(monday.matches("event behind").count(), 2);
}

#[tokio::test]
async fn the_present_hour_is_in_the_grid_of_its_week() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    house.later(9 * 3_600 + 54 * 60);
    let page = dana.get("/week").await.expect(200).says(&["It is now 23:54", "<li>23:00</li>"]);
    assert!(!page.html.contains("now s286\" hidden"), "{}", page.html);
    dana.get("/week?day=2026-11-30").await.expect(200).hides(&["<li>23:00</li>"]);
}

#[tokio::test]
async fn what_two_calendars_hold_alike_stands_once_with_both_named() {
    let house = House::new().await;
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\n\
                UID:Match\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Match\r\n\
                DTSTART:20261123T100000Z\r\nDTEND:20261123T110000Z\r\nEND:VEVENT\r\n\
                END:VCALENDAR\r\n";
    for calendar in ["home", "school"] {
        house.sandbox.put_event(crate::house::PERSON, calendar, "match.ics", text).unwrap();
    }
    let (mut dana, connection) = house.connected().await;
    let week = "/week?day=2026-11-23";
    let seen = |html: &str| day(html, "Monday 23 November").matches("<b>Match</b>").count();
    // One of them does not block: they differ.
    assert_eq!(seen(&dana.get(week).await.expect(200).html), 2);
    let calendars = dana.get(&connection).await.expect(200).html;
    let school = calendars.split("/calendars/cal_").nth(2).unwrap().split('"').next().unwrap();
    let path = format!("{connection}/calendars/cal_{school}");
    dana.post(&path, &[("counts_as_busy", "true")]).await.expect(303);
    let page = dana.get(week).await.expect(200).says(&["Home + School"]);
    assert_eq!(seen(&page.html), 1);
}
