//! `POST /connections/{id}/pull`: Sync now.

use axum::extract::{RawQuery, State};
use connection::ConnectionId;
use http::StatusCode;
use sync::connect::{self, PullNow};

use super::caller::Writer;
use super::fields::Fields;
use super::named::Named;
use super::problem::{Code, Problem};
use super::sent::Sent;
use super::{Api, named};

/// Pull now
///
/// Asks each calendar of the connection at once. Taken once in 30 seconds.
#[utoipa::path(post, path = "/connections/{id}/pull", tag = "Connections",
    params(("id" = String, Path, pattern = "^con_[0-9a-f]{32}$")),
    responses((status = 202, description = "Its calendars are asked now.")))]
pub(super) async fn connection_pull(
    State(api): State<Api>,
    Writer(caller): Writer,
    Named(id): Named<ConnectionId>,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<StatusCode, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    named::connection(&mut tx, &caller, &id).await?;
    drop(tx);
    Fields::of_query(query.as_deref(), &[]).done()?;
    Fields::of_optional_body(&sent.headers, &sent.body, &[])?.done()?;
    match connect::pull_now(&api.house.ctx, &id, &caller.by()).await? {
        PullNow::Asked => Ok(StatusCode::ACCEPTED),
        PullNow::NotThere => Err(Problem::not_found()),
        PullNow::TooSoon { again_at } => {
            let wait = again_at.duration_since(api.house.ctx.clock.now());
            let whole_s = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
            Err(Problem::from(Code::TooSoon).retry_after_s(whole_s))
        }
    }
}
