//! As much of iCalendar as the sandbox needs: the tree of components, what an object is called,
//! and when it roughly takes place. Deliberately shares nothing with Daymark's own reading.

mod check;
pub(crate) mod edit;
mod window;
pub(crate) mod write;

pub(crate) use check::{Rules, check};
pub(crate) use window::{Range, busy_within, touches};

const DEPTH_MAX: usize = 16;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) parameters: String,
    pub(crate) value: String,
}

impl Line {
    /// The value of one parameter, unquoted.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.split(';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"'))
        })
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) kind: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) children: Vec<Component>,
}

impl Component {
    pub(crate) fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.line(name).map(|line| line.value.as_str())
    }

    /// Everything directly inside that is not a time zone.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Component> {
        self.children.iter().filter(|child| child.kind != "VTIMEZONE")
    }
}

/// The lines of a text, with continuations joined.
fn unfold(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ if line.is_empty() => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn line(text: &str) -> Option<Line> {
    let mut quoted = false;
    let colon = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    })?;
    let (head, value) = (&text[..colon.0], &text[colon.0 + 1..]);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    Some(Line {
        name: name.to_ascii_uppercase(),
        parameters: parameters.to_owned(),
        value: value.to_owned(),
    })
}

/// The one VCALENDAR in the text, or nothing when it is not well-formed.
pub(crate) fn read(text: &str) -> Option<Component> {
    let mut open: Vec<Component> = Vec::new();
    let mut whole = None;
    for raw in unfold(text) {
        let line = line(&raw)?;
        match line.name.as_str() {
            "BEGIN" if whole.is_some() || open.len() >= DEPTH_MAX => return None,
            "BEGIN" => open.push(Component {
                kind: line.value.trim().to_ascii_uppercase(),
                ..Component::default()
            }),
            "END" => {
                let closed = open.pop()?;
                if closed.kind != line.value.trim().to_ascii_uppercase() {
                    return None;
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => whole = Some(closed),
                }
            }
            _ => open.last_mut()?.lines.push(line),
        }
    }
    whole.filter(|whole| whole.kind == "VCALENDAR" && open.is_empty())
}

/// UID of a calendar object, if it has one.
pub(crate) fn uid(object: &Component) -> Option<&str> {
    object.entries().find_map(|entry| entry.text("UID"))
}

/// The same from the text alone: the plain spelling is found without reading all the rest.
pub(crate) fn uid_of(text: &str) -> Option<String> {
    let plain = text.split_once("\nUID:").and_then(|(_, rest)| {
        let (line, next) = rest.split_once('\n')?;
        (!next.starts_with([' ', '\t'])).then(|| line.trim_end_matches('\r').to_owned())
    });
    plain.or_else(|| read(text).as_ref().and_then(uid).map(str::to_owned))
}

/// The kind of what is in a calendar object: `VEVENT`, `VTODO` …
pub(crate) fn kind(object: &Component) -> Option<&str> {
    object.entries().next().map(|entry| entry.kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::{read, uid, uid_of};

    #[test]
    fn folded_and_quoted_lines_are_read() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n b\r\n\
            ATTENDEE;CN=\"Doe: Jo\":mailto:jo@x.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let object = read(text).unwrap();
        assert_eq!(uid(&object), Some("ab"));
        assert_eq!(uid_of(text).as_deref(), Some("ab"));
        assert_eq!(uid_of("X\r\nUID:plain\r\nX").as_deref(), Some("plain"));
        let attendee = object.children[0].line("ATTENDEE").unwrap();
        assert_eq!(attendee.value, "mailto:jo@x.example");
        assert_eq!(attendee.parameter("cn"), Some("Doe: Jo"));
    }

    #[test]
    fn what_is_no_calendar_is_not_read() {
        for text in ["", "<html>", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\nEND:VEVENT\n", "X:1\n"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read(&"BEGIN:X\n".repeat(20)), None);
    }
}
