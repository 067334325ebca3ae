//! What happens in a stretch of days, from all calendars of a user: read from the occurrences that
//! the store keeps, with titles only for who may see them.

use calendar::{Blocking, Horizon, timezone};
use connection::{Calendar, CalendarAccess, CalendarId, Counts, EventId};
use door::details::{Details, Gate, Seen};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::{StoreError, Tx, busy};

/// Occurrences that one page shows.
pub(crate) const HAPPENINGS_MAX: usize = 2_000;
/// A date of another zone reaches this far beyond the same date here.
const ZONES_APART: SignedDuration = SignedDuration::from_hours(26);

/// One occurrence as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    /// Names it on the page, the same each time it is shown.
    pub(crate) tag: String,
    /// UID; `None` where it has none, or is hidden.
    uid: Option<String>,
    /// `None` where it has none, or where it is nobody else's business.
    pub(crate) title: Option<String>,
    pub(crate) location: Option<String>,
    /// Is it hidden from who looks?
    pub(crate) is_hidden: bool,
    /// Does its provider show no more of it than that the time is taken?
    pub(crate) is_busy_only: bool,
    /// Which of the calendars it is in.
    pub(crate) calendar: usize,
    /// Others that hold the same.
    pub(crate) also: Vec<usize>,
    /// Why it is not, or not wholly, understood: a code, and a sentence without its title.
    pub(crate) problem: Option<(String, String)>,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// First and last day, of what fills whole days.
    pub(crate) days: Option<(Date, Date)>,
    pub(crate) blocking: Blocking,
}

/// Which days are looked at, by whom.
pub(crate) struct Look<'l> {
    pub(crate) first: Date,
    pub(crate) last: Date,
    /// In which the days begin and end.
    pub(crate) zone: &'l TimeZone,
    /// In which dates happen, of calendars without their own.
    pub(crate) owner_zone: &'l TimeZone,
    /// What is seen of what it is about.
    pub(crate) gate: Gate,
}

impl Look<'_> {
    /// Midnight before the first day, and after the last.
    pub(crate) fn bounds(&self) -> Option<(Timestamp, Timestamp)> {
        let midnight = |date: Date| Some(date.to_zoned(self.zone.clone()).ok()?.timestamp());
        Some((midnight(self.first)?, midnight(self.last.tomorrow().ok()?)?))
    }
}

/// What happens, in time order, and whether there was more than is shown.
pub(crate) async fn read(
    tx: &mut Tx,
    calendars: &[(Calendar, Counts)],
    look: &Look<'_>,
) -> Result<(Vec<Happening>, bool), StoreError> {
    let Some((from, until)) = look.bounds() else { return Ok((Vec::new(), false)) };
    let wide = |at: Timestamp, by| at.checked_add(by).unwrap_or(at);
    let (wide_from, wide_until) = (wide(from, -ZONES_APART), wide(until, ZONES_APART));
    let ids: Vec<_> = calendars.iter().map(|(calendar, _)| calendar.id.clone()).collect();
    let mut rows = busy::overlapping(tx, &ids, wide_from, wide_until).await?;
    rows.retain(|(_, _, row)| row.blocking != Blocking::Cancelled);
    let has_more = rows.len() > HAPPENINGS_MAX;
    rows.truncate(HAPPENINGS_MAX);
    let mut wanted: Vec<_> = rows.iter().map(|(_, event, _)| event.clone()).collect();
    wanted.sort();
    wanted.dedup();
    let mut details = match Horizon::new(wide_from, wide_until) {
        Some(horizon) => {
            let own = |id: &CalendarId| calendars.iter().find(|(calendar, _)| calendar.id == *id);
            let zone_of = |id: &CalendarId| own(id).map(|(own, _)| zone(own, look.owner_zone));
            Details::read(tx, &wanted, (horizon, zone_of), look.gate).await?
        }
        None => Details::default(),
    };
    let mut found = Vec::new();
    for (id, event, row) in rows {
        let Some(nth) = calendars.iter().position(|(calendar, _)| calendar.id == id) else {
            continue;
        };
        let zone = zone(&calendars[nth].0, look.owner_zone);
        let days = row.all_day.then(|| whole_days(row.start_at, row.end_at, &zone));
        let is_within = match days {
            Some((first, last)) => first <= look.last && last >= look.first,
            None => row.start_at < until && (row.end_at > from || row.start_at == from),
        };
        let tag = tag(&event, &row, found.last());
        let seen = details.take(&event, (row.start_at, row.end_at));
        if is_within {
            let one = happening((nth, days), &row, (tag, seen), look.gate);
            let is_busy_only = calendars[nth].0.access == CalendarAccess::FreeBusy;
            found.push(Happening { is_busy_only, ..one });
        }
    }
    Ok((once_each(found, calendars), has_more))
}

