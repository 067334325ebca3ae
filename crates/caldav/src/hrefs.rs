//! Names as a CalDAV server spells them (hrefs): sent back exactly as they came, compared after
//! normalising, and kept without scheme and host where those are the calendar home's own.

use std::borrow::Cow;
use std::fmt::Write;

use connection::RemoteId;
use percent_encoding::percent_decode_str;
use url::{Position, Url};

/// The address that an href means, seen from `at`.
pub(crate) fn resolve(at: &Url, href: &str) -> Option<Url> {
    at.join(href.trim()).ok().filter(Url::has_host)
}

/// The id that we keep for an href: the server's own spelling, as a path where it lies on the
/// same host as `home`, so that an answer with whole addresses names the same things.
pub(crate) fn id(home: &Url, href: &str) -> RemoteId {
    let href = href.trim();
    let Some(rest) = href.strip_prefix("https://").or_else(|| href.strip_prefix("http://")) else {
        return RemoteId::new(href);
    };
    let is_at_home = Url::parse(href).is_ok_and(|url| url.origin() == home.origin());
    match rest.find('/') {
        Some(path) if is_at_home => RemoteId::new(&rest[path..]),
        _ => RemoteId::new(href),
    }
}

/// All of an address that people are told: the host, and the port where it is an unusual one.
pub(crate) fn site(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

/// What two spellings of one address have in common: percent-encoding resolved, default port
/// and trailing slash left out. Quirk caldav-4: `@` and `%40` come mixed from one server.
pub(crate) fn key(url: &Url) -> String {
    let mut key = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        let _ = write!(key, ":{port}");
    }
    key.push_str(decoded(url.path()).trim_end_matches('/'));
    key
}

/// Percent-decoded; as it is, where that is no UTF-8.
pub(crate) fn decoded(path: &str) -> Cow<'_, str> {
    percent_decode_str(path).decode_utf8().unwrap_or(Cow::Borrowed(path))
}

/// Is it a collection by its spelling?
pub(crate) fn is_collection(href: &str) -> bool {
    href.trim_end().ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_servers_own_spelling_without_its_own_host() {
        let home: Url = "https://p42.example/1/calendars/".parse().unwrap();
        let id = |href: &str| id(&home, href).as_str().to_owned();
        assert_eq!(id("/1/calendars/a%40b/x.ics"), "/1/calendars/a%40b/x.ics");
        assert_eq!(id("https://p42.example:443/1/calendars/a@b.ics"), "/1/calendars/a@b.ics");
        assert_eq!(id("https://other.example/x.ics"), "https://other.example/x.ics");
    }

    #[test]
    fn spellings_of_one_address_have_one_key() {
        let key = |text: &str| key(&Url::parse(text).unwrap());
        assert_eq!(key("https://h.example/a%40b/c/"), key("https://H.example:443/a@b/c"));
        assert_ne!(key("https://h.example/a"), key("https://h.example:8443/a"));
        assert_ne!(key("https://h.example/a%2Bb"), key("https://h.example/a%20b"));
    }
}
