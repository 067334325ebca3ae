//! What is chosen for calendars: what cannot work is greyed and refused, what it would block is
//! shown before, and where people are caught is said.

use connection::CalendarId;
use sandbox::Role;
use store::people::{Import, OutsideChange, WriteDetail};
use store::{calendars, people};

use crate::google::{ADA, BEA};
use crate::ground::event;
use crate::house::at_google::ALL;
use crate::house::{APP_PASSWORD, Browser, House, PERSON};

const HERE: &str = "/calendars/settings/calendars";

/// The calendars of the user: id by name.
async fn id(house: &House, name: &str) -> CalendarId {
    let mut tx = house.ctx.db.read().await.unwrap();
    let all = calendars::of_user(&mut tx, &house.user).await.unwrap();
    all.into_iter().find(|(calendar, _)| calendar.name == name).unwrap().0.id
}

/// The names of what counts, and of where all-day events do.
async fn switches(house: &House) -> (Vec<String>, Vec<String>) {
    let mut tx = house.ctx.db.read().await.unwrap();
    let all = calendars::of_user(&mut tx, &house.user).await.unwrap();
    let names = |is: fn(&connection::Calendar) -> bool| {
        all.iter().filter(|(c, _)| is(c)).map(|(c, _)| c.name.clone()).collect()
    };
    (names(|c| c.counts_as_busy), names(|c| c.all_day_is_busy))
}

async fn settings(house: &House) -> people::CalendarSettings {
    let mut tx = house.ctx.db.read().await.unwrap();
    people::user(&mut tx, &house.user).await.unwrap().unwrap().settings
}

/// The tag of a field with that value.
fn field<'h>(html: &'h str, name: &str, value: &str) -> &'h str {
    let mut inputs = html.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap());
    let name = format!("name=\"{name}\"");
    let value = if value.is_empty() { String::new() } else { format!("value=\"{value}\"") };
    let is_it = |tag: &&str| {
        tag.contains(&name) && tag.contains(&value) && !tag.contains("type=\"hidden\"")
    };
    inputs.find(is_it).unwrap_or_else(|| panic!("no field {name} {value}: {html}"))
}

/// What a browser without a script sends of the form as it was shown.
fn fields(html: &str) -> Vec<(String, String)> {
    let form = html.split("<form class=\"body\"").nth(1).unwrap().split("</form>").next().unwrap();
    let of = |tag: &str, name: &str| {
        let value = tag.split(&format!("{name}=\"")).nth(1)?;
        Some(value.split('"').next().unwrap().to_owned())
    };
    let tags = form.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap());
    let sent = tags.filter(|tag| {
        tag.contains("type=\"hidden\"") || tag.contains(" checked") && !tag.contains(" disabled")
    });
    let pair = |tag| Some((of(tag, "name")?, of(tag, "value").unwrap_or_else(|| "on".into())));
    sent.filter_map(pair).collect()
}

