//! Whether a server would store a calendar object, and what it says when it would not.

use super::{Component, read, uid};

/// What this server insists on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) kinds: &'a [&'a str],
    pub(crate) end_required: bool,
    pub(crate) method_refused: bool,
}

/// A refusal, named as RFC 4791 §5.3.2.1 names its preconditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    NotACalendar,
    NotOneObject,
    WrongComponent,
}

impl Refused {
    pub(crate) fn precondition(self) -> &'static str {
        match self {
            Self::NotACalendar => "valid-calendar-data",
            Self::NotOneObject => "valid-calendar-object-resource",
            Self::WrongComponent => "supported-calendar-component",
        }
    }
}

/// The object, if it is one that may be stored.
pub(crate) fn check(text: &str, rules: Rules<'_>) -> Result<Component, Refused> {
    let object = read(text).ok_or(Refused::NotACalendar)?;
    if rules.method_refused && object.line("METHOD").is_some() {
        return Err(Refused::NotOneObject);
    }
    let Some(first) = uid(&object) else { return Err(Refused::NotOneObject) };
    let kind = super::kind(&object).ok_or(Refused::NotOneObject)?;
    for entry in object.entries() {
        if entry.text("UID") != Some(first) || entry.kind != kind {
            return Err(Refused::NotOneObject);
        }
        if entry.kind == "VEVENT" && !event_is_whole(entry, rules.end_required) {
            return Err(Refused::NotACalendar);
        }
    }
    if rules.kinds.contains(&kind) { Ok(object) } else { Err(Refused::WrongComponent) }
}

fn event_is_whole(event: &Component, end_required: bool) -> bool {
    let ended = event.line("DTEND").is_some() || event.line("DURATION").is_some();
    event.line("DTSTART").is_some() && (ended || !end_required)
}
