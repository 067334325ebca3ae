//! What a person types as the address of a calendar server, and where to look because of it.

use connection::{FailureCode, Refusal};
use url::Url;

/// Longer is no address.
const ADDRESS_MAX: usize = 2000;

/// Where calendar servers stand on a host that does not say so by itself.
const USUAL_PATHS: [&str; 8] = [
    "/",
    "/dav/",
    "/caldav/",
    "/remote.php/dav/",
    "/dav.php/",
    "/principals/",
    "/caldav.php/",
    "/SOGo/dav/",
];

/// Providers whose calendars live elsewhere than their mail: domain, and where to ask. `{user}`
/// stands for the user name.
const KNOWN: [(&str, &str); 17] = [
    ("icloud.com", "https://caldav.icloud.com/"),
    ("me.com", "https://caldav.icloud.com/"),
    ("mac.com", "https://caldav.icloud.com/"),
    ("fastmail.com", "https://caldav.fastmail.com/dav/"),
    ("fastmail.fm", "https://caldav.fastmail.com/dav/"),
    ("gmx.net", "https://caldav.gmx.net/begenda/dav/{user}/"),
    ("gmx.de", "https://caldav.gmx.net/begenda/dav/{user}/"),
    ("gmx.at", "https://caldav.gmx.net/begenda/dav/{user}/"),
    ("gmx.ch", "https://caldav.gmx.net/begenda/dav/{user}/"),
    ("web.de", "https://caldav.web.de/begenda/dav/{user}/"),
    ("yahoo.com", "https://caldav.calendar.yahoo.com/"),
    ("posteo.de", "https://posteo.de:8443/"),
    ("posteo.net", "https://posteo.de:8443/"),
    ("mailbox.org", "https://dav.mailbox.org/"),
    ("infomaniak.com", "https://sync.infomaniak.com/"),
    ("ik.me", "https://sync.infomaniak.com/"),
    ("purelymail.com", "https://purelymail.com/webdav/"),
];

/// Providers that let no program in with a password.
const WITHOUT_PASSWORD: [(&str, &str); 8] = [
    ("gmail.com", "Google"),
    ("googlemail.com", "Google"),
    ("google.com", "Google"),
    ("outlook.com", "Microsoft"),
    ("hotmail.com", "Microsoft"),
    ("live.com", "Microsoft"),
    ("office365.com", "Microsoft"),
    ("office.com", "Microsoft"),
];

/// Where to look, in order, and what to call it.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// The host that the person means.
    pub(crate) host: String,
    pub(crate) urls: Vec<Url>,
}

/// Reads an address: a URL, a host, or an e-mail address; an e-mail address as user name will do.
pub(crate) fn read(address: Option<&str>, username: &str) -> Result<Candidates, Refusal> {
    let typed = address.map(str::trim).filter(|text| !text.is_empty());
    let typed = typed.or_else(|| username.contains('@').then(|| username.trim()));
    let Some(typed) = typed else {
        return Err(invalid("Enter the address of the calendar server."));
    };
    if typed.len() > ADDRESS_MAX || typed.chars().any(char::is_control) {
        return Err(invalid("This is too long, or holds characters that no address has."));
    }
    let is_mail = typed.contains('@') && !typed.contains('/');
    let url = url(typed, is_mail)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if let Some((_, company)) = find(&WITHOUT_PASSWORD, &host) {
        return Err(Refusal {
            code: FailureCode::SignInUnsupported,
            say: format!(
                "{company} lets no program in with a password. Connect the secret address of the \
                 calendar as a feed instead."
            ),
            field: Some("address"),
        });
    }
    let has_path = url.path().len() > 1;
    let known = find(&KNOWN, &host).filter(|_| !has_path);
    let urls = match known {
        Some((_, place)) => {
            let user: String = url::form_urlencoded::byte_serialize(username.as_bytes()).collect();
            vec![parse(&place.replace("{user}", &user))?]
        }
        None => usual(&url, has_path, is_mail),
    };
    Ok(Candidates { host, urls })
}

