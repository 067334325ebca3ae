//! Who is signed in: sessions by a random token in a cookie, of which only the hash is stored, and
//! links that let someone in once.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use calendar::timezone;
use connection::UserId;
use http::header::{ACCEPT, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use store::audit::Actor;
use store::connections::{self, Broken};
use store::people::{self, Account, Role, User};
use store::sessions::{self, NewSession, Session};
use store::{StoreError, Tx, messages, waiting};
use sync::replace;
use url::Url;

use crate::acts::{self, Did};
use crate::error::Fault;
use crate::{Web, cookies, factors};

/// The cookie that holds its token.
const COOKIE: &str = "daymark";
/// A session ends this long after signing in.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(24 * 30);
/// It ends this long after it was last used.
const IDLE_MAX: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Its last use is noted at most this often.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// A sign-in link works this long.
const LINK_AGE_MAX: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Characters of a browser's name.
const BROWSER_MAX: usize = 80;

/// What is stored of a token.
pub(crate) type TokenHash = [u8; 32];

/// The person who asks, with what every page needs of them.
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) account: Account,
    /// The time of this request.
    pub(crate) now: Timestamp,
    /// The user's zone, in which times are shown.
    pub(crate) zone: TimeZone,
    /// Their present session.
    pub(crate) session: TokenHash,
    /// Connections that need somebody: their own, and for an administrator everybody's.
    pub(crate) needs: Vec<Need>,
    /// They came by a link that lets them connect calendars, and do nothing else.
    pub(crate) connects_only: bool,
    /// Who made that link: what is done in the session is not taken for the person's own doing.
    pub(crate) invited_by: Option<UserId>,
    /// Messages to them that they have not read.
    pub(crate) unread: i64,
}

/// A connection that needs somebody.
pub(crate) struct Need {
    pub(crate) broken: Broken,
    /// What kind of thing it is, on the page.
    pub(crate) kind: String,
}

impl Need {
    /// Does that person hold it?
    pub(crate) fn is_of(&self, user: &UserId) -> bool {
        self.broken.owner.as_ref().is_some_and(|(id, _)| id == user)
    }

    /// Who holds it.
    pub(crate) fn whose(&self) -> &str {
        self.broken.owner.as_ref().map_or("the business", |(_, name)| name)
    }
}

/// Where who may only connect calendars may go.
const CONNECTING: [&str; 4] =
    ["/calendars/settings/", "/settings/profile/calendar", "/oauth/", "/stream"];
/// And where they are sent from everywhere else.
const CONNECTIONS: &str = "/calendars/settings/connections";

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let found = find(web, &parts.headers).await.map_err(IntoResponse::into_response)?;
        let who = found.ok_or_else(|| to_sign_in(parts))?;
        // Inside a nested router the request's own address is only the rest of it.
        let whole = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |whole| &whole.0);
        let path = whole.path();
        let is_open = path == "/sign-out" || CONNECTING.iter().any(|open| path.starts_with(open));
        if who.connects_only && !is_open {
            return Err(Redirect::to(CONNECTIONS).into_response());
        }
        Ok(who)
    }
}

/// The session of a request, if it has one that is not over.
pub(crate) async fn find(web: &Web, headers: &HeaderMap) -> Result<Option<SignedIn>, Fault> {
    let cookie = cookies::of_host(&web.settings, COOKIE);
    let Some(token) = cookies::find(headers, &cookie) else { return Ok(None) };
    let now = web.ctx.clock.now();
    let mut tx = web.ctx.db.read().await?;
    let Some(session) = sessions::find(&mut tx, &hash(token), now).await? else { return Ok(None) };
    if now.duration_since(session.seen_at) > IDLE_MAX {
        return Ok(None);
    }
    let found = person(web, &mut tx, &session, now).await?;
    drop(tx);
    if now.duration_since(session.seen_at) > TOUCH_EVERY {
        let mut tx = web.ctx.db.begin().await?;
        sessions::touch(&mut tx, &session.token_hash, now).await?;
        tx.commit().await?;
    }
    Ok(found)
}

async fn person(
    web: &Web,
    tx: &mut Tx,
    session: &Session,
    now: Timestamp,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(user) = people::user(tx, &session.user).await? else { return Ok(None) };
    let Some(account) = people::account(tx, &user.account).await? else { return Ok(None) };
    let zone = timezone::named(&user.time_zone).unwrap_or(TimeZone::UTC);
    let (connects_only, invited_by) = (session.connects_only, session.invited_by.clone());
    let session = session.token_hash;
    let sees_all = user.role == Role::Admin && !connects_only;
    let needs = needs(web, tx, (&user, sees_all)).await?;
    let unread = messages::unread(tx, &user.id).await?;
    Ok(Some(SignedIn {
        user,
        account,
        now,
        zone,
        session,
        needs,
        connects_only,
        invited_by,
        unread,
    }))
}

async fn needs(
    web: &Web,
    tx: &mut Tx,
    (user, sees_all): (&User, bool),
) -> Result<Vec<Need>, StoreError> {
    let own = (!sees_all).then_some(&user.id);
    let kind = |broken: &Broken| {
        let row = web.ctx.catalogue.find(broken.integration.as_str());
        row.map_or(broken.integration.as_str(), |row| row.name).to_owned()
    };
    let all = connections::broken(tx, &user.account, own).await?;
    Ok(all.into_iter().map(|broken| Need { kind: kind(&broken), broken }).collect())
}

