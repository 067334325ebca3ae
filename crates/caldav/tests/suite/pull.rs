//! Listing and fetching from servers with the manners and the faults of servers in the wild.

use std::collections::BTreeSet;

use axum::Router;
use axum::routing::any;
use connection::{
    Cursor, Extent, OwnAnswer, Page, ProviderError, RemoteId, SignedOutWhy, SyncToken,
};
use http::{StatusCode, header};
use sandbox::{
    BogusToken, CalendarKind, Failure, Faults, Hrefs, Often, Preset, SecondPropstat, Whom,
};

use crate::place::{PASSWORD, Place, USER, client, event, within};

fn ids(page: &Page) -> BTreeSet<&str> {
    page.listed.iter().map(|listed| listed.id.as_str()).collect()
}

#[tokio::test]
async fn museum_07_a_busy_calendar_is_listed_beyond_its_first_page() {
    let place = Place::new(Preset::ICloud).await;
    place.sandbox.change_manners(Some(USER), |m| m.sync_max = Some(10)).unwrap();
    for n in 0..55 {
        place.add(&format!("first-{n}"));
    }
    // iCloud refuses to give all bodies at once, so names and versions are listed.
    let first = place.changes(&Cursor::Beginning).await.unwrap();
    assert_eq!((first.extent, first.listed.len()), (Extent::Everything, 10));
    assert!(matches!(first.next, Cursor::Midway(_)), "a truncated listing is not the end");
    let (bookmark, names) = place.pull().await;
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 55, "each is named");
    for n in 0..700 {
        place.add(&format!("later-{n}"));
    }
    let mut cursor = Cursor::Settled(bookmark);
    let mut later = BTreeSet::new();
    let mut pages = 0;
    loop {
        let page = place.changes(&cursor).await.unwrap();
        assert_eq!(page.extent, Extent::Changes);
        later.extend(page.listed.into_iter().map(|listed| listed.id));
        pages += 1;
        cursor = page.next;
        if matches!(cursor, Cursor::Settled(_)) {
            break;
        }
    }
    assert_eq!((later.len(), pages), (700, 70));
}

#[tokio::test]
async fn a_first_copy_comes_by_one_question_and_is_confirmed_by_a_listing() {
    let place = Place::new(Preset::Radicale).await;
    for n in 0..1203 {
        place.add(&format!("shift-{n}"));
    }
    let mut cursor = Cursor::Beginning;
    let mut pages = Vec::new();
    while !matches!(cursor, Cursor::Settled(_)) {
        let page = place.changes(&cursor).await.unwrap();
        assert!(page.extent == Extent::Everything && page.removed.is_empty());
        pages.push((page.listed.len(), page.listed.iter().filter(|l| l.event.is_some()).count()));
        cursor = page.next;
    }
    assert_eq!(pages, [(1203, 500), (500, 500), (203, 203)], "all names first, so the total too");
    assert_eq!(place.sandbox.visits().len(), 1, "one question");
    place.sandbox.delete_event(USER, &place.segment, "shift-7.ics").unwrap();
    let confirmed = place.changes(&cursor).await.unwrap();
    assert_eq!((confirmed.extent, confirmed.listed.len()), (Extent::Everything, 1202));
    let quiet = place.changes(&confirmed.next).await.unwrap();
    assert_eq!((quiet.extent, quiet.listed.len()), (Extent::Changes, 0));
}

#[tokio::test]
async fn a_first_copy_that_is_interrupted_goes_on_where_it_was() {
    let place = Place::new(Preset::Radicale).await;
    for n in 0..603 {
        place.add(&format!("shift-{n}"));
    }
    let first = place.changes(&Cursor::Beginning).await.unwrap();
    let restarted = caldav::server(client(place.sandbox.router()));
    let place = Place { adapter: restarted, ..place };
    place.sandbox.delete_event(USER, &place.segment, "shift-7.ics").unwrap();
    let rest = place.changes(&first.next).await.unwrap();
    assert_eq!((rest.extent, rest.listed.len()), (Extent::Everything, 0), "all were named before");
    let confirmed = place.changes(&rest.next).await.unwrap();
    assert_eq!((confirmed.extent, confirmed.listed.len()), (Extent::Everything, 602));
    let versions = |page: &Page| -> BTreeSet<_> {
        page.listed.iter().map(|listed| (listed.id.clone(), listed.etag.clone())).collect()
    };
    assert!(versions(&first).is_superset(&versions(&confirmed)), "what was stored is known again");
    assert!(confirmed.listed.iter().all(|listed| listed.event.is_none()), "and not sent again");
}

