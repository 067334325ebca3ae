//! From Add New to a connection that is read: the same four steps for every kind.

use crate::house::{APP_PASSWORD, House, LIST, PERSON};

#[tokio::test]
async fn both_addresses_open_the_same_page_and_an_empty_one_says_what_to_do() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let one = dana.get(LIST).await.expect(200).says(&["No calendar is connected yet", "Add New"]);
    let two = dana.get("/settings/profile/calendar").await.expect(200);
    assert_eq!(one.html, two.html);
    assert_eq!(dana.get("/").await.expect(303).to(), LIST);
    dana.get("/week").await.expect(200).says(&["Your week is not known yet"]);
    dana.get("/calendars/settings/calendars").await.expect(200).says(&["nothing to choose yet"]);
}

#[tokio::test]
async fn the_form_is_made_from_the_catalogue_for_every_kind() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.get(&format!("{LIST}/add")).await.expect(200).says(&["/add/icloud", "/add/feed"]);
    let icloud = dana.get(&format!("{LIST}/add/icloud")).await.expect(200);
    icloud.says(&["type=\"password\"", "role=\"tooltip\""]).hides(&["multipart"]);
    let feed = dana.get(&format!("{LIST}/add/feed")).await.expect(200);
    feed.says(&["multipart/form-data", "type=\"file\""]);
    dana.get(&format!("{LIST}/add/fax")).await.expect(404);
}

#[tokio::test]
async fn a_calendar_is_connected_chosen_read_and_seen_without_a_script() {
    let house = House::new().await;
    house.put("Dentist", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    let mut dana = house.dana().await;
    let attempt = dana.connect(APP_PASSWORD).await;
    let choose = dana.get(&attempt).await.expect(303).to();
    let page = dana.get(&choose).await.expect(200);
    let page = page.says(&["is connected", "Home", "read only, cannot be written to"]);
    let home = calendar_id(&page.html, "Home");
    let chosen = [("linked", home.as_str()), ("conflict", &home), ("private_mode", "on")];
    assert_eq!(dana.post(&choose, &chosen).await.expect(303).to(), format!("{LIST}?note=saved"));
    dana.get(LIST).await.expect(200).says(&["Processing", "Linked", "not checked"]);
    house.run().await;
    dana.get(LIST).await.expect(200).says(&["Synced", PERSON]).hides(&["Processing"]);
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Dentist", "12:00", "13:00"]);
}

/// The id behind the box of that name.
fn calendar_id(html: &str, name: &str) -> String {
    let before = html.split(name).next().unwrap();
    let at = before.rfind("cal_").unwrap();
    before[at..at + 36].to_owned()
}

#[tokio::test]
async fn a_refused_password_is_told_beside_its_field_and_all_else_that_was_typed_is_kept() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let attempt = dana.connect("wxyz-wxyz-wxyz-wxyz").await;
    let page = dana.get(&attempt).await.expect(200);
    let page = page.says(&[
        "Try again",
        &format!("value=\"{PERSON}\""),
        "id=\"password-error\" data-error-of=\"password\"",
        "What was checked",
        "Nothing of this try was kept",
    ]);
    page.hides(&["wxyz", "id=\"password-error\" data-error-of=\"password\"></p>"]);
    dana.get(LIST).await.expect(200).says(&["No calendar is connected yet"]);
}

#[tokio::test]
async fn an_attempt_that_runs_loads_itself_again_where_there_is_no_script() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let typed = [("username", PERSON), ("password", APP_PASSWORD)];
    let attempt = dana.post(&format!("{LIST}/add/icloud"), &typed).await.expect(303).to();
    let page = dana.get(&attempt).await.expect(200);
    page.says(&["<noscript><meta http-equiv=\"refresh\"", "Looking further", "data-stream"]);
    dana.wait().await;
    dana.get(&attempt).await.expect(303);
}

#[tokio::test]
async fn the_same_account_twice_is_a_repair_and_no_copy() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    house.later(1);
    let attempt = dana.connect(APP_PASSWORD).await;
    let page = dana.get(&attempt).await.expect(303).to();
    dana.get(&page).await.expect(200).says(&["This was connected before"]);
    let page = dana.get(LIST).await.expect(200);
    assert_eq!(page.html.matches("<li class=\"connection\"").count(), 1);
}

#[tokio::test]
async fn an_uploaded_file_becomes_a_calendar() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n\
                DTSTAMP:20261101T000000Z\r\nDTSTART:20261123T100000Z\r\n\
                DTEND:20261123T110000Z\r\nSUMMARY:Concert\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let (kind, body) = multipart(file.as_bytes());
    let attempt = dana.post_raw(&format!("{LIST}/add/feed"), &kind, body).await.expect(303).to();
    dana.wait().await;
    dana.get(&attempt).await.expect(303);
    house.run().await;
    dana.get("/week?day=2026-11-23").await.expect(200).says(&["Concert"]);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_beside_its_field_and_a_huge_one_with_a_page() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let (kind, body) = multipart(&vec![b'x'; 10 * 1024 * 1024 + 1]);
    let answer = dana.post_raw(&format!("{LIST}/add/feed"), &kind, body).await;
    answer.expect(422).says(&["larger than 10 MB"]);
    let (kind, body) = multipart(&vec![b'x'; 12 * 1024 * 1024]);
    let answer = dana.post_raw(&format!("{LIST}/add/feed"), &kind, body).await;
    answer.expect(413).says(&["at most 10 MB"]);
}

/// A form with a file and an empty address.
pub(crate) fn multipart(file: &[u8]) -> (String, Vec<u8>) {
    multipart_named("a.ics", file)
}

/// The same, with a box that is ticked.
pub(crate) fn multipart_ticked(name: &str, file: &[u8], ticked: &str) -> (String, Vec<u8>) {
    let (kind, rest) = multipart_named(name, file);
    let tick = format!("--edge\r\nContent-Disposition: form-data; name=\"{ticked}\"\r\n\r\non\r\n");
    (kind, [tick.into_bytes(), rest].concat())
}

/// The same, where the file has that name.
pub(crate) fn multipart_named(name: &str, file: &[u8]) -> (String, Vec<u8>) {
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"address\"\r\n\r\n\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: text/calendar\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    ("multipart/form-data; boundary=edge".to_owned(), body)
}
