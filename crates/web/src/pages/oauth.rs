//! Signing in at a provider's own page: out to it, and back.

pub(crate) mod link;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use connection::{CameBack, ConnectionId, FailureCode, Refusal, Secret};
use door::addresses;
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use maud::html;
use serde::Deserialize;
use store::{connections, people};
use sync::connect::{self, Outcome, Request, Wishes};
use sync::sign_in::{self, Back, Begin, CameIn, Onward};
use sync::{SyncError, attempt};

use super::pieces::linked::linked_to_copy;
use super::standing;
use crate::asked::{Asked, Named};
use crate::error::Fault;
use crate::session::{self, SignedIn};
use crate::{Settings, Web, cookies, page};

/// The paths that its cookie is sent to.
const COOKIE_PATH: &str = "/oauth";
/// Characters of a state that its cookie is called by, so that two sign-ins may be under way.
const COOKIE_STATE: usize = 12;
/// A state or a code is no longer.
const TOKEN_MAX: usize = 4_096;

/// The address that providers are told to send browsers back to.
pub(crate) fn callback(settings: &Settings) -> String {
    settings.at(addresses::CALLBACK)
}

#[derive(Deserialize, Default)]
pub(crate) struct Going {
    /// The connection to be repaired.
    repairs: Option<String>,
    /// Are the times of events all that is to be kept of them?
    busy_only: Option<String>,
}

/// Goes to the provider's page, for who is signed in here.
pub(crate) async fn go(
    State(web): State<Web>,
    who: SignedIn,
    Named(kind): Named<String>,
    Asked(going): Asked<Going>,
) -> Result<Response, Fault> {
    let integration = web.ctx.catalogue.find(&kind).ok_or(Fault::NotFound)?;
    let repairs = match going.repairs {
        Some(id) => Some(repaired(&web, &who, &id).await?),
        None => None,
    };
    let busy_only = repairs.is_none() && going.busy_only.as_deref() == Some("true");
    let form = match &repairs {
        Some(id) => format!("/calendars/settings/connections/{id}/repair"),
        None => format!("/calendars/settings/connections/add/{kind}"),
    };
    let begin = Begin {
        user: who.user.id.clone(),
        integration: integration.kind.clone(),
        repairs: repairs.clone(),
        redirect_uri: callback(&web.settings),
        return_to: None,
        wishes: Wishes { busy_only, ..Wishes::default() },
    };
    let state = match sign_in::begin(&web.ctx, begin).await {
        Ok(state) => state,
        // The page of its form says so.
        Err(SyncError::NotSetUp) => return Ok(Redirect::to(&form).into_response()),
        Err(error @ SyncError::LimitReached { .. }) => {
            let say = format!("Nothing was connected: {error}.");
            let refusal = Refusal { code: FailureCode::Refused, say, field: None };
            let of = (&who.user.id, &integration.kind);
            let id =
                sign_in::record_refused(&web.ctx, of, (repairs.as_ref(), None), &refusal).await?;
            return Ok(to_attempt(id.as_str()));
        }
        Err(error) => return Err(error.into()),
    };
    leave(&web, &state, None).await
}

async fn repaired(web: &Web, who: &SignedIn, id: &str) -> Result<ConnectionId, Fault> {
    let mut tx = web.ctx.db.read().await?;
    Ok(standing::own(&mut tx, who, id).await?.connection.id)
}

/// Ties a sign-in to this browser, and sends it to the provider's page. `held` is what its cookie
/// holds, where it went before.
async fn leave(web: &Web, state: &str, held: Option<&str>) -> Result<Response, Fault> {
    let onward = sign_in::go(&web.ctx, state, held).await?;
    let Some(Onward { authorize_url, verifier }) = onward else { return Ok(link::used_up()) };
    let mut response = Redirect::to(&authorize_url).into_response();
    let age = SignedDuration::from_mins(sign_in::MINUTES_MAX);
    let cookie = (&*cookie_name(state), &*verifier);
    cookies::set(&web.settings, &mut response, cookie, COOKIE_PATH, age);
    Ok(response)
}

/// States are of letters that a cookie's name may have; of another's the name finds nothing.
fn cookie_name(state: &str) -> String {
    let part: String = state.chars().take(COOKIE_STATE).collect();
    format!("daymark_oauth_{part}")
}

/// What providers put behind the callback's address (RFC 6749 §4.1.2).
#[derive(Deserialize, Default)]
pub(crate) struct Returned {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    /// An administrator at Microsoft has agreed for everyone.
    admin_consent: Option<String>,
}

