//! Guessing is slowed: tries are counted by person and by network address, as hashes, so that the
//! table tells nobody's address.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connection::UserId;
use http::header::RETRY_AFTER;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use sha2::{Digest, Sha256};
use store::sessions::{self, Failures};
use store::{StoreError, Tx};

use crate::Web;
use crate::pages::pieces::words;

/// Failures for one person (from one address, where that is all that is known of who asks) before
/// each further try has to wait, and how long at most.
const BY_PERSON: Limit = Limit { free: 5, wait_max_s: 15 * 60 };
/// The same for one network address, behind which many people may be.
const BY_ADDRESS: Limit = Limit { free: 30, wait_max_s: 15 * 60 };
/// The same for one e-mail address from everywhere: whoever knows it must not keep its owner out.
const FROM_EVERYWHERE: Limit = Limit { free: 20, wait_max_s: 30 };

#[derive(Clone, Copy)]
struct Limit {
    free: i64,
    wait_max_s: i64,
}

/// The proxies of the operator's: those believed in whom they name as the one who asks.
#[derive(Clone)]
pub struct Proxies(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl Proxies {
    /// Those of which that is true.
    pub fn new(are: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(are))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        (self.0)(address.to_canonical())
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxies")
    }
}

/// From where somebody asks, as it is counted.
pub(crate) struct Client(String);

impl FromRequestParts<Web> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(Self(client_address(peer, &parts.headers, &web.settings.trusted_proxies)))
    }
}

/// Whose tries are counted.
pub(crate) struct Subjects {
    person: String,
    /// The person wherever the try comes from, where anybody may try in their name.
    everywhere: Option<String>,
    address: String,
}

impl Subjects {
    /// Those of what somebody who is known so far tries.
    pub(crate) fn of(what: &str, user: &UserId, client: &Client) -> Self {
        let person = subject(what, user.as_str());
        Self { person, everywhere: None, address: subject("address", &client.0) }
    }

    /// Those of who signs in by an e-mail address: one who fails elsewhere makes them wait little.
    pub(crate) fn of_email(email: &str, client: &Client) -> Self {
        let person = subject("email", &format!("{email} from {}", client.0));
        let everywhere = Some(subject("email", email));
        Self { person, everywhere, address: subject("address", &client.0) }
    }
}

fn subject(what: &str, value: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{what}:{value}").as_bytes()))
}

pub(crate) fn too_many(wait: SignedDuration) -> String {
    format!("Too many tries. Wait {}, then try again.", words::length(wait))
}

pub(crate) fn slowed(wait: SignedDuration, page: Markup) -> Response {
    let wait = [(RETRY_AFTER, wait.as_secs().max(1).to_string())];
    (StatusCode::TOO_MANY_REQUESTS, wait, page).into_response()
}

/// Counts this try as a failure before it is looked at, so that a hundred at once are a hundred;
/// or says how long to wait. Success forgets it again.
pub(crate) async fn reserve(
    web: &Web,
    subjects: &Subjects,
) -> Result<Option<SignedDuration>, StoreError> {
    let now = web.ctx.clock.now();
    let mut tx = web.ctx.db.begin().await?;
    let by_person = wait(&mut tx, &subjects.person, BY_PERSON, now).await?;
    let by_address = wait(&mut tx, &subjects.address, BY_ADDRESS, now).await?;
    let by_all = match &subjects.everywhere {
        Some(subject) => wait(&mut tx, subject, FROM_EVERYWHERE, now).await?,
        None => None,
    };
    if let Some(wait) = by_person.max(by_address).max(by_all) {
        return Ok(Some(wait));
    }
    for subject in subjects.everywhere.iter().chain([&subjects.person]) {
        sessions::record_failure(&mut tx, subject, now).await?;
    }
    tx.commit().await?;
    Ok(None)
}

/// Counts a trip to another's sign-in page, or says how long to wait; who comes back as somebody
/// known is forgiven.
pub(crate) async fn reserve_trip(
    web: &Web,
    client: &Client,
) -> Result<Option<SignedDuration>, StoreError> {
    let (subject, now) = (subject("trip", &client.0), web.ctx.clock.now());
    let mut tx = web.ctx.db.begin().await?;
    if let Some(wait) = wait(&mut tx, &subject, BY_ADDRESS, now).await? {
        return Ok(Some(wait));
    }
    sessions::record_failure(&mut tx, &subject, now).await?;
    tx.commit().await?;
    Ok(None)
}

