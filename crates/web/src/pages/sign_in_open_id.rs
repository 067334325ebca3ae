//! Signing in at the business's own provider of `OpenID` Connect: out to its page, and back.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use connection::UserId;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use store::identities::{self, Going};
use store::{StoreError, Tx, people, sessions};

use super::sign_in::{Next, safe_next};
use crate::asked::Asked;
use crate::entering::{self, FirstStep};
use crate::error::Fault;
use crate::guessing::{self, Client, Subjects};
use crate::open_id::{Identity, OpenIdProvider, Trip};
use crate::{Web, cookies, factors, page, session};

/// Where a sign-in leaves from.
pub(crate) const HREF: &str = "/sign-in/oidc";
/// Where the provider sends browsers back to.
pub(crate) const CALLBACK: &str = "/sign-in/oidc/callback";
/// How long a sign-in may stay at the provider's page.
const AWAY_MAX: SignedDuration = SignedDuration::from_mins(10);
/// Characters of a state that its cookie is called by.
const COOKIE_STATE: usize = 12;
/// A state or a code is no longer.
const TOKEN_MAX: usize = 4_096;

/// The button on the page Sign in.
pub(crate) fn button(provider: &str, next: &str) -> Markup {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    html! {
        a .button.wide href={ (HREF) "?next=" (next) } data-next { "Sign in with " (provider) }
    }
}

fn provider(web: &Web) -> Result<&dyn OpenIdProvider, Fault> {
    web.settings.open_id.as_deref().ok_or(Fault::NotFound)
}

/// Of this browser alone: the nonce is made of its proof key, so there is nothing more to keep.
fn trip(web: &Web, verifier: &str) -> Trip {
    let nonce = session::text_of(&session::hash(&format!("nonce:{verifier}")));
    Trip { redirect_uri: web.settings.at(CALLBACK), verifier: verifier.to_owned(), nonce }
}

/// Goes to the provider's page.
pub(crate) async fn go(
    State(web): State<Web>,
    client: Client,
    Asked(next): Asked<Next>,
) -> Result<Response, Fault> {
    let provider = provider(&web)?;
    if let Some(wait) = guessing::reserve(&web, &Subjects::of_trip(&client)).await? {
        return Ok(told(StatusCode::TOO_MANY_REQUESTS, &guessing::too_many(wait)));
    }
    let (state, verifier) = (session::random_token(&web.ctx), session::random_token(&web.ctx));
    let to = match provider.authorize_url(&trip(&web, &verifier), &state).await {
        Ok(to) => to,
        Err(failure) => {
            tracing::warn!(failure = %failure, "nobody can sign in at the provider");
            return Ok(told(StatusCode::BAD_GATEWAY, &failure.say));
        }
    };
    let now = web.ctx.clock.now();
    let going = Going {
        state_hash: session::hash(&state),
        browser_hash: session::hash(&verifier),
        next: safe_next(next.as_deref()).to_owned(),
        expires_at: now.checked_add(AWAY_MAX).unwrap_or(Timestamp::MAX),
    };
    let mut tx = web.ctx.db.begin().await?;
    sessions::prune(&mut tx, now).await?;
    identities::go(&mut tx, &going).await?;
    tx.commit().await?;
    let mut response = Redirect::to(&to).into_response();
    set(&web, &mut response, (&state, &verifier), AWAY_MAX);
    Ok(response)
}

fn cookie_name(state: &str) -> String {
    let part: String = state.chars().take(COOKIE_STATE).collect();
    format!("daymark_oidc_{part}")
}

fn set(web: &Web, response: &mut Response, (state, value): (&str, &str), age: SignedDuration) {
    cookies::set(&web.settings, response, (&cookie_name(state), value), HREF, age);
}

