//! Connecting is an examination: what it says when all is well, and the one sentence when not.

use std::time::Duration;

use crate::place::{PASSWORD, USER, client, examine, form};
use axum::Router;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::any;
use connection::{CALENDARS_MAX, CalendarAccess, Credential, FailureCode, SignInForm};
use http::{StatusCode, header};
use jiff::civil::date;
use sandbox::{CalendarKind, Preset, Sandbox, Whom};
use url::Url;

const APPLE: &str = "http://apple.test/";
const DANA: &str = "dana.reyes@icloud.example";

fn apple() -> (Sandbox, caldav::Adapter) {
    let sandbox = Sandbox::seeded(1, date(2026, 11, 22), "Europe/Berlin");
    let base: Url = APPLE.parse().unwrap();
    let adapter = caldav::icloud(client(sandbox.router()), Some(base));
    (sandbox, adapter)
}

fn dana(password: &str) -> SignInForm {
    SignInForm { address: None, ..form("", DANA, password) }
}

#[tokio::test]
async fn icloud_tells_each_check_as_it_happens() {
    let (_, adapter) = apple();
    let (ended, lines) = examine(&adapter, &dana(" Hazy lime birdSONG ")).await;
    let examined = ended.unwrap();
    assert_eq!(
        lines,
        [
            "server_found pass: A calendar server answers at apple.test.",
            "signed_in pass: apple.test let dana.reyes@icloud.example in.",
            "calendars_listed pass: 4 calendars at apple.test.",
            "can_write pass: 3 of 4 calendars may be written to.",
            "changes pass: It tells what changed since the last time (sync-collection).",
            "clock warn: Its clock is 240 minutes behind ours: check that this machine's clock is \
             set by a time server.",
            "limits warn: Known limits: 1 list of reminders or the like stays out; it sends no \
             notice of changes, so it is polled.",
        ]
    );
    assert!(examined.principal.id.starts_with("icloud:"), "{}", examined.principal.id);
    assert_eq!(examined.principal.name, DANA);
    assert!(examined.principal.addresses.contains(&DANA.to_owned()), "{:?}", examined.principal);
    let named = |name: &str| examined.calendars.iter().find(|c| c.name == name).unwrap();
    assert_eq!(named("Home").access, CalendarAccess::Writer);
    assert_eq!(named("School").access, CalendarAccess::Reader);
    assert_eq!(named("Home").time_zone.as_deref(), Some("Europe/Berlin"));
    assert!(named("Work").color.as_deref().unwrap().len() == 7);
    let Credential::Password { base, password, .. } = examined.credential else {
        panic!("a password is kept")
    };
    assert!(base.starts_with("http://apple.test/p"), "the partition is kept: {base}");
    assert_eq!(password.reveal(), "hazy-lime-bird-song");
}

#[tokio::test]
async fn an_account_with_more_calendars_than_are_read_is_too_large() {
    let sandbox = Sandbox::empty(1);
    sandbox.add_person(USER, PASSWORD);
    sandbox.set_preset(Some(USER), Preset::Radicale).unwrap();
    let adapter = caldav::server(client(sandbox.router()));
    let form = form("http://127.0.0.1/", USER, PASSWORD);
    let connect = || examine(&adapter, &form);
    let add = |nth: usize| {
        let (kind, access) = (CalendarKind::Events, sandbox::Access::Owner);
        sandbox.add_calendar(USER, &format!("Rota {nth}"), kind, access).unwrap();
    };
    (0..CALENDARS_MAX).for_each(add);
    assert_eq!(connect().await.0.unwrap().calendars.len(), CALENDARS_MAX);
    add(CALENDARS_MAX);
    let (ended, lines) = connect().await;
    let refusal = ended.unwrap_err();
    assert_eq!(refusal.code, FailureCode::TooLarge);
    assert!(refusal.say.contains("lists 251 calendars; at most 250"), "{}", refusal.say);
    assert_eq!(lines.last().unwrap(), &format!("calendars_listed fail: {}", refusal.say));
}

#[tokio::test]
async fn the_same_account_is_known_again_after_it_moved() {
    let (sandbox, adapter) = apple();
    let id = async || examine(&adapter, &dana("hazy-lime-bird-song")).await.0.unwrap().principal.id;
    let before = id().await;
    sandbox.move_to_partition(DANA, 77).unwrap();
    assert_eq!(id().await, before);
}

