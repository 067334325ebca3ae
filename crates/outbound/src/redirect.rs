//! Where an answer sends us on to, and whether the password may come along.

use http::StatusCode;
use http::header::LOCATION;
use url::Url;

use crate::guard::{is_same_or_below, is_trusted};
use crate::request::Request;

/// The next address, where the answer is a redirect. All five statuses keep method and body:
/// a PROPFIND that turned into a GET would ask another question.
pub(crate) fn onward<B>(answer: &http::Response<B>, from: &Url) -> Option<Url> {
    let is_redirect = matches!(
        answer.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let location = answer.headers().get(LOCATION).filter(|_| is_redirect)?;
    let mut next = from.join(location.to_str().ok()?).ok()?;
    // Whoever redirects does not choose who we sign in as.
    if !next.username().is_empty() || next.password().is_some() {
        next.set_username("").ok()?;
        next.set_password(None).ok()?;
    }
    next.set_fragment(None);
    Some(next)
}

/// May the password given for the first address be shown at `to`? That plain http is not used
/// outside opened ranges is the guard's part.
pub(crate) fn keeps_password(request: &Request, to: &Url) -> bool {
    is_same_site(&request.url, to, request.aliases)
        || (is_trusted(&request.url, request) && is_trusted(to, request))
}

/// May a password that was given for one address be shown at another? Only at the same host,
/// within the same registrable domain, or at an alias.
pub fn is_same_site(from: &Url, to: &Url, aliases: &[&str]) -> bool {
    let Some(host) = to.host_str() else { return false };
    from.host_str() == Some(host)
        || aliases.iter().any(|alias| is_same_or_below(host, alias))
        || is_same_domain(from, to)
}

/// Is it the same host as `above`, or one below it?
pub fn is_below(url: &Url, above: &Url) -> bool {
    let (Some(host), Some(above)) = (url.host_str(), above.host_str()) else { return false };
    is_same_or_below(host, above)
}

/// Have both the same registrable domain? Addresses of digits have none.
fn is_same_domain(one: &Url, other: &Url) -> bool {
    let registrable = |url| Url::domain(url).and_then(psl::domain_str);
    registrable(one).is_some() && registrable(one) == registrable(other)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn a_password_stays_within_its_domain() {
        let keeps = |from: &str, to: &str| {
            let request = Request::new(Method::GET, from.parse().unwrap()).aliases(&["icloud.com"]);
            keeps_password(&request, &to.parse().unwrap())
        };
        for (from, to) in [
            ("https://example.com/", "https://example.com:8443/dav/"),
            ("https://example.com/", "https://dav.example.com/"),
            ("https://mail.example.co.uk/", "https://dav.example.co.uk/"),
            ("https://caldav.icloud.com/", "https://p42-caldav.icloud.com/1/"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:2/"),
        ] {
            assert!(keeps(from, to), "{from} to {to}");
        }
        for (from, to) in [
            ("https://example.com/", "https://example.org/"),
            ("https://one.co.uk/", "https://other.co.uk/"),
            ("https://one.github.io/", "https://other.github.io/"),
            ("https://caldav.icloud.com/", "https://evilicloud.com/"),
            ("https://example.com/", "https://example.com.evil.net/"),
            ("http://127.0.0.1/", "http://127.0.0.2/"),
            ("http://10.0.0.1/", "http://11.0.0.1/"),
        ] {
            assert!(!keeps(from, to), "{from} to {to}");
        }
    }
}
