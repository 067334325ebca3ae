//! The control page: what exists, how to reach it, and buttons that make it misbehave. Plain HTML
//! forms at `/control`, and the same as JSON under `/control/api`.

use axum::Router;
use axum::routing::{get, post};

use crate::Sandbox;

mod api;
mod forms;
mod page;
mod person_page;
mod pieces;
mod switches;

pub(crate) use api::{Answer, Refusal, calm, created, nothing};
pub(crate) use forms::{Fields, NO_SUCH_BUTTON, Wrong, back, field, number, said, today_at};
pub(crate) use page::{Notice, instant};
pub(crate) use pieces::{button, event_form, frame, head, new_event_fields};
pub(crate) use switches::{UNREADABLE, changed, read, rings, switches};

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/control", get(page::show))
        .route("/control/style.css", get(page::style))
        .route("/control/everyone/faults", post(forms::everyone_faults))
        .route("/control/everyone/preset", post(forms::everyone_preset))
        .route("/control/calm", post(forms::calm))
        .route("/control/people/{username}", get(person_page::show))
        .route("/control/people/{username}/faults", post(forms::person_faults))
        .route("/control/people/{username}/{act}", post(forms::person_act))
        .route("/control/people/{username}/{calendar}/event", post(forms::event_act))
        .route("/control/people/{username}/{calendar}/{act}", post(forms::calendar_act))
        .route("/control/feeds/{name}/faults", post(forms::feed_faults))
        .route("/control/feeds/{name}/switches", post(forms::feed_switches))
        .nest("/control/api", api::router())
}
