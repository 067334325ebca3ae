//! Every route of the pages, walked: nobody sees what is not theirs, nobody learns what exists,
//! and every act leaves its row in the audit log. The router itself tells which routes there are:
//! one without its row here fails.

use connection::{AccountId, CalendarId, InvitationId, UserId};
use http::Method;
use sha2::Digest;
use store::invitations::{self, Invitation, Purpose};
use store::passkeys::{self, Passkey};
use store::{api_keys, audit, calendars, connections, webhooks};

use crate::house::{APP_PASSWORD, Browser, EMAIL, House, LIST, PASSWORD, PERSON};

/// Who may come in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Everybody, for that reason.
    Open(&'static str),
    /// Whoever is signed in; it names nothing of anybody.
    Person,
    /// Whose thing it is, and nobody else.
    Owner,
    /// Whose thing it is, and administrators of the account.
    Managed,
    /// Administrators of the account.
    Admin,
}

/// What it leaves in the audit log.
#[derive(Clone, Copy)]
enum Leaves {
    /// A row of that act.
    Act(&'static str),
    /// Nothing, for that reason.
    Nothing(&'static str),
    /// A row that takes more than a form to leave; in that file a test looks for it.
    Elsewhere(&'static str, &'static str),
}

use Leaves::{Act, Elsewhere, Nothing};
use Who::{Admin, Managed, Open, Owner, Person};

type Fields = &'static [(&'static str, &'static str)];

/// What is only looked at.
const LOOKED_AT: [(&str, Who); 41] = [
    ("/settings/developers", Admin),
    ("/settings/developers/webhooks/{id}", Admin),
    ("/settings/messages", Person),
    ("/settings/messages/mute/{id}", Managed),
    ("/settings/profile/second-step", Person),
    ("/settings/profile/second-step/passkeys/{id}/remove", Owner),
    ("/settings/security", Admin),
    ("/sign-in/oidc", Open("one signs in there")),
    ("/sign-in/oidc/callback", Open("state and cookie let in")),
    ("/sign-in/second", Open("the first step lets in")),
    ("/settings/people", Admin),
    ("/settings/people/{id}/link", Admin),
    ("/settings/people/{id}/remove", Admin),
    ("/invitations/{token}", Open("the token lets in")),
    ("/", Person),
    ("/sign-in", Open("one signs in here")),
    ("/sign-in/{token}", Open("the token lets in")),
    ("/week", Person),
    ("/settings/profile", Person),
    ("/settings/audit", Admin),
    ("/settings/audit/export", Admin),
    ("/settings/set-up", Admin),
    ("/settings/set-up/{kind}/check", Admin),
    ("/oauth/go/{kind}", Person),
    ("/oauth/begin", Open("the ticket lets in")),
    ("/oauth/callback", Open("state and cookie let in")),
    ("/stream", Person),
    ("/assets/{name}", Open("the same for everybody")),
    ("/healthz", Open("says that the process lives")),
    ("/readyz", Open("says that the process serves")),
    ("/calendars/settings/connections", Person),
    ("/settings/profile/calendar", Person),
    ("/calendars/settings/calendars", Person),
    ("/calendars/settings/connections/add", Person),
    ("/calendars/settings/connections/fix", Person),
    ("/calendars/settings/connections/add/{kind}", Person),
    ("/calendars/settings/connections/attempts/{id}", Owner),
    ("/calendars/settings/connections/{id}", Managed),
    ("/calendars/settings/connections/{id}/calendars", Owner),
    ("/calendars/settings/connections/{id}/disconnect", Managed),
    ("/calendars/settings/connections/{id}/repair", Owner),
];

/// What changes something, with a form that does so, in an order in which each still can.
const CHANGING: [(&str, Who, Fields, Leaves); 57] = [
    (
        "/settings/developers/keys",
        Admin,
        &[("name", "Reports"), ("scope", "read")],
        Act("api_key.made"),
    ),
    ("/settings/developers/keys/{id}/end", Admin, &[], Act("api_key.ended")),
    (
        "/settings/developers/webhooks",
        Admin,
        &[("url", "https://hooks.example/two"), ("event", "calendar.changed")],
        Act("webhook.added"),
    ),
    ("/settings/developers/webhooks/{id}/test", Admin, &[], Act("webhook.tested")),
    (
        "/settings/developers/webhooks/{id}/deliveries/{delivery}/replay",
        Admin,
        &[],
        Act("webhook.replayed"),
    ),
    ("/settings/developers/webhooks/{id}/turn-secret", Admin, &[], Act("webhook.secret_turned")),
    ("/settings/developers/webhooks/{id}/enable", Admin, &[], Act("webhook.enabled")),
    ("/settings/developers/webhooks/{id}/delete", Admin, &[], Act("webhook.deleted")),
    ("/settings/messages/mute/{id}", Managed, &[("muted", "true")], Act("connection.muted")),
    (
        "/settings/profile/second-step/app",
        Person,
        &[],
        Nothing("a secret asks nobody for a code until it is confirmed"),
    ),
    (
        "/settings/profile/second-step/app/confirm",
        Person,
        &[("code", "000000")],
        Elsewhere("second_step.rs", "second_step.enrolled: an authenticator app"),
    ),
    (
        "/settings/profile/second-step/app/remove",
        Person,
        &[("app-present", PASSWORD)],
        Elsewhere("second_step.rs", "second_step.removed: an authenticator app"),
    ),
    (
        "/settings/profile/second-step/passkeys",
        Person,
        &[],
        Elsewhere("passkeys.rs", "second_step.enrolled: a passkey"),
    ),
    (
        "/settings/profile/second-step/passkeys/begin",
        Person,
        &[],
        Nothing("it asks the browser for one"),
    ),
    (
        "/settings/profile/second-step/passkeys/{id}/remove",
        Owner,
        &[("passkey-present", PASSWORD)],
        Act("second_step.removed"),
    ),
    (
        "/settings/profile/second-step/recovery",
        Person,
        &[("codes-present", PASSWORD)],
        Elsewhere("second_step.rs", "second_step.codes_made: 10 of them"),
    ),
    (
        "/settings/security",
        Admin,
        &[("required", "yes")],
        Elsewhere("second_step.rs", "second_step.required"),
    ),
    (
        "/settings/security/provider",
        Admin,
        &[("required", "yes")],
        Elsewhere("open_id.rs", "account.provider_only"),
    ),
    (
        "/sign-in/second",
        Open("the first step lets in"),
        &[("code", "000000")],
        Elsewhere("second_step.rs", "user.sign_in_failed: at the second step"),
    ),
    (
        "/sign-in/second/enrol",
        Open("the first step lets in"),
        &[("code", "000000")],
        Elsewhere("second_step.rs", "second_step.enrolled: an authenticator app"),
    ),
    (
        "/sign-in/second/passkey",
        Open("the first step lets in"),
        &[],
        Elsewhere("passkeys.rs", "user.signed_in: with a password and a passkey"),
    ),
    (
        "/sign-in/second/passkey/begin",
        Open("the first step lets in"),
        &[],
        Nothing("it asks the browser for one"),
    ),
    (
        "/calendars/settings/connections/fix/forget",
        Person,
        &[],
        Nothing("there is nothing to forget here; each calendar that is leaves a row"),
    ),
    (
        "/settings/people/invitations",
        Admin,
        &[("name", "Robin"), ("purpose", "join"), ("role", "member")],
        Act("invitation.made"),
    ),
    ("/settings/people/invitations/{id}/withdraw", Admin, &[], Act("invitation.withdrawn")),
    ("/settings/people/{id}/confirm-email", Admin, &[], Act("user.email_confirmed")),
    ("/settings/people/{id}/end-sessions", Admin, &[], Act("user.all_sessions_ended")),
    ("/settings/people/{id}/link", Admin, &[], Act("invitation.made")),
    ("/settings/people/{id}/role", Admin, &[("role", "admin")], Act("user.role_changed")),
    ("/settings/people/{id}/remove", Admin, &[], Act("user.removed")),
    ("/hooks/google", Open("the channel's secret lets in"), &[], Nothing("a ring changes nothing")),
    (
        "/hooks/microsoft",
        Open("the channel's secret lets in"),
        &[],
        Nothing("a ring changes nothing"),
    ),
    ("/hooks/zoom", Open("the signature lets in"), &[], Nothing("a notice changes nothing")),
    (
        "/oauth/begin",
        Open("the ticket lets in"),
        &[("ticket", "none")],
        Nothing("what comes back from the provider is written down"),
    ),
    (
        "/settings/set-up/{kind}/check",
        Admin,
        &[],
        Nothing("it asks the provider, and keeps nothing"),
    ),
    (
        "/calendars/settings/connections/add/{kind}",
        Person,
        &[("username", PERSON), ("password", APP_PASSWORD)],
        Act("connection.repaired"),
    ),
    (
        "/calendars/settings/connections/{id}/repair",
        Owner,
        &[("username", PERSON), ("password", APP_PASSWORD)],
        Act("connection.repaired"),
    ),
    (
        "/calendars/settings/connections/attempts/{id}/replace",
        Owner,
        &[("decision", "replace")],
        Elsewhere("replacing.rs", "connection.replaced: It holds kit@icloud.example now."),
    ),
    ("/calendars/settings/connections/{id}/pull", Managed, &[], Act("connection.asked")),
    (
        "/calendars/settings/connections/{id}/busy-only",
        Owner,
        &[("busy_only", "true")],
        Act("connection.busy_only"),
    ),
    (
        "/calendars/settings/connections/{id}/pause",
        Managed,
        &[("paused", "true")],
        Act("connection.paused"),
    ),
    (
        "/calendars/settings/connections/{id}/calendars",
        Owner,
        &[("linked", "none"), ("private_mode", "on")],
        Act("choices.changed"),
    ),
    ("/calendars/settings/calendars", Person, &[("linked", "none")], Act("choices.changed")),
    (
        "/calendars/settings/connections/{id}/calendars/{calendar}",
        Managed,
        &[("all_day_is_busy", "on")],
        Act("calendar.changed"),
    ),
    (
        "/calendars/settings/connections/{id}/calendars/{calendar}/believe",
        Managed,
        &[],
        Act("calendar.believed"),
    ),
    (
        "/calendars/settings/connections/{id}/calendars/{calendar}/remove",
        Managed,
        &[],
        Act("calendar.removed"),
    ),
    (
        "/calendars/settings/connections/{id}/disconnect",
        Managed,
        &[],
        Act("connection.disconnected"),
    ),
    (
        "/settings/profile",
        Person,
        &[("name", "Dana R."), ("email", EMAIL), ("time_zone", "Europe/Athens")],
        Act("user.profile_changed"),
    ),
    (
        "/settings/profile/password",
        Person,
        &[("present", PASSWORD), ("password", "five other words in a row")],
        Act("user.password_changed"),
    ),
    (
        "/settings/profile/identities/remove",
        Person,
        &[("issuer", "https://id.example")],
        Act("user.identity_removed"),
    ),
    ("/settings/profile/sessions/end-others", Person, &[], Act("user.sessions_ended")),
    ("/settings/profile/sessions/end-all", Person, &[], Act("user.signed_out_everywhere")),
    (
        "/sign-in",
        Open("one signs in here"),
        &[("email", EMAIL), ("password", "five other words in a row")],
        Act("user.signed_in"),
    ),
    (
        "/sign-in",
        Open("one fails to sign in here"),
        &[("email", EMAIL), ("password", "wrong")],
        Act("user.sign_in_failed"),
    ),
    ("/sign-in/{token}", Open("the token lets in"), &[], Act("user.signed_in")),
    ("/sign-out", Person, &[], Act("user.signed_out")),
    (
        "/invitations/{token}",
        Open("the token lets in"),
        &[
            ("name", "Robin"),
            ("email", "robin@northwind.example"),
            ("time_zone", "UTC"),
            ("password", PASSWORD),
        ],
        Act("user.joined"),
    ),
];

/// Addresses that name things in their query.
const BY_QUERY: [&str; 10] = [
    "/calendars/settings/connections?user={user}",
    "/settings/profile/calendar?user={user}",
    "/calendars/settings/calendars?user={user}",
    "/stream?of=connections&user={user}",
    "/week?user={user}",
    "/stream?of=connection&id={id}",
    "/stream?of=week&user={user}",
    "/oauth/go/google?repairs={id}",
    "/stream?of=webhook&id={webhook}",
    "/stream?of=attempt&id={attempt}",
];

/// Addresses of an administrator that name a person in their query, and are there whoever it is.
const NARROWED: [&str; 3] = [
    "/settings/audit?person={user}",
    "/settings/audit/export?format=csv&person={user}",
    "/settings/audit/export?format=jsonl&person={user}",
];

/// The ids of what the house holds.
#[derive(Clone)]
struct Ids {
    connection: String,
    calendar: String,
    attempt: String,
    invitation: String,
    user: String,
    key: String,
    webhook: String,
    delivery: String,
    passkey: String,
}

impl Ids {
    /// The same kinds of ids, of nothing.
    fn unknown(&self) -> Self {
        let none = |id: &str| format!("{}{}", &id[..4], "0".repeat(32));
        Self {
            connection: none(&self.connection),
            calendar: none(&self.calendar),
            attempt: none(&self.attempt),
            invitation: none(&self.invitation),
            user: none(&self.user),
            key: none(&self.key),
            webhook: none(&self.webhook),
            delivery: none(&self.delivery),
            passkey: "bm9uZQ".to_owned(),
        }
    }

    /// No ids at all.
    fn malformed() -> Self {
        let none = || "%00".to_owned();
        Self {
            connection: none(),
            calendar: none(),
            attempt: none(),
            invitation: none(),
            user: none(),
            key: none(),
            webhook: none(),
            delivery: none(),
            passkey: none(),
        }
    }

    fn fill(&self, path: &str) -> String {
        let id = match path {
            path if path.contains("/attempts/") => &self.attempt,
            path if path.contains("/invitations/") => &self.invitation,
            path if path.contains("/people/") => &self.user,
            path if path.contains("/keys/") => &self.key,
            path if path.contains("/webhooks/") => &self.webhook,
            path if path.contains("/passkeys/") => &self.passkey,
            _ => &self.connection,
        };
        let path = path.replace("{id}", id).replace("{calendar}", &self.calendar);
        let path = path.replace("{delivery}", &self.delivery);
        let path = path.replace("{webhook}", &self.webhook).replace("{attempt}", &self.attempt);
        path.replace("{user}", &self.user).replace("{kind}", "icloud").replace("{name}", "x")
    }
}

/// A house with one connection, its owner's browser, and the ids of all that is there.
async fn house_and_ids(house: &House) -> (Browser<'_>, Ids) {
    let mut dana = house.dana().await;
    let invitation = invite(house, "the token").await;
    let more = (invitation, passkey(house).await);
    let ids = ids_of(house, &mut dana, (&house.account, &house.user), more).await;
    (dana, ids)
}

/// The ids of what somebody has, once they have connected the sandbox's person.
async fn ids_of(
    house: &House,
    browser: &mut Browser<'_>,
    (account, user): (&AccountId, &UserId),
    (invitation, passkey): (String, String),
) -> Ids {
    let attempt = browser.connect(APP_PASSWORD).await;
    house.run().await;
    let mut tx = house.ctx.db.read().await.unwrap();
    let connection = connections::of_user(&mut tx, user).await.unwrap().remove(0).id;
    let (calendar, _) = calendars::of_connection(&mut tx, &connection).await.unwrap().remove(0);
    drop(tx);
    let (key, webhook, delivery) = developing(house, browser, account).await;
    Ids {
        connection: connection.to_string(),
        calendar: calendar.id.to_string(),
        attempt: attempt.rsplit('/').next().unwrap().to_owned(),
        invitation,
        user: user.to_string(),
        key,
        webhook,
        delivery,
        passkey,
    }
}

/// A key, a webhook, and something that it was told.
async fn developing(
    house: &House,
    dana: &mut Browser<'_>,
    account: &AccountId,
) -> (String, String, String) {
    let page = "/settings/developers";
    let key = [("name", "Reports"), ("scope", "read")];
    dana.post(&format!("{page}/keys"), &key).await.expect(200);
    let webhook = [("url", "https://hooks.example/one"), ("event", "calendar.changed")];
    dana.post(&format!("{page}/webhooks"), &webhook).await.expect(200);
    let mut tx = house.ctx.db.read().await.unwrap();
    let key = api_keys::of_account(&mut tx, account).await.unwrap().remove(0).id;
    let webhook = webhooks::of_account(&mut tx, account).await.unwrap().remove(0).id;
    drop(tx);
    dana.post(&format!("{page}/webhooks/{webhook}/test"), &[]).await.expect(303);
    let mut tx = house.ctx.db.read().await.unwrap();
    let delivery = webhooks::last(&mut tx, &webhook, 1).await.unwrap().remove(0).id;
    (key.to_string(), webhook.to_string(), delivery.to_string())
}

/// A passkey of the user's.
async fn passkey(house: &House) -> String {
    let passkey = Passkey {
        id: "b25l".into(),
        user: house.user.clone(),
        name: "Phone".into(),
        public_key: vec![1],
        signatures: 0,
        created_at: house.ctx.clock.now(),
        used_at: None,
    };
    let mut tx = house.ctx.db.begin().await.unwrap();
    passkeys::insert(&mut tx, &passkey).await.unwrap();
    tx.commit().await.unwrap();
    passkey.id
}

/// Somebody is invited, by a link with that token.
async fn invite(house: &House, token: &str) -> String {
    let now = house.ctx.clock.now();
    let invitation = Invitation {
        id: InvitationId::new(now, house.ctx.dice.as_ref()),
        account: house.account.clone(),
        user: None,
        name: "Robin".into(),
        email: None,
        role: store::people::Role::Member,
        purpose: Purpose::Join,
        by: house.user.clone(),
        by_name: "Dana".into(),
        created_at: now,
        expires_at: now + jiff::SignedDuration::from_hours(24),
    };
    let mut tx = house.ctx.db.begin().await.unwrap();
    let hash = sha2::Sha256::digest(token.as_bytes()).into();
    invitations::insert(&mut tx, &invitation, &hash).await.unwrap();
    tx.commit().await.unwrap();
    invitation.id.to_string()
}

async fn call(
    browser: &mut Browser<'_>,
    (method, path): (&Method, &str),
    fields: Fields,
) -> (u16, String) {
    let answer = match *method {
        Method::GET => browser.get(path).await,
        _ => browser.post(path, fields).await,
    };
    let to = answer.headers.get("location").map(|to| to.to_str().unwrap().to_owned());
    (answer.status.as_u16(), to.unwrap_or(answer.html))
}

/// Method, path, who may, and a form.
fn all() -> Vec<(Method, &'static str, Who, Fields)> {
    let looked_at = LOOKED_AT.iter().map(|(path, who)| (Method::GET, *path, *who, &[][..]));
    let changing =
        CHANGING.iter().map(|(path, who, fields, _)| (Method::POST, *path, *who, *fields));
    looked_at.chain(changing).collect()
}

#[tokio::test]
async fn every_route_has_its_row_here() {
    let house = House::new().await;
    let mut known: Vec<(String, String)> =
        all().iter().map(|(method, path, ..)| (method.to_string(), (*path).to_owned())).collect();
    known.sort();
    known.dedup();
    let mut there: Vec<(String, String)> = Vec::new();
    for (methods, path) in house.routes() {
        if path.starts_with("/api/v1") || path.contains("__private__") {
            continue;
        }
        let methods = methods.into_iter().filter(|method| method != "HEAD");
        there.extend(methods.map(|method| (method, path.clone())));
    }
    there.sort();
    there.dedup();
    assert!(there.len() > 40, "the routes were not found: {there:?}");
    assert_eq!(there, known, "left: the router; right: the rows of this test");
}

/// `crates/api/tests` walks the document, and wants a row for each operation in it.
#[tokio::test]
async fn every_route_of_the_api_stands_in_its_document() {
    let house = House::new().await;
    let document = house.browser().get("/api/v1/openapi.json").await.expect(200).html;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let mut known = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let methods = operations.as_object().unwrap().keys();
        known.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
    }
    // Where nothing is.
    known.push(("ANY".into(), "/api/v1/".into()));
    known.sort();
    let mut there: Vec<(String, String)> = Vec::new();
    for (methods, path) in house.routes() {
        if path.starts_with("/api/") && !path.contains("__private__") {
            let methods = methods.into_iter().filter(|method| method != "HEAD");
            there.extend(methods.map(|method| (method, path.clone())));
        }
    }
    there.sort();
    there.dedup();
    assert!(there.len() > 20, "the routes were not found: {there:?}");
    assert_eq!(there, known, "left: the router; right: the document");
}

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_sign_in() {
    let house = House::new().await;
    let (_, ids) = house_and_ids(&house).await;
    // Someone who was removed has a cookie of a session that is over.
    let member = "member@northwind.example";
    let mut removed = house.colleague_of(&house.account, member).await;
    let mut tx = house.ctx.db.begin().await.unwrap();
    let gone = store::people::user_by_email(&mut tx, member).await.unwrap().unwrap().id;
    assert!(store::people::delete_user(&mut tx, &gone).await.unwrap());
    tx.commit().await.unwrap();
    for browser in [&mut house.browser(), &mut removed] {
        for (method, path, who, fields) in all() {
            if matches!(who, Open(_)) {
                continue;
            }
            let (status, to) = call(browser, (&method, &ids.fill(path)), fields).await;
            assert_eq!(status, 303, "{method} {path}");
            assert!(to.starts_with("/sign-in?next="), "{method} {path} goes to {to}");
        }
        for path in BY_QUERY.iter().chain(&NARROWED) {
            let (status, _) = call(browser, (&Method::GET, &ids.fill(path)), &[]).await;
            assert_eq!(status, 303, "{path}");
        }
    }
}

/// What is not theirs, what is unknown and what is no id get one answer.
async fn finds_nothing(
    browser: &mut Browser<'_>,
    ids: &Ids,
    is_closed: impl Fn(Who, &str) -> bool,
) {
    let nothing = browser.get("/nothing/of/that/name").await.expect(404).html;
    for (method, path, who, fields) in all() {
        if !is_closed(who, path) {
            continue;
        }
        for ids in [ids, &ids.unknown(), &Ids::malformed()] {
            let (status, html) = call(browser, (&method, &ids.fill(path)), fields).await;
            assert_eq!(status, 404, "{method} {}", ids.fill(path));
            assert_eq!(html, nothing, "{method} {}", ids.fill(path));
        }
    }
}

#[tokio::test]
async fn somebody_of_another_account_learns_nothing() {
    let house = House::new().await;
    let (mut dana, ids) = house_and_ids(&house).await;
    let mut stranger = house.stranger().await;
    let is_closed =
        |who, path: &str| matches!(who, Owner | Managed) || who == Admin && path.contains("{id}");
    finds_nothing(&mut stranger, &ids, is_closed).await;
    let nothing = stranger.get("/nothing/of/that/name").await.expect(404).html;
    for path in BY_QUERY {
        for ids in [&ids, &ids.unknown(), &Ids::malformed()] {
            let (status, html) = call(&mut stranger, (&Method::GET, &ids.fill(path)), &[]).await;
            assert_eq!((status, html), (404, nothing.clone()), "{}", ids.fill(path));
        }
    }
    for (method, path, _, fields) in all().into_iter().filter(|(.., who, _)| *who == Admin) {
        let (status, html) = call(&mut stranger, (&method, &ids.fill(path)), fields).await;
        assert!(!html.contains("Northwind") && !html.contains(PERSON), "{method} {path} {status}");
        assert!(!html.contains(EMAIL), "{method} {path}");
    }
    dana.get(&format!("{LIST}/{}", ids.connection)).await.expect(200);
}

/// A house, its owner's browser and ids, and those of a stranger who has the same of their own.
async fn two_sides(house: &House) -> (Browser<'_>, Ids, Browser<'_>, Ids) {
    let (dana, ids) = house_and_ids(house).await;
    let mut stranger = house.stranger().await;
    let mut tx = house.ctx.db.read().await.unwrap();
    let sam = store::people::user_by_email(&mut tx, "sam@southwind.example").await.unwrap();
    let sam = sam.unwrap();
    drop(tx);
    let none = ("none".to_owned(), "none".to_owned());
    let own = ids_of(house, &mut stranger, (&sam.account, &sam.id), none).await;
    (dana, ids, stranger, own)
}

#[tokio::test]
async fn an_own_thing_lets_nobody_reach_into_another_account_nor_the_other_way_round() {
    let house = House::new().await;
    let (_, ids, mut stranger, own) = two_sides(&house).await;
    let nothing = stranger.get("/nothing/of/that/name").await.expect(404).html;
    let is_nested = |path: &&str| path.contains("/{calendar}") || path.contains("/{delivery}");
    let nested: Vec<_> = CHANGING.iter().filter(|(path, ..)| is_nested(path)).collect();
    assert_eq!(nested.len(), 4, "what names two things");
    let (calendar, delivery) = (ids.calendar.clone(), ids.delivery.clone());
    let theirs_in_own = Ids { calendar, delivery, ..own.clone() };
    let (calendar, delivery) = (own.calendar.clone(), own.delivery.clone());
    let own_in_theirs = Ids { calendar, delivery, ..ids.clone() };
    for (path, _, fields, _) in nested {
        for mixed in [&theirs_in_own, &own_in_theirs] {
            // Both can be done by whom they belong to.
            prepare(&house, path, &ids).await;
            prepare(&house, path, &own).await;
            let address = mixed.fill(path);
            let (status, html) = call(&mut stranger, (&Method::POST, &address), fields).await;
            assert_eq!((status, html), (404, nothing.clone()), "{address}");
        }
        let (status, _) = call(&mut stranger, (&Method::POST, &own.fill(path)), fields).await;
        assert_eq!(status, 303, "{path}: what is wholly their own");
    }
    let mut tx = house.ctx.db.read().await.unwrap();
    let untouched = calendars::load(&mut tx, &ids.calendar.parse().unwrap()).await.unwrap();
    assert!(!untouched.expect("it is there still").all_day_is_busy);
}

#[tokio::test]
async fn who_is_named_in_a_query_and_is_not_of_the_account_is_nobody() {
    let house = House::new().await;
    let (mut dana, ids, mut stranger, own) = two_sides(&house).await;
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    for path in NARROWED {
        let of = async |browser: &mut Browser<'_>, ids: &Ids| {
            let answer = browser.get(&ids.fill(path)).await.expect(200);
            answer.html.replace(&ids.user, "usr")
        };
        let unknown = of(&mut stranger, &ids.unknown()).await;
        assert_eq!(of(&mut stranger, &ids).await, unknown, "{path}");
        assert!(!unknown.contains("signed_in") && !unknown.contains("</b> signed in"), "{path}");
        for (browser, ids) in [(&mut stranger, &own), (&mut dana, &ids)] {
            let theirs = of(browser, ids).await;
            let is_there = theirs.contains("signed_in") || theirs.contains("</b> signed in");
            assert!(is_there, "{path}: {theirs}");
        }
        for ids in [&ids, &ids.unknown(), &Ids::malformed()] {
            let (status, _) = call(&mut member, (&Method::GET, &ids.fill(path)), &[]).await;
            assert_eq!(status, 404, "{}", ids.fill(path));
        }
    }
}