/// Sends the form as it was shown, with other answers to some questions.
async fn answer(
    dana: &mut Browser<'_>,
    html: &str,
    without: &[&str],
    with: &[(&str, &str)],
) -> crate::house::Answer {
    let mut sent = fields(html);
    sent.retain(|(name, _)| !without.contains(&name.as_str()));
    sent.extend(with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let sent: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    dana.post(HERE, &sent).await
}

#[tokio::test]
async fn a_calendar_that_cannot_be_written_to_is_greyed_with_its_reason_and_refused() {
    let house = House::new().await;
    let (mut dana, connection) = house.connected().await;
    let (home, school) = (id(&house, "Home").await, id(&house, "School").await);
    let page = dana.get(HERE).await.expect(200).says(&["read only, cannot be written to"]);
    let greyed = field(&page.html, "linked", school.as_str());
    assert!(greyed.contains(" disabled"), "{greyed}");
    let why = format!("linked-why-{school}");
    assert!(greyed.contains(&format!("aria-describedby=\"{why}\"")), "{greyed}");
    assert!(page.html.contains(&format!("id=\"{why}\"")), "{}", page.html);
    assert!(!field(&page.html, "linked", home.as_str()).contains("disabled"));
    answer(&mut dana, &page.html, &["linked"], &[("linked", home.as_str())]).await.expect(303);
    let page = dana.get(HERE).await.expect(200);
    let refused = answer(&mut dana, &page.html, &["linked"], &[("linked", school.as_str())]).await;
    let refused = refused.expect(422).says(&["“School” is read only, cannot be written to."]);
    assert!(field(&refused.html, "linked", home.as_str()).contains("checked"), "as it is saved");
    // What is linked may stay while its account rests, and nothing else of it can be linked.
    dana.post(&format!("{connection}/pause"), &[("paused", "true")]).await.expect(303);
    let page = dana.get(HERE).await.expect(200).says(&["while its account is paused"]);
    assert!(!field(&page.html, "linked", home.as_str()).contains("disabled"));
    answer(&mut dana, &page.html, &["linked"], &[("linked", "none")]).await.expect(303);
    let page = dana.get(HERE).await.expect(200);
    assert!(field(&page.html, "linked", home.as_str()).contains("disabled"));
    let refused = answer(&mut dana, &page.html, &["linked"], &[("linked", home.as_str())]).await;
    refused.expect(422).says(&["cannot be written to while its account is paused."]);
    assert_eq!(settings(&house).await.linked_calendar, None);
}

#[tokio::test]
async fn a_calendar_of_an_account_that_needs_repair_cannot_be_linked() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    let home = id(&house, "Home").await;
    house.sandbox.revoke_password(PERSON).unwrap();
    for _ in 0..3 {
        house.later(400);
        house.run().await;
    }
    let page = dana.get(HERE).await.expect(200).says(&["until its account is repaired"]);
    assert!(field(&page.html, "linked", home.as_str()).contains("disabled"));
    let refused = answer(&mut dana, &page.html, &["linked"], &[("linked", home.as_str())]).await;
    refused.expect(422).says(&["until its account is repaired. Choose one of these calendars"]);
}

#[tokio::test]
async fn the_linked_calendar_is_always_checked_and_stays_so_when_another_is_linked() {
    let house = House::new().await;
    let (mut dana, connection) = house.connected().await;
    let home = id(&house, "Home").await;
    let page = dana.get(HERE).await.expect(200).hides(&["always checked: it"]);
    let linked = [("linked", home.as_str())];
    answer(&mut dana, &page.html, &["linked", "conflict"], &linked).await.expect(303);
    assert_eq!(switches(&house).await.0, ["Home"]);
    let page = dana.get(HERE).await.expect(200);
    let page = page.says(&["always checked: it is the linked calendar"]);
    let ticked = field(&page.html, "conflict", home.as_str());
    assert!(ticked.contains("checked") && ticked.contains("disabled"), "{ticked}");
    // Neither the switch of the calendar nor an untrue form turns it off.
    dana.get(&connection).await.expect(200).says(&["Always checked: it is the linked calendar"]);
    dana.post(&format!("{connection}/calendars/{home}"), &[]).await.expect(303);
    assert_eq!(switches(&house).await.0, ["Home"]);
    answer(&mut dana, &page.html, &["linked"], &[("linked", "none")]).await.expect(303);
    assert_eq!(switches(&house).await.0, ["Home"], "it stays ticked");
    let page = dana.get(HERE).await.expect(200);
    answer(&mut dana, &page.html, &["conflict"], &[]).await.expect(303);
    assert!(switches(&house).await.0.is_empty(), "until it is unticked");
}

