//! Cookies: found among what was sent, and set so that scripts cannot read them and other sites
//! cannot send them.

use axum::response::Response;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;

use crate::Settings;

/// The value of a cookie that was sent.
pub(crate) fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(n, _)| n.trim() == name).map(|(_, value)| value.trim())
}

/// Over https the name ties the cookie to this host, its root and https (RFC 6265bis §4.1.3.2).
pub(crate) fn of_host(settings: &Settings, name: &str) -> String {
    if settings.secure_cookies { format!("__Host-{name}") } else { name.to_owned() }
}

/// Answers with a cookie, too; no age ends it.
pub(crate) fn set(
    settings: &Settings,
    response: &mut Response,
    (name, value): (&str, &str),
    path: &str,
    age: SignedDuration,
) {
    let secure = if settings.secure_cookies { "; Secure" } else { "" };
    let age_s = age.as_secs();
    let text =
        format!("{name}={value}; Path={path}; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let line = HeaderValue::from_static("a=1; daymark=tok; b=2");
        let sent = HeaderMap::from_iter([(COOKIE, line)]);
        assert_eq!(find(&sent, "daymark"), Some("tok"));
        assert_eq!(find(&sent, "aymark"), None);
    }
}