#[tokio::test]
async fn a_member_is_no_administrator_and_sees_nothing_of_colleagues() {
    let house = House::new().await;
    let (_, ids) = house_and_ids(&house).await;
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    finds_nothing(&mut member, &ids, |who, _| matches!(who, Owner | Managed | Admin)).await;
    // Whose week it is may be seen, without details; nothing else of anybody.
    for path in BY_QUERY.iter().filter(|path| !path.contains("week")) {
        for ids in [&ids, &ids.unknown(), &Ids::malformed()] {
            let (status, _) = call(&mut member, (&Method::GET, &ids.fill(path)), &[]).await;
            assert_eq!(status, 404, "{}", ids.fill(path));
        }
    }
}

#[tokio::test]
async fn an_administrator_looks_after_colleagues_but_is_nobody_else() {
    let house = House::new().await;
    let (_, ids) = house_and_ids(&house).await;
    let mut admin = house.colleague_of(&house.account, "admin@northwind.example").await;
    finds_nothing(&mut admin, &ids, |who, _| who == Owner).await;
    admin.get(&ids.fill("/oauth/go/google?repairs={id}")).await.expect(404);
    for (path, _, fields, _) in CHANGING.iter().filter(|(_, who, ..)| *who == Managed) {
        prepare(&house, path, &ids).await;
        let (status, to) = call(&mut admin, (&Method::POST, &ids.fill(path)), fields).await;
        assert_eq!(status, 303, "{path} {to}");
        assert!(!to.contains("/sign-in"), "{path} {to}");
    }
}

