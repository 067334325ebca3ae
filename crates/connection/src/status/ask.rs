//! What single calendars ask a person for: they are gone at the provider, cannot be written to any
//! more, or came back empty. All of it is said, the gravest first.

use jiff::Timestamp;

use super::Attention;
use crate::{Calendar, CalendarId, Connection};

const GONE: &str = "calendar_gone";
const READ_ONLY: &str = "read_only";
const BRAKE: &str = "brake";
/// The gravest first.
const REASONS: [&str; 3] = [GONE, READ_ONLY, BRAKE];
/// Calendars that a sentence names.
const NAMED_MAX: usize = 3;

/// What one calendar asks a person for, from one moment on. What is lost, comes back and is lost
/// again asks anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which calendar.
    pub calendar: CalendarId,
    /// `calendar_gone`, `read_only` or `brake`.
    pub reason: &'static str,
    /// Since when.
    pub since: Timestamp,
}

impl Ask {
    /// By this it is known again: `calendar_gone:cal_…:1763816400000`.
    pub fn mark(&self) -> String {
        format!("{}{}", self.about(), self.since.as_millisecond())
    }

    /// What all that this calendar asks for this reason begins with, whenever it does.
    pub fn about(&self) -> String {
        format!("{}:{}:", self.reason, self.calendar)
    }
}

/// All that the calendars of a connection ask for, and the same for a person.
pub(super) fn of_calendars(
    connection: &Connection,
    calendars: &[&Calendar],
) -> (Vec<Ask>, Option<Attention>) {
    let mut asks = Vec::new();
    let mut says = Vec::new();
    for reason in REASONS {
        let asking = calendars.iter().filter_map(|calendar| {
            Some((*calendar, since(calendar, reason, connection.created_at)?))
        });
        let (those, times): (Vec<&Calendar>, Vec<Timestamp>) = asking.unzip();
        asks.extend(those.iter().zip(times).map(|(calendar, since)| Ask {
            calendar: calendar.id.clone(),
            reason,
            since,
        }));
        says.extend(say(reason, &those, connection.principal.is_feed()));
    }
    let attention = asks.first().map(|first| {
        let same = asks.iter().filter(|ask| ask.reason == first.reason);
        let since = same.map(|ask| ask.since).min().unwrap_or(first.since);
        Attention { reason: first.reason.to_owned(), say: says.join(" "), since }
    });
    (asks, attention)
}

/// Since when a calendar asks for somebody for that reason. What is gone asks for nothing else.
fn since(calendar: &Calendar, reason: &str, connected_at: Timestamp) -> Option<Timestamp> {
    match (reason, calendar.gone_at) {
        (GONE, gone_at) => gone_at,
        (_, Some(_)) => None,
        (READ_ONLY, None) => calendar.write_lost_at,
        (_, None) => {
            let braked_at = calendar.braked_at.or(calendar.known_at).unwrap_or(connected_at);
            calendar.brake.as_ref().map(|_| braked_at)
        }
    }
}

fn say(reason: &str, calendars: &[&Calendar], is_feed: bool) -> Option<String> {
    let names: Vec<&str> = calendars.iter().map(|calendar| calendar.name.as_str()).collect();
    let all = names_of(&names);
    Some(match (reason, calendars) {
        (_, []) => return None,
        (GONE, _) if is_feed => format!(
            "The feed {all} is no longer there: it was withdrawn, or has moved. Enter its present \
             address, or disconnect it."
        ),
        (GONE, [_]) => format!(
            "The calendar {all} is no longer there, or no longer shared with this account. Forget \
             it here, or bring it back at the provider."
        ),
        (GONE, _) => format!(
            "The calendars {all} are no longer there, or no longer shared with this account. \
             Forget them here, or bring them back at the provider."
        ),
        (READ_ONLY, _) => format!(
            "Bookings can no longer be written to {all}: this account may only read there now. \
             Allow changes there again, or choose another linked calendar."
        ),
        (_, [one]) => format!("{all}: {}", one.brake.as_deref().unwrap_or_default()),
        (_, _) => format!(
            "{all}: they came back empty, or with much less than was known. The last good content \
             stands and still blocks. Say of each whether that is true; otherwise mend them at \
             the provider."
        ),
    })
}

/// `“Home”, “Work” and “School”`, and of more how many.
pub fn names_of(names: &[&str]) -> String {
    let quoted = |name: &&str| format!("“{name}”");
    let mut parts: Vec<String> = names.iter().take(NAMED_MAX).map(quoted).collect();
    if names.len() > NAMED_MAX {
        parts.push(format!("{} more", names.len() - NAMED_MAX));
    }
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => parts.concat(),
    }
}
