//! Series laid out: their instances, with the changed ones in place and the cancelled ones gone.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan};

use super::ids::Key;
use super::moment::{Window, stretch, times};
use super::pattern::{is_series, starts};
use super::world::{Event, MicrosoftCalendar, is_true};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Single,
    Master,
    Occurrence,
    Exception,
}

/// An event as it can be seen: stored, or an instance of a stored series.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) key: Key,
    pub(crate) kind: Kind,
    pub(crate) event: Event,
}

impl Row {
    pub(crate) fn stored(key: Key, event: &Event) -> Self {
        let kind = match (key.day, is_series(event)) {
            (Some(_), _) => Kind::Exception,
            (None, true) => Kind::Master,
            (None, false) => Kind::Single,
        };
        Self { key, kind, event: event.clone() }
    }
}

/// The original starts of a series up to and with a moment.
fn originals(master: &Event, to: Timestamp) -> Vec<DateTime> {
    let Some((start, _)) = times(master) else { return Vec::new() };
    let zone =
        if is_true(master, "isAllDay") { jiff::tz::TimeZone::UTC } else { start.zone.clone() };
    starts(master, &start, to.to_zoned(zone).datetime())
}

/// An instance as it is when nobody changed it.
fn plain(master: &Event, (key, original): (Key, DateTime)) -> Option<Row> {
    let (start, end) = times(master)?;
    let long = end.civil.duration_since(start.civil);
    let mut event = master.clone();
    event.remove("recurrence");
    event.insert("start".into(), start.with_civil(original).write());
    event.insert("end".into(), end.with_civil(original.checked_add(long).ok()?).write());
    Some(Row { key: key.on(original.date()), kind: Kind::Occurrence, event })
}

/// The instances of a series as it stands, or stood, that nobody changed, within a window.
pub(crate) fn plain_in(key: Key, master: &Event, window: Window) -> Vec<Row> {
    let originals = originals(master, window.to).into_iter();
    let made = originals.filter_map(|original| plain(master, (key, original)));
    made.filter(|row| window.holds(&row.event)).collect()
}

/// The instances of a series that touch a window.
pub(crate) fn instances(calendar: &MicrosoftCalendar, key: Key, window: Window) -> Vec<Row> {
    let master = calendar.event(key).filter(|event| is_series(event));
    master.map_or_else(Vec::new, |master| instances_of(calendar, (key, master), window))
}

/// What of a series is needed to say when its instances are.
pub(crate) fn thin(master: &Event) -> Event {
    let kept = ["start", "end", "isAllDay", "recurrence"];
    let kept =
        kept.into_iter().filter_map(|name| Some((name.to_owned(), master.get(name)?.clone())));
    kept.collect()
}

/// The same for a series that may be [`thin`].
pub(crate) fn instances_of(
    calendar: &MicrosoftCalendar,
    (key, master): (Key, &Event),
    window: Window,
) -> Vec<Row> {
    let mut found = plain_in(key, master, window);
    found.retain(|row| calendar.stored(row.key).is_none());
    let changed = calendar.exceptions(key).filter_map(|(key, stored)| {
        let event = stored.event.as_ref()?;
        calendar.touches(key, window).then(|| Row::stored(key, event))
    });
    found.extend(changed);
    found
}

/// All single events and instances that touch a window.
pub(crate) fn laid_out(calendar: &MicrosoftCalendar, window: Window) -> Vec<Row> {
    let mut found = Vec::new();
    for (key, event) in calendar.living() {
        if is_series(event) {
            found.extend(instances(calendar, key, window));
        } else if calendar.touches(key, window) {
            found.push(Row::stored(key, event));
        }
    }
    found.sort_by_key(|row| stretch(&row.event));
    found
}

/// An event by its key.
pub(crate) fn find(calendar: &MicrosoftCalendar, key: Key) -> Option<Row> {
    if let Some(stored) = calendar.stored(key) {
        return stored.event.as_ref().map(|event| Row::stored(key, event));
    }
    let day = key.day?;
    let master = calendar.event(key.master())?;
    originals_on(master, day).and_then(|original| plain(master, (key.master(), original)))
}

/// The original start of a series on a day.
pub(crate) fn originals_on(master: &Event, day: Date) -> Option<DateTime> {
    let (start, _) = times(master)?;
    let end = day.checked_add(1.day()).ok()?.to_datetime(Time::midnight());
    starts(master, &start, end).into_iter().find(|at| at.date() == day)
}

/// The original days beside an instance.
pub(crate) fn neighbours(master: &Event, day: Date) -> (Option<Date>, Option<Date>) {
    let Some((start, _)) = times(master) else { return (None, None) };
    let end = day.saturating_add(800.days()).to_datetime(Time::midnight());
    let days: Vec<Date> = starts(master, &start, end).into_iter().map(DateTime::date).collect();
    let before = days.iter().rev().find(|other| **other < day).copied();
    (before, days.iter().find(|other| **other > day).copied())
}