#[tokio::test]
async fn who_may_only_connect_is_led_back_to_that_from_everywhere_else() {
    let house = House::new().await;
    let (_, ids) = house_and_ids(&house).await;
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    let mut tx = house.ctx.db.begin().await.unwrap();
    let user = store::people::user_by_email(&mut tx, "member@northwind.example").await.unwrap();
    let user = user.unwrap().id;
    let session = store::sessions::of_user(&mut tx, &user).await.unwrap().remove(0);
    store::sessions::limit_to_connecting(&mut tx, &session.token_hash, &house.user).await.unwrap();
    tx.commit().await.unwrap();
    let opens = ["/calendars/settings/", "/settings/profile/calendar", "/oauth/", "/stream"];
    for (method, path, who, fields) in all() {
        let is_open = opens.iter().any(|open| path.starts_with(open)) || path == "/sign-out";
        if is_open || matches!(who, Open(_)) {
            continue;
        }
        let (status, to) = call(&mut member, (&method, &ids.fill(path)), fields).await;
        assert_eq!((status, to.as_str()), (303, LIST), "{method} {path}");
    }
    member.get(LIST).await.expect(200).hides(&["/settings/profile\"", "/week"]);
    member.get("/stream?of=week").await.expect(404);
    member.get(&ids.fill("/stream?of=week&user={user}")).await.expect(404);
}

