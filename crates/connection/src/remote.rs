//! Things as the far side names them: calendars, events, versions, and our place in a pull.

use std::fmt;

use jiff::SignedDuration;

use crate::{CalendarAccess, CalendarId};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes it over exactly as the far side spells it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Exactly as the far side spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// The far side's name for a calendar or an event (CalDAV: the href).
    RemoteId;
    /// The version of a remote thing (RFC 9110 §8.8.3), quotes and weakness included.
    ETag;
    /// The far side's bookmark of changes (RFC 6578 §3).
    SyncToken;
    /// Where a listing goes on (a page's link, an offset, a truncated sync's token).
    PageToken;
}

impl RemoteId {
    /// What the names begin with of calendars that are at no far side any more.
    pub const NOWHERE: &str = "nowhere:";

    /// For a calendar of an account that was replaced: a name that no far side gives.
    pub fn nowhere(calendar: &CalendarId) -> Self {
        Self(format!("{}{calendar}", Self::NOWHERE))
    }

    /// Is there nowhere to ask for it?
    pub fn is_nowhere(&self) -> bool {
        self.0.starts_with(Self::NOWHERE)
    }
}

/// Who we are at the far side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Stable and unique per account there; decides whether two connections are the same.
    pub id: String,
    /// What a person recognises it by: an e-mail address, a host with its path shortened.
    pub name: String,
    /// The owner's own addresses (`calendar-user-address-set`), lower case, without `mailto:`.
    pub addresses: Vec<String>,
}

impl Principal {
    /// What the ids of uploaded files begin with.
    pub const FILE: &'static str = "file:";

    /// Is it an uploaded file? It has no far side: only a newer version of it changes it.
    pub fn is_file(&self) -> bool {
        self.id.starts_with(Self::FILE)
    }

    /// What the ids of feeds begin with.
    pub const FEED: &'static str = "feed:";

    /// Is it a feed? Its address is all that lets us in: there is no account to sign in to.
    pub fn is_feed(&self) -> bool {
        self.id.starts_with(Self::FEED)
    }
}

/// A calendar as the far side lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteCalendar {
    /// Its name in later calls.
    pub id: RemoteId,
    /// What a person sees.
    pub name: String,
    /// `#rrggbb`, where one is given.
    pub color: Option<String>,
    /// What we may do there.
    pub access: CalendarAccess,
    /// IANA name of the zone in which its dates and floating times happen.
    pub time_zone: Option<String>,
    /// False where the far side says that its events take no time (`schedule-calendar-transp`).
    pub takes_time: bool,
    /// How its owner's answer to an invitation is told from the other guests'.
    pub own_answer: OwnAnswer,
    /// The video meetings that an event in it can bring along.
    pub conference: Option<Conference>,
}

/// How the answer of a calendar's owner is told from those of the other guests. A calendar may be
/// somebody else's: what the account's holder answered says nothing about its owner's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnAnswer {
    /// It is the guest with one of the account's addresses.
    ByAddress,
    /// By the far side's own mark ([`calendar::SELF`]) alone; without one, nobody's is.
    Marked,
}

impl OwnAnswer {
    /// As the table spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByAddress => "by_address",
            Self::Marked => "marked",
        }
    }

    /// The reverse of [`OwnAnswer::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::ByAddress, Self::Marked].into_iter().find(|own| own.as_str() == text)
    }
}

/// Video meetings that come with an event of the far side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conference {
    /// Google Meet.
    Meet,
    /// Microsoft Teams.
    Teams,
}

impl Conference {
    /// As the API and the table spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meet => "meet",
            Self::Teams => "teams",
        }
    }

    /// The reverse of [`Conference::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Meet, Self::Teams].into_iter().find(|c| c.as_str() == text)
    }

    /// The accounts that have it, as a sentence ends.
    pub fn comes_with(self) -> &'static str {
        match self {
            Self::Meet => "a Google Account",
            Self::Teams => "an Outlook account of work or school",
        }
    }

    /// Its name for a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meet => "Google Meet",
            Self::Teams => "Microsoft Teams",
        }
    }
}