#[tokio::test]
async fn an_ordinary_apple_password_is_recognised_before_apple_is_asked() {
    let (sandbox, adapter) = apple();
    let (ended, lines) = examine(&adapter, &dana("Ordinary-Password-1")).await;
    let refusal = ended.unwrap_err();
    assert_eq!(refusal.code, FailureCode::AppPasswordNeeded);
    assert_eq!(refusal.field, Some("password"));
    assert_eq!(lines, [format!("signed_in fail: {}", refusal.say)]);
    assert!(sandbox.visits().is_empty(), "Apple was asked");
}

#[tokio::test]
async fn museum_36_a_refused_apple_password_is_explained_with_apples_words() {
    let (sandbox, adapter) = apple();
    sandbox.revoke_password(DANA).unwrap();
    let (ended, lines) = examine(&adapter, &dana("hazy-lime-bird-song")).await;
    let refusal = ended.unwrap_err();
    assert_eq!(refusal.code, FailureCode::PasswordRefused);
    for part in ["app-specific password", "withdraws all app-specific ones", "account.apple.com"] {
        assert!(refusal.say.contains(part), "{part}: {}", refusal.say);
    }
    assert_eq!(lines.len(), 2, "the server is found, signing in fails: {lines:?}");
    assert_eq!(sandbox.visits().len(), 1, "a refused password is not tried again");
}

fn one_person(preset: Preset) -> (Sandbox, caldav::Adapter) {
    let sandbox = Sandbox::empty(3);
    sandbox.add_person(USER, PASSWORD);
    sandbox.set_preset(Some(USER), preset).unwrap();
    let adapter = caldav::server(client(sandbox.router()));
    (sandbox, adapter)
}

#[tokio::test]
async fn a_server_is_found_by_its_bare_host() {
    for preset in [Preset::Nextcloud, Preset::Radicale, Preset::Fastmail, Preset::Sogo] {
        let (sandbox, adapter) = one_person(preset);
        let owner = sandbox::Access::Owner;
        sandbox.add_calendar(USER, "Rota", CalendarKind::Events, owner).unwrap();
        for address in
            ["dav.test.example", "https://dav.test.example/somewhere/", "Kim@test.example"]
        {
            let (ended, lines) = examine(&adapter, &form(address, USER, PASSWORD)).await;
            let examined = ended.unwrap_or_else(|refusal| panic!("{preset:?}: {refusal:?}"));
            assert!(lines[0].starts_with("server_found pass"), "{lines:?}");
            assert_eq!(examined.calendars.len(), 1);
            assert_eq!(examined.principal.name, USER);
            // Quirk caldav-6: Nextcloud's second `DAV` header says that it sends invitations.
            let sends_none = lines.iter().any(|line| line.contains("sends no invitations"));
            assert_eq!(sends_none, preset != Preset::Nextcloud, "{preset:?}: {lines:?}");
        }
    }
}

#[tokio::test]
async fn a_server_without_sync_collection_is_taken_with_a_warning() {
    let (sandbox, adapter) = one_person(Preset::Gmx);
    sandbox.add_calendar(USER, "Rota", CalendarKind::Events, sandbox::Access::Read).unwrap();
    let (ended, lines) = examine(&adapter, &form("dav.test.example", USER, PASSWORD)).await;
    assert_eq!(ended.unwrap().calendars[0].access, CalendarAccess::Reader);
    assert!(lines.iter().any(|line| line.starts_with("changes warn")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("can_write warn")), "{lines:?}");
}

