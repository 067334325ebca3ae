//! What is asked of a CalDAV server. libdav writes the bodies; addresses are ours, since an href
//! may be absolute and spelled in any way.

use http::{HeaderName, HeaderValue, Method, Uri};
use libdav::caldav::GetCalendarResources;
use libdav::dav::{Propfind, SyncCollection};
use libdav::requests::DavRequest;
use libdav::{Depth, PropertyName, names};

use crate::multistatus::{APPLE, CALDAV, CALENDAR_SERVER, DAV};

const GETCTAG: PropertyName<'_, '_> = PropertyName::new(CALENDAR_SERVER, "getctag");

/// Asked of an address that may be a calendar server.
pub(crate) const WHO: &[&PropertyName<'_, '_>] = &[
    &names::CURRENT_USER_PRINCIPAL,
    &PropertyName::new(DAV, "principal-URL"),
    &names::RESOURCETYPE,
];

/// Asked of a principal.
pub(crate) const PRINCIPAL: &[&PropertyName<'_, '_>] =
    &[&names::CALENDAR_HOME_SET, &names::CALENDAR_USER_ADDRESS_SET, &names::DISPLAY_NAME];

/// Asked of a calendar home and all that is in it.
pub(crate) const CALENDARS: &[&PropertyName<'_, '_>] = &[
    &names::RESOURCETYPE,
    &names::DISPLAY_NAME,
    &PropertyName::new(DAV, "current-user-privilege-set"),
    &PropertyName::new(DAV, "owner"),
    &names::CURRENT_USER_PRINCIPAL,
    &names::SUPPORTED_REPORT_SET,
    &names::SUPPORTED_CALENDAR_COMPONENT_SET,
    &PropertyName::new(CALDAV, "calendar-timezone"),
    &PropertyName::new(CALDAV, "calendar-timezone-id"),
    &PropertyName::new(CALDAV, "schedule-calendar-transp"),
    &PropertyName::new(APPLE, "calendar-color"),
];

/// Asked of a calendar's members where it cannot tell changes.
pub(crate) const ETAGS: &[&PropertyName<'_, '_>] =
    &[&names::GETETAG, &names::RESOURCETYPE, &GETCTAG];

/// Has anything changed at all?
pub(crate) const CTAG: &[&PropertyName<'_, '_>] = &[&GETCTAG];

/// One question, without its address.
pub(crate) struct Question {
    pub(crate) method: Method,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: String,
}

impl Question {
    pub(crate) fn new(method: Method) -> Self {
        Self { method, headers: Vec::new(), body: String::new() }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    fn depth(mut self, depth: &'static str) -> Self {
        self.headers.retain(|(name, _)| name.as_str() != "depth");
        self.header(HeaderName::from_static("depth"), HeaderValue::from_static(depth))
    }
}

/// Properties of a resource, and with `Depth::One` of its members.
pub(crate) fn properties(asked: &[&PropertyName<'_, '_>], depth: Depth) -> Question {
    question(&Propfind::new("/").with_properties(asked).with_depth(depth))
}

/// What changed since `token`; with none, all there is (RFC 6578 §3.2). No `DAV:limit` is sent.
/// Quirk caldav-5: some servers lose members when they are given a limit.
pub(crate) fn changes_since(token: Option<&str>) -> Question {
    let asked = SyncCollection::new("/");
    let asked = match token {
        Some(token) => question(&asked.with_sync_token(token)),
        None => question(&asked),
    };
    asked.depth("0")
}

/// All members with their bodies. No component is named, so that this and the listings speak of
/// the same members; servers that want one named (iCloud) refuse, and are asked otherwise.
pub(crate) fn everything() -> Question {
    question(&GetCalendarResources::new("/"))
}

/// The bodies of the members named (RFC 4791 §7.9).
pub(crate) fn multiget<'a>(hrefs: impl Iterator<Item = &'a str>) -> Question {
    question(&GetCalendarResources::new("/").with_hrefs(hrefs))
}

fn question(asked: &impl DavRequest) -> Question {
    let here = Uri::from_static("http://localhost/");
    let (head, body) = asked
        .prepare_request(here)
        .expect("the address and the headers of these requests are constants")
        .into_parts();
    let headers = head.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Question { method: head.method, headers, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_asks_for_no_more_than_it_says() {
        let first = changes_since(None);
        assert_eq!(first.method.as_str(), "REPORT");
        let depth = first.headers.iter().find(|(name, _)| name.as_str() == "depth");
        assert_eq!(depth.map(|(_, value)| value.to_str().unwrap()), Some("0"));
        assert!(!first.body.contains("limit"), "quirk caldav-5: {}", first.body);
        assert!(!first.body.contains("calendar-data"), "{}", first.body);
        let since = changes_since(Some("<token> & \"more\""));
        assert!(since.body.contains("&lt;token&gt; &amp; "), "{}", since.body);
        let bodies = multiget(["/a%40b/x&y.ics"].into_iter());
        assert!(bodies.body.contains(">/a%40b/x&amp;y.ics</"), "{}", bodies.body);
        for asked in [&first, &since, &bodies] {
            assert!(!asked.body.contains("expand") && !asked.body.contains("time-range"));
        }
    }
}
