//! From the first step of signing in to a session: who owes a second one gets half a session, which
//! opens nothing but the page of that step, in this browser, for ten minutes.

use axum::response::{IntoResponse, Redirect, Response};
use connection::UserId;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use store::factors::{self, Standing};
use store::half_sessions::{self, HalfSession};
use store::people::{self, User};
use store::{StoreError, Tx, identities, sessions};

use crate::error::Fault;
use crate::{Web, cookies, factors as second, session};

/// The page of the second step.
pub(crate) const SECOND: &str = "/sign-in/second";
/// The cookie that holds the token of half a session.
const COOKIE: &str = "daymark-half";
/// How long the second step may take.
const HALF_MAX: SignedDuration = SignedDuration::from_mins(10);

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FirstStep {
    Password,
    Link,
    /// At their business's own provider, whose second factor counts as ours.
    Provider,
}

impl FirstStep {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Link => "link",
            Self::Provider => "provider",
        }
    }

    /// As it stands in the audit log, from its code.
    fn say(code: &str) -> &'static str {
        match code {
            "link" => "a link",
            "provider" => "OpenID Connect",
            _ => "a password",
        }
    }
}

/// Lets in who has shown who they are, in the transaction of that: into a session, or to the second
/// step where one is owed. `password` is the hash of a new one, which holds once nothing is owed.
pub(crate) async fn admit(
    (web, mut tx): (&Web, Tx),
    user: &UserId,
    (first, password): (FirstStep, Option<String>),
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, Fault> {
    let user = people::user(&mut tx, user).await?.ok_or(Fault::NotFound)?;
    let standing = factors::standing(&mut tx, &user.id).await?;
    let owes = standing.has_any() || standing.is_required;
    if owes && first != FirstStep::Provider {
        return go_half(web, tx, (&user, standing), (first, password, next)).await;
    }
    renew(web, &mut tx, &user, password.as_deref()).await?;
    let say = format!("with {}", FirstStep::say(first.as_str()));
    let token = session::open(web, &mut tx, (&user, &say), headers).await?;
    tx.commit().await?;
    Ok(session::with_cookie(web, Redirect::to(next).into_response(), &token))
}

/// Sets the password that was chosen with a link. All other sessions end, and so does what signs in
/// at a provider: whoever linked that may be why there is a new one.
async fn renew(web: &Web, tx: &mut Tx, user: &User, hash: Option<&str>) -> Result<(), StoreError> {
    let Some(hash) = hash else { return Ok(()) };
    people::set_password(tx, &user.id, hash).await?;
    sessions::end_others(tx, &user.id, None).await?;
    identities::remove_all(tx, &user.id).await?;
    let say = "By a sign-in link. All other sessions ended.";
    second::record(web, tx, user, "user.password_changed", say).await
}

async fn go_half(
    web: &Web,
    mut tx: Tx,
    (user, standing): (&User, Standing),
    (first, password, next): (FirstStep, Option<String>, &str),
) -> Result<Response, Fault> {
    let now = web.ctx.clock.now();
    if !standing.has_any() {
        // A new one each time: who saw one before and went away again must not know this one.
        second::begin_app(web, &mut tx, &user.id).await?;
    }
    let token = session::random_token(&web.ctx);
    let half = HalfSession {
        token_hash: session::hash(&token),
        user: user.id.clone(),
        first_step: first.as_str().to_owned(),
        next: next.to_owned(),
        password,
        expires_at: now.checked_add(HALF_MAX).unwrap_or(Timestamp::MAX),
    };
    sessions::prune(&mut tx, now).await?;
    half_sessions::insert(&mut tx, &half).await?;
    tx.commit().await?;
    Ok(with_half(web, Redirect::to(SECOND).into_response(), &token, HALF_MAX))
}

/// Somebody who owes their second step.
pub(crate) struct Half {
    pub(crate) row: HalfSession,
    pub(crate) user: User,
    pub(crate) standing: Standing,
}

/// The half session of a request, if it has one that is not over.
pub(crate) async fn find(web: &Web, headers: &HeaderMap) -> Result<Option<Half>, StoreError> {
    let name = cookies::of_host(&web.settings, COOKIE);
    let Some(token) = cookies::find(headers, &name) else { return Ok(None) };
    let mut tx = web.ctx.db.read().await?;
    let now = web.ctx.clock.now();
    let found = half_sessions::find(&mut tx, &session::hash(token), now).await?;
    let Some(row) = found else { return Ok(None) };
    let Some(user) = people::user(&mut tx, &row.user).await? else { return Ok(None) };
    let standing = factors::standing(&mut tx, &user.id).await?;
    Ok(Some(Half { row, user, standing }))
}

/// The second step was taken, in this transaction: half a session becomes a whole one, and
/// `response` gets its cookie. `None` where it was over by now.
pub(crate) async fn finish(
    web: &Web,
    mut tx: Tx,
    (half, factor): (&Half, second::Factor),
    headers: &HeaderMap,
    response: Response,
) -> Result<Option<Response>, Fault> {
    if !half_sessions::end(&mut tx, &half.row.token_hash).await? {
        return Ok(None);
    }
    renew(web, &mut tx, &half.user, half.row.password.as_deref()).await?;
    let say = format!("with {} and {}", FirstStep::say(&half.row.first_step), factor.say());
    let token = session::open(web, &mut tx, (&half.user, &say), headers).await?;
    tx.commit().await?;
    let response = session::with_cookie(web, response, &token);
    Ok(Some(with_half(web, response, "", SignedDuration::ZERO)))
}

fn with_half(web: &Web, mut response: Response, token: &str, age: SignedDuration) -> Response {
    let name = cookies::of_host(&web.settings, COOKIE);
    cookies::set(&web.settings, &mut response, (&name, token), "/", age);
    response
}