#[tokio::test]
async fn every_act_leaves_its_row_in_the_audit_log() {
    let house = House::new().await;
    let (mut dana, mut ids) = house_and_ids(&house).await;
    house.colleague_of(&house.account, "member@northwind.example").await;
    let mut tx = house.ctx.db.read().await.unwrap();
    let people = store::people::users(&mut tx, &house.account).await.unwrap();
    drop(tx);
    ids.user = people.into_iter().find(|user| user.id != house.user).unwrap().id.to_string();
    let acts = async || -> Vec<String> {
        let mut tx = house.ctx.db.read().await.unwrap();
        let all = audit::list(&mut tx, &house.account, &audit::Wanted::default(), (None, 500))
            .await
            .unwrap();
        all.into_iter().map(|entry| entry.act).collect()
    };
    for (path, _, fields, leaves) in CHANGING {
        prepare(&house, path, &ids).await;
        let link = web::sign_in_link(&house.ctx, &house.user, &at_home()).await.unwrap();
        let mut token = link.path().rsplit('/').next().unwrap().to_owned();
        if path == "/invitations/{token}" {
            "another token".clone_into(&mut token);
            invite(&house, &token).await;
        }
        house.later(1);
        let before = acts().await;
        let address = ids.fill(path).replace("{token}", &token.replace(' ', "%20"));
        let (status, said) = call(&mut dana, (&Method::POST, &address), fields).await;
        dana.wait().await;
        let mut after = acts().await;
        after.truncate(after.len() - before.len());
        match leaves {
            Act(act) => {
                assert!(after.iter().any(|a| a == act), "{path}: {status} {after:?} {said}");
            }
            Nothing(why) => assert!(after.is_empty(), "{path}, {why}: {after:?}"),
            Elsewhere(file, act) => assert!(told_in(file, act), "{path}: {act} in {file}"),
        }
    }
}

