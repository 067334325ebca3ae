//! Signing in at a provider's own page: a sign-in goes out with a state, and comes back once,
//! within ten minutes, in the browser that went (RFC 6749 §10.12). The proof key (RFC 7636) lies in
//! that browser's cookie alone; we keep its hash, which is at once the challenge and what ties the
//! sign-in to the browser.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use connection::{
    AttemptId, CameBack, ConnectionId, ConsentRequest, FailureCode, IntegrationKind, Proof,
    Redemption, Refusal, Secret, UserId,
};
use jiff::{SignedDuration, Timestamp};
use outbound::oauth::challenge;
use sha2::{Digest, Sha256};
use store::attempts::{self, Attempt, AttemptState};
use store::sign_ins::{self, SignIn};
use store::{StoreError, connections, people};
use subtle::ConstantTimeEq;

use crate::connect::{self, Request, Wishes};
use crate::{By, Context, SyncError};

/// A sign-in must be back within this time.
pub const MINUTES_MAX: i64 = 10;

/// What someone wants to sign in to.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Who will hold the connection.
    pub user: UserId,
    /// What kind of thing.
    pub integration: IntegrationKind,
    /// The connection to repair in place, where it is one.
    pub repairs: Option<ConnectionId>,
    /// Where the provider is to send the browser back to.
    pub redirect_uri: String,
    /// Where the person goes when all is done: a path of ours.
    pub return_to: Option<String>,
    /// What else is wanted; of a session nothing is known before it is back.
    pub wishes: Wishes,
}

/// Where a browser goes next.
#[derive(Debug, Clone)]
pub struct Onward {
    /// The provider's page.
    pub authorize_url: String,
    /// What its cookie must hold when it comes back.
    pub verifier: String,
}

/// What a browser came back with.
#[derive(Debug, Clone)]
pub struct Back {
    /// The state that it went with.
    pub state: String,
    /// The code, where one came.
    pub code: Option<Secret>,
    /// What came in its place.
    pub refused: CameBack,
    /// What its cookie holds.
    pub verifier: Option<String>,
}

/// What a way back amounts to.
#[derive(Debug, Clone)]
pub enum CameIn {
    /// There is a code to redeem, and this is what to do with it.
    Request(Box<Request>, Option<String>),
    /// Nobody is signed in; it is known for whom, and to what.
    Refused {
        /// Who began.
        user: UserId,
        /// What they began.
        integration: IntegrationKind,
        /// The connection that was to be repaired.
        repairs: Option<ConnectionId>,
        /// Why, and what to do.
        refusal: Refusal,
        /// Where the person goes.
        return_to: Option<String>,
    },
    /// It belongs to no sign-in that this browser began.
    Strange(Refusal),
}

