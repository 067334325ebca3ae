//! Edits a calendar object without touching anything else: all bytes but those of the property
//! that is set stay as they were (the seventh law: what we do not understand, we keep).

use std::fmt;
use std::ops::Range;

use jiff::civil::DateTime;

use super::read::{Block, tree};
use super::{Unreadable, value};
use crate::Moment;

/// No line is longer than this many octets, its line end apart (RFC 5545 §3.1).
const LINE_OCTETS_MAX: usize = 75;

/// A calendar object as text.
#[derive(Clone, PartialEq, Eq)]
pub struct Object {
    text: String,
}

/// Which VEVENT of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// The one without RECURRENCE-ID, else the first.
    Master,
    /// The override whose RECURRENCE-ID has this value, as it stands in the text.
    Override(&'a str),
    /// The nth VEVENT of the text, from 0.
    Nth(usize),
}

impl Object {
    /// Takes over a text, as it is.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        tree(text)?;
        Ok(Self { text: text.to_owned() })
    }

    /// A new object with one VEVENT of these properties, for a product of this name.
    pub fn with_event(product: &str, properties: &[Property]) -> Self {
        let mut text = String::new();
        for line in ["BEGIN:VCALENDAR", "VERSION:2.0"] {
            text.push_str(&Property::raw(line_name(line), line_value(line)).to_line("\r\n"));
        }
        text.push_str(&Property::text("PRODID", product).to_line("\r\n"));
        text.push_str("BEGIN:VEVENT\r\n");
        text.extend(properties.iter().map(|property| property.to_line("\r\n")));
        text.push_str("END:VEVENT\r\nEND:VCALENDAR\r\n");
        Self { text }
    }

    /// The text, byte by byte as it was read, but for what was set.
    pub fn to_text(&self) -> String {
        self.text.clone()
    }

    /// The text without a copy.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value of a property of that VEVENT, escapes and all.
    pub fn get(&self, place: Place<'_>, name: &str) -> Option<String> {
        let whole = tree(&self.text).ok()?;
        Some(find(&whole, place)?.line(name)?.value().to_owned())
    }

    /// Sets a property of that VEVENT, in the place of the old one or behind the last.
    ///
    /// Several properties of one name become this one. False where there is no such VEVENT.
    pub fn set(&mut self, place: Place<'_>, property: &Property) -> bool {
        let Some((old, end)) = self.spans(place, &property.name) else { return false };
        let line = property.to_line(self.line_end());
        match old.split_first() {
            None => self.insert(end, &line),
            Some((first, rest)) => {
                for span in rest.iter().rev() {
                    self.text.replace_range(span.clone(), "");
                }
                self.text.replace_range(first.clone(), &line);
            }
        }
        true
    }

    /// Removes all properties of that name from that VEVENT; false where there is no such VEVENT.
    pub fn remove(&mut self, place: Place<'_>, name: &str) -> bool {
        let Some((old, _)) = self.spans(place, name) else { return false };
        for span in old.into_iter().rev() {
            self.text.replace_range(span, "");
        }
        true
    }

    /// Where the properties of that name stand, and where a new one goes.
    fn spans(&self, place: Place<'_>, name: &str) -> Option<(Vec<Range<usize>>, usize)> {
        let whole = tree(&self.text).ok()?;
        let block = find(&whole, place)?;
        let spans = block.all(name).map(|line| line.span.clone()).collect();
        Some((spans, block.properties_end))
    }

    fn insert(&mut self, at: usize, line: &str) {
        let ends = self.text[..at].ends_with(['\n', '\r']);
        let before = if ends { "" } else { self.line_end() };
        self.text.insert_str(at, &format!("{before}{line}"));
    }

    /// The line end that the text itself uses.
    fn line_end(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if !self.text[..at].ends_with('\r') => "\n",
            None if self.text.contains('\r') => "\r",
            _ => "\r\n",
        }
    }
}

fn find<'b, 't>(whole: &'b Block<'t>, place: Place<'_>) -> Option<&'b Block<'t>> {
    let mut events = whole
        .calendars()
        .iter()
        .flat_map(|calendar| &calendar.blocks)
        .filter(|block| block.name == "VEVENT");
    match place {
        Place::Nth(n) => events.nth(n),
        Place::Override(id) => events.find(|event| {
            event.line("RECURRENCE-ID").is_some_and(|line| line.value().trim() == id.trim())
        }),
        Place::Master => {
            let mut all = events.clone();
            events.find(|event| event.line("RECURRENCE-ID").is_none()).or_else(|| all.next())
        }
    }
}

fn line_name(line: &str) -> &str {
    line.split(':').next().unwrap_or_default()
}

fn line_value(line: &str) -> &str {
    line.split_once(':').map_or("", |(_, value)| value)
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Object {
    /// Its size only: what is in it belongs to its owner.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({} bytes)", self.text.len())
    }
}

/// A property to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct Property {
    name: String,
    parameters: Vec<(String, String)>,
    value: String,
}

impl Property {
    /// With a value of TEXT, which is escaped.
    pub fn text(name: &str, plain: &str) -> Self {
        Self::raw(name, &value::escape(plain))
    }

    /// With a value that is written as it is (line ends and control characters apart).
    pub fn raw(name: &str, value: &str) -> Self {
        let value = value.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        Self { name: name.to_ascii_uppercase(), parameters: Vec::new(), value }
    }

    /// With a date, a floating time, or a time in a zone; zones without an IANA name become UTC.
    pub fn time(name: &str, moment: &Moment) -> Self {
        match moment {
            Moment::Date(date) => {
                Self::raw(name, &date.strftime("%Y%m%d").to_string()).with("VALUE", "DATE")
            }
            Moment::Floating(wall) => Self::raw(name, &clock(*wall)),
            Moment::Zoned(wall, zone) => {
                if let Some(zone) = zone.iana_name().filter(|name| *name != "UTC") {
                    return Self::raw(name, &clock(*wall)).with("TZID", zone);
                }
                let utc = Moment::utc(moment.instant(zone)).wall();
                Self::raw(name, &format!("{}Z", clock(utc)))
            }
        }
    }

    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, plain: &str) -> Self {
        self.parameters.push((name.to_ascii_uppercase(), plain.to_owned()));
        self
    }

    /// The content line, folded at 75 octets and never inside a character.
    fn to_line(&self, line_end: &str) -> String {
        let mut line = self.name.clone();
        for (name, plain) in &self.parameters {
            line.extend([";", name, "=", &value::quote(plain)]);
        }
        line.push(':');
        line.push_str(&self.value);
        let mut folded = String::with_capacity(line.len() + line.len() / 37 + 2);
        let mut octets = 0;
        for c in line.chars() {
            if octets + c.len_utf8() > LINE_OCTETS_MAX {
                folded.push_str(line_end);
                folded.push(' ');
                octets = 1;
            }
            folded.push(c);
            octets += c.len_utf8();
        }
        folded + line_end
    }
}

fn clock(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%S").to_string()
}

impl fmt::Debug for Property {
    /// Its name only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Property({})", self.name)
    }
}

#[cfg(test)]
mod tests;
