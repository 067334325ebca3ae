//! Properties that clients set: PROPPATCH, and the body of MKCALENDAR.

use http::StatusCode;

use super::answer::{bare, multistatus};
use super::ask::{Sent, changes};
use super::place::{Place, href};
use super::write::scene;
use super::xml::{APPLE, CALDAV, DAV, Element, Name};
use crate::answer::Answer;
use crate::ask::Ask;
use crate::world::World;
use crate::world::calendar::{Access, Calendar, CalendarKind};

/// Properties that belong to the server alone.
const PROTECTED: [&str; 5] =
    ["resourcetype", "getetag", "sync-token", "getctag", "current-user-privilege-set"];

pub(super) fn patch(world: &mut World, person: usize, ask: &Ask, at: usize) -> Answer {
    let Some(changes) = ask.text().and_then(changes) else {
        return bare(StatusCode::BAD_REQUEST);
    };
    let Some(calendar) = world.calendars.get_mut(at) else { return bare(StatusCode::NOT_FOUND) };
    if calendar.member(person).is_none_or(|member| member.access == Access::Read) {
        return bare(StatusCode::FORBIDDEN);
    }
    let (mut set, mut refused) = (Vec::new(), Vec::new());
    for (name, value, text) in changes.set {
        let done = self::set(calendar, &name, value, &text);
        if done { set.push(name) } else { refused.push(name) }
    }
    for name in changes.removed {
        calendar.kept.remove(&(name.ns.to_string(), name.local.to_string()));
        set.push(name);
    }
    calendar.touch();
    let scene = scene(world, person, ask);
    let group = |names: Vec<Name>, status: &str| {
        (!names.is_empty()).then(|| {
            Element::dav("propstat")
                .with(Element::dav("prop").with_all(names.into_iter().map(Element::named)))
                .with(Element::dav("status").text(status))
        })
    };
    let href = href(scene.world, person, &Place::Calendar(at), &scene.origin);
    let response = Element::dav("response")
        .with(Element::href(href))
        .with_all(group(set, "HTTP/1.1 200 OK"))
        .with_all(group(refused, "HTTP/1.1 403 Forbidden"));
    multistatus(&scene, vec![response])
}

/// Sets one property; `false` when it is not the client's to set.
pub(super) fn set(calendar: &mut Calendar, name: &Name, value: Element, sent: &Sent) -> bool {
    match (name.ns.as_ref(), name.local.as_ref()) {
        (DAV, "displayname") => calendar.display_name.clone_from(&sent.text),
        (CALDAV, "calendar-description") => calendar.description = Some(sent.text.clone()),
        (CALDAV, "calendar-timezone") => calendar.time_zone = Some(sent.text.clone()),
        (APPLE, "calendar-color") => {
            sent.text.get(..7).unwrap_or(&sent.text).clone_into(&mut calendar.color);
        }
        (CALDAV, "schedule-calendar-transp") => {
            calendar.transparent = sent.children.iter().any(|child| child == "transparent");
        }
        (CALDAV, "supported-calendar-component-set") => {
            let only_tasks = sent.components.iter().all(|kind| kind == "VTODO");
            if only_tasks && !sent.components.is_empty() {
                calendar.kind = CalendarKind::Reminders;
            }
        }
        (_, local) if PROTECTED.contains(&local) => return false,
        (ns, local) => {
            calendar.kept.insert((ns.to_owned(), local.to_owned()), value);
        }
    }
    true
}
