//! Signing in at Microsoft's own page: work, school and personal accounts.

mod examine;
mod reason;
mod scopes;

use async_trait::async_trait;
use connection::{
    AdminStep, CameBack, ClientCheck, ConsentRequest, Examined, FailureCode, OAuthSignIn,
    Permission, ProviderError, Redemption, Refusal, Secret, Tokens, Witness,
};
use jiff::{SignedDuration, Timestamp};
use outbound::Client;
use outbound::oauth::{self, TokenAnswer, TokenFailure};
use secrecy::ExposeSecret;

use crate::error;
use crate::graph::Graph;
use crate::place::Place;
use reason::Reason;

/// A token is used until so long before its end.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// How long a grant lasts that is not used, unless Microsoft says another time.
const GRANT_S: i64 = 90 * 86_400;

/// This installation's client at Microsoft.
pub(crate) struct SignIn {
    pub(crate) client: Client,
    pub(crate) place: Place,
    pub(crate) graph: Graph,
    pub(crate) id: String,
    pub(crate) secret: Secret,
}

#[async_trait]
impl OAuthSignIn for SignIn {
    fn authorize_url(&self, request: &ConsentRequest) -> String {
        let mut url = self.place.authorize();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", &self.id)
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("redirect_uri", &request.redirect_uri)
            .append_pair("scope", &scopes::asked())
            .append_pair("state", &request.state)
            .append_pair("code_challenge", &request.challenge)
            .append_pair("code_challenge_method", "S256");
        match &request.login_hint {
            Some(who) => query.append_pair("login_hint", who),
            // Who is signed in already may want to connect another account.
            None => query.append_pair("prompt", "select_account"),
        };
        drop(query);
        url.into()
    }

    fn refused(&self, back: &CameBack, request: &ConsentRequest) -> Refusal {
        let reason = Reason::of(&back.error, &back.description, &[], "");
        let link = self.admin_link(&request.redirect_uri, Some(&request.state));
        reason.refusal(&link)
    }

    async fn examine(
        &self,
        redemption: &Redemption,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> Result<Examined, Refusal> {
        examine::examine(self, redemption, now, witness).await
    }

    async fn refresh(&self, tokens: &Tokens, now: Timestamp) -> Result<Tokens, ProviderError> {
        let scope = scopes::again(&tokens.scopes);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens.refresh.reveal()),
            ("scope", &scope),
        ];
        let answer = self.token(&form, Some(&tokens.account)).await;
        let answer = answer.map_err(|failed| of_refresh(&failed))?;
        Ok(renewed(tokens, &answer, now))
    }

    /// Microsoft takes back all of a person's sign-ins or none, so nothing is done: the
    /// connection's page says where to take it back by hand.
    async fn revoke(&self, _: &Tokens) -> Result<(), ProviderError> {
        Ok(())
    }

    fn permissions(&self, scopes: &[String]) -> Vec<Permission> {
        scopes::permissions(scopes)
    }

    fn admin_step(&self, redirect_uri: &str) -> AdminStep {
        let say = "Send this address to an administrator of the organisation; they agree there for \
                   everybody in it:";
        AdminStep { say, hand: self.admin_link(redirect_uri, None) }
    }
}

#[async_trait]
impl ClientCheck for SignIn {
    async fn check_client(&self, redirect_uri: &str) -> Result<(), Refusal> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", "daymark-asks-whether-its-client-is-known"),
            ("redirect_uri", redirect_uri),
            ("code_verifier", "daymark-asks-whether-its-client-is-known-0123456789"),
        ];
        match self.token(&form, None).await {
            // Nobody redeems a made-up code; if somebody does, the client is known.
            Ok(_) => Ok(()),
            Err(TokenFailure::Refused(refusal)) => {
                let reason = Reason::of_token(&refusal);
                if reason.is_about_code() {
                    return Ok(());
                }
                Err(reason.refusal(&self.admin_link(redirect_uri, None)))
            }
            Err(TokenFailure::Broken(error)) => Err(Refusal {
                code: FailureCode::Unreachable,
                say: error::say_unchecked(&error),
                field: None,
            }),
            Err(failed) => Err(not_asked(&failed)),
        }
    }
}