/// Quirk caldav-3.
#[tokio::test]
async fn an_account_without_calendars_signs_in_and_lists_none() {
    let (sandbox, adapter) = one_person(Preset::Nextcloud);
    let reminders = CalendarKind::Reminders;
    sandbox.add_calendar(USER, "To do", reminders, sandbox::Access::Owner).unwrap();
    let (ended, lines) = examine(&adapter, &form("dav.test.example", USER, PASSWORD)).await;
    assert_eq!(ended.unwrap().calendars, []);
    let listed = lines.iter().find(|line| line.starts_with("calendars_listed")).unwrap();
    assert!(listed.starts_with("calendars_listed warn: No calendar for events at"), "{listed}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    let (sandbox, _) = one_person(Preset::Nextcloud);
    sandbox.add_calendar(USER, "Rota", CalendarKind::Events, sandbox::Access::Owner).unwrap();
    let at_noon =
        sandbox.clone().with_clock(sandbox::Clock::new(|| crate::place::NOW.parse().unwrap()));
    let right = caldav::server(client(at_noon.router()));
    let (_, lines) = examine(&right, &form("dav.test.example", USER, PASSWORD)).await;
    assert!(lines.contains(&"clock pass: Its clock agrees with ours.".to_owned()), "{lines:?}");
    sandbox.change_faults(&Whom::Everyone, |faults| faults.clock_skew_s = 600).unwrap();
    let (_, lines) = examine(&right, &form("dav.test.example", USER, PASSWORD)).await;
    let ahead = "clock warn: Its clock is 10 minutes ahead of ours: check that";
    assert!(lines.iter().any(|line| line.starts_with(ahead)), "{lines:?}");
}

/// What is said about a server that always answers the same.
async fn refused(router: Router, address: &str) -> (FailureCode, String, Vec<String>) {
    let adapter = caldav::server(client(router));
    let (ended, lines) = examine(&adapter, &form(address, "kim", "secret-1")).await;
    let refusal = ended.unwrap_err();
    let shown = format!("{refusal:?} {lines:?}");
    assert!(!shown.contains("secret-1"), "{shown}");
    let why = match refusal.code {
        FailureCode::PasswordRefused => "The user name or the password was refused.",
        _ => &refusal.say,
    };
    assert!(lines.last().unwrap().ends_with(why), "the last line says why: {lines:?}");
    (refusal.code, refusal.say, lines)
}

fn always<R: IntoResponse + Clone + Send + Sync + 'static>(answer: R) -> Router {
    Router::new().fallback(any(move || async move { answer }))
}

#[tokio::test]
async fn each_wrong_server_gets_its_sentence() {
    let page = always(Html("<!DOCTYPE html><html><body>Welcome</body></html>"));
    let (code, say, _) = refused(page, "www.test.example").await;
    assert_eq!(code, FailureCode::WebPage);
    assert!(say.contains("www.test.example"), "{say}");
    let absent = always(StatusCode::NOT_FOUND);
    assert_eq!(refused(absent, "test.example").await.0, FailureCode::NotACalendar);
    let chatter = always("hello");
    assert_eq!(refused(chatter, "test.example").await.0, FailureCode::NotACalendar);
    let busy = always((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "60")]));
    assert_eq!(refused(busy, "test.example").await.0, FailureCode::Refused);
    let circle = always(Redirect::permanent("/round"));
    assert_eq!(refused(circle, "test.example").await.0, FailureCode::NotACalendar);
}

