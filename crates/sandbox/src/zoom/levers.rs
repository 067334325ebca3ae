//! What goes wrong at Zoom's side on order: in code, and the same as JSON.

use axum::Router;
use axum::extract::{Json, State};
use axum::routing::get;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET};
use crate::control::calm;
use crate::faults::{Failure, Instead, Often, Strike, failure};
use crate::{Origin, Sandbox};

/// What goes wrong at Zoom's token endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ZoomFaults {
    /// Every answer waits so long.
    pub slow_ms: u64,
    /// A status instead of an answer.
    pub token_fail: Option<Failure>,
    /// A web page with status 200, as a captive portal answers.
    pub web_page: Often,
    /// The connection is cut.
    pub drop_before: Often,
}

impl ZoomFaults {
    /// What strikes this request; counted faults count down.
    pub(crate) fn strike(&mut self, method: &str) -> Strike {
        let instead = if self.drop_before.strike() {
            Some(Instead::Cut)
        } else {
            failure(self.token_fail.as_mut(), method)
                .or_else(|| self.web_page.strike().then_some(Instead::WebPage))
        };
        Strike { slow_ms: self.slow_ms, instead, ..Strike::default() }
    }
}

/// The levers of Zoom's side. Clones are of the same world.
#[derive(Debug, Clone)]
pub struct ZoomLevers(Sandbox);

impl ZoomLevers {
    pub fn faults(&self) -> ZoomFaults {
        self.0.with(|world| world.zoom.clone())
    }

    pub fn set_faults(&self, faults: ZoomFaults) {
        self.0.with(|world| world.zoom = faults);
    }
}

impl Sandbox {
    /// The levers of Zoom's side.
    pub fn zoom(&self) -> ZoomLevers {
        ZoomLevers(self.clone())
    }
}

pub(crate) fn router() -> Router<Sandbox> {
    let own = Router::new()
        .route("/", get(everything))
        .route("/faults", get(faults).put(set_faults).delete(calm));
    Router::new().nest("/control/api/zoom", own)
}

async fn everything(State(sandbox): State<Sandbox>, origin: Origin) -> Json<Value> {
    Json(json!({
        "url": origin.0,
        "client_id": ZOOM_CLIENT_ID,
        "client_secret": ZOOM_CLIENT_SECRET,
        "now": sandbox.now(),
        "faults": sandbox.zoom().faults(),
    }))
}

async fn faults(State(sandbox): State<Sandbox>) -> Json<ZoomFaults> {
    Json(sandbox.zoom().faults())
}

async fn set_faults(State(sandbox): State<Sandbox>, Json(faults): Json<ZoomFaults>) -> StatusCode {
    sandbox.zoom().set_faults(faults);
    StatusCode::NO_CONTENT
}