/// Back from the provider.
pub(crate) async fn come_back(
    State(web): State<Web>,
    headers: HeaderMap,
    Asked(returned): Asked<Returned>,
) -> Result<Response, Fault> {
    if returned.admin_consent.is_some() && returned.error.is_none() {
        return Ok(told(
            "Thank you",
            "Your organisation now allows Daymark. Whoever sent you the link can sign in.",
        ));
    }
    let state = returned.state.filter(|state| state.len() <= TOKEN_MAX).unwrap_or_default();
    let cookie = cookie_name(&state);
    let back = Back {
        verifier: cookies::find(&headers, &cookie).map(str::to_owned),
        state,
        code: returned.code.filter(|code| code.len() <= TOKEN_MAX).map(Secret::new),
        refused: CameBack {
            error: returned.error.unwrap_or_default(),
            description: returned.error_description.unwrap_or_default(),
        },
    };
    let who = session::find(&web, &headers).await?;
    let came = sign_in::come_back(&web.ctx, back).await?;
    let mut response = answer(&web, who.as_ref(), came).await?;
    let over = (&*cookie, "");
    cookies::set(&web.settings, &mut response, over, COOKIE_PATH, SignedDuration::ZERO);
    Ok(response)
}

async fn answer(web: &Web, who: Option<&SignedIn>, came: CameIn) -> Result<Response, Fault> {
    match came {
        CameIn::Strange(refusal) => Ok(told("This sign-in is over", &refusal.say)),
        CameIn::Refused { user, integration, repairs, refusal, return_to } => match who {
            Some(who) if who.user.id == user => {
                let of = (&user, &integration);
                let id =
                    sign_in::record_refused(&web.ctx, of, (repairs.as_ref(), return_to), &refusal)
                        .await?;
                Ok(to_attempt(id.as_str()))
            }
            Some(_) => Ok(another_person()),
            None => Ok(done(return_to, &Outcome::Refused { refusal, checks: Vec::new() })),
        },
        CameIn::Request(request, return_to) => match who {
            Some(who) if who.user.id == request.user => {
                let mut request = *request;
                request.by = who.by();
                request.wishes.session = Some(who.session);
                examine(web, request, return_to).await
            }
            Some(_) => Ok(another_person()),
            // A program began this for a person who is not signed in here.
            None => match connect::connect(&web.ctx, *request).await {
                Ok(outcome) if return_to.is_none() => named(web, &outcome).await,
                Ok(outcome) => Ok(done(return_to, &outcome)),
                Err(error @ SyncError::LimitReached { .. }) => {
                    Ok(told("Nothing was connected", &format!("There is no room: {error}.")))
                }
                Err(error) => Err(error.into()),
            },
        },
    }
}

/// Redeems the code and looks at the account, on a page that shows how it goes.
async fn examine(
    web: &Web,
    request: Request,
    return_to: Option<String>,
) -> Result<Response, Fault> {
    let id = attempt::begin(&web.ctx, (&web.tasks, &web.stop), request, return_to).await?;
    Ok(to_attempt(id.as_str()))
}

fn to_attempt(id: &str) -> Response {
    Redirect::to(&format!("/calendars/settings/connections/attempts/{id}")).into_response()
}

fn another_person() -> Response {
    told(
        "Nothing was connected",
        "This sign-in was begun by another person than the one who is signed in to Daymark in \
         this browser. Begin again as yourself.",
    )
}

/// The end for a person who is not signed in here: where the program wants them, or a page.
fn done(return_to: Option<String>, outcome: &Outcome) -> Response {
    let (key, value) = match outcome {
        Outcome::Connected(id) | Outcome::Repaired(id) => ("connection", id.as_str()),
        Outcome::Refused { refusal, .. } => ("failure", refusal.code.as_str()),
    };
    if let Some(path) = return_to {
        return Redirect::to(&addresses::returning(&path, (key, value))).into_response();
    }
    match outcome {
        Outcome::Connected(_) | Outcome::Repaired(_) => {
            told("Connected", "Your calendars are being read. You can close this page.")
        }
        Outcome::Refused { refusal, .. } => told("Nothing was connected", &refusal.say),
    }
}

/// The page at the end says what was connected for whom, as nothing else here does.
async fn named(web: &Web, outcome: &Outcome) -> Result<Response, Fault> {
    let (Outcome::Connected(id) | Outcome::Repaired(id)) = outcome else {
        return Ok(done(None, outcome));
    };
    let mut tx = web.ctx.db.read().await?;
    let Some(held) = connections::load(&mut tx, id).await? else { return Ok(done(None, outcome)) };
    let account = people::account(&mut tx, &held.account).await?;
    let whose = account.map(|account| format!(" for {}", account.name)).unwrap_or_default();
    Ok(told(
        &format!("Connected {}{whose}", held.principal.name),
        "Your calendars are being read. You can close this page.",
    ))
}

fn told(title: &str, say: &str) -> Response {
    let body = html! {
        h1 { (title) }
        p .soft { (linked_to_copy(say)) }
        p .actions { a .button.primary href="/calendars/settings/connections" { "Connections" } }
    };
    (StatusCode::OK, page::bare(title, &body)).into_response()
}
