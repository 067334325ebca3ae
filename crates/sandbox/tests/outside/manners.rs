//! The presets as wholes: every one can be walked from its entry to an event.

use http::StatusCode;
use sandbox::{Access, CalendarKind, Manners, Preset, Sandbox};

use crate::client::{Client, PASSWORD, USER, event};

fn path_of(href: &str) -> String {
    href.strip_prefix("http://cal.example").unwrap_or(href).to_owned()
}

#[tokio::test]
async fn every_preset_leads_from_its_entry_to_an_event() {
    for preset in Preset::ALL {
        let client = Client::new();
        client.sandbox.set_preset(Some(USER), preset).unwrap();
        let text = event("x", "20261102T100000Z");
        client.sandbox.put_event(USER, "Home", "x.ics", &text).unwrap();
        let known = client.send("PROPFIND", "/.well-known/caldav", &[("depth", "0")], "").await;
        let entry = path_of(known.header("location"));
        let entry = client.propfind(&entry, "0", "<D:current-user-principal/>").await;
        let principal = path_of(&entry.first("current-user-principal"));
        let principal = client.propfind(&principal, "0", "<C:calendar-home-set/>").await;
        let home = path_of(&principal.first("calendar-home-set"));
        let listing = client.propfind(&home, "1", "<D:resourcetype/>").await;
        let calendars = listing.all("href");
        let calendar = calendars.iter().find(|href| href.ends_with("/home/")).unwrap();
        let members = client.propfind(&path_of(calendar), "1", "<D:getetag/>").await;
        let hrefs = members.all("href");
        let object = hrefs.iter().find(|href| href.ends_with("x.ics")).unwrap();
        let got = client.send("GET", &path_of(object), &[], "").await;
        assert_eq!(got.text(), text, "{preset:?}");
    }
}

#[tokio::test]
async fn an_at_sign_is_written_as_the_server_likes_it_and_read_either_way() {
    let client = Client::new();
    client.sandbox.set_preset(None, Preset::Nextcloud).unwrap();
    assert!(client.home().contains("ada%40icloud.example"));
    client.sandbox.set_preset(None, Preset::Radicale).unwrap();
    assert_eq!(client.home(), "/ada@icloud.example/home/");
    let either = client.propfind("/ada%40icloud.example/home/", "0", "").await;
    assert_eq!(either.status, StatusCode::MULTI_STATUS);
}

#[tokio::test]
async fn gmx_writes_absolute_hrefs() {
    let client = Client::new();
    client.sandbox.set_preset(None, Preset::Gmx).unwrap();
    let answer = client.propfind(&client.home(), "0", "<D:displayname/>").await;
    assert!(answer.first("href").starts_with("http://cal.example/begenda/dav/"));
}

#[tokio::test]
async fn one_person_may_have_manners_of_their_own() {
    let sandbox = Sandbox::empty(1);
    for user in [USER, "bob@cloud.example"] {
        sandbox.add_person(user, PASSWORD);
        sandbox.add_calendar(user, "Home", CalendarKind::Events, Access::Owner).unwrap();
    }
    sandbox.set_preset(Some("bob@cloud.example"), Preset::Nextcloud).unwrap();
    assert!(sandbox.calendar_path(USER, "Home").unwrap().starts_with("/p42/"));
    let bobs = sandbox.calendar_path("bob@cloud.example", "Home").unwrap();
    assert!(bobs.starts_with("/remote.php/dav/calendars/"));
    assert_eq!(sandbox.manners(None), Manners::of(Preset::ICloud));
}

#[tokio::test]
async fn too_many_wrong_passwords_are_throttled_where_the_server_does_so() {
    let mut client = Client::new();
    let set = |manners: &mut Manners| manners.wrong_passwords_max = Some(2);
    client.sandbox.change_manners(None, set).unwrap();
    client.password = "wrong".into();
    for status in [401, 401, 429] {
        assert_eq!(client.propfind("/", "0", "").await.status.as_u16(), status);
    }
    client.password = PASSWORD.into();
    assert_eq!(client.propfind("/", "0", "").await.status, StatusCode::MULTI_STATUS);
}
