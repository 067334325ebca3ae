//! Answers in Google's own form: JSON, and errors with `domain` and `reason`.

use http::header;
use serde_json::{Value, json};

use crate::answer::{Answer, bare, json_answer, with_header, with_retry_after};
use crate::faults::Door;

/// What a method gives back when it does not refuse.
#[derive(Debug)]
pub(crate) enum Reply {
    Json(Value),
    Nothing,
    NotModified,
}

pub(crate) type Outcome = Result<Reply, Refusal>;

/// An error as Google says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) domain: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// `(locationType, location)`.
    pub(crate) location: Option<(&'static str, String)>,
    pub(crate) retry_after_s: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(
        status: u16,
        domain: &'static str,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        Self { status, domain, reason, message, location: None, retry_after_s: None }
    }

    pub(crate) fn bad(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, "global", reason, message)
    }

    pub(crate) fn invalid(parameter: &str) -> Self {
        Self::bad("invalid", "Invalid Value").at("parameter", parameter)
    }

    pub(crate) fn required(what: &str) -> Self {
        Self::bad("required", format!("Missing {what}."))
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "global", "notFound", "Not Found")
    }

    pub(crate) fn forbidden(reason: &'static str, message: &str) -> Self {
        Self::new(403, "calendar", reason, message)
    }

    pub(crate) fn signed_out() -> Self {
        Self::new(401, "global", "authError", "Invalid Credentials").at("header", "Authorization")
    }

    /// The sync token is too old, or the far side has forgotten it.
    pub(crate) fn full_sync_required() -> Self {
        let says = "Sync token is no longer valid, a full sync is required.";
        Self::new(410, "calendar", "fullSyncRequired", says).at("parameter", "syncToken")
    }

    pub(crate) fn at(mut self, kind: &'static str, place: &str) -> Self {
        self.location = Some((kind, place.to_owned()));
        self
    }

    /// The newer name of the class of error.
    fn class(&self) -> &'static str {
        match self.status {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            409 => "ALREADY_EXISTS",
            429 => "RESOURCE_EXHAUSTED",
            500 => "INTERNAL",
            503 => "UNAVAILABLE",
            _ => "FAILED_PRECONDITION",
        }
    }

    fn body(&self) -> Value {
        let mut one =
            json!({ "domain": self.domain, "reason": self.reason, "message": self.message });
        if let Some((kind, place)) = &self.location {
            one["locationType"] = json!(kind);
            one["location"] = json!(place);
        }
        let mut error = json!({ "errors": [one], "code": self.status, "message": self.message });
        // The gate before the API says what the API itself does not.
        if matches!(self.status, 401 | 429) || self.reason == "insufficientPermissions" {
            error["status"] = json!(self.class());
        }
        if self.reason == "insufficientPermissions" {
            error["details"] = json!([{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com",
            }]);
        }
        json!({ "error": error })
    }

    pub(crate) fn answer(&self) -> Answer {
        let answer = json_answer(self.status, &self.body());
        let answer = with_retry_after(answer, self.retry_after_s);
        if self.status != 401 {
            return answer;
        }
        let challenge = r#"Bearer realm="https://accounts.google.com/", error="invalid_token""#;
        with_header(answer, header::WWW_AUTHENTICATE, challenge)
    }
}

/// JSON with the `ETag` that it holds.
pub(crate) fn reply(outcome: Outcome) -> Answer {
    match outcome {
        Ok(Reply::Json(value)) => {
            let answer = json_answer(200, &value);
            match value.get("etag").and_then(Value::as_str) {
                Some(etag) => with_header(answer, header::ETAG, etag),
                None => answer,
            }
        }
        Ok(Reply::Nothing) => bare(204),
        Ok(Reply::NotModified) => bare(304),
        Err(refusal) => refusal.answer(),
    }
}

/// A status that was ordered, in the form of the door it comes from.
pub(crate) fn outage(status: u16, retry_after_s: Option<u32>, door: Door) -> Answer {
    if door != Door::Api {
        let error = if status < 500 { "invalid_request" } else { "internal_failure" };
        let says = json!({ "error": error, "error_description": "The sandbox was told to fail." });
        return with_retry_after(json_answer(status, &says), retry_after_s);
    }
    let mut refusal = match status {
        401 => Refusal::signed_out(),
        403 => Refusal::new(403, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
        404 => Refusal::not_found(),
        410 => Refusal::full_sync_required(),
        412 => Refusal::new(412, "global", "conditionNotMet", "Precondition Failed"),
        429 => Refusal::new(429, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
        500 => Refusal::new(500, "global", "internalError", "Internal Error"),
        503 => Refusal::new(503, "global", "backendError", "Backend Error"),
        other => Refusal::new(other, "global", "backendError", "The sandbox was told to fail."),
    };
    refusal.retry_after_s = retry_after_s;
    refusal.answer()
}
