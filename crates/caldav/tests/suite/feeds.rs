//! Feeds with the habits of feeds in the wild, and calendar files.

use std::collections::BTreeSet;

use axum::Router;
use axum::routing::any;
use caldav::Adapter;
use connection::{
    Access, Credential, Cursor, Extent, FailureCode, Listed, Page, Precondition, ProviderError,
    RemoteId, Secret, SignInForm,
};
use jiff::SignedDuration;
use sandbox::{Flood, Often, Sandbox, Switches, Validators, Whom};

use crate::place::{client, event, examine, within};

const ADDRESS: &str = "http://127.0.0.1/feeds/roster.ics";
const FEED: &str = "roster";

struct Feed {
    sandbox: Sandbox,
    adapter: Adapter,
    access: Access,
}

/// One calendar of these events.
fn calendar_of(events: &[(&str, &str)]) -> String {
    let events = events.iter().map(|(uid, title)| {
        let text = event(uid, title);
        let (_, rest) = text.split_once("BEGIN:VEVENT").unwrap();
        format!("BEGIN:VEVENT{}", rest.replace("END:VCALENDAR\r\n", ""))
    });
    let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nX-WR-CALNAME:Roster\r\n";
    format!("{head}{}END:VCALENDAR\r\n", events.collect::<String>())
}

impl Feed {
    fn new(switch: impl FnOnce(&mut Switches)) -> Self {
        let sandbox = Sandbox::empty(2);
        sandbox.put_feed(FEED, &calendar_of(&[("a", "Early"), ("b", "Late"), ("c", "Night")]));
        sandbox.change_switches(FEED, switch).unwrap();
        let adapter = caldav::feed(client(sandbox.router()));
        let access = Access::new(Credential::Address { address: Secret::new(ADDRESS) });
        Self { sandbox, adapter, access }
    }

    async fn changes(&self, from: &Cursor) -> connection::Result<Page> {
        let calendar = RemoteId::new("feed");
        self.adapter.calendars.changes(&self.access, &calendar, from, within()).await
    }

    async fn connect(
        &self,
        address: &str,
    ) -> (Result<connection::Examined, connection::Refusal>, Vec<String>) {
        let form = SignInForm { address: Some(Secret::new(address)), ..SignInForm::default() };
        examine(&self.adapter, &form).await
    }
}

fn versions(page: &Page) -> BTreeSet<(String, String)> {
    let pair = |listed: &Listed| (listed.id.to_string(), listed.etag.to_string());
    page.listed.iter().map(pair).collect()
}

#[tokio::test]
async fn a_feed_that_did_not_change_is_not_read_again() {
    for validators in
        [Validators::Both, Validators::EtagOnly, Validators::LastModifiedOnly, Validators::Neither]
    {
        let feed = Feed::new(|s| s.validators = validators);
        let first = feed.changes(&Cursor::Beginning).await.unwrap();
        assert_eq!((first.extent, first.listed.len()), (Extent::Everything, 3));
        assert!(first.listed.iter().all(|listed| listed.event.is_some()));
        let again = feed.changes(&first.next).await.unwrap();
        assert_eq!((again.extent, again.listed.len()), (Extent::Changes, 0), "{validators:?}");
        assert_eq!(again.next, first.next);
    }
}

/// Quirk caldav-17.
#[tokio::test]
async fn only_what_changed_has_a_new_version_however_often_it_is_stamped() {
    let feed = Feed::new(|s| (s.stamps_now, s.validators) = (true, Validators::Neither));
    let first = feed.changes(&Cursor::Beginning).await.unwrap();
    let now = feed.sandbox.now() + SignedDuration::from_hours(1);
    let later = feed.sandbox.clone().with_clock(sandbox::Clock::new(move || now));
    let feed = Feed { adapter: caldav::feed(client(later.router())), ..feed };
    let restamped = feed.changes(&first.next).await.unwrap();
    assert_eq!(restamped.extent, Extent::Everything, "the body is another");
    assert_eq!(versions(&restamped), versions(&first), "but every event is the same");
    feed.sandbox.put_feed(FEED, &calendar_of(&[("a", "Early"), ("b", "Swapped"), ("d", "New")]));
    let changed = feed.changes(&restamped.next).await.unwrap();
    let (before, after) = (versions(&first), versions(&changed));
    let news: Vec<_> = after.difference(&before).map(|(id, _)| id.as_str()).collect();
    assert_eq!(news, ["b", "d"]);
}