/// Does a test of that file look for that row?
fn told_in(file: &str, act: &str) -> bool {
    let file = format!("{}/tests/pages/{file}", env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(file).unwrap();
    let mut told = source.split("    tells(").skip(1).filter_map(|rest| rest.split(");").next());
    told.any(|told| told.contains(&format!("\"{act}\"")))
}

fn at_home() -> url::Url {
    "http://daymark.test/".parse().unwrap()
}

/// What must be so that the act can be done.
async fn prepare(house: &House, path: &str, ids: &Ids) {
    house.later(60);
    let calendar: CalendarId = ids.calendar.parse().unwrap();
    let mut tx = house.ctx.db.begin().await.unwrap();
    if path.ends_with("/calendars/{calendar}/remove") {
        calendars::set_gone(&mut tx, &calendar, Some(house.ctx.clock.now())).await.unwrap();
    }
    if path == "/settings/people/{id}/confirm-email" {
        let user = ids.user.parse().unwrap();
        let known = store::people::user(&mut tx, &user).await.unwrap();
        if let Some(known) = known {
            let (name, zone) = (&known.name, &known.time_zone);
            store::people::update_user(&mut tx, &user, name, "new@northwind.example", zone)
                .await
                .unwrap();
            store::people::update_user(&mut tx, &user, name, &known.email, zone).await.unwrap();
        }
    }
    if path == "/settings/profile/identities/remove" {
        let (identity, now) = (("https://id.example", "1"), house.ctx.clock.now());
        store::identities::insert(&mut tx, identity, &house.user, now).await.unwrap();
    }
    if path == "/calendars/settings/calendars" {
        calendars::set_switches(&mut tx, &calendar, true, false).await.unwrap();
    }
    tx.commit().await.unwrap();
}
