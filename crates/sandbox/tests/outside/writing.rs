//! PUT, DELETE and what stands against them.

use http::StatusCode;
use sandbox::{Access, CalendarKind, EtagOnPut, Preset, Rewrite};

use crate::client::{Client, event, event_with};

fn text(uid: &str) -> String {
    event(uid, "20261102T100000Z")
}

#[tokio::test]
async fn creating_twice_and_updating_blindly_is_refused() {
    let client = Client::new();
    let path = format!("{}x.ics", client.home());
    let new = [("if-none-match", "*")];
    let first = client.put(&path, &text("x"), &new).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let etag = first.header("etag").to_owned();
    assert_eq!(client.put(&path, &text("x"), &new).await.status, StatusCode::PRECONDITION_FAILED);
    let second = client.put(&path, &text("x"), &[("if-match", &etag)]).await;
    assert_eq!(second.status, StatusCode::NO_CONTENT);
    assert_ne!(second.header("etag"), etag);
    let stale = client.put(&path, &text("x"), &[("if-match", &etag)]).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let gone = client.send("DELETE", &path, &[("if-match", &etag)], "").await;
    assert_eq!(gone.status, StatusCode::PRECONDITION_FAILED);
    let etag = second.header("etag");
    let gone = client.send("DELETE", &path, &[("if-match", etag)], "").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let again = client.send("DELETE", &path, &[], "").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn if_match_star_works_backwards_at_apples() {
    let client = Client::new();
    let path = format!("{}x.ics", client.home());
    let star = [("if-match", "*")];
    assert_eq!(client.put(&path, &text("x"), &star).await.status, StatusCode::CREATED);
    let again = client.put(&path, &text("x"), &star).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED);
    client.sandbox.set_preset(None, Preset::Nextcloud).unwrap();
    let path = format!("{}x.ics", client.home());
    assert_eq!(client.put(&path, &text("x"), &star).await.status, StatusCode::NO_CONTENT);
    let other = format!("{}y.ics", client.home());
    let absent = client.put(&other, &text("y"), &star).await;
    assert_eq!(absent.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn some_servers_overwrite_whatever_if_none_match_says() {
    let client = Client::new();
    client.sandbox.set_preset(None, Preset::Sogo).unwrap();
    let path = format!("{}x.ics", client.home());
    client.put(&path, &text("x"), &[]).await;
    let again = client.put(&path, &text("x"), &[("if-none-match", "*")]).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    assert_eq!(again.header("etag"), "", "and its answer has no ETag");
}

#[tokio::test]
async fn bad_objects_are_refused() {
    let client = Client::new();
    let no_end = event_with("x", "DTSTART:20261102T100000Z");
    let no_start = event_with("x", "DURATION:PT1H");
    let method = text("x").replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST");
    let todo = text("x").replace("VEVENT", "VTODO");
    let two = format!("{}{}", text("x"), text("y"));
    for bad in ["", "hello", &no_end, &no_start, &method, &todo, &two] {
        let answer = client.put(&format!("{}x.ics", client.home()), bad, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{bad}");
        assert_eq!(answer.text(), "", "Apple does not say why");
    }
    client.sandbox.set_preset(None, Preset::Nextcloud).unwrap();
    let path = format!("{}x.ics", client.home());
    let todo = client.put(&path, &todo, &[]).await;
    assert!(todo.text().contains("supported-calendar-component"), "{}", todo.text());
    let no_end = client.put(&path, &no_end, &[]).await;
    assert_eq!(no_end.status, StatusCode::CREATED, "others take an event without an end");
    let json = client.put(&path, "{}", &[]).await;
    assert!(json.text().contains("valid-calendar-data"));
    let kind = [("content-type", "application/json")];
    let answer = client.send("PUT", &path, &kind, &text("x")).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn one_uid_lives_in_one_place_where_the_server_says_so() {
    let client = Client::new();
    let (sandbox, user) = (&client.sandbox, client.user.as_str());
    sandbox.add_calendar(user, "Work", CalendarKind::Events, Access::Owner).unwrap();
    let put = async |calendar: &str, name: &str| {
        let path = sandbox.calendar_path(user, calendar).unwrap();
        client.put(&format!("{path}{name}.ics"), &text("same"), &[]).await
    };
    assert_eq!(put("Home", "a").await.status, StatusCode::CREATED);
    assert_eq!(put("Work", "b").await.status, StatusCode::FORBIDDEN, "Apple: one for a person");
    sandbox.set_preset(None, Preset::Radicale).unwrap();
    assert_eq!(put("Work", "b").await.status, StatusCode::CREATED, "one for a calendar");
    let conflict = put("Work", "c").await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    assert!(conflict.text().contains("no-uid-conflict"));
    assert!(conflict.first("href").ends_with("/work/b.ics"));
    let change = |manners: &mut sandbox::Manners| {
        manners.uid_conflict = sandbox::UidConflict::Accepted;
    };
    sandbox.change_manners(None, change).unwrap();
    assert_eq!(put("Work", "c").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_calendar_shared_for_reading_takes_no_writes() {
    let client = Client::new();
    let (sandbox, user) = (&client.sandbox, client.user.as_str());
    sandbox.add_person("bob@icloud.example", "aaaa-bbbb-cccc-dddd");
    let bob = Client::of(sandbox.clone(), "bob@icloud.example", "aaaa-bbbb-cccc-dddd");
    sandbox.share_calendar(user, "Home", "bob@icloud.example", Access::Read).unwrap();
    let path = format!("{}x.ics", bob.home());
    assert_eq!(bob.put(&path, &text("x"), &[]).await.status, StatusCode::FORBIDDEN);
    sandbox.share_calendar(user, "Home", "bob@icloud.example", Access::Write).unwrap();
    assert_eq!(bob.put(&path, &text("x"), &[]).await.status, StatusCode::CREATED);
    let seen = client.send("GET", &format!("{}x.ics", client.home()), &[], "").await;
    assert_eq!(seen.status, StatusCode::OK, "and its owner sees what was written");
}

#[tokio::test]
async fn what_apple_adds_is_kept_to_the_byte() {
    let client = Client::new();
    let path = format!("{}x.ics", client.home());
    let lines = "DTSTART:20261102T100000Z\r\nDURATION:PT1H\r\nDTSTAMP:20261101T000000Z\r\n\
        X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=\"Caf\u{e9}; Bar\":geo:1,2  \r\n\
        X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC";
    let text = event_with("x", lines);
    client.put(&path, &text, &[]).await;
    assert_eq!(client.send("GET", &path, &[], "").await.text(), text);
}

#[tokio::test]
async fn museum_31_a_server_may_rewrite_what_it_was_given() {
    let client = Client::new();
    let path = format!("{}x.ics", client.home());
    let change = |manners: &mut sandbox::Manners| {
        manners.rewrite = Rewrite::Stamps;
        manners.etag_on_put = EtagOnPut::Weak;
    };
    client.sandbox.change_manners(None, change).unwrap();
    let put = client.put(&path, &text("x"), &[]).await;
    let got = client.send("GET", &path, &[], "").await;
    assert!(got.text().contains("LAST-MODIFIED:20261102T090000Z"));
    assert!(put.header("etag").starts_with("W/"));
    assert_ne!(put.header("etag").trim_start_matches("W/"), got.header("etag"));
}

#[tokio::test]
async fn calendars_are_made_changed_and_taken_away() {
    let client = Client::new();
    let path = client.home().replace("home/", "new%20one/");
    let body = "<C:mkcalendar xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:set>\
        <D:prop><D:displayname>New</D:displayname><C:supported-calendar-component-set>\
        <C:comp name='VTODO'/></C:supported-calendar-component-set></D:prop></D:set>\
        </C:mkcalendar>";
    let made = client.send("MKCALENDAR", &path, &[], body).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let again = client.send("MKCALENDAR", &path, &[], body).await;
    assert_eq!(again.status, StatusCode::METHOD_NOT_ALLOWED);
    let changes = "<D:propertyupdate xmlns:D='DAV:' xmlns:X='urn:x'><D:set><D:prop>\
        <D:displayname>Newer</D:displayname><X:own a='1'><X:deep>y</X:deep></X:own>\
        <D:getetag>no</D:getetag></D:prop></D:set></D:propertyupdate>";
    let patched = client.send("PROPPATCH", &path, &[], changes).await;
    assert_eq!(patched.all("status"), ["HTTP/1.1 200 OK", "HTTP/1.1 403 Forbidden"]);
    let props = "<D:displayname/><X:own xmlns:X='urn:x'/><C:supported-calendar-component-set/>";
    let answer = client.propfind(&path, "0", props).await;
    assert_eq!(answer.first("displayname"), "Newer");
    assert_eq!(answer.first("deep"), "y");
    assert!(answer.text().contains("VTODO"));
    let gone = client.send("DELETE", &path, &[], "").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(client.propfind(&path, "0", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_event_moves_between_calendars() {
    let client = Client::new();
    let (sandbox, user) = (&client.sandbox, client.user.as_str());
    sandbox.add_calendar(user, "Work", CalendarKind::Events, Access::Owner).unwrap();
    let from = format!("{}x.ics", client.home());
    client.put(&from, &text("x"), &[]).await;
    let to = format!("http://cal.example{}x.ics", sandbox.calendar_path(user, "Work").unwrap());
    let moved = client.send("MOVE", &from, &[("destination", &to)], "").await;
    assert_eq!(moved.status, StatusCode::CREATED);
    assert_eq!(sandbox.list_events(user, "Home").unwrap().len(), 0);
    assert_eq!(sandbox.list_events(user, "Work").unwrap()[0].uid, "x");
}
