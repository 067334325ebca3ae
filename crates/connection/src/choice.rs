//! Which choices of calendars can work, and where a person is caught by theirs.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

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

/// When something is in each of some calendars, from start to end.
pub type Times = HashMap<CalendarId, BTreeSet<(Timestamp, Timestamp)>>;

/// Fewer times that two calendars share say nothing.
const SAME_MIN: usize = 8;
/// Of the times of both together, so many in a hundred are shared where they seem to be one.
const SAME_MIN_PERCENT: usize = 90;

/// One calendar that a person reaches in two ways, and that counts for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twice<'r> {
    /// Where it may go on counting: the linked one, else where more is allowed.
    pub kept: Reached<'r>,
    /// Where it need not.
    pub extra: Reached<'r>,
    /// Where it only seems to be one: how many times are in both. `None` where it is certain.
    pub same_times: Option<usize>,
}

/// Those among what counts. It is certain where one integration calls both by one name, and that
/// name means the same whoever looks; it seems so where nearly all `times` of two connections are
/// the same, as those of a calendar and of its own feed.
pub fn reached_twice<'r>(
    counted: &[Reached<'r>],
    linked: Option<&CalendarId>,
    times: &Times,
) -> Vec<Twice<'r>> {
    let rank = |reached: &Reached<'_>| {
        let access = match reached.1.access {
            CalendarAccess::Writer => 0,
            CalendarAccess::Reader => 1,
            CalendarAccess::FreeBusy => 2,
        };
        (linked != Some(&reached.1.id), access)
    };
    let mut ranked = counted.to_vec();
    ranked.sort_by_key(rank);
    let twice = ranked.iter().enumerate().filter_map(|(nth, extra)| {
        let of = |kept: &Reached<'r>| {
            let same_times = if calls_alike(kept, extra) {
                None
            } else if kept.0.id == extra.0.id {
                return None;
            } else {
                Some(shared(times.get(&kept.1.id)?, times.get(&extra.1.id)?)?)
            };
            Some(Twice { kept: *kept, extra: *extra, same_times })
        };
        ranked.iter().take(nth).find_map(of)
    });
    twice.collect()
}

fn calls_alike(one: &Reached<'_>, other: &Reached<'_>) -> bool {
    let same = one.0.integration == other.0.integration && one.1.remote == other.1.remote;
    same && is_global(&one.1.remote)
}

/// How many times both have, where that is nearly all of them.
fn shared(
    one: &BTreeSet<(Timestamp, Timestamp)>,
    other: &BTreeSet<(Timestamp, Timestamp)>,
) -> Option<usize> {
    let same = one.intersection(other).count();
    let all = one.len() + other.len() - same;
    (same >= SAME_MIN && same * 100 >= all * SAME_MIN_PERCENT).then_some(same)
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
