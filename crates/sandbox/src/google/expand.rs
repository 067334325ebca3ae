//! Series laid out: their instances, with the changed ones in place and the cancelled ones gone.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::moment::{Point, stretch, times};
use super::world::{Event, GoogleCalendar, is_cancelled, is_series, text};
use crate::recurrence::{Series, touch};

/// A stretch of time: events that end after its start and start before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
}

/// How far ahead a series without end is laid out.
const AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

impl Window {
    pub(crate) fn touches(&self, when: (Timestamp, Timestamp)) -> bool {
        touch(when, (self.from, self.to))
    }

    /// The moment up to which series are laid out.
    pub(crate) fn horizon(&self, now: Timestamp) -> Timestamp {
        self.to.unwrap_or_else(|| now.checked_add(AHEAD).unwrap_or(now))
    }
}

pub(crate) fn series_of(event: &Event, start: &Point) -> Option<Series> {
    let lines = event.get("recurrence").and_then(Value::as_array)?;
    let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
    Series::read(&lines, &start.zone)
}

/// The instance of a series that was to start at a moment, as it is when nobody changed it.
fn instance(master: &Event, (start, end): (&Point, &Point), original: &Point) -> Event {
    let mut made = master.clone();
    let long = end.civil.duration_since(start.civil);
    let until = original.civil.checked_add(long).unwrap_or(original.civil);
    let id = format!("{}_{}", text(master, "id").unwrap_or_default(), original.suffix());
    made.remove("recurrence");
    made.insert("id".into(), json!(id));
    made.insert("recurringEventId".into(), master.get("id").cloned().unwrap_or_default());
    made.insert("originalStartTime".into(), original.write());
    made.insert("start".into(), original.write());
    made.insert("end".into(), end.with_civil(until).write());
    made
}

/// The instances of a series that nobody changed, up to a moment.
fn plain(calendar: &GoogleCalendar, master: &Event, to: Timestamp) -> Vec<Event> {
    let Ok((start, end)) = times(master, &calendar.time_zone) else { return Vec::new() };
    let Some(series) = series_of(master, &start) else { return Vec::new() };
    let wall = to.to_zoned(start.zone.clone()).datetime();
    let starts = series.starts((start.civil, start.all_day), wall);
    let originals = starts.into_iter().map(|civil| start.with_civil(civil));
    let made = originals.map(|original| instance(master, (&start, &end), &original));
    made.filter(|event| text(event, "id").is_none_or(|id| calendar.event(id).is_none())).collect()
}

/// The instances of a series that touch a window; cancelled ones only on demand.
pub(crate) fn instances(
    calendar: &GoogleCalendar,
    master: &Event,
    (window, now): (Window, Timestamp),
    with_cancelled: bool,
) -> Vec<Event> {
    let id = text(master, "id").unwrap_or_default();
    let zone = calendar.time_zone.as_str();
    let mut found = plain(calendar, master, window.horizon(now));
    let changed = calendar.exceptions(id).filter(|it| with_cancelled || !is_cancelled(it));
    found.extend(changed.cloned());
    let touches = |event: &Event| match stretch(event, zone) {
        Some(when) => window.touches(when),
        None => Point::read(event.get("originalStartTime"), zone)
            .is_ok_and(|original| window.touches((original.at(), original.at()))),
    };
    found.retain(touches);
    found
}

/// An event by its id: stored, or an instance of a stored series.
pub(crate) fn find(calendar: &GoogleCalendar, id: &str) -> Option<Event> {
    if let Some(event) = calendar.event(id) {
        return Some(event.clone());
    }
    let (master, suffix) = id.rsplit_once('_')?;
    let master = calendar.event(master).filter(|it| is_series(it) && !is_cancelled(it))?;
    let (start, _) = times(master, &calendar.time_zone).ok()?;
    let day = jiff::civil::Date::strptime("%Y%m%d", suffix.get(..8)?).ok()?;
    let after = day.checked_add(jiff::ToSpan::days(2)).ok()?;
    let to = after.to_zoned(start.zone.clone()).ok()?.timestamp();
    plain(calendar, master, to).into_iter().find(|event| text(event, "id") == Some(id))
}

/// All events of a calendar within a window, series laid out.
pub(crate) fn laid_out(calendar: &GoogleCalendar, window: Window, now: Timestamp) -> Vec<Event> {
    let zone = calendar.time_zone.as_str();
    let mut found = Vec::new();
    for event in calendar.events().filter(|event| !is_cancelled(event)) {
        if is_series(event) {
            found.extend(instances(calendar, event, (window, now), false));
        } else if !event.contains_key("recurringEventId")
            && stretch(event, zone).is_some_and(|when| window.touches(when))
        {
            found.push(event.clone());
        }
    }
    found
}
