//! The one gate through which what events are about leaves the store: titles, places, UIDs. It
//! opens for whoever holds the connection; for everybody else only where neither the person nor the
//! event is private. Nothing else at the doors asks for the texts of events (`cargo xtask tidy`
//! holds that), and the gate does not know from which provider they come.

use std::collections::HashMap;
use std::fmt;

use calendar::{Horizon, ical};
use connection::{CalendarId, ConnectionId, EventId, UserId};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::events::{self, NotUnderstood};
use store::people::User;
use store::{StoreError, Tx};

/// What stands where a title must not be shown.
pub const HIDDEN_TITLE: &str = "Busy";

/// Who looks at whose events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    is_holder: bool,
    private_mode: bool,
}

impl Gate {
    /// A person looks. Who came by a link to connect calendars sees no details, not even their own:
    /// somebody else made that link.
    pub fn of_person((who, connects_only): (&UserId, bool), holder: &User) -> Self {
        let is_holder = holder.id == *who && !connects_only;
        Self { is_holder, private_mode: holder.settings.private_mode }
    }

    /// A program looks: its key belongs to the account, never to the holder. Of nobody's calendar
    /// it is not known who would mind.
    pub fn of_key(holder: Option<&User>) -> Self {
        let private_mode = holder.is_none_or(|holder| holder.settings.private_mode);
        Self { is_holder: false, private_mode }
    }

    /// Does whoever looks hold what they look at?
    pub fn is_holder(self) -> bool {
        self.is_holder
    }

    fn opens(self, is_private: bool) -> bool {
        self.is_holder || !(self.private_mode || is_private)
    }
}

/// What one occurrence is about, for who may see it.
#[derive(Clone, PartialEq, Eq)]
pub struct Detail {
    pub uid: String,
    pub title: Option<String>,
    pub location: Option<String>,
}

impl fmt::Debug for Detail {
    /// Nothing of it: who may see it reads it on a page, not in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detail").finish_non_exhaustive()
    }
}

/// One occurrence as it leaves the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Why it is not, or not wholly, understood: a code, and a sentence without its title.
    pub problem: Option<(String, String)>,
    /// `None` where it is nobody else's business, or cannot be read.
    pub detail: Option<Detail>,
}

/// What names one occurrence: its event, its start and its end, in milliseconds.
type Key = (EventId, i64, i64);

/// What many occurrences are about. What is not in it cannot be read, and is nobody's business.
#[derive(Default)]
pub struct Details(HashMap<Key, Vec<Seen>>);

impl Details {
    /// Expands events within the horizon; `zone_of` says where the dates of a calendar happen.
    pub async fn read(
        tx: &mut Tx,
        wanted: &[EventId],
        (horizon, zone_of): (Horizon, impl Fn(&CalendarId) -> Option<TimeZone>),
        gate: Gate,
    ) -> Result<Self, StoreError> {
        let mut found: HashMap<Key, Vec<Seen>> = HashMap::new();
        for text in events::texts(tx, wanted).await? {
            // What cannot be read now could not be read when it was stored: it has no title.
            let (Some(zone), Ok(reading)) = (zone_of(&text.calendar), calendar::read(&text.text))
            else {
                continue;
            };
            for event in &reading.events {
                for occurrence in calendar::expand(event, horizon, &zone).occurrences {
                    let component = occurrence.component;
                    let detail = gate.opens(component.is_private()).then(|| Detail {
                        uid: event.uid.clone(),
                        title: component.title.clone(),
                        location: component.location.clone(),
                    });
                    let start = occurrence.start.as_millisecond();
                    let key = (text.id.clone(), start, occurrence.end.as_millisecond());
                    let seen = Seen { problem: text.problem.clone(), detail };
                    found.entry(key).or_default().push(seen);
                }
            }
        }
        Ok(Self(found))
    }

