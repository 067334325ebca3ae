//! `POST /webhooks`: an address that is told from now on what happens here.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use door::outgoing::{self, URL_LENGTH_MAX};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use sync::webhooks::{EVENTS, check_address};
use utoipa::ToSchema;

use super::caller::Writer;
use super::fields::Fields;
use super::problem::Problem;
use super::sent::Sent;
use super::webhook_shapes::WebhookShape;
use super::{Api, PREFIX};

/// What a webhook begins with.
#[derive(ToSchema)]
#[schema(as = WebhookCreate)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the body; the handler reads it field by field")]
pub(super) struct WebhookCreate {
    /// Where it is posted to: https, on port 443.
    #[schema(format = "uri", max_length = 2000, pattern = "^https?://")]
    url: String,
    /// What it is told.
    #[schema(schema_with = super::document::event_kinds)]
    events: Vec<String>,
}

/// Add a webhook
///
/// What is posted there is signed as the Standard Webhooks specification says; `docs/webhooks.md`
/// shows how to verify it. The secret is in this answer, and never again.
#[utoipa::path(post, path = "/webhooks", tag = "Webhooks", request_body = WebhookCreate,
    responses((status = 201, body = WebhookShape, description = "Told from now on.",
        headers(("Location" = String, description = "Where its deliveries are.")))))]
pub(super) async fn webhook_create(
    State(api): State<Api>,
    Writer(caller): Writer,
    sent: Sent,
) -> Result<Response, Problem> {
    let mut body = Fields::of_body(&sent.headers, &sent.body, &["url", "events"])?;
    if !body.has("url") {
        body.required("url");
    }
    let url = body.text("url", URL_LENGTH_MAX).and_then(|url| {
        check_address(&api.house.ctx, &url)
            .map_err(|fault| body.refuse("url", fault.code, fault.say))
            .ok()
    });
    let events = body.words("events", &EVENTS.map(|(kind, _)| kind));
    body.done()?;
    let Some(url) = url else { return Err(Problem::not_found()) };
    let (webhook, secret) = outgoing::add(&api.house.ctx, caller.acts(), &url, events).await?;
    let place = HeaderValue::try_from(format!("{PREFIX}/webhooks/{}/deliveries", webhook.id));
    let shape = WebhookShape::of(webhook, Some(&secret));
    let mut response = (StatusCode::CREATED, Json(shape)).into_response();
    if let Ok(place) = place {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}
