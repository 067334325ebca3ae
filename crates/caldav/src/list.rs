//! The calendars of a home: which of its collections are calendars for events, and what they say
//! of themselves.

use connection::{CalendarAccess, OwnAnswer, ProviderError, RemoteCalendar};
use libdav::Depth;
use outbound::Response;
use url::Url;

use crate::line::{Homes, Line};
use crate::multistatus::{self, APPLE, CALDAV, CALENDAR_SERVER, DAV, Member};
use crate::{hrefs, question, zone};

const NEXTCLOUD: &str = "http://nextcloud.com/ns";

/// What a listing found.
#[derive(Default)]
pub(crate) struct Listing {
    pub(crate) calendars: Vec<RemoteCalendar>,
    /// Can every calendar tell its changes since a point (RFC 6578)?
    pub(crate) tells_changes: bool,
    /// Lists of reminders and the like, which are left out.
    pub(crate) without_events: usize,
    /// What the server says that it can do: the `DAV` header.
    pub(crate) abilities: Vec<String>,
}

/// All calendars for events, in the server's order.
pub(crate) async fn list(line: &Line, homes: &Homes) -> Result<Listing, ProviderError> {
    let mut listing = Listing { tells_changes: true, ..Listing::default() };
    for home in homes.all() {
        let question = question::properties(question::CALENDARS, Depth::One);
        let response = line.demand(question, home).await?;
        listing.abilities.extend(abilities(&response));
        add(&mut listing, &response, homes.first(), home)?;
    }
    Ok(listing)
}

fn add(
    listing: &mut Listing,
    response: &Response,
    first_home: &Url,
    home: &Url,
) -> Result<(), ProviderError> {
    let text = multistatus::text(response);
    let document = multistatus::parse(&text)?;
    for member in multistatus::members(&document).filter(|member| is_calendar(*member)) {
        let Some(href) = member.href() else { continue };
        if !holds_events(member) {
            listing.without_events += 1;
            continue;
        }
        listing.tells_changes &= tells_changes(member);
        // An href is seen from the home that lists it, an id from the first home.
        let whole = hrefs::resolve(home, &href).map(String::from);
        let href = if home.origin() == first_home.origin() { href } else { whole.unwrap_or(href) };
        listing.calendars.push(calendar(member, first_home, &href));
    }
    Ok(())
}

/// The words of the `DAV` header. Quirk caldav-6: it may come several times.
pub(crate) fn abilities(response: &Response) -> Vec<String> {
    let lines = response.headers.get_all("dav").iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|word| word.trim().to_ascii_lowercase()).collect()
}

/// Is it a calendar, and neither an inbox, an outbox, a wastebasket nor a mere subscription?
pub(crate) fn is_calendar(member: Member<'_, '_>) -> bool {
    let kind = (DAV, "resourcetype");
    let is = |namespace, name| member.prop_holds(kind, (namespace, name));
    is(CALDAV, "calendar")
        && !is(CALDAV, "schedule-inbox")
        && !is(CALDAV, "schedule-outbox")
        && !is(CALENDAR_SERVER, "notification")
        && !is(CALENDAR_SERVER, "subscribed")
        && !is(NEXTCLOUD, "deleted-calendar")
        && !is(NEXTCLOUD, "trash-bin")
}

/// Quirk caldav-3: lists of reminders stand among the calendars. Where nothing is said, a
/// calendar takes events (RFC 4791 §5.2.3).
fn holds_events(member: Member<'_, '_>) -> bool {
    let Some(set) = member.prop(CALDAV, "supported-calendar-component-set") else { return true };
    let mut named = set.children().filter_map(|comp| comp.attribute("name")).peekable();
    named.peek().is_none() || named.any(|name| name.eq_ignore_ascii_case("VEVENT"))
}

fn tells_changes(member: Member<'_, '_>) -> bool {
    member.prop_holds((DAV, "supported-report-set"), (DAV, "sync-collection"))
}

fn calendar(member: Member<'_, '_>, home: &Url, href: &str) -> RemoteCalendar {
    let is_transparent =
        member.prop_holds((CALDAV, "schedule-calendar-transp"), (CALDAV, "transparent"));
    RemoteCalendar {
        id: hrefs::id(home, home, href),
        name: member.prop_text(DAV, "displayname").unwrap_or_else(|| name_of(href)),
        color: member.prop_text(APPLE, "calendar-color").as_deref().and_then(color),
        access: access(member),
        time_zone: member
            .prop_text(CALDAV, "calendar-timezone-id")
            .or_else(|| member.prop_text(CALDAV, "calendar-timezone"))
            .as_deref()
            .and_then(zone::name),
        takes_time: !is_transparent,
        own_answer: if is_ours(member, home) { OwnAnswer::ByAddress } else { OwnAnswer::Marked },
        conference: None,
    }
}

/// Does it belong to whoever is signed in (RFC 3744 §5.1)? Servers list what others share among
/// one's own. Where no owner is told, it is theirs in whose home it lies.
fn is_ours(member: Member<'_, '_>, home: &Url) -> bool {
    let keys = |name| -> Vec<String> {
        let hrefs = member.prop_hrefs(DAV, name).into_iter();
        hrefs.filter_map(|href| hrefs::resolve(home, &href)).map(|url| hrefs::key(&url)).collect()
    };
    let (owners, ours) = (keys("owner"), keys("current-user-principal"));
    let is_shared = member.prop_holds((DAV, "resourcetype"), (CALENDAR_SERVER, "shared"));
    !is_shared && (owners.is_empty() || owners.iter().any(|owner| ours.contains(owner)))
}

/// The last part of an href, as a name of last resort.
fn name_of(href: &str) -> String {
    let path = href.trim_end_matches('/');
    hrefs::decoded(path.rsplit('/').next().unwrap_or(path)).into_owned()
}

/// `#rrggbb`. Quirk caldav-7: Apple's colours carry two more digits for opacity.
pub(crate) fn color(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('#')?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digits.len() {
        6 | 8 if is_hex => Some(format!("#{}", digits[..6].to_ascii_lowercase())),
        3 if is_hex => {
            Some(digits.chars().fold("#".into(), |all, digit| format!("{all}{digit}{digit}")))
        }
        _ => None,
    }
}

/// What the privileges allow (RFC 3744 §5.4). Where none are told, writing is tried.
fn access(member: Member<'_, '_>) -> CalendarAccess {
    let set = "current-user-privilege-set";
    let may = |name| member.prop_holds((DAV, set), (DAV, name));
    if member.prop(DAV, set).is_none()
        || may("all")
        || may("write")
        || (may("write-content") && may("bind"))
    {
        CalendarAccess::Writer
    } else if !may("read") && member.prop_holds((DAV, set), (CALDAV, "read-free-busy")) {
        CalendarAccess::FreeBusy
    } else {
        CalendarAccess::Reader
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quirk caldav-7.
    #[test]
    fn a_colour_is_six_digits_however_it_is_written() {
        assert_eq!(color("#1BADF8FF").as_deref(), Some("#1badf8"));
        assert_eq!(color(" #0082c9 ").as_deref(), Some("#0082c9"));
        assert_eq!(color("#fa3").as_deref(), Some("#ffaa33"));
        for other in ["", "red", "#12", "#12345g", "url(javascript:x)", "#1€345"] {
            assert_eq!(color(other), None, "{other}");
        }
    }
}