/// Quirk caldav-16.
#[tokio::test]
async fn uids_that_are_made_up_anew_each_time_settle_to_stable_names() {
    let feed = Feed::new(|s| (s.unstable_uids, s.validators) = (true, Validators::Neither));
    let first = feed.changes(&Cursor::Beginning).await.unwrap();
    let second = feed.changes(&first.next).await.unwrap();
    let third = feed.changes(&second.next).await.unwrap();
    assert_eq!(versions(&third), versions(&second), "from the second reading on");
    assert_eq!(third.listed.len(), 3);
}

#[tokio::test]
async fn museum_24_a_feed_that_fails_is_never_an_empty_one() {
    let feed = Feed::new(|_| ());
    let first = feed.changes(&Cursor::Beginning).await.unwrap();
    feed.sandbox.change_switches(FEED, |s| s.login_page = true).unwrap();
    let page = feed.changes(&first.next).await.unwrap_err();
    assert!(matches!(page, ProviderError::Unintelligible { .. }), "{page:?}");
    feed.sandbox.change_switches(FEED, |s| s.login_page = false).unwrap();
    for text in ["", "   ", "<html>", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a", "no calendar"] {
        let router = Router::new().fallback(any(move || async move { text }));
        let feed = Feed { adapter: caldav::feed(client(router)), ..Feed::new(|_| ()) };
        let told = feed.changes(&first.next).await;
        assert!(matches!(told, Err(ProviderError::Unintelligible { .. })), "{text}: {told:?}");
    }
    let cut = |f: &mut sandbox::Faults| f.truncate = Often::Always;
    feed.sandbox.change_faults(&Whom::feed(FEED), cut).unwrap();
    assert!(feed.changes(&Cursor::Beginning).await.is_err());
}

#[tokio::test]
async fn museum_extra_a_flood_ends() {
    for flood in [Flood::Endless, Flood::GzipBomb] {
        let feed = Feed::new(|s| s.flood = flood);
        let told = feed.changes(&Cursor::Beginning).await;
        assert!(matches!(told, Err(ProviderError::TooLarge { .. })), "{flood:?}: {told:?}");
        let refusal = feed.connect(ADDRESS).await.0.unwrap_err();
        assert_eq!(refusal.code, FailureCode::TooLarge, "{flood:?}");
    }
}

#[tokio::test]
async fn odd_habits_of_feeds_are_borne() {
    let odd = |s: &mut Switches| {
        (s.byte_order_mark, s.lf_only, s.gzip, s.redirects) = (true, true, true, 3);
        s.content_type = Some("text/html".into());
    };
    let feed = Feed::new(odd);
    assert_eq!(feed.changes(&Cursor::Beginning).await.unwrap().listed.len(), 3);
    let twice = Feed::new(|s| s.duplicate_uids = true);
    let page = twice.changes(&Cursor::Beginning).await.unwrap();
    let ids: BTreeSet<_> = page.listed.iter().map(|listed| &listed.id).collect();
    assert_eq!(ids.len(), page.listed.len(), "each line has its own name");
}