    /// Takes out what is seen of one occurrence.
    pub fn take(&mut self, event: &EventId, (start, end): (Timestamp, Timestamp)) -> Seen {
        let key = (event.clone(), start.as_millisecond(), end.as_millisecond());
        match self.0.get_mut(&key) {
            Some(same_time) if !same_time.is_empty() => same_time.remove(0),
            Some(_) | None => Seen::default(),
        }
    }
}

/// What times are called, in their order; `None` where it is nobody else's business, or there is
/// no title.
pub async fn titles(
    tx: &mut Tx,
    times: &[(EventId, Timestamp, Timestamp)],
    within: (Horizon, impl Fn(&CalendarId) -> Option<TimeZone>),
    gate: Gate,
) -> Result<Vec<Option<String>>, StoreError> {
    let mut wanted: Vec<_> = times.iter().map(|(event, ..)| event.clone()).collect();
    wanted.sort();
    wanted.dedup();
    let mut details = Details::read(tx, &wanted, within, gate).await?;
    let title = |(event, start, end): &(EventId, Timestamp, Timestamp)| {
        let title = details.take(event, (*start, *end)).detail?.title;
        title.filter(|title| !title.trim().is_empty())
    };
    Ok(times.iter().map(title).collect())
}

/// An event that is not, or not wholly, understood.
pub struct Puzzle {
    pub calendar: CalendarId,
    pub title: String,
    pub say: String,
    pub changed_at: Timestamp,
}

/// Those of a connection, the latest change first.
pub async fn puzzles(
    tx: &mut Tx,
    id: &ConnectionId,
    gate: Gate,
) -> Result<Vec<Puzzle>, StoreError> {
    let all = events::not_understood(tx, id).await?;
    let puzzle = |one: NotUnderstood| Puzzle {
        title: title(&one.text, gate),
        calendar: one.calendar,
        say: one.say,
        changed_at: one.changed_at,
    };
    Ok(all.into_iter().map(puzzle).collect())
}

/// What an event is called, as far as it can be read.
fn title(text: &str, gate: Gate) -> String {
    let reading = calendar::read(text).ok();
    let event = reading.as_ref().and_then(|reading| reading.events.first());
    // Of what cannot be read it is not known whether it is private.
    let is_private = |event: &calendar::Event| {
        event.master.iter().chain(&event.overrides).any(calendar::Component::is_private)
    };
    if !gate.opens(event.is_none_or(is_private)) {
        return HIDDEN_TITLE.to_owned();
    }
    let title = event.and_then(|event| event.title()).map(ToString::to_string);
    // An event that cannot be read at all may still say its name.
    let title =
        title.or_else(|| ical::Object::read(text).ok()?.get(ical::Place::Nth(0), "SUMMARY"));
    let title = title.filter(|title| !title.trim().is_empty());
    title.map_or_else(|| "An event without a title".to_owned(), |title| format!("“{title}”"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_for_the_holder_and_else_only_for_what_nobody_made_private() {
        for (is_holder, private_mode, is_private, opens) in [
            (true, true, true, true),
            (true, false, true, true),
            (false, true, false, false),
            (false, true, true, false),
            (false, false, true, false),
            (false, false, false, true),
        ] {
            let gate = Gate { is_holder, private_mode };
            assert_eq!(gate.opens(is_private), opens, "{gate:?}, private event: {is_private}");
        }
        assert!(Gate::of_key(None).private_mode, "unknown is private");
    }

    #[test]
    fn what_is_seen_is_not_printed() {
        let (title, location) = (Some("Surgery".into()), Some("Ward 3".into()));
        let detail = Detail { uid: "surgery@kit.example".into(), title, location };
        let seen = Seen { problem: None, detail: Some(detail) };
        assert_eq!(format!("{seen:?}"), "Seen { problem: None, detail: Some(Detail { .. }) }");
    }

    #[test]
    fn a_title_that_cannot_be_read_is_private() {
        let open = Gate { is_holder: false, private_mode: false };
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Surgery\r\nEND:VEVENT\r\n";
        assert_eq!(title(text, open), HIDDEN_TITLE);
        assert_eq!(title(text, Gate { is_holder: true, private_mode: true }), "“Surgery”");
    }
}