#[tokio::test]
async fn a_first_answer_that_looks_cut_off_is_not_believed() {
    let place = Place::new(Preset::Radicale).await;
    for n in 0..100 {
        place.add(&format!("shift-{n}"));
    }
    let page = place.changes(&Cursor::Beginning).await.unwrap();
    assert_eq!(page.listed.len(), 100);
    assert!(page.listed.iter().all(|listed| listed.event.is_none()), "it was listed by name");
}

/// Quirk caldav-10.
#[tokio::test]
async fn museum_08_a_short_answer_to_a_multiget_loses_nothing() {
    for preset in [Preset::ICloud, Preset::Radicale] {
        let place = Place::new(preset).await;
        place.sandbox.change_manners(Some(USER), |m| m.multiget_max = Some(7)).unwrap();
        for n in 0..60 {
            place.add(&format!("shift-{n}"));
        }
        let (_, names) = place.pull().await;
        let calendars = place.calendars();
        let events = calendars.fetch(&place.access, &place.calendar, &names).await.unwrap();
        let came: BTreeSet<_> = events.iter().map(|event| &event.id).collect();
        assert_eq!(came, names.iter().collect());
    }
}

#[tokio::test]
async fn museum_08_names_that_are_gone_are_left_out_of_a_short_answer_too() {
    let place = Place::new(Preset::Nextcloud).await;
    place.sandbox.change_manners(Some(USER), |m| m.multiget_max = Some(7)).unwrap();
    for n in 0..30 {
        place.add(&format!("shift-{n}"));
    }
    let (_, names) = place.pull().await;
    place.sandbox.delete_event(USER, &place.segment, "shift-3.ics").unwrap();
    place.sandbox.delete_event(USER, &place.segment, "shift-20.ics").unwrap();
    let calendars = place.calendars();
    let events = calendars.fetch(&place.access, &place.calendar, &names).await.unwrap();
    assert_eq!(events.len(), 28);
}

/// The server's own expansion is never asked for, nor its idea of a time range.
#[tokio::test]
async fn museum_04_recurring_events_come_whole_from_servers_that_cannot_expand() {
    let place = Place::new(Preset::ICloud).await;
    let broken = |m: &mut sandbox::Manners| {
        (m.series_by_first_only, m.open_ranges_broken) = (true, true);
    };
    place.sandbox.change_manners(Some(USER), broken).unwrap();
    let rule = "RRULE:FREQ=WEEKLY;BYDAY=TU\r\nEND:VEVENT";
    let series = event("old-series", "Choir").replace("END:VEVENT", rule);
    let series = series.replace("20261201T15", "20111206T15");
    place.sandbox.put_event(USER, &place.segment, "old.ics", &series).unwrap();
    let (_, names) = place.pull().await;
    let calendars = place.calendars();
    let events = calendars.fetch(&place.access, &place.calendar, &names).await.unwrap();
    // Quirk caldav-15.
    let lines: Vec<&str> = events[0].text.split("\r\n").collect();
    assert!(lines.contains(&"RRULE:FREQ=WEEKLY;BYDAY=TU"), "{}", events[0].text);
    let horizon = calendar::Horizon::new(
        "2026-11-22T00:00:00Z".parse().unwrap(),
        "2026-12-22T00:00:00Z".parse().unwrap(),
    );
    let reading = calendar::read(&events[0].text).unwrap();
    let zone = jiff::tz::TimeZone::UTC;
    let expansion = calendar::expand(&reading.events[0], horizon.unwrap(), &zone);
    assert_eq!(expansion.occurrences.len(), 4, "it still takes place on Tuesdays");
}

