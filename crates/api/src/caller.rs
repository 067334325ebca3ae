//! Who calls: finds the API key behind `Authorization`, keeps it within its rate, and holds each
//! operation against the scopes of the key.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use connection::{AccountId, ApiKeyId};
use door::keys::{self, Scope};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jiff::SignedDuration;
use store::api_keys::{self, ApiKey};
use store::audit::Actor;
use sync::By;

use super::Api;
use super::problem::{Code, Problem};

/// The account on whose behalf a request is made, and the key that says so.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) account: AccountId,
    pub(super) key: ApiKeyId,
    scopes: Vec<String>,
}

impl Caller {
    /// As who acts.
    pub(super) fn by(&self) -> By {
        By::Key(self.key.clone())
    }

    /// The same, as the audit log takes it.
    pub(super) fn acts(&self) -> (&AccountId, Actor<'_>) {
        (&self.account, Actor::Key(&self.key))
    }

    /// Refuses where the key does not carry that scope.
    pub(super) fn must_carry(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.iter().any(|carried| carried == scope.as_str()) {
            return Ok(());
        }
        let say = format!("This API key does not carry the scope `{}`.", scope.as_str());
        Err(Problem::new(Code::ScopeNeeded, say))
    }
}

/// How exactly the last use of a key is kept.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Lets nobody pass without a key that is known and within its rate.
pub(super) async fn identify(
    State(api): State<Api>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let token = token(request.headers()).ok_or(Code::KeyMissing)?;
    let key = find(&api, token).await?.ok_or(Code::KeyRefused)?;
    api.pace.take(&key.id, api.house.ctx.clock.now())?;
    let caller = Caller { account: key.account, key: key.id, scopes: key.scopes };
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1).
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn find(api: &Api, token: &str) -> Result<Option<ApiKey>, Problem> {
    let db = &api.house.ctx.db;
    let hash = keys::hash(token);
    let mut tx = db.read().await?;
    let Some(key) = api_keys::find(&mut tx, &hash).await? else { return Ok(None) };
    drop(tx);
    let now = api.house.ctx.clock.now();
    let fresh = key.last_used_at.is_some_and(|at| now.duration_since(at) < TOUCH_EVERY);
    if !fresh {
        let mut tx = db.begin().await?;
        api_keys::touch(&mut tx, &key.id, now).await?;
        tx.commit().await?;
    }
    Ok(Some(key))
}

fn allowed(parts: &Parts, scope: Scope) -> Result<Caller, Problem> {
    let caller = parts.extensions.get::<Caller>().ok_or(Code::KeyMissing)?;
    caller.must_carry(scope).map(|()| caller.clone())
}

/// A caller who may look.
pub(super) struct Reader(pub(super) Caller);

/// A caller who may change things.
pub(super) struct Writer(pub(super) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        allowed(parts, Scope::Read).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        allowed(parts, Scope::Write).map(Self)
    }
}
