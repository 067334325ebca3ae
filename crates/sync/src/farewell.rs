//! What is left to say to a provider after a connection is forgotten here, or an account that was
//! signed in to is not kept: that it need not ring any more, and that the grant is given back.
//! Nobody waits for it; where it fails, the channels end by themselves, and whoever disconnected
//! was told how to take the grant back there.

use std::sync::Arc;
use std::time::Duration;

use connection::{
    Access, Channel, ConnectionId, Credential, Examined, IntegrationKind, OAuthSignIn, Watching,
};
use jiff::{SignedDuration, Timestamp};
use store::channels::Held;
use store::{Db, StoreError, Tx, attempts, calendars, channels, connections, waiting};

use crate::Context;
use crate::attempt::SILENCE_MAX_S;

/// How often, and how far apart, it is looked whether somebody signs in at the same provider.
const LOOKS_MAX: usize = 60;
const LOOKS_APART: Duration = Duration::from_secs(2);

/// Gives back what was granted by signing in to an account that is not kept.
pub(crate) fn give_back(ctx: &Context, kind: &IntegrationKind, found: &Examined) {
    if let Some(farewell) = Farewell::of_found(ctx, kind, found) {
        ctx.tasks.spawn(farewell.say(ctx.clock.now()));
    }
}

/// What is left to say of what a transaction forgets, once that has ended.
#[derive(Default)]
#[must_use = "nobody else says it"]
pub struct Farewells(Vec<Farewell>);

impl Farewells {
    pub(crate) fn add(&mut self, farewell: Option<Farewell>) {
        self.0.extend(farewell);
    }

    /// Says it, while nobody waits.
    pub fn say(self, ctx: &Context) {
        for farewell in self.0 {
            ctx.tasks.spawn(farewell.say(ctx.clock.now()));
        }
    }
}

/// What it takes to close the channels of a connection that is about to be forgotten, and to give
/// its grant back.
pub(crate) struct Farewell {
    watching: Option<Watching>,
    sign_in: Option<Arc<dyn OAuthSignIn>>,
    credential: Credential,
    channels: Vec<Channel>,
    db: Db,
    /// Whose grant it is. It may be given once for all connections of a principal.
    of: (IntegrationKind, String),
}

impl Farewell {
    /// `None` where there is nothing to say.
    pub(crate) async fn prepare(
        ctx: &Context,
        tx: &mut Tx,
        id: &ConnectionId,
    ) -> Result<Option<Self>, StoreError> {
        let Some(connection) = connections::load(tx, id).await? else { return Ok(None) };
        let integration = ctx.catalogue.find(connection.integration.as_str());
        let Some(integration) = integration else { return Ok(None) };
        let Some(credential) = connections::credential(tx, id).await? else { return Ok(None) };
        let mut open = Vec::new();
        for (calendar, _) in calendars::of_connection(tx, id).await? {
            let held = channels::of_calendar(tx, &calendar.id).await?;
            open.extend(held.iter().filter_map(Held::channel));
        }
        let sign_in = integration.sign_in.oauth().cloned();
        let says = !open.is_empty() || sign_in.is_some();
        let of = (connection.integration.clone(), connection.principal.id.clone());
        let (watching, db) = (integration.watch.clone(), ctx.db.clone());
        Ok(says.then_some(Self { watching, sign_in, credential, channels: open, db, of }))
    }

    /// Of an account that was signed in to and not kept.
    pub(crate) fn of_found(
        ctx: &Context,
        kind: &IntegrationKind,
        found: &Examined,
    ) -> Option<Self> {
        let integration = ctx.catalogue.find(kind.as_str())?;
        Some(Self {
            watching: None,
            sign_in: Some(integration.sign_in.oauth()?.clone()),
            credential: found.credential.clone(),
            channels: Vec::new(),
            db: ctx.db.clone(),
            of: (kind.clone(), found.principal.id.clone()),
        })
    }

    /// Says it.
    pub(crate) async fn say(mut self, now: Timestamp) {
        if !self.channels.is_empty() {
            self.close(now).await;
        }
        let (Credential::Tokens(tokens), Some(sign_in)) = (&self.credential, &self.sign_in) else {
            return;
        };
        // Only now: the same account may have been connected anew since.
        match self.is_needed(now).await {
            Ok(true) => {}
            Ok(false) => {
                if let Err(failure) = sign_in.revoke(tokens).await {
                    tracing::warn!(%failure, "a grant could not be given back at its provider");
                }
            }
            Err(failure) => tracing::warn!(%failure, "a grant was not given back"),
        }
    }

    /// Google takes back all that an account gave this client, at once: not while a connection
    /// lives by it, or it waits to take another's place. As whom somebody signs in just now is
    /// known when they are in.
    async fn is_needed(&self, now: Timestamp) -> Result<bool, StoreError> {
        let alive = SignedDuration::from_secs(SILENCE_MAX_S);
        let alive_since = now.checked_sub(alive).unwrap_or(Timestamp::MIN);
        for _ in 0..LOOKS_MAX {
            let mut tx = self.db.read().await?;
            if !attempts::is_tried(&mut tx, &self.of.0, alive_since).await? {
                return self.is_held(&mut tx, now).await;
            }
            drop(tx);
            tokio::time::sleep(LOOKS_APART).await;
        }
        Ok(true)
    }

    async fn is_held(&self, tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
        let (kind, principal) = &self.of;
        Ok(!connections::of_principal(tx, (kind, principal)).await?.is_empty()
            || waiting::has_principal(tx, (kind, principal), now).await?)
    }

    async fn close(&mut self, now: Timestamp) {
        let Some(watching) = &self.watching else { return };
        if let (Credential::Tokens(tokens), Some(sign_in)) = (&self.credential, &self.sign_in)
            && tokens.expires_at <= now
        {
            match sign_in.refresh(tokens, now).await {
                Ok(tokens) => self.credential = Credential::Tokens(tokens),
                Err(_) => return,
            }
        }
        let access = Access::new(self.credential.clone());
        for channel in &self.channels {
            if let Err(failure) = watching.adapter.close(&access, channel).await {
                tracing::debug!(%failure, "a channel was left to end by itself");
            }
        }
    }
}
