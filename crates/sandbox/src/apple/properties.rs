//! The WebDAV properties of each place, one value at a time.

use super::Scene;
use super::place::{Aside, Place, href};
use super::xml::{APPLE, CALDAV, CALSERVER, DAV, Element, Name};
use crate::world::calendar::{Access, Calendar, CalendarKind, Object};

/// What PROPFIND `allprop` and `propname` tell of a place.
const TOLD_UNASKED: &[Name] = &[
    Name::new(DAV, "resourcetype"),
    Name::new(DAV, "displayname"),
    Name::new(DAV, "getetag"),
    Name::new(DAV, "getcontenttype"),
    Name::new(DAV, "getcontentlength"),
    Name::new(DAV, "current-user-principal"),
    Name::new(DAV, "sync-token"),
    Name::new(CALSERVER, "getctag"),
];

pub(crate) fn names() -> &'static [Name] {
    TOLD_UNASKED
}

/// The property with its value; `None` where this place has none such.
pub(crate) fn property(scene: &Scene<'_>, place: &Place, name: &Name) -> Option<Element> {
    let empty = || Element::named(name.clone());
    let whole = (name.ns.as_ref(), name.local.as_ref());
    if whole == (DAV, "current-user-principal") || whole == (DAV, "principal-URL") {
        return Some(empty().with(href_of(scene, &Place::Principal)));
    }
    if whole == (DAV, "principal-collection-set") {
        return Some(empty().with(href_of(scene, &Place::Principal)));
    }
    if whole == (DAV, "owner") {
        return Some(empty().with(owner_of(scene, place)));
    }
    match place {
        Place::Entry => {
            (whole == (DAV, "resourcetype")).then(|| empty().with(Element::dav("collection")))
        }
        Place::Principal => of_principal(scene, name),
        Place::Home => of_home(scene, name),
        Place::Aside(aside) => of_aside(*aside, name),
        Place::Calendar(at) => of_calendar(scene, scene.world.calendars.get(*at)?, name),
        Place::Object(at, object) => {
            of_object(scene.world.calendars.get(*at)?.object(object)?, name)
        }
        Place::Vacant(_) | Place::Orphan | Place::Foreign | Place::Nowhere => None,
    }
}

fn href_of(scene: &Scene<'_>, place: &Place) -> Element {
    Element::href(href(scene.world, scene.person, place, &scene.origin))
}

/// RFC 3744 §5.1: of a calendar that is shared, whoever shares it.
fn owner_of(scene: &Scene<'_>, place: &Place) -> Element {
    let shared = match place {
        Place::Calendar(at) | Place::Object(at, _) => scene.world.calendars.get(*at),
        _ => None,
    };
    let mut members = shared.into_iter().flat_map(|calendar| &calendar.members);
    let owner = members.find(|member| member.access == Access::Owner);
    let person = owner.map_or(scene.person, |owner| owner.person);
    Element::href(href(scene.world, person, &Place::Principal, &scene.origin))
}

fn kinds<const N: usize>(kinds: [Element; N]) -> Element {
    Element::dav("resourcetype").with(Element::dav("collection")).with_all(kinds)
}

fn of_principal(scene: &Scene<'_>, name: &Name) -> Option<Element> {
    let person = scene.world.people.get(scene.person)?;
    let empty = || Element::named(name.clone());
    let value = match (name.ns.as_ref(), name.local.as_ref()) {
        (DAV, "resourcetype") => kinds([Element::dav("principal")]),
        (DAV, "displayname") => empty().text(person.name.clone()),
        (CALDAV, "calendar-home-set") => empty().with(Element::href(scene.home_url())),
        (CALDAV, "calendar-user-address-set") => {
            let preferred = Element::href(format!("mailto:{}", person.username));
            empty()
                .with(preferred.attribute("preferred", "1"))
                .with_all(person.addresses.iter().map(|a| Element::href(format!("mailto:{a}"))))
                .with(href_of(scene, &Place::Principal))
        }
        (CALSERVER, "email-address-set") => {
            empty().with(Element::calserver("email-address").text(person.username.clone()))
        }
        (CALDAV, "schedule-inbox-URL") if scene.manners.scheduling_collections => {
            empty().with(href_of(scene, &Place::Aside(Aside::Inbox)))
        }
        (CALDAV, "schedule-outbox-URL") if scene.manners.scheduling_collections => {
            empty().with(href_of(scene, &Place::Aside(Aside::Outbox)))
        }
        _ => return None,
    };
    Some(value)
}

fn of_home(scene: &Scene<'_>, name: &Name) -> Option<Element> {
    let layout = &scene.manners.layout;
    if layout.home == layout.principal {
        return of_principal(scene, name);
    }
    let empty = || Element::named(name.clone());
    match (name.ns.as_ref(), name.local.as_ref()) {
        (DAV, "resourcetype") => Some(kinds([])),
        (DAV, "displayname") => {
            scene.world.people.get(scene.person).map(|person| empty().text(person.name.clone()))
        }
        (DAV, "current-user-privilege-set") => Some(privileges(Access::Owner)),
        _ => None,
    }
}

