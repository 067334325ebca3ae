//! `PATCH /calendars/{id}`: the switches of one calendar.

use axum::Json;
use axum::extract::State;
use connection::CalendarId;
use store::{connections, events, people};
use sync::choices;
use utoipa::ToSchema;

use super::caller::Writer;
use super::fields::Fields;
use super::named::Named;
use super::problem::Problem;
use super::sent::Sent;
use super::shapes::CalendarShape;
use super::{Api, named};

/// What is to change; what is left out stays as it is.
#[derive(ToSchema)]
#[schema(as = CalendarChange, min_properties = 1)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the body; the handler reads it field by field")]
pub(super) struct ChangeShape {
    /// Do its busy events close the times that they cover?
    #[schema(nullable = false)]
    counts_as_busy: Option<bool>,
    /// Do all-day events close their days even where they are marked free?
    #[schema(nullable = false)]
    all_day_is_busy: Option<bool>,
}

/// Change what counts
#[utoipa::path(patch, path = "/calendars/{id}", tag = "Calendars",
    params(("id" = String, Path, pattern = "^cal_[0-9a-f]{32}$")),
    request_body = ChangeShape,
    responses((status = 200, body = CalendarShape, description = "As it counts from now on.")))]
pub(super) async fn calendar_change(
    State(api): State<Api>,
    Writer(caller): Writer,
    Named(id): Named<CalendarId>,
    sent: Sent,
) -> Result<Json<CalendarShape>, Problem> {
    let mut tx = api.house.ctx.db.begin().await?;
    connections::hold_of_calendar(&mut tx, &id).await?;
    let calendar = named::calendar(&mut tx, &caller, &id).await?;
    let mut body =
        Fields::of_body(&sent.headers, &sent.body, &["counts_as_busy", "all_day_is_busy"])?;
    if !body.has("counts_as_busy") && !body.has("all_day_is_busy") {
        body.required("counts_as_busy");
    }
    let counts_as_busy = body.truth_if_given("counts_as_busy");
    let all_day_is_busy = body.truth_if_given("all_day_is_busy");
    let connection = connections::load(&mut tx, &calendar.connection).await?;
    let owner = match connection.as_ref().and_then(|connection| connection.owner.user()) {
        Some(user) => people::user(&mut tx, user).await?,
        None => None,
    };
    let linked = owner.as_ref().and_then(|user| user.settings.linked_calendar.clone());
    if counts_as_busy == Some(false) && linked.as_ref() == Some(&id) {
        let say = "It is the linked calendar, which is always checked. Link another one first.";
        body.refuse("counts_as_busy", "invalid", say);
    }
    body.done()?;
    let mut switches = calendar.switches();
    switches.counts_as_busy = counts_as_busy.unwrap_or(switches.counts_as_busy);
    switches.all_day_is_busy = all_day_is_busy.unwrap_or(switches.all_day_is_busy);
    let (ctx, of) = (&api.house.ctx, (&calendar, switches));
    choices::switch(ctx, &mut tx, caller.acts(), owner.as_ref(), of).await?;
    let calendar = named::calendar(&mut tx, &caller, &id).await?;
    let counts = events::counts(&mut tx, &id).await?;
    tx.commit().await?;
    let now = api.house.ctx.clock.now();
    Ok(Json(CalendarShape::of(&(calendar, counts), linked.as_ref(), now)))
}
