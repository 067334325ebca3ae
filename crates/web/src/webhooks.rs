//! The doors that providers ring at. A ring is checked, answered at once, and only causes a pull
//! (law 4); what it says beside that is not believed.

mod google;
mod microsoft;
mod zoom;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;

use crate::Web;

/// Octets of a ring; a batch of Microsoft's is some hundred kilobytes at most.
const RING_MAX: usize = 1 << 20;

/// All doors.
pub(crate) fn router() -> Router<Web> {
    Router::new()
        .route("/hooks/google", post(google::ring))
        .route("/hooks/microsoft", post(microsoft::ring))
        .route("/hooks/zoom", post(zoom::ring))
        .layer(DefaultBodyLimit::max(RING_MAX))
}