/// Begins a sign-in, and answers its state: whoever opens it first, in a browser, goes on with it.
pub async fn begin(ctx: &Context, begin: Begin) -> Result<String, SyncError> {
    let asked = ctx.catalogue.find(begin.integration.as_str());
    let asked = asked.ok_or(SyncError::UnknownIntegration)?;
    if asked.sign_in.oauth().is_none() {
        return Err(SyncError::NotSetUp);
    }
    connect::has_room(ctx, &begin.user, &begin.integration, begin.repairs.as_ref()).await?;
    let state = token(ctx);
    let row = SignIn {
        state_hash: hash(&state),
        user: begin.user,
        integration: begin.integration,
        repairs: begin.repairs,
        browser_hash: None,
        redirect_uri: begin.redirect_uri,
        return_to: begin.return_to,
        replaces: begin.wishes.replace,
        busy_only: begin.wishes.busy_only,
        expires_at: minutes_from(ctx.clock.now(), MINUTES_MAX),
        used_at: None,
    };
    let mut tx = ctx.db.begin().await?;
    sign_ins::insert(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(state)
}

/// A sign-in that no browser has gone with yet; `None` where one has, or it is over.
pub async fn waiting(ctx: &Context, state: &str) -> Result<Option<SignIn>, StoreError> {
    let found = sign_ins::find(&mut ctx.db.read().await?, &hash(state)).await?;
    let now = ctx.clock.now();
    Ok(found.filter(|row| is_open(row, now) && row.browser_hash.is_none()))
}

/// Sends a browser to the provider's page; `None` where that sign-in is over, or another browser
/// has gone with it. `held` is what the browser's cookie holds: who has gone may go again.
pub async fn go(
    ctx: &Context,
    state: &str,
    held: Option<&str>,
) -> Result<Option<Onward>, SyncError> {
    let (state_hash, now) = (hash(state), ctx.clock.now());
    let mut tx = ctx.db.begin().await?;
    let Some(row) = sign_ins::find(&mut tx, &state_hash).await? else { return Ok(None) };
    let held = held.filter(|held| is_open(&row, now) && is_from(&row, held));
    let verifier = held.map_or_else(|| token(ctx), str::to_owned);
    if held.is_none() && !sign_ins::tie(&mut tx, &state_hash, &hash(&verifier), now).await? {
        return Ok(None);
    }
    let repaired = match &row.repairs {
        Some(id) => connections::load(&mut tx, id).await?,
        None => None,
    };
    tx.commit().await?;
    let integration = ctx.catalogue.find(row.integration.as_str());
    let adapter = integration.and_then(|integration| integration.sign_in.oauth());
    let Some(adapter) = adapter else { return Err(SyncError::NotSetUp) };
    let login_hint = repaired.map(|held| held.principal.name).filter(|name| name.contains('@'));
    let authorize_url = adapter.authorize_url(&ConsentRequest {
        redirect_uri: row.redirect_uri,
        state: state.to_owned(),
        challenge: challenge(&verifier),
        login_hint,
    });
    Ok(Some(Onward { authorize_url, verifier }))
}

/// Understands a way back. It is used up by this, whatever it brings.
pub async fn come_back(ctx: &Context, back: Back) -> Result<CameIn, SyncError> {
    let (state_hash, now) = (hash(&back.state), ctx.clock.now());
    let mut tx = ctx.db.begin().await?;
    let Some(row) = sign_ins::find(&mut tx, &state_hash).await? else {
        return Ok(CameIn::Strange(unknown()));
    };
    let ours = back.verifier.as_deref().is_some_and(|verifier| is_from(&row, verifier));
    if !ours {
        // Whoever comes back a second time has no cookie any more.
        let refusal = if row.used_at.is_some() { over(&row) } else { other_browser() };
        return Ok(CameIn::Strange(refusal));
    }
    let taken = sign_ins::take(&mut tx, &state_hash, now).await?;
    let account = people::user(&mut tx, &row.user).await?.map(|user| user.account);
    tx.commit().await?;
    let refused = |refusal| CameIn::Refused {
        user: row.user.clone(),
        integration: row.integration.clone(),
        repairs: row.repairs.clone(),
        refusal,
        return_to: row.return_to.clone(),
    };
    if !taken {
        return Ok(refused(over(&row)));
    }
    let integration = ctx.catalogue.find(row.integration.as_str());
    let adapter = integration.and_then(|integration| integration.sign_in.oauth());
    let (Some(adapter), Some(account)) = (adapter, account) else {
        return Err(SyncError::NotSetUp);
    };
    let (Some(code), Some(verifier)) = (back.code, back.verifier) else {
        let request = ConsentRequest {
            redirect_uri: row.redirect_uri.clone(),
            state: back.state,
            challenge: String::new(),
            login_hint: None,
        };
        return Ok(refused(adapter.refused(&back.refused, &request)));
    };
    let redemption =
        Redemption { code, redirect_uri: row.redirect_uri, verifier: Secret::new(verifier) };
    let request = Request {
        by: By::User(row.user.clone()),
        account,
        user: row.user,
        integration: row.integration,
        proof: Proof::Code(redemption),
        repairs: row.repairs,
        wishes: Wishes { replace: row.replaces, busy_only: row.busy_only, session: None },
    };
    Ok(CameIn::Request(Box::new(request), row.return_to))
}

/// A way back that brought nothing, written down as an attempt that failed, so that its page shows
/// it like any other.
pub async fn record_refused(
    ctx: &Context,
    (user, integration): (&UserId, &IntegrationKind),
    (repairs, return_to): (Option<&ConnectionId>, Option<String>),
    refusal: &Refusal,
) -> Result<AttemptId, StoreError> {
    let now = ctx.clock.now();
    let id = AttemptId::new(now, ctx.dice.as_ref());
    let row = Attempt {
        id: id.clone(),
        user: user.clone(),
        integration: integration.clone(),
        repairs: repairs.cloned(),
        return_to,
        checks: Vec::new(),
        state: AttemptState::Running,
        started_at: now,
        seen_at: now,
        ended_at: None,
    };
    let mut tx = ctx.db.begin().await?;
    attempts::insert(&mut tx, &row).await?;
    attempts::fail(&mut tx, &id, refusal, now).await?;
    tx.commit().await?;
    Ok(id)
}

fn is_open(row: &SignIn, now: Timestamp) -> bool {
    row.used_at.is_none() && row.expires_at > now
}

fn is_from(row: &SignIn, verifier: &str) -> bool {
    row.browser_hash.is_some_and(|tied| tied.ct_eq(&hash(verifier)).into())
}

fn refusal(code: FailureCode, say: &str) -> Refusal {
    Refusal { code, say: say.to_owned(), field: None }
}

fn unknown() -> Refusal {
    refusal(
        FailureCode::SignInExpired,
        "This way back belongs to no sign-in that is still open. Nothing was connected; begin \
         again with Add New.",
    )
}

fn other_browser() -> Refusal {
    refusal(
        FailureCode::OtherBrowser,
        "This sign-in was begun in another browser, or its cookie is gone. Nothing was connected; \
         begin again, and stay in one browser until you are back.",
    )
}

fn over(row: &SignIn) -> Refusal {
    let say = if row.used_at.is_some() {
        "This way back was opened before, and works once. If the account is not among your \
         connections, begin again."
    } else {
        "The sign-in took longer than ten minutes, so it was given up. Nothing was connected; \
         begin again."
    };
    refusal(FailureCode::SignInExpired, say)
}

fn minutes_from(now: Timestamp, minutes: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX)
}

/// 256 bits that nobody can guess; long enough for a verifier (RFC 7636 §4.1).
fn token(ctx: &Context) -> String {
    let mut chance = [0; 32];
    ctx.dice.fill(&mut chance);
    BASE64_URL_SAFE_NO_PAD.encode(chance)
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}
