//! Calendars whose content is old or not known: which, why, since when, and where it is mended.
//! Those of one connection that share a reason are named in one line.

use connection::{Calendar, CalendarState, Connection, Counts};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::pieces::{icon, words};
use crate::session::SignedIn;

/// Why what is shown of a calendar may not be so any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Gone,
    Paused(Timestamp),
    Access(&'static str),
    Braked,
    Processing,
    Blind,
    Delayed,
}

impl Why {
    /// `None` where nothing speaks against it.
    fn of(calendar: &Calendar, connection: Option<&Connection>, now: Timestamp) -> Option<Self> {
        let state = calendar.state(now);
        if state == CalendarState::Gone {
            return Some(Self::Gone);
        }
        if let Some(at) = connection.and_then(|connection| connection.paused_at) {
            return Some(Self::Paused(at));
        }
        let asks = connection.and_then(|it| Some((it, it.attention.as_ref()?)));
        if let Some((connection, attention)) = asks {
            let cause = connection::cause(&attention.reason, connection.principal.is_feed());
            return Some(Self::Access(cause));
        }
        match state {
            CalendarState::Processing => Some(Self::Processing),
            CalendarState::Blind => Some(Self::Blind),
            CalendarState::Braked => Some(Self::Braked),
            CalendarState::Delayed => Some(Self::Delayed),
            CalendarState::Gone | CalendarState::Synced => None,
        }
    }

    fn say(self, is_one: bool, who: &SignedIn) -> String {
        let text = match (self, is_one) {
            (Self::Paused(at), _) => return format!("paused since {}", words::when(at, who)),
            (Self::Access(cause), _) => cause,
            (Self::Gone, true) => "is gone at the provider",
            (Self::Gone, false) => "are gone at the provider",
            (Self::Braked, true) => "waits for a decision",
            (Self::Braked, false) => "wait for a decision",
            (Self::Processing, true) => "is being read for the first time",
            (Self::Processing, false) => "are being read for the first time",
            (Self::Blind, true) => "has not been read lately",
            (Self::Blind, false) => "have not been read lately",
            (Self::Delayed, true) => "is delayed",
            (Self::Delayed, false) => "are delayed",
        };
        text.to_owned()
    }

    /// Where it is mended, below the connection's page, and what the link says.
    fn mended(self) -> (&'static str, &'static str) {
        match self {
            Self::Access(_) => ("/repair", "Fix this"),
            Self::Gone | Self::Braked => ("#calendars", "Decide"),
            Self::Paused(_) | Self::Processing | Self::Blind | Self::Delayed => ("", "Manage"),
        }
    }
}

/// One line: calendars of one connection, for one reason.
struct Doubt {
    why: Why,
    names: Vec<String>,
    /// The oldest of theirs; `None` where they were never known.
    known_at: Option<Timestamp>,
    /// The page of the connection and its name, for its owner alone.
    connection: Option<(String, String)>,
}

/// All that is to be doubted.
pub(super) struct Doubts(Vec<Doubt>);

impl Doubts {
    /// Looks at each calendar; names of somebody else's calendars stay theirs.
    pub(super) fn of(
        calendars: &[(Calendar, Counts)],
        connections: &[Connection],
        (is_owner, now): (bool, Timestamp),
    ) -> Self {
        let mut found: Vec<Doubt> = Vec::new();
        for (nth, (calendar, _)) in calendars.iter().enumerate() {
            let held = connections.iter().find(|held| held.id == calendar.connection);
            let Some(why) = Why::of(calendar, held, now) else { continue };
            let name = if is_owner {
                format!("“{}”", calendar.name)
            } else {
                format!("Calendar {}", nth + 1)
            };
            let connection = held.filter(|_| is_owner).map(|held| {
                let href = format!("/calendars/settings/connections/{}", held.id);
                (href, held.principal.name.clone())
            });
            let known_at = calendar.known_at;
            let same = found.iter_mut().find(|doubt| {
                let is_known = doubt.known_at.is_some() == known_at.is_some();
                doubt.why == why && doubt.connection == connection && is_known
            });
            if let Some(doubt) = same {
                doubt.names.push(name);
                doubt.known_at = doubt.known_at.min(known_at);
            } else {
                found.push(Doubt { why, names: vec![name], known_at, connection });
            }
        }
        Self(found)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Is there a calendar of which nothing is known, or too long ago to be trusted?
    pub(super) fn has_unknown(calendars: &[(Calendar, Counts)], now: Timestamp) -> bool {
        calendars.iter().any(|(calendar, _)| {
            calendar.known_at.is_none() || calendar.state(now) == CalendarState::Blind
        })
    }

    /// One line each.
    pub(super) fn notice(&self, who: &SignedIn) -> Markup {
        html! {
            div .notice.warn.with-icon {
                (icon::alert())
                ul { @for doubt in &self.0 { li { (doubt.line(who)) } } }
            }
        }
    }
}

impl Doubt {
    fn line(&self, who: &SignedIn) -> Markup {
        let (below, link) = self.why.mended();
        html! {
            b { (self.names.join(", ")) }
            @if let Some((_, name)) = &self.connection { " of " (words::name(name)) }
            @if self.is_about_access() { ": " } @else { " " }
            (self.why.say(self.names.len() == 1, who)) ", "
            @match self.known_at {
                Some(at) => { "shown as of " (words::when(at, who)) "." }
                None => "and not known yet: nothing shown does not mean free.",
            }
            @if let Some((href, name)) = &self.connection {
                " " a href={ (href) (below) } aria-label={ (link) ": " (name) } { (link) }
            }
        }
    }

    /// Is the connection the matter, and not the calendar?
    fn is_about_access(&self) -> bool {
        matches!(self.why, Why::Paused(_) | Why::Access(_))
    }
}
