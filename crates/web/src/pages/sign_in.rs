//! Signing in by e-mail address and password, slowed against guessing, and signing out.

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use sha2::{Digest, Sha256};
use store::audit::Actor;
use store::people::{self, User};
use store::sessions::{self, Failures};
use store::{StoreError, Tx};

use super::pieces::field::{Input, Kind};
use super::pieces::words;
use super::sign_in_open_id;
use crate::acts::{self, Did};
use crate::asked::Asked;
use crate::entering::{self, FirstStep};
use crate::error::Fault;
use crate::form::{EMAIL_MAX, Form};
use crate::open_id::OpenIdProvider;
use crate::session::{self, SignedIn};
use crate::{Web, page, passwords};

/// Failures for one person before each further try has to wait.
const FREE_BY_PERSON: i64 = 5;
/// The same for one network address, behind which many people may be.
const FREE_BY_ADDRESS: i64 = 30;
/// The longest wait.
const WAIT_MAX_S: i64 = 15 * 60;
/// Characters of the page to go on to.
const NEXT_MAX: usize = 2_000;

/// Where to go on afterwards.
#[derive(Default, serde::Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

impl Next {
    pub(super) fn as_deref(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// What the form shows.
#[derive(Default)]
struct Shown<'s> {
    email: &'s str,
    next: &'s str,
    /// Where else people sign in.
    provider: Option<&'s str>,
    notice: Option<String>,
    complaint: Option<(&'static str, String)>,
}

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    headers: HeaderMap,
    Asked(next): Asked<Next>,
) -> Result<Response, Fault> {
    let next = safe_next(next.next.as_deref());
    if session::find(&web, &headers).await?.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    Ok(form(&Shown { next, provider: provider(&web), ..Shown::default() }).into_response())
}

fn provider(web: &Web) -> Option<&str> {
    web.settings.open_id.as_deref().map(OpenIdProvider::name)
}

fn form(shown: &Shown<'_>) -> Markup {
    let about =
        |field| shown.complaint.as_ref().filter(|(f, _)| *f == field).map(|(_, say)| say.as_str());
    let body = html! {
        h1 { "Sign in" }
        @if let Some(notice) = &shown.notice { p .notice.alarm role="alert" { (notice) } }
        // Without an address of its own it goes to the page's, with the part behind the # sign:
        // browsers carry that through each redirect, to the page to go on to.
        form .stack method="post" data-checked {
            input type="hidden" name="next" value=(shown.next);
            (Input {
                name: "email", label: "E-mail", kind: Kind::Email, value: shown.email,
                length_max: EMAIL_MAX, fills: "username", error: about("email"),
                ..Input::default()
            }.show())
            (Input {
                name: "password", label: "Password", kind: Kind::Password,
                length_max: passwords::LENGTH_MAX, fills: "current-password",
                error: about("password"), ..Input::default()
            }.show())
            button .button.primary.wide type="submit" { "Sign in" }
        }
        @if let Some(provider) = shown.provider {
            (sign_in_open_id::button(provider, shown.next))
        }
        p .small.soft.after {
            "No password yet, or forgotten? Ask whoever runs this Daymark for a sign-in link."
        }
    };
    page::bare("Sign in", &body)
}

/// A path of this site, or the start.
pub(super) fn safe_next(next: Option<&str>) -> &str {
    let is_own = |next: &&str| {
        next.len() <= NEXT_MAX
            && next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && next.bytes().all(|byte| byte.is_ascii_graphic())
    };
    next.filter(is_own).unwrap_or("/")
}

/// Signs in.
pub(crate) async fn enter(
    State(web): State<Web>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let email = sent.needed("email", EMAIL_MAX).to_lowercase();
    let password = sent.secret("password", passwords::LENGTH_MAX);
    let next = safe_next(Some(sent.raw("next"))).to_owned();
    let mut shown =
        Shown { email: &email, next: &next, provider: provider(&web), ..Shown::default() };
    for field in ["email", "password"] {
        if let Some(say) = sent.complaints().about(field) {
            shown.complaint = Some((field, say.to_owned()));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&shown)).into_response());
        }
    }
    let address = client_address(peer.map(|Extension(ConnectInfo(peer))| peer.ip()), &headers);
    let subjects =
        Subjects { person: subject("email", &email), address: subject("address", &address) };
    if let Some(wait) = reserve(&web, &subjects).await? {
        shown.notice = Some(too_many(wait));
        return Ok(slowed(wait, form(&shown)));
    }
    let (user, hash) = known(&web, &email).await?;
    let fits = passwords::fits(&password, hash.as_deref()).await?;
    let Some(user) = user.as_ref().filter(|_| fits) else {
        let mut tx = web.ctx.db.begin().await?;
        sessions::record_failure(&mut tx, &subjects.address, web.ctx.clock.now()).await?;
        if let Some(user) = &user {
            let did =
                Did { act: "user.sign_in_failed", for_user: Some(&user.id), ..Did::default() };
            acts::record(&web.ctx, &mut tx, (&user.account, Actor::Someone), did).await?;
        }
        tx.commit().await?;
        let say = "This e-mail address and password do not belong together. Check both.";
        shown.complaint = Some(("password", say.to_owned()));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&shown)).into_response());
    };
    let mut tx = web.ctx.db.begin().await?;
    sessions::forget_failures(&mut tx, &subjects.person).await?;
    tx.commit().await?;
    entering::admit(&web, &user.id, (FirstStep::Password, None), &headers, &next).await
}