/// Quirk caldav-8.
#[tokio::test]
async fn museum_19_a_forgotten_place_is_never_taken_for_nothing_new() {
    for answer in [
        BogusToken::Forbidden,
        BogusToken::Conflict,
        BogusToken::Gone,
        BogusToken::PreconditionFailed,
        BogusToken::Crashes,
    ] {
        let place = Place::new(Preset::Nextcloud).await;
        place.sandbox.change_manners(Some(USER), |m| m.bogus_token = answer).unwrap();
        place.add("one");
        let (bookmark, _) = place.pull().await;
        place.sandbox.expire_sync_tokens(USER).unwrap();
        let told = place.changes(&Cursor::Settled(bookmark)).await;
        assert_eq!(told, Err(ProviderError::CursorExpired), "{answer:?}");
    }
    let place = Place::new(Preset::Sogo).await;
    place
        .sandbox
        .change_manners(Some(USER), |m| m.bogus_token = BogusToken::ListsEverything)
        .unwrap();
    place.add("one");
    let (bookmark, _) = place.pull().await;
    place.sandbox.expire_sync_tokens(USER).unwrap();
    assert_eq!(place.changes(&Cursor::Settled(bookmark)).await.unwrap().listed.len(), 1);
}

#[tokio::test]
async fn a_bookmark_of_nobody_is_an_expired_one() {
    let place = Place::new(Preset::ICloud).await;
    for text in ["", "nonsense", "sync", "page 3"] {
        let told = place.changes(&Cursor::Settled(SyncToken::new(text))).await;
        assert_eq!(told, Err(ProviderError::CursorExpired), "{text}");
    }
}

#[tokio::test]
async fn without_sync_collection_all_versions_are_told_and_the_ctag_saves_the_trouble() {
    let place = Place::new(Preset::Gmx).await;
    place.sandbox.change_manners(Some(USER), |m| m.ctag = true).unwrap();
    place.add("one");
    place.add("two");
    let (bookmark, names) = place.pull().await;
    assert_eq!(names.len(), 2);
    let quiet = place.changes(&Cursor::Settled(bookmark.clone())).await.unwrap();
    assert_eq!((quiet.extent, quiet.listed.len()), (Extent::Changes, 0));
    assert_eq!(quiet.next, Cursor::Settled(bookmark.clone()));
    place.sandbox.delete_event(USER, &place.segment, "one.ics").unwrap();
    let page = place.changes(&Cursor::Settled(bookmark)).await.unwrap();
    assert_eq!((page.extent, page.listed.len()), (Extent::Everything, 1));
}

/// Quirks caldav-1, caldav-2 and caldav-4 at once, in any mixture.
#[tokio::test]
async fn spellings_and_slips_of_servers_change_nothing() {
    let mut seen = BTreeSet::new();
    for hrefs in [Hrefs::Paths, Hrefs::Absolute] {
        for second_propstat in
            [SecondPropstat::Honest, SecondPropstat::Sloppy, SecondPropstat::Absent]
        {
            let place = Place::new(Preset::Nextcloud).await;
            let change = |m: &mut sandbox::Manners| {
                (m.hrefs, m.second_propstat, m.sync_lists_itself) = (hrefs, second_propstat, true);
            };
            place.sandbox.change_manners(Some(USER), change).unwrap();
            place.add("one");
            let page = place.changes(&Cursor::Beginning).await.unwrap();
            assert_eq!(ids(&page).len(), 1, "the collection is no member: {page:?}");
            seen.extend(ids(&page).into_iter().map(str::to_owned));
            let names: Vec<RemoteId> = page.listed.into_iter().map(|listed| listed.id).collect();
            let calendars = place.calendars();
            let events = calendars.fetch(&place.access, &place.calendar, &names).await.unwrap();
            assert_eq!(events[0].id, names[0], "a body comes under the name that was listed");
        }
    }
    assert_eq!(seen.len(), 1, "one thing has one name: {seen:?}");
}