#[tokio::test]
async fn the_advanced_choices_are_saved_kept_and_unfolded_where_they_are_not_as_at_first() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    let school = id(&house, "School").await;
    let page = dana.get(HERE).await.expect(200).says(&["<details id=\"advanced\">"]);
    let others =
        [("import", "known_guests"), ("on_outside_change", "restore"), ("write_detail", "busy")];
    let chosen = [&others[..], &[("all_day", school.as_str())]].concat();
    let asked = others.map(|(name, _)| name);
    answer(&mut dana, &page.html, &asked, &chosen).await.expect(303);
    let saved = settings(&house).await;
    let words = (saved.import, saved.on_outside_change, saved.write_detail);
    assert_eq!(words, (Import::KnownGuests, OutsideChange::Restore, WriteDetail::Busy));
    assert!(saved.private_mode);
    assert_eq!(switches(&house).await, (vec!["Home".into()], vec!["School".into()]));
    let log = dana.get("/settings/audit").await.expect(200);
    log.says(&["import: known_guests", "ll-day events in School block now"]);
    let page = dana.get(HERE).await.expect(200).says(&["<details id=\"advanced\" open>"]);
    answer(&mut dana, &page.html, &[], &[]).await.expect(303);
    assert_eq!(settings(&house).await, saved, "what is not answered otherwise stays");
    // A form that does not ask, such as that of an older page, changes none of it.
    dana.post(HERE, &[("linked", "none"), ("private_mode", "on")]).await.expect(303);
    assert_eq!(settings(&house).await, saved);
    let wrong = answer(&mut dana, &page.html, &["import"], &[("import", "everything")]).await;
    wrong.expect(422).says(&["Choose one of these.", "<details id=\"advanced\" open>"]);
}

#[tokio::test]
async fn an_administrator_chooses_for_a_colleague_but_not_what_is_seen_or_written() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    let mut sam = house.colleague_of(&house.account, "sam@northwind.example").await;
    let theirs = format!("{HERE}?user={}", house.user);
    let only_they = "and only they see what their events are about";
    let off = [("linked", "none")];
    dana.post(HERE, &off).await.expect(303);
    sam.get(&theirs).await.expect(200).says(&["turned private mode off"]).hides(&[only_they]);
    dana.post(HERE, &[off[0], ("private_mode", "on")]).await.expect(303);
    let page = sam.get(&theirs).await.expect(200).hides(&["write_detail", "name=\"private_mode"]);
    page.says(&["name=\"import\"", only_they]);
    let home = id(&house, "Home").await;
    let sent = [("linked", home.as_str()), ("import", "all_guests"), ("write_detail", "busy")];
    sam.post(&theirs, &sent).await.expect(303);
    let saved = settings(&house).await;
    assert_eq!((saved.linked_calendar.as_ref(), saved.import), (Some(&home), Import::AllGuests));
    assert_eq!((saved.private_mode, saved.write_detail), (true, WriteDetail::Full));
}

