//! Access that is ready to use. A new access token is asked for by one at a time, whichever
//! process it is in; the others wait for what it brings. What an issuer answers is kept even where
//! whoever asked has gone, for the old refresh token may be dead by then.

use std::time::Duration;

use connection::{
    Access, Connection, ConnectionId, Credential, OAuthSignIn, ProviderError, SignedOutWhy, Tokens,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use store::{StoreError, Tx, connections};
use tokio::sync::oneshot;

use crate::Context;
use crate::pull::PullError;

/// An access token is renewed when it has less than this to live.
const MARGIN_S: i64 = 60;
/// A turn lasts so long unless it is extended. A process that dies holds up the others for the
/// rest of it.
const TURN_S: i64 = 45;
/// How often it is extended while its call is under way, or stands in line for its host.
const EXTEND_EVERY: Duration = Duration::from_secs(15);
/// How often those who wait look whether the turn has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often they look.
const LOOKS_MAX: u32 = 1_200;
/// How often an answer is tried to be stored before it is given up, a second apart.
const STORE_TRIES: u32 = 30;

/// A credential that was read just now, ready for calls; another where it is no longer good.
pub(crate) async fn ready(
    ctx: &Context,
    connection: &Connection,
    credential: Credential,
) -> Result<Access, PullError> {
    match &credential {
        Credential::Tokens(tokens) if is_fresh(tokens, None, ctx.clock.now()) => {
            let integration = ctx.catalogue.find(connection.integration.as_str());
            let adapter = integration.and_then(|integration| integration.sign_in.oauth());
            Ok(allowed(adapter, credential)?)
        }
        Credential::Tokens(_) => fresh(ctx, connection, None).await,
        _ => Ok(Access::new(credential)),
    }
}

/// The credential of a connection, ready for calls. `stale` is an access token that was refused
/// although it should be good: it is never handed out again.
pub(crate) async fn fresh(
    ctx: &Context,
    connection: &Connection,
    stale: Option<&Access>,
) -> Result<Access, PullError> {
    let integration = ctx.catalogue.find(connection.integration.as_str());
    let adapter = integration.and_then(|integration| integration.sign_in.oauth());
    for _ in 0..LOOKS_MAX {
        let Some(credential) = held(ctx, &connection.id).await? else { break };
        let Credential::Tokens(tokens) = &credential else { return Ok(Access::new(credential)) };
        if is_fresh(tokens, stale, ctx.clock.now()) {
            return Ok(allowed(adapter, credential)?);
        }
        let Some(adapter) = adapter else {
            let say = "This is no longer set up here; an administrator can do it.".into();
            return Err(ProviderError::SetUp { say }.into());
        };
        if let Some(refreshed) = refresh(ctx, &connection.id, adapter, stale).await? {
            return Ok(allowed(Some(adapter), refreshed?)?);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let say = "Its access could not be renewed yet; another process is at it.".into();
    Err(ProviderError::Unavailable { say }.into())
}

/// A credential that opens what is needed. Permissions may be taken back one by one: what came
/// with a refresh is stored before it is judged, so that no refresh token is lost over it.
fn allowed(
    adapter: Option<&Arc<dyn OAuthSignIn>>,
    credential: Credential,
) -> Result<Access, ProviderError> {
    let scopes = match &credential {
        Credential::Tokens(tokens) => &tokens.scopes[..],
        _ => &[],
    };
    let all = adapter.map(|adapter| adapter.permissions(scopes)).unwrap_or_default();
    if all.iter().any(|permission| permission.needed && !permission.granted) {
        return Err(ProviderError::SignedOut { why: SignedOutWhy::ScopeMissing });
    }
    Ok(Access::new(credential))
}

/// The access to ask once more with, after `failure` with `used`: it may have been withdrawn before
/// its end, or the account may have moved. The failure itself where there is no other.
pub(crate) async fn another(
    ctx: &Context,
    connection: &Connection,
    used: &Access,
    failure: ProviderError,
) -> Result<Access, PullError> {
    let another = match &failure {
        ProviderError::SignedOut { .. } if used.bearer().is_some() => {
            Some(fresh(ctx, connection, Some(used)).await?)
        }
        ProviderError::Gone => moved(ctx, connection).await?,
        _ => None,
    };
    another.ok_or(failure.into())
}

/// Access to the place where an account lives now, which is kept; `None` where it has not moved,
/// as far as can be told while others may be asking the same.
async fn moved(ctx: &Context, connection: &Connection) -> Result<Option<Access>, PullError> {
    let integration = ctx.catalogue.find(connection.integration.as_str());
    let adapter = integration.and_then(|integration| integration.sign_in.password());
    let Some(adapter) = adapter else { return Ok(None) };
    let (id, owner) = (&connection.id, turn_name(ctx));
    let Some(held) = take_turn(ctx, id, &owner).await? else { return Ok(None) };
    let found = adapter.moved(&held).await;
    if !end(ctx, id, &owner, found.as_ref().ok().and_then(Option::as_ref)).await? {
        return Ok(None);
    }
    Ok(found?.map(Access::new))
}

/// Is the credential in place still the one that `access` was made of? Someone may have repaired
/// the connection since.
pub(crate) async fn is_current(
    tx: &mut Tx,
    id: &ConnectionId,
    access: &Access,
) -> Result<bool, StoreError> {
    let held = connections::credential(tx, id).await?;
    Ok(held.is_some_and(|held| held.has_secret_of(access.credential())))
}

async fn held(ctx: &Context, id: &ConnectionId) -> Result<Option<Credential>, StoreError> {
    connections::credential(&mut ctx.db.read().await?, id).await
}

fn is_fresh(tokens: &Tokens, stale: Option<&Access>, now: Timestamp) -> bool {
    let refused = stale.and_then(Access::bearer).map(connection::Secret::reveal);
    let margin = SignedDuration::from_secs(MARGIN_S);
    tokens.expires_at.duration_since(now) > margin && refused != Some(tokens.access.reveal())
}

/// What a turn brought; `None` where another has it.
type Turn = Option<Result<Credential, ProviderError>>;

/// Takes the turn and asks for new tokens, in a task of its own: it comes to its end although
/// whoever waits for it is stopped.
async fn refresh(
    ctx: &Context,
    id: &ConnectionId,
    adapter: &Arc<dyn OAuthSignIn>,
    stale: Option<&Access>,
) -> Result<Turn, StoreError> {
    let (sender, receiver) = oneshot::channel();
    let (ctx_of_task, id, adapter) = (ctx.clone(), id.clone(), Arc::clone(adapter));
    let stale = stale.cloned();
    ctx.tasks.spawn(async move {
        let turn = turn(&ctx_of_task, &id, adapter.as_ref(), stale.as_ref()).await;
        // Whoever waited may have gone; what came is stored.
        let _ = sender.send(turn);
    });
    receiver.await.unwrap_or(Ok(None))
}

async fn turn(
    ctx: &Context,
    id: &ConnectionId,
    adapter: &dyn OAuthSignIn,
    stale: Option<&Access>,
) -> Result<Turn, StoreError> {
    let (now, owner) = (ctx.clock.now(), turn_name(ctx));
    // Whoever had the turn before may have brought what we want.
    let Some(Credential::Tokens(tokens)) = take_turn(ctx, id, &owner).await? else {
        return Ok(None);
    };
    if is_fresh(&tokens, stale, now) {
        end(ctx, id, &owner, None).await?;
        return Ok(Some(Ok(Credential::Tokens(tokens))));
    }
    let answer = tokio::select! {
        answer = adapter.refresh(&tokens, now) => answer.map(Credential::Tokens),
        () = lose_turn(ctx, id, &owner) => return Ok(None),
    };
    let kept = end(ctx, id, &owner, answer.as_ref().ok()).await?;
    // Who lost the turn knows nothing: a repair may have put another credential in place.
    Ok(kept.then_some(answer))
}

/// What nobody else calls their turn.
fn turn_name(ctx: &Context) -> String {
    let mut chance = [0; 16];
    ctx.dice.fill(&mut chance);
    format!("{:032x}", u128::from_le_bytes(chance))
}

/// Takes the turn, and the credential as it is then; `None` while another has it.
async fn take_turn(
    ctx: &Context,
    id: &ConnectionId,
    owner: &str,
) -> Result<Option<Credential>, StoreError> {
    let term = (ctx.clock.now(), turn_end(ctx));
    let mut tx = ctx.db.begin().await?;
    if !connections::take_refresh(&mut tx, id, owner, term).await? {
        return Ok(None);
    }
    let credential = connections::credential(&mut tx, id).await?;
    tx.commit().await?;
    Ok(credential)
}

/// Extends the turn until it cannot be: then another may show the same refresh token, and we must
/// not.
async fn lose_turn(ctx: &Context, id: &ConnectionId, owner: &str) {
    loop {
        tokio::time::sleep(EXTEND_EVERY).await;
        let extended = async {
            let mut tx = ctx.db.begin().await?;
            let ours = connections::extend_refresh(&mut tx, id, owner, turn_end(ctx)).await?;
            tx.commit().await.map(|()| ours)
        };
        match extended.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(failure) => tracing::warn!(%failure, "a turn could not be extended"),
        }
    }
}

fn turn_end(ctx: &Context) -> Timestamp {
    let life = SignedDuration::from_secs(TURN_S);
    ctx.clock.now().checked_add(life).unwrap_or(Timestamp::MAX)
}

/// Stores what the turn brought, and gives it back; false where it was lost meanwhile. A store that
/// fails is asked again and again: what is in our hands may be the only good refresh token.
async fn end(
    ctx: &Context,
    id: &ConnectionId,
    owner: &str,
    brought: Option<&Credential>,
) -> Result<bool, StoreError> {
    let mut tried = 0;
    loop {
        let stored = async {
            let mut tx = ctx.db.begin().await?;
            let kept = connections::end_refresh(&mut tx, id, owner, brought).await?;
            tx.commit().await.map(|()| kept)
        };
        let failure = match stored.await {
            Ok(kept) => return Ok(kept),
            Err(failure) => failure,
        };
        tried += 1;
        if tried >= STORE_TRIES || brought.is_none() {
            return Err(failure);
        }
        tracing::warn!(connection.id = %id, %failure, "new tokens could not be stored yet");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
