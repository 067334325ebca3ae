//! Reads multistatus answers (RFC 4918 §13). Ours, because servers answer in ways that libdav
//! takes for deletions or for failures of the whole: see the quirks in `docs/providers/caldav.md`.

use std::borrow::Cow;

use connection::ProviderError;
use outbound::Response;
use roxmltree::{Document, Node, ParsingOptions};

pub(crate) const DAV: &str = "DAV:";
pub(crate) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
pub(crate) const CALENDAR_SERVER: &str = "http://calendarserver.org/ns/";
pub(crate) const APPLE: &str = "http://apple.com/ns/ical/";

/// Elements, texts and attributes of one answer.
const NODES_MAX: u32 = 6_000_000;

/// The text of an answer. A byte that is no UTF-8 spoils its own item only.
pub(crate) fn text(response: &Response) -> Cow<'_, str> {
    String::from_utf8_lossy(&response.body)
}

/// The multistatus in a text. DTDs, and with them entities, are refused.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, ProviderError> {
    let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let document =
        Document::parse_with_options(text, options).map_err(|_| not_multistatus(text))?;
    let is_multistatus = document.root_element().has_tag_name((DAV, "multistatus"));
    if is_multistatus { Ok(document) } else { Err(not_multistatus(text)) }
}

fn not_multistatus(text: &str) -> ProviderError {
    let say = if is_web_page(text.as_bytes()) {
        "A web page came instead of calendar data."
    } else {
        "The answer is not what a calendar server sends."
    };
    ProviderError::Unintelligible { say: say.into() }
}

/// Does it begin as a web page does?
pub(crate) fn is_web_page(body: &[u8]) -> bool {
    let start: Vec<u8> = body.iter().take(512).map(u8::to_ascii_lowercase).collect();
    let text = String::from_utf8_lossy(&start);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    text.starts_with("<!doctype html") || text.starts_with("<html") || text.contains("<html")
}

/// One response element: a resource and what is said of it.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a, 'i>(Node<'a, 'i>);

/// All resources that an answer speaks of.
pub(crate) fn members<'a, 'i>(document: &'a Document<'i>) -> impl Iterator<Item = Member<'a, 'i>> {
    let of_dav = |node: &Node<'_, '_>| node.has_tag_name((DAV, "response"));
    document.root_element().children().filter(of_dav).map(Member)
}

/// The new bookmark of a sync-collection (RFC 6578 §3.2).
pub(crate) fn sync_token(document: &Document<'_>) -> Option<String> {
    child_text(document.root_element(), (DAV, "sync-token"))
}

impl<'a, 'i> Member<'a, 'i> {
    /// Its name, as the server spells it.
    pub(crate) fn href(self) -> Option<String> {
        child_text(self.0, (DAV, "href"))
    }

    /// The status of the resource as a whole, where one is given.
    pub(crate) fn status(self) -> Option<u16> {
        status_code(self.0)
    }

    /// A property that is really there. Quirk caldav-1: only propstats that succeeded count; a
    /// second propstat with 404 neither overrides the first nor means that the resource is gone.
    pub(crate) fn prop(self, namespace: &str, name: &str) -> Option<Node<'a, 'i>> {
        self.0
            .children()
            .filter(|node| node.has_tag_name((DAV, "propstat")))
            .filter(|propstat| status_code(*propstat).is_none_or(|code| code / 100 == 2))
            .flat_map(|propstat| propstat.children())
            .filter(|node| node.has_tag_name((DAV, "prop")))
            .flat_map(|prop| prop.children())
            .find(|node| node.has_tag_name((namespace, name)))
    }

    /// The text of a property, trimmed; `None` where it is empty.
    pub(crate) fn prop_text(self, namespace: &str, name: &str) -> Option<String> {
        own_text(self.prop(namespace, name)?)
    }

    /// The hrefs inside a property.
    pub(crate) fn prop_hrefs(self, namespace: &str, name: &str) -> Vec<String> {
        let Some(prop) = self.prop(namespace, name) else { return Vec::new() };
        let hrefs = prop.descendants().filter(|node| node.has_tag_name((DAV, "href")));
        hrefs.filter_map(own_text).collect()
    }

    /// Does a property hold this element, at any depth?
    pub(crate) fn prop_holds(self, prop: (&str, &str), element: (&str, &str)) -> bool {
        self.prop(prop.0, prop.1).is_some_and(|node| {
            node.descendants().any(|inner| inner != node && inner.has_tag_name(element))
        })
    }

    /// Its version, as the server spells it.
    pub(crate) fn etag(self) -> Option<String> {
        self.prop_text(DAV, "getetag")
    }

    /// Is it a collection?
    pub(crate) fn is_collection(self) -> bool {
        self.prop_holds((DAV, "resourcetype"), (DAV, "collection"))
    }
}

fn child_text(node: Node<'_, '_>, name: (&str, &str)) -> Option<String> {
    own_text(node.children().find(|child| child.has_tag_name(name))?)
}

fn own_text(node: Node<'_, '_>) -> Option<String> {
    let text: String = node.children().filter_map(|child| child.text()).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The number in `HTTP/1.1 404 Not Found`.
fn status_code(node: Node<'_, '_>) -> Option<u16> {
    let line = child_text(node, (DAV, "status"))?;
    line.split_ascii_whitespace().find_map(|word| word.parse().ok())
}

/// The precondition that a refusal names (RFC 4918 §16): the first element inside `DAV:error`.
pub(crate) fn precondition(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let document = Document::parse(text.trim_start()).ok()?;
    let root = document.root_element();
    let named = root.has_tag_name((DAV, "error")).then(|| root.first_element_child())??;
    Some(named.tag_name().name().to_owned())
}

#[cfg(test)]
mod tests;
