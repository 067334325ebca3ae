//! Guessing is slowed: tries are counted by person and by network address, as hashes, so that the
//! table tells nobody's address. What failed is forgotten with time.

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
use store::tries::{self, Tries};
use store::{StoreError, Tx};

use crate::Web;
use crate::pages::pieces::words;

/// For one person (from one address, where that is all that is known of who asks).
const BY_PERSON: Limit = Limit { free: 5, counts: SignedDuration::from_mins(15) };
/// For one network address, behind which many people may be.
const BY_ADDRESS: Limit = Limit { free: 30, counts: SignedDuration::from_mins(2) };
/// For one e-mail address from everywhere: whoever knows it must not keep its owner out.
const FROM_EVERYWHERE: Limit = Limit { free: 20, counts: SignedDuration::from_secs(30) };
/// For one person's codes from everywhere: nor whoever knows the password. Of six digits, this lets
/// one in five hundred be guessed a day.
const CODES_FROM_EVERYWHERE: Limit = Limit { free: 20, counts: SignedDuration::from_mins(2) };

/// How many may fail before each further try has to wait, and how long each counts: they are
/// forgotten one after another, and nobody waits longer than for one.
#[derive(Clone, Copy)]
struct Limit {
    free: i128,
    counts: SignedDuration,
}

impl Limit {
    /// How many count.
    fn count(self, tries: Tries, now: Timestamp) -> i128 {
        let left = tries.forgotten_at.duration_since(now).as_millis().max(0);
        let each = self.counts.as_millis();
        (left + each - 1) / each
    }

    /// One second after the free tries, doubled for each further one.
    fn wait(self, tries: Tries, now: Timestamp) -> Option<SignedDuration> {
        let doublings = u32::try_from(self.count(tries, now) - self.free).ok()?.min(20);
        let wait = SignedDuration::from_secs(1 << doublings).min(self.counts);
        let left = wait - now.duration_since(tries.last_at);
        left.is_positive().then_some(left)
    }

    fn one_more(self, tries: Tries, now: Timestamp) -> Tries {
        Tries { last_at: now, forgotten_at: tries.forgotten_at.max(now) + self.counts }
    }
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
    /// The person, in one way or two.
    own: Vec<(String, Limit)>,
    address: String,
}

impl Subjects {
    /// Those of what somebody who is known so far tries.
    pub(crate) fn of(what: &str, user: &UserId, client: &Client) -> Self {
        let own = vec![(subject(what, user.as_str()), BY_PERSON)];
        Self { own, address: subject("address", &client.0) }
    }

    /// Those of who signs in by an e-mail address: one who fails elsewhere makes them wait little.
    pub(crate) fn of_email(email: &str, client: &Client) -> Self {
        Self::here_and_everywhere(("email", email), FROM_EVERYWHERE, client)
    }

    /// Those of who is half way in, and types a code: the same holds.
    pub(crate) fn of_code(user: &UserId, client: &Client) -> Self {
        Self::here_and_everywhere(("second", user.as_str()), CODES_FROM_EVERYWHERE, client)
    }

    /// Of what nobody can guess only so much is written down from one address.
    pub(crate) fn of_signature(client: &Client) -> Self {
        Self { own: Vec::new(), address: subject("address", &client.0) }
    }

    fn here_and_everywhere(
        (what, value): (&str, &str),
        everywhere: Limit,
        client: &Client,
    ) -> Self {
        let here = subject(what, &format!("{value} from {}", client.0));
        let own = vec![(subject(what, value), everywhere), (here, BY_PERSON)];
        Self { own, address: subject("address", &client.0) }
    }

    /// That of a trip to another's sign-in page.
    pub(crate) fn of_trip(client: &Client) -> Self {
        Self { own: Vec::new(), address: subject("trip", &client.0) }
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
/// or says how long to wait. Who succeeds is forgiven.
pub(crate) async fn reserve(
    web: &Web,
    subjects: &Subjects,
) -> Result<Option<SignedDuration>, StoreError> {
    let now = web.ctx.clock.now();
    let mut tx = web.ctx.db.begin().await?;
    let mut longest = None;
    // In one order always: those who hold the one wait for the other.
    let own = subjects.own.iter().map(|(subject, limit)| (subject, *limit));
    for (subject, limit) in own.chain([(&subjects.address, BY_ADDRESS)]) {
        let before = tries::hold(&mut tx, subject).await?;
        longest = longest.max(limit.wait(before, now));
        tries::set(&mut tx, subject, limit.one_more(before, now)).await?;
    }
    if longest.is_none() {
        tx.commit().await?;
    }
    Ok(longest)
}

/// It succeeded: what this person failed before is forgiven, but what failed from their address
/// may have been in the name of others; there, only this try is taken back.
pub(crate) async fn forgive(tx: &mut Tx, subjects: &Subjects) -> Result<(), StoreError> {
    for (subject, _) in &subjects.own {
        tries::forget(tx, subject).await?;
    }
    tries::give_back(tx, &subjects.address, BY_ADDRESS.counts).await
}

/// Writes down once more what counts, and changes nothing.
pub(crate) async fn touch(tx: &mut Tx, subjects: &Subjects) -> Result<(), StoreError> {
    tries::give_back(tx, &subjects.address, SignedDuration::ZERO).await
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
            // One household may have a whole /56.
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{:x}", d & 0xff00)
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
        let failed = |count| {
            let never = Tries { last_at: Timestamp::UNIX_EPOCH, forgotten_at: now };
            (0..count).fold(never, |tries, _| BY_PERSON.one_more(tries, now))
        };
        let after = |count, s| BY_PERSON.wait(failed(count), now + SignedDuration::from_secs(s));
        let after = |count, s| after(count, s).map(|wait| wait.as_secs());
        assert_eq!(
            [after(0, 0), after(4, 0), after(5, 0), after(8, 0)],
            [None, None, Some(1), Some(8)]
        );
        assert_eq!([after(8, 7), after(8, 8)], [Some(1), None]);
        assert_eq!(after(1_000, 0), Some(15 * 60));
    }

    #[test]
    fn failures_are_forgotten_one_after_another() {
        let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut tries = Tries { last_at: start, forgotten_at: start };
        for _ in 0..3 {
            tries = BY_ADDRESS.one_more(tries, start);
        }
        let after = |s| BY_ADDRESS.count(tries, start + SignedDuration::from_secs(s));
        assert_eq!([after(0), after(119), after(120), after(359), after(360)], [3, 3, 2, 1, 0]);
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
        assert_eq!(seen("2001:db8:1:2345:3:4:5:6", chain), "2001:db8:1:2300", "one household");
    }
}
