//! Where Microsoft is: its sign-in page and Graph, or one base that the operator gave for both.

use url::Url;

/// Microsoft's sign-in page.
const LOGIN: &str = "https://login.microsoftonline.com";
/// Microsoft Graph.
const GRAPH: &str = "https://graph.microsoft.com";
/// Everybody: work, school and personal accounts.
const EVERYBODY: &str = "common";

/// The addresses of Microsoft, or of what stands in for it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    login: Url,
    graph: Url,
    tenant: String,
    /// The address that the operator vouches for.
    pub(crate) vouched: Option<Url>,
}

impl Place {
    pub(crate) fn new(given: Option<Url>, tenant: Option<&str>) -> Self {
        let fixed = |text: &str| text.parse().expect("a constant address can be read");
        let tenant = tenant.map(str::trim).filter(|tenant| !tenant.is_empty());
        Self {
            login: given.clone().unwrap_or_else(|| fixed(LOGIN)),
            graph: given.clone().unwrap_or_else(|| fixed(GRAPH)),
            tenant: tenant.unwrap_or(EVERYBODY).to_owned(),
            vouched: given,
        }
    }

    /// The page where one signs in.
    pub(crate) fn authorize(&self) -> Url {
        below(&self.login, &[&self.tenant, "oauth2", "v2.0", "authorize"])
    }

    /// Where codes and refresh tokens are redeemed.
    pub(crate) fn token(&self) -> Url {
        below(&self.login, &[&self.tenant, "oauth2", "v2.0", "token"])
    }

    /// The page where an administrator agrees for a whole organisation.
    pub(crate) fn admin_consent(&self) -> Url {
        // Everybody has no administrator.
        let tenant = if self.tenant == EVERYBODY { "organizations" } else { &self.tenant };
        below(&self.login, &[tenant, "v2.0", "adminconsent"])
    }

    /// An address of Graph. Ids are encoded here and nowhere else.
    pub(crate) fn graph(&self, path: &[&str]) -> Url {
        below(&below(&self.graph, &["v1.0"]), path)
    }

    /// An address that Graph gave us to go on with, if it leads to Graph: a token is shown to
    /// nobody else.
    pub(crate) fn link(&self, text: &str) -> Option<Url> {
        let url: Url = text.parse().ok()?;
        let root = self.graph(&[""]);
        (url.origin() == root.origin() && url.path().starts_with(root.path())).then_some(url)
    }
}

fn below(url: &Url, path: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsoft_has_two_hosts_and_a_base_stands_for_both() {
        let place = Place::new(None, None);
        assert_eq!(
            place.token().as_str(),
            "https://login.microsoftonline.com/common/oauth2/v2.0/token"
        );
        let id = "AAMk_-/+x%=";
        assert_eq!(
            place.graph(&["me", "events", id]).as_str(),
            "https://graph.microsoft.com/v1.0/me/events/AAMk_-%2F+x%25="
        );
        assert!(place.admin_consent().path().starts_with("/organizations/"));
        let place = Place::new("http://127.0.0.1:9/ms/".parse().ok(), Some("contoso.example"));
        assert_eq!(
            place.authorize().as_str(),
            "http://127.0.0.1:9/ms/contoso.example/oauth2/v2.0/authorize"
        );
        assert_eq!(place.graph(&["me"]).as_str(), "http://127.0.0.1:9/ms/v1.0/me");
        assert!(place.admin_consent().path().starts_with("/ms/contoso.example/"));
    }

    #[test]
    fn only_links_to_graph_are_followed() {
        let place = Place::new(None, None);
        let next =
            "https://graph.microsoft.com/v1.0/me/calendars/a/calendarView/delta?$skiptoken=1";
        assert_eq!(place.link(next).unwrap().as_str(), next);
        for foreign in [
            "https://graph.microsoft.com.example/v1.0/me",
            "http://graph.microsoft.com/v1.0/me",
            "https://graph.microsoft.com:8443/v1.0/me",
            "https://graph.microsoft.com@evil.example/v1.0/me",
            "https://graph.microsoft.com/elsewhere",
            "/v1.0/me",
            "no address",
        ] {
            assert!(place.link(foreign).is_none(), "{foreign}");
        }
    }
}
