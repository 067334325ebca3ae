//! `GET /calendars/{id}/events`: what happens in a calendar, with details only to whom private
//! mode lets see. An API key belongs to the account, not to the owner of the calendar.

use axum::Json;
use axum::extract::{RawQuery, State};
use calendar::{Horizon, Switches, busy_kind, timezone};
use connection::{Calendar, CalendarId, EventId};
use door::details::{Detail, Details, Gate, HIDDEN_TITLE};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::busy::{self, OccurrenceRow};
use store::people::User;
use store::{StoreError, Tx, connections, people};
use utoipa::ToSchema;

use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Part, PartParams};
use super::named::Named;
use super::problem::Problem;
use super::window::Window;
use super::{Api, named};

/// Which stretch of time is wanted, half-open.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `Window` is what is read of it")]
pub(super) struct WindowParams {
    /// From this instant on.
    from: Timestamp,
    /// Before this instant: later than `from`.
    to: Timestamp,
}

/// One instance of an event in time.
#[derive(Serialize, ToSchema)]
#[schema(as = Occurrence)]
pub(super) struct OccurrenceShape {
    #[schema(pattern = "^evt_[0-9a-f]{32}$")]
    event: String,
    start: Timestamp,
    end: Timestamp,
    all_day: bool,
    /// Of an all-day event: its first day, in the calendar's zone.
    #[schema(format = Date)]
    start_date: Option<String>,
    /// Of an all-day event: the day after its last.
    #[schema(format = Date)]
    end_date: Option<String>,
    /// `Busy` where the details are hidden.
    title: Option<String>,
    location: Option<String>,
    /// Are title and location left out, because the event is private, or its owner is?
    details_hidden: bool,
    /// What the event says of itself.
    #[schema(pattern = "^(busy|tentative|unavailable|elsewhere|free|declined|cancelled)$")]
    says: &'static str,
    /// What it closes: `busy`, `tentative`, `unavailable`, or nothing.
    #[schema(pattern = "^(busy|tentative|unavailable)$")]
    kind: Option<&'static str>,
}

/// What happens in a calendar, and how lately that is known.
#[derive(Serialize, ToSchema)]
#[schema(as = Occurrences)]
pub(super) struct OccurrencesShape {
    items: Vec<OccurrenceShape>,
    /// Where there is more: what to give as `after`.
    next: Option<String>,
    /// As in the calendar: nothing listed means nothing there only while this is `synced`.
    #[schema(pattern = "^(processing|synced|delayed|blind|braked|gone)$")]
    state: &'static str,
    /// When all of it was last known to be as at the far side.
    known_at: Option<Timestamp>,
    /// Up to when its events are known here.
    known_until: Option<Timestamp>,
}

/// What happens in a calendar
#[utoipa::path(get, path = "/calendars/{id}/events", tag = "Calendars",
    params(("id" = String, Path, pattern = "^cal_[0-9a-f]{32}$"), WindowParams, PartParams),
    responses((status = 200, body = OccurrencesShape,
        description = "Occurrences that share time with `[from, to)`, in time order.")))]
pub(super) async fn calendar_events(
    State(api): State<Api>,
    Reader(caller): Reader,
    Named(id): Named<CalendarId>,
    RawQuery(query): RawQuery,
) -> Result<Json<OccurrencesShape>, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    let calendar = named::calendar(&mut tx, &caller, &id).await?;
    let mut query = Fields::of_query(query.as_deref(), &["from", "to", "limit", "after"]);
    let part = Part::take(&mut query);
    let window = Window::read(query)?;
    let rows = busy::overlapping(&mut tx, &[id], window.from, window.to).await?;
    let listed = part.cut(number(rows), Row::bookmark);
    let owner = owner(&mut tx, &calendar).await?;
    let zone = zone(&calendar, owner.as_ref());
    let gate = Gate::of_key(owner.as_ref());
    let mut details = match span(&listed.items) {
        Some(span) => {
            let wanted = events_of(&listed.items);
            Details::read(&mut tx, &wanted, (span, |_: &CalendarId| Some(zone.clone())), gate)
                .await?
        }
        None => Details::default(),
    };
    drop(tx);
    let shape = |row: Row| {
        let times = (row.occurrence.start_at, row.occurrence.end_at);
        let detail = details.take(&row.event, times).detail;
        OccurrenceShape::of(&row, detail, &calendar, &zone)
    };
    Ok(Json(OccurrencesShape {
        items: listed.items.into_iter().map(shape).collect(),
        next: listed.next,
        state: calendar.state(api.house.ctx.clock.now()).as_str(),
        known_at: calendar.known_at,
        known_until: calendar.known_until,
    }))
}

