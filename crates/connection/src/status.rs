//! How a connection stands. The state is never stored: it is computed from facts and the time,
//! so it cannot be stale, stuck or at odds with them (`docs/adr/0002`).

mod ask;
mod cause;
mod step;

use jiff::Timestamp;

use crate::{Calendar, CalendarState, Connection, Trouble};

pub use ask::{Ask, names_of};
pub use cause::{cause, say_to_others};
pub use step::may_follow;

/// The five states that the page's tag and the API know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// A calendar is being read for the first time.
    Processing,
    /// All calendars are known, and lately.
    Synced,
    /// The last success is older than twice the interval; we go on trying.
    Delayed,
    /// Someone must do something; the reason says what.
    Attention,
    /// A person stopped it.
    Paused,
}

impl ConnectionState {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Synced => "synced",
            Self::Delayed => "delayed",
            Self::Attention => "attention",
            Self::Paused => "paused",
        }
    }
}

impl ConnectionState {
    /// The reverse of [`ConnectionState::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Processing, Self::Synced, Self::Delayed, Self::Attention, Self::Paused]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// What brought a change of state about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusCause {
    /// It was connected.
    Connected,
    /// A pull of one of its calendars.
    Pull,
    /// A listing of its calendars.
    Listing,
    /// It was repaired.
    Repair,
    /// Another account was put in the place of the one it held.
    Replaced,
    /// A person decided something.
    Person,
    /// Time went by without a success.
    Time,
}

impl StatusCause {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Connected,
        Self::Pull,
        Self::Listing,
        Self::Time,
        Self::Repair,
        Self::Replaced,
        Self::Person,
    ];

    /// As the table and the API spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Pull => "pull",
            Self::Listing => "listing",
            Self::Repair => "repair",
            Self::Replaced => "replaced",
            Self::Person => "person",
            Self::Time => "time",
        }
    }

    /// The reverse of [`StatusCause::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

/// Something that a person must mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// A stable code: `password_refused`, `signed_out`, `calendar_gone`, `brake`, `refused`, …
    pub reason: String,
    /// The sentence that the page shows; says what to do.
    pub say: String,
    /// Since when.
    pub since: Timestamp,
}

/// How far a first pull has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Events read.
    pub done: i64,
    /// Events listed so far; 0 while the listing has not come yet.
    pub total: i64,
}

/// What the events of one calendar amount to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events listed at the far side.
    pub events: i64,
    /// Of these, those whose present body is not read yet.
    pub pending: i64,
    /// Of these, those that are not, or not wholly, understood.
    pub not_understood: i64,
}

/// The calendars of an account are listed so often.
pub const LISTED_EVERY_S: i64 = 3_600;

/// What a status is computed from.
#[derive(Debug, Clone, Copy)]
pub struct StatusFacts<'a> {
    /// The connection itself.
    pub connection: &'a Connection,
    /// Its calendars with their counts.
    pub calendars: &'a [(Calendar, Counts)],
}

/// How a connection stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionStatus {
    /// The state.
    pub state: ConnectionState,
    /// With `Attention`: why, as a code and as a sentence.
    pub attention: Option<Attention>,
    /// With `Attention`, where it is single calendars that ask for it: all that they ask.
    pub asks: Vec<Ask>,
    /// With `Delayed` and `Processing`: why the last look at a calendar failed, if it did. Of
    /// several calendars the one that has failed the longest.
    pub trouble: Option<Trouble>,
    /// Since when, as far as is known; with `Synced` and `Delayed`: as of when all of it is known.
    pub since: Timestamp,
    /// From when on busy times of it are not known, if nothing is read until then; `None` where
    /// none of its calendars counts.
    pub blind_from: Option<Timestamp>,
    /// Until when its far side asked us to wait, while we do.
    pub waits_until: Option<Timestamp>,
    /// With `Processing`: how far.
    pub progress: Option<Progress>,
    /// When anything last succeeded.
    pub last_success_at: Option<Timestamp>,
    /// Does any calendar hold an event that is not understood?
    pub partial: bool,
    /// Does the far side ring for every calendar that counts? False where none counts.
    pub push: bool,
}

impl ConnectionStatus {
    /// Why it stands so, as a stable code: of the attention it asks for, else of the last failure.
    pub fn reason(&self) -> Option<&str> {
        let attention = self.attention.as_ref().map(|attention| attention.reason.as_str());
        attention.or(self.trouble.as_ref().map(|trouble| trouble.code.as_str()))
    }

