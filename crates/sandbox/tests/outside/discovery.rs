//! From an address to the list of calendars, as Apple answers it.

use http::StatusCode;
use sandbox::{Access, CalendarKind, Preset};

use crate::client::{Client, request};

#[tokio::test]
async fn well_known_redirects_to_the_entry() {
    let client = Client::new();
    let host = [("host", "cal.example")];
    let answer = request(&client.sandbox, "PROPFIND", "/.well-known/caldav", &host, "").await;
    assert_eq!(answer.status, StatusCode::MOVED_PERMANENTLY);
    assert_eq!(answer.header("location"), "http://cal.example/");
    client.sandbox.change_manners(None, |manners| manners.well_known = None).unwrap();
    let answer = request(&client.sandbox, "PROPFIND", "/.well-known/caldav", &host, "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_a_password_apple_offers_its_own_scheme_first() {
    let client = Client::new();
    let answer = request(&client.sandbox, "PROPFIND", "/", &[], "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.header("www-authenticate"),
        r#"X-MobileMe-AuthToken realm="MMCalDav", Basic realm="MMCalDav""#
    );
}

#[tokio::test]
async fn only_an_app_specific_password_with_its_dashes_opens() {
    let mut client = Client::new();
    for (password, opens) in [
        ("abcd-efgh-ijkl-mnop", true),
        ("abcdefghijklmnop", false),
        ("abcd efgh ijkl mnop", false),
        ("Ordinary-Password-1", false),
        ("", false),
    ] {
        client.password = password.into();
        let answer = client.propfind("/", "0", "<D:current-user-principal/>").await;
        assert_eq!(answer.status == StatusCode::MULTI_STATUS, opens, "{password}");
    }
    client.password = "abcd-efgh-ijkl-mnop".into();
    client.user = client.user.to_uppercase();
    let answer = client.propfind("/", "0", "<D:current-user-principal/>").await;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS, "user names are not case-sensitive");
}

#[tokio::test]
async fn the_home_is_an_absolute_address_on_a_partition() {
    let client = Client::new();
    let dsid = client.sandbox.people()[0].dsid;
    let entry = client.propfind("/", "0", "<D:current-user-principal/>").await;
    let principal = format!("/{dsid}/principal/");
    assert_eq!(entry.first("current-user-principal"), principal);
    let props = "<C:calendar-home-set/><C:calendar-user-address-set/><D:displayname/>";
    let answer = client.propfind(&principal, "0", props).await;
    let home = format!("http://cal.example/p42/{dsid}/calendars/");
    assert_eq!(answer.first("calendar-home-set"), home);
    assert!(answer.text().contains("preferred=\"1\">mailto:ada@icloud.example<"));

    let change = |manners: &mut sandbox::Manners| {
        manners.partition_host = Some("p42-caldav.example:8443".into());
    };
    client.sandbox.change_manners(None, change).unwrap();
    let answer = client.propfind(&principal, "0", props).await;
    let home = format!("http://p42-caldav.example:8443/p42/{dsid}/calendars/");
    assert_eq!(answer.first("calendar-home-set"), home);
}

#[tokio::test]
async fn a_moved_account_is_found_under_its_new_partition_only() {
    let client = Client::new();
    let old = client.home();
    client.sandbox.move_to_partition(&client.user, 97).unwrap();
    let new = client.home();
    assert!(new.starts_with("/p97/") && old.starts_with("/p42/"));
    assert_eq!(client.propfind(&old, "0", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.propfind(&new, "0", "").await.status, StatusCode::MULTI_STATUS);
}

#[tokio::test]
async fn apple_refuses_the_principal_with_depth_1() {
    let client = Client::new();
    let principal = format!("/{}/principal/", client.sandbox.people()[0].dsid);
    let answer = client.propfind(&principal, "1", "<D:displayname/>").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    client.sandbox.set_preset(None, Preset::Nextcloud).unwrap();
    let principal = "/remote.php/dav/principals/users/ada%40icloud.example/";
    let answer = client.propfind(principal, "1", "<D:displayname/>").await;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS);
}