/// What the provider puts behind the callback's address (RFC 6749 §4.1.2, RFC 9207).
#[derive(Deserialize, Default)]
pub(crate) struct Returned {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Back from the provider.
pub(crate) async fn come_back(
    State(web): State<Web>,
    client: Client,
    headers: HeaderMap,
    Asked(returned): Asked<Returned>,
) -> Result<Response, Fault> {
    let provider = provider(&web)?;
    let state = returned.state.as_deref().filter(|state| state.len() <= TOKEN_MAX);
    let Some(state) = state else { return Ok(over()) };
    let Some(verifier) = cookies::find(&headers, &cookie_name(state)) else { return Ok(over()) };
    let mut tx = web.ctx.db.begin().await?;
    let (state_hash, browser) = (session::hash(state), session::hash(verifier));
    let next = identities::come_back(&mut tx, &state_hash, &browser, web.ctx.clock.now()).await?;
    tx.commit().await?;
    let Some(next) = next else { return Ok(over()) };
    let mut response = match (returned.error.as_deref(), returned.code.as_deref()) {
        (Some("access_denied"), _) => {
            let say = format!("You did not agree at {}, so nobody was signed in.", provider.name());
            told(StatusCode::OK, &say)
        }
        (Some(error), _) => refused(provider, error),
        (None, Some(code)) if code.len() <= TOKEN_MAX && is_from(provider, &returned) => {
            let trip = trip(&web, verifier);
            identify(&web, (&trip, code), (&client, &headers), &next).await?
        }
        (None, _) => over(),
    };
    set(&web, &mut response, (state, ""), SignedDuration::ZERO);
    Ok(response)
}

/// An answer of another provider is not mistaken for one of this (RFC 9207 §2.4).
fn is_from(provider: &dyn OpenIdProvider, returned: &Returned) -> bool {
    let bare = |issuer: &str| issuer.trim_end_matches('/').to_owned();
    returned.iss.as_deref().is_none_or(|iss| bare(iss) == bare(provider.issuer()))
}

fn refused(provider: &dyn OpenIdProvider, error: &str) -> Response {
    let code: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
    tracing::warn!(failure = code, "the provider of sign-ins refused");
    let name = provider.name();
    let say = format!(
        "{name} did not sign you in and gave the reason “{code}”. Sign in again; if that does not \
         help, tell whoever runs this Daymark."
    );
    told(StatusCode::OK, &say)
}

async fn identify(
    web: &Web,
    (trip, code): (&Trip, &str),
    (client, headers): (&Client, &HeaderMap),
    next: &str,
) -> Result<Response, Fault> {
    let provider = provider(web)?;
    let who = match provider.identify(trip, code).await {
        Ok(who) => who,
        Err(failure) => {
            tracing::warn!(failure = %failure, "nobody was identified");
            return Ok(told(StatusCode::BAD_GATEWAY, &failure.say));
        }
    };
    let mut tx = web.ctx.db.begin().await?;
    match user_of(web, &mut tx, provider, &who).await {
        Ok(Known::User(user)) => {
            guessing::forgive(&mut tx, &Subjects::of_trip(client)).await?;
            entering::admit((web, tx), &user, (FirstStep::Provider, None), headers, next).await
        }
        Ok(Known::Nobody(say)) => Ok(told(StatusCode::FORBIDDEN, &say)),
        Err(StoreError::Conflict) => {
            let name = provider.name();
            let say = format!(
                "Your e-mail address belongs to another sign-in at {name} already. Ask whoever \
                 runs this Daymark."
            );
            Ok(told(StatusCode::FORBIDDEN, &say))
        }
        Err(error) => Err(error.into()),
    }
}

enum Known {
    User(UserId),
    Nobody(String),
}

/// By issuer and subject; the first time, by the e-mail address that the provider vouches for,
/// where it is known to be that user's.
async fn user_of(
    web: &Web,
    tx: &mut Tx,
    provider: &dyn OpenIdProvider,
    who: &Identity,
) -> Result<Known, StoreError> {
    let name = provider.name();
    if let Some(user) = identities::user(tx, &who.issuer, &who.subject).await? {
        return Ok(Known::User(user));
    }
    let Some(email) = &who.email else {
        return Ok(Known::Nobody(format!(
            "{name} does not say that your e-mail address is verified, so Daymark cannot tell who \
             you are. Ask whoever runs it there to have it sent, as verified."
        )));
    };
    let Some(user) = people::user_by_email(tx, email).await? else {
        return Ok(Known::Nobody(format!(
            "Nobody signs in here as {email}. Ask an administrator of your business for an \
             invitation to Daymark, then sign in with {name} again."
        )));
    };
    if !people::belonging(tx, &user.id).await?.email_confirmed {
        return Ok(Known::Nobody(format!(
            "Nobody has confirmed yet that {email} is the address of who signs in here with it. \
             Ask an administrator of your business to confirm it under People, then sign in with \
             {name} again."
        )));
    }
    let identity = (who.issuer.as_str(), who.subject.as_str());
    identities::insert(tx, identity, &user.id, web.ctx.clock.now()).await?;
    factors::record(web, tx, &user, "user.identity_linked", name).await?;
    Ok(Known::User(user.id))
}

fn over() -> Response {
    told(
        StatusCode::OK,
        "A sign-in comes back once, within ten minutes, in the browser that went. Sign in again.",
    )
}

fn told(status: StatusCode, say: &str) -> Response {
    let body = html! {
        h1 { "You are not signed in" }
        p .soft { (say) }
        p .actions { a .button.primary href="/sign-in" { "Sign in" } }
    };
    (status, page::bare("Not signed in", &body)).into_response()
}