/// Quirk caldav-13.
#[tokio::test]
async fn ways_of_signing_in_that_we_do_not_speak_are_told() {
    let challenge =
        |text: &'static str| always((StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, text)]));
    let digest = challenge(r#"Digest realm="dav", nonce="x", algorithm=MD5, qop="auth""#);
    let (code, _, lines) = refused(digest, "test.example").await;
    assert_eq!(code, FailureCode::SignInUnsupported);
    assert!(lines[0].starts_with("signed_in fail"), "{lines:?}");
    let several = challenge(r#"X-MobileMe-AuthToken realm="M", Basic realm="M""#);
    assert_eq!(refused(several, "test.example").await.0, FailureCode::PasswordRefused);
}

#[tokio::test]
async fn the_address_of_a_single_calendar_is_enough_where_nothing_says_who_we_are() {
    let properties = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>
        <D:displayname>Club</D:displayname>";
    let adapter = caldav::server(client(always(multistatus(properties))));
    let form = form("https://dav.test.example/club/", "kim", "secret-1");
    let examined = examine(&adapter, &form).await.0.unwrap();
    assert_eq!(examined.calendars.len(), 1);
    assert_eq!(examined.calendars[0].name, "Club");
    assert_eq!(examined.principal.id, "caldav:dav.test.example/club");
    assert_eq!(examined.principal.name, "kim at dav.test.example");
}

#[tokio::test]
async fn ten_thousand_calendars_are_refused_with_their_number() {
    let one = "<D:response><D:href>/c/</D:href><D:propstat><D:prop><D:resourcetype><C:calendar/>
        </D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>";
    let many = |count: usize| {
        let body = format!(
            r#"<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">{}
            </D:multistatus>"#,
            one.repeat(count)
        );
        always((StatusCode::MULTI_STATUS, body))
    };
    let (code, say, _) = refused(many(10_000), "test.example").await;
    assert_eq!(code, FailureCode::TooLarge);
    assert!(say.contains("10000 calendars; at most 250"), "{say}");
    // Where not even the list of them comes to its end, there is no number to tell.
    let (code, say, _) = refused(many(60_000), "test.example").await;
    assert_eq!(code, FailureCode::TooLarge);
    assert!(say.contains("larger than"), "{say}");
}

/// A server that must not be called.
fn never() -> Router {
    Router::new().fallback(any(async || -> StatusCode { panic!("it was called") }))
}

#[tokio::test]
async fn addresses_that_may_not_be_called_are_refused_with_a_reason() {
    for (address, code) in [
        ("http://dav.test.example/", FailureCode::AddressInsecure),
        ("https://10.0.0.1/", FailureCode::AddressForbidden),
        ("https://[::1]:8443/dav/", FailureCode::AddressForbidden),
        ("169.254.169.254", FailureCode::AddressForbidden),
        ("https://0x0a.1/", FailureCode::AddressForbidden),
        ("ftp://dav.test.example/", FailureCode::FieldInvalid),
        ("gmail.com", FailureCode::SignInUnsupported),
    ] {
        assert_eq!(refused(never(), address).await.0, code, "{address}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_in_time_is_told() {
    let asleep = Router::new().fallback(any(|| async {
        tokio::time::sleep(Duration::from_hours(1)).await;
    }));
    assert_eq!(refused(asleep, "test.example").await.0, FailureCode::TimedOut);
}

fn multistatus(properties: &str) -> impl IntoResponse + Clone + Send + Sync + 'static {
    let body = format!(
        r#"<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response>
        <D:href>/</D:href><D:propstat><D:prop>{properties}</D:prop>
        <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>"#
    );
    (StatusCode::MULTI_STATUS, body)
}

#[tokio::test]
async fn another_site_does_not_get_the_password() {
    let sent_on = always(Redirect::permanent("https://evil.test/dav/"));
    let sent_on = sent_on.layer(axum::middleware::map_request(only_unsigned_elsewhere));
    let (code, say, _) = refused(sent_on, "test.example").await;
    assert_eq!(code, FailureCode::NotACalendar, "{say}");
    let elsewhere = r"<D:current-user-principal><D:href>https://evil.test/me/</D:href>
        </D:current-user-principal>";
    let named = always(multistatus(elsewhere));
    let named = named.layer(axum::middleware::map_request(only_unsigned_elsewhere));
    let (code, say, _) = refused(named, "dav.test.example").await;
    assert_eq!(code, FailureCode::Refused);
    assert!(say.contains("evil.test"), "{say}");
}

async fn only_unsigned_elsewhere(request: axum::extract::Request) -> axum::extract::Request {
    let is_evil = request.uri().host() == Some("evil.test");
    let is_signed = request.headers().contains_key(header::AUTHORIZATION);
    assert!(!(is_evil && is_signed), "evil.test saw the password");
    request
}

#[tokio::test]
async fn a_home_inside_the_private_network_is_refused() {
    // Quirk caldav-14: asked about /me/, it answers about /.
    let properties = r"<D:current-user-principal><D:href>/me/</D:href></D:current-user-principal>
        <C:calendar-home-set><D:href>https://169.254.169.254/</D:href></C:calendar-home-set>";
    let (code, _, _) = refused(always(multistatus(properties)), "test.example").await;
    assert_eq!(code, FailureCode::Refused);
}

#[tokio::test]
async fn fields_are_checked_before_anything_is_asked() {
    let adapter = caldav::server(client(never()));
    let long = "x".repeat(600);
    for (username, password, field) in [
        ("", "secret", "username"),
        ("kim", "", "password"),
        ("k:im", "secret", "username"),
        ("kim\0", "secret", "username"),
        (&*long, "secret", "username"),
        ("kim", &*long, "password"),
        ("kim", "sec\nret", "password"),
    ] {
        let refusal = examine(&adapter, &form("test.example", username, password)).await.0;
        let refusal = refusal.unwrap_err();
        assert_eq!((refusal.code, refusal.field), (FailureCode::FieldInvalid, Some(field)));
    }
}