impl SignIn {
    /// Asks the token endpoint as this client, for an account where that is known.
    async fn token(
        &self,
        form: &[(&str, &str)],
        account: Option<&str>,
    ) -> Result<TokenAnswer, TokenFailure> {
        let ours = [("client_id", self.id.as_str()), ("client_secret", self.secret.reveal())];
        let form = [form, &ours].concat();
        let (url, vouched) = (&self.place.token(), self.place.vouched.as_ref());
        oauth::token(&self.client, oauth::Endpoint { url, vouched, account }, &form).await
    }

    /// Where an administrator agrees for a whole organisation.
    fn admin_link(&self, redirect_uri: &str, state: Option<&str>) -> String {
        let mut url = self.place.admin_consent();
        url.query_pairs_mut()
            .append_pair("client_id", &self.id)
            .append_pair("scope", &scopes::for_admin())
            .append_pair("redirect_uri", redirect_uri);
        if let Some(state) = state {
            url.query_pairs_mut().append_pair("state", state);
        }
        url.into()
    }
}

/// What a refresh brought: the newest refresh token is kept, or the old one where none came.
fn renewed(old: &Tokens, answer: &TokenAnswer, now: Timestamp) -> Tokens {
    let granted = answer.scopes.clone().filter(|scopes| !scopes.is_empty());
    Tokens {
        account: old.account.clone(),
        access: Secret::new(answer.access.expose_secret()),
        expires_at: ends(now, answer.expires_in_s - MARGIN.as_secs()),
        refresh: answer
            .refresh
            .as_ref()
            .map_or_else(|| old.refresh.clone(), |new| Secret::new(new.expose_secret())),
        scopes: granted.unwrap_or_else(|| old.scopes.clone()),
        ends_at: Some(grant_ends(answer, now)),
    }
}

/// Microsoft does not say it of its long ones: 90 days after they were last used.
fn grant_ends(answer: &TokenAnswer, now: Timestamp) -> Timestamp {
    ends(now, answer.refresh_expires_in_s.unwrap_or(GRANT_S))
}

fn ends(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds.clamp(0, 400 * 86_400))).unwrap_or(now)
}

/// What a refused refresh means for the connection.
fn of_refresh(failed: &TokenFailure) -> ProviderError {
    match failed {
        TokenFailure::Refused(refusal) => Reason::of_token(refusal).consequence(),
        TokenFailure::Broken(error) => error::of_call(error),
        TokenFailure::OutOfOrder { until: Some(until), .. } => {
            ProviderError::Throttled { until: *until }
        }
        TokenFailure::OutOfOrder { status, until: None } => {
            ProviderError::Unavailable { say: format!("Microsoft's sign-in answered {status}.") }
        }
        TokenFailure::Unintelligible => ProviderError::Unintelligible {
            say: "Microsoft's sign-in answered something that is no token.".into(),
        },
    }
}

/// A token endpoint that did not come to an answer, to a person who waits for it.
fn not_asked(failed: &TokenFailure) -> Refusal {
    let refusal = |code, say: String| Refusal { code, say, field: None };
    match failed {
        TokenFailure::Broken(error) => refusal(FailureCode::Unreachable, error::say(error)),
        TokenFailure::Unintelligible => refusal(
            FailureCode::WebPage,
            "Microsoft's sign-in answered something that is no token. Try again; if it stays so, \
             ask whoever runs this installation whether a proxy stands in between."
                .into(),
        ),
        TokenFailure::OutOfOrder { .. } | TokenFailure::Refused(_) => refusal(
            FailureCode::Refused,
            "Microsoft's sign-in is out of order. Try again in a few minutes.".into(),
        ),
    }
}
