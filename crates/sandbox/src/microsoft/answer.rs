//! Answers in Graph's own form: JSON, and errors in its envelope.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::aadsts;
use crate::answer::{Answer, bare, json_answer, with_header, with_retry_after};
use crate::ask::Ask;
use crate::clock::Dice;

/// What a call gives back when it does not refuse.
#[derive(Debug)]
pub(crate) enum Reply {
    Json(Value),
    Created(Value),
    Accepted,
    Nothing,
}

pub(crate) type Outcome = Result<Reply, Refusal>;

/// An error as Graph says it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retry_after_s: Option<u32>,
    /// One more member of the error.
    pub(crate) member: Option<(&'static str, String)>,
    /// The next sign-in has to claim something.
    pub(crate) challenge: bool,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self { status, code, message, retry_after_s: None, member: None, challenge: false }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "ErrorInvalidRequest", message)
    }

    pub(crate) fn property(message: &str) -> Self {
        Self::new(400, "ErrorPropertyValidationFailure", message)
    }

    pub(crate) fn not_found() -> Self {
        let says = "The specified object was not found in the store.";
        Self::new(404, "ErrorItemNotFound", says)
    }

    pub(crate) fn malformed_id() -> Self {
        Self::new(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    }

    pub(crate) fn denied() -> Self {
        let says = "Access is denied. Check credentials and try again.";
        Self::new(403, "ErrorAccessDenied", says)
    }

    pub(crate) fn signed_out() -> Self {
        let says = "Lifetime validation failed, the token is expired.";
        Self::new(401, "InvalidAuthenticationToken", says)
    }

    /// Continuous access evaluation wants another sign-in.
    pub(crate) fn challenge() -> Self {
        let says = "Continuous access evaluation resulted in challenge with result: \
            InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp";
        Self { challenge: true, ..Self::new(401, "InvalidAuthenticationToken", says) }
    }

    /// The delta token is too old, or the far side has forgotten it.
    pub(crate) fn sync_state(code: &str) -> Self {
        let says = "The sync state generation is not found; generation=1;";
        Self::new(410, code, says)
    }

    fn body(&self, inner: &Value) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message, "innerError": inner });
        if let Some((name, value)) = &self.member {
            error[name] = json!(value);
        }
        json!({ "error": error })
    }

    fn headers(&self, answer: Answer) -> Answer {
        let answer = with_retry_after(answer, self.retry_after_s);
        if self.status != 401 {
            return answer;
        }
        let at = "https://login.microsoftonline.com/common/oauth2/authorize";
        let realm = format!(r#"Bearer realm="", authorization_uri="{at}""#);
        let line = if self.challenge {
            let claims =
                json!({ "access_token": { "nbf": { "essential": true, "value": "1604106651" } } });
            let claims = STANDARD.encode(claims.to_string());
            format!(r#"{realm}, error="insufficient_claims", claims="{claims}""#)
        } else {
            realm
        };
        with_header(answer, header::WWW_AUTHENTICATE, &line)
    }
}

const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;\
    IEEE754Compatible=false;charset=utf-8";

/// An outcome as an answer to one call.
pub(crate) fn reply(outcome: Outcome, ask: &Ask, dice: &mut Dice, now: Timestamp) -> Answer {
    let id = dice.uid().to_lowercase();
    let client_id = ask.header("client-request-id").unwrap_or(&id);
    let with_json = |status: u16, value: &Value| {
        with_header(json_answer(status, value), header::CONTENT_TYPE, JSON)
    };
    let answer = match outcome {
        Ok(Reply::Json(value)) => with_json(200, &value),
        Ok(Reply::Created(value)) => with_json(201, &value),
        Ok(Reply::Accepted) => bare(202),
        Ok(Reply::Nothing) => bare(204),
        Err(refusal) => {
            let date = now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
            let inner = json!({ "date": date, "request-id": id, "client-request-id": client_id });
            refusal.headers(with_json(refusal.status, &refusal.body(&inner)))
        }
    };
    let answer = with_header(answer, HeaderName::from_static("request-id"), &id);
    with_header(answer, HeaderName::from_static("client-request-id"), client_id)
}

/// A status that was ordered, in the words of its class.
pub(crate) fn ordered(status: u16, retry_after_s: Option<u32>) -> Refusal {
    let says = "The sandbox was told to fail.";
    let mut refusal = match status {
        401 => Refusal::signed_out(),
        403 => Refusal::denied(),
        404 => Refusal::not_found(),
        410 => Refusal::sync_state("SyncStateNotFound"),
        412 => Refusal::new(412, "ErrorIrresolvableConflict", says),
        423 => Refusal::new(423, "locked", says),
        429 => Refusal::new(429, "ApplicationThrottled", says),
        500 => Refusal::new(500, "ErrorInternalServerError", says),
        503 => Refusal::new(503, "serviceNotAvailable", says),
        other => Refusal::new(other, "UnknownError", says),
    };
    refusal.retry_after_s = retry_after_s;
    refusal
}

/// The same at the door of the token endpoint.
pub(crate) fn token_outage(status: u16, retry_after_s: Option<u32>, now: Timestamp) -> Answer {
    with_retry_after(aadsts::error_with(status, 90_033, now), retry_after_s)
}
