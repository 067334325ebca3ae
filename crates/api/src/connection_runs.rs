//! `GET /connections/{id}/runs`: what was asked of the far side lately, and how it went.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::ConnectionId;
use jiff::Timestamp;
use serde::Serialize;
use store::runs::{self, Run};
use utoipa::ToSchema;

use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Listing, PART, Part, PartParams};
use super::named::Named;
use super::problem::Problem;
use super::{Api, named};

/// How many of the latest runs can be seen.
const RUNS_MAX: i64 = 50;

/// One pull or delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = Run)]
pub(super) struct RunShape {
    #[schema(pattern = "^run_[0-9a-f]{32}$")]
    id: String,
    /// What it did, such as `pull`.
    kind: String,
    /// Why it ran: `connected`, `timer`, `asked`, `rung` by the far side, or a `probe` whether it
    /// is well.
    cause: String,
    /// The calendar that it was about, where it was about one.
    calendar: Option<String>,
    started_at: Timestamp,
    took_ms: i64,
    /// Events that were new or other than before.
    changed: i64,
    removed: i64,
    not_understood: i64,
    /// Where it failed: why, as a code of `docs/errors.md`.
    failure: Option<String>,
    /// Why it failed, or what was out of the ordinary, for a person.
    say: Option<String>,
}

impl RunShape {
    fn of(run: Run) -> Self {
        Self {
            id: run.id.to_string(),
            kind: run.kind,
            cause: run.cause,
            calendar: run.calendar.map(|id| id.to_string()),
            started_at: run.started_at,
            took_ms: run.took_ms,
            changed: run.changed,
            removed: run.removed,
            not_understood: run.not_understood,
            failure: run.failure,
            say: run.say,
        }
    }
}

/// The latest runs
#[utoipa::path(get, path = "/connections/{id}/runs", tag = "Connections",
    params(("id" = String, Path, pattern = "^con_[0-9a-f]{32}$"), PartParams),
    responses((status = 200, body = Listing<RunShape>,
        description = "The last 50 pulls and deliveries, the latest first.")))]
pub(super) async fn connection_runs(
    State(api): State<Api>,
    Reader(caller): Reader,
    Named(id): Named<ConnectionId>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<RunShape>>, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    named::connection(&mut tx, &caller, &id).await?;
    let mut query = Fields::of_query(query.as_deref(), &PART);
    let part = Part::take(&mut query);
    query.done()?;
    let mut runs = runs::last(&mut tx, &id, RUNS_MAX).await?;
    runs.sort_by(|a, b| b.id.cmp(&a.id));
    let listed = part.cut_descending(runs, |run| run.id.to_string());
    let items = listed.items.into_iter().map(RunShape::of).collect();
    Ok(Json(Listing { items, next: listed.next }))
}