fn url(typed: &str, is_mail: bool) -> Result<Url, Refusal> {
    let text = match typed.split_once("://") {
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "caldavs" | "caldav" | "davs" | "dav" => format!("https://{rest}"),
            _ => typed.to_owned(),
        },
        None if is_mail => format!("https://{}", typed.rsplit('@').next().unwrap_or(typed)),
        None => format!("https://{typed}"),
    };
    let mut url = parse(&text)?;
    url.set_fragment(None);
    url.set_query(None);
    let is_named = url.set_username("").is_ok() && url.set_password(None).is_ok();
    let is_web = matches!(url.scheme(), "http" | "https");
    if is_named && is_web { Ok(url) } else { Err(invalid("An address begins with https://.")) }
}

fn parse(text: &str) -> Result<Url, Refusal> {
    Url::parse(text).map_err(|_| {
        invalid(
            "This is no address. It looks like https://dav.example.com/ or like dav.example.com.",
        )
    })
}

fn usual(url: &Url, has_path: bool, is_mail: bool) -> Vec<Url> {
    let mut urls = Vec::new();
    if has_path {
        urls.push(url.clone());
    }
    // RFC 6764 §5. Its SRV records are not asked for: see the scorecard.
    let paths = std::iter::once("/.well-known/caldav").chain(USUAL_PATHS);
    urls.extend(paths.filter_map(|path| url.join(path).ok()));
    if is_mail {
        let host = url.host_str().unwrap_or_default();
        let below = ["caldav", "dav"].map(|name| format!("https://{name}.{host}/"));
        urls.extend(below.iter().filter_map(|text| Url::parse(text).ok()));
    }
    urls
}

fn find<'a>(table: &'a [(&str, &str)], host: &str) -> Option<&'a (&'a str, &'a str)> {
    table.iter().find(|(domain, _)| {
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn invalid(say: &str) -> Refusal {
    Refusal { code: FailureCode::FieldInvalid, say: say.into(), field: Some("address") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(address: &str, username: &str) -> Vec<String> {
        let candidates = read(Some(address), username).unwrap();
        candidates.urls.into_iter().map(String::from).collect()
    }

    #[test]
    fn a_url_is_tried_first_and_then_the_usual_places() {
        let all = places(" https://me:secret@dav.example.com/alice/?x#y ", "alice");
        assert_eq!(all[0], "https://dav.example.com/alice/");
        assert_eq!(all[1], "https://dav.example.com/.well-known/caldav");
        assert_eq!(all[2], "https://dav.example.com/");
        assert!(all.contains(&"https://dav.example.com/remote.php/dav/".to_owned()));
    }

    #[test]
    fn a_host_or_a_mail_address_is_enough() {
        assert_eq!(
            places("dav.example.com:8443", "a")[0],
            "https://dav.example.com:8443/.well-known/caldav"
        );
        assert_eq!(places("", "ann@example.com")[0], "https://example.com/.well-known/caldav");
        let mail = places("ann@example.com", "ann");
        assert_eq!(mail.last().unwrap(), "https://dav.example.com/");
        assert_eq!(places("http://127.0.0.1:5232/", "a")[1], "http://127.0.0.1:5232/");
    }

    #[test]
    fn known_providers_are_found_where_they_are() {
        assert_eq!(
            places("ann@fastmail.com", "ann@fastmail.com"),
            ["https://caldav.fastmail.com/dav/"]
        );
        assert_eq!(places("www.icloud.com", "a"), ["https://caldav.icloud.com/"]);
        let gmx = places("gmx.de", "ann@gmx.de");
        assert_eq!(gmx, ["https://caldav.gmx.net/begenda/dav/ann%40gmx.de/"]);
        assert_eq!(places("noticloud.com", "a").len(), 9);
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_sentence() {
        for (address, code) in [
            ("", FailureCode::FieldInvalid),
            ("ftp://dav.example.com/", FailureCode::FieldInvalid),
            ("https://", FailureCode::FieldInvalid),
            ("a b", FailureCode::FieldInvalid),
            ("dav.example.com/\u{0}", FailureCode::FieldInvalid),
            ("ann@gmail.com", FailureCode::SignInUnsupported),
            ("outlook.office365.com", FailureCode::SignInUnsupported),
        ] {
            let refusal = read(Some(address), "ann").unwrap_err();
            assert_eq!((refusal.code, refusal.field), (code, Some("address")), "{address}");
        }
        assert!(read(Some(&"a".repeat(3000)), "ann").is_err());
    }
}
