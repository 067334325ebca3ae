//! What the API answers when it does not do what was asked: RFC 9457, with a stable code.
//! The only place that knows which status a refusal has; `docs/errors.md` lists every code.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use connection::{Check, FailureCode, Refusal};
use door::outgoing::{NotDone, WEBHOOKS_MAX};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use store::StoreError;
use sync::SyncError;
use utoipa::ToSchema;

use super::shapes::CheckShape;

macro_rules! codes {
    ($($name:ident $code:literal $status:ident $say:literal)*) => {
        /// Why the API itself refuses; the codes of a failed examination stand beside it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Code { $(#[doc = $say] $name,)* }

        impl Code {
            /// All of them, in the order of `docs/errors.md`.
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As the answer spells it.
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The status of the answer.
            pub(super) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The sentence for a person, where the answer has no better one.
            pub(super) fn say(self) -> &'static str {
                match self { $(Self::$name => $say,)* }
            }
        }
    };
}

codes! {
    KeyMissing "key_missing" UNAUTHORIZED
        "Send an API key of your account, as `Authorization: Bearer dmk_…`."
    KeyRefused "key_refused" UNAUTHORIZED
        "This API key is not known here. Make a new one; keys are shown only once."
    ScopeNeeded "scope_needed" FORBIDDEN
        "This API key does not carry the scope that is needed. Make a key that does."
    NotFound "not_found" NOT_FOUND
        "There is nothing by that name in your account. Check the id."
    RouteUnknown "route_unknown" NOT_FOUND
        "There is no such address in the API. `/api/v1/openapi.json` lists all of them."
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED
        "This address does not take that method. The `Allow` header names those that it takes."
    BodyTooLarge "body_too_large" PAYLOAD_TOO_LARGE
        "The body is larger than the API takes. Send less."
    MediaTypeUnsupported "media_type_unsupported" UNSUPPORTED_MEDIA_TYPE
        "Send the body as JSON, with `Content-Type: application/json`."
    JsonMalformed "json_malformed" BAD_REQUEST
        "The body is not a JSON object. Mend it and send it again."
    QueryInvalid "query_invalid" BAD_REQUEST
        "The query cannot be used as it is. See `errors` for each part."
    HeaderInvalid "header_invalid" BAD_REQUEST
        "A header cannot be used as it is. See `errors`."
    FieldInvalid "field_invalid" UNPROCESSABLE_ENTITY
        "The body cannot be used as it is. See `errors` for each field."
    FieldNotAsked "field_not_asked" CONFLICT
        "This connection does not sign in with that field. See `errors`, and leave it out."
    WindowReversed "window_reversed" CONFLICT
        "`to` must be later than `from`."
    CalendarReadOnly "calendar_read_only" CONFLICT
        "Bookings cannot be written to this calendar. Choose one whose `access` is `writer`."
    LimitReached "limit_reached" CONFLICT
        "There are as many as one may have. Remove one first."
    WebhookDisabled "webhook_disabled" CONFLICT
        "This webhook is disabled: nothing is sent there. Turn it on again first."
    Conflict "conflict" CONFLICT
        "Something else changed the same thing at that moment. Look again, then try again."
    IdempotencyKeyReused "idempotency_key_reused" CONFLICT
        "This Idempotency-Key belongs to another request. Choose a new one for a new request."
    IdempotencyRunning "idempotency_running" CONFLICT
        "The first request with this Idempotency-Key is not answered yet. Ask again shortly."
    TooSoon "too_soon" TOO_MANY_REQUESTS
        "It was asked for a moment ago. Wait for the time that `Retry-After` names."
    RateLimited "rate_limited" TOO_MANY_REQUESTS
        "Too many requests with this API key. Wait for the time that `Retry-After` names."
    StreamsMax "streams_max" TOO_MANY_REQUESTS
        "Too many streams are open with this API key. Close one, or wait."
    TookTooLong "took_too_long" SERVICE_UNAVAILABLE
        "It took too long, and was given up or goes on unwatched. Look, then try again."
    Busy "busy" SERVICE_UNAVAILABLE
        "The database cannot be reached at the moment. Try again shortly."
    Internal "internal" INTERNAL_SERVER_ERROR
        "Something went wrong here; it is in the log. Nothing was half done. Try again later."
}

/// How long someone waits who met a passing fault.
const TRY_AGAIN_S: i64 = 2;

