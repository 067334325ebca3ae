//! The address of a feed: a secret. Whoever has it can read the calendar, so nothing beyond its
//! host is ever shown.

use http::HeaderMap;
use jiff::SignedDuration;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

use crate::fetch::hex;
use crate::hrefs;

/// Longer is no address.
const ADDRESS_MAX: usize = 4000;
/// However often a feed wants to be asked, it is asked within these.
const HINT_MIN: SignedDuration = SignedDuration::from_mins(15);
const HINT_MAX: SignedDuration = SignedDuration::from_hours(12);

/// Where a feed is, and the credentials that stood in its address.
pub(crate) struct Place {
    pub(crate) url: Url,
    pub(crate) basic: Option<outbound::Basic>,
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAddress {
    Missing,
    Damaged,
    Scheme,
}

impl Place {
    /// All of the address that may be shown.
    pub(crate) fn host(&self) -> &str {
        hrefs::site(&self.url)
    }

    /// Two spellings of one feed have one; nothing of the address can be read from it.
    pub(crate) fn fingerprint(&self) -> String {
        let user = self.basic.as_ref().map(|basic| basic.username.as_str()).unwrap_or_default();
        let query = self.url.query().unwrap_or_default();
        let whole = format!("{user}@{}?{query}", hrefs::key(&self.url));
        hex(&Sha256::digest(whole)[..16])
    }
}

/// Reads an address; `webcal` and none mean https.
pub(crate) fn read(typed: &str) -> Result<Place, NoAddress> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(NoAddress::Missing);
    }
    if typed.len() > ADDRESS_MAX || typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(NoAddress::Damaged);
    }
    let text = match typed.split_once("://") {
        None => format!("https://{typed}"),
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "webcal" | "webcals" | "feed" => format!("https://{rest}"),
            "http" | "https" => typed.to_owned(),
            _ => return Err(NoAddress::Scheme),
        },
    };
    let mut url = Url::parse(&text).map_err(|_| NoAddress::Damaged)?;
    let username = hrefs::decoded(url.username()).into_owned();
    let password = url.password().map(|text| SecretString::from(hrefs::decoded(text).into_owned()));
    let basic = match (username.is_empty(), password) {
        (true, None) => None,
        (_, password) => Some(outbound::Basic { username, password: password.unwrap_or_default() }),
    };
    url.set_fragment(None);
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return Err(NoAddress::Damaged);
    }
    Ok(Place { url, basic })
}

/// How often a feed wants to be asked, within reason.
pub(crate) fn hint(wanted: Option<SignedDuration>) -> Option<SignedDuration> {
    wanted.map(|wanted| wanted.clamp(HINT_MIN, HINT_MAX))
}

/// What `Cache-Control` says about it.
pub(crate) fn max_age(headers: &HeaderMap) -> Option<SignedDuration> {
    let line = headers.get(http::header::CACHE_CONTROL)?.to_str().ok()?;
    let wish = line.split(',').find_map(|part| part.trim().strip_prefix("max-age="))?;
    let seconds: u32 = wish.trim_matches('"').parse().ok()?;
    (seconds > 0).then(|| SignedDuration::from_secs(i64::from(seconds)))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn every_spelling_of_a_feed_is_read() {
        for (typed, url) in [
            ("webcal://h.example/a.ics", "https://h.example/a.ics"),
            ("WEBCALS://h.example/a.ics#x", "https://h.example/a.ics"),
            (" http://h.example/a.ics?k=1 ", "http://h.example/a.ics?k=1"),
            ("h.example/a.ics", "https://h.example/a.ics"),
        ] {
            assert_eq!(read(typed).unwrap().url.as_str(), url);
        }
        let place = read("https://ann:s%40cret@h.example/a.ics").unwrap();
        assert_eq!(place.url.as_str(), "https://h.example/a.ics");
        let basic = place.basic.unwrap();
        assert_eq!((basic.username.as_str(), basic.password.expose_secret()), ("ann", "s@cret"));
        assert_eq!(read("").err(), Some(NoAddress::Missing));
        assert_eq!(read("file:///etc/passwd").err(), Some(NoAddress::Scheme));
        assert_eq!(read("https://h.example/a b").err(), Some(NoAddress::Damaged));
    }

    #[test]
    fn one_feed_has_one_fingerprint_and_two_have_two() {
        let print = |typed: &str| read(typed).unwrap().fingerprint();
        assert_eq!(print("webcal://H.example/a%40b.ics"), print("https://h.example:443/a@b.ics"));
        assert_ne!(print("https://h.example/a.ics?k=1"), print("https://h.example/a.ics?k=2"));
        assert!(!print("https://h.example/private-1/basic.ics").contains("private"));
    }

    #[test]
    fn a_feed_is_asked_within_reason() {
        let minutes = |n| Some(SignedDuration::from_mins(n));
        assert_eq!(hint(minutes(1)), minutes(15));
        assert_eq!(hint(minutes(60)), minutes(60));
        assert_eq!(hint(minutes(60 * 48)), minutes(60 * 12));
        assert_eq!(hint(None), None);
    }
}