/// An event with its body, or a part of a series that the far side lists apart.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteEvent {
    /// Its name at the far side.
    pub id: RemoteId,
    /// The version that `text` is.
    pub etag: ETag,
    /// One iCalendar object (RFC 5545, one UID), as the far side sent it.
    pub text: String,
    /// Where the far side lists the occurrences of a series apart from it (Google's exceptions,
    /// Graph's occurrences): the name of the series that this one belongs to. `text` is then one
    /// component with a RECURRENCE-ID, and [`calendar::series::join`] makes them one object again.
    /// What removes the series removes its parts.
    pub series: Option<RemoteId>,
}

impl RemoteEvent {
    /// An event that is listed as a whole.
    pub fn whole(id: RemoteId, etag: ETag, text: impl Into<String>) -> Self {
        Self { id, etag, text: text.into(), series: None }
    }
}

impl fmt::Debug for RemoteEvent {
    /// Which, but not what: titles and people do not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteEvent")
            .field("id", &self.id)
            .field("etag", &self.etag)
            .field("series", &self.series)
            .finish_non_exhaustive()
    }
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name at the far side.
    pub id: RemoteId,
    /// Its present version.
    pub etag: ETag,
    /// The body, where the listing brought it along.
    pub event: Option<RemoteEvent>,
}

/// Our place in a pull; saved in one transaction with the rows that it vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// Nothing is known, or what is known must be held against a full listing.
    Beginning,
    /// A full listing is under way and goes on here.
    Midway(PageToken),
    /// All is known up to here; ask for changes since.
    Settled(SyncToken),
}

/// How much a page speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Only what changed since the cursor: what is not named stays as it was.
    Changes,
    /// A part of a listing of all there is: what no page of it names is gone in the end.
    Everything,
}

/// One page of a listing or of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// How much this page speaks of.
    pub extent: Extent,
    /// New and changed events; may hold unchanged ones.
    pub listed: Vec<Listed>,
    /// What the far side says is gone.
    pub removed: Vec<RemoteId>,
    /// Where to ask on; `Settled` ends the pull.
    pub next: Cursor,
    /// How often the far side wants to be asked, where it says (a feed's own hint).
    pub refresh_every: Option<SignedDuration>,
}

impl Page {
    /// Does it say that nothing happened since it was last asked?
    pub fn is_quiet(&self) -> bool {
        self.extent == Extent::Changes && self.listed.is_empty() && self.removed.is_empty()
    }
}

/// What a write believes about the thing it writes. There is no "anyway".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// It is not there yet.
    Absent,
    /// It is there in this version.
    Matches(ETag),
}

/// An event to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name we chose, so that a retry cannot make two.
    pub id: RemoteId,
    /// One iCalendar object.
    pub text: String,
}

impl fmt::Debug for Draft {
    /// Which, but not what, as with [`RemoteEvent`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a write left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The name at the far side.
    pub id: RemoteId,
    /// The version written.
    pub etag: ETag,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_event_is_about_is_not_printed() {
        let text = "BEGIN:VEVENT\r\nSUMMARY:Surgery\r\nATTENDEE:mailto:kit@example.org\r\n";
        let (id, etag) = (RemoteId::new("event-1"), ETag::new("\"v1\""));
        let event = RemoteEvent::whole(id.clone(), etag.clone(), text);
        let draft = Draft { id: id.clone(), text: text.into() };
        let listed = Listed { id, etag: etag.clone(), event: Some(event.clone()) };
        let next = Cursor::Settled(SyncToken::new("token"));
        let extent = Extent::Changes;
        let page =
            Page { extent, listed: vec![listed], removed: vec![], next, refresh_every: None };
        for printed in [format!("{event:?}"), format!("{draft:#?}"), format!("{page:#?}")] {
            assert!(printed.contains("event-1"), "{printed}");
            assert!(!printed.contains("Surgery") && !printed.contains("kit@"), "{printed}");
        }
    }
}
