//! Content lines and the blocks they stand in (RFC 5545 §3.1, §3.6), as tolerant as the world is
//! sloppy: bare line ends, lower case, blank lines, blocks that never begin or never end.

use std::borrow::Cow;
use std::ops::Range;

use super::Unreadable;

/// How deep blocks may stand within blocks; VCALENDAR, VEVENT and VALARM make three.
pub const DEPTH_MAX: usize = 16;

/// How many components (VEVENT, VTODO …) one calendar may have.
pub const COMPONENTS_MAX: usize = 20_000;

/// What stands directly in a VCALENDAR and never within its own kind.
const COMPONENTS: [&str; 6] =
    ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"];

/// Properties of the calendar itself, which are not taken for those of a lost component.
const OF_THE_CALENDAR: [&str; 9] = [
    "VERSION",
    "PRODID",
    "CALSCALE",
    "METHOD",
    "NAME",
    "COLOR",
    "IMAGE",
    "SOURCE",
    "REFRESH-INTERVAL",
];

/// One content line, with the text it was read from.
#[derive(Debug, Clone)]
pub struct Line<'t> {
    /// Where its raw text stands in the whole.
    pub(crate) span: Range<usize>,
    content: Cow<'t, str>,
    name_length: usize,
    name_end: usize,
    value_start: usize,
}

impl<'t> Line<'t> {
    /// One line that stands alone.
    pub fn read(raw: &'t str) -> Self {
        Self::new(raw, 0)
    }

    fn new(raw: &'t str, at: usize) -> Self {
        let content = unfold(raw);
        let bytes = content.as_bytes();
        let name_end = bytes.iter().position(|b| matches!(b, b':' | b';')).unwrap_or(bytes.len());
        let name_length = content[..name_end].trim_end().len();
        let value_start = value_start(bytes, name_end);
        Self { span: at..at + raw.len(), name_length, name_end, value_start, content }
    }

    /// The name of the property, in the case it was written.
    pub fn name(&self) -> &str {
        &self.content[..self.name_length]
    }

    /// True for this property, whatever the case.
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// The value as it stands, escapes and all.
    pub fn value(&self) -> &str {
        &self.content[self.value_start..]
    }

    /// The value behind the last colon: where parameters with colons were not quoted.
    pub(crate) fn last_value(&self) -> &str {
        self.content.rsplit(':').next().unwrap_or_default()
    }

    /// Name, parameters and value in one, without folds and line end.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The value as TEXT (RFC 5545 §3.3.11), escapes resolved.
    pub fn text(&self) -> String {
        super::value::unescape(self.value())
    }

    /// The first value of a parameter, without quotes (RFC 6868 escapes resolved).
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut all = self.parameters();
        all.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    /// All parameters, in order: each with its value, without quotes.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, String)> {
        let all = self.content.get(self.name_end + 1..self.value_start.max(1) - 1);
        split_outside_quotes(all.unwrap_or_default(), ';').filter_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            Some((key.trim(), super::value::unquote(value)))
        })
    }
}

/// Where the value begins: behind the first colon outside quotes, else behind the first at all.
fn value_start(bytes: &[u8], name_end: usize) -> usize {
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate().skip(name_end) {
        match byte {
            b'"' => quoted = !quoted,
            b':' if !quoted => return at + 1,
            _ => {}
        }
    }
    bytes.iter().position(|b| *b == b':').map_or(bytes.len(), |at| at + 1)
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

/// Takes line ends and folds out of the raw text of a line.
fn unfold(raw: &str) -> Cow<'_, str> {
    let end = raw.trim_end_matches(['\r', '\n']);
    if !end.bytes().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Cow::Borrowed(end);
    }
    let mut content = String::with_capacity(end.len());
    for (n, piece) in end.split(['\r', '\n']).filter(|piece| !piece.is_empty()).enumerate() {
        // Every piece but the first begins with the blank that marks the fold.
        let fold = if n == 0 { None } else { piece.strip_prefix([' ', '\t']) };
        content.push_str(fold.unwrap_or(piece));
    }
    Cow::Owned(content)
}

/// The content lines of a text; blank lines are no lines.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let line_end = if text.contains('\n') { '\n' } else { '\r' };
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    std::iter::from_fn(move || {
        loop {
            let rest = &text[at..];
            if rest.is_empty() {
                return None;
            }
            let raw = &rest[..raw_length(rest, line_end)];
            let start = at;
            at += raw.len();
            if !raw.trim().is_empty() {
                return Some(Line::new(raw, start));
            }
        }
    })
}

/// The length of the first line with its folds and its line end.
fn raw_length(text: &str, line_end: char) -> usize {
    let mut length = 0;
    loop {
        match text[length..].find(line_end) {
            None => return text.len(),
            Some(at) => length += at + 1,
        }
        // Some put blank lines between a line and its fold.
        let ahead = text[length..].trim_start_matches(['\r', '\n']);
        if !ahead.starts_with([' ', '\t']) || ahead.trim_start_matches([' ', '\t']).is_empty() {
            return length;
        }
        length = text.len() - ahead.len();
    }
}

/// What stands between BEGIN and END.
#[derive(Debug, Clone, Default)]
pub struct Block<'t> {
    /// Its kind in capitals, such as `VEVENT`; empty for the whole text.
    pub name: String,
    /// Its own properties, in order.
    pub lines: Vec<Line<'t>>,
    /// The blocks within it, in order.
    pub blocks: Vec<Block<'t>>,
    /// True where its BEGIN or its END was missing.
    pub damaged: bool,
    /// Where it stands in the text, BEGIN and END included.
    pub(crate) span: Range<usize>,
    /// Where its own properties end: before the first block within it, or its END.
    pub(crate) properties_end: usize,
    lines_ahead: usize,
}