/// Two occurrences of one event at one time stand beside each other.
fn tag(event: &EventId, row: &busy::OccurrenceRow, before: Option<&Happening>) -> String {
    let tag = format!("{event}-{}-{}", row.start_at.as_second(), row.end_at.as_second());
    match before {
        Some(before) if before.tag.starts_with(&tag) => format!("{}-too", before.tag),
        Some(_) | None => tag,
    }
}

/// What several calendars hold alike, and block with alike, is one happening of all of them.
fn once_each(found: Vec<Happening>, calendars: &[(Calendar, Counts)]) -> Vec<Happening> {
    let switches = |nth: usize| calendars[nth].0.switches();
    let mut kept: Vec<Happening> = Vec::with_capacity(found.len());
    for one in found {
        // They are in time order: what is the same is among the last.
        let mut before = kept.iter_mut().rev().take_while(|other| other.start == one.start);
        let same = before.find(|other| {
            let is_held = other.calendar == one.calendar || other.also.contains(&one.calendar);
            !is_held && other.is_alike(&one) && switches(other.calendar) == switches(one.calendar)
        });
        match same {
            Some(other) => {
                other.also.push(one.calendar.max(other.calendar));
                other.calendar = one.calendar.min(other.calendar);
                other.also.sort_unstable();
            }
            None => kept.push(one),
        }
    }
    kept
}

impl Happening {
    /// The calendars that hold it.
    pub(crate) fn calendars(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.calendar).chain(self.also.iter().copied())
    }

    fn is_alike(&self, other: &Self) -> bool {
        let what = |one: &'_ Self| {
            (one.uid.clone(), one.title.clone(), one.location.clone(), one.problem.clone())
        };
        let when = |one: &Self| (one.start, one.end, one.days, one.blocking);
        self.uid.is_some() && when(self) == when(other) && what(self) == what(other)
    }
}

/// Where the calendar's dates happen.
pub(crate) fn zone(calendar: &Calendar, owner_zone: &TimeZone) -> TimeZone {
    let own = calendar.time_zone.as_deref().and_then(timezone::named);
    own.unwrap_or_else(|| owner_zone.clone())
}

/// First and last day of what fills whole days.
pub(crate) fn whole_days(start: Timestamp, end: Timestamp, zone: &TimeZone) -> (Date, Date) {
    let first = start.to_zoned(zone.clone()).date();
    let after = end.to_zoned(zone.clone()).date();
    (first, after.yesterday().unwrap_or(after).max(first))
}

fn happening(
    (calendar, days): (usize, Option<(Date, Date)>),
    row: &busy::OccurrenceRow,
    (tag, seen): (String, Seen),
    gate: Gate,
) -> Happening {
    let Seen { problem, detail } = seen;
    let is_hidden = detail.is_none() && !gate.is_holder();
    let (uid, title, location) = match detail {
        Some(detail) => (filled(Some(detail.uid)), filled(detail.title), filled(detail.location)),
        None => (None, None, None),
    };
    Happening {
        tag,
        uid,
        title,
        location,
        is_hidden,
        is_busy_only: false,
        calendar,
        also: Vec::new(),
        problem,
        start: row.start_at,
        end: row.end_at,
        days,
        blocking: row.blocking,
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
