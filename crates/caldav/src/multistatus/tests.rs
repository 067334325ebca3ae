//! Answers as servers send them, and as nobody should.

use super::*;

fn answer(responses: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>
        <x:multistatus xmlns:x="DAV:" xmlns:CS="http://calendarserver.org/ns/">{responses}
        <x:sync-token>token-1</x:sync-token></x:multistatus>"#
    )
}

/// Quirk caldav-1.
#[test]
fn museum_extra_a_second_propstat_with_404_takes_nothing_away() {
    let text = answer(
        r#"<x:response><x:href>/cal/</x:href>
        <x:propstat><x:prop><CS:getctag>ctag-1</CS:getctag><x:getetag>"e"</x:getetag></x:prop>
        <x:status>HTTP/1.1 200 OK</x:status></x:propstat>
        <x:propstat><x:prop><CS:getctag/><x:getetag/></x:prop>
        <x:status>HTTP/1.1 404 Not Found</x:status></x:propstat></x:response>"#,
    );
    let document = parse(&text).unwrap();
    let member = members(&document).next().unwrap();
    assert_eq!(member.prop_text(CALENDAR_SERVER, "getctag").as_deref(), Some("ctag-1"));
    assert_eq!(member.etag().as_deref(), Some("\"e\""));
    assert_eq!(member.status(), None, "the resource itself is not gone");
    assert_eq!(sync_token(&document).as_deref(), Some("token-1"));
}

#[test]
fn a_property_that_is_not_there_is_none() {
    let text = answer(
        r#"<x:response><x:href> /cal/a.ics </x:href><x:propstat><x:prop><x:getetag>"old"</x:getetag>
        </x:prop><x:status>HTTP/1.1 404 Not Found</x:status></x:propstat></x:response>
        <x:response><x:href>/cal/b.ics</x:href><x:status>HTTP/1.1 404</x:status></x:response>
        <x:response><x:href>/cal/c.ics</x:href><x:propstat><x:prop><x:getetag>W/"c"</x:getetag>
        </x:prop></x:propstat></x:response>"#,
    );
    let document = parse(&text).unwrap();
    let seen: Vec<_> = members(&document).map(|m| (m.href(), m.status(), m.etag())).collect();
    let href = |text: &str| Some(text.to_owned());
    assert_eq!(seen[0], (href("/cal/a.ics"), None, None));
    assert_eq!(seen[1], (href("/cal/b.ics"), Some(404), None));
    assert_eq!(seen[2], (href("/cal/c.ics"), None, href("W/\"c\"")));
}

fn complaint(text: &str) -> String {
    match parse(text) {
        Err(ProviderError::Unintelligible { say }) => say,
        other => panic!("{other:?}"),
    }
}

#[test]
fn entities_are_refused() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
        <m xmlns="DAV:">&b;</m>"#;
    let outside = r#"<!DOCTYPE m SYSTEM "file:///etc/passwd"><m xmlns="DAV:"/>"#;
    for text in [laughs, outside] {
        assert_eq!(complaint(text), "The answer is not what a calendar server sends.");
    }
}

#[test]
fn a_deep_tree_is_read_or_refused_but_never_ends_the_process() {
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    assert_eq!(complaint(&deep), "The answer is not what a calendar server sends.");
    let inside = answer(&format!("{}{}", "<b>".repeat(100_000), "</b>".repeat(100_000)));
    assert!(parse(&inside).is_ok_and(|document| members(&document).next().is_none()));
}

#[test]
fn what_is_no_multistatus_says_what_it_is() {
    let web_page = "A web page came instead of calendar data.";
    assert_eq!(complaint("<!DOCTYPE html><html><body>Sign in</body></html>"), web_page);
    assert_eq!(complaint("\u{feff}\n<HTML lang=en><p>"), web_page);
    let other = "The answer is not what a calendar server sends.";
    for text in ["", "{}", "<multistatus/>", "<D:multistatus xmlns:D=\"DAV:\"><D:response>"] {
        assert_eq!(complaint(text), other, "{text}");
    }
}

#[test]
fn a_refusal_names_its_precondition() {
    let body = br#"<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>"#;
    assert_eq!(precondition(body).as_deref(), Some("valid-sync-token"));
    assert_eq!(precondition(b"<error/>"), None);
    assert_eq!(precondition(b"Forbidden"), None);
}
