//! The webhook that an address names, for acts that take nothing but the name.

use axum::extract::{FromRequest, FromRequestParts, Request};
use connection::WebhookId;
use store::webhooks::Webhook;

use super::caller::{Caller, Writer};
use super::fields::Fields;
use super::named::Named;
use super::problem::Problem;
use super::sent::Sent;
use super::{Api, named};

/// The webhook, and who may act on it. Whatever else is sent is refused.
pub(super) struct NamedWebhook {
    pub(super) caller: Caller,
    pub(super) id: WebhookId,
}

impl NamedWebhook {
    /// As it is by now.
    pub(super) async fn again(&self, api: &Api) -> Result<Webhook, Problem> {
        let mut tx = api.house.ctx.db.read().await?;
        named::webhook(&mut tx, &self.caller, &self.id).await
    }
}

impl FromRequest<Api> for NamedWebhook {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Writer(caller) = Writer::from_request_parts(&mut parts, api).await?;
        let Named(id) = Named::<WebhookId>::from_request_parts(&mut parts, api).await?;
        let query = parts.uri.query().map(str::to_owned);
        let sent = Sent::from_request(Request::from_parts(parts, body), api).await?;
        let mut tx = api.house.ctx.db.read().await?;
        named::webhook(&mut tx, &caller, &id).await?;
        drop(tx);
        Fields::of_query(query.as_deref(), &[]).done()?;
        Fields::of_optional_body(&sent.headers, &sent.body, &[])?.done()?;
        Ok(Self { caller, id })
    }
}
