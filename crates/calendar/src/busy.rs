//! What blocks: the truth table of `docs/busy.md`, row by row.
//!
//! First [`Says::blocking`] reads what an event says of itself, then [`busy_kind`] applies the
//! switches of its calendar. A test holds both against the document.

use crate::ical::{Block, Line};

/// What an occurrence says of itself, before the calendar's switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blocking {
    /// It takes time.
    Busy,
    /// It may take time: tentative, or an invitation without an answer.
    Tentative,
    /// Its owner is out of office.
    Unavailable,
    /// Its owner works somewhere else.
    Elsewhere,
    /// It takes no time.
    Free,
    /// Its owner said no, or sent someone else.
    Declined,
    /// It does not happen.
    Cancelled,
}

impl Blocking {
    /// Every value there is.
    pub const ALL: [Self; 7] = [
        Self::Busy,
        Self::Tentative,
        Self::Unavailable,
        Self::Elsewhere,
        Self::Free,
        Self::Declined,
        Self::Cancelled,
    ];

    /// The stable spelling, for rows and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Tentative => "tentative",
            Self::Unavailable => "unavailable",
            Self::Elsewhere => "elsewhere",
            Self::Free => "free",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|blocking| blocking.as_str() == text)
    }
}

/// The kind of a busy interval (FBTYPE, RFC 5545 §3.2.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BusyKind {
    /// BUSY.
    Busy,
    /// BUSY-TENTATIVE.
    Tentative,
    /// BUSY-UNAVAILABLE.
    Unavailable,
}

impl BusyKind {
    /// The stable spelling, for rows and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Tentative => "tentative",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The switches of one calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// Whether its events block at all.
    pub counts_as_busy: bool,
    /// Whether all-day events block even when they are marked free.
    pub all_day_is_busy: bool,
}

/// Does it take time? The second table of `docs/busy.md`, top to bottom.
pub fn busy_kind(blocking: Blocking, all_day: bool, switches: Switches) -> Option<BusyKind> {
    if !switches.counts_as_busy {
        return None;
    }
    match blocking {
        Blocking::Free if all_day && switches.all_day_is_busy => Some(BusyKind::Busy),
        Blocking::Cancelled | Blocking::Declined | Blocking::Free => None,
        Blocking::Unavailable => Some(BusyKind::Unavailable),
        Blocking::Tentative => Some(BusyKind::Tentative),
        Blocking::Busy | Blocking::Elsewhere => Some(BusyKind::Busy),
    }
}

/// Whose calendar it is, to find their answer among the guests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    addresses: Vec<String>,
}

impl Owner {
    /// By their calendar-user addresses, with or without `mailto:`.
    pub fn new(addresses: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self { addresses: addresses.into_iter().map(|address| plain(address.as_ref())).collect() }
    }

    /// Nobody in particular, as for a feed.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// Is it this calendar-user address, however it is spelled?
    pub(crate) fn is_at(&self, address: &str) -> bool {
        self.is(&plain(address))
    }

    fn is(&self, address: &str) -> bool {
        self.addresses.iter().any(|own| own == address)
    }
}

/// Lower case, without `mailto:` and a trailing slash.
fn plain(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let address = address.strip_prefix("mailto:").unwrap_or(&address);
    address.trim_end_matches('/').to_owned()
}

/// The parameter of the ATTENDEE that the far side marks as the calendar's owner (Google's `self`):
/// their address there need not be one that we know.
pub const SELF: &str = "X-DAYMARK-SELF";

/// What one component says of itself, in its own words.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Says {
    /// STATUS, or CANCELLED where the whole calendar is METHOD:CANCEL.
    status: Option<String>,
    /// TRANSP.
    transparency: Option<String>,
    /// X-MICROSOFT-CDO-BUSYSTATUS, else X-MICROSOFT-CDO-INTENDEDSTATUS.
    busy_status: Option<String>,
    /// FBTYPE, for what comes from a VFREEBUSY.
    free_busy: Option<String>,
    /// Each guest's address with their PARTSTAT.
    answers: Vec<(String, String)>,
    /// The answer that the far side itself marks as that of the calendar's owner.
    own_answer: Option<String>,
}

impl Says {
    pub(crate) fn read(block: &Block<'_>) -> Self {
        let word = |name: &str| block.line(name).map(|line| line.value().trim().to_uppercase());
        let answer = |line: &Line<'_>| {
            let answer = line.parameter("PARTSTAT").unwrap_or_else(|| "NEEDS-ACTION".into());
            answer.to_uppercase()
        };
        let answers = block.all("ATTENDEE").map(|line| (plain(line.value()), answer(line)));
        let own = block.all("ATTENDEE").find(|line| line.parameter(SELF).is_some());
        Self {
            status: word("STATUS"),
            transparency: word("TRANSP"),
            busy_status: word("X-MICROSOFT-CDO-BUSYSTATUS")
                .or_else(|| word("X-MICROSOFT-CDO-INTENDEDSTATUS")),
            free_busy: None,
            answers: answers.collect(),
            own_answer: own.map(answer),
        }
    }

    /// What a period of a VFREEBUSY says.
    pub(crate) fn free_busy(kind: Option<String>) -> Self {
        let kind = kind.map_or_else(|| "BUSY".into(), |kind| kind.to_uppercase());
        Self { free_busy: Some(kind), ..Self::default() }
    }

    /// As if STATUS:CANCELLED stood there.
    pub(crate) fn cancelled(self) -> Self {
        Self { status: Some("CANCELLED".into()), ..self }
    }

    /// The first table of `docs/busy.md`, top to bottom; the first row that fits decides.
    pub(crate) fn blocking(&self, owner: &Owner) -> Blocking {
        let answer = self.answers.iter().find(|(who, _)| owner.is(who));
        let answer = self.own_answer.as_deref().or(answer.map(|(_, answer)| answer.as_str()));
        let status = self.status.as_deref();
        if status == Some("CANCELLED") {
            return Blocking::Cancelled;
        }
        if matches!(answer, Some("DECLINED" | "DELEGATED")) {
            return Blocking::Declined;
        }
        match self.free_busy.as_deref() {
            Some("FREE") => return Blocking::Free,
            Some("BUSY-TENTATIVE") => return Blocking::Tentative,
            Some("BUSY-UNAVAILABLE") => return Blocking::Unavailable,
            Some(_) => return Blocking::Busy,
            None => {}
        }
        match self.busy_status.as_deref() {
            Some("FREE") => return Blocking::Free,
            Some("TENTATIVE") => return Blocking::Tentative,
            Some("BUSY") => return Blocking::Busy,
            Some("OOF") => return Blocking::Unavailable,
            Some("WORKINGELSEWHERE") => return Blocking::Elsewhere,
            Some(_) | None => {}
        }
        if self.transparency.as_deref() == Some("TRANSPARENT") {
            return Blocking::Free;
        }
        if status == Some("TENTATIVE") || matches!(answer, Some("TENTATIVE" | "NEEDS-ACTION")) {
            return Blocking::Tentative;
        }
        Blocking::Busy
    }
}

impl std::fmt::Debug for Says {
    /// Without the guests' addresses.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Says")
            .field("status", &self.status)
            .field("transparency", &self.transparency)
            .field("busy_status", &self.busy_status)
            .field("free_busy", &self.free_busy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
