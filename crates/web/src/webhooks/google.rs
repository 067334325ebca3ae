//! Google's rings: an empty POST whose headers name the channel and hold its token.

use axum::extract::State;
use connection::ChannelId;
use http::{HeaderMap, StatusCode};
use sync::watch::{self, Rung};

use crate::Web;

/// Says that the channel stands; there is nothing to look at.
const STANDS: &str = "sync";

/// A ring.
pub(super) async fn ring(State(web): State<Web>, headers: HeaderMap) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let id = header("x-goog-channel-id").and_then(|id| id.parse::<ChannelId>().ok());
    let (Some(id), Some(token)) = (id, header("x-goog-channel-token")) else {
        return StatusCode::NOT_FOUND;
    };
    let says_changed = header("x-goog-resource-state") != Some(STANDS);
    match watch::ring(&web.ctx, &id, token, says_changed).await {
        Ok(Rung::Heard) => StatusCode::NO_CONTENT,
        // Google gives up a ring that is answered so.
        Ok(Rung::Unknown) => StatusCode::NOT_FOUND,
        Err(failure) => {
            tracing::warn!(%failure, "a ring could not be taken");
            // It rings again.
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