#[tokio::test]
async fn the_home_lists_more_than_calendars() {
    let client = Client::new();
    let (sandbox, user) = (&client.sandbox, client.user.as_str());
    sandbox.add_calendar(user, "Reminders", CalendarKind::Reminders, Access::Owner).unwrap();
    sandbox.add_calendar(user, "School", CalendarKind::Events, Access::Read).unwrap();
    sandbox.add_calendar(user, "Club", CalendarKind::Events, Access::Write).unwrap();
    let home = client.home().replace("home/", "");
    let props = "<D:resourcetype/><D:current-user-privilege-set/>\
        <C:supported-calendar-component-set/><A:calendar-color/>";
    let answer = client.propfind(&home, "1", props).await;
    let hrefs = answer.all("href");
    let ends = |end: &str| hrefs.iter().filter(|href| href.ends_with(end)).count();
    for name in ["/home/", "/reminders/", "/school/", "/inbox/", "/outbox/", "/notification/"] {
        assert_eq!(ends(name), 1, "{name} in {hrefs:?}");
    }
    let text = answer.text();
    assert!(text.contains("<comp name=\"VTODO\"/>") && text.contains("<schedule-inbox"));
    assert!(text.contains("#1BADF8FF"), "colours have an alpha channel");
    let document = roxmltree::Document::parse(text).unwrap();
    let writable = |name: &str| {
        let response = document
            .descendants()
            .filter(|node| node.tag_name().name() == "response")
            .find(|node| node.descendants().any(|n| n.text().is_some_and(|t| t.ends_with(name))))
            .unwrap();
        response.descendants().any(|node| node.tag_name().name() == "write-content")
    };
    assert!(writable("/home/") && writable("/club/") && !writable("/school/"));
}

#[tokio::test]
async fn the_second_propstat_is_sloppy() {
    let client = Client::new();
    let props = "<D:displayname/><S:getctag/><A:unheard-of/>";
    let answer = client.propfind(&client.home(), "0", props).await;
    let statuses = answer.all("status");
    assert_eq!(statuses, ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]);
    let names = answer.all("displayname");
    assert_eq!(names, ["Home", ""], "there, and once more empty among what is not");
    let ctags = answer.all("getctag");
    assert!(!ctags[0].is_empty() && ctags[1].is_empty());
    client.sandbox.set_preset(None, Preset::Radicale).unwrap();
    let answer = client.propfind(&client.home(), "0", props).await;
    assert_eq!(answer.all("displayname"), ["Home"]);
}

#[tokio::test]
async fn what_is_somebody_elses_is_forbidden_and_what_is_nobodys_is_not_found() {
    let client = Client::new();
    client.sandbox.add_person("bob@icloud.example", "aaaa-bbbb-cccc-dddd");
    client
        .sandbox
        .add_calendar("bob@icloud.example", "Home", CalendarKind::Events, Access::Owner)
        .unwrap();
    let bobs = client.sandbox.calendar_path("bob@icloud.example", "Home").unwrap();
    assert_eq!(client.propfind(&bobs, "0", "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(client.propfind("/nowhere/", "0", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_tells_the_time_and_what_the_server_can_do() {
    let client = Client::new();
    let answer = client.send("OPTIONS", "/", &[], "").await;
    assert_eq!(answer.header("date"), "Mon, 2 Nov 2026 09:00:00 GMT".replace(" 2 ", " 02 "));
    let dav: Vec<_> = answer.headers.get_all("dav").iter().collect();
    assert_eq!(dav.len(), 2, "the header comes twice");
    assert!(answer.header("allow").contains("REPORT"));
}

#[tokio::test]
async fn entities_and_other_xml_mischief_are_refused() {
    let client = Client::new();
    for body in [
        "<!DOCTYPE a [<!ENTITY b 'x'>]><D:propfind xmlns:D='DAV:'>&b;</D:propfind>",
        "<D:propfind",
        "<other xmlns='DAV:'/>",
    ] {
        let answer = client.send("PROPFIND", "/", &[("depth", "0")], body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
}
