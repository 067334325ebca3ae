//! `GET /stream`: server-sent events that say which connection or calendar changed. They carry
//! ids only: a ring carries no news, look again.

mod journal;
mod listener;

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use http::HeaderMap;
use store::api_keys;
use utoipa::ToSchema;

use super::Api;
use super::caller::Reader;
use super::fields::Fields;
use super::problem::{Code, Problem};
use listener::Listener;

pub(super) use journal::Journal;

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// A stream ends after this long, and its listener comes back.
const AGE_MAX: Duration = Duration::from_hours(1);

/// Said to those who find all seats taken.
const RETRY_AFTER_S: i64 = 60;

/// One event of the stream, as a listener reads it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Listener` sends line by line")]
pub(super) struct StreamEvent {
    /// What changed; `resync` when some were missed.
    #[schema(pattern = "^(connection.changed|calendar.changed|resync)$")]
    event: String,
    /// To be sent back as `Last-Event-ID`.
    id: String,
    /// JSON: `{"connection"}`, `{"calendar","connection"}` or `{}`.
    data: String,
}

/// What changes, live
///
/// Server-sent events: `connection.changed` with `{"connection"}`, `calendar.changed` with
/// `{"calendar"}`, and `resync` when some were missed: then look at everything again. After a
/// break send the last id as `Last-Event-ID`.
#[utoipa::path(get, path = "/stream", tag = "Live",
    params(("Last-Event-ID" = Option<String>, Header,
        description = "The id of the last event that was seen.")),
    responses((status = 200, body = StreamEvent, content_type = "text/event-stream",
        description = "Events, for up to an hour; then come back.")))]
pub(super) async fn stream(
    State(api): State<Api>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    Fields::of_query(query.as_deref(), &[]).done()?;
    let seat = api.seats.take(caller.key.as_str());
    let seat = seat.ok_or_else(|| Problem::from(Code::StreamsMax).retry_after_s(RETRY_AFTER_S))?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let listener = Listener::open(&api, caller.account, last).await?;
    let begin = (listener, seat, api.house.ctx.db.clone(), caller.key);
    let events = stream::unfold(begin, async |(mut listener, seat, db, key)| {
        let event = listener.next().await?;
        // A key that was ended hears nothing more.
        let known = api_keys::is_known(&mut db.read().await.ok()?, &key).await.ok()?;
        known.then_some((Ok(event), (listener, seat, db, key)))
    });
    let events = events.take_until(tokio::time::sleep(AGE_MAX));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}
