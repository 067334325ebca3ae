//! What is left to say to a provider after a connection is forgotten here: that it need not ring
//! any more. Nobody waits for it, and where it fails the channels end by themselves.

use std::sync::Arc;

use connection::{Access, Channel, ConnectionId, Credential, OAuthSignIn, Watching};
use jiff::Timestamp;
use store::channels::Held;
use store::{StoreError, Tx, calendars, channels, connections};

use crate::Context;

/// What it takes to close the channels of a connection that is about to be forgotten.
pub(crate) struct Farewell {
    watching: Watching,
    sign_in: Option<Arc<dyn OAuthSignIn>>,
    credential: Credential,
    channels: Vec<Channel>,
}

impl Farewell {
    /// `None` where nothing was open.
    pub(crate) async fn prepare(
        ctx: &Context,
        tx: &mut Tx,
        id: &ConnectionId,
    ) -> Result<Option<Self>, StoreError> {
        let Some(connection) = connections::load(tx, id).await? else { return Ok(None) };
        let integration = ctx.catalogue.find(connection.integration.as_str());
        let Some(integration) = integration else { return Ok(None) };
        let (Some(watching), Some(credential)) =
            (integration.watch.clone(), connections::credential(tx, id).await?)
        else {
            return Ok(None);
        };
        let mut open = Vec::new();
        for (calendar, _) in calendars::of_connection(tx, id).await? {
            let held = channels::of_calendar(tx, &calendar.id).await?;
            open.extend(held.iter().filter_map(Held::channel));
        }
        let sign_in = integration.sign_in.oauth().cloned();
        let said = Self { watching, sign_in, credential, channels: open };
        Ok((!said.channels.is_empty()).then_some(said))
    }

    /// Says it.
    pub(crate) async fn say(self, now: Timestamp) {
        let credential = match (self.credential, &self.sign_in) {
            (Credential::Tokens(tokens), Some(sign_in)) if tokens.expires_at <= now => {
                match sign_in.refresh(&tokens, now).await {
                    Ok(tokens) => Credential::Tokens(tokens),
                    Err(_) => return,
                }
            }
            (credential, _) => credential,
        };
        let access = Access::new(credential);
        for channel in &self.channels {
            if let Err(failure) = self.watching.adapter.close(&access, channel).await {
                tracing::debug!(%failure, "a channel was left to end by itself");
            }
        }
    }
}
