//! The door for programs, the HTTP API, version 1: who calls, what they may, and which operation
//! answers. One file for each operation; the JSON is in `shapes.rs`, refusals in `problem.rs`.

mod account_show;
mod api_key_current;
mod audit_list;
mod calendar_change;
mod calendar_events;
mod calendar_settings;
mod caller;
mod connection_create;
mod connection_delete;
mod connection_form;
mod connection_history;
mod connection_pull;
mod connection_repair;
mod connection_runs;
mod connection_show;
mod connection_sign_in;
mod connections_list;
mod document;
mod fields;
mod idempotency;
mod integrations_list;
mod listing;
mod named;
mod openapi;
mod pace;
mod problem;
mod sent;
mod shapes;
mod stream;
mod user_busy;
mod users_list;
mod webhook_create;
mod webhook_delete;
mod webhook_deliveries;
mod webhook_enable;
mod webhook_named;
mod webhook_replay;
mod webhook_shapes;
mod webhook_test;
mod webhook_turn_secret;
mod webhooks_list;
mod window;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use door::seats::Seats;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use url::Url;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use pace::Pace;
use problem::{Code, Problem};
use stream::Journal;

/// Where the API begins.
const PREFIX: &str = "/api/v1";

/// Longest time that one answer may take; an examination of a slow server is the longest.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(100);

/// The house that the API stands in front of.
pub struct House {
    /// The store, the time, chance, and what can be connected.
    pub ctx: sync::Context,
    /// Work that outlives a request; waited for at the end.
    pub tasks: TaskTracker,
    /// Ends streams and waiting when the process stops.
    pub stop: CancellationToken,
    /// What people call it: where links that programs are given lead to.
    pub address: Url,
    /// The version of the program.
    pub version: &'static str,
}

/// What every operation needs.
#[derive(Clone)]
struct Api {
    house: Arc<House>,
    pace: Arc<Pace>,
    journal: Arc<Journal>,
    seats: Seats,
    document: Bytes,
}

/// All operations, under `PREFIX`.
pub fn router(house: House) -> Router {
    let (operations, mut generated) = operations().split_for_parts();
    let (open, its) = OpenApiRouter::new().routes(routes!(openapi::openapi)).split_for_parts();
    generated.merge(its);
    let catalogue = Arc::clone(&house.ctx.catalogue);
    let document = document::complete(generated, &catalogue, house.version);
    let journal = Journal::new(house.ctx.dice.as_ref());
    let writing = Arc::clone(&journal).write(house.ctx.db.changes(), house.stop.clone());
    house.tasks.spawn(writing);
    let api = Api {
        house: Arc::new(house),
        pace: Arc::default(),
        journal,
        seats: Seats::default(),
        document: document.to_string().into(),
    };
    let keyed = operations
        .fallback(route_unknown)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(api.clone(), idempotency::answer_once))
        .layer(from_fn_with_state(api.clone(), caller::identify));
    let all = open
        .method_not_allowed_fallback(method_not_allowed)
        .merge(keyed)
        .layer(from_fn(in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(saying(CACHE_CONTROL, "no-store"))
        .layer(saying(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .with_state(api);
    // Nesting leaves the bare prefix with a slash to whoever else is asked.
    Router::new().route(&format!("{PREFIX}/"), any(route_unknown)).nest(PREFIX, all)
}

fn operations() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(account_show::account_show))
        .routes(routes!(users_list::users_list))
        .routes(routes!(audit_list::audit_list))
        .routes(routes!(integrations_list::integrations_list))
        .routes(routes!(connections_list::connections_list, connection_create::connection_create))
        .routes(routes!(connection_show::connection_show, connection_delete::connection_delete))
        .routes(routes!(connection_sign_in::connection_sign_in))
        .routes(routes!(connection_repair::connection_repair))
        .routes(routes!(connection_pull::connection_pull))
        .routes(routes!(connection_runs::connection_runs))
        .routes(routes!(connection_history::connection_history))
        .routes(routes!(
            calendar_settings::calendar_settings_show,
            calendar_settings::calendar_settings_replace
        ))
        .routes(routes!(calendar_change::calendar_change))
        .routes(routes!(calendar_events::calendar_events))
        .routes(routes!(user_busy::user_busy))
        .routes(routes!(stream::stream))
        .routes(routes!(api_key_current::api_key_current))
        .merge(webhooks())
}

fn webhooks() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(webhooks_list::webhooks_list, webhook_create::webhook_create))
        .routes(routes!(webhook_delete::webhook_delete))
        .routes(routes!(webhook_deliveries::webhook_deliveries))
        .routes(routes!(webhook_replay::webhook_replay))
        .routes(routes!(webhook_test::webhook_test))
        .routes(routes!(webhook_turn_secret::webhook_turn_secret))
        .routes(routes!(webhook_enable::webhook_enable))
}

/// Says something of every answer that does not say it itself.
fn saying(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn in_time(request: Request, next: Next) -> Result<Response, Problem> {
    let answer = tokio::time::timeout(ANSWER_TIME_MAX, next.run(request)).await;
    answer.map_err(|_| Problem::from(Code::TookTooLong).retry_after_s(1))
}

async fn route_unknown() -> Problem {
    Code::RouteUnknown.into()
}

async fn method_not_allowed() -> Problem {
    Code::MethodNotAllowed.into()
}

/// The panic's own words may hold anything: they stay out of the answer and the log.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("an operation of the API panicked");
    Problem::from(Code::Internal).into_response()
}
