//! `GET /users/{id}/busy`: when a user cannot be booked, and for which calendars nobody can tell.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::UserId;
use jiff::Timestamp;
use serde::Serialize;
use store::busy::{self, BusyRow, UserBusy};
use utoipa::ToSchema;

use super::calendar_events::WindowParams;
use super::caller::Reader;
use super::fields::Fields;
use super::named::Named;
use super::problem::Problem;
use super::window::Window;
use super::{Api, named};

/// A time that cannot be sold.
#[derive(Serialize, ToSchema)]
#[schema(as = Busy)]
struct BusyShape {
    start: Timestamp,
    end: Timestamp,
    /// `busy`, `tentative` or `unavailable`.
    #[schema(pattern = "^(busy|tentative|unavailable)$")]
    kind: &'static str,
    #[schema(pattern = "^cal_[0-9a-f]{32}$")]
    calendar: String,
}

impl BusyShape {
    fn of(row: &BusyRow) -> Self {
        Self {
            start: row.start_at,
            end: row.end_at,
            kind: row.kind.as_str(),
            calendar: row.calendar.to_string(),
        }
    }
}

/// A calendar that counts and whose busy time cannot be vouched for: its time is not free.
#[derive(Serialize, ToSchema)]
#[schema(as = Blind)]
struct BlindShape {
    #[schema(pattern = "^cal_[0-9a-f]{32}$")]
    calendar: String,
    /// From when on nobody can tell.
    since: Timestamp,
    /// `never_read`, `not_read_lately`, `beyond_horizon` or `gone`.
    why: &'static str,
}

/// When a user cannot be booked.
#[derive(Serialize, ToSchema)]
#[schema(as = UserBusy)]
pub(super) struct UserBusyShape {
    /// What takes time, of all calendars that count, in time order; they may overlap.
    busy: Vec<BusyShape>,
    /// Calendars that count and that nobody can tell about: treat their time as busy.
    blind: Vec<BlindShape>,
    /// As of when all of it is known; null where a calendar was never read, or none counts.
    known_at: Option<Timestamp>,
}

impl UserBusyShape {
    fn of(found: UserBusy) -> Self {
        let blind = found.blind.into_iter().map(|blind| BlindShape {
            calendar: blind.calendar.to_string(),
            since: blind.since,
            why: blind.why,
        });
        Self {
            busy: found.busy.iter().map(BusyShape::of).collect(),
            blind: blind.collect(),
            known_at: found.known_at,
        }
    }
}

/// When a user is busy
#[utoipa::path(get, path = "/users/{id}/busy", tag = "Calendars",
    params(("id" = String, Path, pattern = "^usr_[0-9a-f]{32}$"), WindowParams),
    responses((status = 200, body = UserBusyShape,
        description = "What shares time with `[from, to)`. Unknown is not free: see `blind`.")))]
pub(super) async fn user_busy(
    State(api): State<Api>,
    Reader(caller): Reader,
    Named(id): Named<UserId>,
    RawQuery(query): RawQuery,
) -> Result<Json<UserBusyShape>, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    let user = named::user(&mut tx, &caller, &id).await?;
    let window = Window::read(Fields::of_query(query.as_deref(), &["from", "to"]))?;
    let now = api.house.ctx.clock.now();
    let found = busy::of_user(&mut tx, &user.id, window.from, window.to, now).await?;
    Ok(Json(UserBusyShape::of(found)))
}