pub(super) fn too_many(wait: SignedDuration) -> String {
    format!("Too many tries. Wait {}, then try again.", words::length(wait))
}

pub(super) fn slowed(wait: SignedDuration, page: Markup) -> Response {
    let wait = [(RETRY_AFTER, wait.as_secs().max(1).to_string())];
    (StatusCode::TOO_MANY_REQUESTS, wait, page).into_response()
}

async fn known(web: &Web, email: &str) -> Result<(Option<User>, Option<String>), StoreError> {
    let mut tx = web.ctx.db.read().await?;
    let Some(user) = people::user_by_email(&mut tx, email).await? else { return Ok((None, None)) };
    let hash = people::password_hash(&mut tx, &user.id).await?;
    Ok((Some(user), hash))
}

/// Whose tries are counted: as hashes, so that the table tells nobody's address.
pub(super) struct Subjects {
    pub(super) person: String,
    pub(super) address: String,
}

impl Subjects {
    /// Those of the second step, where the person is known.
    pub(super) fn of_second(
        user: &connection::UserId,
        peer: Option<SocketAddr>,
        headers: &HeaderMap,
    ) -> Self {
        let address = client_address(peer.map(|peer| peer.ip()), headers);
        let person = subject("second", user.as_str());
        Self { person, address: subject("address", &address) }
    }
}

fn subject(what: &str, value: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{what}:{value}").as_bytes()))
}

/// Counts this try as a failure before it is looked at, so that a hundred at once are a hundred;
/// or says how long to wait. Success forgets it again.
pub(super) async fn reserve(
    web: &Web,
    subjects: &Subjects,
) -> Result<Option<SignedDuration>, StoreError> {
    let now = web.ctx.clock.now();
    let mut tx = web.ctx.db.begin().await?;
    let by_person = wait(&mut tx, &subjects.person, FREE_BY_PERSON, now).await?;
    let by_address = wait(&mut tx, &subjects.address, FREE_BY_ADDRESS, now).await?;
    if let Some(wait) = by_person.max(by_address) {
        return Ok(Some(wait));
    }
    sessions::record_failure(&mut tx, &subjects.person, now).await?;
    tx.commit().await?;
    Ok(None)
}

async fn wait(
    tx: &mut Tx,
    subject: &str,
    free: i64,
    now: Timestamp,
) -> Result<Option<SignedDuration>, StoreError> {
    Ok(left_to_wait(sessions::failures(tx, subject).await?, free, now))
}

/// One second after the free tries, doubled for each further one.
fn left_to_wait(failures: Failures, free: i64, now: Timestamp) -> Option<SignedDuration> {
    let (last_at, over) = (failures.last_at?, failures.count - free);
    let doublings = u32::try_from(over).ok()?.min(20);
    let wait = SignedDuration::from_secs((1 << doublings).min(WAIT_MAX_S));
    let left = wait - now.duration_since(last_at);
    left.is_positive().then_some(left)
}

/// Who asks: the peer, or where a proxy of our own machine or network stands between, whom it
/// names last.
fn client_address(peer: Option<IpAddr>, headers: &HeaderMap) -> String {
    let is_near = |peer: &IpAddr| match peer {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
    };
    let named = headers.get_all("x-forwarded-for").iter().next_back();
    let named =
        named.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    let address: Option<IpAddr> = match peer {
        Some(near) if is_near(&near) => named.or(Some(near)),
        other => other,
    };
    match address {
        Some(IpAddr::V6(address)) => {
            // One household has a whole /64.
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Some(address) => address.to_string(),
        None => "unknown".to_owned(),
    }
}

/// Signs out here.
pub(crate) async fn leave(State(web): State<Web>, who: SignedIn) -> Result<Response, Fault> {
    session::end(&web, &who, "/sign-in").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_on_to() {
        assert_eq!(safe_next(Some("/week?of=2026-11-22")), "/week?of=2026-11-22");
        for elsewhere in
            ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", ""]
        {
            assert_eq!(safe_next(Some(elsewhere)), "/", "{elsewhere}");
        }
        assert_eq!(safe_next(None), "/");
    }

    #[test]
    fn waiting_grows_with_each_failure_and_has_an_end() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let after = |count| {
            left_to_wait(Failures { count, last_at: Some(now) }, 5, now).map(|wait| wait.as_secs())
        };
        assert_eq!([after(0), after(4), after(5), after(8)], [None, None, Some(1), Some(8)]);
        assert_eq!(after(1_000), Some(WAIT_MAX_S));
        let later = now + SignedDuration::from_secs(8);
        assert_eq!(left_to_wait(Failures { count: 8, last_at: Some(now) }, 5, later), None);
    }

    #[test]
    fn only_a_proxy_nearby_is_believed_about_who_asks() {
        let headers = HeaderMap::from_iter([(
            http::header::HeaderName::from_static("x-forwarded-for"),
            http::HeaderValue::from_static("198.51.100.9, 203.0.113.7"),
        )]);
        let seen = |peer: &str| client_address(peer.parse().ok(), &headers);
        assert_eq!(seen("127.0.0.1"), "203.0.113.7");
        assert_eq!(seen("192.0.2.1"), "192.0.2.1");
        assert_eq!(seen("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2");
    }
}
