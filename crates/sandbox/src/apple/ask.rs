//! What a `CalDAV` client asks in its XML bodies.

use jiff::Timestamp;
use roxmltree::Node;

use super::xml::{CALDAV, DAV, Element, Name, child, is, parse, text_of};
use crate::ask::Ask;
use crate::ical::Range;

/// `Depth`; absent or `infinity` is `None`.
pub(crate) fn depth(ask: &Ask) -> Option<u8> {
    ask.header("depth").and_then(|depth| depth.trim().parse().ok())
}

/// Which properties are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    Names,
    These(Vec<Name>),
}

#[derive(Debug)]
pub(crate) enum Report {
    Query { wanted: Wanted, filter: Filter },
    Multiget { wanted: Wanted, hrefs: Vec<String> },
    Sync { wanted: Wanted, token: String },
    FreeBusy(Range),
    Other,
}

/// The part of a CALDAV:filter that is understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// The component within VCALENDAR.
    pub(crate) component: Option<String>,
    pub(crate) range: Option<Range>,
    /// A text that a property must contain: `(property, text)`.
    pub(crate) text: Option<(String, String)>,
}

fn wanted(node: Node<'_, '_>) -> Wanted {
    if let Some(prop) = child(node, DAV, "prop") {
        return Wanted::These(prop.children().filter(Node::is_element).map(Name::of).collect());
    }
    if child(node, DAV, "propname").is_some() { Wanted::Names } else { Wanted::All }
}

/// A PROPFIND body; an empty one asks for everything (RFC 4918 §9.1).
pub(crate) fn propfind(body: &str) -> Option<Wanted> {
    if body.trim().is_empty() {
        return Some(Wanted::All);
    }
    let document = parse(body)?;
    let root = document.root_element();
    is(root, DAV, "propfind").then(|| wanted(root))
}

pub(crate) fn report(body: &str) -> Option<Report> {
    let document = parse(body)?;
    let root = document.root_element();
    let wanted = wanted(root);
    Some(if is(root, CALDAV, "calendar-query") {
        Report::Query { wanted, filter: filter(root)? }
    } else if is(root, CALDAV, "calendar-multiget") {
        let hrefs = root.children().filter(|node| is(*node, DAV, "href")).map(text_of).collect();
        Report::Multiget { wanted, hrefs }
    } else if is(root, DAV, "sync-collection") {
        let token = child(root, DAV, "sync-token").map(text_of).unwrap_or_default();
        Report::Sync { wanted, token }
    } else if is(root, CALDAV, "free-busy-query") {
        Report::FreeBusy(range(child(root, CALDAV, "time-range")?)?)
    } else {
        Report::Other
    })
}

fn filter(query: Node<'_, '_>) -> Option<Filter> {
    let mut found = Filter::default();
    let Some(filter) = child(query, CALDAV, "filter") else { return Some(found) };
    let Some(outer) = child(filter, CALDAV, "comp-filter") else { return Some(found) };
    let Some(inner) = child(outer, CALDAV, "comp-filter") else { return Some(found) };
    found.component = inner.attribute("name").map(str::to_ascii_uppercase);
    if let Some(node) = child(inner, CALDAV, "time-range") {
        found.range = Some(range(node)?);
    }
    found.text = child(inner, CALDAV, "prop-filter").and_then(|property| {
        let text = child(property, CALDAV, "text-match").map(text_of)?;
        Some((property.attribute("name")?.to_ascii_uppercase(), text))
    });
    Some(found)
}

/// A time-range; instants that are none make the whole report malformed.
fn range(node: Node<'_, '_>) -> Option<Range> {
    let edge = |name: &str| match node.attribute(name) {
        None => Some(None),
        Some(text) => instant(text).map(Some),
    };
    Some(Range { start: edge("start")?, end: edge("end")? })
}

fn instant(text: &str) -> Option<Timestamp> {
    let plain = text.strip_suffix('Z')?;
    let moment = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", plain).ok()?;
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// Properties to set and to remove, of PROPPATCH and MKCALENDAR.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) set: Vec<(Name, Element, Sent)>,
    pub(crate) removed: Vec<Name>,
}

/// A property's value, as text and as the names of its components.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) text: String,
    pub(crate) components: Vec<String>,
    pub(crate) children: Vec<String>,
}

pub(crate) fn changes(body: &str) -> Option<Changes> {
    let mut changes = Changes::default();
    if body.trim().is_empty() {
        return Some(changes);
    }
    let document = parse(body)?;
    for part in document.root_element().children() {
        let Some(prop) = child(part, DAV, "prop") else { continue };
        for property in prop.children().filter(Node::is_element) {
            if is(part, DAV, "set") {
                let elements = || property.children().filter(Node::is_element);
                let sent = Sent {
                    text: text_of(property),
                    components: elements()
                        .filter_map(|comp| comp.attribute("name").map(str::to_ascii_uppercase))
                        .collect(),
                    children: elements().map(|node| node.tag_name().name().to_owned()).collect(),
                };
                changes.set.push((Name::of(property), Element::copy(property), sent));
            } else if is(part, DAV, "remove") {
                changes.removed.push(Name::of(property));
            }
        }
    }
    Some(changes)
}
