//! The control page of Microsoft's side, and the same as JSON.

use axum::Router;
use axum::routing::{get, post};

use crate::Sandbox;

mod api;
mod forms;
mod page;

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/control/microsoft", get(page::show))
        .route("/control/microsoft/faults", post(forms::faults))
        .route("/control/microsoft/manners", post(forms::manners))
        .route("/control/microsoft/clock", post(forms::clock))
        .route("/control/microsoft/tenants/{tenant}/consent", post(forms::consent))
        .route("/control/microsoft/people/{email}", get(page::person))
        .route("/control/microsoft/people/{email}/faults", post(forms::person_faults))
        .route("/control/microsoft/people/{email}/{act}", post(forms::act))
        .nest("/control/api/microsoft", api::router())
}
