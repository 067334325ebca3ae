//! Zoom's side, as far as a program is made known to it: the token endpoint, which looks at the
//! client. Nobody has an account there, so it gives no tokens.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::header;
use jiff::Timestamp;

mod levers;
mod token;

use crate::Sandbox;
use crate::answer::{Answer, bare, instead, sent, with_header, with_retry_after};
use crate::ask::{Ask, BODY_MAX};
use crate::faults::Strike;
use crate::net;
use crate::world::World;

pub(crate) use levers::router as control_router;
pub use levers::{ZoomFaults, ZoomLevers};

/// The app that people let in: what to give as client id and secret.
pub const ZOOM_CLIENT_ID: &str = "sandboxZoomClientId00A";
pub const ZOOM_CLIENT_SECRET: &str = "sandbox-zoom-secret";

/// Every address of Zoom's.
pub(crate) fn router() -> Router<Sandbox> {
    Router::new().route("/oauth/token", any(serve))
}

async fn serve(State(sandbox): State<Sandbox>, request: Request) -> Response {
    let ask = match Ask::receive(request, BODY_MAX).await {
        Ok(ask) => ask,
        Err(status) => return bare(status.as_u16()).map(axum::body::Body::from),
    };
    let now = sandbox.now();
    let (answer, strike) = sandbox.with(|world| respond(world, &ask, now));
    sent(answer, &ask.method, &strike).await
}

fn respond(world: &mut World, ask: &Ask, now: Timestamp) -> (Answer, Strike) {
    let mut strike = world.zoom.strike(ask.method.as_str());
    let fault = strike.word();
    let outage = |status, wait| with_retry_after(bare(status), wait);
    let answer = instead(&mut strike, outage).unwrap_or_else(|| token::answer(ask));
    let answer = with_header(answer, header::DATE, &net::http_date(now, 0));
    world.note(ask, None, (&answer, fault), now);
    (answer, strike)
}