/// Every way of answering badly, and what must come of it: never an empty listing.
#[tokio::test]
async fn museum_24_a_failed_or_empty_answer_is_never_an_empty_calendar() {
    let always = |faults: Faults| faults;
    let failing = |status| Faults {
        fail: Some(Failure { status, often: Often::Always, ..Failure::default() }),
        ..Faults::default()
    };
    for (name, faults) in [
        ("web page", always(Faults { web_page: Often::Always, ..Faults::default() })),
        ("truncated", always(Faults { truncate: Often::Always, ..Faults::default() })),
        ("cut", always(Faults { drop_before: Often::Always, ..Faults::default() })),
        ("500", failing(500)),
        ("502", failing(502)),
        ("403", failing(403)),
        ("429", failing(429)),
        ("404", failing(404)),
        ("401", failing(401)),
    ] {
        for preset in [Preset::ICloud, Preset::Gmx] {
            let place = Place::new(preset).await;
            place.add("one");
            let (bookmark, names) = place.pull().await;
            place.sandbox.set_faults(&Whom::Everyone, faults.clone()).unwrap();
            let since = place.changes(&Cursor::Settled(bookmark)).await;
            let whole = place.changes(&Cursor::Beginning).await;
            assert!(since.is_err() && whole.is_err(), "{name}: {since:?} {whole:?}");
            let calendars = place.calendars();
            let fetched = calendars.fetch(&place.access, &place.calendar, &names).await;
            let is_kept = fetched.as_ref().map_or(true, |events| events.len() == 1);
            assert!(is_kept || name == "404", "{name}: {fetched:?}");
            assert!(calendars.calendars(&place.access).await.is_err(), "{name}");
        }
    }
}

#[tokio::test]
async fn museum_24_an_answer_with_errors_inside_is_asked_again() {
    let place = Place::new(Preset::ICloud).await;
    for n in 0..20 {
        place.add(&format!("shift-{n}"));
    }
    let (_, names) = place.pull().await;
    let struck = |f: &mut Faults| f.inner_errors = Often::Times(1);
    place.sandbox.change_faults(&Whom::Everyone, struck).unwrap();
    let calendars = place.calendars();
    let events = calendars.fetch(&place.access, &place.calendar, &names).await.unwrap();
    assert_eq!(events.len(), 20, "a 500 inside a 207 is no deletion");
}

#[tokio::test]
async fn museum_33_only_a_refused_password_signs_out() {
    for (status, expected) in [
        (401, ProviderError::SignedOut { why: SignedOutWhy::PasswordRefused }),
        (404, ProviderError::Gone),
        (412, ProviderError::PreconditionFailed),
        (
            500,
            ProviderError::Unavailable {
                say: "The server answered 500 Internal Server Error.".into(),
            },
        ),
        (403, ProviderError::Refused { say: "The server refused (403 Forbidden).".into() }),
        (507, ProviderError::Refused { say: "The account there is full.".into() }),
    ] {
        let place = Place::new(Preset::ICloud).await;
        let failure = Failure { status, often: Often::Always, ..Failure::default() };
        place.sandbox.change_faults(&Whom::Everyone, |f| f.fail = Some(failure)).unwrap();
        let told = place.calendars().calendars(&place.access).await;
        assert_eq!(told, Err(expected), "{status}");
    }
    let place = Place::new(Preset::ICloud).await;
    let failure =
        Failure { status: 503, often: Often::Always, retry_after_s: Some(90), method: None };
    place.sandbox.change_faults(&Whom::Everyone, |f| f.fail = Some(failure)).unwrap();
    let told = place.calendars().calendars(&place.access).await;
    let until = "2026-11-22T12:01:30Z".parse().unwrap();
    assert_eq!(told, Err(ProviderError::Throttled { until }));
    let asked = place.sandbox.visits().len();
    assert_eq!(
        place.calendars().calendars(&place.access).await,
        Err(ProviderError::Throttled { until })
    );
    assert_eq!(place.sandbox.visits().len(), asked, "a server that asked to wait is left alone");
}

/// Answers REPORTs from a list of members as a server would, and everything else with 404.
fn answering(members: &'static str) -> Router {
    let answer = any(move |request: axum::extract::Request| async move {
        let is_report = request.method().as_str() == "REPORT";
        if request.method() == http::Method::GET {
            let headers = [(header::ETAG, "\"by-get\"")];
            return Ok((StatusCode::OK, headers, event("spoilt", "By itself")));
        }
        let body = format!(
            r#"<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">{members}
            <D:sync-token>t</D:sync-token></D:multistatus>"#
        );
        let headers = [(header::ETAG, "-")];
        if is_report {
            Ok((StatusCode::MULTI_STATUS, headers, body))
        } else {
            Err(StatusCode::NOT_FOUND)
        }
    });
    Router::new().fallback(answer)
}

async fn at(members: &'static str) -> Place {
    let place = Place::new(Preset::Radicale).await;
    Place { adapter: caldav::server(client(answering(members))), ..place }
}

