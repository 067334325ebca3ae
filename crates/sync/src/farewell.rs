//! What is left to say to a provider after a connection is forgotten here: that it need not ring
//! any more, and that the grant is given back. Nobody waits for it; where it fails, the channels
//! end by themselves, and whoever disconnected was told how to take the grant back there.

use std::sync::Arc;

use connection::{Access, Channel, ConnectionId, Credential, OAuthSignIn, Watching};
use jiff::Timestamp;
use store::channels::Held;
use store::{StoreError, Tx, calendars, channels, connections};

use crate::Context;

/// What it takes to close the channels of a connection that is about to be forgotten, and to give
/// its grant back.
pub(crate) struct Farewell {
    watching: Option<Watching>,
    sign_in: Option<Arc<dyn OAuthSignIn>>,
    credential: Credential,
    channels: Vec<Channel>,
    /// Is this the last connection of its principal? A grant may be given once for all of them.
    is_last: bool,
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
        let (watching, is_last) =
            (integration.watch.clone(), connections::is_last_of_principal(tx, id).await?);
        let says = !open.is_empty() || (is_last && sign_in.is_some());
        let said = Self { watching, sign_in, credential, channels: open, is_last };
        Ok(says.then_some(said))
    }

    /// Says it.
    pub(crate) async fn say(mut self, now: Timestamp) {
        if !self.channels.is_empty() {
            self.close(now).await;
        }
        let (Credential::Tokens(tokens), Some(sign_in)) = (&self.credential, &self.sign_in) else {
            return;
        };
        if self.is_last
            && let Err(failure) = sign_in.revoke(tokens).await
        {
            tracing::warn!(%failure, "a grant could not be given back at its provider");
        }
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
