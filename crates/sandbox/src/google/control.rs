//! The control page of Google's side, and the same as JSON.

use axum::Router;
use axum::routing::{get, post};

use crate::Sandbox;

mod api;
mod forms;
mod page;

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/control/google", get(page::show))
        .route("/control/google/faults", post(forms::faults))
        .route("/control/google/manners", post(forms::manners))
        .route("/control/google/clock", post(forms::clock))
        .route("/control/google/people/{email}", get(page::person))
        .route("/control/google/people/{email}/faults", post(forms::person_faults))
        .route("/control/google/people/{email}/{act}", post(forms::act))
        .nest("/control/api/google", api::router())
}