/// Quirk caldav-9.
#[tokio::test]
async fn a_member_without_an_etag_comes_with_its_body() {
    let place = at(r"<D:response><D:href>/kim/rota/a.ics</D:href><D:propstat><D:prop/>
        <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
        <D:response><D:href>/kim/rota/b.ics</D:href><D:propstat><D:prop><D:getetag/></D:prop>
        <D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>")
    .await;
    let page = place.changes(&Cursor::Beginning).await.unwrap();
    assert_eq!(ids(&page), BTreeSet::from(["/kim/rota/a.ics", "/kim/rota/b.ics"]));
    assert!(page.removed.is_empty(), "a 404 propstat is no deletion");
    assert!(page.listed.iter().all(|listed| listed.event.is_some()));
}

#[tokio::test]
async fn museum_15_one_body_that_spoils_the_answer_holds_up_no_other() {
    let spoilt = r#"<D:response><D:href>/kim/rota/a.ics</D:href><D:propstat><D:prop>
        <D:getetag>"a"</D:getetag><C:calendar-data>&#0; BEGIN</C:calendar-data></D:prop>
        <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"#;
    let place = at(spoilt).await;
    let names: Vec<_> = ["a", "b", "c"].map(|n| RemoteId::new(format!("/kim/rota/{n}.ics"))).into();
    let calendars = place.calendars();
    let events = calendars.fetch(&place.access, &place.calendar, &names).await.unwrap();
    assert_eq!(events.len(), 3, "each came by itself");
    assert!(events.iter().all(|event| event.etag.as_str() == "\"by-get\""));
}

#[tokio::test]
async fn what_is_gone_in_a_first_listing_was_never_known() {
    let gone = r"<D:response><D:href>/kim/rota/a.ics</D:href>
        <D:status>HTTP/1.1 404 Not Found</D:status></D:response>";
    let place = at(gone).await;
    let first = place.changes(&Cursor::Beginning).await.unwrap();
    assert!(first.listed.is_empty() && first.removed.is_empty());
    let since = place.changes(&first.next).await.unwrap();
    assert_eq!(since.removed, [RemoteId::new("/kim/rota/a.ics")]);
}

#[tokio::test]
async fn museum_39_a_listing_that_never_ends_is_given_up() {
    let full = r"<D:response><D:href>/kim/rota/</D:href>
        <D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>";
    let place = at(full).await;
    let first = place.changes(&Cursor::Beginning).await.unwrap();
    let again = place.changes(&first.next).await;
    assert!(matches!(again, Err(ProviderError::Unintelligible { .. })), "{again:?}");
}

#[tokio::test]
async fn museum_extra_no_href_leads_the_password_to_another_site() {
    let place = Place::new(Preset::ICloud).await;
    for href in ["https://evil.test/x.ics", "//evil.test/x.ics", "http://127.0.0.2/x.ics"] {
        let calendar = RemoteId::new(href);
        let told =
            place.calendars().changes(&place.access, &calendar, &Cursor::Beginning, within()).await;
        assert!(matches!(told, Err(ProviderError::Refused { .. })), "{href}: {told:?}");
    }
    assert!(place.sandbox.visits().is_empty());
}

/// What we answered to an invitation says nothing about the time of whoever shares a calendar.
#[tokio::test]
async fn the_answers_in_a_calendar_that_somebody_shares_are_not_ours() {
    for preset in [Preset::Nextcloud, Preset::ICloud] {
        let place = Place::new(preset).await;
        let (lee, owner) = ("lee@cloud.example", sandbox::Access::Owner);
        place.sandbox.add_person(lee, PASSWORD);
        let theirs =
            place.sandbox.add_calendar(lee, "Theirs", CalendarKind::Events, owner).unwrap();
        place.sandbox.share_calendar(lee, &theirs, USER, sandbox::Access::Write).unwrap();
        let listed = place.calendars().calendars(&place.access).await.unwrap();
        let of = |name: &str| listed.iter().find(|it| it.name == name).unwrap().own_answer;
        assert_eq!(of("Rota"), OwnAnswer::ByAddress, "{preset:?}");
        assert_eq!(of("Theirs"), OwnAnswer::Marked, "{preset:?}");
    }
}
