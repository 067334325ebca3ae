//! Signing in at Google's own page (`OpenID` Connect, with PKCE).

use async_trait::async_trait;
use connection::{
    AdminStep, CameBack, ClientCheck, ConsentRequest, Examined, OAuthSignIn, Permission,
    Redemption, Refusal, Result, Tokens, Witness,
};
use jiff::Timestamp;

use crate::call::Api;
use crate::token::GoogleClient;
use crate::{examine, refusal, scopes};

pub(crate) struct Google {
    pub(crate) api: Api,
    pub(crate) client: GoogleClient,
}

impl Google {
    pub(crate) fn new(api: Api, client: GoogleClient) -> Self {
        Self { api, client }
    }
}

#[async_trait]
impl OAuthSignIn for Google {
    /// `prompt=consent` brings a refresh token every time (quirk google-8). A new account is
    /// chosen; one that is repaired is named. `include_granted_scopes` is left out: a token is to
    /// open what its page said, and nothing that was allowed to this client elsewhere.
    fn authorize_url(&self, request: &ConsentRequest) -> String {
        let mut url = self.api.hosts.authorize();
        let adding = request.login_hint.is_none();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client.id)
            .append_pair("redirect_uri", &request.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", &scopes::asked())
            .append_pair("state", &request.state)
            .append_pair("access_type", "offline")
            .append_pair("prompt", if adding { "select_account consent" } else { "consent" })
            .append_pair("code_challenge", &request.challenge)
            .append_pair("code_challenge_method", "S256");
        if let Some(hint) = &request.login_hint {
            url.query_pairs_mut().append_pair("login_hint", hint);
        }
        url.into()
    }

    fn refused(&self, back: &CameBack, request: &ConsentRequest) -> Refusal {
        let hint = request.login_hint.as_deref();
        refusal::came_back(back, hint, &self.admin_step(&request.redirect_uri))
    }

    async fn examine(
        &self,
        redemption: &Redemption,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> std::result::Result<Examined, Refusal> {
        examine::examine(self, redemption, now, witness).await
    }

    async fn refresh(&self, tokens: &Tokens, now: Timestamp) -> Result<Tokens> {
        self.api.refresh(&self.client, tokens, now).await
    }

    async fn revoke(&self, tokens: &Tokens) -> Result<()> {
        self.api.revoke(tokens).await
    }

    fn can_revoke(&self) -> bool {
        true
    }

    fn permissions(&self, scopes: &[String]) -> Vec<Permission> {
        scopes::permissions(scopes)
    }

    /// Google leads no administrator back: they find this client by its name.
    fn admin_step(&self, _: &str) -> AdminStep {
        AdminStep { say: refusal::TRUSTED, hand: self.client.id.clone() }
    }
}

#[async_trait]
impl ClientCheck for Google {
    async fn check_client(&self, redirect_uri: &str) -> std::result::Result<(), Refusal> {
        let tried = self.api.try_client(&self.client, redirect_uri).await;
        tried.map_err(|failed| refusal::of_client(&failed))
    }
}