    /// The same as a sentence for a person.
    pub fn say(&self) -> Option<&str> {
        let attention = self.attention.as_ref().map(|attention| attention.say.as_str());
        attention.or(self.trouble.as_ref().map(|trouble| trouble.say.as_str()))
    }

    /// When the far side is asked again, while it asked us to wait or a look has failed.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.waits_until.or(self.trouble.as_ref().map(|trouble| trouble.again_at))
    }

    /// The status that follows from `facts` at `now`.
    pub fn of(facts: StatusFacts<'_>, now: Timestamp) -> Self {
        let connection = facts.connection;
        let calendars = || facts.calendars.iter().map(|(c, _)| c).filter(|c| !c.is_left_aside());
        let states: Vec<_> = calendars().map(|calendar| (calendar, calendar.state(now))).collect();
        let has = |wanted: CalendarState| states.iter().any(|(_, state)| *state == wanted);
        let (asks, attention) = match connection.attention.clone() {
            Some(attention) => (Vec::new(), Some(attention)),
            None => ask::of_calendars(connection, &calendars().collect::<Vec<_>>()),
        };
        let oldest_known = calendars().filter_map(|calendar| calendar.known_at).min();
        let success = connection.last_success_at;
        // Where nothing is read, only the list of calendars shows that it still works.
        let listed_at = success.unwrap_or(connection.created_at);
        let is_silent = calendars().next().is_none()
            && now.as_second() - listed_at.as_second() > 2 * LISTED_EVERY_S;
        let known = oldest_known.unwrap_or(listed_at);
        let (state, since) = if let Some(paused_at) = connection.paused_at {
            (ConnectionState::Paused, paused_at)
        } else if let Some(attention) = &attention {
            (ConnectionState::Attention, attention.since)
        } else if has(CalendarState::Processing) {
            (ConnectionState::Processing, connection.created_at)
        } else if has(CalendarState::Delayed) || has(CalendarState::Blind) || is_silent {
            (ConnectionState::Delayed, known)
        } else {
            // As old as its oldest copy: one calendar's news do not make the others younger.
            (ConnectionState::Synced, known)
        };
        let is_asked = state == ConnectionState::Attention;
        let counted = calendars().filter(|calendar| calendar.counts_as_busy);
        let vouched = counted.map(|calendar| calendar.vouched_until(connection.created_at));
        let tells = matches!(state, ConnectionState::Delayed | ConnectionState::Processing);
        Self {
            state,
            trouble: tells.then(|| oldest_trouble(calendars())).flatten(),
            attention: attention.filter(|_| is_asked),
            asks: if is_asked { asks } else { Vec::new() },
            since,
            blind_from: vouched.min(),
            waits_until: connection.waits_until(now),
            progress: (state == ConnectionState::Processing).then(|| progress(facts.calendars)),
            last_success_at: success,
            partial: facts.calendars.iter().any(|(_, counts)| counts.not_understood > 0),
            push: rings(facts.calendars),
        }
    }
}

/// Does the far side ring for every calendar that counts and is still there?
fn rings(calendars: &[(Calendar, Counts)]) -> bool {
    let counted = || calendars.iter().map(|(calendar, _)| calendar).filter(|c| counts(c));
    counted().next().is_some() && counted().all(|calendar| calendar.push)
}

fn counts(calendar: &Calendar) -> bool {
    calendar.counts_as_busy && calendar.gone_at.is_none()
}

fn oldest_trouble<'a>(calendars: impl Iterator<Item = &'a Calendar>) -> Option<Trouble> {
    let troubled = calendars.filter_map(|calendar| Some((calendar, calendar.trouble.as_ref()?)));
    let (calendar, trouble) = troubled.min_by_key(|(_, trouble)| trouble.since)?;
    let say = format!("“{}” could not be read. {}", calendar.name, trouble.say);
    Some(Trouble { say, ..trouble.clone() })
}

fn progress(calendars: &[(Calendar, Counts)]) -> Progress {
    let total = calendars.iter().map(|(_, counts)| counts.events).sum();
    let pending: i64 = calendars.iter().map(|(_, counts)| counts.pending).sum();
    Progress { done: total - pending, total }
}

#[cfg(test)]
mod tests;