/// What is wrong with one field, query parameter or header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// The name of the field, query parameter or header.
    pub field: String,
    /// A stable code: `required`, `unknown`, `type`, `invalid`, `too_long`, or that of a check.
    pub code: &'static str,
    /// What to do, in a sentence.
    pub detail: String,
}

/// An answer that says no; made into `application/problem+json`.
#[derive(Debug)]
pub(super) struct Problem(Box<Inside>);

#[derive(Debug)]
struct Inside {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    checks: Vec<CheckShape>,
    retry_after_s: Option<i64>,
}

/// A refusal, as in RFC 9457.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemShape<'a> {
    /// Always `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The words of the HTTP status.
    title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Which problem it is: stable, and listed in `docs/errors.md`.
    code: &'a str,
    /// What to do, in a sentence.
    detail: &'a str,
    /// What is wrong with which field, query parameter or header.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
    /// The lines of a failed examination, the last one being what failed.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    checks: &'a [CheckShape],
}

impl Problem {
    fn of(status: StatusCode, code: &'static str, detail: Cow<'static, str>) -> Self {
        let (errors, checks) = (Vec::new(), Vec::new());
        Self(Box::new(Inside { status, code, detail, errors, checks, retry_after_s: None }))
    }

    /// The same answer for an unknown id, an id of another account and no id at all.
    pub(super) fn not_found() -> Self {
        Code::NotFound.into()
    }

    /// With a sentence of its own.
    pub(super) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(code.status(), code.as_str(), detail.into())
    }

    /// With what is wrong with each field.
    pub(super) fn of_fields(code: Code, errors: Vec<FieldError>) -> Self {
        let mut problem = match errors.as_slice() {
            [only] => Self::new(code, only.detail.clone()),
            _ => Self::from(code),
        };
        problem.0.errors = errors;
        problem
    }

    /// A failed examination: its sentence, the field it is about, and its lines. Connecting
    /// answers 422; repairing 409, since it does not go together with a connection that stays.
    pub(super) fn refused(status: StatusCode, refusal: Refusal, checks: &[Check]) -> Self {
        let code = refusal.code.as_str();
        let field = refusal.field.map(super::shapes::field_of_form);
        let mut problem = Self::of(status, code, refusal.say.into());
        let detail = problem.0.detail.to_string();
        problem.0.errors.extend(field.map(|f| FieldError { field: f.to_owned(), code, detail }));
        problem.0.checks = checks.iter().map(CheckShape::of).collect();
        problem
    }

    /// With the time to wait.
    pub(super) fn retry_after_s(mut self, seconds: i64) -> Self {
        self.0.retry_after_s = Some(seconds.max(1));
        self
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code, code.say())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Code::Conflict.into(),
            StoreError::Unavailable(_) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "answering the API");
                Self::from(Code::Busy).retry_after_s(TRY_AGAIN_S)
            }
            StoreError::Corrupt { .. } | StoreError::Unusable { .. } => {
                tracing::error!(error = &error as &dyn std::error::Error, "answering the API");
                Code::Internal.into()
            }
        }
    }
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Store(error) => error.into(),
            SyncError::UnknownIntegration => Self::of_fields(
                Code::FieldInvalid,
                vec![FieldError {
                    field: "integration".into(),
                    code: "invalid",
                    detail: "There is no such integration here. See `GET /integrations`.".into(),
                }],
            ),
            SyncError::NotSetUp => Self::of(
                StatusCode::UNPROCESSABLE_ENTITY,
                FailureCode::SetUp.as_str(),
                "This is not set up here yet. An administrator can do it, on the set-up page."
                    .into(),
            ),
            SyncError::LimitReached { max } => Self::new(
                Code::LimitReached,
                format!("There may be {max} of these, and there are. Remove one first."),
            ),
        }
    }
}

impl From<NotDone> for Problem {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Store(error) => error.into(),
            NotDone::Disabled => Code::WebhookDisabled.into(),
            NotDone::Gone => Self::not_found(),
            NotDone::LimitReached => Self::new(
                Code::LimitReached,
                format!("There may be {WEBHOOKS_MAX} webhooks, and there are. Delete one first."),
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let inside = *self.0;
        let shape = ProblemShape {
            kind: "about:blank",
            title: inside.status.canonical_reason().unwrap_or_default(),
            status: inside.status.as_u16(),
            code: inside.code,
            detail: &inside.detail,
            errors: &inside.errors,
            checks: &inside.checks,
        };
        let mut response = (inside.status, axum::Json(shape)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if inside.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Daymark\""));
        }
        if let Some(seconds) = inside.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The media type of every refusal.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

#[cfg(test)]
mod tests;