/// A page asks to sign in and comes back; what is no page only says so.
fn to_sign_in(parts: &Parts) -> Response {
    let accepts = parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if accepts.is_some_and(|accepts| accepts.starts_with("text/event-stream")) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let whole = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |whole| &whole.0);
    let next = match parts.method {
        Method::GET => whole.path_and_query().map_or("/", |path| path.as_str()),
        _ => "/",
    };
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

/// Lets in who used a link up, in the transaction of that: into a session in which calendars can be
/// connected, and nothing else done; `by` made the link.
pub(crate) async fn admit_to_connect(
    (web, mut tx): (&Web, Tx),
    (user, by): (&UserId, &UserId),
    headers: &HeaderMap,
) -> Result<Response, Fault> {
    let user = people::user(&mut tx, user).await?.ok_or(Fault::NotFound)?;
    let token = start(web, &mut tx, &user, headers).await?;
    sessions::limit_to_connecting(&mut tx, &hash(&token), by).await?;
    let say = Some("to connect calendars only");
    let did = Did { act: "user.signed_in", say, ..Did::default() };
    let actor = Actor::Link { by, of: &user.id };
    acts::record(&web.ctx, &mut tx, (&user.account, actor), did).await?;
    tx.commit().await?;
    Ok(with_cookie(web, Redirect::to(CONNECTIONS).into_response(), &token))
}

/// Opens a session for who has shown all that is asked, and gives its token; `say` is how they did.
pub(crate) async fn open(
    web: &Web,
    tx: &mut Tx,
    (user, say): (&User, &str),
    headers: &HeaderMap,
) -> Result<String, StoreError> {
    factors::record(web, tx, user, "user.signed_in", say).await?;
    start(web, tx, user, headers).await
}

async fn start(
    web: &Web,
    tx: &mut Tx,
    user: &User,
    headers: &HeaderMap,
) -> Result<String, StoreError> {
    let token = random_token(&web.ctx);
    let now = web.ctx.clock.now();
    let session = NewSession {
        token_hash: hash(&token),
        user: user.id.clone(),
        browser: browser(headers),
        now,
        expires_at: now.checked_add(AGE_MAX).unwrap_or(Timestamp::MAX),
    };
    sessions::prune(tx, now).await?;
    sessions::insert(tx, &session).await?;
    Ok(token)
}

/// Ends the session of a request, and forgets its cookie.
pub(crate) async fn end(web: &Web, who: &SignedIn, next: &str) -> Result<Response, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let left = waiting::take_of_session(&mut tx, &who.session).await?;
    sessions::end(&mut tx, &who.session).await?;
    let did = Did { act: "user.signed_out", ..Did::default() };
    acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    replace::give_back(&web.ctx, tx, left).await?;
    Ok(gone(web, next))
}

/// Goes on without a session.
pub(crate) fn gone(web: &Web, next: &str) -> Response {
    with(web, Redirect::to(next).into_response(), ("", SignedDuration::ZERO))
}

/// Answers with the cookie of a session that was just opened.
pub(crate) fn with_cookie(web: &Web, response: Response, token: &str) -> Response {
    with(web, response, (token, AGE_MAX))
}

fn with(web: &Web, mut response: Response, (token, age): (&str, SignedDuration)) -> Response {
    let name = cookies::of_host(&web.settings, COOKIE);
    cookies::set(&web.settings, &mut response, (&name, token), "/", age);
    response
}

/// A link that lets this user in once, within a week, to choose a password.
pub async fn sign_in_link(
    ctx: &sync::Context,
    user: &UserId,
    address: &Url,
) -> Result<Url, StoreError> {
    let token = random_token(ctx);
    let until = ctx.clock.now().checked_add(LINK_AGE_MAX).unwrap_or(Timestamp::MAX);
    let mut tx = ctx.db.begin().await?;
    sessions::insert_link(&mut tx, &hash(&token), user, until).await?;
    if let Some(person) = people::user(&mut tx, user).await? {
        let did = Did { act: "user.sign_in_link_made", for_user: Some(user), ..Did::default() };
        acts::record(ctx, &mut tx, (&person.account, Actor::Operator), did).await?;
    }
    tx.commit().await?;
    let mut link = address.clone();
    link.set_path(&format!("/sign-in/{token}"));
    link.set_query(None);
    Ok(link)
}

/// 256 bits that nobody can guess.
pub(crate) fn random_token(ctx: &sync::Context) -> String {
    let mut chance = [0; 32];
    ctx.dice.fill(&mut chance);
    text_of(&chance)
}

/// Bytes as they stand in an address or a cookie.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a token: who copies the database cannot sign in with it.
pub(crate) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// What a person recognises a browser by, from what it says of itself.
pub(crate) fn browser(headers: &HeaderMap) -> String {
    let says = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let find = |words: &[(&str, &'static str)]| {
        words.iter().find(|(sign, _)| says.contains(sign)).map(|(_, name)| *name)
    };
    let program = find(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => {
            let first = says.split(['/', ' ']).next().unwrap_or_default();
            let name: String = first.chars().take(BROWSER_MAX).collect();
            if name.is_empty() { "A browser".to_owned() } else { name }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_browser_is_named_as_a_person_would() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let says = |says| HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(says))]);
        assert_eq!(browser(&says(firefox)), "Firefox on Linux");
        assert_eq!(browser(&says("curl/8.14.1")), "curl");
        assert_eq!(browser(&HeaderMap::new()), "A browser");
    }
}
