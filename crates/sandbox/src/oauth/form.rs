//! Names and values as queries and HTML forms write them.

use crate::net::{decode, encode};

/// Pairs in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    /// `a=b&c=d`, percent-encoded, with `+` for a blank.
    pub(crate) fn read(text: &str) -> Self {
        let plain = |part: &str| decode(&part.replace('+', " "));
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => (plain(name), plain(value)),
            None => (plain(pair), String::new()),
        };
        Self(pairs.map(pair).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn write(&self) -> String {
        let pair = |(name, value): &(String, String)| {
            format!("{}={}", encode(name, true), encode(value, true))
        };
        self.0.iter().map(pair).collect::<Vec<_>>().join("&")
    }
}

/// An address with more pairs at the end of its query.
pub(crate) fn with_pairs(address: &str, pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{}", Pairs(pairs.collect()).write())
}

/// Where programs may ask to be called back: this machine, or any address with TLS.
pub(crate) fn may_call_back(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let no_fragment = !address.contains('#') && !authority.contains('@');
    let near = matches!(host, "127.0.0.1" | "localhost" | "::1");
    no_fragment && !host.is_empty() && (scheme == "https" || (scheme == "http" && near))
}

#[cfg(test)]
mod tests {
    use super::{Pairs, may_call_back, with_pairs};

    #[test]
    fn pairs_go_there_and_back() {
        let pairs = Pairs::read("scope=a+b&scope=c%26d&empty=&alone");
        assert_eq!(pairs.all("scope").collect::<Vec<_>>(), ["a b", "c&d"]);
        assert_eq!((pairs.get("empty"), pairs.get("alone")), (Some(""), Some("")));
        assert_eq!(Pairs::read(&pairs.write()), pairs);
        assert_eq!(with_pairs("http://a/?b=c", &[("d", "e f")]), "http://a/?b=c&d=e%20f");
    }

    #[test]
    fn callbacks_come_here_or_over_tls() {
        for good in ["http://127.0.0.1:8080/oauth/callback", "http://[::1]:1/x", "https://a.b/c"] {
            assert!(may_call_back(good), "{good}");
        }
        for bad in ["http://a.b/c", "https://", "urn:x", "http://127.0.0.1@evil/", "https://a/#b"] {
            assert!(!may_call_back(bad), "{bad}");
        }
    }
}