impl<'t> Block<'t> {
    /// The first property of this name.
    pub fn line(&self, name: &str) -> Option<&Line<'t>> {
        self.lines.iter().find(|line| line.is(name))
    }

    /// All properties of this name.
    pub fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Line<'t>> + 'b {
        self.lines.iter().filter(move |line| line.is(name))
    }

    /// The TEXT of the first property of this name.
    pub fn text(&self, name: &str) -> Option<String> {
        self.line(name).map(Line::text)
    }

    /// Its VCALENDARs, or itself where none is left of a damaged text.
    pub(crate) fn calendars(&self) -> &[Self] {
        if self.blocks.iter().any(|block| block.name == "VCALENDAR") {
            &self.blocks
        } else {
            std::slice::from_ref(self)
        }
    }
}

/// Reads a text into its blocks; the outermost stands for the whole text.
pub(crate) fn tree(text: &str) -> Result<Block<'_>, Unreadable> {
    recognise(text)?;
    let mut tree = Tree { open: vec![Block::default()], components: 0 };
    for line in lines(text) {
        if line.is("BEGIN") {
            tree.begin(&line)?;
        } else if line.is("END") {
            tree.end(&line);
        } else if let Some(block) = tree.open.last_mut() {
            block.lines.push(line);
        }
    }
    while tree.open.len() > 1 {
        tree.close(text.len(), true);
    }
    let whole = tree.open.pop().unwrap_or_default();
    let found = whole
        .blocks
        .iter()
        .any(|block| block.name == "VCALENDAR" || COMPONENTS.contains(&block.name.as_str()));
    if found { Ok(whole) } else { Err(Unreadable::NotACalendar) }
}

fn recognise(text: &str) -> Result<(), Unreadable> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.chars().next() {
        None => Err(Unreadable::Empty),
        Some('<') => Err(Unreadable::WebPage),
        Some(_) => Ok(()),
    }
}

struct Tree<'t> {
    open: Vec<Block<'t>>,
    components: usize,
}

impl<'t> Tree<'t> {
    fn begin(&mut self, line: &Line<'t>) -> Result<(), Unreadable> {
        let name = line.value().trim().to_ascii_uppercase();
        let is_component = COMPONENTS.contains(&name.as_str());
        if is_component || name == "VCALENDAR" {
            // A component within a component: the END before it is missing.
            let keep = if is_component { self.calendar_depth() } else { 1 };
            while self.open.len() > keep {
                self.close(line.span.start, true);
            }
        }
        self.components += usize::from(is_component);
        if self.components > COMPONENTS_MAX {
            return Err(Unreadable::TooLarge { components_max: COMPONENTS_MAX });
        }
        if self.open.len() > DEPTH_MAX {
            return Err(Unreadable::TooDeep);
        }
        if let Some(parent) = self.open.last_mut()
            && parent.properties_end == 0
        {
            parent.properties_end = line.span.start;
        }
        self.open.push(Block { name, span: line.span.clone(), ..Block::default() });
        Ok(())
    }

    /// How many blocks are open up to and with the VCALENDAR.
    fn calendar_depth(&self) -> usize {
        self.open.iter().position(|block| block.name == "VCALENDAR").map_or(1, |at| at + 1)
    }

    fn end(&mut self, line: &Line<'t>) {
        let name = line.value().trim();
        let is_it = |block: &Block<'_>| block.name.eq_ignore_ascii_case(name);
        if let Some(depth) = self.open.iter().rposition(is_it).filter(|depth| *depth > 0) {
            while self.open.len() > depth + 1 {
                self.close(line.span.start, true);
            }
            self.close_with(line);
        } else if COMPONENTS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.salvage(name, line);
        } else if let Some(block) = self.open.last_mut() {
            block.damaged = true;
        }
    }

    fn close_with(&mut self, line: &Line<'t>) {
        if let Some(block) = self.open.last_mut()
            && block.properties_end == 0
        {
            block.properties_end = line.span.start;
        }
        self.close(line.span.end, false);
    }

    fn close(&mut self, end: usize, damaged: bool) {
        let Some(mut block) = self.open.pop() else { return };
        block.span.end = end;
        block.damaged |= damaged;
        if block.properties_end == 0 {
            block.properties_end = end;
        }
        if let Some(parent) = self.open.last_mut() {
            parent.lines_ahead = parent.lines.len();
            parent.blocks.push(block);
        }
    }

    /// An END whose BEGIN is lost: what stands before it was the component.
    fn salvage(&mut self, name: &str, line: &Line<'t>) {
        let depth = self.calendar_depth();
        while self.open.len() > depth + 1 {
            self.close(line.span.start, true);
        }
        if self.open.len() == depth {
            let Some(parent) = self.open.last_mut() else { return };
            let lost = parent.lines.split_off(parent.lines_ahead);
            let (of_calendar, lines): (Vec<_>, Vec<_>) =
                lost.into_iter().partition(|line| is_of_the_calendar(line.name()));
            parent.lines.extend(of_calendar);
            let Some(start) = lines.first().map(|first| first.span.start) else {
                parent.damaged = true;
                return;
            };
            self.open.push(Block { lines, span: start..start, ..Block::default() });
        }
        if let Some(block) = self.open.last_mut() {
            block.name = name.to_ascii_uppercase();
            block.damaged = true;
        }
        self.close_with(line);
    }
}

fn is_of_the_calendar(name: &str) -> bool {
    let starts =
        |prefix: &str| name.get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix));
    OF_THE_CALENDAR.iter().any(|known| known.eq_ignore_ascii_case(name))
        || starts("X-WR-")
        || starts("X-APPLE-CALENDAR-")
        || starts("X-PUBLISHED-TTL")
}

#[cfg(test)]
mod tests;