/// Somebody came back from there and is known.
pub(crate) async fn forgive_trips(web: &Web, client: &Client) -> Result<(), StoreError> {
    let mut tx = web.ctx.db.begin().await?;
    sessions::forget_failures(&mut tx, &subject("trip", &client.0)).await?;
    tx.commit().await
}

/// The try failed.
pub(crate) async fn failed(web: &Web, tx: &mut Tx, subjects: &Subjects) -> Result<(), StoreError> {
    sessions::record_failure(tx, &subjects.address, web.ctx.clock.now()).await
}

/// It succeeded: what failed before, of this person or from this address, is forgiven.
pub(crate) async fn forgive(tx: &mut Tx, subjects: &Subjects) -> Result<(), StoreError> {
    for subject in subjects.everywhere.iter().chain([&subjects.person, &subjects.address]) {
        sessions::forget_failures(tx, subject).await?;
    }
    Ok(())
}

async fn wait(
    tx: &mut Tx,
    subject: &str,
    limit: Limit,
    now: Timestamp,
) -> Result<Option<SignedDuration>, StoreError> {
    Ok(left_to_wait(sessions::failures(tx, subject).await?, limit, now))
}

/// One second after the free tries, doubled for each further one.
fn left_to_wait(failures: Failures, limit: Limit, now: Timestamp) -> Option<SignedDuration> {
    let (last_at, over) = (failures.last_at?, failures.count - limit.free);
    let doublings = u32::try_from(over).ok()?.min(20);
    let wait = SignedDuration::from_secs((1 << doublings).min(limit.wait_max_s));
    let left = wait - now.duration_since(last_at);
    left.is_positive().then_some(left)
}

/// Who asks: the peer, or, where that is a proxy of the operator's, whom it names; and so on.
fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &Proxies) -> String {
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let texts = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    let mut named = texts.map(|text| text.trim().parse::<IpAddr>().ok());
    let mut address = peer;
    while let Some(proxy) = address.filter(|address| proxies.trusts(*address)) {
        let Some(next) = named.next() else { break };
        address = Some(next.unwrap_or(proxy));
        if next.is_none() {
            break;
        }
    }
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V6(address)) => {
            // One household has a whole /64.
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Some(address) => address.to_string(),
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_with_each_failure_and_has_an_end() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let after = |count| {
            let wait = left_to_wait(Failures { count, last_at: Some(now) }, BY_PERSON, now);
            wait.map(|wait| wait.as_secs())
        };
        assert_eq!([after(0), after(4), after(5), after(8)], [None, None, Some(1), Some(8)]);
        assert_eq!(after(1_000), Some(BY_PERSON.wait_max_s));
        let later = now + SignedDuration::from_secs(8);
        assert_eq!(left_to_wait(Failures { count: 8, last_at: Some(now) }, BY_PERSON, later), None);
    }

    #[test]
    fn only_the_operators_proxies_are_believed_about_who_asks() {
        let seen = |peer: &str, named: &'static str| {
            let line = (
                http::header::HeaderName::from_static("x-forwarded-for"),
                http::HeaderValue::from_static(named),
            );
            let own =
                Proxies::new(|address| address.is_loopback() || address.to_string() == "10.0.0.9");
            client_address(peer.parse().ok(), &HeaderMap::from_iter([line]), &own)
        };
        let chain = "198.51.100.9, 203.0.113.7";
        assert_eq!(seen("127.0.0.1", chain), "203.0.113.7");
        assert_eq!(seen("::ffff:127.0.0.1", chain), "203.0.113.7");
        assert_eq!(seen("192.0.2.1", chain), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", chain), "10.0.0.1", "near, but not named");
        assert_eq!(seen("127.0.0.1", "198.51.100.9, 203.0.113.7, 10.0.0.9"), "203.0.113.7");
        assert_eq!(seen("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(seen("::ffff:192.0.2.1", chain), "192.0.2.1");
        assert_eq!(seen("2001:db8:1:2:3:4:5:6", chain), "2001:db8:1:2");
    }
}
