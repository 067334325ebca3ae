//! The control pages of a provider, and the same as JSON.

use axum::Router;
use axum::extract::FromRequestParts;
use axum::routing::{get, post};

use super::Calendars;
use super::levers::Levers;
use crate::Sandbox;

pub(crate) mod api;
mod forms;
pub(crate) mod page;

/// All but the first page, and what the provider's own `pages` and `api` add.
pub(crate) fn router<P: Calendars>(
    pages: Router<Sandbox>,
    own_api: Router<Sandbox>,
) -> Router<Sandbox> {
    let pages = pages
        .route("/faults", post(forms::faults::<P>))
        .route("/manners", post(forms::manners::<P>))
        .route("/clock", post(forms::clock::<P>))
        .route("/people/{email}", get(page::person::<P>))
        .route("/people/{email}/faults", post(forms::person_faults::<P>))
        .route("/people/{email}/{act}", post(forms::act::<P>));
    Router::new()
        .nest(&format!("/control/{}", P::PATH), pages)
        .nest(&format!("/control/api/{}", P::PATH), api::router::<P>().merge(own_api))
}

/// The levers, for handlers.
impl<P> FromRequestParts<Sandbox> for Levers<P> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        _: &mut http::request::Parts,
        sandbox: &Sandbox,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::of(sandbox))
    }
}
