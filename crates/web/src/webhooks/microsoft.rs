//! Microsoft Graph's rings: batches of notices, each with the secret of its subscription; lifecycle
//! notices among them; and the question whether anybody is here, before a subscription stands.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use store::StoreError;
use sync::notices::{self, Notice};

use crate::Web;
use crate::asked::Asked;

/// Notices that are read of one batch; Graph sends fewer.
const NOTICES_MAX: usize = 1_000;
/// Characters of a secret; Graph takes no longer one.
const SECRET_MAX: usize = 128;
/// Characters of what the validation wants to have back.
const VALIDATION_MAX: usize = 4_096;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    validation_token: Option<String>,
}

#[derive(Deserialize)]
struct Batch {
    value: Vec<Told>,
}

/// What is read of a notice; its news are not believed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    /// Our channel's id and its secret, as they were given when it was opened.
    client_state: Option<String>,
    lifecycle_event: Option<String>,
}

/// A batch of notices, or the question whether anybody is here.
pub(super) async fn ring(
    State(web): State<Web>,
    Asked(question): Asked<Question>,
    body: Bytes,
) -> Response {
    if let Some(token) = question.validation_token.filter(|token| token.len() <= VALIDATION_MAX) {
        return (
            [
                (CONTENT_TYPE, HeaderValue::from_static("text/plain")),
                (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            ],
            token,
        )
            .into_response();
    }
    let Ok(batch) = serde_json::from_slice::<Batch>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let status = match take(&web, batch).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(failure) => {
            tracing::warn!(%failure, "a batch of rings could not be taken");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    status.into_response()
}

/// Each notice for itself: a forged one among them does not cost the others. Several of one channel
/// are one, whatever the batch is made of.
async fn take(web: &Web, batch: Batch) -> Result<(), StoreError> {
    let mut asked: BTreeMap<String, Notice> = BTreeMap::new();
    for told in batch.value.into_iter().take(NOTICES_MAX) {
        let Some(secret) = told.client_state.filter(|secret| secret.len() <= SECRET_MAX) else {
            continue;
        };
        let notice = match told.lifecycle_event.as_deref() {
            None | Some("missed") => Notice::Changed,
            Some("subscriptionRemoved") => Notice::Removed,
            Some(_) => Notice::Needed,
        };
        let before = asked.entry(secret).or_insert(notice);
        *before = notice.max(*before);
    }
    notices::take(&web.ctx, &asked).await?;
    Ok(())
}
