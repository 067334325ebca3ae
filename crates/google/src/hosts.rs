//! Where Google is: its several hosts, or the one base that the operator gave for all of them.

use url::Url;

/// The addresses of everything that is called.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    base: Option<Url>,
}

impl Hosts {
    pub(crate) fn new(base: Option<Url>) -> Self {
        Self { base }
    }

    /// The base that the operator vouches for.
    pub(crate) fn vouched(&self) -> Option<&Url> {
        self.base.as_ref()
    }

    /// Google's own page.
    pub(crate) fn authorize(&self) -> Url {
        self.at("https://accounts.google.com", &["o", "oauth2", "v2", "auth"])
    }

    pub(crate) fn token(&self) -> Url {
        self.at("https://oauth2.googleapis.com", &["token"])
    }

    pub(crate) fn revoke(&self) -> Url {
        self.at("https://oauth2.googleapis.com", &["revoke"])
    }

    pub(crate) fn userinfo(&self) -> Url {
        self.at("https://openidconnect.googleapis.com", &["v1", "userinfo"])
    }

    /// A place of the Calendar API; each of `place` is one segment, encoded as it must be.
    pub(crate) fn calendar(&self, place: &[&str]) -> Url {
        let place = [&["calendar", "v3"], place].concat();
        self.at("https://www.googleapis.com", &place)
    }

    fn at(&self, host: &str, place: &[&str]) -> Url {
        let own = || Url::parse(host).expect("Google's own addresses are addresses");
        let mut url = self.base.clone().unwrap_or_else(own);
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(place);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_has_its_host_and_a_base_stands_for_all() {
        let google = Hosts::new(None);
        assert_eq!(google.authorize().as_str(), "https://accounts.google.com/o/oauth2/v2/auth");
        assert_eq!(google.token().as_str(), "https://oauth2.googleapis.com/token");
        assert_eq!(google.revoke().as_str(), "https://oauth2.googleapis.com/revoke");
        let here = Hosts::new(Some("http://127.0.0.1:8090/gw/".parse().unwrap()));
        assert_eq!(here.userinfo().as_str(), "http://127.0.0.1:8090/gw/v1/userinfo");
    }

    #[test]
    fn a_calendars_name_stays_one_segment() {
        let url = Hosts::new(None).calendar(&["calendars", "de#holiday/x@group.v", "events"]);
        assert_eq!(
            url.as_str(),
            "https://www.googleapis.com/calendar/v3/calendars/de%23holiday%2Fx@group.v/events"
        );
    }
}