fn of_aside(aside: Aside, name: &Name) -> Option<Element> {
    match (name.ns.as_ref(), name.local.as_ref()) {
        (DAV, "resourcetype") => Some(match aside {
            Aside::Inbox => kinds([Element::caldav("schedule-inbox")]),
            Aside::Outbox => kinds([Element::caldav("schedule-outbox")]),
            Aside::Notifications => kinds([Element::calserver("notification")]),
            Aside::TrashBin => {
                kinds([Element::named(Name::new("http://nextcloud.com/ns", "trash-bin"))])
            }
        }),
        (DAV, "displayname") if aside != Aside::TrashBin => {
            Some(Element::dav("displayname").text(aside.segment()))
        }
        (DAV, "current-user-privilege-set") => Some(privileges(Access::Read)),
        _ => None,
    }
}

fn privileges(access: Access) -> Element {
    let names: &[&'static str] = match access {
        Access::Read => &["read", "read-current-user-privilege-set"],
        Access::Write => &[
            "read",
            "write",
            "write-properties",
            "write-content",
            "bind",
            "unbind",
            "read-current-user-privilege-set",
        ],
        Access::Owner => &[
            "all",
            "read",
            "write",
            "write-properties",
            "write-content",
            "bind",
            "unbind",
            "read-acl",
            "write-acl",
            "read-current-user-privilege-set",
        ],
    };
    let privilege = |name: &&'static str| Element::dav("privilege").with(Element::dav(name));
    Element::dav("current-user-privilege-set").with_all(names.iter().map(privilege))
}

fn reports(scene: &Scene<'_>) -> Element {
    let mut reports = vec![Element::caldav("calendar-query"), Element::caldav("calendar-multiget")];
    if scene.manners.free_busy_query {
        reports.push(Element::caldav("free-busy-query"));
    }
    if scene.manners.sync_collection {
        reports.push(Element::dav("sync-collection"));
    }
    let one = |report| Element::dav("supported-report").with(Element::dav("report").with(report));
    Element::dav("supported-report-set").with_all(reports.into_iter().map(one))
}

fn calendar_kinds(calendar: &Calendar, access: Access) -> Element {
    let shared = match access {
        Access::Owner if calendar.members.len() > 1 => Some(Element::calserver("shared-owner")),
        Access::Owner => None,
        Access::Write | Access::Read => Some(Element::calserver("shared")),
    };
    let kind = match calendar.kind {
        CalendarKind::Subscribed => Element::calserver("subscribed"),
        CalendarKind::Events | CalendarKind::Reminders => Element::caldav("calendar"),
    };
    kinds([kind]).with_all(shared)
}

fn of_calendar(scene: &Scene<'_>, calendar: &Calendar, name: &Name) -> Option<Element> {
    let empty = || Element::named(name.clone());
    let access = calendar.member(scene.person)?.access;
    let manners = scene.manners;
    let value = match (name.ns.as_ref(), name.local.as_ref()) {
        (DAV, "resourcetype") => calendar_kinds(calendar, access),
        (DAV, "displayname") => empty().text(calendar.display_name.clone()),
        (DAV, "current-user-privilege-set") => privileges(access),
        (DAV, "supported-report-set") => reports(scene),
        (DAV, "sync-token") if manners.sync_collection => {
            empty().text(calendar.token(calendar.latest(), manners.token_style))
        }
        (DAV, "getcontenttype") => empty().text("text/calendar"),
        (CALSERVER, "getctag") if manners.ctag => empty().text(calendar.ctag()),
        (APPLE, "calendar-color") => {
            let alpha = if manners.color_with_alpha { "FF" } else { "" };
            empty().text(format!("{}{alpha}", calendar.color))
        }
        (CALDAV, "calendar-description") => empty().text(calendar.description.clone()?),
        (CALDAV, "calendar-timezone") => empty().text(calendar.time_zone.clone()?),
        (CALDAV, "schedule-calendar-transp") => {
            let transparent = if calendar.transparent { "transparent" } else { "opaque" };
            empty().with(Element::caldav(transparent))
        }
        (CALDAV, "supported-calendar-component-set") => empty().with_all(
            calendar
                .kind
                .components()
                .iter()
                .map(|kind| Element::caldav("comp").attribute("name", kind)),
        ),
        (CALDAV, "max-resource-size") => empty().text(manners.resource_size_max.to_string()),
        (ns, local) => calendar.kept.get(&(ns.to_owned(), local.to_owned()))?.clone(),
    };
    Some(value)
}

fn of_object(object: &Object, name: &Name) -> Option<Element> {
    let empty = || Element::named(name.clone());
    let value = match (name.ns.as_ref(), name.local.as_ref()) {
        (DAV, "resourcetype") => empty(),
        (DAV, "getetag") => empty().text(object.etag.clone()),
        (DAV, "getcontenttype") => empty().text("text/calendar; charset=utf-8"),
        (DAV, "getcontentlength") => empty().text(object.text.len().to_string()),
        (CALDAV, "calendar-data") => empty().verbatim(object.text.clone()),
        _ => return None,
    };
    Some(value)
}
