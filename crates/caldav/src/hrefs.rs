//! Names as a CalDAV server spells them (hrefs): sent back exactly as they came, compared after
//! normalising, and kept as seen from the calendar home, so that they stay the same when the home
//! moves (Apple moves accounts from one partition to another).

use std::borrow::Cow;
use std::fmt::Write;

use connection::RemoteId;
use percent_encoding::percent_decode_str;
use url::{Position, Url};

/// What the id of a thing within the home begins with (RFC 3986 §4.2).
const WITHIN: &str = "./";

/// The address that an href means, seen from `at`.
pub(crate) fn resolve(at: &Url, href: &str) -> Option<Url> {
    at.join(href.trim()).ok().filter(Url::has_host)
}

/// The id that we keep for an href that an answer from `at` names: what the server's own spelling
/// has after `home`, else its path where it is on the home's host, else all of it.
pub(crate) fn id(home: &Url, at: &Url, href: &str) -> RemoteId {
    let href = href.trim();
    let Some(url) = resolve(at, href).filter(|url| url.origin() == home.origin()) else {
        return RemoteId::new(href);
    };
    let path = path_of(href).unwrap_or(url.path());
    match below(home, path) {
        Some(rest) => RemoteId::new(format!("{WITHIN}{rest}")),
        None => RemoteId::new(path),
    }
}

/// The href that an id stands for: the server's own spelling again.
pub(crate) fn href<'a>(home: &Url, id: &'a str) -> Cow<'a, str> {
    match id.strip_prefix(WITHIN) {
        Some(rest) => format!("{}/{rest}", home.path().trim_end_matches('/')).into(),
        None => id.into(),
    }
}

/// The path of an href as it is spelled; `None` where it begins with neither path nor scheme.
fn path_of(href: &str) -> Option<&str> {
    let rest = href.strip_prefix("https://").or_else(|| href.strip_prefix("http://"));
    let path = rest.map_or(Some(href), |rest| rest.find('/').map(|at| &rest[at..]));
    path.filter(|path| path.starts_with('/'))
}

/// What a path has after the home's; `None` where it leads elsewhere, or to the home itself.
/// Quirk caldav-4: the part that both have may be spelled in two ways.
fn below<'a>(home: &Url, path: &'a str) -> Option<&'a str> {
    let mut rest = path.strip_prefix('/')?;
    for part in home.path().split('/').filter(|part| !part.is_empty()) {
        let (first, after) = rest.split_once('/')?;
        if decoded(first) != decoded(part) {
            return None;
        }
        rest = after;
    }
    (!rest.is_empty()).then_some(rest)
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
    fn an_id_is_the_servers_own_spelling_as_seen_from_the_home() {
        let home: Url = "https://p42.example/a@b/calendars/".parse().unwrap();
        let id = |href: &str| id(&home, &home, href).as_str().to_owned();
        assert_eq!(id("/a@b/calendars/x%40y/z.ics"), "./x%40y/z.ics");
        assert_eq!(id("/a%40b/calendars/x@y/z.ics"), "./x@y/z.ics");
        assert_eq!(id("https://p42.example:443/a@b/calendars/home/"), "./home/");
        assert_eq!(id("/a@b/calendars/"), "/a@b/calendars/");
        assert_eq!(id("/c@d/calendars/x.ics"), "/c@d/calendars/x.ics");
        assert_eq!(id("https://other.example/x.ics"), "https://other.example/x.ics");
    }

    #[test]
    fn an_id_stays_when_the_home_moves_and_names_the_new_place() {
        let new: Url = "https://p77.example/7/calendars".parse().unwrap();
        assert_eq!(href(&new, "./home/x@y.ics"), "/7/calendars/home/x@y.ics");
        assert_eq!(id(&new, &new, "/7/calendars/home/x@y.ics").as_str(), "./home/x@y.ics");
        assert_eq!(href(&new, "/c/x.ics"), "/c/x.ics");
    }

    #[test]
    fn a_path_on_another_host_is_not_taken_for_the_homes() {
        let home: Url = "https://p42.example/1/".parse().unwrap();
        let other: Url = "https://p43.example/1/shared/".parse().unwrap();
        assert_eq!(id(&home, &other, "/1/shared/x.ics").as_str(), "/1/shared/x.ics");
    }

    #[test]
    fn spellings_of_one_address_have_one_key() {
        let key = |text: &str| key(&Url::parse(text).unwrap());
        assert_eq!(key("https://h.example/a%40b/c/"), key("https://H.example:443/a@b/c"));
        assert_ne!(key("https://h.example/a"), key("https://h.example:8443/a"));
        assert_ne!(key("https://h.example/a%2Bb"), key("https://h.example/a%20b"));
    }
}