/// One occurrence, and which of the same event at the same time it is.
struct Row {
    event: EventId,
    occurrence: OccurrenceRow,
    nth: usize,
}

impl Row {
    /// Sorts as the rows do: by start, end, event.
    fn bookmark(&self) -> String {
        let (start, end) = (self.occurrence.start_at, self.occurrence.end_at);
        format!("{:016x}.{:016x}.{}.{:04}", sortable(start), sortable(end), self.event, self.nth)
    }
}

/// Milliseconds, moved so that those before 1970 sort first.
fn sortable(at: Timestamp) -> u64 {
    at.as_millisecond().cast_unsigned() ^ (1 << 63)
}

fn number(rows: Vec<(CalendarId, EventId, OccurrenceRow)>) -> Vec<Row> {
    let mut numbered: Vec<Row> = Vec::with_capacity(rows.len());
    for (_, event, occurrence) in rows {
        let same = |last: &&Row| {
            let (a, b) = (&last.occurrence, &occurrence);
            last.event == event && a.start_at == b.start_at && a.end_at == b.end_at
        };
        let nth = numbered.last().filter(same).map_or(0, |last| last.nth + 1);
        numbered.push(Row { event, occurrence, nth });
    }
    numbered
}

fn events_of(rows: &[Row]) -> Vec<EventId> {
    let mut events: Vec<_> = rows.iter().map(|row| row.event.clone()).collect();
    events.sort();
    events.dedup();
    events
}

/// From the first start to the last end; `None` where there is nothing.
fn span(rows: &[Row]) -> Option<Horizon> {
    let start = rows.iter().map(|row| row.occurrence.start_at).min()?;
    let end = rows.iter().map(|row| row.occurrence.end_at).max()?;
    // What has no length lies within as long as the span goes on beyond it.
    let beyond = end.checked_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    Horizon::new(start, beyond)
}

async fn owner(tx: &mut Tx, calendar: &Calendar) -> Result<Option<User>, StoreError> {
    let connection = connections::load(tx, &calendar.connection).await?;
    match connection.as_ref().and_then(|connection| connection.owner.user()) {
        Some(id) => people::user(tx, id).await,
        None => Ok(None),
    }
}

/// Where the calendar's dates and floating times happen: its own zone, else its owner's.
fn zone(calendar: &Calendar, owner: Option<&User>) -> TimeZone {
    let own = calendar.time_zone.as_deref().and_then(timezone::named);
    let theirs = || owner.and_then(|owner| timezone::named(&owner.time_zone));
    own.or_else(theirs).unwrap_or(TimeZone::UTC)
}

impl OccurrenceShape {
    /// Without `detail` it is hidden.
    fn of(row: &Row, detail: Option<Detail>, calendar: &Calendar, zone: &TimeZone) -> Self {
        let OccurrenceRow { start_at, end_at, all_day, blocking } = row.occurrence;
        let date = |at: Timestamp| all_day.then(|| at.to_zoned(zone.clone()).date().to_string());
        let (counts_as_busy, all_day_is_busy) = (calendar.counts_as_busy, calendar.all_day_is_busy);
        let kind = busy_kind(blocking, all_day, Switches { counts_as_busy, all_day_is_busy });
        let details_hidden = detail.is_none();
        let (title, location) = match detail {
            Some(detail) => (detail.title, detail.location),
            None => (Some(HIDDEN_TITLE.to_owned()), None),
        };
        Self {
            event: row.event.to_string(),
            start: start_at,
            end: end_at,
            all_day,
            start_date: date(start_at),
            end_date: date(end_at),
            title,
            location,
            details_hidden,
            says: blocking.as_str(),
            kind: kind.map(calendar::BusyKind::as_str),
        }
    }
}