#[tokio::test]
async fn a_withdrawn_feed_is_told_apart_from_a_lost_password() {
    let feed = Feed::new(|s| s.sign_in = Some("ann:right".into()));
    let told = feed.changes(&Cursor::Beginning).await;
    assert!(matches!(told, Err(ProviderError::SignedOut { .. })), "{told:?}");
    let with_name = "http://ann:right@127.0.0.1/feeds/roster.ics";
    assert!(feed.connect(with_name).await.0.is_ok());
    feed.sandbox.remove_feed(FEED).unwrap();
    assert_eq!(feed.changes(&Cursor::Beginning).await, Err(ProviderError::Gone));
}

#[tokio::test]
async fn a_feed_is_connected_without_showing_its_address() {
    let feed = Feed::new(|_| ());
    let secret = "http://127.0.0.1/feeds/roster.ics?private-key-1";
    let (ended, lines) = feed.connect(secret).await;
    let examined = ended.unwrap();
    assert_eq!(examined.principal.name, "Roster (127.0.0.1)");
    assert_eq!(examined.calendars[0].name, "Roster");
    assert_eq!(lines.len(), 7, "{lines:?}");
    let shown = format!("{examined:?} {lines:?}");
    assert!(!shown.contains("private-key") && !shown.contains("roster.ics"), "{shown}");
    let (again, _) = feed.connect("webcal://127.0.0.1/feeds/other.ics").await;
    let refusal = format!("{:?}", again.unwrap_err());
    assert!(!refusal.contains("other.ics"), "{refusal}");
}

#[tokio::test]
async fn each_wrong_address_of_a_feed_gets_its_sentence() {
    let feed = Feed::new(|s| s.login_page = true);
    let code = async |address: &str| feed.connect(address).await.0.unwrap_err().code;
    assert_eq!(code(ADDRESS).await, FailureCode::WebPage);
    assert_eq!(code("http://127.0.0.1/feeds/none.ics").await, FailureCode::NotACalendar);
    assert_eq!(code("").await, FailureCode::FieldInvalid);
    assert_eq!(code("ftp://h.example/a.ics").await, FailureCode::FieldInvalid);
    assert_eq!(code("https://192.168.1.1/a.ics").await, FailureCode::AddressForbidden);
    assert_eq!(code("https://h.example:8443/a.ics").await, FailureCode::AddressForbidden);
    assert_eq!(code("http://ann:pw@h.example/a.ics").await, FailureCode::AddressInsecure);
}

#[tokio::test]
async fn a_calendar_file_is_read_once() {
    let adapter = caldav::feed(client(Sandbox::empty(1).router()));
    let text = calendar_of(&[("a", "Early")]);
    let form = SignInForm { file: Some(Secret::new(&*text)), ..SignInForm::default() };
    let examined = examine(&adapter, &form).await.0.unwrap();
    let access = Access::new(examined.credential);
    let (calendars, calendar) = (&adapter.calendars, &examined.calendars[0].id);
    let page = calendars.changes(&access, calendar, &Cursor::Beginning, within()).await.unwrap();
    assert_eq!(page.listed.len(), 1);
    let again = calendars.changes(&access, calendar, &page.next, within()).await.unwrap();
    assert_eq!((again.extent, again.listed.len()), (Extent::Changes, 0));
    let draft = connection::Draft { id: RemoteId::new("x"), text: event("x", "X") };
    let refused = calendars.put(&access, calendar, &draft, Precondition::Absent).await;
    assert!(matches!(refused, Err(ProviderError::Refused { .. })));
    let both =
        SignInForm { address: Some(Secret::new("https://feeds.test.example/a.ics")), ..form };
    let refusal = examine(&adapter, &both).await.0.unwrap_err();
    assert_eq!((refusal.code, refusal.field), (FailureCode::FieldInvalid, Some("file")));
    let page = SignInForm { file: Some(Secret::new("<html></html>")), ..SignInForm::default() };
    let refusal = examine(&adapter, &page).await.0.unwrap_err();
    assert_eq!((refusal.code, refusal.field), (FailureCode::NotACalendar, Some("file")));
}
