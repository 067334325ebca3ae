//! XML in both directions: a tree of elements written by hand, escaped, in the spelling that the
//! imitated server uses; and requests read with entities refused.

use std::borrow::Cow;
use std::fmt::Write;

use roxmltree::{Document, Node};

use crate::manners::Wire;

pub(crate) const DAV: &str = "DAV:";
pub(crate) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
pub(crate) const CALSERVER: &str = "http://calendarserver.org/ns/";
pub(crate) const APPLE: &str = "http://apple.com/ns/ical/";

const PREFIXES: [(&str, &str); 4] = [("d", DAV), ("cal", CALDAV), ("cs", CALSERVER), ("x1", APPLE)];

/// The name of a property or element: namespace and local part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) ns: Cow<'static, str>,
    pub(crate) local: Cow<'static, str>,
}

impl Name {
    pub(crate) const fn new(ns: &'static str, local: &'static str) -> Self {
        Self { ns: Cow::Borrowed(ns), local: Cow::Borrowed(local) }
    }

    pub(crate) fn of(node: Node<'_, '_>) -> Self {
        let name = node.tag_name();
        Self {
            ns: Cow::Owned(name.namespace().unwrap_or_default().to_owned()),
            local: Cow::Owned(name.name().to_owned()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    name: Name,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
    verbatim: bool,
}

impl Element {
    pub(crate) fn named(name: Name) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
            text: String::new(),
            verbatim: false,
        }
    }

    pub(crate) fn dav(local: &'static str) -> Self {
        Self::named(Name::new(DAV, local))
    }

    pub(crate) fn caldav(local: &'static str) -> Self {
        Self::named(Name::new(CALDAV, local))
    }

    pub(crate) fn calserver(local: &'static str) -> Self {
        Self::named(Name::new(CALSERVER, local))
    }

    pub(crate) fn with(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    pub(crate) fn with_all(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Text that servers like to wrap in CDATA: calendar objects.
    pub(crate) fn verbatim(mut self, text: impl Into<String>) -> Self {
        self.verbatim = true;
        self.text(text)
    }

    pub(crate) fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `DAV:href` with its text.
    pub(crate) fn href(href: impl Into<String>) -> Self {
        Self::dav("href").text(href)
    }

    /// A copy of what a client sent, to keep and give back.
    pub(crate) fn copy(node: Node<'_, '_>) -> Self {
        let mut copy = Self::named(Name::of(node));
        for attribute in node.attributes() {
            if attribute.namespace().is_none() {
                copy = copy.attribute(attribute.name(), attribute.value());
            }
        }
        let children: Vec<Self> =
            node.children().filter(Node::is_element).map(Self::copy).collect();
        let text = if children.is_empty() { node.text().unwrap_or_default() } else { "" };
        copy.text(text).with_all(children)
    }

    /// The whole document.
    pub(crate) fn document(&self, wire: Wire) -> String {
        let mut out = String::from("<?xml version='1.0' encoding='UTF-8'?>");
        match wire {
            Wire::Inline => self.write_inline(&mut out, ""),
            Wire::Prefixed => self.write_prefixed(&mut out, true),
        }
        out
    }

    fn write_inline(&self, out: &mut String, outer: &str) {
        let local = &self.name.local;
        push(out, &["<", local]);
        if self.name.ns != outer {
            push(out, &[" xmlns=\"", &escape(&self.name.ns), "\""]);
        }
        self.write_attributes(out);
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        self.write_text(out, self.verbatim);
        for child in &self.children {
            child.write_inline(out, &self.name.ns);
        }
        push(out, &["</", local, ">"]);
    }

    fn write_prefixed(&self, out: &mut String, root: bool) {
        let known = PREFIXES.iter().find(|(_, ns)| *ns == self.name.ns).map(|(prefix, _)| *prefix);
        let tag = format!("{}:{}", known.unwrap_or("x0"), self.name.local);
        push(out, &["<", &tag]);
        if root {
            for (prefix, ns) in PREFIXES {
                push(out, &[" xmlns:", prefix, "=\"", ns, "\""]);
            }
        }
        if known.is_none() {
            push(out, &[" xmlns:x0=\"", &escape(&self.name.ns), "\""]);
        }
        self.write_attributes(out);
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        self.write_text(out, false);
        for child in &self.children {
            child.write_prefixed(out, false);
        }
        push(out, &["</", &tag, ">"]);
    }

    fn write_attributes(&self, out: &mut String) {
        for (name, value) in &self.attributes {
            // Writing to a String cannot fail.
            let _ = write!(out, " {name}=\"{}\"", escape(value));
        }
    }

    fn write_text(&self, out: &mut String, cdata: bool) {
        if cdata {
            push(out, &["<![CDATA[", &self.text.replace("]]>", "]]]]><![CDATA[>"), "]]>"]);
        } else {
            out.push_str(&escape(&self.text));
        }
    }
}

fn push(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Reads a request body. A document type, and with it every entity, is refused.
pub(crate) fn parse(body: &str) -> Option<Document<'_>> {
    Document::parse(body.trim_start_matches('\u{feff}')).ok()
}

pub(crate) fn is(node: Node<'_, '_>, ns: &str, local: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(ns) && node.tag_name().name() == local
}

pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, ns: &str, local: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| is(*child, ns, local))
}

/// The text of an element, trimmed.
pub(crate) fn text_of(node: Node<'_, '_>) -> String {
    node.children().filter_map(|child| child.text()).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Element, parse};
    use crate::manners::Wire;

    #[test]
    fn both_spellings_say_the_same() {
        let tree = Element::dav("multistatus")
            .with(Element::href("/a&b/"))
            .with(Element::caldav("calendar-data").verbatim("X]]>Y\r\n"));
        for wire in [Wire::Inline, Wire::Prefixed] {
            let text = tree.document(wire);
            let read = parse(&text).unwrap();
            assert_eq!(Element::copy(read.root_element()).children[0].text, "/a&b/");
            let whole: String = read
                .root_element()
                .descendants()
                .filter(roxmltree::Node::is_text)
                .filter_map(|node| node.text())
                .collect();
            assert!(whole.contains("X]]>Y"), "{wire:?}: {whole}");
        }
    }

    #[test]
    fn entities_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"cc\">]><a>&b;</a>";
        assert!(parse(bomb).is_none());
    }
}