#[tokio::test]
async fn the_last_step_of_connecting_shows_what_its_calendars_would_block_beside_the_others() {
    let house = House::new().await;
    house.put("Dentist", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    let lesson = event("Lesson", "DTSTART:20261124T100000Z\nDTEND:20261124T120000Z");
    house.sandbox.put_event(PERSON, "school", "lesson.ics", &lesson).unwrap();
    let (mut dana, page) = house.connected().await;
    let text = event("Rota", "DTSTART:20261125T100000Z\nDTEND:20261125T110000Z");
    house.sandbox.put_feed("rota", &text);
    let typed = [("address", "http://sandbox.test/feeds/rota.ics")];
    dana.post("/calendars/settings/connections/add/feed", &typed).await.expect(303);
    dana.wait().await;
    house.run().await;
    let (home, school) = (id(&house, "Home").await, id(&house, "School").await);
    let before = (settings(&house).await, switches(&house).await);
    let here = format!("{page}/calendars");
    let shown = dana.get(&here).await.expect(200).hides(&["What this blocks"]);
    shown.says(&[&format!("formaction=\"{here}#preview\"")]);
    let linked = ("linked", "none");
    let sent = [linked, ("conflict", school.as_str()), ("preview", "true")];
    let seen = dana.post(&here, &sent).await.expect(200);
    let seen = seen.says(&["What this blocks", "<b>3 h blocked.</b>", "Lesson", "Rota"]);
    seen.hides(&["Dentist"]);
    assert_eq!((settings(&house).await, switches(&house).await), before, "nothing is saved");
    let sent = [linked, ("conflict", home.as_str()), ("preview", "true")];
    dana.post(&here, &sent).await.expect(200).says(&["Dentist", "Rota"]).hides(&["Lesson"]);
}

#[tokio::test]
async fn what_a_choice_would_block_is_shown_before_and_nothing_is_saved_by_it() {
    let house = House::new().await;
    house.put("Dentist", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    house.put("Late", "DTSTART:20261124T210000Z\nDTEND:20261124T233000Z");
    house.put("Idea", "DTSTART:20261125T100000Z\nDTEND:20261125T110000Z\nTRANSP:TRANSPARENT");
    house.put("Far", "DTSTART:20261203T100000Z\nDTEND:20261203T110000Z");
    let lesson = event("Lesson", "DTSTART:20261123T103000Z\nDTEND:20261123T143000Z");
    house.sandbox.put_event(PERSON, "school", "lesson.ics", &lesson).unwrap();
    let (mut dana, _) = house.connected().await;
    let school = id(&house, "School").await;
    let before = (settings(&house).await, switches(&house).await);
    let page = dana.get(HERE).await.expect(200).hides(&["What this blocks"]);
    let page = page.says(&["What does this block?", "/calendars/settings/calendars#preview"]);
    let asked = [("preview", "true"), ("conflict", school.as_str()), ("import", "all_guests")];
    let seen = answer(&mut dana, &page.html, &["import", "private_mode"], &asked).await.expect(200);
    let seen = seen.says(&[
        "What this blocks",
        "<b>7 h blocked.</b>",
        "+ 3 h 30 min blocked",
        "Monday 23 November",
        "12:00–13:00",
        "Dentist",
        "12:30–16:30",
        "Lesson",
        "23:00–24:00",
        "00:00–01:30",
        "Nothing blocks",
    ]);
    let seen = seen.hides(&["Idea", "Far", "are unknown"]);
    assert_eq!((settings(&house).await, switches(&house).await), before, "nothing is saved");
    // The answers stay as they were given.
    assert!(field(&seen.html, "conflict", school.as_str()).contains("checked"));
    assert!(field(&seen.html, "import", "all_guests").contains("checked"));
    assert!(!field(&seen.html, "private_mode", "").contains(" checked"));
    answer(&mut dana, &seen.html, &[], &[]).await.expect(303);
    assert_eq!(switches(&house).await.0, ["Home", "School"]);
    let page = dana.get(HERE).await.expect(200);
    let none = answer(&mut dana, &page.html, &["conflict"], &[("preview", "true")]).await;
    none.expect(200).says(&["<b>0 min blocked.</b>", "− 7 h blocked"]).hides(&["Dentist"]);
    let wrong = answer(&mut dana, &page.html, &["linked"], &[("preview", "true")]).await;
    wrong.expect(422).says(&["Choose one of these calendars"]).hides(&["What this blocks"]);
}

#[tokio::test]
async fn what_is_not_known_is_shown_as_unknown_and_never_as_free() {
    let house = House::new().await;
    house.put("Dentist", "DTSTART:20261124T100000Z\nDTEND:20261124T110000Z");
    let mut dana = house.dana().await;
    let attempt = dana.connect(APP_PASSWORD).await;
    dana.get(&attempt).await.expect(303);
    let page = dana.get(HERE).await.expect(200);
    let preview = [("preview", "true")];
    let seen = answer(&mut dana, &page.html, &[], &preview).await.expect(200);
    seen.says(&[
        "<b>“Home”</b> has not been read yet: its times are unknown, never free.",
        "Nothing that is known blocks",
        "What is unknown is not counted here.",
    ])
    .hides(&["Nothing blocks", "“School”"]);
    house.run().await;
    let seen = answer(&mut dana, &page.html, &[], &preview).await.expect(200);
    seen.says(&["Dentist"]).hides(&["are unknown", "as it was known"]);
    house.later(3_600);
    let late = answer(&mut dana, &page.html, &[], &preview).await.expect(200);
    late.says(&["<b>“Home”</b> is shown as it was known at 14:00.", "Dentist"]);
    house.later(24 * 3_600);
    let seen = answer(&mut dana, &page.html, &[], &preview).await.expect(200);
    seen.says(&["<b>“Home”</b> has not been read lately: its times are unknown"]);
}

#[tokio::test]
async fn an_administrator_sees_what_is_blocked_and_no_titles() {
    let house = House::new().await;
    house.put("Surgery", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    house.put(
        "Urlaub",
        "DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261204\nTRANSP:TRANSPARENT",
    );
    house.put("Sick", "DTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20261127\nTRANSP:TRANSPARENT");
    let (_, _) = house.connected().await;
    let mut sam = house.colleague_of(&house.account, "sam@northwind.example").await;
    let theirs = format!("{HERE}?user={}", house.user);
    let page = sam.get(&theirs).await.expect(200).hides(&["Urlaub", "Sick", "26 November"]);
    page.says(&["An absence in Home does not block.", "Tuesday 1 December to Thursday 3 December"]);
    let home = id(&house, "Home").await;
    let sent = [("linked", "none"), ("conflict", home.as_str()), ("preview", "true")];
    let seen = sam.post(&theirs, &sent).await.expect(200);
    seen.says(&["12:00–13:00", "<span>Busy</span>"]).hides(&["Surgery", "Urlaub", "Sick"]);
}

#[tokio::test]
async fn who_checks_nothing_is_told_until_something_is_checked() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    let say = "Nothing is checked: guests could book over everything.";
    let page = dana.get(HERE).await.expect(200).hides(&[say]);
    answer(&mut dana, &page.html, &["conflict"], &[]).await.expect(303);
    let page = dana.get(HERE).await.expect(200).says(&[say, "href=\"#conflict\""]);
    let school = id(&house, "School").await;
    let ticked = [("conflict", school.as_str())];
    answer(&mut dana, &page.html, &[], &ticked).await.expect(303);
    dana.get(HERE).await.expect(200).hides(&[say]);
}

#[tokio::test]
async fn a_calendar_of_which_nothing_blocks_is_named_until_something_does() {
    let house = House::new().await;
    let free = "TRANSP:TRANSPARENT";
    house.put("Name day", &format!("DTSTART;VALUE=DATE:20270325\n{free}"));
    let (mut dana, _) = house.connected().await;
    let say = "“Home” blocks nothing: all of its events are marked free.";
    dana.get(HERE).await.expect(200).says(&[say, "Let all-day events in Home block"]);
    house.put("Dentist", "DTSTART:20270323T100000Z\nDTEND:20270323T110000Z");
    house.later(600);
    house.run().await;
    dana.get(HERE).await.expect(200).hides(&[say]);
}

#[tokio::test]
async fn an_absence_that_is_marked_free_is_named_and_blocks_at_a_press() {
    let house = House::new().await;
    let free = "TRANSP:TRANSPARENT";
    house.put("Name day", &format!("DTSTART;VALUE=DATE:20261125\n{free}"));
    house.put("Vacation", &format!("DTSTART;VALUE=DATE:20261126\n{free}"));
    house.put("Trip", &format!("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261204\n{free}"));
    let (mut dana, _) = house.connected().await;
    let say = "“Vacation” in Home does not block.";
    let page = dana.get(HERE).await.expect(200);
    let page = page.says(&[
        say,
        "It fills Thursday 26 November, but is marked free, and so is 1 more in the coming 30",
        "Let all-day events in Home block",
        "<details id=\"advanced\" open>",
    ]);
    let page = page.hides(&["“Name day”", "“Trip”"]);
    let home = id(&house, "Home").await;
    // While answers are not saved there is nothing to press that would lose them.
    let preview = [("preview", "true"), ("import", "all_guests")];
    let seen = answer(&mut dana, &page.html, &["import"], &preview).await.expect(200);
    seen.says(&[say]).hides(&["Let all-day events in Home block"]);
    let pressed = [("all_day_too", home.as_str())];
    let back = dana.post(HERE, &pressed).await.expect(303).to();
    assert_eq!(back, format!("{HERE}?note=saved"));
    dana.get(&back).await.expect(200).says(&["Saved."]).hides(&[say]);
    assert_eq!(switches(&house).await, (vec!["Home".into()], vec!["Home".into()]));
    assert!(settings(&house).await.private_mode, "the rest stays");
}

#[tokio::test]
async fn one_calendar_that_two_accounts_reach_counts_once_at_a_press() {
    let house = House::new().await;
    house.sandbox.google().share_calendar(BEA, "primary", (ADA, Role::Reader)).unwrap();
    let (mut dana, _) = house.with_google().await;
    dana.get(HERE).await.expect(200).hides(&["counts twice"]);
    dana.sign_in_at_google(BEA, ALL).await.expect(303);
    house.run().await;
    let mut tx = house.ctx.db.begin().await.unwrap();
    let all = calendars::of_user(&mut tx, &house.user).await.unwrap();
    for (calendar, _) in &all {
        calendars::set_switches(&mut tx, &calendar.id, true, false).await.unwrap();
    }
    tx.commit().await.unwrap();
    let shared = |access: connection::CalendarAccess| {
        let mut of_bea = all.iter().map(|(c, _)| c).filter(|c| c.remote.as_str() == BEA);
        of_bea.find(|c| c.access == access).unwrap().id.clone()
    };
    let extra = shared(connection::CalendarAccess::Reader);
    let page = dana.get(HERE).await.expect(200);
    page.says(&["counts twice", &format!("name=\"count_once\" value=\"{extra}\"")]);
    dana.post(HERE, &[("count_once", extra.as_str())]).await.expect(303);
    dana.get(HERE).await.expect(200).hides(&["counts twice"]);
    let mut tx = house.ctx.db.read().await.unwrap();
    let counts = async |tx: &mut store::Tx, id: &CalendarId| {
        calendars::load(tx, id).await.unwrap().unwrap().counts_as_busy
    };
    assert!(!counts(&mut tx, &extra).await);
    assert!(counts(&mut tx, &shared(connection::CalendarAccess::Writer)).await);
}

#[tokio::test]
async fn a_calendar_and_its_own_feed_seem_to_count_twice_until_one_of_them_counts_alone() {
    let house = House::new().await;
    let lesson = |day: usize| {
        let lines = format!("DTSTART:202611{day}T100000Z\nDTEND:202611{day}T110000Z");
        event(&format!("Lesson {day}"), &lines)
    };
    let (mut dana, _) = house.connected().await;
    let lessons: Vec<String> = (23..=30).map(lesson).collect();
    for (nth, text) in lessons.iter().enumerate() {
        house.sandbox.put_event(PERSON, "school", &format!("lesson{nth}.ics"), text).unwrap();
    }
    let part = |text: &String| {
        let from = text.find("BEGIN:VEVENT").unwrap();
        text[from..text.find("END:VCALENDAR").unwrap()].to_owned()
    };
    let parts: String = lessons.iter().map(part).collect();
    let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Rota//EN\r\n";
    house.sandbox.put_feed("rota", &format!("{head}{parts}END:VCALENDAR\r\n"));
    let typed = [("address", "http://sandbox.test/feeds/rota.ics")];
    dana.post("/calendars/settings/connections/add/feed", &typed).await.expect(303);
    dana.wait().await;
    house.later(600);
    house.run().await;
    let mut tx = house.ctx.db.begin().await.unwrap();
    for (calendar, _) in calendars::of_user(&mut tx, &house.user).await.unwrap() {
        calendars::set_switches(&mut tx, &calendar.id, true, false).await.unwrap();
    }
    tx.commit().await.unwrap();
    let page = dana.get(HERE).await.expect(200);
    let page = page.says(&["seems to count twice", "8 times are the same in both"]);
    let extra = page.html.split("name=\"count_once\" value=\"").nth(1).unwrap();
    let extra = extra.split('"').next().unwrap();
    dana.post(HERE, &[("count_once", extra)]).await.expect(303);
    dana.get(HERE).await.expect(200).hides(&["seems to count twice"]);
}
