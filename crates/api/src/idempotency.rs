//! `Idempotency-Key`: a POST that is sent again under the same key gets the answer of the first
//! time, and is not done twice.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use connection::AccountId;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use sha2::{Digest, Sha256};
use store::idempotency::{self, Begun};

use super::caller::{self, Caller};
use super::problem::{Code, FieldError, PROBLEM_JSON, Problem};
use super::{Api, sent};

/// The header that carries the key.
pub(super) const HEADER: &str = "Idempotency-Key";
/// Longest key that is taken.
const KEY_LENGTH_MAX: usize = 200;
/// Largest answer that is kept.
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// How long to wait for a first request that is still running.
const RUNNING_RETRY_S: i64 = 2;

/// Answers a POST once: the second time from what was kept.
pub(super) async fn answer_once(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let caller = request.extensions().get::<Caller>().cloned();
    let (Some(caller), true) = (caller, request.method() == Method::POST) else {
        return Ok(next.run(request).await);
    };
    let Some(key) = key(request.headers())? else {
        return Ok(next.run(request).await);
    };
    let (parts, body) = request.into_parts();
    let body = sent::read(body).await?;
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let fingerprint = fingerprint(&parts.headers, target, &body);
    let (db, now) = (&api.house.ctx.db, api.house.ctx.clock.now());
    let mut tx = db.begin().await?;
    let begun = idempotency::begin(&mut tx, &caller.account, &key, fingerprint, now).await?;
    tx.commit().await?;
    match begun {
        Begun::New => {
            let request = Request::from_parts(parts, Body::from(body));
            answer_and_keep(api, caller.account, key, next.run(request)).await
        }
        Begun::Answered { status, body } => Ok(replay(status, body)),
        Begun::Running => {
            Err(Problem::from(Code::IdempotencyRunning).retry_after_s(RUNNING_RETRY_S))
        }
        Begun::OtherBody => Err(Code::IdempotencyKeyReused.into()),
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    let plain = (1..=KEY_LENGTH_MAX).contains(&key.len()) && key.bytes().all(is_visible);
    if plain && headers.get_all(HEADER).iter().count() == 1 {
        return Ok(Some(key.to_owned()));
    }
    let detail = format!("One key of 1 to {KEY_LENGTH_MAX} visible ASCII characters, no blanks.");
    let error = FieldError { field: HEADER.into(), code: "invalid", detail };
    Err(Problem::of_fields(Code::HeaderInvalid, vec![error]))
}

fn is_visible(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

/// Recognises the request. The API key goes in first: it is secret and random, so what is stored
/// cannot be used to guess a password in the body.
fn fingerprint(headers: &HeaderMap, target: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [caller::token(headers).unwrap_or_default().as_bytes(), target.as_bytes(), body] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Runs to its end even if the caller hangs up, so that the key is never left half used.
async fn answer_and_keep(
    api: Api,
    account: AccountId,
    key: String,
    answer: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, Problem> {
    let tasks = api.house.tasks.clone();
    let whole = async move {
        let (parts, body) = answer.await.into_parts();
        let body = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|_| Code::Internal)?;
        let mut tx = api.house.ctx.db.begin().await?;
        if passing(parts.status) {
            idempotency::forget(&mut tx, &account, &key).await?;
        } else {
            let status = parts.status.as_u16();
            idempotency::finish(&mut tx, &account, &key, status, &body).await?;
        }
        tx.commit().await?;
        Ok(Response::from_parts(parts, Body::from(body)))
    };
    tasks.spawn(whole).await.unwrap_or_else(|_| Err(Code::Internal.into()))
}

/// Says this answer only how things stand at the moment? Then the key may be used again.
fn passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT)
}

fn replay(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let ok = status.is_success();
    let media_type = if ok { "application/json" } else { PROBLEM_JSON };
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert("Idempotency-Replayed", HeaderValue::from_static("true"));
    response
}
