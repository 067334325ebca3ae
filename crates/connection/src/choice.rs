//! Which choices of calendars can work, and where a person is caught by theirs.

use crate::{Calendar, CalendarAccess, CalendarId, Connection, RemoteId};

/// Why bookings cannot be written to a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritable {
    /// The account may only read it.
    ReadOnly,
    /// The account sees no more than busy and free.
    BusyOnly,
    /// The provider no longer has it.
    Gone,
    /// Its connection waits for somebody.
    NeedsRepair,
    /// A person has paused its connection.
    Paused,
}

impl Unwritable {
    /// `None` where they can be.
    pub fn of(calendar: &Calendar, connection: &Connection) -> Option<Self> {
        let why = match calendar.access {
            _ if calendar.gone_at.is_some() => Self::Gone,
            CalendarAccess::Reader => Self::ReadOnly,
            CalendarAccess::FreeBusy => Self::BusyOnly,
            CalendarAccess::Writer if connection.paused_at.is_some() => Self::Paused,
            CalendarAccess::Writer if connection.attention.is_some() => Self::NeedsRepair,
            CalendarAccess::Writer => return None,
        };
        Some(why)
    }

    /// What stands beside the calendar's name.
    pub fn say(self) -> &'static str {
        match self {
            Self::ReadOnly => "read only, cannot be written to",
            Self::BusyOnly => "busy times only, cannot be written to",
            Self::Gone => "gone at the provider, cannot be written to",
            Self::NeedsRepair => "cannot be written to until its account is repaired",
            Self::Paused => "cannot be written to while its account is paused",
        }
    }
}

/// A calendar with the connection that reaches it.
pub type Reached<'r> = (&'r Connection, &'r Calendar);

/// One calendar that two accounts of a person reach, and that counts for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twice<'r> {
    /// Where it may go on counting: the linked one, else where more is allowed.
    pub kept: Reached<'r>,
    /// Where it need not.
    pub extra: Reached<'r>,
}

/// Those among what counts, where it is certain: one integration calls both by one name, and that
/// name means the same whoever looks.
pub fn reached_twice<'r>(counted: &[Reached<'r>], linked: Option<&CalendarId>) -> Vec<Twice<'r>> {
    let rank = |reached: &Reached<'_>| {
        let access = match reached.1.access {
            CalendarAccess::Writer => 0,
            CalendarAccess::Reader => 1,
            CalendarAccess::FreeBusy => 2,
        };
        (linked != Some(&reached.1.id), access)
    };
    let mut ranked: Vec<_> = counted.iter().filter(|one| is_global(&one.1.remote)).collect();
    ranked.sort_by_key(|one| rank(one));
    let name = |one: &Reached<'r>| (&one.0.integration, &one.1.remote);
    let twice = ranked.iter().enumerate().filter_map(|(nth, extra)| {
        let kept = ranked.iter().take(nth).find(|kept| name(kept) == name(extra))?;
        Some(Twice { kept: **kept, extra: **extra })
    });
    twice.collect()
}

/// Does it mean the same whichever account looks? A path, or a name within an account, may mean
/// another thing at each.
fn is_global(remote: &RemoteId) -> bool {
    let name = remote.as_str();
    !name.starts_with(['.', '/']) && (name.contains('@') || name.contains("://"))
}

/// What absences are called: words that stand alone in a title.
const ABSENCES: [&str; 38] = [
    "absence",
    "absent",
    "annual leave",
    "away",
    "day off",
    "days off",
    "holiday",
    "holidays",
    "maternity leave",
    "on leave",
    "ooo",
    "out of office",
    "parental leave",
    "paternity leave",
    "pto",
    "sick",
    "sick leave",
    "time off",
    "vacation",
    "abwesend",
    "abwesenheit",
    "elternzeit",
    "ferien",
    "krank",
    "urlaub",
    "absence",
    "absente",
    "congé",
    "congés",
    "vacances",
    "ausencia",
    "ausente",
    "vacaciones",
    "assente",
    "ferie",
    "vakantie",
    "άδεια",
    "διακοπές",
];

/// Is an event that fills whole days and is marked free an absence? Its title says so, or it fills
/// several days of a calendar of the person's own.
pub fn is_absence(title: Option<&str>, is_long: bool, access: CalendarAccess) -> bool {
    let is_called_so = |title: &str| {
        let lower = title.to_lowercase();
        let words: Vec<_> = lower.split(|c: char| !c.is_alphanumeric()).collect();
        let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>();
        let title = format!(" {} ", words.join(" "));
        ABSENCES.iter().any(|absence| title.contains(&format!(" {absence} ")))
    };
    title.is_some_and(is_called_so) || is_long && access == CalendarAccess::Writer
}

#[cfg(test)]
mod tests;
